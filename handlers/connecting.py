"""One person on several channels, in words: the code, joining with it, his chats, and what his other chats are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.dialogue.prompts import MESSENGER, Button, Prompt
from bot.domain.deadlines import local_day
from bot.domain.events import ChatJoined, ChatParted, Event
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.connecting import NotSure, join, show_code
from bot.usecases.ports import STAYS, Work
from bot.usecases.ports_chats import Contact
from handlers.by_hand import channel_name
from handlers.menu import menu
from handlers.telling import Notices
from handlers.turn import Notice, Turn

SURE = ".yes"
# Of what is told before consent only this is another in another app.
CONNECTED: Text = joined(
    _("Connected. What you have in your other chat is here too, and news comes to the one that you used last."),
    _("{messenger} itself can read this chat.")(messenger=MESSENGER),
    by=" ",
)


async def code_prompt(turn: Turn) -> Prompt:
    """Return a fresh code, and what to do with it."""
    code = await show_code(turn.work, turn.person, turn.contact, turn.now)
    addresses = [as_is(f"• {address}") for address in turn.agency.chats()]
    return Prompt(
        joined(
            _(
                "You can use another app or phone too: what you have here is seen and continued there as well, and news comes to "
                "the one that you used last."
            ),
            joined(_("Your code: {code}")(code=code), _("It is good for 10 minutes, and once.")),
            joined(_("Open our chat there, and type: /noikenh {code}")(code=code), *addresses),
            _("Never give this code to anybody. No official ever asks for it. Whoever has it sees all that you see here."),
            by="\n\n",
        ),
        (Button("part:", _("My chats")), Button("menu:", _("Menu"))),
    )


async def connect(turn: Turn, code: str, sure: bool = False) -> list[Prompt]:
    """Connect this chat with the one that shows the code, after asking once more where this chat has cases of its own.

    `sure` counts only below that very question: who is talked into typing a line by somebody else must read it first.
    """
    yes = f"joinchat:{''.join(code.split())}{SURE}"
    sure = sure and yes in turn.session.shown
    try:
        now = await join(turn.work, turn.person, turn.staff, turn.contact, turn.who, code, turn.now, sure)
    except NotSure as not_sure:
        has = ngettext("This chat has {count} case.", "This chat has {count} cases.", not_sure.cases)
        asked = _(
            "Is the chat that shows the code yours? Whoever reads there will see all of this too, and can disconnect this chat. "
            "Never do it because somebody asked you to."
        )
        return [Prompt(joined(has, asked, by=" "), (Button(yes, _("Yes, both are mine")), Button("menu:", _("No"))))]
    turn.person, turn.staff = now
    return [menu(turn, CONNECTED)] if turn.person.agreed else [Prompt(CONNECTED)]


async def chat_lines(turn: Turn) -> tuple[Text, tuple[Button, ...]]:
    """Return the chats of the person, and the buttons to connect another one and to disconnect each."""
    chats = await turn.work.chats.of(turn.person.id)
    lines = [
        _("• {channel}, this chat")(channel=channel_name(chat.platform))
        if chat.id == turn.contact
        else _("• {channel}, last used {day}")(channel=channel_name(chat.platform), day=local_day(chat.last_seen_at))
        for chat in sorted(chats, key=lambda chat: chat.id != turn.contact)
    ]
    buttons = [Button("connect:", _("Use another app too"))]
    if len(chats) > 1:
        buttons += [_part_button(turn, chat) for chat in chats]
    return joined(_("Your chats with us:"), *lines), tuple(buttons)


def _part_button(turn: Turn, chat: Contact) -> Button:
    if chat.id == turn.contact:
        return Button(f"part:{chat.id}", _("Disconnect this chat"))
    named = _("Disconnect {channel}, last used {day}")
    return Button(f"part:{chat.id}", named(channel=channel_name(chat.platform), day=local_day(chat.last_seen_at)))


async def chats_prompt(turn: Turn, first: Text | None = None) -> Prompt:
    """Return the chats of the person; `first` stands above them."""
    words, buttons = await chat_lines(turn)
    return Prompt(joined(*([first] if first else []), words, by="\n\n"), (*buttons, Button("menu:", _("Menu"))))


async def _joined(work: Work, event: ChatJoined, now: datetime) -> Notices:
    """Tell every chat that was there before, each for itself: the newcomer may be somebody who saw the code."""
    chats = await work.chats.of(event.person)
    new = next((chat for chat in chats if chat.id == event.contact), None)
    told = joined(
        _("What you have here can now also be seen in another chat ({channel}), since {time}.")(
            channel=channel_name(new.platform) if new else as_is("?"), time=now
        ),
        _("Was that not you? Disconnect it at once."),
        by=" ",
    )
    prompt = Prompt(told, (Button(f"part:{event.contact}", _("Disconnect")),))
    return [Notice(None, prompt, STAYS, chat=chat) for chat in chats if chat.id != event.contact]


async def _parted(work: Work, event: ChatParted, now: datetime) -> Notices:
    """Tell a chat that was disconnected from another one."""
    if event.by_itself:
        return []
    told = _(
        "This chat was disconnected from another chat. Nothing is shown and told here any more; with its code and PIN a case can "
        "still be looked up."
    )
    chats = await work.chats.of(await work.chats.owner(event.contact))
    return [Notice(None, Prompt(told), STAYS, must_arrive=False, chat=chat) for chat in chats if chat.id == event.contact]


CONNECTING: Mapping[type[Event], Callable[..., Awaitable[Notices]]] = {ChatJoined: _joined, ChatParted: _parted}
"""What is said of each event about chats."""
