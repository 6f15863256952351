"""Finding an office by what people type: without tone marks, with slips, short, in any order, under its old name.

A query is first held against phrases (unit_phrases), then against the offices of the best places; only those few are compared
letter by letter. The figures below were set by `tests/benchmarks/unit_search.py`; change them there first.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from heapq import nlargest, nsmallest

from bot.domain.units import FoundUnit, LegacyUnit, Unit
from bot.usecases.unit_phrases import PROVINCE, Named, Phrasebook
from bot.usecases.unit_query import Query
from bot.usecases.unit_words import Words, words_of

# An office whose name more of them share is looked for only inside places that were found, and the first few of them.
SHARED_BY_MANY, FEW = 12, 10
# How many phrases are looked at, how many places are looked into, and how many answers are compared letter by letter.
PHRASES_LOOKED_AT, PLACES_LOOKED_INTO, PROVINCES_LOOKED_INTO, COMPARED_BY_LETTER = 36, 14, 3, 24
# Which phrases are looked at: those that share much with the query, or were typed almost wholly; and how they are ranked.
WORTH_A_LOOK, MOSTLY = 0.4, 0.7
MISSING, WHOLE = 0.3, 1.5
# How many ways to read the query are tried, what any but the first costs, and from which score on no other is tried.
READINGS, SECOND_READING, SURE_ENOUGH_TO_STOP = 3, 0.01, 0.95
# Small things that decide between equals: a name of today, the tone marks, how near it lies, the order of successors.
OWN_NAME, SAME_MARKS, CLOSE_BY, LATER = 0.02, 0.02, 0.03, 0.0004
GOOD_ENOUGH, NOT_MUCH_WORSE = 0.745, 0.3
LONGEST_PLACE = 7
DEGREE_KM, CLOSE_KM, UNKNOWN_KM = 111.2, 20.0, 1e6

Point = tuple[float, float]


class UnitIndex:
    """All offices, ready to be searched; made anew when offices change.

    `legacy` gives the old names; successors that are not among the units are left out, and so is an unknown parent.
    """

    def __init__(self, units: Iterable[Unit], legacy: Iterable[LegacyUnit] = ()) -> None:
        self._units = list(units)
        self._book = Phrasebook(self._units, legacy)

    def search(
        self, text: str, *, limit: int = 5, province: str | None = None, near: Point | None = None, on: date | None = None
    ) -> list[FoundUnit]:
        """Return the offices that the words most likely mean, best first, none where nothing is like them.

        `province` (a code) leaves out the others, `near` (latitude and longitude, degrees) decides between offices of one name,
        `on` leaves out those not valid on that day and gives their successors instead.
        """
        marks = unicodedata.normalize("NFC", text).lower()
        best: dict[int, tuple[float, str]] = {}
        for order, words in enumerate(self._readings(words_of(text))):
            if order and max(best.values(), default=(0.0, ""))[0] > SURE_ENOUGH_TO_STOP:
                break
            query = Query(self._book, words, whole=text[-1:].isspace())
            for score, named in self._best_of(query, province, near, max(limit, COMPARED_BY_LETTER)):
                score += query.alike(named) + self._small_things(named, marks, near) - SECOND_READING * bool(order)
                if score > best.get(named.unit, (0.0, ""))[0]:
                    best[named.unit] = (score, named.old)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        least = max(GOOD_ENOUGH, ranked[0][1][0] - NOT_MUCH_WORSE) if ranked else GOOD_ENOUGH
        return self._answers([(self._units[unit], *rest) for unit, rest in ranked if rest[0] >= least], limit, on)

    def nearest(self, latitude: float, longitude: float, limit: int = 5) -> list[FoundUnit]:
        """Return the offices with coordinates of their own nearest to a point (degrees), nearest first, no provinces."""
        placed = [n for n, unit in enumerate(self._units) if unit.latitude is not None and unit.type != PROVINCE]
        found = nsmallest(limit, placed, key=self._kilometres((latitude, longitude)))
        return [FoundUnit(self._units[n], self._parent_name(self._units[n])) for n in found]

    def get(self, code: str) -> Unit | None:
        """Return the office with a code, None where there is none."""
        number = self._book.at.get(code)
        return None if number is None else self._units[number]

    def _readings(self, words: Words) -> list[Words]:
        """Return the ways to take what was typed: with short forms written out, and cut into other words."""
        if not words:
            return []
        known = self._book.vocabulary
        taken = {self._book.short.understood(words, known, always): None for always in (False, True)}
        for reading in list(taken):
            for cut in known.split_or_joined(reading):
                if len(taken) < READINGS:
                    taken[cut] = None
        return list(taken)

    def _best_of(self, query: Query, province: str | None, near: Point | None, limit: int) -> list[tuple[float, Named]]:
        """Return the best offices for one reading of the query: places first, then the offices inside the best of them."""
        shared = query.phrases()
        top = self._top(shared, province)
        scored: dict[tuple[int, str], tuple[float, Named]] = {}

        def hold(named: Named, score: float) -> None:
            score -= LATER * min(named.later, 10)
            if score > scored.get((named.unit, named.old), (0.0, named))[0]:
                scored[named.unit, named.old] = (score, named)

        for phrase in top:
            for office in self._offices_named(phrase, province, near):
                hold(office, query.score(*query.explained(office)))
        for place in self._best_places(query, shared, top, province, hold):
            for office in self._offices_in(place, query, shared):
                hold(office, query.score(*query.explained(office)))
        return nlargest(limit, scored.values(), key=lambda pair: pair[0])

    def _best_places(
        self,
        query: Query,
        shared: Mapping[int, float],
        top: list[int],
        province: str | None,
        hold: Callable[[Named, float], None],
    ) -> list[Named]:
        """Return the places to look into, best first; every place looked at is held as an answer, too.

        Words that name a kind of office, or a province, must not crowd out those that name the commune: so places are also
        looked for without them. A place that was typed word for word is always among them.
        """
        book = self._book
        said = query.said(book.of_offices)
        rest = query.without(said)
        typed = self._places_typed(query.words)
        found = [*typed, *(phrase for phrase in book.provinces if shared.get(phrase, 0.0) > book.whole[phrase] / 2)]
        if not said or len(said) == len(query.words):
            found += top
        for besides in {said, said | query.said(book.of_provinces)}:
            if 0 < len(besides) < len(query.words):
                found += self._top(query.without(besides).phrases(), province)
        ranked: list[tuple[float, int, Named]] = []
        for place in (one for phrase in dict.fromkeys(found) for one in book.places_named.get(phrase, ())):
            if province is None or self._units[place.unit].province == province:
                shares, covered = query.explained(place)
                hold(place, query.score(shares, covered))
                ranked.append((rest.score(shares, covered) - OWN_NAME * bool(place.old), -len(ranked), place))
        best = nlargest(PLACES_LOOKED_INTO, ranked)
        best += nlargest(PLACES_LOOKED_INTO, (one for one in ranked if one[2].name in typed))
        best += nlargest(PROVINCES_LOOKED_INTO, (one for one in ranked if self._units[one[2].unit].type == PROVINCE))
        return list(dict.fromkeys(place for _score, _number, place in best))

    def _places_typed(self, words: Words) -> list[int]:
        """Return the phrases of places that stand in a query word for word, kind of place included."""
        lengths = range(2, LONGEST_PLACE + 1)
        runs = (words[at : at + length] for length in lengths for at in range(len(words) - length + 1))
        return [phrase for run in runs if (phrase := self._book.number.get(run, -1)) in self._book.places_named]

    def _top(self, shared: Mapping[int, float], province: str | None) -> list[int]:
        """Return the phrases worth looking at; more of them if only one province counts, as the others are in the way."""
        wide = PHRASES_LOOKED_AT if province is None else 4 * PHRASES_LOOKED_AT
        least = WORTH_A_LOOK * max(shared.values(), default=0.0)
        whole = self._book.whole
        fit = [
            (weight - MISSING * (whole[phrase] - weight) + WHOLE * weight / whole[phrase], phrase)
            for phrase, weight in shared.items()
            if weight >= least or weight > MOSTLY * whole[phrase]
        ]
        return [phrase for _fit, phrase in nlargest(wide, fit)]

    def _offices_named(self, phrase: int, province: str | None, near: Point | None) -> Iterator[Named]:
        named = self._book.units_named[phrase]
        if province is not None:
            named = [unit for unit in named if self._units[unit].province == province]
        if len(named) > SHARED_BY_MANY:
            named = named[:FEW] if near is None else nsmallest(FEW, named, key=self._kilometres(near))
        for unit in named:
            if self._book.main[unit] != phrase or not self._book.is_place(unit):
                yield self._book.as_named(unit, phrase)

    def _offices_in(self, place: Named, query: Query, shared: Collection[int]) -> Iterator[Named]:
        """Yield the offices of a place under the name that was typed; the place goes by the name under which it was found."""
        book = self._book
        for unit in book.inside[place.unit]:
            name = query.name_meant(book.kinds[unit], shared)
            if name >= 0:
                called = place.name if book.in_name[unit] else -1
                old = place.old or book.old_names.get((unit, name), "")
                yield Named(unit, name, called, (*place.around, place.name), old, place.later)

    def _kilometres(self, point: Point) -> Callable[[int], float]:
        """Return a measure of how far an office, or else the middle of its place, is from a point; far where nobody knows."""
        latitude, longitude = point
        narrow = math.cos(math.radians(latitude))

        def away(number: int) -> float:
            unit = self._units[number]
            if unit.latitude is None and self._book.place_of[number] >= 0:
                unit = self._units[self._book.place_of[number]]
            if unit.latitude is None or unit.longitude is None:
                return UNKNOWN_KM
            return DEGREE_KM * math.hypot(unit.latitude - latitude, (unit.longitude - longitude) * narrow)

        return away

    def _small_things(self, named: Named, marks: str, near: Point | None) -> float:
        bonus = 0.0 if named.old else OWN_NAME
        place = self._book.place_of[named.unit]
        bare = self._units[place if place >= 0 else named.unit].name.lower().partition(" ")[2]
        if bare and bare in marks:
            bonus += SAME_MARKS
        if near is not None:
            bonus += CLOSE_BY / (1 + self._kilometres(near)(named.unit) / CLOSE_KM)
        return bonus

    def _answers(self, found: list[tuple[Unit, float, str]], limit: int, on: date | None) -> list[FoundUnit]:
        answers: dict[str, FoundUnit] = {}
        for unit, score, old in found:
            now = [(unit, old)]
            if on is not None and not unit.valid_on(on):
                after = (self.get(code) for code in unit.successors)
                now = [(one, old or unit.name) for one in after if one is not None and one.valid_on(on)]
            for one, said in now:
                answers.setdefault(one.code, FoundUnit(one, self._parent_name(one), said, round(min(score, 1.0), 4)))
        return list(answers.values())[:limit]

    def _parent_name(self, unit: Unit) -> str:
        parent = self.get(unit.parent or "")
        return parent.name if parent else ""
