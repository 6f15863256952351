"""Times as people type them: with and without tone marks, in figures and in words, in Vietnamese and English."""

from __future__ import annotations

import time
from datetime import date, datetime

import pytest

from handlers.moments import InTheFuture, LongPast, Moment, NoSuchDay, read_moment

# A Tuesday.
NOW = datetime.fromisoformat("2026-11-24T10:15:00+07:00")
TODAY, YESTERDAY = date(2026, 11, 24), date(2026, 11, 23)


def day_of(words: str) -> date | None:
    return read_moment(words, NOW).day


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("sáng nay", TODAY),
        ("sang nay 8h30", TODAY),
        ("8h sáng nay", TODAY),
        ("vừa xong", TODAY),
        ("hôm nay lúc 9 giờ", TODAY),
        ("this morning", TODAY),
        ("hôm qua", YESTERDAY),
        ("HOM QUA o quay 3", YESTERDAY),
        ("chiều hôm qua", YESTERDAY),
        ("tối qua", YESTERDAY),
        ("toi qua", YESTERDAY),
        ("yesterday 2pm", YESTERDAY),
        ("hôm kia", date(2026, 11, 22)),
        ("3 ngày trước", date(2026, 11, 21)),
        ("cách đây hai tuần", date(2026, 11, 10)),
        ("15/9", date(2026, 9, 15)),
        ("ngày 5 tháng 9", date(2026, 9, 5)),
        ("15-9-26", date(2026, 9, 15)),
        ("20.11", date(2026, 11, 20)),
        ("15/9/2026 8h30", date(2026, 9, 15)),
        ("2026-09-15", date(2026, 9, 15)),
        ("24/11", TODAY),
        ("20/11 năm ngoái", date(2025, 11, 20)),
        ("thứ 2", YESTERDAY),
        ("thứ hai tuần trước", date(2026, 11, 16)),
        ("thứ ba vừa rồi", date(2026, 11, 17)),
        ("chủ nhật", date(2026, 11, 22)),
        ("last tuesday", date(2026, 11, 17)),
        ("họ hẹn ngày mai trả nhưng hôm qua tôi đến", YESTERDAY),
    ],
)
def test_a_day_is_understood(words: str, day: date):
    assert day_of(words) == day


@pytest.mark.parametrize(
    "words",
    [
        "tôi qua xã gặp chị Mai",  # "I came by", not last night; Mai is a name, not tomorrow.
        "Mai ở quầy 3",
        "đến lần thứ hai",  # The second time, not a Monday.
        "số 15/9 đường Trần Phú",
        "nhà 12/3 hẻm 5",
        "tại quầy số 3",
        "tháng 9 năm 2026",
        "at the counter",
    ],
)
def test_what_names_no_single_day_is_taken_as_it_is(words: str):
    assert read_moment(words, NOW).day is None


@pytest.mark.parametrize(
    "words",
    [
        *("mai", "Mai!", "9h mai", "mai lúc 9h", "toi mai", "ngày mai", "ngay mai", "tomorrow", "tuần sau", "next week"),
        *("15/12/2026", "25/11/2026", "9/2027", "15h hôm nay", "3h chiều nay"),
    ],
)
def test_a_time_that_is_still_to_come_is_refused(words: str):
    with pytest.raises(InTheFuture):
        read_moment(words, NOW)


@pytest.mark.parametrize("words", ["15/9/1999", "20/11/2021", "năm 2010", "tháng 3/2015"])
def test_a_time_long_past_is_refused(words: str):
    with pytest.raises(LongPast):
        read_moment(words, NOW)


def test_five_years_ago_to_the_day_is_still_taken():
    assert day_of("24/11/2021") == date(2021, 11, 24)


@pytest.mark.parametrize("words", ["31/2", "hôm 31/4/2026", "32/1"])
def test_a_day_that_no_calendar_has_is_refused(words: str):
    with pytest.raises(NoSuchDay):
        read_moment(words, NOW)


def test_without_a_year_the_last_such_day_is_guessed_and_said_to_be_a_guess():
    assert read_moment("15/12", NOW) == Moment(date(2025, 12, 15), None, guessed=True)
    assert not read_moment("15/9", NOW).guessed


def test_the_day_turns_at_midnight_in_vietnam_not_in_greenwich():
    early = datetime.fromisoformat("2026-11-23T17:30:00+00:00")
    assert read_moment("hôm nay", early).day == TODAY
    assert read_moment("hôm qua", early).day == YESTERDAY


@pytest.mark.parametrize("unit", ["1/", "h", "1 ", "thu ", "15/9/", "a ", " ", "số", "0", "ngay 1 thang "])
def test_hostile_text_is_read_in_no_time(unit: str):
    began = time.process_time()
    try:
        read_moment((unit * 20_000)[:20_000] + "x", NOW)
    except (InTheFuture, LongPast, NoSuchDay):
        pass
    assert time.process_time() - began < 0.5
