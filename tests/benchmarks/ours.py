"""Our program with the five-question form in place of its own: `python -m tests.benchmarks.ours [work] [five] [group=N]`.

Settings come from the environment, as for `python -m bot web`; everything but the form is what citizens get: the inbox, the
person and his rights, the sealed session, the outbox, the jobs.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

from bot import program, writer
from bot.config import Config
from bot.dialogue.flow import Answers, Given
from bot.dialogue.prompts import Begin, Prompt, Said
from bot.dialogue.readers import Words
from bot.dialogue.values import Inbound, Session
from bot.observe import set_up_logging
from bot.serving import serve_web, serve_work
from bot.text import as_is
from handlers.turn import Ask, Flow, Turn
from tests.benchmarks.form import QUESTIONS, THANKS

KEYS = ("unit", "official", "happened", "story", "contact")


async def thank(turn: Turn, answers: Answers) -> Said:
    """Say that it is written down."""
    return [Prompt(as_is(THANKS))]


FORM = Flow("form", tuple(Ask(key, as_is(words), Words()) for key, words in zip(KEYS, QUESTIONS, strict=True)), thank)


async def let_in(turn: Turn, session: Session, inbound: Inbound) -> Said | None:
    """Ask nobody for consent: the bots we compare with do not."""
    return None


async def outside(turn: Turn, session: Session, given: Given) -> Said:
    """Begin the form at any word."""
    return Begin("form")


def main() -> None:
    """Run the program; the options change what is compared, never how a turn is done."""
    options = dict(word.partition("=")[::2] for word in sys.argv[1:])
    writer.GROUP = int(options.get("group", writer.GROUP))
    if "five" in options:
        ours = program.house()
        program.house = lambda: replace(ours, flows={"form": FORM}, gate=let_in, outside=outside)
    config = Config.from_env(os.environ)
    set_up_logging(config.log_level, config.secrets)
    asyncio.run((serve_work if "work" in options else serve_web)(config))


if __name__ == "__main__":
    main()
