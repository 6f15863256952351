"""Ways of reading an answer that only citizens' forms need."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.dialogue.flow import HALF, Accepted, Answers, Choice, Given, Offered, Reading, Refused
from bot.dialogue.readers import Words
from bot.domain.deadlines import in_vietnam, local_day
from bot.domain.folding import fold
from bot.text import Text, _, as_is, joined
from handlers.kept import IN_FILES
from handlers.moments import OLDEST_YEARS, InTheFuture, LongPast, NoSuchDay, read_moment
from handlers.turn import Turn

STILL_NOW = timedelta(hours=1)
MOST_WHEN = 300
# Stands for "counter" in what is stored, which is in no language.
COUNTER = "#"
# Longer than any one message can be, so that what somebody typed is never sent back to be shortened.
LEAST_STORY = 20  # Characters.
MOST_STORY = 12_000

# A nod or its opposite, as typed when a day is asked back; without tone marks.
_YES = frozenset(
    [
        *("dung", "dung roi", "dung vay", "dung the", "da dung", "vang dung", "co", "vang", "da", "da vang", "u", "uh", "um"),
        *("phai", "phai roi", "chinh xac", "ok", "oke", "okay", "y", "yes", "yep", "right", "correct", "dong y"),
    ]
)
_NO = frozenset(["khong", "khong phai", "khong dung", "sai", "sai roi", "no", "wrong"])


@dataclass(frozen=True)
class WhenAndWhere:
    """When and where something happened, in free words or by button.

    The value is `<day or instant in ISO>|<words>`, either may be empty. A day whose year was not said and that would be still to
    come this year is asked back; a typed yes takes it.
    """

    choices: tuple[Choice, ...] = (
        Choice("now", _("Now, here")),
        Choice("today", _("Today")),
        Choice("yesterday", _("Yesterday")),
    )

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        return Offered(self.choices)

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        if given.picked is not None:
            return self._picked(turn, given.picked, answers.get(HALF, ""))
        words = given.words.replace("|", "/").strip()
        if len(words) > MOST_WHEN:
            return Refused(_("Please say when and where in a few words; what happened is the next question."))
        nod, offered = fold(words), answers.get(HALF, "")
        if nod in _NO and offered:
            return Refused(_("Then please type the date with its year."))
        if nod in _YES and offered:
            moment = read_moment(offered, turn.now)
            if moment.day is not None:
                return Accepted(f"{moment.day.isoformat()}|{offered}")
        if not words or nod in _YES or nod in _NO:
            return Refused(_("Please type when and where it happened, for instance: yesterday at 9, counter 3."))
        try:
            moment = read_moment(words, turn.now)
        except InTheFuture:
            return Refused(_("That time is still to come. When did it happen? You can type, for instance: yesterday, or 15/9."))
        except LongPast:
            return Refused(
                _(
                    "That is more than {years} years ago, too long for the office to check. "
                    "Please look at the year again; if it really was so long ago, tell it under what happened."
                )(years=OLDEST_YEARS)
            )
        except NoSuchDay:
            return Refused(_("There is no such day in the calendar. Please look at the date again."))
        if moment.day is not None and moment.guessed:
            question = _("Do you mean {day}? If not, please type the date with its year.")(day=moment.day)
            return Offered((Choice(moment.day.isoformat(), Text("{day}", (("day", moment.day),))),), question, half=words)
        return Accepted(f"{moment.day.isoformat() if moment.day else ''}|{words}")

    def _picked(self, turn: Turn, picked: str, typed: str) -> Reading:
        today = local_day(turn.now)
        days = {"today": today, "yesterday": today - timedelta(days=1)}
        if picked == "now":
            return Accepted(at_this_moment(turn.now))
        if picked in days:
            return Accepted(f"{days[picked].isoformat()}|")
        if typed and not typed.startswith("["):
            try:
                return Accepted(f"{date.fromisoformat(picked).isoformat()}|{typed}")
            except ValueError:
                pass
        return Refused(_("That button no longer fits this question. Please type your answer."))

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        when, _bar, typed = value.partition("|")
        words = _("counter {number}")(number=typed.removeprefix(COUNTER)) if typed.startswith(COUNTER) else as_is(typed)
        if not when:
            return words
        said = Text("{when}", (("when", _read(when)),))
        return joined(words, Text("({said})", (("said", said),)), by=" ") if typed else said


def at_this_moment(now: datetime, counter: str = "", place: str = "") -> str:
    """Return the value of `WhenAndWhere` for now and here; `counter` is the number at which a code hangs, else `place` a name."""
    return f"{in_vietnam(now).isoformat(timespec='minutes')}|{COUNTER + counter if counter else place}"


def is_happening(value: str, now: datetime) -> bool:
    """Whether when and where was said to be now and here, and not long ago: a form put aside for hours tells of the past."""
    when = value.partition("|")[0]
    return "T" in when and timedelta() <= in_vietnam(now) - datetime.fromisoformat(when) <= STILL_NOW


def as_stored(value: str) -> str:
    """Return when and where as the office reads it: the words as typed, and the day in figures, which no language spells."""
    when, _bar, words = value.partition("|")
    if not when:
        return words
    read = _read(when)
    day = f"{in_vietnam(read):%d/%m/%Y %H:%M}" if isinstance(read, datetime) else f"{read:%d/%m/%Y}"
    return f"{words} ({day})" if words else day


def _read(when: str) -> date | datetime:
    return datetime.fromisoformat(when) if "T" in when else date.fromisoformat(when)


@dataclass(frozen=True)
class Story:
    """What somebody tells in words; where there are files with the form, "it is in the files" is an answer too."""

    words: Words[Turn] = field(default_factory=lambda: Words(least=LEAST_STORY, most=MOST_STORY))

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        files = await turn.work.files.of_draft(turn.who, turn.session.draft)
        return Offered((Choice(IN_FILES, _("It is all in what I sent")),) if files else ())

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        if given.picked == IN_FILES and (await self.offer(turn, answers)).choices:
            return Accepted(IN_FILES)
        reading = await self.words.read(turn, given, answers)
        # A typed answer never looks like a button's value.
        return Accepted(reading.value.lstrip("_")) if isinstance(reading, Accepted) else reading

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        return _("in the files that you sent") if value == IN_FILES else as_is(value)


def told(value: str) -> str:
    """Return a story as it is stored, "" where it is in the files."""
    return "" if value == IN_FILES else value
