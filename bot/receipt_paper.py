"""Receipts to print for people without a chat: a PDF in A5, sent to the officer's own chat, made apart from any turn.

The PIN is made together with the paper: no job, session or message ever held it. The sealed file is removed after a day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.app import App
from bot.dialogue.prompts import Button, Prompt
from bot.dialogue.values import LaidFile
from bot.domain.refs import new_pin
from bot.files import SealedFiles
from bot.posters import HEIGHT, MARGIN, WIDTH, Sheet
from bot.text import Text, _
from bot.usecases.ports import Work
from bot.usecases.report_jobs import DROP
from bot.usecases.taking import may_print, seal_pin
from handlers.papers import Paper, receipt_paper
from handlers.turn import Notice

log = structlog.get_logger()

PDF: Final = "application/pdf"
KEEP: Final = timedelta(days=1)
LANGUAGE: Final = "vi"
SIZE: Final = "A5"
_FOOT = HEIGHT - 22.0
_NAMES = 52.0  # Width of the column of names, in millimetres of A4.


class ReceiptPrinter:
    """Makes the receipts that wait as jobs."""

    def __init__(self, app: App, files: SealedFiles) -> None:
        self._app = app
        self._files = files

    async def print(self, key: str, payload: Mapping[str, Any], tries: int) -> None:
        """Make one receipt and put it into the officer's chat; once, as a second one would change the PIN of the first."""
        staff, case, once = int(payload["staff"]), int(payload["case"]), str(payload["once"])
        pin = new_pin()
        paper = await self._app.read(lambda work: self._words(work, staff, case, pin, once))
        if paper is None:
            log.info("a receipt was not made, as it was sent or may not be had any more", staff=staff)
            return
        say, now = self._app.translator(LANGUAGE), self._app.clock()
        store = await asyncio.to_thread(lambda: self._files.put(draw_receipt(paper, say, now)))
        await self._app.run(lambda work: self._send(work, staff, case, pin, store, once))

    async def _words(self, work: Work, staff: int, case: int, pin: str, once: str) -> Paper | None:
        allowed = await may_print(work, staff, case)
        if allowed is None or await work.outbox.state_of(f"{once}:0") is not None:
            return None
        return await receipt_paper(work, allowed[1], pin, self._app.agency, work.now)

    async def _send(self, work: Work, staff: int, case: int, pin: str, store: str, once: str) -> None:
        await work.jobs.put(DROP, store, work.now + KEEP, {})
        allowed = await may_print(work, staff, case)
        if allowed is None:
            return
        officer, taken = allowed
        told = _(
            "The receipt of case {code}, to print in A5 and hand over or post. Its PIN stands only there; please delete the file "
            "afterwards."
        )(code=taken.code)
        file = LaidFile(store, f"{taken.code}.pdf", PDF)
        prompt = Prompt(told, (Button(f"open:{taken.code}", _("Open")),), files=(file,), protect=True)
        await self._app.tell(work, [Notice(staff, prompt, "receipt", once=once)])
        await seal_pin(work, officer, taken, pin)


def draw_receipt(paper: Paper, say: Callable[[Text], str], now: datetime) -> bytes:
    """Return the PDF, one page of A5; `say` words a sentence in the reader's language."""
    sheet = Sheet(SIZE)
    sheet.pdf.set_title(say(paper.title))
    sheet.pdf.set_author(paper.agency)
    sheet.pdf.set_lang("vi-VN")
    sheet.pdf.set_creation_date(now)
    sheet.pdf.add_page()
    inner = WIDTH - 2 * MARGIN
    below = sheet.words(MARGIN, 12, inner, paper.agency, sheet.fitting(paper.agency, inner, 1, 15, 10), bold=True)
    below = sheet.words(MARGIN, below + 4, inner, say(paper.title).upper(), 23, bold=True)
    below = _code_and_pin(sheet, paper, below + 5, say)
    for points in (15.0, 14.0, 13.0, 12.0, 11.0, 10.0):  # The largest at which all stands above the foot.
        if below + _height(sheet, paper, say, points) <= _FOOT:
            break
    for name, words in paper.lines:
        sheet.words(MARGIN, below, _NAMES - 4, say(name), points, bold=True, centre=False)
        beneath = sheet.words(MARGIN + _NAMES, below, inner - _NAMES, say(words), points, centre=False)
        names = _lines_of(sheet, say(name), _NAMES - 4, points, True) * _line(points)
        below = max(beneath, below + names) + 1.5
    sheet.box(MARGIN, below + 1, inner, 0.4)
    below += 4.5
    for sentence in paper.sentences:
        below = sheet.words(MARGIN, below, inner, say(sentence), points, centre=False) + 2
    sheet.words(MARGIN, _FOOT + 4, inner, say(paper.printed), 11, grey=60)
    return bytes(sheet.pdf.output())


def _code_and_pin(sheet: Sheet, paper: Paper, top: float, say: Callable[[Text], str]) -> float:
    half = (WIDTH - 2 * MARGIN) / 2
    for place, (name, words) in enumerate(((_("Case code"), paper.code), (_("PIN"), paper.pin))):
        left = MARGIN + place * half
        sheet.words(left, top, half, say(name), 14)
        sheet.words(left, top + 6, half, words, 30, bold=True)
    sheet.box(MARGIN, top + 21, WIDTH - 2 * MARGIN, 0.4)
    return top + 25


def _height(sheet: Sheet, paper: Paper, say: Callable[[Text], str], points: float) -> float:
    """Return how much room lines and sentences take at this size, in millimetres of A4."""
    inner = WIDTH - 2 * MARGIN
    room = 4.5
    for name, words in paper.lines:
        lines = max(
            _lines_of(sheet, say(name), _NAMES - 4, points, True),
            _lines_of(sheet, say(words), inner - _NAMES, points, False),
        )
        room += lines * _line(points) + 1.5
    return room + sum(_lines_of(sheet, say(one), inner, points, False) * _line(points) + 2 for one in paper.sentences)


def _line(points: float) -> float:
    return points * 0.3528 * 1.25


def _lines_of(sheet: Sheet, text: str, width: float, points: float, bold: bool) -> int:
    """Return in how many lines a text is set; one that fits nowhere counts as very many."""
    return next((n for n in range(1, 40) if sheet.fitting(text, width, n, points, points - 0.5, bold=bold) == points), 40)
