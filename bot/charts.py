"""The chart of on time, extended and late answers, drawn so that it can be read on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from bot.fonts import BOLD, REGULAR

PNG = "image/png"
WIDTH = 1080
MARGIN = 48
# Three colours that people who cannot tell red from green tell apart too; each number stands in its own part.
COLOURS = ((31, 111, 178), (244, 185, 66), (192, 40, 40))
ON_COLOURS = ((255, 255, 255), (40, 30, 0), (255, 255, 255))
PAPER, INK, GREY = (255, 255, 255), (25, 28, 32), (95, 102, 110)
TITLE, WORDS, NUMBERS = 52, 42, 40
_BAR, _ROW, _LINE = 66, 146, 58
_LEAST = 6


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chart says: title, lines under it, the three names of the legend, and for each bar its label and three counts."""

    title: str
    lines: Sequence[str]
    legend: tuple[str, str, str]
    bars: Sequence[tuple[str, tuple[int, int, int]]]
    empty: str


def draw(chart: Drawn) -> bytes:
    """Return the chart as a PNG, WIDTH pixels wide and as high as it has bars.

    Every bar is as long as the others: its parts are the shares of an office's answers, its numbers say how many they were.
    """
    title, words, small = _font(BOLD, TITLE), _font(BOLD, WORDS), _font(REGULAR, WORDS - 4)
    titles = _wrapped(chart.title, title, WIDTH - 2 * MARGIN)
    lines = [part for line in chart.lines for part in _wrapped(line, small, WIDTH - 2 * MARGIN)]
    top = MARGIN + len(titles) * (TITLE + 16) + len(lines) * _LINE + 24
    legend = 3 * _LINE + 24
    height = top + legend + max(len(chart.bars), 1) * _ROW + MARGIN
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(picture)
    y = MARGIN
    for line in titles:
        pen.text((MARGIN, y), line, INK, title)
        y += TITLE + 16
    for line in lines:
        pen.text((MARGIN, y), line, GREY, small)
        y += _LINE
    y += 24
    for colour, name in zip(COLOURS, chart.legend, strict=True):
        pen.rectangle((MARGIN, y + 8, MARGIN + 40, y + 48), colour)
        pen.text((MARGIN + 60, y), name, INK, small)
        y += _LINE
    y += 24
    for label, parts in chart.bars:
        _bar(pen, y, _shortened(label, words, WIDTH - 2 * MARGIN), parts, words)
        y += _ROW
    if not chart.bars:
        pen.text((MARGIN, y), chart.empty, INK, words)
    made = BytesIO()
    picture.save(made, "PNG", optimize=True)
    return made.getvalue()


def _bar(pen: ImageDraw.ImageDraw, y: int, label: str, parts: tuple[int, int, int], words: ImageFont.FreeTypeFont) -> None:
    pen.text((MARGIN, y), label, INK, words)
    numbers = _font(BOLD, NUMBERS)
    x, end, above = MARGIN, WIDTH - MARGIN, y + WORDS + 14
    widths = _widths(parts, end - x)
    for count, width, colour, ink in zip(parts, widths, COLOURS, ON_COLOURS, strict=True):
        if not width:
            continue
        pen.rectangle((x, above, x + width - 1, above + _BAR), colour)
        if numbers.getlength(str(count)) + 12 <= width:
            pen.text((x + width / 2, above + _BAR / 2), str(count), ink, numbers, anchor="mm")
        x += width


def _widths(parts: tuple[int, int, int], whole: int) -> list[int]:
    """Return how wide the parts of a bar are in pixels: together the whole bar, and none but zero so narrow that it is lost."""
    total = sum(parts)
    if not total:
        return [0, 0, 0]
    widths = [max(round(whole * part / total), _LEAST) if part else 0 for part in parts]
    widths[widths.index(max(widths))] += whole - sum(widths)
    return widths


def _font(file: object, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), size)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return [_shortened(line, font, width) for line in lines]


def _shortened(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"
