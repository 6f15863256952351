"""The head's signature in the hands of a deputy: from a day to a day, by a written document (LAW 2.4, 5.2 step 9)."""

from datetime import date, datetime, timedelta

import pytest

from bot.domain.deadlines import VIETNAM
from bot.domain.events import SignatureGiven, SignatureTakenBack
from bot.domain.people import Role
from bot.usecases.delegating import deputies_of, give_signature, given_signatures, take_back_signature
from bot.usecases.notices import To, recipients
from tests.domain.town import COMMUNE, TOP, WARD
from tests.usecases.house import refused

CHU, HA = "Lê Văn Chu", "Hà Phó"
FIRST, LAST = date(2026, 11, 30), date(2026, 12, 4)
PAPER = "QĐ 15/QĐ-UBND ngày 24/11/2026"


@pytest.fixture
async def ward(house):
    """A ward with head and deputy, another commune with its own deputy, and the chair of the province."""
    for name, role, unit in (
        (CHU, Role.HEAD, WARD),
        (HA, Role.DEPUTY, WARD),
        ("Sơn Phó", Role.DEPUTY, COMMUNE),
        ("Trần Đỉnh", Role.HEAD, TOP),
    ):
        await house.joins(name, role, unit)
    return house


async def given(ward, deputy=HA, head=CHU, unit=WARD, first=FIRST, last=LAST, paper=PAPER):
    number = (await ward.reader(deputy)).staff.id
    return await ward.do(give_signature, await ward.reader(head), number, unit, first, last, paper, ward.now)


@pytest.mark.parametrize(
    ("moment", "signs"),
    [
        ("2026-11-29T23:59:59", False),
        ("2026-11-30T00:00:00", True),
        ("2026-12-04T23:59:59", True),
        ("2026-12-05T00:00:00", False),
    ],
)
async def test_it_holds_from_the_first_day_to_the_end_of_the_last_in_vietnam(ward, moment, signs):
    await given(ward)
    ward.at(datetime.fromisoformat(moment).replace(tzinfo=VIETNAM))
    deputy = (await ward.reader(HA)).staff
    assert (WARD in deputy.led()) is signs
    assert [one.led() for one in await ward.work.staff.at([WARD], Role.DEPUTY)] == [deputy.led()]


async def test_only_the_own_head_gives_it_to_his_own_deputy_and_with_a_document(ward):
    assert [(one.name, unit) for one, unit in await deputies_of(ward.work, await ward.reader(CHU))] == [(HA, WARD)]
    assert "no deputy of yours" in await refused(given(ward, deputy="Sơn Phó"))
    assert "no deputy of yours" in await refused(given(ward, head="Trần Đỉnh"))
    assert "no deputy of yours" in await refused(given(ward, head=HA))
    assert "before the first" in await refused(given(ward, first=LAST, last=FIRST))
    yesterday = date(2026, 11, 22)
    assert "over" in await refused(given(ward, first=yesterday, last=yesterday))
    assert "document" in await refused(given(ward, paper="  "))
    assert ward.happened(SignatureGiven) == []


async def test_it_is_written_down_who_gave_it_to_whom_and_by_which_document(ward):
    await given(ward)
    [event] = ward.happened(SignatureGiven)
    assert (event.actor, event.unit) == ((await ward.reader(CHU)).staff.id, WARD)
    assert (event.from_on, event.to_on, event.document) == ("2026-11-30", "2026-12-04", PAPER)


async def test_the_head_takes_it_back_once_and_it_ends_at_that_moment(ward):
    await given(ward, first=date(2026, 11, 23))
    assert WARD in (await ward.reader(HA)).staff.led()
    [(kept, name)] = await given_signatures(ward.work, await ward.reader(CHU), ward.now)
    assert (name, kept.document) == (HA, PAPER)
    await refused(take_back_signature(ward.work, await ward.reader("Trần Đỉnh"), kept.id, ward.now))
    await ward.do(take_back_signature, await ward.reader(CHU), kept.id, ward.now)
    assert (await ward.reader(HA)).staff.led() == frozenset()
    assert len(ward.happened(SignatureTakenBack)) == 1
    await refused(take_back_signature(ward.work, await ward.reader(CHU), kept.id, ward.now))
    assert await given_signatures(ward.work, await ward.reader(CHU), ward.now) == []


async def test_it_ends_with_the_time_in_office_of_the_head_who_gave_it(ward):
    await given(ward, first=date(2026, 11, 23))
    await ward.joins("Người Mới", Role.HEAD, WARD)
    assert (await ward.reader(HA)).staff.led() == frozenset()


async def test_who_has_the_signature_is_told_what_the_head_is_told(ward):
    case = (await ward.files()).case
    assert [one.name for one in await recipients(ward.work, case, To.HEAD)] == [CHU]
    await given(ward, first=date(2026, 11, 23))
    assert [one.name for one in await recipients(ward.work, case, To.HEAD)] == [CHU, HA]
    ward.passes(days=30)
    assert [one.name for one in await recipients(ward.work, case, To.HEAD)] == [CHU]
    assert ward.now - timedelta(days=30) < case.due_at
