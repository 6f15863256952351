"""Whatever happens to a case, its stored dates are those that its events give when they are replayed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from bot.domain.cases import Case, ExtensionState
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.usecases.citizen import add_information, contest, withdraw
from bot.usecases.extending import ask_extension, grant_extension, refuse_extension
from bot.usecases.intake import forward
from bot.usecases.office import accept_case, ask_citizen, return_case
from bot.usecases.recomputing import Change, recompute
from bot.usecases.reminding import check_case
from bot.usecases.terms import LEGAL, SERVICE, calendar_at, kept_terms, term_from
from tests.domain.town import COMMUNE, TOP, WARD
from tests.usecases.house import LAN as WHO
from tests.usecases.house import House
from tests.usecases.test_recomputing import storm, with_calendar

HEADS = {WARD: "Lê Văn Chu", COMMUNE: "Sơn Văn", TOP: "Trần Đỉnh"}
# What can happen, and how often of all.
STEPS = {
    "accept": 4, "ask": 4, "reply": 3, "more": 4, "grant": 3, "refuse": 1, "return": 1, "forward": 2, "answer": 1, "contest": 1,
    "withdraw": 1, "storm": 2, "wait": 6,
}  # fmt: skip
HISTORIES = 40


async def people(house: House) -> None:
    for unit, name in HEADS.items():
        await house.joins(name, Role.HEAD, unit)
    await house.joins("Mai", Role.INTAKE, TOP)


async def step(house: House, draw: random.Random, case: Case, sender: str, what: str) -> None:
    """Do one thing to a case, or be refused."""
    code, now = case.code, house.now
    head = await house.reader(HEADS.get(case.handling_unit or "", HEADS[TOP]))
    match what:
        case "accept":
            await house.do(accept_case, head, code, now)
        case "ask":
            by = head if case.handling_unit else await house.reader("Mai")
            await house.do(ask_citizen, by, code, "Hồ sơ số mấy ạ?", now)
        case "reply":
            await house.do(add_information, await house.reader(sender), code, "H12.", WHO, "none", now)
        case "more":
            await house.do(ask_extension, head, code, "staff", "Chúng tôi xin lỗi Ông/Bà.", draw.randint(1, 5), now)
        case "grant":
            await house.do(grant_extension, await house.reader(HEADS[TOP]), code, now)
        case "refuse":
            await house.do(refuse_extension, await house.reader(HEADS[TOP]), code, "Đủ thời gian.", now)
        case "return":
            await house.do(return_case, head, code, "Không phải của chúng tôi.", now)
        case "forward":
            await house.do(forward, await house.reader("Mai"), code, draw.choice((WARD, COMMUNE)), now)
        case "answer":
            await house.answers(code, HEADS.get(case.handling_unit or "", HEADS[TOP]))
        case "contest":
            await house.do(contest, await house.reader(sender), code, "Không đúng với những gì đã xảy ra.", now)
        case "withdraw":
            if draw.random() < 0.2:
                await house.do(withdraw, await house.reader(sender), code, now)
        case "storm":
            first = house.now.date() + timedelta(days=draw.randint(0, 9))
            with_calendar(house, storm(first.isoformat(), (first + timedelta(days=draw.randint(0, 2))).isoformat()))
            await house.do(recompute, [case.id], Change("Bão", now), now)
        case "wait":
            house.passes(hours=draw.choice((0.3, 3, 20, 24, 70)))
            if case.id in [one.id for one in await house.work.cases.due_for_check(house.now, 500)]:
                fresh = await house.case(code)
                house.work.record(*await check_case(house.work, fresh, house.now))
                await house.do(_nothing)


async def _nothing(work: object) -> None:
    """Let what was recorded be settled."""


async def live_through(house: House, draw: random.Random, number: int) -> tuple[Case, list[str]]:
    """Return a case after a random history of at most a dozen steps, and what they were."""
    sender = f"citizen {number}"
    category, unit = draw.choice(("A01", "C02", "B01")), draw.choice((WARD, COMMUNE))
    case: Case = (await house.files(sender=sender, nonce=f"n{number}", category=category, unit=unit)).case
    lived: list[str] = []
    for what in draw.choices(list(STEPS), weights=list(STEPS.values()), k=draw.randint(3, 12)):
        try:
            await step(house, draw, await house.case(case.code), sender, what)
            lived.append(what)
        except Refusal:
            house.work.recorded.clear()
    return await house.case(case.code), lived


async def wrong(house: House, case: Case) -> str:
    """Return what of the stored dates does not follow from the events, "" nothing.

    Those of a case that is over, those that are past, and the law's after the first answer stay as they were whatever the
    calendar says later.
    """
    kept = kept_terms((await house.work.inputs_of([case.id]))[case.id])
    for clock, stored in ((SERVICE, case.due_at), (LEGAL, case.legal_due_at)):
        said = kept[clock]["due_at"]
        if stored is None or datetime.fromisoformat(said) != stored:
            return f"{clock}: the events say {said}, stored is {stored}"
        term = term_from(kept[clock])
        replayed = term.worked_out(await calendar_at(house.work, term.unit)).due_at
        past = stored < house.now or (replayed is not None and replayed < house.now)  # No date is moved into the past.
        over = not case.is_open or past or (clock == LEGAL and case.answered_at is not None)
        if replayed != stored and not over:
            return f"{clock}: replayed {replayed}, stored is {stored}"
    if case.extension is ExtensionState.GRANTED and not kept[SERVICE].get("extensions"):
        return "granted, but not among the inputs"
    return ""


async def test_the_events_give_every_stored_date(house):
    await people(house)
    start = house.now
    for number in range(HISTORIES):
        draw = random.Random(number)
        house.at(start)
        house.rules = getattr(house.rules, "_rules", house.rules)
        house.at(start)
        case, lived = await live_through(house, draw, number)
        assert not await wrong(house, case), (number, lived)
