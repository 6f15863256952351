"""Offices and the law, as the database keeps them."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot import rules as shipped
from bot.domain.calendar import CalendarRow, RowStatus
from bot.domain.units import LegacyUnit, Unit
from bot.usecases.unit_search import UnitIndex
from storage import seeding
from storage.rows import rules
from storage.rules_in_force import read_rules
from storage.seeding import load_rules
from storage.units import Units, read_units, save_units
from tests.storage.conftest import NOW, TREE, UNITS, blocking

OLD = LegacyUnit("Xã Tri Phương", "xã", "Huyện Tràng Định", "Tỉnh Lạng Sơn", ("06002",))


async def run(work, function, *args):
    return await blocking(work.ledger._connection, function, *args)


async def test_offices_come_back_as_they_were_saved_and_saving_them_again_changes_nothing(work):
    clinic = Unit(
        "06001-TYT", "Trạm Y tế phường Tam Thanh", "TYT", "06001", "20", "Trưởng trạm", "0205", "đường Tam Thanh", 21.85, 106.75,
        date(2025, 7, 1), date(2027, 1, 1), ("06001-VP", "20-SYT"), ("trạm xá",),
    )  # fmt: skip
    room = Unit("06001-TYT-1", "Phòng khám", "PK", parent="06001-TYT")
    assert await run(work, save_units, (room, clinic), (OLD,)) == (2, 0)
    assert await run(work, save_units, (room, clinic, *UNITS), (OLD,)) == (0, 0)
    tree = await run(work, read_units, UnitIndex)
    assert tree.get("06001-TYT") == clinic and set(tree.all()) == {clinic, room, *UNITS} and tree.legacy() == [OLD]
    assert await run(work, save_units, (replace(clinic, phone="0206"),), (replace(OLD, successors=("06001",)),)) == (0, 1)
    tree = await run(work, read_units, UnitIndex)
    assert tree.get("06001-TYT").phone == "0206" and tree.legacy()[0].successors == ("06001",)


async def test_an_office_under_an_unknown_one_is_refused(work):
    with pytest.raises(IntegrityError):
        await run(work, save_units, (Unit("X", "X", "SO", parent="nowhere"),))


async def test_the_saved_offices_can_be_searched(work):
    await run(work, save_units, (), (OLD,))
    tree = await run(work, read_units, UnitIndex)
    assert tree.search("tam thanh")[0].unit.code in ("06001", "06001-VP")
    assert tree.search("tri phuong")[0].unit.code == "06002"
    await run(work, save_units, (replace(UNITS[4], latitude=21.94, longitude=106.7),))
    assert (await run(work, read_units, UnitIndex)).nearest(21.9, 106.7, limit=1)[0].unit.code == "06002"


def test_the_tree_knows_who_stands_above_and_below():
    assert [u.code for u in TREE.line("06001-VP")] == ["06001-VP", "06001", "20"]
    assert TREE.parent("06001").code == "20" and TREE.parent("20") is None and TREE.parent("x") is None
    assert set(TREE.below("06001")) == {"06001", "06001-VP"} and len(TREE.below("20")) == 5
    assert TREE.below("x") == TREE.line("x") == [] and TREE.get("x") is None
    tax = Unit("20-THUE", "Thuế", "NGANH_DOC", province="20")
    assert Units((*UNITS, tax), (), UnitIndex).outside("20") == ["20-THUE"]
    assert TREE.within("06001-VP", "20") and TREE.within("20", "20")
    assert not TREE.within("20", "06001") and not TREE.within("06002", "06001") and not TREE.within("x", "20")


# -- The law --


async def rows_of(work, name, key):
    found = select(rules).where(rules.c.set == name, rules.c.key == key).order_by(rules.c.version)
    return (await work.ledger.execute(found)).all()


async def province_changes(work, name, key, **columns):
    """What a province does: a new version with its own values, the old one kept."""
    *_, newest = await rows_of(work, name, key)
    changed = json.dumps(json.loads(newest.row) | columns, ensure_ascii=False, sort_keys=True)
    await work.ledger.execute(update(rules).where(rules.c.id == newest.id).values(active=False))
    values = {"set": name, "key": key, "version": newest.version + 1, "row": changed, "shipped": newest.shipped, "since": NOW}
    await work.ledger.execute(insert(rules), values)


@pytest.fixture
def later_release(monkeypatch):
    """Ship other tables: a whole replacement of one loader, as a later release has other files."""

    def ship(name, change):
        table = change(getattr(shipped, name)())
        monkeypatch.setattr(seeding, "shipped", _Release(seeding.shipped, name, table))

    return ship


class _Release:
    def __init__(self, before, name, table):
        self.__dict__ = {"before": before, name: lambda: table}

    def __getattr__(self, name):
        return getattr(self.before, name)


async def test_every_shipped_time_limit_and_day_off_is_in_force(work):
    loaded = await run(work, read_rules)
    number, normal = await loaded.policy("RES_NORMAL")
    policy = shipped.policies()["RES_NORMAL"]
    assert (normal.code, normal.value, normal.unit.value, normal.rolls) == ("RES_NORMAL", policy.value, policy.unit, policy.rolls)
    assert (await rows_of(work, "policies", "RES_NORMAL"))[0].id == number
    calendar = await loaded.calendar()
    assert len(calendar.rows) == len(shipped.calendar_rows())
    assert not calendar.is_working(date(2026, 9, 2)) and calendar.is_working(date(2026, 11, 25))
    assert set(loaded.rows("categories")) == set(shipped.categories())
    with pytest.raises(KeyError):
        await loaded.policy("NO_SUCH")


async def test_loading_the_same_rules_again_changes_nothing(work):
    before = (await work.ledger.execute(select(func.count()).select_from(rules))).scalar_one()
    assert await run(work, load_rules, NOW) == []
    assert (await work.ledger.execute(select(func.count()).select_from(rules))).scalar_one() == before


async def test_a_row_shipped_otherwise_gets_a_new_version_and_the_old_one_stays_for_its_cases(work, later_release):
    old, _rule = await (await run(work, read_rules)).policy("RES_NORMAL")
    later_release("policies", lambda table: table | {"RES_NORMAL": replace(table["RES_NORMAL"], value=6)})
    assert await run(work, load_rules, NOW + timedelta(days=1)) == []
    new, rule = await (await run(work, read_rules)).policy("RES_NORMAL")
    assert new != old and rule.value == 6
    kept, current = await rows_of(work, "policies", "RES_NORMAL")
    assert (kept.id, kept.active, json.loads(kept.row)["value"]) == (old, False, 7)
    assert (current.version, current.active, current.since) == (2, True, NOW + timedelta(days=1))


async def test_a_row_that_the_province_changed_is_listed_and_never_overwritten(work, later_release):
    await province_changes(work, "policies", "RES_NORMAL", value=5)
    for _time in range(2):
        assert await run(work, load_rules, NOW) == ["policies RES_NORMAL: your own row stays, with value 5 (shipped: 7)."]
    later_release("policies", lambda table: table | {"RES_NORMAL": replace(table["RES_NORMAL"], value=6)})
    assert await run(work, load_rules, NOW) == ["policies RES_NORMAL: your own row stays, with value 5 (shipped: 6)."]
    _number, rule = await (await run(work, read_rules)).policy("RES_NORMAL")
    assert rule.value == 5
    later_release("policies", lambda table: table | {"RES_NORMAL": replace(table["RES_NORMAL"], value=5)})
    assert await run(work, load_rules, NOW) == []


async def test_a_day_that_is_shipped_no_longer_is_retired_and_a_day_of_the_province_stays(work, later_release):
    storm = {"date": "2026-10-05", "kind": "local_off", "name": "Bão", "status": "confirmed", "scope": "national", "source": "CV"}
    values = {"set": "calendar", "key": "2026-10-05", "version": 1, "row": json.dumps(storm), "shipped": "", "since": NOW}
    await work.ledger.execute(insert(rules), values)
    gone = next(row.date for row in shipped.calendar_rows() if row.date == date(2026, 9, 2))
    later_release("calendar_rows", lambda table: tuple(row for row in table if row.date != gone))
    assert await run(work, load_rules, NOW) == []
    calendar = await (await run(work, read_rules)).calendar()
    assert calendar.is_working(gone) and not calendar.is_working(date(2026, 10, 5))
    later_release("calendar_rows", lambda _table: shipped.calendar_rows())
    await run(work, load_rules, NOW)
    assert not (await (await run(work, read_rules)).calendar()).is_working(gone)


# -- The calendar, changed by the province --


STORM = CalendarRow(date(2026, 10, 5), kind="local_off", name="Bão", scope="province", source="CV")


async def test_rows_of_the_calendar_are_put_in_force_and_what_they_replace_comes_back(work):
    culture = next(row for row in shipped.calendar_rows() if row.key == "2026-11-24")
    proposed = replace(culture, status=RowStatus.PROPOSED)
    changed = {STORM.key: STORM, culture.key: proposed}
    assert await work.save_calendar(changed) == {STORM.key: None, culture.key: culture}
    calendar = await (await run(work, read_rules)).calendar()
    assert not calendar.is_working(STORM.date) and calendar.is_working(culture.date)
    assert await work.save_calendar(changed) == changed  # Nothing new, no further version.
    assert [row.version for row in await rows_of(work, "calendar", culture.key)] == [1, 2]
    assert await work.save_calendar({STORM.key: None, culture.key: culture}) == changed
    calendar = await (await run(work, read_rules)).calendar()
    assert calendar.is_working(STORM.date) and not calendar.is_working(culture.date)
    assert [row.active for row in await rows_of(work, "calendar", culture.key)] == [False, False, True]


async def test_a_day_that_the_province_changed_is_never_overwritten_and_what_is_shipped_stays_known(work):
    culture = next(row for row in shipped.calendar_rows() if row.key == "2026-11-24")
    await work.save_calendar({culture.key: replace(culture, status=RowStatus.PROPOSED)})
    assert await run(work, load_rules, NOW) == [
        "calendar 2026-11-24: your own row stays, with status 'proposed' (shipped: 'confirmed')."
    ]
    await work.save_calendar({culture.key: culture})
    assert await run(work, load_rules, NOW) == []


async def test_a_day_that_the_province_took_away_again_leaves_the_place_to_a_later_release(work, later_release):
    await work.save_calendar({STORM.key: STORM})
    await work.save_calendar({STORM.key: None})
    ours = replace(STORM, name="Siêu bão")
    later_release("calendar_rows", lambda table: (*table, ours))
    assert await run(work, load_rules, NOW) == []
    assert (await (await run(work, read_rules)).calendar()).why(STORM.date) == ours
