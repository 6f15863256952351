"""A day that is still to come, as people type it: "mai", "30/11", "30/11/2026"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.dialogue.flow import Accepted, Answers, Choice, Given, Offered, Reading, Refused
from bot.domain.deadlines import local_day
from bot.domain.folding import fold
from bot.text import Text, _
from handlers.turn import Turn

_TODAY = frozenset(["hom nay", "nay", "today"])
_TOMORROW = frozenset(["mai", "ngay mai", "tomorrow"])
_FIGURES = re.compile(r"(?:ngay |thu \w+ )?(\d{1,2}) ?(?:[/.-]| thang ) ?(\d{1,2})(?: ?(?:[/.-]| nam ) ?(\d{4}))?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def coming_day(words: str, today: date) -> date | None:
    """Return the day that the words mean, None for anything else; without a year the next such day from today on."""
    said = " ".join(words.casefold().split())
    plain = fold(words)
    if plain in _TODAY or plain in _TOMORROW:
        return today + timedelta(days=plain in _TOMORROW)
    if iso := _ISO.fullmatch(said):
        return _day(*map(int, iso.groups()))
    figures = _FIGURES.fullmatch(said.replace("ngày", "ngay").replace("tháng", "thang").replace("năm", "nam"))
    if figures is None:
        return None
    day, month, year = (int(part) if part else None for part in figures.groups())
    assert day is not None and month is not None
    if year is not None:
        return _day(year, month, day)
    this_year = _day(today.year, month, day)
    return this_year if this_year and this_year >= today else _day(today.year + 1, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True)
class ComingDay:
    """A day from today on, typed or by button; the value is the day in ISO."""

    today: bool = True
    tomorrow: bool = True

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return today and tomorrow, as far as they fit."""
        first = local_day(turn.now)
        days = [(self.today, _("Today"), first), (self.tomorrow, _("Tomorrow"), first + timedelta(days=1))]
        return Offered(tuple(Choice(day.isoformat(), label) for fits, label, day in days if fits))

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take a day from today on."""
        today = local_day(turn.now)
        day = coming_day(given.picked or given.words, today)
        if day is None:
            return Refused(_("Please type the day, for instance 30/11 or 30/11/2026."))
        if day < today:
            return Refused(_("That day is over. Please type a day from today on."))
        return Accepted(day.isoformat())

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the day in words."""
        return Text("{day}", (("day", date.fromisoformat(value)),))
