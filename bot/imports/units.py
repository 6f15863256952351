"""Adding and changing offices from a sheet: all or nothing, safe to repeat, a report of every bad value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot import rules
from bot.domain.folding import fold
from bot.domain.units import PARTY, VERTICAL, Unit
from bot.imports.tables import Line, Problem, day_of, read_sheet

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,31}")
PHONE = re.compile(r"[0-9+() .;/-]{3,60}")
SEVERAL = re.compile(r"[;|]")
NAME_LETTERS, OTHER_LETTERS = 200, 500
# The land and the islands of Vietnam, Hoàng Sa and Trường Sa among them, in degrees.
SOUTH, NORTH, WEST, EAST = 6.5, 23.5, 102.0, 117.5
EARLIEST = date(1945, 9, 2)
YEARS_AHEAD = 10
# A first cell that a spreadsheet would take for a formula.
FORMULA = ("=", "@")
PROVINCE = "UBND_T"
AT_THE_TOP = (PROVINCE, VERTICAL, PARTY)


@dataclass(frozen=True, slots=True)
class UnitImport:
    """What a sheet of offices would do. With any problem nothing is to be done: then the other three are empty."""

    added: tuple[Unit, ...] = ()
    changed: tuple[Unit, ...] = ()
    unchanged: tuple[Unit, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_units(data: bytes, filename: str, existing: Mapping[str, Unit], today: date) -> UnitImport:
    """Return which offices a CSV or XLSX sheet adds and changes, or every problem in it.

    The sheet has the columns code, name and type, and may have parent, head_title, phone, address, latitude, longitude,
    valid_from, valid_to, successors, aliases; Vietnamese heads are understood. A column that is not there leaves what is known,
    an empty cell empties it (`valid_from` then stays; a new office begins `today`). Parents and successors are codes or exact
    names, of this sheet or of `existing`. Raises Refusal where the file as a whole cannot be read.
    """
    sheet = read_sheet(data, filename, rules.import_columns("units"), ("code",))
    reading = _Reading(existing, sheet.columns, today)
    problems = [*sheet.problems]
    for line in sheet.lines:
        problems += reading.read(line)
    for line in sheet.lines:
        problems += reading.tie(line)
    problems += reading.provinces()
    problems += reading.circles()
    if problems:
        return UnitImport(problems=tuple(sorted(problems, key=lambda problem: problem.line)))
    made = reading.made
    return UnitImport(
        tuple(unit for code, unit in made.items() if code not in existing),
        tuple(unit for code, unit in made.items() if code in existing and existing[code] != unit),
        tuple(unit for code, unit in made.items() if existing.get(code) == unit),
    )


class _Reading:
    """The offices of one sheet while it is read: first each line by itself, then how they hang together."""

    def __init__(self, existing: Mapping[str, Unit], columns: frozenset[str], today: date) -> None:
        self.existing = existing
        self.columns = columns
        self.today = today
        self.made: dict[str, Unit] = {}
        self.lines: dict[str, int] = {}
        self.types = {code: code for code in rules.unit_types()}
        self.types |= {fold(name): code for code, kind in rules.unit_types().items() for name in (code, kind.vi, kind.en)}
        self._named: dict[str, list[str]] = {}

    def read(self, line: Line) -> Iterator[Problem]:
        """Read one line without looking at others; yields its problems."""
        code = _whole_code(line.values.get("code", ""), self.existing)
        if not CODE.fullmatch(code):
            yield _problem(line, "code", "is no code. Use up to 32 letters without marks, digits, dots and dashes.")
            return
        if code in self.lines:
            yield _problem(line, "code", f"stands in line {self.lines[code]} already. Give every office one line.")
            return
        self.lines[code] = line.number
        old = self.existing.get(code)
        unit = old or Unit(code, "", "", valid_from=self.today)
        for column, words in line.values.items():
            if column in ("name", "head_title", "address", "phone"):
                yield from _wrong_words(line, column, words)
        words_of = line.values.get
        unit = replace(
            unit, name=words_of("name", unit.name), head_title=words_of("head_title", unit.head_title),
            address=words_of("address", unit.address), phone=words_of("phone", unit.phone),
        )  # fmt: skip
        if not unit.name:
            yield _problem(line, "name", "is missing. Give the full official name.")
        if "type" in line.values:
            kind = self.types.get(line.values["type"]) or self.types.get(fold(line.values["type"]))
            if kind is None:
                yield _problem(line, "type", f"is no kind of office. Use one of: {', '.join(rules.unit_types())}.")
            unit = replace(unit, type=kind or unit.type)
        elif old is None:
            yield _problem(line, "type", "is missing for a new office. Add the column.")
        if old is None and not unit.head_title and unit.type:
            unit = replace(unit, head_title=rules.unit_types()[unit.type].head_title)
        for step in (self._days, self._place, self._aliases):
            unit, problems = step(line, unit)
            yield from problems
        self.made[code] = unit

    def _days(self, line: Line, unit: Unit) -> tuple[Unit, list[Problem]]:
        problems: list[Problem] = []
        latest = self.today + timedelta(days=366 * YEARS_AHEAD)
        days: dict[str, date | None] = {}
        for column in ("valid_from", "valid_to"):
            words = line.values.get(column)
            if words:
                day = day_of(words)
                if day is None or not EARLIEST <= day <= latest:
                    problems.append(_problem(line, column, "is no day that makes sense. Write it like 2026-11-24 or 24/11/2026."))
                else:
                    days[column] = day
            elif words is not None and column == "valid_to":
                days[column] = None
        unit = replace(unit, valid_from=days.get("valid_from", unit.valid_from), valid_to=days.get("valid_to", unit.valid_to))
        if unit.valid_from and unit.valid_to and unit.valid_to < unit.valid_from:
            problems.append(_problem(line, "valid_to", f"comes before its first day, {unit.valid_from}. Correct one of them."))
        return unit, problems

    def _place(self, line: Line, unit: Unit) -> tuple[Unit, list[Problem]]:
        given = [line.values.get(column, "") for column in ("latitude", "longitude")]
        if not {"latitude", "longitude"} & self.columns:
            return unit, []
        if not any(given):
            return replace(unit, latitude=None, longitude=None), []
        degrees: list[float] = []
        for column, words, low, high in (("latitude", given[0], SOUTH, NORTH), ("longitude", given[1], WEST, EAST)):
            value = _number(words)
            if value is None or not low <= value <= high:
                advice = f"is not in Vietnam, {low} to {high} degrees. Give both, and check whether they are swapped."
                return unit, [_problem(line, column, advice)]
            degrees.append(value)
        return replace(unit, latitude=degrees[0], longitude=degrees[1]), []

    def _aliases(self, line: Line, unit: Unit) -> tuple[Unit, list[Problem]]:
        if "aliases" not in line.values:
            return unit, []
        aliases = _several(line.values["aliases"])
        return replace(unit, aliases=aliases), [one for alias in aliases for one in _wrong_words(line, "aliases", alias)]

    def tie(self, line: Line) -> Iterator[Problem]:
        """Find the parent and the successors of one line among all offices; yields its problems."""
        code = _whole_code(line.values.get("code", ""), self.existing)
        unit = self.made.get(code)
        if unit is None or self.lines[code] != line.number:
            return
        if "parent" in line.values:
            words = line.values["parent"]
            parent, advice = self._office(words) if words else (None, "")
            if advice:
                yield _problem(line, "parent", advice)
                return
            unit = replace(unit, parent=parent)
        if unit.parent is None and unit.type and unit.type not in AT_THE_TOP:
            yield _problem(line, "parent", "is missing. Give the code of the office directly above.")
        if "successors" in line.values:
            found = [self._office(words) for words in _several(line.values["successors"].replace(",", ";"))]
            for _code, advice in found:
                if advice:
                    yield _problem(line, "successors", advice)
            unit = replace(unit, successors=tuple(after for after, _advice in found if after is not None))
        if code in unit.successors:
            yield _problem(line, "successors", "names the office itself. Name the one that takes over.")
        if unit.valid_to is not None and not unit.successors:
            yield _problem(line, "successors", "is missing for an office that ends. Name who takes over, at least its parent.")
        self.made[code] = unit

    def provinces(self) -> Iterator[Problem]:
        """Give every office the province of those above it; yields a problem for one that has none."""
        for code, unit in list(self.made.items()):
            self.made[code] = unit = replace(unit, province=self._province(unit))
            if not unit.province and (unit.parent or unit.type in AT_THE_TOP):
                yield Problem(
                    self.lines[code], "code", code, "does not begin with the code of a province. Write it like 20-NAME."
                )

    def circles(self) -> Iterator[Problem]:
        """Yield a problem for every line whose office would stand above itself, or take over from itself, in the end."""
        for code, unit in self.made.items():
            above, seen = unit.parent, {code}
            while above is not None and above not in seen:
                seen.add(above)
                above = self._get(above).parent
            if above == code:
                yield Problem(
                    self.lines[code], "parent", unit.parent or "", "leads back to the office itself. Correct the parents."
                )
            if code not in unit.successors and code in self._after(unit):
                advice = "lead back to the office itself. Correct the successors."
                yield Problem(self.lines[code], "successors", ";".join(unit.successors), advice)

    def _after(self, unit: Unit) -> set[str]:
        """Return all offices that take over in the end."""
        found = list(unit.successors)
        for code in found:  # It grows while it is gone through.
            found += [one for one in self._get(code).successors if one not in found]
        return set(found)

    def _get(self, code: str) -> Unit:
        unit = self.made.get(code) or self.existing.get(code)
        return unit or Unit(code, "", "")

    def _office(self, words: str) -> tuple[str | None, str]:
        """Return the code of an office given by code or exact name, and what is wrong ("" for nothing)."""
        code = _whole_code(words, self.existing)
        if code in self.made or code in self.existing:
            return code, ""
        if not self._named:
            for unit in (*self.existing.values(), *self.made.values()):
                codes = self._named.setdefault(unit.name.casefold(), [])
                if unit.code not in codes:
                    codes.append(unit.code)
        named = self._named.get(words.casefold(), [])
        if len(named) == 1:
            return named[0], ""
        if named:
            return None, f"is the name of several offices. Give a code: {', '.join(named[:3])} ..."
        return None, "is no known office. Give its code (find-unit NAME shows it), or add a line for it."

    def _province(self, unit: Unit) -> str:
        """Return the province of the nearest office above that has one, "" where the code does not tell it either."""
        if unit.type == PROVINCE:
            return unit.code
        seen: set[str] = set()
        above = unit
        while above.parent is not None and above.parent not in seen:
            seen.add(above.parent)
            above = self._get(above.parent)
            if above.type == PROVINCE or (above.province and above.code not in self.made):
                return above.province or above.code
        start = above.code[:2]
        known = start in rules.provinces() and (above.code[2:3] == "-" or above.code == start)
        return start if known else unit.province


def _problem(line: Line, column: str, advice: str) -> Problem:
    return Problem(line.number, column, line.values.get(column, ""), advice)


def _whole_code(code: str, known: Iterable[str]) -> str:
    """Return a code with the zero in front that spreadsheets take away, where only that makes it a known one."""
    return f"0{code}" if code not in known and code.isdigit() and f"0{code}" in known else code


def _several(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in SEVERAL.split(words) if part.strip()))


def _number(words: str) -> float | None:
    try:
        return float(words.replace(",", "."))
    except ValueError:
        return None


def _wrong_words(line: Line, column: str, words: str) -> Iterator[Problem]:
    most = NAME_LETTERS if column in ("name", "aliases", "head_title") else OTHER_LETTERS
    if len(words) > most:
        yield Problem(line.number, column, words[:20], f"is longer than {most} letters. Shorten it.")
    if words.startswith(FORMULA):
        yield Problem(line.number, column, words[:20], "looks like a formula. Write plain words.")
    if column == "phone" and words and not PHONE.fullmatch(words):
        yield Problem(line.number, column, words[:60], "is no telephone number. Use digits, spaces and + ( ) . / ; - only.")
