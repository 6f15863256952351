"""What an office does with a case: accept, hand on, ask, return, note, draft and answer.

Every function takes the code as typed or from a button and, from a button, its `version`; each raises `Refusal` (missing, not
yours, not possible as the case stands) and `Stale` for an old button. Source: LAW 2.3 (transitions), 1.9 B11, B13.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.domain.access import BOUNCE_LIMIT, Action, excluded
from bot.domain.cases import IN_THE_FILES, Answer, Case, CaseMessage, ExtensionState, Status
from bot.domain.clocks import days_late
from bot.domain.events import (
    AnswerDrafted,
    CaseAccepted,
    CaseAnswered,
    CaseReturned,
    DraftSentBack,
    FileDescribed,
    HandlerAssigned,
    NoteAdded,
    QuestionAsked,
)
from bot.domain.people import Role, Staff
from bot.domain.refusal import Refusal
from bot.domain.routing import Why, route_above
from bot.domain.sharing import LEADS
from bot.text import Text, _
from bot.usecases.access import Reader, access_case, acting
from bot.usecases.answer_files import has_files
from bot.usecases.clocks import missed_until, paused
from bot.usecases.helping import only_helps
from bot.usecases.ports import Work
from bot.usecases.reminding import keep
from bot.usecases.routing import leaders_of, placed, returned_to_intake, went
from bot.usecases.terms import calendar_at, window_end

TO_ACCEPT = frozenset({Status.FORWARDED, Status.REOPENED})
AT_WORK = frozenset({Status.ACCEPTED, Status.IN_PROGRESS, Status.WAIT_APPROVAL})


CONFIRMED = ("true", "partly_true")
NO_VIOLATION = "no_violation"


async def accept_case(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> Case:
    """Take the case for the unit."""
    case = await access_case(work, reader, ref, to=Action.ACCEPT, version=version, now=now)
    _must_be(case, TO_ACCEPT, _("Case {code} has been accepted already. Open it to see how it stands."))
    case = await keep(work, case, replace(case, status=Status.ACCEPTED, accepted_at=now), now)
    work.record(CaseAccepted(case.id, acting(reader).id))
    return case


async def handlers_for(work: Work, reader: Reader, case: Case) -> list[Staff]:
    """Return who can be given the case to handle: handlers and deputies of the unit whom it does not speak about.

    Nor does any case speak about them for which this one stands, as the answer is to all.
    """
    if case.handling_unit is None:
        return []
    known = await work.cases.by_id(case.id)
    if known is None:
        return []
    at_unit = await work.staff.at([case.handling_unit], Role.HANDLER, Role.DEPUTY)
    merged = await work.cases.among(await work.merges.into(known.id)) if LEADS in known.flags else []
    return [
        one
        for one in at_unit
        if one.id not in (case.handler, acting(reader).id)
        and not any(excluded(one, each, work.units) for each in (known, *merged))
    ]


async def assign_handler(
    work: Work, reader: Reader, ref: str, handler_id: int, now: datetime, version: int | None = None
) -> Case:
    """Hand the case to a handler of the unit; whoever had it before has it no more."""
    case = await access_case(work, reader, ref, to=Action.ASSIGN, version=version, now=now)
    _must_be_at_work(case)
    if handler_id not in [one.id for one in await handlers_for(work, reader, case)]:
        raise Refusal(_("This colleague cannot be given the case. Please choose somebody from the list."))
    status = Status.IN_PROGRESS if case.status is Status.ACCEPTED else case.status
    case = await keep(work, case, replace(case, handler=handler_id, status=status), now)
    work.record(HandlerAssigned(case.id, acting(reader).id, handler=handler_id))
    return case


async def ask_citizen(work: Work, reader: Reader, ref: str, words: str, now: datetime, version: int | None = None) -> Case:
    """Ask the citizen something; neither side sees the other's account.

    The first question of a case lets its service clock stand until it is answered, for NEED_INFO at most (LAW 2.2).
    """
    case = await access_case(work, reader, ref, to=Action.ASK, version=version, now=now)
    staff = acting(reader)
    body = _words(words, _("Please write the question that the citizen should answer."))
    if not case.is_open:
        raise _over(case)
    side = "office" if case.handling_unit in staff.units(Role.HEAD, Role.DEPUTY, Role.HANDLER) else "intake"
    if side == "intake" and case.handling_unit is not None:
        raise Refusal(_("Case {code} is with the office now, and questions come from there.")(code=case.code))
    if case.status in TO_ACCEPT:
        raise Refusal(_("Please accept case {code} first, then ask.")(code=case.code))
    message = await work.cases.say(case.id, side, body, staff.id, now)
    resume = case.resume if case.status is Status.NEED_INFO else case.status
    asked, pause = await paused(work, replace(case, status=Status.NEED_INFO, resume=resume), now)
    case = await keep(work, case, asked, now)
    work.record(QuestionAsked(case.id, staff.id, message=message), *pause)
    return case


async def return_case(work: Work, reader: Reader, ref: str, reason: str, now: datetime, version: int | None = None) -> Case:
    """Give the case back as not the unit's: to intake, from the second time on to the superior head, who decides (LAW B13).

    The due date does not move, a return never closes a case, and there is no third one.
    """
    case = await access_case(work, reader, ref, to=Action.RETURN, version=version, now=now)
    staff, unit = acting(reader), case.handling_unit or ""
    body = _words(reason, _("Please write why the case is not yours, and whose it is if you know."))
    if case.status not in TO_ACCEPT | AT_WORK and not (case.status is Status.NEED_INFO and case.handling_unit):
        raise _over(case)
    if case.returns >= BOUNCE_LIMIT:
        raise Refusal(
            _(
                "Case {code} was returned twice already, so the head above decides whose it is, and it cannot be returned again. "
                "The due date does not move."
            )(code=case.code)
        )
    message = await work.cases.say(case.id, "note", body, staff.id, now)
    returned = replace(case, returns=case.returns + 1)
    chosen = returned_to_intake()
    if returned.returns >= BOUNCE_LIMIT:
        chosen = route_above(returned, work.units, await leaders_of(work, unit), unit, Why.BOUNCED)
    case = await keep(work, case, await placed(work, returned, chosen, now), now)
    work.record(CaseReturned(case.id, staff.id, unit=unit, message=message))
    if chosen.why is not Why.RETURNED:
        work.record(went(case, chosen))
    return case


async def add_note(work: Work, reader: Reader, ref: str, words: str, now: datetime) -> Case:
    """Write an inner note; the citizen never sees it."""
    case = await access_case(work, reader, ref, to=Action.NOTE, now=now)
    body = _words(words, _("Please write the note."))
    message = await work.cases.say(case.id, "note", body, acting(reader).id, now)
    work.record(NoteAdded(case.id, acting(reader).id, message=message))
    return case


async def draft_answer(
    work: Work,
    reader: Reader,
    ref: str,
    finding: str,
    action: str,
    body: str,
    evidence: str,
    now: datetime,
    version: int | None = None,
) -> Case:
    """Store an answer that waits for the head's signature; a newer draft replaces the one before.

    `finding` is a code of findings.csv, `action` one or several of actions.csv with commas between them; `evidence` says what
    proves it or why nothing does.
    """
    case = await access_case(work, reader, ref, to=Action.DRAFT, version=version, now=now)
    _must_be_at_work(case)
    answer = Answer(finding, action, body.strip(), evidence.strip(), author=acting(reader).id, round=round_of(case))
    _must_be_complete(work, answer)
    await work.cases.put_answer(case.id, answer)
    case = await keep(work, case, replace(case, status=Status.WAIT_APPROVAL, resume=None), now)
    work.record(AnswerDrafted(case.id, acting(reader).id))
    return case


async def send_back(work: Work, reader: Reader, ref: str, reason: str, now: datetime, version: int | None = None) -> Case:
    """Give a draft back to its author, with what is to be changed."""
    case = await access_case(work, reader, ref, to=Action.SEND_BACK, version=version, now=now)
    _must_be(case, {Status.WAIT_APPROVAL}, _("Case {code} has no draft that waits for you. Open it to see how it stands."))
    body = _words(reason, _("Please write what is to be changed in the draft."))
    message = await work.cases.say(case.id, "note", body, acting(reader).id, now)
    case = await keep(work, case, replace(case, status=Status.IN_PROGRESS), now)
    work.record(DraftSentBack(case.id, acting(reader).id, message=message))
    return case


async def draft_of(work: Work, case: Case) -> Answer | None:
    """Return the draft that waits, as the citizen would get it; None when there is none in this round."""
    answer = await work.cases.answer(case.id, round_of(case))
    return answer if answer is not None and answer.given_at is None else None


async def give_answer(
    work: Work, reader: Reader, ref: str, now: datetime, document: str = "", version: int | None = None
) -> Case:
    """Sign the stored draft and send it; from now on the citizen may rate it and, once, contest it.

    `document` is number and date of the written answer, if there is one (LAW B11). What it counts as is written down with it, by
    the dates and the calendar of today. That it says sorry for being late is no apology in the sense of LAW 4: notice and reason
    stay owed until the head has signed them.
    """
    case = await access_case(work, reader, ref, to=Action.ANSWER, version=version, now=now)
    _must_be_at_work(case)
    answer = await draft_of(work, case)
    if answer is None or case.status is not Status.WAIT_APPROVAL:
        raise Refusal(_("Case {code} has no draft that waits for you. Please write the answer first.")(code=case.code))
    _must_be_complete(work, answer)
    if answer.evidence == IN_THE_FILES and not await has_files(work, case.id):
        raise Refusal(_("The files that were to show it could not be fetched. Please send them again, then sign."))
    staff = acting(reader)
    late = days_late(case.due_at, now, await calendar_at(work, case.handling_unit))
    signed = replace(
        answer, signer=staff.id, document=document.strip(), given_at=now, unit=case.handling_unit, due_at=case.due_at,
        legal_due_at=case.legal_due_at, extended=case.extension is ExtensionState.GRANTED, days_late=late,
    )  # fmt: skip
    await work.cases.put_answer(case.id, signed)
    until = await window_end(work, "RATE_WINDOW" if case.contested else "REOPEN", now)
    noted, overlooked = await missed_until(work, case, now)
    answered = replace(noted, status=Status.ANSWERED, answered_at=now, contest_until=until, resume=None, rating=None)
    case = await keep(work, case, answered, now)
    work.record(*overlooked, CaseAnswered(case.id, staff.id, round=answer.round, late=late > 0))
    return case


async def describe_file(work: Work, reader: Reader, ref: str, file: int, words: str, now: datetime) -> Case:
    """Write down for the office what is in a file that only intake may open."""
    case = await access_case(work, reader, ref, to=Action.DESCRIBE, now=now)
    body = _words(words, _("Please write what can be seen, heard or read in the file, without names of the sender."))
    if file not in [one.id for one in await work.files.of_case(case.id)]:
        raise Refusal(_("This file does not belong to the case. Please choose one from its list."))
    await work.files.describe(file, body)
    work.record(FileDescribed(case.id, acting(reader).id, file=file))
    return case


async def talk_of(work: Work, reader: Reader, ref: str, now: datetime) -> list[CaseMessage]:
    """Return what was said on a case for whoever may open it; inner notes not to a unit that only helps."""
    case = await access_case(work, reader, ref, to=Action.OPEN, now=now)
    helps = await only_helps(work, reader, case)
    return [line for line in await work.cases.talk(case.id) if not (helps and line.side == "note")]


def round_of(case: Case) -> int:
    """Return which answer is due: the first, or the second after the citizen contested it."""
    return 2 if case.contested else 1


def _must_be(case: Case, statuses: Collection[Status], otherwise: Text) -> None:
    if case.status not in statuses:
        raise Refusal(otherwise(code=case.code)) if case.is_open else _over(case)


def _must_be_at_work(case: Case) -> None:
    """Refuse what can be done only with an accepted case; one that waits for the citizen can be gone on with all the same."""
    if case.status in AT_WORK or (case.status is Status.NEED_INFO and case.resume in AT_WORK):
        return
    if case.is_open:
        raise Refusal(_("Please accept case {code} first.")(code=case.code))
    raise _over(case)


def _must_be_complete(work: Work, answer: Answer) -> None:
    """Refuse an answer without finding, action, text, and evidence or the reason why there is none (LAW 2.3)."""
    if answer.finding not in work.rules.rows("findings"):
        raise Refusal(_("Please choose what was found."))
    done = answer.action.split(",")
    if not set(done) <= set(work.rules.rows("actions")):
        raise Refusal(_("Please choose what was done."))
    if NO_VIOLATION in done and (len(done) > 1 or answer.finding in CONFIRMED):
        raise Refusal(_("“No violation” does not go with what you found or did. Please choose again what was done."))
    if not answer.body:
        raise Refusal(_("Please write the answer for the citizen."))
    if not answer.evidence:
        raise Refusal(_("Please say what proves the finding, or why nothing can be shown."))


def _words(words: str, otherwise: Text) -> str:
    body = words.strip()
    if not body:
        raise Refusal(otherwise)
    return body


def _over(case: Case) -> Refusal:
    return Refusal(_("Case {code} is over, so this can no longer be done. It stays in your lists to read.")(code=case.code))
