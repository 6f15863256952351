"""The five-question form on plain aiogram: `python -m tests.benchmarks.plain_aiogram URL TOKEN FOLDER`.

As its documentation shows it: states in memory, long polling.
"""

from __future__ import annotations

import asyncio
import logging
import sys

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import Message

from tests.benchmarks.form import QUESTIONS, THANKS


class Form(StatesGroup):
    """The open question."""

    unit = State()
    official = State()
    happened = State()
    story = State()
    contact = State()


STATES = (Form.unit, Form.official, Form.happened, Form.story, Form.contact)
router = Router()


@router.message(F.text, StateFilter(None))
async def begin(message: Message, state: FSMContext) -> None:
    """Ask the first question."""
    await state.set_state(STATES[0])
    await message.answer(QUESTIONS[0])


def answered(place: int):
    """Return the handler that takes the answer to a question and asks the next."""

    async def take(message: Message, state: FSMContext) -> None:
        await state.update_data({STATES[place].state: message.text})
        if place + 1 < len(QUESTIONS):
            await state.set_state(STATES[place + 1])
            await message.answer(QUESTIONS[place + 1])
        else:
            await state.clear()
            await message.answer(THANKS)

    return take


async def main() -> None:
    """Run the bot."""
    url, token = sys.argv[1:3]
    logging.basicConfig(level=logging.WARNING)
    for place, state in enumerate(STATES):
        router.message.register(answered(place), F.text, state)
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())
