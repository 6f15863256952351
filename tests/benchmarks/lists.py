"""What it costs to ask for deadlines, as the number of cases grows: `/quahan`, its way down to a page, `/sapden`, `/donvi`.

`python -m tests.benchmarks.lists FOLDER CASES [CASES ...]` makes (or takes up) FOLDER/lists-CASES.db by `many_cases`. What is
timed is the whole verb, from the rights to the words before they are in a language, in CPU time on the writer's thread: for so
long nobody else's turn runs. The aim is 300 ms at 1,000,000 cases.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bot.dialogue.values import Session, Who
from bot.domain.people import Person, Staff
from bot.domain.watching import Filter, What
from bot.program import Program
from handlers.turn import Turn
from handlers.verbs import supervisor
from storage.seal import parse_keys
from tests import town
from tests.benchmarks.many_cases import NOW, many_cases
from tests.benchmarks.search import percentile, staff_of, timed
from tests.town import config_for

RUNS = 20
AIM = 300.0
Ask = Callable[[Turn, str], Coroutine[Any, Any, Any]]


def asked(unit: str, name: str) -> dict[str, tuple[Ask, str]]:
    """Return what is measured: a verb and its words, for an office with much to do."""

    def press(turn: Turn, written: str) -> Coroutine[Any, Any, Any]:
        return supervisor.narrowed(turn, written, None)

    def types(verb: Any) -> Ask:
        return lambda turn, words: verb(turn, words, None)

    return {
        "/quahan": (types(supervisor.overdue), ""),
        "  one office": (press, Filter(unit=unit).written()),
        "  10 days and more": (press, Filter(first=10).written()),
        "  a page of all": (press, Filter().written() + ".3"),
        "  a page of one office": (press, Filter(unit=unit).written() + ".0"),
        "/quahan in words": (types(supervisor.overdue), f"5 ngày {name} thái độ"),
        "/sapden": (types(supervisor.due_soon), ""),
        "  today": (press, Filter(What.DUE, first=0, last=0).written()),
        "not accepted": (press, Filter(What.UNACCEPTED).written()),
        "open": (press, Filter(What.OPEN).written()),
        "/donvi": (types(supervisor.office), f"={unit}"),
        "/donvi by name": (types(supervisor.office), name),
    }


async def measure(folder: Path, total: int) -> dict[str, float]:
    """Print all of it for one number of cases; return the p95 of the supervisor's, in milliseconds."""
    file = folder / f"lists-{total}.db"
    if not file.exists():
        await many_cases(file, total)
    print(f"{total:,} cases, {file.stat().st_size / 1e6:.0f} MB; p50/p95 in ms of CPU on the writer's thread")
    found = {}
    async with Program.opened(config_for(file), lambda: NOW) as program:
        units = [unit for unit in program.tree.all() if unit.type in ("UBND_X", "SO")]
        for who, staff in (await staff_of(program)).items():
            for what, (ask, words) in asked(units[0].code, units[0].name).items():
                times = await timed(program, _step(program, staff, ask, words), RUNS)
                p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
                print(f"  {who:20} {what:24} {p50:8.1f} /{p95:8.1f}")
                if who == "supervisor, whole":
                    found[what] = p95
    return found


def _step(program: Program, staff: Staff, ask: Ask, words: str) -> Callable[[Any], Coroutine[Any, Any, Any]]:
    async def step(work: Any) -> None:
        who, person = Who("webchat", "house", "lists"), Person(staff.person or 0, "vi", True)
        await ask(Turn(work, who, person, staff, 0, Session(), NOW, program.app.agency), words)

    return step


async def main(folder: str, *totals: str) -> None:
    """Measure for each number of cases, then print how the supervisor's figures grow."""
    town.KEYS = tuple(parse_keys("A" * 43))
    every = {int(total): await measure(Path(folder), int(total)) for total in totals}
    first, last = min(every), max(every)
    print(f"supervisor, whole: p95 at {last:,} (aim {AIM:.0f} ms), and how many times that at {first:,}")
    for what, p95 in every[last].items():
        reached = "reached" if p95 <= AIM else "not reached"
        print(f"  {what:24} {p95:8.1f}  {p95 / every[first][what]:6.1f}x  {reached}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
