"""A province with very many cases, made quickly, for whoever measures how cost grows.

`await many_cases(file, total)` makes a SQLite database at `file` as the program itself would have filled it: the offices of Lạng
Sơn with a head in each commune and department, a supervisor, intake and a chair; 5 % of the cases open, a tenth of these
overdue, the others closed with their answers; every case with its words, its reporter and its first events. The load is
skewed, as it is in life. Nothing is drawn anew from run to run. Also: `python -m tests.benchmarks.many_cases FILE CASES`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import insert

from bot.config import Config
from bot.dialogue.values import Who
from bot.domain.calendar import WorkCalendar
from bot.domain.cases import About, Case, CaseKind, KnownAs, Status
from bot.domain.deadlines import DeadlineRule, end_of_day, local_day
from bot.domain.folding import fold
from bot.domain.people import Role
from bot.imports.provinces import legacy_units, province_units
from bot.program import Program
from bot.usecases.ladder import Ladder, ladder_of
from bot.usecases.reminding import next_check
from bot.usecases.staffing import invite, redeem
from bot.usecases.terms import Term, written
from storage.cases import _written
from storage.database import writing_engine
from storage.ledger import Ledger
from storage.migrate import migrate
from storage.prepared import Prepared
from storage.reporters import sent_by
from storage.rows import answers, case_texts, cases, events, reporters
from storage.seal import parse_keys
from tests.town import KEYS, PROVINCE, config_for

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
"""Wednesday, nine o'clock: everything that was due by then has been looked at."""
AT_ONCE = 10_000
PEOPLE = 2_000
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_POLICIES = ("RES_NORMAL", "RES_NORMAL", "RES_NORMAL", "RES_ONSITE", "RES_COMPLEX")
_OPEN = (Status.FORWARDED, Status.ACCEPTED, Status.ACCEPTED, Status.IN_PROGRESS, Status.IN_PROGRESS, Status.WAIT_APPROVAL)
_CATEGORIES = ("A01", "A02", "B01", "C01", "C02", "D01", "E01", "F01")
_STORY = (
    "Cán bộ ở quầy {n} quát tháo và từ chối hồ sơ của tôi.",
    "Hồ sơ đất của tôi quá hẹn {n} ngày mà không ai trả lời.",
    "Đến lúc {n} giờ không có ai ở bàn tiếp dân.",
    "Tôi bị yêu cầu nộp thêm giấy tờ không có trong quy định, lần thứ {n}.",
    "Nhân viên nói chuyện riêng, để {n} người dân phải chờ.",
    "Đã gọi số đường dây nóng {n} lần, không ai nhấc máy.",
)
_OFFICIALS = ("", "", "", "chị Hương ở quầy tiếp nhận", "anh Nguyễn Văn Dũng, địa chính", "cô Lan, thẻ số 2041")
_ANSWER = "Chúng tôi đã kiểm tra, xin lỗi ông/bà và đã nhắc nhở cán bộ."


@dataclass(frozen=True)
class Many:
    """What was made: the codes of the offices with a head, most loaded first, and how many cases of each sort there are."""

    file: Path
    now: datetime
    units: tuple[str, ...]
    total: int
    open: int
    overdue: int


@dataclass(frozen=True)
class _Town:
    units: list[str]
    load: list[float]
    heads: dict[str, int]
    people: list[int]
    calendar: WorkCalendar
    rules: dict[str, DeadlineRule]
    ladder: Ladder


async def many_cases(file: Path, total: int, share_open: float = 0.05, share_overdue: float = 0.1) -> Many:
    """Make the database and return what is in it; it takes about five minutes for a million cases."""
    config = config_for(file)
    file.with_suffix(".key").write_text(base64.urlsafe_b64encode(KEYS[0]).decode())
    await migrate(config.database_url, NOW)
    async with Program.opened(config, lambda: NOW) as program:
        await program.save_units(province_units(PROVINCE), legacy_units("20"))
        town = await _people(program)
        engine = writing_engine(file)
        ledger = Ledger(engine.connect(), program.seal, program.lookup_key, NOW)
    draw = random.Random(2026)
    opened = round(total * share_open)
    overdue = round(opened * share_overdue)
    driver = ledger._driver
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF")
    driver.execute("PRAGMA synchronous = OFF")
    places = draw.sample(range(1, total + 1), opened)
    is_open = {number: place < overdue for place, number in enumerate(places)}
    for first in range(1, total + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, total + 1))
        _put(driver, ledger, town, draw, numbers, is_open)
    driver.execute("PRAGMA synchronous = FULL")
    driver.execute("ANALYZE")
    engine.dispose()
    return Many(file, NOW, tuple(town.units), total, opened, overdue)


