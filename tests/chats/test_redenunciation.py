"""Who is not satisfied with the answer to information about a violation hears the way on paper; no office gets it again."""

from __future__ import annotations

from bot.domain.people import Role
from tests.chats.citizens import WARD, files
from tests.chats.test_office import ANSWER, a_citizen, writes_the_answer
from tests.town import Town


async def test_it_goes_to_reception_and_the_way_on_paper_is_told(town: Town):
    mai = await town.head("Trần Thị Mai", WARD)
    vinh = await town.head("Phạm Quang Vinh", "20")
    anh = await town.staff("Vũ Ngọc Anh", Role.INTAKE, "20")
    lan = await a_citizen(town)
    ref = await files(lan, kind="denounce", who="anh Tú quầy 5")
    anh.sees(ref)
    await anh.picks("open")
    await anh.picks("forward")
    await anh.says("phuong tam thanh")
    await anh.picks(WARD)
    await anh.picks("send")
    vinh.sees(ref)
    await vinh.picks("accept")
    await writes_the_answer(vinh)
    await vinh.picks("send")
    lan.sees(ANSWER)
    for officer in (mai, vinh):
        await officer.says("menu")
    await lan.says(f"/hoso {ref}")
    await lan.picks("contest")
    await lan.says("Kết luận không nói gì đến số tiền đã nhận.")
    await lan.picks("send")
    lan.sees("tố cáo tiếp")
    lan.sees("không chuyển cho cơ quan")
    anh.sees(ref)
    for officer in (mai, vinh):
        officer.does_not_see(ref)
    await lan.says(f"/hoso {ref}")
    assert not lan.offers("takeback")
