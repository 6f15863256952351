"""Which citizens could not be reached with what must reach them: for supervisors, and heads of their own offices and below.

It says what of which case has not arrived, why, and whether there is a number to call, never whose case it is. Whoever a case
speaks about neither sees it here nor is it counted for him (RELIABILITY G4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from bot.dialogue.values import SILENT
from bot.domain.access import Action
from bot.domain.cases import Case
from bot.domain.events import CitizenTold
from bot.domain.people import Staff
from bot.domain.unreached import KINDS, READ, TOLD, Narrowed, Unreached, What, Why
from bot.domain.watching import Watched
from bot.usecases.access import Reader, access_case, acting, not_found
from bot.usecases.helping import only_helps
from bot.usecases.ports import Work
from bot.usecases.watching import Seen, scope_of, visible

MOST = 6_000
"""So many messages are read for one answer; it bounds how long the others wait for theirs (RELIABILITY E17)."""
WAITS_LONG = timedelta(days=1)
"""After so long a message that is still tried again counts as one that does not arrive: a used-up quota can last a month."""


class Lost(NamedTuple):
    """A case of which news has not arrived: the most serious of it, since when, where it was to go and why; `messages` in all."""

    row: Watched
    what: What
    why: Why
    platform: str
    since: datetime
    has_phone: bool
    taken: bool
    messages: int


@dataclass(frozen=True, slots=True)
class Found:
    """What there is, the most serious and longest lost on top. `more`: there was more than could be read."""

    asked: Narrowed
    lost: Sequence[Lost]
    more: bool


async def unreached(work: Work, reader: Reader, asked: Narrowed) -> Found:
    """Return the cases of his units of which something has not arrived; raises `not_found` for whoever has no role."""
    return await unreached_by(work, acting(reader), asked)


async def unreached_by(work: Work, staff: Staff, asked: Narrowed) -> Found:
    """Return the same for a member of staff who is sent them in a report."""
    units = scope_of(work.units, staff)
    messages = await work.unreached.among(units, work.now - WAITS_LONG, MOST + 1)
    lost = _by_case(messages[:MOST])
    chosen = [one for one in lost if _fits(work, one, asked)]
    seen = {one.row.id for one in await visible(work, staff, [Seen(one.row, None, None) for one in chosen])}
    return Found(asked, [one for one in chosen if one.row.id in seen], len(messages) > MOST)


async def unreached_of(work: Work, case: Case) -> list[Lost]:
    """Return what has not arrived of a case: nothing or one; the case comes from `access_case`."""
    return _by_case(await work.unreached.of_case(case.id, work.now - WAITS_LONG))


async def tell_otherwise(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> tuple[Case, int]:
    """Note that the citizen was told in another way of all that has not arrived; return the case, as a card, and how many it was.

    It is open to whoever may see the case but for an office that only helps, and stays on record with who said so. What is held
    still comes into the chat when it opens.
    """
    case = await access_case(work, reader, ref, to=Action.CARD, version=version, now=now)
    if await only_helps(work, reader, case):
        raise not_found()
    told = await work.unreached.settle(await work.unreached.of_case(case.id, now - WAITS_LONG), TOLD)
    if told:
        work.record(CitizenTold(case.id, acting(reader).id, messages=told))
    return case, told


async def read_here(work: Work, case: Case) -> None:
    """Note that the citizen has opened the case, where all that has not arrived stands: nobody need call him for it."""
    await work.unreached.settle(await work.unreached.of_case(case.id, work.now), READ)


def counted(found: Iterable[Lost]) -> Mapping[str, list[tuple[Narrowed, int]]]:
    """Return how many there are by what, why and office, the last with most on top, each with the filter that narrows to it."""
    lost = list(found)
    whats, whys = Counter(one.what for one in lost), Counter(one.why for one in lost)
    offices = Counter(place for one in lost if (place := one.row.handling_unit or one.row.unit))
    return {
        "what": [(Narrowed(what=what), whats[what]) for what in What if whats[what]],
        "why": [(Narrowed(why=why), whys[why]) for why in Why if whys[why]],
        "office": [(Narrowed(unit=code), n) for code, n in sorted(offices.items(), key=lambda line: (-line[1], line[0]))],
    }


def why_of(message: Unreached) -> Why:
    """Return why a message has not arrived, by its state and by what the channel said."""
    match message.state:
        case "held":
            return Why.SILENT if message.why.startswith(SILENT) else Why.BLOCKED
        case "uncertain":
            return Why.UNSURE
        case "dead":
            return Why.FAILED
    return Why.WAITS


def _by_case(messages: Sequence[Unreached]) -> list[Lost]:
    """Return one line a case, by its most serious message, the first of those."""
    order = list(What)
    lost = []
    for _case, several in groupby(sorted(messages, key=lambda one: one.row.id), key=lambda one: one.row.id):
        group = list(several)
        first = min(group, key=lambda one: (order.index(_what(one)), one.since, one.message))
        lost.append(
            Lost(
                first.row, _what(first), why_of(first), first.platform, first.since, first.has_phone, first.taken, len(group),
            )
        )  # fmt: skip
    return sorted(lost, key=lambda one: (order.index(one.what), one.since, one.row.id))


def _what(message: Unreached) -> What:
    return KINDS.get(message.kind, What.NEWS)


def _fits(work: Work, one: Lost, asked: Narrowed) -> bool:
    place = one.row.handling_unit or one.row.unit
    return (
        (asked.what is None or one.what is asked.what)
        and (asked.why is None or one.why is asked.why)
        and (not asked.unit or (place is not None and work.units.within(place, asked.unit)))
    )
