"""Finding an office by what people type: without tone marks, with slips, short, in any order, under its old name.

The names of offices are few phrases many times over ("Trạm Y tế" stands in 3,321 communes), so phrases are kept once and an
office is a phrase, the place it serves and what lies above. A query is first held against phrases, then against the offices of
the best places; only those few are compared letter by letter.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date
from heapq import nlargest, nsmallest
from itertools import pairwise, product

from rapidfuzz import fuzz

from bot.domain.units import FoundUnit, LegacyUnit, Unit
from bot.usecases.unit_words import Abbreviations, Vocabulary, Words, words_of

PLACE_TYPES = ("UBND_T", "UBND_X")
COMMITTEE: Words = ("uy", "ban", "nhan", "dan")

# An office whose name more of them share is looked for only inside places that were found, and the first few of them.
SHARED_BY_MANY = 12
PHRASES_LOOKED_AT = 36
PLACES_LOOKED_INTO = 14
PROVINCES_LOOKED_INTO = 3
# Which phrases are looked at: those that share much with the query, or were typed almost wholly; and how they are ranked.
WORTH_A_LOOK, MOSTLY = 0.4, 0.7
MISSING, WHOLE = 0.3, 1.5
OTHER_CUTS = 3
COMPARED_BY_LETTER = 24
# Words in more phrases than this ("xã") choose between the phrases that others found, but find none.
TOO_COMMON = 1500
LEAST_WEIGHT = 0.12
# How much words above the office, and words of former districts and provinces, explain of a query.
FROM_ABOVE = 0.97
FROM_BEFORE = 0.93
# What the score is made of: how much of the query is explained, how much of the name was typed, how alike the letters are.
EXPLAINED, COVERED, ALIKE = 0.62, 0.26, 0.12
# Small things that decide between equals.
OWN_NAME, SAME_MARKS, CLOSE_BY, LATER = 0.02, 0.02, 0.03, 0.0004
# How much the place counts in the name of an office, compared with its words.
PLACE_IN_NAME = 1.0
# How much words that name a kind of office count when places are looked for, and how sure a word must be to be one of them.
SAID_ALREADY, SURE_ENOUGH = 0.05, 0.9
# From which score on no other way to cut the query into words is tried, and from which an answer is given at all.
SURE_ENOUGH_TO_STOP = 0.95
GOOD_ENOUGH = 0.42
NOT_MUCH_WORSE = 0.3
DEGREE_KM = 111.2

# How well something explains each word of a query, 0 to 1; empty where it explains none.
Shares = list[float]
NOTHING: Shares = []


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An office under one of its names: phrase numbers of the name, of the place in the name (-1: none) and of what else it may
    be called by (`around`). `old` is the old name that led here, `later` how many successors of that name stand before it."""

    unit: int
    name: int
    place: int = -1
    around: tuple[int, ...] = ()
    old: str = ""
    later: int = 0


def _either(one: Shares, other: Shares) -> Shares:
    """Return the better of two shares for each word."""
    if not one or not other:
        return one or other
    return [here if here > there else there for here, there in zip(one, other, strict=True)]


