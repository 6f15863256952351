"""The standing cast: people with phones in a small town, on every channel, over the real program and a real SQLite file.

A chat test is a script between people with names. What they send goes the very way of a platform (read, inbox, turn, commit,
outbox, send), what they see is what the channel showed; no socket opens and nobody sleeps.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.channels.base import Channel
from bot.channels.webchat import WebChatChannel
from bot.config import Config
from bot.dialogue.values import Attachment, LaidFile, Who
from bot.domain.cases import Case
from bot.domain.deadlines import local_day
from bot.domain.people import Role
from bot.imports.provinces import legacy_units, province_units
from bot.jobs import Timekeeper
from bot.outbox import Delivery
from bot.program import Program
from bot.usecases.access import Reader
from bot.usecases.delegating import give_signature
from bot.usecases.ports import Outgoing, Work
from bot.usecases.staffing import invite
from handlers.links import counter_payload, invitation_payload
from storage.migrate import migrate
from storage.seal import new_key, parse_keys
from tests.fakes.botapi import FakeBotApi
from tests.fakes.botapi_users import ApiUser, a_picture
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOa
from tests.town_zalo import OaPhone, ZaloPhone, menus, pressing, way_to_the_case, words_for, zalo_channel
from tests.town_zalo_bot import BotPhone, Opens, zalo_bot

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # Wednesday 25/11/2026, 09:00 in Vietnam.
PROVINCE = "Lạng Sơn"
KEYS = tuple(parse_keys(new_key()))
CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")
PIN = re.compile(r"\b\d{6}\b")


@dataclass(frozen=True)
class Line:
    """One message of the bot as somebody sees it: its text, its buttons (token, label), and the bytes of its files."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    files: tuple[bytes, ...] = ()


