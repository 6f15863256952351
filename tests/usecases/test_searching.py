"""Finding cases by words: what is searched, by whom, and that a search tells nobody a word of a story that is not his to read."""

from dataclasses import replace
from itertools import product

import pytest

from bot.domain.access import CONFLICT, DENUNCIATION, Action, may
from bot.domain.cases import About, CaseKind, Status
from bot.domain.events import Event
from bot.domain.people import Appointment, Role
from bot.domain.searching import helps, marks_to_help, marks_to_open, marks_to_see, opens, sees
from bot.usecases import searching
from bot.usecases.citizen import add_information
from bot.usecases.intake import classify, forward
from bot.usecases.merging import merge
from bot.usecases.office import accept_case, add_note, return_case
from bot.usecases.searching import CHANGES, FILLED, fill, fill_anew, index_case, keep_found, search
from tests.domain.town import BEFORE, CLINIC, COMMUNE, COUNTER, DEPARTMENT, POLICE, TOP, TREE, WARD, case, staff
from tests.usecases.house import LAN, House, refused

STORY = "Cán bộ quầy số ba quát nạt tôi vì tờ khai màu tím."


@pytest.fixture
async def town(house: House) -> House:
    for name, role, unit in (
        ("Vinh", Role.HEAD, TOP), ("Sang", Role.SUPERVISOR, TOP), ("Tiếp", Role.INTAKE, TOP),
        ("Mai", Role.HEAD, WARD), ("Hà", Role.HANDLER, WARD), ("Nam", Role.HEAD, COMMUNE),
    ):  # fmt: skip
        await house.joins(name, role, unit)
    return house


async def settled(house: House) -> None:
    """Do what `App.settle` does with the index."""
    await keep_found(house.work, house.events)
    house.events.clear()


async def found(house: House, name: str, words: str) -> list[str]:
    return [one.code for one in (await search(house.work, await house.reader(name), words)).page.cases]


async def test_words_are_found_without_tone_marks_capitals_and_order(town: House):
    filed = await town.files(story=STORY)
    await settled(town)
    for words in (
        "tim",
        "TÍM",
        "màu tím",
        "tim mau",
        "quat nat so ba",
        filed.case.code,
        filed.case.code.replace("-", "").lower(),
    ):
        assert await found(town, "Mai", words) == [filed.case.code], words
    assert await found(town, "Mai", "màu xanh lá") == []
    assert await found(town, "Mai", "tam thanh") == [filed.case.code]  # The name of the office.


async def test_where_no_case_has_all_words_those_with_all_but_one_are_offered(town: House):
    filed = await town.files(story=STORY)
    await settled(town)
    result = await search(town.work, await town.reader("Mai"), "quát nạt tím vàng")
    assert (result.but_one, [one.code for one in result.page.cases]) == (True, [filed.case.code])
    assert not (await search(town.work, await town.reader("Mai"), "quát vàng đỏ")).page.cases  # Two are missing.


@pytest.mark.parametrize("name", ["Sang", "Hà", "Nam"])
async def test_whoever_may_not_open_a_case_finds_it_by_no_word_of_its_story(town: House, name: str):
    filed = await town.files(story=STORY, happened="thứ bảy", official="người đeo kính")
    reader = await town.reader("lan")
    await town.do(add_information, reader, filed.case.code, "tôi có giấy hẹn", LAN, "d2", town.now)
    await town.answers(filed.case.code, "Mai")
    await settled(town)
    for words in ("tím", "thứ bảy", "đeo kính", "giấy hẹn", "biên bản"):
        assert await found(town, name, words) == [], words
        assert await found(town, "Mai", words) == [filed.case.code], words
    # What else he finds does not depend on whether the word is in the story.
    for known in (filed.case.code, "tam thanh"):
        one, other = [await search(town.work, await town.reader(name), f"{known} {word}") for word in ("tím", "vàng")]
        assert (one.page, one.but_one, one.more) == (other.page, other.but_one, other.more)
        assert [case.code for case in one.page.cases] == ([filed.case.code] if name == "Sang" else [])


async def test_a_supervisor_finds_cards_by_the_words_of_the_card(town: House):
    filed = await town.files(story=STORY)
    await settled(town)
    for words in ("tam thanh", "quát tháo", filed.case.code):  # The category is "Quát tháo, nạt nộ người dân/người bệnh".
        [one] = (await search(town.work, await town.reader("Sang"), words)).page.cases
        assert (one.code, one.story, one.happened, one.official) == (filed.case.code, "", "", "")


