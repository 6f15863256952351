"""A case as the citizen who sent it sees it: the list, the case, its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.dialogue.prompts import Button, Prompt
from bot.dialogue.values import LaidFile
from bot.domain.access import DENUNCIATION
from bot.domain.cases import Answer, Case, CaseKind, Status
from bot.text import Text, _, as_is, joined
from bot.usecases.citizen import may_contest, waits_for_its_lead
from bot.usecases.ports import Work
from bot.usecases.taking import may_be_told_here
from handlers.clock_words import clocks_for_citizen
from handlers.merging import answer_of_lead, text_of, together_lines
from handlers.names import due_of
from handlers.office import answer_words, category_name, shown_files, status_name, unit_name
from handlers.turn import Turn

PAGE = 6
STARS = range(1, 6)

# What a status means for the citizen, where its name alone does not say it.
MEANING = {
    Status.NEW: _("Our reception officers look at it first."),
    Status.NEED_INFO: _("The office has a question. It goes on when you have answered."),
    Status.FORWARDED: _("The office has it and has not confirmed it yet."),
    Status.RETURNED: _("Our reception officers look for the right office."),
    Status.ACCEPTED: _("The office has taken it."),
    Status.IN_PROGRESS: _("The office is looking into it."),
    Status.WAIT_APPROVAL: _("The answer is written and waits for the signature."),
    Status.REOPENED: _("The head above looks at it again."),
    Status.WITHDRAWN: _("You took it back. It stays on record as taken back."),
}
# So many of the last words of both sides stand in the case, the older ones shortened; the timeline has all.
SHOWN_WORDS = 3
BRIEF = 200


async def case_list(turn: Turn, cases: Sequence[Case], page: int) -> Prompt:
    """Return one page of a citizen's cases; `cases` holds one more than a page where there are more."""
    lines = []
    for case in cases[:PAGE]:
        line = joined(as_is(case.code), status_name(turn.work, case.status), category_name(turn.work, case.category), by=" · ")
        if case.is_open:
            line = joined(line, _("Answer by: {due}")(due=await due_of(turn.work, case, turn.now)))
        lines.append(line)
    buttons = [Button(f"case:{case.code}", as_is(case.code)) for case in cases[:PAGE]]
    if page > 0:
        buttons.append(Button(f"mine:{page - 1}", _("Newer ones")))
    if len(cases) > PAGE:
        buttons.append(Button(f"mine:{page + 1}", _("Older ones")))
    text = joined(_("Your cases, the newest on top:"), *lines, by="\n\n")
    return Prompt(text, (*buttons, Button("menu:", _("Menu"))))


async def case_panel(turn: Turn, case: Case, note: Text | None = None) -> list[Prompt]:
    """Return a case with what its sender can do with it; the caller has checked that he may follow it."""
    work = turn.work
    lines = [
        *([note] if note else []),
        _("Case {code}: {status}.")(code=case.code, status=status_name(work, case.status)),
        MEANING.get(case.status, _NOTHING),
        *await together_lines(turn, case),
        _("Sent: {at}")(at=case.filed_at),
        _("Office: {unit}")(unit=unit_name(work, case.unit)),
        _("What it is: {category}")(category=category_name(turn.work, case.category)),
        *await _due(turn, case),
        *([_("What happened:\n{story}")(story=case.story)] if case.story else []),
    ]
    lines += await _last_words(work, case)
    answer = await given_answer(work, case)
    theirs = await answer_of_lead(work, case) if answer is None else None
    if answer is not None:
        lines.append(joined(_("The answer:"), answer_words(turn.work, answer), by="\n\n"))
    elif theirs is not None:
        lines.append(joined(_("The answer:"), text_of(turn.work, theirs), by="\n\n"))
    if case.rating:
        lines.append(_("You rated it {stars} of 5.")(stars=case.rating))
    return [Prompt(joined(*lines, by="\n\n"), await _buttons(turn, case))]