@dataclass
class Someone:
    """A person with a phone. `says`, `picks` and the like act; `sees` looks at what came since the last act of any kind."""

    town: Town
    name: str
    channel: str
    chat: str
    api: ApiUser | None = None
    looked: int = 0
    zalo: ZaloPhone | None = None

    # What they do.

    async def says(self, text: str) -> None:
        """Type a text."""
        await self._send(text=text)

    async def picks(self, value: str) -> None:
        """Press the newest button with this stable value: an answer's value, a verb, or a word of the engine."""
        if self.zalo is None:
            return await self.presses(self.token(value))
        # A notice has no numbers; what it cannot name by a command is chosen in the case, which is opened first.
        offered = any(stable(token, value) for line in self.lines for token, _label in line.buttons)
        if not offered and (opening := way_to_the_case(self.zalo)):
            await self.says(opening)
        await self.says(words_for(self.town.program, self.who, self.zalo, self.token(value)))

    async def presses(self, token: str) -> None:
        """Press a button with this token, whether or not there is one."""
        if self.zalo is not None:
            return await self.says(pressing(self.town.program, self.who, self.zalo, token))
        if self.api is not None:
            self._mark()
            await self.api.forges(token, self.api.last.message_id if self.api.screen else None)
            await self.town.settles()
        else:
            await self._send(token=token)

    async def starts(self, payload: str = "") -> None:
        """Press Start, or follow a deep link."""
        if self.api is not None or self.zalo is not None:
            await self.says(f"/start {payload}".strip())
        else:
            await self._send(start=payload)

    async def sends_photos(self, *pictures: bytes, caption: str = "") -> None:
        """Send pictures together; the files are fetched by the job before anything else happens."""
        pictures = pictures or (a_picture(),)
        if self.zalo is not None:
            return await self._by_zalo(self.zalo.sends_photos(pictures, caption))
        if self.api is None:
            files = [self.town.web.keep("photo", picture, "image/jpeg") for picture in pictures]
            await self._send(text=caption, attachments=[_as_json(file) for file in files])
            return
        self._mark()
        if len(pictures) == 1:
            await self.api.sends_photo(pictures[0], caption)
        else:
            await self.api.sends_album(list(pictures), caption)
        await self.town.settles()

    async def sends_voice(self, content: bytes) -> None:
        """Send a voice message."""
        if self.zalo is not None:
            return await self._by_zalo(self.zalo.sends_voice(content))
        if self.api is None:
            await self._send(attachments=[_as_json(self.town.web.keep("voice", content, "audio/ogg"))])
            return
        self._mark()
        await self.api.sends_voice(content)
        await self.town.settles()

    async def shares_phone(self, number: str = "+84912345678") -> None:
        """Share the own phone number by the client's button."""
        if self.zalo is not None:
            return await self._by_zalo(self.zalo.shares_contact(number))
        if self.api is None:
            await self._send(phone=number)
            return
        self._mark()
        await self.api.shares_contact(number)
        await self.town.settles()

    async def shares_location(self, latitude: float, longitude: float) -> None:
        """Share a place."""
        if self.zalo is not None:
            return await self._by_zalo(self.zalo.shares_location(latitude, longitude))
        if self.api is None:
            await self._send(location=[latitude, longitude])
            return
        self._mark()
        await self.api.shares_location(latitude, longitude)
        await self.town.settles()

    async def agrees(self) -> None:
        """Open the chat and agree to the notice."""
        await self.starts()
        await self.picks("agree")

    async def _send(self, **payload: object) -> None:
        self._mark()
        if self.zalo is not None:
            await self.zalo.says(str(payload["text"]))
        elif self.api is not None:
            await self.api.says(str(payload["text"]))
        else:
            body = {"id": f"u{next(self.town.updates)}", "chat": self.chat, "at": self.town.now.isoformat(), "language": "vi"}
            body |= {name: value for name, value in payload.items() if value not in ("", None)}
            if "start" in payload:
                body["start"] = payload["start"]
            await self.town.program.app.receive("webchat", body, json.dumps(body).encode())
        await self.town.settles()

    async def _by_zalo(self, act: Coroutine[None, None, None]) -> None:
        self._mark()
        await act
        await self.town.settles()

    def _mark(self) -> None:
        self.looked = len(self.lines)

    # What they see.

    @property
    def who(self) -> Who:
        """The chat of this person as the program knows it."""
        return Who(self.channel, self.town.program.app.channels[self.channel].account, self.chat)

    @property
    def lines(self) -> list[Line]:
        """Everything that the bot has shown to this person."""
        if self.zalo is not None:
            return [
                Line(shown.text, menu, (shown.file,) if shown.file is not None else ())
                for shown, menu in zip(self.zalo.screen, menus(self.town.program, self.who, self.zalo), strict=True)
            ]
        if self.api is not None:
            return [
                Line(
                    shown.text,
                    tuple((b.token, b.label) for row in shown.buttons for b in row),
                    (shown.file,) if shown.file is not None else (),
                )
                for shown in self.api.screen
            ]
        return [
            Line(
                message.text,
                tuple((b.token, b.label) for row in message.rows for b in row),
                tuple(self.town.web.kept(file.ref)[1] for file in message.files),
            )
            for message in self.town.web.messages(self.chat)
            if not message.mine
        ]

    @property
    def new(self) -> list[Line]:
        """What came since the last act."""
        return self.lines[self.looked :]

    def sees(self, fragment: str) -> Line:
        """Return the newest of the new messages that has these words; fails when there is none."""
        for line in reversed(self.new):
            if fragment.casefold() in line.text.casefold():
                return line
        raise AssertionError(f"{self.name} does not see {fragment!r} but {[line.text for line in self.new]}")

    def does_not_see(self, fragment: str) -> None:
        """Fail when any new message has these words."""
        for line in self.new:
            assert fragment.casefold() not in line.text.casefold(), f"{self.name} sees {fragment!r} in {line.text!r}"

    def token(self, value: str) -> str:
        """Return the token of the newest button with this stable value."""
        offered = []
        for line in reversed(self.lines):
            for token, _label in line.buttons:
                if stable(token, value):
                    return token
            offered += [token for token, _label in line.buttons]
        raise AssertionError(f"{self.name} sees no button {value!r}; offered were {offered[:40]}")

    def offers(self, value: str) -> bool:
        """Whether a new message has a button with this stable value."""
        return any(stable(token, value) for line in self.new for token, _label in line.buttons)

    @property
    def last_ref(self) -> str:
        """The case code that this person saw last."""
        return next(code[-1] for line in reversed(self.lines) if (code := CODE.findall(line.text)))

    @property
    def last_pin(self) -> str:
        """The PIN that this person saw last."""
        return next(pin[-1] for line in reversed(self.lines) if (pin := PIN.findall(line.text)))