async def test_nobody_whom_a_case_speaks_about_finds_it_by_any_word_nor_in_a_count(town: House):
    await town.files(story=STORY, about=About.HEAD)
    await town.files(sender="tuan", story=STORY, about=About.PERSON, official="bà Mai ở quầy ba")
    await settled(town)
    for words in ("tím", "tam thanh", "quát tháo"):
        assert (await search(town.work, await town.reader("Mai"), words)).page.total == 0
        assert (await search(town.work, await town.reader("Hà"), words)).page.total == 0
    assert (await search(town.work, await town.reader("Vinh"), "tím")).page.total == 2


async def test_the_guard_holds_even_where_the_index_is_old(town: House):
    filed = await town.files(story=STORY)
    await settled(town)
    stored = await town.case(filed.case.code)
    await town.work.cases.save(stored, replace(stored, flags=stored.flags | {DENUNCIATION}), None)
    assert await found(town, "Mai", "tím") == []  # Her marks are in the index still.
    assert await found(town, "Vinh", "tím") == [filed.case.code]


async def test_a_citizen_cannot_search(town: House):
    await town.files(story=STORY)
    assert await refused(search(town.work, await town.reader("lan"), "tím"))
    assert "words" in await refused(search(town.work, await town.reader("Mai"), " ?! "))


async def test_what_was_added_and_what_a_case_became_is_found_and_notes_are_not(town: House):
    filed = await town.files(story=STORY)
    await settled(town)
    mai = await town.reader("Mai")
    await town.do(accept_case, mai, filed.case.code, town.now)
    await town.do(add_note, mai, filed.case.code, "nội bộ: hỏi kế toán", town.now)
    await town.do(add_information, await town.reader("lan"), filed.case.code, "tôi có băng ghi âm", LAN, "d2", town.now)
    await settled(town)
    assert await found(town, "Mai", "băng ghi âm") == [filed.case.code]
    assert await found(town, "Mai", "kế toán") == []
    assert await found(town, "Sang", "đã nhận xử lý") == [filed.case.code]  # Its status now.


async def test_a_case_that_moves_is_found_where_it_is_and_no_more_where_it_was(town: House):
    filed = await town.files(story=STORY)
    await town.do(return_case, await town.reader("Mai"), filed.case.code, "Không thuộc thẩm quyền phường.", town.now)
    await settled(town)
    assert await found(town, "Mai", "tím") == []
    assert await found(town, "Tiếp", "tím") == [filed.case.code]
    await town.do(forward, await town.reader("Tiếp"), filed.case.code, COMMUNE, town.now)
    await settled(town)
    assert await found(town, "Nam", "tím") == [filed.case.code]
    await town.do(classify, await town.reader("Tiếp"), filed.case.code, "D01", town.now)
    await settled(town)
    assert await found(town, "Nam", "rượu bia") == [filed.case.code]


async def test_what_was_merged_into_a_case_is_found_where_that_one_goes(town: House):
    first = (await town.files("lan", "d1")).case.code
    town.passes(hours=49)
    second = (await town.files("tu", "d2", story=STORY)).case.code
    await town.do(merge, await town.reader("Tiếp"), second, first, town.now)
    await settled(town)
    assert await found(town, "Mai", "to khai mau tim") == [second]
    await town.do(return_case, await town.reader("Mai"), first, "Việc này của xã.", town.now)
    await town.do(forward, await town.reader("Tiếp"), first, COMMUNE, town.now)
    await settled(town)
    assert await found(town, "Nam", "to khai mau tim") == [second]
    assert await found(town, "Mai", "to khai mau tim") == []


async def test_words_that_were_erased_are_not_found_any_more(town: House):
    filed = await town.files(story=STORY)
    await settled(town)
    stored = await town.case(filed.case.code)
    await town.work.cases.save(stored, replace(stored, story=""), None)
    await index_case(town.work, stored.id)
    assert await found(town, "Mai", "tím") == []


