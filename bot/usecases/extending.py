"""More time for a case: the head asks, with reason, apology and a new date; the superior head grants or refuses.

Only before the due time, once for a time limit that allows it, never for an urgent one; what nobody has decided by then has
lapsed. Source: LAW 2.2 EXT_PAKN, 2.3 (no extension after the due time), 4 rule 1 (none without an apology), 11.3.5 (two persons).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.access import Action, may
from bot.domain.cases import Case, ExtensionState, Status
from bot.domain.clocks import Allowance, ExtensionRequest, allowance
from bot.domain.deadlines import Standing, TermUnit, standing_on
from bot.domain.events import CaseExtended, ExtensionAsked, ExtensionRefused
from bot.domain.people import Staff
from bot.domain.refusal import Refusal
from bot.domain.routing import Why, route_above
from bot.text import _
from bot.usecases.access import Reader, access_case, acting
from bot.usecases.office import AT_WORK
from bot.usecases.ports import Work
from bot.usecases.reminding import keep
from bot.usecases.routing import leaders_of
from bot.usecases.terms import Term, calendar_at, running_term, written

MOST_CHOICES = 5
_CAN_ASK = frozenset({ExtensionState.NONE, ExtensionState.LAPSED})
_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Possible:
    """What the head can ask for: days more (counted in `unit`) with the date that each gives, and the unit whose head decides."""

    case: Case
    unit: TermUnit
    dates: dict[int, datetime]
    superior: str


async def possible_extension(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> Possible:
    """Return what the head can ask for on this case now; raises `Refusal` that says why there is nothing, and `Stale`."""
    case = await access_case(work, reader, ref, to=Action.EXTEND, version=version, now=now)
    if not case.is_open:
        raise Refusal(_("Case {code} is over, so this can no longer be done. It stays in your lists to read.")(code=case.code))
    if not (case.status in AT_WORK or (case.status is Status.NEED_INFO and case.resume in AT_WORK)):
        raise Refusal(_("Please accept case {code} first.")(code=case.code))
    if case.due_at is None:
        raise Refusal(_("Case {code} has no due date yet, so there is nothing to extend.")(code=case.code))
    if standing_on(case.due_at, now) is Standing.OVERDUE:
        raise Refusal(
            _("The due date of case {code} has passed, so it cannot be extended. Please notify the citizen and apologise.")(
                code=case.code
            )
        )
    allowed = allowance(work.rules.rows("policies"), case.policy)
    term = await running_term(work, case)
    if not allowed.count or term is None:
        raise Refusal(_("The time limit of case {code} cannot be extended.")(code=case.code))
    if case.extension is ExtensionState.ASKED:
        raise Refusal(_("You have asked for more time on case {code} already; the decision is awaited.")(code=case.code))
    if case.extension not in _CAN_ASK or len(term.extensions) >= allowed.count:
        raise Refusal(_("More time for case {code} was decided on already, which is possible once.")(code=case.code))
    unit = case.handling_unit or ""
    superior = route_above(case, work.units, await leaders_of(work, unit), unit, Why.CONFLICT).unit
    if superior is None:
        raise Refusal(
            _("Nobody above your office has joined here who could grant more time, so the due date of case {code} stands.")(
                code=case.code
            )
        )
    dates = {days: later.due_at for days in choices(allowed) if (later := await _later(work, term, allowed, days)).due_at}
    if not dates:
        raise Refusal(_("The working-day calendar lacks a year that a later date for case {code} needs.")(code=case.code))
    return Possible(case, allowed.unit, {days: at for days, at in dates.items() if at is not None}, superior)


def can_still_ask(work: Work, case: Case, now: datetime) -> bool:
    """Whether asking for more time is worth a button: the date is still to come, and can be put off by its time limit."""
    running = case.due_at is not None and standing_on(case.due_at, now) is not Standing.OVERDUE
    return running and case.extension in _CAN_ASK and allowance(work.rules.rows("policies"), case.policy).count > 0


async def ask_extension(
    work: Work, reader: Reader, ref: str, cause: str, words: str, days: int, now: datetime, version: int | None = None
) -> Case:
    """Ask the superior head for so many days more; `cause` of extension_causes.csv, `words` the apology that the citizen gets."""
    can = await possible_extension(work, reader, ref, now, version)
    case, staff = can.case, acting(reader)
    if cause not in work.rules.rows("extension_causes"):
        raise Refusal(_("Please choose the reason from the list."))
    if not words.strip():
        raise Refusal(_("Please write the apology: without one there is no extension."))
    if days not in can.dates or case.due_at is None:
        raise Refusal(_("Please choose one of the new dates from the list."))
    asked = ExtensionRequest(0, case.id, case.due_at, can.dates[days], days, cause, words.strip(), staff.id, now)
    number = await work.extensions.add(asked)
    case = await keep(work, case, replace(case, extension=ExtensionState.ASKED), now)
    work.record(ExtensionAsked(case.id, staff.id, number, can.superior, cause, asked.due_at, asked.new_due_at))
    return case


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the superior head sees it, with the case as it stands now; `by` is who asked."""

    case: Case
    request: ExtensionRequest
    by: Staff | None


