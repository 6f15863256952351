"""What the citizen does with a case of his own: follow, add, take back, rate, contest, renew the PIN, forget the chat.

Each function raises `Refusal`, the same when the case is missing and when it is not his. Source: LAW 1.9 B9, 2.2, 2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.values import Who
from bot.domain.access import DENUNCIATION, Action
from bot.domain.cases import Case, ExtensionState, Status
from bot.domain.deadlines import as_shown
from bot.domain.events import (
    CaseContested,
    CaseRated,
    CaseWithdrawn,
    ChatForgotten,
    Event,
    InformationAdded,
    PinRenewed,
)
from bot.domain.people import Person
from bot.domain.refs import new_pin
from bot.domain.refusal import Refusal
from bot.domain.routing import Route, Why, route_above
from bot.domain.sharing import GROUP, LEADS
from bot.text import Text, _, as_is
from bot.usecases.access import Reader, access_case, not_found, pin_hash
from bot.usecases.clock_timeline import clock_line
from bot.usecases.clocks import ANSWERED, resumed
from bot.usecases.merging import hand_over, lead_of, reopened_for_all
from bot.usecases.ports import StoredEvent, Work
from bot.usecases.reminding import keep
from bot.usecases.routing import leaders_of, placed, went
from bot.usecases.terms import SERVICE, term, window_end, written

MESSAGES_A_DAY = 40
STARS = range(1, 6)
_DAY = int(timedelta(days=1).total_seconds())


async def add_information(
    work: Work, reader: Reader, ref: str, words: str, who: Who, nonce: str, now: datetime, version: int | None = None
) -> Case:
    """Add words, and the files sent under the draft `nonce`; if the office had asked, that is the answer and the case goes on."""
    case = await access_case(work, reader, ref, to=Action.ADD, version=version, now=now)
    if not (case.is_open or case.status is Status.ANSWERED or waits_for_its_lead(case)):
        raise Refusal(_("Case {code} is over, so nothing can be added. You can send a new case at any time.")(code=case.code))
    body = words.strip()
    if not body and not await work.files.of_draft(who, nonce):
        raise Refusal(_("Please write what you would like to add, or send a photo or voice message."))
    until = await work.attempts.take("add", who.address, MESSAGES_A_DAY, _DAY, now)
    if until is not None:
        raise Refusal(_("That is all we can take from one chat in a day. You can add more after {time}.")(time=until))
    files = await work.files.attach(who, nonce, case.id)
    message = await work.cases.say(case.id, "citizen", body, None, now) if body else 0
    answers, clock = case.status is Status.NEED_INFO, list[Event]()
    if answers:
        going_on, clock = await resumed(work, case, now, ANSWERED)
        case = await keep(work, case, replace(going_on, status=case.resume or Status.RETURNED, resume=None), now)
    work.record(InformationAdded(case.id, message=message, files=files, answers_question=answers), *clock)
    return case


async def withdraw(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> Case:
    """Take the case back. Information that carries a denunciation goes on (LAW B9).

    Its reminders end in the same transaction, its dates stay written (D7, D10). Where others were merged into it, the first of
    them goes on in its place with its own date; one that is merged itself leaves the other one as it is.
    """
    case = await access_case(work, reader, ref, to=Action.WITHDRAW, version=version, now=now)
    if DENUNCIATION in case.flags:
        raise Refusal(
            _("Case {code} reports a violation of the law, so it has to be looked into even if you take it back.")(code=case.code)
        )
    if not (case.is_open or waits_for_its_lead(case)):
        raise Refusal(_("Case {code} is over, so there is nothing to take back.")(code=case.code))
    await hand_over(work, case, now)
    taken_back = replace(case, status=Status.WITHDRAWN, resume=None, merged_into=None, flags=case.flags - {LEADS, GROUP})
    case = await keep(work, case, taken_back, now)
    work.record(CaseWithdrawn(case.id))
    return case


async def rate(work: Work, reader: Reader, ref: str, stars: int, now: datetime, comment: str = "") -> Case:
    """Rate the answer, 1 to 5, once an answer; a comment may follow later with the same stars."""
    case = await access_case(work, reader, ref, to=Action.RATE, now=now)
    if stars not in STARS:
        raise Refusal(_("Please choose between 1 and 5 stars."))
    if case.status not in (Status.ANSWERED, Status.CLOSED, Status.MERGED) or case.answered_at is None:
        raise Refusal(_("Case {code} has no answer to rate yet.")(code=case.code))
    if now > await window_end(work, "RATE_WINDOW", case.answered_at):
        raise Refusal(_("The time to rate the answer to case {code} is over. Thank you all the same.")(code=case.code))
    if case.rating is not None and (case.rating != stars or not comment.strip()):
        raise Refusal(_("You have rated this answer already. Thank you."))
    if comment.strip():
        await work.cases.say(case.id, "citizen", comment.strip(), None, now)
    if case.rating is None:
        case = await keep(work, case, replace(case, rating=stars), now)
        work.record(CaseRated(case.id, stars=stars))
    return case


def may_contest(case: Case, now: datetime) -> bool:
    """Whether the answer can be contested now: once, within the window."""
    in_time = case.contest_until is not None and now <= case.contest_until
    return case.status in (Status.ANSWERED, Status.MERGED) and not case.contested and in_time


def waits_for_its_lead(case: Case) -> bool:
    """Whether the case was merged into another one that is still to be answered."""
    return case.status is Status.MERGED and case.answered_at is None


def looked_at_again() -> Text:
    """Return what is said to whoever contests a second time."""
    return _("The head above is looking at this case again. Another look can be asked for once for each case.")


async def contest(work: Work, reader: Reader, ref: str, reason: str, now: datetime, version: int | None = None) -> Case:
    """Say that the answer does not satisfy, and why; the head above the one who answered looks again, with a new due date.

    That date and its inputs are written with the event, the one before stays in the log (D7). Of cases that were merged each
    sender may do this, and it contests the answer once for all of them. A case that reports a violation of the law goes to
    intake and the inspectors instead of to any unit, within the 20 days of a denunciation that goes on (`TC-RE`, L.25/2018/QH14
    art. 37); the way on paper stays open to the citizen.
    """
    case = await access_case(work, reader, ref, to=Action.CONTEST, version=version, now=now)
    if case.contested and (case.is_open or waits_for_its_lead(case)):
        raise Refusal(looked_at_again())
    if case.contested:
        raise Refusal(_("Case {code} has been looked at again already, which is possible once.")(code=case.code))
    if not may_contest(case, now):
        raise Refusal(_("Case {code} has no answer that could be looked at again now.")(code=case.code))
    if not reason.strip():
        raise Refusal(_("Please write why the answer does not satisfy you. The superior will read it."))
    answered = await lead_of(work, case) or case
    if not may_contest(answered, now):
        raise Refusal(_("Case {code} has no answer that could be looked at again now.")(code=case.code))
    own = await work.cases.say(case.id, "citizen", reason.strip(), None, now)
    # Who sent the leading case must not read what somebody else wrote.
    message = own if answered.id == case.id else await work.cases.say(answered.id, "note", reason.strip(), None, now)
    unit = answered.handling_unit or answered.unit or ""
    denounced = DENUNCIATION in answered.flags
    clock = await term(work, "TC-RE" if denounced else "RES_COMPLEX", now, unit)
    again = replace(
        answered,
        contested=True,
        due_at=clock.due_at,
        legal_due_at=clock.due_at if denounced else answered.legal_due_at,
        policy=clock.rule.code,
        contest_until=None,
        extension=ExtensionState.NONE,
    )
    chosen = Route(None, Why.DENUNCIATION)
    if not denounced:
        chosen = route_above(again, work.units, await leaders_of(work, unit), unit, Why.CONTESTED)
    merged = await work.merges.into(answered.id) if LEADS in answered.flags else []
    answered = await keep(work, answered, await placed(work, again, chosen, now, Status.REOPENED), now)
    inputs = written(service=clock, legal=clock) if denounced else written(service=clock)
    by_other = answered.id != case.id
    work.record(CaseContested(answered.id, unit=chosen.unit or "", message=message, by_other=by_other, inputs=inputs))
    if chosen.unit is None:
        work.record(went(answered, chosen))
    await reopened_for_all(work, answered, merged, inputs, case.id, own)
    return await work.cases.by_id(case.id) or answered


async def renew_pin(work: Work, reader: Reader, ref: str, now: datetime) -> str:
    """Return a new PIN, in the citizen's own chat only; the old one opens nothing any more."""
    case = await _own(work, reader, ref, now)
    pin = new_pin()
    await work.cases.set_pin(case.id, pin_hash(work, case.code, pin))
    work.record(PinRenewed(case.id))
    return pin


