"""Adding to an open case of one's own instead of sending a second one about the same matter.

No clock moves: the case keeps the date that it has, and no second one begins (RELIABILITY D7). Only the sender's own cases are
looked at; that other people complained of the same is never told. Nothing is added to a case that would not be guarded like the
new one: whom it names must not read it, and it comes with no less protection for its sender (LAW 1.9 B3, B4).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.values import Who
from bot.domain.access import about_unit_as_such, excluded
from bot.domain.cases import Case, KnownAs
from bot.domain.deadlines import local_day
from bot.domain.people import Person, Role
from bot.domain.refusal import Refusal
from bot.domain.routing import today_unit
from bot.text import _
from bot.usecases.access import Reader
from bot.usecases.citizen import add_information
from bot.usecases.filing import Draft
from bot.usecases.ports import Work

FRESH = timedelta(days=14)
_LOOKED_AT = 20
_OF_THE_OFFICE = (Role.HEAD, Role.DEPUTY, Role.HANDLER)
_LEAST_KNOWN = (KnownAs.NAMED, KnownAs.CUSTODIAN, KnownAs.ANONYMOUS)


async def own_open_case(work: Work, person: Person, draft: Draft, now: datetime) -> Case | None:
    """Return the newest open case that this person sent in the last 14 days about the same office and category.

    None for a draft that reports a violation of the law, which is always a case of its own.
    """
    unit = today_unit(draft.unit, work.units, local_day(now))
    if draft.denunciation or unit is None:
        return None
    for case in await work.cases.of_person(person.id, _LOOKED_AT):
        same = (case.unit, case.category, case.kind) == (unit, draft.category, draft.kind)
        if same and case.is_open and now - case.filed_at <= FRESH and await _guarded_alike(work, case, draft):
            return case
    return None


async def _guarded_alike(work: Work, case: Case, draft: Draft) -> bool:
    """Whether nobody has the case who must not have what the draft says, and its sender is no better known than he wishes."""
    if _LEAST_KNOWN.index(case.known_as) < _LEAST_KNOWN.index(draft.known_as) or (case.share_files and not draft.share_files):
        return False
    said = replace(case, about=draft.about, official=draft.official)
    if about_unit_as_such(said) and not about_unit_as_such(case):
        return False
    offices = sorted({unit for unit in (case.unit, case.handling_unit) if unit})
    there = await work.staff.at(offices, *_OF_THE_OFFICE)
    return all(excluded(one, case, work.units) for one in there if excluded(one, said, work.units))


async def join_own(work: Work, reader: Reader, ref: str, draft: Draft, who: Who, nonce: str, now: datetime) -> Case:
    """Add all that was typed in a draft, and its files, to the open case of one's own that fits; raises `Refusal`."""
    case = await own_open_case(work, reader.person, draft, now)
    if case is None or case.code != ref:
        raise Refusal(_("That case is over by now. Please send this as a case of its own."))
    words = [draft.story.strip(), draft.happened.strip(), draft.official.strip()]
    return await add_information(work, reader, case.code, "\n".join(word for word in words if word), who, nonce, now)
