"""Who may speak to the webhook of an Official Account, and what he is answered."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Overloaded
from bot.web.zalo import SIGNATURE, ZaloHook, ZaloKeys, authentic

PAYLOADS = Path(__file__).parent / "payloads" / "zalo_oa"
VECTORS = json.loads((PAYLOADS / "signature_vectors.json").read_text("utf-8"))
KEYS = ZaloKeys(VECTORS["app_id"], VECTORS["oa_id"], VECTORS["oa_secret_key"])
NOW = datetime.fromtimestamp(1764750001, UTC)


class FakeApp:
    """Stores what it is given; `trouble` is what happens instead."""

    def __init__(self, trouble=None):
        self.stored = []
        self.trouble = trouble
        self.now = NOW
        self.overloaded = False

    def clock(self):
        return self.now

    async def receive(self, platform, payload, raw):
        if self.trouble is not None:
            await self.trouble()
        self.stored.append((platform, payload, raw))


def signed(event, key=KEYS.oa_secret, app_id=KEYS.app_id):
    raw = json.dumps(event).encode()
    digest = hashlib.sha256(app_id.encode() + raw + str(event.get("timestamp", "")).encode() + key.encode()).hexdigest()
    return raw, {SIGNATURE: f"mac={digest}"}


def event(name="oa_user_send_text", **fields):
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8")) | fields


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
async def test_the_signature_vectors(vector):
    app = FakeApp()
    status = await ZaloHook(app, KEYS).take(vector["raw_body"].encode(), vector["headers"])
    assert (status == 200, bool(app.stored)) == (vector["accept"], vector["accept"]), vector["why"]


def test_without_a_key_nothing_is_authentic():
    raw, headers = signed(event(), key="")
    assert not authentic(raw, headers[SIGNATURE], ZaloKeys(KEYS.app_id, KEYS.account, ""))


def test_a_timestamp_in_somebodys_words_neither_helps_nor_harms():
    raw, headers = signed(event(message={"msg_id": "m", "text": 'he "timestamp":"1" said', "x": {"timestamp": "12"}}))
    assert authentic(raw, headers[SIGNATURE], KEYS)
    assert not authentic(raw.replace(b"said", b"sent"), headers[SIGNATURE], KEYS)


async def test_the_unsigned_probe_is_answered_and_not_processed():
    app = FakeApp()
    assert await ZaloHook(app, KEYS).take((PAYLOADS / "oa_probe_empty.json").read_bytes(), {}) == 200
    assert await ZaloHook(app, KEYS).take(b"", {}) == 200
    # Some probes carry a signature that fits nothing.
    assert await ZaloHook(app, KEYS).take(b"{}", {SIGNATURE: "mac=" + "0" * 64}) == 200
    assert await ZaloHook(app, KEYS).take(b"[]", {}) == 403
    assert app.stored == []


@pytest.mark.parametrize(
    ("changed", "status", "stored"),
    [
        ({}, 200, 1),
        ({"app_id": "1"}, 403, 0),
        # One app has one address for all its accounts; refusing the others' events would turn off ours too.
        ({"recipient": {"id": "1"}}, 200, 0),
        ({"oa_id": "1", "recipient": None}, 200, 0),
        ({"timestamp": "yesterday"}, 403, 0),
        ({"event_name": "something_new"}, 200, 1),
        ({"event_name": "user_withdraw", "user_id": "5", "sender": None, "recipient": None}, 200, 1),
    ],
)
async def test_only_events_of_our_app_and_our_account_are_taken(changed, status, stored):
    app = FakeApp()
    assert await ZaloHook(app, KEYS).take(*signed(event(**changed))) == status
    assert len(app.stored) == stored


@pytest.mark.parametrize(
    ("late", "status", "stored"),
    [
        (timedelta(hours=-2), 503, 0),  # Our clock is slow: Zalo brings it again.
        (timedelta(0), 200, 1),
        (timedelta(hours=1, minutes=50), 200, 1),
        (timedelta(hours=23, minutes=59), 200, 1),
        (timedelta(days=1, minutes=1), 200, 0),
    ],
)
async def test_a_late_retry_is_taken_and_what_was_overheard_long_ago_is_not(late, status, stored):
    app = FakeApp()
    app.now = NOW + late
    assert await ZaloHook(app, KEYS).take(*signed(event())) == status
    assert len(app.stored) == stored


async def test_the_consoles_test_is_answered_whatever_its_date():
    assert await ZaloHook(FakeApp(), KEYS).take(*signed(event("oa_console_test_event"))) == 200


async def test_what_could_not_be_stored_is_503_so_that_zalo_brings_it_again():
    async def overloaded():
        raise Overloaded

    assert await ZaloHook(FakeApp(overloaded), KEYS).take(*signed(event())) == 503


async def test_who_is_overloaded_looks_at_nothing():
    app = FakeApp()
    app.overloaded = True
    assert await ZaloHook(app, KEYS).take(b"no event", {}) == 503
    assert app.stored == []


async def test_what_takes_too_long_is_503_and_is_not_cut_short():
    go_on = asyncio.Event()
    app = FakeApp(go_on.wait)
    assert await ZaloHook(app, KEYS, answer_within=0.0).take(*signed(event())) == 503
    go_on.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(app.stored) == 1
