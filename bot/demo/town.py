"""The demo: a province with its real offices and made-up people, over a fresh file, with a clock that can be pushed.

What its phones send goes the very way of a platform: inbox, turn, outbox. Nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import utc_now
from bot.catalogue import Catalogue
from bot.channels.base import Channel
from bot.channels.webchat import WebChatChannel
from bot.config import Config
from bot.demo.house import CITIZEN, MESSENGERS, CaseLine, Happening, HappeningKind, Phone, UnitLine
from bot.demo.messengers import messengers
from bot.demo.server import LOOPBACK, open_page
from bot.dialogue.values import LaidFile
from bot.domain.deadlines import local_day
from bot.domain.people import Role
from bot.imports.provinces import legacy_units, province_units
from bot.jobs import Timekeeper
from bot.program import Program
from bot.serving import delivering, told_to_stop
from bot.text import Text, _
from bot.usecases.ports import StoredEvent, Work
from bot.usecases.staffing import invite
from handlers.links import counter_payload, invitation_payload
from handlers.office import due_words, status_name, unit_name
from storage.database import Hold
from storage.migrate import migrate
from storage.seal import new_key, parse_keys

PROVINCE, PROVINCE_NAME = "20", "Lạng Sơn"
MARK = "demo"
# Made-up people; who opens a phone gets the next name.
CITIZENS = ("Hoàng Thị Lan", "Nông Văn Tú", "Lý Thị Hoa", "Vi Văn Sơn", "Triệu Thị Mai")
OFFICERS = (
    "Nguyễn Thị Minh",
    "Hoàng Văn Đức",
    "Lương Thị Hạnh",
    "Nông Quốc Việt",
    "Vi Thị Thu",
    "Đinh Công Hòa",
    "Phùng Thị Yến",
)
WARD = "Phường Tam Thanh"
# Who has joined before anybody opens a phone: role, office (None: the ward), name, badge.
CAST: tuple[tuple[Role, str | None, str, str], ...] = (
    (Role.HEAD, None, "Trần Thị Mai", "TT-001"),
    (Role.DEPUTY, None, "Lê Văn Bình", "TT-002"),
    (Role.HANDLER, None, "Đặng Thu Hà", "TT-014"),
    (Role.HEAD, PROVINCE, "Phạm Quang Vinh", "LS-001"),
    (Role.INTAKE, PROVINCE, "Vũ Ngọc Anh", "LS-120"),
    (Role.SUPERVISOR, PROVINCE, "Bùi Thanh Sơn", "LS-077"),
)
SAID: Mapping[str, Text] = {
    "CaseFiled": _("Case {code} was filed."),
    "CaseLeftToIntake": _("Case {code} waits for intake."),
    "CaseForwarded": _("Case {code} went to: {unit}."),
    "CaseAccepted": _("Case {code} was accepted."),
    "HandlerAssigned": _("Case {code} was handed to a handler."),
    "QuestionAsked": _("The office asked the citizen about case {code}."),
    "InformationAdded": _("The citizen added something to case {code}."),
    "NoteAdded": _("An inner note was made on case {code}."),
    "CaseReturned": _("Case {code} was returned as not theirs."),
    "AnswerDrafted": _("An answer to case {code} was drafted."),
    "CaseAnswered": _("Case {code} was answered."),
    "CaseRated": _("The answer to case {code} was rated."),
    "CaseContested": _("The answer to case {code} was contested."),
    "CaseWithdrawn": _("Case {code} was taken back."),
    "CaseGuided": _("The citizen was guided elsewhere with case {code}."),
    "CaseRejected": _("Case {code} was not taken."),
    "ReporterSeen": _("Somebody looked at who sent case {code}."),
    "DueSoon": _("Case {code} is nearly due."),
    "Overdue": _("Case {code} is overdue."),
    "NotAccepted": _("Case {code} was not accepted in time."),
    "IntakeWaits": _("Case {code} has waited with intake for too long."),
    "RedLine": _("Case {code} has been without an answer for 30 days or more."),
    "DeadlineMoved": _("The due date of case {code} moved with the calendar."),
    "ReportSent": _("A report was sent to a member of staff."),
    "ReminderWritten": _("A head was reminded in writing."),
    "CaseClosed": _("Case {code} is closed."),
    "ClockPaused": _("The clock of case {code} stands while the citizen is asked."),
    "ClockResumed": _("The clock of case {code} runs again."),
    "ExtensionAsked": _("More time was asked for on case {code}."),
    "CaseExtended": _("More time was granted for case {code}; the citizen was told why."),
    "ExtensionRefused": _("More time was refused for case {code}."),
    "ExtensionLapsed": _("Nobody decided in time on more time for case {code}."),
    "CaseBreached": _("Case {code} missed a date; the head owes an apology."),
    "ApologyGiven": _("The head apologised to the citizen for the delay of case {code}."),
    "HelpAsked": _("Another office was asked for its part in case {code}: {unit}."),
    "HelpGiven": _("An office gave its part in case {code}: {unit}."),
    "CaseMerged": _("Case {code} was merged into another one."),
    "LeadAnswered": _("Case {code} was answered with the one that it was merged into."),
    "CaseTookOver": _("Case {code} goes on in place of one that was taken back."),
    "OfficeEnded": _("Case {code} was passed on, as its office has ended."),
    "RepeatMarked": _("Case {code} was marked as a repeat."),
    "SignatureGiven": _("The head authorised a deputy to sign: {unit}."),
    "SignatureTakenBack": _("The head took back the authorisation of a deputy: {unit}."),
    "YearUnconfirmed": _("The working days of next year are not confirmed yet; the admins were told."),
    "AnswerUndelivered": _("The answer to case {code} could not be brought to the citizen."),
    "CaseTaken": _("Case {code} was taken from a caller, a visitor or a letter."),
    "ChatLinked": _("The sender of case {code} has opened it in his own chat."),
    "ChatJoined": _("Somebody goes on in another messenger."),
}
OTHER_EVENT = _("Something changed in case {code}.")
OF_NO_CASE = _("Something was done that belongs to no case.")
SENDING: Mapping[str, tuple[HappeningKind, Text]] = {
    "pending": ("waiting", _("A message waits to be sent ({kind}).")),
    "sent": ("sent", _("A message was sent ({kind}).")),
}
NOT_SENT = _("A message could not be sent ({kind}).")
KINDS: Mapping[str, Text] = {
    "reply": _("a reply"),
    "new case": _("a new case"),
    "for intake": _("a case for intake"),
    "forwarded": _("where the case went"),
    "accepted": _("the case was taken"),
    "assigned": _("a case handed on"),
    "question": _("a question to the citizen"),
    "information": _("something added"),
    "draft": _("a draft to sign"),
    "answer": _("the answer"),
    "contested": _("a contested answer"),
    "digest": _("what needs doing today"),
    "urgent": _("something urgent"),
    "more time asked": _("a request for more time"),
    "more time decided": _("a decision on more time"),
    "extended": _("a later date, with an apology"),
    "apology owed": _("an apology that is owed"),
    "head apologises": _("the head's apology"),
    "report": _("a report"),
    "written reminder": _("a reminder in writing"),
}
OTHER_KIND = _("a notice")


class NotADemo(Exception):
    """The file exists and is not a demo's: it is left alone."""