def config_of(file: Path) -> Config:
    """Return settings for a database that `many_cases` made, perhaps in another process: its key lies beside it."""
    key = file.with_suffix(".key")
    return replace(config_for(file), secret_keys=tuple(parse_keys(key.read_text()))) if key.exists() else config_for(file)


async def _people(program: Program) -> _Town:
    units = [unit.code for unit in program.tree.all() if unit.type in ("UBND_X", "SO")]
    places = [(Role.HEAD, unit) for unit in units]
    top = next(unit.code for unit in program.tree.all() if unit.type == "UBND_T")
    places += [(Role.HEAD, top), (Role.SUPERVISOR, top), (Role.INTAKE, top), (Role.ADMIN, top)]

    async def joins(work) -> dict[str, int]:
        heads = {}
        for number, (role, unit) in enumerate(places):
            person = (await work.people.known(Who("webchat", "house", f"staff-{number}"), NOW, "vi")).person
            code = await invite(work, role, unit, f"Trần Văn {role.value} {unit}", "", NOW)
            staff = await redeem(work, person, code, NOW)
            if role is Role.HEAD:
                heads[unit] = staff.id
        return heads

    async def citizens(first: int, work) -> list[int]:
        chats = [Who("webchat", "house", f"citizen-{number}") for number in range(first, first + 500)]
        return [(await work.people.known(who, NOW, "vi")).person.id for who in chats]

    heads = await program.app.run(joins)
    people = [one for first in range(0, PEOPLE, 500) for one in await program.app.run(partial(citizens, first))]
    rules = {code: (await program.rules.policy(code))[1] for code in {*_POLICIES, "NOTICE_10", "UNIT_ACK"}}
    load = [1 / (place + 3) for place in range(len(units))]
    return _Town(units, load, heads, people, await program.rules.calendar(), rules, ladder_of(program.rules))


def _put(driver: sqlite3.Connection, ledger: Ledger, town: _Town, draw: random.Random, numbers, is_open) -> None:
    """Put some cases in with all that belongs to them, in one transaction."""
    rows, texts, senders, answered, happened = [], [], [], [], []
    hashes = {person: sent_by(ledger, person) for person in town.people}
    offices = draw.choices(town.units, town.load, k=len(numbers))
    for number, unit in zip(numbers, offices, strict=True):
        late = is_open.get(number)
        made, terms, next_check_at = _drawn(town, draw, number, unit, late)
        rows.append(
            _written(made)
            | {"id": number, "code": made.code, "pin_hash": "x", "rule_id": None, "next_check_at": next_check_at, "version": 1}
        )
        texts.append({"case_id": number} | {name: _sealed(ledger, name, number, getattr(made, name)) for name in _TEXTS})
        person = draw.choice(town.people)
        senders.append(
            {
                "case_id": number, "person_hash": hashes[person], "forgotten_at": None,
                **{name: ledger.close(value, f"reporters.{name}", number) for name, value in (
                    ("person", str(person)), ("name", "Nguyễn Thị Lan"), ("phone", ""))},
            }
        )  # fmt: skip
        details = {"policy": made.policy, "due_at": made.due_at and made.due_at.isoformat(), "inputs": terms}
        happened.append(_event(made, made.filed_at, "CaseFiled", details))
        if made.answered_at is not None:
            row = _answer(ledger, town, made, draw)
            answered.append(row)
            happened.append(_event(made, made.answered_at, "CaseAnswered", {"round": 1, "late": row["days_late"] > 0}))
    driver.execute("BEGIN")
    for table, made_rows in _TABLES(rows, texts, senders, answered, happened):
        if made_rows:
            table.run(driver, made_rows)
    driver.execute("COMMIT")


_TEXTS = ("story", "happened", "official")
_INSERTS = [Prepared(insert(table)) for table in (cases, case_texts, reporters, answers, events)]


def _TABLES(*rows) -> Iterator[tuple[Prepared, list]]:
    yield from zip(_INSERTS, rows, strict=True)


def _sealed(ledger: Ledger, name: str, number: int, text: str) -> bytes:
    return ledger.close(text, f"case_texts.{name}", number)


