"""The period that somebody types: "tháng trước", "thang 11", "quý 4 năm 2026", "2026-11", with other words around it."""

from __future__ import annotations

import re
from datetime import datetime

from bot.domain.deadlines import local_day
from bot.domain.folding import fold
from bot.domain.periods import FIRST_DAY, month_of, week_before

_NAMES = {
    "last": ("thang truoc", "last month", "last"),
    "month": ("thang nay", "this month", "thang", "month"),
    "quarter": ("quy nay", "this quarter", "quy", "quarter"),
    "year": ("nam nay", "this year", "nam", "year"),
}
_YEAR = r"(?: ?(?:nam )?(?P<year>20\d\d))?"
_MONTH = re.compile(rf"\b(?:thang|month) (?P<month>1[0-2]|0?[1-9])\b{_YEAR}\b")
_QUARTER = re.compile(rf"\b(?:quy|quarter) (?P<quarter>[1-4]|iv|i{{1,3}})\b{_YEAR}\b")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
# "2026-11", "2026-Q4" and "2026" come out of folding with a space for the line between.
_FIGURES = re.compile(r"\b(?:nam |year )?(?P<year>20\d\d)(?: (?P<rest>0[1-9]|1[0-2]|q[1-4]))?\b")
_WEEK = re.compile(r"\b(?:tuan truoc|last week)\b")


def period_in_words(words: str, now: datetime, first_day: int = FIRST_DAY) -> tuple[str, str]:
    """Return the name of the period (as `periods.period_named` reads it) and the folded words that are left.

    Without any period it is this month. A month or quarter without a year is the last of that name that has begun.
    """
    said = fold(words)
    today = local_day(now)
    begun = month_of(today, first_day).last
    if found := _MONTH.search(said):
        month = int(found["month"])
        return f"{_year(found['year'], month <= begun.month, begun.year)}-{month:02}", _without(said, found)
    if found := _QUARTER.search(said):
        quarter = _ROMAN.get(found["quarter"]) or int(found["quarter"])
        return f"{_year(found['year'], quarter * 3 - 2 <= begun.month, begun.year)}-Q{quarter}", _without(said, found)
    if found := _FIGURES.search(said):
        rest = f"-{found['rest'].upper()}" if found["rest"] else ""
        return f"{found['year']}{rest}", _without(said, found)
    if found := _WEEK.search(said):
        return week_before(today).name, _without(said, found)
    for name, spoken in _NAMES.items():
        if found := re.search(rf"\b(?:{'|'.join(spoken)})\b", said):
            return name, _without(said, found)
    return "month", said


def _year(typed: str | None, has_begun: bool, this: int) -> int:
    return int(typed) if typed else this if has_begun else this - 1


def _without(said: str, found: re.Match[str]) -> str:
    return " ".join((said[: found.start()] + said[found.end() :]).split())
