"""How long a late change of the calendar takes (RELIABILITY D5, LIMITS P13), and whether anybody waits for it meanwhile.

The real case: on 25 December 2025 the government swapped Friday 2 January 2026 for Saturday the 10th. Here it is applied to a
province with a million cases, 50,000 of them open, each with a citizen to be told. Run it as
`python -m tests.benchmarks.calendar_change [CASES] [OPEN]`; it makes its database in a folder of its own.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from bot.channels.webchat import WebChatChannel
from bot.dialogue.values import Who
from bot.domain.calendar import RowStatus, WorkCalendar
from bot.domain.deadlines import DeadlineRule, end_of_day
from bot.domain.people import Role
from bot.imports.provinces import province_units
from bot.program import Program
from bot.rules import calendar_rows
from bot.usecases.staffing import invite, redeem
from bot.usecases.terms import Term, written
from storage.database import writing_engine
from storage.migrate import migrate
from storage.rows import case_texts, cases, events, outbox, reporters
from tests.town import PROVINCE, config_for

NOW = datetime(2025, 12, 25, 3, 0, tzinfo=UTC)  # Ten o'clock on the day of the notice.
PEOPLE = 5_000
AT_ONCE = 10_000
SWAP = {row.key: row for row in calendar_rows() if row.key in ("2026-01-02", "2026-01-10")}
BEFORE = {key: replace(row, status=RowStatus.PROPOSED) for key, row in SWAP.items()}


async def prepare(file: Path) -> list[int]:
    """Make the province: offices, a head for every commune, and people; return the ids of the people."""
    config = config_for(file)
    await migrate(config.database_url, NOW)
    async with Program.opened(config, lambda: NOW) as program:
        await program.save_units(province_units(PROVINCE), ())
        await program.save_calendar(BEFORE)

        async def heads(work):
            for unit in communes(program):
                person = (await work.people.known(Who("webchat", "b", f"head-{unit}"), NOW, "vi")).person
                await redeem(work, person, await invite(work, Role.HEAD, unit, f"Trần Văn {unit}", "", NOW), NOW)

        async def people(first, work):
            return [
                (await work.people.known(Who("webchat", "b", f"c-{n}"), NOW, "vi")).person.id for n in range(first, first + 500)
            ]

        await program.app.run(heads)
        return [one for first in range(0, PEOPLE, 500) for one in await program.app.run(partial(people, first))]


def communes(program: Program) -> list[str]:
    return [unit.code for unit in program.tree.all() if unit.type == "UBND_X"]


def fill(
    file: Path, total: int, still_open: int, persons: list[int], units: list[str], calendar: WorkCalendar, program: Program
) -> None:
    """Put the cases in, as filing stores them; closed ones without words, since nobody reads them here."""
    engine = writing_engine(file)
    draw = random.Random(2025)
    rule = DeadlineRule("RES_COMPLEX", 15, "working_days", "x")
    legal = DeadlineRule("NOTICE_10", 10, "working_days", "L.42/2013/QH13 art. 28.1")
    is_open = set(draw.sample(range(1, total + 1), still_open))
    with engine.begin() as connection:
        for first in range(1, total + 1, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, total + 1))
            _put(connection, numbers, is_open, persons, units, draw, calendar, (rule, legal), program)
    engine.dispose()


def _put(connection: Connection, numbers, is_open, persons, units, draw, calendar, rules, program) -> None:
    ledger = program.work(connection).ledger
    rows, texts, senders, happened = [], [], [], []
    for number in numbers:
        opened = number in is_open
        filed = NOW - timedelta(minutes=draw.randrange(12 * 24 * 60 if opened else 300 * 24 * 60))
        unit = draw.choice(units)
        clocks = [Term(None, one, filed, unit).worked_out(calendar) for one in rules] if opened else []
        due = [clock.due_at for clock in clocks] or [end_of_day((filed + timedelta(days=20)).date())] * 2
        rows.append(
            {
                "id": number, "code": f"C{number:07}", "kind": "feedback", "category": "A01", "unit": unit, "about": "unknown",
                "status": "ACCEPTED" if opened else "CLOSED", "known_as": "named", "flags": "", "pin_hash": "x",
                "policy": "RES_COMPLEX", "filed_at": filed, "due_at": due[0], "legal_due_at": due[1],
                "next_check_at": due[0] if opened else None,
                "handling_unit": unit, "forwarded_at": filed, "ack_due_at": filed, "accepted_at": filed,
            }
        )  # fmt: skip
        word = ledger.close("Họ quát tháo và từ chối hồ sơ.", "case_texts.story", number) if opened else b""
        official = ledger.close("", "case_texts.official", number) if opened else b""
        happened_words = ledger.close("sáng nay", "case_texts.happened", number) if opened else b""
        texts.append({"case_id": number, "story": word, "happened": happened_words, "official": official})
        person = draw.choice(persons)
        senders.append(
            {
                "case_id": number, "person_hash": f"h{person}",
                "person": ledger.close(str(person), "reporters.person", number) if opened else None,
                "name": ledger.close("Lan", "reporters.name", number) if opened else None,
                "phone": ledger.close("", "reporters.phone", number) if opened else None,
            }
        )  # fmt: skip
        inputs = written(service=clocks[0], legal=clocks[1]) if opened else ""
        details = {"policy": "RES_COMPLEX", "due_at": due[0].isoformat(), "inputs": inputs}
        happened.append(
            {
                "case_id": number,
                "at": filed,
                "name": "CaseFiled",
                "actor": None,
                "details": json.dumps(details, ensure_ascii=False),
            }
        )
    for table, made in ((cases, rows), (case_texts, texts), (reporters, senders), (events, happened)):
        connection.execute(insert(table), made)


async def measure(file: Path, rows, now: datetime) -> None:
    """Change the calendar while somebody writes fifty times a second; print what it took."""

    def channels(program):
        return {"webchat": WebChatChannel(lambda: now, None)}

    async with Program.opened(config_for(file), lambda: now, channels) as program:
        run, slices, waits = program.app.run, [], []

        async def timed(step):
            began = time.perf_counter()
            result = await run(step)
            slices.append(time.perf_counter() - began)
            return result

        async def writes_meanwhile():
            while True:
                began = time.perf_counter()
                await program.app.writer.run(lambda work: work.recall("nothing"))
                waits.append(time.perf_counter() - began)
                await asyncio.sleep(0.02)

        program.app.run = timed  # type: ignore[method-assign]
        somebody = asyncio.create_task(writes_meanwhile())
        began, used = time.perf_counter(), time.process_time()
        moves = await program.save_calendar(rows)
        took, used = time.perf_counter() - began, time.process_time() - used
        somebody.cancel()
        told = await program.read(lambda work: _count(work))
        print(f"{moves.looked_at} open cases, {len(moves.moved)} dates moved, {len(moves.kept)} kept")
        print(f"{took:.1f} s, {used:.1f} s of CPU")
        print(f"slices: {len(slices)}, " + _spread(slices))
        print(f"somebody else's turn: {len(waits)}, " + _spread(waits))
        print(f"messages waiting: {told}")


async def _count(work) -> int:
    return (await work.ledger.execute(select(func.count()).select_from(outbox))).scalar_one()


def _spread(times: list[float]) -> str:
    ordered = sorted(times)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 for part in (0.5, 0.95, 0.99)]
    return f"median {at[0]:.1f} ms, p95 {at[1]:.1f} ms, p99 {at[2]:.1f} ms, longest {ordered[-1] * 1000:.1f} ms"


async def main(total: int, still_open: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "big.db"
        persons = await prepare(file)
        async with Program.opened(config_for(file), lambda: NOW) as program:
            calendar, units = await program.rules.calendar(), communes(program)
        began = time.perf_counter()
        fill(file, total, still_open, persons, units, calendar, program)
        print(f"{total} cases made in {time.perf_counter() - began:.0f} s")
        for minutes, (name, rows) in enumerate((("the swap is decided", SWAP), ("and taken back", BEFORE))):
            print(f"-- {name}")
            await measure(file, rows, NOW + timedelta(minutes=minutes))


if __name__ == "__main__":
    asyncio.run(main(*(int(word) for word in sys.argv[1:])) if len(sys.argv) == 3 else main(1_000_000, 50_000))
