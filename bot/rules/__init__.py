"""The law as rows: categories, time limits, holidays, kinds of offices and words of the office, each with its source and grade.

The CSV files of this package are the defaults of the program; where they come from stands in SOURCES.md. Every loader reads its
file once, checks it value by value and raises WrongRule, which names file, line and value. The tables it returns are shared:
nobody changes them. Grades: P primary text read, S secondary source, R recalled, D derived (a rule of this house).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Formatter

from bot.domain.calendar import CalendarRow, DayKind, RowStatus, Scope
from bot.domain.folding import fold
from bot.domain.units import LegacyUnit
from bot.rules.reading import FOLDER, Row, WrongRule, by_code, plain_rows, rows_of
from bot.rules.values import (
    GRADES,
    UNITS_OF_TIME,
    Abbreviation,
    Category,
    Choice,
    Commune,
    Department,
    InnerOffice,
    Policy,
    Province,
    Role,
    Setting,
    Status,
    Template,
    UnitType,
)

__all__ = [
    "Abbreviation", "CalendarRow", "Category", "Choice", "Commune", "Department", "InnerOffice", "Policy", "Province", "Role",
    "Setting", "Status", "Template", "UnitType", "WrongRule", "abbreviations", "actions", "calendar_rows",
    "calendar_words", "categories", "communes", "departments", "extension_causes", "findings", "import_columns", "inner_offices",
    "legacy_units", "policies", "provinces", "reject_reasons", "roles", "settings", "statuses", "templates", "unit_types",
]  # fmt: skip


@cache
def categories(folder: Path = FOLDER) -> dict[str, Category]:
    """Return the kinds of complaint by code, groups before their members."""
    known = policies()
    table: dict[str, Category] = {}

    def make(row: Row) -> Category:
        parent = row.optional("parent")
        if parent and parent not in table:
            raise row.wrong("parent", "a code further up")
        severity = row.number("severity")
        if severity > 4:
            raise row.wrong("severity", "0 to 4")
        made = Category(
            code=row.words("code"), parent=parent, vi=row.words("vi"), en=row.words("en"), vi_short=row.words("vi_short"),
            en_short=row.words("en_short"), severity=severity, policy=row.one_of("policy", known),
            sensitive=row.yes("sensitive"), to_superior=row.yes("to_superior"), basis=row.optional("basis"),
            grade=row.one_of("grade", GRADES), valid_from=row.day_or_none("valid_from"), valid_to=row.day_or_none("valid_to"),
            words=row.optional("words"),
        )  # fmt: skip
        table[made.code] = made
        return made

    return by_code("categories.csv", make, folder)


@cache
def policies(folder: Path = FOLDER) -> dict[str, Policy]:
    """Return the time limits by code: those of the house first, then those of the law."""

    def make(row: Row) -> Policy:
        value, ceiling = row.number("value"), row.number_or_none("ceiling")
        if ceiling is not None and ceiling < value:
            raise row.wrong("ceiling", "at least the value")
        extensions, extra = row.number("ext_count"), row.number_or_none("ext_value")
        if (extensions == 0) != (extra is None):
            raise row.wrong("ext_value", "there exactly where ext_count is not 0")
        return Policy(
            code=row.words("code"), vi=row.words("vi"), en=row.words("en"), value=value, unit=row.one_of("unit", UNITS_OF_TIME),
            ceiling=ceiling, ext_count=extensions, ext_value=extra, remote_value=row.number_or_none("remote_value"),
            complex_value=row.number_or_none("complex_value"), complex_remote=row.number_or_none("complex_remote"),
            clock=row.one_of("clock", ("legal", "service")), rolls=row.yes("rolls"), receipt_rollover=row.yes("receipt_rollover"),
            applies_to=row.words("applies_to"), step=row.optional("step"), source=row.words("source"),
            grade=row.one_of("grade", GRADES), valid_from=row.day_or_none("valid_from"), valid_to=row.day_or_none("valid_to"),
        )  # fmt: skip

    return by_code("policies.csv", make, folder)


@cache
def calendar_rows(folder: Path = FOLDER) -> tuple[CalendarRow, ...]:
    """Return the days off, the working Saturdays and the office hours that are known, in the order of the file.

    Rows that are only proposed never count.
    """
    lines = rows_of("calendar.csv", folder)
    pairs = {row.day("date"): row.day_or_none("pair") for row in lines}
    table: dict[str, CalendarRow] = {}
    for row in lines:
        day, pair = row.day("date"), row.day_or_none("pair")
        kind = row.one_of("kind", list(DayKind))
        if (pair is None) == kind.startswith("swap") or (pair is not None and pairs.get(pair) != day):
            raise row.wrong("pair", "the other day of the swap, which names this one")
        try:
            made = CalendarRow(
                date=day, date_to=row.day_or_none("date_to"), kind=DayKind(kind), name=row.words("name"),
                status=RowStatus(row.one_of("status", list(RowStatus))), scope=Scope(row.one_of("scope", list(Scope))), pair=pair,
                source=row.words("source"), place=row.optional("place"), hours=row.optional("hours"),
            )  # fmt: skip
        except ValueError as error:
            raise row.wrong("date", f"the start of a row that can be: {error}") from error
        if made.key in table:
            raise row.wrong("date", "new: that day has such a row further up already")
        table[made.key] = made
    return tuple(table.values())


@cache
def unit_types(folder: Path = FOLDER) -> dict[str, UnitType]:
    """Return the kinds of office by code."""
    codes = {row.words("code") for row in rows_of("unit_types.csv", folder)}

    def make(row: Row) -> UnitType:
        return UnitType(
            code=row.words("code"), vi=row.words("vi"), en=row.words("en"), level=row.words("level"),
            head_title=row.words("head_title"), superior=row.one_of("superior", {"", *codes}),
            superior_note=row.words("superior_note"), vertical=row.yes("vertical"), source=row.words("source"),
            grade=row.one_of("grade", GRADES),
        )  # fmt: skip

    return by_code("unit_types.csv", make, folder)


@cache
def departments(folder: Path = FOLDER) -> dict[str, Department]:
    """Return the departments of a province by their short code, which is the end of their unit code."""

    def make(row: Row) -> Department:
        return Department(
            row.words("code"), row.words("name"), row.words("en"), row.several("old_names"), row.several("aliases"),
            tuple(row.optional("provinces").split()),
        )  # fmt: skip

    return by_code("departments.csv", make, folder)


@cache
def inner_offices(folder: Path = FOLDER) -> tuple[InnerOffice, ...]:
    """Return the offices inside every province and every commune, in the order in which they are shown."""
    types = unit_types()
    return tuple(
        InnerOffice(
            row.one_of("level", ("province", "commune")),
            row.words("suffix"),
            row.one_of("type", types),
            row.words("name"),
            row.optional("parent"),
            row.words("head_title"),
            row.several("aliases"),
            row.several("only_in"),
        )
        for row in rows_of("inner_offices.csv", folder)
    )


@cache
def statuses(folder: Path = FOLDER) -> dict[str, Status]:
    """Return the standings of a case by code."""
    setters = {*roles(), "bot"}

    def make(row: Row) -> Status:
        return Status(row.words("code"), row.words("vi"), row.words("en"), row.one_of("set_by", setters), row.yes("final"))

    return by_code("statuses.csv", make, folder)


@cache
def roles(folder: Path = FOLDER) -> dict[str, Role]:
    """Return the roles by code."""

    def make(row: Row) -> Role:
        return Role(
            row.words("code"), row.words("vi"), row.words("en"), row.words("sees_identity"), row.several("powers")
        )  # fmt: skip

    return by_code("roles.csv", make, folder)


def _choices(file: str, folder: Path) -> dict[str, Choice]:
    def make(row: Row) -> Choice:
        return Choice(
            row.words("code"), row.words("vi"), row.words("en"), row.words("source"), row.one_of("grade", GRADES)
        )  # fmt: skip

    return by_code(file, make, folder)


@cache
def reject_reasons(folder: Path = FOLDER) -> dict[str, Choice]:
    """Return the reasons for not taking a case, by code."""
    return _choices("reject_reasons.csv", folder)


@cache
def findings(folder: Path = FOLDER) -> dict[str, Choice]:
    """Return what an examination can find, by code."""
    return _choices("findings.csv", folder)


@cache
def actions(folder: Path = FOLDER) -> dict[str, Choice]:
    """Return what can be done after a finding, by code."""
    return _choices("actions.csv", folder)


@cache
def extension_causes(folder: Path = FOLDER) -> dict[str, Choice]:
    """Return the causes that an extension can give, by code."""
    return _choices("extension_causes.csv", folder)


PLACES = frozenset({"unit", "code", "due", "answered", "cause", "name", "title", "new_due", "contact", "phone"})
"""What a letter can say of a case; a template may leave out any of them but use no other."""


@cache
def templates(folder: Path = FOLDER) -> dict[str, Template]:
    """Return the letters prepared for heads to sign, by code."""

    def make(row: Row) -> Template:
        places = {place for _text, place, _spec, _conversion in Formatter().parse(row.words("vi")) if place is not None}
        if not places <= PLACES:
            raise row.wrong("vi", "a letter with places from " + ", ".join(sorted(PLACES)))
        return Template(row.words("code"), row.words("vi"), row.words("source"), row.one_of("grade", GRADES))

    return by_code("templates.csv", make, folder)


@cache
def settings(folder: Path = FOLDER) -> dict[str, Setting]:
    """Return the choices that a province makes, by code."""

    def make(row: Row) -> Setting:
        return Setting(
            row.words("code"), row.words("vi"), row.words("en"), row.one_of("value", ("yes", "no")), row.words("source"),
            row.one_of("grade", GRADES),
        )  # fmt: skip

    return by_code("settings.csv", make, folder)


@cache
def provinces(folder: Path = FOLDER) -> dict[str, Province]:
    """Return the 34 provinces by official code."""

    def make(row: Row) -> Province:
        return Province(
            row.words("code"), row.words("name"), row.words("type"), row.degrees("latitude"), row.degrees("longitude")
        )  # fmt: skip

    return by_code("provinces.csv", make, folder)


@cache
def communes(folder: Path = FOLDER) -> dict[str, Commune]:
    """Return the 3,321 communes by official code."""
    known = provinces()
    table: dict[str, Commune] = {}
    for row in plain_rows("communes.csv", ("code", "name", "type", "province", "latitude", "longitude"), folder):
        code, name, kind, province, latitude, longitude = row
        if code in table or province not in known or not name or not kind:
            raise WrongRule(f"communes.csv, {code!r}: {row!r} repeats a code, leaves something out or names no province")
        table[code] = Commune(code, name, kind, province, float(latitude), float(longitude))
    return table


@cache
def legacy_units(folder: Path = FOLDER) -> tuple[LegacyUnit, ...]:
    """Return the communes, districts and provinces that ended on 30 June 2025, with the codes of those that took over.

    `province` is the name of the old province. The successor that got most of a divided commune stands first, and of a
    district the one that kept its name.
    """
    known = {*provinces(), *communes()}
    made: list[LegacyUnit] = []
    for row in plain_rows("legacy_units.csv", ("name", "level", "district", "province", "successors"), folder):
        name, level, district, province, joined = row
        successors = tuple(joined.split(";"))
        if not known.issuperset(successors) or not (name and level and province):
            raise WrongRule(f"legacy_units.csv: {row!r} leaves something out or names a successor that does not exist")
        made.append(LegacyUnit(name, level, district, province, successors))
    return tuple(made)


@cache
def abbreviations(folder: Path = FOLDER) -> tuple[Abbreviation, ...]:
    """Return the short forms of names of offices; where one comes twice, the later that fits is meant."""
    return tuple(
        Abbreviation(row.words("short"), tuple(row.words("words").split()), tuple(row.optional("before").split()))
        for row in rows_of("abbreviations.csv", folder)
    )


@cache
def import_columns(sheet: str, folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Return the columns of a sheet ("units", "staff", "duty" or "holidays"), each with the heads under which it may stand."""
    return {
        row.words("column"): row.several("headers")
        for row in rows_of("import_columns.csv", folder)
        if row.one_of("sheet", ("units", "staff", "duty", "holidays")) == sheet
    }


@cache
def calendar_words(folder: Path = FOLDER) -> dict[tuple[str, str], str]:
    """Return what may stand in a sheet of holidays for a kind, status or scope, by (column, words), as its code."""
    columns: dict[str, list[str]] = {"kind": list(DayKind), "status": list(RowStatus), "scope": list(Scope)}
    words: dict[tuple[str, str], str] = {}
    for row in rows_of("calendar_words.csv", folder):
        column = row.one_of("column", columns)
        code = row.one_of("code", columns[column])
        words |= {(column, fold(word)): code for word in (code, *row.several("words"))}
    return words
