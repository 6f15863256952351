"""Several cases about one matter: merged into the one that is due first, which is answered for all of them.

What it does to the clocks (RELIABILITY D7, D10): no date moves. The reminders of the case that is merged end in the same
transaction, since it is not open any more; its own date stays written with it and is kept, as the other one is due before. When
the leading case is taken back, the next one goes on in its place, with its own date. When one of them contests the answer, the
leading case is looked at again, once for all, with the new date that contesting brings.

Nobody learns of anybody: the office sees how many people sent the matter, a citizen never even that.
Source: LAW 1.9 B8, B13, 2.3 `MERGED`; L.42/2013 art. 29 (groups). Each function raises `Refusal` and, for an old button, `Stale`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.access import DENUNCIATION, Action, excluded
from bot.domain.cases import Case, Status
from bot.domain.events import CaseApart, CaseGuided, CaseMerged, CaseRejected, CaseTookOver, GroupReached, LeadReopened, TookIn
from bot.domain.refusal import Refusal
from bot.domain.sharing import GROUP, LEADS
from bot.text import Text, _
from bot.usecases.access import Reader, access_case, acting, may_do
from bot.usecases.following import with_own_dates
from bot.usecases.ports import Work
from bot.usecases.reminding import keep
from bot.usecases.staying import may_stay

MOST_ALIKE = 3
GROUP_FROM = 5
"""From so many different people on a matter is one of a group, which names one or two to speak for it (L.42/2013 art. 29)."""
_NEVER = datetime.max.replace(tzinfo=UTC)


async def merge_pair(
    work: Work, reader: Reader, ref: str, into: str, now: datetime, version: int | None = None
) -> tuple[Case, Case]:
    """Return the case to be merged and the one that stands for it, if that may be done; nothing is stored."""
    case = await access_case(work, reader, ref, to=Action.MERGE, version=version, now=now)
    lead = await access_case(work, reader, into, to=Action.MERGE, now=now)
    no = await _why_not(work, case, lead)
    if no is not None:
        raise Refusal(no(code=case.code, lead=lead.code))
    return case, lead


async def _why_not(work: Work, case: Case, lead: Case) -> Text | None:
    if case.id == lead.id:
        return _("Please type the code of another case than {code}.")
    if not case.is_open or not lead.is_open:
        return _("Only open cases can be merged. One of {code} and {lead} is over.")
    if case.unit is None or case.unit != lead.unit:
        return _("Cases {code} and {lead} are not about the same office, so they stay apart.")
    if DENUNCIATION in case.flags | lead.flags:
        return _("A case that reports a violation of the law is looked into by itself and is not merged.")
    if case.contested or lead.contested:
        return _("A contested case is looked at again by itself and is not merged.")
    if (lead.due_at or _NEVER) > (case.due_at or _NEVER):
        return _("Case {lead} is due later than {code}. Please merge it the other way round: {lead} into {code}.")
    further = [await work.cases.by_id(number) for number in await work.merges.into(case.id)]
    for one in (case, *further):
        if one is not None and not await _may_go_along(work, one, lead):
            return _("Case {code} speaks about the office that has {lead}, so they stay apart.")
    return None


async def _may_go_along(work: Work, case: Case, lead: Case) -> bool:
    """Whether neither the unit that has the leading case nor its handler is whom this case speaks about."""
    if lead.handling_unit is not None and not await may_stay(work, case, lead.handling_unit):
        return False
    handler = await work.staff.by_id(lead.handler) if lead.handler is not None else None
    return handler is None or not excluded(handler, case, work.units)


async def merge(work: Work, reader: Reader, ref: str, into: str, now: datetime, version: int | None = None) -> Case:
    """Let the case `into` stand for this one too, and for all that were merged into this one before; return `into`."""
    case, lead = await merge_pair(work, reader, ref, into, now, version)
    staff = acting(reader).id
    for number in await work.merges.into(case.id):
        further = await work.cases.by_id(number)
        if further is not None:
            along = replace(further, merged_into=lead.id, handling_unit=lead.handling_unit, handler=lead.handler)
            await work.cases.save(further, along, None)
    merged = replace(
        case,
        status=Status.MERGED,
        merged_into=lead.id,
        handling_unit=lead.handling_unit,
        handler=lead.handler,
        ack_due_at=None,
        accepted_at=None,
        resume=None,
        flags=case.flags - {LEADS, GROUP},
    )
    await keep(work, case, merged, now)
    people = await work.merges.senders(lead.id)
    work.record(CaseMerged(case.id, staff, into=lead.id), TookIn(lead.id, staff, merged=case.id, people=people))
    flags = lead.flags | {LEADS} | ({GROUP} if people >= GROUP_FROM else set())
    if GROUP in flags - lead.flags:
        work.record(GroupReached(lead.id, people=people))
    return await keep(work, lead, replace(lead, flags=flags), now) if flags != lead.flags else lead


async def alike(work: Work, reader: Reader, case: Case) -> list[Case]:
    """Return open cases that may be about the same matter and with which this reader may merge it, due first; no words."""
    if case.unit is None or not case.is_open or not await may_do(work, reader, case, Action.MERGE):
        return []
    found = [await work.cases.by_id(number) for number in await work.merges.alike(case, MOST_ALIKE * 2)]
    fit = []
    for other in found:
        if other is not None and await may_do(work, reader, other, Action.MERGE):
            first, second = sorted((case, other), key=lambda one: (one.due_at or _NEVER, one.id))
            if await _why_not(work, second, first) is None:
                fit.append(other)
    return fit[:MOST_ALIKE]


async def merged_with(work: Work, reader: Reader, lead: Case) -> tuple[int, list[Case]]:
    """Return how many people sent the matter of a case, and the cases merged into it that this reader may read.

    Of those that he may not read nobody is counted: whoever one of them speaks about must not know that there is one.
    """
    if LEADS not in lead.flags:
        return 1, []
    found = [await work.cases.by_id(number) for number in await work.merges.into(lead.id)]
    readable = [one for one in found if one is not None and await may_do(work, reader, one, Action.OPEN)]
    people = await work.merges.senders(lead.id)
    return (people if len(readable) == len(found) else min(people, 1 + len(readable))), readable


async def lead_of(work: Work, case: Case) -> Case | None:
    """Return the case that stands for this one, None where it stands for itself."""
    return await work.cases.by_id(case.merged_into) if case.merged_into is not None else None


async def hand_over(work: Work, lead: Case, now: datetime) -> Case | None:
    """Let the first of the cases merged into one that is being taken back go on in its place; None: there is none.

    It takes over where the matter stands, the draft of the answer among it, but keeps its own date, later or the same.
    """
    others = await work.merges.into(lead.id) if LEADS in lead.flags else []
    if not others:
        return None
    first = await work.cases.by_id(others[0])
    assert first is not None
    flags = first.flags | ({LEADS} if len(others) > 1 else set())
    dated, inputs = await with_own_dates(work, first, now)
    goes_on = replace(
        dated,
        status=lead.resume or Status.RETURNED if lead.status is Status.NEED_INFO else lead.status,
        merged_into=None,
        handling_unit=lead.handling_unit,
        handler=lead.handler,
        forwarded_at=lead.forwarded_at,
        ack_due_at=lead.ack_due_at,
        accepted_at=lead.accepted_at,
        returns=lead.returns,
        flags=flags,
    )
    goes_on = await keep(work, first, goes_on, now)
    draft = await work.cases.answer(lead.id)
    if draft is not None and draft.given_at is None:
        await work.cases.put_answer(goes_on.id, draft)
    for number in others[1:]:
        further = await work.cases.by_id(number)
        if further is not None:
            await work.cases.save(further, replace(further, merged_into=goes_on.id), None)
    work.record(CaseApart(goes_on.id, inputs=inputs), CaseTookOver(goes_on.id, lead=lead.id))
    return goes_on


async def reopened_for_all(work: Work, lead: Case, merged: Sequence[int], inputs: str, by: int, message: int) -> None:
    """Note on every case that was merged into one that is looked at again that its answer is contested, and the new date.

    `merged` are their ids from before the leading case moved: one that speaks about the head above went to intake alone, and is
    looked at again there. `by` is the case whose sender contested, `message` the line of its talk that says why.
    """
    for number in merged:
        one = await work.cases.by_id(number)
        if one is not None:
            again = replace(one, contested=True, contest_until=None, answered_at=None, due_at=lead.due_at, policy=lead.policy)
            await work.cases.save(one, again, work.now if again.is_open else None)
            own = one.id == by
            event = LeadReopened(one.id, due_at=lead.due_at, own=own, message=message if own else 0, inputs=inputs)
            work.record(event)


async def over_for_all(work: Work, lead: Case, staff: int, now: datetime, words: str = "", reason: str = "") -> None:
    """End the cases merged into one that was guided elsewhere (`words`) or not taken (`reason`) in the same way."""
    for number in await work.merges.into(lead.id) if LEADS in lead.flags else []:
        one = await work.cases.by_id(number)
        if one is None:
            continue
        await work.cases.save(one, replace(one, status=lead.status, merged_into=None), None)
        if words:
            message = await work.cases.say(one.id, "intake", words, staff, now)
            work.record(CaseGuided(one.id, staff, message=message))
        else:
            work.record(CaseRejected(one.id, staff, reason=reason))
