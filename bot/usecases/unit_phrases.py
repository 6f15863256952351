"""The names of offices as phrases, each kept once: what a search is held against.

The names are few phrases many times over ("Trạm Y tế" stands in 3,321 communes), so an office is a phrase, the place in its name
and what lies above. Offices, phrases and places go by their numbers here.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.domain.units import LegacyUnit, Unit
from bot.usecases.unit_words import Abbreviations, Vocabulary, Words, words_of

PROVINCE = "UBND_T"
PLACE_TYPES = (PROVINCE, "UBND_X")
COMMITTEE: Words = ("uy", "ban", "nhan", "dan")
CITY: Words = ("thanh", "pho")
LEAST_WEIGHT = 0.12
LONGEST_PLACE = 7
MOST_LEVELS = 8


@dataclass(frozen=True, slots=True)
class Named:
    """An office under one of its names: phrases for the name, for the place in it (-1: none) and for what else is said of it.

    `old` is the old name that leads here ("" for a name of today), `later` how many successors of that name stand before it.
    """

    unit: int
    name: int
    place: int = -1
    around: tuple[int, ...] = ()
    old: str = ""
    later: int = 0


class Phrasebook:
    """The names, aliases and old names of offices, taken apart.

    A place is a province or a commune. `main` is the phrase of an office without its place, `place_of` the place it serves,
    `above` the province of a place, `before` what a place belonged to until 2025; -1 stands for none. `having` gives the phrases
    with a word, `weights` how much a word tells (0 to 1, rare ones most), `whole` the weight of a whole phrase.
    """

    def __init__(self, units: list[Unit], legacy: Iterable[LegacyUnit]) -> None:
        self.units = units
        self.at = {unit.code: number for number, unit in enumerate(units)}
        self.short = Abbreviations()
        self.phrases: list[Words] = []
        self.number: dict[Words, int] = {}
        self.main = [-1] * len(units)
        self.place_of = [-1] * len(units)
        self.above = [-1] * len(units)
        self.direct = [True] * len(units)
        self.in_name = [False] * len(units)
        self.names: list[tuple[int, ...]] = [()] * len(units)
        self.inside: dict[int, list[int]] = defaultdict(list)
        self.before: dict[int, tuple[int, ...]] = {}
        self.old_names: dict[tuple[int, int], str] = {}
        self.places_named: dict[int, list[Named]] = defaultdict(list)
        self.provinces: dict[int, None] = {}
        self._words: dict[str, Words] = {}
        self._shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._known_names: dict[tuple[Words, tuple[str, ...]], tuple[int, ...]] = {}
        self._place_called: dict[tuple[str, Words], list[int]] = defaultdict(list)
        self._province_at: dict[str, int] = {}
        self._read_places()
        for number in range(len(units)):
            self._read_office(number)
        for old in legacy:
            self._read_legacy(old)
        self._count()

    def chain(self, unit: int) -> Iterator[int]:
        """Yield the place of an office and the province of that place."""
        place = self.place_of[unit]
        if place >= 0:
            yield place
            if self.above[place] >= 0:
                yield self.above[place]

    def between(self, unit: int) -> list[int]:
        """Return the offices above one that are no places: the hospital above its ward."""
        found: list[int] = []
        for parent in self._parents(unit):
            if parent == self.place_of[unit]:
                break
            found.append(parent)
        return found

    def as_named(self, unit: int, phrase: int) -> Named:
        """Return an office under one of its own phrases."""
        place = self.main[self.place_of[unit]] if self.in_name[unit] else -1
        return Named(unit, phrase, place, (), self.old_names.get((unit, phrase), ""))

    def is_place(self, unit: int) -> bool:
        """Whether an office is a province or a commune itself."""
        return self.place_of[unit] == unit

    def _parents(self, unit: int) -> Iterator[int]:
        for _level in range(MOST_LEVELS):
            unit = self.at.get(self.units[unit].parent or "", -1)
            if unit < 0:
                return
            yield unit

    def _read(self, text: str) -> Words:
        words = self._words.get(text)
        if words is None:
            words = self._words[text] = self.short.written_out(words_of(text))
        return words

    def _phrase(self, words: Words) -> int:
        number = self.number.get(words)
        if number is None:
            number = self.number[words] = len(self.phrases)
            self.phrases.append(words)
        return number

    def _read_places(self) -> None:
        for number, unit in enumerate(self.units):
            if unit.type in PLACE_TYPES:
                words = self._read(unit.name)
                if words[:4] == COMMITTEE and len(words) > 4:
                    words = words[4:]
                self.main[number] = self._phrase(words)
                self.place_of[number] = number
                self._place_called[unit.province, words].append(number)
                if unit.type == PROVINCE:
                    self._province_at[unit.province] = number
                    self.provinces[self.main[number]] = None
                    self._place_called[unit.province, words[2:] if words[:2] == CITY else words[1:]].append(number)
        for number, unit in enumerate(self.units):
            if self.is_place(number):
                above = self._province_at.get(unit.province, -1)
                self.above[number] = above if above != number else -1
                self.places_named[self.main[number]].append(Named(number, self.main[number]))

    def _read_office(self, number: int) -> None:
        unit = self.units[number]
        first: tuple[int, ...]
        if self.is_place(number):
            kind, place, first = self.phrases[self.main[number]], number, (self.main[number], self._phrase(COMMITTEE))
        else:
            kind, place = self._without_place(self._read(unit.name), unit)
            if not kind:
                kind, place = self._read(unit.name), -1
            self.main[number] = self._phrase(kind)
            first = (self.main[number],)
        self.in_name[number] = place >= 0
        self.place_of[number] = place = place if place >= 0 else self._place_over(number)
        self.direct[number] = unit.parent is None or self.at.get(unit.parent, -1) in (-1, place)
        known = self._known_names.get((kind, unit.aliases))
        if known is None:
            aliases = (self._without_place(self._read(alias), unit)[0] for alias in unit.aliases)
            known = tuple(dict.fromkeys((*first, *(self._phrase(words) for words in aliases if words))))
            self._known_names[kind, unit.aliases] = known
        self.names[number] = known
        if place >= 0:
            self.inside[place].append(number)

    def _without_place(self, words: Words, unit: Unit) -> tuple[Words, int]:
        """Return a name without the place at its end, and that place (-1: none)."""
        for length in range(min(LONGEST_PLACE, len(words)), 1, -1):
            places = self._place_called.get((unit.province, words[-length:]))
            if places:
                return words[:-length], self._right_one(places, unit)
        return words, -1

    def _right_one(self, places: list[int], unit: Unit) -> int:
        """Return which of several places that differ in marks only (Cẩm Giang, Cẩm Giàng) is in a name."""
        if len(places) > 1:
            name = unit.name.lower()
            for place in places:
                if self.units[place].code == unit.parent or name.endswith(self.units[place].name.lower()):
                    return place
        return places[0]

    def _place_over(self, number: int) -> int:
        for parent in self._parents(number):
            if self.units[parent].type in PLACE_TYPES:
                return parent
        return self._province_at.get(self.units[number].province, -1)

    def _read_legacy(self, old: LegacyUnit) -> None:
        """Remember an old place with its successors, and an old name of an office with the office."""
        name = self._phrase(self._read(old.name))
        around = tuple(self._phrase(self._read(word)) for word in (old.district, old.province) if word)
        for later, successor in enumerate(self.at[code] for code in old.successors if code in self.at):
            if self.is_place(successor):
                said = "" if self.main[successor] == name else old.name
                self.places_named[name].append(Named(successor, name, -1, around, said, later))
                known = self.before.get(successor, ())
                more = tuple(one for one in (around if old.district else (name, *around)) if one not in known)
                self.before[successor] = known + more if more else known
                self.provinces.update(dict.fromkeys(around[-1:]))
            elif name not in self.names[successor]:
                self.names[successor] = self._as_shared((*self.names[successor], name))
                self.old_names[successor, name] = old.name

    def _as_shared(self, names: tuple[int, ...]) -> tuple[int, ...]:
        return self._shared.setdefault(names, names)

    def _count(self) -> None:
        self.units_named: list[list[int]] = [[] for _phrase in self.phrases]
        for number, names in enumerate(self.names):
            for name in names:
                self.units_named[name].append(number)
        self.kinds = [self._as_shared(names[1:]) if self.is_place(n) else names for n, names in enumerate(self.names)]
        self.having: dict[str, list[int]] = defaultdict(list)
        for number, phrase in enumerate(self.phrases):
            if self.units_named[number] or number in self.places_named:
                for word in set(phrase):
                    self.having[word].append(number)
        most = math.log(len(self.phrases) + 2)
        self.weights = {word: max(LEAST_WEIGHT, 1 - math.log(len(phrases) + 1) / most) for word, phrases in self.having.items()}
        self.whole = [sum(self.weights.get(word, 0.0) for word in phrase) for phrase in self.phrases]
        self.of_offices = self._pairs(name for names in set(self.kinds) for name in names)
        self.of_provinces = self._pairs(self.provinces)
        self.vocabulary = Vocabulary(self.having, self._pairs(range(len(self.phrases))))

    def _pairs(self, phrases: Iterable[int]) -> set[tuple[str, str]]:
        """Return the words that stand side by side in phrases."""
        return {pair for phrase in phrases for pair in pairwise(self.phrases[phrase])}
