"""A phone with Zalo in the town: what stands in its numbered menus, and what a person types to choose from them.

The same for people who write to an Official Account and to a bot: neither has buttons.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select

from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oa_read import PRESSED
from bot.dialogue.values import Who
from bot.program import Program
from bot.web.zalo import ZaloHook, ZaloKeys
from bot.zalo_grants import grants
from handlers import VERBS, case_token
from storage.rows import sessions
from storage.sessions import open_session
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, OA_KEY, FakeZaloOa
from tests.fakes.zalo_oa_http import FakeHttp
from tests.fakes.zalo_oa_users import ZaloUser
from tests.fakes.zalo_oa_vault import FakeAccess

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

PICTURE = "https://bot.example.vn/logo.png"
_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)
_TYPED = re.compile(r"^(.+): gõ (/?\S+(?: \S+)?)$", re.MULTILINE)
_CODE = re.compile(r"Gõ (\S+) để mở")
_COMMANDS = {command: verb.name for verb in VERBS for command in verb.commands}

Menu = tuple[tuple[str, str], ...]


class Shown(Protocol):
    """A message on the screen: its text and the bytes of its file."""

    @property
    def text(self) -> str: ...
    @property
    def file(self) -> bytes | None: ...


class ZaloPhone(Protocol):
    """What a person with Zalo does, and what he sees."""

    @property
    def screen(self) -> Sequence[Shown]: ...
    async def says(self, text: str) -> Any: ...
    async def sends_photos(self, pictures: Sequence[bytes], caption: str = "") -> Any: ...
    async def sends_voice(self, content: bytes) -> Any: ...
    async def shares_contact(self, phone: str) -> Any: ...
    async def shares_location(self, latitude: float, longitude: float) -> Any: ...


def zalo_channel(
    program: Program, api: FakeZaloOa, clock: Callable[[], datetime], files: Callable[[str], Awaitable[bytes]]
) -> ZaloOaChannel:
    """Return the channel in front of the fake account, which brings its events to the program."""

    async def last_seen(who: Who) -> datetime | None:
        return await program.read(lambda work: grants(work, OA_ID).last_seen(who))

    async def take(raw: bytes, headers: dict[str, str]) -> int:
        # The two seconds are measured elsewhere; a busy machine must not make a story fail.
        return await ZaloHook(program.app, ZaloKeys(APP_ID, OA_ID, OA_KEY), answer_within=60.0).take(raw, headers)

    api.grant()
    api.receiver = take
    return ZaloOaChannel(
        OA_ID, FakeAccess(api), FakeHttp(api), APP_SECRET, clock=clock, files=files, picture=PICTURE, last_seen=last_seen
    )


class OaPhone:
    """A person who writes to the Official Account; every event of his is taken."""

    def __init__(self, user: ZaloUser) -> None:
        self.user = user
        self.id = user.id

    @property
    def screen(self) -> Sequence[Shown]:
        """What the account has shown."""
        return self.user.screen

    async def says(self, text: str) -> None:
        """Type a text."""
        assert await self.user.says(text) == 200

    async def sends_photos(self, pictures: Sequence[bytes], caption: str = "") -> None:
        """Send pictures together."""
        assert await self.user.sends_photos(pictures, caption) == 200

    async def sends_voice(self, content: bytes) -> None:
        """Send a voice message."""
        assert await self.user.sends_voice(content) == 200

    async def shares_contact(self, phone: str) -> None:
        """Fill in the form that asks for name and number."""
        assert await self.user.shares_contact(phone.lstrip("+")) == 200

    async def shares_location(self, latitude: float, longitude: float) -> None:
        """Share a place."""
        assert await self.user.shares_location(latitude, longitude) == 200


def tokens_shown(program: Program, who: Who) -> list[str]:
    """Return what the numbers of the last answer stand for."""
    with program._engine.connect() as connection:  # type: ignore[union-attr]
        ledger = program.work(connection).ledger
        chat = ledger.chat(who)
        row = connection.execute(
            select(sessions.c.state, sessions.c.version).where(sessions.c.address_hash == chat)
        ).one_or_none()
        return [] if row is None else list(open_session(ledger, chat, row.state, row.version).shown)


def menus(program: Program, who: Who, phone: ZaloPhone) -> list[Menu]:
    """Return what can be chosen from each message on the screen: numbers of the last answer only, commands of every notice."""
    shown = tokens_shown(program, who)
    found: list[Menu] = []
    numbered = False
    for message in reversed(phone.screen):
        labels = dict(_NUMBERED.findall(message.text))
        if shown and not numbered and str(len(shown)) in labels:
            numbered = True
            found.append(tuple((token, labels.get(str(n), "")) for n, token in enumerate(shown, 1)))
        else:
            found.append((*typed_lines(message.text),))
    return found[::-1]


def typed_lines(text: str) -> list[tuple[str, str]]:
    """Return the lines of a notice that say what to type, as (what it does, label)."""
    lines = [(_token(words), label) for label, words in _TYPED.findall(text)]
    return lines + [(case_token(code) or "", code) for code in _CODE.findall(text)]


def way_to_the_case(phone: ZaloPhone) -> str:
    """Return what opens the case that the newest notice is about, "" where no notice says so."""
    for message in reversed(phone.screen):
        opening = [words for _label, words in _TYPED.findall(message.text) if _token(words).startswith(("open:", "case:"))]
        if found := opening + _CODE.findall(message.text):
            return str(found[0])
    return ""


def words_for(program: Program, who: Who, phone: ZaloPhone, token: str) -> str:
    """Return what a person types for something on his screen."""
    shown = tokens_shown(program, who)
    if token in shown:
        return str(shown.index(token) + 1)
    for message in reversed(phone.screen):
        for words in [words for _label, words in _TYPED.findall(message.text)] + _CODE.findall(message.text):
            if _token(words) == token:
                return str(words)
    raise AssertionError(f"nothing on the screen does {token!r}")


def pressing(program: Program, who: Who, phone: ZaloPhone, token: str) -> str:
    """Return what does the same as a button with this token, on the screen or not.

    In an Official Account a button says its token. A bot has none, so a number or a command does it; what neither can do nobody
    can do there (AssertionError).
    """
    if who.platform == "zalo_oa":
        return f"{PRESSED}{token}"
    act = token.partition("@")[0]
    name, _colon, arg = act.partition(":")
    shown = next((one for one in tokens_shown(program, who) if ":" in one and one.partition("@")[0] == act), token)
    command = next((verb.commands[0] for verb in VERBS if verb.name == name and verb.commands), "")
    return words_for(program, who, phone, shown) if shown in tokens_shown(program, who) or not command else f"/{command} {arg}"


def _token(words: str) -> str:
    if not words.startswith("/"):
        return case_token(words) or ""
    command, _space, arg = words[1:].partition(" ")
    return f"{_COMMANDS.get(command, command)}:{arg}"
