"""What intake does with a case: send it on, correct its category, guide the citizen, or not take it.

Each function raises `Refusal` and, for an old button, `Stale`. Source: LAW 2.2, 2.3, 5.2.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.access import DECIDED, SENSITIVE, TO_SUPERIOR, Action
from bot.domain.cases import Case, Status
from bot.domain.deadlines import local_day
from bot.domain.events import CaseGuided, CaseReclassified, CaseRejected
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.domain.routing import Why, route_above, route_by_hand, today_unit, with_conflict
from bot.text import _
from bot.usecases.access import Reader, access_case, acting
from bot.usecases.filing import flags_of
from bot.usecases.merging import over_for_all
from bot.usecases.ports import Work
from bot.usecases.reminding import keep
from bot.usecases.reorganising import competent
from bot.usecases.repeating import ALREADY_ANSWERED
from bot.usecases.routing import leaders_of, may_stay, placed, went


async def forward(work: Work, reader: Reader, ref: str, unit: str, now: datetime, version: int | None = None) -> Case:
    """Send the case to the head of `unit`; the due date does not move.

    A superior of the office takes it over; any other unit is understood as the right office. The guard holds here too: the case
    goes past those whom it speaks about, to the nearest superior, and `handling_unit` of the result says where it arrived.
    A superior head to whom it came after two returns sends it on in the same way, and that decides whose it is (LAW B13).
    """
    case = await access_case(work, reader, ref, to=Action.FORWARD, version=version, now=now)
    staff = acting(reader)
    decides = case.handling_unit is not None and case.handling_unit in staff.units(Role.HEAD)
    if not case.is_open or not (case.handling_unit is None or decides):
        raise Refusal(_("Case {code} is not with intake now, so it cannot be sent on from here.")(code=case.code))
    target = today_unit(unit, work.units, local_day(now))
    if target is None:
        raise Refusal(_("This office does not exist any more, or it has several successors. Please choose another one."))
    sent, chosen = route_by_hand(case, target, work.units, await leaders_of(work, case.unit, target))
    chosen = await competent(work, sent, chosen)
    if chosen.why is Why.OUTSIDE:
        raise Refusal(_("This office has its own line of command, so we cannot send it there. Please guide the citizen."))
    if chosen.unit is None:
        raise Refusal(
            _("Nobody above this office has joined who may handle the case. Please choose another office, or tell the citizen.")
        )
    if decides and chosen.unit == case.handling_unit:
        raise Refusal(_("Case {code} would come back to you. Please choose another office, or accept it.")(code=case.code))
    if decides:
        sent = replace(sent, flags=sent.flags | {DECIDED})
    case = await keep(work, case, await placed(work, sent, chosen, now), now)
    work.record(went(case, chosen, staff.id))
    return case


async def classify(work: Work, reader: Reader, ref: str, category: str, now: datetime, version: int | None = None) -> Case:
    """Correct the category; the due date does not move. A unit that must not have the case by its new category loses it."""
    case = await access_case(work, reader, ref, to=Action.CLASSIFY, version=version, now=now)
    if category not in work.rules.rows("categories"):
        raise Refusal(_("There is no such category. Please choose one from the list."))
    flags = case.flags - {SENSITIVE, TO_SUPERIOR} | flags_of(work, category)
    sorted_in = with_conflict(replace(case, category=category, flags=flags), await leaders_of(work, case.unit))
    after, events = sorted_in, []
    if case.is_open and case.handling_unit and not await may_stay(work, sorted_in, case.handling_unit):
        leaders = await leaders_of(work, case.handling_unit)
        chosen = route_above(sorted_in, work.units, leaders, case.handling_unit, Why.CONFLICT)
        after = await placed(work, sorted_in, chosen, now)
        events.append(went(after, chosen))
    after = await keep(work, case, after, now)
    work.record(CaseReclassified(after.id, acting(reader).id, category=category), *events)
    return after


async def guide(work: Work, reader: Reader, ref: str, words: str, now: datetime, version: int | None = None) -> Case:
    """Tell the citizen where the matter belongs and how to go there; that ends the case here."""
    case = await access_case(work, reader, ref, to=Action.GUIDE, version=version, now=now)
    _must_be_with_intake(case)
    body = words.strip()
    if not body:
        raise Refusal(_("Please write where the citizen should go, with the address or telephone number."))
    message = await work.cases.say(case.id, "intake", body, acting(reader).id, now)
    case = await keep(work, case, replace(case, status=Status.GUIDED, resume=None), now)
    work.record(CaseGuided(case.id, acting(reader).id, message=message))
    await over_for_all(work, case, acting(reader).id, now, words=body)
    return case


async def reject(work: Work, reader: Reader, ref: str, reason: str, now: datetime, version: int | None = None) -> Case:
    """Do not take the case; `reason` is a code of reject_reasons.csv, and the citizen is told it in words."""
    case = await access_case(work, reader, ref, to=Action.REJECT, version=version, now=now)
    _must_be_with_intake(case)
    if reason not in work.rules.rows("reject_reasons"):
        raise Refusal(_("Please choose a reason from the list: without one a case cannot be turned down."))
    if reason == ALREADY_ANSWERED:
        raise Refusal(_("Only the head can refuse a repeat, in writing. Please mark it as a repeat instead."))
    case = await keep(work, case, replace(case, status=Status.REJECTED, resume=None), now)
    work.record(CaseRejected(case.id, acting(reader).id, reason=reason))
    await over_for_all(work, case, acting(reader).id, now, reason=reason)
    return case


def _must_be_with_intake(case: Case) -> None:
    if not case.is_open:
        raise Refusal(_("Case {code} is over, so this can no longer be done.")(code=case.code))
    if case.handling_unit is not None:
        raise Refusal(_("Case {code} is with the office now. It must come back first.")(code=case.code))
