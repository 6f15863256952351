"""Administrative months, quarters and years: the day before, the day, the day after."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.periods import before, month_of, period_named, quarter_of, week_before, year_of


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-11-14", "2026-10-15", "2026-11-14"),
        ("2026-11-15", "2026-11-15", "2026-12-14"),
        ("2026-11-16", "2026-11-15", "2026-12-14"),
        ("2026-12-14", "2026-11-15", "2026-12-14"),
        ("2026-12-15", "2026-12-15", "2027-01-14"),
        ("2027-01-14", "2026-12-15", "2027-01-14"),
        ("2027-03-14", "2027-02-15", "2027-03-14"),
    ],
)
def test_a_month_runs_from_the_15th_to_the_14th(day, first, last):
    month = month_of(date.fromisoformat(day))
    assert (month.first.isoformat(), month.last.isoformat()) == (first, last)
    assert month.name == last[:7]


@pytest.mark.parametrize(
    ("day", "first", "last", "name"),
    [
        ("2026-12-14", "2026-09-15", "2026-12-14", "2026-Q4"),
        ("2026-12-15", "2026-12-15", "2027-03-14", "2027-Q1"),
        ("2027-03-14", "2026-12-15", "2027-03-14", "2027-Q1"),
        ("2027-03-15", "2027-03-15", "2027-06-14", "2027-Q2"),
    ],
)
def test_a_quarter_is_three_such_months(day, first, last, name):
    quarter = quarter_of(date.fromisoformat(day))
    assert (quarter.first.isoformat(), quarter.last.isoformat(), quarter.name) == (first, last, name)


@pytest.mark.parametrize(("day", "year"), [("2026-12-14", 2026), ("2026-12-15", 2027), ("2027-12-14", 2027)])
def test_a_year_runs_from_15_december(day, year):
    found = year_of(date.fromisoformat(day))
    assert (found.first, found.last, found.name) == (date(year - 1, 12, 15), date(year, 12, 14), str(year))


def test_a_province_may_begin_its_month_on_the_first():
    assert (month_of(date(2026, 2, 28), 1).first, month_of(date(2026, 2, 28), 1).last) == (date(2026, 2, 1), date(2026, 2, 28))
    assert quarter_of(date(2026, 5, 1), 1).first == date(2026, 4, 1)


@pytest.mark.parametrize("made", [month_of, quarter_of, year_of])
def test_periods_follow_one_another_without_a_gap_and_are_found_again_by_name(made):
    now, day = datetime(2026, 11, 25, tzinfo=UTC), date(2024, 1, 1)
    while day < date(2028, 1, 1):
        period = made(day)
        assert period.first <= day <= period.last
        assert before(period).last + timedelta(days=1) == period.first
        assert before(period).until == period.since
        assert period_named(period.name, now) == period
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "last"), [("2026-11-29", "2026-11-22"), ("2026-11-30", "2026-11-29"), ("2026-12-01", "2026-11-29")]
)
def test_a_week_ends_on_sunday(day, last):
    week = week_before(date.fromisoformat(day))
    assert (week.last.isoformat(), week.first.weekday(), week.name) == (last, 0, last)
    assert period_named(week.name, datetime(2026, 11, 25, tzinfo=UTC)) == week
    assert before(week).until == week.since


@pytest.mark.parametrize("name", ["", "2026-13", "2026-Q5", "month2", "2026-02-30", "20260101x", "../2026"])
def test_other_names_name_no_period(name):
    assert period_named(name, datetime(2026, 11, 25, tzinfo=UTC)) is None


def test_a_period_ends_with_midnight_in_vietnam():
    month = month_of(date(2026, 11, 25))
    assert month.since == datetime(2026, 11, 14, 17, tzinfo=UTC)
    assert month.until == datetime(2026, 12, 14, 17, tzinfo=UTC)
