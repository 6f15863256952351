"""What comes from outside any form: words, photos and voice messages, links, codes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.dialogue.flow import Given
from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.dialogue.values import Session
from bot.domain.access import Action
from bot.domain.cases import Case, Status
from bot.domain.deadlines import local_day
from bot.domain.refs import code_and_pin, looks_like_code, looks_like_pin, parse_code
from bot.domain.refusal import Refusal
from bot.text import Text, _
from bot.usecases.access import access_case
from bot.usecases.citizen import my_cases
from bot.usecases.staffing import NameNeeded, redeem
from handlers import asking
from handlers.answered import RECENT, about_the_answer
from handlers.flows import feedback, introduce, own_case
from handlers.flows.readers import LEAST_STORY, at_this_moment
from handlers.kept import NOTHING, Kept, drop, keep, open_with
from handlers.left_out import sift
from handlers.links import read_counter, read_invitation
from handlers.menu import is_polite, menu, only_wishes
from handlers.office import unit_name
from handlers.turn import CASE, Turn
from handlers.verbs.head import is_staff

# So few letters with a case code among them are a question about the case, not a story.
SHORT = 80
ALBUM_SETTLES = timedelta(seconds=1.5)
# Words that come soon after a rating are most likely about the answer.
COMMENTED_WITHIN = timedelta(hours=1)
_RATED = "rated"

# An invitation that was typed off a sheet: 22 characters that nobody writes by chance.
_INVITATION = re.compile(r"(?:/start\s+)?(?:i_)?(?P<code>[A-Za-z0-9_-]{22})")


async def outside(turn: Turn, session: Session, given: Given) -> Said:
    """Take words or files outside any form: a case begins with them; whoever has a role is asked what they are for."""
    invitation = _INVITATION.fullmatch(given.words.strip())
    if invitation and not invitation["code"].isalpha():
        return await join(turn, invitation["code"])
    if not given.attachments and is_polite(given.words):
        return [menu(turn)]
    files = sift(turn, given.attachments, 0)
    if given.attachments and not files and not given.words.strip():
        return [menu(turn)]
    return await arrived(turn, session, Kept(given.words.strip(), files, given.message_key))


async def arrived(turn: Turn, session: Session, said: Kept) -> Said:
    """Do what fits with what somebody said outside any form; nothing of it is lost."""
    about_a_case = None if said.files else _code_or_pin(said.words)
    if about_a_case is not None:
        return about_a_case
    if is_staff(turn):
        keep(turn, said.words, said.files, said.message_key)
        question = None if said.files else await asking.asked(turn, said.words)
        if question is not None:
            return question
        return [menu(turn, _("If what you wrote is feedback of your own, choose “Send as a citizen”: it is kept for that."))]
    asked = await _asked_about(turn)
    if asked is not None:
        keep(turn, said.words, said.files, said.message_key)
        return [
            Prompt(
                _("The office has a question on your case {code}. Is this your answer?")(code=asked.code),
                (
                    Button(f"add:{asked.code}", _("Yes, it is my answer")),
                    Button("feedback:new", _("No, it is something new")),
                ),
            )
        ]
    about = None if said.files else _about_a_code(said.words) or await about_the_answer(turn, said.words)
    if about is not None:
        drop(turn.session)  # What was kept for an earlier question has nothing to do with this one.
        keep(turn, said.words, said.files, said.message_key)
        return [about]
    rated = await _just_rated(turn)
    if rated is not None and not said.files:
        drop(turn.session)
        keep(turn, said.words, said.files, said.message_key)
        return [
            Prompt(
                _("Add it as a comment to case {code}?")(code=rated.code),
                (
                    Button(f"comment:{rated.code}.kept", _("Yes, it is a comment")),
                    Button("feedback:new", _("No, it is something new")),
                ),
            )
        ]
    return await begin_feedback(turn, said)


def _about_a_code(words: str) -> Prompt | None:
    """Return the question whether a few words with a case code among them are about that case; None for others."""
    code = next((found for word in words.split() if "-" in word and (found := parse_code(word))), None)
    if code is None or len(words) > SHORT:
        return None
    ways = (Button(f"case:{code}", _("Open the case")), Button("feedback:new", _("No, it is something new")))
    return Prompt(_("Is this about case {code}?")(code=code), ways)


def _code_or_pin(words: str) -> Said | None:
    """Return what to do with a code, a PIN, or what was meant as one, which is no feedback; None for any other words."""
    code, both = parse_code(words), code_and_pin(words)
    if code is not None:
        return [Prompt(_("This is the code of a case."), (Button(f"case:{code}", _("Open the case")),))]
    if both is not None:
        return Begin(own_case.LOOK_UP.name, known={CASE: both[0], "pin": both[1]})
    ways = (Button("lookup:", _("Look up by code")), Button("menu:", _("Menu")))
    if looks_like_code(words):
        return [Prompt(own_case.MISTYPED, ways)]
    if looks_like_pin(words):
        return [Prompt(_("If this is a PIN, please type the case code first."), ways)]
    return None


async def begin_feedback(turn: Turn, said: Kept, known: dict[str, str] | None = None, first: Text | None = None) -> Said:
    """Open the form with what was said as the story; `first` is said before its first question.

    "I want to complain" alone is no story, nor is what the form itself would find too short: it opens and asks for it.
    """
    answers = dict(known or {})
    if not said.files and (len(said.words) < LEAST_STORY or only_wishes(said.words)):
        said = NOTHING
    if said.files:
        answers["files"] = str(len(said.files))
    if said and first is None:
        first = _("Thank you. We keep what you sent as “What happened”; a few questions follow. You can stop at any time.")
    opening = Begin(feedback.NAME, known=answers, first=first) if first else Begin(feedback.NAME, known=answers)
    return await open_with(turn, opening, said, "story")


async def _asked_about(turn: Turn) -> Case | None:
    """Return the newest case on which the office waits for this person's answer."""
    cases = await my_cases(turn.work, turn.person, RECENT)
    return next((case for case in cases if case.status is Status.NEED_INFO), None)


