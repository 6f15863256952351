"""One person on several channels: a chat shows a code, another one joins it with the code, either can be disconnected.

Whoever has the code within its life has all that the person has, so it is short-lived, used once, guessed at a few times only,
and every chat that was there before is told. The newcomer cannot send those away before they had time to answer.
Source: RELIABILITY E8, G4.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import datetime, timedelta

from bot.dialogue.values import Who
from bot.domain.access import Action, excluded, may
from bot.domain.cases import Case, Status
from bot.domain.events import NO_CASE, ChatJoined, ChatParted
from bot.domain.people import Person, Staff
from bot.domain.refusal import Refusal
from bot.text import Text, _
from bot.usecases.ports import Work
from bot.usecases.ports_chats import Contact, Offer

DIGITS = 8
LIVES = timedelta(minutes=10)
SHOWN_A_DAY = 10
TRIES, WINDOW = 5, timedelta(minutes=15)
TRIES_A_DAY = 20
SETTLED = timedelta(days=3)
"""After so long a chat that joined may disconnect those that were there before it."""
_DAY = timedelta(days=1)
_BETWEEN = re.compile(r"[\s.\-\u2010-\u2015\u2212\u200b]+")
_PAGE = 50


class NotSure(Exception):
    """The code is good, but whoever showed it would see the `cases` of this chat."""

    def __init__(self, cases: int) -> None:
        super().__init__()
        self.cases = cases


def read_code(text: str) -> str | None:
    """Return the digits of a code as typed, with spaces, dashes or full-width digits; None for what is none."""
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    return plain if len(plain) == DIGITS and plain.isascii() and plain.isdecimal() else None


async def show_code(work: Work, person: Person, contact: int, now: datetime) -> str:
    """Return a fresh code in two groups of digits; the one before opens nothing any more. Raises `Refusal` beyond ten a day."""
    until = await work.attempts.take("link shown", f"person:{person.id}", SHOWN_A_DAY, _seconds(_DAY), now)
    if until is not None:
        raise _too_often(until)
    while True:
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        if await work.chats.offer(_hash(work, code), Offer(person.id, contact, now + LIVES)):
            return f"{code[:4]} {code[4:]}"


async def join(
    work: Work, person: Person, staff: Staff | None, here: int, who: Who, code: str, now: datetime, sure: bool = False
) -> tuple[Person, Staff | None]:
    """Connect this chat, and all that its person has, with the chat that shows the code; return who both lead to now.

    Raises `Refusal`: the same for a code that is wrong, used or too old; for two members of staff; in a chat of staff for the
    code of a chat that is not, since a role must not go to somebody who talked an officer into typing a code; where a member of
    staff would be the sender of a case that he may handle, or that speaks about him. Raises `NotSure` unless `sure`, where this
    chat has cases that whoever showed the code would see.
    """
    for what, limit, window in (("link", TRIES, WINDOW), ("link a day", TRIES_A_DAY, _DAY)):
        until = await work.attempts.take(what, who.address, limit, _seconds(window), now)
        if until is not None:
            raise _too_often(until)
    digits = read_code(code)
    offer = await work.chats.offered(_hash(work, digits)) if digits else None
    if digits is None or offer is None or offer.expires_at <= now:
        raise Refusal(_wrong())
    if offer.person == person.id and offer.contact == here:
        raise Refusal(_("This code is for your other chat: please open it there and type /noikenh with the code."))
    if offer.person == person.id:
        raise Refusal(_("These two chats are connected already."))
    kept, other = await work.people.by_id(offer.person), await work.staff.by_person(offer.person)
    if kept is None:
        raise Refusal(_wrong())
    if staff is not None and other is not None:
        raise Refusal(_("Both chats belong to somebody with a role, so they cannot be one. Please speak to your administrator."))
    if staff is not None:
        raise Refusal(
            _("This chat has a role. Please do it the other way round: type /chuyenkenh here, and the code in your other chat.")
        )
    own = await _cases_of(work, person.id)
    if other is not None and any(_would_judge_himself(work, other, case) for case in own):
        # What it is about is not said: whoever holds a code that is not his must not learn that there is such a case.
        raise Refusal(_("These two chats cannot be connected. Please go on using each for itself."))
    if own and not sure:
        raise NotSure(len(own))
    if not await work.chats.take(_hash(work, digits)):
        raise Refusal(_wrong())
    await work.chats.join(person.id, kept.id, here, now)
    work.record(ChatJoined(NO_CASE, other.id if other else None, contact=here, person=kept.id, former=person.id))
    return kept, other


async def part(work: Work, person: Person, staff: Staff | None, here: int, contact: int, now: datetime) -> Person:
    """Disconnect a chat of this person, perhaps this one; return whom that chat leads to now: somebody who has nothing.

    Raises `Refusal` for a chat that is none of his, his only one, and for one that was there before this one joined, until three
    days have passed.
    """
    chats = {chat.id: chat for chat in await work.chats.of(person.id)}
    if contact not in chats:
        raise Refusal(_("That chat is not connected with this one."))
    if len(chats) == 1:
        raise Refusal(_("This is your only chat here, so there is nothing to disconnect."))
    if not _may_part(chats[here], chats[contact], now):
        raise Refusal(
            _(
                "This chat was connected a short while ago. Until {time} it can be disconnected itself, but not disconnect a "
                "chat that was there before it."
            )(time=(chats[here].joined_at or now) + SETTLED)
        )
    stranger = await work.chats.part(contact, now)
    if contact != here:
        await work.chats.end_session(contact, now)
    actor = staff.id if staff else None
    work.record(ChatParted(NO_CASE, actor, contact=contact, person=person.id, by_itself=contact == here))
    found = await work.people.by_id(stranger)
    assert found is not None
    return found


def _may_part(here: Contact, other: Contact, now: datetime) -> bool:
    if here.id == other.id or here.joined_at is None or now - here.joined_at >= SETTLED:
        return True
    return other.joined_at is not None and other.joined_at >= here.joined_at


def _would_judge_himself(work: Work, staff: Staff, case: Case) -> bool:
    """Whether a case is under way that he handles or may read as staff, took for somebody else, or that speaks about him."""
    if not (case.is_open or case.status is Status.ANSWERED):
        return False
    handles = case.handler == staff.id or case.taken_by == staff.id or may(staff, Action.OPEN, case, work.units)
    return handles or excluded(staff, case, work.units)


async def _cases_of(work: Work, person: int) -> list[Case]:
    found: list[Case] = []
    while more := await work.cases.of_person(person, _PAGE, len(found)):
        found += more
    return found


def _wrong() -> Text:
    return _("This code is not valid, or not any more. Please have a new one shown in your other chat: type /chuyenkenh there.")


def _too_often(until: datetime) -> Refusal:
    return Refusal(_("That was tried too often. Please try again after {time}.")(time=until))


def _hash(work: Work, code: str) -> str:
    return work.secrets.hash("link code", code)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
