"""What staff hear of their cases by themselves: one message a morning with all of them, and at once what is urgent.

Short enough for one message of 2,000 characters, whatever waits: each section names a few cases, counts the rest, and has a
button to the whole list. Codes, offices and dates only, never a word of a case (G8).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.prompts import Button, Prompt
from bot.domain.access import Action, may
from bot.domain.cases import Case
from bot.domain.deadlines import as_shown, ends_with_its_day, in_vietnam, local_day
from bot.domain.events import ChannelStopped, ClockJumped, DueSoon, Event, Overdue
from bot.domain.people import Role, Staff
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.digests import APOLOGY, LEGAL_MISSED, SOON, TODAY, Section, may_be_told, read_digest
from bot.usecases.duty import on_duty, urgent_readers
from bot.usecases.ladder import Kind, awake
from bot.usecases.ports import Work
from bot.usecases.terms import calendar_at
from handlers.names import due_of, due_words
from handlers.telling import Notices, card, case_of, open_button, to_staff
from handlers.turn import Notice

LINES = 12
"""How many cases a digest names in all; each section has its share of them."""
_NAME = 42

# What a section is called, what a message of this one case begins with, and the button to the whole list.
_WORDS: Mapping[str, tuple[Text, Text, Button]] = {
    Kind.RED_LINE.value: (
        _("The red line of 45 days"),
        _("Nearly 45 days without an answer, or more. The law holds the head responsible. Please see that it is answered."),
        Button("redline:0", _("Red line")),
    ),
    Kind.OVERDUE.value: (_("Overdue"), _("A case is overdue."), Button("overdue:0", _("Overdue"))),
    LEGAL_MISSED: (
        _("The date of the law has passed too"),
        _("The date of the law has passed: the citizen should have been told how the matter stands (Law 42/2013 art. 28)."),
        Button("overdue:0", _("Overdue")),
    ),
    APOLOGY: (
        _("To notify and apologise today"),
        _("A date was missed. Please notify the citizen, give the reason and apologise today."),
        Button("apologise:", _("Notify and apologise")),
    ),
    TODAY: (_("To be answered today"), _("A case must be answered today."), Button("work:0", _("My cases"))),
    Kind.INTAKE_WAITS.value: (
        _("Waiting with intake for too long"),
        _("A case has waited with intake for too long."),
        Button("work:0", _("My cases")),
    ),
    Kind.NOT_ACCEPTED.value: (
        _("Not accepted in time"),
        _("A case has not been accepted in time."),
        Button("unaccepted:0", _("Not accepted in time")),
    ),
    SOON: (_("Due soon"), _("A case is due soon."), Button("work:0", _("My cases"))),
}


async def digest(work: Work, staff: Staff, now: datetime) -> Notices | None:
    """Return the one message for somebody, nothing where no line is true any more; None: not now, as his office is closed."""
    if not await may_be_told(work, staff, now):
        return None
    sections = await read_digest(work, staff, now)
    if not sections:
        return []
    cases = {case.id for section in sections for case in section.cases}
    if len(cases) == 1:
        return [Notice(staff.id, await _of_one(work, sections, now), "digest")]
    share = max(1, min(5, LINES // len(sections)))
    parts = [await _part(work, section, share, now) for section in sections]
    head = ngettext("{day}: {count} case needs you.", "{day}: {count} cases need you.", len(cases))(day=local_day(now))
    buttons = {button.token: button for button in (_button(staff, section) for section in sections)}
    late = [_LATE] if any(section.late for section in sections) else []
    return [Notice(staff.id, Prompt(joined(head, *parts, *late, by="\n\n"), tuple(buttons.values())), "digest")]


_LATE = _("This comes late, as the program stood still for a while.")


async def _of_one(work: Work, sections: Sequence[Section], now: datetime) -> Prompt:
    """Return the card of the only case there is something to say of, with what can be done at once."""
    section, case = sections[0], sections[0].cases[0]
    first = _WORDS[section.kind][1]
    if section.kind == SOON and case.due_at is not None:
        calendar = await calendar_at(work, case.handling_unit)
        left = calendar.working_days_between(local_day(now), local_day(case.due_at))
        first = ngettext("{count} working day left for a case.", "{count} working days left for a case.", left)
    told = await card(work, case, now, first)
    if section.kind == Kind.RED_LINE.value:
        told = joined(told, _sent(case, now))
    buttons = [open_button(case)]
    if case.handling_unit is not None and any(one.kind == APOLOGY for one in sections):  # Intake cannot sign for a head.
        told = joined(told, _("You owe the citizen notice, reason and apology for the missed date."), by="\n\n")
        buttons.insert(0, Button(f"apologise:{case.code}", _("Notify and apologise")))
    return Prompt(joined(told, _LATE, by="\n\n") if section.late else told, tuple(buttons))


async def _part(work: Work, section: Section, share: int, now: datetime) -> Text:
    lines = [await _line(work, section.kind, case, now) for case in section.cases[:share]]
    head = Text("{name} ({count}):", (("name", _WORDS[section.kind][0]), ("count", len(section.cases))))
    rest = len(section.cases) - len(lines)
    more = [ngettext("… and {count} more", "… and {count} more", rest)] if rest else []
    return joined(head, *lines, *more)


async def _line(work: Work, kind: str, case: Case, now: datetime) -> Text:
    unit = work.units.get(case.handling_unit or case.unit or "")
    name = unit.name if unit else ""
    name = name if len(name) <= _NAME else name[: _NAME - 1].rstrip() + "…"
    if kind == Kind.RED_LINE.value:
        said = _sent(case, now)
    elif kind == LEGAL_MISSED:
        # The date that was missed, not that of the service: an extension may have put that one later still (LAW 0.1 C11).
        said = due_words(case.legal_due_at, now, await calendar_at(work, case.handling_unit or case.unit))
    else:
        said = await due_of(work, case, now)
    return Text("• {code}, {unit}: {said}", (("code", case.code), ("unit", as_is(name) if name else _("intake")), ("said", said)))


def _sent(case: Case, now: datetime) -> Text:
    days = (local_day(now) - local_day(case.filed_at)).days
    return ngettext("sent {count} day ago", "sent {count} days ago", days)


def _button(staff: Staff, section: Section) -> Button:
    button = _WORDS[section.kind][2]
    watching = staff.has(Role.HEAD, Role.SUPERVISOR) or section.kind == APOLOGY
    if section.kind == Kind.NOT_ACCEPTED.value and not staff.has(Role.SUPERVISOR):
        return Button("work:0", _("My cases"))
    if section.kind == APOLOGY and staff.led():
        return button
    return button if watching else Button("work:0", _("My cases"))


# -- at once ----------------------------------------------------------------------------------------------------------


async def _due_soon(work: Work, event: DueSoon, now: datetime) -> Notices:
    """Say the last hour of what is urgent; other dates wait for the digest."""
    return await _urgent(work, event, now, _("An urgent case is due within the hour.")) if event.last_hour else []


async def _overdue(work: Work, event: Overdue, now: datetime) -> Notices:
    """Say at once that an urgent case was not answered in time; the rest of the ladder waits for the digest."""
    return await _urgent(work, event, now, _("An urgent case is overdue.")) if event.urgent else []


async def _urgent(work: Work, event: Event, now: datetime, first: Text) -> Notices:
    case = await case_of(work, event)
    return [notice for one in await urgent_readers(work, case, now) for notice in await _to_one(work, one, case, now, first)]


async def to_duty(work: Work, case: Case, now: datetime, but_not: set[int]) -> Notices:
    """Return the notices of a new urgent case for who is on duty: outside office hours, besides those who hear of it anyway."""
    if case.due_at is None or ends_with_its_day(case.due_at) or awake(now, await calendar_at(work, case.handling_unit)):
        return []
    first = _("An urgent case has come in, and you are on duty.")
    there = [one for one in await on_duty(work, case, now) if one.id not in but_not]
    return [notice for one in there for notice in await _to_one(work, one, case, now, first)]


async def _to_one(work: Work, staff: Staff, case: Case, now: datetime, first: Text) -> Notices:
    """Return the card; for somebody on duty who may not see it, only that there is something urgent, and where."""
    if may(staff, Action.CARD, case, work.units):
        return to_staff([staff], Prompt(await card(work, case, now, first), (open_button(case),)), "urgent")
    unit = work.units.get(case.handling_unit or case.unit or "")
    told = _("{unit} has an urgent case, due by {due}. You are on duty: please make sure that its head knows.")(
        unit=unit.name if unit else "", due=as_shown(case.due_at) if case.due_at else ""
    )
    return to_staff([staff], Prompt(told), "urgent")


async def _admins(work: Work) -> list[Staff]:
    return [staff for staff, acts in await work.staff.all() if acts and staff.has(Role.ADMIN)]


async def _jumped(work: Work, event: ClockJumped, now: datetime) -> Notices:
    told = _(
        "The clock of the server jumped forward by {hours} hours, to {now}. Reminders and escalations rest until somebody has "
        "looked at it. If the time is right, please run: python -m bot confirm-clock"
    )
    hours = f"{timedelta(seconds=event.seconds) / timedelta(hours=1):.1f}"
    return to_staff(await _admins(work), Prompt(told(hours=hours, now=f"{in_vietnam(now):%H:%M %d/%m/%Y}")), "clock jumped")


async def _stopped(work: Work, event: ChannelStopped, now: datetime) -> Notices:
    """Tell the admins where they can be told: on any channel but that one, unless it still sends."""
    told = _(
        "Nothing goes out on the channel {channel} any more: its account or token is refused. Messages wait and none is lost; "
        "what people write is taken as always. The log of the server says why."
    )(channel=event.channel)
    if event.until is not None:
        told = _(
            "The consent that the channel {channel} sends by is lost. Messages go out until {time} at the latest; after that "
            "they wait and none is lost. The log of the server says why."
        )(channel=event.channel, time=f"{in_vietnam(event.until):%H:%M %d/%m/%Y}")
    words = joined(told, _("Please run: {command}")(command=event.remedy), by="\n\n") if event.remedy else told
    ends = "stopped" if event.until is None else "lost"
    once = f"channel {ends}:{event.channel}:{in_vietnam(now):%Y-%m-%d %H}"  # A channel that comes and goes is not told all day.
    there = to_staff(await _admins(work), Prompt(words), "channel stopped", once)
    return there if event.until is not None else [replace(one, besides=event.channel) for one in there]


NOTICES: Mapping[type[Event], Callable[..., Awaitable[Notices]]] = {
    DueSoon: _due_soon,
    Overdue: _overdue,
    ClockJumped: _jumped,
    ChannelStopped: _stopped,
}
