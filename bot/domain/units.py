"""Offices: the tree of units that a case can be about or handled by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

VERTICAL = "NGANH_DOC"
PARTY = "DANG_DT"


@dataclass(frozen=True, slots=True)
class Unit:
    """An office as it is valid from `valid_from` to `valid_to` (both civil days in Vietnam, None: open).

    `code` is unique and never reused, `type` a code of `unit_types.csv`, `parent` and `successors` are unit codes, `province`
    the official two-digit code of the province. `aliases` are other names under which people look for it. `latitude` and
    `longitude` in degrees.
    """

    code: str
    name: str
    type: str
    parent: str | None = None
    province: str = ""
    head_title: str = ""
    phone: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def outside(self) -> bool:
        """Whether the office has its own line of command (police, tax, courts, Party): a province's bot cannot route to it."""
        return self.type in (VERTICAL, PARTY)

    def valid_on(self, day: date) -> bool:
        """Whether the office exists on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class LegacyUnit:
    """An old commune, district or department that people still name, and the units that took over; codes in `successors`."""

    name: str
    level: str
    district: str
    province: str
    successors: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class FoundUnit:
    """One answer of the search: the office, its parent's name, and the old name that led to it ("" for its own name)."""

    unit: Unit
    parent_name: str
    successor_of: str = ""
    score: float = 0.0
