"""What understanding one message and wording one reply costs in CPU, without database and network (P12)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.catalogue import Catalogue
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_read import read_update
from bot.dialogue.flow import Choice, Given
from bot.dialogue.layout import lay_out
from bot.dialogue.prompts import Button, Prompt
from bot.dialogue.readers import OneOf, Words
from bot.dialogue.values import Layout
from bot.text import _, as_is
from bot.writer import drive
from handlers.turn import Turn
from tests.benchmarks.platform import TOKEN

STORY = "Họ trả hồ sơ của tôi hai lần mà không nói lý do <gì>, dù tôi đã nộp đủ giấy tờ như trong bảng niêm yết & danh mục. " * 3
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_LAN = {"id": 5_000_000_001, "first_name": "Lan", "language_code": "vi"}
_MESSAGE = {"message_id": 7, "date": 1_795_500_000, "chat": {**_LAN, "type": "private"}, "from": {**_LAN, "is_bot": False}}
_SIZES = [
    {"file_id": "A" * 80, "file_unique_id": "B" * 16, "width": w, "height": w, "file_size": w * 80} for w in (90, 320, 1280)
]
_PRESS = {"id": "9", "from": _MESSAGE["from"], "message": _MESSAGE, "chat_instance": "1", "data": "official=_head@ab"}
UPDATES = {
    "text": {"update_id": 1, "message": {**_MESSAGE, "text": STORY}},
    "press": {"update_id": 2, "callback_query": _PRESS},
    "photo": {"update_id": 3, "message": {**_MESSAGE, "photo": _SIZES, "caption": "Ảnh chụp ở quầy số 3"}},
}
_CHOICES = tuple(Choice(value, as_is(value)) for value in ("_head", "_deputy", "_office", "_unknown"))
_PROMPT = Prompt(
    _("Who is it about? Type a name or badge number, or describe the person. If you do not know, choose below."),
    tuple(Button(f"official={choice.value}@ab", choice.label) for choice in _CHOICES),
)


def measure(seconds: float = 0.5) -> dict[str, float]:
    """Return, for each kind of update, the milliseconds of CPU of reading it, reading the answer in it, and wording a reply."""
    return {kind: _each(_step(json.dumps(update).encode()), seconds) for kind, update in UPDATES.items()}


def _step(raw: bytes) -> Callable[[], object]:
    translate = Catalogue().translator("vi")
    words, choice = Words[Turn](), OneOf[Turn](_CHOICES)
    turn = cast(Any, SimpleNamespace())  # These readers ask nothing of it.

    def step() -> object:
        inbound = read_update(json.loads(raw), TOKEN.partition(":")[0], NOW)
        assert inbound is not None
        if inbound.token is not None:
            drive(choice.read(turn, Given(picked=inbound.token.partition("=")[2].partition("@")[0]), {}))
        else:
            drive(words.read(turn, Given(words=inbound.text), {}))
        return [_as_sent(layout) for layout in lay_out(_PROMPT, TelegramChannel.can, translate)]

    return step


def _as_sent(layout: Layout) -> str:
    rows = [[InlineKeyboardButton(button.label, callback_data=button.token) for button in row] for row in layout.rows]
    return InlineKeyboardMarkup(rows).to_json()


def _each(step: Callable[[], object], seconds: float) -> float:
    step()
    done, begun = 0, time.process_time()
    while (used := time.process_time() - begun) < seconds:
        for _time in range(20):
            step()
        done += 20
    return used / done * 1000
