"""Reading a table of rules: a CSV file in this package, checked value by value."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
FOLDER = Path(__file__).parent


class WrongRule(ValueError):
    """A row of rules that cannot be used; the message names file, line, column, value and what was expected."""


class Row:
    """One line of a table; every getter takes a column name and raises WrongRule where the value is not of that kind."""

    def __init__(self, file: str, line: int, values: dict[str, str | None]) -> None:
        self.file = file
        self.line = line
        self.values = values

    def wrong(self, column: str, expected: str) -> WrongRule:
        """Return the error that says where the wrong value stands."""
        return WrongRule(f"{self.file}, line {self.line}, {column}: {self.values.get(column)!r} is not {expected}")

    def optional(self, column: str) -> str:
        """Return the words in a column, "" where it is empty."""
        value = self.values.get(column)
        if value is None:
            raise self.wrong(column, "there (too few columns, or a missing one)")
        return value.strip()

    def words(self, column: str) -> str:
        """Return the words in a column that must not be empty."""
        value = self.optional(column)
        if not value:
            raise self.wrong(column, "filled in")
        return value

    def one_of(self, column: str, allowed: Collection[str]) -> str:
        """Return the word in a column if it is among the allowed ones."""
        value = self.optional(column)
        if value not in allowed:
            raise self.wrong(column, "one of " + ", ".join(repr(word) for word in allowed))
        return value

    def number_or_none(self, column: str) -> int | None:
        """Return a whole number, zero or more, or None where the column is empty."""
        value = self.optional(column)
        if value and not (value.isascii() and value.isdigit()):
            raise self.wrong(column, "a whole number")
        return int(value) if value else None

    def number(self, column: str) -> int:
        """Return a whole number, zero or more, that must be there."""
        value = self.number_or_none(column)
        if value is None:
            raise self.wrong(column, "a whole number")
        return value

    def degrees(self, column: str) -> float:
        """Return a coordinate in degrees."""
        try:
            return float(self.words(column))
        except ValueError:
            raise self.wrong(column, "a number of degrees") from None

    def yes(self, column: str) -> bool:
        """Return whether the column says yes; only "yes" and "no" are known."""
        return self.one_of(column, ("yes", "no")) == "yes"

    def day_or_none(self, column: str) -> date | None:
        """Return a day written 2026-11-24, or None where the column is empty."""
        value = self.optional(column)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise self.wrong(column, "a day like 2026-11-24") from None

    def day(self, column: str) -> date:
        """Return a day that must be there."""
        value = self.day_or_none(column)
        if value is None:
            raise self.wrong(column, "a day like 2026-11-24")
        return value

    def several(self, column: str) -> tuple[str, ...]:
        """Return the words between semicolons, in order."""
        return tuple(part.strip() for part in self.optional(column).split(";") if part.strip())


def rows_of(file: str, folder: Path = FOLDER) -> list[Row]:
    """Return the rows of a table in the order of the file; raises WrongRule for a row with too many columns."""
    with (folder / file).open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        rows = [Row(file, reader.line_num, values) for values in reader]
    for row in rows:
        if None in row.values:
            raise WrongRule(f"{file}, line {row.line}: more columns than the head of the table")
    return rows


def by_code(file: str, make: Callable[[Row], T], folder: Path = FOLDER) -> dict[str, T]:
    """Return a table by the values of its column `code`, in the order of the file; raises WrongRule where a code comes twice."""
    table: dict[str, T] = {}
    for row in rows_of(file, folder):
        code = row.words("code")
        if code in table:
            raise row.wrong("code", "new: it stands further up already")
        table[code] = make(row)
    return table


def plain_rows(file: str, columns: Sequence[str], folder: Path = FOLDER) -> list[list[str]]:
    """Return the rows of a long table as lists, in the order of the file, where looking at every value by name takes too long.

    Raises WrongRule where the head is not `columns` or a row is shorter or longer.
    """
    with (folder / file).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    if not rows or rows[0] != list(columns):
        raise WrongRule(f"{file}, line 1: the head is not {','.join(columns)}")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(columns):
            raise WrongRule(f"{file}, line {number}: {row!r} has not {len(columns)} columns")
    return rows[1:]
