"""Cases about one matter: answered together, each sender for himself, and no date moves."""

from datetime import datetime, timedelta

import pytest

from bot.dialogue.values import Who
from bot.domain.access import DENUNCIATION, Action
from bot.domain.cases import About, Status
from bot.domain.events import (
    CaseApart,
    CaseContested,
    CaseMerged,
    CaseTookOver,
    GroupReached,
    LeadAnswered,
    LeadReopened,
    TookIn,
)
from bot.domain.people import Role
from bot.domain.sharing import GROUP, LEADS
from bot.usecases.access import access_case
from bot.usecases.citizen import add_information, contest, may_contest, rate, timeline, withdraw
from bot.usecases.intake import forward, guide, reject
from bot.usecases.merging import alike, merge, merged_with
from bot.usecases.office import accept_case, assign_handler, draft_answer, handlers_for, return_case
from bot.usecases.terms import kept_terms
from tests.domain.town import COMMUNE, TOP, WARD
from tests.usecases.house import GOOD_ANSWER, refused
from tests.usecases.test_recomputing import storm, with_calendar

CHU, SON, MAI, DINH = "Lê Văn Chu", "Nông Sơn", "Mai", "Trần Đỉnh"
WHY = "Cán bộ đó vẫn quát người khác và chưa xin lỗi tôi."


@pytest.fixture
async def office(house):
    """A ward and a commune with their heads, the chair of the province, and intake there."""
    for name, role, unit in ((CHU, Role.HEAD, WARD), (SON, Role.HEAD, COMMUNE), (DINH, Role.HEAD, TOP), (MAI, Role.INTAKE, TOP)):
        await house.joins(name, role, unit)
    return house


async def two(office, **second):
    """Return the codes of a case and of one filed an hour later by somebody else."""
    first = (await office.files("lan", "d1")).case.code
    office.passes(hours=49)
    return first, (await office.files("tu", "d2", **second)).case.code


async def merged(office, second, first, by=MAI):
    return await office.do(merge, await office.reader(by), second, first, office.now)


@pytest.mark.parametrize("by", [MAI, CHU])
async def test_the_later_case_goes_into_the_one_that_is_due_first(office, by):
    first, second = await two(office)
    before = await office.case(first), await office.case(second)
    lead = await merged(office, second, first, by)
    one = await office.case(second)
    assert (one.status, one.merged_into) == (Status.MERGED, lead.id)
    assert LEADS in lead.flags
    assert (lead.due_at, lead.legal_due_at) == (before[0].due_at, before[0].legal_due_at)
    assert (one.due_at, one.legal_due_at) == (before[1].due_at, before[1].legal_due_at)
    assert [event.into for event in office.happened(CaseMerged)] == [lead.id]
    assert [(event.case, event.people) for event in office.happened(TookIn)] == [(lead.id, 2)]


async def test_the_other_way_round_is_refused_and_says_so(office):
    first, second = await two(office)
    assert "other way round" in await refused(merged(office, first, second))
    assert (await office.case(first)).is_open


async def test_its_reminders_end_in_the_same_transaction(office):
    first, second = await two(office)
    await merged(office, second, first)
    waiting = await office.work.cases.due_for_check(office.now + timedelta(days=400), 50)
    assert [case.code for case in waiting] == [first]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (dict(unit=COMMUNE), "same office"),
        (dict(denunciation=True), "violation of the law"),
        (dict(about=About.HEAD), "speaks about the office"),
        (dict(about=About.PERSON, official="ông Lê Văn Chu"), "speaks about the office"),
    ],
)
async def test_some_cases_stay_apart(office, facts, words):
    first, second = await two(office, **facts)
    assert words in await refused(merged(office, second, first))


async def test_a_head_merges_cases_of_his_own_office_only(office):
    first, second = await two(office)
    await refused(merged(office, second, first, SON))
    await refused(merged(office, second, first, DINH))
    third = (await office.files("hoa", "d3", about=About.HEAD)).case.code
    await refused(merged(office, third, first, CHU))


async def test_chains_collapse_to_the_lead(office):
    first, second = await two(office)
    office.passes(hours=24)
    third = (await office.files("hoa", "d3")).case.code
    await merged(office, third, second)
    lead = await merged(office, second, first)
    assert (await office.case(third)).merged_into == (await office.case(second)).merged_into == lead.id
    assert LEADS not in (await office.case(second)).flags


