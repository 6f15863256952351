"""An officer of intake files for a caller, a visitor or a letter, and keeps the books of calls and of the letterbox.

Who called stands only in the sealed row of who sent the case: the officer is not the reporter, and sees the case no more than
intake does. Source: LAW 8.1 R6, R7; 1.9 B10 (read back); Decree 154/2026 art. 12.2, 14.1; Decree 20/2008 art. 7.2đ.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dialogue.values import Who
from bot.domain.access import Action, excluded
from bot.domain.cases import ByHand, Case
from bot.domain.events import BoxConfirmed, BoxOpened, CallNoted, CallReadBack, CaseTaken, ChatLinked, ReceiptPrinted
from bot.domain.people import Role, Staff
from bot.domain.refusal import Refusal
from bot.text import _
from bot.usecases.access import Reader, access_case, acting, not_found, pin_hash
from bot.usecases.filing import Draft, Filed, Taken, file_case
from bot.usecases.ports import Work
from bot.usecases.ports_by_hand import CONFIRMED, DENIED, Call, Opening

SPOKEN = frozenset({ByHand.PHONE, ByHand.COUNTER})
"""Where somebody is there to whom it can be read back."""
PRINT = "receipt"
"""The kind of the job that makes a receipt to print; its key names the case and the officer."""
MOST_LETTERS = 500
MOST_MINUTES = 600
# As many of the last openings can be chosen from when a letter is entered.
SHOWN = 6
_RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Source:
    """What a case is taken from: the channel, minutes of a call (None: not told), the opening of the letterbox (None: none)."""

    channel: ByHand
    minutes: int | None = None
    opening: int | None = None


async def take_case(work: Work, reader: Reader, who: Who, draft: Draft, source: Source, nonce: str, now: datetime) -> Filed:
    """File what was told or written, after it was read back; write it into its book, and have a receipt to print made.

    `who` is the officer's chat, from which the files of the form come. Raises `Refusal`.
    """
    staff = officer(reader)
    opening = await _opening_of(work, staff, source)
    filed = await file_case(work, reader.person, who, draft, nonce, now, Taken(source.channel, staff.id))
    case = filed.case
    read_back = source.channel in SPOKEN
    if source.channel is ByHand.PHONE:
        began = now - timedelta(minutes=source.minutes or 0)
        await work.by_hand.add_call(desk(staff), staff.id, began, source.minutes, "", read_back, case.id)
    if opening is not None:
        await work.by_hand.enter(opening.id, case.id)
    work.record(
        CaseTaken(case.id, staff.id, channel=source.channel.value, read_back=read_back, opening=opening.id if opening else 0)
    )
    await ask_receipt(work, staff, case, now)
    return filed


async def ask_receipt(work: Work, staff: Staff, case: Case, now: datetime) -> None:
    """Have a receipt made for the officer to print; the job knows no PIN."""
    key = f"{case.id}:{staff.id}:{secrets.token_hex(8)}"  # Each is a receipt of its own, however soon after another.
    await work.jobs.put(PRINT, key, now, {"case": case.id, "staff": staff.id, "once": f"receipt:{key}"})


async def print_again(work: Work, reader: Reader, ref: str, now: datetime) -> Case:
    """Have another receipt made, with a new PIN; the one before opens nothing any more. Raises `Refusal`."""
    staff = officer(reader)
    case = await access_case(work, reader, ref, to=Action.GUIDE, now=now)
    if case.taken_by is None:
        raise Refusal(_("Case {code} came by chat: its sender makes a new PIN there himself.")(code=case.code))
    await ask_receipt(work, staff, case, now)
    return case


async def may_print(work: Work, staff: int, case: int) -> tuple[Staff, Case] | None:
    """Return officer and case where he still takes in cases and it was taken by hand, as the receipt is made."""
    member, taken = await work.staff.by_id(staff), await work.cases.by_id(case)
    if member is None or taken is None or taken.taken_by is None or not member.has(Role.INTAKE):
        return None
    return member, taken


async def seal_pin(work: Work, staff: Staff, case: Case, pin: str) -> None:
    """Let the PIN of a receipt that was made open the case from now on; only its keyed hash is kept."""
    await work.cases.set_pin(case.id, pin_hash(work, case.code, pin))
    work.record(ReceiptPrinted(case.id, staff.id))


async def may_be_told_here(work: Work, reader: Reader, case: Case) -> bool:
    """Whether a case that an officer took was opened by code and PIN here, and no chat is told of it yet."""
    return case.taken_by is not None and case.code in reader.opened and await work.reporters.has_no_chat(case.id)


async def be_told_here(work: Work, reader: Reader, ref: str, now: datetime) -> Case:
    """Let the sender be told of his case in this chat from now on. Raises `Refusal`."""
    case = await access_case(work, reader, ref, to=Action.FOLLOW, now=now)
    if not await may_be_told_here(work, reader, case) or not await work.reporters.link(case.id, reader.person.id):
        raise Refusal(_("Case {code} is told in another chat already, or is yours here.")(code=case.code))
    work.record(ChatLinked(case.id))
    return case


async def note_call(work: Work, reader: Reader, words: str, minutes: int | None, now: datetime) -> Call:
    """Write down a call that is none of ours or became no case. Raises `Refusal`."""
    staff = officer(reader)
    if len(words.strip()) < 3:
        raise Refusal(_("Please write in a few words what the caller said."))
    began = now - timedelta(minutes=minutes or 0)
    call = await work.by_hand.add_call(desk(staff), staff.id, began, minutes, words.strip(), False, None)
    work.record(CallNoted(actor=staff.id, call=call.id))
    return call


async def call_read_back(work: Work, reader: Reader, call: int, now: datetime) -> Call:
    """Note that what was written of a call was read to the caller; only whoever took it. Raises `Refusal`."""
    staff, found = officer(reader), await work.by_hand.call(call)
    if found is None or found.by != staff.id or found.case is not None:
        raise Refusal(_("There is no such call of yours in the book."))
    if await work.by_hand.read_back(call):
        work.record(CallReadBack(actor=staff.id, call=call))
    return found


async def open_box(
    work: Work, reader: Reader, place: str, letters: int, not_eligible: int, second: int, now: datetime
) -> Opening:
    """Write down that a letterbox was opened; it counts once the second person has confirmed it. Raises `Refusal`."""
    staff = officer(reader)
    if not 0 <= not_eligible <= letters <= MOST_LETTERS:
        raise Refusal(_("Of the letters no more can be not eligible than there were."))
    if second not in {one.id for one in await second_people(work, reader)}:
        raise Refusal(_("The second person must be somebody else of your office. Please choose again."))
    opening = await work.by_hand.add_opening(desk(staff), place.strip(), letters, not_eligible, staff.id, second, now)
    work.record(BoxOpened(actor=staff.id, opening=opening.id, second=second))
    return opening


async def second_people(work: Work, reader: Reader) -> list[Staff]:
    """Return who of the officer's own office has joined and can have opened the box with him, by name."""
    staff = officer(reader)
    there = await work.staff.at([desk(staff)], Role.INTAKE, Role.HEAD, Role.DEPUTY, Role.HANDLER, Role.SUPERVISOR, Role.ADMIN)
    return sorted((one for one in there if one.id != staff.id and one.person is not None), key=lambda one: one.name)


