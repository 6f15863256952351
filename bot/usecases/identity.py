"""Who sent a case: seen only by those who may, with a reason, and written down before it is shown (RELIABILITY G6)."""

from __future__ import annotations

from datetime import datetime

from bot.domain.access import Action
from bot.domain.cases import KnownAs
from bot.domain.events import ReporterSeen
from bot.domain.refusal import Refusal
from bot.text import _
from bot.usecases.access import Reader, access_case, acting, may_do
from bot.usecases.ports import Work

RATING = "rating"
"""The purpose of the consent to be invited to rate an answer; optional uses are off until they are turned on (LAW 7.2)."""

LOOK = "look"
"""The side of the line of talk that keeps, sealed, why somebody looked; the office's own page of the talk leaves it out."""


async def see_reporter(work: Work, reader: Reader, ref: str, reason: str, now: datetime) -> tuple[str, str]:
    """Return name and phone of who sent the case, "" where he gave none; the look is recorded first, with its reason.

    Raises `Refusal`: as for a missing case to whoever may not open it, else saying that the sender is not shown.
    """
    case = await access_case(work, reader, ref, to=Action.OPEN, now=now)
    if not await may_do(work, reader, case, Action.REPORTER):
        if case.known_as is KnownAs.ANONYMOUS:
            raise Refusal(_("The sender chose to stay anonymous. Nobody can see who it was; you can still ask through the case."))
        raise Refusal(_("Who sent this case is not shown to you. You can ask the sender through the case."))
    if not reason.strip():
        raise Refusal(_("Please write why you need to know who sent the case. The sender can see that you looked."))
    staff = acting(reader).id
    message = await work.cases.say(case.id, LOOK, reason.strip(), staff, now)
    work.record(ReporterSeen(case.id, staff, message=message))
    reporter = await work.reporters.of(case.id)
    return (reporter.name, reporter.phone) if reporter else ("", "")


async def invites_rating(work: Work, case: int) -> bool:
    """Whether who sent a case turned on being invited to rate its answer; False when its chat was forgotten."""
    reporter = await work.reporters.of(case)
    if reporter is None or reporter.person is None:
        return False
    return (await work.people.consents(reporter.person)).get(RATING, False)
