"""What supervisors and heads ask to have counted: `/thongke`, and reports as messages, Excel files and pictures."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.period_words import period_in_words
from bot.domain.periods import Period, period_named
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is
from bot.usecases.guarding import tops
from bot.usecases.offices import offices_named
from bot.usecases.report_jobs import wish
from bot.usecases.reporting import Asked, first_day, may_ask
from handlers.names import unit_name
from handlers.office_card import LIKE
from handlers.reports import BY_NAME, REPORTS
from handlers.reports.numbers import NUMBERS
from handlers.reports.shape import Report
from handlers.reports.written import WRITTEN
from handlers.turn import Turn, Verb
from handlers.verbs.supervisor import watches

# From so many cases in the period on, the numbers are counted apart from the turn, so that nobody else has to wait for them.
AT_ONCE = 1500
MOST_OFFICES = 8
FORMS = {"x": "xlsx", "p": "png", "c": "chat"}
PERIODS = {
    "month": _("This month"),
    "last": _("Last month"),
    "quarter": _("This quarter"),
    "year": _("This year"),
}
MOST_LIKE = 0.05
"""Offices whose names fit so nearly as well as the best are offered instead of guessed."""


async def stats(turn: Turn, arg: str, version: int | None) -> Said:
    """Give the numbers of an office and a period, at first mine and this month; `arg` is `period.office` or typed words."""
    chosen, _dot, unit = arg.partition(".")
    if not unit:
        chosen, named = period_in_words(arg, turn.now, first_day(turn.work.rules))
        found = _named(turn, named) if named else []
        if len(found) > 1:
            offers = (Button(f"stats:{chosen}.{one}", unit_name(turn.work, one)) for one in found)
            return [Prompt(_("Which one do you mean?"), tuple(offers))]
        unit = found[0] if found else ""
        if named and not found:
            chosen = named  # Neither a period nor an office: what is asked for is refused as no period.
    asked = _asked(turn, chosen, unit)
    if await _is_much(turn, asked.period):
        return await _put(turn, NUMBERS, "chat", asked)
    return [Prompt(await NUMBERS.short(asked), stats_buttons(asked, chosen))]


def stats_buttons(asked: Asked, chosen: str) -> tuple[Button, ...]:
    """Return the buttons under the numbers: files, other periods, the office above, and those below."""
    work, unit = asked.work, asked.unit
    period = asked.period.name
    buttons = [
        Button(f"report:numbers.x.{period}.{unit}", _("Excel file")),
        Button(f"report:by_unit.p.{period}.{unit}", _("Chart")),
        Button(f"report:by_unit.c.{period}.{unit}", _("By office")),
        Button(f"report:register.x.{period}.{unit}", _("Register (Excel)")),
        Button(f"report:monthly.x.{period}.{unit}", _("Case by case (Excel)")),
        Button(f"report:calls.x.{period}.{unit}", _("Hotline (Excel)")),
        Button(f"report:letterbox.x.{period}.{unit}", _("Letterbox (Excel)")),
    ]
    if asked.staff is not None and asked.staff.has(*WRITTEN.roles):
        buttons.append(Button(f"report:written.x.{period}.{unit}", _("Reminders in writing (Excel)")))
    buttons += [Button(f"stats:{name}.{unit}", label) for name, label in PERIODS.items() if name != chosen]
    above = work.units.parent(unit)
    if above is not None and asked.staff is not None and may_ask(work, asked.staff, above.code):
        buttons.append(Button(f"stats:{chosen}.{above.code}", as_is(f"↑ {above.name}")))
    return tuple(buttons)


async def report(turn: Turn, arg: str, version: int | None) -> Said:
    """Give a report: `name.form.period.office`, the form x (Excel), p (picture) or c (a message); files are made apart.

    Without one, or with typed words, the numbers come, with a button for every report.
    """
    if "." not in arg:
        return await stats(turn, arg, version)
    name, form, period, unit = [*arg.split(".", 3), "", "", "", ""][:4]
    wanted = BY_NAME.get(name)
    if wanted is None or form not in FORMS or not is_open_to(wanted, turn) or not has_form(wanted, FORMS[form]):
        raise Refusal(_("There is no such report. Please choose one with its button."))
    asked = _asked(turn, period or "month", unit)
    if form == "c" and not await _is_much(turn, asked.period):
        return [Prompt(await wanted.short(asked), report_buttons(wanted, asked) + drill_buttons(asked, name))]
    return await _put(turn, wanted, FORMS[form], asked)


def report_buttons(wanted: Report, asked: Asked) -> tuple[Button, ...]:
    """Return the buttons for the file and the picture of a report, where it has them."""
    where = f"{asked.period.name}.{asked.unit}"
    buttons = []
    if wanted.sheets:
        buttons.append(Button(f"report:{wanted.name}.x.{where}", _("Excel file")))
    if wanted.bars:
        buttons.append(Button(f"report:{wanted.name}.p.{where}", _("Chart")))
    return tuple(buttons)


def drill_buttons(asked: Asked, name: str) -> tuple[Button, ...]:
    """Return buttons to the numbers of the offices directly below, the first of them by name."""
    if name != "by_unit":
        return ()
    below = [unit for code in asked.units if (unit := asked.work.units.get(code)) and unit.parent == asked.unit]
    shown = sorted(below, key=lambda unit: unit.name)[:MOST_OFFICES]
    return tuple(Button(f"stats:{asked.period.name}.{unit.code}", as_is(unit.name)) for unit in shown)


def has_form(wanted: Report, form: str) -> bool:
    """Whether a report can be had as this."""
    return form == "chat" or (form == "xlsx" and bool(wanted.sheets)) or (form == "png" and wanted.bars is not None)


def is_open_to(wanted: Report, turn: Turn) -> bool:
    """Whether the report exists for this person."""
    return turn.staff is not None and turn.staff.has(*wanted.roles)


def _asked(turn: Turn, name: str, unit: str) -> Asked:
    """Return what is asked; raises `Refusal` for an office that he does not watch, the same as for one that is not there."""
    assert turn.staff is not None
    mine = tops(turn.staff)
    office = unit or (mine[0] if mine else "")
    if turn.work.units.get(office) is None or not may_ask(turn.work, turn.staff, office):
        raise Refusal(_("You can ask for the numbers of your own offices and of those below them only."))
    period = period_named(name, turn.now, first_day(turn.work.rules))
    if period is None:
        raise Refusal(_("We do not know this period. Please choose one with its button, or type for example /thongke 2026-11."))
    return Asked(turn.work, turn.staff, office, period)


def _named(turn: Turn, words: str) -> list[str]:
    """Return the codes of his offices that the words name, the best first; none where they are like no name."""
    found = offices_named(turn.work, turn.reader, words)
    if not found or found[0].score < LIKE:
        return []
    return [one.unit.code for one in found if one.score > found[0].score - MOST_LIKE]


async def _is_much(turn: Turn, period: Period) -> bool:
    return await turn.work.reports.how_many(period.since, period.until, AT_ONCE) >= AT_ONCE


async def _put(turn: Turn, wanted: Report, form: str, asked: Asked) -> list[Prompt]:
    assert turn.staff is not None
    await wish(turn.work, turn.staff, wanted.name, form, asked.unit, asked.period, turn.now)
    told: Text = _("It is being made, a few seconds more: {title}.")(title=wanted.title)
    return [Prompt(told)]


def _is_watching(turn: Turn) -> bool:
    return watches(turn) and any(is_open_to(each, turn) for each in REPORTS)


VERBS: tuple[Verb, ...] = (
    Verb("stats", stats, _is_watching, ("thongke", "stats")),
    Verb("report", report, _is_watching, ("baocao", "report")),
)
