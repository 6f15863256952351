"""A person with several chats: which one he is written to, and what becomes of messages for a chat that cannot be reached.

What must arrive goes to another chat of his, laid out anew for it; there it stands as if it had been meant for it, and in the
chat before it is dropped, in one commit. The rest, a prompt or a menu, is of no use elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from bot.catalogue import Translate
from bot.channels.base import Channel
from bot.dialogue.engine import House
from bot.dialogue.layout import lay_out
from bot.dialogue.prompts import Button, Prompt
from bot.dialogue.values import Layout
from bot.domain.events import ChatParted
from bot.text import as_is
from bot.typed import typed
from bot.usecases.ports import Claimed, Outgoing, Waiting, Work
from bot.usecases.ports_chats import Contact
from handlers.turn import Turn

AGAIN_MARK = "↻ "
_LINE = re.compile(r"(\d{1,2})\. .+")


class Office(Protocol):
    """What is needed of `App`."""

    channels: Mapping[str, Channel]
    house: House[Turn]

    def translator(self, language: str) -> Translate: ...


def best_of(office: Office, chats: Iterable[Contact], besides: str = "") -> Contact | None:
    """Return the chat to write to: the first that we have a channel for, other than the channel `besides`.

    `chats` come as `Chats.of` gives them: where the person can be reached first, then the one that he used last.
    """
    return next((chat for chat in chats if chat.platform in office.channels and chat.platform != besides), None)


async def bring_together(office: Office, work: Work, contact: int) -> bool:
    """Move what is held in chats of this chat's person where he cannot be reached to the one where he can.

    False when there is none. To be called whenever one of them closed, opened or was connected.
    """
    chats = await work.chats.of(await work.chats.owner(contact))
    best = best_of(office, chats)
    if best is None or not best.reachable:
        return False
    for chat in chats:
        if not chat.reachable or chat.platform not in office.channels:
            await _move(office, work, chat.id, best)
    return True


async def leave_channels(office: Office, work: Work) -> None:
    """Move what waits for chats on channels that this program has no more to other chats of their readers."""
    for contact in await work.outbox.stranded(office.channels):
        await bring_together(office, work, contact)


async def leave_behind(office: Office, work: Work, parted: ChatParted) -> None:
    """Send nothing of a person any more to a chat that is not his now; what must arrive goes to the best of those he has."""
    best = best_of(office, await work.chats.of(parted.person))
    if best is not None:
        await _move(office, work, parted.contact, best, also_on_its_way=True)
    await work.outbox.clear(parted.contact, work.now)


async def send_on(office: Office, work: Work, row: Claimed) -> bool:
    """Move a message that did not arrive, and what waits behind it, to a chat on another channel; False when there is none."""
    best = best_of(office, await work.chats.of(await work.chats.owner(row.contact)), besides=row.who.platform)
    if best is None or not best.reachable:
        return False
    await _move(office, work, row.contact, best, row.id)
    return True


async def _move(
    office: Office, work: Work, contact: int, to: Contact, row: int | None = None, also_on_its_way: bool = False
) -> None:
    taken = await work.outbox.take_away(contact, work.now, row, also_on_its_way)
    await work.outbox.add([each for waiting in taken for each in _anew(office, waiting, to)], work.now)


def _anew(office: Office, waiting: Waiting, to: Contact) -> list[Outgoing]:
    layouts = laid_out_anew(office, waiting, to)
    if waiting.again:
        layouts[0] = marked(layouts[0])
    once = waiting.once
    return [
        Outgoing(
            *(to.id, to.platform, layout, waiting.kind, waiting.priority, True, waiting.case),
            once=once and (f"{once}.{part}" if part else once),
        )
        for part, layout in enumerate(layouts)
    ]


def laid_out_anew(office: Office, waiting: Waiting, to: Contact) -> list[Layout]:
    """Return a message that was laid out for one channel as another one takes it.

    Buttons of a notice become words to type where there are none. What is offered to choose below an answer belongs to the
    dialogue of the chat that it was given in, so it is left out.
    """
    said = waiting.layout
    text, buttons = said.text, [Button(button.token, as_is(button.label)) for row in said.rows for button in row]
    if waiting.kind == "reply":
        text, buttons = _without_choices(text), []
    can, translate = office.channels[to.platform].can, office.translator(to.language)
    prompt = Prompt(as_is(text), tuple(buttons), files=said.files, protect=said.protect)
    return lay_out(prompt if can.buttons else typed(prompt, office.house), can, translate)


def _without_choices(text: str) -> str:
    """Return a text without the numbered lines to choose from at its end."""
    before, _gap, last = text.rpartition("\n\n")
    numbers = [found[1] if (found := _LINE.fullmatch(line)) else "" for line in last.split("\n")]
    return before if before and numbers == [str(n) for n in range(1, len(numbers) + 1)] else text


def marked(layout: Layout) -> Layout:
    """Return a message that may have arrived already, marked so that nobody takes it for a new one."""
    return replace(layout, text=AGAIN_MARK + layout.text)
