"""What supervisors type, and the filter that it is taken for."""

import dataclasses

import pytest

from bot.domain.units import FoundUnit
from bot.domain.watching import read
from bot.rules import categories
from bot.usecases.plain_words import is_asking, office_asked, understand
from bot.usecases.unit_search import UnitIndex
from tests.domain.town import UNITS

INDEX = UnitIndex(UNITS)
CATEGORIES = {code: dataclasses.asdict(row) for code, row in categories().items()}


def search(words: str) -> list[FoundUnit]:
    return INDEX.search(words)


def asked(text):
    understood = understand(text, search, CATEGORIES)
    return understood.asked.written(), understood.left


ASKED = [
    ("quá hạn", "o", ""),
    ("Quá hạn 5 ngày phường Tam Thanh", "o~u06001~l5-", ""),
    ("qua han 5 ngay phuong tam thanh", "o~u06001~l5-", ""),
    ("phường tam thanh trễ hạn trên 5 ngày làm việc", "o~u06001~l6-", ""),
    ("quá hạn từ 3 đến 5 ngày", "o~l3-5", ""),
    ("quá hạn 3-5 ngày", "o~l3-5", ""),
    ("qua han duoi 3 ngay", "o~l0-2", ""),
    ("chậm 5 ngày", "o~l5-", ""),
    ("tre tren 10 ngay phuong tam thanh", "o~u06001~l11-", ""),
    ("quá hạn năm ngày", "o~l5-", ""),
    ("sap den han ngay mai so y te", "d~u20-SYT~l1-1", ""),
    ("sắp đến hạn", "d", ""),
    ("đến hạn hôm nay", "d~l0-0", ""),
    ("sắp đến hạn trong 3 ngày", "d~l0-3", ""),
    ("sắp đến hạn 3 ngày", "d~l0-3", ""),
    ("qua han thai do", "o~gA", ""),
    ("quá hạn thái độ phường Tam Thanh", "o~u06001~gA", ""),
    ("quá hạn quát mắng ở xã Đồng Đăng", "o~u06002~gA01", ""),
    ("cho xin loi", "a~s", ""),
    ("chờ xin lỗi sở y tế", "a~u20-SYT~s", ""),
    ("quá hạn chưa xin lỗi", "o~s", ""),
    ("gia han", "a~xy", ""),
    ("đã gia hạn", "a~xg", ""),
    ("xin gia hạn", "a~xa", ""),
    ("từ chối gia hạn", "a~xr", ""),
    ("quá hạn dân không đồng ý", "o~k", ""),
    ("quá hạn luật", "o~cl", ""),
    ("quá hạn đã báo chủ tịch", "o~e4", ""),
    ("quá hạn ở bộ phận tiếp nhận", "o~i", ""),
    ("chưa nhận việc phường tam thanh", "n~u06001", ""),
    ("quá hạn bánh chưng", "o", "bánh chưng"),
    ("quá hạn 5 ngày bánh chưng", "o~l5-", "bánh chưng"),
    ("", "o", ""),
]


@pytest.mark.parametrize(("text", "written", "left"), ASKED)
def test_a_question_is_taken_for_its_filter_and_what_was_not_taken_is_given_back(text, written, left):
    assert asked(text) == (written, left)
    assert read(written).written() == written


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("quá hạn 5 ngày", True),
        ("QUÁ HẠN", True),
        ("cho xin loi", True),
        ("gia hạn", True),
        ("xin chào", False),
        ("thái độ", False),
        ("", False),
        ("Hồ sơ của tôi nộp ở phường từ tháng trước đến nay vẫn quá hạn mà không ai trả lời cho tôi cả", False),
    ],
)
def test_only_a_short_question_is_taken_as_one(text, is_one):
    assert is_asking(text) is is_one


@pytest.mark.parametrize(
    ("text", "name"), [("đơn vị Tam Thanh", "Tam Thanh"), ("donvi sở y tế", "sở y tế"), ("đơn vị", ""), ("tam thanh", "")]
)
def test_an_office_is_asked_for_by_its_name(text, name):
    assert office_asked(text) == name
