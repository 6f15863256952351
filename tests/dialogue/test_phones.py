"""Telephone numbers as people type them, with the name before, behind or in another message."""

from __future__ import annotations

import pytest

from handlers.phones import read_phone


@pytest.mark.parametrize(
    ("words", "name", "number"),
    [
        ("Nguyễn Thị Lan 0912345678", "Nguyễn Thị Lan", "0912 345 678"),
        ("0912.345.678 - Nguyễn Thị Lan", "Nguyễn Thị Lan", "0912 345 678"),
        ("Nguyễn Lan, SĐT: 0912 345 678", "Nguyễn Lan", "0912 345 678"),
        ("84912345678", "", "0912 345 678"),
        ("+84 912 345 678", "", "0912 345 678"),
        ("0084912345678", "", "0912 345 678"),
        ("024 3825 1234 Ban", "Ban", "024 3825 1234"),
        ("+1 650 253 0000 John", "John", "+1 650-253-0000"),
        ("Lan", "Lan", ""),
        ("Lan, quầy 3", "Lan, quầy 3", ""),
    ],
)
def test_name_and_number_are_told_apart(words: str, name: str, number: str):
    assert read_phone(words) == (name, number, False)


@pytest.mark.parametrize("words", ["091234567", "Lan 01234567890123", "020123456789", "0123 456 789"])
def test_a_wrong_number_is_said_to_be_wrong(words: str):
    assert read_phone(words)[1:] == ("", True)