async def test_many_are_counted_up_to_a_bound_and_shown_by_pages(town: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(searching, "MOST_FOUND", 4)
    monkeypatch.setattr(searching, "AT_A_TIME", 2)
    codes = [(await town.files(sender=f"c{number}", story=STORY)).case.code for number in range(5)]
    hidden = await town.files(sender="c9", story=STORY, about=About.HEAD)
    await settled(town)
    result = await search(town.work, await town.reader("Mai"), "tím", 3)
    assert ([one.code for one in result.page.cases], result.page.total, result.more) == (codes[:1:-1], 4, True)
    rest = await search(town.work, await town.reader("Mai"), "tím", 3, 3)
    assert [one.code for one in rest.page.cases] == [codes[1]]
    assert hidden.case.code not in codes
    monkeypatch.setattr(searching, "MOST_FOUND", 5)
    exactly = await search(town.work, await town.reader("Mai"), "tím")
    assert (exactly.page.total, exactly.more) == (5, False)  # The hidden one is not even in "more than".


async def test_cases_from_before_the_index_are_filled_in_by_and_by(town: House):
    codes = [(await town.files(sender=f"c{number}", story=STORY)).case.code for number in range(3)]
    assert await found(town, "Mai", "tím") == []
    assert await fill(town.work, 2) == 2
    assert await found(town, "Mai", "tím") == codes[1::-1]
    assert [await fill(town.work, 2), await fill(town.work, 2), await town.work.recall(FILLED)] == [1, 0, "done"]
    assert await found(town, "Mai", "tím") == codes[::-1]
    assert await fill(town.work, 2) == 0
    await fill_anew(town.work)
    assert await fill(town.work, 9) == 3


async def test_whoever_only_helps_finds_it_by_the_story_and_not_by_an_answer(town: House):
    filed = await town.files(story=STORY)
    await town.answers(filed.case.code, "Mai")
    stored = await town.case(filed.case.code)
    await town.work.cases.save(stored, replace(stored, status=Status.REOPENED, helping=frozenset({COMMUNE})), None)
    await index_case(town.work, stored.id)
    assert await found(town, "Nam", "màu tím") == [filed.case.code]
    assert await found(town, "Nam", "biên bản") == []
    assert await found(town, "Mai", "biên bản") == [filed.case.code]


UNTOUCHED = {
    "AnswerUndelivered", "BoxConfirmed", "BoxOpened", "CallNoted", "CallReadBack", "CaseBreached", "CaseExtended",
    "CaseRated", "CaseTaken", "ChannelStopped", "ChatForgotten", "ChatLinked", "ClockConfirmed", "ClockJumped", "ClockPaused",
    "DateToFollow", "DeadlineMoved", "DueSoon", "ExtensionAsked", "ExtensionLapsed", "ExtensionRefused", "FileDescribed",
    "FileFailed", "GroupReached", "IntakeWaits", "LeadDateMoved", "NotAccepted", "NoteAdded", "Overdue", "PinRenewed",
    "ReceiptPrinted", "RedLine", "ReminderActedOn", "ReminderWritten", "ReportSent", "ReporterSeen", "RuleChanged",
    "AnswerFileFailed", "AnswerFilesFollow", "ChatJoined", "ChatParted", "CitizenTold",
    "SignatureGiven", "SignatureTakenBack", "YearUnconfirmed",
}  # fmt: skip


def test_of_every_event_it_is_known_whether_a_case_is_found_differently_after_it():
    events = {event.__name__ for event in Event.__subclasses__() if event.__module__ == "bot.domain.events"}
    known = {event.__name__ for event in CHANGES}
    assert events - known - UNTOUCHED == set(), (
        "add it to searching.CHANGES if status, office, helpers or words change, else here"
    )
    assert not known & UNTOUCHED


ROLES_AND_PLACES = list(product(Role, (TOP, DEPARTMENT, WARD, COUNTER, COMMUNE, POLICE, "24")))
SITUATIONS = [
    dict(unit=unit, handling_unit=handled, handler=handler, about=about, flags=flags, status=Status.ACCEPTED)
    for unit in (None, WARD, COUNTER, CLINIC, POLICE)
    for handled in (None, WARD, COUNTER, TOP)
    for handler in (None, 7)
    for about in (About.UNKNOWN, About.HEAD)
    for flags in (frozenset(), frozenset({CONFLICT}), frozenset({f"was:{COMMUNE}"}))
] + [dict(unit=WARD, handling_unit=WARD, helping=frozenset({COMMUNE, CLINIC}))]


@pytest.mark.parametrize(("role", "unit"), ROLES_AND_PLACES, ids=lambda value: getattr(value, "value", value))
def test_whoever_may_open_or_see_a_case_shares_a_mark_with_it(role: Role, unit: str):
    one = staff(role, unit)
    for facts in SITUATIONS:
        about = case(kind=CaseKind.FEEDBACK, **facts)
        if may(one, Action.OPEN, about, TREE):
            assert opens(one, TREE) & marks_to_open(about, TREE) or helps(one) & marks_to_help(about), facts
        elif may(one, Action.CARD, about, TREE):
            assert sees(one) & marks_to_see(about, TREE), facts


def test_marks_of_another_office_are_not_shared():
    other = replace(staff(Role.HEAD, COMMUNE), appointments=(Appointment(Role.SUPERVISOR, COMMUNE, BEFORE),))
    about = case()
    assert not opens(other, TREE) & marks_to_open(about, TREE) and not sees(other) & marks_to_see(about, TREE)
