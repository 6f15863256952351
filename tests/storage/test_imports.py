"""Sheets of offices and staff: what is right is taken, what is wrong is named, and nothing is taken by halves."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.imports import tables
from bot.imports.provinces import all_units, legacy_units, province_units
from bot.imports.staff import NewStaff, read_staff
from bot.imports.tables import day_of
from bot.imports.units import UnitImport, read_units
from bot.rules import communes, unit_types

TODAY = date(2026, 11, 24)
EXISTING = {unit.code: unit for unit in province_units("20")}
HOSPITAL = """code,name,type,parent,phone,latitude,longitude,aliases
20-BV,Bệnh viện Đa khoa tỉnh,BV,20-SYT,0205 3812 001,21.85,106.76,BVĐK
20-BV-NOI,Khoa Nội,KHOA,20-BV,,,,
20-BV-NGOAI,Khoa Ngoại,KHOA,20-BV,,,,Khoa Mổ; Khoa Ngoại tổng hợp
"""


def units(text: str, existing=EXISTING) -> UnitImport:
    return read_units(text.encode(), "units.csv", existing, TODAY)


def problems(text: str, existing=EXISTING) -> list[tuple[int, str, str]]:
    read = units(text, existing)
    assert not (read.added or read.changed or read.unchanged), "all or nothing"
    return [(problem.line, problem.column, problem.value) for problem in read.problems]


def workbook(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# The province made from the rules.


def test_the_province_has_its_departments_and_every_commune_its_offices():
    assert len(EXISTING) == 28 + 65 * 9
    assert EXISTING["20-SNV"].parent == "20"
    assert EXISTING["20-BTCD"].parent == "20-VP"
    assert EXISTING["06004"].parent == "20"
    assert EXISTING["06004-VP"].parent == "06004"
    assert EXISTING["06004"].head_title == "Chủ tịch UBND xã"
    assert EXISTING["06004-KT"].name == "Phòng Kinh tế xã Quốc Khánh"
    assert EXISTING["05986-KT"].name == "Phòng Kinh tế, Hạ tầng và Đô thị phường Tam Thanh"
    assert {unit.valid_from for unit in EXISTING.values()} == {date(2025, 7, 1)}
    assert {unit.province for unit in EXISTING.values()} == {"20"}


def test_bodies_with_their_own_line_stand_under_their_own_and_are_marked():
    police = EXISTING["06004-CA"]
    assert (police.parent, police.outside) == ("20-CA", True)
    assert (EXISTING["20-CA"].parent, EXISTING["20-CA"].outside) == (None, True)
    assert EXISTING["06004-DU"].parent == "20-TU"
    for unit in EXISTING.values():
        if unit.parent is not None:
            assert EXISTING[unit.parent].outside == unit.outside


def test_the_offices_of_all_vietnam_have_codes_of_their_own_known_types_and_parents():
    everything = all_units()
    codes = {unit.code for unit in everything}
    assert len(codes) == len(everything) > 30_000
    assert set(communes()) <= codes
    assert {unit.type for unit in everything} <= set(unit_types())
    assert all(unit.parent is None or unit.parent in codes for unit in everything)
    assert all(successor in codes for old in legacy_units() for successor in old.successors)


@pytest.mark.parametrize("name", ["20", "Lạng Sơn", "lang son", "tỉnh Lạng Sơn", "LẠNG SƠN"])
def test_a_province_is_known_by_code_and_name_with_or_without_marks(name):
    assert province_units(name)[0].name == "UBND tỉnh Lạng Sơn"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("lang sonn", "Tỉnh Lạng Sơn"), ("Hà Giang", "Tỉnh Tuyên Quang"), ("TP Huế", ""), ("qqqq", "34")],
)
def test_an_unknown_province_is_refused_with_the_nearest_names(name, nearest):
    if not nearest:
        assert province_units(name)[0].code == "46"
        return
    with pytest.raises(Refusal) as caught:
        province_units(name)
    assert nearest in str(dict(caught.value.text.values)) + caught.value.text.message


def test_the_old_names_of_one_province_lead_into_it_alone():
    old = {unit.name: unit for unit in legacy_units("20")}
    assert old["Xã Tri Phương"].successors == ("06004",)
    assert old["Sở Tài nguyên và Môi trường"].successors == ("20-SNNMT",)
    assert all(successor in EXISTING for unit in old.values() for successor in unit.successors)


# A sheet of offices.


def test_new_offices_are_added_with_their_province_and_the_title_of_their_head():
    read = units(HOSPITAL)
    assert read.problems == ()
    hospital, medicine, surgery = read.added
    assert (hospital.province, hospital.head_title, hospital.valid_from) == ("20", "Giám đốc", TODAY)
    assert (hospital.latitude, hospital.longitude, hospital.phone) == (21.85, 106.76, "0205 3812 001")
    assert (medicine.parent, medicine.province, medicine.head_title) == ("20-BV", "20", "Trưởng khoa")
    assert surgery.aliases == ("Khoa Mổ", "Khoa Ngoại tổng hợp")


def test_reading_the_same_sheet_again_changes_nothing():
    first = units(HOSPITAL)
    later = {**EXISTING, **{unit.code: unit for unit in first.added}}
    again = read_units(HOSPITAL.encode(), "units.csv", later, date(2026, 12, 1))
    assert (again.added, again.changed, again.problems) == ((), (), ())
    assert again.unchanged == first.added


def test_a_column_that_is_not_there_leaves_what_is_known_and_an_empty_cell_empties_it():
    known = {**EXISTING, **{unit.code: unit for unit in units(HOSPITAL).added}}
    renamed = units("code,name\n20-BV,Bệnh viện Một\n", known).changed[0]
    assert (renamed.name, renamed.phone, renamed.parent, renamed.aliases) == (
        "Bệnh viện Một",
        "0205 3812 001",
        "20-SYT",
        ("BVĐK",),
    )
    emptied = units("code,phone,latitude,longitude\n20-BV,,,\n", known).changed[0]
    assert (emptied.phone, emptied.latitude, emptied.name) == ("", None, "Bệnh viện Đa khoa tỉnh")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_however_a_spreadsheet_program_writes_it(encoding, separator):
    text = "Mã đơn vị,Tên,Loại,Cấp trên,Vĩ độ,Kinh độ\r\n20-X,Chi cục Thú y,CC_SO,20-SNNMT,21.8,106.7\r\n".replace(",", separator)
    read = read_units(text.encode(encoding), "units.csv", EXISTING, TODAY)
    assert read.problems == ()
    assert (read.added[0].name, read.added[0].latitude) == ("Chi cục Thú y", 21.8)


def test_an_xlsx_is_read_with_its_own_days_numbers_and_empty_lines():
    data = workbook(
        ("code", "name", "type", "parent", "latitude", "longitude", "valid_from", "phone"),
        (None,) * 8,
        ("20-X", "Chi cục Thú  y ", "CC_SO", "20-SNNMT", 21.8, 106.7, datetime(2026, 1, 2), 2053812001),
        (6004, "Xã Quốc Khánh", "UBND_X", 20, 22.3439, 106.527, None, "0205 1"),
    )
    read = read_units(data, "units.xlsx", EXISTING, TODAY)
    assert read.problems == ()
    new, commune = read.added[0], read.changed[0]
    assert (new.name, new.valid_from, new.phone) == ("Chi cục Thú y", date(2026, 1, 2), "2053812001")
    assert (commune.code, commune.phone, commune.valid_from) == ("06004", "0205 1", date(2025, 7, 1))


def test_lines_may_stand_in_any_order_and_name_their_parent():
    read = units("code,name,type,parent\n20-B,Phòng B,CC_SO,Chi cục A\n20-A,Chi cục A,CC_SO,Sở Nội vụ\n")
    assert read.problems == ()
    assert [(unit.code, unit.parent, unit.province) for unit in read.added] == [("20-B", "20-A", "20"), ("20-A", "20-SNV", "20")]


def test_an_office_that_ends_names_who_takes_over():
    read = units("code,valid_to,successors\n06004-TYT,31/12/2026,06004\n")
    assert (read.changed[0].valid_to, read.changed[0].successors) == (date(2026, 12, 31), ("06004",))
    assert problems("code,valid_to,successors\n06004-TYT,31/12/2026,\n") == [(2, "successors", "")]


HEAD = "code,name,type,parent\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "20-X,Tên,SO,20-NONE\n", [(2, "parent", "20-NONE")]),
        (HEAD + "20-X,Tên,SO,\n", [(2, "parent", "")]),
        (HEAD + "20-X,Tên,SOO,20\n", [(2, "type", "SOO")]),
        (HEAD + "20-X,,SO,20\n", [(2, "name", "")]),
        (HEAD + "20 X,Tên,SO,20\n", [(2, "code", "20 X")]),
        (HEAD + ",Tên,SO,20\n", [(2, "code", "")]),
        (HEAD + f"{'2' * 33},Tên,SO,20\n", [(2, "code", "2" * 33)]),
        (HEAD + "20-X,Tên,SO,20\n\n20-X,Tên khác,SO,20\n", [(4, "code", "20-X")]),
        (HEAD + "20-X,A,SO,20-Y\n20-Y,B,SO,20-X\n", [(2, "parent", "20-Y"), (3, "parent", "20-X")]),
        (HEAD + "20-X,A,SO,20-X\n", [(2, "parent", "20-X")]),
        (
            "code,parent\n20-SNV,20-X\n20-X,20-SNV\n",
            [(3, "name", ""), (3, "type", ""), (2, "parent", "20-X"), (3, "parent", "20-SNV")],
        ),
        (HEAD + "20-X,=1+1,SO,20\n", [(2, "name", "=1+1")]),
        (HEAD + f"20-X,{'a' * 201},SO,20\n", [(2, "name", "a" * 20)]),
        (HEAD + "XX-1,Tên,NGANH_DOC,\n", [(2, "code", "XX-1")]),
        (HEAD + "20-X,Tên,SO,20,thừa\n", [(2, "", "")]),
        ("code,name,type,parent,colour\n20-X,Tên,SO,20,đỏ\n", [(1, "colour", "")]),
        ("code,name,type,parent,tên\n20-X,Tên,SO,20,Tên\n", [(1, "name", "tên")]),
        ("code,phone\n20-SNV,gọi tôi\n", [(2, "phone", "gọi tôi")]),
        ("code,valid_from\n20-SNV,31/2/2026\n", [(2, "valid_from", "31/2/2026")]),
        ("code,valid_from\n20-SNV,2206-01-01\n", [(2, "valid_from", "2206-01-01")]),
        ("code,valid_to,successors\n20-SNV,2025-01-01,20\n", [(2, "valid_to", "2025-01-01")]),
        ("code,successors\n20-SNV,20-NONE\n", [(2, "successors", "20-NONE")]),
        ("code,successors\n20-SNV,20-SNV\n", [(2, "successors", "20-SNV")]),
        ("code,successors\n20-SNV,20-STC\n20-STC,20-SNV\n", [(2, "successors", "20-STC"), (3, "successors", "20-SNV")]),
        ("code,latitude,longitude\n20-SNV,106.7,21.8\n", [(2, "latitude", "106.7")]),
        ("code,latitude,longitude\n20-SNV,21.8,\n", [(2, "longitude", "")]),
        ("code,latitude,longitude\n20-SNV,21.8,nan\n", [(2, "longitude", "nan")]),
        ("code,latitude,longitude\n20-SNV,48.8,2.3\n", [(2, "latitude", "48.8")]),
    ],
)
def test_every_wrong_value_is_named_with_its_line_and_nothing_is_taken(text, expected):
    assert sorted(problems(text)) == sorted(expected)


def test_a_problem_says_where_what_and_what_to_do():
    problem = units(HEAD + "20-A,Tên,SO,20\n20-X,Tên,SOO,20\n").problems[0]
    assert problem.sentence().startswith("line 3, type: 'SOO' is no kind of office. Use one of: UBND_T, VP_T, SO,")


def test_a_parent_named_like_several_offices_is_asked_for_by_code():
    two = {**EXISTING, "04-SNV": EXISTING["20-SNV"].__class__("04-SNV", "Sở Nội vụ", "SO", "04", "04")}
    problem = units(HEAD + "20-X,Phòng,CC_SO,Sở Nội vụ\n", two).problems[0]
    assert "20-SNV, 04-SNV" in problem.sentence()


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("24/11/2026", date(2026, 11, 24)),
        ("1.2.2026", date(2026, 2, 1)),
        ("24-11-2026", date(2026, 11, 24)),
        ("24/11/26", None),
        ("11/24/2026", None),
        ("mai", None),
        ("", None),
    ],
)
def test_days_are_read_as_they_are_written_in_vietnam(written, day):
    assert day_of(written) == day


# Files that cannot be used at all.


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as into:
        for name, data in parts.items():
            into.writestr(name.replace("_", ".").replace("..", "_"), data)
    return file.getvalue()


def with_part(book: bytes, name: str, change) -> bytes:
    """Return a workbook with one part changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, change(data) if part.filename == name else data)
    return file.getvalue()


