"""Due dates, from tables of dates: the law's own examples, and the day before, the day and the day after."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.domain.calendar import CalendarMissing, CalendarRow, DayKind, RowStatus, WorkCalendar
from bot.domain.deadlines import (
    VIETNAM,
    DeadlineRule,
    Standing,
    TermUnit,
    end_of_day,
    local_day,
    standing_on,
    working_days_left,
)
from bot.domain.working import due_at


def day(text: str) -> date:
    return date.fromisoformat(text)


def rows(kind: str, status: str, *days: str) -> list[CalendarRow]:
    return [CalendarRow(day(text), kind=DayKind(kind), status=RowStatus(status)) for text in days]


# LAW 6.2, written out here so that the tests do not depend on the data file that they would check.
ROWS = [
    *rows("holiday", "statutory", "2025-01-01", "2025-04-07", "2025-04-30", "2025-05-01", "2025-09-01", "2025-09-02"),
    CalendarRow(day("2025-01-25"), day("2025-02-02"), name="Tết"),
    *rows("swap_off", "confirmed", "2025-05-02", "2026-01-02", "2026-08-31"),
    *rows("swap_work", "confirmed", "2025-04-26", "2026-01-10", "2026-08-22"),
    *rows("holiday", "statutory", "2026-01-01", "2026-04-30", "2026-05-01", "2026-09-01", "2026-09-02", "2026-11-24"),
    CalendarRow(day("2026-02-14"), day("2026-02-22"), name="Tết"),
    *rows("comp_off", "confirmed", "2026-04-27"),
    *rows("swap_off", "proposed", "2026-11-23"),
    *rows("swap_work", "proposed", "2026-11-28"),
    *rows("holiday", "statutory", "2027-01-01", "2027-04-16", "2027-04-30", "2027-09-02", "2027-11-24"),
    CalendarRow(day("2027-02-04"), day("2027-02-10"), status=RowStatus.ESTIMATE),
    *rows("comp_off", "statutory", "2027-05-03"),
]
CALENDAR = WorkCalendar(ROWS)
SWAPPED = WorkCalendar([*ROWS, *rows("swap_off", "confirmed", "2026-11-23"), *rows("swap_work", "confirmed", "2026-11-28")])


def rule(value: int, unit: str, rolls: bool = True) -> DeadlineRule:
    return DeadlineRule("T", value, TermUnit(unit), rolls=rolls)


def at(text: str) -> datetime:
    """A moment in Vietnam, given as the clock on the wall shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(hours=7)))


@pytest.mark.parametrize(
    ("received", "value", "unit", "due"),
    [
        ("2026-11-20", 1, "working_days", "2026-11-23"),
        ("2026-11-20", 3, "working_days", "2026-11-26"),
        ("2026-11-20", 5, "working_days", "2026-11-30"),
        ("2026-11-20", 10, "working_days", "2026-12-07"),
        ("2026-11-23", 1, "working_days", "2026-11-25"),
        ("2026-11-22", 7, "working_days", "2026-12-02"),
        ("2026-12-31", 1, "working_days", "2027-01-04"),
        ("2026-08-28", 3, "working_days", "2026-09-07"),
        ("2025-12-31", 3, "working_days", "2026-01-07"),
        ("2026-10-25", 30, "calendar_days", "2026-11-25"),
        # Not in the table: a swapped Saturday counts, Tết does not, and the day of receipt may be a day of rest.
        ("2026-01-09", 1, "working_days", "2026-01-10"),
        ("2026-01-09", 2, "working_days", "2026-01-12"),
        ("2026-02-13", 1, "working_days", "2026-02-23"),
        ("2026-02-16", 1, "working_days", "2026-02-23"),
        ("2026-11-21", 1, "working_days", "2026-11-23"),
        ("2026-11-24", 1, "working_days", "2026-11-25"),
        # C4 and C5: months.
        ("2026-01-30", 1, "months", "2026-03-02"),  # 28/02 is a Saturday.
        ("2025-11-30", 3, "months", "2026-03-02"),
        ("2026-01-15", 2, "months", "2026-03-16"),  # 15/03 is a Sunday.
        ("2026-10-31", 1, "months", "2026-11-30"),
        ("2025-12-15", 12, "months", "2026-12-15"),
    ],
)
@pytest.mark.parametrize("clock", ["00:00:00", "16:00:00", "23:59:59.999999"])
def test_the_examples_of_the_law(received, value, unit, due, clock):
    assert due_at(rule(value, unit), at(f"{received}T{clock}"), CALENDAR) == at(f"{due}T23:59:59")


