"""What one turn knows: who writes, from where, when, and what there is to read and write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dialogue import drafts, engine, flow
from bot.dialogue.prompts import Prompt
from bot.dialogue.values import Session, Who
from bot.domain.people import Person, Staff
from bot.usecases.access import Reader
from bot.usecases.ports import Changed, Work
from bot.usecases.ports_chats import Contact

OPENED = "opened"
# The answer that says which case a form is about, and the note that says which was sent last.
CASE, LAST_CASE = "case", "last_case"
OPEN_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Agency:
    """Who runs this bot, as citizens are told: from the settings.

    `chats()` returns the addresses that open our chats, as far as they are known now.
    """

    name: str
    phone: str
    address: str
    data_officer: str
    province: str
    keep_raw_days: int
    chats: Callable[[], Sequence[str]]


@dataclass(slots=True)
class Turn:
    """One message of one person and all that it may touch. No clock: `now` comes in."""

    work: Work
    who: Who
    person: Person
    staff: Staff | None
    contact: int
    session: Session
    now: datetime
    agency: Agency

    @property
    def reader(self) -> Reader:
        """The person as the access rules see him, with the cases that he opened by code and PIN a while ago."""
        return Reader(self.person, self.staff, frozenset(self._opened()))

    def open_for_now(self, code: str) -> None:
        """Note that this chat opened a case by code and PIN; good for OPEN_FOR, as the telephone may be somebody else's."""
        self.session.notes[OPENED] = json.dumps({**self._opened(), code: (self.now + OPEN_FOR).isoformat()})

    def forget_case(self, code: str) -> None:
        """Forget in this dialogue that there is such a case: nothing kept with the chat may lead to it (`forget_chat`)."""
        _forget(self.session, code, self.now)

    async def forget_case_everywhere(self, code: str) -> None:
        """Forget in the dialogues of all chats of this person that there is such a case."""
        self.forget_case(code)
        for who, session in await self.work.chats.dialogues(self.person.id, but=self.contact):
            _forget(session, code, self.now)
            if not await self.work.sessions.save(who, session, self.now):
                raise Changed

    def _opened(self) -> dict[str, str]:
        return _opened(self.session, self.now)

    @property
    def language(self) -> str:
        """The language in which this person reads."""
        return self.person.language


def _opened(session: Session, now: datetime) -> dict[str, str]:
    until: dict[str, str] = json.loads(session.notes.get(OPENED, "{}"))
    return {code: end for code, end in until.items() if datetime.fromisoformat(end) > now}


def _forget(session: Session, code: str, now: datetime) -> None:
    if code in (session.given.get(CASE), session.answers.get(CASE)):
        drafts.close(session)
    session.parked = [form for form in session.parked if code not in (form["given"].get(CASE), form["answers"].get(CASE))]
    session.shown, session.labels = [], []
    for note in (LAST_CASE, "sent", "sent_flow"):
        session.notes.pop(note, None)
    session.notes[OPENED] = json.dumps({known: end for known, end in _opened(session, now).items() if known != code})


Ask = flow.Ask[Turn]
Flow = flow.Flow[Turn]
Verb = engine.Verb[Turn]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that an event causes. `to` is the id of a member of staff, or None: the citizen who sent the case.

    `kind` names it in the outbox, `once` makes a second one with the same value impossible. A notice to staff carries code,
    unit and date, never identity nor text (G8). `must_arrive`: sent once more, marked, when its fate is unknown. `chat`: it goes
    to this very chat, whoever reads there, and to no other. `besides` is a channel that it must not go out on, as that is what
    it is about.
    """

    to: int | None
    prompt: Prompt
    kind: str
    must_arrive: bool = True
    once: str | None = None
    priority: int = 5
    chat: Contact | None = None
    besides: str = ""
