"""Every prompt fits every channel: buttons where there are some, numbered lines elsewhere, long texts cut at sensible places."""

from __future__ import annotations

import dataclasses

import pytest

from bot.catalogue import Catalogue
from bot.channels.base import Capabilities
from bot.channels.telegram import TelegramChannel
from bot.dialogue.layout import lay_out, split, tokens
from bot.dialogue.prompts import MESSENGER, Button, Prompt
from bot.text import _, as_is
from handlers import FLOWS, VERBS

NO_BUTTONS = Capabilities(messenger="Zalo", text_limit=2000, buttons=False)
TOKEN_BYTES = 64


@pytest.mark.parametrize("language", Catalogue().languages())
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_the_name_of_every_answer_fits_a_button(flow, language: str):
    translate = Catalogue().translator(language)
    assert [label for ask in flow.asks if len(label := translate(ask.label)) > TelegramChannel.can.label_characters] == []


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_fits_a_button_with_a_case_and_a_version(verb):
    assert len(f"{verb.name}:K7QF-2M4X.123456789@999999999".encode()) <= TOKEN_BYTES


def test_where_there_are_no_buttons_the_numbers_stand_in_the_text_in_the_order_of_the_tokens():
    prompt = Prompt(as_is("Which?"), (Button("a=1@dd", as_is("One")), Button("a=2@dd", as_is("Two"))))
    [layout] = lay_out(prompt, NO_BUTTONS, Catalogue().translator("en"))
    assert layout.text == "Which?\n\n1. One\n2. Two" and layout.rows == ()
    assert tokens(prompt) == ["a=1@dd", "a=2@dd"]


def test_short_labels_share_a_row_and_long_ones_stand_alone():
    labels = ["1 ★", "2 ★", "3 ★", "A label that is much longer than half of the row"]
    prompt = Prompt(as_is("Rate"), tuple(Button(f"r:{n}", as_is(label)) for n, label in enumerate(labels)))
    [layout] = lay_out(prompt, TelegramChannel.can, Catalogue().translator("en"))
    assert [len(row) for row in layout.rows] == [3, 1]


def test_a_label_too_long_for_a_button_is_written_out_with_its_number():
    name = "Trung tâm Phục vụ hành chính công xã Quốc Khánh, Xã Quốc Khánh"
    prompt = Prompt(as_is("Which one?"), (Button("a=1@dd", as_is("Xã Quốc Khánh")), Button("a=2@dd", as_is(name))))
    [layout] = lay_out(prompt, TelegramChannel.can, Catalogue().translator("en"))
    assert layout.text == f"Which one?\n\n2. {name}"
    labels = [button.label for row in layout.rows for button in row]
    assert labels[0] == "Xã Quốc Khánh"
    assert labels[1].startswith("2. Trung tâm") and labels[1].endswith("…") and len(labels[1]) <= 38


def test_only_the_last_part_of_a_long_text_has_the_buttons():
    prompt = Prompt(as_is("word " * 3000), (Button("menu:", as_is("Menu")),))
    layouts = lay_out(prompt, TelegramChannel.can, Catalogue().translator("en"))
    assert len(layouts) > 1
    assert [bool(layout.rows) for layout in layouts] == [False] * (len(layouts) - 1) + [True]


@pytest.mark.parametrize("words", ["a" * 9000, "Một câu. " * 900, "x\n\n" * 3000, "\n" * 50 + "y", ""])
def test_cutting_loses_no_letter_and_keeps_the_limit(words: str):
    parts = split(words, 100)
    assert all(0 < len(part) <= 100 for part in parts)
    assert "".join("".join(parts).split()) == ("".join(words.split()) or "…")


@pytest.mark.parametrize("sign", ["👩🏽‍⚕️", "🇻🇳", "1️⃣", "e\u0302\u0301", "👨‍👩‍👧‍👦"])
def test_no_sign_is_torn_apart_where_a_long_word_has_to_be_cut(sign: str):
    for before in range(len(sign)):
        parts = split("x" * before + sign * 60, 50)
        assert all(0 < len(part) <= 50 for part in parts)
        assert [part.strip("x").replace(sign, "") for part in parts] == [""] * len(parts)


def test_a_long_text_is_cut_at_the_end_of_any_sentence():
    assert split("Ai nói vậy? Tôi không biết", 20) == ["Ai nói vậy?", "Tôi không biết"]
    assert split("Không ai cả! Tôi không biết", 20) == ["Không ai cả!", "Tôi không biết"]


def test_requests_are_made_only_where_the_channel_can():
    prompt = Prompt(as_is("Your number?"), (), "phone", as_is("Send it"))
    assert lay_out(prompt, TelegramChannel.can, Catalogue().translator("en"))[-1].request == "phone"
    silent = dataclasses.replace(NO_BUTTONS, asks_phone=False)
    assert lay_out(prompt, silent, Catalogue().translator("en"))[-1].request == ""


def test_a_sentence_names_the_messenger_in_which_it_is_read():
    prompt = Prompt(_("In each case {messenger} itself can read this chat.")(messenger=MESSENGER))
    for can, name in ((TelegramChannel.can, "Telegram"), (NO_BUTTONS, "Zalo")):
        [layout] = lay_out(prompt, can, Catalogue().translator("en"))
        assert layout.text == f"In each case {name} itself can read this chat."
