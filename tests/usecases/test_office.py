"""What an office does with a case."""

from datetime import datetime, timedelta

import pytest

from bot.domain.cases import About, Status
from bot.domain.deadlines import VIETNAM
from bot.domain.events import (
    AnswerDrafted,
    CaseAccepted,
    CaseAnswered,
    CaseForwarded,
    CaseReturned,
    DraftSentBack,
    FileDescribed,
    HandlerAssigned,
    NoteAdded,
    QuestionAsked,
)
from bot.domain.people import Role
from bot.usecases.access import Action, Stale, access_case
from bot.usecases.citizen import add_information, withdraw
from bot.usecases.intake import forward
from bot.usecases.office import (
    accept_case,
    add_note,
    ask_citizen,
    assign_handler,
    describe_file,
    draft_answer,
    draft_of,
    give_answer,
    handlers_for,
    return_case,
    send_back,
    talk_of,
)
from tests.domain.town import COMMUNE, COUNTER, TOP, WARD
from tests.usecases.house import GOOD_ANSWER, LAN, refused

CHU = "Lê Văn Chu"


@pytest.fixture
async def office(house):
    """The ward with its head, deputy and two handlers, the chair of the province, and intake there."""
    for name, role, unit in (
        (CHU, Role.HEAD, WARD),
        ("Hà Phó", Role.DEPUTY, WARD),
        ("Bùi Minh", Role.HANDLER, WARD),
        ("Bùi Tú", Role.HANDLER, WARD),
        ("Trần Đỉnh", Role.HEAD, TOP),
        ("Mai", Role.INTAKE, TOP),
    ):
        await house.joins(name, role, unit)
    return house


async def accepted(office, **answers):
    code = (await office.files(**answers)).case.code
    await office.do(accept_case, await office.reader(CHU), code, office.now)
    return code


async def test_the_head_accepts_once(office):
    code = (await office.files()).case.code
    head = await office.reader(CHU)
    case = await office.do(accept_case, head, code, office.now)
    assert (case.status, case.accepted_at, case.version) == (Status.ACCEPTED, office.now, 2)
    assert office.happened(CaseAccepted) == [CaseAccepted(case.id, head.staff.id)]
    assert "already" in await refused(accept_case(office.work, head, code, office.now))
    with pytest.raises(Stale):
        await accept_case(office.work, head, code, office.now, version=1)


async def test_a_case_is_handed_to_a_handler_of_the_unit_only(office):
    code = await accepted(office)
    head, minh, dinh = await office.reader(CHU), await office.reader("Bùi Minh"), await office.reader("Trần Đỉnh")
    case = await office.case(code)
    assert [one.name for one in await handlers_for(office.work, head, case)] == ["Hà Phó", "Bùi Minh", "Bùi Tú"]
    assert "list" in await refused(assign_handler(office.work, head, code, dinh.staff.id, office.now))
    case = await office.do(assign_handler, head, code, minh.staff.id, office.now)
    assert (case.status, case.handler) == (Status.IN_PROGRESS, minh.staff.id)
    assert office.happened(HandlerAssigned) == [HandlerAssigned(case.id, head.staff.id, handler=minh.staff.id)]
    assert await access_case(office.work, minh, code, to=Action.OPEN, now=office.now)


async def test_whoever_is_meant_is_not_among_the_handlers(office):
    code = await accepted(office, about=About.PERSON, official="anh Minh")
    head, minh = await office.reader(CHU), await office.reader("Bùi Minh")
    assert [one.name for one in await handlers_for(office.work, head, await office.case(code))] == ["Hà Phó", "Bùi Tú"]
    await refused(assign_handler(office.work, head, code, minh.staff.id, office.now))


async def test_a_case_taken_from_a_handler_is_his_no_more(office):
    code = await accepted(office)
    head, minh, tu = [await office.reader(name) for name in (CHU, "Bùi Minh", "Bùi Tú")]
    await office.do(assign_handler, head, code, minh.staff.id, office.now)
    await office.do(assign_handler, head, code, tu.staff.id, office.now)
    await refused(access_case(office.work, minh, code, to=Action.OPEN, now=office.now))


async def test_a_question_goes_to_the_citizen_and_the_answer_brings_the_case_back(office):
    code = await accepted(office)
    due = (await office.case(code)).due_at
    case = await office.do(ask_citizen, await office.reader(CHU), code, "Hồ sơ số mấy ạ?", office.now)
    assert (case.status, case.resume) == (Status.NEED_INFO, Status.ACCEPTED)
    case = await office.do(ask_citizen, await office.reader(CHU), code, "Và ngày nào?", office.now)
    assert case.resume is Status.ACCEPTED
    case = await office.do(add_information, await office.reader("lan"), code, "Số H12-2026.", LAN, "d9", office.now)
    assert (case.status, case.resume, case.due_at) == (Status.ACCEPTED, None, due)
    said = [(line.side, line.body) for line in await talk_of(office.work, await office.reader(CHU), code, office.now)]
    assert said == [("office", "Hồ sơ số mấy ạ?"), ("office", "Và ngày nào?"), ("citizen", "Số H12-2026.")]
    assert len(office.happened(QuestionAsked)) == 2