def test_a_swap_that_is_decided_late_moves_the_date_and_a_proposed_one_does_not():
    received = at("2026-11-20T09:00:00")
    assert due_at(rule(3, "working_days"), received, CALENDAR) == at("2026-11-26T23:59:59")
    assert due_at(rule(3, "working_days"), received, SWAPPED) == at("2026-11-27T23:59:59")
    assert due_at(rule(4, "working_days"), received, SWAPPED) == at("2026-11-28T23:59:59")


@pytest.mark.parametrize(
    ("received", "due"), [("2025-11-30", "2026-02-28"), ("2027-11-30", "2028-02-29"), ("2026-12-31", "2027-02-28")]
)
def test_a_month_without_that_day_ends_on_its_last(received, due):
    months = 2 if received == "2026-12-31" else 3
    assert due_at(rule(months, "months", rolls=False), at(f"{received}T09:00:00"), CALENDAR) == at(f"{due}T23:59:59")


def test_a_term_that_never_rolls_ends_on_a_holiday_too():
    assert due_at(rule(30, "calendar_days", rolls=False), at("2026-10-25T09:00:00"), CALENDAR) == at("2026-11-24T23:59:59")


def test_hours_run_from_the_moment_through_nights_and_holidays():
    assert due_at(rule(72, "hours"), at("2026-11-22T16:20:30"), CALENDAR) == at("2026-11-25T16:20:30")
    assert due_at(rule(5, "minutes"), at("2026-11-22T23:58:00.75"), CALENDAR) == at("2026-11-23T00:03:00")


def test_the_day_of_receipt_is_vietnams_day_not_londons():
    """17:00 in London's winter is midnight in Vietnam: one second makes a day."""
    before, after = datetime(2026, 11, 19, 16, 59, 59, tzinfo=UTC), datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
    assert (local_day(before), local_day(after)) == (day("2026-11-19"), day("2026-11-20"))
    assert due_at(rule(1, "working_days"), before, CALENDAR) == at("2026-11-20T23:59:59")
    assert due_at(rule(1, "working_days"), after, CALENDAR) == at("2026-11-23T23:59:59")


def test_the_due_instant_is_aware_in_vietnams_time_and_in_whole_seconds():
    due = due_at(rule(1, "working_days"), at("2026-11-20T16:00:00"), CALENDAR)
    assert due.tzinfo is VIETNAM and due.utcoffset() == timedelta(hours=7)
    assert due.astimezone(UTC) == datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)


def test_an_offset_is_never_taken_at_the_epoch():
    """In 1970 the zone was eight hours ahead."""
    assert datetime(1970, 1, 1, tzinfo=VIETNAM).utcoffset() == timedelta(hours=8)
    assert end_of_day(day("2026-11-23")).utcoffset() == timedelta(hours=7)


def test_an_instant_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        due_at(rule(1, "working_days"), datetime(2026, 11, 20, 9), CALENDAR)
    with pytest.raises(TypeError, match="naive"):
        standing_on(end_of_day(day("2026-11-23")), datetime(2026, 11, 20, 9))


@pytest.mark.parametrize(("value", "unit"), [(0, "working_days"), (-1, "hours"), (1, "fortnights")])
def test_a_rule_without_a_sensible_term_is_refused(value, unit):
    with pytest.raises(ValueError):
        DeadlineRule("T", value, unit)


