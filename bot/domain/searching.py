"""Who finds a case by its words: marks that go into the index with the words, so that scope and words are one question.

The marks say in a few names what `access.may` says in rules: whoever may open or see a case shares a mark with it. The reverse
need not hold; whatever a search finds goes through `may` as well.
"""

from __future__ import annotations

from bot.domain.access import Tree, offices
from bot.domain.cases import Case
from bot.domain.people import Role, Staff

_LED = {Role.HEAD: "head", Role.DEPUTY: "deputy", Role.INTAKE: "intake", Role.SUPERVISOR: "supervisor"}


def marks_to_open(case: Case, tree: Tree) -> frozenset[str]:
    """Return the marks of those who may read what the citizen wrote: head and deputy, heads above, handler, intake."""
    marks = set()
    if case.handling_unit is not None:
        marks |= {_mark(Role.HEAD, above.code) for above in tree.line(case.handling_unit)}
        marks.add(_mark(Role.DEPUTY, case.handling_unit))
    if case.handler is not None:
        marks.add(f"handler {case.handler}")
    unit = tree.get(case.unit) if case.unit else None
    if unit is None:
        marks.add("intake")
    elif unit.outside:
        marks.add(f"intake of {unit.province}")
    else:
        marks |= {_mark(Role.INTAKE, above.code) for above in tree.line(unit.code)}
    return frozenset(marks)


def marks_to_help(case: Case) -> frozenset[str]:
    """Return the marks of those who were asked for their part: they read what the citizen wrote, and no answer."""
    return frozenset(f"helps {unit}" for unit in case.helping)


def marks_to_see(case: Case, tree: Tree) -> frozenset[str]:
    """Return the marks of those who may see no more than the card: supervisors of the offices concerned."""
    places = offices(case) | ({case.handling_unit} if case.handling_unit else set())
    if not places:
        return frozenset({"supervisor"})
    return frozenset(_mark(Role.SUPERVISOR, above.code) for place in places for above in tree.line(place))


def opens(staff: Staff, tree: Tree) -> frozenset[str]:
    """Return the marks that a case which he may open has at least one of."""
    marks = {_mark(role, unit) for role in (Role.HEAD, Role.DEPUTY, Role.INTAKE) for unit in staff.units(role)}
    if staff.has(Role.HANDLER, Role.DEPUTY):
        marks.add(f"handler {staff.id}")
    intake = staff.units(Role.INTAKE)
    if intake:
        marks.add("intake")
    tops = [tree.get(unit) for unit in intake if tree.parent(unit) is None]
    return frozenset(marks | {f"intake of {top.province}" for top in tops if top is not None})


def helps(staff: Staff) -> frozenset[str]:
    """Return the marks that a case has at least one of which he may open only because his unit was asked for its part."""
    return frozenset(f"helps {unit}" for unit in staff.led())


def sees(staff: Staff) -> frozenset[str]:
    """Return the marks that a case of which he may see the card has at least one of, beside those of `opens`."""
    units = staff.units(Role.SUPERVISOR)
    return frozenset({"supervisor"} | {_mark(Role.SUPERVISOR, unit) for unit in units} if units else ())


def _mark(role: Role, unit: str) -> str:
    return f"{_LED[role]} {unit}"
