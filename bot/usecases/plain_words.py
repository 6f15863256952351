"""What somebody who watches deadlines asks in plain words, such as "quá hạn 5 ngày phường tam thanh".

Tone marks, capitals, order and small words do not matter. What was taken is a `Filter`, to be said back; what was not taken is
given back as it was written, to be said too: nothing is silently left out of a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.folding import fold
from bot.domain.units import FoundUnit
from bot.domain.watching import Asked, Clock, Filter, What

LONGEST = 16
"""A question of more words than this is none: somebody tells a story."""
OTHERS = 3
# How like the name of an office words must be: all of them, or a part of them while the others are said not to be understood;
# and how much less like it another is that they may mean as well. Scores of `unit_search`, where 1 is the name itself.
LIKE, SURELY, NEARLY = 0.85, 0.9, 0.05
LONGEST_NAME = 8

Search = Callable[[str], Sequence[FoundUnit]]
Rows = Mapping[str, Mapping[str, Any]]

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_NUMBERS = ("mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin", "muoi")
_N = rf"(\d{{1,3}}|{'|'.join(_NUMBERS)})"
_DAYS = r"(?: ngay)(?: lam viec)?"

# "Chậm 5 ngày" is late by so much; "chậm" alone is a way to treat people, and stays a word to search for.
_LATE_BY = rf"(?:cham|tre)(?= (?:tu |tren |hon |duoi |it nhat )?{_N} ngay)"
_WHAT = (
    (What.UNACCEPTED, r"(?:chua|khong)(?: co)?(?: ai)?(?: tiep)? nhan(?: viec)?|not accepted"),
    (What.OVERDUE, rf"(?:da |bi )?(?:qua|tre|cham|lo|vuot) (?:han|hen)(?: tra loi)?|{_LATE_BY}|overdue"),
    (What.DUE, r"(?:sap|gan) (?:(?:den|toi|het) )?han|(?:den|toi) han|sap (?:den|toi)|due(?: soon)?"),
    (What.OPEN, r"(?:dang|con) (?:mo|xu ly|ton|giai quyet)|ton dong|open"),
)
_CLOCKS = (
    (Clock.RED_LINE, r"(?:qua )?(?:lan ranh|vach|lan)(?: do)?(?: 45 ngay)?|qua 45 ngay|red line"),
    (Clock.LEGAL, r"(?:han |theo |cua )*luat(?: dinh)?|legal"),
    (Clock.SERVICE, r"han (?:dich vu|(?:cua )?tinh)"),
)
_EXTENSIONS = (
    (Asked.REFUSED, r"(?:khong (?:cho|duoc)|(?:bi )?tu choi) gia han"),
    (Asked.GRANTED, r"(?:da|duoc|da duoc) gia han"),
    (Asked.ASKED, r"(?:cho|xin|dang xin|de nghi|cho duyet) gia han"),
    (Asked.ANY, r"gia han|extension"),
)
_APOLOGY = r"(?:cho|chua|can|phai|no)?\s?xin loi|apology"
_CONTESTED = r"(?:dan )?(?:khong|chua) (?:dong y|hai long)|phan doi|contested"
_INTAKE = r"(?:o |con o |dang o )?(?:bo phan )?tiep nhan|chua (?:chuyen|phan cong)|intake"
_ABOVE = {"lanh dao": 1, "nguoi dung dau": 1, "thu truong": 1, "cap tren": 2, "tren": 2, "giam sat": 3, "chu tich": 4}
_LEVEL = rf"(?:(?:da )?(?:bao cao|bao|len)(?: len| toi| den)?(?: cap)?|cap) ({'|'.join(_ABOVE)})"
_SPANS = (
    (rf"(?:tu )?{_N} (?:den |toi )?{_N}{_DAYS}", lambda a, b: (a, b)),
    (rf"(?:tren|hon) {_N}{_DAYS}", lambda a: (a + 1, None)),
    (rf"(?:duoi|it hon) {_N}{_DAYS}", lambda a: (0, a - 1)),
    (rf"(?:trong vong|trong|toi da|khong qua|nhieu nhat|con) {_N}{_DAYS}", lambda a: (0, a)),
    (rf"(?:tu |it nhat |toi thieu )?{_N}{_DAYS}(?: tro len)?", lambda a: (a, None)),
)
_ONE_DAY = ((r"(?:trong )?hom nay|today", 0), (r"ngay mai|mai|tomorrow", 1), (r"ngay (?:kia|mot)", 2))
_UNIT = re.compile(
    r"\b(?:phuong|xa|dac khu|so|ubnd|uy ban|van phong|phong|ban|benh vien|khoa|truong|trung tam|tram|thanh tra|chi nhanh)\b"
)
_SMALL = frozenset(
    [
        *("o", "tai", "cua", "cac", "nhung", "cho", "xem", "toi", "minh", "danh", "sach", "vu", "viec", "don", "vi"),
        *("co", "la", "va", "voi", "thuoc", "ve", "ngay", "han", "theo", "nao", "bao", "nhieu", "hay", "di", "a", "nhe", "giup"),
        *("may", "con", "dang", "den", "linh", "vuc", "loai", "the", "of", "in", "for", "cases", "case", "show", "me"),
    ]
)
_UNREACHED = re.compile(
    r"(?:(?:xem |danh sach )?(?:nguoi dan |cong dan |dan )?(?:khong|chua) (?:lien lac|lien he|bao tin|toi|den) duoc"
    r"(?: (?:voi )?(?:nguoi dan|cong dan|dan))?|(?:citizens? )?(?:not reached|unreached))(?: (?:o |tai |cua )?(?P<name>.+))?"
)
_OFFICE = re.compile(r"(?:xem |cho xem )?(?:don vi|donvi|co quan) +(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Understood:
    """What was taken of a question, the other offices that its words may mean, and the words that nothing was made of."""

    asked: Filter
    others: tuple[FoundUnit, ...] = ()
    left: str = ""


def is_asking(text: str) -> bool:
    """Whether the words are a question of somebody who watches deadlines; a story of the same words is longer."""
    words = _Words(text)
    if not words or len(words) > LONGEST:
        return False
    said = (pattern for _value, pattern in (*_WHAT, *_EXTENSIONS))
    return any(words.has(pattern) for pattern in (*said, _APOLOGY, _LEVEL))


def office_asked(text: str) -> str:
    """Return the name in words such as "đơn vị tam thanh"; "" for any others."""
    found = _OFFICE.fullmatch(fold(text))
    return (
        text.split(maxsplit=len(text.split()) - len(found["name"].split()))[-1] if found and len(_Words(text)) <= LONGEST else ""
    )


def unreached_asked(text: str) -> str | None:
    """Return the office in words that ask which citizens were not reached, "" for all; None for other words."""
    found = _UNREACHED.fullmatch(fold(text))
    if found is None or len(_Words(text)) > LONGEST:
        return None
    return " ".join(text.split()[-len(found["name"].split()) :]) if found["name"] else ""


def understand(text: str, search: Search, categories: Rows, what: What | None = None) -> Understood:
    """Return what the words ask for; `search` finds offices by name, `what` is known already where a command said it."""
    words = _Words(text)
    words.take("ho so")
    asked = _days(words, _marked(words, what))
    return _named(words, asked, search, categories)


def _marked(words: _Words, what: What | None) -> Filter:
    """Return the filter by all that has fixed words; without a word on which cases, what is owed is asked of all open ones."""
    extension = words.first(_EXTENSIONS)
    said = words.first(_WHAT)
    level = words.take(_LEVEL)
    clock = words.first(_CLOCKS)
    apology, contested, intake = (words.take(pattern) is not None for pattern in (_APOLOGY, _CONTESTED, _INTAKE))
    if what is None and said is None and (words.has(r"(?:trong )?hom nay") or words.has(r"(?:ngay )?mai")):
        said = What.DUE
    owed = extension is not None or apology or contested or intake
    return Filter(
        what or said or (What.OPEN if owed else What.OVERDUE),
        clock=clock,
        level=_ABOVE[level[1]] if level else None,
        extension=extension,
        contested=contested,
        apology=apology,
        intake=intake,
    )


def _days(words: _Words, asked: Filter) -> Filter:
    if asked.what is What.DUE:
        for pattern, day in _ONE_DAY:
            if words.take(pattern):
                return replace(asked, first=day, last=day)
    for pattern, span in _SPANS:
        found = words.take(pattern)
        if found:
            first, last = span(*(_number(digits) for digits in found.groups()))
            if asked.what is What.DUE and last is None:
                first, last = 0, first  # "Due in five days" is up to five days, "five days overdue" from five on.
            return replace(asked, first=first or None if last is None else first, last=last)
    return asked


def _number(digits: str) -> int:
    return int(digits) if digits.isdecimal() else _NUMBERS.index(digits) + 1


def _named(words: _Words, asked: Filter, search: Search, categories: Rows) -> Understood:
    """Return the filter with the office and the category that the other words name."""
    pieces = words.pieces()
    phrases = _phrases(categories) if pieces else {}
    others: tuple[FoundUnit, ...] = ()
    left = []
    for piece in pieces:
        for part in _parted(piece):
            folded = fold(part)
            is_category = folded in phrases and not _UNIT.match(folded)
            found, rest = ((), "") if is_category else _offices(part, search)
            if is_category:
                asked = replace(asked, category=phrases[folded])
            elif found and not asked.unit:
                asked, others = replace(asked, unit=found[0].unit.code), tuple(found[1:])
                left += [word for word in rest.split() if fold(word) not in _SMALL]
            elif inner := _inside(folded, phrases):
                asked = replace(asked, category=phrases[inner])
                left += _rest(part, inner)
            else:
                left.append(part)
    return Understood(asked, others, " ".join(left))


def _parted(piece: str) -> list[str]:
    """Return a piece cut before the first word that begins the name of an office."""
    tokens = piece.split()
    begins = _UNIT.search(" ".join(fold(token) for token in tokens))
    if begins is None or begins.start() == 0:
        return [piece]
    at = len(" ".join(fold(token) for token in tokens)[: begins.start()].split())
    return [" ".join(tokens[:at]), " ".join(tokens[at:])]


def _offices(part: str, search: Search) -> tuple[Sequence[FoundUnit], str]:
    """Return the office that words mean, then those that they may mean as well, and the words that are no part of its name.

    Where the words as a whole are like no office, as many of them as name one are taken, from the first on or up to the last.
    """
    found = _alike(part, search, LIKE)
    if found:
        return found, ""
    words = part.split()
    if len(words) > LONGEST_NAME:
        return (), part
    for length in range(len(words) - 1, 0, -1):
        for first, rest in ((words[:length], words[length:]), (words[-length:], words[:-length])):
            found = _alike(" ".join(first), search, SURELY)
            if found:
                return found, " ".join(rest)
    return (), part


def _alike(words: str, search: Search, least: float) -> Sequence[FoundUnit]:
    found = list(search(words))
    if not found or found[0].score < least:
        return ()
    return [one for one in found if one.score >= found[0].score - NEARLY][: OTHERS + 1]


def _phrases(categories: Rows) -> dict[str, str]:
    """Return the codes of categories by what they are called and by the words of people; groups come first."""
    found: dict[str, str] = {}
    for code in sorted(categories, key=lambda code: (len(code), code)):
        row = categories[code]
        names = [str(row.get("vi") or ""), str(row.get("vi_short") or ""), str(row.get("en") or "")]
        pieces = [piece for name in names for piece in re.split(r"[,;/()]", name)]
        said = row.get("words") or ()
        people = said.split(";") if isinstance(said, str) else said
        for name in (*names, *pieces, *people):
            if key := fold(name):
                found.setdefault(key, code)
    return found


def _inside(folded: str, phrases: Iterable[str]) -> str:
    """Return the longest phrase of two words or more that stands in the words; "" none."""
    standing = [phrase for phrase in phrases if " " in phrase and f" {phrase} " in f" {folded} "]
    return max(standing, key=len, default="")


def _rest(part: str, inner: str) -> list[str]:
    tokens, taken = part.split(), inner.split()
    folded = [fold(token) for token in tokens]
    for at in range(len(folded)):
        if folded[at : at + len(taken)] == taken:
            kept = tokens[:at] + tokens[at + len(taken) :]
            return [word for word in kept if fold(word) not in _SMALL]
    return []


class _Words:
    """The words of a question, each taken once; what was taken parts what is left."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._folded = [fold(token) for token in self._tokens]
        self._taken: set[int] = set()

    def __len__(self) -> int:
        return len(self._tokens)

    def has(self, pattern: str) -> bool:
        """Whether words that fit are there."""
        return self._find(pattern) is not None

    def take(self, pattern: str) -> re.Match[str] | None:
        """Take the first words that fit; None: there are none."""
        found = self._find(pattern)
        if found:
            first = found.string[: found.start()].count(" ")
            self._taken.update(range(first, first + found[0].strip().count(" ") + 1))
        return found

    def first(self, table: Iterable[tuple[Any, str]]) -> Any:
        """Take the words of the first row of a table that are there, and return its value; None: of no row."""
        return next((value for value, pattern in table if self.take(pattern)), None)

    def pieces(self) -> list[str]:
        """Return what is left, as it was written, without small words at the ends; cut where something was taken."""
        runs: list[list[int]] = [[]]
        for place in range(len(self._tokens)):
            if place in self._taken:
                runs.append([])
            else:
                runs[-1].append(place)
        return [" ".join(self._tokens[place] for place in kept) for run in runs if (kept := self._trimmed(run))]

    def _trimmed(self, run: list[int]) -> list[int]:
        while run and self._folded[run[0]] in _SMALL:
            run = run[1:]
        while run and self._folded[run[-1]] in _SMALL:
            run = run[:-1]
        return run

    def _find(self, pattern: str) -> re.Match[str] | None:
        text = " ".join("|" if place in self._taken else word for place, word in enumerate(self._folded))
        return re.search(rf"(?<!\S)(?:{pattern})(?!\S)", text)
