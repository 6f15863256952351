"""Several units on one case: the lead unit asks another for its part. The case, its dates and its answer stay the lead's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# Flags of a case: others were merged into it; it came from so many people that they are a group (LAW B8).
LEADS = "leads"
GROUP = "group"
# Intake says that it repeats an answered case with nothing new; the head has not said so yet (LAW B12).
REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What the lead unit of a case (its id) asked of another `unit`, and what came back.

    `words` is the request and `body` the part, "" while it is awaited. `asked_by` and `given_by` are ids of staff; instants
    aware, UTC. `due_at` None: no day was set. `ended_at`: the lead no longer needs it, or the case went on without.
    """

    id: int
    case: int
    unit: str
    words: str
    asked_by: int
    asked_at: datetime
    due_at: datetime | None
    body: str = ""
    given_by: int | None = None
    given_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether the unit still owes its part."""
        return self.given_at is None and self.ended_at is None

    def is_late(self, now: datetime) -> bool:
        """Whether the day that the lead set has passed; shown to the lead, and counted nowhere."""
        return self.is_awaited and self.due_at is not None and now > self.due_at