@pytest.mark.parametrize(
    ("now", "standing", "left"),
    [
        ("2026-11-20T00:00:00", Standing.RUNNING, 3),
        ("2026-11-25T23:59:59.999", Standing.RUNNING, 1),
        ("2026-11-26T00:00:00", Standing.DUE_TODAY, 0),
        ("2026-11-26T23:59:59", Standing.DUE_TODAY, 0),
        ("2026-11-26T23:59:59.999999", Standing.DUE_TODAY, 0),
        ("2026-11-27T00:00:00", Standing.OVERDUE, -1),
        ("2026-11-29T12:00:00", Standing.OVERDUE, -1),
        ("2026-11-30T12:00:00", Standing.OVERDUE, -2),
    ],
)
def test_a_case_stands_the_same_at_every_host(now, standing, left):
    due = end_of_day(day("2026-11-26"))
    for instant in (at(now), at(now).astimezone(UTC), at(now).astimezone(timezone(timedelta(hours=-5)))):
        assert standing_on(due, instant) is standing
        assert standing_on(due.astimezone(UTC), instant) is standing
        assert working_days_left(due, instant, CALENDAR) == left


@pytest.mark.parametrize(
    ("now", "standing"),
    [
        ("2026-11-25T16:20:29", Standing.DUE_TODAY),
        ("2026-11-25T16:20:30", Standing.DUE_TODAY),
        ("2026-11-25T16:20:31", Standing.OVERDUE),
        ("2026-11-25T00:00:00", Standing.DUE_TODAY),
        ("2026-11-24T23:59:59", Standing.RUNNING),
    ],
)
def test_a_term_in_hours_is_overdue_from_its_next_second(now, standing):
    assert standing_on(at("2026-11-25T16:20:30"), at(now)) is standing


@pytest.mark.parametrize(
    ("text", "working", "because"),
    [
        ("2026-11-23", True, ""),  # Only proposed.
        ("2026-11-24", False, "holiday"),
        ("2026-11-28", False, ""),
        ("2026-01-02", False, "swap_off"),
        ("2026-01-10", True, "swap_work"),
        ("2026-01-11", False, ""),
        ("2026-02-14", False, "holiday"),
        ("2026-02-22", False, "holiday"),
        ("2026-02-23", True, ""),
        ("2027-02-09", False, "holiday"),  # An estimate counts.
    ],
)
def test_the_calendar_says_which_days_are_worked_and_why(text, working, because):
    row = CALENDAR.why(day(text))
    assert CALENDAR.is_working(day(text)) is working
    assert (row.kind if row else "") == because


def test_a_year_that_nobody_entered_is_missing_not_guessed():
    with pytest.raises(CalendarMissing, match="2028") as missing:
        due_at(rule(10, "working_days"), at("2027-12-30T09:00:00"), CALENDAR)
    assert missing.value.year == 2028
    assert due_at(rule(1, "working_days"), at("2027-12-30T09:00:00"), CALENDAR) == at("2027-12-31T23:59:59")
    for question in (CALENDAR.is_working, CALENDAR.why, CALENDAR.working_day_from):
        with pytest.raises(CalendarMissing):
            question(day("2028-01-01"))
    with pytest.raises(CalendarMissing):
        WorkCalendar(rows("swap_off", "proposed", "2028-01-03")).is_working(day("2028-01-04"))


def test_a_row_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="before"):
        CalendarRow(day("2026-02-22"), day("2026-02-14"))
    with pytest.raises(ValueError):
        CalendarRow(day("2026-02-22"), kind="feast")
    with pytest.raises(ValueError):
        CalendarRow(day("2026-02-22"), status="rumour")
    assert CalendarRow(day("2026-02-22"), kind="holiday", status="estimate").status is RowStatus.ESTIMATE


def test_days_before_a_deadline_are_counted_back():
    assert CALENDAR.add_working_days(day("2026-11-26"), -2) == day("2026-11-23")
    assert CALENDAR.add_working_days(day("2026-11-24"), 0) == day("2026-11-24")
    assert CALENDAR.working_days_between(day("2026-11-26"), day("2026-11-20")) == -3
