"""The real program in a process of its own, a platform that can have it killed, and people who go through the whole form."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.catalogue import Catalogue
from handlers.flows.feedback import FEEDBACK
from tests.fakes.botapi import TOKEN, FakeBotApi, Lane
from tests.fakes.botapi_rules import Broken
from tests.fakes.botapi_server import Server
from tests.fakes.botapi_users import ApiUser, Shown, a_picture
from tests.town import CODE, KEYS, PROVINCE, stable

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-word-that-telegram-repeats"
PATIENCE = 240.0  # Seconds, with the few kills of an ordinary run; other tests may keep every core busy.
PACE = 0.02  # Redelivery after 2, 4, 8 ... seconds is shortened by this.
AGAIN_MARK = "↻ "

# Where the program may be killed, as far as its platform can see it. In the order of RELIABILITY 2: an update is on its way
# (K1 to K6, by chance), it is stored and the platform does not hear so (K7), a claimed message is asked for and not carried out
# (K9, K10), it is carried out and the answer never comes (K11), it is being written down (K12), a file is named or half
# downloaded (K13); and anything else, by chance.
MOMENTS = ("update", "confirmed", "asked", "done", "noted", "getFile", "download", "any")


class Killer:
    """Decides when the program dies: at the next `moment` after so many updates and messages since its last start.

    They are so far apart that what a kill has cut off was sent again before the next one, so that nothing is cut off twice: such
    a message would come a third time, as it goes out until its fate is known. A moment that does not come is not waited for.
    """

    def __init__(self, seed: int, moments: list[str], apart: int) -> None:
        self._chance = random.Random(seed)
        self._plan = list(moments)
        self._apart = apart
        self._left = 0.0
        self.kill: Callable[[], None] | None = None
        self.killed: list[str] = []
        self.rest()

    @property
    def done(self) -> bool:
        """Whether the whole plan was carried out."""
        return not self._plan

    def rest(self) -> None:
        """Count anew, after a start."""
        self._left = self._apart * self._chance.uniform(0.6, 1.4)

    def saw(self, *moments: str) -> bool:
        """Note that something happened; return whether the program was killed for it, at this very moment."""
        self._left -= moments[0] in ("update", "done")
        if self._left > 0 or not self._plan or self.kill is None:
            return False
        if self._plan[0] not in (*moments, "any") and self._left > -self._apart:
            return False
        moment = self._plan.pop(0)
        self._left = float("inf")  # One death at a time.
        if moment in ("update", "noted", "any"):
            # Somewhere in the milliseconds in which it is read, stored, committed and answered.
            asyncio.get_running_loop().call_later(self._chance.uniform(0, 0.02), self.now, moment)
            return False
        self.now(moment)
        return True

    def now(self, moment: str) -> None:
        """Kill it."""
        kill, self.kill = self.kill, None
        if kill is not None:
            kill()
            self.killed.append(moment)


class KillingBotApi(FakeBotApi):
    """The strict Bot API server, which tells `killer` of everything that it sees of the bot."""

    def __init__(self, killer: Killer) -> None:
        super().__init__()
        self.killer = killer
        self.updates = 0

    async def emit(self, kind: str, body: dict[str, Any], lane: Lane, seconds: int = 24 * 3600) -> dict[str, Any]:
        """Make an update."""
        self.updates += 1
        # No press is given up while the program is down: this test starts it again within seconds, on any machine.
        update = await super().emit(kind, body, lane, 24 * 3600)
        self.killer.saw("update")
        return update

    async def answer(
        self, token: str, method: str, parameters: Mapping[str, Any], uploads: Any = None
    ) -> tuple[int, dict[str, Any] | bytes]:
        """Carry out a call, or see the caller die before or after it."""
        name = method.lower()
        if (name.startswith("send") and self.killer.saw("asked")) or (name == "getupdates" and self.killer.saw("confirmed")):
            raise Broken("cut")
        result = await super().answer(token, method, parameters, uploads)
        if name.startswith("send"):
            self.killer.saw("done")
            self.killer.saw("noted")
        elif name == "getfile":
            self.killer.saw("getFile")
        return result

    async def serve(self, port: int = 0, host: str = "127.0.0.1") -> Server:
        """Serve over HTTP, with redelivery in short order."""
        self.server = KillingServer(self)
        await self.server.start(host, port)
        return self.server

    def download(self, token: str, path: str) -> Any:
        """Give a file away; the program may die with the answer on its way."""
        self.killer.saw("download")
        return super().download(token, path)


class KillingServer(Server):
    """The same over HTTP; the answer to a webhook may be lost."""

    def __init__(self, api: KillingBotApi) -> None:
        super().__init__(api)
        self.pace = PACE
        self._killer = api.killer

    async def _post(self, update: dict[str, Any]) -> float | None:
        wait = await super()._post(update)
        return 0.0 if wait is None and self._killer.saw("confirmed") else wait


class Web:
    """`python -m bot web`, started again whenever it was killed."""

    def __init__(self, folder: Path, api: KillingBotApi, webhook: bool) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "web.log"
        self.starts = 0
        self.process: asyncio.subprocess.Process | None = None
        self._api = api
        self._webhook = webhook

    @property
    def environment(self) -> dict[str, str]:
        """The settings."""
        assert self._api.server is not None
        settings = {
            "DATABASE_URL": f"sqlite:///{self.folder / 'town.db'}",
            "PORT": str(self.port),
            "SECRET_KEYS": ",".join(base64.urlsafe_b64encode(key).decode() for key in KEYS),
            "PROVINCE": PROVINCE,
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self._api.server.url,
        }
        if self._webhook:
            settings |= {"PUBLIC_URL": f"http://127.0.0.1:{self.port}", "TELEGRAM_WEBHOOK_SECRET": SECRET}
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")}
        return kept | settings | {"PYTHONPATH": str(ROOT)}

    async def start(self, command: str = "web", **more: str) -> asyncio.subprocess.Process:
        """Start one process."""
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", command, cwd=self.folder, env=self.environment | more, stdout=log, stderr=log
            )

    async def live(self) -> None:
        """Start, wait for the end, start again; until cancelled."""
        while True:
            self.process = await self.start()
            self.starts += 1
            self._api.killer.rest()
            self._api.killer.kill = self.process.kill
            code = await self.process.wait()
            assert code in (-signal.SIGKILL, 0), f"the program ended by itself with {code}\n{self.written()[-3000:]}"

    async def ends(self) -> float:
        """Send SIGTERM and return after how many seconds it ended; fails when it does not end, or not in peace."""
        assert self.process is not None
        process, began = self.process, time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 15)
        assert code == 0, f"ended with {code}\n{self.written()[-3000:]}"
        return time.monotonic() - began

    def written(self) -> str:
        """Return what the processes have logged."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def errors(self) -> list[str]:
        """Return the log lines that tell of an error, and lines that are no log lines at all."""
        lines = [line for line in self.written().splitlines() if line]
        return [line for line in lines if not line.startswith("{") or json.loads(line)["level"] in ("error", "critical")]


