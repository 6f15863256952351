"""A polite no."""

from __future__ import annotations

from bot.text import Text


class Refusal(Exception):
    """A polite no, shown to the person as it is; nothing that the person gave is lost.

    `text` says what is wrong and what to do instead.
    """

    def __init__(self, text: Text) -> None:
        super().__init__(text.message)
        self.text = text