def stable(token: str, value: str) -> bool:
    """Whether a token stands for this value: `key=value@d`, `verb:arg@v` (by verb, or whole), `_word@d`."""
    body = token.rsplit("@", 1)[0]
    answer = body.partition("=")[2]
    return value in (body, answer, body.partition(":")[0], body.removeprefix("_"), answer.lstrip(">"))


def _as_json(file: Attachment) -> dict[str, object]:
    return {"kind": file.kind, "ref": file.ref, "size": file.size, "mime": file.mime, "name": file.name}


class Town:
    """A province with its real offices, the program over a real file, and people who write to it on one channel."""

    def __init__(
        self,
        program: Program,
        channel: str,
        web: WebChatChannel,
        api: FakeBotApi,
        clock: list[datetime],
        account: FakeZaloOa,
        bots: FakeZaloBot,
        opens: Opens,
    ) -> None:
        self.program = program
        self.channel = channel
        self.web = web
        self.api = api
        self.account = account
        self.bots = bots
        self.opens = opens
        self._clock = clock
        self.delivery = Delivery(program.app, lambda: 0.0)
        self.keeper = Timekeeper(program.app, program.files, program.config.keep_raw_days)
        self.updates = itertools.count(1)
        self._chats = itertools.count(1)

    @property
    def now(self) -> datetime:
        """The town's instant."""
        return self._clock[0]

    async def settles(self) -> None:
        """Send all that waits, and do the timed work that is due now, until nothing is left."""
        for _round in range(50):
            await self.delivery.drain()
            if not await self.keeper.once():
                break
        await self.delivery.drain()

    async def passes(self, days: int = 0, hours: float = 0, seconds: float = 0) -> None:
        """Let time pass, an hour at a time, with the timed work on the way."""
        left = timedelta(days=days, hours=hours, seconds=seconds)
        while left > timedelta():
            step = min(left, timedelta(hours=1))
            self._clock[0] += step
            left -= step
            await self.keeper.once(everything=True)
            await self.settles()

    def day(self) -> object:
        """The civil day in Vietnam."""
        return local_day(self.now)

    # People.

    def citizen(self, name: str, language: str = "vi", on: str = "") -> Someone:
        """Return a stranger with a phone; `on` names his channel where it is not the town's."""
        number, channel = next(self._chats), on or self.channel
        if channel == "telegram":
            user = self.api.user(5_000_000_000 + number, name, language)
            return Someone(self, name, channel, str(user.id), user)
        if channel == "zalo_oa":
            oa = OaPhone(self.account.user(name))
            return Someone(self, name, channel, oa.id, zalo=oa)
        if channel == "zalo_bot":
            bot = BotPhone(self.bots.person(name), self.opens)
            return Someone(self, name, channel, bot.id, zalo=bot)
        return Someone(self, name, channel, f"chat-{7_340_000 + number}")

    async def staff(self, name: str, role: Role, unit: str, badge: str = "") -> Someone:
        """Return somebody who has joined by an invitation, at the office with this code."""
        someone = self.citizen(name)
        code = await self.program.app.run(lambda work: invite(work, role, unit, name, badge, self.now))
        await someone.starts(invitation_payload(code))
        await someone.picks("agree")
        return someone

    async def head(self, name: str, of: str, badge: str = "") -> Someone:
        """Return the head of an office."""
        return await self.staff(name, Role.HEAD, of, badge)

    async def deputises(self, deputy: str, unit: str, days: int = 7) -> None:
        """Let a deputy sign for the head of an office from today on, for so many days."""

        async def step(work: Work) -> None:
            [head] = await work.staff.at([unit], Role.HEAD)
            number = next(one.id for one in await work.staff.at([unit], Role.DEPUTY) if one.name == deputy)
            assert head.person is not None
            person = await work.people.by_id(head.person)
            assert person is not None
            today = local_day(self.now)
            until = today + timedelta(days=days - 1)
            await give_signature(work, Reader(person, head), number, unit, today, until, "QĐ 15/QĐ-UBND", self.now)

        await self.program.app.run(step)
        await self.settles()

    async def link(self, unit: str, counter: str = "") -> str:
        """Return the start payload of the QR code at a counter."""

        async def step(work: Work) -> str:
            return counter_payload(work.secrets, unit, counter)

        return await self.program.app.run(step)

    async def case(self, ref: str) -> Case:
        """Return a case as it stands."""
        found = await self.program.app.run(lambda work: work.cases.by_code(ref.replace("-", "")))
        found = found or await self.program.app.run(lambda work: work.cases.by_code(ref))
        assert found is not None, ref
        return found

    async def waiting(self, message: Outgoing) -> None:
        """Put a message into the outbox."""
        await self.program.app.run(lambda work: work.outbox.add([message], self.now))


