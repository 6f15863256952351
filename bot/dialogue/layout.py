"""Laying a prompt out for one channel and one reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Protocol

from bot.dialogue.prompts import MESSENGER, Prompt
from bot.dialogue.values import LaidButton, Layout
from bot.text import Text

Translate = Callable[[Text], str]
MAX_PER_ROW = 4
# What belongs to the sign before it: loose marks, the joiner and the forms of emoji, skin colours, the frame of a keycap.
_GOES_ON = re.compile("[\u0300-\u036f\u20d0-\u20f0\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # A flag is two of them.


class Capabilities(Protocol):
    """What layout needs to know of a channel."""

    @property
    def messenger(self) -> str: ...
    @property
    def text_limit(self) -> int: ...
    @property
    def buttons(self) -> bool: ...
    @property
    def max_buttons(self) -> int: ...
    @property
    def row_characters(self) -> int: ...
    @property
    def label_characters(self) -> int: ...
    @property
    def asks_phone(self) -> bool: ...
    @property
    def asks_location(self) -> bool: ...
    @property
    def extra_buttons(self) -> int: ...


def lay_out(prompt: Prompt, can: Capabilities, translate: Translate) -> list[Layout]:
    """Return the messages for a prompt: one, or several where the text is longer than the channel takes.

    Buttons where the channel has them, else numbered lines; the numbers are those of `prompt.buttons`, so a typed number
    means the same on every channel. A label too long for a button is written out in a numbered line, and the button carries
    the number and as much as fits. Buttons, files and requests stand on the last message.
    """
    words = translate(prompt.text).replace(MESSENGER, can.messenger)
    request = (
        prompt.request
        if (prompt.request == "phone" and can.asks_phone) or (prompt.request == "location" and can.asks_location)
        else ""
    )
    rows: tuple[tuple[LaidButton, ...], ...] = ()
    if prompt.buttons and can.buttons:
        labels = [translate(button.label) for button in prompt.buttons[: can.max_buttons]]
        long = [f"{n}. {label}" for n, label in enumerate(labels, 1) if len(label) > can.label_characters]
        words = "\n\n".join([words, *(["\n".join(long)] if long else [])])
        shown = [_shortened(n, label, can.label_characters) for n, label in enumerate(labels, 1)]
        rows = _rows([LaidButton(b.token, label) for b, label in zip(prompt.buttons, shown, strict=False)], can.row_characters)
    elif prompt.buttons:
        numbered = list(enumerate(prompt.buttons, 1))
        words += "\n\n" + "\n".join(f"{n}. {translate(b.label)}" for n, b in numbered)
        if len(prompt.buttons) <= can.extra_buttons:
            rows = tuple((LaidButton(b.token, _shortened(n, translate(b.label), can.label_characters)),) for n, b in numbered)
    parts = split(words, can.text_limit)
    layouts = [Layout(part, protect=prompt.protect) for part in parts[:-1]]
    last = Layout(
        parts[-1],
        rows,
        request,
        translate(prompt.request_label) if request else "",
        prompt.files,
        prompt.protect,
    )
    return [*layouts, last]


def tokens(prompt: Prompt) -> list[str]:
    """Return the tokens of a prompt in the order of their numbers."""
    return [button.token for button in prompt.buttons]


def _shortened(number: int, label: str, most: int) -> str:
    return label if len(label) <= most else f"{number}. {label}"[: most - 1].rstrip() + "…"


def _rows(buttons: list[LaidButton], characters: int) -> tuple[tuple[LaidButton, ...], ...]:
    """Pack short labels side by side, long ones alone, in their order."""
    rows: list[list[LaidButton]] = []
    room = 0
    for button in buttons:
        needs = len(button.label) + 3
        if rows and needs <= room and len(rows[-1]) < MAX_PER_ROW:
            rows[-1].append(button)
            room -= needs
        else:
            rows.append([button])
            room = characters - needs
    return tuple(tuple(row) for row in rows)


def packed(pieces: Iterable[str], limit: int) -> list[str]:
    """Return pieces in as few texts as hold them in their order, an empty line between two; none is cut, nor is any empty."""
    texts: list[str] = []
    for piece in filter(None, pieces):
        if texts and len(texts[-1]) + len(piece) + 2 <= limit:
            texts[-1] += f"\n\n{piece}"
        else:
            texts.append(piece)
    return texts


def split(words: str, limit: int) -> list[str]:
    """Cut a long text at paragraph, line, sentence or word ends, each part at most `limit` characters, none empty."""
    words = words.strip() or "…"
    parts: list[str] = []
    while len(words) > limit:
        head = words[:limit]
        cut = (
            max(head.rfind("\n\n"), 0)
            or max(head.rfind("\n"), 0)
            or max(head.rfind(end) + 1 for end in (". ", "? ", "! ", "… "))
            or max(head.rfind(" "), 0)
            or _between_signs(words, limit)
        )
        parts.append(words[:cut].rstrip())
        words = words[cut:].lstrip()
    if words:
        parts.append(words)
    return parts


def _between_signs(words: str, limit: int) -> int:
    """Return the last place up to `limit` where no sign is torn apart: an emoji or a letter with loose marks is several of them.

    Where there is none in the last 30 characters, it is no sign that anybody writes: it is cut anywhere.
    """
    for cut in range(limit, max(limit - 30, 1), -1):
        before, after = words[cut - 1], words[cut]
        flags = len(words[:cut]) - len(words[:cut].rstrip(_FLAG_LETTERS))
        torn_flag = after in _FLAG_LETTERS and flags % 2 == 1
        if not (_GOES_ON.match(after) or before == "\u200d" or torn_flag):
            return cut
    return limit
