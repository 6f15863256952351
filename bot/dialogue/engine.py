"""Asking and answering. One message in, the prompts to say back; the session is changed in place.

The engine knows no complaints: `House` lists the forms, the verbs and what to do with words outside any form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic

from bot.dialogue.choosing import Fold, line_meant, lines_begun, number_in
from bot.dialogue.drafts import (
    REVIEW,
    answered_before,
    begin,
    close,
    open_question,
    remember,
    spill,
    step_back,
    take_up_or_drop,
    whole,
)
from bot.dialogue.flow import HALF, Accepted, Answers, Flow, Given, Offered, Reading, Refused, T, standing
from bot.dialogue.layout import tokens
from bot.dialogue.panels import ask_to_stop, offer_unfinished, question_panel, read_back, which_to_change
from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.dialogue.readers import CHOOSE_A_LINE, DEEPER, files_kept, fits_several, not_understood
from bot.dialogue.values import NOT_HANDED_OVER, Attachment, Inbound, Session
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is, first_paragraph, joined

_ANSWER = re.compile(r"(?P<key>[a-z_]+)=(?P<value>[^@]*)@(?P<draft>[a-z0-9]{2})")
_OWN = re.compile(r"_(?P<word>[a-z]+)(?:=(?P<arg>[^@]*))?@(?P<draft>[a-z0-9]{2})")
_ACTION = re.compile(r"(?P<verb>[a-z_]+):(?P<arg>[^@]*)(?:@(?P<version>[0-9]{1,9}))?")
_COMMAND = re.compile(r"/(?P<name>[A-Za-z_]{1,32})(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)

ALBUM_WORDS = "album_words"
MOST_BARE = 4
"""No command has more words when it is typed as it is said."""


@dataclass(frozen=True)
class Verb(Generic[T]):
    """Something done at once, by a button `name:arg@version` or a command; `open_to` says for whom it exists at all."""

    name: str
    run: Callable[[T, str, int | None], Awaitable[Said]]
    open_to: Callable[[T], bool]
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class House(Generic[T]):
    """Everything that people can do.

    `gate` answers before anything else (consent) or gives None. `outside` takes words outside any form, `start` the payload of a
    deep link. `code` turns a text that is nothing but a case code into a token. `keep_files` keeps references with a draft and
    returns how many there are; `left_out` says once which of the last ones could not be kept, and that the words were if there
    were any, None if all were kept. `album` asks for a tick (`tick`) soon after the last file of an album. `words` are spoken
    commands without tone marks, as `menu` or `quay lai`, to a token; `yes` and `no` are what answers a question that we ask in
    words, as "Is it right?"; `fold` takes tone marks away.
    """

    flows: Mapping[str, Flow[T]]
    verbs: Mapping[str, Verb[T]]
    gate: Callable[[T, Session, Inbound], Awaitable[Said | None]]
    outside: Callable[[T, Session, Given], Awaitable[Said]]
    start: Callable[[T, Session, str], Awaitable[Said]]
    code: Callable[[str], str | None]
    keep_files: Callable[[T, str, tuple[Attachment, ...]], Awaitable[int]]
    album: Callable[[T], Awaitable[None]]
    left_out: Callable[[T, bool], Text | None] = lambda turn, with_words: None
    words: Mapping[str, str] = field(default_factory=dict)
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    fold: Fold = str.casefold


async def take_turn(turn: T, session: Session, inbound: Inbound, house: House[T]) -> list[Prompt]:
    """Return what to say to one message or press; `session` holds where the person stands afterwards."""
    words_kept = bool(inbound.text)
    try:
        said = await house.gate(turn, session, inbound)
        if said is None:
            said = await _understand(turn, session, inbound, house)
        prompts = await _carry_out(turn, session, said, house)
    except Refusal as no:
        words_kept = False
        prompts = [Prompt(no.text), *await _ask_again(turn, session, house, brief=True)]
    else:
        # The files of an album come one by one; what there is to say is said once: in a form after the last, else to the first.
        if inbound.album is not None and session.flow:
            if inbound.text:
                session.notes[ALBUM_WORDS] = inbound.album
            await house.album(turn)
            return []
        if inbound.album is not None and session.notes.get("album") == inbound.album:
            return []
    left_out = house.left_out(turn, words_kept)
    if left_out:
        prompts = [Prompt(left_out), *prompts]
    if inbound.album is not None:
        session.notes["album"] = inbound.album
    if prompts:
        session.shown = tokens(prompts[-1])
    return prompts


async def tick(turn: T, session: Session, house: House[T], number: int) -> list[Prompt]:
    """Return what to say when an album of files has settled: how many files are with the form, and the open question."""
    left_out = house.left_out(turn, bool(session.notes.pop(ALBUM_WORDS, "")))
    first = [Prompt(left_out)] if left_out else []
    if not session.flow:
        return first
    prompts = [*first, *await _ask_again(turn, session, house, files_kept(number) if number else None)]
    if prompts:
        session.shown = tokens(prompts[-1])
    return prompts


def meant(session: Session, inbound: Inbound, fold: Fold) -> str | None:
    """Return the token of the button that was pressed, or whose number or words in the last prompt were typed; else None."""
    if inbound.token is not None:
        return inbound.token
    if inbound.attachments or inbound.edited:
        return None
    return line_meant(session, inbound.text.strip(), fold)


async def _understand(turn: T, session: Session, inbound: Inbound, house: House[T]) -> Said:
    if inbound.unsupported == NOT_HANDED_OVER:
        raise Refusal(
            _(
                "What you sent does not reach us in this chat: only words, photos and voice messages do. "
                "Please write it in words, take a photo of a paper, or call us."
            )
        )
    if inbound.unsupported:
        raise Refusal(
            _("We cannot read this kind of message. Please write it in words, or send a photo, a voice message or a document.")
        )
    if inbound.came and session.flow in house.flows:
        return []
    if inbound.start is not None:
        return await house.start(turn, session, inbound.start)
    words = inbound.text.strip()
    token = meant(session, inbound, house.fold)
    if token is not None:
        return await _press(turn, session, token, house)
    command = _COMMAND.fullmatch(words)
    if command:
        return await _command(turn, command["name"].casefold(), (command["rest"] or "").strip(), house)
    if inbound.edited:
        return await _edited(turn, session, inbound, house)
    wanted = number_in(words) if _wants_number(session, house) else None
    spoken = house.words.get(house.fold(words)) if words and wanted is None else None
    if spoken is not None:
        # In a form, "gửi" where "Gửi nguyên văn" stands means that line.
        begun = lines_begun(session, words, house.fold) if session.flow in house.flows else []
        return await _press(turn, session, begun[0] if len(begun) == 1 else spoken.replace("@d", f"@{session.draft}"), house)
    answered = _yes_or_no(session, house.fold(words), house) if words else None
    if answered is not None:
        return await _press(turn, session, answered, house)
    code = house.code(words) if not _wants_code(session, house) else None
    if code is not None:
        return await _press(turn, session, code, house)
    given = Given(
        words=words if wanted is None else str(wanted),
        attachments=inbound.attachments,
        location=inbound.location,
        phone=inbound.phone,
        own_phone=inbound.own_phone,
        message_key=inbound.message_key,
    )
    if session.flow in house.flows:
        return await _answer(turn, session, given, house)
    if not (given.attachments or given.location or given.phone):
        lines = lines_begun(session, words, house.fold)
        if len(lines) == 1:
            return await _press(turn, session, lines[0], house)
        if lines or number_in(words) is not None:
            return [_lines_again(session, words, bool(lines))]
        bare = _command_in(turn, words, house)
        if bare is not None:
            return await _command(turn, *bare, house)
    return await house.outside(turn, session, given)


def _yes_or_no(session: Session, words: str, house: House[T]) -> str | None:
    """Return the token of the line that a yes or no means, where the last prompt asked for one in words."""
    if words not in house.yes and words not in house.no:
        return None
    flow = house.flows.get(session.flow)
    if flow is not None and flow.yes_sends and session.asked == REVIEW:
        line = "_send" if words in house.yes else "_change"
    elif session.shown and session.shown[0].startswith("_resume@"):
        line = "_resume" if words in house.yes else "_drop"
    else:
        return None
    return next((token for token in session.shown if token.startswith(f"{line}@")), None)


def _command_in(turn: T, words: str, house: House[T]) -> tuple[str, str] | None:
    """Return (command, rest) where one is typed without its slash, alone or before a case code: "thống kê", "nhận K7QF-2M4X"."""
    *former, last = words.split() or [""]
    parts, rest = (former, last) if former and house.code(last) else ([*former, last], "")
    name = house.fold(" ".join(parts)).replace(" ", "")
    known = len(parts) <= MOST_BARE and any(name in verb.commands and verb.open_to(turn) for verb in house.verbs.values())
    return (name, rest) if known else None


def _lines_again(session: Session, words: str, several: bool) -> Prompt:
    """Return the lines of the last prompt once more, with what was typed that is none of them, or several."""
    if not session.labels:
        return Prompt(joined(not_understood(words), _("Type menu to see what you can do here.")))
    why = fits_several(words) if several else joined(not_understood(words), CHOOSE_A_LINE)
    return Prompt(why, _shown_again(session))


def _shown_again(session: Session) -> tuple[Button, ...]:
    return tuple(Button(token, as_is(label)) for token, label in zip(session.shown, session.labels, strict=False))


def _wants_code(session: Session, house: House[T]) -> bool:
    """Whether the open question is one whose answer is a case code."""
    asked = house.flows[session.flow].ask(session.asked) if session.flow in house.flows else None
    return asked is not None and asked.wants_code


def _wants_number(session: Session, house: House[T]) -> bool:
    """Whether the open question is one whose answer is a number: no button may stand below it then."""
    asked = house.flows[session.flow].ask(session.asked) if session.flow in house.flows else None
    return asked is not None and asked.wants_number


async def _command(turn: T, name: str, rest: str, house: House[T]) -> Said:
    for verb in house.verbs.values():
        if name in verb.commands and verb.open_to(turn):
            return await verb.run(turn, rest, None)
    raise Refusal(_("We do not know that command. Type menu to see what you can do here."))


async def _press(turn: T, session: Session, token: str, house: House[T]) -> Said:
    """Do what a token says; tokens are user input and carry no right."""
    own, answer, action = _OWN.fullmatch(token), _ANSWER.fullmatch(token), _ACTION.fullmatch(token)
    if own:
        return await _own(turn, session, own["word"], own["arg"] or "", own["draft"], house)
    if answer:
        return await _picked(turn, session, answer["key"], answer["value"], answer["draft"], house)
    if action and action["verb"] in house.verbs and house.verbs[action["verb"]].open_to(turn):
        version = int(action["version"]) if action["version"] else None
        return await house.verbs[action["verb"]].run(turn, action["arg"], version)
    raise Refusal(_("That button does not work any more. Type menu to see what you can do here."))


async def _picked(turn: T, session: Session, key: str, value: str, draft: str, house: House[T]) -> Said:
    if session.flow not in house.flows or draft != session.draft:
        raise Refusal(_("That button belongs to an earlier form. Nothing was changed."))
    if key != session.asked:
        if session.answers.get(key) == value:
            return []  # The same button pressed twice: the answer stands, the next question was asked.
        raise Refusal(_("That button is of an earlier question. You can change every answer when you read it over."))
    return await _answer(turn, session, Given(picked=value), house)


async def _own(turn: T, session: Session, word: str, arg: str, draft: str, house: House[T]) -> Said:
    """Do one of the engine's own words: send, back, edit, change, flip, cancel, stop, go, resume, drop."""
    if word in ("resume", "drop"):
        return take_up_or_drop(session, word, draft)
    flow = house.flows.get(session.flow)
    if flow is None or draft != session.draft:
        sent_from = house.flows.get(session.notes.get("sent_flow", ""))
        if word == "send" and draft == session.notes.get("sent") and sent_from and sent_from.again:
            return await sent_from.again(turn)
        raise Refusal(_("That button belongs to an earlier form. Nothing was changed."))
    counted, open_ask = standing(flow, session.answers)
    if word == "send":
        if open_ask is not None:
            return await _ask_again(turn, session, house)
        return await _finish(turn, session, flow, counted)
    if word == "cancel":
        return ask_to_stop(session)
    if word == "stop":
        close(session)
        # Where nothing can be pressed, the words alone would leave one with nothing to type.
        onward = offer_unfinished(session) or await house.start(turn, session, "")
        return [Prompt(_("The form was stopped. Nothing was sent.")), *await _carry_out(turn, session, onward, house)]
    if word == "change" and flow.review is not None:
        return [await which_to_change(turn, session, flow, counted)]
    if word == "flip" and arg in flow.switches:
        session.answers[arg] = "" if session.answers.get(arg) else "yes"
    if word == "edit" and arg in counted and arg not in session.given:
        session.notes["editing"] = arg
    if word == "back":
        step_back(session, flow, counted)
    if word == "go":
        session.notes.pop("editing", None)
    return await _ask_again(turn, session, house)


