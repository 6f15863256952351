"""The forms of an office: answering, asking, returning, and what intake does with a case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.dialogue.flow import HALF, Accepted, Answers, Choice, Given, Offered, Reading, Refused
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import Files, OneOf, Search, Words, files_kept, no_line
from bot.domain.access import Action
from bot.domain.cases import IN_THE_FILES, Answer, Case
from bot.text import Text, _, as_is, in_rules, joined, ngettext
from bot.usecases.access import access_case, may_do
from bot.usecases.answer_files import is_given, leave_out, of_earlier_drafts, on_their_way, send_more
from bot.usecases.identity import see_reporter
from bot.usecases.intake import classify, forward, guide, reject
from bot.usecases.office import (
    CONFIRMED,
    NO_VIOLATION,
    add_note,
    ask_citizen,
    describe_file,
    draft_answer,
    give_answer,
    return_case,
    send_back,
)
from handlers.clock_words import clocks_for_office
from handlers.left_out import readable
from handlers.office import answer_words, case_panel, evidence_words, rule_name, rule_names, unit_name
from handlers.pickers import WHAT_IT_IS, find_units, name_unit
from handlers.turn import Ask, Flow, Turn

CASE = "case"
LEAST_ANSWER = 40
LEAST_REASON = 10
TOO_SHORT = _("That is very short. Please write it so that whoever reads it understands.")
DONE = "done"
WITHOUT_EARLIER = "without_earlier"
"""The switch by which the files of the draft before do not go out with this one."""
# What may be done where nothing was confirmed: an office may still explain, say sorry, remind in a word, or put something right.
UNPUNISHED = ("explained", "apologised", "reminded", "corrected", NO_VIOLATION, "commended", "to_investigators")


def _done(code: str) -> tuple[Button, ...]:
    return (Button(f"open:{code}", _("Back to the case")), Button("work:0", _("My cases")))


# -- the answer -----------------------------------------------------------------------------------------------------


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
    waits = Prompt(_("The draft for case {code} waits for the head to sign it.")(code=case.code), _done(case.code))
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
        return [Prompt(_("No file was sent."), _done(answers[CASE]))]
    case, coming = await send_more(turn.work, turn.reader, answers[CASE], turn.who, turn.session.draft, turn.now)
    if not await is_given(turn.work, case.id):
        told = ngettext("{count} file is with the draft now.", "{count} files are with the draft now.", files)
    else:
        told = following(coming) if coming else _("The files were sent to the citizen.")
    return [Prompt(told, _done(case.code))]


@dataclass(frozen=True)
class Evidence:
    """What proves an answer: words, or the files sent here. `count` tells the engine that files are an answer too."""

    count: Callable[[Turn], Awaitable[int]]

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return that the files speak for themselves, once there are some."""
        files = await self.count(turn)
        return Offered((Choice(IN_THE_FILES, _("The files that I sent show it")),) if files else ())

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take words, or that the files show it."""
        files = await self.count(turn)
        if given.picked == IN_THE_FILES and files:
            return Accepted(IN_THE_FILES)
        words = given.words.strip()
        if len(words) >= LEAST_REASON:
            return Accepted(words)
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
        return (Choice(DONE, _("That is all")), *marked) if chosen else tuple(marked)

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return every row that fits what was answered before."""
        return Offered(self._choices(turn, answers, []))

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Add or take back what was picked, or take all that was chosen."""
        chosen = [code for code in answers.get(HALF, "").split(",") if code]
        if given.picked == DONE and chosen:
            return Accepted(",".join(chosen))
        picked = given.picked or ""
        if picked not in turn.work.rules.rows(self.table) or not self.fits(picked, answers):
            return no_line(given)
        chosen = [code for code in chosen if code != picked] if picked in chosen else [*chosen, picked]
        note = _("Chosen so far: {names}. Choose more, or go on.")(names=rule_names(turn.work, self.table, ",".join(chosen)))
        return Offered(self._choices(turn, answers, chosen), note if chosen else Text(""), ",".join(chosen) or ",")

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the names."""
        return rule_names(turn.work, self.table, value)


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


