"""The access rules for one reader and thousands of cases: asked once for all that are alike in what the rules look at.

Lists and numbers go through here, so that both count exactly what `may` on each whole case would let him see (RELIABILITY G4).
What a citizen wrote about a person is left out: whoever asks looks at that last, with `Meant`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.domain.access import Action, Tree, for_own_head, may, works_there
from bot.domain.cases import About, Case, CaseKind, KnownAs, Status
from bot.domain.people import Role, Staff
from bot.domain.units import Unit


class LightCase(Protocol):
    """What the rules look at, as a light row has it: enums by their values, `flags` and `helping` with spaces between."""

    @property
    def id(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def handling_unit(self) -> str | None: ...
    @property
    def handler(self) -> int | None: ...
    @property
    def about(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def flags(self) -> str: ...
    @property
    def helping(self) -> str: ...
    @property
    def filed_at(self) -> datetime: ...
    @property
    def contested(self) -> bool: ...


def tops(staff: Staff) -> list[str]:
    """Return the units that he watches with all below them, as supervisor or head."""
    return sorted(staff.units(Role.SUPERVISOR, Role.HEAD))


class RememberedTree:
    """The tree of units with the lines above each remembered, for thousands of cases."""

    def __init__(self, tree: Tree) -> None:
        self.get, self.parent = tree.get, tree.parent
        self._tree = tree
        self._lines: dict[str, list[Unit]] = {}
        self._codes: dict[str, frozenset[str]] = {}

    def line(self, code: str) -> list[Unit]:
        """Return the unit and those above it, itself first."""
        found = self._lines.get(code)
        if found is None:
            found = self._lines[code] = self._tree.line(code)
        return found

    def within(self, code: str, top: str) -> bool:
        """Whether the unit is `top` or below it."""
        found = self._codes.get(code)
        if found is None:
            found = self._codes[code] = frozenset(unit.code for unit in self.line(code))
        return top in found


class Guard:
    """The access rules for one reader.

    Whom a case is about matters only to those who work in an office that it is about, so for all others cases that differ in it
    are alike.
    """

    def __init__(self, staff: Staff, tree: Tree) -> None:
        self._staff = staff
        self._tree = RememberedTree(tree)
        self._there: dict[tuple[object, ...], bool] = {}
        self._allowed: dict[tuple[object, ...], bool] = {}
        self._own: dict[tuple[str, str], bool] = {}

    def same_office(self, row: LightCase) -> bool:
        """Whether he works, or worked, in an office that the case is about, so that a given name alone may mean him."""
        alike = self._alike(row)
        found = self._there.get(alike)
        if found is None:
            found = self._there[alike] = works_there(self._staff, _card(row), self._tree)
        return found

    def allows(self, row: LightCase) -> bool:
        """Whether he may see the card of the case, as far as that does not hang on words."""
        alike = self._alike(row)
        if self.same_office(row):
            alike = (*alike, row.about, self._for_own_head(row))
        found = self._allowed.get(alike)
        if found is None:
            found = self._allowed[alike] = may(self._staff, Action.CARD, _card(row), self._tree)
        return found

    def _alike(self, row: LightCase) -> tuple[object, ...]:
        # A place that he held counts for cases that were filed while he held it.
        former = tuple([place.until is not None and place.until < row.filed_at for place in self._staff.former])
        return (row.unit, row.handling_unit, row.flags, row.helping, row.handler == self._staff.id, former)

    def _for_own_head(self, row: LightCase) -> bool:
        alike = (row.kind, row.category)
        found = self._own.get(alike)
        if found is None:
            found = self._own[alike] = for_own_head(_card(row))
        return found


def _card(row: LightCase) -> Case:
    """Return the case as far as `may` looks at it for a card: without words and dates, and known as nobody."""
    return Case(
        id=row.id,
        code=row.code,
        kind=CaseKind(row.kind),
        category=row.category,
        unit=row.unit,
        about=About(row.about),
        official="",
        status=Status(row.status),
        filed_at=row.filed_at,
        due_at=None,
        legal_due_at=None,
        policy="",
        known_as=KnownAs.ANONYMOUS,
        handling_unit=row.handling_unit,
        handler=row.handler,
        flags=frozenset(row.flags.split()),
        helping=frozenset(row.helping.split()),
        contested=row.contested,
    )
