"""How people of an office join and leave: invitations used once, appointments, revocation. Source: RELIABILITY F1-F8."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.people import Appointment, Person, Role, Staff
from bot.domain.refusal import Refusal
from bot.domain.routing import LEADERS
from bot.text import _
from bot.usecases.ports import Changed, LastAdmin, Work
from bot.usecases.routing import make_way

HOURS = 72
TRIES = 5
WINDOW = timedelta(minutes=15)
_CODE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Recruit:
    """Somebody to be invited: as in a line of a staff file."""

    name: str
    badge: str
    role: Role
    unit: str


async def invite(work: Work, role: Role, unit: str, name: str, badge: str, now: datetime, hours: int = HOURS) -> str:
    """Return the code of a new invitation: 128 random bits, fit for a deep link, shown once and kept as a keyed hash only.

    Without a name the person is asked for it when he joins, since the guard knows by it whom a case speaks about. It expires
    after `hours`, 72 at most. Whoever may invite is for the caller to say: the command line, or an admin. Raises `Refusal`.
    """
    if work.units.get(unit) is None:
        raise Refusal(_("There is no office with the code {unit}. Please look it up by its name.")(unit=unit))
    if not 1 <= hours <= HOURS:
        raise Refusal(_("An invitation is valid for 1 to {hours} hours.")(hours=HOURS))
    code = secrets.token_urlsafe(_CODE_BYTES)
    until = now + timedelta(hours=hours)
    await work.staff.invite(_hash(work, code), role, unit, name.strip(), badge.strip(), now, until)
    return code


class NameNeeded(Exception):
    """The invitation is good but names nobody: the person must say his name first."""


async def redeem(work: Work, person: Person, code: str, now: datetime, name: str = "") -> Staff:
    """Let the person behind this chat take the place he was invited to; return him as he stands now.

    A new head ends the appointment of the head before him and has the unit's open cases at once, as lists are made by unit;
    cases that speak about him go to the superior. Raises `Refusal`: the same for a code that is wrong, used or too old, and
    another after five tries in fifteen minutes from this chat. Raises `NameNeeded` when neither the invitation nor `name` says
    who he is.
    """
    until = await work.attempts.take("invitation", f"person:{person.id}", TRIES, int(WINDOW.total_seconds()), now)
    if until is not None:
        raise Refusal(_("That was tried too often. Please try again after {time}.")(time=until))
    found = await work.staff.invitation(_hash(work, code.strip()))
    if found is None or found.used_at is not None or found.expires_at <= now:
        raise Refusal(_("This invitation is not valid, or not any more. Please ask whoever sent it for a new one."))
    known = await work.staff.by_person(person.id)
    name = found.name or " ".join(name.split())
    if known is None and not name:
        raise NameNeeded
    staff = known.id if known else await work.staff.enrol(name, found.badge, person.id, now)
    if not await work.staff.use_invitation(found.id, staff, now):
        raise Changed  # Somebody was faster; the turn runs again and finds it used.
    await work.staff.appoint(staff, Appointment(found.role, found.unit, now))
    joined = await work.staff.by_id(staff)
    assert joined is not None
    # A further place may also shut him out of cases that wait where he is head already.
    for unit in sorted(joined.units(Role.HEAD) | ({found.unit} if found.role in LEADERS else set())):
        await make_way(work, unit, now)
    return joined


async def revoke(work: Work, staff: int, now: datetime) -> None:
    """End all appointments of a member of staff; it bites at his next message. Raises `Refusal` for the last admin (F8)."""
    if await work.staff.by_id(staff) is None:
        raise Refusal(_("There is no member of staff with this number. The list of staff shows them all."))
    try:
        await work.staff.revoke(staff, now)
    except LastAdmin as last:
        raise Refusal(_("This is the last administrator. Please invite another one first.")) from last


async def import_people(work: Work, recruits: Sequence[Recruit], now: datetime) -> list[tuple[Recruit, str]]:
    """Return an invitation code for each, in order, for the sheet to print. Raises `Refusal` at the first that cannot be."""
    return [(one, await invite(work, one.role, one.unit, one.name, one.badge, now)) for one in recruits]


def _hash(work: Work, code: str) -> str:
    return work.secrets.hash("invitation", code)
