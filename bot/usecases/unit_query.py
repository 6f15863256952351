"""One way to read what somebody typed, held against the phrases of offices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from copy import copy
from itertools import pairwise, product

from rapidfuzz import fuzz

from bot.usecases.unit_phrases import LEAST_WEIGHT, Named, Phrasebook
from bot.usecases.unit_words import Words

# What a score is made of: how much of the query is explained, how much of the name was typed, how alike the letters are.
EXPLAINED, COVERED, ALIKE = 0.62, 0.26, 0.12
# How much words above the office, and words of former districts and provinces, explain of a query.
FROM_ABOVE, FROM_BEFORE = 0.97, 0.93
# How much the place counts in the name of an office, compared with its words.
PLACE_IN_NAME = 1.0
# How much of a province was said by who says only "tỉnh", as people there do.
KIND_OF_PROVINCE = 0.8
# Words in more phrases than this ("xã") choose between the phrases that others found, but find none.
TOO_COMMON = 1500
# How much words count that say something else (a kind of office), and how sure a word must be to be one of them.
SAID_ALREADY, SURE_ENOUGH = 0.05, 0.9
WEIGHT_OF_UNKNOWN = 0.5

# How well something explains each word of a query, 0 to 1; empty where it explains none.
Shares = list[float]
NOTHING: Shares = []


def either(one: Shares, other: Shares) -> Shares:
    """Return the better of two shares for each word."""
    if not one or not other:
        return one or other
    return [here if here > there else there for here, there in zip(one, other, strict=True)]


class Query:
    """What was typed, in words; remembers what it has worked out. `whole`: the last word is not the beginning of one."""

    def __init__(self, book: Phrasebook, words: Words, whole: bool) -> None:
        self.book = book
        self.words = words
        self.text = " ".join(words)
        self.weights: list[float] = []
        self.meant: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for position, word in enumerate(words):
            readings = book.vocabulary.readings(word)
            if not whole and position == len(words) - 1:
                readings = book.vocabulary.beginnings(word) | readings
            for meant, sure in readings.items():
                self.meant[meant].append((position, sure))
            self.weights.append(self._weight_of(word, readings))
        self.total = sum(self.weights) or 1.0
        self._vectors: dict[int, tuple[Shares, float, float]] = {}
        self._places: dict[int, Shares] = {}
        self._together: dict[tuple[tuple[int, ...], float], Shares] = {}
        self._names: dict[tuple[int, ...], int] = {}

    def _weight_of(self, word: str, readings: dict[str, float]) -> float:
        """Return how much a typed word tells; one that no name has, as much as those it may stand for."""
        weights = self.book.weights
        if word in weights:
            return weights[word]
        sure = sum(readings.values())
        return sum(weights[meant] * part for meant, part in readings.items()) / sure if sure else WEIGHT_OF_UNKNOWN

    def phrases(self) -> dict[int, float]:
        """Return the phrases that share a word with the query, with the weight they share."""
        shared: dict[int, float] = defaultdict(float)
        for word, positions in self.meant.items():
            phrases = self.book.having[word]
            if len(phrases) <= TOO_COMMON:
                worth = max(self.weights[position] * sure for position, sure in positions)
                if worth > LEAST_WEIGHT / 2:
                    for phrase in phrases:
                        shared[phrase] += worth
        return shared

    def without(self, positions: Collection[int]) -> Query:
        """Return the same reading in which some words count for little."""
        rest = copy(self)
        rest.weights = [weight * SAID_ALREADY if at in positions else weight for at, weight in enumerate(self.weights)]
        rest.total = sum(rest.weights) or 1.0
        return rest

    def said(self, pairs: Collection[tuple[str, str]]) -> frozenset[int]:
        """Return the positions of words that are such pairs: two words that stand side by side there and here."""
        sure: list[dict[str, float]] = [{} for _word in self.words]
        for meant, positions in self.meant.items():
            for at, how in positions:
                if how >= SURE_ENOUGH:
                    sure[at][meant] = how
        return frozenset(
            position
            for at, (here, there) in enumerate(pairwise(sure))
            for one, other in product(here, there)
            if (one, other) in pairs and here[one] * there[other] >= SURE_ENOUGH
            for position in (at, at + 1)
        )

    def vector(self, phrase: int) -> tuple[Shares, float, float]:
        """Return how well a phrase explains each word of the query, the weight of what was typed of it, and its whole weight."""
        known = self._vectors.get(phrase)
        if known is None:
            explained = [0.0] * len(self.words)
            words = [word for word in self.book.phrases[phrase] if word in self.meant]
            for word in words:
                for position, sure in self.meant[word]:
                    if sure > explained[position]:
                        explained[position] = sure
            typed = sum(self.book.weights[word] * self._typed(word, explained) for word in words)
            known = self._vectors[phrase] = (explained if words else NOTHING, typed, self.book.whole[phrase] or 1.0)
        return known

    def _typed(self, word: str, explained: Shares) -> float:
        """Return how surely a word of a name was typed, by a word that stands for no other of that name more surely."""
        return max((sure for at, sure in self.meant[word] if sure >= explained[at]), default=0.0)

    def explained(self, named: Named) -> tuple[Shares, float]:
        """Return how well an office under a name explains each word of the query, and which share of that name was typed."""
        name, typed, whole = self.vector(named.name)
        around = self._context(named.unit)
        if named.around:
            around = either(around, self._of_several(named.around, FROM_ABOVE))
        if named.place >= 0:
            around = either(around, self._of_several((named.place,), FROM_ABOVE))
            typed, whole = typed + PLACE_IN_NAME * self._typed_besides(name, named.place), whole + PLACE_IN_NAME
        return either(name, around), typed / whole

    def score(self, shares: Shares, typed: float) -> float:
        """Return what an office is worth that explains the query so well: 0 to EXPLAINED + COVERED."""
        said = 0.0
        for weight, share in zip(self.weights, shares, strict=False):
            said += weight * share
        return EXPLAINED * said / self.total + COVERED * typed

    def alike(self, named: Named) -> float:
        """Return how alike the query and the full name of an office are, letter by letter: 0 to ALIKE."""
        phrases, book = self.book.phrases, self.book
        parts = [phrases[named.name]]
        for phrase in (named.place, *named.around, *(book.main[one] for one in book.chain(named.unit))):
            if phrase >= 0 and phrases[phrase] not in parts:
                parts.append(phrases[phrase])
        best, said = 0.0, ""
        for part in parts:
            said = f"{said} {' '.join(part)}".strip()
            best = max(best, fuzz.ratio(self.text, said))
        return ALIKE * best / 100

    def name_meant(self, names: tuple[int, ...], shared: Collection[int]) -> int:
        """Return which of an office's names was typed, -1 for none of them; of equals the first."""
        known = self._names.get(names)
        if known is None:
            best, known = 0.0, -1
            for name in names:
                if name in shared:
                    explained, typed, whole = self.vector(name)
                    worth = self.score(explained, typed / whole)
                    if worth > best:
                        best, known = worth, name
            self._names[names] = known
        return known

    def _context(self, unit: int) -> Shares:
        """Return how well what lies above an office, and what its place was before, explain each word of the query."""
        book, place = self.book, self.book.place_of[unit]
        around = self._of_place(place) if place >= 0 else NOTHING
        if book.direct[unit]:
            return around
        return either(around, self._of_several(tuple(book.main[one] for one in book.between(unit)), FROM_ABOVE))

    def _of_place(self, place: int) -> Shares:
        known = self._places.get(place)
        if known is None:
            book, above = self.book, self.book.above[place]
            known = self._of_place(above) if above >= 0 else NOTHING
            known = either(known, self._of_several((book.main[place],), FROM_ABOVE))
            known = self._places[place] = either(known, self._of_several(book.before.get(place, ()), FROM_BEFORE))
        return known

    def _of_several(self, phrases: tuple[int, ...], worth: float) -> Shares:
        """Return how well phrases together explain each word, each taken for what it is worth."""
        known = self._together.get((phrases, worth))
        if known is None:
            known = NOTHING
            for phrase in phrases:
                explained = self.vector(phrase)[0]
                if explained:
                    known = either(known, [worth * share for share in explained])
            self._together[phrases, worth] = known
        return known

    def _typed_besides(self, name: Shares, place: int) -> float:
        """Return the share of a place that was typed in words which do not already explain the name of the office better."""
        explained, _typed, whole = self.vector(place)
        words = self.book.phrases[place]
        typed = 0.0
        for number, word in enumerate(words):
            free = (sure for at, sure in self.meant.get(word, ()) if sure >= explained[at] and (not name or sure > name[at]))
            sure = max(free, default=0.0)
            typed += sure * self.book.weights.get(word, 0.0)
            if number == 0 and sure == 1 and place in self.book.provinces:
                typed = KIND_OF_PROVINCE * whole
        return min(1.0, typed / whole)
