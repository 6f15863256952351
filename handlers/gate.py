"""First contact: what is kept and who sees it, before anything is (LAW 7.2, RELIABILITY G9)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from bot.dialogue.choosing import number_in
from bot.dialogue.drafts import close
from bot.dialogue.engine import meant
from bot.dialogue.prompts import MESSENGER, Begin, Button, Prompt, Said
from bot.dialogue.values import Inbound, Session
from bot.domain.folding import fold
from bot.text import Text, _, as_is, joined
from bot.usecases.connecting import read_code
from handlers.arrivals import arrived, started
from handlers.connecting import CONNECTED, SURE, connect
from handlers.flows.connecting import JOIN_CHAT
from handlers.kept import drop, keep, kept, take
from handlers.menu import LANGUAGES, help_words, is_polite, menu
from handlers.turn import Agency, Turn
from handlers.verbs.citizen import speak

SERVICE = "service"
START = "kept_start"
VERSION = "2026-11"

_COMMAND = re.compile(r"/(?P<name>[A-Za-z_]+)(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)
_ANSWERS = {
    **dict.fromkeys(("dong y", "toi dong y", "em dong y", "co dong y", "dong y a", "vang dong y", "agree", "i agree"), "agree:"),
    **dict.fromkeys(("co", "vang", "vang a", "da vang", "da dong y", "ok", "oke", "okay", "yes"), "agree:"),
    **dict.fromkeys(("khong", "khong dong y", "toi khong dong y", "khong a", "da khong", "no"), "decline:"),
    **dict.fromkeys(("xem day du", "read it all"), "notice:"),
}
_HELP, _LANGUAGE, _JOIN = ("trogiup", "help"), ("ngonngu", "language"), ("noikenh", "joinchat")
# Before anybody has agreed to anything, having one's data deleted is saying no: what was kept so far goes at once.
_NO = ("xoa", "delete", "rutdongy", "withdrawconsent")
_ERASURE = re.compile(r"/(?:xoa|delete)(?:@\w+)?\s+\S.*", re.DOTALL | re.IGNORECASE)


def notice(agency: Agency) -> Text:
    """Return the short notice of first contact."""
    return joined(
        _("Hello. This is the feedback line of {agency}. Please read this first.")(agency=agency.name),
        _("• We keep what you write and send here and the number of this chat; your name and phone only if you give them."),
        _("• We use it so that your feedback reaches the head of the right office, and you get an answer in time."),
        _("• Our reception officers and the office that answers read it. Who you are is kept apart; you choose who may know."),
        _("• {messenger} itself can read this chat. What it must not know, tell us by phone or in person.")(messenger=MESSENGER),
        _("• You can see, correct or delete your data, or take back your consent: type /dulieu. Data officer: {officer}.")(
            officer=agency.data_officer
        ),
        _("Do you agree?"),
    )


def whole_notice(agency: Agency) -> Text:
    """Return the whole notice."""
    return joined(
        _("Who answers for your data: {agency}, {address}, telephone {phone}. Data officer: {officer}.")(
            agency=agency.name, address=agency.address, phone=agency.phone, officer=agency.data_officer
        ),
        _(
            "What is kept: the messages and files of this chat, the number under which the messenger knows this chat, your "
            "language, and your name and phone if you give them. We never ask for your identity card."
        ),
        _(
            "Why: to handle your feedback as the law obliges us to (Law 42/2013 on receiving citizens, Law 10/2022 on democracy "
            "at the grassroots), and to answer you. Anything else, such as an invitation to rate or publishing a result without "
            "names, is asked for separately and is off until you turn it on."
        ),
        _(
            "Who sees it: reception officers and the office that answers see what you report. Who sent it is sealed and kept "
            "apart. Only whom you allow can look it up, and each look is written down. Never the official or office that you "
            "write about."
        ),
        _("{messenger} itself can read this chat, and keeps it on its own computers, which may stand abroad.")(
            messenger=MESSENGER
        ),
        _(
            "How long: raw messages {days} days. Cases as long as the rules on archives say, and they are not deleted: a case "
            "that you take back stays on record as taken back."
        )(days=agency.keep_raw_days),
        _(
            "Your rights under Law 91/2025: to know, to agree or not and to change your mind, to see, correct, get and delete "
            "your data, to restrict or object, to complain, to be compensated and protected. Type /dulieu, or ask the data "
            "officer."
        ),
        by="\n\n",
    )


def declined(agency: Agency) -> Text:
    """Return what is said to whoever does not agree."""
    return joined(
        _("That is all right. We keep nothing of this chat but your answer."),
        _("You can reach us by telephone, {phone}, or in person: {address}.")(phone=agency.phone, address=agency.address),
        _("If you change your mind, press Agree."),
        by="\n\n",
    )


def wording(turn: Turn) -> str:
    """Return the version of the notice that is agreed to: its name, its language and a hash of its words.

    The names in it are not hashed: those of the agency stand in the settings, the messenger's follows from the platform, which is
    kept with the consent.
    """
    words = notice(turn.agency).values
    text = "\n".join(part.message for _place, part in words if isinstance(part, Text))
    return f"{VERSION}:{turn.language}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


async def gate(turn: Turn, session: Session, inbound: Inbound) -> Said | None:
    """Answer whoever has not agreed; None lets the message through.

    What he says first, often the complaint itself, is kept in his session and goes on after Agree. No keeps only that answer.
    """
    if turn.person.agreed:
        return None
    if turn.person.agreed is False and _ERASURE.fullmatch(inbound.text.strip()):
        return None  # Who took his consent back may have sent something before: his right to have it deleted needs no consent.
    pressed = meant(session, inbound, fold) or _spoken(turn, session, inbound)
    if session.flow == JOIN_CHAT.name and read_code(inbound.text):
        pressed = f"joinchat:{inbound.text}"
    elif session.flow:  # No other form is open before consent, and this one takes nothing but its code.
        close(session)
    if pressed.startswith("joinchat:"):
        return await _join_chat(turn, session, pressed.removeprefix("joinchat:"))
    if pressed == "agree:":
        return await _agree(turn, session)
    if pressed == "decline:":
        return await _decline(turn, session)
    if pressed == "notice:":
        return [_asked(turn, whole_notice(turn.agency), whole=True)]
    if pressed.startswith("lang:") and pressed.removeprefix("lang:") in LANGUAGES:
        return await _speak(turn, session, pressed.removeprefix("lang:"))
    if pressed == "help:":
        return [Prompt(help_words(turn.agency)), _asked(turn, notice(turn.agency))]
    if turn.person.agreed is False:
        await turn.work.inbox.forget(turn.who, inbound.key)
        return [_asked(turn, declined(turn.agency))]
    return _keep_and_ask(turn, session, inbound)


def _spoken(turn: Turn, session: Session, inbound: Inbound) -> str:
    """Return the token that a typed answer or one of the few commands that work before consent stands for, "" for others."""
    words = inbound.text.strip()
    command = _COMMAND.fullmatch(words)
    name = command["name"].casefold() if command else ""
    if name in _HELP:
        return "help:"
    if name in _NO:
        return "decline:"
    if name in _LANGUAGE:
        return f"lang:{_other(turn)}"
    if command and name in _JOIN:
        return f"joinchat:{command['rest'] or ''}"
    token = _ANSWERS.get(fold(words), "")
    return token if token in session.shown else ""


def _other(turn: Turn) -> str:
    return next(code for code in LANGUAGES if code != turn.language)


def _keep_and_ask(turn: Turn, session: Session, inbound: Inbound) -> Said:
    """Keep what came, and show the notice; to a second message only that it is kept too."""
    first = not kept(session) and not session.notes.get(START)
    if inbound.start:
        session.notes[START] = inbound.start
    said = inbound.text.strip()
    words = "" if is_polite(said) or _COMMAND.fullmatch(said) or number_in(said) is not None else inbound.text
    if words or inbound.attachments:
        keep(turn, words, inbound.attachments, "" if inbound.edited else inbound.message_key)
    if first and kept(session):
        held = _("What you just sent is held until you answer: if you agree, you need not send it again; if not, it is deleted.")
        return [_asked(turn, joined(notice(turn.agency), held))]
    if first:
        return [_asked(turn, notice(turn.agency))]
    return [_asked(turn, _("Thank you, we keep this for a moment too. To go on, please choose whether you agree."))]


def _asked(turn: Turn, words: Text, whole: bool = False) -> Prompt:
    buttons = [Button("agree:", _("Agree"))]
    if not whole:
        buttons.append(Button("notice:", _("Read it all")))
    if turn.person.agreed is None:
        buttons.append(Button("decline:", _("No")))
    return Prompt(words, (*buttons, Button(f"lang:{_other(turn)}", as_is(LANGUAGES[_other(turn)]))))


async def _agree(turn: Turn, session: Session) -> Said:
    """Keep the consent, and go on with what was said first."""
    await turn.work.people.consent(turn.person.id, SERVICE, True, wording(turn), turn.who.platform, turn.now)
    turn.person = replace(turn.person, agreed=True)
    return await _go_on(turn, session) or [menu(turn, _("Thank you."))]


async def _go_on(turn: Turn, session: Session) -> Said:
    """Go on with what was said before there was consent; nothing when that was nothing."""
    start, said = session.notes.pop(START, ""), take(session)
    if start:
        return await started(turn, session, start, said)
    return await arrived(turn, session, said) if said else []


async def _join_chat(turn: Turn, session: Session, arg: str) -> Said:
    """Connect this chat with another one, whose person may have agreed: then nobody is asked a second time."""
    code = arg.removesuffix(SURE)
    if not code.strip():
        return Begin(JOIN_CHAT.name)
    before = turn.person
    prompts = await connect(turn, code, sure=code != arg)
    close(session)
    if turn.person is before:
        return prompts
    if not turn.person.agreed:
        return [*prompts, _asked(turn, notice(turn.agency))]
    going_on = await _go_on(turn, session)
    if isinstance(going_on, Begin):
        return replace(going_on, first=joined(CONNECTED, *([going_on.first] if going_on.first else []), by="\n\n"))
    return [Prompt(CONNECTED), *going_on] if going_on else prompts


async def _decline(turn: Turn, session: Session) -> Said:
    """Keep that he does not agree, and nothing else."""
    drop(session)
    session.notes.pop(START, None)
    await turn.work.people.consent(turn.person.id, SERVICE, False, wording(turn), turn.who.platform, turn.now)
    await turn.work.inbox.forget(turn.who)
    turn.person = replace(turn.person, agreed=False)
    return [_asked(turn, declined(turn.agency))]


async def _speak(turn: Turn, session: Session, language: str) -> Said:
    await speak(turn, language)
    return [_asked(turn, declined(turn.agency) if turn.person.agreed is False else notice(turn.agency))]
