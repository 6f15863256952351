"""What somebody who watches deadlines sees: the open cases of his units that he asks for, each counted once.

The scope is in the query, the guard is applied to what comes back: whoever a case speaks about neither sees it nor is it counted
for him (RELIABILITY G4). The guard is asked once for all cases that are alike but for the words about the person; those words
are opened last, only of what is left and only where there are any. Nothing here is exact beyond `READ` cases, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from bot.domain.access import Tree
from bot.domain.deadlines import VIETNAM, local_day
from bot.domain.naming import Meant
from bot.domain.people import Role, Staff
from bot.domain.watching import (
    NOWHERE,
    SOON,
    Asked,
    Clock,
    Filter,
    Watched,
    What,
    due_until,
    late_since_before,
    overdue_since,
)
from bot.usecases.access import Reader, acting
from bot.usecases.calendars import Calendars
from bot.usecases.guarding import Guard, RememberedTree, tops
from bot.usecases.ports import UnitTree, Work

READ = 6_000
"""So many cases are read for one answer; it bounds how long the others wait for theirs (RELIABILITY E17)."""
RED_LINE = "REDLINE_45"
INTAKE = ""
LATE_BUCKETS = ((0, 0), (1, 2), (3, 4), (5, 9), (10, None))
LEFT_BUCKETS = ((0, 0), (1, 1), (2, 2), (3, SOON))
_EXTENDED = {Asked.ASKED: "asked", Asked.GRANTED: "granted", Asked.REFUSED: "refused"}


class Seen(NamedTuple):
    """A case that he may see: its row, the date that its days are counted to, and how many working days.

    `days` are by the calendar of the office that has it: days late where `date` was missed, else days left (None: not known).
    """

    row: Watched
    date: datetime | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Watch:
    """What there is for a filter, the longest overdue or first due on top. `more`: there was more than could be read."""

    asked: Filter
    seen: Sequence[Seen]
    more: bool


async def watch(work: Work, reader: Reader, asked: Filter, most: int = READ) -> Watch:
    """Return the cases that he asks for, of all that he watches: as supervisor or head, of his units and all below.

    At most `most` cases are read. An office that is not his narrows what is his to what that office handles of it. Raises the
    refusal of `not_found` for whoever has no role.
    """
    staff = acting(reader)
    units = scope_of(work.units, staff, asked)
    calendars = await Calendars.of(work)
    # Whoever watches a whole province watches what intake has not placed yet, too.
    at_the_top = any(work.units.parent(unit) is None for unit in staff.units(Role.SUPERVISOR))
    nowhere = [NOWHERE] if at_the_top and not asked.unit else []
    rows = await _read(work, asked, units, nowhere, calendars, most + 1)
    tree = RememberedTree(work.units)
    whole = work.now.replace(microsecond=0)
    chosen = [seen for row in rows[:most] if (seen := _chosen(row, asked, whole, tree, calendars))]
    if asked.clock is Clock.RED_LINE:
        _row, rule = await work.rules.policy(RED_LINE)
        since = red_line_since(work.now, rule.value)
        chosen = [seen for seen in chosen if seen.row.filed_at < since]
    return Watch(asked, await visible(work, staff, chosen), len(rows) > most)


def scope_of(tree: UnitTree, staff: Staff, asked: Filter | None = None) -> list[str]:
    """Return the codes of the units that he watches, or of those among them that the filter is about."""
    mine: dict[str, None] = {}
    for top in tops(staff):
        mine.update(dict.fromkeys(tree.below(top)))
    if asked is None or asked.unit not in mine:
        return list(mine)
    return [asked.unit] if asked.alone else tree.below(asked.unit)


async def visible(work: Work, staff: Staff, found: Sequence[Seen]) -> list[Seen]:
    """Return those of the cases that the access rules let him see; exact, as `may` on each whole case would be."""
    guard = Guard(staff, work.units)
    allowed = [seen for seen in found if guard.allows(seen.row)]
    words = await work.watch.officials([seen.row.id for seen in allowed])
    him = Meant(staff.name, staff.badge)
    return [seen for seen in allowed if (said := words.get(seen.row.id)) is None or not him.by(said, guard.same_office(seen.row))]


def red_line_since(now: datetime, days: int) -> datetime:
    """Return the instant before which a case was received that more calendar days than these ago (LAW 1.7)."""
    return datetime.combine(local_day(now) - timedelta(days=days), time(), VIETNAM).astimezone(UTC)


async def _read(
    work: Work, asked: Filter, units: list[str], nowhere: list[str], calendars: Calendars, limit: int
) -> list[Watched]:
    now, places = work.now, [*units, *nowhere]
    if asked.what is What.OVERDUE:
        before = late_since_before(asked.first, now) if asked.first else None
        return await work.watch.overdue(places, now, before, limit)
    if asked.what is What.DUE:
        return await work.watch.due(places, now, _until(asked, now, units, calendars), limit)
    if asked.what is What.UNACCEPTED:
        return await work.watch.unaccepted(places, now, limit)
    return await work.watch.open(places, limit)


def _until(asked: Filter, now: datetime, units: Iterable[str], calendars: Calendars) -> datetime:
    """Return how far to read: to the day that is within the days asked for at any office, as some are closed in between."""
    days = SOON if asked.last is None else asked.last
    differ = any(row.place for row in calendars.whole.rows)
    each = {id(calendar): calendar for calendar in map(calendars.at, units if differ else ())}
    return max(due_until(days, now, calendar) for calendar in (calendars.whole, *each.values()))


def _chosen(row: Watched, asked: Filter, now: datetime, tree: Tree, calendars: Calendars) -> Seen | None:
    """Return the case with its days, if it is what the filter asks for; None if not. `now` is a whole second."""
    missed = overdue_since(row.due_at, row.legal_due_at, now)
    if asked.what is What.DUE and missed is not None:
        return None
    if asked.category and not row.category.startswith(asked.category):
        return None
    if asked.level is not None and row.escalated != asked.level:
        return None
    if (asked.contested and not row.contested) or (asked.apology and row.apology != "due"):
        return None
    if asked.extension is not None and not (row.extension if asked.extension is Asked.ANY else _is(row, asked.extension)):
        return None
    if (asked.clock is Clock.SERVICE and not _passed(row.due_at, now)) or (
        asked.clock is Clock.LEGAL and not _passed(row.legal_due_at, now)
    ):
        return None
    if not _at_place(row, asked, tree):
        return None
    counted = missed or (row.ack_due_at if asked.what is What.UNACCEPTED else row.due_at)
    left = calendars.left(counted, row.handling_unit or row.unit) if counted else None
    past = counted is not None and _passed(counted, now)
    days = None if left is None else max(0, -left) if past else left
    if not _within(days, asked):
        return None
    return Seen(row, counted, days)


def _within(days: int | None, asked: Filter) -> bool:
    first, last = asked.first, asked.last
    if asked.what is What.DUE and first is None and last is None:
        last = SOON
    if first is None and last is None:
        return True
    return days is not None and (first or 0) <= days and (last is None or days <= last)


def _at_place(row: Watched, asked: Filter, tree: Tree) -> bool:
    if asked.intake and row.handling_unit is not None:
        return False
    if not asked.unit:
        return True
    place = row.unit if asked.intake else row.handling_unit
    return place is not None and (place == asked.unit if asked.alone else tree.within(place, asked.unit))


def _is(row: Watched, extension: Asked) -> bool:
    return row.extension == _EXTENDED[extension]


def _passed(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant < now


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a summary: the `name` of something of a `kind`, the filter that narrows to it, and how many that gives."""

    kind: str
    name: str
    asked: Filter
    count: int


