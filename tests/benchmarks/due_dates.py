"""How many due dates a second are worked out, by kind of term and with pauses and extensions; and what keeping one costs.

Run it as `python -m tests.benchmarks.due_dates`. LIMITS 10 measured 9.8 µs for ten working days without day-by-day working.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from bot.domain.calendar import WorkCalendar
from bot.domain.deadlines import DeadlineRule, term_of
from bot.domain.working import Extension, Pause, work_out
from bot.rules import calendar_rows
from bot.usecases.terms import Term, term_from, written

FIRST = datetime(2025, 1, 6, tzinfo=UTC)
STARTS = 2_000
TERMS = ("4wh", "3wd", "7wd", "15wd", "30d", "45d!", "2m")


def run(seconds: float = 1.0) -> Iterator[tuple[str, float]]:
    """Yield what was measured and how many times it was done in a second."""
    calendar = WorkCalendar(calendar_rows())
    dice = random.Random(1)
    starts = [FIRST + timedelta(minutes=dice.randrange(60 * 24 * 600)) for _nth in range(STARTS)]
    for text in TERMS:
        rule = term_of(text)
        yield text, _each(lambda since, rule=rule: work_out(rule, since, calendar), starts, seconds)  # type: ignore[misc]
    seven = term_of("7wd")
    yield "7wd, paused and extended", _each(lambda since: _paused(seven, since, calendar), starts, seconds)
    kept = json.loads(written(service=_term(seven, starts[0], calendar)))["service"]
    yield "7wd, from what its event keeps", _each(lambda _since: term_from(kept).worked_out(calendar), starts, seconds)
    yield "7wd, worked out and written", _each(lambda since: written(service=_term(seven, since, calendar)), starts, seconds)


def _paused(rule: DeadlineRule, since: datetime, calendar: WorkCalendar) -> object:
    pause = Pause(since + timedelta(days=1), since + timedelta(days=4, hours=3))
    return work_out(rule, since, calendar, (pause,), (Extension(5, source="EXT_PAKN"),))


def _term(rule: DeadlineRule, since: datetime, calendar: WorkCalendar) -> Term:
    return Term(None, rule, since).worked_out(calendar)


def _each(step: Callable[[datetime], object], starts: list[datetime], seconds: float) -> float:
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        for since in starts[:200]:
            step(since)
        done += 200
    return done / spent


if __name__ == "__main__":
    for name, rate in run():
        print(f"{name:32} {rate:10,.0f} a second  {1e6 / rate:8.1f} µs")
