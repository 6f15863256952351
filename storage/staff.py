"""Staff, appointments and invitations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, insert, or_, select, update

from bot.domain.deadlines import local_day
from bot.domain.people import Appointment, Role, Staff
from bot.usecases.ports import Invitation, LastAdmin
from storage.ledger import Ledger
from storage.rows import appointments, delegations, invitations, staff

_a, _s, _i, _d = appointments.c, staff.c, invitations.c, delegations.c
_IN_FORCE = and_(_a.since <= bindparam("now"), or_(_a.until.is_(None), _a.until > bindparam("now")))
_givers = appointments.alias("givers")
_g = _givers.c
# In the same statement as the appointments: a turn of staff must not cost another one.
_ACTING = and_(
    _a.role == Role.DEPUTY.value,
    exists()
    .where(
        _d.staff_id == _a.staff_id,
        _d.unit == _a.unit,
        _d.from_on <= bindparam("today"),
        _d.to_on >= bindparam("today"),
        _d.revoked_at.is_(None),
        _g.staff_id == _d.granted_by,
        _g.unit == _d.unit,
        _g.role == Role.HEAD.value,
        _g.since <= bindparam("now"),
        or_(_g.until.is_(None), _g.until > bindparam("now")),
    )
    .correlate(appointments),
)
_APPOINTMENTS = (
    select(_a.staff_id, _a.role, _a.unit, _a.since, _a.until, _ACTING.label("acting"))
    .where(_a.staff_id.in_(bindparam("staff", expanding=True)), _a.since <= bindparam("now"))
    .order_by(_a.since, _a.id)
)
_STAFF = select(_s.id, _s.name, _s.badge, _s.person_id, _s.joined_at, _s.revoked_at)
_BY_ID = _STAFF.where(_s.id == bindparam("id"))
_BY_PERSON = _STAFF.where(_s.person_id == bindparam("person"), _s.revoked_at.is_(None))
_ACTS = and_(_s.person_id.is_not(None), _s.joined_at.is_not(None), _s.revoked_at.is_(None))
_AT = (
    _STAFF.join(appointments, _a.staff_id == _s.id)
    .where(
        _a.unit.in_(bindparam("units", expanding=True)),
        _a.role.in_(bindparam("roles", expanding=True)),
        _IN_FORCE,
        _ACTS,
    )
    .order_by(_a.since, _a.id)
)
_ALL = _STAFF.order_by(_s.id)
_ALL_OF = _STAFF.where(exists().where(_a.staff_id == _s.id, _a.unit == bindparam("unit"))).order_by(_s.id)
_ENROL = insert(staff).returning(_s.id)
_JOIN = (
    update(staff)
    .where(_s.id == bindparam("b_staff"), _s.revoked_at.is_(None))
    .values(person_id=bindparam("b_person"), joined_at=bindparam("b_now"))
)
_HAS = select(_a.id).where(
    _a.staff_id == bindparam("staff"), _a.role == bindparam("role"), _a.unit == bindparam("unit"), _a.until.is_(None)
)
_END_HEAD = (
    update(appointments)
    .where(_a.unit == bindparam("b_unit"), _a.role == Role.HEAD.value, _a.until.is_(None))
    .values(until=bindparam("b_until"))
)
_APPOINT = insert(appointments)
# Locked, so that of two admins who revoke each other at the same moment one comes too late.
_ADMINS = (
    select(_a.staff_id)
    .join(staff, _s.id == _a.staff_id)
    .where(_a.role == Role.ADMIN.value, _IN_FORCE, _ACTS)
    .order_by(_a.id)
    .with_for_update(of=appointments)
)
_END_ALL = (
    update(appointments)
    .where(_a.staff_id == bindparam("b_staff"), or_(_a.until.is_(None), _a.until > bindparam("b_now")))
    .values(until=bindparam("b_now"))
)
_CUT_OFF = (
    update(staff)
    .where(_s.id == bindparam("b_staff"), _s.revoked_at.is_(None))
    .values(person_id=None, revoked_at=bindparam("b_now"))
)
_INVITE = insert(invitations).returning(_i.id)
_INVITATION = select(_i.id, _i.role, _i.unit, _i.name, _i.badge, _i.expires_at, _i.used_at).where(
    _i.code_hash == bindparam("code")
)
_PENDING = (
    select(_i.id, _i.role, _i.unit, _i.name, _i.badge, _i.expires_at, _i.used_at)
    .where(_i.used_at.is_(None), _i.expires_at > bindparam("now"))
    .order_by(_i.id)
)
_CANCEL = (
    update(invitations)
    .where(_i.id == bindparam("b_invitation"), _i.used_at.is_(None), _i.expires_at > bindparam("b_now"))
    .values(expires_at=bindparam("b_now"))
)
_USE = (
    update(invitations)
    .where(_i.id == bindparam("b_invitation"), _i.used_at.is_(None), _i.expires_at > bindparam("b_now"))
    .values(used_at=bindparam("b_now"), staff_id=bindparam("b_staff"))
)


class StaffRoll:
    """Implements `ports.StaffRoll`. What is in force is read as of the turn's instant, from the rows, every time (F3, F4)."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def by_id(self, staff: int) -> Staff | None:
        """Return the member of staff, revoked or not, or None."""
        return await self._one(_BY_ID, {"id": staff})

    async def by_person(self, person: int) -> Staff | None:
        """Return the member of staff behind a person; None for citizens and for those who were revoked."""
        return await self._one(_BY_PERSON, {"person": person})

    async def at(self, units: Sequence[str], *roles: Role) -> list[Staff]:
        """Return staff with these roles at any of these units now, joined and not revoked, oldest appointment first."""
        params = {"units": list(units), "roles": [r.value for r in roles], "now": self._ledger.now}
        rows = {row.id: row for row in await self._ledger.execute(_AT, params)}
        return await self._with_appointments(rows.values())

    async def all(self, unit: str | None = None) -> list[tuple[Staff, bool]]:
        """Return every member of staff, revoked ones too, with whether he may act; `unit`: whoever served there."""
        found = await (self._ledger.execute(_ALL) if unit is None else self._ledger.execute(_ALL_OF, {"unit": unit}))
        rows = found.all()
        acts = [r.person_id is not None and r.joined_at is not None and r.revoked_at is None for r in rows]
        return list(zip(await self._with_appointments(rows), acts, strict=True))

    async def enrol(self, name: str, badge: str, person: int | None, now: datetime) -> int:
        """Add a member of staff, joined at once if his person is known; return his id."""
        row = {"name": name, "badge": badge, "person_id": person, "joined_at": None if person is None else now}
        number: int = (await self._ledger.execute(_ENROL, row)).scalar_one()
        return number

    async def join(self, staff: int, person: int, now: datetime) -> None:
        """Let a member of staff act through the chats of this person; one who was revoked stays out."""
        await self._ledger.execute(_JOIN, {"b_staff": staff, "b_person": person, "b_now": now})

    async def appoint(self, staff: int, appointment: Appointment) -> None:
        """Add an appointment, unless he holds it already; a new head ends the appointment of the head before him."""
        role, unit = appointment.role.value, appointment.unit
        if (await self._ledger.execute(_HAS, {"staff": staff, "role": role, "unit": unit})).first() is not None:
            return
        if appointment.role is Role.HEAD:
            await self._ledger.execute(_END_HEAD, {"b_unit": unit, "b_until": appointment.since})
        row = {"staff_id": staff, "role": role, "unit": unit, "since": appointment.since, "until": appointment.until}
        await self._ledger.execute(_APPOINT, row)

    async def revoke(self, staff: int, now: datetime) -> None:
        """End all appointments and cut the person off. Raises `LastAdmin`."""
        admins = set((await self._ledger.execute(_ADMINS, {"now": now})).scalars())
        if admins == {staff}:
            raise LastAdmin
        await self._ledger.execute(_END_ALL, {"b_staff": staff, "b_now": now})
        await self._ledger.execute(_CUT_OFF, {"b_staff": staff, "b_now": now})

    async def invite(
        self, code_hash: str, role: Role, unit: str, name: str, badge: str, now: datetime, expires_at: datetime
    ) -> int:
        """Keep an invitation; return its id."""
        row = {
            "code_hash": code_hash,
            "role": role.value,
            "unit": unit,
            "name": name,
            "badge": badge,
            "created_at": now,
            "expires_at": expires_at,
        }
        number: int = (await self._ledger.execute(_INVITE, row)).scalar_one()
        return number

    async def invitation(self, code_hash: str) -> Invitation | None:
        """Return the invitation with this code, used, expired or good."""
        row = (await self._ledger.execute(_INVITATION, {"code": code_hash})).one_or_none()
        return row and Invitation(row.id, Role(row.role), row.unit, row.name, row.badge, row.expires_at, row.used_at)

    async def pending(self, now: datetime) -> list[Invitation]:
        """Return the invitations that are good at this instant, oldest first."""
        rows = (await self._ledger.execute(_PENDING, {"now": now})).all()
        return [Invitation(r.id, Role(r.role), r.unit, r.name, r.badge, r.expires_at, r.used_at) for r in rows]

    async def cancel_invitation(self, invitation: int, now: datetime) -> bool:
        """End an invitation; False when it is not good any more."""
        ended = await self._ledger.execute(_CANCEL, {"b_invitation": invitation, "b_now": now})
        return ended.rowcount == 1

    async def use_invitation(self, invitation: int, staff: int, now: datetime) -> bool:
        """Mark it used; False when somebody was faster or it has expired."""
        used = await self._ledger.execute(_USE, {"b_invitation": invitation, "b_staff": staff, "b_now": now})
        return used.rowcount == 1

    async def _one(self, statement: Any, params: dict[str, Any]) -> Staff | None:
        row = (await self._ledger.execute(statement, params)).one_or_none()
        return None if row is None else (await self._with_appointments([row]))[0]

    async def _with_appointments(self, rows: Iterable[Any]) -> list[Staff]:
        rows = list(rows)
        held = await _held(self._ledger, self._ledger.now, [r.id for r in rows])
        return [Staff(r.id, r.name, r.badge, r.person_id, *held.get(r.id, ((), ()))) for r in rows]


async def with_appointments(ledger: Ledger, now: datetime, staff: int, name: str, badge: str, person: int) -> Staff:
    """Return a member of staff whose row is read already, with his appointments as they stand at `now`."""
    return Staff(staff, name, badge, person, *(await _held(ledger, now, [staff])).get(staff, ((), ())))


async def _held(ledger: Ledger, now: datetime, staff: list[int]) -> dict[int, tuple[tuple[Appointment, ...], ...]]:
    """Return by member of staff the appointments in force, and those that have ended."""
    held: dict[int, tuple[tuple[Appointment, ...], ...]] = {}
    asked = {"staff": staff, "now": now, "today": local_day(now)}
    for row in await ledger.execute(_APPOINTMENTS, asked) if staff else ():
        appointment = Appointment(Role(row.role), row.unit, row.since, row.until, bool(row.acting))
        in_force, former = held.get(row.staff_id, ((), ()))
        if appointment.until is None or appointment.until > now:
            held[row.staff_id] = ((*in_force, appointment), former)
        else:
            held[row.staff_id] = (in_force, (*former, appointment))
    return held
