"""Whom words mean that name a post instead of a person."""

from dataclasses import replace

import pytest

from bot import rules
from bot.domain.cases import About
from bot.domain.posts import about_whom
from bot.domain.routing import Route, Why, route, understood
from tests.domain.test_routing import LEADERS
from tests.domain.town import COUNTER, HOSPITAL, TOP, TREE, WARD, case

HEADS = [
    *("chủ tịch phường", "Chu tich UBND phuong", "ông chủ tịch", "chutich", "the chairman", "trưởng phòng", "giám đốc", "bí thư"),
    *(
        "hiệu trưởng",
        "trưởng trạm",
        "chi cục trưởng",
        "chánh văn phòng",
        "Chánh Thanh tra",
        "người đứng đầu",
        "sếp ở đây",
        "CT phường",
    ),
    *("bà Mai chủ tịch phường", "chủ tịch và phó chủ tịch", "head of office", "the head", "bác sĩ trưởng khoa"),
]
DEPUTIES = [
    "ông phó chủ tịch",
    "pho chu tich",
    "P. Chủ tịch",
    "phó phòng",
    "cấp phó",
    "ông phó",
    "PCT",
    "vice chairman",
    "deputy head",
]
OFFICES = [
    *(
        "lanh dao phuong",
        "cả phòng",
        "cả cơ quan",
        "toàn bộ lãnh đạo",
        "ban lãnh đạo",
        "tất cả",
        "toàn bộ cán bộ ở đó",
        "cả phường",
    ),
    *("whole office", "the leadership", "everybody there", "all of the staff", "Phường Tam Thanh", "UBND"),
]
CLERKS = [
    *(
        "người đàn ông đeo kính ở quầy 3",
        "chị tóc ngắn",
        "cán bộ địa chính",
        "nhân viên phòng một cửa",
        "anh Trường ở quầy 2",
        "chị Hoa",
    ),
    *(
        "công an viên Nguyễn Văn Phong",
        "bác sĩ Thu khoa Nội",
        "bảo vệ trường",
        "chị nhân viên đường Trần Phú",
        "người cao, ca sáng",
    ),
    *("man with glasses", "the clerk at counter 3", "số thẻ CC-0123", "trưởng thôn", "nhân viên văn phòng", "kế toán trưởng"),
]


@pytest.mark.parametrize(
    ("typed", "about"),
    [
        *((typed, About.HEAD) for typed in HEADS),
        *((typed, About.DEPUTY) for typed in DEPUTIES),
        *((typed, About.OFFICE) for typed in OFFICES),
        *((typed, About.PERSON) for typed in CLERKS),
    ],
)
def test_a_typed_post_is_the_button_that_stands_for_it(typed, about):
    assert about_whom(typed, TREE.get(WARD)) is about


@pytest.mark.parametrize("typed", [*HEADS, *DEPUTIES, *OFFICES])
def test_nobody_of_the_office_answers_for_a_typed_post(typed):
    found = understood(case(about=About.PERSON, official=typed, handling_unit=None), TREE)
    assert route(found, TREE, LEADERS).unit == (None if found.unit == TOP else TOP)
    assert found.official == typed


@pytest.mark.parametrize("typed", CLERKS)
def test_a_described_clerk_is_for_the_head_of_the_office(typed):
    found = understood(case(about=About.PERSON, official=typed, handling_unit=None), TREE)
    assert route(found, TREE, LEADERS) == Route(WARD, Why.CHOSEN)


@pytest.mark.parametrize("title", sorted({kind.head_title for kind in rules.unit_types().values()}))
def test_every_title_of_the_rules_is_known_and_so_is_its_deputy(title):
    assert about_whom(f"ông {title.lower()}", None) is About.HEAD
    assert about_whom(f"phó {title}", None) is About.DEPUTY


def test_a_title_of_the_offices_own_counts_too():
    pond = replace(TREE.get(WARD), head_title="Tổ trưởng")
    assert about_whom("bà tổ trưởng", pond) is About.HEAD
    assert about_whom("phó tổ trưởng", pond) is About.DEPUTY
    assert about_whom("bà tổ trưởng", None) is About.PERSON


@pytest.mark.parametrize(
    ("unit", "typed", "meant", "goes"),
    [
        (COUNTER, "giám đốc", COUNTER, WARD),
        (COUNTER, "giám đốc trung tâm hành chính công phường", COUNTER, WARD),
        (COUNTER, "chủ tịch phường", WARD, TOP),
        (COUNTER, "phó chủ tịch UBND phường", WARD, TOP),
        (COUNTER, "lãnh đạo phường", WARD, TOP),
        (COUNTER, "cả phường", WARD, TOP),
        (COUNTER, "ông chủ tịch", WARD, TOP),
        (WARD, "chủ tịch tỉnh", TOP, None),
        (HOSPITAL, "giám đốc Sở Y tế", "20-SYT", TOP),
    ],
)
def test_a_post_of_the_office_above_makes_it_a_case_about_that_one(unit, typed, meant, goes):
    found = understood(case(unit=unit, about=About.PERSON, official=typed, handling_unit=None), TREE)
    assert found.unit == meant
    assert route(found, TREE, LEADERS).unit == goes


def test_words_under_a_pressed_button_change_nothing():
    pressed = case(about=About.UNKNOWN, official="chủ tịch")
    assert understood(pressed, TREE) == pressed
