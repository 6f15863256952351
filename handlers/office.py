"""What the people of an office see of a case: lists, the card, its buttons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.dialogue.prompts import Button, Prompt
from bot.dialogue.values import LaidFile
from bot.domain.access import BOUNCE_LIMIT, Action
from bot.domain.cases import IN_THE_FILES, About, Answer, Case, CaseFile, ExtensionState, KnownAs, Status
from bot.domain.people import Role
from bot.domain.sharing import REPEAT
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.access import files_of, may_do
from bot.usecases.apologising import owes_apology
from bot.usecases.calendars import Calendars
from bot.usecases.extending import can_still_ask
from bot.usecases.helping import only_helps
from bot.usecases.lists import PAGE, Page
from bot.usecases.ports import Work
from handlers.by_hand import channel_lines
from handlers.clock_words import clocks_for_office
from handlers.merging import matter_lines, merge_buttons
from handlers.names import due_of
from handlers.names import due_words as due_words
from handlers.names import rule_name as rule_name
from handlers.names import rule_names as rule_names
from handlers.names import unit_name as unit_name
from handlers.repeating import repeat_lines
from handlers.sharing import end_buttons, part_lines
from handlers.turn import Turn
from handlers.unreached import lines_of, told_button

ABOUT = {
    About.PERSON: _("a person of the office"),
    About.HEAD: _("the head of the office"),
    About.DEPUTY: _("a deputy head"),
    About.OFFICE: _("the leadership or the whole office"),
    About.UNKNOWN: _("the citizen does not know"),
}
DELIVERED = ("pending", "sending", "sent", "uncertain")
KNOWN_AS = {
    KnownAs.NAMED: _("The citizen lets the head and the handler know who sent this."),
    KnownAs.CUSTODIAN: _("Who sent this is known to intake only."),
    KnownAs.ANONYMOUS: _("The citizen stays anonymous."),
}
SIDES = {
    "citizen": _("Citizen"),
    "office": _("Office"),
    "intake": _("Intake"),
    "note": _("Inner note"),
}


def evidence_words(evidence: str) -> Text:
    """Return what was said to prove an answer; the files sent with it may speak for themselves."""
    return _("the files that come with this answer") if evidence == IN_THE_FILES else as_is(evidence)


def category_name(work: Work, code: str) -> Text:
    """Return the name of a category."""
    return rule_name(work, "categories", code)


def status_name(work: Work, status: Status) -> Text:
    """Return a status in words."""
    return rule_name(work, "statuses", status.value)


def case_button(verb: str, case: Case, label: Text) -> Button:
    """Return a button that acts on this version of the case."""
    return Button(f"{verb}:{case.code}@{case.version}", label)


async def case_lines(turn: Turn, cases: Sequence[Case]) -> Text:
    """Return a few lines a case: code, category, due date, status, and who has it. No words of a citizen."""
    calendars = await Calendars.of(turn.work)
    holding = sorted({case.handling_unit for case in cases if case.handling_unit})
    heads = {unit: head.name for head in await turn.work.staff.at(holding, Role.HEAD) for unit in head.units(Role.HEAD)}
    lines = [
        joined(
            _("{code}: {category}. Due: {due}. {status}.")(
                code=case.code,
                category=category_name(turn.work, case.category),
                due=due_words(case.due_at, turn.now, calendars.at(case.handling_unit or case.unit)),
                status=status_name(turn.work, case.status),
            ),
            _holder(turn.work, case, heads),
            *([_("Together with: {units}.")(units=_names(turn.work, case.helping))] if case.helping else []),
        )
        for case in cases
    ]
    return joined(*lines, by="\n\n")


def _names(work: Work, units: Iterable[str]) -> Text:
    return joined(*[unit_name(work, unit) for unit in sorted(units)], by="; ")


def _holder(work: Work, case: Case, heads: Mapping[str, str]) -> Text:
    """Return which office has a case and who answers for it there."""
    if case.handling_unit is None:
        return _("With intake; about: {unit}.")(unit=unit_name(work, case.unit))
    name = heads.get(case.handling_unit)
    office = unit_name(work, case.handling_unit)
    return _("With {name}, {unit}.")(name=name, unit=office) if name else _("With {unit}; no head there.")(unit=office)


async def case_page(turn: Turn, verb: str, page: Page, head: Text, none: Text) -> Prompt:
    """Return one page of a list of cases with a button for each and those to turn the page."""
    if not page.cases:
        return Prompt(none)
    buttons = [Button(f"open:{case.code}", as_is(case.code)) for case in page.cases]
    number = page.offset // PAGE
    if number > 0:
        buttons.append(Button(f"{verb}:{number - 1}", _("Earlier page")))
    if page.more:
        buttons.append(Button(f"{verb}:{number + 1}", _("Next page")))
    counted = ngettext("{count} case in all.", "{count} cases in all.", page.total)
    return Prompt(joined(joined(head, counted, by=" "), await case_lines(turn, page.cases), by="\n\n"), tuple(buttons))


def offset_of(arg: str) -> int:
    """Return where the page begins that a button or a typed number names; the first for anything else."""
    return (int(arg) if arg.isdecimal() and len(arg) <= 4 else 0) * PAGE


async def case_panel(turn: Turn, case: Case, note: Text | None = None) -> list[Prompt]:
    """Return the case with its story and what this reader may do with it; the caller has checked OPEN."""
    work = turn.work
    lines = [
        *([note] if note else []),
        _("Case {code}: {status}")(code=case.code, status=status_name(turn.work, case.status)),
        _("Office: {unit}")(unit=unit_name(work, case.unit)),
        _("About: {about}")(about=ABOUT[case.about]),
        *([_("Named or described as: {who}")(who=case.official)] if case.official else []),
        _("What it is: {category}")(category=category_name(turn.work, case.category)),
        *([_("When and where: {happened}")(happened=case.happened)] if case.happened else []),
        _("What happened:\n{story}")(story=case.story),
        *await channel_lines(work, case.channel, case.taken_by),
        KNOWN_AS[case.known_as],
        _("Answer due: {due}")(due=await due_of(work, case, turn.now)),
        *await clocks_for_office(work, case),
    ]
    if case.handler is not None:
        handler = await work.staff.by_id(case.handler)
        lines.append(_("Handled by: {name}")(name=handler.name if handler else ""))
    helps = await only_helps(work, turn.reader, case)
    sides = [side for side in SIDES if not (helps and side == "note")]
    lines += [_talk_line(line.side, line.at, line.body) for line in await work.cases.talk(case.id) if line.side in sides]
    lines += await part_lines(turn, case)
    lines += [] if helps else [*await matter_lines(turn, case), *await repeat_lines(turn, case)]
    answer = None if helps else await work.cases.answer(case.id)
    if answer is not None:
        lines.append(
            joined(
                _("Draft of the answer:") if answer.given_at is None else _("The answer:"), answer_words(work, answer), by="\n"
            )
        )
        if answer.given_at is not None and await _not_delivered(work, case, answer.round, answer.given_at):
            lines.append(_("This answer has not reached the citizen's chat. It can be read with code and PIN."))
    lost = [] if helps else await lines_of(turn, case)
    told = (told_button(case),) if lost else ()
    return [Prompt(joined(*lines, *lost, by="\n\n"), (*await _buttons(turn, case), *told), protect=True)]


async def _not_delivered(work: Work, case: Case, of_round: int, given_at: datetime) -> bool:
    """Whether an answer is not in the citizen's chat; one from before he cut the link he has opened there."""
    if await work.outbox.state_of(f"answer:{case.id}:{of_round}:0") in DELIVERED:
        return False
    return not any(event.name == "ChatForgotten" and event.at >= given_at for event in await work.events_of(case.id))