async def test_an_office_accepts_before_it_asks_and_intake_asks_only_what_it_has(office):
    code = (await office.files()).case.code
    assert "accept" in await refused(ask_citizen(office.work, await office.reader(CHU), code, "?", office.now))
    assert "office now" in await refused(ask_citizen(office.work, await office.reader("Mai"), code, "?", office.now))
    lost = (await office.files(unit=None)).case.code
    case = await office.do(ask_citizen, await office.reader("Mai"), lost, "Ở đâu ạ?", office.now)
    assert (case.status, case.resume) == (Status.NEED_INFO, Status.NEW)
    case = await office.do(add_information, await office.reader("lan"), lost, "Ở phường.", LAN, "d9", office.now)
    assert case.status is Status.NEW


async def test_a_first_return_goes_to_intake_and_the_date_stays(office):
    code = await accepted(office)
    before = await office.case(code)
    case = await office.do(return_case, await office.reader(CHU), code, "Việc của xã Đồng Đăng.", office.now)
    assert (case.status, case.handling_unit, case.returns, case.due_at) == (Status.RETURNED, None, 1, before.due_at)
    assert [event.unit for event in office.happened(CaseReturned)] == [WARD]
    await refused(access_case(office.work, await office.reader(CHU), code, to=Action.CARD, now=office.now))


async def test_after_a_second_return_the_superior_decides(office):
    await office.joins("Son", Role.HEAD, COMMUNE)
    code = await accepted(office)
    await office.do(return_case, await office.reader(CHU), code, "Không phải của chúng tôi.", office.now)
    await office.do(forward, await office.reader("Mai"), code, COMMUNE, office.now)
    case = await office.do(return_case, await office.reader("Son"), code, "Cũng không phải.", office.now)
    assert (case.status, case.handling_unit, case.returns) == (Status.FORWARDED, TOP, 2)
    assert office.happened(CaseForwarded)[-1].why == "bounced"
    assert "twice" in await refused(return_case(office.work, await office.reader("Trần Đỉnh"), code, "Không.", office.now))
    case = await office.do(forward, await office.reader("Trần Đỉnh"), code, WARD, office.now)
    assert case.handling_unit == WARD
    assert "twice" in await refused(return_case(office.work, await office.reader(CHU), code, "Vẫn không.", office.now))
    await refused(forward(office.work, await office.reader(CHU), code, COMMUNE, office.now))
    assert (await office.case(code)).due_at == case.due_at


async def test_the_superior_does_not_send_a_case_to_himself(office):
    code = await accepted(office, about=About.PERSON)
    await office.do(return_case, await office.reader(CHU), code, "Không.", office.now)
    await office.do(forward, await office.reader("Mai"), code, WARD, office.now)
    await office.do(return_case, await office.reader(CHU), code, "Không.", office.now)
    assert "come back" in await refused(forward(office.work, await office.reader("Trần Đỉnh"), code, TOP, office.now))


async def test_an_answer_is_drafted_sent_back_and_signed(office):
    code = await accepted(office)
    head, minh = await office.reader(CHU), await office.reader("Bùi Minh")
    await office.do(assign_handler, head, code, minh.staff.id, office.now)
    case = await office.do(draft_answer, minh, code, *GOOD_ANSWER, office.now)
    assert case.status is Status.WAIT_APPROVAL
    case = await office.do(send_back, head, code, "Xin lỗi rõ hơn.", office.now)
    assert case.status is Status.IN_PROGRESS
    await office.do(draft_answer, minh, code, *GOOD_ANSWER[:2], "Chúng tôi thành thật xin lỗi.", GOOD_ANSWER[3], office.now)
    assert (await draft_of(office.work, await office.case(code))).body == "Chúng tôi thành thật xin lỗi."
    await refused(give_answer(office.work, minh, code, office.now))
    case = await office.do(give_answer, head, code, office.now, "12/UBND-VP")
    assert (case.status, case.answered_at) == (Status.ANSWERED, office.now)
    # Seven calendar days from Monday the 23rd.
    assert case.contest_until == datetime(2026, 11, 30, 23, 59, 59, tzinfo=VIETNAM)
    answer = await office.work.cases.answer(case.id)
    assert (answer.signer, answer.author, answer.document, answer.round) == (head.staff.id, minh.staff.id, "12/UBND-VP", 1)
    assert await draft_of(office.work, case) is None
    assert office.happened(AnswerDrafted, DraftSentBack, CaseAnswered)[-1] == CaseAnswered(case.id, head.staff.id, 1, False)


