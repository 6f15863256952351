"""What is counted for supervisors and heads: numbers of a period, who is late, and the lists behind them.

Whoever a case speaks about is not counted it (RELIABILITY G4). An answer counts as it was given, by the columns written then,
so that no later change of date or calendar turns it into a late one (D5). Source: LAW 2.4 (KPI set), 8.1 R2, 8.2 BC1 to BC3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import median

from bot.domain.access import excluded
from bot.domain.calendar import CalendarMissing, WorkCalendar
from bot.domain.clocks import Outcome, Shares, outcome
from bot.domain.deadlines import local_day
from bot.domain.naming import Meant
from bot.domain.people import Staff
from bot.domain.periods import FIRST_DAY, Period, before
from bot.domain.watching import days_late, overdue_since
from bot.usecases.calendars import Calendars
from bot.usecases.guarding import Guard, tops
from bot.usecases.ports import Rules, Work
from bot.usecases.ports_reports import Counted, Given, Sorry

SATISFIED = 4
# A case that ended without an answer is looked for among those filed so long before a period; the red line is at 45 days.
LOOK_BACK = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about: an office with all below it and a period, read for a member of staff (None: the operator)."""

    work: Work
    staff: Staff | None
    unit: str
    period: Period

    @property
    def now(self) -> datetime:
        """The instant as of which what is open is counted."""
        return self.work.now

    @property
    def units(self) -> list[str]:
        """The codes of the office and all below it."""
        return self.work.units.below(self.unit)

    def earlier(self) -> Asked:
        """Return the same of the period before."""
        return replace(self, period=before(self.period, first_day(self.work.rules)))


