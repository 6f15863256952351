"""The five-question form on plain python-telegram-bot: `python -m tests.benchmarks.plain_ptb URL TOKEN FOLDER`.

As its documentation shows it: ConversationHandler with PicklePersistence, long polling.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from telegram import Update
from telegram.ext import Application, ContextTypes, ConversationHandler, MessageHandler, PicklePersistence, filters

from tests.benchmarks.form import QUESTIONS, THANKS

KEYS = ("unit", "official", "happened", "story", "contact")


async def begin(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Ask the first question."""
    assert update.message is not None
    await update.message.reply_text(QUESTIONS[0])
    return 0


def answered(place: int):
    """Return the handler that takes the answer to a question and asks the next."""

    async def take(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.message is not None and context.user_data is not None
        context.user_data[KEYS[place]] = update.message.text
        if place + 1 < len(QUESTIONS):
            await update.message.reply_text(QUESTIONS[place + 1])
            return place + 1
        context.user_data.clear()
        await update.message.reply_text(THANKS)
        return ConversationHandler.END

    return take


def main() -> None:
    """Run the bot."""
    url, token, folder = sys.argv[1:4]
    logging.basicConfig(level=logging.WARNING)
    bot = (
        Application.builder()
        .token(token)
        .base_url(f"{url}/bot")
        .base_file_url(f"{url}/file/bot")
        .persistence(PicklePersistence(Path(folder) / "ptb.pickle"))
        .build()
    )
    text = filters.TEXT & ~filters.COMMAND
    states = {place: [MessageHandler(text, answered(place))] for place in range(len(QUESTIONS))}
    bot.add_handler(ConversationHandler([MessageHandler(text, begin)], states, [], name="form", persistent=True))
    bot.run_polling()


if __name__ == "__main__":
    main()