async def forget_chat(work: Work, reader: Reader, ref: str, now: datetime) -> Case:
    """Cut the link between the case and this chat for good; code and PIN still open it."""
    case = await _own(work, reader, ref, now)
    await work.reporters.forget(case.id, now)
    work.record(ChatForgotten(case.id))
    return case


async def my_cases(work: Work, person: Person, limit: int = 20, offset: int = 0) -> list[Case]:
    """Return the cases that this person sent, newest first; not those whose chat was forgotten."""
    return await work.cases.of_person(person.id, limit, offset)


async def timeline(work: Work, case: Case) -> list[tuple[datetime, Text]]:
    """Return what happened to a case in words for the citizen who sent it, oldest first; the case comes from `access_case`.

    It names offices, never the people in them, and nothing of what happens inside.
    """
    said = {message.id: message.body for message in await work.cases.talk(case.id)}
    lines = [(event.at, _line(work, event, said)) for event in await work.events_of(case.id)]
    return [(at, text) for at, text in lines if text]


async def _own(work: Work, reader: Reader, ref: str, now: datetime) -> Case:
    """Return a case that came from this very chat; a PIN is not enough."""
    case = await access_case(work, reader, ref, to=Action.FOLLOW, now=now)
    if not await work.reporters.is_from(case.id, reader.person.id):
        raise not_found()
    return case