@dataclass(slots=True)
class Gathered:
    """Everything of a period that is counted: what came in, was answered, is open now, and the apologies for it."""

    filed: list[Counted] = field(default_factory=list)
    answered: list[Given] = field(default_factory=list)
    standing: list[Counted] = field(default_factory=list)
    owed: list[Sorry] = field(default_factory=list)
    given: list[Sorry] = field(default_factory=list)
    written: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The KPI set (LAW 2.4). Times are in working days, None where nothing was answered; shares are counted from `answered`."""

    received: int
    on_time: int
    extended: int
    late: int
    early: int
    open_in_time: int
    open_overdue: int
    mean_days: float | None
    median_days: float | None
    satisfied: int
    rated: int
    sorry_owed: int
    sorry_given: int
    reopened: int
    returned: int
    confirmed: int
    partly: int
    written: int
    actions: Mapping[str, int]

    @property
    def answered(self) -> int:
        """All answers of the period."""
        return self.on_time + self.extended + self.late

    @property
    def shares(self) -> Shares:
        """The three numbers that are always published together."""
        return Shares(self.on_time, self.extended, self.late)


def first_day(rules: Rules) -> int:
    """Return the day on which an administrative month begins, from the row MON-15 (LAW 11.1)."""
    row = rules.rows("policies").get("MON-15")
    return int(row["value"]) if row and 1 <= int(row["value"]) <= 28 else FIRST_DAY


def may_ask(work: Work, staff: Staff, unit: str) -> bool:
    """Whether he watches this office."""
    return any(work.units.within(unit, top) for top in tops(staff))


class Counting:
    """Who may be counted what, exactly as `may` on each whole case would say; the words about a person are looked at last."""

    def __init__(self, asked: Asked) -> None:
        self._guard = Guard(asked.staff, asked.work.units) if asked.staff else None
        self._him = Meant(asked.staff.name, asked.staff.badge) if asked.staff else None

    def sees(self, case: Counted) -> bool:
        """Whether this reader may know of the case at all; the operator, who is nobody here, counts all."""
        if self._guard is None or self._him is None:
            return True
        if not self._guard.allows(case):
            return False
        return not (case.official and self._him.by(case.official, self._guard.same_office(case)))


async def gather(asked: Asked, *, open_too: bool = True) -> Gathered:
    """Return everything of the period that this reader may be counted; without `open_too` nothing of what is open now."""
    reports, units, guard = asked.work.reports, asked.units, Counting(asked)
    since, until = asked.period.since, asked.period.until
    found = Gathered(
        filed=[one for one in await reports.filed(units, since, until) if guard.sees(one)],
        answered=[one for one in await reports.answered(units, since, until) if guard.sees(one.case)],
        given=[one for one in await reports.sorry_given(units, since, until) if guard.sees(one.case)],
        written=await _written(asked),
    )
    if open_too:
        found.standing = await standing(asked)
        found.owed = [one for one in await reports.sorry_owed(units) if guard.sees(one.case)]
    return found


async def _written(asked: Asked) -> dict[str, int]:
    """Return how many reminders in writing each office got, without those of cases that speak about the reader."""
    units, since, until = asked.units, asked.period.since, asked.period.until
    times = dict(await asked.work.reports.written(units, since, until))
    if asked.staff is None or not times:
        return times
    named = await asked.work.written_reminders.about_cases(units, since, until)
    cases = await asked.work.cases.among(sorted({case for _unit, case in named})) if named else []
    hidden = {case.id for case in cases if excluded(asked.staff, case, asked.work.units)}
    return dict(Counter(times) - Counter(unit for unit, case in named if case in hidden))


async def standing(asked: Asked) -> list[Counted]:
    """Return what is open now and this reader may know of, the longest overdue first."""
    guard = Counting(asked)
    found = [one for one in await asked.work.reports.standing(asked.units) if guard.sees(one)]

    def order(one: Counted) -> tuple[bool, datetime, int]:
        missed = overdue_since(one.due_at, one.legal_due_at, asked.now)
        return missed is None, missed or one.due_at or one.filed_at, one.id

    return sorted(found, key=order)


async def overdue(asked: Asked) -> list[Counted]:
    """Return what is overdue now, the longest first."""
    return [one for one in await standing(asked) if is_overdue(one, asked.now)]


def is_overdue(case: Counted, now: datetime) -> bool:
    """Whether an open case is past one of its dates, that of the service or that of the law."""
    return overdue_since(case.due_at, case.legal_due_at, now) is not None


def numbers(found: Gathered, now: datetime, calendar: WorkCalendar) -> Numbers:
    """Return the KPI set of what was gathered."""
    came = Counter(outcome(one) for one in found.answered)
    spans = Counter((local_day(one.case.filed_at), local_day(one.given_at)) for one in found.answered)
    days = [count for span, times in spans.items() for count in [_days_between(*span, calendar)] * times if count is not None]
    rated = [
        one.case.rating for one in found.answered if one.case.rating is not None and one.round == (2 if one.case.contested else 1)
    ]
    over = sum(is_overdue(one, now) for one in found.standing)
    findings = Counter(one.finding for one in found.answered)
    actions = Counter(code for one in found.answered for code in one.action.split(",") if code)
    return Numbers(
        received=len(found.filed),
        on_time=came[Outcome.ON_TIME],
        extended=came[Outcome.EXTENDED],
        late=came[Outcome.LATE],
        early=sum(outcome(one) is not Outcome.LATE and _before_its_day(one) for one in found.answered),
        open_in_time=len(found.standing) - over,
        open_overdue=over,
        mean_days=sum(days) / len(days) if days else None,
        median_days=float(median(days)) if days else None,
        satisfied=sum(stars >= SATISFIED for stars in rated),
        rated=len(rated),
        sorry_owed=len(found.owed),
        sorry_given=len(found.given),
        reopened=sum(one.case.contested and one.round == 1 for one in found.answered),
        returned=sum(one.returns > 0 for one in found.filed),
        confirmed=findings["true"],
        partly=findings["partly_true"],
        written=sum(found.written.values()),
        actions=dict(actions),
    )


def split(found: Gathered, by: Callable[[str], str]) -> dict[str, Gathered]:
    """Return the same apart, by what `by` makes of the code of an office."""
    parts: dict[str, Gathered] = {}

    def part(office: str) -> Gathered:
        return parts.setdefault(by(office), Gathered())

    for one in found.filed:
        part(one.office).filed.append(one)
    for answer in found.answered:
        part(answer.office).answered.append(answer)
    for one in found.standing:
        part(one.office).standing.append(one)
    for sorry in found.owed:
        part(sorry.office).owed.append(sorry)
    for sorry in found.given:
        part(sorry.office).given.append(sorry)
    for office, count in found.written.items():
        written = part(office).written
        written[office] = written.get(office, 0) + count
    return parts


def branch_of(work: Work, top: str) -> Callable[[str], str]:
    """Return what leads an office to the one directly below `top` that it belongs to; to `top` itself for its own."""
    known: dict[str, str] = {}

    def branch(office: str) -> str:
        if office not in known:
            line = [unit.code for unit in work.units.line(office)]
            place = line.index(top) if top in line else 0
            known[office] = line[place - 1] if place else top
        return known[office]

    return branch


async def carried(asked: Asked) -> Counter[str]:
    """Return by office how many cases of earlier periods were still open when this one began (BC2 "Tồn kỳ trước")."""
    reports, units, guard = asked.work.reports, asked.units, Counting(asked)
    since = asked.period.since
    offices: dict[int, str] = {}
    for one in await reports.standing(units):
        if one.filed_at < since and guard.sees(one):
            offices[one.id] = one.office
    for answer in await reports.answered(units, since, asked.now + timedelta(seconds=1)):
        if answer.round == 1 and answer.case.filed_at < since and guard.sees(answer.case):
            offices[answer.case.id] = answer.office
    for one in await reports.ended(units, since - LOOK_BACK, since, since):
        if guard.sees(one):
            offices[one.id] = one.office
    return Counter(offices.values())


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A line of BC1: an answer of the month, or a case that is overdue without one (`timely` None).

    `officer` is the name of who handled it, `cause` a code of extension_causes.csv, `sorry_by` and `sorry_on` who apologised
    when ("" and None: nobody yet), `owes` whether an apology is owed.
    """

    code: str
    office: str
    category: str
    timely: Outcome | None
    days_late: int
    officer: str
    cause: str
    sorry_by: str
    sorry_on: date | None
    owes: bool
    reopened: bool