async def test_who_sent_it_gets_the_answer_and_may_rate_it(office):
    first, second = await two(office)
    await merged(office, second, first)
    await office.answers(first, CHU)
    lead, one = await office.case(first), await office.case(second)
    assert [(event.case, event.lead) for event in office.happened(LeadAnswered)] == [(one.id, lead.id)]
    assert (one.status, one.answered_at, one.contest_until) == (Status.MERGED, lead.answered_at, lead.contest_until)
    await office.do(rate, await office.reader("tu"), second, 4, office.now)
    assert ((await office.case(second)).rating, (await office.case(first)).rating) == (4, None)
    said = [text.message for _at, text in await timeline(office.work, await office.case(second))]
    assert said[-3:] == [
        "It is answered together with another case about the same matter.",
        "It was answered.",
        "You rated the answer: {stars} of 5.",
    ]


async def test_before_the_answer_there_is_nothing_to_rate_or_contest(office):
    first, second = await two(office)
    await merged(office, second, first)
    assert "no answer" in await refused(rate(office.work, await office.reader("tu"), second, 4, office.now))
    assert "no answer" in await refused(contest(office.work, await office.reader("tu"), second, WHY, office.now))


async def test_contesting_one_of_them_contests_the_answer_once_for_all(office):
    first, second = await two(office)
    await merged(office, second, first)
    await office.answers(first, CHU)
    await office.do(contest, await office.reader("tu"), second, WHY, office.now)
    lead, one = await office.case(first), await office.case(second)
    assert (lead.status, lead.handling_unit, lead.contested) == (Status.REOPENED, TOP, True)
    assert (one.status, one.handling_unit, one.contested, one.due_at) == (Status.MERGED, TOP, True, lead.due_at)
    [event] = office.happened(CaseContested)
    assert (event.case, event.by_other) == (lead.id, True)
    [mine] = office.happened(LeadReopened)
    assert (mine.case, mine.own, mine.inputs) == (one.id, True, event.inputs)
    for name, code in (("lan", first), ("tu", second)):
        assert not may_contest(await office.case(code), office.now)
        await refused(contest(office.work, await office.reader(name), code, WHY, office.now))
    # Who sent the first case does not read what the other wrote; both know that it is looked at again.
    lines = {name: str(await timeline(office.work, await office.case(code))) for name, code in (("lan", first), ("tu", second))}
    assert WHY not in lines["lan"] and WHY in lines["tu"]
    assert "looks at it again" in lines["lan"]
    notes = [line.body for line in await office.work.cases.talk(lead.id) if line.side == "note"]
    assert notes == [WHY]
    await office.answers(first, DINH)
    assert (await office.case(second)).answered_at == office.now


async def test_a_contest_of_the_lead_holds_for_the_others_too(office):
    first, second = await two(office)
    await merged(office, second, first)
    await office.answers(first, CHU)
    await office.do(contest, await office.reader("lan"), first, WHY, office.now)
    assert (await office.case(second)).contested
    assert WHY not in str(await timeline(office.work, await office.case(second)))


@pytest.mark.parametrize("by", ["lan", "tu"])
async def test_one_that_speaks_about_the_head_above_is_looked_at_again_apart_by_the_same_date(office, by):
    first, second = await two(office, about=About.PERSON, official=f"ông {DINH}")
    await merged(office, second, first)
    await office.answers(first, CHU)
    office.passes(days=6)
    await office.do(contest, await office.reader(by), first if by == "lan" else second, WHY, office.now)
    lead, one = await office.case(first), await office.case(second)
    assert (one.status, one.handling_unit, one.merged_into) == (Status.RETURNED, None, None)
    assert (one.contested, one.answered_at, one.due_at) == (True, None, lead.due_at)
    [event] = office.happened(LeadReopened)
    assert (event.case, event.own, event.due_at) == (one.id, by == "tu", lead.due_at)
    assert datetime.fromisoformat(kept_terms((await office.work.inputs_of([one.id]))[one.id])["service"]["due_at"]) == one.due_at
    waiting = await office.work.cases.due_for_check(office.now + timedelta(days=400), 50)
    assert {case.code for case in waiting} == {first, second}
    await refused(access_case(office.work, await office.reader(DINH), second, to=Action.CARD, now=office.now))


