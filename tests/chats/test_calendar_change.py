"""A late change of the calendar, as those see it whose dates it moves, and as those do not whose dates it leaves."""

from __future__ import annotations

from bot.commands import run_changing
from bot.domain.people import Role
from bot.jobs import Timekeeper
from bot.moving import remember_to_move
from bot.usecases.recomputing import Change
from tests.chats.citizens import WARD, files
from tests.town import Town

STORM = "ngày;đến ngày;loại;tên;phạm vi;đơn vị;căn cứ\n26/11/2026;27/11/2026;tạm nghỉ;Bão số 9;{scope};{place};CV 12/UBND\n"


async def imports(town: Town, scope: str = "tỉnh", place: str = "", *more: str) -> str:
    """Change the calendar by the command, in the running program."""
    sheet = STORM.format(scope=scope, place=place).encode()
    outcome = await run_changing(town.program, ["import-holidays", "bao.csv", *more], {"bao.csv": sheet})
    assert outcome.code == 0, outcome.text
    await town.settles()
    return outcome.text


async def test_a_storm_moves_dates_and_those_concerned_are_told_once(town: Town):
    lan, mai = town.citizen("Lan"), await town.head("Mai", of=WARD)
    await lan.says("/start")
    await lan.picks("agree")
    first, second = await files(lan), await files(lan)  # Wednesday the 25th; seven working days: 4 December.
    for someone in (lan, mai):
        someone.looked = len(someone.lines)
    said = await imports(town)
    assert "2 open cases: 6 dates of 2 cases moved." in said
    told = [line.text for line in lan.lines[lan.looked :]]
    assert len(told) == 2 and all("thứ Ba, 08/12/2026" in text and "26/11/2026 Bão số 9 (CV 12/UBND)" in text for text in told)
    assert first in told[0] and second in told[1]
    mais = [line.text for line in mai.lines[mai.looked :]]
    assert len(mais) == 1 and "Bão số 9" in mais[0] and first not in mais[0]
    await lan.picks("case")
    lan.sees("08/12/2026")
    await lan.picks("timeline")
    lan.sees("Lịch làm việc thay đổi nên hạn trả lời là thứ Ba, 08/12/2026.")
    assert not (await town.case(first)).answered_at


async def test_the_running_program_files_by_the_new_calendar_at_once_and_undo_brings_the_dates_back(town: Town):
    lan = town.citizen("Lan")
    await lan.says("/start")
    await lan.picks("agree")
    before = await files(lan)
    due = (await town.case(before)).due_at
    await imports(town)
    after = await files(lan)
    assert (await town.case(after)).due_at == (await town.case(before)).due_at != due
    outcome = await run_changing(town.program, ["import-holidays", "--undo"], {})
    assert "1 rows brought back." in outcome.text and "moved" in outcome.text
    assert [(await town.case(code)).due_at for code in (before, after)] == [due, due]


async def test_nobody_is_told_whose_dates_stay(town: Town):
    lan, mai = town.citizen("Lan"), await town.head("Mai", of=WARD)
    await lan.says("/start")
    await lan.picks("agree")
    await files(lan)
    for someone in (lan, mai):
        someone.looked = len(someone.lines)
    assert "0 dates of 0 cases moved" in await imports(town, "đơn vị", "05983")
    assert "6 dates" not in await imports(town, "tỉnh", "", "--dry-run")
    assert not lan.lines[lan.looked :] and not mai.lines[mai.looked :]


async def test_a_process_that_ended_half_way_is_made_up_for_by_timed_work(town: Town):
    lan = town.citizen("Lan")
    await lan.says("/start")
    await lan.picks("agree")
    code = await files(lan)
    due = (await town.case(code)).due_at
    await imports(town)
    # As after a crash: the rows are in force again without any date having moved since.
    await town.program.app.run(lambda work: work.save_calendar({"2026-11-26 province": None}))
    await town.program.app.run(lambda work: remember_to_move(work, Change("Hết bão", town.now)))
    town.program._changed = ""
    await town.program.freshen()
    assert (await town.case(code)).due_at != due
    await town.passes(seconds=59)
    assert (await town.case(code)).due_at != due
    await town.passes(seconds=2)
    assert (await town.case(code)).due_at == due
    keeper: Timekeeper = town.keeper
    assert await keeper.once() == 0


async def test_an_admin_hears_of_a_case_whose_date_is_to_follow(town: Town):
    admin = await town.staff("Quản trị", Role.ADMIN, "20")
    lan = town.citizen("Lan")
    await lan.says("/start")
    await lan.picks("agree")
    town._clock[0] = town._clock[0].replace(year=2100, month=12, day=28)
    admin.looked = len(admin.lines)
    code = await files(lan)
    told = [line.text for line in admin.lines[admin.looked :] if "import-holidays" in line.text]
    assert len(told) == 1 and code in told[0]
    assert (await town.case(code)).due_at is None


async def test_head_and_supervisor_see_day_by_day_why_a_date_is_what_it_is(town: Town):
    mai, tra = await town.head("Mai", of=WARD), await town.staff("Trà", Role.SUPERVISOR, "20")
    lan = town.citizen("Lan")
    await lan.says("/start")
    await lan.picks("agree")
    urgent = await files(lan, category="C02")  # Four working hours from nine o'clock.
    await imports(town)
    normal = await files(lan)
    for code, says in (
        (urgent, ("15:00", "thứ Tư, 25/11/2026: tính 4:00, cộng dồn 4:00", "4 giờ làm việc")),
        (normal, ("thứ Năm, 26/11/2026: ngày nghỉ: Bão số 9 (CV 12/UBND)", "thứ Ba, 08/12/2026: ngày làm việc thứ 7")),
    ):
        for someone in (mai, tra):
            await someone.says(f"/mo {code}")
            await someone.picks("whydue")
            for words in says:
                someone.sees(words)


async def test_in_december_the_admins_hear_once_that_the_next_year_is_not_confirmed(town: Town):
    admin = await town.staff("Quản trị", Role.ADMIN, "20")
    mai = await town.head("Mai", of=WARD)
    await town.passes(days=5, hours=12)  # 30 November, nine in the evening.
    assert not [line for line in admin.lines if "2027" in line.text]
    await town.passes(hours=30)
    assert len([line for line in admin.lines if "Lịch nghỉ lễ năm 2027 chưa được xác nhận" in line.text]) == 1
    assert not [line for line in mai.lines if "2027" in line.text]


async def test_nobody_is_warned_of_a_year_whose_notice_was_entered(town: Town):
    admin = await town.staff("Quản trị", Role.ADMIN, "20")
    sheet = b"date,kind,name,source\n2027-01-01,holiday,T,TB 1/BNV\n"
    assert (await run_changing(town.program, ["import-holidays", "2027.csv"], {"2027.csv": sheet})).code == 0
    await town.passes(days=8)
    assert not [line for line in admin.lines if "2027" in line.text]
