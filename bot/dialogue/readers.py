"""The few ways in which an answer is read. A new one is fine when two flows need it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic

from bot.dialogue.flow import HALF, Accepted, Answers, Choice, Given, Offered, Reading, Refused, T
from bot.text import Text, _, as_is, joined, ngettext

Choices = Sequence[Choice]
DEEPER = ">"
MOST_QUOTED = 40
CHOOSE_A_LINE = _("Please choose one of the lines below: its number is enough.")


def not_understood(words: str) -> Text:
    """Return what says that an answer is none of the lines; short words are quoted, long ones left unsaid, as are none."""
    short = bool(words) and len(words) <= MOST_QUOTED
    return _("We did not understand “{words}”.")(words=as_is(words)) if short else Text("")


def no_line(given: Given) -> Refused:
    """Return the refusal of what is none of the lines to choose from."""
    return Refused(joined(not_understood(given.words), CHOOSE_A_LINE))


def fits_several(words: str) -> Text:
    """Return what says that more than one line begins so."""
    return _("“{words}” fits more than one line. Please type the number, or more of the words.")(words=as_is(words))


@dataclass(frozen=True)
class OneOf(Generic[T]):
    """One of a few fixed choices, by button or by number."""

    choices: tuple[Choice, ...]

    async def offer(self, turn: T, answers: Answers) -> Offered:
        return Offered(self.choices)

    async def read(self, turn: T, given: Given, answers: Answers) -> Reading:
        if given.picked is not None and any(given.picked == choice.value for choice in self.choices):
            return Accepted(given.picked)
        return no_line(given)

    async def say(self, turn: T, value: str, answers: Answers) -> Text:
        return next((choice.label for choice in self.choices if choice.value == value), as_is(value))


TOO_SHORT = _("That is very short. Please tell a little more, so that the office can check it.")


@dataclass(frozen=True)
class Words(Generic[T]):
    """Free words of at least `least` characters, and buttons for what is often meant.

    `check` may refuse or change what was typed; `short` is said to fewer than `least` characters.
    """

    least: int = 1
    most: int = 4096
    choices: tuple[Choice, ...] = ()
    check: Callable[[T, str], Awaitable[Reading]] | None = None
    short: Text = TOO_SHORT

    async def offer(self, turn: T, answers: Answers) -> Offered:
        return Offered(self.choices)

    async def read(self, turn: T, given: Given, answers: Answers) -> Reading:
        if given.picked is not None:
            if any(given.picked == choice.value for choice in self.choices):
                return Accepted(given.picked)
            return Refused(_("That button no longer fits this question. Please type your answer."))
        words = given.words.strip()
        if not words:
            return Refused(_("Please answer this question in words."))
        if len(words) < self.least:
            return Refused(self.short)
        if len(words) > self.most:
            too_long = _(
                "That is longer than we can keep in one answer ({most} characters). Please shorten it; you can add more later."
            )
            return Refused(too_long(most=self.most))
        return await self.check(turn, words) if self.check else Accepted(words)

    async def say(self, turn: T, value: str, answers: Answers) -> Text:
        return next((choice.label for choice in self.choices if choice.value == value), as_is(value))


@dataclass(frozen=True)
class Search(Generic[T]):
    """Something found by a part of its name, or nearest to a shared place.

    `find(turn, words)` and `near(turn, latitude, longitude)` give the best choices, `name(turn, value)` the words for one.
    """

    find: Callable[[T, str], Awaitable[Choices]]
    name: Callable[[T, str], Awaitable[Text | None]]
    near: Callable[[T, float, float], Awaitable[Choices]] | None = None
    choices: tuple[Choice, ...] = ()
    request_label: Text = field(default_factory=lambda: Text(""))

    async def offer(self, turn: T, answers: Answers) -> Offered:
        return Offered(self.choices, request="location" if self.near else "", request_label=self.request_label)

    async def read(self, turn: T, given: Given, answers: Answers) -> Reading:
        if given.picked is not None:
            if any(given.picked == c.value for c in self.choices) or await self.name(turn, given.picked) is not None:
                return Accepted(given.picked)
            return Refused(_("That office is no longer on the list. Please type part of its name."))
        if given.location is not None and self.near is not None:
            found = await self.near(turn, *given.location)
            note = _("These are the nearest. Which one is it? You can also type a name.")
        elif len(given.words.strip()) >= 2:
            found = await self.find(turn, given.words)
            note = _("Which one do you mean? If it is not here, type the name in another way.")
        else:
            return Refused(_("Please type part of the name, for instance the commune or ward."))
        if not found:
            return Refused(_("Nothing was found by that name. Try the name of the commune or ward alone, or an old name."))
        return Offered((*found, *self.choices), note)

    async def say(self, turn: T, value: str, answers: Answers) -> Text:
        known = next((choice.label for choice in self.choices if choice.value == value), None)
        return known or await self.name(turn, value) or as_is(value)


@dataclass(frozen=True)
class TwoLevels(Generic[T]):
    """A picker of two levels: groups, then what is in the group; typed words look in both.

    `groups` as choices, `inside(value)` those of a group, `find(words)` the best for typed words.
    """

    groups: Callable[[T, Answers], Choices]
    inside: Callable[[T, str], Choices]
    name: Callable[[T, str], Text | None]
    find: Callable[[T, str], Choices]

    async def offer(self, turn: T, answers: Answers) -> Offered:
        return Offered(tuple(self._deeper(choice) for choice in self.groups(turn, answers)))

    def _deeper(self, choice: Choice) -> Choice:
        return Choice(DEEPER + choice.value, choice.label)

    async def read(self, turn: T, given: Given, answers: Answers) -> Reading:
        if given.picked is not None:
            if given.picked.startswith(DEEPER):
                group = given.picked.removeprefix(DEEPER)
                inside = tuple(self.inside(turn, group))
                if group and inside:
                    up = Choice(DEEPER, _("Other groups"))
                    return Offered((*inside, up), self.name(turn, group) or Text(""))
                return await self.offer(turn, answers)
            if self.name(turn, given.picked) is not None:
                return Accepted(given.picked)
            return Refused(_("That choice is no longer on the list. Please choose again."))
        found = tuple(self.find(turn, given.words)) if len(given.words.strip()) >= 2 else ()
        if found:
            return Offered((*found, Choice(DEEPER, _("Show all groups"))), _("Is it one of these?"))
        nearest = _("Please choose what fits best. If nothing fits, choose the nearest: the office can correct it.")
        return Refused(joined(not_understood(given.words), nearest))

    async def say(self, turn: T, value: str, answers: Answers) -> Text:
        return self.name(turn, value) or as_is(value)


@dataclass(frozen=True)
class Files(Generic[T]):
    """Photos, videos, voice messages or documents, then a button to go on; the engine has kept them before it asks here.

    `count(turn)` says how many are with the form. The value is their number.
    """

    count: Callable[[T], Awaitable[int]]
    none: Choice
    done: Choice

    async def offer(self, turn: T, answers: Answers) -> Offered:
        return Offered((self.done if await self.count(turn) else self.none,))

    async def read(self, turn: T, given: Given, answers: Answers) -> Reading:
        if given.picked in (self.none.value, self.done.value):
            return Accepted(str(await self.count(turn)))
        if given.attachments:
            return Offered((self.done,), files_kept(await self.count(turn)))
        return Refused(_("Please send a photo, video, voice message or document, or go on without."))

    async def say(self, turn: T, value: str, answers: Answers) -> Text:
        number = await self.count(turn)
        return ngettext("{count} file", "{count} files", number) if number else self.none.label


def files_kept(number: int) -> Text:
    """Return the words that say how many files are with the form."""
    return ngettext(
        "{count} file is with this form. Send more, or go on.", "{count} files are with this form. Send more, or go on.", number
    )


@dataclass(frozen=True)
class NameAndPhone(Generic[T]):
    """A name and a phone number, typed together or one after the other, or the number shared by the client; JSON [name, phone].

    `read_phone(words)` returns the words without the number, the number ("" if there is none), and whether there was a wrong one.
    """

    read_phone: Callable[[str], tuple[str, str, bool]]
    request_label: Text

    async def offer(self, turn: T, answers: Answers) -> Offered:
        return Offered((), request="phone", request_label=self.request_label)

    async def read(self, turn: T, given: Given, answers: Answers) -> Reading:
        name, phone, wrong = self.read_phone(given.phone or given.words)
        if wrong:
            return Refused(_("That phone number does not look right. A mobile number has ten digits, for instance 0912 345 678."))
        known_name, known_phone = json.loads(answers.get(HALF, '["",""]'))
        name, phone = name or known_name, phone or known_phone
        if name and phone:
            return Accepted(json.dumps([name, phone], ensure_ascii=False))
        half = json.dumps([name, phone], ensure_ascii=False)
        if phone:
            return Offered((), _("Thank you, the number is noted. Please also type your name."), half)
        if name:
            return Offered(
                (), _("Thank you, the name is noted. Please also type your phone number."), half, "phone", self.request_label
            )
        return Refused(_("Please type your name and phone number."))

    async def say(self, turn: T, value: str, answers: Answers) -> Text:
        name, phone = json.loads(value)
        return as_is(f"{name}, {phone}")
