"""Due dates with their working: the open file of cases, a slow oracle on hosts in four time zones, and what each day says."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import CalendarRow, DayKind, RowStatus, WorkCalendar
from bot.domain.deadlines import VIETNAM, DeadlineRule, TermUnit, term_of
from bot.domain.working import Extension, Pause, Why, due_at, work_out
from bot.rules import calendar_rows
from bot.rules.estimates import estimated_rows
from tests.domain.oracle import Oracle, known

ROOT = Path(__file__).resolve().parents[2]
CALENDAR = WorkCalendar(calendar_rows(), estimated_rows)
ZONES = ("UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Ho_Chi_Minh")
# A hundred thousand in all by default; DEADLINE_CASES=100000 draws as many in each time zone, which takes a minute.
CASES = int(os.environ.get("DEADLINE_CASES", "25000"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text if "+" in text else text + "+07:00")


def days(text: str) -> list[tuple[str, Why, int, int]]:
    """Return what the days of a term did, from a Friday afternoon on."""
    due = work_out(term_of(text), at("2026-11-20T16:00"), CALENDAR)
    return [(f"{line.day:%d/%m}", line.why, line.counted, line.total) for line in due.days]


# -- the open file --------------------------------------------------------------------------------------------------


def open_cases() -> list[dict[str, str]]:
    lines = (Path(__file__).parent / "deadline_cases.csv").read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def rows_named(text: str) -> list[CalendarRow]:
    """Return the rows of a calendar as the file names it."""
    base, *changes = text.split()
    assert base == "vn"
    rows = [*calendar_rows()]
    for change in changes:
        span, kind = change.removeprefix("+").split("=")
        first, _to, last = span.partition("..")
        rows.append(CalendarRow(date.fromisoformat(first), date.fromisoformat(last or first), DayKind(kind)))
    return rows


@pytest.mark.parametrize("case", open_cases(), ids=lambda case: case["why"])
def test_the_open_cases_come_out_as_written_and_the_oracle_agrees(case):
    rows = rows_named(case["calendar"])
    pauses = [tuple(map(at, pause.split("/"))) for pause in case["pauses"].split()]
    extensions = case["extensions"].split()
    found = work_out(*known(case["term"], at(case["start"]), WorkCalendar(rows, estimated_rows), pauses, extensions))
    assert found.at.isoformat() == case["due"]
    if at(case["start"]).second == 0:
        assert Oracle(rows).due(case["term"], at(case["start"]), pauses, extensions) == found.at


def test_every_vector_of_the_law_stands_in_the_open_file():
    written = {(case["start"][:10], case["term"], case["due"][:16]) for case in open_cases()}
    for start, term, due in [
        ("2026-11-20", "1wd", "2026-11-23T23:59"),
        ("2026-11-20", "3wd", "2026-11-26T23:59"),
        ("2026-11-20", "5wd", "2026-11-30T23:59"),
        ("2026-11-20", "10wd", "2026-12-07T23:59"),
        ("2026-11-23", "1wd", "2026-11-25T23:59"),
        ("2026-11-22", "7wd", "2026-12-02T23:59"),
        ("2026-12-31", "1wd", "2027-01-04T23:59"),
        ("2026-08-28", "3wd", "2026-09-07T23:59"),
        ("2025-12-31", "3wd", "2026-01-07T23:59"),
        ("2026-10-25", "30d", "2026-11-25T23:59"),
        ("2026-11-20", "8wh", "2026-11-23T16:30"),
        ("2026-11-20", "3wd", "2026-11-27T23:59"),
    ]:
        assert (start, term, due) in written


# -- the oracle -----------------------------------------------------------------------------------------------------


def test_random_cases_agree_with_the_oracle_on_hosts_in_four_time_zones():
    """Each host draws cases of its own and then the same ones as the others, whose digests must be one."""

    def started(count: int, seed: int, zone: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.domain.oracle", str(count), str(seed)]
        return subprocess.Popen(command, env={**os.environ, "TZ": zone}, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def said(*running: subprocess.Popen[str]) -> list[str]:
        words = [process.communicate()[0] for process in running]
        assert [process.returncode for process in running] == [0] * len(running)
        return words

    own = said(*(started(CASES, seed, zone) for seed, zone in enumerate(ZONES)))
    assert [int(words.split()[0]) for words in own] == [CASES] * 4
    assert len(set(said(*(started(500, 20261124, zone) for zone in ZONES)))) == 1


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1)),
    st.integers(1, 30),
    st.integers(0, 30 * 24 * 60),
    st.integers(0, 20_000),
)
def test_a_pause_gives_back_as_many_working_days_as_were_waited(start, value, after, minutes):
    start = start.replace(tzinfo=VIETNAM)
    rule = DeadlineRule("T", value, TermUnit.WORKING_DAYS)
    without = due_at(rule, start, CALENDAR)
    since = start + timedelta(minutes=after)
    until = since + timedelta(minutes=minutes)
    waited = CALENDAR.working_days_between(since.date(), until.date())
    found = work_out(rule, start, CALENDAR, [Pause(since, until)]).at
    if since > without:
        assert found == without
    else:
        given_back = CALENDAR.add_working_days(without.date(), waited)
        assert found.date() == CALENDAR.working_day_from(max(given_back, until.date()))


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1)), st.integers(1, 40), st.integers(0, 5_000), st.integers(0, 50_000)
)
def test_a_pause_gives_back_exactly_the_seconds_waited_of_a_term_in_hours(start, value, after, seconds):
    start = start.replace(tzinfo=VIETNAM, microsecond=0)
    pause = Pause(start + timedelta(seconds=after), start + timedelta(seconds=after + seconds))
    rule = DeadlineRule("T", value, TermUnit.HOURS)
    waited = seconds if after < value * 3600 else 0
    assert work_out(rule, start, CALENDAR, [pause]).at == start + timedelta(hours=value, seconds=waited)
    worked = DeadlineRule("T", value, TermUnit.WORKING_HOURS)
    lines = work_out(worked, start, CALENDAR, [pause]).days
    assert sum(line.counted for line in lines) == value * 3600


# -- the working ----------------------------------------------------------------------------------------------------


def test_three_working_days_show_what_counted_and_what_did_not():
    assert days("3wd") == [
        ("20/11", Why.START, 0, 0),
        ("21/11", Why.REST, 0, 0),
        ("22/11", Why.REST, 0, 0),
        ("23/11", Why.COUNTED, 1, 1),
        ("24/11", Why.OFF, 0, 1),
        ("25/11", Why.COUNTED, 1, 2),
        ("26/11", Why.COUNTED, 1, 3),
    ]
    holiday = work_out(term_of("3wd"), at("2026-11-20T16:00"), CALENDAR).days[4].row
    assert (holiday.name, holiday.source) == ("Ngày Văn hóa Việt Nam", "NQ 28/2026/QH16")


def test_working_hours_show_how_much_of_each_day_counted():
    assert days("8wh") == [
        ("20/11", Why.COUNTED, 3600, 3600),
        ("21/11", Why.REST, 0, 3600),
        ("22/11", Why.REST, 0, 3600),
        ("23/11", Why.COUNTED, 7 * 3600, 8 * 3600),
    ]
    late = work_out(term_of("1wh"), at("2026-11-25T18:00"), CALENDAR)
    assert [line.why for line in late.days] == [Why.CLOSED, Why.COUNTED]


def test_an_end_on_a_day_off_shows_where_it_moved():
    last = [(f"{line.day:%d/%m}", line.why) for line in work_out(term_of("30d"), at("2026-10-25T09:00"), CALENDAR).days[-2:]]
    assert last == [("24/11", Why.COUNTED), ("25/11", Why.MOVED)]


def test_pauses_and_extensions_show_their_days():
    pause = Pause(at("2026-11-25T09:00"), at("2026-11-27T09:00"))
    due = work_out(term_of("3wd"), at("2026-11-20T09:00"), CALENDAR, [pause], [Extension(2)])
    shown = [(f"{line.day:%d/%m}", line.part, line.why) for line in due.days if line.why in (Why.COUNTED, Why.PAUSED)]
    assert shown == [
        ("23/11", 0, Why.COUNTED),
        ("25/11", 0, Why.COUNTED),
        ("26/11", 0, Why.PAUSED),
        ("27/11", 0, Why.PAUSED),
        ("30/11", 0, Why.COUNTED),
        ("01/12", 1, Why.COUNTED),
        ("02/12", 1, Why.COUNTED),
    ]


def test_an_estimate_and_a_proposal_on_the_way_are_named():
    def warned(start: str, term: str) -> set[RowStatus]:
        return {row.status for row in work_out(term_of(term), at(start), CALENDAR).warnings}

    assert warned("2026-11-25T09:00", "2wd") == set()
    assert warned("2026-11-20T09:00", "1wd") == {RowStatus.PROPOSED}
    assert warned("2027-02-01T09:00", "5wd") == {RowStatus.ESTIMATE}
    assert warned("2027-01-31T09:00", "10d") == {RowStatus.ESTIMATE}
    assert warned("2028-01-20T09:00", "45d!") == {RowStatus.ESTIMATE}
    assert warned("2027-02-01T09:00", "2wd") == set()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-25T16:59:59", "2026-11-26"),
        ("2026-11-25T17:00:00", "2026-11-27"),
        ("2026-11-25T05:00:00", "2026-11-26"),
        ("2026-11-25T12:00:00", "2026-11-26"),
        ("2026-11-27T19:00:00", "2026-12-01"),
        ("2026-11-28T09:00:00", "2026-12-01"),
        ("2026-11-24T09:00:00", "2026-11-26"),
    ],
)
def test_where_the_province_says_so_what_comes_after_office_hours_was_received_on_the_next_working_day(received, due):
    rule = DeadlineRule("T", 1, TermUnit.WORKING_DAYS, receipt_rollover=True)
    assert due_at(rule, at(received), CALENDAR).date().isoformat() == due
    assert due_at(DeadlineRule("T", 1, TermUnit.WORKING_HOURS, receipt_rollover=True), at("2026-11-25T18:00"), CALENDAR) == at(
        "2026-11-26T08:30"
    )


def test_a_term_that_never_moves_needs_no_calendar_and_another_does():
    nothing = WorkCalendar(())
    assert due_at(term_of("45d!"), at("2026-11-20T16:00"), nothing).date().isoformat() == "2027-01-04"
    assert due_at(term_of("72h"), at("2026-11-20T16:00"), nothing) == at("2026-11-23T16:00")


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="before it begins"):
        Pause(at("2026-11-25T09:00"), at("2026-11-24T09:00"))
    with pytest.raises(ValueError, match="at least 1"):
        Extension(0)
    for text in ("3", "wd", "3 fortnights", "-3wd", "3wd5", "0wd", "3.5wd", "99999d", ""):
        with pytest.raises(ValueError):
            term_of(text)


def test_a_term_is_read_as_people_write_it():
    assert [(rule.value, rule.unit.value, rule.rolls) for rule in map(term_of, ("3wd", "30 d", "8WH", "2m", "45d!"))] == [
        (3, "working_days", True),
        (30, "calendar_days", True),
        (8, "working_hours", True),
        (2, "months", True),
        (45, "calendar_days", False),
    ]