@pytest.mark.parametrize(
    ("place", "word"), [(0, "found"), (1, "done"), (2, "write"), (3, "proves")], ids=["finding", "action", "text", "evidence"]
)
async def test_nothing_is_answered_without_finding_action_text_and_evidence(office, place, word):
    code = await accepted(office)
    parts = [*GOOD_ANSWER]
    parts[place] = " "
    assert word in await refused(draft_answer(office.work, await office.reader(CHU), code, *parts, office.now))
    assert "draft" in await refused(give_answer(office.work, await office.reader(CHU), code, office.now))


async def test_an_answer_after_its_date_is_late(office):
    code = await accepted(office)
    due = (await office.case(code)).due_at
    office.at(due + timedelta(microseconds=999_999))
    assert not (await office.answers(code, CHU)).is_open
    assert office.happened(CaseAnswered)[-1].late is False
    other = await accepted(office)
    office.at((await office.case(other)).due_at + timedelta(seconds=1))
    await office.answers(other, CHU)
    assert office.happened(CaseAnswered)[-1].late is True


async def test_a_deputy_signs_with_the_heads_signature_only_and_not_in_a_conflict(office):
    code = await accepted(office)
    await office.do(draft_answer, await office.reader("Hà Phó"), code, *GOOD_ANSWER, office.now)
    await refused(give_answer(office.work, await office.reader("Hà Phó"), code, office.now))
    await office.deputises("Hà Phó", CHU, WARD)
    assert (await office.answers(code, "Hà Phó")).status is Status.ANSWERED
    await office.joins("Đặng Phó", Role.DEPUTY, TOP)
    await office.deputises("Đặng Phó", "Trần Đỉnh", TOP)
    about = (await office.files(about=About.HEAD)).case.code
    deputy = await office.reader("Đặng Phó")
    await office.do(accept_case, deputy, about, office.now)
    await office.do(draft_answer, deputy, about, *GOOD_ANSWER, office.now)
    await refused(give_answer(office.work, deputy, about, office.now))
    await office.do(give_answer, await office.reader("Trần Đỉnh"), about, office.now)


async def test_an_office_goes_on_although_the_citizen_does_not_answer(office):
    code = await accepted(office)
    await office.do(ask_citizen, await office.reader(CHU), code, "Hồ sơ số mấy?", office.now)
    assert (await office.answers(code, CHU)).status is Status.ANSWERED


async def test_notes_are_for_the_office_only(office):
    code = await accepted(office)
    await office.do(add_note, await office.reader(CHU), code, "Đã gọi một cửa.", office.now)
    assert [line.side for line in await talk_of(office.work, await office.reader(CHU), code, office.now)] == ["note"]
    assert office.happened(NoteAdded)
    await refused(add_note(office.work, await office.reader("Mai"), code, "?", office.now))


@pytest.mark.parametrize("step", ["accept", "ask", "return", "draft", "answer", "assign"])
async def test_nothing_is_done_with_a_case_that_is_over(office, step):
    code = await accepted(office)
    await office.do(withdraw, await office.reader("lan"), code, office.now)
    head, minh = await office.reader(CHU), await office.reader("Bùi Minh")
    steps = {
        "accept": accept_case(office.work, head, code, office.now),
        "ask": ask_citizen(office.work, head, code, "?", office.now),
        "return": return_case(office.work, head, code, "?", office.now),
        "draft": draft_answer(office.work, head, code, *GOOD_ANSWER, office.now),
        "answer": give_answer(office.work, head, code, office.now),
        "assign": assign_handler(office.work, head, code, minh.staff.id, office.now),
    }
    awaited = steps.pop(step)
    for other in steps.values():
        other.close()
    assert "over" in await refused(awaited)


@pytest.mark.parametrize("step", ["ask", "return", "note", "send back"])
async def test_every_step_with_words_needs_them(office, step):
    code = await accepted(office)
    head = await office.reader(CHU)
    if step == "send back":
        await office.do(draft_answer, head, code, *GOOD_ANSWER, office.now)
    use_case = {"ask": ask_citizen, "return": return_case, "note": add_note, "send back": send_back}[step]
    assert "write" in await refused(use_case(office.work, head, code, " ", office.now))


async def test_intake_writes_down_what_is_in_a_file(office):
    number = await office.sends_a_file(kind="voice")
    code = (await office.files()).case.code
    other = await office.sends_a_file(nonce="d2")
    mai = await office.reader("Mai")
    await office.do(describe_file, mai, code, number, "Tiếng quát ở quầy.", office.now)
    assert [file.words for file in await office.work.files.of_case((await office.case(code)).id)] == ["Tiếng quát ở quầy."]
    assert office.happened(FileDescribed)
    assert "belong" in await refused(describe_file(office.work, mai, code, other, "?", office.now))
    await refused(describe_file(office.work, await office.reader(CHU), code, number, "?", office.now))


async def test_an_office_inside_the_ward_answers_for_itself(office):
    await office.joins("Đỗ Quầy", Role.HEAD, COUNTER)
    code = (await office.files(unit=COUNTER)).case.code
    assert (await office.answers(code, "Đỗ Quầy")).handling_unit == COUNTER
