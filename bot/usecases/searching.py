"""Finding cases by their words, without tone marks; and keeping the index of words as the cases are.

Whoever may only see the card of a case finds it by the words of the card and by no others, else every search would tell him a
word of the story. Whoever it speaks about finds it by nothing, and it is in no count (RELIABILITY G4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.domain.access import Action, may
from bot.domain.cases import Case
from bot.domain.events import (
    AnswerDrafted,
    ApologyGiven,
    CaseAccepted,
    CaseAnswered,
    CaseApart,
    CaseClosed,
    CaseContested,
    CaseFiled,
    CaseForwarded,
    CaseGuided,
    CaseLeftToIntake,
    CaseMerged,
    CaseReclassified,
    CaseRejected,
    CaseReturned,
    CaseTookOver,
    CaseWithdrawn,
    ClockResumed,
    DraftSentBack,
    Event,
    HandlerAssigned,
    HelpAsked,
    HelpEnded,
    HelpGiven,
    InformationAdded,
    LeadAnswered,
    LeadReopened,
    OfficeEnded,
    QuestionAsked,
    RepeatDenied,
    RepeatMarked,
    TookIn,
)
from bot.domain.folding import fold
from bot.domain.people import Staff
from bot.domain.refusal import Refusal
from bot.domain.searching import helps, marks_to_help, marks_to_open, marks_to_see, opens, sees
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
    AnswerDrafted, ApologyGiven, CaseAccepted, CaseAnswered, CaseApart, CaseClosed, CaseContested, CaseFiled, CaseForwarded,
    CaseGuided, CaseLeftToIntake, CaseMerged, CaseReclassified, CaseRejected, CaseReturned, CaseTookOver, CaseWithdrawn,
    ClockResumed, DraftSentBack, HandlerAssigned, HelpAsked, HelpEnded, HelpGiven, InformationAdded, LeadAnswered, LeadReopened,
    OfficeEnded, QuestionAsked, RepeatDenied, RepeatMarked, TookIn,
)  # fmt: skip
"""Events after which a case is found by other words, or by other people."""
_FILING = {CaseFiled, CaseForwarded, CaseLeftToIntake}
_MOVED = {CaseForwarded, CaseLeftToIntake, CaseReturned, CaseContested, CaseTookOver, HandlerAssigned, OfficeEnded, TookIn}
_HEARD = frozenset({"citizen", "office", "intake"})
_CARD, _STORY, _ANSWER, _MARK = "c:", "s:", "a:", "@"


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
    changed: dict[int, set[type[Event]]] = {}
    for event in happened:
        if isinstance(event, CHANGES):
            changed.setdefault(event.case, set()).add(type(event))
    for case, kinds in changed.items():
        await index_case(work, case, just_filed=CaseFiled in kinds and kinds <= _FILING)
        if kinds & _MOVED and CaseFiled not in kinds:
            # What was merged into it went along, without an event of its own.
            for number in await work.merges.into(case):
                await index_case(work, number)


async def index_case(work: Work, number: int, just_filed: bool = False) -> None:
    """Let a case be found by the words that it has now and by those who may search them now."""
    case = await work.cases.by_id(number)
    if case is None:
        return
    found_by = {
        _MARK + mark for mark in (*marks_to_open(case, work.units), *marks_to_help(case), *marks_to_see(case, work.units))
    }
    words: set[str] = set()
    for part, texts in (
        (_CARD, _card(work, case)),
        (_STORY, await _story(work, case, just_filed)),
        (_ANSWER, await _answer(work, case)),
    ):
        more = set(fold("\n".join(texts)).split()) - words  # Whoever may search a part may search those before it.
        words |= more
        found_by |= {part + word for word in more}
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
    tree = work.units
    rights: tuple[_Right, ...] = (
        _Right(Action.OPEN, opens(staff, tree), lambda case: marks_to_open(case, tree), (_CARD, _STORY, _ANSWER)),
        _Right(Action.OPEN, helps(staff), marks_to_help, (_CARD, _STORY)),
        _Right(Action.CARD, sees(staff), lambda case: marks_to_see(case, tree), (_CARD,)),
    )
    once: dict[int, Case] = {}
    for right in rights:
        once.update({case.id: case for case in await _visible(work, staff, right, words, but_one)})
    return [once[number] for number in sorted(once, reverse=True)][: MOST_FOUND + 1]


@dataclass(frozen=True, slots=True)
class _Right:
    """What a reader may do with cases that share one of his `marks`, and the parts of their words that he may search for that."""

    action: Action
    marks: frozenset[str]
    of_case: Callable[[Case], frozenset[str]]
    parts: tuple[str, ...]


async def _visible(work: Work, staff: Staff, right: _Right, words: Sequence[str], but_one: bool) -> list[Case]:
    scope = [_MARK + mark for mark in right.marks]
    groups = [[part + word for part in right.parts] for word in words]
    found: list[Case] = []
    before: int | None = None
    while len(found) <= MOST_FOUND and (ids := await work.case_words.newest(scope, groups, AT_A_TIME, before, but_one)):
        cases = {case.id: case for case in await work.cases.among(ids)}
        # The marks are asked again of the case itself, as the index may be a moment older than whoever may see it.
        found += [
            case
            for case in map(cases.__getitem__, ids)
            if right.marks & right.of_case(case) and may(staff, right.action, case, work.units)
        ]
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


async def _story(work: Work, case: Case, just_filed: bool) -> list[str]:
    """Return what only those may search who may open the case: what the citizen wrote, and the talk without notes."""
    said = [case.story, case.happened, case.official]
    if not just_filed:
        said += [line.body for line in await work.cases.talk(case.id) if line.side in _HEARD]
    return said


async def _answer(work: Work, case: Case) -> list[str]:
    """Return the words of the signed answer, which nobody may search who could not read it."""
    answer = await work.cases.answer(case.id) if case.answered_at is not None else None
    if answer is None or answer.given_at is None:
        return []
    return [answer.body, answer.evidence, answer.document]
