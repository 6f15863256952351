"""Reading who works where from a sheet, so that many can be invited at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot import rules
from bot.domain.folding import fold
from bot.domain.people import Role
from bot.domain.units import Unit
from bot.imports.tables import Line, Problem, read_sheet

# What the people who run the program call the roles.
ROLE_NAMES: Mapping[str, Role] = {
    "intake": Role.INTAKE,
    "head": Role.HEAD,
    "superior": Role.HEAD,  # A superior is the head of the office above.
    "deputy": Role.DEPUTY,
    "handler": Role.HANDLER,
    "supervisor": Role.SUPERVISOR,
    "admin": Role.ADMIN,
}
NAME_LETTERS, BADGE_LETTERS = 100, 30


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Somebody to be invited: `unit` is a code, `badge` and `phone` may be empty."""

    name: str
    badge: str
    role: Role
    unit: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class StaffImport:
    """Whom a sheet would invite. With any problem nobody is to be invited: then `people` is empty."""

    people: tuple[NewStaff, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_staff(data: bytes, filename: str, units: Mapping[str, Unit]) -> StaffImport:
    """Return the people on a CSV or XLSX sheet, or every problem in it.

    The sheet has the columns name, role and unit, and may have badge and phone; Vietnamese heads are understood. A role is its
    code or name, a unit its code or exact name. Raises Refusal where the file as a whole cannot be read.
    """
    sheet = read_sheet(data, filename, rules.import_columns("staff"), ("name", "role", "unit"))
    named: dict[str, list[str]] = {}
    for unit in units.values():
        named.setdefault(unit.name.casefold(), []).append(unit.code)
    roles = {fold(name): role for role in Role for name in (role.value, role.name, *_names(role))}
    roles |= {fold(name): role for name, role in ROLE_NAMES.items()}
    people: dict[NewStaff, int] = {}
    problems = [*sheet.problems]
    heads: dict[str, int] = {}
    badges: dict[str, tuple[str, int]] = {}
    for line in sheet.lines:
        person, wrong = _person(line, units, named, roles)
        problems += wrong
        if person is None:
            continue
        if person in people:
            problems.append(_problem(line, "name", f"stands in line {people[person]} already, with the same role. Take one out."))
        people.setdefault(person, line.number)
        if person.role is Role.HEAD and heads.setdefault(person.unit, line.number) != line.number:
            problems.append(
                _problem(line, "role", f"makes a second head, after line {heads[person.unit]}. An office has one head.")
            )
        if person.badge:
            other, number = badges.setdefault(person.badge.casefold(), (person.name, line.number))
            if other != person.name:
                problems.append(_problem(line, "badge", f"is somebody else's in line {number}. Correct one of them."))
    return StaffImport(() if problems else tuple(people), tuple(problems))


def _names(role: Role) -> tuple[str, ...]:
    known = rules.roles().get(role.value)
    return (known.vi, known.en) if known else ()


def _person(
    line: Line, units: Mapping[str, Unit], named: Mapping[str, list[str]], roles: Mapping[str, Role]
) -> tuple[NewStaff | None, list[Problem]]:
    name, badge, phone = (line.values.get(column, "") for column in ("name", "badge", "phone"))
    problems: list[Problem] = []
    if not any(letter.isalpha() for letter in name) or len(name) > NAME_LETTERS:
        problems.append(_problem(line, "name", f"is no name. Give one of up to {NAME_LETTERS} letters."))
    if len(badge) > BADGE_LETTERS:
        problems.append(_problem(line, "badge", f"is longer than {BADGE_LETTERS} letters. Shorten it."))
    role = roles.get(fold(line.values["role"]))
    if role is None:
        problems.append(_problem(line, "role", "is no role. Use one of: " + ", ".join(ROLE_NAMES) + "."))
    unit, advice = _office(line.values["unit"], units, named)
    if advice:
        problems.append(_problem(line, "unit", advice))
    if role is None or unit is None or problems:
        return None, problems
    return NewStaff(name, badge, role, unit.code, phone), []


def _office(words: str, units: Mapping[str, Unit], named: Mapping[str, list[str]]) -> tuple[Unit | None, str]:
    """Return the office given by code or exact name, and what is wrong ("" for nothing)."""
    codes = [code for code in (words, f"0{words}") if code in units][:1] or named.get(words.casefold(), [])
    if not codes:
        return None, "is no known office. Give its code (find-unit NAME shows it) or its exact name."
    if len(codes) > 1:
        return None, f"is the name of several offices. Give a code: {', '.join(codes[:3])} ..."
    unit = units[codes[0]]
    if unit.outside:
        return None, "has its own line of command. Cases about it are passed on by hand, so nobody joins there."
    return unit, ""


def _problem(line: Line, column: str, advice: str) -> Problem:
    return Problem(line.number, column, line.values.get(column, ""), advice)
