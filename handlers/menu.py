"""The menu, and what can be said of this house before anybody has done anything."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.dialogue.panels import unfinished
from bot.dialogue.prompts import Button, Prompt
from bot.domain.folding import fold
from bot.text import Text, _, as_is, joined
from handlers.turn import Agency, Turn
from handlers.verbs.head import is_staff, work_menu

LANGUAGES: Mapping[str, str] = {"vi": "Tiếng Việt", "en": "English"}

# What the messenger offers when somebody types a slash; who has a role finds his own commands in his menu.
COMMANDS: tuple[tuple[str, Text], ...] = (
    ("menu", _("What you can do here")),
    ("phananh", _("Send feedback about an official or office")),
    ("khen", _("Praise or suggest")),
    ("hoso", _("My cases")),
    ("tracuu", _("Look up a case by its code")),
    ("huongdan", _("How to lodge a petition")),
    ("dulieu", _("My data")),
    ("chuyenkenh", _("Use another app too")),
    ("trogiup", _("Help and emergency numbers")),
    ("ngonngu", _("Language")),
    ("huy", _("Stop the open form")),
)
# The one line said in a group, where nothing is stored; the bot's address follows it.
GROUP_LINES: Text = _("This service works in a private chat only. Nothing written here is read or kept. Please write to:")

# A greeting or a thank-you starts no case. Whole messages, without tone marks and without the small words around them.
_POLITE = frozenset(
    [
        *("alo", "a lo", "chao", "xin chao", "hello", "hi", "hey", "good morning", "good afternoon", "good evening"),
        *("cam on", "xin cam on", "cam on nhieu", "thank you", "thank you very much", "thanks", "bye", "tam biet"),
        *("ok", "oke", "okay", "vang", "da", "da vang", "duoc", "duoc roi", "roi", "u", "uh", "yes", "no", "khong", "co"),
        *("test", "start", "bat dau", "menu", "help", "tro giup", "co ai khong", "co ai o day khong"),
    ]
)
_SMALL = frozenset(
    ["a", "ah", "nhe", "nha", "oi", "em", "anh", "chi", "ban", "ad", "admin", "bot", "cac", "moi", "nguoi", "you", "there"]
)


def is_polite(words: str) -> bool:
    """Whether a message is nothing but a greeting, a thank-you or a nod."""
    folded = fold(words)
    core = " ".join(word for word in folded.split() if word not in _SMALL)
    return folded in _POLITE or core in _POLITE or not core


_WISH = re.compile(r"\b(?:phan anh|gop y|khieu nai|to cao|kien nghi|feedback|complain|complaint)\b")
_AROUND_A_WISH = frozenset(
    [
        *(
            "toi",
            "em",
            "minh",
            "chau",
            "con",
            "muon",
            "can",
            "xin",
            "cho",
            "duoc",
            "gui",
            "lam",
            "viet",
            "nop",
            "mot",
            "don",
            "y",
            "kien",
        ),
        *(
            "ve",
            "can",
            "bo",
            "co",
            "quan",
            "cong",
            "chuc",
            "vien",
            "i",
            "want",
            "to",
            "would",
            "like",
            "send",
            "make",
            "a",
            "about",
        ),
    ]
)


def only_wishes(words: str) -> bool:
    """Whether a message says that somebody wants to complain, and nothing of what about."""
    around, wishes = _WISH.subn(" ", fold(words))
    return bool(wishes) and all(word in _AROUND_A_WISH or word in _SMALL for word in around.split())


def menu(turn: Turn, first: Text | None = None) -> Prompt:
    """Return the menu: that of the office for whoever has a role, else the citizen's. `first` stands above it."""
    shown = work_menu(turn, first) if is_staff(turn) else citizen_menu(turn, first)
    return shown.plus(*unfinished(turn.session))


def citizen_menu(turn: Turn, first: Text | None = None) -> Prompt:
    """Return what a citizen can do here."""
    greeting = _("Hello, this is the feedback line of {agency}. What would you like to do?")(agency=turn.agency.name)
    other = next(code for code in LANGUAGES if code != turn.language)
    return Prompt(
        joined(first, greeting, by="\n\n") if first else greeting,
        (
            Button("feedback:", _("Feedback about an official or office")),
            Button("praise:", _("Praise or suggest")),
            Button("mine:", _("My cases")),
            Button("lookup:", _("Look up by code")),
            Button("howto:", _("How to lodge a petition")),
            Button("mydata:", _("My data")),
            Button("help:", _("Help, emergency numbers")),
            Button(f"lang:{other}", as_is(LANGUAGES[other])),
        ),
    )


def help_words(agency: Agency) -> Text:
    """Return the emergency numbers and how to reach a human being."""
    return joined(
        _("In danger, do not write here. Call:\n113 police\n114 fire\n115 ambulance\n111 for children"),
        _("To speak to somebody: {phone}. In person: {address}.")(phone=agency.phone, address=agency.address),
        _(
            "Here you can write in your own words, send photos, videos, voice messages and papers, press a button or type its "
            "number. You can stop a form, ask something else and go on next week; nothing is lost. Type menu at any time."
        ),
        by="\n\n",
    )
