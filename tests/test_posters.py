"""Posters: fonts embedded, words that can be copied, codes that lead where they say, on paper of either size."""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from bot.commands import parser, run_reading
from bot.imports.provinces import province_units
from bot.program import TELEGRAM_NAME, Program
from handlers.links import read_counter
from storage.migrate import migrate
from tests.town import PROVINCE, START, config_for

ZALO = "https://zalo.me/1459232241454765289"
PUBLIC = "https://phananh.example.gov.vn"
HOURS = "Thứ Hai đến thứ Sáu, 7:30–11:30 và 13:30–17:00"
MILLIMETRES = 72 / 25.4


@pytest.fixture
async def config(town_template: Path, tmp_path: Path):
    file = tmp_path / "town.db"
    file.write_bytes(town_template.read_bytes())
    config = replace(config_for(file), contact_hours=HOURS)
    async with Program.opened(config, lambda: START) as program:
        await program.app.run(lambda work: work.remember(TELEGRAM_NAME, "langson_bot"))
    return config


async def made(config, *words: str):
    """Return what the command says, and the pages of the PDF."""
    outcome = await run_reading(config, parser().parse_args(["posters", *words, "-o", "ap-phich"]))
    assert outcome.code == 0, outcome.text
    ((name, data),) = outcome.files.items()
    return outcome.text, name, data, pypdfium2.PdfDocument(data)


def words(page) -> str:
    return unicodedata.normalize("NFC", " ".join(page.get_textpage().get_text_bounded().split()))


def codes(page) -> list[str]:
    return sorted(found.text for found in zxingcpp.read_barcodes(page.render(scale=2).to_pil()))


async def payload_of(config, link: str) -> tuple[str, str] | None:
    async with Program.opened(config, lambda: START) as program:
        return await program.read(lambda work: _read(work, re.split("[=/]", link)[-1]))


async def _read(work, payload):
    return read_counter(work.secrets, payload)


async def test_an_office_and_its_counters_have_a_page_each_with_all_that_it_promises(config):
    told, name, _data, pdf = await made(config, "--unit", "05986", "--counter", "1", "3")
    assert told.startswith("3 pages of A4") and name == "ap-phich/posters-05986-A4.pdf"
    assert len(pdf) == 3
    said = words(pdf[2])
    for wanted in (
        *("Tam Thanh", "Quầy 3", "Telegram", "Quét mã", "Mở khung chat", "Gửi phản ánh", "Có mã vụ việc", "Có hạn trả lời"),
        *("Giữ kín", config.agency_name, config.contact_phone, config.contact_address, HOURS, "113"),
    ):
        assert wanted in said, wanted
    assert "Quầy" not in words(pdf[0]) and "Zalo" not in said
    links = [codes(page) for page in pdf]
    assert all(len(found) == 1 and found[0].startswith("https://t.me/langson_bot?start=u_05986_") for found in links)
    assert [await payload_of(config, found[0]) for found in links] == [("05986", ""), ("05986", "1"), ("05986", "3")]


@pytest.mark.parametrize("size", ["A4", "A5"])
async def test_both_messengers_stand_side_by_side_on_paper_of_either_size(config, size):
    config = replace(config, zalo_bot_link=ZALO, public_url=PUBLIC)
    _told, _name, _data, pdf = await made(config, "--unit", "05986", "--counter", "3", "--size", size)
    width, height = {"A4": (210, 297), "A5": (148, 210)}[size]
    assert all(page.get_size() == pytest.approx((width * MILLIMETRES, height * MILLIMETRES), abs=0.1) for page in pdf)
    zalo, telegram = codes(pdf[1])
    assert zalo.startswith(f"{PUBLIC}/open/zalo_bot/u_05986_3_") and telegram.startswith(
        "https://t.me/langson_bot?start=u_05986_3_"
    )
    assert await payload_of(config, zalo) == await payload_of(config, telegram) == ("05986", "3")
    assert "Bấm “Mở Zalo”, dán dòng mã, bấm gửi." in words(pdf[1])
    assert "Mở khung chat" in words(pdf[1])  # A step for both: only Telegram has a button “Bắt đầu”.


