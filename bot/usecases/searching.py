"""Finding cases by their words, without tone marks; and keeping the index of words as the cases are.

Whoever may only see the card of a case finds it by the words of the card and by no others, else every search would tell him a
word of the story. Whoever it speaks about finds it by nothing, and it is in no count (RELIABILITY G4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.access import Action, may
from bot.domain.cases import Case
from bot.domain.events import (
    AnswerDrafted,
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseContested,
    CaseFiled,
    CaseForwarded,
    CaseGuided,
    CaseLeftToIntake,
    CaseReclassified,
    CaseRejected,
    CaseReturned,
    CaseWithdrawn,
    DraftSentBack,
    Event,
    HandlerAssigned,
    InformationAdded,
    QuestionAsked,
)
from bot.domain.folding import fold
from bot.domain.people import Staff
from bot.domain.refusal import Refusal
from bot.domain.searching import marks_to_open, marks_to_see, opens, sees
from bot.text import _
from bot.usecases.access import Reader, acting, without_words
from bot.usecases.lists import PAGE, Page
from bot.usecases.ports import Work

MOST_WORDS = 8
MOST_FOUND = 200
"""Nobody reads further; it bounds what one search can cost, and beyond it the number is said as "more than"."""
AT_A_TIME = 100
FILLED_AT_A_TIME = 50
FILLED = "search filled"
"""The fact that says up to which case the index was filled: a number, or DONE."""
DONE = "done"

CHANGES = (
    AnswerDrafted, CaseAccepted, CaseAnswered, CaseClosed, CaseContested, CaseFiled, CaseForwarded, CaseGuided, CaseLeftToIntake,
    CaseReclassified, CaseRejected, CaseReturned, CaseWithdrawn, DraftSentBack, HandlerAssigned, InformationAdded, QuestionAsked,
)  # fmt: skip
"""Events after which a case is found by other words, or by other people."""
_HEARD = frozenset({"citizen", "office", "intake"})
_CARD, _STORY, _MARK = "c:", "s:", "@"


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found. `more`: there are more than `page.total`; `but_one`: no case has all words, these lack one."""

    page: Page
    words: tuple[str, ...]
    more: bool = False
    but_one: bool = False


async def search(work: Work, reader: Reader, words: str, limit: int = PAGE, offset: int = 0) -> Found:
    """Return the cases with all of these words, newest first, or else those with all but one; raises `Refusal` for no words."""
    staff = acting(reader)
    asked = tuple(dict.fromkeys(fold(words).split()))[:MOST_WORDS]
    if not asked:
        raise Refusal(_("Please write what to look for: words of a case, of an office or of a matter."))
    cases = await _having(work, staff, asked, but_one=False)
    but_one = not cases and len(asked) > 1
    if but_one:
        cases = await _having(work, staff, asked, but_one=True)
    shown = cases[:MOST_FOUND]
    page = Page([without_words(case) for case in shown[offset : offset + limit]], offset, len(shown))
    return Found(page, asked, len(cases) > MOST_FOUND, but_one)


async def keep_found(work: Work, happened: Iterable[Event]) -> None:
    """Bring the index up to what has just happened, in the same transaction; the one place that keeps it."""
    for case in dict.fromkeys(event.case for event in happened if isinstance(event, CHANGES)):
        await index_case(work, case)


async def index_case(work: Work, number: int) -> None:
    """Let a case be found by the words that it has now and by those who may search them now."""
    case = await work.cases.by_id(number)
    if case is None:
        return
    card = _split(_card(work, case))
    story = _split(await _story(work, case)) - card
    marks = marks_to_open(case, work.units) | marks_to_see(case, work.units)
    found_by = [_CARD + word for word in card] + [_STORY + word for word in story] + [_MARK + mark for mark in marks]
    await work.case_words.put(number, found_by)


async def fill(work: Work, limit: int = FILLED_AT_A_TIME) -> int:
    """Index the next cases that may have been there before the index was; return how many, 0 when all are in it."""
    upto = await work.recall(FILLED)
    if upto == DONE:
        return 0
    numbers = await work.case_words.cases_after(int(upto or 0), limit)
    for number in numbers:
        await index_case(work, number)
    await work.remember(FILLED, str(numbers[-1]) if numbers else DONE)
    return len(numbers)


async def fill_anew(work: Work) -> None:
    """Begin with the first case again, after offices were moved or the lookup key was changed."""
    await work.remember(FILLED, "0")


async def _having(work: Work, staff: Staff, words: Sequence[str], but_one: bool) -> list[Case]:
    """Return what he may see of the cases with these words, newest first; at most one more than MOST_FOUND."""
    anywhere = [(_CARD + word, _STORY + word) for word in words]
    on_cards = [(_CARD + word,) for word in words]
    to_open = await _visible(work, staff, Action.OPEN, opens(staff, work.units), anywhere, but_one)
    to_see = await _visible(work, staff, Action.CARD, sees(staff), on_cards, but_one)
    once = {case.id: case for case in (*to_open, *to_see)}
    return [once[number] for number in sorted(once, reverse=True)][: MOST_FOUND + 1]


async def _visible(
    work: Work, staff: Staff, action: Action, marks: Iterable[str], groups: Sequence[Sequence[str]], but_one: bool
) -> list[Case]:
    scope = [_MARK + mark for mark in marks]
    found: list[Case] = []
    before: int | None = None
    while len(found) <= MOST_FOUND and (ids := await work.case_words.newest(scope, groups, AT_A_TIME, before, but_one)):
        cases = {case.id: case for case in await work.cases.among(ids)}
        found += [cases[number] for number in ids if may(staff, action, cases[number], work.units)]
        before = ids[-1]
        if len(ids) < AT_A_TIME:
            break
    return found[: MOST_FOUND + 1]


def _card(work: Work, case: Case) -> Iterable[str]:
    """Yield what everybody who may see the card may search."""
    yield case.code
    yield case.code.replace("-", "")
    for table, code in (("categories", case.category), ("statuses", case.status.value)):
        row = work.rules.rows(table).get(code, {})
        yield from (str(row.get(name) or "") for name in ("code", "vi", "words"))
    for unit in dict.fromkeys((case.unit, case.handling_unit)):
        yield from (above.name for above in (work.units.line(unit)[:2] if unit else ()))


async def _story(work: Work, case: Case) -> list[str]:
    """Return what only those may search who may open the case: what the citizen wrote, the talk without notes, the answer."""
    said = [case.story, case.happened, case.official]
    said += [line.body for line in await work.cases.talk(case.id) if line.side in _HEARD]
    answer = await work.cases.answer(case.id)
    if answer is not None and answer.given_at is not None:
        said += [answer.body, answer.evidence, answer.document]
    return said


def _split(texts: Iterable[str]) -> set[str]:
    return set(fold("\n".join(texts)).split())