async def asked_extension(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> Asked:
    """Return the request that waits on a case, to whoever may decide it; raises `Refusal` when none waits, and `Stale`."""
    case = await access_case(work, reader, ref, to=Action.GRANT, version=version, now=now)
    request = await work.extensions.waiting(case.id)
    if request is None or case.extension is not ExtensionState.ASKED:
        raise Refusal(_("Case {code} has no request for more time that waits.")(code=case.code))
    return Asked(case, request, await work.staff.by_id(request.asked_by))


async def grant_extension(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> Case:
    """Grant the request that waits: the due date is later from now on, and the citizen is told with reason and apology."""
    asked = await _decidable(work, reader, ref, now, version)
    case, request, staff = asked.case, asked.request, acting(reader)
    allowed = allowance(work.rules.rows("policies"), case.policy)
    term = await running_term(work, case)
    if term is None or not 1 <= request.value <= allowed.value:
        raise Refusal(_("The time limit of case {code} cannot be extended.")(code=case.code))
    later = await _later(work, term, allowed, request.value)
    if later.due_at is None:
        raise Refusal(_("The working-day calendar lacks a year that a later date for case {code} needs.")(code=case.code))
    # The date is worked out from the case as it stands now: calendar or a pause may have moved it since it was asked for.
    await work.extensions.decide(replace(request, new_due_at=later.due_at), "granted", staff.id, now)
    message = await work.cases.say(case.id, "office", request.words, request.asked_by, now)
    old = case.due_at
    case = await keep(work, case, replace(case, due_at=later.due_at, extension=ExtensionState.GRANTED), now)
    inputs = written(service=later)
    work.record(CaseExtended(case.id, staff.id, request.id, request.cause, old, later.due_at, message, inputs))
    return case


async def refuse_extension(work: Work, reader: Reader, ref: str, note: str, now: datetime, version: int | None = None) -> Case:
    """Refuse the request that waits, saying why; the due date stands, and the head is told."""
    asked = await _decidable(work, reader, ref, now, version)
    if not note.strip():
        raise Refusal(_("Please write why you do not grant it."))
    await work.extensions.decide(asked.request, "refused", acting(reader).id, now, note.strip())
    case = await keep(work, asked.case, replace(asked.case, extension=ExtensionState.REFUSED), now)
    work.record(ExtensionRefused(case.id, acting(reader).id, asked.request.id))
    return case


async def waiting_requests(work: Work, reader: Reader) -> list[Case]:
    """Return the cases on which a request waits that he may decide, the one due first on top."""
    staff = acting(reader)
    below: dict[str, None] = {}
    for top in sorted(staff.led()):
        below.update(dict.fromkeys(work.units.below(top)))
    found = [await work.cases.by_id(case) for case in await work.extensions.waiting_below(list(below), _AT_MOST)]
    return [case for case in found if case is not None and may(staff, Action.GRANT, case, work.units)]


async def deciders(work: Work, case: Case, unit: str) -> Sequence[Staff]:
    """Return who of the superior unit may decide on more time for a case."""
    return [one for one in await leaders_of(work, unit) if unit in one.led() and may(one, Action.GRANT, case, work.units)]


def choices(allowed: Allowance) -> list[int]:
    """Return the numbers of days that can be asked for: all of a few, else some up to the most."""
    if allowed.value <= MOST_CHOICES:
        return list(range(1, allowed.value + 1))
    return sorted({max(1, allowed.value * part // MOST_CHOICES) for part in range(1, MOST_CHOICES + 1)})


async def _decidable(work: Work, reader: Reader, ref: str, now: datetime, version: int | None) -> Asked:
    asked = await asked_extension(work, reader, ref, now, version)
    if not asked.case.is_open or asked.case.due_at is None:
        raise Refusal(_("Case {code} is over, so this can no longer be done.")(code=asked.case.code))
    if standing_on(asked.case.due_at, now) is Standing.OVERDUE:
        raise Refusal(
            _("The due date of case {code} has passed before this was decided, so there is no extension any more.")(
                code=asked.case.code
            )
        )
    if asked.request.asked_by == acting(reader).id:
        raise Refusal(_("You asked for this yourself, so somebody else has to decide."))
    return asked


async def _later(work: Work, term: Term, allowed: Allowance, days: int) -> Term:
    longer = replace(term, extensions=(*term.extensions, allowed.extension(days)))
    return longer.worked_out(await calendar_at(work, term.unit))