def note_rated(turn: Turn, code: str) -> None:
    """Note that an answer was rated just now."""
    turn.session.notes[_RATED] = f"{code} {turn.now.isoformat()}"


def forget_rated(turn: Turn) -> None:
    """What comes next is no comment any more."""
    turn.session.notes.pop(_RATED, None)


async def _just_rated(turn: Turn) -> Case | None:
    """Return the case whose answer this person rated within the hour."""
    code, _space, at = turn.session.notes.get(_RATED, "").partition(" ")
    if not at or turn.now - datetime.fromisoformat(at) > COMMENTED_WITHIN:
        return None
    try:
        return await access_case(turn.work, turn.reader, code, to=Action.RATE, now=turn.now)
    except Refusal:
        return None


async def started(turn: Turn, session: Session, payload: str, said: Kept = NOTHING) -> Said:
    """Do what a link says: the counter whose code was scanned, an invitation; without a payload show the menu.

    `said` is what was written before consent; with a counter's code it becomes the story.
    """
    if not payload:
        return await arrived(turn, session, said) if said else [menu(turn)]
    invitation = read_invitation(payload)
    if invitation is not None:
        return await join(turn, invitation)
    counter = read_counter(turn.work.secrets, payload)
    unit = turn.work.units.get(counter[0]) if counter else None
    if counter is None or unit is None or not unit.valid_on(local_day(turn.now)):
        wrong = _("This link is not one of ours, or it is out of date. You can still choose the office by its name.")
        return [Prompt(wrong), menu(turn)]
    # All of it stands in the read-back, to be changed where it does not fit.
    here = at_this_moment(turn.now, counter[1], unit.name)
    known = {"kind": feedback.REPORT, "unit": unit.code, "happened": here, "files": "0"}
    about = _("You are telling us about: {office}. A few questions follow; you can stop at any time.")
    return await begin_feedback(turn, said, known, about(office=unit_name(turn.work, unit.code)))


async def join(turn: Turn, code: str) -> Said:
    """Redeem an invitation to a role."""
    try:
        turn.staff = await redeem(turn.work, turn.person, code, turn.now)
    except NameNeeded:
        return Begin(introduce.NAME, given={introduce.CODE: code})
    return [menu(turn, _("Welcome. Your role is set up; this chat is now yours to work with."))]


async def start(turn: Turn, session: Session, payload: str) -> Said:
    """Take the payload of a deep link from somebody who has agreed."""
    return await started(turn, session, payload)


async def album(turn: Turn) -> None:
    """Ask for one word after the last file of an album."""
    who = turn.who
    payload = {"platform": who.platform, "account": who.account, "chat": who.chat}
    await turn.work.jobs.put("album", str(turn.contact), turn.now + ALBUM_SETTLES, payload, move=True)
