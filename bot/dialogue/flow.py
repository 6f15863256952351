"""A form as a list of questions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from bot.dialogue.prompts import Button, Said
from bot.dialogue.values import Ask as Request
from bot.dialogue.values import Attachment
from bot.text import Text, _

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
Answers = dict[str, str]
HALF = "_half"


@dataclass(frozen=True, slots=True)
class Given:
    """What a person did while a question was open: exactly one of these, but files may come with words.

    `message_key` is the id of the message, "" for a press; who keeps it finds the answer again when the message is edited.
    """

    words: str = ""
    picked: str | None = None
    attachments: tuple[Attachment, ...] = ()
    location: tuple[float, float] | None = None
    phone: str | None = None
    own_phone: bool = False
    message_key: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer that counts from now on."""

    value: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not an answer; `why` says what is wrong and what to do."""

    why: Text


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a button stands for; a value that begins with `>` is no answer but goes deeper (a group, another page)."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class Offered:
    """What there is to choose from, with a note above instead of the question's own text.

    `half` is the part of an answer that is known already; the reader finds it again as the answer named `HALF`.
    """

    choices: tuple[Choice, ...]
    note: Text = field(default_factory=lambda: Text(""))
    half: str = ""
    request: Request = ""
    request_label: Text = field(default_factory=lambda: Text(""))


Reading = Accepted | Refused | Offered


class Reader(Protocol[T_contra]):
    """Understands the answers to one kind of question."""

    async def offer(self, turn: T_contra, answers: Answers) -> Offered:
        """Return the choices shown with the question when it is asked."""
        ...

    async def read(self, turn: T_contra, given: Given, answers: Answers) -> Reading:
        """Understand what was given; `answers` are those counted so far, with the former answer to this question if any."""
        ...

    async def say(self, turn: T_contra, value: str, answers: Answers) -> Text:
        """Return an accepted value in words, for the read-back."""
        ...


def always(answers: Answers) -> bool:
    """The guard of a question that is asked on every route."""
    return True


@dataclass(frozen=True)
class Ask(Generic[T]):
    """One question: its `key`, its words, what reads the answer, and `when` it is asked (one condition on earlier answers).

    `label` names it in the read-back ("" leaves it out there). `counted` is False for guidance that asks nothing. `wants_code`: a
    case code is an answer here; anywhere else it opens that case. `wants_number`: a number typed is the answer and never a line,
    so that nothing is offered to choose from.
    """

    key: str
    text: Text | Callable[[Answers], Text]
    reader: Reader[T]
    when: Callable[[Answers], bool] = always
    label: Text = field(default_factory=lambda: Text(""))
    counted: bool = True
    wants_code: bool = False
    wants_number: bool = False

    def words(self, answers: Answers) -> Text:
        """Return the question in words on this route."""
        return self.text if isinstance(self.text, Text) else self.text(answers)


@dataclass(frozen=True)
class Flow(Generic[T]):
    """A form: its questions in order and what is done when all are answered.

    `review` shows the read-back before `finish`; its text stands above the answers. `send` labels the button that finishes.
    `finish` checks access again, since time has passed, and returns what to say. `again` says it once more for a second press of
    the same button. `takes_files` lets files be added to any answer. `extra` adds warnings and buttons to the read-back; it is
    told the answers and the switches, and with `shows_answers` False it alone says what was answered. With `yes_sends` the
    read-back is a question that a typed yes or no answers. `switches` are keys that a
    button `_flip=key@d` turns to "yes" and back, without being asked; `finish` gets those that are on. `spill` is the question
    to which words go that answer no other one: long ones typed at a choice, those that come with a photo, those added at the
    read-back. Nothing that somebody took the time to write is lost.
    """

    name: str
    asks: tuple[Ask[T], ...]
    finish: Callable[[T, Answers], Awaitable[Said]]
    review: Text | None = None
    send: Text | Callable[[T], Text] = field(default_factory=lambda: _("Send"))
    extra: Callable[[T, Answers], Awaitable[tuple[Text, tuple[Button, ...]]]] | None = None
    again: Callable[[T], Awaitable[Said]] | None = None
    shows_answers: bool = True
    yes_sends: bool = False
    takes_files: bool = False
    switches: tuple[str, ...] = ()
    spill: str = ""

    def ask(self, key: str) -> Ask[T] | None:
        """Return the question of that key."""
        return next((ask for ask in self.asks if ask.key == key), None)


def standing(flow: Flow[T], answers: Answers) -> tuple[Answers, Ask[T] | None]:
    """Return the answers that count on today's route, and the first question still open (None: all answered)."""
    counted: Answers = {}
    for ask in flow.asks:
        if not ask.when(counted):
            continue
        if ask.key not in answers:
            return counted, ask
        counted[ask.key] = answers[ask.key]
    return counted, None
