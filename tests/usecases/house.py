"""A small province with people in it, as the use cases see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.dialogue.values import Attachment, Who
from bot.domain.calendar import WorkCalendar
from bot.domain.cases import About, Case, CaseKind, KnownAs
from bot.domain.deadlines import local_day
from bot.domain.events import Event
from bot.domain.people import Person, Role, Staff
from bot.domain.refusal import Refusal
from bot.usecases.access import Reader
from bot.usecases.delegating import give_signature
from bot.usecases.filing import Draft, Filed, file_case
from bot.usecases.office import accept_case, draft_answer, give_answer
from bot.usecases.staffing import invite, redeem
from storage.seal import Seal
from storage.units import Units
from storage.work import Work
from tests.domain.town import NOW, TREE, WARD

SEAL = Seal([b"k" * 32])
LAN = Who("webchat", "house", "lan")


class OtherRules:
    """Rules with another calendar than the shipped one."""

    def __init__(self, rules: Any, calendar: WorkCalendar) -> None:
        self._rules, self._calendar = rules, calendar
        self.policy, self.rows = rules.policy, rules.rows

    async def calendar(self) -> WorkCalendar:
        return self._calendar


class House:
    """One transaction, one clock. `events` is all that happened, `do` runs a use case as a turn of its own."""

    def __init__(self, connection: Any, rules: Any, now: datetime = NOW, units: Units = TREE) -> None:
        self.connection, self.rules, self.now, self.units = connection, rules, now, units
        self.events: list[Event] = []
        self.work = self._open()

    def _open(self) -> Work:
        return Work(self.connection, SEAL, b"l" * 32, self.units, self.rules, self.now)

    def without_calendar(self) -> None:
        self.rules = OtherRules(self.rules, WorkCalendar(()))
        self.work = self._open()

    def passes(self, **span: float) -> None:
        self.at(self.now + timedelta(**span))

    def at(self, now: datetime) -> None:
        self.now = now
        self.work = self._open()

    async def do(self, use_case: Any, *args: Any, **more: Any) -> Any:
        """Run a use case that takes `work` first, and settle what happened."""
        try:
            return await use_case(self.work, *args, **more)
        finally:
            await self.work.write_events(self.work.recorded, self.now)
            self.events += self.work.recorded
            self.work.recorded.clear()

    async def person(self, name: str) -> Person:
        return (await self.work.people.known(Who("webchat", "house", name), self.now, "vi")).person

    async def joins(self, name: str, role: Role, unit: str, badge: str = "") -> Staff:
        """Let somebody of this name take a place; his chat is his name."""
        code = await self.do(invite, role, unit, name, badge, self.now)
        joined: Staff = await self.do(redeem, await self.person(name), code, self.now)
        return joined

    async def reader(self, name: str) -> Reader:
        person = await self.person(name)
        return Reader(person, await self.work.staff.by_person(person.id))

    async def files(self, sender: str = "lan", nonce: str = "d1", **answers: Any) -> Filed:
        filed: Filed = await self.do(
            file_case, await self.person(sender), Who("webchat", "house", sender), draft(**answers), nonce, self.now
        )
        return filed

    async def sends_a_file(self, sender: str = "lan", nonce: str = "d1", kind: Any = "photo") -> int:
        return await self.work.files.add(
            Who("webchat", "house", sender), Attachment(kind, f"ref-{nonce}"), nonce, None, "citizen", self.now
        )

    async def deputises(self, deputy: str, head: str, unit: str, days: int = 7) -> None:
        """Let a deputy sign for the head from today on, for so many days."""
        today = local_day(self.now)
        staff = (await self.reader(deputy)).staff
        assert staff is not None
        until = today + timedelta(days=days - 1)
        await self.do(give_signature, await self.reader(head), staff.id, unit, today, until, "QĐ 15/QĐ-UBND", self.now)

    async def case(self, code: str) -> Case:
        found = await self.work.cases.by_code(code)
        assert found is not None
        return found

    async def answers(self, code: str, head: str) -> Case:
        """Accept, draft and sign, unless it is accepted already."""
        reader = await self.reader(head)
        case = await self.case(code)
        if case.accepted_at is None:
            await self.do(accept_case, reader, code, self.now)
        await self.do(draft_answer, reader, code, *GOOD_ANSWER, self.now)
        answered: Case = await self.do(give_answer, reader, code, self.now, "12/UBND-VP")
        return answered

    def happened(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self.events if not kinds or isinstance(event, kinds)]


GOOD_ANSWER = ("true", "apologised", "Chúng tôi xin lỗi và đã nhắc nhở cán bộ.", "Biên bản làm việc ngày 24/11.")


def draft(**answers: Any) -> Draft:
    plain = Draft(
        kind=CaseKind.FEEDBACK,
        unit=WARD,
        about=About.UNKNOWN,
        official="",
        category="A01",
        happened="sáng nay, quầy 3",
        story="Họ quát tháo và từ chối hồ sơ của tôi.",
        known_as=KnownAs.NAMED,
        name="Nguyễn Thị Lan",
        phone="0912345678",
    )
    return replace(plain, **answers)


async def refused(awaitable: Any) -> str:
    """Return the words of the refusal that must come."""
    with pytest.raises(Refusal) as no:
        await awaitable
    return no.value.text.message
