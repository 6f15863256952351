"""An officer of intake files for a caller, a visitor or a letter, and keeps the books of calls and of the letterbox."""

from __future__ import annotations

import io

import openpyxl
import pypdfium2
import pytest

from bot.domain.cases import KnownAs, Status
from bot.domain.people import Role
from bot.reporting import make_report
from bot.usecases.report_jobs import Wish
from tests.chats.citizens import STORY, WARD, fills
from tests.town import PIN, Someone, Town

TOP = "20"


@pytest.fixture
async def an(town: Town) -> Someone:
    """An officer of the province's intake."""
    return await town.staff("Vi Thị An", Role.INTAKE, TOP)


async def takes(an: Someone, channel: str, **answers: str) -> str:
    """Go through the form for somebody else up to the read-back, and send it; return the case code."""
    await an.says("/ghiho")
    await an.picks(channel)
    if channel == "letterbox":
        await an.picks("1")
    await fills(an, **answers)
    if channel == "phone":
        await an.says("5")
    read_back = an.sees("Tôi ghi như vậy đúng không ạ" if channel in ("phone", "counter") else "so lại")
    assert STORY in read_back.text
    await an.picks("send")
    an.sees("Đã ghi vụ việc")
    return an.last_ref


def receipt_of(someone: Someone) -> str:
    """The words of the receipt that came last."""
    pdf = next(line.files[0] for line in reversed(someone.lines) if line.files)
    return " ".join(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().split())


def pin_on(paper: str) -> str:
    """The PIN on a receipt."""
    return PIN.findall(paper.partition("Mã PIN")[2])[0]


async def test_the_way_in_is_typed_as_it_is_said(town: Town, an: Someone):
    await an.says("/ghiho")
    an.sees("Phản ánh này đến từ đâu")
    await an.says("dien thoai")
    an.does_not_see("Phản ánh này đến từ đâu")


async def test_a_caller_gets_a_code_a_pin_on_paper_and_opens_his_case_later_in_a_chat(town: Town, an: Someone):
    mai = await town.head("Trần Thị Mai", WARD)
    ref = await takes(an, "phone", known_as="named")
    paper = receipt_of(an)
    pin = pin_on(paper)
    for words in ("PHIẾU TIẾP NHẬN", ref, "đường dây nóng", "Hạn trả lời", "quát tôi", "Tóm tắt đã đọc lại", "0205 3812 345"):
        assert words in paper, words
    for line in an.lines:
        assert pin not in line.text  # It stands on the paper only.
    assert "Lan" not in paper and "0912" not in paper

    case = await town.case(ref)
    assert (case.channel, case.known_as) == ("phone", KnownAs.NAMED) and case.taken_by is not None
    await mai.says(f"/mo {ref}")
    assert "Kênh: đường dây nóng; người tiếp nhận: Vi Thị An" in mai.sees(ref).text
    mai.does_not_see("0912")

    lan = town.citizen("Lan")
    await lan.agrees()
    await lan.says("/tracuu")
    await lan.says(ref)
    await lan.says(pin)
    lan.sees("quát tôi")
    await lan.picks("tellhere")
    lan.sees("Từ nay có tin gì")
    await mai.says(f"/nhan {ref}")
    lan.sees("Phường Tam Thanh")
    an.does_not_see("có tin mới")
    hoa = town.citizen("Hoa")  # Whoever finds the paper later may look, but takes the news from nobody.
    await hoa.agrees()
    await hoa.says(f"/tracuu {ref}")
    await hoa.says(pin)
    assert not hoa.offers("tellhere")
    await hoa.presses(f"tellhere:{ref}")
    hoa.does_not_see("Từ nay có tin gì")


async def test_the_officer_is_not_the_reporter(town: Town, an: Someone):
    ref = await takes(an, "phone", known_as="named")
    pin = pin_on(receipt_of(an))
    await an.says("/hoso")
    an.does_not_see(ref)
    await an.says(f"/tracuu {ref}")
    await an.says(pin)
    an.does_not_see("Đã mở bằng mã và PIN")
    await an.presses(f"takeback:{ref}.yes@1")
    assert (await town.case(ref)).status is not Status.WITHDRAWN


async def test_a_case_about_the_officer_himself_is_closed_to_him_as_to_anybody(town: Town, an: Someone):
    ref = await takes(an, "phone", who="bà Vi Thị An")
    await an.says(f"/mo {ref}")
    an.does_not_see("quát tôi")
    await an.says(f"/inphieu {ref}")
    an.does_not_see("Phiếu tiếp nhận mới")


async def test_intake_is_told_of_what_the_caller_must_hear_since_no_chat_does(town: Town, an: Someone):
    mai = await town.head("Trần Thị Mai", WARD)
    ref = await takes(an, "phone", known_as="custodian")
    await mai.says(f"/nhan {ref}")
    told = an.sees("có tin mới cần báo cho người gửi")
    assert ref in told.text and "quát" not in told.text
    await an.says(f"/mo {ref}")
    await an.picks("whosent")
    await an.says("Gọi lại báo cho người gọi biết")
    an.sees("0912 345 678")


async def test_a_new_receipt_opens_the_case_and_the_old_one_does_not(town: Town, an: Someone):
    ref = await takes(an, "counter", known_as="named")
    old = pin_on(receipt_of(an))
    await an.says(f"/inphieu {ref}")
    new = pin_on(receipt_of(an))
    lan = town.citizen("Lan")
    await lan.agrees()
    for pin, opens in ((old, False), (new, True)):
        await lan.says(f"/tracuu {ref}")
        await lan.says(pin)
        (lan.sees if opens else lan.does_not_see)("quát tôi")
    assert old != new


