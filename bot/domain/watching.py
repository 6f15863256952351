"""What somebody who watches deadlines asks for: which cases, narrowed by filters that add up; and the row of a case he sees.

A filter is written into buttons, so it is small; it is user input and carries no right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.domain.calendar import CalendarMissing, WorkCalendar
from bot.domain.deadlines import end_of_day, local_day, working_days_left

SOON = 5
"""Working days within which a case counts as due soon, unless other days are asked for."""
LEVELS = (1, 2, 3, 4)
"""How far the ladder has gone: head, superior, supervisor, chair (LAW 2.2 ESCALATE)."""


class What(StrEnum):
    """Which cases; each value is one letter, as it stands in a button."""

    OVERDUE = "o"  # Open, and the service clock or the legal one was missed.
    DUE = "d"  # Open, not overdue, and due within some working days.
    OPEN = "a"
    UNACCEPTED = "n"  # Forwarded, and not accepted in the time for that.


class Clock(StrEnum):
    """Which time limit was missed (LAW 0.1 C11, 1.7)."""

    SERVICE = "s"
    LEGAL = "l"
    RED_LINE = "r"


class Asked(StrEnum):
    """What there is to an extension; `ANY` is whatever came of it."""

    ANY = "y"
    ASKED = "a"
    GRANTED = "g"
    REFUSED = "r"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases somebody asks for; what is left out does not narrow. Filters add up.

    `unit` is an office and all below it, `alone` it alone. `first` and `last` count working days by each office's own calendar:
    late for what is overdue, left for what is due (None: open-ended). `level` is how far the ladder went (0 nowhere).
    `category` is a category or a group of them. `intake`: those that wait for intake.
    """

    what: What = What.OVERDUE
    unit: str = ""
    alone: bool = False
    first: int | None = None
    last: int | None = None
    clock: Clock | None = None
    level: int | None = None
    category: str = ""
    extension: Asked | None = None
    contested: bool = False
    apology: bool = False
    intake: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it leaves out anything."""
        return self != Filter(self.what)

    def written(self) -> str:
        """Return it as it stands in a button, such as `o~u20-SYT~l3-4`; `read` takes it back."""
        pieces = [self.what.value]
        if self.unit:
            pieces.append(("v" if self.alone else "u") + self.unit)
        if self.first is not None or self.last is not None:
            pieces.append(f"l{'' if self.first is None else self.first}-{'' if self.last is None else self.last}")
        pieces += [f"c{self.clock.value}"] if self.clock else []
        pieces += [f"e{self.level}"] if self.level is not None else []
        pieces += [f"g{self.category}"] if self.category else []
        pieces += [f"x{self.extension.value}"] if self.extension else []
        pieces += [letter for letter, on in (("k", self.contested), ("s", self.apology), ("i", self.intake)) if on]
        return "~".join(pieces)


_PIECES = re.compile(
    r"(?P<alone>v)(?P<only>[A-Za-z0-9-]{1,32})|u(?P<unit>[A-Za-z0-9-]{1,32})|l(?P<first>\d{0,3})-(?P<last>\d{0,3})"
    r"|c(?P<clock>[slr])|e(?P<level>[0-4])|g(?P<category>[A-Z]\d{0,2})|x(?P<extension>[yagr])"
    r"|(?P<contested>k)|(?P<apology>s)|(?P<intake>i)"
)


def read(written: str) -> Filter | None:
    """Return the filter that `Filter.written` wrote; None for anything else."""
    what, *pieces = written.split("~")
    if what not in set(What):
        return None
    kept = Filter(What(what))
    for piece in pieces:
        found = _PIECES.fullmatch(piece)
        if found is None:
            return None
        kept = _narrowed(kept, found)
    return kept


def _narrowed(kept: Filter, found: re.Match[str]) -> Filter:
    """Return the filter with one more piece; a later piece of a kind takes the place of an earlier one."""
    kind = found.lastgroup
    if kind in ("contested", "apology", "intake"):
        return replace(
            kept,
            contested=kept.contested or kind == "contested",
            apology=kept.apology or kind == "apology",
            intake=kept.intake or kind == "intake",
        )
    if found["unit"] or found["only"]:
        return replace(kept, unit=found["unit"] or found["only"], alone=bool(found["only"]))
    if found["clock"]:
        return replace(kept, clock=Clock(found["clock"]))
    if found["level"]:
        return replace(kept, level=int(found["level"]))
    if found["category"]:
        return replace(kept, category=found["category"])
    if found["extension"]:
        return replace(kept, extension=Asked(found["extension"]))
    return replace(kept, first=_number(found["first"]), last=_number(found["last"]))


def _number(digits: str) -> int | None:
    return int(digits) if digits else None


NOWHERE = ""
"""Among the offices that somebody watches: the cases whose office nobody knows yet, which intake has."""


class Watched(NamedTuple):
    """A case as it is watched: no words, and nothing that leads to who sent it. A light row, as thousands are read at a time.

    `about`, `kind`, `status`, `extension`, `apology` are the values of their enums, `flags` and `helping` as they are stored:
    words with spaces between them.
    """

    id: int
    code: str
    unit: str | None
    handling_unit: str | None
    handler: int | None
    category: str
    kind: str
    about: str
    flags: str
    helping: str
    status: str
    filed_at: datetime
    due_at: datetime | None
    legal_due_at: datetime | None
    ack_due_at: datetime | None
    escalated: int
    extension: str
    apology: str
    contested: bool
    paused_until: datetime | None


def overdue_since(due_at: datetime | None, legal_due_at: datetime | None, now: datetime) -> datetime | None:
    """Return the earliest of the two dates of an open case that were missed by `now`; None: neither was.

    The due second itself is still on time, as in `deadlines.standing_on`; `storage.watch` has the same rule in SQL.
    """
    whole = now.replace(microsecond=0)
    return min((date for date in (due_at, legal_due_at) if date is not None and date < whole), default=None)


def days_late(due: datetime, now: datetime, calendar: WorkCalendar) -> int | None:
    """Return the working days after the due day up to today: 0 where only days of rest have passed.

    Source of the count: LAW 8.2 BC3 "Quá (ngày lv)". None where the calendar lacks a year.
    """
    left = days_left(due, now, calendar)
    return None if left is None else max(0, -left)


def days_left(due: datetime, now: datetime, calendar: WorkCalendar) -> int | None:
    """Return the working days after today up to the due day, 0 on that day; None where the calendar lacks a year."""
    try:
        return working_days_left(due, now, calendar)
    except CalendarMissing:
        return None


def late_since_before(days: int, now: datetime) -> datetime:
    """Return an instant before which everything fell due that is so many working days late: they take as many days or more."""
    return end_of_day(local_day(now) - timedelta(days=days)) + timedelta(seconds=1)


def due_until(days: int, now: datetime, calendar: WorkCalendar) -> datetime:
    """Return the last instant of what is due within so many working days: the night before the next one begins.

    Where the calendar lacks a year, weekdays count.
    """
    today: date = local_day(now)
    try:
        return end_of_day(calendar.add_working_days(today, days + 1) - timedelta(days=1))
    except CalendarMissing:
        return end_of_day(today + timedelta(days=days * 7 // 5 + 3))
