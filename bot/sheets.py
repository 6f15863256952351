"""Excel files of reports: real days and numbers, a frozen header, filters, and no cell that could ever be a formula.

Every word goes into its cell as text, whatever it begins with (RELIABILITY E10). The file is made in memory, since nothing of a
case lies on the disk unsealed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from bot.domain.deadlines import in_vietnam
from bot.text import Text
from handlers.reports.shape import Cell, Column, Row

LONGEST_CELL = 32_767
LONGEST_NAME = 31
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DAY, _INSTANT = "dd/mm/yyyy", "dd/mm/yyyy hh:mm"
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")

Translate = Callable[[Text], str]


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of a file: its name, the lines that stand on top as in a document (the second is the title), and its table."""

    name: str
    head: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Row]


def workbook(pages: Sequence[Page], translate: Translate) -> bytes:
    """Return an XLSX file with these sheets, its words as `translate` says them."""
    made = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, options)
    styles = {
        name: book.add_format({"valign": "top", "text_wrap": name == "text"} | ({"num_format": shape} if shape else {}))
        for name, shape in (("text", ""), ("day", _DAY), ("instant", _INSTANT), ("count", "General"), ("percent", "0.0"))
    }
    styles["heading"] = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1, "bg_color": "#DDE7F0"}
    )
    styles["title"] = book.add_format({"bold": True, "font_size": 14})
    taken: set[str] = set()
    for page in pages:
        sheet = book.add_worksheet(legal_name(page.name, taken))
        _fill(sheet, page, styles, translate)
    book.close()
    return made.getvalue()


def legal_name(name: str, taken: set[str]) -> str:
    """Return a name that Excel takes for a sheet and that none of the `taken` has, and add it to them."""
    plain = _NOT_IN_NAMES.sub(" ", name).strip(" '")[:LONGEST_NAME].strip(" '") or "1"
    number, chosen = 2, plain
    while chosen.casefold() in taken or chosen.casefold() == "history":
        ending = f" {number}"
        chosen, number = plain[: LONGEST_NAME - len(ending)] + ending, number + 1
    taken.add(chosen.casefold())
    return chosen


def _fill(sheet: Worksheet, page: Page, styles: dict[str, Any], translate: Translate) -> None:
    for number, line in enumerate(page.head):
        sheet.write_string(number, 0, line, styles["title"] if number == 1 else None)
    top = len(page.head) + 1
    for place, column in enumerate(page.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(top, place, translate(column.heading), styles["heading"])
    for number, row in enumerate(page.rows, top + 1):
        for place, (column, cell) in enumerate(zip(page.columns, row, strict=True)):
            _put(sheet, number, place, cell, column, styles, translate)
    sheet.set_row(top, 48)
    sheet.freeze_panes(top + 1, 0)
    sheet.autofilter(top, 0, max(top + len(page.rows), top + 1), len(page.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _put(
    sheet: Worksheet, row: int, place: int, cell: Cell, column: Column, styles: dict[str, Any], translate: Translate
) -> None:
    if cell is None:
        return
    if isinstance(cell, datetime):
        # Excel knows no zones: what stands there is the clock of Vietnam.
        sheet.write_datetime(row, place, in_vietnam(cell).replace(tzinfo=None, microsecond=0), styles["instant"])
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, datetime(cell.year, cell.month, cell.day), styles["day"])  # noqa: DTZ001
    elif isinstance(cell, int | float):
        sheet.write_number(row, place, cell, styles["percent" if column.kind == "percent" else "count"])
    else:
        words = translate(cell) if isinstance(cell, Text) else cell
        if words:
            sheet.write_string(row, place, words[:LONGEST_CELL], styles["text"])