class PortTaken(Exception):
    """The page cannot be opened there; the message names another port."""


class DemoTown:
    """Implements `house.DemoHouse` over the running program."""

    def __init__(self, program: Program, channel: WebChatChannel, clock: DemoClock, keeper: Timekeeper) -> None:
        self._program = program
        self._channel = channel
        self._clock = clock
        self._keeper = keeper
        self._ward = ""
        self._phones: dict[tuple[str, str, str], Phone] = {}
        self._messengers: dict[str, str] = {}  # By chat.
        self._citizens, self._officers = itertools.cycle(CITIZENS), itertools.cycle(OFFICERS)
        self._numbers = itertools.count(1)
        self._happened: list[tuple[datetime, HappeningKind, Text]] = []
        self._last_event = 0
        self._known_sends: dict[int, str] = {}
        catalogue = Catalogue()
        self._translators = {language: catalogue.translator(language) for language in catalogue.languages()}

    async def settle_in(self) -> None:
        """Let the standing cast join."""
        self._ward = next(unit.code for unit in self._program.tree.all() if unit.name == WARD)
        for role, unit, name, badge in CAST:
            await self._join(role, unit or self._ward, name, badge)

    async def receive(self, payload: dict[str, Any]) -> None:
        """Take one message of the web chat: inbox, turn, outbox."""
        messenger = self._messengers.get(payload["chat"], self._channel.name)
        await self._program.app.receive(messenger, payload, json.dumps(payload).encode())

    def now(self) -> datetime:
        """Return the demo's instant."""
        return self._clock()

    async def push_clock(self, hours: int = 0, working_days: int = 0) -> None:
        """Move the clock hour by hour, with the timed work that falls due on the way."""
        until = self._clock() + timedelta(hours=hours)
        if working_days:
            calendar = await self._program.rules.calendar()
            today = local_day(until)
            until += calendar.add_working_days(today, working_days) - today
        while self._clock() < until:
            self._clock.push(min(timedelta(hours=1), until - self._clock()))
            await self._keeper.once(everything=True)
            await self._look()
        self._happened.append((self._clock(), "clock", _("The clock was pushed to {now}.")(now=self._clock())))
        self._program.app.wake_jobs.set()

    async def open_phone(self, role: str, unit: str | None = None, messenger: str = MESSENGERS[0]) -> Phone:
        """Return a phone; staff have joined already, a citizen with a unit has scanned the code at its counter."""
        if unit is not None and self._program.tree.get(unit) is None:
            raise ValueError(unit)
        if role == CITIZEN:
            return await self._citizen(unit, messenger)
        wanted = Role(role)
        at = unit or (self._ward if wanted in (Role.HEAD, Role.DEPUTY, Role.HANDLER) else PROVINCE)
        known = self._phones.get((role, at, messenger))
        return known or await self._join(wanted, at, next(self._officers), f"DEMO-{next(self._numbers):03}", messenger)

    async def find_units(self, text: str) -> list[UnitLine]:
        """Return the offices that answer to what was typed."""
        found = self._program.tree.search(text, 8)
        return [UnitLine(each.unit.code, each.unit.name, each.parent_name) for each in found]

    async def happenings(self, after: int, language: str) -> list[Happening]:
        """Return what happened since, in words."""
        await self._look()
        say = self._translators.get(language, self._translators["en"])
        return [
            Happening(number, at, kind, say(text)) for number, (at, kind, text) in enumerate(self._happened, 1) if number > after
        ][-300:]

    async def cases(self, language: str) -> list[CaseLine]:
        """Return the cases, the one due first in front."""
        say = self._translators.get(language, self._translators["en"])
        now = self._clock()
        calendar = await self._program.rules.calendar()

        async def step(work: Work) -> list[CaseLine]:
            lines = []
            for number in {event.case for event in await work.events_since(0, 10_000) if event.case is not None}:
                case = await work.cases.by_id(number)
                if case is None:
                    continue
                lines.append(
                    CaseLine(
                        case.code,
                        say(unit_name(work, case.handling_unit or case.unit)),
                        say(status_name(work, case.status)),
                        case.due_at,
                        say(due_words(case.due_at, now, calendar)) if case.is_open else "",
                        case.is_open and case.due_at is not None and case.due_at < now,
                    )
                )
            return lines

        lines = await self._program.read(step)
        return sorted(lines, key=lambda line: (line.due is None, line.due, line.code))

    # How it is done.

    async def _citizen(self, unit: str | None, messenger: str) -> Phone:
        start = ""
        if unit is not None:
            start = await self._program.read(lambda work: _counter(work, unit))
        number = next(self._numbers)
        named = self._program.tree.get(unit) if unit else None
        chat, unit_name = f"citizen-{number}", named.name if named else ""
        self._messengers[chat] = messenger
        return Phone(chat, CITIZEN, next(self._citizens), unit_name, start, number=f"0912 345 {number:03}", messenger=messenger)

    async def _join(self, role: Role, unit: str, name: str, badge: str, messenger: str = MESSENGERS[0]) -> Phone:
        """Invite somebody and let him join by the invitation, as anybody would."""
        code = await self._program.app.run(lambda work: invite(work, role, unit, name, badge, work.now))
        office = self._program.tree.get(unit)
        chat, unit_name = f"{role.value}-{unit}-{next(self._numbers)}", office.name if office else ""
        phone = Phone(chat, role.value, name, unit_name, messenger=messenger)
        self._phones[role.value, unit, messenger] = phone
        self._messengers[chat] = messenger
        await self._send(phone, start=invitation_payload(code))
        await self._send(phone, token="agree:")  # noqa: S106 - a button's token is no secret
        return phone

    async def _send(self, phone: Phone, **what: str) -> None:
        payload = {"id": secrets.token_hex(8), "chat": phone.chat, "at": self._clock().isoformat(), "language": "vi", **what}
        inbound = self._channel.read(payload)
        if inbound is not None:
            self._channel.put(inbound, shown="/start" if inbound.start is not None else "")
            await self.receive(payload)
            self._channel.settle(inbound, "sent")

    async def _look(self) -> None:
        """Add what is new in the audit rows and in the outbox to what happened."""

        new: list[tuple[datetime, HappeningKind, Text]] = []

        async def step(work: Work) -> None:
            for event in await work.events_since(self._last_event, 500):
                self._last_event = event.id
                new.append((event.at, "event", await self._in_words(work, event)))
            for row, kind, state, at in reversed(await work.outbox.recent(100)):
                # Replies stand in the chat itself, and what is under way is over in a moment: neither is worth a line.
                quiet = state == "sending" or (kind == "reply" and state in ("pending", "sent"))
                if self._known_sends.get(row) != state and not quiet:
                    self._known_sends[row] = state
                    mark, words = SENDING.get(state, ("failed", NOT_SENT))
                    new.append((at, mark, words(kind=KINDS.get(kind, OTHER_KIND))))

        await self._program.read(step)
        self._happened += sorted(new, key=lambda line: line[0])

    async def _in_words(self, work: Work, event: StoredEvent) -> Text:
        case = await work.cases.by_id(event.case) if event.case is not None else None
        unit = unit_name(work, event.details.get("unit"))
        return SAID.get(event.name, OTHER_EVENT if case else OF_NO_CASE)(code=case.code if case else "", unit=unit)


