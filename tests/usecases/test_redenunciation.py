"""Information that reports a violation of the law: contesting its answer goes to intake and the inspectors, within 20 days."""

from datetime import datetime

import pytest

from bot.domain.cases import About, Status
from bot.domain.deadlines import VIETNAM
from bot.domain.events import CaseContested, CaseLeftToIntake
from bot.domain.people import Role
from bot.usecases.access import Action, access_case
from bot.usecases.citizen import contest, withdraw
from bot.usecases.intake import forward
from bot.usecases.terms import kept_terms
from tests.domain.town import TOP, WARD
from tests.usecases.house import refused

WHY = "Kết luận không nói gì đến số tiền đã nhận."


@pytest.fixture
async def answered(house):
    """A denunciation about somebody of the ward, answered by the head above; the code of the case."""
    for name, role, unit in (("Lê Văn Chu", Role.HEAD, WARD), ("Trần Đỉnh", Role.HEAD, TOP), ("Mai", Role.INTAKE, TOP)):
        await house.joins(name, role, unit)
    code = (await house.files(denunciation=True, about=About.PERSON, official="anh Tú")).case.code
    assert (await house.case(code)).handling_unit is None
    await house.do(forward, await house.reader("Mai"), code, WARD, house.now)
    await house.answers(code, "Trần Đỉnh")
    return code


async def test_it_goes_to_intake_and_not_to_any_unit_within_the_term_of_the_law(house, answered):
    house.at(datetime(2026, 11, 24, 9, 0, tzinfo=VIETNAM))
    case = await house.do(contest, await house.reader("lan"), answered, WHY, house.now)
    assert (case.status, case.handling_unit, case.contested) == (Status.RETURNED, None, True)
    # Twenty calendar days after the 24th of November end on Monday the 14th of December.
    due = datetime(2026, 12, 14, 23, 59, 59, tzinfo=VIETNAM)
    assert (case.due_at, case.legal_due_at, case.policy) == (due, due, "TC-RE")
    [event] = house.happened(CaseContested)
    kept = kept_terms([event.inputs])
    assert {clock: term["rule"] for clock, term in kept.items()} == {"service": "TC-RE", "legal": "TC-RE"}
    assert "37" in kept["legal"]["source"]
    assert house.happened(CaseLeftToIntake)[-1].why == "denunciation"
    for name in ("Lê Văn Chu", "Trần Đỉnh"):
        await refused(access_case(house.work, await house.reader(name), answered, to=Action.CARD, now=house.now))


async def test_its_withdrawal_never_closes_it(house, answered):
    await house.do(contest, await house.reader("lan"), answered, WHY, house.now)
    assert "looked into" in await refused(withdraw(house.work, await house.reader("lan"), answered, house.now))
    assert (await house.case(answered)).is_open
