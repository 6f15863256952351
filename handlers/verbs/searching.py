"""Finding cases by their words (`/timkiem quat nguoi dan`), for staff."""

from __future__ import annotations

from bot.dialogue.flow import Answers
from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.dialogue.readers import Words
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.lists import PAGE
from bot.usecases.searching import Found, search
from handlers.office import case_lines, offset_of
from handlers.turn import Ask, Flow, Turn, Verb
from handlers.verbs.head import is_staff

ASKED = "search"
"""The note that keeps what was asked last, so that its other pages can be turned to; a button has no room for words."""


async def look_for(turn: Turn, arg: str, version: int | None) -> Said:
    """Find cases by words, or ask for the words."""
    if not arg.strip():
        return Begin(FIND.name)
    return [await _page(turn, arg.strip(), 0)]


async def turn_page(turn: Turn, arg: str, version: int | None) -> Said:
    """Show another page (`number.mark`) of what was found last."""
    number, _dot, mark = arg.partition(".")
    words = turn.session.notes.get(ASKED, "")
    if not words or mark != _mark(turn, words):
        raise Refusal(_("That button belongs to an earlier search. Please search again."))
    return [await _page(turn, words, offset_of(number))]


async def _found(turn: Turn, answers: Answers) -> Said:
    return [await _page(turn, answers["words"], 0)]


async def _page(turn: Turn, words: str, offset: int) -> Prompt:
    found = await search(turn.work, turn.reader, words, PAGE, offset)
    turn.session.notes[ASKED] = words
    again = Button("search:", _("Search again"))
    asked = as_is(" ".join(found.words))
    if not found.page.cases:
        none = _("No case that you may see has these words: {words}. Try fewer words; tone marks and capitals do not matter.")
        return Prompt(none(words=asked), (again,))
    number, mark = found.page.offset // PAGE, _mark(turn, words)
    buttons = [Button(f"open:{case.code}", as_is(case.code)) for case in found.page.cases]
    if number:
        buttons.append(Button(f"found:{number - 1}.{mark}", _("Earlier page")))
    if found.page.more:
        buttons.append(Button(f"found:{number + 1}.{mark}", _("Next page")))
    lines = await case_lines(turn, found.page.cases)
    return Prompt(joined(_head(found, asked), lines, by="\n\n"), (*buttons, again))


def _head(found: Found, asked: Text) -> Text:
    """Return how many were found, and by how many of the words."""
    if found.more:
        counted = _("More than {count} cases, the newest on top.")(count=found.page.total)
    else:
        counted = ngettext("{count} case, the newest on top.", "{count} cases, the newest on top.", found.page.total)
    if found.but_one:
        return joined(_("No case has all of these words: {words}. These have all but one.")(words=asked), counted)
    return joined(_("Cases with: {words}")(words=asked), counted)


def _mark(turn: Turn, words: str) -> str:
    return turn.work.secrets.hash("search.page", words)[:8]


FIND = Flow(
    "find_cases",
    (
        Ask(
            "words",
            _("What are you looking for? Type a few words of a case, an office or a matter; tone marks do not matter."),
            Words(most=200),
        ),
    ),
    _found,
)

VERBS: tuple[Verb, ...] = (
    Verb("search", look_for, is_staff, ("timkiem", "search")),
    Verb("found", turn_page, is_staff),
)
