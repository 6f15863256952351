"""What people type for a period."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain.deadlines import VIETNAM
from bot.domain.period_words import period_in_words

NOVEMBER = datetime(2026, 11, 25, 9, tzinfo=VIETNAM)  # In the administrative month of December.


@pytest.mark.parametrize(
    ("words", "name", "rest"),
    [
        ("", "month", ""),
        ("tháng này", "month", ""),
        ("Tháng trước", "last", ""),
        ("tháng 11", "2026-11", ""),
        ("tháng 12", "2026-12", ""),
        ("thang 1", "2026-01", ""),
        ("tháng 11/2025", "2025-11", ""),
        ("quý", "quarter", ""),
        ("quý IV/2025", "2025-Q4", ""),
        ("quy 2", "2026-Q2", ""),
        ("2026-Q4", "2026-Q4", ""),
        ("2026-11", "2026-11", ""),
        ("năm 2025", "2025", ""),
        ("năm nay", "year", ""),
        ("tuần trước", "2026-11-22", ""),
        ("phường tam thanh tháng 11", "2026-11", "phuong tam thanh"),
        ("sở y tế", "month", "so y te"),
        ("hôm kia", "month", "hom kia"),
    ],
)
def test_a_period_is_found_among_the_words(words: str, name: str, rest: str):
    assert period_in_words(words, NOVEMBER) == (name, rest)


@pytest.mark.parametrize(
    ("day", "month", "name"), [((2026, 12, 14), 1, "2026-01"), ((2026, 12, 15), 1, "2027-01"), ((2027, 1, 14), 2, "2026-02")]
)
def test_a_month_without_a_year_is_the_last_that_has_begun(day: tuple[int, int, int], month: int, name: str):
    assert period_in_words(f"tháng {month}", datetime(*day, 23, 59, tzinfo=VIETNAM))[0] == name