def _talk_line(side: str, at: datetime, body: str) -> Text:
    return Text("{side}, {at}: {body}", (("side", SIDES[side]), ("at", at), ("body", body)))


async def _buttons(turn: Turn, case: Case) -> tuple[Button, ...]:
    """Return what the reader may do now, most likely first."""
    may = await may_do(turn.work, turn.reader, case, *Action)
    files = await files_of(turn.work, turn.reader, case.code, turn.now) if Action.FILES in may else []
    lost = any(file.side == "office" and file.state == "failed" for file in files)
    status = case.status
    handling = status in (Status.ACCEPTED, Status.IN_PROGRESS, Status.WAIT_APPROVAL, Status.REOPENED)
    at_intake = status in (Status.NEW, Status.RETURNED)
    bounced, repeats = case.returns >= BOUNCE_LIMIT, REPEAT in case.flags
    offers = (
        (Action.ACCEPT, status in (Status.FORWARDED, Status.REOPENED), "accept", _("Accept")),
        (Action.ANSWER, status is Status.WAIT_APPROVAL, "sign", _("Sign and send")),
        (Action.SEND_BACK, status is Status.WAIT_APPROVAL, "rework", _("Send back to rework")),
        (Action.DRAFT, handling or status is Status.NEED_INFO, "answer", _("Write the answer")),
        (Action.GRANT, case.extension is ExtensionState.ASKED, "morerequest", _("Read the request")),
        (Action.GRANT, case.extension is ExtensionState.ASKED, "grant", _("Grant more time")),
        (Action.GRANT, case.extension is ExtensionState.ASKED, "refusemore", _("Do not grant it")),
        (Action.EXTEND, handling and can_still_ask(turn.work, case, turn.now), "extend", _("Ask for more time")),
        (Action.ASSIGN, handling or status is Status.FORWARDED, "assign", _("Hand to a handler")),
        (Action.ASK, handling or at_intake, "ask", _("Ask the citizen")),
        (Action.CONTRIBUTE, case.is_open, "contribute", _("Send our part")),
        (Action.NOTE, case.is_open, "note", _("Inner note")),
        (Action.HELP, handling and case.accepted_at is not None, "help_with", _("Ask another office for its part")),
        (Action.RETURN, status in (Status.FORWARDED, Status.ACCEPTED) and not bounced, "giveback", _("Not ours")),
        (Action.FORWARD, at_intake or bounced, "forward", _("Forward to an office")),
        (Action.CLASSIFY, case.is_open, "classify", _("Correct the category")),
        (Action.GUIDE, at_intake, "guide", _("Guide elsewhere")),
        (Action.REJECT, at_intake, "reject", _("Do not take it")),
        (Action.REJECT, case.is_open and case.accepted_at is None and not repeats, "repeat", _("Repeat of an answered case")),
        (Action.ANSWER, case.is_open and repeats, "refuserepeat", _("Refuse it as a repeat")),
        (Action.ANSWER, case.is_open and repeats, "norepeat", _("It is no repeat")),
        (Action.FILES, bool(files), "files", _("Files")),
        (Action.ANSWER if case.answered_at else Action.DRAFT, lost, "sendfile", _("Send files of the answer")),
        (Action.CARD, case.is_open and case.due_at is not None, "whydue", _("Why this date")),
        (Action.GUIDE, case.taken_by is not None, "printreceipt", _("Print the receipt again")),
        (Action.REPORTER, True, "whosent", _("Who sent this")),
    )
    buttons = [case_button(verb, case, label) for action, now, verb, label in offers if now and action in may]
    if await owes_apology(turn.work, turn.reader, case):
        buttons.insert(0, case_button("apologise", case, _("Notify and apologise")))
    return (*buttons, *await merge_buttons(turn, case), *(await end_buttons(turn, case) if Action.HELP in may else ()))