async def template(folder: Path) -> Path:
    """Make the database that every town starts from: migrated, with the offices of Lạng Sơn."""
    config = config_for(folder / "template.db")
    await migrate(config.database_url, START)
    async with Program.opened(config, lambda: START) as program:
        await program.save_units(province_units(PROVINCE), legacy_units("20"))
    return folder / "template.db"


def config_for(file: Path) -> Config:
    """Return settings for a town over this file."""
    return Config(
        database_url=f"sqlite:///{file}",
        files_dir=file.parent / "files",
        secret_keys=KEYS,
        province=PROVINCE,
        agency_name="Ủy ban nhân dân tỉnh Lạng Sơn",
        contact_phone="0205 3812 345",
        contact_address="Số 1 đường Hùng Vương, phường Lương Văn Tri",
        data_officer="Văn phòng UBND tỉnh, 0205 3812 346",
    )


@asynccontextmanager
async def town_on(channel: str, start_from: Path, folder: Path) -> AsyncIterator[Town]:
    """Open a town of its own."""
    file = folder / "town.db"
    shutil.copy(start_from, file)
    clock = [START]
    made: dict[str, Channel] = {}
    api = FakeBotApi(clock=lambda: clock[0])
    account = FakeZaloOa(lambda: clock[0])
    bots = FakeZaloBot(clock=lambda: clock[0])
    opening: list[Opens] = []

    def channels(program: Program) -> dict[str, Channel]:
        async def read(name: str) -> bytes:
            return await asyncio.to_thread(program.files.get, name)

        async def open_file(file: LaidFile) -> bytes:
            return await read(file.store)

        made["webchat"] = WebChatChannel(lambda: clock[0], open_file)
        made["telegram"] = api.channel(files=read)
        made["zalo_oa"] = zalo_channel(program, account, lambda: clock[0], read)
        made["zalo_bot"], opens = zalo_bot(program, bots)
        opening.append(opens)
        return made

    async with Program.opened(config_for(file), lambda: clock[0], channels) as program:
        web = made["webchat"]
        assert isinstance(web, WebChatChannel)

        async def receive(update: dict[str, object]) -> None:
            await program.app.receive("telegram", update, json.dumps(update).encode())

        api.receiver = receive
        yield Town(program, channel, web, api, clock, account, bots, opening[0])