async def _finish(turn: T, session: Session, flow: Flow[T], counted: Answers) -> Said:
    draft = session.draft
    try:
        said = await flow.finish(turn, whole(session, flow, counted))
    except Refusal:
        if flow.review is None and (before := answered_before(session, flow, counted)):
            # Without a read-back the last answer was the one refused; it is asked for again.
            del session.answers[before[-1]]
        raise
    close(session)
    session.notes["sent"], session.notes["sent_flow"] = draft, flow.name
    return said if isinstance(said, Begin) else [*said, *offer_unfinished(session)]


async def _carry_out(turn: T, session: Session, said: Said, house: House[T]) -> list[Prompt]:
    """Open the flow that was asked for, or say the prompts, with a way back to the form that is open."""
    if isinstance(said, Begin):
        if not (session.flow == said.flow and not session.asked and session.draft and not said.given and not said.known):
            begin(session, said)
        first = [Prompt(said.first)] if said.first else []
        return [*first, *await _ask_again(turn, session, house)]
    if said and not said[-1].buttons and _wants_number(session, house):
        return said
    if session.flow in house.flows and said and not any(b.token.endswith(f"@{session.draft}") for b in said[-1].buttons):
        return [*said[:-1], said[-1].plus(Button(f"_go@{session.draft}", _("Continue the form")))]
    return said


