"""Files of an answer reach the citizen whole, also where they come after it or not at all at first."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from bot.channels.base import Channel, Outcome, SendFailed
from bot.domain.cases import Status
from bot.domain.people import Role
from bot.jobs import Timekeeper
from tests.chats.test_office import ANSWER, WARD, a_citizen, code_of, files_feedback
from tests.fakes.botapi_users import a_picture
from tests.town import Someone, Town


class Slow:
    """A channel whose files cannot be had for now; everything else is its own."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.broken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    async def fetch(self, attachment: object, limit: int) -> bytes:
        if self.broken:
            raise OSError("no space left")
        raise SendFailed(Outcome.RETRY, "the server of files does not answer")


def slow(town: Town) -> Callable[[], None]:
    """Let files of the town's channel take long; return what ends that."""
    channels = cast(dict[str, Any], town.program.app.channels)
    own = channels[town.channel]
    channels[town.channel] = Slow(own)

    def again() -> None:
        channels[town.channel] = own

    return again


@pytest.fixture
async def ward(town: Town) -> str:
    return await code_of(town, WARD)


async def accepted(town: Town, ward: str) -> tuple[Someone, Someone, str]:
    """Return a head who has accepted the case of a citizen, the citizen, and its code."""
    mai = await town.head("Trần Thị Mai", ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.picks("accept")
    return mai, lan, ref


async def writes_it_with_a_picture(officer: Someone, *, proof: str = "_files") -> None:
    """Write the answer, send a picture as its proof, and go on to the read-back."""
    await officer.picks("answer")
    await officer.picks("true")
    await officer.picks("apologised")
    await officer.picks("done")
    await officer.says(ANSWER)
    await officer.sends_photos()
    await (officer.picks(proof) if proof.startswith("_") else officer.says(proof))


def pictures(someone: Someone) -> int:
    return sum(len(line.files) for line in someone.lines)


async def test_a_file_that_is_there_goes_out_with_the_answer_and_once_only(town: Town, ward: str):
    mai, lan, _ref = await accepted(town, ward)
    await writes_it_with_a_picture(mai)
    await mai.picks("send")
    mai.does_not_see("đang tải")
    lan.does_not_see("sẽ gửi tiếp")
    await town.passes(hours=3)
    assert pictures(lan) == 1


async def test_a_file_that_comes_later_follows_the_answer_by_itself_also_after_a_restart(town: Town, ward: str):
    mai, lan, _ref = await accepted(town, ward)
    ends = slow(town)
    await writes_it_with_a_picture(mai)
    await mai.picks("send")
    mai.sees("Đang tải 1 tệp")
    lan.sees(ANSWER)
    lan.sees("Còn 1 tệp kèm theo")
    assert pictures(lan) == 0
    town.keeper = Timekeeper(town.program.app, town.program.files, town.program.config.keep_raw_days)  # Nothing is in memory.
    ends()
    await town.passes(hours=2)
    lan.sees("Tệp kèm theo câu trả lời")
    assert pictures(lan) == 1
    await town.passes(hours=2)
    assert pictures(lan) == 1


async def test_a_file_that_cannot_be_had_is_asked_for_again_and_goes_to_the_citizen(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    ends = slow(town)
    await writes_it_with_a_picture(mai)
    await mai.picks("send")
    await town.passes(hours=13)
    mai.sees("không tải được")
    lan.sees("đã đề nghị cơ quan gửi lại")
    lan.does_not_see("Tệp mà anh/chị gửi")
    ends()
    await mai.picks("sendfile")
    mai.sees("người dân nhận đúng như anh/chị gửi")
    await mai.sends_photos(a_picture())
    await mai.picks("done")
    mai.sees("Đã gửi tệp cho người dân")
    assert pictures(lan) == 1 and ref in lan.sees("Tệp kèm theo câu trả lời").text
    await mai.says(f"/mo {ref}")
    assert mai.offers("sendfile")


async def test_whatever_keeps_a_file_from_being_stored_its_sender_hears_of_it(town: Town, ward: str):
    mai, lan, _ref = await accepted(town, ward)
    ends = slow(town)
    cast(Slow, town.program.app.channels[town.channel]).broken = True
    await writes_it_with_a_picture(mai, proof="Biên bản làm việc ngày 25/11/2026.")
    await mai.picks("send")
    ends()
    await town.passes(hours=1)
    lan.does_not_see("sẽ gửi tiếp")
    mai.sees("1 tệp không tải được")
    await mai.picks("sendfile")
    await mai.sends_photos()
    await mai.picks("done")
    assert pictures(lan) == 1


async def test_no_head_signs_a_draft_whose_only_proof_could_not_be_fetched(town: Town, ward: str):
    mai = await town.head("Trần Thị Mai", ward)
    ha = await town.staff("Đặng Thu Hà", Role.HANDLER, ward)
    lan = await a_citizen(town)
    ref = await files_feedback(town, lan, WARD)
    await mai.picks("accept")
    await mai.picks("assign")
    await mai.presses(next(token for line in mai.new for token, label in line.buttons if label == "Đặng Thu Hà"))
    ends = slow(town)
    await ha.says(f"/mo {ref}")
    await writes_it_with_a_picture(ha)
    await ha.picks("send")
    await town.passes(hours=13)
    assert any("không tải được" in line.text for line in ha.lines)
    await mai.says(f"/ky {ref}")
    mai.sees("Các tệp làm bằng chứng không tải được")
    assert (await town.case(ref)).status is Status.WAIT_APPROVAL
    ends()
    await ha.says(f"/guitep {ref}")
    await ha.sends_photos()
    await ha.picks("done")
    ha.sees("Đã thêm 1 tệp vào dự thảo")
    assert pictures(lan) == 0
    await mai.says(f"/ky {ref}")
    mai.sees("Đã gửi trả lời")
    assert pictures(lan) == 1
    await ha.says(f"/guitep {ref}")  # Only who signs may send the citizen more.
    ha.does_not_see("người dân nhận đúng")


async def test_whoever_writes_the_draft_anew_sees_the_files_of_the_one_before_and_can_leave_them_out(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    ha = await town.staff("Đặng Thu Hà", Role.DEPUTY, ward)
    await ha.says(f"/mo {ref}")
    await writes_it_with_a_picture(ha)
    ha.does_not_see("dự thảo trước")
    await ha.picks("send")
    await mai.says(f"/mo {ref}")
    await writes_it_with_a_picture(mai)
    mai.sees("Kèm 1 tệp của dự thảo trước")
    await mai.picks("without_earlier")
    mai.sees("Không gửi các tệp của dự thảo trước")
    await mai.picks("send")
    mai.sees("Đã gửi trả lời")
    assert pictures(lan) == 1


async def contests(town: Town, lan: Someone, ref: str) -> None:
    """Let the citizen say that the answer does not satisfy, some time after it came."""
    await town.passes(hours=2)
    await lan.says(f"/hoso {ref}")
    await lan.picks("contest")
    await lan.says("Tôi không được mời xem camera, và người nói sai vẫn ngồi đó.")
    await lan.picks("send")


async def test_the_second_answer_brings_its_own_files_and_not_those_of_the_first_again(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    hung = await town.head("Nguyễn Văn Hùng", "20")
    await writes_it_with_a_picture(mai)
    await mai.picks("send")
    assert pictures(lan) == 1
    await contests(town, lan, ref)
    await hung.says(f"/nhan {ref}")
    await hung.picks("answer")
    await hung.picks("true")
    await hung.picks("apologised")
    await hung.picks("done")
    await hung.says("Tôi đã xem lại camera và trực tiếp xin lỗi anh/chị.")
    assert not hung.offers("evidence=_files")  # What the first answer showed proves nothing of the second.
    await hung.sends_photos()
    await hung.picks("_files")
    hung.does_not_see("dự thảo trước")
    await hung.picks("send")
    lan.sees("Tôi đã xem lại camera")
    assert pictures(lan) == 2


async def test_a_file_of_the_first_answer_that_comes_after_the_contest_still_comes_and_once(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    hung = await town.head("Nguyễn Văn Hùng", "20")
    ends = slow(town)
    await writes_it_with_a_picture(mai)
    await mai.picks("send")
    await contests(town, lan, ref)
    await hung.says(f"/nhan {ref}")
    ends()
    await town.passes(hours=3)
    assert pictures(lan) == 1
    await hung.says(f"/mo {ref}")
    await writes_it_with_a_picture(hung)
    await hung.picks("send")
    assert pictures(lan) == 2


async def test_a_citizen_whose_own_file_is_lost_is_asked_for_it_as_before(town: Town, ward: str):
    mai, lan, ref = await accepted(town, ward)
    slow(town)
    await lan.presses(f"add:{ref}")
    await lan.says("Tôi gửi thêm ảnh chụp tại quầy số 3 sáng hôm đó.")
    await lan.sends_photos()
    await lan.picks("send")
    await town.passes(hours=13)
    assert any("không lưu được" in line.text or "gửi lại" in line.text for line in lan.lines)
    assert not any("Có tệp kèm câu trả lời" in line.text for line in mai.lines)


class Unclear:
    """A channel that gives no clear answer when it is to bring an answer; everything else is its own."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    async def send(self, who: Any, layout: Any) -> str:
        if ANSWER in layout.text:
            raise SendFailed(Outcome.UNKNOWN, "no answer")
        return await self._channel.send(who, layout)


@pytest.mark.parametrize("town", ["webchat"], indirect=True)
async def test_the_office_hears_of_an_answer_of_which_twice_nobody_knows_whether_it_came(town: Town, ward: str):
    mai, _lan, _ref = await accepted(town, ward)
    await writes_it_with_a_picture(mai)
    channels = cast(dict[str, Any], town.program.app.channels)
    own = channels[town.channel]
    channels[town.channel] = Unclear(own)
    await mai.picks("send")
    mai.does_not_see("Không gửi được trả lời")
    await town.passes(hours=1)
    mai.sees("Không gửi được trả lời")
