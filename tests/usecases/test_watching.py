"""What supervisors and heads see of deadlines: the day before, the day and the day after; each case once, and never one's own."""

import itertools
import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.domain.access import Action, may
from bot.domain.calendar import CalendarRow, DayKind, Scope
from bot.domain.cases import About, ApologyState, CaseKind, ExtensionState, Status
from bot.domain.deadlines import VIETNAM, end_of_day
from bot.domain.people import Appointment, Role
from bot.domain.refs import new_code
from bot.domain.units import FoundUnit
from bot.domain.watching import Filter, What, days_late, overdue_since, read
from bot.usecases.access import Reader
from bot.usecases.offices import look_at, offices_named
from bot.usecases.ports import NewCase, Reporter
from bot.usecases.watching import scope_of, summary, watch
from tests.domain.town import BEFORE, CLINIC, COMMUNE, COUNTER, DEPARTMENT, HOSPITAL, POLICE, TOP, TREE, WARD, case
from tests.usecases.house import OtherRules, refused

MONDAY = date(2026, 12, 7)
DAY = timedelta(days=1)


async def put(house, **more):
    """Store a case as it is given; its code says nothing."""
    plain = {"handling_unit": WARD, "due_at": house.now, "code": new_code()} | more
    return await house.work.cases.add(NewCase(case(**plain), "pin", Reporter(None, "", "")), None)


async def seen(house, name, asked):
    found = await watch(house.work, await house.reader(name), asked)
    return {one.row.code: one.days for one in found.seen}


async def names(house, reader, asked):
    lines = await summary(house.work, reader, await watch(house.work, reader, asked))
    return {kind: [(line.name, line.count) for line in several] for kind, several in lines.items() if several}


@pytest.fixture
async def town(house):
    for name, role, unit in (("Tư", Role.SUPERVISOR, TOP), ("Lê Văn Chu", Role.HEAD, WARD), ("Năm", Role.SUPERVISOR, DEPARTMENT)):
        await house.joins(name, role, unit)
    return house


# -- One table for the rule and the list --

# Now, whether what is due at the end of Monday 7 December is overdue, due, and the days: late where overdue, else left.
TABLE = [
    (datetime(2026, 12, 3, 9, 0), False, True, 2),  # Thursday.
    (datetime(2026, 12, 4, 9, 0), False, True, 1),
    (datetime(2026, 12, 5, 9, 0), False, True, 1),  # Saturday.
    (datetime(2026, 12, 6, 23, 59, 59), False, True, 1),
    (datetime(2026, 12, 7, 0, 0), False, True, 0),
    (datetime(2026, 12, 7, 23, 59, 59), False, True, 0),
    (datetime(2026, 12, 8, 0, 0), True, False, 1),
    (datetime(2026, 12, 8, 23, 59, 59), True, False, 1),
    (datetime(2026, 12, 9, 9, 0), True, False, 2),
    (datetime(2026, 12, 12, 9, 0), True, False, 4),  # Saturday.
    (datetime(2026, 12, 14, 9, 0), True, False, 5),
]


@pytest.mark.parametrize(("now", "overdue", "due", "days"), TABLE)
async def test_the_rule_and_the_lists_agree_around_the_due_day(town, now, overdue, due, days):
    instant = now.replace(tzinfo=VIETNAM)
    end = end_of_day(MONDAY)
    one = await put(town, due_at=end)
    town.at(instant)
    calendar = await town.work.rules.calendar()
    assert (overdue_since(end, None, instant) is not None) is overdue
    if overdue:
        assert days_late(end, instant, calendar) == days
    assert await seen(town, "Tư", Filter()) == ({one.code: days} if overdue else {})
    assert await seen(town, "Tư", Filter(What.DUE)) == ({one.code: days} if due else {})
    for what, holds in ((What.OVERDUE, overdue), (What.DUE, due)):
        exact = await seen(town, "Tư", Filter(what, first=days, last=days))
        assert (list(exact) == [one.code]) is holds
        assert not await seen(town, "Tư", Filter(what, first=days + 1))


