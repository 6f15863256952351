"""Random lives of cases: whatever happens, every stored date follows from the audit rows, and what is over is left in peace.

    HISTORIES=10000 python -m pytest tests/usecases/test_random_lives.py        # as many as RELIABILITY D7 and D10 ask for

One history is one case, and what people, calendar and time do to it. What is refused is part of it.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.dialogue.values import Who
from bot.domain.calendar import CalendarRow, DayKind, Scope, WorkCalendar
from bot.domain.cases import Case, Status
from bot.domain.deadlines import local_day
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.domain.working import work_out
from bot.rules import calendar_rows
from bot.rules.estimates import estimated_rows
from bot.usecases.access import Stale
from bot.usecases.apologising import apologise
from bot.usecases.citizen import add_information, contest, rate, withdraw
from bot.usecases.extending import ask_extension, grant_extension, refuse_extension
from bot.usecases.intake import classify, forward
from bot.usecases.merging import merge
from bot.usecases.office import accept_case, ask_citizen, draft_answer, give_answer, return_case
from bot.usecases.ports import Work
from bot.usecases.recomputing import Change, recompute
from bot.usecases.reminding import check_case
from bot.usecases.terms import places_of, term_from
from storage.rows import cases, events
from tests.domain.town import COMMUNE, DESK, NOW, TOP, WARD
from tests.usecases.house import GOOD_ANSWER, House, OtherRules

HISTORIES = int(os.environ.get("HISTORIES", "100"))
SEED = int(os.environ.get("HISTORIES_SEED", "20261124"))
STEPS = 14
MAI, DUNG, VINH, ANH = "Trần Thị Mai", "Đỗ Văn Dũng", "Phạm Quang Vinh", "Vũ Ngọc Anh"
HEADS = {WARD: MAI, COMMUNE: DUNG, TOP: VINH}
CATEGORIES = ("A01", "B01", "C02", "F07", "F01", "G01")
CLOCKS = {"service": "due_at", "legal": "legal_due_at"}


class Life:
    """One case and the dice. `calendars` are those that were in force, with the last audit row from before."""

    def __init__(self, town: House, number: int) -> None:
        self.town, self.dice, self.lan = town, random.Random(SEED + number), f"lan{number}"
        self.calendars: list[tuple[int, WorkCalendar]] = []
        self.story: list[str] = []
        self.code = ""
        self.others: list[str] = []

    async def case(self) -> Case:
        return await self.town.case(self.code)

    async def head(self) -> str:
        return HEADS.get((await self.case()).handling_unit or "", MAI)

    async def is_filed(self) -> None:
        self.town.at(NOW + timedelta(days=self.dice.randrange(150), minutes=self.dice.randrange(1440)))
        self.uses(WorkCalendar(calendar_rows(), estimated_rows))
        asked = {"unit": self.dice.choice((WARD, COMMUNE, DESK, None)), "category": self.dice.choice(CATEGORIES)}
        self.code = (await self.town.files(sender=self.lan, **asked)).case.code

    def uses(self, calendar: WorkCalendar) -> None:
        last: int | None = self.town.connection.execute(select(func.max(events.c.id))).scalar_one()
        self.calendars.append((last or 0, calendar))
        self.town.rules = OtherRules(getattr(self.town.rules, "_rules", self.town.rules), calendar)
        self.town.work = self.town._open()

    # -- what may happen --------------------------------------------------------------------------------------------

    async def time_passes(self) -> None:
        self.town.passes(minutes=self.dice.choice((5, 90, 600, 1440, 2 * 1440, 5 * 1440, 12 * 1440)))

    async def it_is_looked_at(self) -> None:
        """Timed work, as far as it has come: in the night too, and after a standstill."""
        for case in await self.town.work.cases.due_for_check(self.town.now, 10_000):
            if case.code in (self.code, *self.others):
                await self.town.do(_look, case)

    async def the_head_accepts(self) -> None:
        await self.town.do(accept_case, await self.town.reader(await self.head()), self.code, self.town.now)

    async def the_head_returns_it(self) -> None:
        await self.town.do(
            return_case, await self.town.reader(await self.head()), self.code, "Không phải của chúng tôi.", self.town.now
        )

    async def somebody_sends_it_on(self) -> None:
        who = self.dice.choice((ANH, await self.head()))
        await self.town.do(forward, await self.town.reader(who), self.code, self.dice.choice((WARD, COMMUNE)), self.town.now)

    async def intake_corrects_it(self) -> None:
        await self.town.do(classify, await self.town.reader(ANH), self.code, self.dice.choice(CATEGORIES), self.town.now)

    async def the_citizen_is_asked(self) -> None:
        await self.town.do(ask_citizen, await self.town.reader(await self.head()), self.code, "Quầy nào ạ?", self.town.now)

    async def the_citizen_adds(self) -> None:
        await self.town.do(
            add_information, await self.town.reader(self.lan), self.code, "Quầy 3.", _chat(self.lan), "n", self.town.now
        )

    async def more_time_is_asked_for(self) -> None:
        reader = await self.town.reader(await self.head())
        days = self.dice.randrange(1, 6)
        await self.town.do(ask_extension, reader, self.code, "verification", "Chúng tôi xin lỗi.", days, self.town.now)

    async def more_time_is_granted(self) -> None:
        await self.town.do(grant_extension, await self.town.reader(VINH), self.code, self.town.now)

    async def more_time_is_refused(self) -> None:
        await self.town.do(refuse_extension, await self.town.reader(VINH), self.code, "Không đủ lý do.", self.town.now)

    async def the_head_apologises(self) -> None:
        promised = local_day(self.town.now) + timedelta(days=3)
        reader = await self.town.reader(await self.head())
        await self.town.do(apologise, reader, self.code, "verification", "Tôi xin lỗi.", promised, self.town.now)

    async def it_is_answered(self) -> None:
        reader = await self.town.reader(await self.head())
        await self.town.do(draft_answer, reader, self.code, *GOOD_ANSWER, self.town.now)
        await self.town.do(give_answer, reader, self.code, self.town.now)

    async def it_is_rated(self) -> None:
        await self.town.do(rate, await self.town.reader(self.lan), self.code, 2, self.town.now)

    async def it_is_contested(self) -> None:
        await self.town.do(contest, await self.town.reader(self.lan), self.code, "Chưa đúng.", self.town.now)

    async def it_is_taken_back(self) -> None:
        if self.dice.random() < 0.3:  # Else few histories would be long.
            await self.town.do(withdraw, await self.town.reader(self.lan), self.code, self.town.now)

    async def another_is_merged(self) -> None:
        case = await self.case()
        other = (await self.town.files(sender=f"{self.lan}-{len(self.others)}", unit=case.unit, category=case.category)).case.code
        self.others.append(other)
        ours, theirs = (self.code, other) if self.dice.random() < 0.3 else (other, self.code)
        await self.town.do(merge, await self.town.reader(ANH), ours, theirs, self.town.now)

    async def the_calendar_changes(self) -> None:
        """A storm closes a place for some days around now; now and then it is taken back."""
        day = local_day(self.town.now) + timedelta(days=self.dice.randrange(-2, 9))
        rows = [] if self.dice.random() < 0.3 else [_storm(day, self.dice)]
        self.uses(WorkCalendar([*calendar_rows(), *rows], estimated_rows))
        ids = [(await self.town.case(code)).id for code in (self.code, *self.others)]
        await self.town.do(recompute, ids, Change("Bão", self.town.now), self.town.now)

    # -- what must hold ---------------------------------------------------------------------------------------------

    async def holds(self) -> None:
        for code in (self.code, *self.others):
            await self.dates_follow(await self.town.case(code))

    async def dates_follow(self, case: Case) -> None:
        """Work every date out anew, from nothing but the audit rows and the calendar that was in force at each."""
        worked_out: dict[str, datetime | None] = {}
        for event in await self.town.work.events_of(case.id):
            if not event.details.get("inputs"):
                continue
            calendar = next(known for last, known in reversed(self.calendars) if last < event.id)
            for clock, kept in _read(event.details["inputs"]).items():
                term = term_from(kept)
                at = calendar.at(places_of(self.town.units, term.unit))
                worked_out[clock] = work_out(term.rule, term.since, at, term.pauses, term.extensions).at
        for clock, column in CLOCKS.items():
            assert getattr(case, column) == worked_out.get(clock), (clock, case.status, self.story)
        if not case.is_open and case.status is not Status.ANSWERED:
            assert await _next_check(self.town, case.id) is None, (case.status, self.story)

    async def is_left_in_peace(self) -> None:
        """Whatever is over hears nothing any more, however long one waits."""
        over = [
            c
            for code in (self.code, *self.others)
            if not (c := await self.town.case(code)).is_open and c.status is not Status.ANSWERED
        ]
        said = {case.id: len(await self.town.work.events_of(case.id)) for case in over}
        self.town.passes(days=100)
        await self.it_is_looked_at()
        for case in over:
            assert len(await self.town.work.events_of(case.id)) == said[case.id], (case.status, self.story)


Step = Callable[[Life], Awaitable[None]]
HAPPENS: dict[Step, int] = {
    Life.time_passes: 6,
    Life.it_is_looked_at: 5,
    Life.the_head_accepts: 5,
    Life.the_head_returns_it: 1,
    Life.somebody_sends_it_on: 2,
    Life.intake_corrects_it: 1,
    Life.the_citizen_is_asked: 3,
    Life.the_citizen_adds: 2,
    Life.more_time_is_asked_for: 3,
    Life.more_time_is_granted: 3,
    Life.more_time_is_refused: 1,
    Life.the_head_apologises: 2,
    Life.it_is_answered: 2,
    Life.it_is_rated: 1,
    Life.it_is_contested: 2,
    Life.it_is_taken_back: 1,
    Life.another_is_merged: 1,
    Life.the_calendar_changes: 2,
}


@pytest.fixture
async def province(house: House) -> House:
    for unit, name in HEADS.items():
        await house.joins(name, Role.HEAD, unit)
    await house.joins(ANH, Role.INTAKE, TOP)
    return house


async def test_every_date_follows_from_the_audit_rows_and_what_is_over_is_left_in_peace(province: House) -> None:
    done: Counter[str] = Counter()
    for number in range(HISTORIES):
        life = Life(province, number)
        await life.is_filed()
        for step in life.dice.choices(list(HAPPENS), list(HAPPENS.values()), k=STEPS):
            life.story.append(step.__name__)
            try:
                await step(life)
                done[step.__name__] += 1
            except (Refusal, Stale):
                life.story[-1] += " (refused)"
            await life.holds()
        await life.is_left_in_peace()
    assert set(done) == {step.__name__ for step in HAPPENS}, "some things never happened, so nothing is known of them"


async def _look(work: Work, case: Case) -> None:
    work.record(*await check_case(work, case, work.now))


def _chat(name: str) -> Who:
    return Who("webchat", "house", name)


def _read(inputs: str) -> dict[str, Any]:
    return dict(json.loads(inputs))


def _storm(day: date, dice: random.Random) -> CalendarRow:
    scope, code = dice.choice(((Scope.PROVINCE, "20"), (Scope.UNIT, WARD), (Scope.NATIONAL, "")))
    last = day + timedelta(days=dice.randrange(3))
    return CalendarRow(day, last, DayKind.LOCAL_OFF, "Bão số 9", source="CV 12/UBND", scope=scope, place=code)


async def _next_check(town: House, case: int) -> datetime | None:
    return town.connection.execute(select(cases.c.next_check_at).where(cases.c.id == case)).scalar_one()
