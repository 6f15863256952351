"""Whether words that a citizen wrote about an official mean a certain member of staff.

A match shuts that person out of the case, so the doubtful cases count as a match: too many are merely answered one level
higher, one too few shows a complaint to the person complained about (LAW B3, RELIABILITY G4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.domain.folding import fold

# How people are addressed; said before a name, and some of them names as well (Tuấn Anh, Linh Chi).
_ADDRESS = frozenset(["ong", "ba", "anh", "chi", "co", "chu", "bac", "em", "thay", "di", "cau", "mr", "mrs", "ms", "miss", "dr"])
# Posts and other words that are no names; the name ends where they begin.
_POSTS = re.compile(
    r"\b(?:can bo|cong chuc|vien chuc|nhan vien|truong phong|pho phong|pho truong phong|giam doc|chu tich|bi thu|chanh van phong"
    r"|truong khoa|pho khoa|truong tram|truong ban|hieu truong|hieu pho|bac si|y si|y ta|dieu duong|ho ly|cong an|thanh tra"
    r"|dia chinh|mot cua|van phong|lanh dao|bao ve|tiep dan|vi pham|phan anh|va|voi|hoac|cung|ten la|ten)\b"
)
_BREAKS = re.compile(r"[,;.:()/\n|+&]|\s[-–—]\s")
# Family names that, written without marks, are hardly anything else: next to a given name they say that it is somebody else's.
_FAMILY = frozenset(["nguyen", "tran", "pham", "hoang", "huynh", "bui"])
_LOOK_BACK = 3
_SHORT_BADGE = 3
_BADGE_PIECES = 4


def is_meant(typed: str, name: str, badge: str, same_office: bool) -> bool:
    """Whether `typed` means the member of staff with this name and badge.

    Tone marks, capitals, titles and posts do not matter. The whole name counts anywhere, as do two words of it with the given
    name among them; the given name alone counts only where he works in the office that the case is about. A badge of fewer
    than three characters counts only there too.
    """
    return bool(typed) and (_names(typed, name, same_office) or _wears(typed, badge, same_office))


class Meant:
    """One member of staff, to be looked for in very many texts: `by` says what `is_meant` says, mostly after one short look."""

    def __init__(self, name: str, badge: str) -> None:
        self._name, self._badge = name, badge
        self._given = fold(name).rpartition(" ")[2]
        self._key = fold(badge).replace(" ", "")

    def by(self, typed: str, same_office: bool) -> bool:
        """Whether `typed` means him; without his given name or his badge in it, nothing does."""
        words = fold(typed).split()
        if self._given in words or (self._key and self._key in "".join(words)):
            return is_meant(typed, self._name, self._badge, same_office)
        return False


def _names(typed: str, name: str, same_office: bool) -> bool:
    whole = fold(name)
    parts = whole.split()
    if len(parts) > 1 and f" {whole} " in f" {fold(typed)} ":
        return True
    return bool(parts) and any(_in_piece(words, parts, same_office) for words in _pieces(typed))


def _in_piece(words: Sequence[str], parts: Sequence[str], same_office: bool) -> bool:
    given = parts[-1]
    if given not in words:
        return False
    if len(parts) > 1 and set(parts) <= set(words):
        return True
    said = _without_address(words)
    if len(said) > 1 and set(said) <= set(parts):
        return True
    return any(_at(words, place, parts, same_office) for place, word in enumerate(words) if word == given)


def _at(words: Sequence[str], place: int, parts: Sequence[str], same_office: bool) -> bool:
    """Whether the given name at this place is his, by what stands before it."""
    before: list[str] = []
    for word in reversed(words[max(0, place - _LOOK_BACK) : place]):
        if word in _ADDRESS and word not in parts:
            break
        before.append(word)
    if any(word in _FAMILY and word not in parts for word in before):
        return False
    if before and before[0] in parts:
        return True
    merely_addressed = parts[-1] in _ADDRESS and place + 1 < len(words)
    return same_office and not merely_addressed


def _pieces(typed: str) -> Iterator[list[str]]:
    """Yield the folded words of the text, cut where a name cannot go on."""
    for piece in _BREAKS.split(typed):
        for part in _POSTS.split(fold(piece)):
            words = part.split()
            if words:
                yield words


def _without_address(words: Sequence[str]) -> Sequence[str]:
    first = 0
    while first < len(words) - 1 and words[first] in _ADDRESS:
        first += 1
    return words[first:]


def _wears(typed: str, badge: str, same_office: bool) -> bool:
    key = fold(badge).replace(" ", "")
    if not key or (len(key) < _SHORT_BADGE and not same_office):
        return False
    words = fold(typed).split()
    return any(
        "".join(words[start : start + length]) == key for start in range(len(words)) for length in range(1, _BADGE_PIECES + 1)
    )
