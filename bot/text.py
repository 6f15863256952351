"""Sentences that are not yet in any language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Union

Value = Union[str, int, date, datetime, "Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """A whole sentence in the source language (English), with named places to fill.

    It becomes a string only when the reader is known, because one turn may speak to a citizen, a head and a supervisor in
    different languages. `plural` with `count` gives the form for other numbers than one. Dates and instants stay what they
    are, so that each language writes them its own way. `local` holds the same words by language where they are data, not ours:
    a row of the rules.
    """

    message: str
    values: tuple[tuple[str, Value], ...] = ()
    plural: str = ""
    count: int | None = None
    local: tuple[tuple[str, str], ...] = ()

    def __call__(self, **values: Value) -> Text:
        """Return the same sentence with these places filled."""
        return Text(self.message, self.values + tuple(values.items()), self.plural, self.count, self.local)

    def __bool__(self) -> bool:
        return bool(self.message)


def _(message: str) -> Text:
    """Return a sentence to be found in the catalogues; `message` is the English one, a literal."""
    return Text(message)


def ngettext(one: str, many: str, count: int) -> Text:
    """Return the sentence for `count` things, with `{count}` already filled."""
    return Text(one, (("count", count),), many, count)


def as_is(words: str) -> Text:
    """Return words that are the same in every language: a name, a code, what a citizen wrote."""
    return Text("{words}", (("words", words),))


def in_rules(en: str, vi: str) -> Text:
    """Return words that a row of the rules has in both languages, such as the name of a category."""
    return Text("{words}", (("words", en),), local=(("vi", vi), ("en", en)))


def joined(*parts: Text, by: str = "\n") -> Text:
    """Return several sentences one after the other, with `by` (never a word) between them; empty ones are left out."""
    kept = [part for part in parts if part]
    places = tuple((f"p{n}", part) for n, part in enumerate(kept))
    return Text(by.join("{" + name + "}" for name, _part in places), places)


def first_paragraph(text: Text) -> Text:
    """Return what stands above the first blank line of texts that were `joined` by one; any other text whole."""
    first, _blank, rest = text.message.partition("\n\n")
    name = first.removeprefix("{").removesuffix("}")
    value = dict(text.values).get(name)
    return value if rest and isinstance(value, Text) and first == "{" + name + "}" else text
