"""The commands of the people who run the program, beside `web`, `work`, `migrate` and `demo`.

Words typed into a shell are English; what a citizen or an officer reads stands in the catalogues.
"""

from __future__ import annotations

import argparse
import html
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import segno

from bot.calendar_commands import due, import_holidays
from bot.catalogue import Catalogue
from bot.config import Config
from bot.control import Outcome
from bot.domain.deadlines import in_vietnam, local_day
from bot.domain.refusal import Refusal
from bot.domain.units import LegacyUnit
from bot.imports.provinces import all_units, legacy_units, province_units
from bot.imports.staff import ROLE_NAMES, NewStaff, read_staff
from bot.imports.units import read_units
from bot.poster_commands import ZALO, add_posters, posters
from bot.program import Library, NotReady, Program
from bot.report_commands import report
from bot.rule_commands import rules, set_rule
from bot.text import _
from bot.timed_commands import confirm_clock, health, import_duty
from bot.usecases.ports import LastAdmin, Work
from bot.usecases.searching import fill, fill_anew
from bot.usecases.staffing import HOURS, invite
from bot.zalo_grants import zalo_login
from handlers.links import counter_payload, invitation_payload
from handlers.reports import REPORTS

DEMO_PORT = 8000


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    top = argparse.ArgumentParser(prog="langnghe", description="Lắng Nghe: citizens' feedback by chat, answered in time.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="a made-up town on one page: three phones and a clock to push, on this machine only")
    demo.add_argument("--port", type=int, default=DEMO_PORT, help=f"where the page is, on 127.0.0.1 (default {DEMO_PORT})")
    demo.add_argument("--file", default="demo.db", help="the demo's own SQLite file, made anew at every start (default demo.db)")

    commands.add_parser("web", help="take messages, and on SQLite do everything else too")
    commands.add_parser("work", help="on PostgreSQL: send messages and do timed work")
    commands.add_parser("migrate", help="make or update the database and load the rules; safe to repeat")

    units = commands.add_parser("import-units", help="build the offices of a province, or add and change offices from a file")
    units.add_argument("file", nargs="?", help="a CSV or XLSX file")
    units.add_argument("--province", help="a province by name or code: its offices, communes and their inner offices")
    units.add_argument("--all", action="store_true", help="all of Vietnam")
    units.add_argument("--dry-run", action="store_true", help="say what would change and change nothing")

    holidays = commands.add_parser("import-holidays", help="change the calendar from a file, and move the dates of open cases")
    holidays.add_argument("file", nargs="?", help="a CSV or XLSX file of days off, working Saturdays, closures or office hours")
    holidays.add_argument("--undo", action="store_true", help="bring back the rows that the last change replaced")
    holidays.add_argument("--list", help="write every date that moves to this CSV file")
    holidays.add_argument("--dry-run", action="store_true", help="say what would change and change nothing")

    find = commands.add_parser("find-unit", help="find offices by any part of any name: code, name, parent, tab-separated")
    find.add_argument("text", nargs="+")
    find.add_argument("--limit", type=int, default=5)

    invite = commands.add_parser("invite", help="invite one member of staff; prints the link, good once")
    invite.add_argument("--role", required=True, choices=sorted(ROLE_NAMES))
    invite.add_argument("--unit", required=True, help="code of the office")
    invite.add_argument("--name", default="", help="name as citizens may read it")
    invite.add_argument("--badge", default="", help="badge number")
    invite.add_argument("--hours", type=int, default=72, help="how long the invitation is good (default 72)")

    staff = commands.add_parser("import-staff", help="invite many from a CSV or XLSX file")
    staff.add_argument("file")
    staff.add_argument("--sheet", help="write a printable sheet of invitations to this HTML file")
    staff.add_argument("--dry-run", action="store_true", help="say what would be done and do nothing")

    duty = commands.add_parser("import-duty", help="keep a duty roster from a CSV or XLSX file: whom urgent cases reach at night")
    duty.add_argument("file")
    duty.add_argument("--dry-run", action="store_true", help="say what would be kept and keep nothing")

    table = commands.add_parser("rules", help="list a table of the rules as it is in force here, such as policies")
    table.add_argument("table")

    change = commands.add_parser("set-rule", help="change a row of the rules for new cases, such as: policies RES_NORMAL value=8")
    change.add_argument("table")
    change.add_argument("key", help="the code of the row")
    change.add_argument("values", nargs="+", metavar="COLUMN=VALUE")

    commands.add_parser("health", help="say when timed work was last done; exit code 1 where somebody has to mend something")
    commands.add_parser("confirm-clock", help="let reminders and escalations go on after the clock of the server jumped")

    roll = commands.add_parser("staff", help="list staff (number, name, roles, whether joined) and pending invitations")
    roll.add_argument("--unit", help="only of this office and those below it")

    revoke = commands.add_parser("revoke", help="end all roles of a member of staff, from the next message on")
    revoke.add_argument("staff", type=int, nargs="?", help="the number from `staff`")
    revoke.add_argument("--invitation", type=int, help="cancel this pending invitation instead, by its number from `staff`")

    date = commands.add_parser("due", help="work out a due date: its last instant, then every day, whether it counts and why")
    date.add_argument("start", help="the instant of the start, such as 2026-11-20T16:00+07:00")
    date.add_argument(
        "term", help="3wd working days, 30d calendar days, 2m months, 8wh working hours, 72h, 5min; 45d! never moves"
    )
    date.add_argument("--unit", help="code of an office, for the days on which it is closed and for its hours")
    date.add_argument(
        "--pause", action="append", default=[], metavar="SINCE/UNTIL", help="a time that does not count; repeatable"
    )
    date.add_argument("--extend", action="append", default=[], metavar="TERM", help="an extension such as 5wd; repeatable")

    commands.add_parser("reindex", help="make the index of words anew, by which staff search cases")

    made = commands.add_parser("report", help="write a report to an XLSX file, or its chart to a PNG file; only reads")
    made.add_argument("name", choices=[each.name for each in REPORTS])
    made.add_argument("--unit", required=True, help="code of the office, counted with all below it")
    made.add_argument("--period", default="month", help="month (from the 15th on), last, quarter, year, 2026-11, 2026-Q4, 2026")
    made.add_argument("-o", "--output", required=True, help="the file to write, .xlsx or .png")

    dead = commands.add_parser(
        "dead-letters", help="list messages that were given up, in and out, or perhaps arrived; or try them again"
    )
    dead.add_argument("--retry", type=int, nargs="*", help="numbers of outgoing messages to try again; without numbers, all")

    zalo = commands.add_parser("zalo-login", help="print the link where the Official Account's admin lets the program in")
    zalo.add_argument("--code", default="", help="the code of the callback, where its page cannot be reached")

    link = commands.add_parser("link", help="print the link of an office's or counter's QR code")
    link.add_argument("--unit", required=True, help="code of the office")
    link.add_argument("--counter", default="", help="number or name of the counter")
    link.add_argument("--svg", help="write the QR code of the first link to this SVG file")

    add_posters(commands)
    return top


def files_named(asked: argparse.Namespace) -> dict[str, bytes] | Outcome:
    """Return the files that a command names, read; or what is wrong with them."""
    name = getattr(asked, "file", None)
    if not name:
        return {}
    try:
        return {name: Path(name).read_bytes()}
    except OSError as error:
        return Outcome(f"{name} cannot be read: {error.strerror}.", 1)


async def run_changing(program: Program, argv: Sequence[str], files: Mapping[str, bytes]) -> Outcome:
    """Do a command that changes data in a program that is open, running or not."""
    asked = parser().parse_args(list(argv))
    try:
        return await CHANGING[asked.command](program, asked, files)
    except Refusal as no:
        return Outcome(program.english(no.text), 1)


async def run_reading(config: Config, asked: argparse.Namespace) -> Outcome:
    """Do a command that only reads; it may run beside `web`, and `due` without any database."""
    try:
        async with Library.opened(config) as program:
            try:
                return await READING[asked.command](program, asked)
            except Refusal as no:
                return Outcome(program.english(no.text), 1)
    except NotReady:
        if asked.command != "due":
            raise
        return await due(None, asked)


# -- offices ------------------------------------------------------------------------------------------------------


async def _import_units(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    if sum((bool(asked.file), bool(asked.province), asked.all)) != 1:
        return Outcome("Say one of: a file, --province NAME, --all.", 2)
    existing = {unit.code: unit for unit in program.tree.all()}
    legacy: Sequence[LegacyUnit] = ()
    if asked.file:
        read = read_units(files[asked.file], asked.file, existing, local_day(program.clock()))
        if read.problems:
            return _problems(asked.file, [problem.sentence() for problem in read.problems])
        added, changed, same = read.added, read.changed, len(read.unchanged)
    else:
        wanted = all_units() if asked.all else province_units(asked.province)
        # What a province has made of its offices since is left alone: a file changes offices, the rules only add them.
        added, changed = tuple(unit for unit in wanted if unit.code not in existing), ()
        same = len(wanted) - len(added)
        legacy = legacy_units("" if asked.all else wanted[0].province)
    counted = f"{len(added)} offices added, {len(changed)} changed, {same} left as they are"
    if asked.dry_run:
        return Outcome(f"{counted}, if this were not a dry run.")
    await program.save_units((*added, *changed), legacy)
    if changed:  # Who may search a case follows from the tree; timed work goes through the cases again.
        await program.app.run(fill_anew)
    return Outcome(f"{counted}.")


async def _reindex(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    """Make the index of words anew, in slices; if this process ends, timed work goes on from there."""
    await program.app.run(fill_anew)
    count = 0
    while done := await program.app.run(fill):
        count += done
    return Outcome(f"{count} cases can be found by their words.")


def _problems(name: str, sentences: Sequence[str]) -> Outcome:
    """Return what is wrong with a file, line by line; all or nothing, so nothing was done."""
    return Outcome("\n".join([*sentences, f"Nothing was changed: {len(sentences)} problems in {name}."]), 1)


async def _find_unit(program: Library, asked: argparse.Namespace) -> Outcome:
    found = program.tree.search(" ".join(asked.text), limit=asked.limit)
    if not found:
        return Outcome("No office was found by that name.", 1)
    lines = []
    for each in found:
        successor = f"\tsuccessor of {each.successor_of}" if each.successor_of else ""
        lines.append(f"{each.unit.code}\t{each.unit.name}\t{each.parent_name}{successor}")
    return Outcome("\n".join(lines))


# -- staff --------------------------------------------------------------------------------------------------------


async def _invite(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    unit = program.tree.get(asked.unit)
    if unit is None:
        return Outcome(f"There is no office with the code {asked.unit!r}. Find it with: find-unit NAME", 1)
    role = ROLE_NAMES[asked.role]
    now = program.clock()
    code = await program.app.run(lambda work: invite(work, role, unit.code, asked.name, asked.badge, work.now, asked.hours))
    until = in_vietnam(now).strftime("%d/%m/%Y %H:%M")
    lines = [f"Invitation for one {asked.role} of {unit.name}, good once, for {asked.hours} hours from {until} (Vietnam):"]
    links = program.invitation_links(invitation_payload(code))
    lines += [f"{messenger}: {link}" for messenger, link in links.items()]
    if not links:
        lines.append(
            "There is no link yet: the name of the Telegram bot is known once `web` has run with its token, "
            "and that of Zalo by ZALO_OA_ID or ZALO_BOT_LINK."
        )
    lines.append(f"Or send this to the bot, in any of its chats: /start {invitation_payload(code)}")
    return Outcome("\n".join(lines))


async def _import_staff(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    read = read_staff(files[asked.file], asked.file, {unit.code: unit for unit in program.tree.all()})
    if read.problems:
        return _problems(asked.file, [problem.sentence() for problem in read.problems])
    if asked.dry_run:
        return Outcome(f"{len(read.people)} people would be invited.")

    async def step(work: Work) -> list[tuple[NewStaff, str]]:
        known = {(one.name, one.badge, one.role, one.unit) for one in await work.staff.pending(work.now)}
        for member, active in await work.staff.all():
            known |= {(member.name, member.badge, a.role, a.unit) for a in member.appointments if active}
        new = [one for one in read.people if (one.name, one.badge, one.role, one.unit) not in known]
        return [(one, await invite(work, one.role, one.unit, one.name, one.badge, work.now)) for one in new]

    invited = await program.app.run(step)
    rows = []
    named = program.rules.rows("roles")
    for each, code in invited:
        unit = program.tree.get(each.unit)
        payload = invitation_payload(code)
        rows.append(
            (
                each.name,
                f"{named[each.role.value]['vi']} / {named[each.role.value]['en']}",
                unit.name if unit else each.unit,
                f"/start {payload}",
                program.invitation_links(payload),
            )
        )
    how = _("{agency}: scan the code of the app you use, or send the last line to the bot. Good once, until {until}.")(
        agency=program.config.agency_name, until=program.clock() + timedelta(hours=HOURS)
    )
    catalogue = Catalogue()
    said = [catalogue.translator(language)(how) for language in ("vi", "en") if language in catalogue.languages()]
    sheet = {asked.sheet: _sheet(rows, said)} if asked.sheet else {}
    told = [f"{len(rows)} people are invited, each link is good once, for 72 hours."]
    if same := len(read.people) - len(invited):
        told.append(f"{same} have joined or are invited already and are left alone.")
    lines = ["\t".join((*words, *links.values())) for *words, links in rows]
    told += [f"The sheet to print is {asked.sheet}."] if asked.sheet else lines
    return Outcome("\n".join(told), 0, sheet)


def _sheet(rows: Sequence[tuple[str, str, str, str, Mapping[str, str]]], said: Sequence[str]) -> bytes:
    """Return a page to print and cut: one invitation a box, with a QR code for each of our chats; `said` in each."""
    boxes = []
    for name, role, unit, typed, links in rows:
        codes = "".join(f'<div class="qr">{_svg(link)}<p>{html.escape(where)}</p></div>' for where, link in links.items())
        words = "".join(f"<p>{html.escape(line)}</p>" for line in (name, role, unit, *said, typed) if line)
        boxes.append(f"<section>{codes}<div>{words}</div></section>")
    style = (
        "body{font:11pt sans-serif}section{display:flex;gap:1em;border:1px dashed #888;padding:1em;margin:0 0 1em;"
        "break-inside:avoid;overflow-wrap:anywhere}.qr{text-align:center}.qr svg{width:3.2cm;height:3.2cm}p{margin:0 0 .3em}"
    )
    head = f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>Lắng Nghe</title><style>{style}</style>'
    return f"{head}{''.join(boxes)}</html>".encode()


async def _staff(program: Library, asked: argparse.Namespace) -> Outcome:
    if asked.unit and program.tree.get(asked.unit) is None:
        return Outcome(f"There is no office with the code {asked.unit!r}. Find it with: find-unit NAME", 1)
    lines = []
    for member, active in await program.read(lambda work: work.staff.all(asked.unit)):
        roles = ", ".join(f"{a.role.value} of {a.unit}" for a in member.appointments) or "no role"
        lines.append(f"{member.id}\t{member.name}\t{member.badge}\t{roles}\t{'joined' if active else 'cannot act'}")
    for sent in await program.read(lambda work: work.staff.pending(work.now)):
        if asked.unit in (None, sent.unit):
            until = f"invited until {in_vietnam(sent.expires_at):%d/%m/%Y %H:%M}"
            lines.append(f"invitation {sent.id}\t{sent.name}\t{sent.badge}\t{sent.role.value} of {sent.unit}\t{until}")
    return Outcome("\n".join(lines) or "Nobody has joined yet. Invite the first admin with: invite --role admin --unit CODE")


async def _revoke(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    if (asked.staff is None) == (asked.invitation is None):
        return Outcome("Say one of: a number of `staff`, --invitation NUMBER.", 2)
    if asked.invitation is not None:
        if await program.app.run(lambda work: work.staff.cancel_invitation(asked.invitation, work.now)):
            return Outcome(f"Invitation {asked.invitation} is not good any more.")
        return Outcome(f"There is no pending invitation {asked.invitation}. See them with: staff", 1)

    async def step(work: Work) -> str | None:
        member = await work.staff.by_id(asked.staff)
        if member is None:
            return None
        await work.staff.revoke(member.id, work.now)
        return member.name

    try:
        name = await program.app.run(step)
    except LastAdmin:
        return Outcome("That is the last admin. Invite another one first.", 1)
    if name is None:
        return Outcome(f"There is no member of staff with the number {asked.staff}. See them with: staff", 1)
    return Outcome(f"{name} has no role any more, from the next message on.")


# -- messages, links ----------------------------------------------------------------------------------------------


async def _dead_letters(program: Library, asked: argparse.Namespace) -> Outcome:
    async def step(work: Work) -> list[str]:
        lines = []
        for row, platform, kind, why, at in await work.outbox.dead_letters(200):
            lines.append(f"{row}\tout\t{platform}\t{kind}\t{why}\t{in_vietnam(at):%d/%m/%Y %H:%M}")
        for row, platform, why, at in await work.inbox.dead_letters(200):
            lines.append(f"{row}\tin\t{platform}\tupdate\t{why}\t{in_vietnam(at):%d/%m/%Y %H:%M}")
        return lines

    return Outcome("\n".join(await program.read(step)) or "There are no dead letters.")


async def _retry_dead_letters(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:

    async def step(work: Work) -> int:
        rows = asked.retry or [row for row, *_rest in await work.outbox.dead_letters(10_000)]
        return sum([await work.outbox.revive(row, work.now) for row in rows])

    return Outcome(f"{await program.app.run(step)} messages will be tried again.")


async def _link(program: Library, asked: argparse.Namespace) -> Outcome:
    unit = program.tree.get(asked.unit)
    if unit is None:
        return Outcome(f"There is no office with the code {asked.unit!r}. Find it with: find-unit NAME", 1)

    async def step(work: Work) -> str:
        return counter_payload(work.secrets, unit.code, asked.counter)

    payload = await program.read(step)
    links = [link for link in (program.link(platform, payload) for platform in ("telegram", *ZALO)) if link]
    if not links:
        return Outcome(f"The bot's name is not known yet: start `web` once with a token. The payload is {payload}", 1)
    files = {asked.svg: _svg(links[0]).encode()} if asked.svg else {}
    return Outcome("\n".join(links), 0, files)


def _svg(link: str) -> str:
    out = io.BytesIO()
    segno.make(link, error="m").save(out, kind="svg", xmldecl=False, border=2)
    return out.getvalue().decode()


async def _zalo_login(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    return await zalo_login(program, asked.code)


CHANGING: Mapping[str, Callable[[Program, argparse.Namespace, Mapping[str, bytes]], Awaitable[Outcome]]] = {
    "import-units": _import_units,
    "reindex": _reindex,
    "import-holidays": import_holidays,
    "invite": _invite,
    "import-staff": _import_staff,
    "import-duty": import_duty,
    "set-rule": set_rule,
    "confirm-clock": confirm_clock,
    "revoke": _revoke,
    "dead-letters": _retry_dead_letters,
    "zalo-login": _zalo_login,
}

READING: Mapping[str, Callable[[Library, argparse.Namespace], Awaitable[Outcome]]] = {
    "find-unit": _find_unit,
    "staff": _staff,
    "dead-letters": _dead_letters,
    "link": _link,
    "posters": posters,
    "due": due,
    "report": report,
    "rules": rules,
    "health": health,
}