def answer_words(work: Work, answer: Answer) -> Text:
    """Return the answer as the citizen reads it (LAW M19)."""
    lines = [
        _("What was found: {finding}")(finding=rule_name(work, "findings", answer.finding)),
        _("What was done: {action}")(action=rule_names(work, "actions", answer.action)),
        as_is(answer.body),
        _("What shows it: {evidence}")(evidence=evidence_words(answer.evidence)),
    ]
    if answer.document:
        lines.append(_("Written answer: {document}")(document=answer.document))
    return joined(*lines, by="\n\n")


def shown_files(case: Case, files: Sequence[CaseFile]) -> tuple[LaidFile, ...]:
    """Return the files that can be sent to this reader: clean copies of pictures, originals where he may have them."""
    laid = []
    for number, file in enumerate(files, 1):
        if file.copy:
            laid.append(LaidFile(file.copy, f"{case.code}-{number}.jpg", "image/jpeg"))
        elif file.store:
            laid.append(LaidFile(file.store, f"{case.code}-{number}", file.mime))
    return tuple(laid)


def file_lines(files: Sequence[CaseFile]) -> Text:
    """Return a line for each file: what it is, where it stands, what intake wrote down of it."""
    kinds = {
        "photo": _("photo"),
        "video": _("video"),
        "voice": _("voice message"),
        "audio": _("sound"),
        "document": _("document"),
    }
    states = {"pending": _("still being fetched"), "failed": _("could not be fetched"), "stored": _("kept by intake")}
    lines = []
    for number, file in enumerate(files, 1):
        state = _("sent below") if file.copy or file.store else states[file.state]
        line = _("{number}. {kind}: {state}.")(number=number, kind=kinds[file.kind], state=state)
        lines.append(joined(line, _("Intake wrote down: {words}")(words=file.words), by=" ") if file.words else line)
    return joined(*lines)