@asynccontextmanager
async def living(web: Web) -> AsyncIterator[asyncio.Task[None]]:
    """Keep the program alive meanwhile; at the end it is told to stop."""
    life = asyncio.create_task(web.live())
    try:
        yield life
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        if web.process is not None and web.process.returncode is None:
            web.process.kill()
            await web.process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


# -- people -----------------------------------------------------------------------------------------------------------

Wanted = Callable[[Shown], bool]
english = Catalogue().translator("en")


def offers(value: str) -> Wanted:
    """Whether a message has a button with this stable value, or one that begins so (`unit=0*`: an office that was found)."""
    return lambda shown: any(_is(token, value) for token in shown.tokens)


def _is(token: str, value: str) -> bool:
    return token.startswith(value[:-1]) if value.endswith("*") else stable(token, value)


def asks(key: str) -> Wanted:
    """Whether a message is this question of the form."""
    ask = FEEDBACK.ask(key)
    assert ask is not None
    words = english(ask.words({}))
    return lambda shown: words in shown.text


def tells_a_code(shown: Shown) -> bool:
    """Whether a message names a case."""
    return CODE.search(shown.text) is not None


class Citizen:
    """One person who goes through the whole form, says everything once, and notes where he stands."""

    def __init__(self, user: ApiUser, number: int, with_photo: bool) -> None:
        self.user = user
        self.number = number
        self.picture = a_picture(64 + number, 48, "teal") if with_photo else b""
        self.stands_at = ""
        self.code = ""

    async def files_a_case(self) -> None:
        """Go through the form up to the case number."""
        n = self.number
        await self.does(self.user.starts(), offers("agree"))
        await self.picks("agree", offers("feedback"))
        await self.picks("feedback", offers("report"))
        await self.picks("report", asks("unit"))
        await self.does(self.user.says("xa tri phuong"), offers("unit=0*"))
        await self.picks("unit=0*", offers("_head"))
        await self.does(self.user.says(f"Ông Hoàng Văn {n}, quầy {n}"), offers("category=>*"))
        await self.picks("category=>A", offers("A01"))
        await self.picks("A01", asks("happened"))
        await self.does(self.user.says(f"hôm qua lúc 9 giờ, quầy {n}"), asks("story"))
        story = f"Chuyện của người thứ {n}: cán bộ quầy {n} trả hồ sơ của tôi hai lần mà không nói lý do."
        await self.does(self.user.says(story), offers("none"))
        if self.picture:
            await self.does(self.user.sends_photo(self.picture), offers("done"))
        await self.picks("done" if self.picture else "none", offers("named"))
        await self.picks("named", asks("contact"))
        await self.does(self.user.says(f"Nguyễn Thị Lan, 09123{n:05}"), offers("send"))
        code = CODE.search((await self.picks("send", tells_a_code)).text)
        assert code is not None
        self.code = code[0]

    async def picks(self, value: str, then: Wanted) -> Shown:
        """Press the newest button with this value, and wait for what is to follow."""
        shown = next(shown for shown in reversed(self.user.screen) if offers(value)(shown))
        token = next(token for token in shown.tokens if _is(token, value))
        return await self.does(self.user.forges(token, shown.message_id), then, f"{value} was pressed")

    async def does(self, act: Awaitable[dict[str, Any]], then: Wanted, what: str = "") -> Shown:
        """Do something once, and wait for what is to follow."""
        update = await act
        self.stands_at = what or f"{update.get('message', {}).get('text', 'a photo')!r} was sent"
        while True:
            for shown in reversed(self.user.screen):
                if then(shown):
                    return shown
            # The platform is in this process: there is nothing to wait for but the program in the other one.
            await asyncio.sleep(0.01)


async def all_file(citizens: list[Citizen], at_once: int, life: asyncio.Task[None], patience: float = PATIENCE) -> None:
    """Let everybody file a case, so many at a time; fails when somebody gets no further, or the program ended by itself."""
    places = asyncio.Semaphore(at_once)

    async def one(citizen: Citizen) -> None:
        async with places:
            await citizen.files_a_case()

    everybody = asyncio.gather(*(one(citizen) for citizen in citizens))
    await asyncio.wait([everybody, life], timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        life.result()
    if not everybody.done():
        everybody.cancel()
        await asyncio.gather(everybody, return_exceptions=True)
        stuck = [citizen for citizen in citizens if citizen.stands_at and not citizen.code]
        told = [f"{one.number}: {one.stands_at}, and he sees {[s.text[:80] for s in one.user.screen[-2:]]}" for one in stuck[:5]]
        raise AssertionError(f"{len(stuck)} people get no further:\n" + "\n".join(told))
    await everybody
