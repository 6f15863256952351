"""Making reports apart from the turns: read over a connection that only reads, make the file, seal it, send it to the asker.

Rights are looked at twice: when the rows are read, and when the message is put into the outbox. Files go to staff's own chats
only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from bot.app import App
from bot.charts import PNG, Drawn, draw
from bot.dialogue.prompts import Prompt
from bot.dialogue.values import LaidFile
from bot.domain.events import ReportSent
from bot.domain.folding import fold
from bot.domain.people import Staff
from bot.domain.periods import period_named
from bot.files import SealedFiles
from bot.sheets import XLSX, Page, workbook
from bot.text import Text, _
from bot.usecases.ports import Work
from bot.usecases.report_jobs import DROP, KEEP, Wish, still_his
from bot.usecases.reporting import Asked, first_day
from handlers.reports import BY_NAME
from handlers.reports.shape import Report, heading, office_name, period_name
from handlers.turn import Notice
from handlers.verbs.reports import drill_buttons, has_form, report_buttons, stats_buttons

log = structlog.get_logger()

Translate = Callable[[Text], str]
LEGEND = (_("On time, without extension"), _("On time, after an extension"), _("Late"))
PATIENCE = 5.0
"""For so many seconds other timed work waits for a report."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report as it was read: the message, and what makes the file that comes with it, under the name that the reader sees.

    Making the file takes no database, only time: it is done in a thread.
    """

    prompt: Prompt
    file: Callable[[], bytes] | None = None
    name: str = ""
    mime: str = ""


class ReportMaker:
    """Makes the reports that wait as jobs, and removes their files after a while."""

    def __init__(self, app: App, files: SealedFiles) -> None:
        self._app = app
        self._files = files
        self._making: dict[str, asyncio.Task[None]] = {}

    async def make(self, key: str, payload: Mapping[str, Any]) -> bool:
        """Make one report and put it into its reader's chat; False while it is not ready after PATIENCE: then ask again.

        So a report over a year of many cases holds up no other timed work. It is sent once, however often this is called.
        """
        if key not in self._making:
            self._making[key] = asyncio.create_task(self._make(Wish(**payload)))
        making = self._making[key]
        ready, _not_ready = await asyncio.wait([making], timeout=PATIENCE)
        if not ready:
            return False
        del self._making[key]
        making.result()
        return True

    async def _make(self, wished: Wish) -> None:
        """Read, make, seal and send one report; nothing where its reader may not have it any more."""
        agency = self._app.agency.name
        made = await self._app.read(lambda work: self._made(work, wished, agency))
        if made is None:
            log.info("a report was not sent, as its reader may not have it any more", staff=wished.staff)
            return
        file = made.file
        store = await asyncio.to_thread(lambda: self._files.put(file(), wished.once)) if file else ""
        await self._app.run(lambda work: self._send(work, wished, made, store))

    async def drop(self, key: str, payload: Mapping[str, Any], tries: int) -> None:
        """Remove the file of a report that was sent some days ago."""
        await asyncio.to_thread(self._files.delete, key)

    async def _made(self, work: Work, wished: Wish, agency: str) -> Made | None:
        staff = await still_his(work, wished)
        if staff is None or staff.person is None:
            return None
        person = await work.people.by_id(staff.person)
        translate = self._app.translator(person.language if person else "vi")
        return await make_report(work, staff, wished, agency, translate)

    async def _send(self, work: Work, wished: Wish, made: Made, store: str) -> None:
        if await still_his(work, wished) is None:
            return
        if await work.outbox.state_of(f"{wished.once}:0") is not None:
            return  # It was sent before a kill; the file just made belongs to nobody and is swept.
        prompt = made.prompt
        if store:
            prompt = Prompt(prompt.text, prompt.buttons, files=(LaidFile(store, made.name, made.mime),), protect=True)
            await work.jobs.put(DROP, store, work.now + KEEP, {})
        await self._app.tell(work, [Notice(wished.staff, prompt, "report", once=wished.once)])
        work.record(
            ReportSent(
                actor=wished.staff,
                report=wished.report,
                form=wished.form,
                unit=wished.unit,
                period=wished.period,
                why=wished.why,
            )
        )


async def make_report(work: Work, staff: Staff | None, wished: Wish, agency: str, translate: Translate) -> Made | None:
    """Return the report that is wished for, read for this member of staff (None: the operator); None where there is no such."""
    report, period = BY_NAME.get(wished.report), period_named(wished.period, work.now, first_day(work.rules))
    if report is None or period is None or not has_form(report, wished.form):
        return None
    if staff is not None and not staff.has(*report.roles):
        return None
    asked = Asked(work, staff, wished.unit, period)
    if wished.form == "png":
        return Made(
            Prompt(heading(report.title, asked)),
            partial(draw, await _drawn(report, asked, translate)),
            _file_name(report, asked, "png", translate),
            PNG,
        )
    by_itself = wished.why != "asked"
    if wished.form == "chat" and not by_itself:
        buttons = stats_buttons(asked, "") if report.name == "numbers" else report_buttons(report, asked)
        return Made(Prompt(await report.short(asked), buttons + drill_buttons(asked, report.name)))
    text = await report.short(asked) if by_itself or wished.form == "chat" else heading(report.title, asked, of_now=report.of_now)
    pages = await _pages(report, asked, agency, translate)
    if by_itself and not pages[0].rows:
        return Made(Prompt(text))
    return Made(Prompt(text), partial(workbook, pages, translate), _file_name(report, asked, "xlsx", translate), XLSX)


async def _pages(report: Report, asked: Asked, agency: str, translate: Translate) -> list[Page]:
    head = [line for line in (agency.upper(), translate(report.title).upper()) if line]
    when = _("As of {at}")(at=asked.now) if report.of_now else _("Period: {period}")(period=period_name(asked.period))
    head += [
        translate(_("Office: {unit}")(unit=office_name(asked, asked.unit))),
        translate(when),
        translate(_asker(asked)),
    ]
    return [Page(translate(sheet.title), head, sheet.columns, await sheet.rows(asked)) for sheet in report.sheets]


def _asker(asked: Asked) -> Text:
    """Return the line that says who asked and when, as a document addresses him."""
    if asked.staff is None:
        return _("Made at {at}")(at=asked.now)
    return _("Made at {at} for Mr/Ms {name}")(at=asked.now, name=asked.staff.name)


async def _drawn(report: Report, asked: Asked, translate: Translate) -> Drawn:
    assert report.bars is not None
    bars = await report.bars(asked)
    named = [(bar.label or translate(_("others")), bar.parts) for bar in bars]
    on_time, extended, late = (translate(name) for name in LEGEND)
    lines = [office_name(asked, asked.unit), translate(period_name(asked.period))]
    title = translate(_("Answers on time and late, by office"))
    return Drawn(title, lines, (on_time, extended, late), named, translate(_("No answer was given in this period.")))


def _file_name(report: Report, asked: Asked, ending: str, translate: Translate) -> str:
    """Return the name under which the file is saved: in the reader's language, without marks, for any telephone."""
    words = fold(f"{translate(report.title)} {office_name(asked, asked.unit)} {asked.period.name}")
    return f"{words.replace(' ', '-')[:80]}.{ending}"
