"""Sending through an Official Account: limits, windows, errors that come with HTTP 200, and what is done about each."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog

from bot.channels.base import FileRefused, Outcome, SendFailed
from bot.channels.zalo_http import may_fetch
from bot.channels.zalo_oa import Template, Watch, ZaloOaChannel
from bot.channels.zalo_oa_errors import (
    ACCOUNT,
    TEMPLATE_BY_PHONE,
    NotSent,
    Refused,
    Unclear,
    Way,
    answer_of,
    at_night,
    send_failed,
)
from bot.channels.zalo_oauth import proof_of
from bot.dialogue.layout import lay_out
from bot.dialogue.prompts import Button, Prompt
from bot.dialogue.values import Attachment, LaidButton, LaidFile, Layout, Who
from bot.text import as_is
from tests.fakes.botapi_users import a_picture
from tests.fakes.zalo_oa import APP_SECRET, GATEWAY, LOST_ANSWER, NO_CONNECTION, OA_ID, FakeZaloOa, Fault, recorded, utc
from tests.fakes.zalo_oa_http import FakeHttp
from tests.fakes.zalo_oa_vault import FakeAccess

NOW = utc(2026, 11, 24, 3)
FILES = {"picture": a_picture(), "paper": b"%PDF-1.4 x %%EOF", "large": b"x" * (5 * 2**20 + 1), "sheet": b"PK"}
YES_NO = ((LaidButton("go:1", "Có"),), (LaidButton("stop:1", "Không"),))


class Heard(Watch):
    """Keeps what it is told."""

    def __init__(self):
        self.ways = []
        self.left = []
        self.templates = []

    def sent(self, how):
        self.ways.append(how)

    def limits(self, limit, remain):
        self.left.append((limit, remain))

    def templates_left(self, left):
        self.templates.append(left)


@pytest.fixture
def clock():
    return [NOW]


@pytest.fixture
def api(clock):
    api = FakeZaloOa(lambda: clock[0])
    api.grant()
    return api


@pytest.fixture
def lan(api):
    lan = api.user("Lan")
    lan.last_interaction = NOW
    return lan


def made(api, app_secret=APP_SECRET, **settings):
    async def files(name):
        if name not in FILES:
            raise FileRefused("gone")
        return FILES[name]

    async def no_sleep(seconds):
        slept.append(seconds)

    slept: list[float] = []
    watch = Heard()
    channel = ZaloOaChannel(
        OA_ID,
        FakeAccess(api),
        FakeHttp(api, limits=watch.limits),
        app_secret,
        clock=api.clock,
        files=files,
        watch=watch,
        sleep=no_sleep,
        **settings,
    )
    return channel, watch


@pytest.fixture
def zalo(api):
    return made(api)[0]


def chat(user):
    return Who("zalo_oa", OA_ID, user.id)


async def failure(sending):
    with pytest.raises(SendFailed) as caught:
        await sending
    return caught.value


async def test_a_text_arrives_and_its_id_comes_back(zalo, lan):
    name = await zalo.send(chat(lan), Layout("Đã ghi nhận phản ánh K7QF-2M4X."))
    assert [(shown.message_id, shown.text) for shown in lan.screen] == [(name, "Đã ghi nhận phản ánh K7QF-2M4X.")]


async def test_decomposed_text_is_composed_before_it_is_sent(zalo, lan):
    await zalo.send(chat(lan), Layout("Đường hư"))
    assert lan.screen[0].text == "Đường hư"


async def test_a_long_prompt_goes_out_in_parts_that_the_account_takes(zalo, lan):
    prompt = Prompt(as_is("Một câu dài. " * 400), (Button("a:", as_is("Có")), Button("b:", as_is("Không"))))
    layouts = lay_out(prompt, zalo.can, lambda text: dict(text.values)["words"])
    for layout in layouts:
        await zalo.send(chat(lan), layout)
    assert len(lan.screen) > 2 and lan.screen[-1].text.endswith("1. Có\n2. Không")


async def test_a_text_of_two_unit_characters_is_split_when_the_account_counts_them_so(zalo, lan):
    await zalo.send(chat(lan), Layout(("🌧" * 90 + " ") * 20))
    assert len(lan.screen) == 2 and "".join(shown.text for shown in lan.screen).count("🌧") == 1800


async def test_a_picture_takes_the_text_along_and_a_paper_follows_it(zalo, lan, api):
    await zalo.send(chat(lan), Layout("Ảnh sau xử lý", files=(LaidFile("picture", "a.jpeg", "image/jpeg"),)))
    assert [(shown.text, shown.file) for shown in lan.screen] == [("Ảnh sau xử lý", FILES["picture"])]
    await zalo.send(chat(lan), Layout("Văn bản", files=(LaidFile("paper", "Trả lời.pdf", "application/pdf"),)))
    assert [(shown.text, shown.file) for shown in lan.screen[1:]] == [("Văn bản", None), ("", FILES["paper"])]


async def test_a_file_that_zalo_does_not_take_is_named_in_the_text(zalo, lan, api):
    files = (LaidFile("sheet", "ds.xlsx", "application/x"), LaidFile("large", "to.pdf", "application/pdf"))
    await zalo.send(chat(lan), Layout("Danh sách", files=files))
    assert "ds.xlsx" in lan.screen[0].text and "to.pdf" in lan.screen[0].text and len(lan.screen) == 1
    assert not any("upload" in call.path for call in api.calls)


async def test_a_full_text_with_a_picture_and_a_file_that_zalo_does_not_take_arrives_whole(api, lan):
    def elsewhere(file):
        return f"Mở tệp:\nhttps://bot.example.vn/f/{file.store}-{'0' * 80}"

    zalo, _watch = made(api, elsewhere=elsewhere)
    files = (LaidFile("picture", "a.jpg", "image/jpeg"), *[LaidFile("sheet", f"ds-{n}.xlsx", "application/x") for n in range(20)])
    await zalo.send(chat(lan), Layout("đ" * zalo.can.text_limit, files=files))
    shown = "\n".join(message.text for message in lan.screen)
    assert all(len(message.text) <= 2000 for message in lan.screen)
    assert shown.count("https://bot.example.vn/f/sheet") == 20 and all(f"ds-{n}.xlsx" in shown for n in range(20))
    assert sum(message.file is not None for message in lan.screen) == 1


async def test_a_file_that_is_gone_ends_the_message_before_anything_is_sent(zalo, lan):
    failed = await failure(zalo.send(chat(lan), Layout("x", files=(LaidFile("gone", "a.pdf", "application/pdf"),))))
    assert failed.outcome is Outcome.NEVER and lan.screen == []


@pytest.mark.parametrize("code", [0, -201, -210, -211, -212, -224, -99999])  # 0: an answer with nothing in it.
@pytest.mark.parametrize(
    ("file", "kind"),
    [(LaidFile("picture", "a.jpeg", "image/jpeg"), "image"), (LaidFile("paper", "a.pdf", "application/pdf"), "file")],
    ids=["picture", "paper"],
)
async def test_where_an_upload_is_refused_the_words_go_out_with_the_address_of_the_file(api, lan, code, file, kind):
    zalo, _watch = made(api, elsewhere=lambda file: f"https://bot.example.vn/f/{file.store}")
    api.fail(f"/upload/{kind}", Fault(code))
    await zalo.send(chat(lan), Layout("Trả lời của phường.", files=(file,)))
    assert [shown.text for shown in lan.screen] == [
        f"Trả lời của phường.\n\n📎 {file.name}\nhttps://bot.example.vn/f/{file.store}"
    ]


@pytest.mark.parametrize("fault", [LOST_ANSWER, GATEWAY, NO_CONNECTION], ids=["no answer", "gateway", "no connection"])
async def test_an_upload_that_gives_no_clear_answer_has_said_nothing_yet(api, lan, fault):
    zalo, _watch = made(api)
    api.fail("/upload/image", fault)
    layout = Layout("x", files=(LaidFile("picture", "a.jpeg", "image/jpeg"),))
    assert (await failure(zalo.send(chat(lan), layout))).outcome is Outcome.RETRY
    await zalo.send(chat(lan), layout)
    assert len(lan.screen) == 1


@pytest.mark.parametrize("code", [-201, -210, -233, -221, -224])
@pytest.mark.parametrize("mime", ["image/jpeg", "application/pdf"])
async def test_where_a_file_is_refused_with_the_message_its_address_follows_the_words(api, lan, code, mime):
    zalo, _watch = made(api, elsewhere=lambda file: "https://bot.example.vn/f/1")
    picture = mime == "image/jpeg"
    api.fail("/message/cs", *([] if picture else [Fault(done=True)]), Fault(code))
    await zalo.send(chat(lan), Layout("Trả lời của phường.", files=(LaidFile("picture" if picture else "paper", "a", mime),)))
    said = "\n\n".join(shown.text for shown in lan.screen)
    assert said == "Trả lời của phường.\n\n📎 a\nhttps://bot.example.vn/f/1"


async def test_where_phone_numbers_may_not_be_asked_for_the_question_goes_out_all_the_same(api, lan):
    zalo, _watch = made(api, picture="https://bot.example.vn/logo.png")
    api.fail("/message/cs", Fault(done=True), Fault(-221))
    await zalo.send(chat(lan), Layout("Tên và số điện thoại?", request="phone", request_label="Chia sẻ số điện thoại"))
    assert [shown.text for shown in lan.screen] == ["Tên và số điện thoại?"]


async def test_what_has_arrived_in_part_is_not_said_again_unmarked_when_the_account_stops(api, lan):
    zalo, _watch = made(api)
    api.fail("/message/cs", Fault(done=True), Fault(-219), Fault(-219))
    failed = await failure(zalo.send(chat(lan), Layout("x", files=(LaidFile("paper", "a.pdf", "application/pdf"),))))
    assert (failed.outcome, failed.whole_channel, len(lan.screen)) == (Outcome.UNKNOWN, True, 1)


async def test_buttons_are_not_forgotten_for_a_person_who_is_not_there(api, lan):
    remembered = []

    async def refused():
        remembered.append(True)

    zalo, _watch = made(api, buttons="template", buttons_refused=refused)
    api.fail("/message/cs", Fault(-201), Fault(-201))
    assert (await failure(zalo.send(chat(lan), Layout("Gửi?\n\n1. Có\n2. Không", YES_NO)))).outcome is Outcome.NEVER
    assert remembered == []


async def test_a_text_that_is_too_long_is_split_and_its_buttons_are_not_blamed_for_that(api, lan):
    remembered = []

    async def refused():
        remembered.append(True)

    api.accepts_buttons = "plain"
    zalo, _watch = made(api, buttons="plain", buttons_refused=refused)
    long = ("🌧" * 90 + " ") * 12 + "\n\n1. Có\n2. Không"  # As the account counts, more than 2000.
    await zalo.send(chat(lan), Layout(long, YES_NO))
    assert len(lan.screen) == 2 and lan.screen[-1].text.endswith("1. Có\n2. Không") and remembered == []
    await zalo.send(chat(lan), Layout("Gửi?\n\n1. Có\n2. Không", YES_NO))
    assert len(lan.screen[-1].buttons) == 2


async def test_buttons_stand_below_a_text_that_is_complete_without_them(api, lan):
    api.accepts_buttons = "plain"
    zalo, _watch = made(api, buttons="plain")
    prompt = Prompt(as_is("Gửi?"), (Button("go:1", as_is("Có")), Button("stop:1", as_is("Không"))))
    (layout,) = lay_out(prompt, zalo.can, lambda text: dict(text.values)["words"])
    await zalo.send(chat(lan), layout)
    assert lan.screen[0].text == "Gửi?\n\n1. Có\n2. Không"
    assert lan.screen[0].buttons == (("#pa:go:1", "Có"), ("#pa:stop:1", "Không"))


@pytest.mark.parametrize("code", [-201, -210, -233])
async def test_the_first_refusal_of_buttons_is_answered_by_the_text_alone_and_remembered(api, lan, code):
    remembered = []

    async def refused():
        remembered.append(True)

    zalo, _watch = made(api, buttons="template", buttons_refused=refused)
    api.fail("/message/cs", Fault(code))
    await zalo.send(chat(lan), Layout("Gửi?\n\n1. Có\n2. Không", YES_NO))
    await zalo.send(chat(lan), Layout("Gửi?\n\n1. Có\n2. Không", YES_NO))
    assert [shown.text for shown in lan.screen] == ["Gửi?\n\n1. Có\n2. Không"] * 2
    assert len(api.calls) == 3 and remembered == [True]


async def test_without_the_setting_no_buttons_are_tried_and_six_never(api, lan):
    await made(api)[0].send(chat(lan), Layout("x", YES_NO))
    await made(api, buttons="plain")[0].send(chat(lan), Layout("x", YES_NO * 3))
    assert all("attachment" not in call.body["message"] for call in api.calls)


async def test_the_phone_number_is_asked_for_where_there_is_a_picture(api, lan):
    zalo, _watch = made(api, picture="https://bot.example.vn/logo.png")
    assert zalo.can.asks_phone
    await zalo.send(chat(lan), Layout("Tên và số điện thoại?", request="phone", request_label="Chia sẻ số điện thoại"))
    assert [shown.asks_contact for shown in lan.screen] == [False, True]
    assert not made(api)[0].can.asks_phone


async def test_a_visitor_whose_address_is_shut_down_stops_nobody_else(zalo, api, lan):
    api.fail("/v2.0/oa/message", Fault(-240))
    failed = await failure(zalo.send(Who("zalo_oa", OA_ID, "anonymous:9:8"), Layout("x")))
    assert (failed.outcome, failed.whole_channel) == (Outcome.BLOCKED, False)


async def test_an_anonymous_visitor_is_answered_at_the_other_address_and_costs_nothing(api):
    zalo, watch = made(api)
    guest = api.user("Khách", id="77")
    await zalo.send(Who("zalo_oa", OA_ID, "anonymous:77:c-9"), Layout("Xin chào"))
    assert guest.screen[0].text == "Xin chào" and api.calls[0].path == "/v2.0/oa/message"
    assert watch.ways == ["reply"]


@pytest.mark.parametrize(("secret", "outcome"), [(APP_SECRET, None), ("another", Outcome.STOPPED)])
async def test_every_call_proves_that_it_is_the_app_itself(api, lan, secret, outcome):
    zalo, _watch = made(api, app_secret=secret)
    if outcome is None:
        picture = LaidFile("picture", "a.jpeg", "image/jpeg")
        await zalo.send(chat(lan), Layout("Ảnh sau xử lý", files=(picture,)))
        assert len(lan.screen) == 1
    else:
        assert (await failure(zalo.send(chat(lan), Layout("x")))).outcome is outcome
        assert api.calls[0].error == -242


def test_the_proof_is_the_hmac_of_the_token():
    # RFC 4231, test case 2.
    assert proof_of("Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


# Windows.


@pytest.mark.parametrize(
    ("silent", "how"),
    [
        (timedelta(hours=47, minutes=59), ["reply"]),
        (timedelta(hours=48), ["reply"]),
        (timedelta(hours=48, minutes=1), ["billed"]),
        (timedelta(days=7), ["billed"]),
        (timedelta(days=7, minutes=1), []),
    ],
)
async def test_free_billed_and_closed_by_the_last_word_of_the_person(api, lan, silent, how):
    zalo, watch = made(api)
    lan.last_interaction = NOW - silent
    if how:
        await zalo.send(chat(lan), Layout("x"))
    else:
        assert (await failure(zalo.send(chat(lan), Layout("x")))).outcome is Outcome.BLOCKED
    assert watch.ways == how


async def test_who_has_not_written_for_a_week_is_not_even_tried(api, lan):
    async def seen(who):
        return NOW - timedelta(days=7, hours=1, minutes=1)

    zalo, _watch = made(api, last_seen=seen)
    assert (await failure(zalo.send(chat(lan), Layout("x")))).outcome is Outcome.BLOCKED
    assert api.calls == []


NEWS = Layout("Hồ sơ K7QF-2M4X có câu trả lời.")


async def test_a_template_tells_that_there_is_news_and_the_message_itself_waits(api, lan):
    api.templates["t1"] = {"ma_ho_so": 30}
    zalo, watch = made(api, template=Template("t1", "ma_ho_so"))
    lan.last_interaction = NOW - timedelta(days=8)
    assert (await failure(zalo.send(chat(lan), NEWS))).outcome is Outcome.BLOCKED
    assert api.knocks == [(lan.id, {"ma_ho_so": "K7QF-2M4X"})] and watch.ways == ["template"]
    assert (await failure(zalo.send(chat(lan), Layout("Không có mã.")))).outcome is Outcome.BLOCKED
    assert len(api.knocks) == 1


async def test_a_template_goes_out_wherever_zalo_wants_the_user_id(api, lan):
    api.templates["t1"], api.nested_user_id = {"ma_ho_so": 30}, True
    zalo, watch = made(api, template=Template("t1", "ma_ho_so"))
    lan.last_interaction = NOW - timedelta(days=8)
    assert (await failure(zalo.send(chat(lan), NEWS))).outcome is Outcome.BLOCKED
    assert api.knocks == [(lan.id, {"ma_ho_so": "K7QF-2M4X"})] and watch.templates == [4821]


async def test_a_template_that_goes_by_phone_waits_for_the_morning(api, lan, clock):
    async def phone_of(who, code):
        return "84900000001"

    api.templates["t1"], api.by_user_id = {"ma_ho_so": 30}, False
    zalo, watch = made(api, template=Template("t1", "ma_ho_so", phone_of))
    clock[0] = utc(2026, 11, 24, 16)  # 23:00 in Vietnam.
    lan.last_interaction = clock[0] - timedelta(days=8)
    late = await failure(zalo.send(chat(lan), NEWS))
    assert (late.outcome, late.retry_at, api.knocks) == (Outcome.RETRY, utc(2026, 11, 24, 23, 5), [])
    api.access_until, clock[0] = late.retry_at + timedelta(hours=1), late.retry_at
    assert (await failure(zalo.send(chat(lan), NEWS))).outcome is Outcome.BLOCKED
    assert api.knocks == [("84900000001", {"ma_ho_so": "K7QF-2M4X"})] and watch.templates == [499]


@pytest.mark.parametrize(("phone", "knocks"), [("84900000001", 1), ("", 0)])
async def test_a_template_that_goes_by_phone_only_goes_by_phone(api, lan, phone, knocks):
    async def phone_of(who, code):
        return phone

    api.templates["t1"], api.by_user_id = {"ma_ho_so": 30}, False
    zalo, _watch = made(api, template=Template("t1", "ma_ho_so", phone_of))
    lan.last_interaction = NOW - timedelta(days=8)
    assert (await failure(zalo.send(chat(lan), NEWS))).outcome is Outcome.BLOCKED
    assert api.knocks == [(phone, {"ma_ho_so": "K7QF-2M4X"})] * knocks


@pytest.mark.parametrize(
    "faults",
    [[NO_CONNECTION], [GATEWAY], [LOST_ANSWER], *[[Fault(code)] for code in (-32, -218, -211, -234)], [Fault(-200)] * 3],
    ids=lambda faults: str(faults[0]),
)
async def test_a_template_is_not_lost_by_passing_trouble(api, lan, faults):
    api.templates["t1"] = {"ma_ho_so": 30}
    zalo, _watch = made(api, template=Template("t1", "ma_ho_so"))
    lan.last_interaction = NOW - timedelta(days=8)
    api.fail("/message/template", *faults)
    assert (await failure(zalo.send(chat(lan), NEWS))).outcome is Outcome.RETRY
    assert (await failure(zalo.send(chat(lan), NEWS))).outcome is Outcome.BLOCKED
    assert api.knocks[-1:] == [(lan.id, {"ma_ho_so": "K7QF-2M4X"})]


@pytest.mark.parametrize("code", [-211, -320])
@pytest.mark.parametrize(("path", "days"), [("/message/cs", 3), ("/message/template", 8)], ids=["message", "template"])
async def test_that_somebody_must_look_at_the_account_is_an_error_in_the_log(api, lan, path, days, code):
    api.templates["t1"] = {"ma_ho_so": 30}
    zalo, _watch = made(api, template=Template("t1", "ma_ho_so"))
    lan.last_interaction = NOW - timedelta(days=days)
    api.fail(path, Fault(code))
    with structlog.testing.capture_logs() as logs:
        await failure(zalo.send(chat(lan), NEWS))
    assert [line["log_level"] for line in logs] == ["error"]


async def test_at_night_no_template_comes_that_nobody_would_hear(api, lan, clock):
    api.templates["t1"] = {"ma_ho_so": 30}
    zalo, _watch = made(api, template=Template("t1", "ma_ho_so"))
    clock[0] = utc(2026, 11, 24, 15)  # 22:00 in Vietnam.
    lan.last_interaction = clock[0] - timedelta(days=8)
    assert (await failure(zalo.send(chat(lan), NEWS))).retry_at == utc(2026, 11, 24, 23, 5) and api.knocks == []


@pytest.mark.parametrize(
    ("time", "morning"),
    [
        ((23, 23, 4), (23, 23, 5)),  # 06:04 in Vietnam, which is seven hours ahead.
        ((23, 23, 5), None),
        ((24, 14, 29), None),  # 21:29.
        ((24, 14, 30), (24, 23, 5)),
    ],
)
def test_templates_go_out_from_five_past_six_until_half_past_nine(time, morning):
    assert at_night(utc(2026, 11, *time)) == (utc(2026, 11, *morning) if morning else None)


async def test_a_template_that_is_refused_changes_nothing(api, lan):
    zalo, watch = made(api, template=Template("not approved", "ma_ho_so"))
    lan.last_interaction = NOW - timedelta(days=8)
    assert (await failure(zalo.send(chat(lan), NEWS))).outcome is Outcome.BLOCKED
    assert watch.ways == []


# Errors; all of the table stand in test_zalo_oa_errors.


async def test_the_rate_limit_is_over_in_the_next_minute_and_the_night_at_six(zalo, lan, api, clock):
    api.fail("/message/cs", Fault(-32), Fault(-234), Fault(-234))
    assert NOW < (await failure(zalo.send(chat(lan), Layout("x")))).retry_at <= NOW + timedelta(minutes=1, seconds=5)
    # In which zone the night is counted stands nowhere: whatever it is, a message does not wait for one instant again and again.
    assert (await failure(zalo.send(chat(lan), Layout("x")))).retry_at == NOW + timedelta(hours=2)
    clock[0] = utc(2026, 11, 24, 16)  # 23:00 in Vietnam.
    api.access_until = clock[0] + timedelta(hours=1)
    assert (await failure(zalo.send(chat(lan), Layout("x")))).retry_at == utc(2026, 11, 24, 23, 5)


async def test_a_failure_without_a_reason_is_tried_twice_more_and_then_given_up(zalo, lan, api):
    api.fail("/message/cs", Fault(-200), Fault(-200))
    await zalo.send(chat(lan), Layout("x"))
    api.fail("/message/cs", *[Fault(-200)] * 3)
    assert (await failure(zalo.send(chat(lan), Layout("y")))).outcome is Outcome.NEVER
    assert len(lan.screen) == 1 and len(api.calls) == 6


@pytest.mark.parametrize(
    ("fault", "outcome", "shown"),
    [
        (NO_CONNECTION, Outcome.RETRY, 0),
        (GATEWAY, Outcome.RETRY, 0),
        (LOST_ANSWER, Outcome.UNKNOWN, 1),
        (Fault(html="<html>"), Outcome.UNKNOWN, 0),
        (Fault(html="<html>", status=500), Outcome.UNKNOWN, 0),
        (Fault(status=500), Outcome.UNKNOWN, 0),
        (Fault(-210, status=504), Outcome.UNKNOWN, 0),
        (Fault(status=429), Outcome.RETRY, 0),
    ],
)
async def test_surely_not_sent_is_kept_apart_from_unknown(zalo, lan, api, fault, outcome, shown):
    api.fail("/message/cs", fault)
    assert (await failure(zalo.send(chat(lan), Layout("x")))).outcome is outcome
    assert len(lan.screen) == shown


async def test_a_second_part_that_fails_is_unknown_as_the_first_has_arrived(zalo, lan, api):
    api.fail("/message/cs", Fault(0, done=True), NO_CONNECTION)
    paper = LaidFile("paper", "a.pdf", "application/pdf")
    assert (await failure(zalo.send(chat(lan), Layout("x", files=(paper,))))).outcome is Outcome.UNKNOWN


async def test_what_went_out_in_parts_after_a_refusal_does_not_come_twice(api, lan):
    zalo, _watch = made(api, elsewhere=lambda file: "https://bot.example.vn/f/1")
    picture = (LaidFile("picture", "a.jpeg", "image/jpeg"),)
    for layout in (Layout("Một câu dài. " * 100), Layout("đ" * zalo.can.text_limit, files=picture)):
        api.fail("/message/cs", Fault(-210), Fault(0, done=True), NO_CONNECTION)
        assert (await failure(zalo.send(chat(lan), layout))).outcome is Outcome.UNKNOWN
    assert len(lan.screen) == 2


async def test_a_part_for_which_no_token_is_had_is_unknown_as_the_first_has_arrived(api, lan):
    zalo, _watch = made(api, picture="https://bot.example.vn/logo.png")
    given = [zalo.access.token]

    async def token():
        if not given:
            raise SendFailed(Outcome.RETRY, "another process refreshes the token", whole_channel=True)
        return await given.pop()()

    zalo.access.token = token
    asking = Layout("Tên và số điện thoại?", request="phone", request_label="Chia sẻ số điện thoại")
    failed = await failure(zalo.send(chat(lan), asking))
    assert (failed.outcome, failed.whole_channel, len(lan.screen)) == (Outcome.UNKNOWN, True, 1)


async def test_every_number_of_the_table_has_its_way_and_no_words_of_the_answer_are_kept():
    for table in (ACCOUNT, TEMPLATE_BY_PHONE):
        for code, way in table.items():
            with pytest.raises(Refused) as caught:
                answer_of({"error": code, "message": "secret words"}, table)
            assert caught.value.way is way
            assert "secret" not in send_failed(caught.value, NOW).why
    assert answer_of(recorded("oa_reply_send_ok"))["message_id"] == "63ecf43f0df7dba892e6"
    assert answer_of(recorded("zbs_reply_send_phone_ok"), TEMPLATE_BY_PHONE)["msg_id"] == "a4d0243feee163bd3af3"
    for name, way in (("oa_reply_error_216", Way.RENEW), ("oa_reply_error_230", Way.CLOSED)):
        with pytest.raises(Refused) as caught:
            answer_of(recorded(name))
        assert caught.value.way is way
    for odd in (None, [], "x", {"error": "many"}, {}, {"message": "Forbidden"}, {"data": {"message_id": "1"}}):
        with pytest.raises(Unclear):
            answer_of(odd)
    assert send_failed(NotSent("x"), NOW).outcome is Outcome.RETRY


async def test_what_is_left_of_the_minute_is_told(api, lan):
    zalo, watch = made(api)
    api.per_minute = 2
    await zalo.send(chat(lan), Layout("x"))
    await zalo.send(chat(lan), Layout("x"))
    assert watch.left == [(2, 1), (2, 0)]
    assert (await failure(zalo.send(chat(lan), Layout("x")))).retry_at > NOW


# Files that people send.


HOSTS = ("zdn.vn", "zadn.vn", "127.0.0.1:8099")


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://photo-stal-1.zdn.vn/a.jpg", True),
        ("https://zadn.vn/a.jpg", True),
        ("https://a.zdn.vn:443/a.jpg", True),
        ("http://127.0.0.1:8099/a.jpg", True),
        ("http://photo-stal-1.zdn.vn/a.jpg", False),
        ("https://a.zdn.vn:8443/a.jpg", False),
        ("https://evilzdn.vn/a.jpg", False),
        ("https://zdn.vn.evil.example/a.jpg", False),
        ("https://zdn.vn@evil.example/a.jpg", False),
        ("https://evil.example/zdn.vn", False),
        ("https://evil.example\\.zdn.vn/", False),
        ("https://169.254.169.254/latest", False),
        ("http://127.0.0.1:8098/a.jpg", False),
        ("file:///etc/passwd", False),
        ("//a.zdn.vn/x", False),
        ("https://a.zdn.vn /x", False),
        ("https://ａ.zdn.vn/x", False),
        ("https://a.zdn.vn:x/", False),
        ("", False),
    ],
)
def test_files_are_fetched_from_zalos_own_hosts_only(url, may):
    assert may_fetch(url, HOSTS) is may


async def test_a_file_is_fetched_within_its_limit(zalo, api):
    api.files["https://f7.zdn.vn/a.jpg"] = b"x" * 10
    assert await zalo.fetch(Attachment("photo", "https://f7.zdn.vn/a.jpg"), 10) == b"x" * 10
    for attachment, limit in (
        (Attachment("photo", "https://f7.zdn.vn/a.jpg"), 9),
        (Attachment("photo", "https://f7.zdn.vn/a.jpg", size=11), 10),
        (Attachment("photo", "https://elsewhere.example/a.jpg"), 10),
    ):
        with pytest.raises(FileRefused):
            await zalo.fetch(attachment, limit)


# Events as the channel reads them.


async def test_unknown_events_are_kept_the_first_times_and_counted_always(api):
    zalo, _watch = made(api)
    kept = 0
    for _time in range(50):
        try:
            assert zalo.read({"event_name": "user_did_something", "timestamp": "1"}) is None
        except ValueError:
            kept += 1
    assert kept == 20


async def test_what_changes_of_the_account_is_told_to_the_operator(api):
    zalo, _watch = made(api)
    with structlog.testing.capture_logs() as logs:
        assert zalo.read({"event_name": "change_template_status", "timestamp": "1", "oa_id": OA_ID}) is None
    assert [(line["log_level"], line["event"][:17], line["sort"]) for line in logs] == [
        ("warning", "Zalo has changed ", "change_template_status")
    ]
