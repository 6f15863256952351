"""Adding to an open case of one's own instead of sending a second one about the same matter.

No clock moves: the case keeps the date that it has, and no second one begins (RELIABILITY D7). Only the sender's own cases are
looked at; that other people complained of the same is never told.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.dialogue.values import Who
from bot.domain.cases import Case
from bot.domain.deadlines import local_day
from bot.domain.people import Person
from bot.domain.refusal import Refusal
from bot.domain.routing import today_unit
from bot.text import _
from bot.usecases.access import Reader
from bot.usecases.citizen import add_information
from bot.usecases.filing import Draft
from bot.usecases.ports import Work

FRESH = timedelta(days=14)
_LOOKED_AT = 20


async def own_open_case(work: Work, person: Person, draft: Draft, now: datetime) -> Case | None:
    """Return the newest open case that this person sent in the last 14 days about the same office and category.

    None for a draft that reports a violation of the law, which is always a case of its own.
    """
    unit = today_unit(draft.unit, work.units, local_day(now))
    if draft.denunciation or unit is None:
        return None
    for case in await work.cases.of_person(person.id, _LOOKED_AT):
        same = (case.unit, case.category, case.kind) == (unit, draft.category, draft.kind)
        if same and case.is_open and now - case.filed_at <= FRESH:
            return case
    return None


async def join_own(work: Work, reader: Reader, ref: str, draft: Draft, who: Who, nonce: str, now: datetime) -> Case:
    """Add all that was typed in a draft, and its files, to the open case of one's own that fits; raises `Refusal`."""
    case = await own_open_case(work, reader.person, draft, now)
    if case is None or case.code != ref:
        raise Refusal(_("That case is over by now. Please send this as a case of its own."))
    words = [draft.story.strip(), draft.happened.strip(), draft.official.strip()]
    return await add_information(work, reader, case.code, "\n".join(word for word in words if word), who, nonce, now)
