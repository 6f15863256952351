"""People find an office however they type it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from bot.domain.folding import fold
from bot.domain.units import LegacyUnit, Unit
from bot.imports.provinces import all_units, legacy_units, province_units
from bot.rules import communes
from bot.usecases.unit_search import UnitIndex
from tests.benchmarks.unit_search import SEED, measure, plain_queries, with_a_slip


@pytest.fixture(scope="module")
def lang_son() -> UnitIndex:
    return UnitIndex(province_units("Lạng Sơn"), legacy_units("20"))


@pytest.fixture(scope="module")
def vietnam() -> UnitIndex:
    return UnitIndex(all_units(), legacy_units())


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Xã Quốc Khánh", "xa quoc khanh"),
        ("ĐẮK LẮK", "dak lak"),
        ("Hoà Bình", "hoa binh"),
        ("Hòa Bi\u0300nh", "hoa binh"),
        ("Xã Ea H'Leo", "xa ea h leo"),
        ("  p.Tam-Thanh,  ", "p tam thanh"),
        ("…", ""),
    ],
)
def test_folding_drops_marks_capitals_and_punctuation(typed, folded):
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Xã Quốc Khánh", "06004"),
        ("quoc khanh", "06004"),
        ("khánh quốc", "06004"),
        ("quockhanh", "06004"),
        ("xa quo ckhanh", "06004"),
        ("xa quoc kh", "06004"),
        ("p. tam thanh", "05986"),
        ("P.Tam Thanh", "05986"),
        ("phuowng tam thanh", "05986"),
        ("phuong tam thahn", "05986"),
        ("phuo7ng tam thanh", "05986"),
        ("xax quoocs khanhs", "06004"),
        ("ddoongf ddawng", "06184"),
        ("ky nua", "06187"),
        ("ubnd xã quốc khánh", "06004"),
        ("uy ban nhan dan xa quoc khanh", "06004"),
        ("van phong phuong tam thanh", "05986-VP"),
        ("vp ubnd phuong tam thanh", "05986-VP"),
        ("một cửa xã quốc khánh lạng sơn", "06004-TTHCC"),
        ("bo phan mot cua quoc khanh", "06004-TTHCC"),
        ("ttpvhcc xa quoc khanh", "06004-TTHCC"),
        ("pvhcc tinh", "20-TTHCC"),
        ("tram y te quoc khanh", "06004-TYT"),
        ("địa chính xã quốc khánh", "06004-KT"),
        ("ca xa quoc khanh", "06004-CA"),
        ("công an tỉnh", "20-CA"),
        ("cong an", "20-CA"),
        ("bhxh", "20-BHXH"),
        ("thuế", "20-THUE"),
        ("mttq xa quoc khanh", "06004-MTTQ"),
        ("snv", "20-SNV"),
        ("so noi vu", "20-SNV"),
        ("sở gd-đt", "20-SGDDT"),
        ("ubnd tinh", "20"),
        ("lajng sown", "20"),
    ],
)
def test_the_office_that_was_meant_comes_first(lang_son, typed, code):
    assert lang_son.search(typed)[0].unit.code == code


@pytest.mark.parametrize("typed", ["sở tnmt", "so tn-mt", "sở TN&MT", "stnmt", "Sở Tài nguyên và Môi trường", "so tn mt tinh"])
def test_an_old_department_is_found_and_marked(lang_son, typed):
    found = lang_son.search(typed)[0]
    assert (found.unit.code, found.successor_of) == ("20-SNNMT", "Sở Tài nguyên và Môi trường")


def test_an_old_commune_answers_with_its_successor_and_says_so(lang_son):
    found = lang_son.search("xa tri phuong")[0]
    assert (found.unit.name, found.parent_name, found.successor_of) == ("Xã Quốc Khánh", "UBND tỉnh Lạng Sơn", "Xã Tri Phương")


def test_namesakes_of_an_old_commune_are_found_in_all_their_provinces(vietnam):
    found = vietnam.search("xa tri phuong")[:3]
    assert {(one.unit.name, one.parent_name) for one in found} == {
        ("Xã Quốc Khánh", "UBND tỉnh Lạng Sơn"),
        ("Xã Quang Trung", "UBND tỉnh Cao Bằng"),
        ("Xã Đại Đồng", "UBND tỉnh Bắc Ninh"),
    }
    assert {one.successor_of for one in found} == {"Xã Tri Phương"}


def test_an_office_of_an_old_commune_is_found(lang_son):
    found = lang_son.search("cong an xa tri phuong")[0]
    assert (found.unit.code, found.successor_of) == ("06004-CA", "Xã Tri Phương")


def test_an_old_district_answers_with_all_its_communes_first_the_one_that_kept_the_name(lang_son):
    found = lang_son.search("huyện Tràng Định", limit=7)
    assert found[0].unit.name == "Xã Tràng Định"
    assert {one.unit.code for one in found} == {"06046", "06001", "06004", "06019", "06037", "06040", "06058"}
    assert {one.successor_of for one in found} == {"Huyện Tràng Định"}


def test_a_commune_that_kept_its_name_is_not_called_its_own_successor(lang_son):
    found = lang_son.search("xa quoc khanh huyen trang dinh tinh lang son")[0]
    assert (found.unit.code, found.successor_of) == ("06004", "")


def test_of_a_divided_commune_the_one_that_got_most_comes_first(vietnam):
    found = vietnam.search("phuong ngoc khanh")[:3]
    assert [one.unit.name for one in found] == ["Phường Giảng Võ", "Phường Láng", "Phường Ngọc Hà"]


def test_the_old_district_helps_to_tell_communes_apart(vietnam):
    assert vietnam.search("xa quoc khanh trang dinh")[0].unit.code == "06004"


def test_a_department_of_an_old_province_leads_to_the_new_one(vietnam):
    assert vietnam.search("so noi vu ha giang")[0].unit.code == "08-SNV"


def test_names_that_differ_in_marks_only_are_told_apart_by_the_marks(vietnam):
    names = [vietnam.search(f"{name} hải phòng")[0].unit.name for name in ("xã Cẩm Giang", "xã Cẩm Giàng")]
    assert names == ["Xã Cẩm Giang", "Xã Cẩm Giàng"]
    for name in ("Trạm Y tế xã Cẩm Giang", "Trạm Y tế xã Cẩm Giàng"):
        assert vietnam.search(f"{name} hải phòng")[0].unit.name == name


def test_only_the_offices_of_one_province_are_given_when_asked_so(vietnam):
    found = vietnam.search("xa tan thanh", province="20")
    assert found[0].unit.name == "Xã Tân Thành"
    assert {one.unit.province for one in found} == {"20"}


def test_the_nearer_of_equals_comes_first(lang_son):
    near = communes()["06613"]
    plain = [one.unit.code for one in lang_son.search("một cửa")]
    assert f"{near.code}-TTHCC" not in plain
    assert lang_son.search("mot cua xa", near=(near.latitude, near.longitude))[0].unit.code == f"{near.code}-TTHCC"


def test_a_place_gives_the_nearest_communes(lang_son):
    found = lang_son.nearest(21.8837, 106.743)
    assert [one.unit.name for one in found][:2] == ["Phường Tam Thanh", "Phường Kỳ Lừa"]
    assert len(found) == 5
    assert found[0].parent_name == "UBND tỉnh Lạng Sơn"


@pytest.mark.parametrize("typed", ["", "  ", "…", "abc xyz", "?!", "😀", "toi muon khieu nai"])
def test_what_is_like_no_office_finds_none(lang_son, typed):
    assert lang_son.search(typed) == []


def test_any_input_is_answered_and_long_ones_are_cut(lang_son):
    chance = random.Random(SEED)
    for _turn in range(60):
        text = "".join(chance.choice("abc xtphđọ.'1-\n𝟙汉 ") for _letter in range(chance.randrange(400)))
        assert len(lang_son.search(text)) <= 5
    assert lang_son.search("xã quốc khánh " + "a" * 5000)[0].unit.code == "06004"


def test_a_file_of_own_units_is_searched_like_the_rest():
    hospital = Unit("20-BV", "Bệnh viện Đa khoa tỉnh Lạng Sơn", "BV", "20-SYT", "20")
    ward = Unit("20-BV-NOI", "Khoa Nội tổng hợp", "KHOA", "20-BV", "20", aliases=("Khoa Nội",))
    index = UnitIndex([*province_units("20"), hospital, ward], legacy_units("20"))
    assert index.search("bvdk tinh")[0].unit.code == "20-BV"
    found = index.search("khoa noi benh vien da khoa")[0]
    assert (found.unit.code, found.parent_name) == ("20-BV-NOI", hospital.name)


def test_an_office_that_ended_answers_with_its_successor_from_that_day():
    old = Unit("20-A", "Phòng Một", "CC_SO", "20-SNV", "20", valid_to=date(2026, 12, 31), successors=("20-B",))
    new = Unit("20-B", "Phòng Hai", "CC_SO", "20-SNV", "20", valid_from=date(2027, 1, 1))
    index = UnitIndex([*province_units("20"), old, new])
    assert index.search("phong mot", on=date(2026, 12, 31))[0].unit.code == "20-A"
    found = index.search("phong mot", on=date(2027, 1, 1))[0]
    assert (found.unit.code, found.successor_of) == ("20-B", "Phòng Một")
    assert "20-B" not in [one.unit.code for one in index.search("phong hai", on=date(2026, 12, 31))]


def test_units_with_unknown_parents_and_old_names_without_successors_do_no_harm():
    lost = replace(province_units("20")[1], parent="nowhere")
    index = UnitIndex([lost], [LegacyUnit("Xã Cũ", "xã", "", "Tỉnh Cũ", ("gone",))])
    assert index.search("so noi vu")[0].parent_name == ""
    assert index.search("xa cu") == []
    assert UnitIndex([]).search("xa quoc khanh") == []
    assert UnitIndex([]).nearest(21, 106) == []


def test_an_office_is_had_by_its_code(lang_son):
    unit = lang_son.get("20-SNV")
    assert unit is not None
    assert unit.name == "Sở Nội vụ"
    assert lang_son.get("nothing") is None


def test_over_all_vietnam_the_right_office_is_among_the_first_five(vietnam):
    chance = random.Random(SEED)
    queries = plain_queries(all_units())
    for kind in (True, False):
        asked = chance.sample([query for query in queries if (query[1] in communes()) is kind], 150)
        plain = measure("no tone marks", vietnam, asked)
        slips = measure("one slip", vietnam, [(with_a_slip(text, chance), code) for text, code in asked])
        assert plain.recall >= 0.97, plain.missed
        assert slips.recall >= 0.90, slips.missed


def test_within_one_province_the_bare_name_of_a_commune_is_enough(lang_son):
    asked = [(fold(one.name).split(" ", 1)[1], one.code) for one in communes().values() if one.province == "20"]
    measured = measure("bare", lang_son, asked)
    assert measured.recall >= 0.97, measured.missed


@pytest.mark.parametrize(
    "typed", ["benh vien da khoa", "benh vien tinh", "benh vien", "truong hoc", "ngan hang", "tx. ls", "zzzz"]
)
def test_a_kind_of_office_that_is_not_there_brings_no_police_stations(lang_son, typed):
    assert lang_son.search(typed) == []


def test_beside_what_fits_stands_nothing_unrelated():
    hospital = Unit(
        "BVDK", "Bệnh viện Đa khoa tỉnh Lạng Sơn", "BV", "20-SYT", "20", aliases=("bệnh viện tỉnh",), valid_from=date(2025, 7, 1)
    )
    index = UnitIndex([*province_units("Lạng Sơn"), hospital], legacy_units("20"))
    for typed in ("benh vien tinh", "benh vien da khoa"):
        assert [each.unit.code for each in index.search(typed)] == ["BVDK"]
    assert ["Tòa án" in each.unit.name for each in index.search("toa an")] == [True]
