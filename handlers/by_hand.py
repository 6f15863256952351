"""What an officer took for somebody without a chat, in words: channels, the books, and who tells him what there is to tell."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt
from bot.domain.cases import ByHand
from bot.text import Text, _, as_is, joined
from bot.usecases.notices import To, recipients
from bot.usecases.ports import Work
from bot.usecases.ports_by_hand import CONFIRMED, DENIED, WAITING, Opening
from handlers.turn import Notice

CHANNELS = {
    ByHand.PHONE: _("hotline"),
    ByHand.COUNTER: _("in person"),
    ByHand.LETTERBOX: _("letterbox"),
    ByHand.POST: _("post"),
    ByHand.EMAIL: _("e-mail"),
}
CHATS = {"telegram": "Telegram", "zalo_oa": "Zalo", "zalo_bot": "Zalo Bot"}
_BY_HAND = {channel.value: name for channel, name in CHANNELS.items()}
STATES = {
    WAITING: _("waits for the second person"),
    CONFIRMED: _("confirmed by both"),
    DENIED: _("not confirmed"),
}


def channel_name(channel: str) -> Text:
    """Return how a case came in; a case from before that was kept came by chat."""
    if channel in _BY_HAND:
        return _BY_HAND[channel]
    return as_is(CHATS[channel]) if channel in CHATS else _("chat")


async def channel_lines(work: Work, channel: str, taken_by: int | None) -> list[Text]:
    """Return the line of a case that says how it came in, and who took it."""
    officer = await work.staff.by_id(taken_by) if taken_by is not None else None
    if officer is None:
        return [_("Came in by: {channel}")(channel=channel_name(channel))]
    return [_("Came in by: {channel}; taken by {name}")(channel=channel_name(channel), name=officer.name)]


async def relay(work: Work, case: int) -> list[Notice]:
    """Return who tells somebody without a chat that there is news of his case: intake, by telephone or letter.

    Nothing for a case that came by chat: its sender cut the link himself.
    """
    found = await work.cases.by_id(case)
    if found is None or found.taken_by is None:
        return []
    told = _(
        "There is news of case {code} for its sender, who has no chat with us ({channel}). Please open it and tell him: "
        "“Who sent this” shows how to reach him."
    )(code=found.code, channel=channel_name(found.channel))
    prompt = Prompt(told, (Button(f"open:{found.code}", _("Open")),))
    once = f"relay:{found.id}:{found.version}"
    readers = await recipients(work, found, To.INTAKE)
    return [Notice(staff.id, prompt, "by hand", once=f"{once}:{staff.id}") for staff in readers]


async def opening_words(work: Work, opening: Opening) -> Text:
    """Return an opening of a letterbox as it is read by whoever confirms it."""
    first, second = await work.staff.by_id(opening.by), await work.staff.by_id(opening.second)
    return joined(
        _("Letterbox: {place}")(place=opening.place),
        _("Opened: {at}")(at=opening.at),
        _("By: {first} and {second}")(first=first.name if first else "", second=second.name if second else ""),
        _("Letters: {letters}, of them not eligible: {none}")(letters=opening.letters, none=opening.not_eligible),
        _("Stands: {state}")(state=STATES[opening.state]),
    )
