"""The form by which a head lets a deputy sign for him while he is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.dialogue.flow import Accepted, Answers, Choice, Given, Offered, Reading
from bot.dialogue.prompts import Button, Prompt, Said
from bot.dialogue.readers import Words, no_line
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is
from bot.usecases.delegating import deputies_of, give_signature
from handlers.flows.days import ComingDay
from handlers.office import unit_name
from handlers.turn import Ask, Flow, Turn


@dataclass(frozen=True)
class Deputies:
    """One of the head's own deputies; the value is `id.unit`."""

    async def offer(self, turn: Turn, answers: Answers) -> Offered:
        """Return them by name, with their office where he leads several; none to whoever leads no office any more."""
        try:
            found = await deputies_of(turn.work, turn.reader)
        except Refusal:
            return Offered(())
        several = len({unit for _deputy, unit in found}) > 1
        return Offered(
            tuple(
                Choice(
                    f"{deputy.id}.{unit}",
                    _("{name}, {unit}")(name=deputy.name, unit=unit_name(turn.work, unit)) if several else as_is(deputy.name),
                )
                for deputy, unit in found
            )
        )

    async def read(self, turn: Turn, given: Given, answers: Answers) -> Reading:
        """Take the one that was picked."""
        choices = (await self.offer(turn, answers)).choices
        if given.picked is not None and any(given.picked == choice.value for choice in choices):
            return Accepted(given.picked)
        return no_line(given)

    async def say(self, turn: Turn, value: str, answers: Answers) -> Text:
        """Return the name."""
        choices = (await self.offer(turn, answers)).choices
        return next((choice.label for choice in choices if choice.value == value), as_is(""))


async def _give(turn: Turn, answers: Answers) -> Said:
    deputy, _dot, unit = answers["deputy"].partition(".")
    days = date.fromisoformat(answers["from"]), date.fromisoformat(answers["to"])
    given = await give_signature(turn.work, turn.reader, int(deputy), unit, *days, answers["document"], turn.now)
    told = _("Done. From {first} to {last} your deputy signs answers for you. You can take it back at any time.")
    return [
        Prompt(
            told(first=given.from_on, last=given.to_on), (Button("delegate:", _("Authorisations")), Button("menu:", _("Menu")))
        )
    ]


GIVE_SIGNATURE = Flow(
    "give_signature",
    (
        Ask("deputy", _("Who signs for you while you are away?"), Deputies(), label=_("Deputy")),
        Ask("from", _("From which day? For instance 30/11."), ComingDay(), label=_("From")),
        Ask("to", _("Until which day, that day included?"), ComingDay(today=False, tomorrow=False), label=_("Until")),
        Ask(
            "document",
            _("Number and date of the written authorisation? For instance: QĐ 15/QĐ-UBND ngày 24/11/2026."),
            Words(least=3, most=200),
            label=_("Document"),
        ),
    ),
    _give,
    review=_(
        "Your deputy gets what you get and signs for you, except where your office is complained about or an answer is contested:"
    ),
    send=_("Authorise"),
)
