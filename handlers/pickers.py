"""What several forms let people pick: an office by its name or place, a category in two levels."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.flow import Answers, Choice
from bot.dialogue.readers import TwoLevels
from bot.domain.folding import fold
from bot.domain.units import FoundUnit
from bot.text import Text, _, as_is, in_rules
from handlers.office import unit_name
from handlers.turn import Turn

FOUND = 5
# Groups that are no reproach have forms of their own.
NOT_HERE = ("Y", "Z")


def found_choice(found: FoundUnit) -> Choice:
    """Return an office that was found, with the one above it and the old name that led to it."""
    name = as_is(", ".join(part for part in (found.unit.name, found.parent_name) if part))
    if found.successor_of:
        name = _("{office} (successor of {old})")(office=name, old=found.successor_of)
    return Choice(found.unit.code, name)


async def find_units(turn: Turn, words: str) -> Sequence[Choice]:
    """Return the offices that answer to what was typed, best first."""
    return [found_choice(found) for found in turn.work.units.search(words, FOUND)]


async def near_units(turn: Turn, latitude: float, longitude: float) -> Sequence[Choice]:
    """Return the nearest offices."""
    return [found_choice(found) for found in turn.work.units.nearest(latitude, longitude, FOUND)]


async def name_unit(turn: Turn, code: str) -> Text | None:
    """Return the name of an office, None when there is none of that code."""
    return unit_name(turn.work, code) if turn.work.units.get(code) else None


def _category(turn: Turn, code: str) -> Text | None:
    row = turn.work.rules.rows("categories").get(code)
    return in_rules(row["en"], row["vi"]) if row else None


def _inside(turn: Turn, parent: str) -> Sequence[Choice]:
    rows = turn.work.rules.rows("categories")
    return [
        Choice(code, in_rules(row["en_short"], row["vi_short"]))
        for code, row in rows.items()
        if (row["parent"] or "") == parent and code not in NOT_HERE
    ]


def _groups(turn: Turn, answers: Answers) -> Sequence[Choice]:
    return _inside(turn, "")


def _like(turn: Turn, words: str) -> Sequence[Choice]:
    """Return the categories whose names hold the words typed, without tone marks."""
    wanted = fold(words)
    rows = turn.work.rules.rows("categories")
    return [
        Choice(code, in_rules(row["en_short"], row["vi_short"]))
        for code, row in rows.items()
        if wanted and row["parent"] and any(wanted in fold(row[column]) for column in ("vi", "en", "vi_short", "en_short"))
    ][: 2 * FOUND]


WHAT_IT_IS = TwoLevels(_groups, _inside, _category, _like)
