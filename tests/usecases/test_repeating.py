"""A repeat of an answered case is refused by the head alone, in writing, within three working days (LAW B12)."""

from datetime import datetime, timedelta

import pytest

from bot.domain.cases import About, Status
from bot.domain.deadlines import VIETNAM
from bot.domain.events import CaseRejected, RepeatMarked
from bot.domain.people import Role
from bot.domain.sharing import REPEAT
from bot.usecases.intake import reject
from bot.usecases.office import accept_case
from bot.usecases.repeating import confirm_repeat, deny_repeat, mark_repeat, repeat_of
from tests.domain.town import COMMUNE, TOP, WARD
from tests.usecases.house import refused

CHU, HA, SON, DINH, MAI = "Lê Văn Chu", "Hà Phó", "Nông Sơn", "Trần Đỉnh", "Mai"
WHY, WORDS, PAPER = "Cùng một việc, không có tình tiết mới.", "Việc này đã được trả lời ngày 23/11.", "12/TB-UBND ngày 26/11/2026"
# Three working days after Wednesday the 25th of November.
UNTIL = datetime(2026, 11, 30, 23, 59, 59, tzinfo=VIETNAM)


@pytest.fixture
async def office(house):
    """A ward with head and deputy, a commune, the province, intake; and an answered case (`office.first`)."""
    for name, role, unit in (
        (CHU, Role.HEAD, WARD),
        (HA, Role.DEPUTY, WARD),
        (SON, Role.HEAD, COMMUNE),
        (DINH, Role.HEAD, TOP),
        (MAI, Role.INTAKE, TOP),
    ):
        await house.joins(name, role, unit)
    house.first = (await house.files()).case.code
    await house.answers(house.first, CHU)
    house.at(datetime(2026, 11, 25, 9, 0, tzinfo=VIETNAM))
    return house


async def marked(office, by=MAI, of=None, **facts):
    code = (await office.files("tu", "d2", **facts)).case.code
    await office.do(mark_repeat, await office.reader(by), code, of or office.first, WHY, office.now)
    return code


async def test_intake_marks_it_and_the_head_refuses_it_with_a_document(office):
    code = await marked(office)
    case = await office.case(code)
    assert REPEAT in case.flags and case.is_open
    [event] = office.happened(RepeatMarked)
    assert (event.of, event.until) == (office.first, UNTIL)
    assert (await repeat_of(office.work, case)).until == UNTIL
    case = await office.do(confirm_repeat, await office.reader(CHU), code, WORDS, PAPER, office.now)
    assert case.status is Status.REJECTED
    [event] = office.happened(CaseRejected)
    assert (event.reason, event.document) == ("already_answered_no_new", PAPER)
    assert [line.side for line in await office.work.cases.talk(case.id)] == ["note", "office"]


async def test_no_date_moves(office):
    code = (await office.files("tu", "d2")).case.code
    before = await office.case(code)
    await office.do(mark_repeat, await office.reader(MAI), code, office.first, WHY, office.now)
    after = await office.case(code)
    assert (before.due_at, before.legal_due_at, before.ack_due_at) == (after.due_at, after.legal_due_at, after.ack_due_at)


@pytest.mark.parametrize(("moment", "refuses"), [(UNTIL, True), (UNTIL + timedelta(seconds=1), False)])
async def test_only_within_three_working_days(office, moment, refuses):
    code = await marked(office)
    office.at(moment)
    confirming = confirm_repeat(office.work, await office.reader(CHU), code, WORDS, PAPER, office.now)
    if refuses:
        assert (await confirming).status is Status.REJECTED
    else:
        assert "over" in await refused(confirming)
        assert (await office.case(code)).is_open


@pytest.mark.parametrize("facts", [dict(about=About.HEAD), dict(about=About.PERSON, official=f"ông {CHU}")])
async def test_a_head_does_not_learn_in_this_way_of_a_case_about_himself(office, facts):
    about_him = (await office.files("lan", "d9", **facts)).case.code
    await office.answers(about_him, DINH)
    code = (await office.files("tu", "d2")).case.code
    words = await refused(mark_repeat(office.work, await office.reader(MAI), code, about_him, WHY, office.now))
    assert "stay apart" in words and office.happened(RepeatMarked) == []


async def test_who_has_it_later_does_not_learn_of_a_case_about_himself_either(office):
    await office.joins("Vi Thị Thu", Role.HANDLER, WARD)
    about_her = (await office.files("lan", "d9", about=About.PERSON, official="bà Vi Thị Thu")).case.code
    await office.answers(about_her, CHU)
    case = await office.case(await marked(office, of=about_her))
    for name, told in ((CHU, about_her), ("Vi Thị Thu", None)):
        found = await repeat_of(office.work, case, (await office.reader(name)).staff)
        assert (found.of if found else None) == told


async def test_nobody_but_the_head_refuses_it_and_not_without_a_document(office):
    code = await marked(office)
    for name in (HA, SON, DINH, MAI):
        await refused(confirm_repeat(office.work, await office.reader(name), code, WORDS, PAPER, office.now))
    assert "written notice" in await refused(confirm_repeat(office.work, await office.reader(CHU), code, WORDS, " ", office.now))
    lost = (await office.files("hoa", "d3", unit=None)).case.code
    words = await refused(reject(office.work, await office.reader(MAI), lost, "already_answered_no_new", office.now))
    assert "Only the head" in words


async def test_the_head_says_that_it_is_none_and_it_goes_on(office):
    code = await marked(office)
    case = await office.do(deny_repeat, await office.reader(CHU), code, office.now)
    assert REPEAT not in case.flags and case.is_open
    await refused(confirm_repeat(office.work, await office.reader(CHU), code, WORDS, PAPER, office.now))
    assert (await office.answers(code, CHU)).status is Status.ANSWERED


async def test_where_the_office_is_complained_about_the_superior_confirms(office):
    code = await marked(office, about=About.HEAD)
    await refused(confirm_repeat(office.work, await office.reader(CHU), code, WORDS, PAPER, office.now))
    assert (await office.do(confirm_repeat, await office.reader(DINH), code, WORDS, PAPER, office.now)).status is Status.REJECTED


async def test_some_cases_are_no_repeat(office):
    reader = await office.reader(MAI)
    code = (await office.files("tu", "d2")).case.code
    other = (await office.files("tu", "d3", unit=COMMUNE)).case.code
    grave = (await office.files("tu", "d4", denunciation=True)).case.code
    taken = (await office.files("tu", "d5")).case.code
    await office.do(accept_case, await office.reader(CHU), taken, office.now)
    for ref, of, words in (
        (code, other, "not an answered case"),
        (other, office.first, "not an answered case"),
        (code, code, "not an answered case"),
        (grave, office.first, "always looked into"),
        (taken, office.first, "being worked on"),
    ):
        assert words in await refused(mark_repeat(office.work, reader, ref, of, WHY, office.now))
    await refused(mark_repeat(office.work, await office.reader(CHU), code, office.first, WHY, office.now))