async def test_when_the_lead_is_taken_back_the_next_one_goes_on_with_its_own_date(office):
    first, second = await two(office)
    office.passes(hours=24)
    third = (await office.files("hoa", "d3")).case.code
    for code in (second, third):
        await merged(office, code, first)
    chu = await office.reader(CHU)
    await office.do(accept_case, chu, first, office.now)
    await office.do(draft_answer, chu, first, *GOOD_ANSWER, office.now)
    due = (await office.case(second)).due_at
    await office.do(withdraw, await office.reader("lan"), first, office.now)
    gone, goes_on, last = [await office.case(code) for code in (first, second, third)]
    assert (gone.status, LEADS in gone.flags) == (Status.WITHDRAWN, False)
    assert (goes_on.status, goes_on.handling_unit, goes_on.merged_into) == (Status.WAIT_APPROVAL, WARD, None)
    assert goes_on.due_at == due and LEADS in goes_on.flags
    assert last.merged_into == goes_on.id
    assert [event.case for event in office.happened(CaseTookOver)] == [goes_on.id]
    assert {case.code for case in await office.work.cases.due_for_check(office.now + timedelta(days=400), 50)} == {second}
    await office.answers(second, CHU)
    assert (await office.case(third)).answered_at == office.now


async def test_a_calendar_that_changed_meanwhile_counts_when_it_is_on_its_own_again(office):
    first, second = await two(office)
    await merged(office, second, first)
    due = (await office.case(second)).due_at
    with_calendar(office, storm("2026-11-30"))
    await office.do(withdraw, await office.reader("lan"), first, office.now)
    goes_on = await office.case(second)
    assert goes_on.due_at > due
    [event] = office.happened(CaseApart)
    assert datetime.fromisoformat(kept_terms([event.inputs])["service"]["due_at"]) == goes_on.due_at


async def test_a_merged_case_taken_back_leaves_the_other_as_it_is(office):
    first, second = await two(office)
    await merged(office, second, first)
    await office.do(withdraw, await office.reader("tu"), second, office.now)
    assert ((await office.case(second)).status, (await office.case(first)).is_open) == (Status.WITHDRAWN, True)
    await office.answers(first, CHU)
    assert office.happened(LeadAnswered) == []


async def test_what_is_added_to_a_merged_case_reaches_the_office(office):
    first, second = await two(office)
    await merged(office, second, first)
    await office.do(
        add_information, await office.reader("tu"), second, "Tôi có ảnh.", Who("webchat", "house", "tu"), "d9", office.now
    )
    assert [line.body for line in await office.work.cases.talk((await office.case(second)).id)] == ["Tôi có ảnh."]
    assert await access_case(office.work, await office.reader(CHU), second, to=Action.OPEN, now=office.now)


async def test_a_handler_whom_a_case_names_is_not_counted_it_by_the_one_that_stands_for_it(office):
    await office.joins("Vi Thị Thu", Role.HANDLER, WARD)
    first, second = await two(office, about=About.PERSON, official="bà Vi Thị Thu")
    await merged(office, second, first)
    lead = await office.case(first)
    assert (await merged_with(office.work, await office.reader("Vi Thị Thu"), lead))[0] == 1
    assert (await merged_with(office.work, await office.reader(CHU), lead))[0] == 2


async def test_a_handler_whom_a_case_names_is_not_given_the_answer_to_it(office):
    thu = await office.joins("Vi Thị Thu", Role.HANDLER, WARD)
    first, second = await two(office, about=About.PERSON, official="bà Vi Thị Thu")
    chu = await office.reader(CHU)
    await office.do(accept_case, chu, first, office.now)
    await office.do(assign_handler, chu, first, thu.id, office.now)
    assert "speaks about" in await refused(merged(office, second, first))