async def summary(work: Work, reader: Reader, found: Watch) -> Mapping[str, list[Line]]:
    """Return the lines of a summary by kind: office, days, level, group, clock, extension, contested, apology.

    Each counts what its filter would list, so that the numbers of offices add up to the total. A kind that the filter has
    narrowed already is left out, but for offices, which go down one level of the tree at a time.
    """
    asked, seen, now = found.asked, found.seen, work.now.replace(microsecond=0)
    staff = acting(reader)
    _row, red_line = await work.rules.policy(RED_LINE)
    since = red_line_since(now, red_line.value)
    lines = {"office": _offices(work.units, staff, found)}
    if asked.first is None and asked.last is None and asked.what in (What.OVERDUE, What.DUE):
        lines["days"] = _by_days(asked, seen)
    if asked.level is None and asked.what is not What.DUE:
        levels = Counter(one.row.escalated for one in seen)
        lines["level"] = [Line("level", str(n), replace(asked, level=n), levels[n]) for n in (4, 3, 2, 1, 0) if levels[n]]
    if len(asked.category) != 1 and not asked.category:
        groups = Counter(one.row.category[:1] for one in seen).most_common()
        lines["group"] = [Line("group", name, replace(asked, category=name), count) for name, count in groups]
    elif len(asked.category) == 1:
        kinds = Counter(one.row.category for one in seen).most_common()
        lines["group"] = [Line("group", name, replace(asked, category=name), count) for name, count in kinds]
    if asked.clock is None and asked.what is What.OVERDUE:
        missed = {
            Clock.SERVICE: sum(_passed(one.row.due_at, now) for one in seen),
            Clock.LEGAL: sum(_passed(one.row.legal_due_at, now) for one in seen),
            Clock.RED_LINE: sum(one.row.filed_at < since for one in seen),
        }
        lines["clock"] = [Line("clock", clock.value, replace(asked, clock=clock), n) for clock, n in missed.items() if n]
    if asked.extension is None:
        states = Counter(one.row.extension for one in seen)
        lines["extension"] = [
            Line("extension", state.value, replace(asked, extension=state), states[stored])
            for state, stored in _EXTENDED.items()
            if states[stored]
        ]
    for kind, on, count in (
        ("contested", asked.contested, sum(one.row.contested for one in seen)),
        ("apology", asked.apology, sum(one.row.apology == "due" for one in seen)),
    ):
        if count and not on:
            lines[kind] = [
                Line(kind, "", replace(asked, contested=True) if kind == "contested" else replace(asked, apology=True), count)
            ]
    return lines


