"""A phone with Zalo in the town: what stands in its numbered menus, and what a person types to choose from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.channels.zalo_oa import ZaloOaChannel
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
    from collections.abc import Awaitable, Callable
    from datetime import datetime

PICTURE = "https://bot.example.vn/logo.png"
_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)
_TYPED = re.compile(r"^(.+): gõ (/?\S+(?: \S+)?)$", re.MULTILINE)
_CODE = re.compile(r"Gõ (\S+) để mở")
_COMMANDS = {command: verb.name for verb in VERBS for command in verb.commands}

Menu = tuple[tuple[str, str], ...]


def zalo_channel(
    program: Program, api: FakeZaloOa, clock: Callable[[], datetime], files: Callable[[str], Awaitable[bytes]]
) -> ZaloOaChannel:
    """Return the channel in front of the fake account, which brings its events to the program."""

    async def last_seen(who: Who) -> datetime | None:
        return await program.read(lambda work: grants(work, OA_ID).last_seen(who))

    async def take(raw: bytes, headers: dict[str, str]) -> int:
        return await ZaloHook(program.app, ZaloKeys(APP_ID, OA_ID, OA_KEY)).take(raw, headers)

    api.grant()
    api.receiver = take
    return ZaloOaChannel(
        OA_ID, FakeAccess(api), FakeHttp(api), APP_SECRET, clock=clock, files=files, picture=PICTURE, last_seen=last_seen
    )


def tokens_shown(program: Program, user: ZaloUser) -> list[str]:
    """Return what the numbers of the last answer stand for."""
    with program._engine.connect() as connection:  # type: ignore[union-attr]
        ledger = program.work(connection).ledger
        chat = ledger.chat(Who("zalo_oa", OA_ID, user.id))
        row = connection.execute(
            select(sessions.c.state, sessions.c.version).where(sessions.c.address_hash == chat)
        ).one_or_none()
        return [] if row is None else list(open_session(ledger, chat, row.state, row.version).shown)


def menus(program: Program, user: ZaloUser) -> list[Menu]:
    """Return what can be chosen from each message on the screen: numbers of the last answer only, commands of every notice."""
    shown = tokens_shown(program, user)
    found: list[Menu] = []
    numbered = False
    for message in reversed(user.screen):
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


def way_to_the_case(user: ZaloUser) -> str:
    """Return what opens the case that the newest notice is about, "" where no notice says so."""
    for message in reversed(user.screen):
        opening = [words for _label, words in _TYPED.findall(message.text) if _token(words).startswith(("open:", "case:"))]
        if found := opening + _CODE.findall(message.text):
            return str(found[0])
    return ""


def words_for(program: Program, user: ZaloUser, token: str) -> str:
    """Return what a person types for something on his screen."""
    shown = tokens_shown(program, user)
    if token in shown:
        return str(shown.index(token) + 1)
    for message in reversed(user.screen):
        for words in [words for _label, words in _TYPED.findall(message.text)] + _CODE.findall(message.text):
            if _token(words) == token:
                return str(words)
    raise AssertionError(f"nothing on the screen does {token!r}")


def _token(words: str) -> str:
    if not words.startswith("/"):
        return case_token(words) or ""
    command, _space, arg = words[1:].partition(" ")
    return f"{_COMMANDS.get(command, command)}:{arg}"
