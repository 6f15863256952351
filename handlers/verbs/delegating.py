"""Who signs for the head: the list, giving, and taking back."""

from __future__ import annotations

from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.domain.people import Role
from bot.text import Text, _, joined
from bot.usecases.delegating import deputies_of, given_signatures, take_back_signature
from bot.usecases.ports_delegations import Delegation
from handlers.flows.delegating import GIVE_SIGNATURE
from handlers.turn import Turn, Verb


def is_head(turn: Turn) -> bool:
    """Whether the person is head of an office."""
    return turn.staff is not None and turn.staff.has(Role.HEAD)


async def signatures(turn: Turn, arg: str, version: int | None) -> Said:
    """List who signs for me, now or later; `new` opens the form, `CODE.back` takes one back."""
    number, _dot, back = arg.partition(".")
    if arg == "new":
        return await _give(turn)
    note = []
    if back and number.isdecimal() and len(number) <= 9:
        await take_back_signature(turn.work, turn.reader, int(number), turn.now)
        note = [_("Taken back. Your deputy signs for you no more.")]
    found = await given_signatures(turn.work, turn.reader, turn.now)
    if not found and not note:
        return await _give(turn)
    lines = [_line(given, name) for given, name in found] or [_("Nobody signs for you.")]
    buttons = [Button(f"delegate:{given.id}.back", _("Take back: {name}")(name=name)) for given, name in found]
    return [Prompt(joined(*note, *lines, by="\n\n"), (*buttons, Button("delegate:new", _("Authorise a deputy"))))]


def _line(given: Delegation, name: str) -> Text:
    return _("{name} signs for you from {first} to {last} ({document}).")(
        name=name, first=given.from_on, last=given.to_on, document=given.document
    )


async def _give(turn: Turn) -> Said:
    if await deputies_of(turn.work, turn.reader):
        return Begin(GIVE_SIGNATURE.name)
    return [
        Prompt(
            _("No deputy of your office has joined yet. Please ask the admin to invite one first."),
            (Button("menu:", _("Menu")),),
        )
    ]


VERBS: tuple[Verb, ...] = (Verb("delegate", signatures, is_head, ("uyquyen", "delegate")),)