class _Query:
    """One reading of what was typed, held against phrases; remembers what it has worked out."""

    def __init__(self, index: UnitIndex, words: Words, whole: bool) -> None:
        self.index = index
        self.words = words
        self.text = " ".join(words)
        self.weights: list[float] = []
        self.meant: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for position, word in enumerate(words):
            readings = index.vocabulary.readings(word)
            if not whole and position == len(words) - 1:
                readings = index.vocabulary.beginnings(word) | readings
            for meant, sure in readings.items():
                self.meant[meant].append((position, sure))
            self.weights.append(index.weight_of(word, readings))
        self.total = sum(self.weights) or 1.0
        self._vectors: dict[int, tuple[Shares, float, float]] = {}
        self._places: dict[int, Shares] = {}
        self._together: dict[tuple[tuple[int, ...], float], Shares] = {}
        self._names: dict[tuple[int, ...], int] = {}

    def phrases(self) -> dict[int, float]:
        """Return the phrases that share a word with the query, with the weight they share."""
        shared: dict[int, float] = defaultdict(float)
        for word, positions in self.meant.items():
            phrases = self.index.having[word]
            if len(phrases) <= TOO_COMMON:
                worth = max(self.weights[position] * sure for position, sure in positions)
                if worth > LEAST_WEIGHT / 2:
                    for phrase in phrases:
                        shared[phrase] += worth
        return shared

    def without(self, positions: Collection[int]) -> _Query:
        """Return the same reading in which some words count for little."""
        rest = copy(self)
        rest.weights = [
            weight * SAID_ALREADY if position in positions else weight for position, weight in enumerate(self.weights)
        ]
        rest.total = sum(rest.weights) or 1.0
        return rest

    def said(self, pairs: set[tuple[str, str]]) -> set[int]:
        """Return the positions of words that are such pairs: two words that stand side by side there and here."""
        sure: list[dict[str, float]] = [{} for _word in self.words]
        for meant, positions in self.meant.items():
            for at, how in positions:
                if how >= SURE_ENOUGH:
                    sure[at][meant] = how
        return {
            position
            for at, (here, there) in enumerate(pairwise(sure))
            for one, other in product(here, there)
            if (one, other) in pairs and here[one] * there[other] >= SURE_ENOUGH
            for position in (at, at + 1)
        }

    def vector(self, phrase: int) -> tuple[Shares, float, float]:
        """Return how well a phrase explains each word of the query, the weight of what was typed of it, and its whole weight."""
        known = self._vectors.get(phrase)
        if known is None:
            explained = [0.0] * len(self.words)
            typed = whole = 0.0
            for word in self.index.phrases[phrase]:
                weight = self.index.weights.get(word, 1.0)
                whole += weight
                best = 0.0
                for position, sure in self.meant.get(word, ()):
                    explained[position] = max(explained[position], sure)
                    best = max(best, sure)
                typed += weight * best
            known = self._vectors[phrase] = (explained if typed else NOTHING, typed, whole or 1.0)
        return known

    def context(self, unit: int) -> Shares:
        """Return how well what lies above an office, and what its place was before, explain each word of the query."""
        index, place = self.index, self.index.place_of[unit]
        around = self._of_place(place) if place >= 0 else NOTHING
        if place == unit or index.direct[unit]:
            return around
        return _either(around, self._of_several(tuple(index.main[one] for one in index.between(unit)), FROM_ABOVE))

    def _of_place(self, place: int) -> Shares:
        known = self._places.get(place)
        if known is None:
            index, above = self.index, self.index.place_above[place]
            known = self._of_place(above) if above >= 0 else NOTHING
            known = _either(known, self._of_several((index.main[place],), FROM_ABOVE))
            known = self._places[place] = _either(known, self._of_several(index.before.get(place, ()), FROM_BEFORE))
        return known

    def _of_several(self, phrases: tuple[int, ...], worth: float) -> Shares:
        """Return how well phrases together explain each word, each taken for what it is worth."""
        known = self._together.get((phrases, worth))
        if known is None:
            known = NOTHING
            for phrase in phrases:
                explained = self.vector(phrase)[0]
                if explained:
                    known = _either(known, [worth * share for share in explained])
            self._together[phrases, worth] = known
        return known

    def explained(self, candidate: _Candidate) -> tuple[Shares, float]:
        """Return how well a candidate explains each word of the query, and which share of its name was typed."""
        name, typed, whole = self.vector(candidate.name)
        around = self.context(candidate.unit)
        if candidate.around:
            around = _either(around, self._of_several(candidate.around, FROM_ABOVE))
        if candidate.place >= 0:
            around = _either(around, self._of_several((candidate.place,), FROM_ABOVE))
            typed, whole = typed + PLACE_IN_NAME * self._typed_besides(name, candidate.place), whole + PLACE_IN_NAME
        return _either(name, around), typed / whole

    def score(self, shares: Shares, typed: float) -> float:
        """Return what a candidate is worth that explains the query so well: 0 to EXPLAINED + COVERED."""
        said = 0.0
        for weight, share in zip(self.weights, shares, strict=False):
            said += weight * share
        return EXPLAINED * said / self.total + COVERED * typed

    def _typed_besides(self, name: Shares, place: int) -> float:
        """Return the share of a place that was typed in words which do not already explain the name of the office better."""
        typed = whole = 0.0
        for word in self.index.phrases[place]:
            weight = self.index.weights.get(word, 1.0)
            whole += weight
            typed += weight * max((sure for at, sure in self.meant.get(word, ()) if not name or sure > name[at]), default=0.0)
        return typed / (whole or 1.0)

    def name_meant(self, names: tuple[int, ...], shared: dict[int, float]) -> int:
        """Return which of an office's names was typed, -1 for none of them; of equals the first."""
        known = self._names.get(names)
        if known is None:
            best, known = 0.0, -1
            for name in names:
                if name in shared:
                    explained, typed, whole = self.vector(name)
                    share = sum(weight * one for weight, one in zip(self.weights, explained, strict=False)) / self.total
                    if share + COVERED * typed / whole > best:
                        best, known = share + COVERED * typed / whole, name
            self._names[names] = known
        return known

    def alike(self, candidate: _Candidate) -> float:
        """Return how alike the query and the candidate's name are, letter by letter: 0 to 1."""
        phrases = self.index.phrases
        parts = [phrases[candidate.name]]
        for phrase in (candidate.place, *candidate.around, *(self.index.main[one] for one in self.index.chain(candidate.unit))):
            if phrase >= 0 and phrases[phrase] not in parts:
                parts.append(phrases[phrase])
        best, said = 0.0, ""
        for part in parts:
            said = f"{said} {' '.join(part)}".strip()
            best = max(best, fuzz.ratio(self.text, said))
        return best / 100


