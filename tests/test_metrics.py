"""Who may read the metrics, and that they say how much waits."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.usecases.ports import Counts
from bot.web.server import web_app


async def count() -> Counts:
    return Counts(inbox_waiting=1, outbox_waiting=2, dead_letters=3, cases_open=5, cases_overdue=4)


async def ready() -> bool:
    return True


async def asked(token: str, headers: dict[str, str]) -> tuple[int, str]:
    # The application takes no message here, so it needs no App.
    async with TestClient(TestServer(web_app(None, ready, count, metrics_token=token))) as client:
        answer = await client.get("/metrics", headers=headers)
        return answer.status, await answer.text()


async def test_the_counts_are_those_of_the_database():
    status, text = await asked("", {})
    assert status == 200
    for line in ("inbox_waiting 1.0", "outbox_waiting 2.0", "dead_letters 3.0", "cases_open 5.0", "cases_overdue 4.0"):
        assert f"\nlangnghe_{line}\n" in text


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("", {"Forwarded": "for=203.0.113.7"}, 403),
        ("word", {}, 403),
        ("word", {"Authorization": "Bearer other"}, 403),
        ("word", {"Authorization": "Bearer word"}, 200),
        ("word", {"Authorization": "Bearer word", "X-Forwarded-For": "203.0.113.7"}, 200),
    ],
)
async def test_the_metrics_are_for_this_machine_or_whoever_has_the_token(token, headers, status):
    assert (await asked(token, headers))[0] == status