async def test_nor_is_she_given_it_afterwards(office):
    thu = await office.joins("Vi Thị Thu", Role.HANDLER, WARD)
    first, second = await two(office, about=About.PERSON, official="bà Vi Thị Thu")
    await merged(office, second, first)
    chu = await office.reader(CHU)
    await office.do(accept_case, chu, first, office.now)
    assert thu.id not in [one.id for one in await handlers_for(office.work, chu, await office.case(first))]
    await refused(assign_handler(office.work, chu, first, thu.id, office.now))


async def test_from_five_people_on_it_is_a_group_and_one_persons_many_cases_are_not(office):
    first = (await office.files("lan", "d0")).case.code
    for number, sender in enumerate(("lan", "lan", "lan", "lan", "a", "b", "c")):
        office.passes(hours=1)
        code = (await office.files(sender, f"n{number}")).case.code
        await merged(office, code, first)
        assert GROUP not in (await office.case(first)).flags
    code = (await office.files("d", "last")).case.code
    await merged(office, code, first)
    assert GROUP in (await office.case(first)).flags
    assert [event.people for event in office.happened(GroupReached)] == [5]
    people, others = await merged_with(office.work, await office.reader(CHU), await office.case(first))
    assert (people, len(others)) == (5, 8)
    for one in others:
        await refused(access_case(office.work, await office.reader(CHU), one.code, to=Action.REPORTER, now=office.now))


async def test_a_merged_case_that_speaks_about_the_next_head_goes_back_to_intake_alone(office):
    await office.joins("Nông Thị Hoa", Role.HEAD, COMMUNE)
    first, second = await two(office, about=About.PERSON, official="bà Nông Thị Hoa")
    await merged(office, second, first)
    due = (await office.case(second)).due_at
    await office.do(return_case, await office.reader(CHU), first, "Việc này của xã Đồng Đăng.", office.now)
    assert (await office.case(second)).handling_unit is None
    await office.do(forward, await office.reader(MAI), first, COMMUNE, office.now)
    one = await office.case(second)
    assert (await office.case(first)).handling_unit == COMMUNE
    assert (one.status, one.merged_into, one.handling_unit, one.due_at) == (Status.RETURNED, None, None, due)
    await refused(access_case(office.work, await office.reader("Nông Thị Hoa"), second, to=Action.CARD, now=office.now))


async def test_nor_does_it_stay_where_somebody_takes_office_whom_it_speaks_about(office):
    first, second = await two(office, about=About.PERSON, official="bà Nông Thị Hoa")
    await merged(office, second, first)
    await office.joins("Nông Thị Hoa", Role.HEAD, WARD)
    one = await office.case(second)
    assert (await office.case(first)).handling_unit == WARD
    assert (one.status, one.merged_into, one.handling_unit) == (Status.RETURNED, None, None)


@pytest.mark.parametrize("way", ["guide", "reject"])
async def test_what_intake_ends_ends_for_all(office, way):
    first = (await office.files("lan", "d1", category="J01")).case.code
    office.passes(hours=1)
    second = (await office.files("tu", "d2", category="J01")).case.code
    assert (await office.case(first)).handling_unit is None
    await merged(office, second, first)
    step = (guide, "Mời anh/chị đến Công an phường.") if way == "guide" else (reject, "out_of_scope")
    await office.do(step[0], await office.reader(MAI), first, step[1], office.now)
    assert (await office.case(second)).status is (await office.case(first)).status


async def test_likely_duplicates_are_the_same_office_and_category_within_a_week_and_behind_the_guard(office):
    first, second = await two(office)
    await office.files("hoa", "d3", category="A02")
    await office.files("hoa", "d4", unit=COMMUNE)
    await office.files("hoa", "d5", about=About.HEAD)
    await office.files("hoa", "d6", denunciation=True)
    for reader in (MAI, CHU):
        found = await alike(office.work, await office.reader(reader), await office.case(second))
        assert [case.code for case in found] == [first]
    assert await alike(office.work, await office.reader(SON), await office.case(second)) == []
    office.passes(days=8)
    late = (await office.files("hoa", "d7")).case.code
    assert first not in [case.code for case in await alike(office.work, await office.reader(MAI), await office.case(late))]


async def test_neither_case_may_be_closed(office):
    first, second = await two(office)
    await office.do(withdraw, await office.reader("lan"), first, office.now)
    assert "over" in await refused(merged(office, second, first))
    assert DENUNCIATION not in (await office.case(second)).flags
