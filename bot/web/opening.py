"""The page behind a QR code for Zalo, whose addresses carry nothing along as Telegram's do.

It puts the line that says which office or counter it is into the clipboard and opens the chat; the person pastes and sends it.
The line is the very start line of every channel, signed, so that the page need not know what is in it and asks nobody.
An invitation stands behind the `#` of the address, which a browser keeps to itself: no server and no log between sees it.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web

from bot.catalogue import Catalogue
from bot.text import Text, _
from bot.web.server import Handler

OPEN_PATH: Final = "/open/{messenger}/{payload}"
INVITED_PATH: Final = "/open/{messenger}"
LANGUAGE = "vi"
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_PAGE = Template(Path(__file__).with_name("open.html").read_text("utf-8"))
_SCRIPT = """
const go = document.getElementById("go"), line = document.getElementById("line"), done = document.getElementById("done");
const invited = /^#(i_[A-Za-z0-9_-]+)$/.exec(location.hash);
if (!line.value && invited) line.value = "/start " + invited[1];
line.addEventListener("focus", () => line.select());
go.addEventListener("click", async (press) => {
  press.preventDefault();
  try { await navigator.clipboard.writeText(line.value); }
  catch { line.select(); document.execCommand("copy"); }
  done.style.display = "block";
  location.href = go.href;
});
"""
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_HASH}'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_WORDS: Mapping[str, Text] = {
    "title": _("Open the chat in Zalo"),
    "first": _("Press this button: a line is copied, and Zalo opens."),
    "button": _("Open Zalo"),
    "copied": _("The line is copied."),
    "second": _("In Zalo hold your finger on the field for messages, choose Paste, and send. Then answer the questions."),
    "otherwise": _("If nothing was copied, copy this line yourself; it says which office you are at, nothing about you."),
    "line_is": _("The line:"),
}
_INVITED = {**_WORDS, "otherwise": _("If nothing was copied, copy this line yourself; it is your invitation, good once.")}


def opening_routes(addresses: Mapping[str, str]) -> Sequence[web.RouteDef]:
    """Return the routes of the page, none where we have no chat in Zalo."""
    handle = opening(addresses, Catalogue().translator(LANGUAGE))
    return (web.get(OPEN_PATH, handle), web.get(INVITED_PATH, handle)) if addresses else ()


def opening(addresses: Mapping[str, str], say: Callable[[Text], str]) -> Handler:
    """Return the handler of the page. `addresses` of our chats by channel; any other channel and odd payloads are 404."""
    words, invited = ({name: html.escape(say(text)) for name, text in each.items()} for each in (_WORDS, _INVITED))

    async def handle(request: web.Request) -> web.Response:
        address = addresses.get(request.match_info["messenger"], "")
        payload = request.match_info.get("payload")
        if not address or (payload is not None and not _PAYLOAD.fullmatch(payload)):
            return web.Response(status=404)
        line = "" if payload is None else f"/start {payload}"
        said = invited if payload is None else words
        page = _PAGE.substitute(said, address=html.escape(address), line=line, script=_SCRIPT)
        return web.Response(text=page, content_type="text/html", headers=_HEADERS)

    return handle
