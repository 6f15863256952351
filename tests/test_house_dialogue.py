"""House tests over everything people can do, present and future: every question on every channel and in every language, and a
canary phrase that never reaches a log or the disk."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import Catalogue
from bot.channels.base import Capabilities
from bot.channels.telegram import TelegramChannel
from bot.channels.webchat import WebChatChannel
from bot.dialogue.choosing import line_meant, lines_begun
from bot.dialogue.layout import lay_out, split
from bot.dialogue.panels import question_panel
from bot.dialogue.values import Session, Who
from bot.domain.folding import fold
from bot.domain.people import Person, Role
from bot.observe import set_up_logging
from bot.usecases.ports import Work
from handlers import FLOWS, VERBS
from handlers.turn import Flow, Turn
from tests.chats.test_office import code_of, files_feedback
from tests.town import Town, town_on

# The narrowest channel that we know of: no buttons, short texts; everything must be complete as numbered lines.
NUMBERED = Capabilities(messenger="Zalo", text_limit=2000, buttons=False)
CHANNELS = {"telegram": TelegramChannel.can, "webchat": WebChatChannel.can, "numbered text": NUMBERED}
# Answers that lead to every route of a form.
ANSWERS = {
    "kind": "denounce",
    "known_as": "named",
    "unit": "05986",
    "official": "_head",
    "category": "A01",
    "case": "",
    "file": "1",
    "finding": "true",
    "action": "explained",
}
# How the words of a line come from a phone: as they stand, without tone marks, in capitals, with loose marks, with its full stop.
WAYS_OF_TYPING: tuple[Callable[[str], str], ...] = (
    lambda label: label,
    fold,
    lambda label: fold(label).upper(),
    lambda label: unicodedata.normalize("NFD", label),
    lambda label: f" {label.lower()}. ",
)
CANARY = "Kẻ-Cắp-Gặp-Bà-Già-7731"


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
async def test_every_question_lays_out_on_every_channel_and_in_every_language(flow: Flow, town_template: Path, tmp_path: Path):
    async with town_on("webchat", town_template, tmp_path) as town:

        async def step(work: Work) -> None:
            who, person, agency = Who("webchat", "demo", "1"), Person(1, "vi", True), town.program.app.agency
            turn = Turn(work, who, person, None, 1, Session(draft="ab"), town.now, agency)
            session = Session(flow=flow.name, answers={"kind": "x"}, draft="ab")
            for ask in flow.asks:
                offered, words = await ask.reader.offer(turn, dict(ANSWERS)), ask.words(dict(ANSWERS))
                panel = question_panel(session, flow, dict(ANSWERS), ask, offered, words or offered.note)
                for language in Catalogue().languages():
                    for can in CHANNELS.values():
                        _check(lay_out(panel, can, Catalogue().translator(language)), can, len(panel.buttons))

        await town.program.read(step)


def _check(layouts, can, buttons):
    assert layouts
    for layout in layouts:
        assert 0 < len(layout.text) <= can.text_limit
        for row in layout.rows:
            for button in row:
                assert 0 < len(button.token.encode()) <= 64 and button.label.strip()
    if can.buttons:
        assert sum(len(row) for row in layouts[-1].rows) == buttons
    else:
        assert not layouts[-1].rows and (not buttons or f"\n{buttons}. " in "\n".join(layout.text for layout in layouts))


def test_a_text_is_cut_at_its_seams_and_loses_no_word():
    words = "Một câu. " * 700
    parts = split(words, 400)
    assert all(0 < len(part) <= 400 for part in parts) and len(parts) > 1
    assert " ".join(parts).split() == words.split()


def test_no_two_verbs_share_a_name_or_a_command():
    names = [verb.name for verb in VERBS]
    assert len(set(names)) == len(names)
    commands = [command for verb in VERBS for command in verb.commands]
    assert len(set(commands)) == len(commands)


def test_no_form_asks_a_citizen_more_than_nine_questions():
    for flow in FLOWS:
        if flow.name == "record":
            continue  # An officer answers it, who says first where it comes from.
        assert sum(ask.counted for ask in flow.asks) <= 9, flow.name


async def test_what_people_type_never_reaches_a_log_nor_the_disk(town: Town, tmp_path: Path):
    out = io.StringIO()
    set_up_logging("DEBUG", out=out)
    ward = await code_of(town, "Phường Tam Thanh")
    mai = await town.staff("Trần Thị Mai", Role.HEAD, ward)
    lan = town.citizen("Lan")
    await lan.agrees()
    story = f"Cán bộ quầy 3 quát tôi, {CANARY}, tôi ghi lại đây."
    await files_feedback(town, lan, "Phường Tam Thanh", story=story, who=f"ông {CANARY}")
    await mai.picks("accept")
    await mai.picks("note")
    await mai.says(f"ghi chú {CANARY}")
    await lan.says(f"/{CANARY}")
    # An update that cannot be read is quoted by nobody.
    await town.program.app.receive("webchat", {"id": "x", "chat": CANARY, "surprise": CANARY}, json.dumps([CANARY]).encode())
    await town.settles()
    assert CANARY not in out.getvalue() and "0912 345 678" not in out.getvalue() and "Nguyễn Thị Lan" not in out.getvalue()
    bodies = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in (CANARY, "Nguyễn Thị Lan", "0912 345 678", "+84912345678", lan.chat):
        assert secret.encode() not in bodies
        assert json.dumps(secret).strip('"').encode() not in bodies


async def test_every_line_of_every_menu_can_be_typed_without_tone_marks(town_template: Path, tmp_path: Path):
    """Its whole words choose it, or it is said that they fit more than one line; never do they choose another."""
    menus: list[list[tuple[str, str]]] = []
    async with town_on("webchat", town_template, tmp_path) as town:
        lan = town.citizen("Lan")
        await lan.starts()
        menus.append(list(lan.new[-1].buttons))
        await lan.picks("agree")
        menus.append(list(lan.new[-1].buttons))
        for role in Role:
            someone = await town.staff(f"Vi Thị {role.value}", role, "05986" if role is Role.HANDLER else "20")
            menus.append(list(someone.new[-1].buttons))
        who, agency = Who("webchat", "demo", "1"), town.program.app.agency

        async def step(work: Work) -> None:
            turn = Turn(work, who, Person(1, "vi", True), None, 1, Session(draft="ab"), town.now, agency)
            for flow in FLOWS:
                session = Session(flow=flow.name, answers={"kind": "x"}, draft="ab")
                for ask in flow.asks:
                    offered, words = await ask.reader.offer(turn, dict(ANSWERS)), ask.words(dict(ANSWERS))
                    panel = question_panel(session, flow, dict(ANSWERS), ask, offered, words)
                    for language in Catalogue().languages():
                        said = Catalogue().translator(language)
                        menus.append([(button.token, said(button.label)) for button in panel.buttons])

        await town.program.read(step)
    lines = [(menu, token, label) for menu in menus for token, label in menu]
    assert len(lines) > 200

    @given(st.sampled_from(lines), st.sampled_from(WAYS_OF_TYPING))
    @settings(max_examples=500, deadline=None)
    def the_line_or_none(line: tuple[list[tuple[str, str]], str, str], way: Callable[[str], str]) -> None:
        menu, token, label = line
        session = Session(shown=[one for one, _label in menu], labels=[words for _token, words in menu])
        chosen, begun = line_meant(session, way(label), fold), lines_begun(session, way(label), fold)
        assert chosen == token or (chosen is None and len(begun) > 1 and token in begun), (way(label), chosen)

    the_line_or_none()