async def _edited(turn: T, session: Session, inbound: Inbound, house: House[T]) -> Said:
    """Take an edited message as a change of the answer that the message gave, if that form is still open."""
    messages = json.loads(session.notes.get("messages", "{}"))
    key = messages.get(inbound.message_key.split(":")[0])
    flow = house.flows.get(session.flow)
    ask = flow.ask(key) if flow and key else None
    if flow is None or ask is None:
        raise Refusal(
            _("An edited message changes nothing that was already sent. Please write what you want to add as a new message.")
        )
    reading = await ask.reader.read(turn, Given(words=inbound.text.strip()), dict(session.answers))
    if not isinstance(reading, Accepted):
        raise Refusal(_("The edited message could not be used. Your earlier answer stands."))
    session.answers[ask.key] = reading.value
    return [Prompt(_("Changed.")), *await _ask_again(turn, session, house)]


async def _answer(turn: T, session: Session, given: Given, house: House[T]) -> Said:
    flow = house.flows[session.flow]
    counted, ask = open_question(session, flow)
    if given.attachments and not flow.takes_files:
        raise Refusal(_("Files cannot be added here. Please answer in words."))
    number = await house.keep_files(turn, session.draft, given.attachments) if given.attachments else 0
    kept = files_kept(number) if number else None
    # What a question understands is its answer; only what would be refused is looked at as the beginning of a line.
    begun = [] if given.attachments else lines_begun(session, given.words, house.fold)
    if ask is None or ask.key != session.asked:
        if len(begun) == 1:
            return await _press(turn, session, begun[0], house)
        # Nothing typed is taken as an answer to a question that was not the one shown.
        note = _("You have an unfinished form. This is where you were.") if session.asked == "" else None
        if ask is None:
            note = _("This form is complete. Please send it, or change an answer.")
        return await _ask_again(turn, session, house, spill(session, flow, given) or kept or note)
    if len(begun) == 1 and f"_go@{session.draft}" in session.shown:
        # Something else stands below the question, with a way back to it: what begins one of its lines means that line.
        return await _press(turn, session, begun[0], house)
    answers = _with_half(session, counted)
    takes_files = hasattr(ask.reader, "count")
    if given.attachments and not given.words and not takes_files:
        reading: Reading = await ask.reader.offer(turn, answers)
    else:
        reading = await ask.reader.read(turn, given, answers)
    if isinstance(reading, Accepted):
        session.answers[ask.key] = reading.value
        session.answers.pop(HALF, None)
        session.notes.pop("editing", None)
        remember(session, given.message_key, ask.key)
        return await _ask_again(turn, session, house)
    if isinstance(reading, Refused) and len(begun) == 1:
        return await _press(turn, session, begun[0], house)
    spilt = spill(session, flow, given) if isinstance(reading, Refused) or takes_files else None
    if isinstance(reading, Offered) and given.attachments and given.words and not reading.half and not takes_files:
        # Words beside a photo are about the photo; they were not meant to be looked up.
        spilt = spill(session, flow, given)
        if spilt:
            return await _ask_again(turn, session, house, spilt)
    if isinstance(reading, Offered):
        if reading.half:
            session.answers[HALF] = reading.half
        if not takes_files:
            spilt = spilt or kept
        note = reading.note or (first_paragraph(ask.words(counted)) if spilt else ask.words(counted))
        panel = question_panel(session, flow, counted, ask, reading, joined(spilt, note, by="\n\n") if spilt else note)
        if len(begun) == 1 and tokens(panel) == session.shown:
            # What was typed finds the same lines again, and begins one of them.
            return await _press(turn, session, begun[0], house)
        return [panel]
    if spilt or kept:
        return await _ask_again(turn, session, house, spilt or kept)
    why = fits_several(given.words) if begun else reading.why
    if f"{ask.key}={DEEPER}@{session.draft}" in session.shown:
        return [Prompt(why, _shown_again(session))]  # Inside a group its lines stay, instead of the groups.
    raise Refusal(why)