async def decide_box(work: Work, reader: Reader, opening: int, here: bool, now: datetime) -> Opening:
    """Let the second person say whether he was there and it is right, once. Raises `Refusal`."""
    staff, found = acting(reader), await work.by_hand.opening(opening)
    if found is None or found.second != staff.id:
        raise Refusal(_("There is no opening of a letterbox that waits for you."))
    if not await work.by_hand.decide(opening, CONFIRMED if here else DENIED, now):
        raise Refusal(_("You have answered that already."))
    work.record(BoxConfirmed(actor=staff.id, opening=opening, confirmed=here))
    return found


async def openings(work: Work, reader: Reader) -> list[Opening]:
    """Return the last openings at the officer's own office, newest first."""
    return await work.by_hand.latest([desk(officer(reader))], SHOWN)


async def openings_for_letters(work: Work, reader: Reader, now: datetime) -> list[Opening]:
    """Return the confirmed openings of the last 30 days whose letters can be entered."""
    return [one for one in await openings(work, reader) if one.state == CONFIRMED and now - one.at <= _RECENT]


async def hidden_cases(work: Work, staff: Staff | None, cases: list[int]) -> tuple[dict[int, Case], set[int]]:
    """Return those of these cases that a reader of a book may be told of, by id, and the ids of those that speak about him."""
    found = {case.id: case for case in await work.cases.among(sorted(set(cases)))} if cases else {}
    hidden = {number for number, case in found.items() if staff is not None and excluded(staff, case, work.units)}
    return {number: case for number, case in found.items() if number not in hidden}, hidden


def officer(reader: Reader) -> Staff:
    """Return the officer of intake who acts; raises the refusal of `not_found` for anybody else."""
    staff = acting(reader)
    if not staff.has(Role.INTAKE):
        raise not_found()
    return staff


def desk(staff: Staff) -> str:
    """Return the office at which he takes in cases."""
    return min(staff.units(Role.INTAKE))


async def _opening_of(work: Work, staff: Staff, source: Source) -> Opening | None:
    if source.channel is not ByHand.LETTERBOX:
        return None
    opening = await work.by_hand.opening(source.opening) if source.opening is not None else None
    if opening is None or opening.unit != desk(staff) or opening.state != CONFIRMED:
        raise Refusal(_("A letter from the letterbox is entered once its opening is confirmed by both people."))
    return opening
