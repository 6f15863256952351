"""What the index of words costs: filling it, its size, keeping it in a turn, and `/timkiem` as the number of cases grows.

`python -m tests.benchmarks.search FOLDER CASES [CASES ...]` makes (or takes up) FOLDER/search-CASES.db by `many_cases` and gives
every case forty words more, drawn from 7,000 syllables as unevenly as in a language, since the stories there are few. More than
10,000 cases (begin with those) are copies with other stories, as filling a million one by one takes too long.
"""

from __future__ import annotations

import asyncio
import bisect
import itertools
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.domain.events import CaseAccepted
from bot.domain.people import Role, Staff
from bot.program import Program
from bot.usecases.access import Reader
from bot.usecases.searching import DONE, FILLED, fill, index_case, keep_found, search
from storage.case_words import _LETTERS, _hash
from storage.database import writing_engine
from storage.ledger import Ledger
from storage.seal import parse_keys
from tests import town
from tests.benchmarks.many_cases import NOW, many_cases
from tests.town import config_for

SYLLABLES = 7_000
WORDS_A_STORY = 40
AT_ONCE = 1000
BASE = 10_000
RUNS = 40

_cumulated = list(itertools.accumulate(1 / (place + 3) for place in range(SYLLABLES)))


def syllable(draw: random.Random) -> str:
    """Return a made-up syllable; the n-th is drawn in proportion to 1/(n + 3)."""
    return f"am{bisect.bisect(_cumulated, draw.random() * _cumulated[-1])}"


