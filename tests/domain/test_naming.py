"""Whom the words about an official mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.naming import Meant, is_meant

HUNG = "Nguyễn Văn Hùng"


@pytest.mark.parametrize(
    "typed",
    [
        "Nguyễn Văn Hùng",
        "nguyen van hung",
        "NGUYỄN VĂN HÙNG",
        "ông Nguyễn Văn Hùng, phó chủ tịch",
        "Ông Hùng Nguyễn",
        "anh Văn Hùng",
        "Nguyễn Hùng",
        "chủ tịch xã Nguyễn Văn Hùng người cao",
        "bà Trần Thị Lan và ông Nguyễn Văn Hùng",
        "cán bộ tên Hùng (Nguyễn Hùng)",
        "Nguyễn   Văn\nHùng ... Nguyễn Văn Hùng",
        "Nguyễn Văn Hùng",  # Decomposed.
    ],
)
def test_two_words_of_a_name_with_the_given_name_mean_him_anywhere(typed):
    assert is_meant(typed, HUNG, "", same_office=False)


@pytest.mark.parametrize(
    "typed", ["Hùng", "anh Hùng", "ông hung", "cán bộ Hùng ở quầy 3", "gặp Hùng không mặc đồng phục", "Hung, mot cua"]
)
def test_a_bare_given_name_means_him_only_at_the_office_that_the_case_is_about(typed):
    assert is_meant(typed, HUNG, "", same_office=True)
    assert not is_meant(typed, HUNG, "", same_office=False)


@pytest.mark.parametrize(
    "typed",
    ["", "người đeo kính", "Trần Văn Hùng", "ông Hoàng Hùng", "Nguyễn Văn Hưởng", "Nguyễn Văn", "trưởng phòng", "nữ, tóc ngắn"],
)
def test_other_words_do_not_mean_him(typed):
    assert not is_meant(typed, HUNG, "", same_office=True)


def test_one_violation_in_front_of_a_name_is_no_family_name():
    assert is_meant("vi phạm Hùng", HUNG, "", same_office=True)
    assert is_meant("phản ánh Hùng", HUNG, "", same_office=True)


def test_a_given_name_that_is_also_a_way_of_address_counts_where_it_ends_the_name():
    assert is_meant("anh Tuấn Anh", "Lê Tuấn Anh", "", same_office=False)
    assert is_meant("chị Anh", "Lê Tuấn Anh", "", same_office=True)
    assert not is_meant("gặp anh ở quầy 2", "Lê Tuấn Anh", "", same_office=True)


def test_a_name_in_which_a_post_hides_is_still_a_name():
    assert is_meant("ông Lê Công An", "Lê Công An", "", same_office=False)


def test_a_name_of_one_word_counts_at_its_office():
    assert is_meant("chị Mai", "Mai", "", same_office=True)
    assert not is_meant("chị Mai", "Mai", "", same_office=False)


@pytest.mark.parametrize("typed", ["thẻ CC-0123", "cc0123", "số CC 0123", "CC‑0123, áo trắng"])
def test_a_badge_means_him_however_it_is_written(typed):
    assert is_meant(typed, HUNG, "CC-0123", same_office=False)


@pytest.mark.parametrize("typed", ["0123", "CC-01234", "CC-123", "quầy 3"])
def test_another_badge_does_not_mean_him(typed):
    assert not is_meant(typed, HUNG, "CC-0123", same_office=True)


def test_a_short_badge_counts_only_at_the_office():
    assert is_meant("số hiệu 17", HUNG, "17", same_office=True)
    assert not is_meant("quầy 17", HUNG, "17", same_office=False)


def test_somebody_without_name_and_badge_is_never_meant():
    assert not is_meant("ông Hùng", "", "", same_office=True)


NAMES = ("Nguyễn Văn Hùng", "Lê Thị Linh Chi", "Hùng", "Trần Thị Mai")
SAID = (
    "Hùng",
    "hung",
    "ông",
    "Nguyễn",
    "Văn",
    "Trần",
    "Mai",
    "chị",
    "Chi",
    "Linh",
    "17",
    "A",
    "a17",
    "-",
    ",",
    "trưởng phòng",
    "ở",
)


@given(
    st.lists(st.sampled_from(SAID), max_size=6),
    st.sampled_from(NAMES),
    st.sampled_from(["", "17", "A-17", "a 1 7"]),
    st.booleans(),
)
def test_the_short_look_into_many_texts_says_the_same(said, name, badge, same_office):
    for typed in (" ".join(said), "".join(said), ", ".join(said)):
        assert Meant(name, badge).by(typed, same_office) is is_meant(typed, name, badge, same_office)
