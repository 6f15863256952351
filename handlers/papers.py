"""The receipt to print, form M01, in the words of a document (LAW 8.3 M01, 9): for who has no chat with us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.cases import ByHand, Case, KnownAs
from bot.domain.deadlines import as_shown, local_day
from bot.text import Text, _, as_is, joined
from bot.usecases.ports import Work
from handlers.by_hand import channel_name
from handlers.names import unit_name
from handlers.office import category_name
from handlers.turn import Agency

MOST_SUMMARY = 420
"""Characters of what was told that stand on the paper; all of it is read with code and PIN."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a receipt says: its head, code and PIN, lines of (name, what stands there), and sentences below them."""

    agency: str
    title: Text
    code: str
    pin: str
    lines: tuple[tuple[Text, Text], ...]
    sentences: tuple[Text, ...]
    printed: Text


async def receipt_paper(work: Work, case: Case, pin: str, agency: Agency, now: datetime) -> Paper:
    """Return the receipt of a case with its new PIN."""
    outside = case.unit is not None and any(unit.outside for unit in work.units.line(case.unit))
    if outside:
        due = _("you hear where it was passed on")
    elif case.due_at is None:
        due = _("to follow")
    else:
        due = Text("{day}", (("day", as_shown(case.due_at)),))
    story = " ".join(case.story.split())
    summary = story if len(story) <= MOST_SUMMARY else story[:MOST_SUMMARY].rsplit(" ", 1)[0] + " …"
    spoken = case.channel in (ByHand.PHONE.value, ByHand.COUNTER.value)
    where = agency.chats()
    lookup = _("Write the case code to our chat{where}, then the PIN; or call {phone}.")
    return Paper(
        agency.name,
        _("Receipt for feedback"),
        case.code,
        pin,
        (
            (_("Received"), Text("{at}", (("at", case.filed_at),))),
            (_("Channel"), channel_name(case.channel)),
            (_("What it is"), category_name(work, case.category)),
            (_("Office it is about"), unit_name(work, case.unit)),
            (_("Office that handles it"), unit_name(work, case.handling_unit) if case.handling_unit else _("intake")),
            (_("Answer by"), due),
            (
                _("Summary, as read back") if spoken else _("Summary"),
                as_is(summary) if summary else _("in the files that were handed over"),
            ),
        ),
        (
            lookup(where=as_is(" (" + ", ".join(where) + ")") if where else as_is(""), phone=agency.phone),
            _("With code and PIN you can add something, read the answer, rate it, and ask once for another look."),
            _ANONYMOUS
            if case.known_as is KnownAs.ANONYMOUS
            else joined(
                _("Your name and phone number are kept sealed, apart from the case; whom you write about does not see them."),
                _("Questions about your data: {officer}.")(officer=agency.data_officer),
                by=" ",
            ),
            _("Please keep this paper and show it to nobody: whoever has code and PIN can read the case."),
        ),
        _("Printed on {day}. If a receipt of this case was printed before, that one opens nothing any more.")(day=local_day(now)),
    )


_ANONYMOUS = _("You stay anonymous: we have neither your name nor your phone number.")