async def test_what_is_overdue_on_a_day_of_rest_is_less_than_a_day_late(town):
    one = await put(town, due_at=end_of_day(date(2026, 12, 4)))
    town.at(datetime(2026, 12, 5, 9, 0, tzinfo=VIETNAM))
    assert await seen(town, "Tư", Filter()) == {one.code: 0}
    assert await seen(town, "Tư", Filter(first=0, last=0)) == {one.code: 0}


async def test_each_office_counts_its_own_working_days(town):
    storm = CalendarRow(date(2026, 12, 8), date(2026, 12, 10), DayKind.LOCAL_OFF, "Bão", scope=Scope.UNIT, place=WARD)
    calendar = (await town.rules.calendar()).changed({storm.key: storm})
    town.rules = OtherRules(town.rules, calendar)
    here, below = await put(town, due_at=end_of_day(MONDAY)), await put(town, due_at=end_of_day(MONDAY), handling_unit=COUNTER)
    there = await put(town, due_at=end_of_day(MONDAY), handling_unit=COMMUNE, unit=COMMUNE)
    town.at(datetime(2026, 12, 11, 9, 0, tzinfo=VIETNAM))
    assert await seen(town, "Tư", Filter()) == {here.code: 1, below.code: 1, there.code: 4}
    town.at(datetime(2026, 12, 4, 9, 0, tzinfo=VIETNAM))
    far = await put(town, due_at=end_of_day(date(2026, 12, 16)))  # Five working days at the ward, eight elsewhere.
    assert far.code in await seen(town, "Tư", Filter(What.DUE))


async def test_the_clock_that_was_missed_is_named(town):
    now = town.now
    service = await put(town, due_at=now - DAY, legal_due_at=now + DAY)
    both = await put(town, due_at=now - DAY, legal_due_at=now - DAY, filed_at=now - 46 * DAY)
    law = await put(town, due_at=now + DAY, legal_due_at=now - DAY, filed_at=now - 45 * DAY)
    assert set(await seen(town, "Tư", read("o~cs"))) == {service.code, both.code}
    assert set(await seen(town, "Tư", read("o~cl"))) == {law.code, both.code}
    assert set(await seen(town, "Tư", read("o~cr"))) == {both.code}
    assert await seen(town, "Tư", Filter(What.DUE)) == {}
    lines = await names(town, await town.reader("Tư"), Filter())
    assert dict(lines["clock"]) == {"s": 2, "l": 2, "r": 1}


# -- Scope and numbers --


async def test_the_offices_of_my_part_are_summed_over_all_below_them_worst_first(town):
    late = {"due_at": town.now - DAY}
    for unit, count in ((HOSPITAL, 2), (CLINIC, 1), (WARD, 1), (COUNTER, 1), (TOP, 1)):
        for _nth in range(count):
            await put(town, unit=unit, handling_unit=unit, **late)
    await put(town, unit=WARD, handling_unit=None, status=Status.NEW, **late)
    tu = await town.reader("Tư")
    assert (await names(town, tu, Filter()))["office"] == [(DEPARTMENT, 3), (WARD, 2), ("", 1), (TOP, 1)]
    assert (await names(town, tu, Filter(unit=DEPARTMENT)))["office"] == [(HOSPITAL, 3)]
    assert (await names(town, tu, Filter(unit=HOSPITAL)))["office"] == [(HOSPITAL, 2), (CLINIC, 1)]
    assert "office" not in await names(town, tu, Filter(unit=CLINIC))
    assert (await names(town, await town.reader("Năm"), Filter()))["office"] == [(HOSPITAL, 3)]


