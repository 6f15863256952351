"""Foreign text made safe once, at the door."""

from __future__ import annotations

import re
import unicodedata

# Line and paragraph separators become line ends. Everything else here is dropped: control characters but for line end and
# tab, lone surrogates, the byte order mark, interlinear annotation, noncharacters, and the direction controls with which a
# line could be made to look like another one.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
# More than three marks on top of one letter occur in no language we know of; a pile of a thousand covers the lines around it.
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILE = re.compile(f"({_MARK}{{3}}){_MARK}+")


def clean_text(text: str) -> str:
    """Return the text in NFC, without control characters, lone surrogates, direction controls and piles of marks, trimmed."""
    text = _DROPPED.sub("", _LINE_ENDS.sub("\n", text))
    return _PILE.sub(r"\1", unicodedata.normalize("NFC", text)).strip()


def clean_line(text: str, limit: int) -> str:
    """Return the text as `clean_text` does, in one line, at most `limit` characters: for names and labels."""
    return " ".join(clean_text(text).split())[:limit].rstrip()


def clean_file_name(name: str) -> str:
    """Return a sender's file name without folders and without what a header, a file system or a page could trip over.

    At most 100 characters, the end of it where it is longer, as the end says what kind of file it is.
    """
    name = clean_line(name, 1000).replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r'["<>|:*?;]', "", name).strip(". ")[-100:]
