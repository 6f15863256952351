"""Posters for the wall of an office: a PDF as a printer takes it, black on white, one page for each office or counter.

Everything is drawn in A4 and made smaller for A5. Fonts are embedded, text can be copied out of the file, and the codes are
drawn, not pictures, so that they stay sharp at any size.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import segno

from bot.fonts import BOLD, REGULAR
from bot.text import Text, _

if TYPE_CHECKING:
    from fpdf import FPDF

SIZES: Final = {"A4": (210.0, 297.0), "A5": (148.0, 210.0)}  # Width and height in millimetres.
WIDTH, HEIGHT = SIZES["A4"]
MARGIN = 15.0
QUIET = 4  # Modules of white around a code. Source: ISO/IEC 18004.
FONT = "poster"
_ONE_CODE, _TWO_CODES = 100.0, 84.0

# fontTools tells at length what it leaves out of a font; nobody needs to hear it.
logging.getLogger("fontTools").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Code:
    """One QR code: the messenger's name above it, its link, and how to begin below it."""

    messenger: str
    link: str
    how: Text


@dataclass(frozen=True, slots=True)
class Poster:
    """What one page says. `place` is the counter ("" the whole office); `promises_a_date` is wrong where nobody here can."""

    office: str
    place: Text | None
    codes: tuple[Code, ...]
    promises_a_date: bool = True


@dataclass(frozen=True, slots=True)
class House:
    """What every page says of whoever runs this; empty words are left out."""

    agency: str = ""
    phone: str = ""
    hours: str = ""
    address: str = ""


def draw(posters: Sequence[Poster], house: House, size: str, say: Callable[[Text], str], now: datetime) -> bytes:
    """Return the PDF, a page for each poster. `size` is a key of `SIZES`; `say` words a sentence in the reader's language."""
    sheet = Sheet(size)
    sheet.pdf.set_title(say(_("Tell us how you were served")))
    sheet.pdf.set_author(house.agency)
    sheet.pdf.set_lang("vi-VN")
    sheet.pdf.set_creation_date(now)
    for poster in posters:
        sheet.pdf.add_page()
        _page(sheet, poster, house, say)
    return bytes(sheet.pdf.output())


