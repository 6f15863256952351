"""The only way to a case. The answer is the same whether a case is missing or not yours (RELIABILITY E7, E9, G7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.access import CITIZENS, Action, file_for, may
from bot.domain.cases import Case, CaseFile
from bot.domain.people import Person, Staff
from bot.domain.refs import parse_code
from bot.domain.refusal import Refusal
from bot.text import _
from bot.usecases.ports import Work

__all__ = ["Action", "Reader", "Stale", "access_case", "files_of", "may_do", "not_found", "with_pin", "without_words"]

PIN_TRIES = 5
PIN_WINDOW = timedelta(minutes=15)
# For one code from all chats together: far more than one chat has, so that nobody locks out the owner by a few wrong guesses.
# A hundred tries a day would need 10,000 days to go through the PINs of one case.
CODE_TRIES = 20
CODE_TRIES_A_DAY = 100
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: the person behind the chat, the member of staff he is, if any, and the codes opened by PIN in this dialogue."""

    person: Person
    staff: Staff | None
    opened: frozenset[str] = frozenset()


class Stale(Refusal):
    """The button belongs to an older version of the case; `case` is how it stands now, as this reader may see it (C3)."""

    def __init__(self, case: Case) -> None:
        super().__init__(_("Case {code} has changed since this button was shown. Here is how it stands now.")(code=case.code))
        self.case = case


def not_found() -> Refusal:
    """Return the one answer for a case that does not exist and for one that is not yours."""
    return Refusal(_("We found no case with this code that you can open. Please check the code: it looks like K7QF-2M4W."))


async def access_case(work: Work, reader: Reader, ref: str, *, to: Action, version: int | None = None, now: datetime) -> Case:
    """Return the case with this code, if this reader may do `to` with it as things stand now; `ref` as typed or from a button.

    For CARD it comes without any words. Raises `Refusal`, the same for missing and not yours, and `Stale` when `version` is
    given and is not the case's own. Whether its status allows the step is for the use case to say.
    """
    if not ref.strip():
        raise Refusal(_("Please type it with the code of the case, for example /nhan K7QF-2M4W. /viec shows your cases."))
    code = parse_code(ref)
    case = await work.cases.by_code(code) if code else None
    if case is None or not await _allowed(work, reader, case, to):
        raise not_found()
    if to is Action.CARD:
        case = without_words(case)
    if version is not None and version != case.version:
        raise Stale(case)
    return case


async def may_do(work: Work, reader: Reader, case: Case, *actions: Action) -> frozenset[Action]:
    """Return those of the actions that the reader may do with a case that he has in hand, for its buttons."""
    return frozenset([action for action in actions if await _allowed(work, reader, case, action)])


async def with_pin(work: Work, person: Person, ref: str, pin: str, now: datetime) -> Case:
    """Return the case that code and PIN open together, from any chat.

    Raises `Refusal`: the same for a wrong code and a wrong PIN, and another after PIN_TRIES in PIN_WINDOW from this chat, or
    CODE_TRIES in it or CODE_TRIES_A_DAY for this code from all chats. The own chat needs no PIN (`access_case`), so it is never
    locked. What it opens, the caller keeps in `Reader.opened` for this dialogue.
    """
    code = parse_code(ref)
    window, day = int(PIN_WINDOW.total_seconds()), int(_DAY.total_seconds())
    until = await work.attempts.take("pin", f"person:{person.id}", PIN_TRIES, window, now)
    if until is None and code:
        until = await work.attempts.take("pin", f"case:{code}", CODE_TRIES, window, now)
    if until is None and code:
        until = await work.attempts.take("pin a day", f"case:{code}", CODE_TRIES_A_DAY, day, now)
    if until is not None:
        raise Refusal(_("That was tried too often. Please try again after {time}.")(time=until))
    case = await work.cases.by_code(code) if code else None
    opens = case is not None and await work.cases.check_pin(case.id, pin_hash(work, case.code, pin))
    if case is None or not opens or await _took_it(work, person, case):
        raise Refusal(
            _(
                "This code and this PIN do not belong together. Please check both in the message that we sent you when you sent "
                "your feedback, and try again."
            )
        )
    return case


async def _took_it(work: Work, person: Person, case: Case) -> bool:
    """Whether he filed it for somebody else: the receipt went through his hands, and he is not the one who sent it."""
    staff = await work.staff.by_person(person.id) if case.taken_by is not None else None
    return staff is not None and staff.id == case.taken_by


async def files_of(work: Work, reader: Reader, ref: str, now: datetime) -> list[CaseFile]:
    """Return the files of a case as this member of staff may have them: `store` and `copy` are "" where he may not.

    Pictures come as the copy without hidden data; documents, audio and video only for intake, or with the citizen's consent.
    Raises `Refusal`.
    """
    case = await access_case(work, reader, ref, to=Action.FILES, now=now)
    staff = acting(reader)
    return [file_for(file, staff, case, work.units) for file in await work.files.of_case(case.id)]


def acting(reader: Reader) -> Staff:
    """Return the member of staff who acts; raises the refusal of `not_found` for anybody else."""
    if reader.staff is None:
        raise not_found()
    return reader.staff


def pin_hash(work: Work, code: str, pin: str) -> str:
    """Return the keyed hash under which a PIN is kept, bound to its case."""
    return work.secrets.hash("pin", f"{code}:{pin.strip()}")


def without_words(case: Case) -> Case:
    """Return the case as a card shows it: nothing that anybody wrote."""
    return replace(case, story="", happened="", official="")


async def _allowed(work: Work, reader: Reader, case: Case, action: Action) -> bool:
    if action in CITIZENS:
        return case.code in reader.opened or await work.reporters.is_from(case.id, reader.person.id)
    return reader.staff is not None and may(reader.staff, action, case, work.units)