async def test_a_caller_without_a_number_is_taken_too(town: Town, an: Someone):
    await an.says("/ghiho")
    await an.picks("counter")
    await fills(an, known_as="anonymous")
    await an.picks("edit=known_as") if an.offers("edit=known_as") else None
    an.sees("Tôi ghi như vậy đúng không ạ")
    await an.picks("send")
    assert "ẩn danh" in receipt_of(an)


async def test_the_box_is_opened_by_two_and_its_letters_are_filed(town: Town, an: Someone):
    binh = await town.staff("Lý Văn Bình", Role.INTAKE, TOP)
    await an.says("/ghiho")
    await an.picks("letterbox")
    an.sees("Chưa có lần mở hòm thư nào được xác nhận")
    await an.says("/homthu new")
    await an.says("Cổng trụ sở UBND tỉnh")
    await an.picks(str((await staff_of(town, "Lý Văn Bình")).id))
    await an.says("3")
    await an.says("4")
    await an.picks("send")
    an.sees("không thể nhiều hơn")
    await an.picks("change")
    await an.picks("edit=unfit")
    await an.says("1")
    await an.picks("send")
    binh.sees("Anh/chị có mặt")
    await binh.picks("boxright")
    an.sees("đã được xác nhận")
    ref = await takes(an, "letterbox", known_as="custodian")
    assert (await town.case(ref)).channel == "letterbox"

    sang = await town.staff("Hoàng Sang", Role.SUPERVISOR, TOP)
    rows = await sheet(sang, "letterbox")
    assert rows[-1][1:6] == ("Cổng trụ sở UBND tỉnh", "Vi Thị An; Lý Văn Bình", 3, ref, 1)
    assert "xác nhận" in rows[-1][6]


async def test_an_opening_that_the_second_person_denies_does_not_count(town: Town, an: Someone):
    binh = await town.staff("Lý Văn Bình", Role.INTAKE, TOP)
    await an.says("/homthu new")
    await an.says("Cổng trụ sở UBND tỉnh")
    await an.picks(str((await staff_of(town, "Lý Văn Bình")).id))
    await an.says("0")
    await an.picks("send")
    await an.presses("boxright:1")  # The first person cannot confirm it himself.
    an.does_not_see("đã được xác nhận")
    await binh.picks("boxwrong")
    an.sees("không được tính")
    await binh.presses("boxright:1")
    binh.sees("đã trả lời rồi")
    sang = await town.staff("Hoàng Sang", Role.SUPERVISOR, TOP)
    assert not any("Cổng trụ sở" in str(row) for row in await sheet(sang, "letterbox"))


async def test_every_call_stands_in_the_book_with_its_number_hidden(town: Town, an: Someone):
    await an.says("/cuocgoi 3 phút: hỏi giờ làm việc của bộ phận một cửa")
    an.sees("hỏi giờ làm việc")
    await an.picks("callread")
    await an.says("/cuocgoi")
    await an.says("Gọi nhầm số, xin lỗi rồi dập máy")
    an.sees("Đã ghi cuộc gọi")
    ref = await takes(an, "phone", known_as="named")
    sang = await town.staff("Hoàng Sang", Role.SUPERVISOR, TOP)
    rows = await sheet(sang, "calls")
    told = {row[4]: row for row in rows[-3:]}
    first = told["hỏi giờ làm việc của bộ phận một cửa"]
    assert first[1:4] == ("ẩn", "3 phút", "Vi Thị An") and first[5:] == ("x", None)
    assert told["Gọi nhầm số, xin lỗi rồi dập máy"][5:] == (None, None)
    last = next(row for row in rows if row[6] == ref)
    assert (last[2], last[5]) == ("5 phút", "x") and "xem trong vụ việc" in last[4]
    assert "0912" not in str(rows) and "quát" not in str(rows)
    register = await sheet(sang, "register")
    assert register[-1][3:5] == ("đường dây nóng", "Vi Thị An")


async def test_only_intake_has_these_commands(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    for command in ("/ghiho", "/cuocgoi hỏi đường", "/homthu"):
        await mai.says(command)
        mai.sees("không có lệnh này") if "không có lệnh này" in mai.new[-1].text else mai.sees("lệnh")


async def staff_of(town: Town, name: str):
    found = await town.program.app.run(lambda work: work.staff.all())
    return next(staff for staff, _acts in found if staff.name == name)


async def sheet(reader: Someone, report: str) -> list[tuple[object, ...]]:
    """Ask for a report of this month as an Excel file; return the lines of its first sheet. Zalo carries no such file."""
    if reader.zalo is None:
        await reader.presses(f"report:{report}.x.month.{TOP}")
        data = [line.files[0] for line in reader.lines if line.files][-1]
    else:
        data = await made(reader, report)
    return list(openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True))


async def made(reader: Someone, report: str) -> bytes:
    """The file of a report as it is made for this reader."""
    program, staff = reader.town.program, await staff_of(reader.town, reader.name)
    wish = Wish(staff.id, report, "xlsx", TOP, "month", "asked", "x")
    found = await program.read(lambda work: make_report(work, staff, wish, "UBND", program.app.translator("vi")))
    assert found is not None and found.file is not None
    return found.file()