def _with_half(session: Session, counted: Answers) -> Answers:
    """Return the answers that count, with the part that is known already of the one to the open question."""
    return {**counted, HALF: session.answers[HALF]} if HALF in session.answers else counted


async def _ask_again(turn: T, session: Session, house: House[T], note: Text | None = None, brief: bool = False) -> list[Prompt]:
    """Return the open question, or the read-back, or what the finished form says; nothing where no form is open.

    With a note, or `brief`, a question that was just shown comes with its first paragraph only.
    """
    flow = house.flows.get(session.flow)
    if flow is None:
        return []
    counted, ask = open_question(session, flow)
    if ask is not None:
        shown_just_now = session.asked == ask.key
        if not shown_just_now:
            session.answers.pop(HALF, None)
        session.asked = ask.key
        offered = await ask.reader.offer(turn, _with_half(session, counted))
        words = offered.note or ask.words(counted)
        if shown_just_now and (brief or note):
            words = first_paragraph(words)
        return [question_panel(session, flow, counted, ask, offered, joined(note, words, by="\n\n") if note else words)]
    if flow.review is None:
        return await _carry_out(turn, session, await _finish(turn, session, flow, counted), house)
    session.asked = REVIEW
    prompt = await read_back(turn, session, flow, counted)
    return [Prompt(note), prompt] if note else [prompt]
