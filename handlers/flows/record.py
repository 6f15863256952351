"""An officer files for a caller, a visitor or a letter: the questions of the feedback form, after where it comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from bot.dialogue.flow import HALF, Accepted, Answers, Choice, Given, Offered, Reading, Refused
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import NameAndPhone, OneOf, Words
from bot.domain.cases import ON_PAPER, ByHand
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is, joined
from bot.usecases.taking import (
    MOST_LETTERS,
    MOST_MINUTES,
    SPOKEN,
    Source,
    note_call,
    open_box,
    openings_for_letters,
    second_people,
    take_case,
)
from handlers.by_hand import CHANNELS, opening_words
from handlers.flows.feedback import FEEDBACK, IN_DANGER, SHARE, draft_of, gives_a_name, is_emergency, remarks
from handlers.phones import read_phone
from handlers.receipts import answer_words
from handlers.turn import LAST_CASE, Ask, Flow, Turn
from handlers.verbs.intake import is_intake

NAME = "record"
CHANNEL, OPENING, MINUTES = "channel", "opening", "minutes"
NO_PHONE = "_no_phone"
# The lines of a choice, as they would be said and typed; elsewhere the same channels stand inside sentences (`CHANNELS`).
WAYS_IN = {
    ByHand.PHONE: _("Telephone (hotline)"),
    ByHand.COUNTER: _("In person"),
    ByHand.LETTERBOX: _("Letterbox"),
    ByHand.POST: _("Post, a letter"),
    ByHand.EMAIL: _("E-mail"),
}


@dataclass(frozen=True)
class WhichOpening:
    """The opening in which a letter lay: one that both people have confirmed."""

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return the last ones, or how to write one down."""
        found = await openings_for_letters(turn.work, turn.reader, turn.now) if is_intake(turn) else []
        choices = tuple(
            Choice(str(one.id), Text("{place}, {at}", (("place", as_is(one.place)), ("at", one.at)))) for one in found
        )
        if choices:
            return Offered(choices)
        return Offered(
            (),
            _("No opening is confirmed yet. Write it down by /homthu; the second person confirms it, then letters are entered."),
        )

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take one of those offered."""
        if any(given.picked == choice.value for choice in (await self.offer(turn, answers)).choices):
            return Accepted(given.picked or "")
        return Refused(_("Please choose the opening with its button."))

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return place and time."""
        opening = await turn.work.by_hand.opening(int(value)) if value.isdecimal() else None
        return Text("{place}, {at}", (("place", as_is(opening.place)), ("at", opening.at))) if opening else as_is("")


