"""What anybody does at once with his chats: have a code shown, join with it, disconnect one."""

from __future__ import annotations

from bot.dialogue.prompts import Begin, Button, Prompt, Said
from bot.text import _
from bot.usecases.connecting import part
from handlers.connecting import SURE, chats_prompt, code_prompt, connect
from handlers.flows.connecting import JOIN_CHAT
from handlers.turn import Turn, Verb
from handlers.verbs.citizen import anybody


async def use_another(turn: Turn, arg: str, version: int | None) -> Said:
    """Show a code by which another chat joins this one."""
    return [await code_prompt(turn)]


async def join_chat(turn: Turn, arg: str, version: int | None) -> Said:
    """Join the chat that shows this code (`DIGITS.yes` after asking once more); without a code ask for it."""
    code = arg.removesuffix(SURE)
    return await connect(turn, code, sure=code != arg) if code else Begin(JOIN_CHAT.name)


async def disconnect(turn: Turn, arg: str, version: int | None) -> Said:
    """Disconnect the chat of this number, this one after asking once more (`number.yes`); without a number list them."""
    number = arg.removesuffix(SURE)
    if not (number.isdecimal() and number.isascii() and len(number) <= 18):
        return [await chats_prompt(turn)]
    if int(number) != turn.contact:
        await part(turn.work, turn.person, turn.staff, turn.contact, int(number), turn.now)
        done = _("Disconnected. Nothing of yours is shown or told there any more; what was written there stays on that phone.")
        return [await chats_prompt(turn, done)]
    if number == arg:
        question = _(
            "Disconnect this chat? Your cases are then shown and told in your other chats only, and here we ask for consent "
            "again. What was written here stays on this phone until you delete it."
        )
        return [Prompt(question, (Button(f"part:{number}{SURE}", _("Yes")), Button("part:", _("No, go back"))))]
    turn.person = await part(turn.work, turn.person, turn.staff, turn.contact, turn.contact, turn.now)
    turn.staff = None
    turn.session.clear()
    return [Prompt(_("This chat is disconnected. You go on in your other chat."))]


VERBS: tuple[Verb, ...] = (
    Verb("connect", use_another, anybody, ("chuyenkenh", "otherapp")),
    Verb("joinchat", join_chat, anybody, ("noikenh", "joinchat")),
    Verb("part", disconnect, anybody, ("ngatkenh", "disconnect")),
)
