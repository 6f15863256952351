"""Deadlines as supervisors and heads see them: a summary that can be read aloud, narrowed by buttons down to the cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.dialogue.prompts import Button, Prompt
from bot.domain.cases import Status
from bot.domain.deadlines import local_day
from bot.domain.people import Role
from bot.domain.watching import Asked, Clock, Filter, What
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.calendars import Calendars
from bot.usecases.guarding import tops
from bot.usecases.lists import PAGE
from bot.usecases.watching import Line, Seen, Watch, summary, watch
from handlers.names import due_words, rule_name, unit_name
from handlers.turn import Turn

SHOWN = 8
"""How many lines of a kind a summary has; more offices come by the button for them."""
TOKEN = 58
"""Bytes that a button carries at most, with room left for the number of a page."""
HEADS = {
    What.OVERDUE: _("Overdue, {day}: {cases}."),
    What.DUE: _("Due soon, {day}: {cases}."),
    What.OPEN: _("Open, {day}: {cases}."),
    What.UNACCEPTED: _("Not accepted in time, {day}: {cases}."),
}
NONE = {
    What.OVERDUE: _("Nothing is overdue here."),
    What.DUE: _("Nothing is due soon here."),
    What.OPEN: _("No case is open here."),
    What.UNACCEPTED: _("Every case was accepted in time here."),
}
KINDS = {
    "office": _("By office:"),
    "days": _("By working days:"),
    "level": _("By the level it was reported to:"),
    "group": _("By what it is about:"),
    "clock": _("Which time limit was missed:"),
    "extension": _("More time:"),
    "contested": Text(""),
    "apology": Text(""),
}
LEVELS = (_("not reported yet"), _("the head"), _("the superior"), _("the supervisor"), _("the chair"))
CLOCKS = {
    Clock.SERVICE: _("the time limit of the service"),
    Clock.LEGAL: _("the time limit of the law"),
    Clock.RED_LINE: _("the red line of 45 days"),
}
EXTENSIONS = {
    Asked.ANY: _("with a request for more time"),
    Asked.ASKED: _("more time asked for"),
    Asked.GRANTED: _("more time granted"),
    Asked.REFUSED: _("more time refused"),
}
CONTESTED = _("the citizen does not accept the answer")
APOLOGY = _("waiting for an apology")


async def shown(turn: Turn, asked: Filter, page: int | None = None, first: Text | None = None) -> list[Prompt]:
    """Return what there is for a filter: a summary, the cases themselves where they are few, or a page of them.

    `first` is said on top, such as what of a question was not understood.
    """
    found = await watch(turn.work, turn.reader, asked)
    head = _head(turn, found, first)
    if not found.seen:
        return [Prompt(joined(head, NONE[asked.what], by="\n\n"), _clearing(asked))]
    if page is not None or (asked.narrows and len(found.seen) <= PAGE):
        return [await _cases(turn, found, page or 0, head)]
    if len(found.seen) <= PAGE:
        whole = joined(head, *_parts(turn, await summary(turn.work, turn.reader, found)), by="\n\n")
        return [(await _cases(turn, found, 0, whole)).plus(*_files(turn, asked))]
    return [await _summary(turn, found, head)]


async def offices(turn: Turn, asked: Filter, offset: int) -> list[Prompt]:
    """Return the further offices of a summary, each with its number of cases."""
    found = await watch(turn.work, turn.reader, asked)
    lines = (await summary(turn.work, turn.reader, found)).get("office", [])
    here = lines[offset : offset + 2 * SHOWN]
    buttons = [button for line in here if (button := _line_button(turn, line))]
    if offset + 2 * SHOWN < len(lines):
        buttons.append(Button(f"watch:{asked.written()}.o{offset + 2 * SHOWN}", _("Other offices")))
    listed = joined(KINDS["office"], *[_line(turn, line) for line in here])
    return [Prompt(joined(_head(turn, found, None), listed, by="\n\n"), (*buttons, _back(asked)))]


def described(turn: Turn, asked: Filter) -> Text:
    """Return the filter in words, "" where it does not narrow."""
    parts = []
    if asked.unit:
        name = unit_name(turn.work, asked.unit)
        parts.append(_("{office} itself")(office=name) if asked.alone else name)
    if asked.first is not None or asked.last is not None:
        parts.append(_days(asked.what, asked.first, asked.last))
    if asked.clock:
        parts.append(CLOCKS[asked.clock])
    if asked.level is not None:
        parts.append(_("reported to: {level}")(level=LEVELS[asked.level]))
    if asked.category:
        parts.append(rule_name(turn.work, "categories", asked.category))
    if asked.extension:
        parts.append(EXTENSIONS[asked.extension])
    parts += [words for words, on in ((CONTESTED, asked.contested), (APOLOGY, asked.apology), (_("intake"), asked.intake)) if on]
    return joined(*parts, by="; ")


def counted(number: int) -> Text:
    """Return a number of cases in words."""
    return ngettext("{count} case", "{count} cases", number)


def _head(turn: Turn, found: Watch, first: Text | None) -> Text:
    words = described(turn, found.asked)
    lines = [first] if first else []
    lines.append(HEADS[found.asked.what](day=local_day(turn.now), cases=counted(len(found.seen))))
    if words:
        lines.append(_("Narrowed to: {filter}.")(filter=words))
    if found.more:
        lines.append(_("There are more: only the first of them are counted here. Please choose an office."))
    return joined(*lines)


def _days(what: What, first: int | None, last: int | None) -> Text:
    if what is What.DUE:
        if first == last == 0:
            return _("due today")
        if first == last:
            return ngettext("in {count} working day", "in {count} working days", last or 0)
        return _("in {first} to {last} working days")(first=first or 0, last=last or 0)
    if first == last == 0:
        return _("less than a working day late")
    if first == last:
        return ngettext("{count} working day late", "{count} working days late", last or 0)
    if last is None:
        return _("{count} working days late or more")(count=first or 0)
    return _("{first} to {last} working days late")(first=first or 0, last=last)


# -- The summary --


async def _summary(turn: Turn, found: Watch, head: Text) -> Prompt:
    asked = found.asked
    lines = await summary(turn.work, turn.reader, found)
    buttons = [Button(f"watch:{asked.written()}.0", _("List the cases"))]
    for kind in KINDS:
        buttons += [button for line in lines.get(kind, [])[:SHOWN] if (button := _line_button(turn, line))]
        if kind == "office" and len(lines[kind]) > SHOWN:
            buttons.append(Button(f"watch:{asked.written()}.o{SHOWN}", _("Other offices")))
    text = joined(head, *_parts(turn, lines), by="\n\n")
    return Prompt(text, (*buttons, *_files(turn, asked), *_clearing(asked)))


def _parts(turn: Turn, lines: Mapping[str, Sequence[Line]]) -> list[Text]:
    """Return the lines of a summary by kind, each kind under its title."""
    parts: list[Text] = []
    also: list[Text] = []
    for kind, title in KINDS.items():
        several = lines.get(kind, [])
        listed = [_line(turn, line) for line in several[:SHOWN]]
        if kind == "office" and len(several) > SHOWN:
            listed.append(_("and {count} other offices")(count=len(several) - SHOWN))
        if not title:
            also += listed
        elif listed:
            parts.append(joined(title, *listed))
    return [*parts, joined(_("Also:"), *also)] if also else parts


def _line(turn: Turn, line: Line) -> Text:
    return Text("• {name}: {count}", (("name", _line_name(turn, line)), ("count", line.count)))


def _line_button(turn: Turn, line: Line) -> Button | None:
    """Return the button of a line; None where what it would carry is too long, which no shipped code of an office makes it."""
    token = f"watch:{line.asked.written()}"
    label = Text("{name} ({count})", (("name", _line_name(turn, line)), ("count", line.count)))
    return Button(token, label) if len(token.encode()) <= TOKEN else None


def _line_name(turn: Turn, line: Line) -> Text:
    if line.kind == "office":
        unit = turn.work.units.get(line.name)
        if unit is None:
            return _("intake")
        return _("{office} itself")(office=unit.name) if line.asked.alone else as_is(unit.name)
    if line.kind == "days":
        return _days(line.asked.what, line.asked.first, line.asked.last)
    if line.kind == "level":
        return LEVELS[int(line.name)]
    if line.kind == "group":
        return rule_name(turn.work, "categories", line.name)
    if line.kind == "clock":
        return CLOCKS[Clock(line.name)]
    if line.kind == "extension":
        return EXTENSIONS[Asked(line.name)]
    return CONTESTED if line.kind == "contested" else APOLOGY


def _files(turn: Turn, asked: Filter) -> tuple[Button, ...]:
    """Return the buttons for the list as a file and the chart, which are made for an office and all below it."""
    assert turn.staff is not None
    unit = asked.unit or next(iter(tops(turn.staff)), "")
    if asked != replace(Filter(), unit=asked.unit):
        return ()
    return (
        Button(f"report:overdue.x.month.{unit}", _("Excel file")),
        Button(f"report:by_unit.p.month.{unit}", _("Chart")),
    )


def _clearing(asked: Filter) -> tuple[Button, ...]:
    return (Button(f"watch:{asked.what.value}", _("Clear the filter")),) if asked.narrows else ()


def _back(asked: Filter) -> Button:
    return Button(f"watch:{asked.written()}", _("Back to the numbers"))


# -- The cases --


async def _cases(turn: Turn, found: Watch, page: int, head: Text) -> Prompt:
    offset = page * PAGE
    here = found.seen[offset : offset + PAGE]
    asked = found.asked
    buttons = [Button(f"open:{one.row.code}", as_is(one.row.code)) for one in here]
    if page:
        buttons.append(Button(f"watch:{asked.written()}.{page - 1}", _("Earlier page")))
    if offset + PAGE < len(found.seen):
        buttons.append(Button(f"watch:{asked.written()}.{page + 1}", _("Next page")))
    if len(found.seen) > PAGE:
        buttons.append(_back(asked))
    return Prompt(joined(head, await seen_lines(turn, here), by="\n\n"), (*buttons, *_clearing(asked)))


async def seen_lines(turn: Turn, cases: Sequence[Seen]) -> Text:
    """Return a few lines a case: code, category, due date by its office's calendar, status, and who holds it in which post."""
    work = turn.work
    calendars = await Calendars.of(work)
    places = sorted({one.row.handling_unit for one in cases if one.row.handling_unit})
    heads = (
        {unit: head.name for head in await work.staff.at(places, Role.HEAD) for unit in head.units(Role.HEAD)} if places else {}
    )
    lines = []
    for one in cases:
        row = one.row
        due = due_words(row.due_at, turn.now, calendars.at(row.handling_unit or row.unit))
        line = _("{code}: {category}. Due: {due}. {status}.")(
            code=row.code,
            category=rule_name(work, "categories", row.category),
            due=due,
            status=rule_name(work, "statuses", Status(row.status).value),
        )
        missed = row.legal_due_at if row.legal_due_at is not None and row.legal_due_at < turn.now.replace(microsecond=0) else None
        by_law = _("The law's own date was missed: {day}.")(day=local_day(missed)) if missed else Text("")
        lines.append(joined(line, await _holder(turn, one, heads.get(row.handling_unit or "")), by_law))
    return joined(*lines, by="\n\n")


async def _holder(turn: Turn, one: Seen, head: str | None) -> Text:
    """Return which office has the case, and the name and post of the one who holds it there."""
    row, work = one.row, turn.work
    if row.handling_unit is None:
        return _("With intake; about: {unit}.")(unit=unit_name(work, row.unit))
    office = unit_name(work, row.handling_unit)
    handler = await work.staff.by_id(row.handler) if row.handler is not None else None
    if handler is not None:
        return _("With {name}, handler, {unit}.")(name=handler.name, unit=office)
    unit = work.units.get(row.handling_unit)
    if head is None:
        return _("With {unit}; no head there.")(unit=office)
    if unit is not None and unit.head_title:
        return _("With {name}, {post}, {unit}.")(name=head, post=unit.head_title, unit=office)
    return _("With {name}, {unit}.")(name=head, unit=office)
