"""The commands about the rules: listing a table as it is in force here, and changing a row of it."""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from bot import rules as shipped
from bot.control import Outcome
from bot.domain.deadlines import DeadlineRule, TermUnit
from bot.program import Library, Program
from bot.rules.reading import FOLDER, WrongRule
from bot.usecases.ladder import Ladder

_NAMES = ("vi", "en")
# What a province may change of a row; what the law sets, and how far a value may go, comes with a release.
CHANGEABLE: Mapping[str, tuple[str, ...]] = {
    "policies": ("value", "unit", "receipt_rollover", "source", *_NAMES),
    "categories": ("policy", "severity", "sensitive", "to_superior", "vi_short", "en_short", "words", *_NAMES),
    "settings": ("value", *_NAMES),
    "templates": ("vi",),
    "unit_types": ("head_title", *_NAMES),
    **{name: _NAMES for name in ("statuses", "roles", "reject_reasons", "findings", "actions", "extension_causes")},
}
_TABLES: Mapping[str, Callable[..., Mapping[str, Any]]] = {name: getattr(shipped, name) for name in CHANGEABLE}
# From the shortest to the longest: another unit must not make a term longer than its ceiling.
_LENGTHS = (
    *(TermUnit.MINUTES, TermUnit.HOURS, TermUnit.WORKING_HOURS, TermUnit.CALENDAR_DAYS, TermUnit.WORKING_DAYS, TermUnit.MONTHS),
)
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "policies": ("value", "unit", "ceiling", "clock", "vi", "source"),
    "categories": ("policy", "severity", "sensitive", "to_superior", "vi"),
    "settings": ("value", "vi"),
    "unit_types": ("head_title", "vi"),
}


async def rules(program: Library, asked: argparse.Namespace) -> Outcome:
    """List a table of the rules as it is in force, tab-separated; what the province changed is marked."""
    if asked.table not in CHANGEABLE:
        return Outcome(f"There is no table {asked.table!r}. Name one of: {', '.join(CHANGEABLE)}.", 1)
    ours = {key: _plain(asdict(row)) for key, row in _TABLES[asked.table]().items()}
    columns = _SHOWN.get(asked.table, ("vi",))
    lines = ["\t".join(("code", *columns, ""))]
    for key, row in program.rules.rows(asked.table).items():
        mark = "" if ours.get(key) == _plain(row) else "changed here"
        lines.append("\t".join((key, *(_cell(row.get(column)) for column in columns), mark)).rstrip("\t"))
    return Outcome("\n".join(lines))


async def set_rule(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    """Put a changed row in force; cases that are filed already keep the row they were filed under."""
    try:
        row, said = _changed(program, asked.table, asked.key, asked.values)
    except ValueError as no:
        return Outcome(f"{no} Nothing was changed.", 1)
    if not said:
        return Outcome(f"{asked.key} is like that already. Nothing was changed.")
    await program.save_rule(asked.table, asked.key, row, said)
    return Outcome(f"{asked.key} is in force with {said}. Cases that are filed already keep their own row.")


def _changed(program: Library, table: str, key: str, words: list[str]) -> tuple[Any, str]:
    """Return the row as it would be, and what is new of it; raises ValueError with a sentence."""
    if table not in CHANGEABLE:
        raise ValueError(f"There is no table {table!r} to change. Name one of: {', '.join(CHANGEABLE)}.")
    known = program.rules.rows(table)
    if key not in known:
        raise ValueError(f"The table {table} has no row {key!r}. See them with: rules {table}.")
    values = dict(word.partition("=")[::2] for word in words if "=" in word)
    if len(values) != len(words) or not values:
        raise ValueError("A change is written column=value, each column once.")
    foreign = [column for column in values if column not in CHANGEABLE[table]]
    if foreign:
        raise ValueError(f"{foreign[0]} of {table} cannot be changed here, only: {', '.join(CHANGEABLE[table])}.")
    row = known[key]
    if row.get("clock") == "legal" and {"value", "unit", "receipt_rollover"} & values.keys():
        raise ValueError(f"{key} is a time limit of the law ({row['source']}); it changes with a release only.")
    before = {column: _cell(row.get(column)) for column in values}
    after = {column: value.strip() for column, value in values.items()}
    made = _read(table, {**known, key: {**row, **after}}, key, program.rules.rows("policies"))
    if table == "policies":
        _check_policy(key, made, row, known)
    return made, "; ".join(f"{column}={value}" for column, value in after.items() if before[column] != value)


def _read(table: str, rows: Mapping[str, Mapping[str, Any]], key: str, policies: Mapping[str, Any]) -> Any:
    """Return the row as the table's own reader makes it, with all checks that a shipped file has to pass."""
    heads = next(csv.reader((FOLDER / f"{table}.csv").read_text("utf-8").splitlines()))
    with tempfile.TemporaryDirectory() as folder:
        with (Path(folder) / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            sheet = csv.writer(file)
            sheet.writerow(heads)
            sheet.writerows([[_cell(row.get(head)) for head in heads] for row in rows.values()])
        try:
            # Past the cache of the reader: this file is gone in a moment.
            read = _TABLES[table].__wrapped__(Path(folder))  # type: ignore[attr-defined]
        except WrongRule as wrong:
            raise ValueError(f"{str(wrong).split(', ', 2)[-1]}.") from None
    return read[key]


def _check_policy(key: str, made: Any, row: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ValueError where no term can be counted by this row, where it would be longer than it may be, or off its ladder."""
    if made.unit in list(TermUnit):
        DeadlineRule(key, made.value, made.unit)
        if made.unit != row["unit"] and row["unit"] in _LENGTHS and _LENGTHS.index(made.unit) > _LENGTHS.index(row["unit"]):
            raise ValueError(
                f"{key} cannot be counted in {made.unit}, which is longer than {row['unit']}: its ceiling is in these."
            )
    elif made.unit != row["unit"]:
        raise ValueError(f"{key} cannot be counted in {made.unit}.")
    Ladder.of({**known, key: asdict(made)})


def _cell(value: Any) -> str:
    """Return a value as it stands in a shipped table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(row: Mapping[str, Any]) -> dict[str, str]:
    return {column: _cell(value) for column, value in row.items()}