BOOK = workbook(("code", "name", "type", "parent"), ("20-X", "Tên", "SO", "20"))
SHEET = "xl/worksheets/sheet1.xml"
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "has no column"),
        (b"just words\n", "has no column"),
        (b"name,type\nA,SO\n", "has no column"),
        (b"\xff\x00\x81", "neither XLSX nor CSV"),
        ("code,name\n20,Lạng Sơn".encode("cp1258", "replace"), "neither XLSX nor CSV"),
        (tables.OLD_EXCEL + b"x" * 100, "old Excel"),
        (b"code\n" + b"x" * tables.MOST_BYTES, "larger than"),
        (b"code\n" + b"x\n" * tables.MOST_ROWS, "more than {most} lines"),
        (b"code" + b",x" * tables.MOST_COLUMNS, "more than {most} columns"),
        (b'code,name\n20,"open\n', "cannot be read from line"),
        (b"code\n" + b"x" * 200_000, "cannot be read from line"),
        (tables.ZIP + b"broken", "not an XLSX"),
        (packed(word_document_xml=b"<a/>"), "not an XLSX"),
        (BOOK[:-200], "not an XLSX"),
        (with_part(BOOK, SHEET, lambda data: data[:100]), "not an XLSX"),
        (with_part(BOOK, SHEET, lambda data: BOMB + data), "definitions"),
        (with_part(BOOK, SHEET, lambda data: (BOMB + data).decode().encode("utf-16")), "definitions"),
        (packed(a_xml=b" " * (tables.MOST_UNPACKED + 1)), "unpacks to too much"),
        (packed(**{f"part{n}_xml": b"" for n in range(tables.MOST_PARTS + 1)}), "unpacks to too much"),
    ],
    ids=range(19),
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(data, says):
    with pytest.raises(Refusal) as caught:
        read_units(data, "units", EXISTING, TODAY)
    assert says in caught.value.text.message


