"""Reading a sheet that somebody made elsewhere, CSV or XLSX, into lines of words. Sheets are not trusted."""

from __future__ import annotations

import csv
import io
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.domain.folding import fold
from bot.domain.refusal import Refusal
from bot.text import Text, _

MOST_BYTES = 10_000_000
MOST_ROWS = 50_000
MOST_COLUMNS = 60
MOST_LETTERS = 2_000
MOST_UNPACKED = 60_000_000
MOST_PARTS = 500
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, NotImplementedError, RuntimeError),
    *(AttributeError, KeyError, IndexError, TypeError, ValueError, OSError, EOFError),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value of a sheet, and what to do about it; `line` as the spreadsheet counts, the head being 1."""

    line: int
    column: str
    value: str
    advice: str

    def sentence(self) -> str:
        """Return the problem as one line of English."""
        value = f" {self.value!r}" if self.value else ""
        return f"line {self.line}, {self.column}:{value} {self.advice}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not empty: the words under each column that the sheet has, in NFC, spaces folded."""

    number: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a sheet and what is wrong with its head."""

    columns: frozenset[str]
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]


def read_sheet(data: bytes, filename: str, heads: Mapping[str, Sequence[str]], needed: Iterable[str]) -> Sheet:
    """Return the lines of a CSV or XLSX file (its first sheet). `heads` gives for each column the names it may have.

    CSV is UTF-8 with or without a byte order mark, or UTF-16, parted by comma, semicolon or tab. Raises Refusal where the file
    as a whole cannot be used: not such a file, too large, no head, or a needed column missing.
    """
    if len(data) > MOST_BYTES:
        raise _refused(_("{file} is larger than {most} MB. Split it."), filename, most=MOST_BYTES // 1_000_000)
    if data.startswith(OLD_EXCEL):
        raise _refused(_("{file} is an old Excel file. Save it as .xlsx or CSV UTF-8."), filename)
    rows: Iterable[tuple[int, Sequence[object]]]
    rows = _xlsx_rows(data, filename) if data.startswith(ZIP) else _csv_rows(data, filename)
    known = {fold(name): column for column, names in heads.items() for name in (column, *names)}
    head: list[str] = []
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, row in rows:
        if number > MOST_ROWS:
            raise _refused(_("{file} has more than {most} lines. Split it."), filename, most=MOST_ROWS)
        cells = [_clean(cell) for cell in row]
        if not any(cells):
            continue
        if not head:
            head = [known.get(fold(cell), "") for cell in cells]
            problems += _wrong_heads(number, cells, head, heads)
            continue
        problems += [
            Problem(number, _at(head, at), cell[:20], f"is longer than {MOST_LETTERS} letters. Shorten it.")
            for at, cell in enumerate(cells)
            if len(cell) > MOST_LETTERS
        ]
        if any(cells[len(head) :]):
            problems.append(Problem(number, "", "", "has more cells than the head. Check the separators and quotes."))
        padded = cells + [""] * (len(head) - len(cells))
        lines.append(Line(number, {column: cell for column, cell in zip(head, padded, strict=False) if column}))
    missing = [column for column in needed if column not in head]
    if missing:
        said = _("{file} has no column {columns}. The first line must name the columns.")
        raise _refused(said, filename, columns=", ".join(missing))
    return Sheet(frozenset(head) - {""}, tuple(lines), tuple(problems))


def day_of(text: str) -> date | None:
    """Return the day that is written as 2026-11-24 or 24/11/2026 (or with dots or dashes), None where it is no day."""
    words = text.replace(".", "/").replace("-", "/").split("/")
    if len(words) != 3 or not all(word.isascii() and word.isdigit() for word in words):
        return None
    year_first = len(words[0]) == 4
    year, month, day = words if year_first else reversed(words)
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None


def _refused(text: Text, filename: str, **values: str | int) -> Refusal:
    return Refusal(text(file=filename, **values))


def _at(head: Sequence[str], at: int) -> str:
    return head[at] if at < len(head) else ""


def _wrong_heads(number: int, cells: Sequence[str], head: Sequence[str], heads: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    for at, (cell, column) in enumerate(zip(cells, head, strict=True)):
        if cell and not column:
            yield Problem(number, cell, "", "is no known column. Take it out, or name it one of: " + ", ".join(heads) + ".")
        if column and column in head[:at]:
            yield Problem(number, column, cell, "stands twice. Take one column out.")


def _clean(cell: object) -> str:
    """Return a cell as words: whole numbers without a point, days as 2026-11-24, no control characters, spaces folded."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def _csv_rows(data: bytes, filename: str) -> Iterator[tuple[int, Sequence[object]]]:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise _refused(_("{file} is neither XLSX nor CSV in UTF-8. Save it as one of them."), filename) from None
    first = next((line for line in text[:10_000].splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS:
                raise _refused(_("{file} has more than {most} columns in line {line}."), filename, most=MOST_COLUMNS, line=begins)
            yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        said = _("{file} cannot be read from line {line} on: {error}. Check the quotes.")
        raise _refused(said, filename, line=begins, error=str(error)) from None


def _xlsx_rows(data: bytes, filename: str) -> list[tuple[int, Sequence[object]]]:
    try:
        _look_into(data, filename)
        # What openpyxl leaves out (styles, extensions) is of no use here, so that its warnings are of none either.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                sheet = book.worksheets[0]
                # What the file says of its own size is not to be believed.
                sheet.reset_dimensions()
                rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
                return list(enumerate(islice(rows, MOST_ROWS + 1), 1))
            finally:
                book.close()
    except UNREADABLE as error:
        said = _("{file} is not an XLSX file that can be read. Open it in a spreadsheet program and save it anew.")
        raise _refused(said, filename) from error


def _look_into(data: bytes, filename: str) -> None:
    """Raise Refusal for a packed file that unpacks to too much, or whose parts bring definitions of their own (XML bombs)."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = packed.infolist()
        # Unpacking stops at the sizes that are summed up here, whatever the packed data would give.
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise _refused(_("{file} unpacks to too much. Save the sheet alone as CSV."), filename)
        texts = (packed.read(part) for part in parts if part.filename.endswith((".xml", ".rels", ".vml")))
        if any(b"<!DOCTYPE" in text.replace(b"\0", b"") for text in texts):
            raise _refused(_("{file} holds definitions that no sheet needs. Save the sheet alone as CSV."), filename)