async def _counter(work: Work, unit: str) -> str:
    return counter_payload(work.secrets, unit)


class DemoClock:
    """This machine's clock with what it was pushed by."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the demo's instant, aware."""
        return utc_now() + self._ahead

    def push(self, by: timedelta) -> None:
        """Move it forward."""
        self._ahead += by


def make_way(file: Path) -> None:
    """Take away the last demo's file and what lies beside it; raises `NotADemo` for any other file that is there."""
    beside = file.with_name(file.name + ".files")
    if file.exists():
        with Hold(file):
            try:
                with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as old:
                    ours = old.execute("SELECT 1 FROM meta WHERE key = ?", (MARK,)).fetchone()
            except sqlite3.DatabaseError:
                ours = None
            if ours is None:
                raise NotADemo(f"{file} exists and is not a demo's file, so it is left alone. Name another with --file.")
            for name in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
                name.unlink(missing_ok=True)
        shutil.rmtree(beside, ignore_errors=True)


@asynccontextmanager
async def demo_town(file: Path) -> AsyncIterator[tuple[DemoTown, WebChatChannel]]:
    """Open a fresh town over this file; raises `NotADemo` for a file that is not a demo's."""
    await asyncio.to_thread(make_way, file)
    config = Config(
        database_url=f"sqlite:///{file.absolute()}",
        files_dir=file.with_name(file.name + ".files"),
        # The keys live as long as this process: nobody's data is in a demo, and the next one starts afresh.
        secret_keys=tuple(parse_keys(new_key())),
        province=PROVINCE_NAME,
        agency_name="Ủy ban nhân dân tỉnh Lạng Sơn (bản dùng thử)",
        contact_phone="0205 0000 000",
        contact_address="Trụ sở tiếp công dân tỉnh (địa chỉ minh họa)",
        data_officer="Văn phòng UBND tỉnh (minh họa), 0205 0000 001",
    )
    clock = DemoClock()
    await migrate(config.database_url, clock())
    made: list[WebChatChannel] = []

    def channels(program: Program) -> Mapping[str, Channel]:
        async def open_file(laid: LaidFile) -> bytes:
            return await asyncio.to_thread(program.files.get, laid.store)

        made.append(WebChatChannel(clock, open_file))
        return messengers(made[0])

    async with Program.opened(config, clock, channels) as program:
        await program.app.run(lambda work: work.remember(MARK, "made by the demo"))
        await program.save_units(province_units(PROVINCE), legacy_units(PROVINCE))
        async with delivering(program) as keeper:
            town = DemoTown(program, made[0], clock, keeper)
            await town.settle_in()
            yield town, made[0]


def _try_port(port: int) -> None:
    """Raise `PortTaken` before the town is built, which takes a while and does away with the last one."""
    with socket.socket() as end:
        # As the server does it: what a demo before left closing is no hindrance.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            end.bind((LOOPBACK, port))
        except (OSError, OverflowError) as error:
            other = port + 1 if 0 < port < 65535 else 8001
            raise PortTaken(f"Port {port} is taken. Use another one: --port {other}") from error


async def serve_demo(file: Path, port: int, announce: Callable[[str], None], stop: asyncio.Event | None = None) -> None:
    """Open a fresh town and its page until told to stop; `announce` is called with the page's address.

    Raises `NotADemo` and `PortTaken`.
    """
    _try_port(port)
    async with demo_town(file) as (town, channel):
        page, address = await open_page(town, channel, port)
        announce(address)
        try:
            await told_to_stop(stop)
        finally:
            await page.cleanup()
