"""Case codes survive being read out, written down and typed in again."""

import random

import pytest

from bot.domain.refs import ALPHABET, code_and_pin, looks_like_code, looks_like_pin, new_code, new_pin, parse_code

CODES = [new_code(random.Random(n).randrange) for n in range(60)]


def test_the_alphabet_has_32_symbols_and_none_that_look_alike():
    assert len(set(ALPHABET)) == 32
    assert not set("0O1I") & set(ALPHABET)


@pytest.mark.parametrize("code", CODES[:5])
def test_a_code_is_shown_in_two_groups_of_four(code):
    assert len(code) == 9 and code[4] == "-" and set(code) - {"-"} <= set(ALPHABET)


def test_codes_come_from_the_secure_source_and_differ():
    codes = {new_code() for _n in range(2_000)}
    assert len(codes) > 1_990
    assert {symbol for code in codes for symbol in code} == {*ALPHABET, "-"}


def test_every_code_holds_a_digit_so_no_word_is_taken_for_one():
    assert all(any(symbol.isdigit() for symbol in code) for code in CODES)
    letters = [symbol for symbol in ALPHABET if symbol.isalpha()]
    draw = random.Random(1)
    words = ("".join(draw.choice(letters) for _n in range(8)) for _n in range(3_000))
    assert not any(parse_code(word) for word in words)


@pytest.mark.parametrize("code", CODES)
def test_no_single_wrong_character_goes_unseen(code):
    plain = code.replace("-", "")
    for place in range(8):
        for symbol in set(ALPHABET) - {plain[place]}:
            assert parse_code(plain[:place] + symbol + plain[place + 1 :]) is None


@pytest.mark.parametrize("code", CODES)
def test_no_two_characters_that_changed_places_go_unseen(code):
    """Neighbours, and any other two as well."""
    plain = code.replace("-", "")
    for one in range(8):
        for other in range(one + 1, 8):
            if plain[one] != plain[other]:
                changed = list(plain)
                changed[one], changed[other] = changed[other], changed[one]
                assert parse_code("".join(changed)) is None


@pytest.mark.parametrize(
    "way", ["{a}-{b}", "{a}{b}", "{a} {b}", "{a} - {b}", "#{a}-{b}", "# {a}{b}", "  {a}–{b}\n", "{a}‑{b}", "{a}\u00a0{b}"]
)
def test_a_code_is_read_however_it_is_typed(way):
    for code in CODES[:10]:
        a, b = code.split("-")
        assert parse_code(way.format(a=a, b=b)) == code
        assert parse_code(way.format(a=a.lower(), b=b.lower())) == code


@pytest.mark.parametrize("way", ["{c}.", "code {c}", "{c} {c}", "{c}2", "/{c}", "##{c}", "", "-", "ſ{c}"])
def test_a_code_among_other_words_is_no_code_alone(way):
    for code in CODES[:10]:
        assert parse_code(way.format(c=code)) is None


def test_a_look_alike_is_not_guessed_at():
    with_q = next(code for code in CODES if "Q" in code)
    for typed in "O0":
        assert parse_code(with_q.replace("Q", typed, 1)) is None


def test_letters_that_only_fold_to_ours_are_refused():
    with_s = next(code for code in CODES if "S" in code)
    assert parse_code(with_s.replace("S", "ſ")) is None
    with_k = next(code for code in CODES if "K" in code)
    assert parse_code(with_k.replace("K", "\u212a")) is None


def test_a_pin_has_six_digits_with_leading_zeros():
    pins = {new_pin() for _n in range(2_000)}
    assert all(len(pin) == 6 and pin.isdigit() for pin in pins)
    assert any(pin.startswith("0") for pin in pins) and len(pins) > 1_900


@pytest.mark.parametrize(
    "typed",
    ["K7QF-2M4X", "k7qf 2m4x", "K7QF2M4X", "K7QF-2MO4", "K7QF-2M10", "#K7QF – 2M4X", "K7QF-2M4", "K7QFF-2M4W", "K7QF-2M4Ư"],
)
def test_a_mistyped_code_is_known_as_one(typed):
    assert parse_code(typed) is None and looks_like_code(typed)


@pytest.mark.parametrize("typed", ["", "ngay mai", "Cửa đóng", "0912 3456", "2025-2026", "15-9-2026", "tiep dan", "quầy 12"])
def test_other_short_messages_are_not(typed):
    assert not looks_like_code(typed)


def test_six_digits_alone_look_like_a_pin():
    assert looks_like_pin(" 123456 ") and looks_like_pin("123 456")
    assert not looks_like_pin("12345") and not looks_like_pin("1234567") and not looks_like_pin("quầy 123456")


@pytest.mark.parametrize("typed", ["K7QF-2M4W 123456", "k7qf2m4w, 123456", "K7QF-2M4W\nMã PIN: 123456", "K7QF-2M4W PIN 123456"])
def test_code_and_pin_in_one_message_are_both_read(typed):
    assert code_and_pin(typed) == ("K7QF-2M4W", "123456")


@pytest.mark.parametrize("typed", ["K7QF-2M4X 123456", "123456", "K7QF-2M4W", "tôi gọi số 123456", "K7QF-2M4W 123456 hôm qua"])
def test_anything_else_is_not_code_and_pin(typed):
    assert code_and_pin(typed) is None