async def test_a_case_about_my_office_that_is_handled_above_stands_under_the_office_above(town):
    one = await put(town, unit=WARD, handling_unit=TOP, due_at=town.now - DAY)
    await put(town, unit=COMMUNE, handling_unit=TOP, due_at=town.now - DAY)
    await town.joins("Sáu", Role.SUPERVISOR, WARD)
    sau = await town.reader("Sáu")
    assert (await names(town, sau, Filter()))["office"] == [(TOP, 1)]
    assert set(await seen(town, "Sáu", Filter(unit=TOP, alone=True))) == {one.code}


@pytest.mark.parametrize("unit", [COMMUNE, TOP, POLICE, "nowhere", WARD])
async def test_a_filter_gives_no_right(town, unit):
    await put(town, unit=COMMUNE, handling_unit=COMMUNE, due_at=town.now - DAY)
    await put(town, unit=POLICE, handling_unit=None, status=Status.NEW, due_at=town.now - DAY)
    for what in What:
        assert await seen(town, "Lê Văn Chu", Filter(what, unit=unit)) == {}
        assert await seen(town, "Lê Văn Chu", Filter(what, unit=unit, intake=True)) == {}


async def test_whoever_does_not_watch_sees_nothing(town):
    await put(town, due_at=town.now - DAY)
    await town.joins("Minh", Role.HANDLER, WARD)
    assert await seen(town, "Minh", Filter()) == {}
    assert "no case" in await refused(watch(town.work, await town.reader("lan"), Filter()))


async def test_more_than_can_be_read_is_said(town):
    for _nth in range(3):
        await put(town, due_at=town.now - DAY)
    reader = await town.reader("Tư")
    assert not (await watch(town.work, reader, Filter(), 3)).more
    cut = await watch(town.work, reader, Filter(), 2)
    assert (len(cut.seen), cut.more) == (2, True)


# -- Against the rules themselves --

OFFICIALS = ("", "", "cô Hoa quầy 3", "Lê Văn Chu", "anh Chu", "số hiệu 17", "ông Tư", "cán bộ 1 7")
PLACES = (TOP, DEPARTMENT, HOSPITAL, CLINIC, WARD, COUNTER, COMMUNE, POLICE, None)


async def everything(house, count):
    """Store cases of every kind; the same on every run."""
    dice = random.Random(3)
    stored = []
    for _nth in range(count):
        unit, handling = dice.choice(PLACES), dice.choice(PLACES)
        stored.append(
            await put(
                house,
                kind=dice.choice(list(CaseKind)),
                category=dice.choice(["A01", "A02", "B03", "E01", "I01", "K01"]),
                unit=unit,
                handling_unit=handling,
                about=dice.choice(list(About)),
                official=dice.choice(OFFICIALS),
                status=dice.choice([Status.ACCEPTED, Status.FORWARDED, Status.IN_PROGRESS, Status.ANSWERED])
                if handling
                else Status.NEW,
                flags=frozenset(
                    dice.sample(["sensitive", "denunciation_info", "was:" + WARD, "was:" + HOSPITAL], dice.randrange(3))
                ),
                filed_at=house.now - dice.randrange(60) * DAY,
                due_at=house.now + dice.randrange(-15, 12) * DAY if dice.random() > 0.1 else None,
                legal_due_at=house.now + dice.randrange(-15, 30) * DAY,
                ack_due_at=house.now + dice.randrange(-5, 5) * DAY,
                escalated=dice.randrange(5),
                extension=dice.choice(list(ExtensionState)),
                apology=dice.choice(list(ApologyState)),
                contested=dice.random() < 0.2,
            )
        )
    return stored


READERS = [
    [(Role.SUPERVISOR, TOP)],
    [(Role.SUPERVISOR, WARD)],
    [(Role.HEAD, WARD)],
    [(Role.HEAD, TOP)],
    [(Role.HEAD, HOSPITAL), (Role.SUPERVISOR, WARD)],
    [(Role.SUPERVISOR, DEPARTMENT), (Role.HANDLER, CLINIC), (Role.INTAKE, TOP)],
]


