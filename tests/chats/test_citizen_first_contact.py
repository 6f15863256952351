"""First contact: what is kept and who sees it is said before anything is kept for good."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select

from storage.rows import consents
from tests.chats.citizens import COUNTER, STORY, by_phone, fills
from tests.fakes.botapi_users import a_picture
from tests.town import Town


async def test_the_first_message_becomes_the_story_after_agreeing(town: Town):
    lan = town.citizen("Lan")
    await lan.says(STORY)
    lan.sees("Ủy ban nhân dân tỉnh Lạng Sơn")
    messenger = "Zalo" if town.channel.startswith("zalo") else "Telegram"  # The web chat stands for Telegram.
    assert f"Chính ứng dụng {messenger} đọc được" in lan.sees("Ủy ban nhân dân").text
    lan.sees("đồng ý thì không phải gửi lại")
    assert lan.offers("agree") and lan.offers("notice") and lan.offers("decline")
    await lan.picks("agree")
    lan.sees("Anh/chị muốn")
    await fills(lan, story="")
    lan.sees(STORY)


@pytest.mark.parametrize("typed", ["ok", "Vâng ạ", "da vang", "có"])
async def test_an_everyday_yes_to_the_question_is_a_yes(town: Town, typed: str):
    lan = town.citizen("Lan")
    await lan.says("xin chao")
    lan.does_not_see("không phải gửi lại")
    await lan.says(typed)
    lan.sees("Anh/chị muốn làm gì")


async def test_photos_and_more_words_before_agreeing_are_kept_too(town: Town):
    lan = town.citizen("Lan")
    await lan.sends_photos(a_picture(40), a_picture(41), a_picture(42), caption="Cửa đóng lúc 9 giờ sáng.")
    await lan.says("Không có ai ở quầy cả.")
    lan.sees("tạm giữ")
    await lan.picks("agree")
    await fills(lan, story="")
    line = lan.sees("3 tệp")
    assert "Cửa đóng lúc 9 giờ sáng.\nKhông có ai ở quầy cả." in line.text


async def test_an_album_as_first_message_is_answered_once(town: Town):
    lan = town.citizen("Lan")
    await lan.sends_photos(*(a_picture(40 + number) for number in range(5)))
    assert len(lan.new) == 1


async def test_no_keeps_only_that_answer_and_shows_another_way(town: Town):
    lan = town.citizen("Lan")
    await lan.says(STORY)
    await lan.picks("decline")
    lan.sees("0205 3812 345")
    lan.sees("Hùng Vương")
    await lan.says("Tôi vẫn muốn kể rằng họ đã đuổi tôi về.")
    lan.sees("0205 3812 345")
    await lan.picks("agree")
    # Neither the first message nor the one after No was kept: there is nothing to go on with but the menu.
    assert lan.offers("feedback")
    assert not lan.offers("report")


async def test_a_greeting_starts_no_case(town: Town):
    lan = town.citizen("Lan")
    await lan.says("Xin chào ạ")
    await lan.says("xin chào")
    await lan.picks("agree")
    assert lan.offers("feedback")
    await lan.says("Cảm ơn")
    assert lan.offers("feedback")


@pytest.mark.parametrize("wish", ["phản ánh về cán bộ", "Tôi muốn khiếu nại ạ", "I would like to make a complaint"])
async def test_that_somebody_wants_to_complain_is_no_story_yet(town: Town, wish: str):
    lan = town.citizen("Lan")
    await lan.agrees()
    await lan.says(wish)
    lan.sees("Anh/chị muốn")
    lan.does_not_see("Sự việc")
    await fills(lan)
    lan.sees(STORY)
    lan.does_not_see(wish)


async def test_what_the_form_would_find_too_short_is_no_story_when_it_comes_before_the_form_either(town: Town):
    lan = town.citizen("Lan")
    await lan.says("asdfgh")
    await lan.picks("agree")
    lan.does_not_see("Sự việc")
    await fills(lan)
    lan.sees(STORY)
    lan.does_not_see("asdfgh")


async def test_the_whole_notice_names_the_rights_and_how_long(town: Town):
    lan = town.citizen("Lan")
    await lan.says("xin chào")
    await lan.picks("notice")
    lan.sees("Luật 91/2025")
    lan.sees("14 ngày")
    await lan.picks("agree")
    assert lan.offers("feedback")


async def test_the_code_of_a_counter_goes_on_after_agreeing(town: Town):
    lan = town.citizen("Lan")
    await lan.starts(await town.link(COUNTER, "3"))
    lan.sees("Ủy ban nhân dân tỉnh")
    await lan.says(STORY)
    await lan.picks("agree")
    lan.sees("Việc này về ai")
    await lan.picks("_unknown")
    await lan.picks(">A")
    await lan.picks("A01")
    await lan.picks("anonymous")
    line = lan.sees("Trung tâm Phục vụ hành chính công phường Tam Thanh")
    assert STORY in line.text and "quầy số 3" in line.text


async def test_the_language_can_be_changed_before_agreeing_and_afterwards(town: Town):
    lan = town.citizen("Lan")
    await lan.says(STORY)
    await lan.picks("lang:en")
    lan.sees("Do you agree?")
    await lan.picks("agree")
    lan.sees("What would you like?")
    await lan.says("/ngonngu")
    await lan.picks("lang:vi")
    lan.sees("bằng tiếng Việt")
    assert lan.offers("go")


async def test_help_needs_no_consent(town: Town):
    lan = town.citizen("Lan")
    await lan.says("/trogiup")
    lan.sees("113")
    assert lan.offers("agree")


async def test_old_buttons_do_nothing_before_consent(town: Town):
    lan = town.citizen("Lan")
    await lan.says("xin chào")
    await lan.presses("feedback:")
    assert lan.offers("agree")
    await lan.presses("mine:0")
    assert lan.offers("agree")


@pytest.mark.parametrize("town", ["telegram"], indirect=True)
async def test_a_sticker_first_gets_the_notice(town: Town):
    lan = town.citizen("Lan")
    await by_phone(lan, lan.api.sends_sticker())
    assert lan.offers("agree")


async def test_consent_is_kept_with_its_wording(town: Town):
    lan = town.citizen("Lan")
    await lan.says("xin chào")
    await lan.picks("agree")
    asked = select(consents.c.purpose, consents.c.granted, consents.c.wording)
    rows = await town.program.app.run(lambda work: work.ledger.execute(asked))
    kept = [(row.purpose, row.granted, row.wording) for row in rows]
    assert [row[:2] for row in kept] == [("service", True)]
    version, language, digest = kept[0][2].split(":")
    assert (version, language, len(digest)) == ("2026-11", "vi", 16)


async def test_after_no_nothing_is_kept_of_what_was_written_before_and_after(town):
    lan = town.citizen("Lan")
    await lan.says("Cán bộ quầy 3 quát tôi")
    await lan.picks("decline")
    await lan.says("Cán bộ quầy 3 lại quát tôi")
    with closing(sqlite3.connect(town.program.config.sqlite_file)) as file:
        assert file.execute("SELECT count(*) FROM inbox WHERE raw IS NOT NULL").fetchone() == (0,)
    await lan.picks("agree")
    lan.sees("muốn làm gì")
