"""How often and how fast the search finds the right office, over all of Vietnam: `python -m tests.benchmarks.unit_search`."""

from __future__ import annotations

import random
import string
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.folding import fold
from bot.domain.units import Unit
from bot.imports.provinces import all_units, legacy_units, province_units
from bot.rules import communes, provinces
from bot.usecases.unit_search import UnitIndex

SEED = 20261124


@dataclass
class Measured:
    """What one set of queries gave: how many, how many right ones first and among the first five, and the times in seconds."""

    name: str
    asked: int = 0
    first: int = 0
    found: int = 0
    seconds: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of queries with the right office among the first five, 0 to 1."""
        return self.found / self.asked

    def at(self, percent: int) -> float:
        """Return the time in milliseconds that this percentage of the queries stayed under."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, len(self.seconds) * percent // 100)] * 1000


def plain_queries(units: Sequence[Unit]) -> list[tuple[str, str]]:
    """Return a query without tone marks for each office, with its code: the name, and the province if others share it."""
    names = Counter(fold(unit.name) for unit in units)
    place = {code: fold(province.name[len(province.type) :]) for code, province in provinces().items()}
    queries: list[tuple[str, str]] = []
    for unit in units:
        name = fold(unit.name)
        queries.append((f"{name} {place[unit.province]}" if names[name] > 1 else name, unit.code))
    return queries


def with_a_slip(text: str, chance: random.Random) -> str:
    """Return a text with one letter put in, left out, hit wrong or swapped with the next; spaces are letters too."""
    at = chance.randrange(len(text))
    letter = chance.choice(string.ascii_lowercase)
    match chance.choice(("insert", "delete", "substitute", "transpose")):
        case "insert":
            return text[:at] + letter + text[at:]
        case "delete":
            return text[:at] + text[at + 1 :]
        case "substitute":
            return text[:at] + letter + text[at + 1 :]
        case _:
            return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]


def measure(name: str, index: UnitIndex, queries: Sequence[tuple[str, str]]) -> Measured:
    """Ask every query and note whether the office with its code is among the first five."""
    measured = Measured(name)
    for text, code in queries:
        started = time.perf_counter()
        found = index.search(text)
        measured.seconds.append(time.perf_counter() - started)
        codes = [one.unit.code for one in found]
        measured.asked += 1
        measured.first += codes[:1] == [code]
        measured.found += code in codes
        if code not in codes:
            measured.missed.append(f"{text} -> {code}, not {' '.join(codes)}")
    return measured


def run(sample: int) -> list[Measured]:
    """Return the measures over all Vietnam and over the communes of one province at a time; prints how long building takes."""
    chance = random.Random(SEED)
    units, legacy = all_units(), legacy_units()
    started = time.perf_counter()
    index = UnitIndex(units, legacy)
    print(f"index of all Vietnam: {len(units)} offices, {len(legacy)} old names, built in {time.perf_counter() - started:.2f} s")
    mine, old = province_units("20"), legacy_units("20")
    started = time.perf_counter()
    UnitIndex(mine, old)
    print(f"index of one province: {len(mine)} offices, built in {(time.perf_counter() - started) * 1000:.0f} ms")
    queries = plain_queries(units)
    places = [query for query in queries if query[1] in communes()]
    offices = [query for query in queries if query[1] not in communes()]
    chosen = chance.sample(places, min(sample, len(places))) + chance.sample(offices, min(sample, len(offices)))
    half = len(chosen) // 2
    slips = [(with_a_slip(text, chance), code) for text, code in chosen]
    results = [
        measure("communes, no tone marks", index, chosen[:half]),
        measure("offices, no tone marks", index, chosen[half:]),
        measure("communes, one slip", index, slips[:half]),
        measure("offices, one slip", index, slips[half:]),
    ]
    bare, bare_slip = Measured("bare commune names in one province"), Measured("the same, one slip")
    for code in chance.sample(sorted(provinces()), 8):
        inside = UnitIndex(province_units(code), legacy_units(code))
        asked = [(fold(one.name).split(" ", 1)[1], one.code) for one in communes().values() if one.province == code]
        for into, texts in ((bare, asked), (bare_slip, [(with_a_slip(text, chance), one) for text, one in asked])):
            part = measure("", inside, texts)
            into.asked, into.first, into.found = into.asked + part.asked, into.first + part.first, into.found + part.found
            into.seconds += part.seconds
            into.missed += part.missed
    return [*results, bare, bare_slip]


def main() -> None:
    """Print the table; the first argument is the sample per row (2000), the second how many misses to show."""
    sample = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    shown = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(f"{'queries':<38}{'asked':>7}{'first':>8}{'in five':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    for one in run(sample):
        print(
            f"{one.name:<38}{one.asked:>7}{one.first / one.asked:>8.1%}{one.recall:>9.1%}"
            f"{one.at(50):>9.1f}{one.at(95):>9.1f}{one.at(99):>9.1f}"
        )
        for line in one.missed[:shown]:
            print("   ", line)


if __name__ == "__main__":
    main()
