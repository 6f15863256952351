"""Feedback about an official or an office: nine questions at most, five from the code of a counter."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bot.dialogue.choosing import number_in
from bot.dialogue.flow import Accepted, Answers, Choice, Given, Offered, Reading, Refused
from bot.dialogue.prompts import MESSENGER, Button, Prompt, Said
from bot.dialogue.readers import Files, NameAndPhone, OneOf, Search, Words, no_line
from bot.domain.cases import About, CaseKind, KnownAs
from bot.domain.deadlines import local_day
from bot.domain.folding import fold
from bot.domain.posts import about_whom
from bot.domain.routing import Why
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.filing import Draft, file_case, foresee
from handlers.flows.readers import COUNTER, Story, WhenAndWhere, as_stored, is_happening, told
from handlers.guidance import complaint, denunciation
from handlers.joining import join_offer
from handlers.office import unit_name
from handlers.phones import read_phone
from handlers.pickers import WHAT_IT_IS, find_units, name_unit, near_units
from handlers.receipts import passed_on, receipt, sent_already
from handlers.turn import Ask, Flow, Turn

NAME = "feedback"
REPORT, COMPLAIN, DENOUNCE = "report", "complain", "denounce"
UNKNOWN_UNIT = "_unknown"
SHARE = "share"
MOST_OFFICIAL = 300
IN_DANGER = _("If somebody is in danger now, do not wait for us: call 113 (police), 115 (ambulance) or 114 (fire).")

ABOUT = {
    "_head": (About.HEAD, _("The head")),
    "_deputy": (About.DEPUTY, _("A deputy head")),
    "_office": (About.OFFICE, _("The whole office")),
    "_unknown": (About.UNKNOWN, _("I do not know")),
}
_NOT_KNOWN = re.compile(
    r"(?:(?:toi|em|chau|minh) (?:cung )?)?(?:khong|ko|k|chua|chang) (?:biet|ro|nho)(?: (?:ro|ten|la|ai|nguoi|do))*(?: (?:a|nua))?"
    r"|chiu|i (?:do not|don t|dont) know(?: who| the name)?|unknown"
)
ANYBODY = tuple(Choice(value, label) for value, (_about, label) in ABOUT.items())


# -- the legal fork ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted(OneOf[Turn]):
    """What the citizen would like; read back as what it becomes here, since nothing lodged by chat is a petition (LAW B1)."""

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        return BECOMES.get(value) or await OneOf.say(self, turn, value, answers)


BECOMES = {
    COMPLAIN: _("Send information to be looked into (not a formal complaint)"),
    DENOUNCE: _("Send information to be looked into (not a denunciation)"),
}


@dataclass(frozen=True)
class Guidance:
    """Shows how to lodge what the citizen asked for, and lets him send feedback on the same matter."""

    choices: tuple[Choice, ...] = (Choice("feedback", _("Send it as feedback all the same")),)

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        words = denunciation if answers.get("kind") == DENOUNCE else complaint
        return Offered(self.choices, words(turn.agency))

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        if given.picked == "feedback":
            return Accepted("feedback")
        return Refused(_("Please choose below whether to send it as feedback all the same, or to stop here."))

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        return self.choices[0].label


def asks_more_than_feedback(answers: Answers) -> bool:
    """Whether the citizen wants what no chat can take."""
    return answers["kind"] in (COMPLAIN, DENOUNCE)


# -- the office -------------------------------------------------------------------------------------------------------


def which_unit(text: Text) -> Ask:
    """Return the question for the office."""
    return Ask(
        "unit",
        text,
        Search(
            find_units,
            name_unit,
            near_units,
            choices=(Choice(UNKNOWN_UNIT, _("I do not know which office")),),
            request_label=_("Send my place, to see the nearest offices"),
        ),
        label=_("Office"),
    )


def unit_of(answers: Answers) -> str | None:
    """Return the code of the office, None when the citizen does not know it."""
    return None if answers["unit"] == UNKNOWN_UNIT else answers["unit"]


# -- whom it is about -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Whom(Words[Turn]):
    """A name, a badge, a description or a button; read back with the post that the words were understood as."""

    most: int = MOST_OFFICIAL
    choices: tuple[Choice, ...] = ANYBODY

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take it, and who types that he does not know for that, not for a name."""
        reading = await Words.read(self, turn, given, answers)
        if given.picked is None and number_in(given.words) is not None:
            return no_line(given)  # A badge has more digits: it was meant for a line that is not there.
        return Accepted("_unknown") if isinstance(reading, Accepted) and _NOT_KNOWN.fullmatch(fold(reading.value)) else reading

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        unit = unit_of(answers)
        about = About.PERSON if value in ABOUT else about_whom(value, turn.work.units.get(unit) if unit else None)
        if about not in UNDERSTOOD:
            return await Words.say(self, turn, value, answers)
        return Text("{post} ({typed})", (("post", UNDERSTOOD[about]), ("typed", as_is(value))))


