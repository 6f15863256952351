"""What cases about one matter look like: to the office that answers for all of them, and to each citizen, who sees his own."""

from __future__ import annotations

from bot.dialogue.prompts import Button
from bot.domain.access import Action
from bot.domain.cases import Answer, Case, Status
from bot.domain.deadlines import local_day
from bot.domain.routing import successors_of
from bot.domain.sharing import GROUP, LEADS
from bot.text import Text, _, as_is, joined, ngettext
from bot.usecases.access import may_do
from bot.usecases.merging import alike, lead_of, merged_with
from bot.usecases.ports import Work
from handlers.names import due_words, rule_name, rule_names, unit_name
from handlers.turn import Turn


async def matter_lines(turn: Turn, case: Case) -> list[Text]:
    """Return how many people sent the matter of a case and what the others wrote; where it was merged; what may be the same."""
    lines = []
    if case.status is Status.MERGED:
        lead = await lead_of(turn.work, case)
        if lead is not None and await may_do(turn.work, turn.reader, lead, Action.CARD):
            lines.append(_("It is answered with case {code}.")(code=lead.code))
    lines += _took_over(turn, case)
    if LEADS in case.flags:
        people, others = await merged_with(turn.work, turn.reader, case)
        sent = ngettext("{count} person sent this matter.", "{count} different people sent this matter.", people)
        if others:
            lines.append(joined(sent, _("The answer goes to all of them: please name none of them in it."), by=" "))
        lines += [_("Also sent ({code}):\n{story}")(code=one.code, story=one.story) for one in others]
    if GROUP in case.flags:
        lines.append(_("This is a group: one or two of them should speak for all."))
    found = await alike(turn.work, turn.reader, case)
    if found:
        calendar = await turn.work.rules.calendar()
        due = [_("• {code}, due {due}")(code=one.code, due=due_words(one.due_at, turn.now, calendar)) for one in found]
        lines.append(joined(_("Perhaps the same matter:"), *due))
    return lines


def _took_over(turn: Turn, case: Case) -> list[Text]:
    """Return which offices stand for the one that a case is about, where that one has ended: all of them (LAW 5.2 step 6)."""
    today = local_day(turn.now)
    unit = turn.work.units.get(case.unit) if case.unit else None
    if unit is None or unit.valid_on(today):
        return []
    found = successors_of(unit.code, turn.work.units, today)
    if not found:
        return [_("This office exists no more, and no other one took it over.")]
    names = joined(*[unit_name(turn.work, code) for code in found], by="; ")
    return [_("This office exists no more. It was taken over by: {units}.")(units=names)]


async def merge_buttons(turn: Turn, case: Case) -> list[Button]:
    """Return the buttons that lead from a case to the one that stands for it, or that let another one stand for it."""
    if case.status is Status.MERGED:
        lead = await lead_of(turn.work, case)
        shown = lead is not None and await may_do(turn.work, turn.reader, lead, Action.CARD)
        return [Button(f"open:{lead.code}", _("Open {code}")(code=lead.code))] if lead and shown else []
    if not case.is_open or not await may_do(turn.work, turn.reader, case, Action.MERGE):
        return []
    return [Button(f"merge:{case.code}@{case.version}", _("Merge into another case"))]


async def together_lines(turn: Turn, case: Case) -> list[Text]:
    """Return what becomes of a merged case, for who sent it: not the code of the other one, nor other people's words."""
    lead = await lead_of(turn.work, case) if case.status is Status.MERGED else None
    if lead is None:
        return []
    lines = [
        _("It is answered together with another case about the same matter; your code and PIN stay good."),
        _("It stands there: {status}.")(status=rule_name(turn.work, "statuses", lead.status.value)),
    ]
    if lead.is_open:
        due = due_words(lead.due_at, turn.now, await turn.work.rules.calendar())
        if lead.handling_unit is not None:
            lines.append(_("Answered by: {unit}")(unit=unit_name(turn.work, lead.handling_unit)))
        lines.append(_("Answer by: {due}")(due=due))
    return lines


async def answer_of_lead(work: Work, case: Case) -> Answer | None:
    """Return the newest answer given to the case that stands for this one."""
    lead = await lead_of(work, case)
    if lead is None:
        return None
    for number in (2, 1):
        answer = await work.cases.answer(lead.id, number)
        if answer is not None and answer.given_at is not None:
            return answer
    return None


def text_of(work: Work, answer: Answer) -> Text:
    """Return an answer as others than the sender of the case read it: what was found, done and said, no evidence and no files."""
    return joined(
        _("What was found: {finding}")(finding=rule_name(work, "findings", answer.finding)),
        _("What was done: {action}")(action=rule_names(work, "actions", answer.action)),
        as_is(answer.body),
        by="\n\n",
    )