class UnitIndex:
    """All offices, ready to be searched; made anew when offices change.

    `legacy` gives the old names; those whose successors are not among the units are left out. Raises KeyError never: an unknown
    parent is simply not part of the context.
    """

    def __init__(self, units: Iterable[Unit], legacy: Iterable[LegacyUnit] = ()) -> None:
        self.units = list(units)
        self.at = {unit.code: number for number, unit in enumerate(self.units)}
        self.phrases: list[Words] = []
        self.main = [-1] * len(self.units)
        self.place_of = [-1] * len(self.units)
        self.direct = [True] * len(self.units)
        self.place_above = [-1] * len(self.units)
        self.before: dict[int, tuple[int, ...]] = {}
        self._short = Abbreviations()
        self._number: dict[Words, int] = {}
        self._words: dict[str, Words] = {}
        self._province_at: dict[str, int] = {}
        self._named_place: dict[tuple[str, Words], int] = {}
        self._inside: dict[int, list[int]] = defaultdict(list)
        self._names: list[tuple[int, ...]] = [()] * len(self.units)
        self._in_name = [False] * len(self.units)
        self._kinds: dict[tuple[Words, tuple[str, ...]], tuple[int, ...]] = {}
        self._old_names: dict[tuple[int, int], str] = {}
        self._tuples: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._read_places()
        for number, unit in enumerate(self.units):
            self._read_unit(number, unit)
        self._legacy: list[tuple[str, int, tuple[int, ...], list[int]]] = []
        for old in legacy:
            self._read_legacy(old)
        self._count_words()

    def search(
        self, text: str, *, limit: int = 5, province: str | None = None,
        near: tuple[float, float] | None = None, on: date | None = None,
    ) -> list[FoundUnit]:  # fmt: skip
        """Return the offices that the words most likely mean, best first, none where nothing is like them.

        `province` (a code) leaves out the others, `near` (latitude and longitude, degrees) decides between offices of one name,
        `on` leaves out those not valid on that day and gives their successors instead.
        """
        typed = words_of(text)
        if not typed:
            return []
        marks = unicodedata.normalize("NFC", text).lower()
        best: dict[int, tuple[float, str]] = {}
        for order, words in enumerate(self._readings(typed)):
            if order and max(best.values(), default=(0.0, ""))[0] > SURE_ENOUGH_TO_STOP:
                break
            query = _Query(self, words, whole=text[-1:].isspace())
            for score, candidate in self._best_of(query, province, near, max(limit, COMPARED_BY_LETTER)):
                score += ALIKE * query.alike(candidate) - 0.01 * bool(order)
                score += self._small_things(candidate, marks, near)
                if score > best.get(candidate.unit, (0.0, ""))[0]:
                    best[candidate.unit] = (score, candidate.old)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        found = [(self.units[unit], score, old) for unit, (score, old) in ranked if score >= GOOD_ENOUGH]
        found = [one for one in found if one[1] >= found[0][1] - NOT_MUCH_WORSE]
        return self._answers(found, limit, on)

    def nearest(self, latitude: float, longitude: float, limit: int = 5) -> list[FoundUnit]:
        """Return the offices with known coordinates (degrees) nearest to a point, nearest first; provinces are left out."""
        away = self._kilometres((latitude, longitude))
        placed = [n for n, unit in enumerate(self.units) if unit.latitude is not None and unit.type != "UBND_T"]
        return [FoundUnit(self.units[n], self._parent_name(n)) for n in nsmallest(limit, placed, key=away)]

    def get(self, code: str) -> Unit | None:
        """Return the office with a code, None where there is none."""
        number = self.at.get(code)
        return None if number is None else self.units[number]

    def chain(self, unit: int) -> Iterator[int]:
        """Yield the place of an office and the places above it, by number."""
        place = self.place_of[unit]
        if place >= 0:
            yield place
            if self.place_above[place] >= 0:
                yield self.place_above[place]

    def between(self, unit: int) -> list[int]:
        """Return the offices above one that are no places: the hospital above its ward."""
        found: list[int] = []
        parent = self.at.get(self.units[unit].parent or "", -1)
        while parent >= 0 and parent != self.place_of[unit] and parent not in found and len(found) < 6:
            found.append(parent)
            parent = self.at.get(self.units[parent].parent or "", -1)
        return found

    def weight_of(self, word: str, readings: dict[str, float]) -> float:
        """Return how much a typed word says: rare ones most; a word nobody knows as much as those it may stand for."""
        if word in self.weights:
            return self.weights[word]
        sure = sum(readings.values())
        return sum(self.weights[meant] * part for meant, part in readings.items()) / sure if sure else 0.5

    # Building.

    def _read(self, text: str) -> Words:
        words = self._words.get(text)
        if words is None:
            words = self._words[text] = self._short.written_out(words_of(text))
        return words

    def _phrase(self, words: Words) -> int:
        number = self._number.get(words)
        if number is None:
            number = self._number[words] = len(self.phrases)
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
                self._named_place[unit.province, words] = number
                if unit.type == "UBND_T":
                    self._province_at[unit.province] = number
                    bare = words[2:] if words[:2] == ("thanh", "pho") else words[1:]
                    self._named_place.setdefault((unit.province, bare), number)
        for number, unit in enumerate(self.units):
            if self.place_of[number] == number:
                above = self._province_at.get(unit.province, -1)
                self.place_above[number] = above if above != number else -1

    def _read_unit(self, number: int, unit: Unit) -> None:
        if self.place_of[number] == number:
            names = {self.main[number]: None, self._phrase(COMMITTEE): None}
            for alias in unit.aliases:
                words, _place = self._without_place(self._read(alias), unit.province)
                if words:
                    names[self._phrase(words)] = None
            self._names[number] = tuple(names)
            self._in_name[number] = True
            self._inside[number].append(number)
            return
        kind, place = self._without_place(self._read(unit.name), unit.province)
        if not kind:
            kind, place = self._read(unit.name), -1
        self._in_name[number] = place >= 0
        self.place_of[number] = place if place >= 0 else self._place_above(unit)
        self.direct[number] = unit.parent is None or self.at.get(unit.parent, -1) == self.place_of[number]
        known = self._kinds.get((kind, unit.aliases))
        if known is None:
            names = {self._phrase(kind): None}
            for alias in unit.aliases:
                words, _place = self._without_place(self._read(alias), unit.province)
                if words:
                    names[self._phrase(words)] = None
            known = self._kinds[kind, unit.aliases] = tuple(names)
        self._names[number] = known
        self.main[number] = known[0]
        if self.place_of[number] >= 0:
            self._inside[self.place_of[number]].append(number)

    def _without_place(self, words: Words, province: str) -> tuple[Words, int]:
        """Return a name without the place at its end, and the number of that place (-1: none)."""
        for length in range(min(7, len(words)), 1, -1):
            place = self._named_place.get((province, words[-length:]), -1)
            if place >= 0:
                return words[:-length], place
        return words, -1

    def _place_above(self, unit: Unit) -> int:
        parent = self.at.get(unit.parent or "", -1)
        for _step in range(8):
            if parent < 0:
                break
            if self.units[parent].type in PLACE_TYPES:
                return parent
            parent = self.at.get(self.units[parent].parent or "", -1)
        return self._province_at.get(unit.province, -1)

    def _read_legacy(self, old: LegacyUnit) -> None:
        """Remember an old place with its successors, and an old name of an office with the office."""
        name = self._phrase(self._read(old.name))
        around = tuple(self._phrase(self._read(word)) for word in (old.district, old.province) if word)
        places: list[int] = []
        for successor in (self.at[code] for code in old.successors if code in self.at):
            if self.place_of[successor] == successor:
                places.append(successor)
                known = self.before.get(successor, ())
                more = tuple(one for one in (around if old.district else (name, *around)) if one not in known)
                self.before[successor] = known + more if more else known
            elif name not in self._names[successor]:
                names = (*self._names[successor], name)
                self._names[successor] = self._tuples.setdefault(names, names)
                self._old_names[successor, name] = old.name
        if places:
            self._legacy.append((old.name, name, around, places))

    def _count_words(self) -> None:
        self._units_named: list[list[int]] = [[] for _phrase in self.phrases]
        for number, names in enumerate(self._names):
            for name in names:
                self._units_named[name].append(number)
        self._kinds_of = [
            self._tuples.setdefault(kinds, kinds) if (kinds := names[1:]) and self.place_of[number] == number else names
            for number, names in enumerate(self._names)
        ]
        self._places_named: dict[int, list[_Candidate]] = defaultdict(list)
        for number, place in enumerate(self.place_of):
            if place == number:
                self._places_named[self.main[number]].append(_Candidate(number, self.main[number]))
        for old, name, around, places in self._legacy:
            for later, number in enumerate(places):
                said = "" if self.main[number] == name else old
                self._places_named[name].append(_Candidate(number, name, -1, around, said, later))
        offices = (self.phrases[name] for names in set(self._kinds_of) for name in names)
        self._of_offices = {pair for words in offices for pair in pairwise(words)}
        self._provinces = {phrase for _old, _name, around, _places in self._legacy for phrase in around[-1:]}
        self._provinces |= {self.main[number] for number in self._province_at.values()}
        self._of_provinces = {pair for phrase in self._provinces for pair in pairwise(self.phrases[phrase])}
        self.having: dict[str, list[int]] = defaultdict(list)
        for number, phrase in enumerate(self.phrases):
            if self._units_named[number] or number in self._places_named:
                for word in set(phrase):
                    self.having[word].append(number)
        most = math.log(len(self.phrases) + 2)
        self.weights = {
            word: max(LEAST_WEIGHT, 1 - math.log(len(phrases) + 1) / most) for word, phrases in self.having.items()
        }
        self._whole = [sum(self.weights.get(word, 0.0) for word in phrase) for phrase in self.phrases]
        pairs = {pair for number, phrase in enumerate(self.phrases) if self._whole[number] for pair in pairwise(phrase)}
        self.vocabulary = Vocabulary(self.having, pairs)

    # Searching.

    def _readings(self, words: Words) -> list[Words]:
        """Return the ways to take what was typed: with short forms written out, and cut into other words."""
        taken = {self._short.understood(words, self.vocabulary, always): None for always in (False, True)}
        for reading in list(taken):
            for cut in self.vocabulary.split_or_joined(reading):
                if len(taken) <= OTHER_CUTS:
                    taken[cut] = None
        return list(taken)

    def _best_of(
        self, query: _Query, province: str | None, near: tuple[float, float] | None, limit: int
    ) -> list[tuple[float, _Candidate]]:
        """Return the best candidates for one reading of the query: places first, then the offices inside the best of them."""
        shared = query.phrases()
        scored: dict[tuple[int, str], tuple[float, _Candidate]] = {}

        def hold(candidate: _Candidate, score: float) -> None:
            key = (candidate.unit, candidate.old)
            score -= LATER * min(candidate.later, 10)
            if key not in scored or score > scored[key][0]:
                scored[key] = (score, candidate)

        top = self._top(shared, province)
        top += [phrase for phrase in self._provinces if shared.get(phrase, 0.0) > self._whole[phrase] / 2]
        for phrase in top:
            for office in self._offices_named(phrase, province, near):
                hold(office, query.score(*query.explained(office)))
        said = query.said(self._of_offices)
        rest = query.without(said)
        for besides in {frozenset(said), frozenset(said | query.said(self._of_provinces))}:
            if 0 < len(besides) < len(query.words):
                top += self._top(query.without(besides).phrases(), province)
        ranked: list[tuple[float, int, _Candidate]] = []
        for place in (one for phrase in dict.fromkeys(top) for one in self._places_named.get(phrase, ())):
            if province is None or self.units[place.unit].province == province:
                shares, typed = query.explained(place)
                hold(place, query.score(shares, typed))
                ranked.append((rest.score(shares, typed) - OWN_NAME * bool(place.old), -len(ranked), place))
        best = nlargest(PLACES_LOOKED_INTO, ranked)
        best += nlargest(PROVINCES_LOOKED_INTO, (one for one in ranked if self.units[one[2].unit].type == "UBND_T"))
        for place in dict.fromkeys(place for _score, _number, place in best):
            for office in self._offices_in(place, query, shared):
                hold(office, query.score(*query.explained(office)))
        return nlargest(limit, scored.values(), key=lambda pair: pair[0])

    def _top(self, shared: dict[int, float], province: str | None) -> list[int]:
        wide = PHRASES_LOOKED_AT if province is None else 4 * PHRASES_LOOKED_AT
        least = WORTH_A_LOOK * max(shared.values(), default=0.0)
        whole = self._whole
        fit = [
            (weight - MISSING * (whole[phrase] - weight) + WHOLE * weight / whole[phrase], phrase)
            for phrase, weight in shared.items()
            if weight >= least or weight > MOSTLY * whole[phrase]
        ]
        return [phrase for _fit, phrase in nlargest(wide, fit)]

    def _offices_named(self, phrase: int, province: str | None, near: tuple[float, float] | None) -> Iterator[_Candidate]:
        named = self._units_named[phrase]
        for unit in named if len(named) <= SHARED_BY_MANY else self._few_of(named, province, near):
            if self.main[unit] != phrase or self.place_of[unit] != unit:
                yield self._as_named(unit, phrase)

    def _offices_in(self, place: _Candidate, query: _Query, shared: dict[int, float]) -> Iterator[_Candidate]:
        """Yield the offices of a place under the name that was typed; the place goes by the name under which it was found."""
        for unit in self._inside[place.unit]:
            name = query.name_meant(self._kinds_of[unit], shared)
            if name >= 0:
                old = place.old or self._old_names.get((unit, name), "")
                called = place.name if self._in_name[unit] else -1
                yield _Candidate(unit, name, called, (*place.around, place.name), old, place.later)

    def _as_named(self, unit: int, phrase: int) -> _Candidate:
        place = self.main[self.place_of[unit]] if self._in_name[unit] else -1
        return _Candidate(unit, phrase, place, (), self._old_names.get((unit, phrase), ""))

    def _few_of(self, named: list[int], province: str | None, near: tuple[float, float] | None) -> list[int]:
        if province is not None:
            named = [unit for unit in named if self.units[unit].province == province]
        if near is None:
            return named[:10]
        return nsmallest(10, named, key=self._kilometres(near))

    def _kilometres(self, point: tuple[float, float]) -> Callable[[int], float]:
        """Return a measure of how far the place of an office is from a point; far away where nobody knows."""
        latitude, longitude = point
        narrow = math.cos(math.radians(latitude))

        def away(number: int) -> float:
            unit = self.units[number]
            if unit.latitude is None and self.place_of[number] >= 0:
                unit = self.units[self.place_of[number]]
            if unit.latitude is None or unit.longitude is None:
                return 1e6
            return DEGREE_KM * math.hypot(unit.latitude - latitude, (unit.longitude - longitude) * narrow)

        return away

    def _small_things(self, candidate: _Candidate, marks: str, near: tuple[float, float] | None) -> float:
        bonus = 0.0 if candidate.old else OWN_NAME
        place = self.place_of[candidate.unit]
        bare = self.units[place if place >= 0 else candidate.unit].name.lower().partition(" ")[2]
        if bare and bare in marks:
            bonus += SAME_MARKS
        if near is not None:
            bonus += CLOSE_BY / (1 + self._kilometres(near)(candidate.unit) / 20)
        return bonus

    def _answers(self, found: list[tuple[Unit, float, str]], limit: int, on: date | None) -> list[FoundUnit]:
        answers: dict[str, FoundUnit] = {}
        for unit, score, old in found:
            if on is None or unit.valid_on(on):
                now = [(unit, old)]
            else:
                after = (self.get(code) for code in unit.successors)
                now = [(one, old or unit.name) for one in after if one is not None and one.valid_on(on)]
            for one, said in now:
                answers.setdefault(one.code, FoundUnit(one, self._parent_name(self.at[one.code]), said, round(score, 4)))
            if len(answers) >= limit:
                break
        return list(answers.values())[:limit]

    def _parent_name(self, number: int) -> str:
        parent = self.get(self.units[number].parent or "")
        return parent.name if parent else ""
