"""Taking a case: number, PIN, due date, route. Whatever is missing, it is taken.

Source: LAW 2.2 (the clocks run from the moment the citizen presses send), 5.2, 9 (code and PIN).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.dialogue.values import Who
from bot.domain.access import DENUNCIATION, SENSITIVE, TO_SUPERIOR
from bot.domain.cases import About, ByHand, Case, CaseKind, KnownAs, Status
from bot.domain.deadlines import local_day
from bot.domain.events import CaseFiled, DateToFollow
from bot.domain.people import Person
from bot.domain.refs import new_code, new_pin
from bot.domain.refusal import Refusal
from bot.domain.routing import Route, Why, route, today_unit, understood, with_conflict
from bot.text import _
from bot.usecases.access import pin_hash
from bot.usecases.ports import CodeTaken, NewCase, Reporter, Work
from bot.usecases.reminding import next_look
from bot.usecases.reorganising import competent
from bot.usecases.routing import answers_for, leaders_of, placed, went
from bot.usecases.terms import Term, term, written

CASES_A_DAY = 10
LEGAL_CLOCK = "NOTICE_10"
PASSED_ON = "FWD_OUT"
CHECKED_AT_ONCE, URGENT = "RES_ONSITE", "RES_URGENT"
_CODES = 5
_DAY = int(timedelta(days=1).total_seconds())
DATA_REQUESTS = ("PD-VIEW", "PD-DELETE")
# The policy of what has no category of its own.
_POLICY = {CaseKind.FEEDBACK: "RES_NORMAL"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a citizen has answered. `unit` None: the office is not known; name and phone count only if he is not anonymous.

    `denunciation`: the citizen chose to denounce and, told how that is lodged, sends feedback on the same matter. `language` is
    the one he wrote in, as far as we know. `happening`: it goes on at this very moment.
    """

    kind: CaseKind
    unit: str | None
    about: About
    official: str
    category: str
    happened: str
    story: str
    known_as: KnownAs
    name: str = ""
    phone: str = ""
    share_files: bool = False
    denunciation: bool = False
    language: str = "vi"
    happening: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """An officer files it for somebody without a chat: from what (`ByHand`), and which member of staff."""

    channel: ByHand
    by: int


@dataclass(frozen=True, slots=True)
class Filed:
    """What the citizen gets. `answered_by` is name and title of the head who answers, `unit_name` his unit; both "" for intake.

    The PIN is shown once and is kept only as a hash.
    """

    case: Case
    pin: str
    answered_by: str
    unit_name: str


