"""What is kept about a person, and what he can do about it (LAW 7.2)."""

from __future__ import annotations

from bot.dialogue.drafts import close, new_draft
from bot.dialogue.prompts import MESSENGER, Begin, Button, Prompt, Said
from bot.text import Text, _, joined, ngettext
from bot.usecases.citizen import my_cases
from bot.usecases.identity import RATING
from handlers.connecting import chat_lines
from handlers.flows.data_request import CORRECT, DELETE, ERASE, LEAST, MOST, file_request
from handlers.gate import SERVICE, VERSION, declined, wording
from handlers.kept import drop
from handlers.menu import LANGUAGES
from handlers.turn import Turn, Verb
from handlers.verbs.citizen import anybody

# Uses that nobody needs to agree to; each is off until it is turned on.
PURPOSES = {
    RATING: _("Invite me to rate the answer"),
    "publish": _("Publish the result of my cases without names"),
    "phone": _("Keep my phone number to ask how it went on"),
}
COUNTED = 100


async def my_data(turn: Turn, arg: str, version: int | None) -> Said:
    """Show what is kept and the switches."""
    consents = await turn.work.people.consents(turn.person.id)
    cases = await my_cases(turn.work, turn.person, COUNTED)
    chats, connecting = await chat_lines(turn)
    lines = [
        _("What we keep about you:"),
        joined(
            _("• the number of this chat, sealed; your language: {language}")(language=LANGUAGES[turn.language]),
            ngettext(
                "• {count} case linked to this chat, with what you wrote and sent",
                "• {count} cases linked to this chat, with what you wrote and sent",
                len(cases),
            ),
            _("• your name and phone with those cases where you gave them, sealed and apart"),
            _("• raw messages of this chat for {days} days, sealed")(days=turn.agency.keep_raw_days),
            _("• that you agreed, when, and to which wording"),
        ),
        chats,
        _("{messenger} itself can read this chat.")(messenger=MESSENGER),
        _("What you can allow besides, each for itself:"),
        joined(*(_switch(name, consents.get(purpose, False)) for purpose, name in PURPOSES.items())),
        _("Commands: /sua correct or copy, /xoa delete, /rutdongy take back your consent. Data officer: {officer}.")(
            officer=turn.agency.data_officer
        ),
    ]
    switches = [_flip(purpose, name, consents.get(purpose, False)) for purpose, name in PURPOSES.items()]
    return [
        Prompt(
            joined(*lines, by="\n\n"),
            (
                *switches,
                *connecting,
                Button("correct:", _("Correct or copy my data")),
                Button("erase:", _("Delete my data")),
                Button("unconsent:", _("Take back my consent")),
                Button("menu:", _("Menu")),
            ),
        )
    ]


def _switch(name: Text, on: bool) -> Text:
    return _("• {what}: on")(what=name) if on else _("• {what}: off")(what=name)


def _flip(purpose: str, name: Text, on: bool) -> Button:
    label = _("Turn off: {what}")(what=name) if on else _("Turn on: {what}")(what=name)
    return Button(f"consent:{purpose}.{'off' if on else 'on'}", label)


async def switch(turn: Turn, arg: str, version: int | None) -> Said:
    """Turn an optional use on or off (`purpose.on`)."""
    purpose, _dot, state = arg.partition(".")
    if purpose in PURPOSES and state in ("on", "off"):
        words = f"{VERSION}:{turn.language}:{PURPOSES[purpose].message}"
        await turn.work.people.consent(turn.person.id, purpose, state == "on", words, turn.who.platform, turn.now)
    return await my_data(turn, "", None)


async def correct(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form that asks for a correction or a copy."""
    return Begin(CORRECT.name)


async def erase(turn: Turn, arg: str, version: int | None) -> Said:
    """Say what can be deleted and what the law keeps, and offer both ways; with words, file them as the request they are."""
    if LEAST <= len(arg.strip()) <= MOST:
        return await file_request(turn, DELETE, arg, new_draft(turn.session.notes.get("drafts", "")))
    return [
        Prompt(
            joined(
                _("You can cut the link between a case and this chat at once: open the case and choose “Forget this chat”."),
                _(
                    "You can also ask us to delete what else we keep about you; we answer within 20 days. What the law obliges "
                    "us to keep stays: cases and their answers are records of the authority and are not deleted; who sent them "
                    "can be (Law 91/2025 art. 14, rules on archives)."
                ),
                by="\n\n",
            ),
            (
                Button("mine:0", _("My cases")),
                Button("ask_erase:", _("Ask for deletion")),
                Button("menu:", _("Menu")),
            ),
        )
    ]


async def ask_erase(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form that asks for deletion."""
    return Begin(ERASE.name)


async def take_consent_back(turn: Turn, arg: str, version: int | None) -> Said:
    """Take back the consent to this service, after asking once more."""
    others = [chat for chat in await turn.work.chats.of(turn.person.id) if chat.id != turn.contact]
    if arg != "yes":
        asked = _(
            "Take back your consent? From then on we take nothing more from this chat. What you have sent is still "
            "handled, as the law obliges us to, and answers still come here unless you forget the chat first."
        )
        also = _("The same holds for the other chats that are connected with this one.")
        return [
            Prompt(
                joined(asked, *([also] if others else []), by=" "),
                (Button("unconsent:yes", _("Yes, take it back")), Button("mydata:", _("No, go back"))),
            )
        ]
    close(turn.session)
    turn.session.parked.clear()
    drop(turn.session)
    for chat in others:
        await turn.work.chats.end_session(chat.id, turn.now)
    for purpose in (SERVICE, *PURPOSES):
        await turn.work.people.consent(turn.person.id, purpose, False, wording(turn), turn.who.platform, turn.now)
    return [Prompt(declined(turn.agency), (Button("agree:", _("Agree")),))]


VERBS: tuple[Verb, ...] = (
    Verb("mydata", my_data, anybody, ("dulieu", "mydata")),
    Verb("consent", switch, anybody),
    Verb("correct", correct, anybody, ("sua", "correct")),
    Verb("erase", erase, anybody, ("xoa", "delete")),
    Verb("ask_erase", ask_erase, anybody),
    Verb("unconsent", take_consent_back, anybody, ("rutdongy", "withdrawconsent")),
)
