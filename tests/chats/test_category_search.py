"""A citizen who types a word finds the kind of complaint, by its name or by what people say for it."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from bot.rules import categories
from handlers.pickers import categories_like

ROWS = {code: asdict(row) for code, row in categories().items()}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("cham", "E01"),
        ("chậm trả kết quả", "E01"),
        ("cham tra ket", "E01"),
        ("quat mang", "A01"),
        ("voi tien", "G01"),
        ("vòi tiền", "G01"),
        ("doi tien", "G01"),
        ("hối lộ", "G01"),
        ("can bo nhan hoi lo", "G01"),
        ("đến muộn", "C01"),
        ("vang mat", "C02"),
        ("nhau", "D01"),
        ("nhậu", "D01"),
        ("bac si", "J01"),
        ("hoc sinh", "J02"),
        ("so do", "J03"),
        ("sổ đỏ", "J03"),
        ("đánh", "A08"),
        ("khong deo the", "B01"),
        ("dong cua", "C04"),
        ("gambl", "D06"),
    ],
)
def test_a_category_is_found_by_what_people_say(typed, code):
    found = categories_like(ROWS, typed)
    assert code in found[:2] and len(found) <= 8, found


def test_what_was_typed_with_its_marks_does_not_find_other_words():
    found = categories_like(ROWS, "đánh")
    assert found[0] == "A08" and "B03" not in found


def test_the_title_of_a_group_brings_its_members():
    assert set(categories_like(ROWS, "thai do")) == {f"A0{n}" for n in range(1, 9)}


@pytest.mark.parametrize("typed", ["", "zzzz", "…", "ục"])
def test_what_means_nothing_finds_nothing(typed):
    assert categories_like(ROWS, typed) == []
