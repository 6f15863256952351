"""The form of the answer, and the one that sends files after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.dialogue.flow import HALF, Accepted, Answers, Choice, Given, Offered, Reading, Refused
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import Files, Words, files_kept, no_line
from bot.domain.access import Action
from bot.domain.cases import IN_THE_FILES, Answer, Case
from bot.text import Text, _, in_rules, joined, ngettext
from bot.usecases.access import access_case, may_do
from bot.usecases.answer_files import is_given, leave_out, of_earlier_drafts, on_their_way, send_more
from bot.usecases.office import CONFIRMED, NO_VIOLATION, draft_answer, give_answer
from handlers.flows.common import LEAST_REASON, TOO_SHORT, RuleRow, done
from handlers.left_out import readable
from handlers.office import answer_words, evidence_words, rule_names
from handlers.turn import CASE, Ask, Flow, Turn

LEAST_ANSWER = 40
DONE = "done"
WITHOUT_EARLIER = "without_earlier"
"""The switch by which the files of the draft before do not go out with this one."""
# What may be done where nothing was confirmed: an office may still explain, say sorry, remind in a word, or put something right.
UNPUNISHED = ("explained", "apologised", "reminded", "corrected", NO_VIOLATION, "commended", "to_investigators")


async def _as_the_citizen_sees_it(turn: Turn, answers: Answers) -> tuple[Text, tuple[Button, ...]]:
    """Return the answer as it will be read, for the read-back before it is sent."""
    case = await access_case(turn.work, turn.reader, answers[CASE], to=Action.DRAFT, now=turn.now)
    assert turn.staff is not None
    draft = Answer(answers["finding"], answers["action"], answers["body"], answers["evidence"], turn.staff.id)
    files = await count_files(turn)
    seen = [answer_words(turn.work, draft)]
    if files:
        seen.append(ngettext("With {count} file that you just sent.", "With {count} files that you just sent.", files))
    earlier = len(await of_earlier_drafts(turn.work, case))
    if not earlier:
        return joined(*seen, by="\n\n"), ()
    without = WITHOUT_EARLIER in answers
    with_them = ngettext("With {count} file of the draft before.", "With {count} files of the draft before.", earlier)
    seen.append(_("The files of the draft before are left out.") if without else with_them)
    label = _("Send the files of the draft before too") if without else _("Leave out the files of the draft before")
    return joined(*seen, by="\n\n"), (Button(f"_flip={WITHOUT_EARLIER}@{turn.session.draft}", label),)


async def count_files(turn: Turn) -> int:
    """Return how many files are with the open form, without those that could not be had."""
    return readable(await turn.work.files.of_draft(turn.who, turn.session.draft))


async def _answer(turn: Turn, answers: Answers) -> Said:
    """Keep the answer as a draft; whoever may sign it signs and sends it at once."""
    code = answers[CASE]
    case = await draft_answer(
        turn.work, turn.reader, code, answers["finding"], answers["action"], answers["body"], answers["evidence"], turn.now
    )
    if WITHOUT_EARLIER in answers:
        await leave_out(turn.work, case)
    sent = await turn.work.files.of_draft(turn.who, turn.session.draft)
    await turn.work.files.attach(turn.who, turn.session.draft, case.id)
    lost = len(sent) - readable(sent)
    if Action.ANSWER in await may_do(turn.work, turn.reader, case, Action.ANSWER):
        await give_answer(turn.work, turn.reader, code, turn.now)
        return [_asking_again(await answer_went_out(turn, case), code, lost)]
    waits = Prompt(_("The draft for case {code} waits for the head to sign it.")(code=case.code), done(case.code))
    return [_asking_again(waits, code, lost)]


def _asking_again(prompt: Prompt, code: str, lost: int) -> Prompt:
    """Return it with what to do about files of the form that could not be fetched."""
    if not lost:
        return prompt
    told = ngettext(
        "{count} file could not be fetched. Please send it again.",
        "{count} files could not be fetched. Please send them again.",
        lost,
    )
    again = Button(f"sendfile:{code}", _("Send files of the answer"))
    return Prompt(joined(prompt.text, told, by="\n\n"), (again, *prompt.buttons))


async def answer_went_out(turn: Turn, case: Case) -> Prompt:
    """Return that the answer was sent, and what of its files follows by itself."""
    told = _("The answer to case {code} was sent to the citizen.")(code=case.code)
    coming = len(await on_their_way(turn.work, case.id))
    return Prompt(joined(told, following(coming), by="\n\n") if coming else told, (Button("work:0", _("My cases")),))


def following(count: int) -> Text:
    """Return that files are still being fetched and go out by themselves."""
    return ngettext(
        "{count} file is still being fetched and goes to the citizen by itself when it is here.",
        "{count} files are still being fetched and go to the citizen by themselves when they are here.",
        count,
    )


async def _more_files(turn: Turn, answers: Answers) -> Said:
    files = await count_files(turn)
    if not files:
        return [Prompt(_("No file was sent."), done(answers[CASE]))]
    case, coming = await send_more(turn.work, turn.reader, answers[CASE], turn.who, turn.session.draft, turn.now)
    if not await is_given(turn.work, case.id):
        told = ngettext("{count} file is with the draft now.", "{count} files are with the draft now.", files)
    else:
        told = following(coming) if coming else _("The files were sent to the citizen.")
    return [Prompt(told, done(case.code))]


@dataclass(frozen=True)
class Evidence:
    """What proves an answer: words, or the files sent here. `count` tells the engine that files are an answer too."""

    count: Callable[[Turn], Awaitable[int]]

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return that the files speak for themselves, once there are some."""
        files = await self.count(turn)
        return Offered((Choice(IN_THE_FILES, _("That is all: the files that I sent show it")),) if files else ())

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take words, or that the files show it."""
        files = await self.count(turn)
        if given.picked == IN_THE_FILES and files:
            return Accepted(IN_THE_FILES)
        words = given.words.strip()
        if len(words) >= LEAST_REASON or (words and given.attachments):
            return Accepted(words)  # What stands below a photo names it, however short.
        if given.attachments:
            return Offered((await self.offer(turn, answers)).choices, files_kept(files))
        return Refused(_("Please name what shows it, send it here as a photo or paper, or say why there is nothing to show."))

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the evidence in words."""
        return evidence_words(value)


