"""How people type the number of a line, on channels where every menu is numbered text."""

from __future__ import annotations

import re
import unicodedata

# `1`, `1.`, `1)`, `(1)`, `số 1`, `chọn 1`, `chọn số 1`; full-width digits and keycap emoji are plain ones after NFKC.
_NUMBER = re.compile(r"(?:(?:chọn|chon)\s*)?(?:(?:số|so)\s*)?[(\[]?\s*([0-9]{1,2})\s*[.)\]]?")


def typed_number(text: str) -> str:
    """Return the bare number where the whole text is one way of typing it, else the text as it is."""
    if len(text) > 20:
        return text
    plain = unicodedata.normalize("NFKC", text).replace("\ufe0f", "").replace("\u20e3", "").replace("🔟", "10")
    found = _NUMBER.fullmatch(unicodedata.normalize("NFC", plain).strip().lower())
    return str(int(found[1])) if found else text
