"""Holidays of years that nobody has entered yet, from the package `holidays`: an estimate until the year's notice comes."""

from __future__ import annotations

from functools import cache

from holidays.countries.vietnam import Vietnam

from bot.domain.calendar import CalendarRow, DayKind, RowStatus

SOURCE = "Ước tính theo gói holidays, chưa có thông báo"


@cache
def estimated_rows(year: int) -> tuple[CalendarRow, ...]:
    """Return the public holidays of a year and the rest in place of those on a weekend; nothing where the package ends (2100).

    It knows the lunar calendar and the Labour Code, but not the swaps of a year to come, and of the past not all (LAW 6.2).
    """
    known = Vietnam(years=year, language="vi")  # type: ignore[no-untyped-call]  # The package annotates its methods only in part.
    return tuple(
        CalendarRow(day, kind=DayKind.HOLIDAY, name=name, status=RowStatus.ESTIMATE, source=SOURCE)
        for day, name in sorted(known.items())
    )