@dataclass(frozen=True)
class Several:
    """One or several rows of a table of the rules in force; each press adds one or takes it back, then one goes on."""

    table: str
    fits: Callable[[str, Answers], bool]

    def _choices(self, turn: Turn, answers: Answers, chosen: list[str]) -> tuple[Choice, ...]:
        rows = turn.work.rules.rows(self.table)
        named = [(code, in_rules(row["en"], row["vi"])) for code, row in rows.items() if self.fits(code, answers)]
        marked = [Choice(code, _("✓ {name}")(name=name) if code in chosen else name) for code, name in named]
        # The way on stands last: whoever types numbers finds every row under the number it had.
        return (*marked, Choice(DONE, _("That is all"))) if chosen else tuple(marked)

    def _offered(self, turn: Turn, answers: Answers, chosen: list[str]) -> Offered:
        note = _("Chosen so far: {names}. Choose more, or go on.")(names=rule_names(turn.work, self.table, ",".join(chosen)))
        return Offered(self._choices(turn, answers, chosen), note if chosen else Text(""), ",".join(chosen) or ",")

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return every row that fits what was answered before, with what was chosen of them already."""
        return self._offered(turn, answers, _chosen(answers))

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Add or take back what was picked, or take all that was chosen."""
        chosen = _chosen(answers)
        if given.picked == DONE and chosen:
            return Accepted(",".join(chosen))
        picked = given.picked or ""
        if picked not in turn.work.rules.rows(self.table) or not self.fits(picked, answers):
            return no_line(given)
        chosen = [code for code in chosen if code != picked] if picked in chosen else [*chosen, picked]
        return self._offered(turn, answers, chosen)

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the names."""
        return rule_names(turn.work, self.table, value)


def _chosen(answers: Answers) -> list[str]:
    return [code for code in answers.get(HALF, "").split(",") if code]


def _goes_with(action: str, answers: Answers) -> bool:
    """Whether a measure can follow from a finding: what is confirmed is a violation, what is not calls for no penalty."""
    finding = answers["finding"]
    if finding in CONFIRMED:
        return action != NO_VIOLATION
    return action in UNPUNISHED


def _send_words(turn: Turn) -> Text:
    """Return what sending means for this reader: a handler's draft goes to the head, who signs it."""
    signs = turn.staff is not None and bool(turn.staff.led())
    return _("Approve and send") if signs else _("Pass to the head to sign")


ANSWER_CASE = Flow(
    "answer_case",
    (
        Ask("finding", _("What did you find?"), RuleRow("findings"), label=_("Found")),
        Ask("action", _("What was done about it? You may choose several."), Several("actions", _goes_with), label=_("Done")),
        Ask(
            "body",
            _(
                "Please write the answer to the citizen: what you checked, what you concluded, what happens now. "
                "Answer every point that the citizen made."
            ),
            Words(least=LEAST_ANSWER, short=TOO_SHORT),
            label=_("Answer"),
        ),
        Ask(
            "evidence",
            _("What shows it? Name the document, minutes or photo (you can send it here), or say why there is none."),
            Evidence(count_files),
            label=_("Evidence"),
        ),
    ),
    _answer,
    review=_("Please check the answer before it goes out. The citizen will read:"),
    send=_send_words,
    extra=_as_the_citizen_sees_it,
    switches=(WITHOUT_EARLIER,),
    shows_answers=False,
    takes_files=True,
)

ANSWER_FILES = Flow(
    "answer_files",
    (
        Ask(
            "files",
            _("Please send the photos or papers that belong to the answer; the citizen gets them as they are."),
            Files(count_files, Choice("none", _("I have none")), Choice("done", _("That is all"))),
            label=_("Files"),
        ),
    ),
    _more_files,
    takes_files=True,
)
