"""That a channel sends nothing any more, because its account or token is refused (RELIABILITY A8).

The admins are told once, on another channel; messages wait meanwhile, and what people write is taken as always. It ends with the
next message that goes out, or a new consent. A channel whose consent is lost may still send for a while: that is told before, and
no message that goes out ends it.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.events import ChannelStopped
from bot.usecases.ports import Work

_SINCE = "channel_stopped:"
_UNTIL = "channel_sends_until:"


async def note_stop(work: Work, channel: str, why: str, remedy: str = "") -> None:
    """Note that a channel sends nothing; the admins are told unless they were. `why` is short and without ids or tokens.

    `remedy` is the command that mends it, "" where there is none.
    """
    if not await work.recall(_SINCE + channel):
        work.record(ChannelStopped(channel=channel, why=why, remedy=remedy))
        await work.remember(_SINCE + channel, work.now.isoformat(timespec="seconds"))


async def note_lost(work: Work, channel: str, why: str, remedy: str, until: datetime) -> None:
    """Note that the consent of a channel is lost, so that it sends until then at the latest; the admins are told at once."""
    work.record(ChannelStopped(channel=channel, why=why, remedy=remedy, until=until))
    await work.remember(_UNTIL + channel, until.isoformat(timespec="seconds"))


async def note_going(work: Work, channel: str) -> None:
    """Note that the channel sends again."""
    await work.remember(_SINCE + channel, "")


async def note_consent(work: Work, channel: str) -> None:
    """Note that the channel has a new consent."""
    await note_going(work, channel)
    await work.remember(_UNTIL + channel, "")


async def is_stopped(work: Work, channel: str) -> bool:
    """Return whether nothing goes out on the channel until somebody has mended it."""
    return bool(await work.recall(_SINCE + channel))


async def sends_until(work: Work, channel: str) -> datetime | None:
    """Return after which instant nothing goes out on the channel, as its consent is lost; None where it is not."""
    until = await work.recall(_UNTIL + channel)
    return datetime.fromisoformat(until) if until else None
