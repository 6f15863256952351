"""What a look at the cases costs, with nothing due, with 500 due, and after a standstill (LIMITS P8; RELIABILITY D3, D8).

The aims: idle at most 0.5 ms, finding 500 that are due at most 10 ms, whatever is stored; 100,000 due caught up in ten minutes.
Run it as `python -m tests.benchmarks.tick [CASES ...]`, or `tick FILE` for a database made by `many_cases` (it is changed).
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from bot.channels.webchat import WebChatChannel
from bot.jobs import Timekeeper
from bot.lease import Lease
from bot.program import Program
from bot.tending import Tending
from storage.rows import digest_lines, outbox
from tests.benchmarks.many_cases import NOW, config_of, many_cases

SIZES = (10_000, 100_000, 1_000_000)
DUE = 500
TIMES = 200


async def measure(file: Path) -> None:
    """Print the figures for one database."""
    now = [NOW]

    def channels(program):
        return {"webchat": WebChatChannel(lambda: now[0], None)}

    async with Program.opened(config_of(file), lambda: now[0], channels) as program:
        run, writer = program.app.run, program.app.writer
        stored = await program.read(lambda work: _one(work, "SELECT count(*) FROM cases"))
        opened = await program.read(lambda work: _one(work, "SELECT count(*) FROM cases WHERE next_check_at IS NOT NULL"))
        tending = Tending(program.app, Lease(program.app, ""))
        keeper = Timekeeper(program.app, program.files, 3650)
        await keeper.once(everything=True)
        scan = [await writer.run(_timed_scan) for _nth in range(TIMES)]
        look = [await _timed(tending.cases) for _nth in range(TIMES)]
        whole = [await _timed(lambda: keeper.once()) for _nth in range(TIMES)]
        print(f"-- {stored} cases, {opened} of them open; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print(f"idle: scan {_middle(scan)}, look at cases {_middle(look)}, whole tick {_middle(whole)}")
        # In the morning of a working day nothing else is due than what is made due here.
        await run(lambda work: _make_due(work, now[0], min(DUE, opened)))
        scan = [await writer.run(_timed_scan) for _nth in range(20)]
        began, did = time.perf_counter(), 0
        while done := await tending.cases():
            did += done
        took = time.perf_counter() - began
        print(f"{did} due: scan {_middle(scan)}; looked after in {took:.2f} s, {took / max(did, 1) * 1000:.2f} ms each")
        began = time.perf_counter()
        sent = await tending.digests()
        print(f"digests: {sent} messages in {time.perf_counter() - began:.2f} s")
        await _catch_up(program, tending, now)


async def _catch_up(program, tending: Tending, now) -> None:
    """Let the whole province stand still for thirty days, and catch up."""
    now[0] += timedelta(days=30)
    due = await program.read(lambda work: _one(work, "SELECT count(*) FROM cases WHERE next_check_at <= :now", now[0]))
    waits: list[float] = []

    async def writes_meanwhile():
        while True:
            waits.append(await _timed(lambda: program.app.writer.run(lambda work: work.recall("nothing"))))
            await asyncio.sleep(0.02)

    somebody = asyncio.create_task(writes_meanwhile())
    began, did = time.perf_counter(), 0
    while done := await tending.cases():
        did += done
    took = time.perf_counter() - began
    somebody.cancel()
    lines = await program.read(lambda work: _count(work, digest_lines))
    sent = await tending.digests()
    ordered = sorted(waits) or [0.0]
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000
    rate = did / took
    print(f"after 30 days: {due} due, {did} done in {took:.1f} s: {rate:,.0f} a second, 100,000 in {1e5 / rate:.0f} s")
    print(f"  {lines} lines became {sent} messages")
    print(f"  somebody else's turn meanwhile: p99 {late:.0f} ms, longest {ordered[-1] * 1000:.0f} ms")
    print(f"  messages in the outbox: {await program.read(lambda work: _count(work, outbox))}")


async def _timed_scan(work) -> float:
    began = time.perf_counter()
    await work.cases.due_for_check(work.now, DUE)
    return time.perf_counter() - began


async def _timed(step) -> float:
    began = time.perf_counter()
    await step()
    return time.perf_counter() - began


async def _make_due(work, now, count: int) -> None:
    wanted = text(
        "UPDATE cases SET next_check_at = :now WHERE id IN "
        "(SELECT id FROM cases WHERE next_check_at IS NOT NULL ORDER BY next_check_at LIMIT :count)"
    )
    await work.ledger.execute(wanted, {"now": now.replace(tzinfo=None), "count": count})


async def _one(work, said: str, now=None) -> int:
    values = {"now": now.replace(tzinfo=None)} if now else None
    return (await work.ledger.execute(text(said), values)).scalar_one()


async def _count(work, table) -> int:
    return (await work.ledger.execute(select(func.count()).select_from(table))).scalar_one()


def _middle(times: list[float]) -> str:
    ordered = sorted(times)
    return f"{ordered[len(ordered) // 2] * 1000:.3f} ms (p95 {ordered[int(len(ordered) * 0.95)] * 1000:.3f})"


async def main(words: list[str]) -> None:
    """Measure a database that is there, or one of each size."""
    if words and not words[0].isdecimal():
        await measure(Path(words[0]))
        return
    for size in [int(word) for word in words] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "many.db"
            await many_cases(file, size)
            await measure(file)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
