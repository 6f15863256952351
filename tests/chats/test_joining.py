"""Somebody writes again about the same matter: it can go to the case that is open."""

from __future__ import annotations

from tests.chats.citizens import WARD, files, fills
from tests.chats.test_office import a_citizen
from tests.town import Town

AGAIN = "Hôm nay chị ấy lại quát tôi và bảo tuần sau quay lại."


async def test_what_is_about_the_same_is_added_to_the_own_case_and_nothing_is_lost(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    lan, tu = await a_citizen(town), await a_citizen(town, "Tú")
    ref = await files(lan)
    due = (await town.case(ref)).due_at

    await tu.says("menu")
    await tu.picks("feedback")
    await fills(tu)
    assert not tu.offers("joinown")  # Nobody learns that somebody else complained.

    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, story=AGAIN)
    lan.sees("Nếu nội dung này thuộc vụ đó")
    await lan.picks("joinown")
    lan.sees(ref)
    mai.sees(ref)
    await mai.says(f"/mo {ref}")
    mai.sees(AGAIN)
    assert (await town.case(ref)).due_at == due
    await lan.picks("case")
    lan.sees(AGAIN)


async def test_it_may_still_be_sent_as_a_case_of_its_own(town: Town):
    await town.head("Trần Thị Mai", WARD)
    lan = await a_citizen(town)
    ref = await files(lan)
    assert await files(lan, story=AGAIN) != ref
