"""Where somebody stands in a form: what is open, answered, put aside. It changes the session and says next to nothing."""

from __future__ import annotations

import json
import secrets

from bot.dialogue.flow import Answers, Ask, Flow, Given, T, standing
from bot.dialogue.prompts import Begin, Prompt, Said
from bot.dialogue.values import Session
from bot.domain.refusal import Refusal
from bot.text import Text, _

ADDED_LEAST = 20
SPILL_LEAST = 60
SPILL_MOST = 12_000
MOST_PARKED = 5
DRAFT_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
REMEMBERED_MESSAGES = 20
REMEMBERED_DRAFTS = 60
REVIEW = "review"


def begin(session: Session, opening: Begin) -> None:
    """Open a flow; the one that was open is put aside if anything was answered in it."""
    put_aside(session)
    session.flow = opening.flow
    session.given = dict(opening.given)
    session.answers = {**opening.known, **opening.given}
    session.asked = ""
    used = session.notes.get("drafts", "")
    session.draft = new_draft(used)
    session.notes["drafts"] = (used + session.draft)[-2 * REMEMBERED_DRAFTS :]
    session.notes.pop("editing", None)
    session.notes.pop("messages", None)


def put_aside(session: Session) -> None:
    if session.flow and any(key not in session.given for key in session.answers):
        session.parked.append(
            {
                "flow": session.flow,
                "answers": session.answers,
                "given": session.given,
                "asked": session.asked,
                "draft": session.draft,
            }
        )
        del session.parked[:-MOST_PARKED]


def new_draft(used: str = "") -> str:
    """Return a two-character nonce that is none of `used`, the last ones in a row: their files may still lie there unsent."""
    taken = {used[place : place + 2] for place in range(0, len(used), 2)}
    while True:
        draft = secrets.choice(DRAFT_LETTERS) + secrets.choice(DRAFT_LETTERS)
        if draft not in taken:
            return draft


def answered_before(session: Session, flow: Flow[T], counted: Answers) -> list[str]:
    """Return the keys of the questions answered before the one that is open, in their order."""
    before = [ask.key for ask in flow.asks if ask.key in counted and ask.key not in session.given and ask.counted]
    editing = session.notes.get("editing")
    return before[: before.index(editing)] if editing in before else before


def step_back(session: Session, flow: Flow[T], counted: Answers) -> None:
    """Open the question before the one that is open; no answer is lost, and then the form goes on where it was."""
    before = answered_before(session, flow, counted)
    if not before:
        raise Refusal(_("This is the first question."))
    session.notes["editing"] = before[-1]


def take_up_or_drop(session: Session, word: str, draft: str) -> Said:
    kept = next((p for p in session.parked if p["draft"] == draft), None)
    if kept is None:
        raise Refusal(_("That form is no longer kept."))
    session.parked.remove(kept)
    if word == "drop":
        return [Prompt(_("The unfinished form was thrown away."))]
    put_aside(session)
    session.flow, session.answers, session.given = kept["flow"], kept["answers"], kept["given"]
    session.asked, session.draft = "", kept["draft"]
    return Begin(session.flow)


def close(session: Session) -> None:
    """Leave the open flow; its draft nonce stays so that the next form gets another."""
    session.flow, session.answers, session.given, session.asked = "", {}, {}, ""
    session.notes.pop("editing", None)
    session.notes.pop("messages", None)


def whole(session: Session, flow: Flow[T], counted: Answers) -> Answers:
    """Return what was given with the form, what was answered, and the switches that are on."""
    return session.given | counted | {key: "yes" for key in flow.switches if session.answers.get(key)}


def spill(session: Session, flow: Flow[T], given: Given) -> Text | None:
    """Keep words that answer no open question where the form has a place for them, and say so; None if nothing was kept.

    At a question only long ones, so that a misspelt name of an office does not become a story.
    """
    words = given.words.strip()
    ask = flow.ask(flow.spill) if flow.spill else None
    least = 1 if given.attachments else ADDED_LEAST if session.asked == REVIEW else SPILL_LEAST
    if ask is None or len(words) < least:
        return None
    before = session.answers.get(ask.key, "")
    # A value that is a button's, as "see the files", gives way to words.
    whole = words if before.startswith("_") or not before else f"{before}\n{words}"
    if len(whole) > SPILL_MOST:
        return None
    session.answers[ask.key] = whole
    remember(session, given.message_key, ask.key if whole == words else "")
    return _("We have kept what you wrote under “{label}”.")(label=ask.label)


def remember(session: Session, message_key: str, key: str) -> None:
    """Note which message gave which answer, so that editing the message changes the answer."""
    if not message_key or not key:
        return
    messages = json.loads(session.notes.get("messages", "{}"))
    messages[message_key.split(":")[0]] = key
    session.notes["messages"] = json.dumps(dict(list(messages.items())[-REMEMBERED_MESSAGES:]))


def open_question(session: Session, flow: Flow[T]) -> tuple[Answers, Ask[T] | None]:
    """Return the counted answers and the question that is open: the one being changed, or the first without an answer."""
    counted, ask = standing(flow, session.answers)
    editing = session.notes.get("editing")
    if editing and editing in counted:
        return counted, flow.ask(editing)
    return counted, ask
