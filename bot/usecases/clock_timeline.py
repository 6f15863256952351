"""What happened to the clocks of a case, in words for the citizen who sent it; part of `citizen.timeline`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.deadlines import as_shown
from bot.text import Text, _, as_is, in_rules
from bot.usecases.clocks import UNANSWERED
from bot.usecases.ports import Work
from bot.usecases.terms import SERVICE


def clock_line(work: Work, name: str, details: Mapping[str, Any], words: Text) -> Text:
    """Return one line of the timeline, an empty text for events of something else; `words` is what `message` stands for."""
    match name:
        case "ClockPaused":
            return _("While you are asked, the time of the office stands still, until {day} at most.")(day=_day(details["until"]))
        case "ClockResumed" if details["due_at"]:
            if details["why"] == UNANSWERED:
                told = _("There was no answer from you by then, so the office went on. The answer is due by {day}.")
            else:
                told = _("The time of the office ran again. The answer is due by {day}.")
            return told(day=_day(details["due_at"]))
        case "CaseExtended":
            told = _("The answer was put off until {day}. Reason: {cause}.\n{words}")
            return told(day=_day(details["new"]), cause=cause_name(work, details["cause"]), words=words)
        case "CaseBreached" if details["clock"] == SERVICE:
            return _("The answer was due by {day}. It had not come by then.")(day=_day(details["due_at"]))
        case "ApologyGiven":
            return _("The office apologised for the delay:\n{words}")(words=words)
        case _:
            return Text("")


def cause_name(work: Work, code: str) -> Text:
    """Return the name of a cause of extension_causes.csv; the code itself where the rules in force no longer know it."""
    row = work.rules.rows("extension_causes").get(code)
    return in_rules(row["en"], row["vi"]) if row else as_is(code)


def _day(instant: str) -> Any:
    return as_shown(datetime.fromisoformat(instant))