class Sheet:
    """Drawing in millimetres of A4, on paper of any size of that shape."""

    def __init__(self, size: str) -> None:
        width, height = SIZES[size]
        # The shorter of both ratios, and what is left of the paper to either side.
        self.scale = min(width / WIDTH, height / HEIGHT)
        self.left = (width - WIDTH * self.scale) / 2
        # Loaded with the first sheet: a third of a second and some 20 MiB, which else every start of the program would cost.
        self.pdf: FPDF = importlib.import_module("fpdf").FPDF(orientation="portrait", unit="mm", format=(width, height))
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        self._fitted: dict[tuple[str, float, int, float, float, bool], float] = {}
        self.pdf.add_font(FONT, "", REGULAR)
        self.pdf.add_font(FONT, "B", BOLD)

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Fill a rectangle."""
        self.pdf.set_fill_color(0)
        self.pdf.rect(self.left + x * self.scale, y * self.scale, width * self.scale, height * self.scale, style="F")

    def disc(self, x: float, y: float, radius: float) -> None:
        """Fill a circle around a point."""
        self.pdf.set_fill_color(0)
        self.pdf.circle(self.left + x * self.scale, y * self.scale, radius * self.scale, style="F")

    def tick(self, x: float, y: float, size: float) -> None:
        """Draw a tick."""
        self.pdf.set_draw_color(0)
        self.pdf.set_line_width(size / 5 * self.scale)
        points = [(x, y + size * 0.55), (x + size * 0.35, y + size * 0.9), (x + size, y + size * 0.1)]
        self.pdf.polyline([(self.left + px * self.scale, py * self.scale) for px, py in points])

    def words(
        self, x: float, y: float, width: float, text: str, points: float, bold: bool = False, centre: bool = True, grey: int = 0
    ) -> float:
        """Write text in lines no longer than `width`, the top of the first at `y`; return where the next may begin."""
        self.pdf.set_font(FONT, "B" if bold else "", points * self.scale)
        self.pdf.set_text_color(grey)
        self.pdf.set_xy(self.left + x * self.scale, y * self.scale)
        line = points * 0.3528 * 1.25 * self.scale
        align = "C" if centre else "L"
        self.pdf.multi_cell(width * self.scale, line, text, align=align, new_x="LEFT", new_y="NEXT")
        return float(self.pdf.get_y()) / self.scale

    def fitting(self, text: str, width: float, lines: int, largest: float, smallest: float, bold: bool = True) -> float:
        """Return the largest size in points at which the text takes no more than so many lines of that width."""
        asked = (text, width, lines, largest, smallest, bold)
        if asked not in self._fitted:  # Most words stand on every page.
            self.pdf.set_font(FONT, "B" if bold else "", 1)
            at_one_point = [float(self.pdf.get_string_width(word)) for word in [" ", *text.split()]]
            points = largest
            while points > smallest and _lines(at_one_point[1:], at_one_point[0], width / points) > lines:
                points -= 0.5
            self._fitted[asked] = points
        return self._fitted[asked]

    def code(self, x: float, y: float, width: float, link: str) -> None:
        """Draw a QR code with its white edge, `width` wide in all; a quarter of it may be dirty or torn."""
        matrix = segno.make(link, error="q", micro=False).matrix
        module = width / (len(matrix) + 2 * QUIET)
        for row, line in enumerate(matrix):
            column = 0
            while column < len(line):
                run = column
                while run < len(line) and line[run]:
                    run += 1
                if run > column:
                    # A hair taller than a module, so that no reader of PDF shows a white line between two rows.
                    left, top = x + (column + QUIET) * module, y + (row + QUIET) * module
                    self.box(left, top, (run - column) * module, module * 1.02)
                column = max(run, column + 1)


def _lines(words: Sequence[float], space: float, width: float) -> int:
    """Return in how many lines words of these widths are set; a hundredth is left free, as sizes are rounded in the file."""
    lines, filled = 1, 0.0
    for word in words:
        if filled and filled + space + word > width * 0.99:
            lines, filled = lines + 1, word
        else:
            filled += word + (space if filled else 0.0)
    return lines


def _page(sheet: Sheet, poster: Poster, house: House, say: Callable[[Text], str]) -> None:
    inner = WIDTH - 2 * MARGIN
    sheet.box(0, 0, WIDTH, 36)
    title = say(_("How were you served here? Tell us"))
    sheet.words(MARGIN, 8, inner, house.agency, sheet.fitting(house.agency, inner, 1, 14, 9, bold=False), grey=255)
    sheet.words(MARGIN, 19, inner, title, sheet.fitting(title, inner, 1, 27, 14), bold=True, grey=255)

    points = sheet.fitting(poster.office, inner, 1, 28, 20)
    if points == 20:  # Rather two lines than small ones.
        points = sheet.fitting(poster.office, inner, 2, 24, 13)
    below = sheet.words(MARGIN, 43, inner, poster.office, points, bold=True)
    if poster.place is not None:
        below = sheet.words(MARGIN, below, inner, say(poster.place), 24, bold=True)
    _codes(sheet, poster.codes, max(below + 2, 60), say)
    _steps(sheet, 181, say)
    _promises(sheet, poster, 207, say)
    _telephone(sheet, house, say)


def _codes(sheet: Sheet, codes: Sequence[Code], top: float, say: Callable[[Text], str]) -> None:
    room = 176 - top
    width = min(_ONE_CODE if len(codes) == 1 else _TWO_CODES, room - 15)
    column = (WIDTH - 2 * MARGIN) / len(codes)
    points = min(sheet.fitting(say(code.how), column - 4, 1, 14, 9, bold=False) for code in codes)
    for place, code in enumerate(codes):
        left = MARGIN + place * column
        above = top + (room - width - 15) / 2
        sheet.words(left, above, column, code.messenger, 22, bold=True)
        sheet.code(left + (column - width) / 2, above + 6, width, code.link)
        sheet.words(left + 2, above + 4.5 + width, column - 4, say(code.how), points)


def _steps(sheet: Sheet, top: float, say: Callable[[Text], str]) -> None:
    steps = (_("Scan the code"), _("Open the chat"), _("Send what you saw"))
    sheet.box(MARGIN, top - 4, WIDTH - 2 * MARGIN, 0.5)
    column = (WIDTH - 2 * MARGIN) / len(steps)
    for place, step in enumerate(steps):
        left = MARGIN + place * column
        sheet.disc(left + 7, top + 8, 6)
        sheet.words(left + 1, top + 3.6, 12, str(place + 1), 20, bold=True, grey=255)
        words = say(step)
        points = sheet.fitting(words, column - 17, 2, 18, 11)
        lines = 1 if sheet.fitting(words, column - 17, 1, points, points - 1) == points else 2
        sheet.words(left + 16, top + 8 - lines * points * 0.22, column - 17, words, points, bold=True, centre=False)
    sheet.box(MARGIN, top + 19, WIDTH - 2 * MARGIN, 0.5)


def _promises(sheet: Sheet, poster: Poster, top: float, say: Callable[[Text], str]) -> None:
    promises = (
        _("A code by which you see at any time where your case is."),
        _("A day by which you have an answer, counted in working days.")
        if poster.promises_a_date
        else _("You hear to which office it was passed on, and when."),
        _("Kept in confidence: whom you write about does not see who wrote. You may stay anonymous."),
    )
    width = WIDTH - 2 * MARGIN - 12
    points = min(sheet.fitting(say(promise), width, 1, 15, 13, bold=False) for promise in promises)
    for promise in promises:
        sheet.tick(MARGIN + 2, top + 0.6, 5)
        top = sheet.words(MARGIN + 12, top, width, say(promise), points, centre=False) + 3.5


def _telephone(sheet: Sheet, house: House, say: Callable[[Text], str]) -> None:
    inner = WIDTH - 2 * MARGIN
    sheet.box(MARGIN, 243, inner, 0.5)
    below = 246.0
    if house.phone:
        sheet.words(MARGIN, below, inner, say(_("Rather speak to somebody? Call")), 14)
        points = sheet.fitting(house.phone, inner, 1, 34, 16)
        below = sheet.words(MARGIN, below + 6.5, inner, house.phone, points, bold=True)
    lines = [house.hours, say(_("Or come to: {address}")(address=house.address)) if house.address else ""]
    for line in filter(None, lines):
        points = sheet.fitting(line, inner, 1, 13, 9, bold=False)
        below = sheet.words(MARGIN, below + 0.5, inner, line, points)
    sheet.words(MARGIN, 285, inner, say(_("In an emergency call 113 (police), 114 (fire), 115 (ambulance).")), 11, grey=60)
