"""Notice, reason and apology for a date that was missed: owed by the head, signed once, sent to the citizen at once.

Source: LAW 4. An apology moves no clock, whatever date it promises, and says nothing of what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.access import may_apologise
from bot.domain.cases import ApologyState, Case
from bot.domain.clocks import Apology
from bot.domain.deadlines import end_of_day, local_day
from bot.domain.events import ApologyGiven
from bot.domain.office_days import shifted
from bot.domain.people import Role, Staff
from bot.domain.refs import parse_code
from bot.domain.refusal import Refusal
from bot.domain.routing import LEADERS
from bot.text import _
from bot.usecases.access import Reader, Stale, acting, not_found, without_words
from bot.usecases.ports import Changed, Work
from bot.usecases.reminding import keep
from bot.usecases.terms import calendar_at

IN_PERSON = "apology_in_person"
"""The row of settings.csv by which a province keeps this from deputies."""
PROMISES = (1, 2, 3, 5)
"""In how many working days an answer can be promised."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An apology that is owed, with its case as a card shows it."""

    case: Case
    apology: Apology


def in_person(work: Work) -> bool:
    """Whether this province lets no deputy apologise for the head."""
    return bool(work.rules.rows("settings").get(IN_PERSON, {}).get("value") == "yes")


async def owed_apology(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> Owed:
    """Return the oldest apology that he may sign on a case; the case comes without words, as it may be another unit's by now.

    Raises `Refusal`, the same where the case does not exist and where nothing there is his to sign, and `Stale`.
    """
    code = parse_code(ref)
    case = await work.cases.by_code(code) if code else None
    if case is None or reader.staff is None:
        raise not_found()
    mine = [one for one in await work.apologies.of_case(case.id) if _may_sign(work, reader.staff, case, one)]
    if not mine:
        raise not_found()
    owed = [one for one in await work.apologies.owed_on(case.id) if one in mine]
    if not owed:
        raise Refusal(_("No apology is owed on case {code} any more.")(code=case.code))
    if version is not None and version != case.version:
        raise Stale(without_words(case))
    return Owed(without_words(case), owed[0])


async def owed_apologies(work: Work, reader: Reader) -> list[Owed]:
    """Return the apologies that he may sign, the one due first on top."""
    staff = acting(reader)
    found = []
    for one in await work.apologies.owed_by(sorted(staff.led())):
        case = await work.cases.by_id(one.case)
        if case is not None and _may_sign(work, staff, case, one):
            found.append(Owed(without_words(case), one))
    return found


async def owes_apology(work: Work, reader: Reader, case: Case) -> bool:
    """Whether he may sign an apology that is owed on this case."""
    if case.apology is not ApologyState.DUE or reader.staff is None:
        return False
    return any(_may_sign(work, reader.staff, case, one) for one in await work.apologies.owed_on(case.id))


async def apologise(
    work: Work,
    reader: Reader,
    ref: str,
    cause: str,
    words: str,
    promised: date | None,
    now: datetime,
    version: int | None = None,
) -> Case:
    """Sign the apology and send it. `cause` of extension_causes.csv, `promised` the day by which an answer is promised.

    A promise is needed while the citizen still waits for the answer; the dates of the case stay what they are.
    """
    owed = await owed_apology(work, reader, ref, now, version)
    staff = acting(reader)
    case = await work.cases.by_id(owed.case.id)
    if case is None:
        raise not_found()
    if cause not in work.rules.rows("extension_causes"):
        raise Refusal(_("Please choose the reason from the list."))
    if not words.strip():
        raise Refusal(_("Please write the apology."))
    if case.is_open and (promised is None or promised < local_day(now)):
        raise Refusal(_("Please choose the day by which you promise the answer."))
    signed = replace(
        owed.apology,
        cause=cause,
        words=words.strip(),
        new_due_at=end_of_day(promised) if promised and case.is_open else None,
        signer=staff.id,
        signed_at=now,
        in_person=owed.apology.unit in staff.units(Role.HEAD),
    )
    if not await work.apologies.sign(signed):
        raise Changed
    message = await work.cases.say(case.id, "office", signed.words, staff.id, now)
    if not await work.apologies.owed_on(case.id):
        case = await keep(work, case, replace(case, apology=ApologyState.GIVEN), now)
    work.record(ApologyGiven(case.id, staff.id, signed.id, signed.due_at, cause, signed.new_due_at, message))
    return case


async def promises(work: Work, owed: Owed, now: datetime) -> list[date]:
    """Return the days by which an answer can be promised, by the calendar of the office."""
    calendar = await calendar_at(work, owed.apology.unit)
    return [shifted(local_day(now), days, calendar) for days in PROMISES]


async def signers(work: Work, case: Case, unit: str) -> Sequence[Staff]:
    """Return who may sign the apology that a unit owes on a case; none while it has no head here."""
    by_head = in_person(work)
    return [one for one in await work.staff.at([unit], *LEADERS) if may_apologise(one, case, unit, work.units, by_head)]


def _may_sign(work: Work, staff: Staff, case: Case, apology: Apology) -> bool:
    return may_apologise(staff, case, apology.unit, work.units, in_person(work))
