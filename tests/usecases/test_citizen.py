"""What the citizen does with a case of his own."""

from datetime import datetime, timedelta

import pytest

from bot.domain.cases import About, KnownAs, Status
from bot.domain.deadlines import VIETNAM
from bot.domain.events import CaseContested, CaseLeftToIntake, CaseRated, CaseWithdrawn, InformationAdded
from bot.domain.people import Role
from bot.usecases.access import Action, access_case
from bot.usecases.citizen import (
    add_information,
    contest,
    forget_chat,
    may_contest,
    my_cases,
    rate,
    timeline,
    withdraw,
)
from bot.usecases.identity import see_reporter
from bot.usecases.intake import classify
from bot.usecases.office import accept_case, add_note, ask_citizen, talk_of
from bot.usecases.reminding import check_case
from tests.domain.town import TOP, WARD
from tests.usecases.house import LAN, refused

CHU = "Lê Văn Chu"


@pytest.fixture
async def town(house):
    for name, role, unit in ((CHU, Role.HEAD, WARD), ("Trần Đỉnh", Role.HEAD, TOP), ("Mai", Role.INTAKE, TOP)):
        await house.joins(name, role, unit)
    return house


async def answered(town, **answers):
    code = (await town.files(**answers)).case.code
    return await town.answers(code, CHU)


# -- Adding and taking back --


async def test_words_and_files_are_added_to_an_open_case(town):
    code = (await town.files()).case.code
    await town.sends_a_file(nonce="d2")
    case = await town.do(add_information, await town.reader("lan"), code, "Còn ảnh này.", LAN, "d2", town.now)
    assert case.status is Status.FORWARDED
    assert len(await town.work.files.of_case(case.id)) == 1
    event = town.happened(InformationAdded)[0]
    assert (event.files, event.answers_question) == (1, False)
    assert "add" in await refused(add_information(town.work, await town.reader("lan"), code, " ", LAN, "d2", town.now))


async def test_nothing_is_added_to_a_case_of_somebody_else_or_one_that_is_over(town):
    code = (await town.files()).case.code
    await refused(add_information(town.work, await town.reader("hoa"), code, "Tôi cũng vậy.", LAN, "d2", town.now))
    await town.do(withdraw, await town.reader("lan"), code, town.now)
    assert "over" in await refused(add_information(town.work, await town.reader("lan"), code, "?", LAN, "d2", town.now))


async def test_one_chat_does_not_drown_a_case(town):
    code = (await town.files()).case.code
    lan = await town.reader("lan")
    for nth in range(40):
        await add_information(town.work, lan, code, str(nth), LAN, "d2", town.now)
    assert "{time}" in await refused(add_information(town.work, lan, code, "41", LAN, "d2", town.now))


async def test_a_case_is_taken_back_while_it_is_open(town):
    code = (await town.files()).case.code
    case = await town.do(withdraw, await town.reader("lan"), code, town.now)
    assert case.status is Status.WITHDRAWN
    assert town.happened(CaseWithdrawn)
    assert "over" in await refused(withdraw(town.work, await town.reader("lan"), code, town.now))


async def test_information_with_a_denunciation_is_not_taken_back(town):
    code = (await town.files(denunciation=True)).case.code
    assert "looked into" in await refused(withdraw(town.work, await town.reader("lan"), code, town.now))
    assert (await town.case(code)).is_open


# -- Rating --


async def test_an_answer_is_rated_once_with_an_optional_comment(town):
    case = await answered(town)
    lan = await town.reader("lan")
    assert "between" in await refused(rate(town.work, lan, case.code, 6, town.now))
    rated = await town.do(rate, lan, case.code, 2, town.now)
    assert rated.rating == 2
    await town.do(rate, lan, case.code, 2, town.now, "Trả lời chung chung.")
    assert "already" in await refused(rate(town.work, lan, case.code, 5, town.now))
    assert "already" in await refused(rate(town.work, lan, case.code, 2, town.now))
    assert town.happened(CaseRated) == [CaseRated(case.id, stars=2)]
    said = [line.body for line in await talk_of(town.work, await town.reader(CHU), case.code, town.now)]
    assert said == ["Trả lời chung chung."]


async def test_there_is_a_last_day_for_rating(town):
    case = await answered(town)
    town.at(datetime(2026, 11, 30, 23, 59, 59, tzinfo=VIETNAM))
    await town.do(rate, await town.reader("lan"), case.code, 4, town.now)
    other = await answered(town)
    town.passes(days=8)
    assert "over" in await refused(rate(town.work, await town.reader("lan"), other.code, 4, town.now))


async def test_there_is_nothing_to_rate_before_the_answer(town):
    code = (await town.files()).case.code
    assert "no answer" in await refused(rate(town.work, await town.reader("lan"), code, 5, town.now))


