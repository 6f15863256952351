"""The columns of the registers and reports are those of the law and practice page, in their order (LAW 8.1, 8.2)."""

import pytest

from bot.catalogue import Catalogue
from handlers.reports import BY_NAME, REPORTS

VIETNAMESE = Catalogue().translator("vi")
COLUMNS = {
    "register": (
        "STT · Mã vụ · Ngày giờ nhận · Kênh · Người tiếp nhận · Họ tên (ẩn) · Liên hệ (ẩn) · Địa bàn · Đơn vị bị phản ánh · "
        "Cá nhân bị phản ánh · Loại việc · Mã nhóm vi phạm · Tóm tắt · Tài liệu kèm · Mức độ · Đơn vị xử lý · "
        "Ngày chuyển/số VB · Hạn · Ngày trả lời/số VB · Kết luận · Hình thức xử lý · Xin lỗi (ngày) · Đánh giá · Ghi chú"
    ),
    "overdue": (
        "Mã · Đơn vị · Người đứng đầu · Cấp trên · Loại · Nhận · Hạn luật · Hạn dịch vụ · Quá (ngày lv) · Trạng thái · "
        "Người đang giữ · Lần nhắc · Đã xin lỗi"
    ),
    "monthly": (
        "Mã · Đơn vị · Loại · Đúng hạn / chậm · Số ngày chậm · Tên cán bộ xử lý · Nguyên nhân · "
        "Đã thông báo và xin lỗi (ngày, ai) · Ghi chú"
    ),
    "calls": "Thời điểm gọi · Số (ẩn) · Thời lượng · Người trực · Nội dung ghi trung thực · Đã đọc lại (x) · Mã vụ",
    "letterbox": "Ngày mở · Vị trí hòm thư · Người mở (≥ 2 người) · Số thư · Mã vụ đã nhập · Thư không đủ điều kiện · Chữ ký",
    "written": (
        "STT · Đơn vị · Người đứng đầu · Số, ngày văn bản nhắc · Nội dung · Lần thứ · Năm · Hạn khắc phục · Kết quả · "
        "Người ghi sổ · Đưa vào xếp loại (x)"
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_register_has_the_columns_of_its_form(name):
    headings = [VIETNAMESE(column.heading) for column in BY_NAME[name].sheets[0].columns]
    assert headings == COLUMNS[name].split(" · ")


def test_the_offices_side_by_side_have_all_that_the_summary_asks_for():
    headings = [VIETNAMESE(column.heading) for column in BY_NAME["by_unit"].sheets[0].columns]
    for words in (
        *("Đơn vị", "Tồn kỳ trước", "Nhận trong kỳ", "Tổng", "Trả lời trước hạn", "Trả lời đúng hạn", "Trả lời quá hạn"),
        *("trong hạn", "quá hạn", "Tỷ lệ đúng hạn", "Hài lòng", "Đã xin lỗi", "Đề nghị xem lại", "Xác định đúng"),
        *("Xác định đúng một phần", "Hình thức xử lý", "So với kỳ trước"),
    ):
        assert any(words in heading for heading in headings), words


def test_every_report_has_a_name_of_its_own_that_a_button_can_carry():
    assert len(BY_NAME) == len(REPORTS)
    for report in REPORTS:
        token = f"report:{report.name}.x.2026-Q4."
        assert len(token) <= 64 - 24 and report.sheets
        assert VIETNAMESE(report.title) != report.title.message
