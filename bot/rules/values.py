"""What a row of each table is, once it is read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

GRADES = ("P", "S", "R", "D")
UNITS_OF_TIME = (
    *("minutes", "hours", "working_hours", "working_days", "calendar_days", "months"),
    *("day_of_month", "day_of_week", "minute_of_day", "count_per_year"),
)


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of complaint about conduct. `parent` is "" for a group, `policy` a code of policies.csv; short names fit a button.

    `severity` is 0 (none) to 4. `sensitive`: identity is stripped and an inspector gets a copy. `to_superior`: the superior head
    handles it, never the unit itself. `words` are what people say for it, with ";" between.
    """

    code: str
    parent: str
    vi: str
    en: str
    vi_short: str
    en_short: str
    severity: int
    policy: str
    sensitive: bool
    to_superior: bool
    basis: str = ""
    grade: str = "D"
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A time limit: `value` in `unit`, at most `ceiling` if a province changes it; `ext_count` extensions of `ext_value`.

    `unit` is one of UNITS_OF_TIME. `clock` is "legal" (law; no click lengthens it) or "service" (rule of the house). `rolls` says
    whether a term in calendar days that ends on a day off ends on the next working day, `receipt_rollover` whether what comes
    after office hours was received on the next working day. The remote and complex values hold for places hard to reach and for
    complex cases, None where there is no such value. `step` is "" for service limits.
    """

    code: str
    vi: str
    en: str
    value: int
    unit: str
    ceiling: int | None = None
    ext_count: int = 0
    ext_value: int | None = None
    remote_value: int | None = None
    complex_value: int | None = None
    complex_remote: int | None = None
    clock: str = "service"
    rolls: bool = True
    receipt_rollover: bool = False
    applies_to: str = ""
    step: str = ""
    source: str = ""
    grade: str = "D"
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class UnitType:
    """A kind of office. `superior` is the type of the direct superior ("" above the province); `vertical`: own line."""

    code: str
    vi: str
    en: str
    level: str
    head_title: str
    superior: str
    superior_note: str
    vertical: bool
    source: str = ""
    grade: str = "D"


@dataclass(frozen=True, slots=True)
class Department:
    """A department every province has, or only those in `provinces` (codes; empty: every one), with its names before 2025."""

    code: str
    name: str
    en: str
    old_names: tuple[str, ...]
    aliases: tuple[str, ...]
    provinces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InnerOffice:
    """An office that every province or commune (`level`) has inside. `name` and `parent` hold places to fill, see provinces.py.

    `only_in` names the kinds of commune in lower case ("xã", "phường", "đặc khu"), empty for all of them.
    """

    level: str
    suffix: str
    type: str
    name: str
    parent: str
    head_title: str
    aliases: tuple[str, ...]
    only_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """A standing of a case, who sets it (a role, or "bot") and whether it is an end."""

    code: str
    vi: str
    en: str
    set_by: str
    final: bool


@dataclass(frozen=True, slots=True)
class Role:
    """A role; `sees_identity` is own, logged, yes, no, granted, aggregated or own_cases."""

    code: str
    vi: str
    en: str
    sees_identity: str
    powers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a list of reasons, findings, actions or causes, in both languages."""

    code: str
    vi: str
    en: str
    source: str = ""
    grade: str = "D"


@dataclass(frozen=True, slots=True)
class Template:
    """A letter as it is prepared for a head to sign, in Vietnamese; `{places}` are filled by `usecases.letters`."""

    code: str
    vi: str
    source: str = ""
    grade: str = "D"


@dataclass(frozen=True, slots=True)
class Setting:
    """A choice between yes and no that a province makes; `en` and `vi` say what yes means."""

    code: str
    vi: str
    en: str
    value: str
    source: str = ""
    grade: str = "D"


@dataclass(frozen=True, slots=True)
class Province:
    """A province or centrally run city with its official code; the coordinates (degrees) are of its middle."""

    code: str
    name: str
    type: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune with its official code, full name and type (xã, phường, đặc khu); the coordinates (degrees) are of its middle."""

    code: str
    name: str
    type: str
    province: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form that people type (folded), the words it stands for, and the words before which it does (empty: any)."""

    short: str
    words: tuple[str, ...]
    before: tuple[str, ...]
