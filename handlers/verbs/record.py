"""What intake does for those without a chat: `/ghiho` files, `/cuocgoi` notes a call, `/homthu` opens the letterbox."""

from __future__ import annotations

import re

from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.domain.cases import ByHand
from bot.domain.folding import fold
from bot.text import _, joined
from bot.usecases.taking import be_told_here, call_read_back, decide_box, openings, print_again
from handlers.by_hand import opening_words
from handlers.citizen_case import case_panel
from handlers.flows.record import CHANNEL, NOTE_CALL, OPEN_BOX, OPENING, RECORD, noted
from handlers.turn import Turn, Verb
from handlers.verbs.citizen import anybody
from handlers.verbs.head import is_staff
from handlers.verbs.intake import is_intake

# "3 phút: hỏi giờ làm việc" as whoever notes a call in one line writes its length.
_LENGTH = re.compile(r"(\d{1,3})\s*(?:phut|phút|p|min|minutes?)\b[\s:,.-]*(.*)", re.IGNORECASE | re.DOTALL)
_TYPED = {
    "dien thoai": ByHand.PHONE, "truc tiep": ByHand.COUNTER, "hom thu": ByHand.LETTERBOX, "buu chinh": ByHand.POST,
}  # fmt: skip


async def record(turn: Turn, arg: str, version: int | None) -> Said:
    """Open the form, where the channel is known already (`phone`, `box.3`) from the next question on."""
    name, _dot, number = arg.partition(".")
    if name == "box" and number.isdecimal():
        return Begin(RECORD.name, known={CHANNEL: ByHand.LETTERBOX.value, OPENING: number})
    channel = _TYPED.get(fold(arg)) or next((one for one in ByHand if one.value == arg), None)
    return Begin(RECORD.name, known={CHANNEL: channel.value} if channel else {})


async def call(turn: Turn, arg: str, version: int | None) -> Said:
    """Note a call that became no case: at once where the words are there, else by one question."""
    if not arg.strip():
        return Begin(NOTE_CALL.name)
    told = _LENGTH.fullmatch(arg.strip())
    return await noted(turn, told[2] if told else arg, int(told[1]) if told else None)


async def read_back(turn: Turn, arg: str, version: int | None) -> Said:
    """Note that a call was read back."""
    await call_read_back(turn.work, turn.reader, int(arg) if arg.isdecimal() else 0, turn.now)
    return [Prompt(_("It is noted that it was read back."), (Button("menu:", _("Menu")),))]


async def boxes(turn: Turn, arg: str, version: int | None) -> Said:
    """Show the last openings of the letterbox, with a button for a new one; by `new` open its form."""
    if arg == "new":
        return Begin(OPEN_BOX.name)
    found = await openings(turn.work, turn.reader)
    lines = [await opening_words(turn.work, one) for one in found] or [_("No letterbox was opened here yet.")]
    buttons = (
        Button("box:new", _("A letterbox was opened")),
        Button(f"record:{ByHand.LETTERBOX.value}", _("Enter a letter")),
        Button("menu:", _("Menu")),
    )
    return [Prompt(joined(*lines, by="\n\n"), buttons)]


async def box_right(turn: Turn, arg: str, version: int | None) -> Said:
    """Confirm an opening as its second person."""
    await decide_box(turn.work, turn.reader, int(arg) if arg.isdecimal() else 0, True, turn.now)
    return [Prompt(_("Thank you. The opening of the letterbox is confirmed."))]


async def box_wrong(turn: Turn, arg: str, version: int | None) -> Said:
    """Deny an opening as its second person."""
    await decide_box(turn.work, turn.reader, int(arg) if arg.isdecimal() else 0, False, turn.now)
    return [Prompt(_("Thank you. It does not count; your colleague was told."))]


async def print_receipt(turn: Turn, arg: str, version: int | None) -> Said:
    """Have another receipt made for a case that was taken by hand."""
    case = await print_again(turn.work, turn.reader, arg, turn.now)
    told = _("A new receipt of case {code} comes in a moment. The PIN of the one before opens nothing any more.")
    return [Prompt(told(code=case.code), (Button(f"open:{case.code}", _("Back to the case")),))]


async def tell_here(turn: Turn, arg: str, version: int | None) -> Said:
    """Let who sent a case that was taken by hand be told of it in this chat."""
    case = await be_told_here(turn.work, turn.reader, arg, turn.now)
    turn.forget_case(case.code)  # It is his own from now on, not opened for an hour.
    return await case_panel(
        turn, case, _("From now on you are told here what happens to it. Nobody at the office sees this chat.")
    )


VERBS: tuple[Verb, ...] = (
    Verb("record", record, is_intake, ("ghiho", "record")),
    Verb("call", call, is_intake, ("cuocgoi", "call")),
    Verb("callread", read_back, is_intake, ("dadoclai", "readback")),
    Verb("box", boxes, is_intake, ("homthu", "letterbox")),
    Verb("boxright", box_right, is_staff, ("xacnhanhom", "boxright")),
    Verb("boxwrong", box_wrong, is_staff, ("khongmohom", "boxwrong")),
    Verb("tellhere", tell_here, anybody),
    Verb("printreceipt", print_receipt, is_intake, ("inphieu", "printreceipt")),
)
