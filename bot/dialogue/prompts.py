"""What we say, before it is in a language and on a channel."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.dialogue.values import Ask as Request
from bot.dialogue.values import LaidFile
from bot.text import Text

MESSENGER = "\ue000"
"""Stands in a sentence for the messenger in which it is read; its name is put in when the prompt is laid out for one."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button: `token` is `key=value@d` (answer of draft d), `verb:arg@v` (action on version v) or `_word@d` (the engine's)."""

    token: str
    label: Text


@dataclass(frozen=True, slots=True)
class Prompt:
    """One message to one person.

    `request` offers sharing of the own phone number or place, `files` follow the text, `protect` forbids forwarding where
    the platform can.
    """

    text: Text
    buttons: tuple[Button, ...] = ()
    request: Request = ""
    request_label: Text = field(default_factory=lambda: Text(""))
    files: tuple[LaidFile, ...] = ()
    protect: bool = False

    def plus(self, *buttons: Button) -> Prompt:
        """Return the same message with more buttons at the end."""
        return Prompt(self.text, self.buttons + buttons, self.request, self.request_label, self.files, self.protect)


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a flow. `given` answers are fixed and not offered for change, `known` ones count as answered but may be changed.

    `first` is said before the first question.
    """

    flow: str
    given: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    first: Text = field(default_factory=lambda: Text(""))


Said = list[Prompt] | Begin
"""What a verb or a finished flow gives back."""
