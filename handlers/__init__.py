"""Everything that people can do here, in four plain tables. A newcomer starts reading here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.dialogue.engine import House
from bot.domain.folding import fold
from bot.domain.refs import parse_code
from handlers import arrivals, gate, kept, left_out
from handlers.flows import (
    clocks,
    connecting,
    data_request,
    delegating,
    feedback,
    introduce,
    merging,
    office,
    own_case,
    praise,
    record,
    repeating,
    sharing,
    written,
)
from handlers.notices import NOTICES as NOTICES
from handlers.reports import REPORTS as REPORTS
from handlers.turn import Flow, Turn, Verb
from handlers.verbs import admin, citizen, duty, head, intake, joining, my_data, searching, supervisor
from handlers.verbs import clocks as clock_verbs
from handlers.verbs import connecting as connecting_verbs
from handlers.verbs import delegating as delegating_verbs
from handlers.verbs import record as record_verbs
from handlers.verbs import reports as reports_verbs
from handlers.verbs import sharing as sharing_verbs
from handlers.verbs import unreached as unreached_verbs
from handlers.verbs import written as written_verbs

FLOWS: tuple[Flow, ...] = (
    feedback.FEEDBACK,
    praise.PRAISE_FLOW,
    praise.SUGGEST_FLOW,
    own_case.ADD,
    own_case.CONTEST,
    own_case.COMMENT,
    own_case.LOOK_UP,
    data_request.CORRECT,
    data_request.ERASE,
    introduce.INTRODUCE,
    connecting.JOIN_CHAT,
    *office.FLOWS,
    *record.FLOWS,
    searching.FIND,
    delegating.GIVE_SIGNATURE,
    *clocks.FLOWS,
    *sharing.FLOWS,
    merging.MERGE_CASE,
    *repeating.FLOWS,
    written.WRITE_REMINDER,
    written.REMINDER_DONE,
)
"""Forms: questions in order, and what is done at the end."""

VERBS: tuple[Verb, ...] = (
    *citizen.VERBS,
    *my_data.VERBS,
    *connecting_verbs.VERBS,
    *head.VERBS,
    *delegating_verbs.VERBS,
    *clock_verbs.VERBS,
    *sharing_verbs.VERBS,
    *joining.VERBS,
    *intake.VERBS,
    *record_verbs.VERBS,
    *supervisor.VERBS,
    *unreached_verbs.VERBS,
    *duty.VERBS,
    *reports_verbs.VERBS,
    *searching.VERBS,
    *written_verbs.VERBS,
    *admin.VERBS,
)
"""What is done at once, by a button or a command, and for whom it exists."""

WORDS: Mapping[str, str] = {
    "menu": "menu:",
    "bat dau": "menu:",
    "start": "menu:",
    "0": "menu:",
    **dict.fromkeys(("vu viec cua toi", "ho so cua toi", "my cases", "bao gio co ket qua", "khi nao co ket qua"), "mine:0"),
    **dict.fromkeys(("du lieu cua toi", "my data"), "mydata:"),
    "quay lai": "_back@d",
    "back": "_back@d",
    "huy": "cancel:",
    "cancel": "cancel:",
    "tiep tuc": "_go@d",
    "continue": "_go@d",
    "gui": "_send@d",
    "send": "_send@d",
    "tro giup": "help:",
    "help": "help:",
}
"""Spoken commands, without tone marks; `@d` is the open form's. 0, which no line has, is the menu as on the telephone."""

YES = frozenset(
    [
        *(
            "dung",
            "dung roi",
            "dung a",
            "dung roi a",
            "da dung",
            "vang dung",
            "chuan",
            "ok",
            "oke",
            "okay",
            "co",
            "vang",
            "vang a",
        ),
        *(
            "da vang",
            "duoc",
            "dong y",
            "gui di",
            "gui luon",
            "vang gui di",
            "ok gui",
            "ok gui di",
            "yes",
            "right",
            "correct",
            "send it",
        ),
    ]
)
NO = frozenset(
    ["sai", "sai roi", "khong", "khong dung", "chua dung", "chua", "sua", "sua lai", "no", "wrong", "not right", "change"]
)


def house() -> House[Turn]:
    """Return all of it, as the dialogue needs it."""
    return House(
        flows={flow.name: flow for flow in FLOWS},
        verbs={verb.name: verb for verb in VERBS},
        gate=gate.gate,
        outside=arrivals.outside,
        start=arrivals.start,
        code=case_token,
        keep_files=kept.keep_files,
        album=arrivals.album,
        left_out=left_out.left_out,
        words=WORDS,
        yes=YES,
        no=NO,
        fold=fold,
    )


def case_token(words: str) -> str | None:
    """Return the token that opens the case whose code was typed, None for words that are no code."""
    code = parse_code(words)
    return f"case:{code}" if code else None
