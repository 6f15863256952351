"""Several units on one case: the head who has it asks another unit for its part, by a day within the case's own date.

No clock of the case moves, whatever the other unit does (LAW 0.1 C11, 2.3 `COORDINATING`): the lead answers for the whole. What
is late is shown to the lead and counted nowhere. The guard holds as everywhere: a unit that the case speaks about is not asked,
nobody who helps learns who sent it. Each function raises `Refusal` and, for an old button, `Stale`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from bot.domain.access import Action
from bot.domain.cases import Case
from bot.domain.deadlines import VIETNAM, local_day
from bot.domain.events import HelpAsked, HelpEnded, HelpGiven
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.domain.routing import today_unit
from bot.domain.sharing import Contribution
from bot.text import _
from bot.usecases.access import Reader, access_case, acting, may_do
from bot.usecases.ports import Work
from bot.usecases.reminding import keep
from bot.usecases.staying import may_stay

_DAY_ENDS = time(23, 59, 59)


def last_day(case: Case, now: datetime) -> date | None:
    """Return the last day that may be set for the part of another unit: that of the case, None where it has none or is late."""
    return local_day(case.due_at) if case.due_at is not None and local_day(case.due_at) >= local_day(now) else None


async def ask_help(
    work: Work, reader: Reader, ref: str, unit: str, words: str, due_on: date, now: datetime, version: int | None = None
) -> Case:
    """Ask the head of `unit` for its part until the end of a day in Vietnam."""
    case = await access_case(work, reader, ref, to=Action.HELP, version=version, now=now)
    if not case.is_open or case.accepted_at is None:
        raise Refusal(_("Please accept case {code} first, then ask other offices.")(code=case.code))
    target = today_unit(unit, work.units, local_day(now))
    if target is None:
        raise Refusal(_("This office does not exist any more, or it has several successors. Please choose another one."))
    if target == case.handling_unit:
        raise Refusal(_("Your own office has the case already. Please choose another one."))
    if target in case.helping:
        raise Refusal(_("This office was asked already and has not answered yet. Open the case to see how it stands."))
    if any(each.outside for each in work.units.line(target)):
        raise Refusal(_("This office has its own line of command, so we cannot ask it here. Please write to it on paper."))
    heads = await work.staff.at([target], Role.HEAD)
    if not heads or not await may_stay(work, case, target):
        raise Refusal(_("This office cannot be asked here. Please choose another one, or write to it on paper."))
    latest = last_day(case, now)
    if due_on < local_day(now) or (latest is not None and due_on > latest):
        raise Refusal(_("The day must be from today on and no later than the date of the case itself."))
    body = words.strip()
    if not body:
        raise Refusal(_("Please write what you need from that office."))
    staff = acting(reader).id
    until = datetime.combine(due_on, _DAY_ENDS, VIETNAM)
    await work.contributions.add(Contribution(0, case.id, target, body, staff, now, until))
    case = await keep(work, case, replace(case, helping=case.helping | {target}), now)
    work.record(HelpAsked(case.id, staff, unit=target, due_at=until))
    return case


async def give_part(work: Work, reader: Reader, ref: str, words: str, now: datetime) -> Case:
    """Answer with the part of one's own unit; the lead sees it, and the unit sees the case no more."""
    case = await access_case(work, reader, ref, to=Action.CONTRIBUTE, now=now)
    body, staff = words.strip(), acting(reader)
    if not body:
        raise Refusal(_("Please write your part of the answer."))
    awaited = [part for part in await work.contributions.of_case(case.id) if part.is_awaited and part.unit in staff.led()]
    if not awaited or not await work.contributions.give(awaited[0].id, body, staff.id):
        raise Refusal(_("The part of your office in case {code} is not needed any more.")(code=case.code))
    unit = awaited[0].unit
    case = await keep(work, case, replace(case, helping=case.helping - {unit}), now)
    work.record(HelpGiven(case.id, staff.id, unit=unit))
    return case


async def end_help(work: Work, reader: Reader, ref: str, unit: str, now: datetime, version: int | None = None) -> Case:
    """Go on without the part of a unit that was asked."""
    case = await access_case(work, reader, ref, to=Action.HELP, version=version, now=now)
    awaited = [part for part in await work.contributions.of_case(case.id) if part.is_awaited and part.unit == unit]
    if not awaited or not await work.contributions.end(awaited[0].id):
        raise Refusal(_("That office owes nothing to case {code} any more.")(code=case.code))
    case = await keep(work, case, replace(case, helping=case.helping - {unit}), now)
    work.record(HelpEnded(case.id, acting(reader).id, unit=unit))
    return case


async def parts_of(work: Work, reader: Reader, case: Case) -> list[Contribution]:
    """Return what was asked of other units and what they gave, for a reader who may open it; who only helps gets his own."""
    parts = await work.contributions.of_case(case.id)
    if await only_helps(work, reader, case):
        return [part for part in parts if part.unit in acting(reader).led()]
    return parts


async def only_helps(work: Work, reader: Reader, case: Case) -> bool:
    """Whether the reader sees the case for the part of his unit alone: no inner note, draft, nor the parts of others."""
    may = await may_do(work, reader, case, Action.CONTRIBUTE, Action.NOTE, Action.FORWARD)
    return may == {Action.CONTRIBUTE}
