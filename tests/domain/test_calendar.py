"""Which days and hours are worked: half days, closures of one place, rows that are not sure, years that nobody entered."""

from datetime import date, timedelta

import pytest

from bot.domain.calendar import CalendarMissing, CalendarRow, DayKind, RowStatus, WorkCalendar, hours_of
from bot.rules import calendar_rows
from bot.rules.estimates import estimated_rows

MORNING, AFTERNOON = (7 * 3600 + 1800, 11 * 3600 + 1800), (13 * 3600 + 1800, 17 * 3600)
SHIPPED = calendar_rows()
CALENDAR = WorkCalendar(SHIPPED, estimated_rows)


def day(text: str) -> date:
    return date.fromisoformat(text)


def row(first: str, kind: str, **more) -> CalendarRow:
    return CalendarRow(day(first), kind=DayKind(kind), **more)


def with_rows(*rows: CalendarRow) -> WorkCalendar:
    return WorkCalendar([*SHIPPED, *rows], estimated_rows)


def test_offices_are_open_in_the_morning_and_in_the_afternoon_of_a_working_day():
    assert CALENDAR.hours(day("2026-11-25")) == (MORNING, AFTERNOON)
    assert CALENDAR.hours(day("2026-01-10")) == (MORNING, AFTERNOON)  # A swapped Saturday is worked like any other day.
    assert CALENDAR.hours(day("2026-11-24")) == CALENDAR.hours(day("2026-11-28")) == ()


def test_a_half_day_is_worked_in_the_morning_unless_the_row_says_when():
    halved = with_rows(row("2026-11-25", "half_day"), row("2026-11-26", "half_day", hours="13:30-17:00"))
    assert halved.is_working(day("2026-11-25")) and halved.hours(day("2026-11-25")) == (MORNING,)
    assert halved.hours(day("2026-11-26")) == (AFTERNOON,)
    assert halved.why(day("2026-11-26")).kind is DayKind.HALF_DAY


def test_a_half_day_on_a_day_of_rest_changes_nothing():
    halved = with_rows(row("2026-11-24", "half_day"), row("2026-11-29", "half_day"))
    assert not halved.is_working(day("2026-11-24")) and not halved.is_working(day("2026-11-29"))


def test_a_flood_closes_the_office_and_those_below_it_and_nobody_else():
    flood = row("2026-11-25", "local_off", date_to=day("2026-11-27"), scope="unit", place="06001")
    calendar = with_rows(flood)
    assert calendar.is_working(day("2026-11-26"))
    assert not calendar.at(["06001-VP", "06001", "20"]).is_working(day("2026-11-26"))
    assert calendar.at(["06002", "20"]).is_working(day("2026-11-26"))
    assert calendar.at(["06001"]).why(day("2026-11-25")) == flood
    assert calendar.at(["06001"]).is_working(day("2026-11-30"))


def test_a_storm_closes_one_province_or_the_whole_installation():
    storm = row("2026-11-25", "local_off", scope="province", place="20")
    assert not with_rows(storm).at(["06002", "20"]).is_working(day("2026-11-25"))
    assert with_rows(storm).at(["24"]).is_working(day("2026-11-25"))
    everywhere = with_rows(row("2026-11-25", "local_off", scope="province"))
    assert not everywhere.is_working(day("2026-11-25")) and not everywhere.at(["24"]).is_working(day("2026-11-25"))


def test_a_storm_closes_a_swapped_saturday_too():
    assert CALENDAR.is_working(day("2026-08-22"))
    assert not with_rows(row("2026-08-22", "local_off", scope="province")).is_working(day("2026-08-22"))


def test_the_hours_nearest_to_the_office_count_and_then_those_that_began_last():
    winter, desk = "08:00-12:00 13:00-16:30", "07:00-11:00"
    calendar = with_rows(
        row("2026-10-16", "office_hours", date_to=day("2027-04-15"), scope="province", hours=winter),
        row("2026-01-01", "office_hours", date_to=day("2026-12-31"), scope="unit", place="06001", hours=desk),
        row("2026-06-01", "office_hours", date_to=day("2026-12-31"), hours="07:00-11:00 13:00-16:00"),
    )
    assert calendar.hours(day("2026-05-25")) == (MORNING, AFTERNOON)
    assert calendar.hours(day("2026-06-02")) == hours_of("07:00-11:00 13:00-16:00")
    assert calendar.hours(day("2026-11-25")) == hours_of(winter)
    assert calendar.at(["06001"]).hours(day("2026-11-25")) == hours_of(desk)
    assert calendar.at(["06001"]).hours(day("2027-01-05")) == hours_of(winter)


