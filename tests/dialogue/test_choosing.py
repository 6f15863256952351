"""What people type instead of pressing: numbers in all their ways, the words of a line, and the beginning of them."""

from __future__ import annotations

import pytest

from bot.dialogue.choosing import line_meant, lines_begun, number_in
from bot.dialogue.values import Session
from bot.domain.folding import fold

MENU = {
    "feedback:": "Phản ánh về cán bộ, cơ quan",
    "praise:": "Khen ngợi, góp ý",
    "mine:": "Hồ sơ của tôi",
    "lookup:": "Tra cứu bằng mã",
    "howto:": "Hồ sơ mẫu: cách nộp đơn",
    "all:": "Đồng ý",
    "all@1:": "Đồng ý tất cả",
}


def session() -> Session:
    return Session(shown=list(MENU), labels=list(MENU.values()))


def meant(typed: str) -> str | None:
    return line_meant(session(), typed, fold)


def begun(typed: str) -> list[str]:
    return lines_begun(session(), typed, fold)


@pytest.mark.parametrize(
    "typed",
    [
        *("1", "1.", "1)", "(1)", "[1]", "số 1", "SỐ 1", "so 1", "chọn 1", "chon 1", "chọn số 1", "chon so 1", "câu 1", "cau 1"),
        *("\uff11", "1\ufe0f\u20e3", " 1 ", "01", "so\u0302\u0301 1"),
    ],
)
def test_a_number_may_be_typed_in_many_ways(typed: str):
    assert number_in(typed) == 1 and meant(typed) == "feedback:"


@pytest.mark.parametrize("typed", ["113", "1 2", "quầy 1", "1a", "K7QF-2M4X", "", "-1", "1/1", "một", "15/9", "1,5"])
def test_what_is_more_than_a_number_is_none(typed: str):
    assert number_in(typed) is None and meant(typed) is None


def test_a_number_without_a_line_means_none():
    assert number_in("9") == 9 and meant("9") is None and meant("0") is None and begun("9") == []


@pytest.mark.parametrize(
    "typed", ["Hồ sơ của tôi", "ho so cua toi", "HO SO CUA TOI.", "hồ sơ  của tôi!", "3. Hồ sơ của tôi", "3) ho so"]
)
def test_the_words_of_a_line_mean_it_with_or_without_tone_marks_and_its_number(typed: str):
    assert meant(typed) == "mine:"


def test_what_people_write_short_means_the_whole_word():
    no = Session(shown=["none:", "yes:"], labels=["Tôi không có", "Được"])
    assert lines_begun(no, "ko co", fold) == lines_begun(no, "k có", fold) == ["none:"]
    assert line_meant(no, "đc", fold) == "yes:"


def test_words_further_on_mean_a_line_too_where_they_begin_none():
    assert begun("cán bộ") == begun("can bo, co quan") == ["feedback:"]
    assert begun("cua toi") == ["mine:"] and begun("bằng mã") == ["lookup:"]
    assert begun("ho so") == ["mine:", "howto:"]  # What begins a line counts before what stands inside one.
    assert begun("quan") == [] and begun("can") == [] and begun("can b") == []  # One word, or half of one, is too little.


def test_a_number_in_front_of_other_words_than_its_line_means_nothing():
    assert meant("1. Hồ sơ của tôi") is None


def test_a_whole_line_counts_before_a_longer_one_that_begins_so():
    assert meant("dong y") == "all:"


def test_a_beginning_is_of_one_line_or_of_several():
    assert begun("tra") == ["lookup:"] and begun("ho so") == ["mine:", "howto:"]
    assert begun("k") == [] and begun("/tra") == [] and begun("hồ sơ của bạn") == []


def test_marks_that_were_typed_count():
    stop = Session(shown=["stop:", "peace:"], labels=["Dừng", "Hòa giải"])
    assert line_meant(stop, "đúng", fold) is None and lines_begun(stop, "đúng", fold) == []
    assert line_meant(stop, "DỪNG", fold) == line_meant(stop, "dung", fold) == "stop:"
    assert line_meant(stop, "hoà giải", fold) == line_meant(stop, "hòa giai", fold) == "peace:"


def test_two_lines_with_the_same_words_are_told_apart_by_their_numbers_only():
    twice = Session(shown=["a:", "b:"], labels=["Nguyễn Văn An", "Nguyen Van An"])
    assert line_meant(twice, "nguyen van an", fold) is None
    assert lines_begun(twice, "nguyen van an", fold) == ["a:", "b:"]
    assert line_meant(twice, "2", fold) == "b:"
