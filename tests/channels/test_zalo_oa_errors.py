"""Zalo's table of errors, row by row: what a message becomes that meets it. Source: Zalo for developers, "Bảng mã lỗi"."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.base import Outcome
from bot.channels.zalo_oa import Template
from bot.channels.zalo_oa_errors import ACCOUNT, TEMPLATE_BY_PHONE, Refused, answer_of, send_failed
from bot.dialogue.values import LaidFile, Layout
from tests.channels.test_zalo_oa_send import NOW, api, chat, clock, failure, lan, made  # noqa: F401 - fixtures
from tests.fakes.zalo_oa import Fault

RETRY, NEVER, BLOCKED, STOPPED = Outcome.RETRY, Outcome.NEVER, Outcome.BLOCKED, Outcome.STOPPED
MINUTE, SIX_HOURS, BY_DAY = timedelta(minutes=1, seconds=5), timedelta(hours=6), timedelta(hours=2)

# The row; what becomes of the message, whether all others wait with it, how many calls are made, and how long it waits at most.
ROWS = [
    ("-32", RETRY, True, 1, MINUTE),
    ("-100", RETRY, False, 1, None),
    ("-200 -214", NEVER, False, 3, None),
    ("-201 -210 -233", NEVER, False, 1, None),
    ("-202 -207 -208 -215", STOPPED, True, 1, timedelta(minutes=10)),
    ("-204 -205 -209 -212 -219 -221 -223 -224 -235 -240 -242", STOPPED, True, 1, timedelta(minutes=10)),
    ("-211", RETRY, False, 1, timedelta(hours=1)),  # What is free goes out meanwhile.
    ("-213 -217 -222 -227 -244", BLOCKED, False, 1, None),
    ("-218", RETRY, False, 1, SIX_HOURS),
    ("-230 -232 -305 -311", BLOCKED, False, 2, None),  # The second call is the template.
    ("-234", RETRY, False, 1, BY_DAY),
    ("-237 -403 -238 -241 -248 -249", NEVER, False, 1, None),
    ("-320 -321", STOPPED, True, 1, timedelta(minutes=10)),
]
RENEWED = "-216 -220 216 401 -401"


@pytest.mark.parametrize(
    ("code", "outcome", "whole", "calls", "wait"), [(int(code), *row[1:]) for row in ROWS for code in row[0].split()]
)
async def test_a_message_that_meets_an_error(api, lan, code, outcome, whole, calls, wait):  # noqa: F811
    api.templates["t1"] = {"ma_ho_so": 30}
    zalo, _watch = made(api, template=Template("t1", "ma_ho_so"))
    api.fail("/message/cs", *[Fault(code)] * 3)
    failed = await failure(zalo.send(chat(lan), Layout("Hồ sơ K7QF-2M4X có câu trả lời.")))
    assert (failed.outcome, failed.whole_channel, len(api.calls), lan.screen) == (outcome, whole, calls, [])
    assert len(api.knocks) == calls - 1 if outcome is BLOCKED else api.knocks == []
    assert (failed.retry_at is None) if wait is None else (NOW < failed.retry_at <= NOW + wait)


@pytest.mark.parametrize("code", [int(code) for code in RENEWED.split()])
async def test_a_refused_token_is_renewed_once(api, lan, code):  # noqa: F811
    zalo, _watch = made(api)
    api.fail("/message/cs", Fault(code))
    await zalo.send(chat(lan), Layout("x"))
    assert (len(lan.screen), zalo.access.renewals, len(api.calls)) == (1, 1, 2)
    api.fail("/message/cs", Fault(code), Fault(code))
    assert (await failure(zalo.send(chat(lan), Layout("x")))).outcome is STOPPED


async def test_an_expired_upload_is_made_anew_with_the_next_try(api, lan):  # noqa: F811
    zalo, _watch = made(api)
    picture = Layout("Ảnh", files=(LaidFile("picture", "a.jpeg", "image/jpeg"),))
    api.fail("/message/cs", Fault(-100))
    assert (await failure(zalo.send(chat(lan), picture))).outcome is RETRY
    await zalo.send(chat(lan), picture)
    assert len(api.uploads) == 2 and len(lan.screen) == 1


async def test_a_number_that_is_in_no_table_ends_this_message_alone(api, lan):  # noqa: F811
    zalo, _watch = made(api)
    api.fail("/message/cs", Fault(-99999))
    failed = await failure(zalo.send(chat(lan), Layout("x")))
    assert (failed.outcome, failed.whole_channel, len(api.calls)) == (NEVER, False, 1)


def test_every_row_is_here():
    listed = [int(code) for row in ROWS for code in row[0].split()] + [int(code) for code in RENEWED.split()]
    assert len(listed) == len(set(listed)) and set(listed) == set(ACCOUNT)


# Template messages by phone, whose host numbers its errors its own way.
BY_PHONE = [
    ("-101 -102 -103 -104 -105 -117 -120 -125 -131 -135 -1351 -136 -137 -1381 -146", STOPPED),
    ("-124 -216 -220", STOPPED),  # After the one renewal.
    ("-115 -126", RETRY),
    ("-108 -114 -118 -139 -140 -141", BLOCKED),
    ("-109 -110 -111 -112 -1121 -1122 -1124 -113 -116 -119 -121 -122 -132 -127", NEVER),
    ("-133 -144 -1441 -147 -1471 -1472 -32", RETRY),
    ("-100", NEVER),  # After the third try.
]


@pytest.mark.parametrize(("code", "outcome"), [(int(code), outcome) for codes, outcome in BY_PHONE for code in codes.split()])
def test_a_template_by_phone_that_meets_an_error(code, outcome):
    with pytest.raises(Refused) as caught:
        answer_of({"error": code, "message": "x"}, TEMPLATE_BY_PHONE)
    assert send_failed(caught.value, NOW).outcome is outcome


def test_every_row_of_the_phone_host_is_here():
    assert {int(code) for codes, _outcome in BY_PHONE for code in codes.split()} == set(TEMPLATE_BY_PHONE)