def percentile(times: list[float], share: float) -> float:
    """Return the time that this share of runs does not exceed, in milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


async def filled(program: Program, total: int) -> None:
    """Fill the index as the program does, with more words a case, many cases to a commit."""
    draw = random.Random(7)
    began, done = time.process_time(), 0

    async def step(work: Any) -> int:
        put = work.case_words.put

        async def more(case: int, words: list[str]) -> None:
            await put(case, [*words, *("s:" + syllable(draw) for _n in range(WORDS_A_STORY))])

        work.case_words.put = more
        return await fill(work, AT_ONCE)

    while count := await program.app.writer.run(step):
        done += count
    took = time.process_time() - began
    print(f"  filled {done} cases in {took:.0f} s of CPU, {took / max(done, 1) * 1000:.2f} ms each")


async def size(program: Program) -> None:
    """Print how many bytes the index takes, by its tables."""

    async def step(work: Any) -> list[tuple[str, int]]:
        rows = await work.ledger.execute(text("SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE 'case_words%' GROUP BY 1"))
        return [(name, count) for name, count in rows]

    try:
        print("  size:", {name: f"{count / 1e6:.1f} MB" for name, count in await program.app.writer.run(step)})
    except Exception as error:
        print("  size: not known here:", type(error).__name__)


async def timed(program: Program, step: Callable[[Any], Coroutine[Any, Any, Any]], runs: int = RUNS) -> list[float]:
    """Return the CPU time of a step on the writer's thread, in seconds, each run in a transaction of its own.

    On SQLite the whole step runs there, so that this is how long it takes while nobody else wants the processor.
    """
    times = []

    async def one(work: Any) -> None:
        began = time.thread_time()
        await step(work)
        times.append(time.thread_time() - began)

    for _run in range(runs):
        await program.app.writer.run(one)
    return times


async def staff_of(program: Program) -> dict[str, Staff]:
    """Return who asks: the supervisor and the head of the whole tree, and the head of the commune with most and fewest cases."""
    everybody = [member for member, _acts in await program.app.writer.run(lambda work: work.staff.all())]
    heads = [one for one in everybody if one.has(Role.HEAD) and "20" not in one.units(Role.HEAD)]
    return {
        "supervisor, whole": next(one for one in everybody if one.has(Role.SUPERVISOR)),
        "head, whole": next(one for one in everybody if "20" in one.units(Role.HEAD)),
        "head, large office": heads[0],
        "head, small office": heads[-1],
    }


ASKED = {
    "very common": "am0 am1",
    "common with rare": "am0 am6000",
    "rare": "am6500",
    "two middling": "am300 am500",
    "a card's": "phuong tam thanh quat thao",
    "nothing, then all but one": "am0 am2 khongcotunay",
    "eight common": "am0 am1 am2 am3 am4 am5 am6 am7",
    "eight middling": "am300 am310 am320 am330 am340 am350 am360 am370",
}


def grow(program: Program, ledger: Ledger, base: int, first: int, last: int) -> None:
    """Put copies of the first `base` cases in, from `first` to `last`, with the words of their cards and other stories."""
    driver, draw = ledger._driver, random.Random(first)
    assert driver is not None
    own = {hashed(program, "s:" + f"am{place}") for place in range(SYLLABLES)}
    stories = sorted(own)
    kept = {}
    for number, words in driver.execute("SELECT case_id, hex(words) FROM case_words_kept WHERE case_id <= ?", (base,)):
        packed = words.lower()
        kept[number] = [word for place in range(0, len(packed), 16) if (word := packed[place : place + 16]) not in own]
    columns = [row[1] for row in driver.execute("PRAGMA table_info(cases)")]
    rest = ", ".join(f'"{name}"' for name in columns if name not in ("id", "code"))
    official = dict(driver.execute("SELECT case_id, official FROM case_texts WHERE case_id <= ?", (base,)))
    said = {number: ledger.open(sealed, "case_texts.official", number) for number, sealed in official.items()}
    driver.execute("PRAGMA foreign_keys = OFF")
    for start in range(first, last + 1, base):
        numbers = range(start, min(start + base, last + 1))
        driver.execute("BEGIN")
        driver.execute(
            f"INSERT INTO cases (id, code, {rest}) SELECT id + {start - 1}, printf('%08d', id + {start - 1}), {rest} "
            f"FROM cases WHERE id <= {len(numbers)}"
        )
        texts, indexed, packed_rows = [], [], []
        for number in numbers:
            of = number - start + 1
            story = {stories[bisect.bisect(_cumulated, draw.random() * _cumulated[-1])] for _n in range(WORDS_A_STORY)}
            words = sorted([*kept[of], *story])
            texts.append((number, b"", b"", ledger.close(said[of], "case_texts.official", number)))
            indexed.append((number, " ".join(words).translate(_LETTERS)))
            packed_rows.append((number, bytes.fromhex("".join(words))))
        driver.executemany("INSERT INTO case_texts (case_id, story, happened, official) VALUES (?, ?, ?, ?)", texts)
        driver.executemany("INSERT INTO case_words (rowid, words) VALUES (?, ?)", indexed)
        driver.executemany("INSERT INTO case_words_kept (case_id, words) VALUES (?, ?)", packed_rows)
        driver.execute("COMMIT")


def hashed(program: Program, word: str) -> str:
    """Return the hash of a word as it is kept."""
    return _hash(program.lookup_key, word)


async def made(folder: Path, total: int) -> Path:
    """Return the file with so many cases: the first BASE as the program makes them, the others as copies with other stories."""
    file = folder / f"search-{total}.db"
    if file.exists():
        return file
    if total <= BASE:
        await many_cases(file, total)
        return file
    shutil.copy(folder / f"search-{BASE}.db", file)
    engine = writing_engine(file)
    async with Program.opened(config_for(folder / f"search-{BASE}.db"), lambda: NOW) as program:
        ledger = Ledger(engine.connect(), program.seal, program.lookup_key, NOW)
        began = time.process_time()
        grow(program, ledger, BASE, BASE + 1, total)
        print(f"  grown to {total} in {time.process_time() - began:.0f} s of CPU")
    engine.dispose()
    return file


async def measure(folder: Path, total: int) -> None:
    """Print all of it for one number of cases."""
    file = await made(folder, total)
    print(f"{total} cases, {file.stat().st_size / 1e6:.0f} MB")
    async with Program.opened(config_for(file), lambda: NOW) as program:
        if await program.app.writer.run(lambda work: work.recall(FILLED)) != DONE:
            await filled(program, total)
        print(f"  {file.stat().st_size / 1e6:.0f} MB with the index")
        await size(program)
        number = BASE // 2
        kept = await timed(program, lambda work: keep_found(work, [CaseAccepted(number)]), 200)
        print(f"  keeping one case in a turn: p50 {percentile(kept, 0.5):.2f} ms, p95 {percentile(kept, 0.95):.2f} ms")
        plain = await timed(program, _nothing, 200)
        whole = await _commits(program, _nothing), await _commits(program, lambda work: index_case(work, number))
        print(f"  a commit without {whole[0]:.2f} ms, with it {whole[1]:.2f} ms; asking nothing {percentile(plain, 0.5):.3f} ms")
        for who, staff in (await staff_of(program)).items():
            reader = Reader(None, staff)  # type: ignore[arg-type]
            line = []
            for name, words in ASKED.items():
                found = await program.app.writer.run(lambda work, r=reader, w=words: search(work, r, w))
                times = await timed(program, lambda work, r=reader, w=words: search(work, r, w), 20)
                more = "+" if found.more else ""
                line.append(f"{name} {percentile(times, 0.5):.1f}/{percentile(times, 0.95):.1f} ({found.page.total}{more})")
            print(f"  {who}: " + "; ".join(line))


async def _nothing(work: Any) -> None:
    await work.recall("nothing")


async def _commits(program: Program, step: Callable[[Any], Coroutine[Any, Any, Any]]) -> float:
    """Return the median CPU time of a whole transaction with this in it, milliseconds."""
    times = []
    for _run in range(200):
        began = time.process_time()
        await program.app.writer.run(step)
        times.append(time.process_time() - began)
    return statistics.median(times) * 1000


async def main(folder: str, *totals: str) -> None:
    """Measure for each number of cases; always with the same keys, so that a file made earlier can be taken up."""
    town.KEYS = tuple(parse_keys("A" * 43))
    for total in totals:
        await measure(Path(folder), int(total))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
