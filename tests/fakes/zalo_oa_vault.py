"""Where the tokens are kept, in memory; crashes and other processes are arranged by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.channels.zalo_oauth import Grant
from bot.channels.zalo_tokens import Begun
from tests.fakes.zalo_oa import FakeZaloOa


class FakeAccess:
    """Gives the account's token of the day, and a new one when it is refused."""

    def __init__(self, api: FakeZaloOa) -> None:
        self.api = api
        self.now = ""
        self.renewals = 0

    async def token(self) -> str:
        self.now = self.now or self.api.access
        return self.now

    async def renewed(self, refused: str) -> str:
        self.renewals += 1
        self.now = self.api.grant()["access_token"]
        return self.now


class FakeVault:
    """Implements `zalo_tokens.Vault` for any number of processes."""

    def __init__(self, grant: Grant | None = None) -> None:
        self.kept = grant
        self.lost = ""
        self.holder: str | None = None
        self.held_until: datetime | None = None
        self.broken = 0  # So many commits of a new pair fail.

    async def grant(self) -> Grant | None:
        return replace(self.kept, lost=bool(self.lost)) if self.kept else None

    async def begin(self, holder: str, now: datetime, until: datetime) -> Begun | None:
        if self.kept is None or self.lost:
            return None
        if self.holder not in (None, holder) and self.held_until is not None and self.held_until > now:
            return None
        unfinished = self.holder is not None
        self.holder, self.held_until = holder, until
        return Begun(self.kept, unfinished)

    async def keep(self, grant: Grant, after: Grant) -> None:
        if self.broken:
            self.broken -= 1
            raise OSError("the disk is full")
        if self.kept is None or self.kept.refresh != after.refresh:
            return
        self.kept, self.lost, self.holder = grant, "", None

    async def give_back(self, holder: str) -> None:
        if self.holder == holder:
            self.holder = None

    async def lose(self, holder: str, why: str) -> None:
        if self.holder == holder:
            self.holder, self.lost = None, why
