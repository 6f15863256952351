"""Who is told of an event, in which words. `App.settle` calls these inside the turn's SAVEPOINT.

A push to staff carries code, category, office, due date and buttons, never identity nor text (G8). Every recipient goes through
the guard of `bot.domain.access`, so that nobody complained about is ever told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.dialogue.prompts import Button, Prompt
from bot.domain.access import Action, may
from bot.domain.deadlines import as_shown, local_day
from bot.domain.events import (
    AnswerDrafted,
    AnswerFileFailed,
    AnswerFilesFollow,
    AnswerUndelivered,
    CaseAccepted,
    CaseAnswered,
    CaseContested,
    CaseForwarded,
    CaseGuided,
    CaseLeftToIntake,
    CaseRejected,
    CaseReturned,
    CaseWithdrawn,
    DateToFollow,
    DeadlineMoved,
    DraftSentBack,
    Event,
    FileFailed,
    HandlerAssigned,
    InformationAdded,
    QuestionAsked,
    YearUnconfirmed,
)
from bot.domain.people import Role, Staff
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.answer_files import of_answer
from bot.usecases.identity import invites_rating
from bot.usecases.notices import To, recipients
from bot.usecases.ports import Work
from bot.usecases.terms import SERVICE
from handlers.by_hand_notices import BY_HAND
from handlers.clock_notices import CLOCK_NOTICES
from handlers.clock_words import waiting_words
from handlers.connecting import CONNECTING
from handlers.digests import NOTICES as DIGESTS
from handlers.digests import to_duty
from handlers.names import due_of
from handlers.office import answer_words, case_button, rule_name, shown_files, unit_name
from handlers.sharing_notices import SHARING, looked_at_again
from handlers.telling import (
    BULK,
    Notices,
    card,
    case_of,
    follow_button,
    heads_of,
    office_of,
    open_button,
    to_citizen,
    to_staff,
)
from handlers.written_notices import NOTICES as WRITTEN

ANSWER = "answer"
"""The kind of the one notice whose fate is written on the case; its once-value is `answer:CASE:ROUND`, then `:PART`."""

# -- events ---------------------------------------------------------------------------------------------------------


async def _forwarded(work: Work, event: CaseForwarded, now: datetime) -> Notices:
    case = await case_of(work, event)
    prompt = Prompt(
        await card(work, case, now, _("A new case for you.")), (open_button(case), case_button("accept", case, _("Accept")))
    )
    heads = await heads_of(work, case)
    notices = to_staff(heads, prompt, "new case") + await to_duty(work, case, now, {one.id for one in heads})
    if event.actor is not None:
        told = _("Your case {code} is now with: {unit}. You will be answered by {due}.")(
            code=case.code, unit=unit_name(work, case.handling_unit), due=await due_of(work, case, now)
        )
        notices += to_citizen(Prompt(told, (follow_button(case),)), "forwarded")
    return notices


async def _left_to_intake(work: Work, event: CaseLeftToIntake, now: datetime) -> Notices:
    case = await case_of(work, event)
    prompt = Prompt(await card(work, case, now, _("A case waits for intake.")), (open_button(case),))
    return to_staff(await recipients(work, case, To.INTAKE), prompt, "for intake")


async def _returned(work: Work, event: CaseReturned, now: datetime) -> Notices:
    case = await case_of(work, event)
    if case.handling_unit is not None:
        first = _("A case was returned for the second time: please decide which office is responsible.")
        return to_staff(await heads_of(work, case), Prompt(await card(work, case, now, first), (open_button(case),)), "returned")
    first = _("An office returned a case as not theirs.")
    return to_staff(
        await recipients(work, case, To.INTAKE), Prompt(await card(work, case, now, first), (open_button(case),)), "returned"
    )


async def _accepted(work: Work, event: CaseAccepted, now: datetime) -> Notices:
    case = await case_of(work, event)
    told = _("{unit} has taken your case {code}. You will be answered by {due}.")(
        unit=unit_name(work, case.handling_unit), code=case.code, due=await due_of(work, case, now)
    )
    return to_citizen(Prompt(told, (follow_button(case),)), "accepted")


async def _assigned(work: Work, event: HandlerAssigned, now: datetime) -> Notices:
    case = await case_of(work, event)
    prompt = Prompt(await card(work, case, now, _("A case was handed to you.")), (open_button(case),))
    return to_staff(await recipients(work, case, To.HANDLER), prompt, "assigned")


async def _asked(work: Work, event: QuestionAsked, now: datetime) -> Notices:
    case = await case_of(work, event)
    words = next((line.body for line in await work.cases.talk(case.id) if line.id == event.message), "")
    told = joined(
        _("The office has a question on your case {code}:")(code=case.code),
        as_is(words),
        waiting_words(case),
        _("Please answer here; the office does not see your account."),
        by="\n\n",
    )
    return to_citizen(Prompt(told, (Button(f"add:{case.code}", _("Answer")), follow_button(case))), "question")


async def _added(work: Work, event: InformationAdded, now: datetime) -> Notices:
    case = await case_of(work, event)
    first = _("The citizen answered your question.") if event.answers_question else _("The citizen added something to a case.")
    readers = await office_of(work, case)
    return to_staff(readers, Prompt(await card(work, case, now, first), (open_button(case),)), "information")


async def _drafted(work: Work, event: AnswerDrafted, now: datetime) -> Notices:
    case = await case_of(work, event)
    heads = await recipients(work, case, To.HEAD, but_not=event.actor)
    prompt = Prompt(await card(work, case, now, _("A draft of an answer waits for you.")), (open_button(case),))
    return to_staff(heads, prompt, "draft")


async def _sent_back(work: Work, event: DraftSentBack, now: datetime) -> Notices:
    case = await case_of(work, event)
    prompt = Prompt(await card(work, case, now, _("Your draft was sent back.")), (open_button(case),))
    return to_staff(await recipients(work, case, To.HANDLER, To.DEPUTY, but_not=event.actor), prompt, "draft sent back")


async def _answered(work: Work, event: CaseAnswered, now: datetime) -> Notices:
    case = await case_of(work, event)
    answer = await work.cases.answer(case.id, event.round)
    assert answer is not None
    signer = await work.staff.by_id(answer.signer) if answer.signer is not None else None
    office = work.units.get(case.handling_unit) if case.handling_unit else None
    signed = _("{name}, {title}, {unit}")(
        name=signer.name if signer else "", title=office.head_title if office else "", unit=office.name if office else ""
    )
    head = _("Answer to your case {code}")(code=case.code)
    sorry = _("We are sorry that this answer comes late.") if event.late else Text("")
    invited = await invites_rating(work, case.id)
    ask = _("How satisfied are you? 1 is not at all, 5 is very.") if invited else Text("")
    again = _("If you do not agree with the answer, you can ask once for another look.") if not case.contested else Text("")
    belong = await of_answer(work, case.id)
    files = [file for file in belong if file.state == "stored"]
    coming = len(belong) - len(files)
    follow = ngettext(
        "{count} file of this answer follows as soon as it is here.",
        "{count} files of this answer follow as soon as they are here.",
        coming,
    )
    buttons = [Button(f"rate:{case.code}", _("Rate this answer"))]
    if invited:
        buttons = [Button(f"rate:{case.code}.{stars}", as_is(f"{stars} ★")) for stars in range(1, 6)]
    if not case.contested:
        buttons.append(Button(f"contest:{case.code}", _("I do not agree")))
    text = joined(head, sorry, answer_words(work, answer), *([follow] if coming else []), signed, ask, again, by="\n\n")
    prompt = Prompt(text, tuple(buttons), files=shown_files(case, files))
    return to_citizen(prompt, ANSWER, f"{ANSWER}:{case.id}:{event.round}")


async def _files_follow(work: Work, event: AnswerFilesFollow, now: datetime) -> Notices:
    case = await case_of(work, event)
    numbers = {int(number) for number in event.files.split()}
    files = [file for file in await work.files.of_case(case.id) if file.id in numbers]
    told = ngettext(
        "A file that belongs to the answer to your case {code}:",
        "Files that belong to the answer to your case {code}:",
        len(files),
    )
    prompt = Prompt(told(code=case.code), (follow_button(case),), files=shown_files(case, files))
    return to_citizen(prompt, "answer files", f"answer files:{case.id}:{event.files}")


async def _answer_file_failed(work: Work, event: AnswerFileFailed, now: datetime) -> Notices:
    """Tell the office, and the button to whoever may send it again; the citizen, where he has the answer already."""
    case = await case_of(work, event)
    first = _("A file of the answer could not be fetched from your messenger. Please send it again.")
    text, again = await card(work, case, now, first), Button(f"sendfile:{case.code}", _("Send files of the answer"))
    action = Action.ANSWER if event.given else Action.DRAFT
    told: Notices = []
    for reader in await office_of(work, case):
        buttons = (again, open_button(case)) if may(reader, action, case, work.units) else (open_button(case),)
        told += to_staff([reader], Prompt(text, buttons), "file failed", f"file:{event.file}")
    if event.given:
        sorry = _("A file that belongs to the answer to your case {code} is not here yet. The office was asked to send it again.")
        told += to_citizen(Prompt(sorry(code=case.code), (follow_button(case),)), "answer files", f"file:{event.file}")
    return told


async def _undelivered(work: Work, event: AnswerUndelivered, now: datetime) -> Notices:
    case = await case_of(work, event)
    first = _("The answer could not be delivered to the citizen's chat. It can still be read with code and PIN.")
    return to_staff(await office_of(work, case), Prompt(await card(work, case, now, first), (open_button(case),)), "undelivered")


async def _contested(work: Work, event: CaseContested, now: datetime) -> Notices:
    case = await case_of(work, event)
    prompt = Prompt(
        await card(work, case, now, _("A citizen does not agree with an answer. Please look at the case again.")),
        (open_button(case), case_button("accept", case, _("Accept"))),
    )
    told = to_staff(await heads_of(work, case) or await recipients(work, case, To.INTAKE), prompt, "contested")
    return [*told, *(await looked_at_again(work, case, case.due_at) if event.by_other else [])]


async def _withdrawn(work: Work, event: CaseWithdrawn, now: datetime) -> Notices:
    case = await case_of(work, event)
    prompt = Prompt(_("The citizen took back case {code}. Nothing more is due.")(code=case.code))
    return to_staff(await office_of(work, case), prompt, "withdrawn")


async def _guided(work: Work, event: CaseGuided, now: datetime) -> Notices:
    case = await case_of(work, event)
    words = next((line.body for line in await work.cases.talk(case.id) if line.id == event.message), "")
    told = joined(_("About your case {code}:")(code=case.code), as_is(words), by="\n\n")
    return to_citizen(Prompt(told, (follow_button(case),)), "guided")


async def _rejected(work: Work, event: CaseRejected, now: datetime) -> Notices:
    case = await case_of(work, event)
    told = _(
        "We cannot take your case {code}. Reason: {reason}. You can come in person, or send it again with what was missing."
    )(code=case.code, reason=rule_name(work, "reject_reasons", event.reason))
    if event.message:
        words = next((line.body for line in await work.cases.talk(case.id) if line.id == event.message), "")
        told = joined(told, as_is(words), _("Written notice: {document}")(document=event.document), by="\n\n")
    return to_citizen(Prompt(told, (follow_button(case),)), "rejected")


async def _file_failed(work: Work, event: FileFailed, now: datetime) -> Notices:
    case = await case_of(work, event)
    citizen = _(
        "A file that you sent with case {code} could not be kept: it was too large, damaged, or of a kind we cannot take. "
        "Please send it again."
    )
    staff = _("A file of this case could not be fetched. The citizen was asked to send it again.")
    prompt = Prompt(await card(work, case, now, staff), (open_button(case),))
    return [
        *to_citizen(
            Prompt(citizen(code=case.code), (Button(f"add:{case.code}", _("Send it again")),)), "file", f"file:{event.file}"
        ),
        *to_staff(await office_of(work, case), prompt, "file failed", f"file:{event.file}"),
    ]


async def _moved(work: Work, event: DeadlineMoved, now: datetime) -> Notices:
    """Tell the citizen his new date, and the heads once for all their cases, as a change of the calendar moves many."""
    if event.clock != SERVICE or event.new is None:
        return []
    case = await case_of(work, event)
    told = _("The answer to your case {code} is now due by {new}, as the working-day calendar has changed: {why}.")(
        code=case.code, new=as_shown(event.new), why=event.why
    )
    citizen = to_citizen(Prompt(told, (follow_button(case),)), "date moved", f"moved:{event.change}:{case.id}")
    first = _("Due dates of your cases have moved, as the working-day calendar has changed: {why}.")(why=event.why)
    # Without a code, since it stands for all of them; the list and every case show their new dates.
    staff = Prompt(first, (Button("work:0", _("My cases")),))
    office = await office_of(work, case) if event.office else []
    both = citizen + to_staff(office, staff, "dates moved", f"dates moved:{event.change}")
    return [replace(notice, priority=BULK) for notice in both]


async def _admins(work: Work) -> list[Staff]:
    return [staff for staff, acts in await work.staff.all() if acts and staff.has(Role.ADMIN)]


async def _unconfirmed(work: Work, event: YearUnconfirmed, now: datetime) -> Notices:
    told = _(
        "The holidays of {year} are not confirmed yet: due dates that cross them are estimates. "
        "When the notice has come, please enter it with the command import-holidays."
    )
    return to_staff(await _admins(work), Prompt(told(year=str(event.year))), "year unconfirmed")


async def _to_follow(work: Work, event: DateToFollow, now: datetime) -> Notices:
    case = await case_of(work, event)
    told = _(
        "Case {code} has no due date yet: the working-day calendar lacks a year that it needs. "
        "Please enter the year with the command import-holidays; the date follows by itself."
    )
    return to_staff(await _admins(work), Prompt(told(code=case.code)), "date to follow", f"to follow:{local_day(now)}")


NOTICES: Mapping[type[Event], Callable[..., Awaitable[Notices]]] = {
    CaseForwarded: _forwarded,
    CaseLeftToIntake: _left_to_intake,
    CaseReturned: _returned,
    CaseAccepted: _accepted,
    HandlerAssigned: _assigned,
    QuestionAsked: _asked,
    InformationAdded: _added,
    AnswerDrafted: _drafted,
    DraftSentBack: _sent_back,
    CaseAnswered: _answered,
    AnswerUndelivered: _undelivered,
    CaseContested: _contested,
    CaseWithdrawn: _withdrawn,
    CaseGuided: _guided,
    CaseRejected: _rejected,
    FileFailed: _file_failed,
    AnswerFilesFollow: _files_follow,
    AnswerFileFailed: _answer_file_failed,
    DeadlineMoved: _moved,
    DateToFollow: _to_follow,
    YearUnconfirmed: _unconfirmed,
    **SHARING,
    **CLOCK_NOTICES,
    **DIGESTS,
    **WRITTEN,
    **BY_HAND,
    **CONNECTING,
}
"""What is said of each event; an event that is not here says nothing to anybody."""