@dataclass(frozen=True)
class RuleRow:
    """One row of a table of the rules in force, such as "findings"."""

    table: str

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return every row."""
        return Offered(
            tuple(Choice(code, in_rules(row["en"], row["vi"])) for code, row in turn.work.rules.rows(self.table).items())
        )

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take the row that was picked."""
        return await OneOf[Turn]((await self.offer(turn, answers)).choices).read(turn, given, answers)

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return its name."""
        return rule_name(turn.work, self.table, value)


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


# -- asking, noting, returning --------------------------------------------------------------------------------------


async def _ask(turn: Turn, answers: Answers) -> Said:
    case = await ask_citizen(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    told = _("Your question on case {code} was passed on. The citizen does not see your account.")(code=case.code)
    return [Prompt(joined(told, *await clocks_for_office(turn.work, case)), _done(case.code))]


async def _note(turn: Turn, answers: Answers) -> Said:
    case = await add_note(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    return await case_panel(turn, case, _("The note was kept. The citizen never sees it."))


async def _return(turn: Turn, answers: Answers) -> Said:
    case = await return_case(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    return [
        Prompt(
            _("Case {code} went back to be given to the right office. The due date does not move.")(code=case.code),
            (Button("work:0", _("My cases")),),
        )
    ]


async def _send_back(turn: Turn, answers: Answers) -> Said:
    case = await send_back(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    return [Prompt(_("The draft for case {code} was sent back with your reason.")(code=case.code), _done(case.code))]


ASK_CITIZEN = Flow(
    "ask_citizen",
    (
        Ask(
            "words",
            _("What do you need to know? The citizen reads it exactly as you write it."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=1500),
            label=_("Question"),
        ),
    ),
    _ask,
    review=_("This question goes to the citizen:"),
)
INNER_NOTE = Flow(
    "inner_note", (Ask("words", _("What do you want to note? Only the office reads it."), Words(most=2000)),), _note
)
GIVE_BACK = Flow(
    "give_back",
    (
        Ask(
            "words",
            _("Why is this not yours, and whose is it, if you know?"),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=1000),
            label=_("Reason"),
        ),
    ),
    _return,
    review=_("The case goes back to intake with this reason:"),
    send=_("Give it back"),
)
SEND_BACK = Flow(
    "send_back",
    (Ask("words", _("What should be changed in the draft?"), Words(least=LEAST_REASON, short=TOO_SHORT, most=1000)),),
    _send_back,
)


# -- who sent it ----------------------------------------------------------------------------------------------------


async def _who_sent(turn: Turn, answers: Answers) -> Said:
    """Show name and contact, after the look was written down with its reason."""
    name, phone = await see_reporter(turn.work, turn.reader, answers[CASE], answers["reason"], turn.now)
    known = joined(as_is(name), as_is(phone), by=", ") if name or phone else _("No name was given with this case.")
    text = joined(
        _("Sent by: {who}")(who=known),
        _(
            "This look was written down with your reason. Please keep what you read here to yourself: "
            "disclosing it is punishable."
        ),
        by="\n\n",
    )
    return [Prompt(text, (Button(f"open:{answers[CASE]}", _("Back to the case")),), protect=True)]


WHO_SENT = Flow(
    "who_sent",
    (
        Ask(
            "reason",
            _("Why do you need to know who sent this? Your reason is written down, and the citizen can ask to see it."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=500),
        ),
    ),
    _who_sent,
)


# -- intake ---------------------------------------------------------------------------------------------------------


async def _forward(turn: Turn, answers: Answers) -> Said:
    case = await forward(turn.work, turn.reader, answers[CASE], answers["unit"], turn.now)
    where = (
        unit_name(turn.work, case.handling_unit)
        if case.handling_unit
        else _("intake, as nobody above that office has joined yet")
    )
    return [Prompt(_("Case {code} went to: {unit}.")(code=case.code, unit=where), (Button("work:0", _("My cases")),))]


async def _classify(turn: Turn, answers: Answers) -> Said:
    case = await classify(turn.work, turn.reader, answers[CASE], answers["category"], turn.now)
    return await case_panel(turn, case, _("The category was corrected. The due date does not move."))


async def _guide(turn: Turn, answers: Answers) -> Said:
    case = await guide(turn.work, turn.reader, answers[CASE], answers["words"], turn.now)
    return [
        Prompt(
            _("The citizen was told where to go. Case {code} is closed as guided.")(code=case.code),
            (Button("work:0", _("My cases")),),
        )
    ]


async def _reject(turn: Turn, answers: Answers) -> Said:
    case = await reject(turn.work, turn.reader, answers[CASE], answers["reason"], turn.now)
    return [
        Prompt(
            _("Case {code} was not taken; the citizen was told why.")(code=case.code),
            (Button("work:0", _("My cases")),),
        )
    ]


async def _describe(turn: Turn, answers: Answers) -> Said:
    case = await describe_file(turn.work, turn.reader, answers[CASE], int(answers["file"]), answers["words"], turn.now)
    return await case_panel(turn, case, _("Your description is with the file now; the office can read it."))


FORWARD_CASE = Flow(
    "forward_case",
    (Ask("unit", _("To which office? Type part of its name."), Search(find_units, name_unit), label=_("Office")),),
    _forward,
    review=_("The case goes to the head of this office, or past him if he is complained about:"),
    send=_("Forward"),
)
CLASSIFY_CASE = Flow("classify_case", (Ask("category", _("What is it about?"), WHAT_IT_IS),), _classify)
GUIDE_CASE = Flow(
    "guide_case",
    (
        Ask(
            "words",
            _("Where should the citizen go, and how? Write the address or passing-on letter in plain words."),
            Words(least=LEAST_REASON, short=TOO_SHORT, most=2000),
            label=_("Guidance"),
        ),
    ),
    _guide,
    review=_("The citizen will read:"),
)
REJECT_CASE = Flow(
    "reject_case",
    (Ask("reason", _("Why is it not taken?"), RuleRow("reject_reasons"), label=_("Reason")),),
    _reject,
    review=_("The citizen will be told this reason, and how to come in person:"),
    send=_("Do not take it"),
)
DESCRIBE_FILE = Flow(
    "describe_file",
    (Ask("words", _("What is in this file? Leave out what shows who sent it."), Words(least=3, most=3000)),),
    _describe,
)

FLOWS = (
    ANSWER_CASE,
    ANSWER_FILES,
    ASK_CITIZEN,
    INNER_NOTE,
    GIVE_BACK,
    SEND_BACK,
    WHO_SENT,
    FORWARD_CASE,
    CLASSIFY_CASE,
    GUIDE_CASE,
    REJECT_CASE,
    DESCRIBE_FILE,
)
OFFICE_SIDE = frozenset(flow.name for flow in FLOWS)
"""Forms whose files come from the office, not from the citizen."""