UNDERSTOOD = {about: label for about, label in ABOUT.values() if about is not About.UNKNOWN}


# -- how to be known --------------------------------------------------------------------------------------------------


def gives_a_name(answers: Answers) -> bool:
    """Whether somebody may know who sent it: of the anonymous nothing is asked."""
    return answers["known_as"] != KnownAs.ANONYMOUS.value


async def count_files(turn: Turn) -> int:
    """Return how many files are with the open form; those that could not be had are not."""
    files = await turn.work.files.of_draft(turn.who, turn.session.draft)
    return sum(file.state != "failed" for file in files)


# -- before and after sending -----------------------------------------------------------------------------------------


def draft_of(turn: Turn, answers: Answers) -> Draft:
    """Return what was answered, as a draft that can be filed."""
    official = answers["official"]
    name, phone = json.loads(answers["contact"]) if gives_a_name(answers) else ("", "")
    return Draft(
        kind=CaseKind.FEEDBACK,
        unit=unit_of(answers),
        about=ABOUT[official][0] if official in ABOUT else About.PERSON,
        official="" if official in ABOUT else official,
        category=answers["category"],
        happened=as_stored(answers["happened"]),
        story=told(answers["story"]),
        known_as=KnownAs(answers["known_as"]),
        name=name,
        phone=phone,
        share_files=SHARE in answers,
        denunciation=answers["kind"] == DENOUNCE,
        language=turn.language,
        happening=is_happening(answers["happened"], turn.now),
    )


def is_emergency(category: str) -> bool:
    """Whether somebody may be in danger now: threats and assault, drink on duty, urgent medical care (LAW 1.9 B6)."""
    return category in ("A08", "J01") or category.startswith("D")


def when_and_where(answers: Answers) -> Text:
    """Return the question for time and place; where somebody may be in danger the numbers to call stand above it at once."""
    words = _("When and where did it happen? For instance: yesterday at 9, counter 3; or 15/9.")
    return joined(IN_DANGER, words, by="\n\n") if is_emergency(answers.get("category", "")) else words


def what_happened(answers: Answers) -> Text:
    """Return the question for the story; from the code of a counter it is the first one after the category."""
    words = _("What happened? Tell it in your own words, or send a voice message. One matter to a form, please.")
    first = COUNTER in answers.get("happened", "")
    return joined(IN_DANGER, words, by="\n\n") if first and is_emergency(answers.get("category", "")) else words


def is_grave(answers: Answers) -> bool:
    """Whether it accuses somebody of a serious wrong, which wants a gentle word about the truth."""
    return answers["kind"] == DENOUNCE or answers["category"].startswith("G")


def is_mixed(answers: Answers) -> bool:
    """Whether the story speaks of a petition too, which has a way of its own (LAW 1.9 B7)."""
    words = f" {fold(answers['story'])} "
    return answers["kind"] == REPORT and any(f" {word} " in words for word in ("khieu nai", "to cao"))