def test_a_sheet_that_claims_to_be_huge_is_not_believed():
    far = BOOK
    for before, after in ((b'ref="A1:D2"', b'ref="A1:XFD1048576"'),):
        far = with_part(far, SHEET, lambda data, before=before, after=after: data.replace(before, after))
    assert read_units(far, "units.xlsx", EXISTING, TODAY).added[0].code == "20-X"
    away = with_part(BOOK, SHEET, lambda data: data.replace(b'<row r="2"', b'<row r="1048576"').replace(b'2" t=', b'1048576" t='))
    with pytest.raises(Refusal, match="more than {most} lines"):
        read_units(away, "units.xlsx", EXISTING, TODAY)


# A sheet of staff.


def staff(text: str):
    return read_staff(text.encode(), "staff.csv", EXISTING)


def test_staff_are_read_by_code_or_name_of_role_and_office():
    read = staff(
        "Họ và tên;Số thẻ;Vai trò;Đơn vị;Điện thoại\n"
        "Nguyễn Thị Mai;LS-001;unit_head;06004;0912 345 678\n"
        "Trần Văn Sơn;;Cán bộ tiếp nhận;Sở Nội vụ;\n"
        "Lý Thị Hoa;LS-3;handler;sở nội vụ;\n"
        "Nguyễn Thị Mai;LS-001;supervisor;6004;\n"
    )
    assert read.problems == ()
    assert read.people == (
        NewStaff("Nguyễn Thị Mai", "LS-001", Role.HEAD, "06004", "0912 345 678"),
        NewStaff("Trần Văn Sơn", "", Role.INTAKE, "20-SNV"),
        NewStaff("Lý Thị Hoa", "LS-3", Role.HANDLER, "20-SNV"),
        NewStaff("Nguyễn Thị Mai", "LS-001", Role.SUPERVISOR, "06004"),
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("A B,,boss,06004\n", (2, "role", "boss")),
        ("A B,,citizen,06004\n", (2, "role", "citizen")),
        ("A B,,handler,nowhere\n", (2, "unit", "nowhere")),
        ("A B,,handler,06004-CA\n", (2, "unit", "06004-CA")),
        (",,handler,06004\n", (2, "name", "")),
        ("12,,handler,06004\n", (2, "name", "12")),
        ("A B,,unit_head,06004\nC D,,unit_head,06004\n", (3, "role", "unit_head")),
        ("A B,,handler,06004\nA B,,handler,06004\n", (3, "name", "A B")),
        ("A B,1,handler,06004\nC D,1,handler,20\n", (3, "badge", "1")),
        (f"A B,{'1' * 31},handler,06004\n", (2, "badge", "1" * 31)),
    ],
)
def test_a_wrong_line_of_staff_is_named_and_nobody_is_invited(lines, expected):
    read = staff("name,badge,role,unit\n" + lines)
    assert read.people == ()
    assert [(one.line, one.column, one.value) for one in read.problems] == [expected]


def test_a_sheet_of_staff_needs_name_role_and_unit():
    with pytest.raises(Refusal) as caught:
        staff("name,badge\nA,1\n")
    assert dict(caught.value.text.values)["columns"] == "role, unit"