_NOTHING = Text("")


async def _due(turn: Turn, case: Case) -> list[Text]:
    """Return who answers until when, for a case that waits for an answer."""
    if not case.is_open:
        return []
    due = await due_of(turn.work, case, turn.now)
    clocks = await clocks_for_citizen(turn.work, case)
    if case.handling_unit is None:
        return [_("Answer by: {due}")(due=due), *clocks]
    return [_("Answered by: {unit}")(unit=unit_name(turn.work, case.handling_unit)), _("Answer by: {due}")(due=due), *clocks]


async def _last_words(work: Work, case: Case) -> list[Text]:
    """Return what was written last by either side; what the office wrote last stands whole, as it may be a question."""
    talk = [line for line in await work.cases.talk(case.id) if line.side in ("citizen", "office", "intake")]
    last_told = next((line.id for line in reversed(talk) if line.side != "citizen"), None)
    shown = [line for line in talk if line in talk[-SHOWN_WORDS:] or line.id == last_told]
    return [
        _("You wrote: {words}")(words=_brief(line.body))
        if line.side == "citizen"
        else _("The office wrote: {words}")(words=line.body if line.id == last_told else _brief(line.body))
        for line in shown
    ]


def _brief(words: str) -> str:
    return words if len(words) <= BRIEF else words[: BRIEF - 1].rstrip() + "…"


async def given_answer(work: Work, case: Case) -> Answer | None:
    """Return the newest answer that was given; drafts are not the citizen's to see."""
    answer = await work.cases.answer(case.id)
    if answer is not None and answer.given_at is None:
        answer = await work.cases.answer(case.id, answer.round - 1) if answer.round > 1 else None
    return answer if answer is not None and answer.given_at is not None else None


async def _buttons(turn: Turn, case: Case) -> tuple[Button, ...]:
    code, at = case.code, f"@{case.version}"
    # What was opened by code and PIN may be somebody else's telephone.
    own = case.code not in turn.reader.opened
    answered = case.status in (Status.ANSWERED, Status.CLOSED, Status.MERGED) and case.answered_at is not None
    goes_on = case.is_open or waits_for_its_lead(case)
    withdrawable = goes_on and DENUNCIATION not in case.flags
    offers = (
        (case.status is Status.NEED_INFO, f"add:{code}", _("Answer the question")),
        (answered and case.rating is None, f"rate:{code}", _("Rate the answer")),
        (may_contest(case, turn.now), f"contest:{code}{at}", _("I do not agree")),
        ((goes_on or case.status is Status.ANSWERED) and case.status is not Status.NEED_INFO, f"add:{code}", _("Add to it")),
        (await may_be_told_here(turn.work, turn.reader, case), f"tellhere:{code}", _("Tell me here")),
        (True, f"timeline:{code}", _("What has been done")),
        (case.is_open and case.due_at is not None, f"whydate:{code}", _("Why this date")),
        (bool(await office_files(turn.work, case)), f"attached:{code}", _("Files of the answer")),
        (case.kind is CaseKind.FEEDBACK and case.unit is not None, f"another:{code}", _("Another matter about this office")),
        (withdrawable, f"takeback:{code}{at}", _("Take it back")),
        (own, f"newpin:{code}", _("New PIN")),
        (own, f"forgetchat:{code}", _("Forget this chat")),
    )
    return (*(Button(token, label) for now, token, label in offers if now), Button("mine:0", _("My cases")))


async def office_files(work: Work, case: Case) -> tuple[LaidFile, ...]:
    """Return the files that the office sent with its answer, as they can be sent on."""
    files = [file for file in await work.files.of_case(case.id) if file.side == "office" and file.state == "stored"]
    return shown_files(case, files) if case.answered_at is not None else ()


def when_and_what(lines: Sequence[tuple[datetime, Text]]) -> Text:
    """Return a timeline in words."""
    return joined(*(Text("{at}: {text}", (("at", at), ("text", text))) for at, text in lines))
