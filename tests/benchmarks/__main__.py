"""Measures everything and prints one table: `python -m tests.benchmarks [--quick]`.

Every figure stands beside its aim and beside what disk, database and libraries allow at all, as measured before there was any
product. Absolute figures belong to the machine; ratios within one run carry over. Nothing leaves the loopback; what is written
lies in a temporary folder that goes away at the end. The other bots need the extra `bench`: pip install -e ".[bench]".
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import platform as machine
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from tests.benchmarks import cpu, unit_search, webhooks
from tests.benchmarks.crowd import FEEDBACK, FIVE, OPENED, Crowd, Figures, Step
from tests.benchmarks.platform import TOKEN, Platform
from tests.benchmarks.processes import OURS, PROVINCE, THEIRS, Running, command, free_port, our_program, ready, running, settings
from tests.benchmarks.zalo import Poured

CHATS = (1, 10, 100)


@dataclass
class Bench:
    """One run: how long each thing is measured, where, and the lines of the table so far."""

    folder: Path
    quick: bool
    lines: list[str] = field(default_factory=list)
    numbered: int = 0

    @property
    def template(self) -> Path:
        """The database that every program starts from: migrated, with the offices of one province."""
        return self.folder / "town.db"

    @property
    def seconds(self) -> float:
        """How long one thing is measured."""
        return 1.0 if self.quick else 3.0

    @property
    def repeats(self) -> int:
        """How often what is compared is measured, in turn."""
        return 1 if self.quick else 3

    def fresh(self) -> Path:
        """Return the name of a folder that does not exist yet."""
        self.numbered += 1
        return self.folder / f"run{self.numbered}"

    def say(self, line: str = "") -> None:
        """Print a line of the table."""
        self.lines.append(line)
        print(line, flush=True)

    def head(self, title: str) -> None:
        """Print the head of a part."""
        self.say(f"\n{title}")
        self.say(f"{'':<58}{'measured':>26}{'aim':>12}  {'limit':<20}  verdict")

    def row(self, what: str, measured: str, aim: str = "", limit: str = "", share: float | None = None) -> None:
        """Print one figure; `share` is how many times the aim it reaches (1.0: just so)."""
        verdict = "" if share is None else f"reached: {share:.1f}x" if share >= 1 else f"not reached: {share:.2f}x"
        self.say(f"{what:<58}{measured:>26}{aim:>12}  {limit:<20}  {verdict}".rstrip())


def at_least(bench: Bench, what: str, value: float, aim: float, unit: str, limit: str = "", shown: str = "") -> None:
    """Print a figure that should be large."""
    bench.row(what, shown or f"{value:,.1f} {unit}", f">= {aim:g}", limit, value / aim)


def at_most(bench: Bench, what: str, value: float, aim: float, unit: str, limit: str = "", shown: str = "") -> None:
    """Print a figure that should be small."""
    bench.row(what, shown or f"{value:,.2f} {unit}", f"<= {aim:g}", limit, aim / value if value else 99.0)


# -- steps a second ---------------------------------------------------------------------------------------------------


@dataclass
class Talk:
    """One bot with its platform and its people."""

    name: str
    bot: Running
    crowd: Crowd
    results: dict[int, list[tuple[Figures, float]]] = field(default_factory=dict)

    async def measure(self, chats: int, seconds: float) -> None:
        """Measure once, after a moment of warming up."""
        await self.crowd.closed(chats, min(seconds / 3, 0.7))
        before = self.bot.cpu()
        figures = await self.crowd.closed(chats, seconds)
        self.bot.check()
        self.results.setdefault(chats, []).append((figures, (self.bot.cpu() - before) / max(1, figures.steps) * 1000))

    def median(self, chats: int) -> tuple[float, float, float, float]:
        """Return the medians of steps a second, p50 and p99 in milliseconds, and CPU in milliseconds a step."""
        taken = self.results[chats]
        return (
            statistics.median(figures.rate for figures, _cpu in taken),
            statistics.median(figures.reply(50) for figures, _cpu in taken),
            statistics.median(figures.reply(99) for figures, _cpu in taken),
            statistics.median(used for _figures, used in taken),
        )


@asynccontextmanager
async def other_bot(bench: Bench, module: str, name: str) -> AsyncIterator[Talk]:
    """Start one of the bots that we compare with."""
    platform = Platform()
    await platform.start()
    folder = bench.fresh()
    folder.mkdir()
    async with running(["-m", f"tests.benchmarks.{module}", platform.url, TOKEN, str(folder)], folder) as bot:
        await ready(bot, platform)
        yield Talk(name, bot, Crowd(platform, FIVE, again=True))
    await platform.stop()


@asynccontextmanager
async def our_bot(
    bench: Bench, name: str, script: tuple[Step, ...], *options: str, webhook: bool = True, preload: str = "", disk_us: int = 0
) -> AsyncIterator[Talk]:
    """Start our program."""
    platform = Platform()
    await platform.start()
    async with our_program(
        bench.template, bench.fresh(), platform, *options, webhook=webhook, preload=preload, disk_us=disk_us
    ) as bot:
        yield Talk(name, bot, Crowd(platform, script, again=script is FIVE))
    await platform.stop()


async def compare(bench: Bench) -> None:
    """Measure the same five-question form on three bots in turn, and our own form."""
    async with AsyncExitStack() as alive:
        ours = await alive.enter_async_context(our_bot(bench, "ours, polling, every step durable", FIVE, "five", webhook=False))
        talks = [ours]
        if importlib.util.find_spec("aiogram") is not None:
            talks.append(await alive.enter_async_context(other_bot(bench, "plain_aiogram", "aiogram, polling, state in memory")))
        talks.append(await alive.enter_async_context(other_bot(bench, "plain_ptb", "python-telegram-bot, polling, pickle/60 s")))
        hooked = await alive.enter_async_context(our_bot(bench, "ours, webhook, every step durable", FIVE, "five"))
        talks.append(hooked)
        real = await alive.enter_async_context(our_bot(bench, "ours, webhook, our whole form", FEEDBACK))
        talks.append(real)
        for chats in CHATS:
            for _repeat in range(bench.repeats):
                for talk in talks:
                    await talk.measure(chats, bench.seconds)
        bench.head("Conversational steps a second (closed loop; the five-question form; one core for the bot)")
        limits = {1: "1,354 (Core, thread)", 10: "6,995 (database)", 100: "1,200 (two sends)"}
        for chats in CHATS:
            for talk in talks:
                rate, p50, p99, used = talk.median(chats)
                shown = f"{rate:,.0f}/s {p50:.1f}/{p99:.0f} ms"
                bench.row(f"{chats:>3} chats: {talk.name}", shown, "", f"{used:.2f} ms CPU a step")
            for other in talks[1:-2]:
                for mine in (ours, hooked):
                    ratio = mine.median(chats)[0] / other.median(chats)[0]
                    words = f"{chats:>3} chats: {mine.name.split(', every')[0]} / {other.name.split(',')[0]}"
                    aim = 1.0 if "aiogram" in other.name else 2.0
                    at_least(bench, words, ratio, aim, "x", limits[chats] if mine is hooked else "", f"{ratio:.2f}x")


async def open_loop(bench: Bench) -> None:
    """Offer so many steps a second, whether or not they are answered: P1, P2, P7."""
    bench.head("Steps offered at a fixed rate (open loop; webhook; our whole form, product code)")
    seconds = 5.0 if bench.quick else 20.0
    shim = compiled(bench.folder)
    skeleton = "1.4/5.4 at 600/s"
    async with our_bot(bench, "", FEEDBACK) as talk:
        await offer(bench, talk, 50, seconds, 20.0, 15.0, "P1", skeleton)
        await offer(bench, talk, 400, seconds, 50.0, None, "P2", skeleton)
    async with our_bot(bench, "", FIVE, "five") as talk:
        await offer(bench, talk, 400, seconds, 50.0, None, "P2, five-question form", skeleton)
    async with our_bot(bench, "", FEEDBACK, "group=1") as talk:
        await offer(bench, talk, 200, seconds, 50.0, None, "P2, one commit a step", "2.0/15 at 600/s")
    if shim is None:
        bench.row("P7 (disk with 5 ms a sync)", "no C compiler", "", "", None)
        return
    async with our_bot(bench, "", FEEDBACK, "all", preload=str(shim), disk_us=5000) as talk:
        await offer(bench, talk, 300, seconds, 100.0, None, "P7, disk with 5 ms a sync", "162/s one by one")
    async with our_bot(bench, "", FEEDBACK, "group=1", preload=str(shim), disk_us=5000) as talk:
        await offer(bench, talk, 300, min(seconds, 5.0), None, None, "the same, one commit a step", "162/s one by one")


async def offer(
    bench: Bench, talk: Talk, rate: float, seconds: float, reply: float | None, ack: float | None, name: str, limit: str
) -> None:
    """Offer one rate and print what came of it; `reply` and `ack` are the aims for p99 in milliseconds."""
    await talk.crowd.open(rate / 2, min(2.0, seconds), chats=1000)
    before = talk.bot.cpu()
    figures = await talk.crowd.open(rate, seconds, chats=1000)
    used = (talk.bot.cpu() - before) / seconds
    words = f"{name}: {rate:g}/s offered, {figures.rate:,.0f}/s done, {used:.2f} core"
    p50, p99 = figures.reply(50), figures.reply(99)
    if reply is None:
        bench.row(f"{words}, reply p50/p99", f"{p50:.1f}/{p99:.0f} ms", "", limit)
    else:
        at_most(bench, f"{words}, reply p50/p99", p99, reply, "ms", limit, f"{p50:.1f}/{p99:.0f} ms")
    if ack is not None:
        at_most(
            bench, f"{name}: ack p50/p99", figures.ack(99), ack, "ms", limit, f"{figures.ack(50):.1f}/{figures.ack(99):.0f} ms"
        )


def compiled(folder: Path) -> Path | None:
    """Return the library that makes the disk slow, None where there is no C compiler."""
    if shutil.which("cc") is None:
        return None
    library = folder / "slow_disk.so"
    source = Path(__file__).with_name("slow_disk.c")
    done = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], capture_output=True)
    return library if done.returncode == 0 else None


# -- everything else --------------------------------------------------------------------------------------------------


def floor(bench: Bench) -> None:
    """Measure what the disk allows now, to judge all that follows by."""
    bench.head("The floor: what disk and SQLite allow on this machine, now")
    with (bench.folder / "floor").open("wb") as file:
        took = _rate(lambda: (file.write(b"x" * 4096), file.flush(), os.fdatasync(file.fileno())), bench.seconds)
    bench.row("append 4 KiB and fdatasync", f"{took:,.0f}/s", "", "4,350/s there")
    database = sqlite3.connect(bench.folder / "floor.db", isolation_level=None)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)"):
        database.execute(line)

    def group(steps: int) -> Callable[[], object]:
        def commit() -> None:
            database.execute("BEGIN IMMEDIATE")
            for _step in range(steps * 4):
                database.execute("INSERT INTO t (body) VALUES (?)", (b"x" * 400,))
            database.execute("COMMIT")

        return commit

    bench.row("raw SQLite, 4 rows a step, one commit each", f"{_rate(group(1), bench.seconds):,.0f}/s", "", "3,511/s there")
    bench.row("the same, 50 steps a commit", f"{_rate(group(50), bench.seconds) * 50:,.0f}/s", "", "14,888/s there")
    database.close()


def _rate(do: Callable[[], object], seconds: float) -> float:
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        do()
        done += 1
    return done / (time.perf_counter() - begun)


def understanding(bench: Bench) -> None:
    """Measure reading, validating and wording (P12)."""
    bench.head("CPU for parsing, validation and wording of one step, without database and network (P12)")
    for kind, milliseconds in cpu.measure(0.3 if bench.quick else 1.0).items():
        at_most(bench, f"P12: {kind}", milliseconds, 0.3, "ms", "0.10-0.19 Update only", f"{milliseconds:.3f} ms")


def importing(bench: Bench) -> None:
    """Measure the commands that fill the database; leaves the template behind."""
    bench.head("Offices")
    command(bench.folder, "migrate")
    bench.row(f"import-units --province {PROVINCE}", f"{command(bench.folder, 'import-units', '--province', PROVINCE):.1f} s")
    again = bench.fresh()
    again.mkdir()
    command(again, "migrate")
    bench.row("import-units --all (34 provinces)", f"{command(again, 'import-units', '--all'):.1f} s")


def searching(bench: Bench) -> None:
    """Measure the search for offices over all of Vietnam."""
    with redirect_stdout(StringIO()):
        results = unit_search.run(200 if bench.quick else 1000)
    for one in results:
        aim = 90.0 if "slip" in one.name or "same" in one.name else 97.0
        at_least(bench, f"search, {one.name}: among the first five", one.recall * 100, aim, "%")
        at_most(bench, f"search, {one.name}: p95", one.at(95), 20.0, "ms")


async def starting(bench: Bench) -> None:
    """Measure how long it takes until the program is ready."""
    bench.head("Start")
    times = []
    for _time in range(2 if bench.quick else 5):
        folder, port = bench.fresh(), free_port()
        folder.mkdir()
        shutil.copy(bench.template, folder / "town.db")
        platform = Platform()
        await platform.start()
        begun = time.perf_counter()
        async with running(["-m", "bot", "web"], folder, settings(folder, platform, port, webhook=True)) as web:
            while not is_ready(port):
                web.check()
                await asyncio.sleep(0.005)
            times.append(time.perf_counter() - begun)
        await platform.stop()
    at_most(bench, "python -m bot web, until /readyz", statistics.median(times), 1.5, "s")
    helps = [command(bench.folder, "--help") for _time in range(len(times))]
    bench.row("python -m bot --help", f"{statistics.median(helps):.2f} s")


def is_ready(port: int) -> bool:
    """Whether the program says so."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as end:
            end.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return end.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


