"""The program put together: updates come in by `receive`, a turn is settled by `settle`, jobs and the outbox run beside.

`build(config)` is the one place where parts are put together. Only this file and `__main__` look at a clock.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot import observe
from bot.catalogue import Catalogue, Translate
from bot.channels.base import Capabilities, Channel
from bot.dialogue.engine import House, take_turn, tick
from bot.dialogue.layout import lay_out
from bot.dialogue.prompts import Prompt
from bot.dialogue.values import Inbound, Layout, Who
from bot.domain.events import NO_CASE, AnswerUndelivered, ChatJoined, ChatParted
from bot.rerouting import best_of, bring_together, leave_behind
from bot.standing_aside import stand_aside, stands_aside
from bot.text import _
from bot.typed import typed
from bot.usecases.ports import Changed, Known, Outgoing, Work
from bot.usecases.ports_chats import Contact
from bot.usecases.searching import keep_found
from bot.writer import R, Step, Writer, WriterStopped
from handlers.by_hand import relay
from handlers.notices import ANSWER, NOTICES
from handlers.turn import Agency, Notice, Turn

log = structlog.get_logger()

RETRY_AFTER = timedelta(seconds=10)
RERUNS = 5
ALBUM_SETTLES = timedelta(seconds=1.5)
# How many steps may wait. A commit takes 100: with more, updates are stored first and worked off later; with many more they are
# refused, so that whatever is taken is answered long before Zalo's two seconds are over (LIMITS P5).
STORE_FIRST_BEHIND = 100
REFUSE_BEHIND = 400


class Overloaded(Exception):
    """Nothing could be stored: the platform must keep the update and bring it again (503)."""


class App:
    """Receives updates, runs turns through the writer, and turns what happened into messages.

    `clock` returns the instant, aware; a demo may push it. `channels` by platform name. `wake_jobs` is set after every commit
    that may have left something to do; the outbox rides along with each.
    """

    def __init__(
        self,
        writer: Writer,
        channels: Mapping[str, Channel],
        house: House[Turn],
        catalogue: Catalogue,
        agency: Agency,
        clock: Callable[[], datetime],
    ) -> None:
        self.writer = writer
        self.channels = channels
        self.house = house
        self.agency = agency
        self.clock = clock
        self.wake_jobs = asyncio.Event()
        self.reader: Callable[[Step[Any]], Awaitable[Any]] | None = None
        self._translators = {language: catalogue.translator(language) for language in catalogue.languages()}
        self._behind: set[Who] = set()
        self._courtesies: set[asyncio.Task[None]] = set()

    @property
    def overloaded(self) -> bool:
        """Whether so much waits that nothing more is taken."""
        return self.writer.waiting > REFUSE_BEHIND

    # -- coming in ------------------------------------------------------------------------------------------------

    async def receive(self, platform: str, payload: Any, raw: bytes) -> None:
        """Store and work off one update of a platform; returns after the commit.

        An update that cannot be read becomes a dead letter, one whose turn raises is kept to be tried again: both are stored, so
        both return. Raises `Overloaded` when nothing could be stored.
        """
        if self.overloaded:
            raise Overloaded
        try:
            inbound = self.channels[platform].read(payload)
        except Exception as error:  # Whatever a payload does to its reader, it must not stop the others (A5).
            await self._keep_unreadable(platform, payload, raw, error)
            return
        if inbound is None:
            self._aside(self.channels[platform].courtesy(payload))
            return
        with observe.TURN_SECONDS.time():
            try:
                if inbound.who in self._behind or self.writer.waiting > STORE_FIRST_BEHIND:
                    self._behind.add(inbound.who)
                    await self.writer.run(lambda work: work.inbox.claim(inbound, raw, work.now, "waiting"))
                    self.wake_jobs.set()
                else:
                    await self._run_turn(inbound, raw)
            except Exception as error:
                observe.TURNS.labels(platform, "refused").inc()
                if not isinstance(error, WriterStopped):
                    log.error("an update could not be stored", platform=platform, exc_info=error)
                raise Overloaded from error
        observe.TURNS.labels(platform, "done").inc()
        observe.LAST_UPDATE_AT.labels(platform).set_to_current_time()
        if inbound.press_id is not None:
            self._aside(self.channels[platform].acknowledge(inbound))

    def _aside(self, courtesy: Coroutine[Any, Any, None]) -> None:
        """Let a courtesy to the client run by itself: a slow provider must not hold the 200 (M6)."""
        task = asyncio.create_task(courtesy)
        self._courtesies.add(task)
        task.add_done_callback(self._courtesies.discard)

    async def finish_courtesies(self) -> None:
        """Wait a moment for the courtesies under way, before the clients close."""
        if self._courtesies:
            _done, late = await asyncio.wait(self._courtesies, timeout=1.0)
            for task in late:
                task.cancel()

    async def _run_turn(self, inbound: Inbound, raw: bytes, row: int | None = None) -> None:
        """Run the turn of one update until nobody changed what it had read."""
        for _attempt in range(RERUNS):
            try:
                return await self.writer.run(
                    lambda work: self._turn(work, inbound, raw, row),
                    lambda work, error: self._rescue(work, inbound, raw, error),
                )
            except Changed:
                continue
        await self.writer.run(lambda work: self._rescue(work, inbound, raw, RuntimeError("changed again and again")))

    async def _turn(self, work: Work, inbound: Inbound, raw: bytes, row: int | None) -> None:
        """One turn: claim, understand, change, answer. Done wholly or not at all."""
        now = work.now
        if row is None:
            if not await work.inbox.claim(inbound, raw, now):
                return
        else:
            await work.inbox.mark(row, "done")
        if inbound.reachable is not None:
            contact = await work.people.set_reachable(inbound.who, inbound.reachable, now, inbound.at)
            if contact is not None:
                await bring_together(self, work, contact)
            return
        known = await work.people.known(inbound.who, now, self._language(inbound.language), not inbound.by_agent)
        if inbound.by_agent:
            stand_aside(known.session, inbound.at, now)
            if not await work.sessions.save(inbound.who, known.session, now):
                raise Changed
            return
        if not known.reachable:
            await work.people.set_reachable(inbound.who, True, now)
            await bring_together(self, work, known.contact)
        if stands_aside(known.session, inbound, self.house, now):
            return
        turn = self._turn_of(work, inbound.who, known, now)
        prompts = await take_turn(turn, known.session, inbound, self.house)
        await self._close(turn, prompts)

    async def _tick(self, work: Work, who: Who) -> None:
        """Say once how many files of an album have come, and ask on."""
        now = work.now
        known = await work.people.known(who, now, "vi")
        turn = self._turn_of(work, who, known, now)
        files = await work.files.of_draft(who, known.session.draft) if known.session.draft else []
        readable = sum(file.state != "failed" for file in files)
        await self._close(turn, await tick(turn, known.session, self.house, readable))

    def _turn_of(self, work: Work, who: Who, known: Known, now: datetime) -> Turn:
        return Turn(work, who, known.person, known.staff, known.contact, known.session, now, self.agency)

    async def _close(self, turn: Turn, prompts: list[Prompt]) -> None:
        """Put the replies and what follows from the events into the outbox, and save where the person stands."""
        person = await turn.work.people.by_id(turn.person.id) if turn.session.notes.pop("relearn", "") else turn.person
        language = person.language if person else turn.language
        if prompts:
            turn.session.labels = [self.translator(language)(button.label) for button in prompts[-1].buttons]
        replies = [
            Outgoing(turn.contact, turn.who.platform, layout, "reply", must_arrive=bool(turn.session.notes.get("receipt")))
            for prompt in prompts
            for layout in self._lay_out(prompt, turn.who.platform, language)
        ]
        turn.session.notes.pop("receipt", None)
        await self.settle(turn.work, turn.now, replies)
        if not await turn.work.sessions.save(turn.who, turn.session, turn.now):
            raise Changed

    async def settle(self, work: Work, now: datetime, replies: list[Outgoing] | None = None) -> None:
        """Write every recorded event as one audit row, and its messages and `replies` into the outbox, in the same SAVEPOINT."""
        outgoing = list(replies or ())
        done = 0
        while done < len(work.recorded):
            told: list[tuple[int, Notice]] = []
            while done < len(work.recorded):
                event = work.recorded[done]
                done += 1
                if isinstance(event, ChatJoined):
                    await bring_together(self, work, event.contact)
                if isinstance(event, ChatParted):
                    await leave_behind(self, work, event)
                word = NOTICES.get(type(event))
                told += [(event.case, notice) for notice in (await word(work, event, now) if word else ())]
            for case, notice in told:
                outgoing += await self._address(work, case, notice)
        if work.recorded:
            await work.write_events(work.recorded, now)
            await keep_found(work, work.recorded)
        if outgoing:
            await work.outbox.add(outgoing, now)

    async def _address(self, work: Work, case: int, notice: Notice) -> list[Outgoing]:
        """Return a notice laid out for its reader's chat and language; nothing when he has none."""
        if notice.chat is not None:
            return self._outgoing(notice.chat, case, notice) if notice.chat.platform in self.channels else []
        person = await self._reader_of(work, case, notice)
        chats = await work.chats.of(person) if person is not None else []
        if person is not None and not chats:  # His chats were connected with those of another person at this very moment.
            person = await self._reader_of(work, case, notice)
            chats = await work.chats.of(person) if person is not None else []
        contact = best_of(self, chats, notice.besides)
        if notice.to is None and person is None and (relayed := await relay(work, case)):
            return [message for one in relayed for message in await self._address(work, case, one)]
        if notice.kind == ANSWER and (contact is None or not contact.reachable):
            work.record(AnswerUndelivered(case))
        if contact is None and chats and self.channels and notice.must_arrive and not notice.besides:
            contact = chats[0]  # On a channel that is not run now: it is kept for him until that is, or he has another chat.
        return self._outgoing(contact, case, notice) if contact is not None else []

    async def _reader_of(self, work: Work, case: int, notice: Notice) -> int | None:
        if notice.to is None:
            reporter = await work.reporters.of(case)
            return reporter.person if reporter else None
        staff = await work.staff.by_id(notice.to)
        return staff.person if staff else None

    def _outgoing(self, contact: Contact, case: int, notice: Notice) -> list[Outgoing]:
        prompt = notice.prompt if self._can(contact.platform).buttons else typed(notice.prompt, self.house)
        layouts = self._lay_out(prompt, contact.platform, contact.language)
        return [
            Outgoing(
                contact.id,
                contact.platform,
                layout,
                notice.kind,
                notice.priority,
                notice.must_arrive,
                case or None,
                f"{notice.once}:{number}" if notice.once else None,
            )
            for number, layout in enumerate(layouts)
        ]

    def _lay_out(self, prompt: Prompt, platform: str, language: str) -> list[Layout]:
        translate = self._translators.get(language) or self._translators["en"]
        return lay_out(prompt, self._can(platform), translate)

    def _can(self, platform: str) -> Capabilities:
        """Return what a channel can; for one that is not run now what another one can, as it may well go out there."""
        return (self.channels.get(platform) or next(iter(self.channels.values()))).can

    def _language(self, hint: str) -> str:
        """Return the language a stranger is first spoken to: his client's if we have it, else Vietnamese."""
        code = hint.split("-")[0].casefold()
        return code if code in self._translators else "vi"

    async def tell(self, work: Work, notices: Iterable[Notice]) -> None:
        """Put notices that follow from no event into the outbox, in the commit of this work."""
        outgoing = [message for notice in notices for message in await self._address(work, NO_CASE, notice)]
        if outgoing:
            await work.outbox.add(outgoing, work.now)

    def translator(self, language: str) -> Translate:
        """Return what turns a sentence into that language, English where it is not offered."""
        return self._translators.get(language) or self._translators["en"]

    async def read(self, step: Step[R]) -> R:
        """Return what a step that only reads returns, without holding up the writer or the loop."""
        assert self.reader is not None
        result: R = await self.reader(step)
        return result

    # -- what went wrong --------------------------------------------------------------------------------------------

    async def _rescue(self, work: Work, inbound: Inbound, raw: bytes, error: Exception) -> None:
        """Keep a turn that raised, in the same commit: its body, an incident number, and an apology the first time."""
        if isinstance(error, Changed):
            raise error
        incident = secrets.token_hex(4)
        now = work.now
        log.error("a turn failed", incident=incident, platform=inbound.who.platform, exc_info=error)
        tries = await work.inbox.failed(inbound, raw, incident, type(error).__name__, now, now + RETRY_AFTER)
        observe.TURNS.labels(inbound.who.platform, "failed").inc()
        if tries == 1:
            self._behind.add(inbound.who)
            known = await work.people.known(inbound.who, now, self._language(inbound.language))
            sorry = Prompt(
                _("We are sorry, something went wrong here (number {incident}). Your message is kept and we are trying again.")(
                    incident=incident
                )
            )
            layouts = self._lay_out(sorry, inbound.who.platform, known.person.language)
            await work.outbox.add([Outgoing(known.contact, inbound.who.platform, lay, "apology") for lay in layouts], now)

    async def _keep_unreadable(self, platform: str, payload: Any, raw: bytes, error: Exception) -> None:
        key = payload.get("update_id") or payload.get("id") if isinstance(payload, dict) else None
        key = str(key) if key is not None else "sha256:" + hashlib.sha256(raw).hexdigest()
        account = self.channels[platform].account
        why = type(error).__name__
        log.error("an update cannot be read", platform=platform, exc_info=error)
        observe.TURNS.labels(platform, "failed").inc()
        try:
            await self.writer.run(lambda work: work.inbox.unreadable(platform, account, key, raw, why, work.now))
        except Exception as second:
            raise Overloaded from second

    async def work_off(self) -> int:
        """Run the turns that were stored first and those that failed and whose time has come, in order; return how many."""
        rows = await self.writer.run(lambda work: work.inbox.unfinished(100, work.now))
        for row, platform, raw in rows:
            channel = self.channels.get(platform)
            inbound = channel.read(json.loads(raw)) if channel else None
            if inbound is None:
                await self.writer.run(partial(_bury, row))
                continue
            await self._run_turn(inbound, raw, row)
        if not rows:
            self._behind.clear()
        return len(rows)

    # -- for jobs, commands and the demo --------------------------------------------------------------------------------

    async def run(self, step: Step[R]) -> R:
        """Run one step that changes something, with its events settled, in the next commit."""

        async def settled(work: Work) -> R:
            result = await step(work)
            await self.settle(work, work.now)
            return result

        result = await self.writer.run(settled)
        self.wake_jobs.set()
        return result

    async def album_settled(self, who: Who) -> None:
        """Say what there is to say after the last file of an album."""
        for _attempt in range(RERUNS):
            try:
                await self.writer.run(lambda work: self._tick(work, who))
            except Changed:
                continue
            break


async def _bury(row: int, work: Work) -> None:
    await work.inbox.mark(row, "dead", "not for us")


def utc_now() -> datetime:
    """Return this instant."""
    return datetime.now(UTC)
