"""An office as somebody who watches it sees it: who leads it, what is open there, and when it last answered."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt
from bot.domain.deadlines import local_day
from bot.domain.units import FoundUnit, Unit
from bot.domain.watching import Filter, What
from bot.text import Text, _, as_is, joined
from bot.usecases.offices import MANY, Office, look_at, offices_named
from handlers.names import unit_name
from handlers.turn import Turn

BY_CODE = "="
"""Stands before the code of an office in a button, since a name may be any words."""


async def asked_for(turn: Turn, words: str) -> list[Prompt]:
    """Return the office of that name or code, or the several that the name may mean; only of those that he watches."""
    if not words:
        return [Prompt(_("Which office? Type /donvi and part of its name, such as /donvi tam thanh."))]
    if words.startswith(BY_CODE):
        office = await look_at(turn.work, turn.reader, words.removeprefix(BY_CODE))
        return [_nothing(words.removeprefix(BY_CODE))] if office is None else [_card(turn, office)]
    found = offices_named(turn.work, turn.reader, words)
    if not found:
        return [_nothing(words)]
    if found[0].score < LIKE or (len(found) > 1 and found[0].score - found[1].score < SURE):
        return [Prompt(_("Which one do you mean?"), tuple(_offer(turn, one) for one in found[:MANY]))]
    office = await look_at(turn.work, turn.reader, found[0].unit.code)
    if office is None:
        return [_nothing(words)]
    return [_card(turn, office).plus(*(_offer(turn, one) for one in found[1:4]))]


LIKE = 0.85
"""How much the name must be like what was typed; what is less so is asked about first."""
SURE = 0.05
"""How much better than the next the first answer of the search must be to be taken at once."""


def _nothing(words: str) -> Prompt:
    return Prompt(_("We found no office of your area by the name {name}.")(name=words))


def _offer(turn: Turn, found: FoundUnit) -> Button:
    return Button(f"office:{BY_CODE}{found.unit.code}", unit_name(turn.work, found.unit.code))


def _card(turn: Turn, office: Office) -> Prompt:
    unit = office.unit
    lines = [
        unit_name(turn.work, unit.code),
        _head(office, unit),
        *(
            _("Deputy: {name}; signs from {since} to {until} by {document}.")(
                name=name, since=given.from_on, until=given.to_on, document=given.document
            )
            for name, given in office.signing
        ),
        *(_("Deputy: {name}.")(name=name) for name in office.deputies),
        _("Phone: {phone}")(phone=unit.phone) if unit.phone else Text(""),
        _("Here and in all offices below it:") if office.has_below else Text(""),
        _count(_("Still open"), office.open),
        _count(_("Overdue"), office.overdue),
        _count(_("Due soon"), office.due),
        _count(_("Not accepted in time"), office.unaccepted),
        _("Last answer: {day}")(day=local_day(office.answered_at)) if office.answered_at else _("No answer from here yet."),
    ]
    lists = (
        (What.OVERDUE, _("Overdue"), office.overdue),
        (What.DUE, _("Due soon"), office.due),
        (What.UNACCEPTED, _("Not accepted in time"), office.unaccepted),
        (What.OPEN, _("Still open"), office.open),
    )
    buttons = [Button(f"watch:{Filter(what, unit=unit.code).written()}", label) for what, label, (count, _more) in lists if count]
    return Prompt(joined(*lines), tuple(buttons))


def _head(office: Office, unit: Unit) -> Text:
    post: Text = as_is(unit.head_title) if unit.head_title else _("Head")
    if office.head:
        return _("{post}: {name}, has joined.")(post=post, name=office.head)
    return _("{post}: nobody has joined here.")(post=post)


def _count(name: Text, counted: tuple[int, bool]) -> Text:
    count, more = counted
    return Text("• {name}: {count}+" if more else "• {name}: {count}", (("name", name), ("count", count)))
