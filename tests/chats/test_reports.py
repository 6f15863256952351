"""A supervisor and a head ask for numbers, files and a chart; reports go out by themselves, each once."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image

from bot import reporting
from bot.charts import COLOURS, MARGIN, WIDTH
from bot.domain.people import Role
from bot.domain.periods import month_of
from bot.usecases.ports import Work
from bot.usecases.report_jobs import DROP, KEEP, wish
from tests.chats.test_office import a_citizen, code_of, files_feedback, writes_the_answer
from tests.town import Line, Someone, Town

WARD = "Phường Tam Thanh"
TOP = "20"


@pytest.fixture
async def ward(town: Town) -> str:
    """A ward."""
    return await code_of(town, WARD)


async def an_answer(town: Town, lan: Someone, mai: Someone, unit: str = WARD) -> str:
    ref = await files_feedback(town, lan, unit)
    await mai.picks(f"open:{ref}")
    await mai.picks("accept")
    await writes_the_answer(mai)
    await mai.picks("send")
    return ref


def the_file(someone: Someone) -> bytes:
    """The one file that this person has got since the last act."""
    found = [file for line in someone.new for file in line.files]
    assert len(found) == 1
    return found[0]


def the_sheet(someone: Someone, number: int = 0) -> Worksheet:
    return load_workbook(BytesIO(the_file(someone))).worksheets[number]


def the_table(sheet: Worksheet) -> list[dict[str, object]]:
    """The rows of the table by their headings; it begins below the frozen header."""
    top = int(str(sheet.freeze_panes)[1:]) - 1
    names = [cell.value for cell in sheet[top]]
    return [dict(zip(names, row, strict=True)) for row in sheet.iter_rows(min_row=top + 1, values_only=True) if any(row)]


async def test_a_supervisor_counts_this_month_against_the_last_one_and_drills_down(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    await an_answer(town, lan, mai)
    await son.says("/thongke")
    seen = son.sees("Đã trả lời: 1 (↑ 1)").text
    for line in (
        *("15/11/2026–14/12/2026", "Đúng hạn, không gia hạn: 1 (↑ 1), bằng 100%", "Đúng hạn, sau khi gia hạn: 0 (=), bằng 0%"),
        *("Chậm: 0 (=), bằng 0%", "Tiếp nhận: 1 (↑ 1)", "Đang xử lý: 0, trong đó quá hạn: 0", "Xác định đúng: 1"),
    ):
        assert line in seen
    await son.picks(f"stats:last.{TOP}")
    assert "Đã trả lời: 0 (=)" in son.sees("15/10/2026–14/11/2026").text
    await son.says("/thongke quý")
    son.sees("quý 4/2026 (15/09/2026–14/12/2026)")
    await son.picks(f"report:by_unit.c.2026-Q4.{TOP}")
    son.sees(f"{WARD}: 1 / 0 / 0; quá hạn 0")
    await son.says("/thongke hôm kia")
    son.sees("Không rõ kỳ này")


@pytest.mark.parametrize("typed", ["thong ke", "Báo cáo", "/baocao", "/baocao thang truoc"])
async def test_the_figures_are_found_without_knowing_a_command(town: Town, typed: str):
    son = await town.staff("Lê Sơn", Role.SUPERVISOR, "20")
    await son.says("menu")
    assert son.offers("stats")
    await son.says("/truc")  # Something else stands last, so that no line of the menu is meant.
    await son.says(typed)
    son.sees("Thống kê của đơn vị")


async def test_a_head_asks_for_his_own_offices_only(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    await mai.says("/thongke")
    mai.sees(WARD)
    other = await code_of(town, "Phường Đông Kinh")
    for token in (
        f"stats:month.{other}",
        f"stats:month.{TOP}",
        f"report:register.x.month.{other}",
        f"report:by_unit.p.month.{TOP}",
    ):
        await mai.presses(token)
        mai.sees("Anh/chị chỉ xem được số liệu của đơn vị mình")
    lan = await a_citizen(town)
    await lan.says("/thongke")
    lan.does_not_see("Thống kê")


async def test_the_register_comes_as_a_file_without_the_sender_and_without_his_words(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await an_answer(town, lan, mai)
    await son.says("/thongke")
    await son.picks(f"report:register.x.2026-12.{TOP}")
    assert "Đang lập, vài giây nữa" in son.new[0].text
    sheet = the_sheet(son)
    (row,) = the_table(sheet)
    assert row["Mã vụ"] == ref and row["STT"] == 1 and row["Họ tên (ẩn)"] == row["Liên hệ (ẩn)"] == "ẩn"
    assert row["Ngày giờ nhận"] == datetime(2026, 11, 25, 9, 0) and row["Kết luận"] and row["Đơn vị xử lý"] == WARD
    assert [sheet["A2"].value, sheet["A5"].value] == [
        "SỔ TIẾP NHẬN PHẢN ÁNH, KIẾN NGHỊ",
        "Lập lúc 09:00 thứ Tư, 25/11/2026, theo yêu cầu của Ông/Bà Bùi Thanh Sơn",
    ]
    everything = " ".join(str(cell) for line in sheet.iter_rows(values_only=True) for cell in line)
    for secret in ("Lan", "0912", "quát tôi", "quầy 3"):
        assert secret not in everything


async def test_the_chart_shows_the_offices_as_bars(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    await an_answer(town, lan, mai)
    await son.presses(f"report:by_unit.p.month.{TOP}")
    picture = Image.open(BytesIO(the_file(son)))
    assert (picture.format, picture.width) == ("PNG", WIDTH)
    bottom = picture.height - MARGIN - 40
    assert picture.getpixel((MARGIN + 20, bottom)) == picture.getpixel((WIDTH - MARGIN - 20, bottom)) == COLOURS[0]


async def test_whoever_a_case_speaks_about_is_not_counted_it(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    hoa = await town.staff("Phan Thị Hoa", Role.SUPERVISOR, TOP)
    await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    await files_feedback(town, lan, WARD, who="ông Bùi Thanh Sơn")
    for asks, count in ((son, 0), (hoa, 1)):
        await asks.says("/thongke")
        asks.sees(f"Tiếp nhận: {count}")
        await asks.picks(f"report:register.x.2026-12.{TOP}")
        assert len(the_table(the_sheet(asks))) == count


async def test_who_lost_his_place_before_the_file_was_made_gets_nothing(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    staff = await town.program.app.run(lambda work: work.staff.all())
    number = next(one.id for one, _acts in staff if one.name == "Bùi Thanh Sơn")

    async def asks_and_is_revoked(work: Work) -> None:
        asker = await work.staff.by_id(number)
        assert asker is not None
        await wish(work, asker, "register", "xlsx", TOP, month_of(date(2026, 11, 25)), work.now)
        await work.staff.revoke(number, work.now)

    await town.program.app.run(asks_and_is_revoked)
    await town.settles()
    assert not [file for line in son.lines for file in line.files]
    assert list(town.program.files.names()) == []


async def test_who_loses_his_place_while_the_file_is_made_gets_nothing(town: Town):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    app = town.program.app
    staff = await app.run(lambda work: work.staff.all())
    number = next(one.id for one, _acts in staff if one.name == "Bùi Thanh Sơn")
    reads = app.reader
    assert reads is not None

    async def reads_and_revokes(step):
        made = await reads(step)
        await app.run(lambda work: work.staff.revoke(number, work.now))
        return made

    app.reader = reads_and_revokes
    await son.presses(f"report:register.x.month.{TOP}")
    son.sees("Đang lập")
    assert not [file for line in son.lines for file in line.files]


async def test_the_file_is_kept_for_some_days_and_then_removed(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    await son.presses(f"report:register.x.month.{TOP}")
    (name,) = town.program.files.names()
    assert await town.program.app.run(lambda work: work.files.names()) == {name}
    await town.passes(days=KEEP.days - 1)
    assert list(town.program.files.names()) == [name]
    await town.passes(days=2)
    assert list(town.program.files.names()) == []
    assert DROP not in [kind for _job, kind, *_more in await town.program.app.run(lambda work: work.jobs.due(work.now, 9))]


async def until(town: Town, day: date, hour: int = 12) -> None:
    """Let time pass up to an hour of a day in Vietnam."""
    there = datetime(day.year, day.month, day.day, hour) - timedelta(hours=7)
    await town.passes(seconds=(there - town.now.replace(tzinfo=None)).total_seconds())


def reports(someone: Someone, title: str) -> list[Line]:
    return [line for line in someone.lines if line.text.startswith(title)]


async def test_the_month_is_reported_on_the_15th_to_the_head_and_to_those_above_him(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await an_answer(town, lan, mai)
    await until(town, date(2026, 12, 14), 17)
    assert not reports(mai, "Báo cáo tháng")
    await until(town, date(2026, 12, 15), 7)
    assert not reports(mai, "Báo cáo tháng")
    await until(town, date(2026, 12, 16))
    for reader in (mai, son):
        (told,) = reports(reader, "Báo cáo tháng")
        assert "tháng 12/2026 (15/11/2026–14/12/2026)" in told.text and "Trả lời đúng hạn, không gia hạn: 1" in told.text
    files = [file for line in mai.lines for file in line.files if file.startswith(b"PK")]
    book = load_workbook(BytesIO(files[0]))
    assert book.sheetnames == ["Vụ việc", "Theo đơn vị", "Theo cán bộ"]
    (row,) = the_table(book.worksheets[0])
    assert row == {
        "Mã": ref,
        "Đơn vị": WARD,
        "Loại": row["Loại"],
        "Đúng hạn / chậm": "đúng hạn",
        "Số ngày chậm": 0,
        "Tên cán bộ xử lý": "Trần Thị Mai",
        "Nguyên nhân": None,
        "Đã thông báo và xin lỗi (ngày, ai)": None,
        "Ghi chú": None,
    }


async def test_after_a_standstill_the_months_missed_are_told_once_each_the_oldest_first(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    await town.passes(hours=1)
    town._clock[0] += timedelta(days=95)  # Nothing ran meanwhile.
    await town.passes(hours=24)
    told = [line.text.splitlines()[2] for line in reports(mai, "Báo cáo tháng")]
    assert [each.split(" (")[0] for each in told] == ["Kỳ: tháng 12/2026", "Kỳ: tháng 1/2027", "Kỳ: tháng 2/2027"]


async def test_the_digest_of_the_week_comes_on_monday_morning_to_supervisors(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    await files_feedback(town, lan, WARD)
    await until(town, date(2026, 11, 29), 20)
    assert not reports(son, "Tóm tắt cho buổi giao ban tuần")
    await until(town, date(2026, 12, 1))
    (told,) = reports(son, "Tóm tắt cho buổi giao ban tuần")
    for line in ("tuần 23/11/2026–29/11/2026", "Mới nhận trong tuần: 1", "Đang quá hạn: 0"):
        assert line in told.text
    assert not reports(mai, "Tóm tắt cho buổi giao ban tuần")


async def test_a_report_that_takes_long_holds_up_nothing_and_is_sent_once(town: Town, monkeypatch):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    ready, make = threading.Event(), reporting.workbook

    def slow(*parts: Any) -> bytes:
        assert ready.wait(60)
        return make(*parts)

    monkeypatch.setattr(reporting, "PATIENCE", 0.0)
    monkeypatch.setattr(reporting, "workbook", slow)
    await son.presses(f"report:register.x.month.{TOP}")
    assert not [file for line in son.new for file in line.files]
    monkeypatch.setattr(reporting, "PATIENCE", 5.0)
    ready.set()
    for _second in range(3):
        await town.passes(seconds=2)
    assert len([file for line in son.new for file in line.files]) == 1


async def test_the_overdue_list_comes_as_a_file_with_the_same_cases(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    await town.head("Trần Thị Mai", ward)
    vinh = await town.head("Phạm Quang Vinh", TOP)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await town.passes(days=12)
    for reader in (son, vinh):
        await reader.says("/quahan")
        reader.sees(ref)
        await reader.picks(f"report:overdue.x.month.{TOP}")
        (row,) = the_table(the_sheet(reader))
        assert (row["Mã"], row["Người đứng đầu"], row["Cấp trên"]) == (ref, "Trần Thị Mai", "Phạm Quang Vinh")
        assert row["Nhận"] == datetime(2026, 11, 25, 9, 0) and row["Hạn dịch vụ"] == datetime(2026, 12, 4)
        assert row["Quá (ngày lv)"] == 1 and "quá hạn dịch vụ" in str(row["Trạng thái"]) and row["Lần nhắc"] >= 1


async def test_a_period_and_an_office_are_typed_as_one_says_them(town: Town, ward: str):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    for words, period in (
        ("tháng 11", "tháng 11/2026 (15/10/2026–14/11/2026)"),
        ("thang 11 nam 2025", "tháng 11/2025"),
        ("quý 3", "15/06/2026–14/09/2026"),
        ("quy iv", "15/09/2026–14/12/2026"),
        ("năm 2025", "15/12/2024–14/12/2025"),
        ("2026-11", "tháng 11/2026"),
        ("tuần trước", "16/11/2026–22/11/2026"),
    ):
        await son.says(f"/thongke {words}")
        assert "UBND tỉnh Lạng Sơn" in son.sees(period).text, words
    await son.says("/thongke sở y tế tháng trước")
    assert "Sở Y tế" in son.sees("tháng 11/2026").text
    await son.says("/thongke tam thanh quý 3")
    son.sees("Anh/chị muốn xem đơn vị nào?")
    await son.picks(f"stats:2026-Q3.{ward}")
    assert "Phường Tam Thanh" in son.sees("15/06/2026–14/09/2026").text
    await son.says("/thongke bánh chưng")
    son.sees("Không rõ kỳ này")


async def test_only_ones_own_offices_are_found_by_typing_a_name(town: Town, ward: str):
    dung = await town.head("Nông Văn Dũng", "20-SNV")
    await dung.says("/thongke phường tam thanh")
    dung.sees("Không rõ kỳ này")
    dung.does_not_see("Tam Thanh")


@pytest.mark.parametrize("town", ["webchat"], indirect=True)  # The only channel whose harness keeps the names of files.
async def test_a_file_is_named_in_the_language_of_whoever_gets_it(town: Town):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    await son.says("/thongke")
    await son.picks(f"report:register.x.2026-12.{TOP}")
    (name,) = [file.name for message in town.web.messages(son.chat) for file in message.files]
    assert name == "so-tiep-nhan-phan-anh-kien-nghi-ubnd-tinh-lang-son-2026-12.xlsx"


async def test_a_list_of_this_moment_says_so_and_names_no_period(town: Town):
    son = await town.staff("Bùi Thanh Sơn", Role.SUPERVISOR, TOP)
    await son.presses(f"report:overdue.x.month.{TOP}")
    sheet = the_sheet(son)
    assert sheet["A4"].value == "Tính đến 09:00 thứ Tư, 25/11/2026"
    son.sees("Tính đến 09:00 thứ Tư, 25/11/2026")
