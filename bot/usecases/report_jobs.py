"""Reports that are made apart from any turn: asked for in chat, and those that go out by themselves, each once.

The monthly report to every head and its roll-up go out on the 15th (LAW 8.2 BC1, row MON-15), the digest for the weekly meeting
on Monday (rows WEEK-1, WEEK-AT), both on the next working day where that is none, and in staff hours only. After a standstill the
months that were missed are made up for, the oldest first; of the weeks only the last one is still of use.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from bot.domain.calendar import WorkCalendar
from bot.domain.deadlines import in_vietnam, local_day
from bot.domain.office_days import working_day_from
from bot.domain.people import Role, Staff
from bot.domain.periods import Period, before, month_of, week_before
from bot.usecases.guarding import tops
from bot.usecases.ladder import awake
from bot.usecases.ports import Rules, Work
from bot.usecases.reporting import first_day, may_ask

MAKE = "report"
"""The kind of the job that makes a report and sends it; its payload is a `Wish`."""
DROP = "drop_report"
"""The kind of the job that removes the file of a report; its key is the file's name in the store."""
KEEP = timedelta(days=7)
MONTHLY, WEEKLY = "monthly", "weekly"
# What is remembered of each: the period that went out last.
_DONE = {MONTHLY: "monthly_report_of", WEEKLY: "weekly_report_of"}
_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """A report that somebody is to get: whose, which, as what (`chat`, `xlsx` or `png`), of which office and period, and why.

    `why` is "asked", or the name of a report that goes out by itself. `once` is the once-value of its message.
    """

    staff: int
    report: str
    form: str
    unit: str
    period: str
    why: str
    once: str

    @property
    def key(self) -> str:
        """What no second job has while this one waits."""
        return f"{self.why}:{self.period}:{self.staff}:{self.unit}:{self.report}:{self.form}"


async def wish(work: Work, staff: Staff, report: str, form: str, unit: str, period: Period, now: datetime) -> None:
    """Note that this member of staff wants a report; his rights are looked at again when it is made."""
    asked = Wish(staff.id, report, form, unit, period.name, "asked", "")
    asked = Wish(**{**asdict(asked), "once": f"report:{asked.key}:{now.isoformat()}"})
    await work.jobs.put(MAKE, asked.key, now, asdict(asked))


async def still_his(work: Work, wished: Wish) -> Staff | None:
    """Return the member of staff who gets the report, as he stands now; None when he may not have it any more."""
    staff = await work.staff.by_id(wished.staff)
    if staff is None or staff.person is None or not may_ask(work, staff, wished.unit):
        return None
    return staff


async def schedule_reports(work: Work) -> int:
    """Note every report that is due to go out by itself; return how many. Each is noted in the same commit as the job."""
    calendar = await work.rules.calendar()
    if not awake(work.now, calendar):
        return 0
    wishes = [*await _monthly(work, calendar), *await _weekly(work, calendar)]
    for wished in wishes:
        await work.jobs.put(MAKE, wished.key, work.now, asdict(wished))
    return len(wishes)


def latest_month(now: datetime, calendar: WorkCalendar, start: int) -> Period:
    """Return the last month whose report is due by now: on the day after its end, or the next working day."""
    ended = before(month_of(local_day(now), start), start)
    return ended if local_day(now) >= working_day_from(ended.last + _DAY, calendar) else before(ended, start)


def months_due(done: str, latest: Period, start: int) -> list[Period]:
    """Return the months up to `latest` whose report was not made, the oldest first.

    `done` names the last one made; "" before the first: then none of the past is due, only the next to come.
    """
    due: list[Period] = []
    while done and latest.name > done:
        due.insert(0, latest)
        latest = before(latest, start)
    return due


async def _monthly(work: Work, calendar: WorkCalendar) -> list[Wish]:
    start, done = first_day(work.rules), await work.recall(_DONE[MONTHLY])
    latest = latest_month(work.now, calendar, start)
    due = months_due(done, latest, start)
    if done < latest.name:
        await work.remember(_DONE[MONTHLY], latest.name)
    readers = await _readers(work, Role.HEAD, Role.SUPERVISOR) if due else []
    return [_by_itself(MONTHLY, staff, unit, period) for period in due for staff, unit in readers]


async def _weekly(work: Work, calendar: WorkCalendar) -> list[Wish]:
    """Return the digests of the week that ended, where its day and hour have come."""
    today = local_day(work.now)
    week = week_before(today)
    day = working_day_from(week.last + _DAY * _row(work.rules, "WEEK-1", 1), calendar)  # Day 1 is Monday.
    minute = _row(work.rules, "WEEK-AT", 450)
    here = in_vietnam(work.now)
    done = await work.recall(_DONE[WEEKLY])
    if today < day or (today == day and here.hour * 60 + here.minute < minute) or done >= week.name:
        return []
    await work.remember(_DONE[WEEKLY], week.name)
    if not done:
        return []
    return [_by_itself(WEEKLY, staff, unit, week) for staff, unit in await _weekly_readers(work)]


async def _readers(work: Work, *roles: Role) -> list[tuple[Staff, str]]:
    """Return who gets the monthly report, with each office that he watches."""
    return [(staff, unit) for staff, acts in await work.staff.all() if acts and staff.has(*roles) for unit in tops(staff)]


async def _weekly_readers(work: Work) -> list[tuple[Staff, str]]:
    """Return who gets the digest for the weekly meeting: supervisors, and the head of the office at the top."""
    return [
        (staff, unit)
        for staff, unit in await _readers(work, Role.SUPERVISOR, Role.HEAD)
        if unit in staff.units(Role.SUPERVISOR) or work.units.parent(unit) is None
    ]


def _by_itself(report: str, staff: Staff, unit: str, period: Period) -> Wish:
    form = "xlsx" if report == MONTHLY else "chat"
    once = f"report:{report}:{period.name}:{staff.id}:{unit}"
    return Wish(staff.id, report, form, unit, period.name, report, once)


def _row(rules: Rules, code: str, otherwise: int) -> int:
    row = rules.rows("policies").get(code)
    return int(row["value"]) if row else otherwise
