"""To whom a case goes. Source: LAW 1.5 (competence), 2.2 ("who sees a case first"), 5.2; L.25/2018/QH14 art. 12-13."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from bot.domain.access import CONFLICT, DENUNCIATION, SENSITIVE, Tree, about_unit_as_such, excluded, moved_to
from bot.domain.cases import About, Case
from bot.domain.naming import is_meant
from bot.domain.people import Role, Staff
from bot.domain.posts import about_whom, whose

LEADERS = (Role.HEAD, Role.DEPUTY)
_STEPS = 5


class Why(Enum):
    """Why a case went where it went; stored with the event."""

    CHOSEN = "chosen"  # The office that the citizen chose.
    CONFLICT = "conflict"  # Past somebody or a unit that the case speaks about.
    NO_HEAD = "no_head"  # The office has no head here yet: the nearest superior who has joined.
    INTAKE = "intake"  # Intake sent it there.
    BOUNCED = "bounced"  # Returned twice: the superior decides whose it is.
    CONTESTED = "contested"  # The citizen is not satisfied: the superior looks again.
    UNKNOWN_OFFICE = "unknown_office"  # From here on intake has it.
    OUTSIDE = "outside"  # A body with its own line of command.
    DENUNCIATION = "denunciation"
    SENSITIVE = "sensitive"
    RETURNED = "returned"
    REORGANISED = "reorganised"  # Its office ended: whoever took it over, or managed it.
    SUCCESSORS = "successors"  # Its office ended and several took it over: intake says which.
    NOBODY = "nobody"  # Up to the top there is no head who has joined and whom it does not speak about.


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes: to the head of `unit`, or to intake when that is None."""

    unit: str | None
    why: Why


def route(case: Case, tree: Tree, leaders: Sequence[Staff], *, by_hand: bool = False) -> Route:
    """Return where a case goes that is filed, or with `by_hand` that intake sends on.

    `leaders` are the heads and deputies that have joined, at least those of `tree.line(case.unit)`. What only intake may
    send on (denunciation, sensitive categories) is left to them unless they do it by hand; a body with its own line of command
    never gets a case from here. A conflict goes to the superior head, and on up to one whom the case does not speak about.
    """
    if case.unit is None or tree.get(case.unit) is None:
        return Route(None, Why.UNKNOWN_OFFICE)
    if any(unit.outside for unit in tree.line(case.unit)):
        return Route(None, Why.OUTSIDE)
    if not by_hand and DENUNCIATION in case.flags:
        return Route(None, Why.DENUNCIATION)
    if not by_hand and SENSITIVE in case.flags:
        return Route(None, Why.SENSITIVE)
    conflict = about_unit_as_such(case) or leaders_meant(case, leaders)
    return _first_head(case, tree, leaders, case.unit, Why.CHOSEN, skip=conflict)


def route_above(case: Case, tree: Tree, leaders: Sequence[Staff], unit: str, why: Why) -> Route:
    """Return the nearest head above `unit` who has joined and whom the case does not speak about; intake where there is none."""
    found = _first_head(case, tree, leaders, unit, why, skip=True)
    return replace(found, why=why) if found.unit else found


def route_at(case: Case, tree: Tree, leaders: Sequence[Staff], unit: str, why: Why) -> Route:
    """Return the first head from `unit` up who has joined and whom the case does not speak about; intake where there is none."""
    found = _first_head(case, tree, leaders, unit, why, skip=False)
    return replace(found, why=why) if found.unit else found


def route_by_hand(case: Case, unit: str, tree: Tree, leaders: Sequence[Staff]) -> tuple[Case, Route]:
    """Return where a case goes that intake sends to `unit`, and the case as it stands then.

    A superior of the office takes the case over; any other unit is understood as the right office, and the one named before
    stays under the guard. Either way it goes past those it speaks about. `leaders` as for `route`, of both units' lines.
    """
    if case.unit is not None and case.unit != unit and tree.within(case.unit, unit):
        return case, _first_head(case, tree, leaders, unit, Why.INTAKE, skip=False)
    case = with_conflict(moved_to(case, unit), leaders)
    found = route(case, tree, leaders, by_hand=True)
    return case, replace(found, why=Why.INTAKE) if found.why is Why.CHOSEN else found


def leaders_meant(case: Case, leaders: Sequence[Staff]) -> bool:
    """Whether the words about the official mean the head or a deputy of the office: that counts as if the citizen had said so."""
    return any(
        case.unit in staff.units(*LEADERS) and is_meant(case.official, staff.name, staff.badge, same_office=True)
        for staff in leaders
    )


def with_conflict(case: Case, leaders: Sequence[Staff]) -> Case:
    """Return the case, flagged when it means one of its office's leaders by name: then the unit as such is shut out."""
    return replace(case, flags=case.flags | {CONFLICT}) if leaders_meant(case, leaders) else case


def understood(case: Case, tree: Tree) -> Case:
    """Return the case as if the button had been pressed where the words about the official name a post or the whole office.

    A post above the office ("the chair of the ward" at one of its counters) makes the case one about the office of that post.
    The words stay as they were typed.
    """
    if case.about is not About.PERSON or not case.official:
        return case
    about = about_whom(case.official, tree.get(case.unit) if case.unit else None)
    line = tree.line(case.unit) if case.unit else []
    unit = whose(case.official, line).code if line and about is not About.PERSON else case.unit
    return replace(case, about=about, unit=unit)


def today_unit(code: str | None, tree: Tree, today: date) -> str | None:
    """Return the unit that stands for `code` today: itself or its one successor; None if unknown or several (LAW 5.2.6)."""
    for _step in range(_STEPS):
        unit = tree.get(code) if code else None
        if unit is None:
            return None
        if unit.valid_on(today):
            return unit.code
        code = unit.successors[0] if len(unit.successors) == 1 else None
    return None


def successors_of(code: str, tree: Tree, today: date) -> list[str]:
    """Return all units that stand for one that has ended, today and by all that they were merged or split into (LAW 5.2.6)."""
    found: dict[str, None] = {}
    waiting, seen = [code], {code}
    while waiting:
        unit = tree.get(waiting.pop(0))
        for successor in unit.successors if unit else ():
            later = tree.get(successor)
            if later is not None and successor not in seen:
                seen.add(successor)
                if later.valid_on(today):
                    found[successor] = None
                else:
                    waiting.append(successor)
    return list(found)


def _first_head(case: Case, tree: Tree, leaders: Sequence[Staff], start: str, why: Why, *, skip: bool) -> Route:
    """Return the first unit from `start` up (above it with `skip`) whose head has joined and is not shut out."""
    if skip:
        why = Why.CONFLICT
    for unit in tree.line(start)[1 if skip else 0 :]:
        heads = [staff for staff in leaders if unit.code in staff.units(Role.HEAD)]
        if any(not excluded(staff, case, tree) for staff in heads):
            return Route(unit.code, why)
        if why is not Why.CONFLICT:
            why = Why.CONFLICT if heads else Why.NO_HEAD
    return Route(None, Why.NOBODY)
