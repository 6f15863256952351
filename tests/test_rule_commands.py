"""The commands about rules, rosters and timed work, as the person who runs the program types them."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.clockwatch import note_jump
from bot.domain.people import Role
from bot.heartbeat import keep_tick
from bot.program import Program
from bot.rule_commands import rules, set_rule
from bot.timed_commands import confirm_clock, health, import_duty
from bot.usecases.access import Reader
from bot.usecases.duty import roster
from bot.usecases.filing import file_case
from bot.usecases.ladder import Ladder, ladder_of
from bot.usecases.staffing import invite, redeem
from tests.town import config_for
from tests.usecases.house import LAN, draft

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # Wednesday, nine o'clock.
EVENING = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)  # Eight in the evening.
WARD = "05986"


class Pushed:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def program(town_template: Path, tmp_path: Path) -> AsyncIterator[Program]:
    shutil.copy(town_template, tmp_path / "town.db")
    async with Program.opened(config_for(tmp_path / "town.db"), Pushed()) as opened:
        yield opened


async def sets(program: Program, table: str, key: str, *values: str) -> tuple[int, str]:
    outcome = await set_rule(program, Namespace(table=table, key=key, values=list(values)), {})
    return outcome.code, outcome.text


async def files(program: Program, **answers) -> str:
    async def step(work):
        person = (await work.people.known(LAN, work.now, "vi")).person
        return (await file_case(work, person, LAN, draft(unit=WARD, **answers), "d1", work.now)).case

    return await program.app.run(step)


async def test_a_changed_term_holds_for_new_cases_and_leaves_the_old_ones(program):
    before = await files(program)
    code, said = await sets(program, "policies", "RES_NORMAL", "value=8", "source=QĐ 12/QĐ-UBND 2026")
    assert (code, said.split(".")[0]) == (0, "RES_NORMAL is in force with value=8; source=QĐ 12/QĐ-UBND 2026")
    after = await files(program)
    assert (before.due_at.date().day, after.due_at.date().day) == (4, 7)
    moves = await program.save_calendar({})
    assert moves.moved == [] and (await program.read(lambda work: work.cases.by_code(before.code))).due_at == before.due_at
    listed = (await rules(program, Namespace(table="policies"))).text
    assert "RES_NORMAL\t8\tworking_days\t10\tservice\tBình thường\tQĐ 12/QĐ-UBND 2026\tchanged here" in listed
    assert sum("changed here" in line for line in listed.splitlines()) == 1
    events = await program.read(lambda work: work.events_since(0, 100))
    assert [event.details for event in events if event.name == "RuleChanged"] == [
        {"set": "policies", "key": "RES_NORMAL", "columns": "value=8; source=QĐ 12/QĐ-UBND 2026"}
    ]
    assert await sets(program, "policies", "RES_NORMAL", "value=8") == (
        0,
        "RES_NORMAL is like that already. Nothing was changed.",
    )


@pytest.mark.parametrize(
    ("table", "key", "values", "why"),
    [
        ("policies", "RES_NORMAL", ["value=11"], "ceiling: '10' is not at least the value."),
        ("policies", "RES_NORMAL", ["value=eight"], "value: 'eight' is not a whole number."),
        ("policies", "RES_NORMAL", ["value=0"], "must be at least 1."),
        ("policies", "RES_NORMAL", ["unit=months"], "longer than working_days"),
        ("policies", "RES_NORMAL", ["unit=weeks"], "unit: 'weeks' is not one of"),
        ("policies", "RES_NORMAL", ["ceiling=20"], "ceiling of policies cannot be changed here"),
        ("policies", "NOTICE_10", ["value=9"], "is a time limit of the law (L.42/2013/QH13 art. 28.1)"),
        ("policies", "REDLINE_45", ["value=40"], "is a time limit of the law"),
        ("policies", "REDLINE_ALARM_1", ["value=31"], "ceiling"),
        ("policies", "ESCALATE_SUPERIOR", ["value=6"], "follow one another"),
        ("policies", "ESCALATE_HEAD", ["unit=hours"], "is counted in working_days"),
        ("policies", "NO_SUCH", ["value=1"], "has no row 'NO_SUCH'"),
        ("policies", "RES_NORMAL", ["value"], "written column=value"),
        ("categories", "A01", ["policy=NO_SUCH"], "policy: 'NO_SUCH' is not one of"),
        ("categories", "A01", ["severity=9"], "severity: '9' is not 0 to 4."),
        ("calendar", "2026-11-24", ["name=x"], "There is no table 'calendar' to change."),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(program, table, key, values, why):
    before = program.rules
    code, said = await sets(program, table, key, *values)
    assert code == 1 and why in said and said.endswith("Nothing was changed.")
    await program.freshen()
    assert program.rules is before


async def test_every_table_but_the_calendar_can_be_listed_and_a_category_changed(program):
    assert (await sets(program, "categories", "A01", "policy=RES_ONSITE", "sensitive=yes"))[0] == 0
    row = program.rules.rows("categories")["A01"]
    assert (row["policy"], row["sensitive"]) == ("RES_ONSITE", True)
    assert (await sets(program, "settings", "apology_in_person", "value=yes"))[0] == 0
    for table in ("policies", "categories", "statuses", "unit_types", "extension_causes"):
        assert (await rules(program, Namespace(table=table))).code == 0
    assert (await rules(program, Namespace(table="communes"))).code == 1


async def test_where_a_province_sets_urgent_cases_to_plain_hours_they_run_through_the_night(program):
    program.clock.now = EVENING
    assert (await files(program, category="C02")).due_at > datetime(2026, 11, 26, 3, tzinfo=UTC)
    assert (await sets(program, "policies", "RES_URGENT", "unit=hours"))[0] == 0
    urgent = await files(program, category="C02")
    assert urgent.due_at == EVENING + timedelta(hours=4)
    at = await program.read(lambda work: work.cases.due_for_check(EVENING + timedelta(hours=3), 9))
    assert urgent.id in [case.id for case in at]  # Its last hour.


async def test_the_ladder_follows_the_rows(program):
    assert ladder_of(program.rules).after == (1, 3, 5, 10)
    assert (await sets(program, "policies", "ESCALATE_CHAIR", "value=7"))[0] == 0
    assert (await sets(program, "policies", "REMIND_BEFORE", "value=3"))[0] == 0
    assert ladder_of(program.rules) == Ladder((3, 1, 0), timedelta(hours=1), (1, 3, 5, 7), 1, (30, 40, 45), 1)


async def test_a_duty_roster_is_read_checked_and_replaced(program):
    async def joins(work):
        person = (await work.people.known(LAN, work.now, "vi")).person
        staff = await redeem(work, person, await invite(work, Role.HEAD, WARD, "Lê Văn Trực", "20-17", work.now), work.now)
        return Reader(person, staff)

    reader = await program.app.run(joins)
    sheet = "mã đơn vị,người trực,từ,đến\n5986,20-17,25/11/2026 17:00,26/11/2026 07:30\n05986,lê văn trực,2026-11-28,2026-11-29\n"
    bad = sheet + "05986,Không Ai,28/11/2026,27/11/2026\nkhông,20-17,hôm nay,29/11/2026 25:00\n"

    async def imports(text: str, dry_run: bool = False):
        return await import_duty(program, Namespace(file="truc.csv", dry_run=dry_run), {"truc.csv": text.encode()})

    wrong = await imports(bad)
    assert wrong.code == 1 and "Nothing was changed: 5 problems in truc.csv." in wrong.text
    assert "4" in wrong.text and "is nobody who has joined" in wrong.text and "is no known office" in wrong.text
    assert (await imports(sheet, dry_run=True)).text == "2 duties of 1 offices would be kept, if this were not a dry run."
    assert (await imports(sheet)).text == "2 duties of 1 offices are kept."
    for day, hour, count in ((25, 9, 0), (25, 10, 1), (26, 0, 1), (26, 1, 0), (27, 17, 1), (29, 16, 1), (29, 17, 0)):
        at = datetime(2026, 11, day, hour, tzinfo=UTC)
        assert len(await program.read(lambda work, at=at: roster(work, reader, at))) == count, (day, hour)
    assert (await imports(sheet)).text == "2 duties of 1 offices are kept, in place of 2 before."


async def test_health_says_whether_timed_work_goes_on(program):
    assert (await health(program, Namespace())).code == 1
    now = datetime.now(UTC)
    await program.app.run(lambda work: keep_tick(work, now))
    assert (await health(program, Namespace())).code == 0
    await program.app.run(lambda work: note_jump(work, timedelta(hours=5)))
    assert "confirm-clock" in (await health(program, Namespace())).text
    assert (await confirm_clock(program, Namespace(), {})).text.startswith("Reminders and escalations go on.")
    assert (await confirm_clock(program, Namespace(), {})).text.startswith("Nothing rests")
    await program.app.run(lambda work: keep_tick(work, now - timedelta(minutes=4)))
    told = await health(program, Namespace())
    assert told.code == 1 and "stands still" in told.text


def test_they_are_typed_like_any_other_command(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "SECRET_KEYS"):
        monkeypatch.delenv(name, raising=False)
    assert main(["migrate"]) == 0
    assert main(["set-rule", "policies", "RES_NORMAL", "value=6"]) == 0
    assert main(["rules", "policies"]) == 0
    assert "RES_NORMAL\t6\t" in capsys.readouterr().out
    assert main(["set-rule", "policies", "RES_NORMAL", "value=99"]) == 1
    assert main(["health"]) == 1
    assert main(["confirm-clock"]) == 0
