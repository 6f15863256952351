"""The command `posters`: a PDF with a page for an office, for its counters, or for every office of the province."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.catalogue import Catalogue
from bot.control import Outcome
from bot.domain.deadlines import local_day
from bot.domain.units import Unit
from bot.posters import SIZES, Code, House, Poster, draw
from bot.program import Library
from bot.text import _
from bot.usecases.ports import Work
from handlers.links import counter_payload

LANGUAGE = "vi"
# An Official Account, where there is one, has no limit of people and messages as a bot has.
ZALO = ("zalo_oa", "zalo_bot")


def add_posters(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options to the parser."""
    posters = commands.add_parser("posters", help="make posters to print, with the QR codes of an office and its counters")
    which = posters.add_mutually_exclusive_group(required=True)
    which.add_argument("--unit", help="code of the office")
    which.add_argument("--all", action="store_true", help="every office under the People's Committee, a page each")
    posters.add_argument(
        "--counter", nargs="+", default=[], help="numbers or names of counters, a page each, beside the office's"
    )
    posters.add_argument("--size", choices=sorted(SIZES), default="A4", help="size of the paper (default A4)")
    posters.add_argument("-o", dest="folder", required=True, metavar="FOLDER", help="where the PDF is written")


async def posters(program: Library, asked: argparse.Namespace) -> Outcome:
    """Return the PDF, and what it holds."""
    today = local_day(program.clock())
    if asked.unit:
        unit = program.tree.get(asked.unit)
        if unit is None:
            return Outcome(f"There is no office with the code {asked.unit!r}. Find it with: find-unit NAME", 1)
        units = [unit]
    else:
        units = sorted(
            (unit for unit in program.tree.all() if unit.valid_on(today) and _ours(program, unit)),
            key=lambda unit: [each.code for each in reversed(program.tree.line(unit.code))],
        )
    if not _codes(program, "x"):
        return Outcome(
            "There is no link to print yet: the name of the Telegram bot is known once `web` has run with its token, "
            "and that of Zalo by ZALO_OA_ID or ZALO_BOT_LINK.",
            1,
        )

    async def step(work: Work) -> list[Poster]:
        return [_poster(program, work, unit, counter) for unit in units for counter in ("", *asked.counter)]

    try:
        pages = await program.read(step)
    except ValueError as error:
        return Outcome(str(error), 1)
    config = program.config
    house = House(config.agency_name, config.contact_phone, config.contact_hours, config.contact_address)
    name = str(Path(asked.folder) / f"posters-{asked.unit or 'all'}-{asked.size}.pdf")
    pdf = draw(pages, house, asked.size, Catalogue().translator(LANGUAGE), program.clock())
    told = [f"{len(pages)} {'page' if len(pages) == 1 else 'pages'} of {asked.size}: {name}"]
    if not config.contact_phone:
        told.append("There is no telephone number on them: set CONTACT_PHONE.")
    if any(code.messenger == "Zalo" for code in pages[0].codes) and not config.public_url:
        told.append("The code for Zalo opens the chat only; with PUBLIC_URL it presets the office too.")
    return Outcome("\n".join(told), 0, {name: pdf})


def _poster(program: Library, work: Work, unit: Unit, counter: str) -> Poster:
    codes = _codes(program, counter_payload(work.secrets, unit.code, counter))
    return Poster(unit.name, _("Counter {number}")(number=counter) if counter else None, codes, _ours(program, unit))


def _ours(program: Library, unit: Unit) -> bool:
    """Whether an answer can be promised: not of an office with its own line of command, nor of one below it."""
    return not any(each.outside for each in program.tree.line(unit.code))


def _codes(program: Library, payload: str) -> tuple[Code, ...]:
    zalo = next(filter(None, (program.link(platform, payload) for platform in ZALO)), "")
    telegram = program.link("telegram", payload)
    paste = _("Press “Open Zalo”, paste the line, send.") if program.config.public_url else _("Send the name of this office.")
    codes = (Code("Zalo", zalo, paste), Code("Telegram", telegram, _("Press “Start”.")))
    return tuple(code for code in codes if code.link)
