"""Written reminders in words: the document as a head reads it, the list, the panel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.dialogue.prompts import Button, Prompt
from bot.domain.cases import Case
from bot.domain.deadlines import local_day
from bot.domain.people import Staff
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.ports import Work
from bot.usecases.ports_written import Written, threshold_of
from bot.usecases.written import Draft, is_to_act
from handlers.office import category_name, due_words, unit_name


async def document(work: Work, written: Written) -> Text:
    """Return a reminder as a document: number and date, to whom, from whom, what, by when, and what follows (LAW M16)."""
    head, sender = await work.staff.by_id(written.head), await work.staff.by_id(written.by)
    case = await work.cases.by_id(written.case) if written.case is not None else None
    return joined(
        joined(
            _("REMINDER IN WRITING"),
            _("No. {sign}, {day}")(sign=written.sign, day=local_day(written.at)),
        ),
        *await _body(work, written.unit, head, sender, case, written.words, written.act_by, written.at),
        _follows(written.nth, written.year, threshold_of(work.rules.rows("policies"))),
        by="\n\n",
    )


async def draft_document(work: Work, draft: Draft, sender: Staff, now: datetime) -> Text:
    """Return a reminder as it would be read; its number is given when it is sent."""
    return joined(
        _("REMINDER IN WRITING"),
        *await _body(work, draft.unit, draft.head, sender, draft.case, draft.words, draft.act_by, now),
        _follows(draft.nth, draft.year, draft.threshold),
        by="\n\n",
    )


async def _body(
    work: Work, unit: str, head: Staff | None, sender: Staff | None, case: Case | None, words: str, act_by: date, at: datetime
) -> list[Text]:
    office = work.units.get(unit)
    title = ", ".join(part for part in (head.name if head else "", office.head_title if office else "") if part)
    lines = [
        _("To: {name}, {unit}")(name=title, unit=unit_name(work, unit)),
        _("From: {name}")(name=sender.name if sender else ""),
        _("You are reminded of the following: {words}")(words=words),
    ]
    if case is not None:
        due = due_words(case.due_at, at, await work.rules.calendar())
        lines.append(
            _("Case {code} ({category}), due: {due}.")(code=case.code, category=category_name(work, case.category), due=due)
        )
    lines.append(_("Please act by the end of {day} and write here what was done.")(day=act_by))
    return lines


def _follows(nth: int, year: int, threshold: int) -> Text:
    """Return which one in the year it is and what follows from that."""
    if nth >= threshold:
        return _(
            "This is reminder {nth} of {year}. It is entered in the register of written reminders and counts in the rating of "
            "the head for {year}."
        )(nth=nth, year=str(year))
    return _(
        "This is reminder {nth} of {year}. From reminder {threshold} of a year on they are entered in the register and count in "
        "the rating of the head for the year."
    )(nth=nth, year=str(year), threshold=threshold)


def state_words(written: Written, now: datetime) -> Text:
    """Return how a reminder stands: done, late, or by when."""
    if written.result_at is not None:
        return _("done, {day}")(day=local_day(written.result_at))
    late = (local_day(now) - written.act_by).days
    if late > 0:
        return ngettext("to be done by {day}, {count} day late", "to be done by {day}, {count} days late", late)(
            day=written.act_by
        )
    return _("to be done by {day}")(day=written.act_by)


async def panel(work: Work, written: Written, reader: Staff, now: datetime) -> Prompt:
    """Return a reminder with how it stands and what this reader may do with it."""
    buttons = []
    if is_to_act(written, reader):
        buttons.append(Button(f"remind_done:{written.id}", _("Write what was done")))
    if written.case is not None:
        case = await work.cases.by_id(written.case)
        if case is not None:
            buttons.append(Button(f"open:{case.code}", _("Open the case")))
    buttons.append(Button("reminders:", _("Written reminders")))
    return Prompt(
        joined(
            await document(work, written), _("It stands: {state}.")(state=state_words(written, now)), _result(written), by="\n\n"
        ),
        tuple(buttons),
    )


def _result(written: Written) -> Text:
    return _("What was done: {words}")(words=written.result) if written.done else Text("")


async def list_lines(work: Work, written: Sequence[Written], now: datetime) -> Text:
    """Return a line for each: number and date, office and head, which one in the year, how it stands."""
    lines = []
    for one in written:
        head = await work.staff.by_id(one.head)
        lines.append(
            _("{sign}, {day}: {unit}, {name}; reminder {nth} of the year; {state}.")(
                sign=one.sign, day=local_day(one.at), unit=unit_name(work, one.unit), name=head.name if head else "",
                nth=one.nth, state=state_words(one, now),
            )
        )  # fmt: skip
    return joined(*lines, by="\n\n")


def open_button(written: Written) -> Button:
    """Return the button that opens a reminder."""
    return Button(f"reminder:{written.id}", as_is(written.sign))