async def remarks(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
    """Return what the citizen should know before he sends: who will answer, until when, and what to mind."""
    lines = [await who_will_answer(turn, draft_of(turn, answers))]
    if is_emergency(answers["category"]):
        lines.append(IN_DANGER)
    if is_grave(answers):
        lines.append(_("This is a serious matter. Please check that you have told what you saw or know yourself."))
    if is_mixed(answers):
        lines.append(
            _(
                "You also write of a complaint or denunciation. That part needs a signed petition: see “How to lodge a "
                "petition” in the menu. If there are two matters, please send each as one form of its own."
            )
        )
    files = await turn.work.files.of_draft(turn.who, turn.session.draft)
    failed = sum(file.state == "failed" for file in files)
    if failed:
        lines.append(
            ngettext(
                "{count} of your files could not be kept: too large, damaged, or of a kind we cannot take.",
                "{count} of your files could not be kept: too large, damaged, or of a kind we cannot take.",
                failed,
            )
        )
    if all(file.kind == "photo" for file in files if file.state != "failed"):
        return joined(*lines, by="\n\n"), ()
    shared = SHARE in answers
    lines.append(
        _("The office may see and hear all your files.")
        if shared
        else _(
            "The office gets your photos. Documents, sound and video stay with our reception officers, who write down what is in "
            "them."
        )
    )
    label = _("Keep documents, sound and video with reception") if shared else _("Let the office see and hear all files")
    return joined(*lines, by="\n\n"), (Button(f"_flip={SHARE}@{turn.session.draft}", label),)


async def remarks_and_offer(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
    """Return the remarks, and above them the offer to add this to an open case of his own where there is one that fits."""
    text, buttons = await remarks(turn, answers)
    offer, more = await join_offer(turn, draft_of(turn, answers))
    return (joined(offer, text, by="\n\n"), (*more, *buttons)) if more else (text, buttons)


async def who_will_answer(turn: Turn, draft: Draft) -> Text:
    """Return who gets a draft if it is sent now, and by when he answers."""
    foreseen = await foresee(turn.work, draft, turn.now)
    if foreseen.unit is not None:
        unit = turn.work.units.get(foreseen.unit)
        head = unit.head_title if unit and unit.head_title else ""
        who = _("It will be answered by the head of {unit} ({title}).")(unit=unit_name(turn.work, foreseen.unit), title=head)
        if not head:
            who = _("It will be answered by the head of {unit}.")(unit=unit_name(turn.work, foreseen.unit))
        if foreseen.why is Why.CONFLICT:
            who = joined(who, _("The office that you write about does not get to see it."), by=" ")
    elif foreseen.why is Why.OUTSIDE:
        who = passed_on(turn, draft.unit)
    elif foreseen.why in (Why.DENUNCIATION, Why.SENSITIVE):
        who = _("Our reception officers read it first and give it only to whoever has the right to look into it.")
    elif foreseen.why is Why.UNKNOWN_OFFICE:
        who = _("Our reception officers find the right office for it first.")
    else:
        who = _("Our reception officers get it first and see who can answer it.")
    if foreseen.due_at is None:
        return who
    if foreseen.why is Why.OUTSIDE:
        return joined(who, _("You hear where it went by {day} at the latest.")(day=local_day(foreseen.due_at)), by=" ")
    return joined(who, _("You will have an answer by {day} at the latest.")(day=local_day(foreseen.due_at)), by=" ")


async def file_it(turn: Turn, answers: Answers) -> Said:
    """Send the feedback."""
    draft = draft_of(turn, answers)
    filed = await file_case(turn.work, turn.person, turn.who, draft, turn.session.draft, turn.now)
    said = await receipt(turn, filed)
    return [Prompt(IN_DANGER), *said] if is_emergency(draft.category) else said


FEEDBACK = Flow(
    NAME,
    (
        Ask(
            "kind",
            _("What would you like?"),
            Wanted(
                (
                    Choice(REPORT, _("Tell what went wrong, so that it is put right")),
                    Choice(COMPLAIN, _("Have a decision about me reviewed")),
                    Choice(DENOUNCE, _("Accuse somebody of breaking the law")),
                )
            ),
            label=_("You want to"),
        ),
        Ask("guided", Text(""), Guidance(), when=asks_more_than_feedback, counted=False),
        which_unit(
            _("Which office is it about? Type part of its name, for instance of the commune or ward. Old names are fine too.")
        ),
        Ask(
            "official",
            _("Who is it about? Type a name or badge number, or describe the person. If you do not know, choose below."),
            Whom(),
            label=_("About whom"),
        ),
        Ask(
            "category",
            _("What is it mostly about? Choose a group, or type a word."),
            WHAT_IT_IS,
            label=_("What it is"),
        ),
        Ask(
            "happened",
            when_and_where,
            WhenAndWhere(),
            label=_("When and where"),
        ),
        Ask(
            "story",
            what_happened,
            Story(),
            label=_("What happened"),
        ),
        Ask(
            "files",
            _("Do you have photos, videos, recordings or papers that show it? Send them now, at most 20."),
            Files(count_files, Choice("none", _("I have none")), Choice("done", _("That is all"))),
            label=_("Files"),
        ),
        Ask(
            "known_as",
            joined(
                _("How do you want to be known?"),
                _(
                    "• To the office: the head and whoever handles your case may look up your name and phone, never where it is "
                    "they or their office that you write about.\n"
                    "• To reception only: the office that answers does not learn who you are.\n"
                    "• Anonymous: we ask nothing, and nobody here can look up who you are. By law the office then does not have "
                    "to answer formally; we still tell you the result through the case code."
                ),
                _("In each case {messenger} itself can read this chat.")(messenger=MESSENGER),
                by="\n\n",
            ),
            OneOf(
                (
                    Choice(KnownAs.NAMED.value, _("To the office")),
                    Choice(KnownAs.CUSTODIAN.value, _("To reception only")),
                    Choice(KnownAs.ANONYMOUS.value, _("Anonymous")),
                )
            ),
            label=_("Known"),
        ),
        Ask(
            "contact",
            _("Please type your name and phone number. We never ask for your identity card."),
            NameAndPhone(read_phone, _("Send my phone number")),
            when=gives_a_name,
            label=_("Name and phone"),
        ),
    ),
    file_it,
    review=_("This is what we have written down. Is it right?"),
    yes_sends=True,
    extra=remarks_and_offer,
    again=sent_already,
    takes_files=True,
    switches=(SHARE,),
    spill="story",
)
