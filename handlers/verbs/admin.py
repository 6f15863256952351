"""What an admin does in chat: see who is on the roll and end somebody's roles. Inviting is a command of the machine's owner."""

from __future__ import annotations

from bot.dialogue.prompts import Button, Prompt, Said
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.text import Text, _, as_is, joined
from bot.usecases.staffing import revoke
from handlers.turn import Turn, Verb

SHOWN = 10


def is_admin(turn: Turn) -> bool:
    """Whether the person is an admin."""
    return turn.staff is not None and turn.staff.has(Role.ADMIN)


async def roll(turn: Turn, arg: str, version: int | None) -> Said:
    """List the staff, a page at a time."""
    page = int(arg) if arg.isdecimal() and len(arg) <= 4 else 0
    members = await turn.work.staff.all()
    shown = members[page * SHOWN : (page + 1) * SHOWN]
    lines = [_line(member.id, member.name, member.badge, active) for member, active in shown]
    buttons = [Button(f"unstaff:{member.id}", _("End roles of {name}")(name=member.name)) for member, active in shown if active]
    if len(members) > (page + 1) * SHOWN:
        buttons.append(Button(f"staffroll:{page + 1}", _("Next page")))
    return [Prompt(joined(_("Staff:"), *lines), tuple(buttons))]


def _line(number: int, name: str, badge: str, active: bool) -> Text:
    state = _("joined") if active else _("cannot act")
    return Text("{n}. {name} {badge}: {state}", (("n", str(number)), ("name", name), ("badge", badge), ("state", state)))


async def end_roles(turn: Turn, arg: str, version: int | None) -> Said:
    """Ask once more, then end all roles (`number.yes`)."""
    number, _dot, sure = arg.partition(".")
    member = await turn.work.staff.by_id(int(number)) if number.isdecimal() else None
    if member is None:
        raise Refusal(_("There is no member of staff with that number."))
    if sure != "yes":
        question = _("End all roles of {name}? It holds from the next message on.")(name=member.name)
        return [Prompt(question, (Button(f"unstaff:{member.id}.yes", _("Yes, end them")), Button("staffroll:0", _("No"))))]
    await revoke(turn.work, member.id, turn.now)
    return [Prompt(_("{name} has no role any more.")(name=as_is(member.name)))]


VERBS: tuple[Verb, ...] = (
    Verb("staffroll", roll, is_admin, ("nhansu", "staff")),
    Verb("unstaff", end_roles, is_admin),
)