async def month_rows(asked: Asked) -> list[MonthRow]:
    """Return the lines of BC1, late ones first, each with the name of the officer who handled it."""
    reports, guard, calendars = asked.work.reports, Counting(asked), await Calendars.of(asked.work)
    given = [one for one in await reports.answered(asked.units, asked.period.since, asked.period.until) if guard.sees(one.case)]
    end = min(asked.now, asked.period.until)
    late = [one for one in await standing(asked) if is_overdue(one, end)]
    ids = [one.case.id for one in given] + [one.id for one in late]
    sorry, causes = await reports.sorry_of(ids), await reports.causes_of(ids)
    people = [one.case.handler or one.author for one in given] + [one.handler for one in late if one.handler is not None]
    names = await reports.names([*people, *(signer for _cause, signer, _at in sorry.values() if signer is not None)])
    heads = await reports.heads(sorted({one.office for one in late}))

    def row(case: Counted, office: str, how: Outcome | None, days: int, officer: str) -> MonthRow:
        cause, signer, at = sorry.get(case.id, ("", None, None))
        by = names.get(signer, "") if signer is not None else ""
        owes = case.id in sorry and at is None
        cause = cause or causes.get(case.id, "")
        return MonthRow(
            case.code, office, case.category, how, days, officer, cause, by, local_day(at) if at else None, owes, case.contested
        )

    rows = [
        row(one.case, one.office, outcome(one), one.days_late, names.get(one.case.handler or one.author, "")) for one in given
    ] + [row(one, one.office, None, days_over(one, end, calendars), _holder(one, names, heads)) for one in late]
    order = {None: 0, Outcome.LATE: 1, Outcome.EXTENDED: 2, Outcome.ON_TIME: 3}
    return sorted(rows, key=lambda one: (order[one.timely], -one.days_late, one.office, one.code))


def days_over(case: Counted, now: datetime, calendars: Calendars) -> int:
    """Return the working days of its office since the first date that an open case missed, 0 for one that is not overdue."""
    missed = overdue_since(case.due_at, case.legal_due_at, now)
    return days_late(missed, now, calendars.at(case.office)) or 0 if missed else 0


def by_lateness(found: Mapping[str, Numbers]) -> list[tuple[str, Numbers]]:
    """Return offices with their numbers, those with the most late answers first, among these the larger share.

    By number, since an office with one answer, late, would otherwise stand above one with forty of a hundred.
    """

    def share(one: Numbers) -> float:
        return one.late / one.answered if one.answered else 0.0

    return sorted(found.items(), key=lambda pair: (-pair[1].late, -share(pair[1]), -pair[1].open_overdue, pair[0]))


def _holder(case: Counted, names: Mapping[int, str], heads: Mapping[str, str]) -> str:
    return names.get(case.handler, "") if case.handler is not None else heads.get(case.office, "")


def _days_between(first: date, last: date, calendar: WorkCalendar) -> int | None:
    try:
        return calendar.working_days_between(first, last)
    except CalendarMissing:
        return None


def _before_its_day(answer: Given) -> bool:
    return answer.due_at is not None and local_day(answer.given_at) < local_day(answer.due_at)
