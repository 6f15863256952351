"""Who works on cases: staff, their appointments, and the persons behind chats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Role(Enum):
    """What a member of staff may do at a unit (LAW 2.4); a citizen has none. A superior is the head of the unit above."""

    INTAKE = "intake_officer"
    HEAD = "unit_head"
    DEPUTY = "deputy_head"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A role at a unit, since and until an instant (None: open).

    `acting`: a deputy to whom the head of the unit has given his signature by a written document that holds today in Vietnam
    (LAW 2.4, 5.2 step 9). It ends by itself with its last day, and when the head who gave it is head no longer.
    """

    role: Role
    unit: str
    since: datetime
    until: datetime | None = None
    acting: bool = False


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff: `person` is the id under which his chats are kept (None: has not joined or was revoked).

    `appointments` holds only those in force when it was read, `former` those that have ended: a head who was promoted is still
    the head whom an older case speaks about.
    """

    id: int
    name: str
    badge: str
    person: int | None
    appointments: tuple[Appointment, ...] = ()
    former: tuple[Appointment, ...] = ()

    def units(self, *roles: Role) -> frozenset[str]:
        """The units at which he holds one of these roles."""
        return frozenset(a.unit for a in self.appointments if a.role in roles)

    def led(self) -> frozenset[str]:
        """The units for which he signs today: as head, or as deputy with the head's signature."""
        return frozenset(a.unit for a in self.appointments if a.role is Role.HEAD or a.acting)

    def has(self, *roles: Role) -> bool:
        """Whether he holds one of these roles anywhere."""
        return any(a.role in roles for a in self.appointments)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes to us. Name, phone and provider ids are not here: they live sealed, apart.

    `agreed` is None before the first answer to the notice on personal data, then yes or no.
    """

    id: int
    language: str
    agreed: bool | None
    address_as: str = ""
