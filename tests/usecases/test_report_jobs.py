"""When reports go out by themselves: the day before, the day, the day after; quiet hours; once, also after a standstill."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.domain.calendar import WorkCalendar
from bot.domain.deadlines import VIETNAM
from bot.domain.people import Role
from bot.domain.periods import period_named
from bot.usecases.report_jobs import MAKE, latest_month, months_due, schedule_reports
from tests.domain.town import COMMUNE, NOW, TOP, WARD


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("now", "month"),
    [
        ("2026-12-14T23:59", "2026-11"),
        ("2026-12-15T00:00", "2026-12"),
        ("2026-12-16T09:00", "2026-12"),
        ("2026-11-14T12:00", "2026-10"),
        ("2026-11-15T12:00", "2026-10"),  # A Sunday: the report goes out on Monday.
        ("2026-11-16T00:00", "2026-11"),
        ("2027-01-15T08:00", "2027-01"),
    ],
)
def test_a_month_is_due_on_the_15th_or_the_next_working_day(now, month):
    assert latest_month(at(now), WorkCalendar(()), 15).name == month


@pytest.mark.parametrize(
    ("done", "due"),
    [
        ("", []),
        ("2026-12", []),
        ("2026-11", ["2026-12"]),
        ("2026-09", ["2026-10", "2026-11", "2026-12"]),
        ("2025-11", ["2025-12", *(f"2026-{month:02}" for month in range(1, 13))]),
    ],
)
def test_months_that_were_missed_are_due_the_oldest_first(done, due):
    latest = period_named("2026-12", NOW)
    assert [period.name for period in months_due(done, latest, 15)] == due


@pytest.fixture
async def town(house):
    places = (("Chu", Role.HEAD, WARD), ("Đào", Role.HEAD, COMMUNE), ("Tư", Role.SUPERVISOR, TOP), ("Đỉnh", Role.HEAD, TOP))
    for name, role, unit in (*places, ("Mai", Role.INTAKE, TOP), ("Minh", Role.HANDLER, WARD)):
        await house.joins(name, role, unit)
    house.at(at("2026-11-23T10:00"))
    assert await house.do(schedule_reports) == 0  # A new installation reports nothing of the past.
    return house


async def ran(town, when: str) -> list[tuple[str, str, str]]:
    """Run the schedule and return what waits now as (report, period, name), and take it away."""
    town.at(at(when))
    await town.do(schedule_reports)
    names = {staff.id: staff.name for staff, _acts in await town.work.staff.all()}
    found = []
    for job, kind, _key, payload, _tries in await town.work.jobs.due(town.now, 100):
        assert kind == MAKE
        found.append((payload["report"], payload["period"], names[payload["staff"]]))
        await town.work.jobs.done(job)
    return found


async def test_every_head_and_supervisor_gets_the_month_once(town):
    assert [one for one in await ran(town, "2026-12-14T17:00") if one[0] == "monthly"] == []
    assert [one for one in await ran(town, "2026-12-15T07:59") if one[0] == "monthly"] == []
    assert sorted(await ran(town, "2026-12-15T08:00")) == [("monthly", "2026-12", name) for name in ("Chu", "Tư", "Đào", "Đỉnh")]
    assert await ran(town, "2026-12-15T08:01") == []
    assert await ran(town, "2026-12-16T08:00") == []


async def test_nothing_goes_out_at_night_or_on_a_day_of_rest(town):
    for quiet in ("2026-12-15T18:00", "2026-12-15T23:00", "2026-12-19T10:00", "2026-12-20T10:00"):
        assert await ran(town, quiet) == []
    assert len([one for one in await ran(town, "2026-12-21T08:00") if one[0] == "monthly"]) == 4


async def test_after_a_standstill_each_month_missed_comes_once_and_of_the_weeks_only_the_last(town):
    found = await ran(town, "2027-03-15T09:00")
    months = [period for report, period, name in found if (report, name) == ("monthly", "Chu")]
    assert months == ["2026-12", "2027-01", "2027-02", "2027-03"]
    assert [period for report, period, _name in found if report == "weekly"] == ["2027-03-14"] * 2
    assert await ran(town, "2027-03-15T09:05") == []


async def test_the_weekly_digest_is_for_supervisors_and_the_chair_on_monday(town):
    assert await ran(town, "2026-11-27T17:00") == []
    assert await ran(town, "2026-11-30T07:00") == []
    assert sorted(await ran(town, "2026-11-30T08:00")) == [("weekly", "2026-11-29", "Tư"), ("weekly", "2026-11-29", "Đỉnh")]
    assert await ran(town, "2026-12-01T08:00") == []


async def test_a_monday_of_rest_moves_the_digest_to_the_next_working_day(town):
    await ran(town, "2026-12-21T09:00")
    await ran(town, "2026-12-28T09:00")
    assert await ran(town, "2027-04-30T09:00") == []
    await ran(town, "2027-04-29T09:00")
    assert [one[1] for one in await ran(town, "2027-05-04T09:00") if one[0] == "weekly"] == ["2027-05-02"] * 2