@dataclass(frozen=True)
class SendersName:
    """Name and telephone number of who called, came or wrote, as he gives them; never those of the officer's own client."""

    inner: NameAndPhone[Turn] = field(default_factory=lambda: NameAndPhone(read_phone, Text("")))

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return nothing to choose from."""
        return Offered(())

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take both, or the name alone where there is no number."""
        name = json.loads(answers.get(HALF, '["",""]'))[0]
        if given.picked == NO_PHONE and name:
            return Accepted(json.dumps([name, ""], ensure_ascii=False))
        if given.phone:
            return Refused(_("That is your own number. Please type the one of who called or came."))
        reading = await self.inner.read(turn, given, answers)
        if isinstance(reading, Offered) and reading.request:
            choice = Choice(NO_PHONE, _("No phone number was given"))
            return Offered((choice,), _("The name is noted. Please type the phone number too, if one was given."), reading.half)
        return reading

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return what was given."""
        return as_is(", ".join(part for part in json.loads(value) if part))


def comes_from_the_box(answers: Answers) -> bool:
    """Whether it is a letter from the letterbox."""
    return answers[CHANNEL] == ByHand.LETTERBOX.value


def is_a_call(answers: Answers) -> bool:
    """Whether somebody called."""
    return answers[CHANNEL] == ByHand.PHONE.value


async def _whole(turn: Turn, words: str) -> Reading:
    if words.isascii() and words.isdecimal() and int(words) <= MOST_MINUTES:
        return Accepted(str(int(words)))
    return Refused(_("Please type a whole number."))


def _contact(ask: Ask) -> Ask:
    """Return a question of the feedback form as it is put to an officer."""
    if ask.key != "contact":
        return ask
    return Ask(
        "contact",
        _("Name and phone number of who called, came or wrote? They are kept sealed, apart from the case."),
        SendersName(),
        when=gives_a_name,
        label=ask.label,
    )


async def _read_out(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
    """Return what to do before it is sent: read it out, or compare it with the letter (LAW 1.9 B10)."""
    text, buttons = await remarks(turn, answers)
    if ByHand(answers[CHANNEL]) in SPOKEN:
        first = _("Please read all of this to the caller or visitor, slowly, and ask: “Is it right?” Change what is not.")
    else:
        first = _("Please compare all of this with the letter.")
    lines = [first]
    if answers[CHANNEL] in ON_PAPER:
        lines.append(_("Pictures of a letter stay with reception, as they show whose handwriting it is."))
    return joined(*lines, text, by="\n\n"), buttons


def _send_label(turn: Turn) -> Text:
    spoken = turn.session.answers.get(CHANNEL) in {channel.value for channel in SPOKEN}
    return _("It was read back and is right: send") if spoken else _("It is as in the letter: send")


async def _file(turn: Turn, answers: Answers) -> Said:
    minutes = int(answers.get(MINUTES, "0"))
    source = Source(
        ByHand(answers[CHANNEL]),
        minutes or None,
        int(answers[OPENING]) if answers.get(OPENING, "").isdecimal() else None,
    )
    draft = replace(draft_of(turn, answers), share_files=SHARE in answers)
    filed = await take_case(turn.work, turn.reader, turn.who, draft, source, turn.session.draft, turn.now)
    turn.session.notes[LAST_CASE] = filed.case.code
    lines = [
        _("The case was filed ({channel}). Its code: {code}.")(channel=CHANNELS[source.channel], code=filed.case.code),
        await answer_words(turn, filed),
        _("The receipt to print comes in a moment, with the PIN, which stands nowhere else."),
    ]
    if is_emergency(draft.category):
        lines.insert(0, IN_DANGER)
    again = Button(f"record:{source.channel.value}", _("Another one"))
    return [Prompt(joined(*lines, by="\n\n"), (again, Button("menu:", _("Menu"))))]


async def _filed_already(turn: Turn) -> Said:
    code = turn.session.notes.get(LAST_CASE, "")
    return [Prompt(_("This was sent already, once. Its case code is {code}.")(code=code), (Button("menu:", _("Menu")),))]


RECORD = Flow(
    NAME,
    (
        Ask(
            CHANNEL,
            joined(
                _("Where does it come from?"),
                _("Tell a caller or visitor first which office this is, that what he says is written down, and who sees it."),
                by="\n\n",
            ),
            OneOf(tuple(Choice(channel.value, name) for channel, name in WAYS_IN.items())),
            label=_("Channel"),
        ),
        Ask(OPENING, _("In which opening of the letterbox did the letter lie?"), WhichOpening(), when=comes_from_the_box,
            label=_("Letterbox opening")),
        *(_contact(ask) for ask in FEEDBACK.asks),
        Ask(
            MINUTES,
            _("How many minutes did the call take? 0 if you do not know."),
            Words(most=3, check=_whole),
            when=is_a_call,
            label=_("Minutes"),
            wants_number=True,
        ),
    ),
    _file,
    review=_("This is what we have written down. Is it right?"),
    yes_sends=True,
    send=_send_label,
    extra=_read_out,
    again=_filed_already,
    takes_files=True,
    switches=(SHARE,),
    spill="story",
)  # fmt: skip


# -- the two books ------------------------------------------------------------------------------------------------------


async def _note(turn: Turn, answers: Answers) -> Said:
    return await noted(turn, answers["words"], None)


async def noted(turn: Turn, words: str, minutes: int | None) -> list[Prompt]:
    """Write a call down and say so."""
    call = await note_call(turn.work, turn.reader, words, minutes, turn.now)
    told = _("The call is in the book of the hotline: {words}")(words=call.words)
    return [Prompt(told, (Button(f"callread:{call.id}", _("It was read back")), Button("menu:", _("Menu"))))]


NOTE_CALL = Flow(
    "note_call",
    (
        Ask(
            "words",
            _("What did the caller say, in short? Write as he said it, without his name and number."),
            Words(least=3, most=500),
        ),
    ),
    _note,
)


@dataclass(frozen=True)
class SecondPerson:
    """Somebody else of the officer's own office."""

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return who has joined there."""
        people = await second_people(turn.work, turn.reader) if is_intake(turn) else []
        if not people:
            return Offered(
                (), _("Nobody else of your office has joined here, so nobody can confirm it. Ask the admin to invite one.")
            )
        return Offered(tuple(Choice(str(one.id), as_is(one.name)) for one in people))

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take one of those offered."""
        if any(given.picked == choice.value for choice in (await self.offer(turn, answers)).choices):
            return Accepted(given.picked or "")
        return Refused(_("Please choose the second person with a button."))

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the name."""
        staff = await turn.work.staff.by_id(int(value)) if value.isdecimal() else None
        return as_is(staff.name if staff else "")


async def _letters(turn: Turn, words: str) -> Reading:
    if words.isascii() and words.isdecimal() and int(words) <= MOST_LETTERS:
        return Accepted(str(int(words)))
    return Refused(_("Please type a whole number."))


async def _open_box(turn: Turn, answers: Answers) -> Said:
    letters, unfit = int(answers["letters"]), int(answers.get("unfit", "0"))
    if unfit > letters:
        raise Refusal(_("Of the letters no more can be not eligible than there were."))
    opening = await open_box(turn.work, turn.reader, answers["place"], letters, unfit, int(answers["second"]), turn.now)
    told = _("It is written down and counts once the second person has confirmed it; we have asked.")
    return [Prompt(joined(told, await opening_words(turn.work, opening), by="\n\n"), (Button("menu:", _("Menu")),))]


OPEN_BOX = Flow(
    "open_box",
    (
        Ask("place", _("Which letterbox was opened? Where does it hang?"), Words(least=3, most=120), label=_("Letterbox")),
        Ask("second", _("Who opened it with you? At least two people open it."), SecondPerson(), label=_("Second person")),
        Ask("letters", _("How many letters lay in it?"), Words(most=3, check=_letters), label=_("Letters"), wants_number=True),
        Ask(
            "unfit",
            _("How many of them are not eligible, for instance blank or not readable?"),
            Words(most=3, check=_letters),
            when=lambda answers: answers["letters"] != "0",
            label=_("Not eligible"),
            wants_number=True,
        ),
    ),
    _open_box,
    review=_("Please check it. The second person gets it to confirm:"),
)

FLOWS = (RECORD, NOTE_CALL, OPEN_BOX)
