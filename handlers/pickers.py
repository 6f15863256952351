"""What several forms let people pick: an office by its name or place, a category in two levels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
# How many categories a typed word may bring.
LIKE = 8
NAMES = ("vi", "en", "vi_short", "en_short")
# What a find is worth: the very words, then its name, what people say for it, the title of its group; and an unfinished word.
EXACTLY, WORTH, BEGUN = 4.0, (3.0, 2.0, 1.0), 0.9


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
    """Return the categories that the words typed may mean, best first."""
    rows = turn.work.rules.rows("categories")
    return [Choice(code, in_rules(rows[code]["en_short"], rows[code]["vi_short"])) for code in categories_like(rows, words)]


def categories_like(rows: Mapping[str, Mapping[str, Any]], words: str) -> list[str]:
    """Return the codes of the categories that the words typed may mean, best first, eight at most.

    Tone marks count where they were typed, as long as something has them. Who types a whole sentence gets what shares two of its
    words. Words are never found in the middle of others.
    """
    for spelled in (_with_marks, fold):
        wanted = spelled(words).split()
        for scored in (_wholly, _partly):
            found: dict[str, float] = {}
            for code, row in rows.items():
                score = _fit(row, rows.get(row["parent"] or ""), wanted, spelled, scored) if row["parent"] else 0.0
                if score:
                    found[code] = score
            if found:
                return sorted(found, key=lambda code: -found[code])[:LIKE]
    return []


def _fit(
    row: Mapping[str, Any],
    group: Mapping[str, Any] | None,
    wanted: Sequence[str],
    spelled: Callable[[str], str],
    scored: Callable[[Sequence[str], Sequence[str]], float],
) -> float:
    """Return how well a category answers: exactly, by its name, by what people say for it, or by the title of its group."""
    names = [spelled(row[column]).split() for column in NAMES]
    # A row that a province changed before there were such words has none.
    said = [spelled(phrase).split() for phrase in row.get("words", "").split(";")]
    if wanted in names or wanted in said:
        return EXACTLY
    titles = [spelled(group[column]).split() for column in NAMES] if group else []
    return max(
        worth * scored(phrase, wanted)
        for worth, phrases in zip(WORTH, (names, said, titles), strict=True)
        for phrase in phrases or [[]]
    )


def _wholly(phrase: Sequence[str], wanted: Sequence[str]) -> float:
    """Return 1 if all words stand in the phrase, a little less if the last is only the beginning of one, else 0."""
    if not wanted or not all(word in phrase for word in wanted[:-1]):
        return 0.0
    return 1.0 if wanted[-1] in phrase else BEGUN * any(word.startswith(wanted[-1]) for word in phrase)


def _partly(phrase: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the share of the words typed that stand in the phrase, 0 for fewer than two."""
    shared = len(set(wanted) & set(phrase))
    return shared / len(wanted) if shared > 1 else 0.0


def _with_marks(words: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", words).lower()))


WHAT_IT_IS = TwoLevels(_groups, _inside, _category, _like)