def _by_days(asked: Filter, seen: Sequence[Seen]) -> list[Line]:
    lines = []
    for first, last in LATE_BUCKETS if asked.what is What.OVERDUE else LEFT_BUCKETS:
        count = sum(one.days is not None and first <= one.days and (last is None or one.days <= last) for one in seen)
        if count:
            name = str(first) if last == first else f"{first}-{'' if last is None else last}"
            lines.append(Line("days", name, replace(asked, first=first, last=last), count))
    return lines


def _offices(tree: UnitTree, staff: Staff, found: Watch) -> list[Line]:
    """Return a line for each office below the one asked about, or below his own, each summed over all below it, most first.

    What waits at that office itself has a line of its own, as has what is with intake, and each office that is not his but
    has a case that is about one of his.
    """
    asked = found.asked
    if asked.alone or asked.intake:
        return []
    above = [asked.unit] if asked.unit else tops(staff)
    single = len(above) == 1
    counts: Counter[tuple[str, bool]] = Counter()
    known: dict[str | None, tuple[str, bool]] = {None: (INTAKE, True)}
    for one in found.seen:
        place = one.row.handling_unit
        if place not in known:
            known[place] = _below(tree, place or "", above, single)
        counts[known[place]] += 1
    if len(counts) == 1 and (asked.unit, True) in counts:
        return []
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        Line("office", code, replace(asked, unit=code, alone=alone) if code else replace(asked, intake=True), count)
        for (code, alone), count in ranked
    ]


def _below(tree: UnitTree, place: str, above: list[str], single: bool) -> tuple[str, bool]:
    """Return the office in whose line a place is counted, and whether it stands there for itself only."""
    line = [unit.code for unit in tree.line(place)]
    for top in above:
        if top not in line:
            continue
        if not single:
            return top, False
        at = line.index(top)
        return (line[at - 1], False) if at else (top, True)
    return place, True
