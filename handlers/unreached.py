"""Citizens who could not be reached, in words: numbers first, narrowed by buttons down to the cases; never who they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.dialogue.prompts import Button, Prompt
from bot.domain.cases import Case
from bot.domain.deadlines import local_day
from bot.domain.refusal import Refusal
from bot.domain.unreached import Narrowed, What, Why
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.lists import PAGE
from bot.usecases.offices import offices_named
from bot.usecases.unreached import Found, Lost, counted, unreached, unreached_of
from handlers.by_hand import channel_name
from handlers.names import unit_name
from handlers.turn import Turn

SHOWN = 8
"""How many offices a summary has; any other comes by its name."""
WHAT: Mapping[What, Text] = {
    What.ANSWER: _("an answer"),
    What.QUESTION: _("a question of the office"),
    What.DATE: _("a date, more time or an apology"),
    What.NEWS: _("some other news"),
}
WHY: Mapping[Why, Text] = {
    Why.BLOCKED: _("the chat is closed or blocked"),
    Why.SILENT: _("the citizen has not written for so long that the messenger takes nothing for him"),
    Why.WAITS: _("a quota is used up or the channel is out of order; it is still tried"),
    Why.FAILED: _("the messenger refused it"),
    Why.UNSURE: _("it may have arrived, nobody knows"),
}
_SHORT: Mapping[Why, Text] = {
    Why.BLOCKED: _("chat closed or blocked"),
    Why.SILENT: _("silent for too long"),
    Why.WAITS: _("still tried"),
    Why.FAILED: _("refused"),
    Why.UNSURE: _("not sure"),
}
_KINDS = {"what": _("What has not arrived:"), "why": _("Why:"), "office": _("By office:")}


async def shown(turn: Turn, asked: Narrowed, page: int | None = None, first: Text | None = None) -> list[Prompt]:
    """Return what there is: a summary, the cases themselves where they are few, or a page of them. `first` is said on top."""
    found = await unreached(turn.work, turn.reader, asked)
    head = _head(turn, found, first)
    if not found.lost:
        return [Prompt(joined(head, _("Every citizen was reached here."), by="\n\n"), _clearing(asked))]
    if page is not None or len(found.lost) <= PAGE:
        return [_cases(turn, found, page or 0, head)]
    return [_summary(turn, found, head)]


async def asked_for(turn: Turn, words: str) -> list[Prompt]:
    """Return the same for the office that words name, of all for no words; raises `Refusal` where it is none of his."""
    if not words.strip():
        return await shown(turn, Narrowed())
    found = offices_named(turn.work, turn.reader, words)
    if not found:
        raise Refusal(_("No office of your area is named like that. Please type part of its name."))
    return await shown(turn, Narrowed(unit=found[0].unit.code))


async def lines_of(turn: Turn, case: Case) -> list[Text]:
    """Return the lines of a case that say what of it has not arrived; none where all has."""
    return [
        joined(
            _("Not arrived at the citizen: {what}, since {day}.")(what=WHAT[one.what], day=local_day(one.since)),
            _what_to_do(one),
            by=" ",
        )
        for one in await unreached_of(turn.work, case)
    ]


def told_button(case: Case) -> Button:
    """Return the button by which somebody says that he told the citizen in another way."""
    return Button(f"told:{case.code}@{case.version}", _("The citizen was told in another way"))


def _head(turn: Turn, found: Found, first: Text | None) -> Text:
    count = ngettext("{count} case", "{count} cases", len(found.lost))
    lines = [first] if first else []
    lines.append(_("Citizens not reached, {day}: {cases}.")(day=local_day(turn.now), cases=count))
    asked = found.asked
    words = [unit_name(turn.work, asked.unit)] if asked.unit else []
    words += [WHAT[asked.what]] if asked.what else []
    words += [_SHORT[asked.why]] if asked.why else []
    if words:
        lines.append(_("Narrowed to: {filter}.")(filter=joined(*words, by="; ")))
    if found.more:
        lines.append(_("There are more: only the first of them are counted here. Please choose an office."))
    return joined(*lines)


def _summary(turn: Turn, found: Found, head: Text) -> Prompt:
    buttons = [Button(f"unreached:{found.asked.written()}.0", _("List the cases"))]
    parts = [head]
    for kind, lines in counted(found.lost).items():
        here = lines[:SHOWN]
        parts.append(joined(_KINDS[kind], *[_line(turn, kind, one, count) for one, count in here]))
        if len(lines) > 1:
            buttons += [_narrowing(turn, found.asked, kind, one, count) for one, count in here]
        if len(lines) > SHOWN:
            parts.append(_("and {count} other offices")(count=len(lines) - SHOWN))
    return Prompt(joined(*parts, by="\n\n"), (*buttons, *_clearing(found.asked)))


def _line(turn: Turn, kind: str, one: Narrowed, count: int) -> Text:
    name = WHY[one.why] if one.why else _name(turn, kind, one)
    return Text("• {name}: {count}", (("name", name), ("count", count)))


def _name(turn: Turn, kind: str, one: Narrowed) -> Text:
    if kind == "office":
        return unit_name(turn.work, one.unit)
    return WHAT[one.what] if one.what else _SHORT[one.why or Why.BLOCKED]


def _narrowing(turn: Turn, asked: Narrowed, kind: str, one: Narrowed, count: int) -> Button:
    both = replace(asked, unit=one.unit or asked.unit, what=one.what or asked.what, why=one.why or asked.why)
    label = Text("{name} ({count})", (("name", _name(turn, kind, one)), ("count", count)))
    return Button(f"unreached:{both.written()}", label)


def _cases(turn: Turn, found: Found, page: int, head: Text) -> Prompt:
    here = found.lost[page * PAGE : (page + 1) * PAGE]
    written = found.asked.written()
    buttons = [Button(f"open:{one.row.code}", as_is(one.row.code)) for one in here]
    if page:
        buttons.append(Button(f"unreached:{written}.{page - 1}", _("Earlier page")))
    if (page + 1) * PAGE < len(found.lost):
        buttons.append(Button(f"unreached:{written}.{page + 1}", _("Next page")))
    if len(found.lost) > PAGE:
        buttons.append(Button(f"unreached:{written}", _("Back to the numbers")))
    return Prompt(joined(head, *_case_lines(turn, here), by="\n\n"), (*buttons, *_clearing(found.asked)))


def _case_lines(turn: Turn, lost: Sequence[Lost]) -> list[Text]:
    return [
        joined(
            _("{code}, {unit}: {what}, since {day} ({channel}).")(
                code=one.row.code,
                unit=unit_name(turn.work, one.row.handling_unit or one.row.unit),
                what=WHAT[one.what],
                day=local_day(one.since),
                channel=channel_name(one.platform),
            ),
            _what_to_do(one),
        )
        for one in lost
    ]


def _what_to_do(one: Lost) -> Text:
    """Return why it has not arrived and what can be done; who may look up the number finds it in the case."""
    parts = [_("Why: {why}.")(why=WHY[one.why])]
    parts.append(_("There is a phone number: please let him be called.") if one.has_phone else _("There is no phone number."))
    if one.taken:
        parts.append(_("Intake can print the receipt: /inphieu {code}.")(code=one.row.code))
    if one.why in (Why.BLOCKED, Why.SILENT):
        parts.append(_("It is shown by itself when he writes again."))
    return joined(*parts, by=" ")


def _clearing(asked: Narrowed) -> tuple[Button, ...]:
    return (Button("unreached:", _("Clear the filter")),) if asked != Narrowed() else ()
