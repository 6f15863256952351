"""The tables of rules hold what the law says, and a wrong row is found before it is used."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from bot import rules
from bot.rules.reading import FOLDER


def changed(tmp_path: Path, file: str, before: str, after: str) -> Path:
    """Return a copy of the tables in which the first `before` of one file reads `after`."""
    folder = tmp_path / "rules"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    return folder


def test_every_complaint_about_conduct_has_a_group_a_time_limit_and_a_label_for_a_button():
    table = rules.categories()
    groups = [category for category in table.values() if not category.parent]
    assert [group.code for group in groups] == [*"ABCDEFGHIJK", "Y", "Z"]
    assert len(table) == 70
    for category in table.values():
        assert category.policy in rules.policies()
        assert category.parent in ("", category.code[0])
        assert 0 < len(category.vi_short) <= 30
        assert 0 < len(category.en_short) <= 30


@pytest.mark.parametrize(
    ("code", "severity", "policy", "sensitive", "to_superior"),
    [
        ("A08", 4, "RES_URGENT", True, False),
        ("B01", 1, "RES_ONSITE", False, False),
        ("D02", 2, "RES_URGENT", False, False),
        ("E01", 2, "RES_NORMAL", False, False),
        ("G01", 4, "RES_COMPLEX", True, False),
        ("K01", 3, "RES_COMPLEX", True, True),
        ("K02", 1, "RES_NORMAL", False, True),
        ("Y", 0, "NOTICE_10", False, False),
    ],
)
def test_a_category_says_how_grave_how_fast_and_who_sees_it(code, severity, policy, sensitive, to_superior):
    category = rules.categories()[code]
    assert (category.severity, category.policy, category.sensitive, category.to_superior) == (
        severity, policy, sensitive, to_superior,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "value", "unit", "ceiling", "clock"),
    [
        ("RES_URGENT", 4, "working_hours", 8, "service"),
        ("RES_ONSITE", 3, "working_days", 3, "service"),
        ("RES_NORMAL", 7, "working_days", 10, "service"),
        ("RES_COMPLEX", 15, "working_days", 15, "service"),
        ("NOTICE_10", 10, "working_days", 10, "legal"),
        ("REDLINE_45", 45, "calendar_days", 45, "legal"),
        ("KN-ACCEPT", 7, "working_days", None, "legal"),
        ("PD-BREACH", 72, "hours", None, "legal"),
        ("DLG-2M", 2, "months", None, "service"),
    ],
)
def test_a_time_limit_is_the_one_of_its_act(code, value, unit, ceiling, clock):
    policy = rules.policies()[code]
    assert (policy.value, policy.unit, policy.ceiling, policy.clock) == (value, unit, ceiling, clock)
    assert policy.source


def test_an_urgent_case_has_no_extension_and_the_others_have_one():
    table = rules.policies()
    assert table["RES_URGENT"].ext_count == 0
    assert [(table[code].ext_count, table[code].ext_value) for code in ("RES_ONSITE", "RES_NORMAL", "RES_COMPLEX")] == [
        (1, 5)
    ] * 3
    assert (table["TC-RES-X"].ext_count, table["TC-RES-X"].ext_value) == (2, 30)
    assert (table["KN-RES1"].remote_value, table["KN-RES1"].complex_value, table["KN-RES1"].complex_remote) == (45, 45, 60)


def test_the_red_line_never_rolls_to_a_later_day():
    assert not rules.policies()["REDLINE_45"].rolls
    assert rules.policies()["KN-RES1"].rolls


@pytest.mark.parametrize(
    ("day", "kind", "status"),
    [
        ("2025-04-26", "swap_work", "confirmed"),
        ("2026-01-02", "swap_off", "confirmed"),
        ("2026-02-20", "holiday", "confirmed"),
        ("2026-04-27", "comp_off", "confirmed"),
        ("2026-08-22", "swap_work", "confirmed"),
        ("2026-11-23", "swap_off", "proposed"),
        ("2026-11-24", "holiday", "confirmed"),
        ("2026-11-28", "swap_work", "proposed"),
        ("2027-02-04", "holiday", "estimate"),
        ("2027-05-03", "comp_off", "statutory"),
    ],
)
def test_the_calendar_knows_a_day(day, kind, status):
    rows = {row.date: row for row in rules.calendar_rows()}
    row = rows[date.fromisoformat(day)]
    assert (row.kind, row.status, row.scope) == (kind, status, "national")


def test_both_days_of_a_swap_name_each_other_and_the_one_worked_is_a_saturday():
    rows = {row.date: row for row in rules.calendar_rows()}
    swapped = [row for row in rows.values() if row.kind == "swap_work"]
    assert len(swapped) == 4
    for row in swapped:
        assert row.date.weekday() == 5
        assert row.pair is not None
        assert rows[row.pair].kind == "swap_off"
        assert rows[row.pair].pair == row.date


def test_the_superior_of_a_commune_is_the_province_and_vertical_bodies_have_their_own_line():
    types = rules.unit_types()
    assert types["UBND_X"].superior == "UBND_T"
    assert types["KHOA"].superior == "BV"
    assert {code for code, kind in types.items() if kind.vertical} == {"NGANH_DOC", "DANG_DT"}


def test_there_are_34_provinces_and_3321_communes_thirteen_of_them_special_zones():
    communes = rules.communes()
    assert len(rules.provinces()) == 34
    assert len(communes) == 3321
    assert sum(commune.type == "đặc khu" for commune in communes.values()) == 13
    assert communes["06004"].name == "Xã Quốc Khánh"
    assert sum(commune.province == "20" for commune in communes.values()) == 65
    for commune in communes.values():
        assert commune.name.lower().startswith(commune.type + " ")


def test_every_old_commune_and_district_has_a_successor():
    old = rules.legacy_units()
    assert len(old) == 10035 + 696 + 29
    named = {(unit.name, unit.district, unit.province): unit.successors for unit in old}
    assert named["Xã Tri Phương", "Huyện Tràng Định", "Tỉnh Lạng Sơn"] == ("06004",)
    assert named["Huyện Tràng Định", "", "Tỉnh Lạng Sơn"][0] == "06046", "the commune that kept the name stands first"
    assert named["Tỉnh Hà Giang", "", "Tỉnh Hà Giang"] == ("08",)
    assert all(unit.successors for unit in old)


def test_the_short_lists_are_complete():
    assert len(rules.statuses()) == 21
    assert len(rules.reject_reasons()) == 11
    assert len(rules.findings()) == 5
    assert len(rules.actions()) == 15
    assert len(rules.extension_causes()) == 8
    assert {"extension", "apology", "apology_answered"} == set(rules.templates())
    assert [setting.value for setting in rules.settings().values()] == ["no"]
    assert {"citizen", "intake_officer", "unit_head", "deputy_head", "handler", "superior_head", "supervisor", "admin"} <= set(
        rules.roles()
    )


@pytest.mark.parametrize(
    ("load", "file", "before", "after", "says"),
    [
        ("categories", "categories.csv", "1,RES_ONSITE,no", "9,RES_ONSITE,no", "severity: '9' is not 0 to 4"),
        ("categories", "categories.csv", "RES_ONSITE", "RES_ONSIDE", "'RES_ONSIDE' is not one of"),
        ("categories", "categories.csv", "\nA02,A,", "\nA01,A,", "line 4, code: 'A01' is not new"),
        ("categories", "categories.csv", "\nA02,A,", "\nA02,Q,", "parent: 'Q' is not a code further up"),
        ("categories", "categories.csv", ",no,no,", ",maybe,no,", "sensitive: 'maybe' is not one of"),
        ("policies", "policies.csv", ",1,minutes,5,", ",6,minutes,5,", "ceiling: '5' is not at least the value"),
        ("policies", "policies.csv", ",1,minutes,5,", ",one,minutes,5,", "value: 'one' is not a whole number"),
        ("policies", "policies.csv", ",0,,,,,yes", ",2,,,,,yes", "ext_value: '' is not there exactly where ext_count"),
        ("calendar_rows", "calendar.csv", "2025-01-27", "2025-01-41", "line 3, date: '2025-01-41' is not a day"),
        ("calendar_rows", "calendar.csv", "2025-05-02,,swap_off", "2025-05-03,,swap_off", "is not the other day of the swap"),
        ("calendar_rows", "calendar.csv", ",confirmed,", ",sure,", "status: 'sure' is not one of"),
        ("calendar_rows", "calendar.csv", "2025-01-28,,", "2025-01-27,,", "date: '2025-01-27' is not new"),
        ("calendar_rows", "calendar.csv", "13:30-17:00", "11:00-17:00", "follow one another"),
        ("calendar_rows", "calendar.csv", "2025-01-27,,", "2025-01-27,2025-01-26,", "before it starts"),
        ("unit_types", "unit_types.csv", ",VP_T,Chánh", ",VP_Q,Chánh", "superior: 'VP_Q' is not one of"),
        ("templates", "templates.csv", "{cause}", "{story}", "vi: 'Kính gửi"),
        ("settings", "settings.csv", ",no,", ",never,", "value: 'never' is not one of"),
        ("communes", "communes.csv", "00004,", "00008,", "repeats a code"),
        ("legacy_units", "legacy_units.csv", "Tỉnh Hà Giang,08\n", "Tỉnh Hà Giang,88\n", "names a successor that does not exist"),
    ],
)
def test_a_wrong_row_is_named_with_file_line_and_value(tmp_path, load, file, before, after, says):
    folder = changed(tmp_path, file, before, after)
    with pytest.raises(rules.WrongRule) as caught:
        getattr(rules, load)(folder)
    assert file in str(caught.value)
    assert says in str(caught.value)


def test_every_table_is_a_plain_csv_in_utf8_with_a_head():
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            head, *rows = list(csv.reader(lines))
        assert rows, path.name
        assert all(len(row) == len(head) for row in rows), path.name
