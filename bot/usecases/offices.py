"""One office, looked at by somebody who watches it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.deadlines import local_day
from bot.domain.people import Role
from bot.domain.units import FoundUnit, Unit
from bot.domain.watching import Filter, What
from bot.usecases.access import Reader, acting
from bot.usecases.ports import Work
from bot.usecases.ports_delegations import Delegation
from bot.usecases.watching import Seen, scope_of, visible, watch

MANY = 6
"""How many offices of one name are offered."""
_LOOKED_THROUGH = 40
_AS_GOOD = 0.1
_LAST = 10
# Four lists stand on one card: that of a whole province says that there are more than this.
_COUNTED = 1_500

Counted = tuple[int, bool]
"""How many cases, and whether there are more than could be read."""


@dataclass(frozen=True, slots=True)
class Office:
    """What stands on the card of an office; the counts are of it and all below it, each only of cases that the reader may see.

    `signing` are deputies with the head's signature now or later, `deputies` those without. `answered_at` is its last answer.
    """

    unit: Unit
    has_below: bool
    head: str
    deputies: Sequence[str]
    signing: Sequence[tuple[str, Delegation]]
    open: Counted
    overdue: Counted
    due: Counted
    unaccepted: Counted
    answered_at: datetime | None


def offices_named(work: Work, reader: Reader, words: str) -> list[FoundUnit]:
    """Return the offices of his own that the words most likely mean, best first; none where they clearly mean another's."""
    mine = set(scope_of(work.units, acting(reader)))
    found = work.units.search(words, _LOOKED_THROUGH)
    return [one for one in found if one.unit.code in mine and one.score >= found[0].score - _AS_GOOD][:MANY]


async def look_at(work: Work, reader: Reader, code: str) -> Office | None:
    """Return an office that he watches; None for any other, whether or not there is one."""
    staff = acting(reader)
    unit = work.units.get(code)
    if unit is None or code not in scope_of(work.units, staff):
        return None
    counts = {}
    for what in What:
        found = await watch(work, reader, Filter(what, unit=code), _COUNTED)
        counts[what] = (len(found.seen), found.more)
    heads = [one.name for one in await work.staff.at([code], Role.HEAD)]
    deputies = {one.id: one.name for one in await work.staff.at([code], Role.DEPUTY)}
    given = [one for one in await work.delegations.of_units([code], local_day(work.now)) if one.deputy in deputies]
    answered = [Seen(row, at, None) for row, at in await work.watch.answered_by(code, _LAST)]
    last = next(iter(await visible(work, staff, answered)), None)
    signing = {one.deputy for one in given}
    return Office(
        unit=unit,
        has_below=len(work.units.below(code)) > 1,
        head=heads[0] if heads else "",
        deputies=[name for number, name in deputies.items() if number not in signing],
        signing=[(deputies[one.deputy], one) for one in given],
        open=counts[What.OPEN],
        overdue=counts[What.OVERDUE],
        due=counts[What.DUE],
        unaccepted=counts[What.UNACCEPTED],
        answered_at=last.date if last else None,
    )