async def test_what_is_seen_and_counted_is_exactly_what_the_rules_let_each_reader_see(town):
    stored = await everything(town, 400)
    chu = await town.reader("Lê Văn Chu")
    for places, former in itertools.product(READERS, ([], [(Role.HEAD, WARD)])):
        ended = town.now - 30 * DAY
        staff = replace(
            chu.staff,
            badge="17",
            appointments=tuple(Appointment(role, unit, BEFORE) for role, unit in places),
            former=tuple(Appointment(role, unit, BEFORE, ended) for role, unit in former),
        )
        reader = Reader(chu.person, staff)
        mine = set(scope_of(TREE, staff))
        # Of whom a whole province is watched, what has no office yet is watched too; other lists keep to their offices.
        places = mine - {None} | ({None} if (Role.SUPERVISOR, TOP) in places else set())
        allowed = [
            one
            for one in stored
            if one.is_open
            and ({one.unit, one.handling_unit} & mine or {one.unit, one.handling_unit} == {None} & places)
            and may(staff, Action.CARD, one, TREE)
        ]
        late = {one.code for one in allowed if overdue_since(one.due_at, one.legal_due_at, town.now)}
        found = await watch(town.work, reader, Filter())
        assert {one.row.code for one in found.seen} == late
        opened = await watch(town.work, reader, Filter(What.OPEN))
        assert {one.row.code for one in opened.seen} == {one.code for one in allowed}


async def test_every_line_of_a_summary_counts_what_its_button_lists(town):
    await everything(town, 200)
    for name, what in itertools.product(("Tư", "Lê Văn Chu", "Năm"), What):
        reader = await town.reader(name)
        pending, depth = [Filter(what)], 0
        while pending and depth < 3:
            asked, depth = pending.pop(), depth + 1
            found = await watch(town.work, reader, asked)
            lines = await summary(town.work, reader, found)
            for line in itertools.chain(*lines.values()):
                narrowed = await watch(town.work, reader, read(line.asked.written()))
                assert len(narrowed.seen) == line.count, (name, asked, line)
            if not asked.alone and not asked.intake:
                assert sum(line.count for line in lines["office"]) in (0, len(found.seen))
            pending += [line.asked for line in itertools.chain(*lines.values())][:2]


# -- One office --


async def test_an_office_is_looked_at_only_by_who_watches_it(town):
    await put(town, due_at=town.now - DAY)
    await put(town, due_at=town.now + DAY, handling_unit=COUNTER)
    await put(town, due_at=town.now + 30 * DAY, official="ông Tư")
    tu = await town.reader("Tư")
    office = await look_at(town.work, tu, WARD)
    assert (office.head, office.has_below) == ("Lê Văn Chu", True)
    assert (office.open, office.overdue, office.due) == ((3, False), (1, False), (1, False))
    assert await look_at(town.work, await town.reader("Năm"), WARD) is None
    assert await look_at(town.work, tu, "nowhere") is None


async def test_the_last_answer_is_one_that_the_reader_may_see(town):
    chu = await town.reader("Lê Văn Chu")
    first = (await town.files()).case.code
    await town.answers(first, "Lê Văn Chu")
    answered = town.now
    town.passes(days=1)
    about_tu = (await town.files(official="ông Tư", nonce="d2")).case.code
    await town.answers(about_tu, "Lê Văn Chu")
    assert (await look_at(town.work, chu, WARD)).answered_at == town.now
    assert (await look_at(town.work, await town.reader("Tư"), WARD)).answered_at in (answered, town.now)


async def test_nobody_finds_an_office_that_he_does_not_watch(town):
    class Found:
        def search(self, words, limit=5, near=None):
            return [found(COMMUNE), found(WARD)]

        def __getattr__(self, name):
            return getattr(TREE, name)

    def found(code):
        return FoundUnit(TREE.get(code), "", score=0.9)

    town.work.units = Found()
    assert [one.unit.code for one in offices_named(town.work, await town.reader("Lê Văn Chu"), "phường")] == [WARD]