async def remembering(bench: Bench) -> None:
    """Measure the memory with many forms open at once (P10)."""
    bench.head("Memory")
    many = 1_000 if bench.quick else 10_000
    async with our_bot(bench, "", OPENED) as talk:
        empty = talk.bot.memory()
        sizes = []
        for wanted in (many, many + many // 2):
            while talk.crowd.finished < wanted:
                await talk.crowd.closed(40, 1.0)
                talk.bot.check()
            sizes.append((talk.crowd.finished, talk.bot.memory()))
    (first, begun), (last, ended) = sizes
    more = max(0.0, (ended - begun) / (last - first) * 10_000)
    at_most(bench, f"P10: resident, {first:,} forms open ({empty:.0f} MiB before)", begun, 150, "MiB", "4.9 for the states")
    bench.row(
        "P10: more for each further 10,000", f"{more:.1f} MiB", "<= 20", "4.9 for the states", 20 / more if more > 0.2 else 99
    )


# -- webhooks under load ------------------------------------------------------------------------------------------------


async def hooks(bench: Bench) -> None:
    """Measure what the webhooks of Zalo and Telegram take while the worker is busy, and what becomes of too much (P3-P5, M5)."""
    kinds = ["SQLite", *(["PostgreSQL"] if "TEST_POSTGRES_URL" in os.environ else [])]
    for kind in kinds:
        folder = bench.fresh()
        async with (
            webhooks.database(kind, folder, bench.template) as url,
            webhooks.installation(folder, url, "five") as ours,
        ):
            bench.head(f"Webhooks on {kind}, every event worked and answered meanwhile; 200: p50/p99/p99.9/max")
            await _flat_out(bench, ours)
            await _ten_times_the_need(bench, ours)
            await _far_too_much(bench, ours)


async def _flat_out(bench: Bench, ours: webhooks.Installation) -> None:
    for connections in (40, 300):
        rates: dict[str, list[float]] = {"telegram": [], "zalo": []}
        for _repeat in range(bench.repeats):
            for messenger, taken in rates.items():
                async with ours.pour(messenger, connections) as pour:
                    poured = await pour.flat_out(bench.seconds)
                    taken.append(poured.rate)
                    await pour.again()
                await ours.done()
                bench.row(
                    f"{messenger}, {connections} connections, each at once again", _taken(poured), "", f"{poured.rate:,.0f}/s"
                )
        ratio = statistics.median(rates["zalo"]) / statistics.median(rates["telegram"])
        bench.row(f"{connections} connections: zalo / telegram, taken a second", f"{ratio:.2f}x")


async def _ten_times_the_need(bench: Bench, ours: webhooks.Installation) -> None:
    """Offer ten times the design load of 50/s, alone and while the database is copied and reports are made (M5)."""
    for busy in (False, True):
        async with ours.pour("zalo", 300) as pour:
            pouring = asyncio.create_task(pour.at(500, 5.0 if bench.quick else 15.0))
            made = await ours.copy_and_export(pouring) if busy else 0
            poured = await pouring
            await pour.again()
        await ours.done()
        words = f"M5: zalo, 500/s{f' during {made} backups and reports' if busy else ''}, p99"
        at_most(bench, words, poured.took(99), 500, "ms", "2,000: Zalo", _taken(poured))
        at_most(bench, f"{words.removesuffix('p99')}max", poured.took(100), 1500, "ms")


async def _far_too_much(bench: Bench, ours: webhooks.Installation) -> None:
    """Offer 10,000/s, bring again what was refused, and count what was stored and said (P5)."""
    for connections in (300, 1000):
        for messenger in ("telegram", "zalo"):
            before, said, memory = await ours.kept(messenger), sum(ours.said.values()), ours.web.memory()
            async with ours.pour(messenger, connections) as pour:
                poured = await pour.at(10_000, bench.seconds * 2)
                await pour.again()
            begun = time.perf_counter()
            await ours.done()
            late = time.perf_counter() - begun
            kept, said = await ours.kept(messenger) - before, sum(ours.said.values()) - said
            words = f"P5: {messenger}, 10,000/s over {connections} connections"
            at_most(bench, f"{words}, p99", poured.took(99), 500, "ms", f"{poured.rate:,.0f}/s taken", _taken(poured))
            at_most(bench, f"{words}, max", poured.took(100), 1500, "ms")
            refused = f"{len(poured.refused)}: {poured.refusal(50):.0f}/{poured.refusal(99):.0f} ms"
            bench.row("  refused with 503, p50/p99", refused, "", f"{poured.crowded_out:,} never got in")
            lost, double = len(pour.stored) - kept, said - kept
            bench.row(
                "  lost of what got 200 / answered twice", f"{lost} / {double} of {kept:,}", "0 / 0", f"done {late:.0f} s later"
            )
            at_most(bench, "  memory", max(1.0, ours.peak() - memory), 200, "MiB more")


def _taken(poured: Poured) -> str:
    return "/".join(f"{poured.took(percent):.0f}" for percent in (50, 99, 99.9, 100)) + " ms"


async def measure_all(bench: Bench) -> None:
    """Measure everything."""
    bench.say(f"Python {machine.python_version()}, SQLite {sqlite3.sqlite_version}, cores {sorted(THEIRS)} and {sorted(OURS)}, ")
    bench.say(
        f"load before: {os.getloadavg()[0]:.1f}{' (others work on this machine: trust ratios only)' * (os.getloadavg()[0] > 0.7)}"
    )
    floor(bench)
    importing(bench)
    searching(bench)
    await starting(bench)
    understanding(bench)
    await compare(bench)
    await open_loop(bench)
    await hooks(bench)
    await remembering(bench)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run: rough figures in about two minutes")
    parser.add_argument("--only", choices=sorted(PARTS), help="one part only")
    given = parser.parse_args()
    os.sched_setaffinity(0, OURS)
    with tempfile.TemporaryDirectory(prefix="benchmarks") as folder:
        bench = Bench(Path(folder), given.quick)
        if given.only:
            importing(bench)
            part = PARTS[given.only](bench)
            if part is not None:
                asyncio.run(part)
        else:
            asyncio.run(measure_all(bench))


PARTS = {
    "compare": compare,
    "floor": floor,
    "hooks": hooks,
    "memory": remembering,
    "open": open_loop,
    "search": searching,
    "start": starting,
    "understanding": understanding,
}

if __name__ == "__main__":
    sys.exit(main())
