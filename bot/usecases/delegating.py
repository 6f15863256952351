"""The head's signature in the hands of a deputy while the head is away: given for some days, by a written document.

Only with it does a deputy sign answers, and never in a conflict of interest or a contested case. It moves no date of any case.
Each function raises `Refusal`. Source: LAW 2.4 (deputy_head), 5.2 step 9.
"""

from __future__ import annotations

from datetime import date, datetime

from bot.domain.deadlines import local_day
from bot.domain.events import SignatureGiven, SignatureTakenBack
from bot.domain.people import Role, Staff
from bot.domain.refusal import Refusal
from bot.text import _
from bot.usecases.access import Reader, acting
from bot.usecases.ports import Work
from bot.usecases.ports_delegations import Delegation


async def deputies_of(work: Work, reader: Reader) -> list[tuple[Staff, str]]:
    """Return the deputies who have joined at the units that he is head of, each with the unit; by unit, then by service."""
    found = []
    for unit in sorted(acting(reader).units(Role.HEAD)):
        found += [(deputy, unit) for deputy in await work.staff.at([unit], Role.DEPUTY) if deputy.id != acting(reader).id]
    return found


async def give_signature(
    work: Work, reader: Reader, deputy: int, unit: str, from_on: date, to_on: date, document: str, now: datetime
) -> Delegation:
    """Let the deputy (id of staff) sign for the head of the unit from a day to a day, both included, in Vietnam."""
    if (deputy, unit) not in [(one.id, at) for one, at in await deputies_of(work, reader)]:
        raise Refusal(_("This colleague is no deputy of yours here. Please choose one from the list."))
    today = local_day(now)
    if to_on < from_on:
        raise Refusal(_("The last day is before the first. Please look at both dates again."))
    if to_on < today:
        raise Refusal(_("These days are over. Please choose days from today on."))
    if not document.strip():
        raise Refusal(_("Without a written document nobody can sign for you. Please type its number and date."))
    given = Delegation(0, deputy, unit, from_on, to_on, document.strip(), acting(reader).id)
    number = await work.delegations.add(given)
    work.record(
        SignatureGiven(
            actor=acting(reader).id,
            delegation=number,
            deputy=deputy,
            unit=unit,
            from_on=from_on.isoformat(),
            to_on=to_on.isoformat(),
            document=given.document,
        )
    )
    return given


async def given_signatures(work: Work, reader: Reader, now: datetime) -> list[tuple[Delegation, str]]:
    """Return those of his units that hold today or later, each with the deputy's name, by their first day."""
    units = sorted(acting(reader).units(Role.HEAD))
    found = []
    for given in await work.delegations.of_units(units, local_day(now)) if units else ():
        deputy = await work.staff.by_id(given.deputy)
        found.append((given, deputy.name if deputy else ""))
    return found


async def take_back_signature(work: Work, reader: Reader, delegation: int, now: datetime) -> Delegation:
    """End it from this moment on."""
    given = next((each for each, _name in await given_signatures(work, reader, now) if each.id == delegation), None)
    if given is None or not await work.delegations.take_back(delegation):
        raise Refusal(_("There is no such authorisation any more. The list shows those that hold."))
    work.record(SignatureTakenBack(actor=acting(reader).id, delegation=given.id, deputy=given.deputy, unit=given.unit))
    return given
