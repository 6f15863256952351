"""How late an answer is, what it counts as, until when an apology is due, and how much more time a limit allows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.rules as law
from bot.domain.calendar import WorkCalendar
from bot.domain.cases import Answer
from bot.domain.clocks import (
    NO_ALLOWANCE,
    Allowance,
    Outcome,
    Shares,
    allowance,
    days_late,
    missed_from,
    outcome,
    shares,
    task_due,
)
from bot.domain.deadlines import VIETNAM, TermUnit, end_of_day

CALENDAR = WorkCalendar(law.calendar_rows())
POLICIES = {code: asdict(row) for code, row in law.policies().items()}


def at(day: str, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute, second, micro), VIETNAM)


def end(day: str) -> datetime:
    return end_of_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("due", "given_at", "late"),
    [
        (end("2026-12-03"), at("2026-12-02", 9), 0),  # The day before.
        (end("2026-12-03"), at("2026-12-03", 9), 0),  # The day itself.
        (end("2026-12-03"), at("2026-12-03", 23, 59, 59, 999_999), 0),
        (end("2026-12-03"), at("2026-12-04"), 1),  # The day after, from its first instant.
        (end("2026-12-03"), at("2026-12-07", 9), 2),  # Friday and Monday.
        (end("2026-12-04"), at("2026-12-05", 9), 1),  # A Saturday: begun, so one day.
        (end("2026-12-04"), at("2026-12-07", 9), 1),
        (end("2026-11-23"), at("2026-11-24", 9), 1),  # A holiday.
        (end("2026-11-23"), at("2026-11-25", 9), 1),
        (end("2026-11-23"), at("2026-11-26", 9), 2),
        (at("2026-11-23", 16), at("2026-11-23", 16), 0),  # An urgent term, to the second.
        (at("2026-11-23", 16), at("2026-11-23", 16, 0, 0, 999_999), 0),
        (at("2026-11-23", 16), at("2026-11-23", 16, 0, 1), 1),
        (None, at("2026-11-23", 16), 0),  # A date that was to follow.
    ],
)
def test_how_many_working_days_late_an_answer_is(due, given_at, late):
    assert days_late(due, given_at, CALENDAR) == late


def test_where_the_calendar_ends_weekdays_count():
    empty = WorkCalendar(())
    assert days_late(end("2026-12-04"), at("2026-12-08", 9), empty) == 2
    assert task_due(missed_from(end("2026-12-04")), empty) == end("2026-12-07")


@pytest.mark.parametrize(
    ("due", "task"),
    [
        (end("2026-12-02"), "2026-12-03"),  # Missed as Thursday begins: to be signed on Thursday.
        (end("2026-12-04"), "2026-12-07"),  # Missed as Saturday begins.
        (end("2026-11-23"), "2026-11-25"),  # Missed as a holiday begins.
        (at("2026-11-23", 16), "2026-11-23"),  # Missed in the afternoon: the same day.
    ],
)
def test_the_apology_is_due_the_working_day_on_which_the_date_was_missed(due, task):
    assert task_due(missed_from(due), CALENDAR) == end(task)


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("RES_ONSITE", Allowance(1, 5)),
        ("RES_NORMAL", Allowance(1, 5)),
        ("RES_COMPLEX", Allowance(1, 5)),
        ("RES_URGENT", NO_ALLOWANCE),
        ("NOTICE_10", NO_ALLOWANCE),
        ("REDLINE_45", NO_ALLOWANCE),
        ("PD-VIEW", Allowance(1, 10, TermUnit.CALENDAR_DAYS)),
        ("TC-RES-X", Allowance(2, 30, TermUnit.CALENDAR_DAYS)),
        ("UNKNOWN", NO_ALLOWANCE),
    ],
)
def test_how_much_more_time_a_limit_allows(code, allowed):
    assert allowance(POLICIES, code) == allowed


def test_a_limit_in_hours_is_never_lengthened_and_what_a_row_leaves_open_is_that_of_the_general_row():
    urgent = POLICIES | {"RES_URGENT": POLICIES["RES_URGENT"] | {"ext_count": 1, "ext_value": 5}}
    assert allowance(urgent, "RES_URGENT") == NO_ALLOWANCE
    assert allowance(POLICIES | {"RES_NORMAL": POLICIES["RES_NORMAL"] | {"ext_value": None}}, "RES_NORMAL") == Allowance(1, 5)
    shorter = POLICIES | {"EXT_PAKN": POLICIES["EXT_PAKN"] | {"value": 3}}
    assert allowance(shorter, "RES_NORMAL") == Allowance(1, 3)
    assert allowance(shorter, "PD-VIEW") == Allowance(1, 10, TermUnit.CALENDAR_DAYS)
    for value in (0, 6):
        with pytest.raises(ValueError, match="among 1 to 5"):
            Allowance(1, 5).extension(value)


def test_an_answer_counts_as_one_of_three():
    answer = Answer("true", "apologised", "", "", 1)
    assert outcome(answer) is Outcome.ON_TIME
    assert outcome(Answer("true", "apologised", "", "", 1, extended=True)) is Outcome.EXTENDED
    assert outcome(Answer("true", "apologised", "", "", 1, extended=True, days_late=1)) is Outcome.LATE


@pytest.mark.parametrize(
    ("counted", "percents"),
    [
        (Shares(), (0, 0, 0)),
        (Shares(7, 2, 1), (70, 20, 10)),
        (Shares(1, 1, 1), (33, 33, 34)),
        (Shares(999, 0, 1), (99, 0, 1)),  # What is not zero is not shown as zero.
        (Shares(0, 0, 5), (0, 0, 100)),
    ],
)
def test_the_published_share_is_always_three_numbers(counted, percents):
    assert counted.percents() == percents


@given(st.lists(st.sampled_from(Outcome)))
def test_the_three_numbers_add_up_and_hide_nobody(outcomes):
    counted = shares(outcomes)
    three = (counted.on_time, counted.extended, counted.late)
    assert (counted.total, three) == (len(outcomes), tuple(outcomes.count(one) for one in Outcome))
    assert sum(counted.percents()) == (100 if outcomes else 0)
    assert [share > 0 for share in counted.percents()] == [count > 0 for count in three]
