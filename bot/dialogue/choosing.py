"""Which line somebody means who types instead of pressing: its number, its words, or the beginning of them.

The same on every channel, as the numbers are: where there are buttons people type too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from bot.dialogue.values import Session

# `1`, `1.`, `1)`, `(1)`, `số 1`, `chọn 1`, `chọn số 1`, `câu 1`; full-width digits and keycap emoji are plain ones after NFKC.
_NUMBER = re.compile(r"(?:(?:chọn|chon)\s*)?(?:(?:số|so|câu|cau)\s*)?[(\[]?\s*([0-9]{1,2})\s*[.)\]]?")
# A line copied whole, with its number in front.
_LINE = re.compile(r"\(?([0-9]{1,2})[.):]\s*(\D.*)", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
LONGEST_WAY = 20
LONGEST_LABEL = 300
SHORTEST_BEGINNING = 2

# How people write short what many lines hold.
_SHORT = dict.fromkeys(("ko", "kg", "khg", "k", "hok"), "khong") | dict.fromkeys(("dc", "đc"), "duoc")

Fold = Callable[[str], str]


def number_in(words: str) -> int | None:
    """Return the number where the whole text is one way of typing it, else None; two digits at most."""
    if len(words) > LONGEST_WAY:
        return None
    plain = unicodedata.normalize("NFKC", words).replace("\ufe0f", "").replace("\u20e3", "").replace("🔟", "10")
    found = _NUMBER.fullmatch(unicodedata.normalize("NFC", plain).strip().lower())
    return int(found[1]) if found else None


def line_meant(session: Session, words: str, fold: Fold) -> str | None:
    """Return the token of the line whose number or whole words were typed, None where there is no such line or more than one.

    `fold` takes tone marks away; capitals and punctuation never count.
    """
    number = number_in(words)
    if number is not None:
        return session.shown[number - 1] if 1 <= number <= len(session.shown) else None
    copied = _LINE.fullmatch(words)
    if copied and 1 <= int(copied[1]) <= len(session.labels):
        place = int(copied[1]) - 1
        typed = _typed(copied[2])
        return session.shown[place] if typed and _begins(_words(session.labels[place]), typed, fold) else None
    typed = _typed(words)
    found = {token for token, label in _lines(session) if typed and _begins(_words(label), typed, fold, whole=True)}
    return found.pop() if len(found) == 1 else None


def lines_begun(session: Session, words: str, fold: Fold) -> list[str]:
    """Return the tokens of the lines that begin with what was typed, each once; a number begins none.

    Where none does, those that hold it further on count, from two words on: "trả lời" is "Viết trả lời".
    """
    typed = _typed(words)
    if len("".join(typed)) < SHORTEST_BEGINNING or "".join(typed).isdecimal():
        return []
    found = [token for token, label in _lines(session) if _begins(_words(label), typed, fold)]
    if not found and len(typed) > 1:
        found = [token for token, label in _lines(session) if _holds(_words(label), typed, fold)]
    return list(dict.fromkeys(found))


def _lines(session: Session) -> list[tuple[str, str]]:
    return list(zip(session.shown, session.labels, strict=False))


def _typed(words: str) -> list[str]:
    """Return the words typed; none for a command and for more than any label holds."""
    if words.startswith("/") or len(words) > LONGEST_LABEL:
        return []
    return [_SHORT.get(word, word) for word in _words(words)]


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def _holds(words: list[str], typed: list[str], fold: Fold) -> bool:
    """Whether the words of a label hold those typed, in a row and each of them whole."""
    return any(_begins(words[at : at + len(typed)], typed, fold, whole=True) for at in range(1, len(words) - len(typed) + 1))


def _begins(words: list[str], typed: list[str], fold: Fold, whole: bool = False) -> bool:
    """Whether the words of a label begin with these, the last of which may be unfinished; with `whole`, whether it has no others.

    A word typed without tone marks stands for all that differ in them alone; one typed with them for itself: "đúng" (right) is
    not "dừng" (stop).
    """
    if len(words) < len(typed) or (whole and len(words) > len(typed)):
        return False
    *former, last = typed
    if not all(_same(word, one, fold) for word, one in zip(words, former, strict=False)):
        return False
    word = words[len(former)]
    return _same(word, last, fold) or (not whole and (word.startswith(last) or fold(word).startswith(last)))


def _same(word: str, typed: str, fold: Fold) -> bool:
    return typed in (word, fold(word)) or _spelled(typed) == _spelled(word)


def _spelled(word: str) -> tuple[str, list[str]]:
    """Return letters and marks apart, so that "hoà" and "hòa" are the same word."""
    parts = unicodedata.normalize("NFD", word)
    marks = sorted(letter for letter in parts if unicodedata.combining(letter))
    return "".join(letter for letter in parts if not unicodedata.combining(letter)), marks
