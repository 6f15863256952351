"""The programs that are measured, each in a process of its own, all on one core; people and platform have the other."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from storage.seal import new_key
from tests.benchmarks.platform import SECRET, TOKEN, Platform

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
KEY = new_key()
PROVINCE = "Lạng Sơn"


class Running:
    """A process, with what it costs."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    def cpu(self) -> float:
        """Return the seconds of CPU used so far, by all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Return the resident memory in MiB."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE / 2**20

    def check(self) -> None:
        """Fail with the end of its log where the process has ended."""
        if self.process.returncode is not None:
            raise RuntimeError(f"ended with {self.process.returncode}:\n{self._log.read_text(errors='replace')[-3000:]}")


def cores() -> tuple[set[int], set[int]]:
    """Return the cores of what is measured and of everything else: one each where there are two."""
    usable = sorted(os.sched_getaffinity(0))
    return ({usable[0]}, {usable[1]}) if len(usable) > 1 else (set(usable), set(usable))


THEIRS, OURS = cores()


@asynccontextmanager
async def running(words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
    """Start `python WORDS` in `folder`, and stop it at the end."""
    log = folder / "log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(environment or {}),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    os.sched_setaffinity(process.pid, THEIRS)  # Before it has any thread.
    it = Running(process, log)
    try:
        yield it
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                process.kill()
                await process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])


def settings(folder: Path, platform: Platform | None = None, port: int = 0, webhook: bool = False) -> dict[str, str]:
    """Return the settings of our program with its database in `folder`."""
    given = {"DATABASE_URL": f"sqlite:///{folder / 'town.db'}", "SECRET_KEYS": KEY, "PROVINCE": PROVINCE, "LOG_LEVEL": "WARNING"}
    if platform is not None:
        given |= {"PORT": str(port), "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": platform.url}
    if webhook:
        given |= {"PUBLIC_URL": f"http://127.0.0.1:{port}", "TELEGRAM_WEBHOOK_SECRET": SECRET}
    return given


def command(folder: Path, *words: str, **more: str) -> float:
    """Run `python -m bot WORDS` to its end and return the seconds that it took; `more` are settings."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | settings(folder) | more,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begun


@asynccontextmanager
async def our_program(
    template: Path, folder: Path, platform: Platform, *options: str, webhook: bool = True, preload: str = "", disk_us: int = 0
) -> AsyncIterator[Running]:
    """Start our program on a copy of the database `template`, and wait until it takes messages.

    With `options` those of `tests.benchmarks.ours`, else `python -m bot web` itself.
    """
    folder.mkdir()
    shutil.copy(template, folder / "town.db")
    words = ["-m", "tests.benchmarks.ours", *options] if options else ["-m", "bot", "web"]
    slow = {"LD_PRELOAD": preload, "SLOW_DISK_US": str(disk_us)} if preload else {}
    async with running(words, folder, settings(folder, platform, free_port(), webhook) | slow) as it:
        await ready(it, platform)
        yield it


async def ready(it: Running, platform: Platform) -> None:
    """Wait until a bot polls or has set its webhook; fails when it ends instead."""
    while not platform.ready.is_set():
        it.check()
        await asyncio.sleep(0.02)
