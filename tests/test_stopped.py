"""A channel whose account or token is refused: the admins hear it once, on another channel, and nothing is lost meanwhile."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import observe
from bot.channels.base import Outcome, SendFailed
from bot.dialogue.values import Layout, Who
from bot.domain.people import Role
from bot.heartbeat import keep_tick
from bot.outbox import Delivery
from bot.program import Program
from bot.serving import _counts
from bot.stopped import is_stopped, note_consent, note_lost, note_stop, sends_until
from bot.timed_commands import health
from bot.usecases.ports import Outgoing, Work
from bot.usecases.staffing import invite, redeem
from tests.test_delivery import Wire
from tests.town import config_for

ADMIN_ONE, ADMIN_OTHER, CITIZEN = Who("telegram", "1", "7"), Who("zalo_oa", "1", "8"), Who("zalo_oa", "1", "9")


class Office:
    """A program with two channels, an admin who has used both, one who has only the one that fails, and a citizen there."""

    def __init__(self, program: Program, wires: dict[str, Wire], clock: list[datetime]) -> None:
        self.program, self.wires, self.clock = program, wires, clock
        self.delivery = Delivery(program.app, lambda: 0.0)

    async def admin(self, who: Who, name: str) -> None:
        async def step(work: Work) -> None:
            person = (await work.people.known(who, work.now, "vi")).person
            code = await invite(work, Role.ADMIN, "20", name, "", work.now)
            await redeem(work, person, code, work.now)

        await self.program.app.run(step)

    async def tells_the_citizen(self, words: str) -> None:
        async def step(work: Work) -> None:
            known = await work.people.known(CITIZEN, work.now, "vi")
            await work.outbox.add([Outgoing(known.contact, "zalo_oa", Layout(words), "notice", must_arrive=True)], work.now)

        await self.program.app.run(step)

    async def passes(self, **span: float) -> None:
        self.clock[0] += timedelta(**span)
        await self.delivery.drain()

    def refuse(self, times: int = 1) -> None:
        self.wires["zalo_oa"].failures += [
            SendFailed(Outcome.STOPPED, "error -204", whole_channel=True, remedy="mend-it") for _time in range(times)
        ]


@pytest.fixture
async def office(town_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    shutil.copy(town_template, tmp_path / "town.db")
    clock = [datetime(2026, 11, 25, 2, 0, tzinfo=UTC)]
    wires = {name: Wire() for name in ("telegram", "zalo_oa")}
    for name, wire in wires.items():
        wire.name = name
    async with Program.opened(config_for(tmp_path / "town.db"), lambda: clock[0], lambda program: wires) as program:
        office = Office(program, wires, clock)
        await office.admin(ADMIN_ONE, "Bình")
        await office.admin(ADMIN_OTHER, "Chi")
        yield office


async def lost(work: Work, until: datetime) -> None:
    await note_lost(work, "zalo_oa", "-14014 Invalid refresh token", "mend-it", until)


def told(office: Office) -> list[str]:
    return [words for chat, words in office.wires["telegram"].arrived if chat == ADMIN_ONE.chat]


async def test_a_refused_account_is_told_once_within_a_minute_on_another_channel(office: Office):
    office.refuse(times=5)
    await office.tells_the_citizen("Có câu trả lời.")
    await office.delivery.drain()
    assert len(told(office)) == 1
    assert "zalo_oa" in told(office)[0] and "mend-it" in told(office)[0]
    for _hour in range(5):
        await office.passes(hours=1)
    assert len(told(office)) == 1
    assert office.wires["zalo_oa"].arrived == [(CITIZEN.chat, "Có câu trả lời.")]  # Nothing is lost, and nobody is told there.


async def test_it_ends_with_the_next_message_and_a_later_refusal_is_told_again(office: Office):
    office.refuse()
    await office.tells_the_citizen("một")
    await office.delivery.drain()
    assert await office.program.read(lambda work: is_stopped(work, "zalo_oa"))
    await office.passes(minutes=2)
    assert not await office.program.read(lambda work: is_stopped(work, "zalo_oa"))
    office.refuse()
    await office.tells_the_citizen("hai")
    await office.passes(hours=2)
    assert len(told(office)) == 2


async def test_what_another_process_or_a_start_before_has_noted_ends_as_well(office: Office):
    await office.program.app.run(lambda work: note_stop(work, "zalo_oa", "lost"))
    again = Delivery(office.program.app, lambda: 0.0)
    await office.tells_the_citizen("một")
    again._stopped = await office.program.app.run(again._noted_as_stopped)
    await again.drain()
    assert not await office.program.read(lambda work: is_stopped(work, "zalo_oa"))


async def test_a_lost_consent_is_told_at_once_and_no_message_that_still_goes_out_ends_it(office: Office):
    until = office.clock[0] + timedelta(hours=12)
    await office.tells_the_citizen("một")
    await office.program.app.run(lambda work: lost(work, until))
    again = Delivery(office.program.app, lambda: 0.0)  # As after a restart.
    again._stopped = await office.program.app.run(again._noted_as_stopped)
    await again.drain()
    assert office.wires["zalo_oa"].arrived[0] == (CITIZEN.chat, "một")
    assert await office.program.read(lambda work: sends_until(work, "zalo_oa")) == until
    assert len(told(office)) == 1 and "21:00 25/11/2026" in told(office)[0] and "mend-it" in told(office)[0]
    assert any("mend-it" in words for chat, words in office.wires["zalo_oa"].arrived if chat == ADMIN_OTHER.chat)
    office.refuse()
    await office.tells_the_citizen("hai")
    await office.passes(hours=13)
    assert len(told(office)) == 2  # Now nothing goes out any more.
    await office.program.app.run(lambda work: note_consent(work, "zalo_oa"))
    assert await office.program.read(lambda work: sends_until(work, "zalo_oa")) is None
    assert not await office.program.read(lambda work: is_stopped(work, "zalo_oa"))


async def test_no_message_is_given_up_because_the_whole_channel_has_to_wait_for_long(office: Office):
    office.wires["zalo_oa"].failures += [SendFailed(Outcome.RETRY, "no token yet", whole_channel=True) for _try in range(40)]
    await office.tells_the_citizen("Có câu trả lời.")
    for _hour in range(50):
        await office.passes(hours=1)
    assert office.wires["zalo_oa"].arrived == [(CITIZEN.chat, "Có câu trả lời.")]


async def test_metrics_and_health_say_it(office: Office):
    config = office.program.config
    object.__setattr__(config, "zalo_oa_id", "1")
    await office.program.app.run(lambda work: keep_tick(work, datetime.now(UTC)))
    assert (await health(office.program, argparse.Namespace())).code == 0
    await office.program.app.run(lambda work: note_stop(work, "zalo_oa", "lost"))
    said = await health(office.program, argparse.Namespace())
    assert said.code == 1 and "zalo_oa" in said.text
    await office.program.read(lambda work: _counts(office.program, work))
    text = observe.render_metrics().decode()
    assert 'langnghe_channel_stopped{platform="zalo_oa"} 1.0' in text
    assert 'langnghe_channel_stopped{platform="telegram"} 0.0' in text


async def test_metrics_and_health_say_that_a_consent_is_needed_while_messages_still_go_out(office: Office):
    object.__setattr__(office.program.config, "zalo_oa_id", "1")
    await office.program.app.run(lambda work: keep_tick(work, datetime.now(UTC)))
    await office.program.app.run(lambda work: lost(work, office.clock[0] + timedelta(hours=12)))
    said = await health(office.program, argparse.Namespace())
    assert said.code == 1 and "25/11/2026 21:00" in said.text and "zalo-login" in said.text
    await office.program.read(lambda work: _counts(office.program, work))
    assert 'langnghe_channel_stopped{platform="zalo_oa"} 1.0' in observe.render_metrics().decode()
    await office.program.app.run(lambda work: note_consent(work, "zalo_oa"))
    assert (await health(office.program, argparse.Namespace())).code == 0
