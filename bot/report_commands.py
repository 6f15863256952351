"""`report` on the command line: a report as a file, read only, beside a running `web` or without one."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.catalogue import Catalogue
from bot.control import Outcome
from bot.domain.periods import period_named
from bot.program import Library
from bot.reporting import make_report
from bot.usecases.ports import Work
from bot.usecases.report_jobs import Wish
from bot.usecases.reporting import first_day
from handlers.reports import BY_NAME
from handlers.verbs.reports import has_form


async def report(program: Library, asked: argparse.Namespace) -> Outcome:
    """Write a report for the operator: of the whole office named, since nobody is kept from what is about himself here."""
    form = "png" if asked.output.lower().endswith(".png") else "xlsx"
    if program.tree.get(asked.unit) is None:
        return Outcome(f"There is no office with the code {asked.unit!r}. Find it with: find-unit NAME", 1)
    if not has_form(BY_NAME[asked.name], form):
        return Outcome(f"The report {asked.name} has no picture; write it to a file that ends in .xlsx.", 2)
    if not asked.output.lower().endswith(f".{form}"):
        return Outcome("The file must end in .xlsx, or in .png for a picture.", 2)
    period = await program.read(lambda work: _period(work, asked.period))
    if period is None:
        return Outcome(f"{asked.period!r} is no period. Write month, last, quarter, year, 2026-11, 2026-Q4 or 2026.", 2)
    wished = Wish(0, asked.name, form, asked.unit, period, "asked", "")
    translate = Catalogue().translator("vi")
    made = await program.read(lambda work: make_report(work, None, wished, program.config.agency_name, translate))
    assert made is not None and made.file is not None
    return Outcome(f"{Path(asked.output).name} is written.", files={asked.output: made.file()})


async def _period(work: Work, name: str) -> str | None:
    found = period_named(name, work.now, first_day(work.rules))
    return found.name if found else None