def test_a_working_day_without_office_hours_is_missing_not_guessed():
    bare = WorkCalendar([row("2026-11-24", "holiday")])
    assert bare.is_working(day("2026-11-25")) and bare.hours(day("2026-11-24")) == ()
    with pytest.raises(CalendarMissing, match="office hours for the year 2026"):
        bare.hours(day("2026-11-25"))


def test_a_proposed_row_never_counts_and_is_told_and_an_estimate_counts_and_is_told():
    assert CALENDAR.is_working(day("2026-11-23")) and not CALENDAR.is_working(day("2026-11-28"))
    assert [known.status for known in CALENDAR.day(day("2026-11-23")).unsure] == [RowStatus.PROPOSED]
    assert not CALENDAR.is_working(day("2027-02-09"))
    assert [known.status for known in CALENDAR.day(day("2027-02-09")).unsure] == [RowStatus.ESTIMATE]
    assert CALENDAR.day(day("2026-11-24")).unsure == ()


def test_a_year_without_rows_is_filled_with_estimates():
    for first in ("2024-02-09", "2028-01-26", "2030-02-04", "2035-09-03", "2100-11-24"):
        assert not CALENDAR.is_working(day(first)), first
        assert CALENDAR.why(day(first)).status is RowStatus.ESTIMATE
    assert CALENDAR.is_working(day("2028-01-31")) and CALENDAR.why(day("2028-01-31")) is None
    with pytest.raises(CalendarMissing, match="2101"):
        CALENDAR.is_working(day("2101-01-03"))


def test_a_year_that_has_rows_is_not_filled():
    """The package does not know the swap of 2 January 2026; and where it knows more than we do, ours win all the same."""
    assert not CALENDAR.is_working(day("2026-01-02")) and CALENDAR.is_working(day("2026-01-10"))
    assert with_rows(row("2028-01-01", "holiday")).is_working(day("2028-01-26"))


@pytest.mark.parametrize("own", [row("2028-01-26", "local_off", scope="province"), row("2028-12-30", "swap_work")])
def test_a_closure_or_a_swap_alone_does_not_make_a_year_known_and_wins_on_its_day(own):
    calendar = with_rows(own)
    assert not calendar.is_working(day("2028-01-24")) and not calendar.is_working(day("2028-05-01"))
    assert calendar.why(own.date) == own


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("07:30-11:30 13:30-17:00", (MORNING, AFTERNOON)),
        ("00:00-24:00", ((0, 86_400),)),
        ("", ()),
    ],
)
def test_office_hours_are_read(text, hours):
    assert hours_of(text) == hours


@pytest.mark.parametrize(
    "text", ["7:30-11:30", "07:30–11:30", "11:30-07:30", "07:30-11:30 11:30-17:00", "08:00-24:30", "25:00-26:00"]
)
def test_hours_that_cannot_be_are_refused(text):
    with pytest.raises(ValueError, match="hours"):
        hours_of(text)


def test_a_row_that_cannot_be_is_refused():
    for wrong in (
        {"kind": "office_hours"},
        {"scope": "unit"},
        {"scope": "national", "place": "20"},
        {"scope": "village"},
        {"hours": "all day"},
        {"date_to": day("2026-11-23")},
    ):
        with pytest.raises(ValueError):
            CalendarRow(day("2026-11-24"), **wrong)


def test_no_two_rows_have_the_same_key():
    assert row("2026-11-24", "holiday").key == "2026-11-24"
    assert row("2026-11-24", "local_off", scope="province").key == "2026-11-24 province"
    assert row("2026-11-24", "local_off", scope="unit", place="06001").key == "2026-11-24 unit 06001"
    assert row("2026-11-24", "office_hours", hours="08:00-12:00").key == "hours 2026-11-24"
    assert len({known.key for known in SHIPPED}) == len(SHIPPED)


def test_every_known_year_has_at_least_the_days_off_of_the_law():
    """Eleven days a year, twelve from 2026 on; a year filled with estimates has them too."""
    for year in range(2024, 2036):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if year % 4 == 0 else 365)]
        weekdays_off = [one for one in days if one.weekday() < 5 and not CALENDAR.is_working(one)]
        assert 10 <= len(weekdays_off) <= 15, year
