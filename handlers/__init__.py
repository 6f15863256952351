"""Everything that people can do: FLOWS, VERBS, NOTICES. A newcomer starts reading here."""

from __future__ import annotations

from bot.dialogue.engine import House
from handlers.turn import Turn


def house() -> House[Turn]:
    """Return the flows and verbs, for the engine. (To be written with the citizen's flows.)"""
    raise NotImplementedError