def _line(work: Work, event: StoredEvent, said: Mapping[int, str]) -> Text:
    """Return one line of the timeline, an empty text for what is not the citizen's to see."""
    details = event.details
    words = as_is(said.get(details.get("message", 0), ""))
    unit = work.units.get(details.get("unit", ""))
    office = as_is(unit.name) if unit else _("the office")
    match event.name:
        case "CaseFiled":
            return _("We received your case.")
        case "CaseLeftToIntake":
            return _("Our staff are looking whose matter it is.")
        case "CaseForwarded":
            return _("It went to {office}.")(office=office)
        case "CaseAccepted":
            return _("The office has accepted it.")
        case "OfficeEnded":
            return _("{office} exists no more, so your case was passed on; its date stays.")(office=office)
        case "HelpAsked":
            return _("The office works on it together with {office}.")(office=office)
        case "HelpGiven":
            return _("{office} has given its part.")(office=office)
        case "QuestionAsked":
            return _("You were asked: {words}")(words=words)
        case "InformationAdded":
            answered = details.get("answers_question") and details.get("message")
            return _("You answered: {words}")(words=words) if answered else _("You added to it.")
        case "CaseReturned":
            return _("{office} gave it back as not theirs.")(office=office)
        case "CaseAnswered":
            return _("It was answered.")
        case "CaseRated":
            return _("You rated the answer: {stars} of 5.")(stars=details.get("stars", 0))
        case "CaseMerged":
            return _("It is answered together with another case about the same matter.")
        case "CaseApart":
            return _("It is answered by itself again.")
        case "LeadAnswered":
            return _("It was answered.")
        case "LeadDateMoved":
            return _("It is to be answered by {day} now.")(day=as_shown(datetime.fromisoformat(details["new"])))
        case "LeadReopened" if details["own"]:
            return _("You asked for it to be looked at again: {words}")(words=words)
        case "LeadReopened":
            return _("The head above looks at it again.")
        case "CaseContested" if details.get("by_other"):
            return _("The head above looks at it again.")
        case "CaseContested":
            return _("You asked for it to be looked at again: {words}")(words=words)
        case "CaseWithdrawn":
            return _("You took it back.")
        case "CaseGuided":
            return _("We told you where to go: {words}")(words=words)
        case "CaseRejected":
            return _("It was not taken.")
        case "PinRenewed":
            return _("You got a new PIN.")
        case "CitizenTold":
            return _("A message did not reach you here; somebody noted that you were told in another way.")
        case "ChatLinked":
            return _("You are told of it in your chat.")
        case "ChatForgotten":
            return _("The link to your chat was cut.")
        case "ReporterSeen":
            return _("Somebody entitled to it looked at who sent the case.")
        case "DeadlineMoved" if details["clock"] == SERVICE:
            return _("The calendar changed, so the answer is due by {day}.")(day=as_shown(datetime.fromisoformat(details["new"])))
        case "CaseClosed":
            return _("The case was closed.")
        case _:
            return clock_line(work, event.name, details, words)
