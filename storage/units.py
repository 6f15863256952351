"""The offices: in memory for every turn, in the database for every start."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from bot.domain.units import FoundUnit, LegacyUnit, Unit
from storage.rows import legacy_units, units

_LISTS = ("successors", "aliases")


class Index(Protocol):
    """What finds offices by what people type or where they stand; `usecases.unit_search.UnitIndex` is one."""

    def search(self, text: str, *, limit: int = 5, near: tuple[float, float] | None = None) -> list[FoundUnit]:
        """Return the offices that the words most likely mean, best first."""
        ...

    def nearest(self, latitude: float, longitude: float, limit: int = 5) -> list[FoundUnit]:
        """Return the offices nearest to a point, nearest first."""
        ...


MakeIndex = Callable[[Sequence[Unit], Sequence[LegacyUnit]], Index]


class Units:
    """Implements `ports.UnitTree`. The index is made when it is first asked, as few processes search."""

    def __init__(self, offices: Iterable[Unit], legacy: Iterable[LegacyUnit], make_index: MakeIndex) -> None:
        self._units = {unit.code: unit for unit in offices}
        self._legacy = list(legacy)
        self._make_index = make_index
        self._index: Index | None = None
        self._children: dict[str, list[str]] = {}
        for unit in self._units.values():
            if unit.parent is not None:
                self._children.setdefault(unit.parent, []).append(unit.code)

    def all(self) -> list[Unit]:
        """Return every office."""
        return list(self._units.values())

    def legacy(self) -> list[LegacyUnit]:
        """Return the old names that are known."""
        return self._legacy

    def get(self, code: str) -> Unit | None:
        """Return the office, or None."""
        return self._units.get(code)

    def parent(self, code: str) -> Unit | None:
        """Return the office above, or None."""
        unit = self._units.get(code)
        return None if unit is None or unit.parent is None else self._units.get(unit.parent)

    def line(self, code: str) -> list[Unit]:
        """Return the unit and those above it, itself first; empty for an unknown one."""
        found: list[Unit] = []
        unit = self._units.get(code)
        while unit is not None and unit not in found:
            found.append(unit)
            unit = self._units.get(unit.parent or "")
        return found

    def within(self, code: str, top: str) -> bool:
        """Whether the unit is `top` or below it."""
        return any(unit.code == top for unit in self.line(code))

    def below(self, top: str) -> list[str]:
        """Return the codes of the unit and all below it, itself first; empty for an unknown one."""
        found = [top] if top in self._units else []
        for code in found:  # It grows while it is gone through.
            found += self._children.get(code, [])
        return found

    def outside(self, province: str) -> list[str]:
        """Return the codes of the offices of a province that have their own line of command."""
        return [unit.code for unit in self._units.values() if unit.outside and unit.province == province]

    def search(self, text: str, limit: int = 5, near: tuple[float, float] | None = None) -> list[FoundUnit]:
        """Return the offices that the words most likely mean, best first."""
        return self._searched().search(text, limit=limit, near=near)

    def nearest(self, latitude: float, longitude: float, limit: int = 5) -> list[FoundUnit]:
        """Return the offices nearest to a point in degrees, nearest first."""
        return self._searched().nearest(latitude, longitude, limit)

    def _searched(self) -> Index:
        if self._index is None:
            self._index = self._make_index(self.all(), self._legacy)
        return self._index


def read_units(connection: Connection, make_index: MakeIndex) -> Units:
    """Return the offices as the database has them."""
    offices = [Unit(**_read(row)) for row in connection.execute(select(units).order_by(units.c.code)).mappings()]
    old = [LegacyUnit(**_read(row)) for row in connection.execute(_LEGACY).mappings()]
    return Units(offices, old, make_index)


def save_units(connection: Connection, offices: Iterable[Unit], legacy: Iterable[LegacyUnit] = ()) -> tuple[int, int]:
    """Add offices and old names, and change those that are there and differ; return (offices added, offices changed).

    To be run in one transaction, all or nothing, and safe to repeat. None is taken away: an office that ends gets a `valid_to`.
    Raises IntegrityError for a parent that is neither known nor given.
    """
    known = {row["code"]: _read(row) for row in connection.execute(select(units)).mappings()}
    given = {unit.code: {name: getattr(unit, name) for name in Unit.__dataclass_fields__} for unit in offices}
    ordered = sorted((code for code in given), key=lambda code: _depth(code, given))
    new = [_written(given[code]) for code in ordered if code not in known]
    changed = [_written(given[code]) for code in ordered if code in known and known[code] != given[code]]
    _insert_and_update(connection, units, ("code",), new, changed)
    _save_legacy(connection, legacy)
    return len(new), len(changed)


_NAMED = ("name", "level", "district", "province")
_LEGACY = select(*(legacy_units.c[name] for name in (*_NAMED, "successors", "note"))).order_by(legacy_units.c.id)


def _save_legacy(connection: Connection, legacy: Iterable[LegacyUnit]) -> None:
    known = {tuple(row[name] for name in _NAMED): _read(row) for row in connection.execute(_LEGACY).mappings()}
    given = {
        tuple(getattr(old, name) for name in _NAMED): {name: getattr(old, name) for name in LegacyUnit.__dataclass_fields__}
        for old in legacy
    }
    new = [_written(row) for key, row in given.items() if key not in known]
    changed = [_written(row) for key, row in given.items() if key in known and known[key] != row]
    _insert_and_update(connection, legacy_units, _NAMED, new, changed)


def _insert_and_update(
    connection: Connection, table: Table, key: Sequence[str], new: list[dict[str, Any]], changed: list[dict[str, Any]]
) -> None:
    if new:
        connection.execute(insert(table), new)
    if changed:
        change = update(table).where(*(table.c[name] == bindparam(f"b_{name}") for name in key))
        connection.execute(change, [row | {f"b_{name}": row[name] for name in key} for row in changed])


def _depth(code: str, given: Mapping[str, Mapping[str, Any]]) -> int:
    """Return how many given offices lie above, so that parents are stored before those below them."""
    depth = 0
    while (row := given.get(code)) is not None and depth <= len(given):
        code, depth = row["parent"] or "", depth + 1
    return depth


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(value, ensure_ascii=False) if name in _LISTS else value for name, value in row.items()}


def _read(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: tuple(json.loads(value)) if name in _LISTS else value for name, value in row.items()}