async def file_case(
    work: Work, person: Person, who: Who, draft: Draft, nonce: str, now: datetime, taken: Taken | None = None
) -> Filed:
    """Take a case and send it on its way; the files sent under the draft `nonce` go with it.

    `taken`: the person is an officer, who is not the one that sends it; then no chat is linked to it. Raises `Refusal` beyond
    ten cases a day from one chat, which does not hold for an officer, and for a case that says nothing at all.
    """
    files = await work.files.of_draft(who, nonce)
    if not draft.story.strip() and not files:
        raise Refusal(_("Please say in a few words what happened, or add a photo or voice message. Then we can take it."))
    if taken is None:
        await _within_the_limit(work, who, now)

    about = today_unit(draft.unit, work.units, local_day(now))
    clock = await term(work, policy_of(work, draft), now, about)
    legal = await term(work, LEGAL_CLOCK, now, about)
    case, chosen = await _routed(work, draft, clock, legal, now)
    pin = new_pin()
    channel, by = (taken.channel.value, taken.by) if taken else (who.platform, None)
    case = replace(await placed(work, case, chosen, now), channel=channel, taken_by=by)
    case = await _stored(work, None if taken else person, draft, case, pin, clock, now)

    await work.files.attach(who, nonce, case.id)
    work.record(
        CaseFiled(case.id, policy=case.policy, due_at=case.due_at, inputs=written(service=clock, legal=legal)),
        went(case, chosen),
        *([DateToFollow(case.id)] if case.due_at is None or case.legal_due_at is None else []),
    )
    head = await answers_for(work, case)
    at = work.units.get(case.handling_unit) if case.handling_unit else None
    title = ", ".join(word for word in (head.name if head else "", at.head_title if head and at else "") if word)
    return Filed(case, pin, title, at.name if at else "")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Where a case would go: the unit (None: intake looks first), why, and the last instant for the answer (None: to follow).

    Of a body outside nobody here can promise an answer: there it is the last instant for saying where it was passed on.
    """

    unit: str | None
    why: Why
    due_at: datetime | None


async def foresee(work: Work, draft: Draft, now: datetime) -> Foreseen:
    """Return where a draft would go if it were sent now, for the read-back (LAW 1.9 B10). Nothing is stored."""
    about = today_unit(draft.unit, work.units, local_day(now))
    clock = await term(work, policy_of(work, draft), now, about)
    _case, chosen = await _routed(work, draft, clock, clock, now)
    if chosen.why is Why.OUTSIDE:
        clock = await term(work, PASSED_ON, now, about)
    return Foreseen(chosen.unit, chosen.why, clock.due_at)


def policy_of(work: Work, draft: Draft) -> str:
    """Return the code of the time limit for a case: by its category, else by its kind.

    What can be checked at once and is happening now is urgent (LAW 3.2, upgrade rules). A request about one's own data has the
    code of its time limit as its category (LAW 7.2.5).
    """
    row = work.rules.rows("categories").get(draft.category)
    if row is None and draft.category in DATA_REQUESTS:
        return draft.category
    policy = str(row["policy"]) if row else _POLICY.get(draft.kind, LEGAL_CLOCK)
    return URGENT if draft.happening and policy == CHECKED_AT_ONCE else policy


def flags_of(work: Work, category: str) -> frozenset[str]:
    """Return the flags that a category brings along."""
    row = work.rules.rows("categories").get(category, {})
    return frozenset(flag for flag in (SENSITIVE, TO_SUPERIOR) if row.get(flag))


async def _routed(work: Work, draft: Draft, clock: Term, legal: Term, now: datetime) -> tuple[Case, Route]:
    unit = today_unit(draft.unit, work.units, local_day(now))
    case = understood(_new(draft, flags_of(work, draft.category), clock, legal, now, unit), work.units)
    leaders = await leaders_of(work, case.unit)
    case = with_conflict(case, leaders)
    return case, await competent(work, case, route(case, work.units, leaders))


def _new(draft: Draft, flags: frozenset[str], clock: Term, legal: Term, now: datetime, unit: str | None) -> Case:
    flags |= {DENUNCIATION} if draft.denunciation else frozenset()
    return Case(
        id=0,
        code="",
        kind=draft.kind,
        category=draft.category,
        unit=unit,
        about=draft.about,
        official=draft.official.strip(),
        status=Status.NEW,
        filed_at=now,
        due_at=clock.due_at,
        legal_due_at=legal.due_at,
        policy=clock.rule.code,
        known_as=draft.known_as,
        flags=flags,
        story=draft.story.strip(),
        happened=draft.happened.strip(),
        share_files=draft.share_files,
    )


async def _stored(work: Work, person: Person | None, draft: Draft, case: Case, pin: str, clock: Term, now: datetime) -> Case:
    """Return the case stored under a code of its own."""
    anonymous = draft.known_as is KnownAs.ANONYMOUS
    sender = person.id if person else None
    reporter = Reporter(sender, "" if anonymous else draft.name.strip(), "" if anonymous else draft.phone.strip())
    check = await next_look(work, case, now)
    for _try in range(_CODES):
        coded = replace(case, code=new_code())
        try:
            return await work.cases.add(NewCase(coded, pin_hash(work, coded.code, pin), reporter, clock.row), check)
        except CodeTaken:
            continue
    raise RuntimeError("no free case code was found")


async def _within_the_limit(work: Work, who: Who, now: datetime) -> None:
    until = await work.attempts.take("file", who.address, CASES_A_DAY, _DAY, now)
    if until is not None:
        words = _("We take {count} cases a day from one chat, and you have sent as many. You can send again after {time}.")
        raise Refusal(words(count=CASES_A_DAY, time=until))
