"""Excel files and charts: real days, numbers and words, nothing that Excel would run, and pictures that say what they should."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from PIL import Image

from bot.catalogue import Catalogue
from bot.charts import COLOURS, MARGIN, PAPER, WIDTH, Drawn, draw
from bot.sheets import LONGEST_CELL, LONGEST_NAME, Page, legal_name, workbook
from bot.text import _, as_is
from handlers.reports.shape import Column

VIETNAMESE = Catalogue().translator("vi")
COLUMNS = (
    Column(as_is("Chữ"), "text", 30),
    Column(as_is("Ngày"), "date"),
    Column(as_is("Lúc"), "instant"),
    Column(as_is("Số"), "count"),
    Column(as_is("Phần trăm"), "percent"),
)
HEAD = ["ỦY BAN NHÂN DÂN TỈNH", "BÁO CÁO", "Kỳ: tháng 12/2026"]
DANGEROUS = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "  =1+1",
    "\u200b=1+1",
    "{=1+1}",
    "http://example.vn",
    "mailto:x@y",
    "=cmd|' /C calc'!A0",
    "123",
    "01/01/2026",
    "_x003D_1+1",
]


def opened(rows, columns=COLUMNS, name="Trang"):
    data = workbook([Page(name, HEAD, columns, rows)], VIETNAMESE)
    return data, load_workbook(BytesIO(data)).worksheets[0]


def test_every_cell_has_the_type_of_what_stands_in_it():
    _data, sheet = opened([("Tràng Định", date(2026, 11, 25), datetime(2026, 11, 25, 2, 30, tzinfo=UTC), -3, 66.7)])
    words, day, instant, count, percent = sheet[6]
    assert (words.data_type, words.value) == ("s", "Tràng Định")
    assert (day.value, day.number_format, day.is_date) == (datetime(2026, 11, 25), "dd/mm/yyyy", True)
    assert (instant.value, instant.number_format) == (datetime(2026, 11, 25, 9, 30), "dd/mm/yyyy hh:mm")
    assert (count.data_type, count.value) == ("n", -3)  # A negative number stays a number.
    assert (percent.data_type, percent.value, percent.number_format) == ("n", 66.7, "0.0")


def test_the_header_is_frozen_filtered_and_stands_under_the_head_of_a_document():
    _data, sheet = opened([("a", None, None, 1, None), (None, None, None, None, None)])
    assert [sheet.cell(row, 1).value for row in range(1, 6)] == [*HEAD, None, "Chữ"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A6", "A5:E7")
    assert sheet.column_dimensions["A"].width > 29
    assert sheet.print_title_rows == "$5:$5"


@pytest.mark.parametrize("words", DANGEROUS)
def test_nothing_that_was_written_becomes_a_formula_a_link_or_a_number(words):
    data, sheet = opened([(words, None, None, None, None)], name=words or "x")
    cell = sheet["A6"]
    assert cell.data_type == "s" and cell.hyperlink is None
    assert cell.value.strip() == words.replace("\r", "\n").strip() or "\x00" in words or words.startswith(("\r", "_x"))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page and "<f " not in page and "hyperlink" not in page


def test_headings_and_the_head_are_no_formulas_either():
    data = workbook([Page("=A1", ["=1+1", "=2+2"], (Column(as_is("=3+3")),), [(as_is("=4+4"),)])], VIETNAMESE)
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    cells = [sheet["A1"], sheet["A2"], sheet["A4"], sheet["A5"]]
    assert [(cell.data_type, cell.value) for cell in cells] == [("s", f"={n}+{n}") for n in (1, 2, 3, 4)]


def test_words_longer_than_a_cell_are_cut_and_not_lost():
    _data, sheet = opened([("x" * (LONGEST_CELL + 9), None, None, None, None)])
    assert sheet["A6"].value == "x" * LONGEST_CELL


@pytest.mark.parametrize("name", ["a/b:c*d?[e]\\f", "'quoted'", "x" * 90, "", "///", "History", "Số liệu quý 4/2026"])
def test_sheets_have_names_that_excel_takes(name):
    taken: set[str] = set()
    first, second = legal_name(name, taken), legal_name(name, taken)
    assert first.casefold() != second.casefold()
    for one in (first, second):
        assert 0 < len(one) <= LONGEST_NAME and not set(one) & set("[]:*?/\\") and one.strip("'") == one
        assert one.casefold() != "history"
    workbook([Page(first, [], COLUMNS, []), Page(second, [], COLUMNS, [])], VIETNAMESE)


def test_sentences_of_ours_come_in_the_language_of_the_reader():
    _data, sheet = opened([(_("late"), None, None, None, None)])
    assert sheet["A6"].value == "chậm"


# -- the chart -----------------------------------------------------------------------------------------------------


def chart(*parts: tuple[int, int, int], label: str = "Phường Tam Thanh") -> Image.Image:
    drawn = Drawn("Tiêu đề", ["dòng"], ("a", "b", "c"), [(label, each) for each in parts], "trống")
    return Image.open(BytesIO(draw(drawn)))


def colours(picture: Image.Image, from_bottom: int) -> list[int]:
    """How many pixels of each of the three colours stand in a line so far from the bottom."""
    line = [picture.getpixel((x, picture.height - from_bottom)) for x in range(MARGIN, WIDTH - MARGIN)]
    return [line.count(colour) for colour in COLOURS]


EDGE = MARGIN + 146 - 42 - 14 - 4  # A line just below the upper edge of the last bar, above its numbers.


@pytest.mark.parametrize(
    ("parts", "shares"),
    [((1, 0, 0), (1, 0, 0)), ((0, 0, 7), (0, 0, 1)), ((1, 1, 0), (0.5, 0.5, 0)), ((6, 1, 3), (0.6, 0.1, 0.3))],
)
def test_the_parts_of_a_bar_are_the_shares(parts, shares):
    width = WIDTH - 2 * MARGIN
    found = colours(chart(parts), EDGE)
    assert sum(found) == width
    assert all(abs(pixels - share * width) <= 2 for pixels, share in zip(found, shares, strict=True))


def test_one_late_answer_in_a_thousand_is_seen():
    assert colours(chart((1000, 0, 1)), EDGE)[2] >= 6


def test_the_picture_is_as_wide_as_a_phone_reads_and_grows_with_its_bars():
    one, three = chart((1, 0, 0)), chart((1, 0, 0), (0, 1, 0), (0, 0, 1))
    assert (one.width, three.width, one.format) == (WIDTH, WIDTH, "PNG")
    assert three.height - one.height == 2 * 146
    assert chart(label="Ủy ban nhân dân rất dài " * 9).width == WIDTH
    assert chart().height == one.height and chart().getpixel((2, 2)) == PAPER
