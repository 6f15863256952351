"""What a form shows: a question with its choices, the read-back, what can be changed, what is still unfinished."""

from __future__ import annotations

from bot.dialogue.drafts import answered_before, whole
from bot.dialogue.flow import Answers, Ask, Flow, Offered, T
from bot.dialogue.prompts import Button, Prompt
from bot.dialogue.values import Session
from bot.text import Text, _, joined


def ask_to_stop(session: Session) -> list[Prompt]:
    """Return the question whether to throw the open form away."""
    draft = session.draft
    return [
        Prompt(
            _("Stop this form? What you have told us in it will be forgotten."),
            (Button(f"_stop@{draft}", _("Yes, stop")), Button(f"_go@{draft}", _("No, continue"))),
        )
    ]


def unfinished(session: Session) -> tuple[Button, ...]:
    """Return the line by which the form put aside last goes on, where none is open; nothing where there is none."""
    if not session.parked or session.flow:
        return ()
    return (Button(f"_resume@{session.parked[-1]['draft']}", _("Continue the unfinished form")),)


def offer_unfinished(session: Session) -> list[Prompt]:
    if not session.parked:
        return []
    draft = session.parked[-1]["draft"]
    return [
        Prompt(
            _("You have an unfinished form. Continue with it?"),
            (Button(f"_resume@{draft}", _("Continue the form")), Button(f"_drop@{draft}", _("Throw it away"))),
        )
    ]


def question_panel(session: Session, flow: Flow[T], counted: Answers, ask: Ask[T], offered: Offered, words: Text) -> Prompt:
    """Return a question with its choices and the ways back and out; one that wants a number says them in words."""
    if ask.wants_number:
        return Prompt(joined(words, _("Type a number. Type back for the question before, cancel to stop."), by="\n\n"))
    buttons = [Button(f"{ask.key}={choice.value}@{session.draft}", choice.label) for choice in offered.choices]
    if session.notes.get("editing") == ask.key:
        buttons.append(Button(f"_go@{session.draft}", _("Keep it as it is")))
    if answered_before(session, flow, counted):
        buttons.append(Button(f"_back@{session.draft}", _("Back")))
    buttons.append(Button(f"_cancel@{session.draft}", _("Stop")))
    return Prompt(words, tuple(buttons), offered.request, offered.request_label)


async def read_back(turn: T, session: Session, flow: Flow[T], counted: Answers) -> Prompt:
    """Return what we wrote down, to be sent or changed (LAW B10)."""
    assert flow.review is not None
    lines = [flow.review]
    for ask in flow.asks:
        if ask.key in counted and ask.label and flow.shows_answers:
            lines.append(_line(ask.label, await ask.reader.say(turn, counted[ask.key], counted)))
    buttons = [
        Button(f"_send@{session.draft}", flow.send if isinstance(flow.send, Text) else flow.send(turn)),
        Button(f"_change@{session.draft}", _("Change something")),
        Button(f"_cancel@{session.draft}", _("Stop")),
    ]
    add_to = flow.extra
    if add_to is not None:
        more, extra = await add_to(turn, whole(session, flow, counted))
        lines.append(more)
        buttons[1:1] = extra
    return Prompt(joined(*lines, by="\n\n"), tuple(buttons))


def _line(label: Text, value: Text) -> Text:
    return Text("{label}: {value}", (("label", label), ("value", value)))


async def which_to_change(turn: T, session: Session, flow: Flow[T], counted: Answers) -> Prompt:
    buttons = [
        Button(f"_edit={ask.key}@{session.draft}", ask.label)
        for ask in flow.asks
        if ask.key in counted and ask.key not in session.given and ask.label
    ]
    return Prompt(_("What do you want to change?"), (*buttons, Button(f"_go@{session.draft}", _("Nothing, go back"))))
