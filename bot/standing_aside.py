"""While a human of the office speaks with somebody in the messenger's own tool, the bot keeps out of it.

Both speak under one name, and a bot that goes on asking makes a muddle of the talk. What the person writes meanwhile is kept and
not answered; notices go out as always. It lasts half an hour from the last word of the human, who may have gone home: nobody is
left without an answer for longer. A command, a word such as `menu`, or a button brings the bot back at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.dialogue.engine import House
from bot.dialogue.flow import T
from bot.dialogue.values import Inbound, Session

QUIET = timedelta(minutes=30)
_UNTIL = "agent_until"


def stand_aside(session: Session, said_at: datetime, now: datetime) -> None:
    """Keep out of the talk in which a human said something then; of one that is over long since we may hear late.

    No question counts as asked, so that no word to the human is taken for its answer.
    """
    until = max(min(said_at, now) + QUIET, datetime.fromisoformat(session.notes.get(_UNTIL, said_at.isoformat())))
    if until > now:
        session.notes[_UNTIL] = until.isoformat()
        session.asked, session.shown = "", []


def stands_aside(session: Session, inbound: Inbound, house: House[T], now: datetime) -> bool:
    """Return whether a message is left to the human; where it is for the bot again, the talk with the human has ended."""
    until = session.notes.get(_UNTIL)
    if until is not None and now < datetime.fromisoformat(until) and not _calls_the_bot(inbound, house):
        return True
    session.notes.pop(_UNTIL, None)
    return False


def _calls_the_bot(inbound: Inbound, house: House[T]) -> bool:
    words = inbound.text.strip()
    called = words.startswith("/") or house.fold(words) in house.words
    return inbound.start is not None or inbound.token is not None or called
