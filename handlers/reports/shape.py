"""What a report is: defined once, it is a message in chat, an Excel file, a picture, and later a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.domain.people import Role
from bot.domain.periods import Period
from bot.text import Text, _, as_is
from bot.usecases.reporting import Asked

Kind = Literal["text", "date", "instant", "count", "percent"]
Cell = Text | str | int | float | date | datetime | None
Row = tuple[Cell, ...]
WATCHING = (Role.SUPERVISOR, Role.HEAD)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, what stands in it, and how wide it is in characters.

    A percent is a number from 0 to 100, a count any number; None is an empty cell.
    """

    heading: Text
    kind: Kind = "text"
    width: int = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: `rows(asked)` gives its lines, as wide as its columns."""

    title: Text
    columns: tuple[Column, ...]
    rows: Callable[[Asked], Awaitable[list[Row]]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: an office and how many of its answers were on time, on time with an extension, and late."""

    label: str
    parts: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: `name` in tokens and on the command line, for whom it exists, its tables, and its short form for a chat.

    `of_now`: it shows what is open at this moment, whatever the period. `bars` gives those of its picture where it has one.
    """

    name: str
    title: Text
    short: Callable[[Asked], Awaitable[Text]]
    sheets: tuple[Sheet, ...] = ()
    roles: tuple[Role, ...] = WATCHING
    of_now: bool = False
    bars: Callable[[Asked], Awaitable[list[Bar]]] | None = None


def period_name(period: Period) -> Text:
    """Return what a period is called, with its first and last day."""
    span = as_is(f"{period.first:%d/%m/%Y}–{period.last:%d/%m/%Y}")
    year = str(period.last.year)
    if period.months == 0:
        return _("week {span}")(span=span)
    if period.months == 1:
        return _("month {month}/{year} ({span})")(month=str(period.last.month), year=year, span=span)
    if period.months == 3:
        return _("quarter {quarter}/{year} ({span})")(quarter=str((period.last.month - 1) // 3 + 1), year=year, span=span)
    return _("year {year} ({span})")(year=year, span=span)


def office_name(asked: Asked, code: str) -> str:
    """Return the name of an office, its code where there is none any more."""
    unit = asked.work.units.get(code)
    return unit.name if unit else code


def heading(report_title: Text, asked: Asked, *, of_now: bool = False) -> Text:
    """Return the first lines of a report in a chat: what it is, of which office and of when."""
    when = _("As of {at}")(at=asked.now) if of_now else _("Period: {period}")(period=period_name(asked.period))
    office = as_is(office_name(asked, asked.unit))
    return Text("{title}\n{office}\n{when}", (("title", report_title), ("office", office), ("when", when)))


def percent(part: int, whole: int) -> float | None:
    """Return a share from 0 to 100 with one decimal, None of nothing."""
    return round(100 * part / whole, 1) if whole else None
