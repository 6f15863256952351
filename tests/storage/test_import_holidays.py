"""Sheets of holidays: what is right is taken, what is wrong is named, and nothing is taken by halves."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from bot.domain.calendar import CalendarRow, DayKind, RowStatus, Scope
from bot.domain.refusal import Refusal
from bot.imports.holidays import HolidayImport, read_holidays
from bot.rules import calendar_rows

TODAY = date(2026, 11, 24)
KNOWN = {row.key: row for row in calendar_rows()}
OFFICES = {"20", "05986", "01234"}


def read(text: str) -> HolidayImport:
    return read_holidays(text.encode(), "lich.csv", KNOWN, OFFICES, TODAY)


def rows(text: str) -> dict[str, CalendarRow]:
    found = read(text)
    assert found.problems == ()
    return {**found.added, **found.changed}


def wrong(text: str) -> list[tuple[int, str]]:
    found = read(text)
    assert not (found.added or found.changed or found.unchanged), "all or nothing"
    return [(problem.line, problem.column) for problem in found.problems]


def test_a_sheet_in_vietnamese_words_is_understood():
    found = rows(
        "Ngày;Đến ngày;Loại;Tên;Trạng thái;Phạm vi;Đơn vị;Căn cứ\n"
        "26/11/2026;27/11/2026;Tạm nghỉ;Bão số 9;Chính thức;Tỉnh;;CV 12/UBND\n"
        "01/12/2026;;nửa ngày;Đại hội;;đơn vị;05986;KH 3\n"
    )
    assert found == {
        "2026-11-26 province": CalendarRow(
            date(2026, 11, 26), date(2026, 11, 27), DayKind.LOCAL_OFF, "Bão số 9", scope=Scope.PROVINCE, source="CV 12/UBND"
        ),
        "2026-12-01 unit 05986": CalendarRow(
            date(2026, 12, 1), None, DayKind.HALF_DAY, "Đại hội", scope=Scope.UNIT, source="KH 3", place="05986"
        ),
    }


def test_one_day_of_a_swap_makes_the_other_and_both_can_be_taken_back():
    found = rows("date,kind,name,source,pair\n2026-11-23,swap_off,Nghỉ hoán đổi,CV 1/BNV,2026-11-28\n")
    assert [(key, row.kind, row.pair, row.status) for key, row in found.items()] == [
        ("2026-11-23", DayKind.SWAP_OFF, date(2026, 11, 28), RowStatus.CONFIRMED),
        ("2026-11-28", DayKind.SWAP_WORK, date(2026, 11, 23), RowStatus.CONFIRMED),
    ]
    back = rows("date,kind,name,source,pair,status\n2026-01-10,làm bù,Hủy hoán đổi,CV 2,2026-01-02,hủy\n")
    assert {row.status for row in back.values()} == {RowStatus.PROPOSED} and set(back) == {"2026-01-02", "2026-01-10"}


def test_a_row_that_is_known_is_left_and_one_that_differs_is_changed():
    found = read(
        "date,kind,name,status,source\n"
        "2026-11-24,holiday,Ngày Văn hóa Việt Nam,confirmed,NQ 28/2026/QH16\n"
        "2027-02-04,holiday,Tết Nguyên đán,confirmed,TB 1/BNV\n"
        "2028-01-24,holiday,Tết,confirmed,TB 2\n"
    )
    assert [list(part) for part in (found.unchanged, found.changed, found.added)] == [
        ["2026-11-24"],
        ["2027-02-04"],
        ["2028-01-24"],
    ]


def test_a_workbook_with_real_dates_is_read_like_a_text():
    book = Workbook()
    for line in (["date", "kind", "name", "source", "place"], [datetime(2026, 11, 26), "local_off", "Lũ", "CV 1", 1234]):
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    found = read_holidays(out.getvalue(), "lich.xlsx", KNOWN, OFFICES, TODAY)
    assert list(found.added) == ["2026-11-26 unit 01234"]  # The spreadsheet had dropped the zero.


def test_office_hours_of_a_province_are_taken_for_a_span():
    found = rows(
        "date,date_to,kind,scope,hours,name,source\n"
        "2026-10-16,2027-04-15,office_hours,province,08:00-12:00 13:00-16:30,Mùa đông,QĐ 1\n"
    )
    assert [row.hours for row in found.values()] == ["08:00-12:00 13:00-16:30"]


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("24/13/2026,holiday,A,B,,,,,,", ["date"]),
        ("24/11/2062,holiday,A,B,,,,,,", ["date"]),
        (",holiday,A,B,,,,,,", ["date"]),
        ("26/11/2026,party,A,B,,,,,,", ["kind"]),
        ("26/11/2026,holiday,,,,,,,,", ["name", "source"]),
        ("26/11/2026,holiday,A,B,sure,,,,,", ["status"]),
        ("26/11/2026,holiday,A,B,,village,,,,", ["scope"]),
        ("26/11/2026,local_off,A,B,,unit,,,,", ["place"]),
        ("26/11/2026,local_off,A,B,,,99999,,,", ["place"]),
        ("26/11/2026,local_off,A,B,,province,05986,,,", ["place"]),
        ("26/11/2026,local_off,A,B,,national,20,,,", ["place"]),
        ("26/11/2026,local_off,A,B,,,,25/11/2026,,", ["date_to"]),
        ("26/11/2026,local_off,A,B,,,,26/03/2027,,", ["date_to"]),
        ("26/11/2026,swap_off,A,B,,,,,,", ["pair"]),
        ("28/11/2026,swap_off,A,B,,,,,26/11/2026,", ["date", "pair"]),
        ("26/11/2026,swap_off,A,B,,,,,27/11/2026,", ["pair"]),
        ("26/11/2026,swap_off,A,B,,,,27/11/2026,28/11/2026,", ["date_to"]),
        ("26/11/2026,holiday,A,B,,,,,28/11/2026,", ["pair"]),
        ("26/11/2026,holiday,A,B,,,,,,07:30-11:30", ["hours"]),
        ("26/11/2026,half_day,A,B,,,,,,7-11", ["hours"]),
        ("26/11/2026,office_hours,A,B,,,,,,", ["date_to", "hours"]),
    ],
)
def test_a_bad_line_is_named_with_its_column(line, columns):
    head = "date,kind,name,source,status,scope,place,date_to,pair,hours"
    assert wrong(f"{head}\n30/11/2026,local_off,A,B,,,,,,\n{line}\n") == [(3, column) for column in columns]


def test_all_bad_lines_are_named_at_once_and_a_day_stands_once():
    lines = ("2026-11-26,holiday,A,B,", "2026-11-26,comp_off,A,B,", "26,holiday,A,B,", "2026-11-27,swap_off,A,B,")
    assert wrong("\n".join(["date,kind,name,source,pair", *lines])) == [(3, "date"), (4, "date"), (5, "pair")]


def test_the_two_days_of_a_swap_must_name_each_other():
    text = "date,kind,name,source,pair\n2026-11-23,swap_off,A,B,2026-11-28\n2026-11-28,swap_work,A,B,2026-11-27\n"
    assert (2, "pair") in wrong(text)


def test_a_sheet_without_lines_or_columns_is_refused():
    assert wrong("date,kind,name,source\n") == [(1, "date")]
    with pytest.raises(Refusal):
        read("day,what\n2026-11-24,holiday\n")
