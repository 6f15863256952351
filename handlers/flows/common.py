"""What several forms of an office share."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue.flow import Answers, Choice, Given, Offered, Reading
from bot.dialogue.prompts import Button
from bot.dialogue.readers import OneOf
from bot.text import Text, _, in_rules
from handlers.office import rule_name
from handlers.turn import Turn

LEAST_REASON = 10
TOO_SHORT = _("That is very short. Please write it so that whoever reads it understands.")


def done(code: str) -> tuple[Button, ...]:
    """Return where somebody can go on after a form about a case."""
    return (Button(f"open:{code}", _("Back to the case")), Button("work:0", _("My cases")))


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
