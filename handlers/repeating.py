"""What a case that repeats an answered one looks like to the office."""

from __future__ import annotations

from bot.domain.cases import Case
from bot.domain.deadlines import as_shown
from bot.text import Text, _
from bot.usecases.repeating import repeat_of
from handlers.turn import Turn


async def repeat_lines(turn: Turn, case: Case) -> list[Text]:
    """Return what intake said of it, and until when it may be confirmed."""
    marked = await repeat_of(turn.work, case, turn.staff)
    if marked is None:
        return []
    if marked.until is None:
        return [_("Intake: it repeats the answered case {code}.")(code=marked.of)]
    words = _("Intake: it repeats the answered case {code}. It may be refused in writing by {day}; after that it is answered.")
    return [words(code=marked.of, day=as_shown(marked.until))]