def _event(made: Case, at: datetime, name: str, details: dict) -> dict:
    return {"case_id": made.id, "at": at, "name": name, "actor": None, "details": json.dumps(details, ensure_ascii=False)}


def _drawn(town: _Town, draw: random.Random, number: int, unit: str, late: bool | None) -> tuple[Case, str, datetime | None]:
    """Return one case; `late` None: closed, else open and overdue or not. With its inputs and its next moment."""
    policy = draw.choice(_POLICIES)
    code = "".join(draw.choices(_ALPHABET, k=8))
    made = Case(
        id=number, code=f"{code[:4]}-{code[4:]}", kind=CaseKind.FEEDBACK, category=draw.choice(_CATEGORIES), unit=unit,
        about=About.UNKNOWN, official=draw.choice(_OFFICIALS), status=Status.CLOSED, filed_at=NOW, due_at=None, legal_due_at=None,
        policy=policy, known_as=KnownAs.NAMED, handling_unit=unit, happened="sáng hôm đó",
        story=draw.choice(_STORY).format(n=draw.randrange(2, 30)),
    )  # fmt: skip
    if late is None:
        return _closed(made, draw), "", None
    rule, legal, ack = town.rules[policy], town.rules["NOTICE_10"], town.rules["UNIT_ACK"]
    while True:
        minutes = draw.randrange(12 * 60, 45 * 1440) if late else draw.randrange(1, rule.value * 1440)
        filed = NOW - timedelta(minutes=minutes)
        clock = Term(None, rule, filed, unit).worked_out(town.calendar)
        assert clock.due_at is not None
        if (clock.due_at < NOW) is late:
            break
    other = Term(None, legal, filed, unit).worked_out(town.calendar)
    status = draw.choice(_OPEN)
    accepted = None if status is Status.FORWARDED else filed + timedelta(hours=3)
    made = replace(
        made, status=status, filed_at=filed, forwarded_at=filed, accepted_at=accepted, due_at=clock.due_at,
        legal_due_at=other.due_at, ack_due_at=Term(None, ack, filed, unit).worked_out(town.calendar).due_at,
    )  # fmt: skip
    days = town.calendar.working_days_between(local_day(clock.due_at), local_day(NOW)) if late else 0
    made = replace(made, escalated=sum(days >= rung for rung in town.ladder.after))
    return made, written(service=clock, legal=other), next_check(made, town.calendar, town.ladder, NOW)


def _closed(made: Case, draw: random.Random) -> Case:
    filed = NOW - timedelta(minutes=draw.randrange(30 * 1440, 3 * 365 * 1440))
    due = end_of_day(local_day(filed) + timedelta(days=11))
    made = replace(made, filed_at=filed, forwarded_at=filed, accepted_at=filed + timedelta(hours=5), due_at=due, legal_due_at=due)
    if draw.random() < 0.05:
        return replace(made, status=draw.choice((Status.WITHDRAWN, Status.REJECTED, Status.GUIDED)))
    answered = filed + timedelta(minutes=draw.randrange(60, 14 * 1440))
    stars = draw.choice((None, None, 1, 2, 3, 4, 5))
    return replace(made, answered_at=answered, contest_until=end_of_day(local_day(answered) + timedelta(days=7)), rating=stars)


def _answer(ledger: Ledger, town: _Town, made: Case, draw: random.Random) -> dict:
    assert made.answered_at is not None and made.due_at is not None and made.unit is not None
    bound, head = f"{made.id}:1", town.heads[made.unit]
    late = max(0, (local_day(made.answered_at) - local_day(made.due_at)).days)
    return {
        "case_id": made.id, "round": 1, "finding": draw.choice(("true", "partly_true", "false")), "action": "apologised",
        "body": ledger.close(_ANSWER, "answers.body", bound), "evidence": ledger.close("Biên bản", "answers.evidence", bound),
        "document": "", "author": head, "signer": head, "given_at": made.answered_at, "unit": made.unit, "due_at": made.due_at,
        "legal_due_at": made.legal_due_at, "extended": draw.random() < 0.08, "days_late": late,
    }  # fmt: skip


async def main(file: str, total: int) -> None:
    """Make it and say how long that took."""
    began = time.perf_counter()
    made = await many_cases(Path(file), total)
    took = time.perf_counter() - began
    print(f"{made.total} cases, {made.open} open, {made.overdue} overdue, {fold(PROVINCE)}: {took:.1f} s")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
