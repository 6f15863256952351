"""A case that says again what was answered already, with nothing new: refused, but only by the head and in writing.

Intake marks it and says which answered case it repeats; the head of the office (or the superior, where the office is complained
about) confirms with a written notice within three working days, or goes on with it as with any other case. No date moves: a case
that nobody confirms is due when it was. Source: LAW 1.9 B12, 2.3; NĐ 154/2026/NĐ-CP art. 4.1h, 4.3. Each function raises
`Refusal`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.access import DENUNCIATION, Action, excluded
from bot.domain.cases import Case, Status
from bot.domain.events import CaseRejected, Event, RepeatDenied, RepeatMarked
from bot.domain.people import Staff
from bot.domain.refusal import Refusal
from bot.domain.routing import route
from bot.domain.sharing import REPEAT
from bot.text import _
from bot.usecases.access import Reader, access_case, acting
from bot.usecases.merging import over_for_all
from bot.usecases.ports import Work
from bot.usecases.reminding import keep
from bot.usecases.reorganising import competent
from bot.usecases.routing import leaders_of, placed, went
from bot.usecases.staying import may_stay
from bot.usecases.terms import term

ALREADY_ANSWERED = "already_answered_no_new"
TERM = "REPEAT"


@dataclass(frozen=True, slots=True)
class Repeat:
    """What intake said of a case: the code of the answered one that it repeats, and until when that may be confirmed."""

    of: str
    until: datetime | None


async def mark_repeat(
    work: Work, reader: Reader, ref: str, of: str, words: str, now: datetime, version: int | None = None
) -> Case:
    """Say that a case repeats an answered one (its code `of`) about the same office, and why there is nothing new in it."""
    case = await access_case(work, reader, ref, to=Action.REJECT, version=version, now=now)
    # With its words, which the guard looks at; nothing of them is shown.
    former = await work.cases.by_id((await access_case(work, reader, of, to=Action.CARD, now=now)).id)
    assert former is not None
    if not case.is_open or case.accepted_at is not None or case.contested:
        raise Refusal(_("Case {code} is being worked on or over, so it is no repeat any more.")(code=case.code))
    if DENUNCIATION in case.flags:
        raise Refusal(_("A case that reports a violation of the law is always looked into."))
    if REPEAT in case.flags:
        raise Refusal(_("Case {code} is marked as a repeat already.")(code=case.code))
    answered = former.answered_at is not None and former.status in (Status.ANSWERED, Status.CLOSED)
    if not answered or case.unit is None or former.unit != case.unit or former.id == case.id:
        raise Refusal(_("Case {code} is not an answered case about the same office.")(code=former.code))
    body = words.strip()
    if not body:
        raise Refusal(_("Please write why there is nothing new in it."))
    marked, happened = replace(case, flags=case.flags | {REPEAT}), list[Event]()
    if case.handling_unit is None:
        leaders = await leaders_of(work, case.unit)
        chosen = await competent(work, case, route(case, work.units, leaders, by_hand=True))
        if chosen.unit is None:
            raise Refusal(_("No head who may confirm it has joined. Please guide the citizen, or ask the admin to invite one."))
        marked = await placed(work, marked, chosen, now)
        happened.append(went(marked, chosen))
    # The head reads the code of the answered case: one that speaks about him or his office would tell him that there is one.
    if marked.handling_unit is not None and not await may_stay(work, former, marked.handling_unit):
        no = _("Case {code} speaks about the office that has {lead}, so they stay apart.")
        raise Refusal(no(code=former.code, lead=case.code))
    until = (await term(work, TERM, now, marked.handling_unit)).due_at
    await work.cases.say(case.id, "note", body, acting(reader).id, now)
    case = await keep(work, case, marked, now)
    work.record(*happened, RepeatMarked(case.id, acting(reader).id, of=former.code, until=until))
    return case


async def repeat_of(work: Work, case: Case, reader: Staff | None = None) -> Repeat | None:
    """Return what intake said of a case that is marked as a repeat, None for any other.

    None too for a reader whom the answered case speaks about: he must not learn that there is one.
    """
    if REPEAT not in case.flags:
        return None
    marked = [event for event in await work.events_of(case.id) if event.name == RepeatMarked.__name__]
    if not marked:
        return None
    if reader is not None:
        former = await work.cases.by_code(marked[-1].details["of"])
        if former is None or excluded(reader, former, work.units):
            return None
    until = marked[-1].details["until"]
    return Repeat(marked[-1].details["of"], datetime.fromisoformat(until) if until else None)


async def confirm_repeat(
    work: Work, reader: Reader, ref: str, words: str, document: str, now: datetime, version: int | None = None
) -> Case:
    """Refuse a case as a repeat, with the words and the number and date of the written notice; within the three working days."""
    case = await access_case(work, reader, ref, to=Action.ANSWER, version=version, now=now)
    marked = await repeat_of(work, case)
    if marked is None or not case.is_open:
        raise Refusal(_("Case {code} does not wait to be confirmed as a repeat.")(code=case.code))
    if marked.until is not None and now > marked.until:
        raise Refusal(_("The three working days to refuse case {code} are over. Please answer it.")(code=case.code))
    body, paper, staff = words.strip(), document.strip(), acting(reader).id
    if not body or not paper:
        raise Refusal(_("Please write the reason, and the number and date of the written notice."))
    message = await work.cases.say(case.id, "office", body, staff, now)
    case = await keep(work, case, replace(case, status=Status.REJECTED, resume=None), now)
    work.record(CaseRejected(case.id, staff, reason=ALREADY_ANSWERED, document=paper, message=message))
    await over_for_all(work, case, staff, now, reason=ALREADY_ANSWERED)
    return case


async def deny_repeat(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> Case:
    """Say that the case is none: it goes on as any other, by the date that it has."""
    case = await access_case(work, reader, ref, to=Action.ANSWER, version=version, now=now)
    if REPEAT not in case.flags or not case.is_open:
        raise Refusal(_("Case {code} does not wait to be confirmed as a repeat.")(code=case.code))
    case = await keep(work, case, replace(case, flags=case.flags - {REPEAT}), now)
    work.record(RepeatDenied(case.id, acting(reader).id))
    return case