async def test_without_a_public_address_the_code_opens_the_chat_and_the_operator_is_told(config):
    told, _name, _data, pdf = await made(replace(config, zalo_bot_link=ZALO), "--unit", "05986")
    assert codes(pdf[0])[1] == ZALO and "gửi tên cơ quan này" in words(pdf[0]) and "PUBLIC_URL" in told


async def test_an_official_account_goes_before_a_bot(config):
    both = replace(config, zalo_bot_link=ZALO, zalo_oa_id="3886132808788086450", public_url=PUBLIC)
    _told, _name, _data, pdf = await made(both, "--unit", "05986")
    assert "/open/zalo_oa/" in codes(pdf[0])[0] and len(codes(pdf[0])) == 2


async def test_every_font_is_embedded_and_nothing_of_a_library_is_left(config):
    _told, _name, data, pdf = await made(config, "--unit", "05986")
    assert data.count(b"/FontFile2") == 2  # Regular and bold.
    fonts = set(re.findall(rb"/BaseFont /([^\s/]+)", data))
    assert {font.partition(b"+")[2] for font in fonts} == {b"BeVietnamPro", b"BeVietnamProBold"}
    assert pdf.get_metadata_dict()["Title"] == "Phản ánh về việc phục vụ"
    (page,) = (drawn for drawn in map(_opened, re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL)) if b" re f" in drawn)
    assert not re.search(rb" (rg|RG|k|K)\b", page)  # Black and grey only: any printer has them.


def _opened(stream: bytes) -> bytes:
    """Return what a stream says where it draws a page; the others are fonts and what belongs to them."""
    try:
        drawn = zlib.decompress(stream)
    except zlib.error:
        return b""
    return drawn if drawn.startswith(b"2 J") else b""


async def test_every_office_of_the_people_s_committee_has_a_page_and_no_other(config, tmp_path):
    small = replace(config_for(tmp_path / "small.db"), contact_phone="")
    await migrate(small.database_url, START)
    units = {unit.code: unit for unit in province_units(PROVINCE)}
    police = next(unit for unit in units.values() if unit.outside)
    longest = max(units.values(), key=lambda unit: len(unit.name) * (not unit.outside))
    wanted = {"20", police.code}
    for code in ("05986", longest.code):
        while code:
            wanted.add(code)
            code = units[code].parent
    async with Program.opened(small, lambda: START) as program:
        await program.save_units([unit for unit in units.values() if unit.code in wanted], ())
        await program.app.run(lambda work: work.remember(TELEGRAM_NAME, "langson_bot"))
    told, name, _data, pdf = await made(small, "--all", "--size", "A5")
    assert len(pdf) == len(wanted) - 1 and name == "ap-phich/posters-all-A5.pdf"
    assert told.startswith(f"{len(pdf)} pages of A5") and "CONTACT_PHONE" in told
    said = [words(page) for page in pdf]
    assert sum(longest.name in page for page in said) == 1 and not any(police.name in page for page in said)
    assert len({codes(page)[0] for page in pdf}) == len(pdf)


async def test_what_cannot_be_made_is_said_in_words(config, tmp_path, town_template):
    async def said(config, *given):
        outcome = await run_reading(config, parser().parse_args(["posters", *given, "-o", "x"]))
        assert outcome.code == 1 and not outcome.files
        return outcome.text

    assert "There is no office with the code 'X'" in await said(config, "--unit", "X")
    assert "letters, digits and hyphens" in await said(config, "--unit", "05986", "--counter", "quầy 3")
    nameless = tmp_path / "nameless.db"
    nameless.write_bytes(town_template.read_bytes())
    assert "There is no link to print yet" in await said(config_for(nameless), "--unit", "05986")


async def test_an_office_with_its_own_line_promises_no_date(config):
    async with Program.opened(config, lambda: START) as program:
        code = next(unit.code for unit in program.tree.all() if unit.outside)
    _told, _name, _data, pdf = await made(config, "--unit", code)
    assert "Có hạn trả lời" not in words(pdf[0]) and "đã chuyển đến cơ quan nào" in words(pdf[0])


async def test_a_receipt_names_the_chats_of_every_messenger_also_where_a_page_of_ours_opens_them(config):
    config = replace(config, zalo_bot_link=ZALO, public_url=PUBLIC)
    async with Program.opened(config, lambda: START) as program:
        assert list(program.app.agency.chats()) == ["https://t.me/langson_bot", ZALO]
