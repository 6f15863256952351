"""The commands about timed work: whether it goes on, whether the clock is right, and who is on duty."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial

from bot.app import utc_now
from bot.channels.zalo_tokens import LOGIN
from bot.clockwatch import confirm, rests
from bot.config import Config
from bot.control import Outcome
from bot.domain.deadlines import in_vietnam
from bot.heartbeat import TOO_LONG, last_tick, stands_still
from bot.imports.duty import read_duty
from bot.program import Library, Program
from bot.stopped import is_stopped, sends_until
from bot.usecases.ports import Work
from bot.usecases.ports_timed import Duty


async def health(program: Library, asked: argparse.Namespace) -> Outcome:
    """Say when timed work was last done; exit code 1 where that is over three minutes ago, or somebody has to mend something."""
    last = await program.read(last_tick)
    if last is None:
        return Outcome("Timed work has never run here. Start: python -m bot web (on PostgreSQL also: python -m bot work)", 1)
    at = f"{in_vietnam(last):%d/%m/%Y %H:%M:%S}"
    if stands_still(last, utc_now()):
        minutes = int(TOO_LONG.total_seconds() // 60)
        return Outcome(f"Timed work stands still: last done at {at} (Vietnam), more than {minutes} minutes ago.", 1)
    if await program.read(rests):
        return Outcome("The clock of the server jumped, so reminders rest. Check the time, then run: confirm-clock", 1)
    stopped = await program.read(partial(_stopped, program.config))
    if stopped:
        return Outcome(f"Nothing goes out on {', '.join(stopped)}: the account or token is refused. The log says why.", 1)
    until = await program.read(lambda work: sends_until(work, "zalo_oa")) if program.config.zalo_oa_id else None
    if until is not None:
        day = f"{in_vietnam(until):%d/%m/%Y %H:%M}"
        return Outcome(f"The consent for zalo_oa is lost: nothing goes out on it after {day} (Vietnam). Run: {LOGIN}", 1)
    return Outcome(f"Timed work goes on: last done at {at} (Vietnam).")


async def _stopped(config: Config, work: Work) -> list[str]:
    channels = {"telegram": config.telegram_token, "zalo_oa": config.zalo_oa_id, "zalo_bot": config.zalo_bot_token}
    return [name for name, there in channels.items() if there and await is_stopped(work, name)]


async def confirm_clock(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    """Let reminders and escalations go on after the clock jumped."""
    if await program.app.run(confirm):
        return Outcome("Reminders and escalations go on. What has fallen due meanwhile is said now, each once.")
    return Outcome("Nothing rests: the clock was not seen to jump.")


async def import_duty(program: Program, asked: argparse.Namespace, files: Mapping[str, bytes]) -> Outcome:
    """Keep a duty roster from a sheet; of each of its offices it replaces what begins within its span."""
    staff = [one for one, acts in await program.read(lambda work: work.staff.all()) if acts]
    read = read_duty(files[asked.file], asked.file, {unit.code: unit for unit in program.tree.all()}, staff)
    if read.problems:
        sentences = [problem.sentence() for problem in read.problems]
        return Outcome("\n".join([*sentences, f"Nothing was changed: {len(sentences)} problems in {asked.file}."]), 1)
    duties = [Duty(one.unit, one.staff, one.from_at, one.to_at) for one in read.duties]
    counted = f"{len(duties)} duties of {len({one.unit for one in duties})} offices"
    if asked.dry_run:
        return Outcome(f"{counted} would be kept, if this were not a dry run.")

    async def step(work: Work) -> int:
        return await work.duties.put(duties)

    replaced = await program.app.run(step)
    return Outcome(f"{counted} are kept" + (f", in place of {replaced} before." if replaced else "."))
