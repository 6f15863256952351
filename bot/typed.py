"""What can be done about a notice where there are no buttons: lines that say what to type.

A number means a line of the last answer, never of a notice: a notice that comes between a question and its answer would change
what the number does. So a notice names the command, or the code that opens the case.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.engine import House, Verb
from bot.dialogue.flow import T
from bot.dialogue.prompts import Button, Prompt
from bot.text import Text, _, as_is, joined

OPENING = ("case", "open")


def typed(prompt: Prompt, house: House[T]) -> Prompt:
    """Return a notice whose buttons are lines of text; what has no command is done in the case, or found in the menu."""
    if not prompt.buttons:
        return prompt
    lines: list[Text] = []
    code, more = "", False
    for button in prompt.buttons:
        words = _words(button, house)
        code = code or _code_in(button, house)
        more = more or not words
        if words:
            lines.append(_("{label}: type {words}")(label=button.label, words=as_is(words)))
    # A command that does something with the case leads to none of the rest.
    opens = any(button.token.partition(":")[0] in OPENING and _words(button, house) for button in prompt.buttons)
    if more and code and not opens:
        lines.append(_("Type {code} to open the case.")(code=code))
    elif more and not lines:
        lines.append(_("Type menu to see what you can do here."))
    return replace(prompt, text=joined(prompt.text, joined(*lines), by="\n\n"), buttons=())


def _words(button: Button, house: House[T]) -> str:
    """Return what to type to do what the button does, "" where there is no word for it."""
    name, _colon, rest = button.token.partition(":")
    arg = rest.partition("@")[0]
    if arg and house.code(arg) == f"{name}:{arg}":
        return arg
    verb: Verb[T] | None = house.verbs.get(name)
    if verb is None or not verb.commands:
        return ""
    return f"/{verb.commands[0]} {arg}".strip() if arg != "0" else f"/{verb.commands[0]}"  # 0 is the first page of a list.


def _code_in(button: Button, house: House[T]) -> str:
    """Return the case code that a button carries, "" for none."""
    arg = button.token.partition(":")[2].partition("@")[0].partition(".")[0]
    return arg if house.code(arg) else ""
