"""Words as people type them: without tone marks, capitals and punctuation."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u036f]+")
_WORDS = re.compile(r"[^\W_]+")
# Normalising leaves these as they are, since their stroke is no mark; the second is the Icelandic letter that old fonts used.
_STROKES = str.maketrans("đð", "dd")


def fold(text: str) -> str:
    """Return the words of a text in lower case without tone marks, đ as d, all else as single spaces; "" for no words.

    Composed and decomposed letters come out the same, as do "Hòa" and "Hoà". Letters of other scripts stay.
    """
    plain = text.lower()
    if not plain.isascii():
        plain = _MARKS.sub("", unicodedata.normalize("NFKD", plain)).translate(_STROKES)
    return " ".join(_WORDS.findall(plain))
