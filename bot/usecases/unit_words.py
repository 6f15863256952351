"""What somebody may have meant by the words of a search: abbreviations, slips of the finger, marks left over from typing."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot import rules
from bot.domain.folding import fold

Words = tuple[str, ...]

MOST_WORDS = 16
MOST_LETTERS = 160
# How sure a reading of a word is; 1 is the word itself.
TYPED_MARKS = 0.97
SAME_SOUND = 0.86
ONE_SLIP = {2: 0.5, 3: 0.66, 4: 0.74}
ONE_SLIP_IN_A_LONG_WORD = 0.78
BEGINNING = 0.6

_GLUED = re.compile(r"([pqxh])(\d{1,2})$")
_VOWEL_THEN_MARK = re.compile(r"(?<=[aeiouy])([a-z]*?)[sfrxj]")
_DOUBLED = re.compile(r"([aeod])\1")
_HORN = re.compile(r"(?<=[aou])w")
_SOUNDS = (
    *(("ngh", "ng"), ("gh", "g"), ("tr", "ch"), ("gi", "d"), ("ph", "f"), ("kh", "h"), ("qu", "w"), ("k", "c"), ("q", "c")),
    *(("y", "i"), ("x", "s"), ("z", "d"), ("r", "d"), ("l", "n"), ("j", "d")),
)


def sound(word: str) -> str:
    """Return what a word sounds like to ears that do not tell apart l and n, s and x, tr and ch, i and y."""
    for spelling, plain in _SOUNDS:
        word = word.replace(spelling, plain)
    return word


def without_typed_marks(word: str) -> str:
    """Return a word without the letters and digits that the typing methods Telex and VNI turn into marks, where they stayed."""
    bare = "".join(letter for letter in word if not letter.isdigit()) if not word.isdigit() else word
    bare = _DOUBLED.sub(r"\1", _HORN.sub("", bare))
    return _VOWEL_THEN_MARK.sub(r"\1", bare, count=1) if bare == word or word.isalpha() else bare


class Abbreviations:
    """The short forms of offices, from abbreviations.csv."""

    def __init__(self) -> None:
        self.meanings: dict[str, list[rules.Abbreviation]] = {}
        for one in rules.abbreviations():
            self.meanings.setdefault(one.short, []).insert(0, one)
        self.long_ones = {short for short in self.meanings if len(short) > 2}

    def written_out(self, words: Words) -> Words:
        """Return the words of a name with its acronyms written out; single letters stay, as some names have them."""
        if self.long_ones.isdisjoint(words):
            return words
        return tuple(part for word in words for part in (self.meanings[word][0].words if word in self.long_ones else (word,)))

    def understood(self, words: Words, known: Container[str], always: bool) -> Words:
        """Return the words of a query with short forms written out, also those typed in pieces (`tn-mt`).

        A short form that is also a word of some name (`ca`: công an, but Cà Mau) is written out only if `always` says so.
        """
        out: list[str] = []
        at = 0
        while at < len(words):
            for end in (at + 3, at + 2):
                pieces = words[at:end]
                if len(pieces) == end - at and all(len(piece) <= 3 for piece in pieces) and "".join(pieces) in self.long_ones:
                    if any(piece in known and len(piece) > 2 for piece in pieces):
                        continue
                    out += self.meanings["".join(pieces)][0].words
                    at = end
                    break
            else:
                out += self._one(words, at) if always or len(words[at]) == 1 or words[at] not in known else (words[at],)
                at += 1
        return tuple(out)

    def _one(self, words: Words, at: int) -> Words:
        following = words[at + 1] if at + 1 < len(words) else ""
        for one in self.meanings.get(words[at], ()):
            if not one.before or following.startswith(one.before):
                return one.words
        return (words[at],)


def words_of(text: str) -> Words:
    """Return the folded words of a name or a query; `p5` comes apart, numbers lose their leading zeros."""
    words: list[str] = []
    for word in fold(text[:MOST_LETTERS]).split()[:MOST_WORDS]:
        glued = _GLUED.match(word)
        words += glued.groups() if glued else (word,)
    return tuple(str(int(word)) if word.isascii() and word.isdigit() else word for word in words)


class Vocabulary:
    """All words that names of offices have, and which stand side by side there; finds what a typed word may stand for."""

    def __init__(self, words: Iterable[str], pairs: Collection[tuple[str, str]]) -> None:
        self.words = dict.fromkeys(words)
        self.pairs = pairs
        self.typable = [word for word in self.words if not word.isdigit()]
        self.by_sound: dict[str, list[str]] = {}
        for word in self.typable:
            self.by_sound.setdefault(sound(word), []).append(word)
        self._found: dict[str, dict[str, float]] = {}

    def __contains__(self, word: object) -> bool:
        return word in self.words

    def readings(self, word: str) -> dict[str, float]:
        """Return the words of the vocabulary that a typed one may stand for, each with how sure that is (0 to 1).

        One slip is one letter more, less, other or swapped. Numbers and single letters are taken as they are.
        """
        found = self._found.get(word)
        if found is None:
            if len(self._found) > 20_000:
                self._found.clear()
            found = self._found[word] = self._readings(word)
        return found

    def _readings(self, word: str) -> dict[str, float]:
        found: dict[str, float] = {}
        if len(word) > 1 and not word.isdigit():
            sure = ONE_SLIP.get(len(word), ONE_SLIP_IN_A_LONG_WORD)
            for near, _distance, _index in process.extract(
                word, self.typable, scorer=OSA.distance, score_cutoff=1, limit=None, processor=None
            ):
                if len(near) > 1:
                    found[near] = min(sure, ONE_SLIP.get(len(near), ONE_SLIP_IN_A_LONG_WORD))
            for alike in self.by_sound.get(sound(word), ()):
                found[alike] = SAME_SOUND
            bare = without_typed_marks(word)
            if bare in self.words and word not in self.words:
                found[bare] = TYPED_MARKS
        if word in self.words:
            found[word] = 1.0
        return found

    def beginnings(self, word: str) -> dict[str, float]:
        """Return the words that begin with the last word typed, so far as it is not whole."""
        if len(word) < 2:
            return {}
        return {longer: BEGINNING for longer in self.typable if longer.startswith(word) and longer != word}

    def split_or_joined(self, words: Words) -> Iterator[Words]:
        """Yield other ways to cut a query into words, where a space was left out, put in or hit by mistake.

        The new words stand side by side in some name; or nothing else is known that the old ones could mean.
        """
        for at, word in enumerate(words):
            if at:
                for pair in self._moved_space(words[at - 1], word):
                    if self._fit(*words[max(0, at - 2) : at - 1], *pair, *words[at + 1 : at + 2]) or not self.readings(word):
                        yield (*words[: at - 1], *pair, *words[at + 1 :])
            if word not in self.words and len(word) > 3:
                for pieces in self._pieces(word):
                    yield (*words[:at], *pieces, *words[at + 1 :])

    def _fit(self, *words: str) -> bool:
        return any(pair in self.pairs for pair in pairwise(words))

    def _moved_space(self, before: str, word: str) -> Iterator[Words]:
        """Yield two words as one, or with a letter moved over the space between them, where one of them is no word as it is."""
        if before in self.words and word in self.words and len(before) > 1 and len(word) > 1:
            return
        if before + word in self.words:
            yield (before + word,)
        for left, right in ((before[:-1], before[-1] + word), (before + word[0], word[1:])):
            if left in self.words and right in self.words:
                yield (left, right)

    def _pieces(self, word: str) -> list[Words]:
        """Return ways in which a word is two words glued together, one of them with a slip if nothing else fits."""
        cuts = [(word[:cut], word[cut:]) for cut in range(1, len(word))]
        whole = [cut for cut in cuts if cut[0] in self.words and cut[1] in self.words]
        found = [cut for cut in whole if cut in self.pairs][:2]
        if not found and not self.readings(word):
            found = whole[:3] or [cut for cut in cuts if self._nearly(*cut)][:2]
        return list(found)

    def _nearly(self, left: str, right: str) -> bool:
        """Whether one half is a word and the other may stand for one that follows or goes before it in some name."""
        if left in self.words:
            return any((left, near) in self.pairs for near in self.readings(right))
        return right in self.words and any((near, right) in self.pairs for near in self.readings(left))