# -- Contesting --


async def test_a_contested_case_goes_to_the_superior_head_with_a_new_date(town):
    case = await answered(town)
    town.passes(days=2)
    case = await town.do(contest, await town.reader("lan"), case.code, "Họ không hỏi ai cả.", town.now)
    assert (case.status, case.handling_unit, case.contested, case.accepted_at) == (Status.REOPENED, TOP, True, None)
    # Fifteen working days from Wednesday 25 November.
    assert (case.due_at, case.policy) == (datetime(2026, 12, 16, 23, 59, 59, tzinfo=VIETNAM), "RES_COMPLEX")
    assert town.happened(CaseContested)[0].unit == TOP
    await refused(access_case(town.work, await town.reader(CHU), case.code, to=Action.OPEN, now=town.now))
    again = await town.answers(case.code, "Trần Đỉnh")
    assert (again.status, (await town.work.cases.answer(again.id)).round) == (Status.ANSWERED, 2)
    assert (await town.work.cases.answer(again.id, 1)).given_at is not None
    assert "once" in await refused(contest(town.work, await town.reader("lan"), case.code, "Vẫn không.", town.now))


async def test_an_answer_is_contested_up_to_the_last_second_of_the_window(town):
    case = await answered(town)
    town.at(datetime(2026, 11, 30, 23, 59, 59, tzinfo=VIETNAM))
    assert may_contest(case, town.now)
    assert not may_contest(case, town.now + timedelta(seconds=1))
    assert "write why" in await refused(contest(town.work, await town.reader("lan"), case.code, " ", town.now))
    town.passes(seconds=1)
    assert "no answer" in await refused(contest(town.work, await town.reader("lan"), case.code, "Muộn.", town.now))


async def test_a_contested_answer_of_the_top_comes_to_intake(town):
    code = (await town.files(unit=TOP)).case.code
    await town.answers(code, "Trần Đỉnh")
    case = await town.do(contest, await town.reader("lan"), code, "Không đúng.", town.now)
    assert (case.status, case.handling_unit) == (Status.RETURNED, None)
    assert town.happened(CaseLeftToIntake)


async def test_somebody_else_can_neither_rate_nor_contest(town):
    case = await answered(town)
    await refused(rate(town.work, await town.reader("hoa"), case.code, 1, town.now))
    await refused(contest(town.work, await town.reader(CHU), case.code, "?", town.now))


# -- Following --


async def test_the_citizen_finds_his_cases_newest_first(town):
    first = (await town.files()).case
    town.passes(hours=1)
    second = (await town.files()).case
    await town.files(sender="hoa")
    assert [case.code for case in await my_cases(town.work, await town.person("lan"))] == [second.code, first.code]
    await town.do(forget_chat, await town.reader("lan"), first.code, town.now)
    assert [case.code for case in await my_cases(town.work, await town.person("lan"))] == [second.code]


async def test_the_timeline_tells_the_citizen_what_happened_and_no_more(town):
    code = (await town.files()).case.code
    await town.do(classify, await town.reader("Mai"), code, "A02", town.now)
    await town.do(accept_case, await town.reader(CHU), code, town.now)
    await town.do(ask_citizen, await town.reader(CHU), code, "Hồ sơ số mấy?", town.now)
    await town.do(add_information, await town.reader("lan"), code, "H12.", LAN, "d2", town.now)
    await town.do(add_note, await town.reader(CHU), code, "Nội bộ: gọi Tú.", town.now)
    await town.do(see_reporter, await town.reader(CHU), code, "Gọi lại để xin lỗi.", town.now)
    await town.answers(code, CHU)
    lines = [shown(text) for _at, text in await timeline(town.work, await town.case(code))]
    assert lines == [
        "We received your case.",
        "It went to Phường Tam Thanh.",
        "The office has accepted it.",
        "You were asked: Hồ sơ số mấy?",
        "While you are asked, the time of the office stands still, until 2026-12-01 at most.",
        "You answered: H12.",
        "The time of the office ran again. The answer is due by 2026-12-03.",
        "Somebody entitled to it looked at who sent the case.",
        "It was answered.",
    ]


async def test_a_case_is_closed_when_the_window_is_over_and_can_still_be_followed(town):
    case = await answered(town, about=About.PERSON, known_as=KnownAs.ANONYMOUS)
    town.at(datetime(2026, 12, 1, 8, 0, tzinfo=VIETNAM))
    await town.do(check_case, case, town.now)
    closed = await access_case(town.work, await town.reader("lan"), case.code, to=Action.FOLLOW, now=town.now)
    assert closed.status is Status.CLOSED


def shown(text):
    """Return a sentence in English."""
    return text.message.format(**{name: shown(value) if hasattr(value, "message") else value for name, value in text.values})
