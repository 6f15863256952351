"""The Zalo Official Account of an installation: its channel, its routes, and keeping its tokens fresh."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import structlog
from aiohttp import web
from prometheus_client import Counter, Gauge

from bot import observe
from bot.catalogue import Catalogue
from bot.channels.zalo_bot import FOR_A_PERSON
from bot.channels.zalo_http import ZaloHttp
from bot.channels.zalo_oa import Access, Hosts, Template, Watch, ZaloOaChannel
from bot.channels.zalo_oauth import OAuth
from bot.channels.zalo_tokens import Tokens
from bot.config import Config
from bot.dialogue.values import LaidFile, Who
from bot.domain.cases import KnownAs
from bot.domain.refs import parse_code
from bot.program import Program
from bot.text import _
from bot.usecases import ports
from bot.web.shared_files import SHARED_PATH, SharedFiles, shared_file
from bot.web.zalo import ZaloHook, ZaloKeys, routes
from bot.zalo_grants import Consent, DatabaseVault, grants
from storage.seal import lookup

log = structlog.get_logger()

LANGUAGE = "vi"  # Zalo says nothing of a reader's language.
REFRESH_SECONDS = 25.0
BUTTONS_REFUSED = "zalo_oa_buttons_refused"

_EVENTS = Counter("langnghe_zalo_events", "Events of the Official Account, by sort.", ["sort"], registry=observe.REGISTRY)
# `billed` costs money, `template` too; the other words are Zalo's names of what a message was taken from.
_SENT = Counter(
    "langnghe_zalo_sent", "Messages of the Official Account, by what they cost.", ["quota"], registry=observe.REGISTRY
)
_LIMIT = Gauge("langnghe_zalo_calls_allowed", "Calls to Zalo that are allowed in a minute.", registry=observe.REGISTRY)
_LEFT = Gauge("langnghe_zalo_calls_left", "Calls to Zalo that are left in this minute.", registry=observe.REGISTRY)
_TEMPLATES_LEFT = Gauge(
    "langnghe_zalo_templates_left",
    "Template messages left of the quota that the last one was taken from.",
    registry=observe.REGISTRY,
)
_QUOTAS = frozenset(["reply", "welcome_msg", "sub_quota", "purchase_quota", "reward_quota", "billed", "template"])


class Counted(Watch):
    """Counts for Prometheus."""

    def event(self, sort: str) -> None:
        """Count an event."""
        _EVENTS.labels(sort).inc()

    def sent(self, how: str) -> None:
        """Count a message; a name that we do not know as `other`."""
        _SENT.labels(how if how in _QUOTAS else "other").inc()

    def limits(self, limit: int, remain: int) -> None:
        """Note what is left of this minute."""
        _LIMIT.set(limit)
        _LEFT.set(remain)

    def templates_left(self, left: int) -> None:
        """Note what is left of a quota."""
        _TEMPLATES_LEFT.set(left)


def zalo_oa_channel(config: Config, program: Program) -> ZaloOaChannel | None:
    """Return the channel, None where there is no account."""
    if not config.zalo_oa_id:
        return None
    watch = Counted()
    http = ZaloHttp(limits=watch.limits)
    said = Catalogue().translator(LANGUAGE)
    shared = _shared(program)

    async def file(name: str) -> bytes:
        return await asyncio.to_thread(program.files.get, name)

    def elsewhere(laid: LaidFile) -> str:
        address = shared.address(laid, FOR_A_PERSON)
        if not address:
            return said(_("There is a file for you that this chat cannot carry. Please ask the office for it."))
        return said(_("There is a file for you. Fetch it within three days, the address is for you alone:")) + f"\n{address}"

    async def last_seen(who: Who) -> datetime | None:
        return await program.read(lambda work: grants(work, config.zalo_oa_id).last_seen(who))

    async def buttons_refused() -> None:
        await program.app.run(lambda work: work.remember(BUTTONS_REFUSED, config.zalo_oa_buttons))

    template = None
    if config.zalo_oa_template:
        template = Template(config.zalo_oa_template, config.zalo_oa_template_field, partial(_phone_of, program))
    return ZaloOaChannel(
        config.zalo_oa_id,
        Tokens(
            DatabaseVault(program, config.zalo_oa_id),
            OAuth(http, config.zalo_app_id, config.zalo_app_secret, config.zalo_oauth_url),
            program.clock,
        ),
        http,
        config.zalo_app_secret,
        Hosts(config.zalo_api_url, config.zalo_zbs_url, config.zalo_file_hosts),
        clock=program.clock,
        files=file,
        elsewhere=elsewhere,
        watch=watch,
        picture=config.zalo_oa_picture,
        template=template,
        last_seen=last_seen,
        buttons=config.zalo_oa_buttons,
        buttons_refused=buttons_refused,
    )


def zalo_oa_routes(program: Program) -> Sequence[web.RouteDef]:
    """Return what the web server answers for the Official Account; the address of files is the Zalo bot's where there is one."""
    config = program.config
    if not config.zalo_oa_id:
        return ()
    keys = ZaloKeys(config.zalo_app_id, config.zalo_oa_id, config.zalo_oa_secret)
    found = routes(ZaloHook(program.app, keys), partial(_finish, program), config.zalo_site_verification)
    if not config.zalo_bot_token:
        found.append(web.get(SHARED_PATH, shared_file(_shared(program), program.files.get)))
    return found


@asynccontextmanager
async def keeping_zalo_tokens(program: Program) -> AsyncIterator[None]:
    """Refresh the tokens at half of their life, wherever messages are sent from."""
    channel = program.app.channels.get("zalo_oa")
    if not isinstance(channel, ZaloOaChannel):
        yield
        return
    if await program.app.run(lambda work: work.recall(BUTTONS_REFUSED)) == program.config.zalo_oa_buttons:
        channel.leave_buttons_out()
    stopping = asyncio.Event()
    task = asyncio.create_task(_keep_fresh(channel.access, stopping), name="zalo tokens")
    try:
        yield
    finally:
        # A refresh that is out must come back: what it brings cannot be had again.
        stopping.set()
        await asyncio.wait([task], timeout=REFRESH_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_fresh(access: Access, stopping: asyncio.Event) -> None:
    while isinstance(access, Tokens) and not stopping.is_set():
        seconds = await access.keep_fresh()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)


async def _finish(program: Program, code: str, oa_id: str, state: str) -> str:
    return await Consent(program).finish(code, oa_id, state)


async def _phone_of(program: Program, who: Who, written: str) -> str:
    """Return the number with which somebody sent the case, as Zalo writes it, 84...; "" unless he is known to the office by name.

    It goes to Zalo, for the delivery of a notice to himself and nobody else.
    """

    async def step(work: ports.Work) -> str:
        case = await work.cases.by_code(parse_code(written) or "")
        if case is None or case.known_as is not KnownAs.NAMED:
            return ""
        sender = await work.reporters.of(case.id)
        person = await grants(work, program.config.zalo_oa_id).person_of(who)
        return sender.phone if sender is not None and person is not None and sender.person == person else ""

    digits = "".join(c for c in await program.read(step) if c.isdecimal())
    return "84" + digits[1:] if digits.startswith("0") else digits if digits.startswith("84") else ""


def _shared(program: Program) -> SharedFiles:
    return SharedFiles(program.config.public_url, lambda text: lookup(program.lookup_key, "shared file", text), program.clock)
