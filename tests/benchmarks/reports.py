"""What numbers and reports cost as the number of cases grows: `/thongke`, the monthly report, the lists, with their files.

`python -m tests.benchmarks.reports FOLDER CASES [CASES ...]` makes (or takes up) FOLDER/many-CASES.db by `many_cases`. What a
turn does itself holds up the writer; what is made apart does not, and its time is only that until the file is there. Beside the
time that passed stands that of the processor, which does not hang on what else the machine has to do.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.catalogue import Catalogue
from bot.domain.deadlines import local_day
from bot.domain.people import Role, Staff
from bot.domain.periods import Period, month_of, year_of
from bot.program import Program
from bot.reporting import make_report
from bot.usecases.guarding import tops
from bot.usecases.report_jobs import Wish
from handlers.verbs.reports import AT_ONCE
from tests.benchmarks.many_cases import NOW, config_of, many_cases

MONTH, YEAR = month_of(local_day(NOW)), year_of(local_day(NOW))
REPORTS = (
    ("/thongke, this month", "numbers", "chat", MONTH),
    ("/thongke, this year", "numbers", "chat", YEAR),
    ("by office, chart", "by_unit", "png", MONTH),
    ("overdue, Excel", "overdue", "xlsx", MONTH),
    ("register, Excel", "register", "xlsx", MONTH),
    ("monthly report, Excel", "monthly", "xlsx", MONTH),
)


async def staff_of(program: Program, role: Role) -> Staff:
    """Return the first supervisor, or the head with the most cases: he whose office is a commune with the smallest number."""
    everybody = await program.read(lambda work: work.staff.all())
    top = next(unit.code for unit in program.tree.all() if unit.parent is None)
    return next(one for one, acts in everybody if acts and one.has(role) and (role is Role.SUPERVISOR or top not in tops(one)))


async def made(program: Program, reader: Staff, name: str, form: str, period: Period) -> tuple[float, float, float, int]:
    """Return the seconds that reading took, those of the processor for it, those of making the file, and its bytes."""
    translate = Catalogue().translator("vi")
    wished = Wish(reader.id, name, form, tops(reader)[0], period.name, "asked", "")
    step: Callable[[Any], Awaitable[Any]] = partial(make_report, staff=reader, wished=wished, agency="", translate=translate)
    began, worked = time.perf_counter(), time.process_time()
    report = await program.read_aside(step)
    read, worked = time.perf_counter() - began, time.process_time() - worked
    data = report.file() if report.file else b""
    return read, worked, time.perf_counter() - began - read, len(data)


async def measure(file: Path, total: int) -> None:
    """Print what each report costs on so many cases, for the whole province and for one head."""
    if not file.exists():
        await many_cases(file, total)
    async with Program.opened(config_of(file), lambda: NOW) as program:
        for role, runs in ((Role.SUPERVISOR, 3), (Role.HEAD, 5)):
            reader = await staff_of(program, role)
            began = time.perf_counter()
            cases = await program.read(lambda work: work.reports.how_many(MONTH.since, MONTH.until, AT_ONCE))
            took = (time.perf_counter() - began) * 1000
            print(f"{total} cases, {role.value} of {tops(reader)[0]}: {cases} of the month counted in {took:.1f} ms")
            for label, name, form, period in REPORTS:
                found = [await made(program, reader, name, form, period) for _run in range(runs)]
                read, worked, file_made = (statistics.median(one[place] for one in found) * 1000 for place in (0, 1, 2))
                size = found[0][3] / 1000
                print(f"  {label:24} read {read:8.1f} ms (cpu {worked:8.1f})  file {file_made:8.1f} ms  {size:8.1f} kB")


def main(folder: Path, sizes: list[int]) -> None:
    """Measure for each number of cases."""
    for total in sizes:
        asyncio.run(measure(folder / f"many-{total}.db", total))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]])
