"""A house without a program in it: it answers what it hears, so that the page can be tried on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.channels.webchat import WebChatChannel
from bot.demo.house import AT_A_UNIT, CaseLine, Happening, Phone, UnitLine
from bot.dialogue.values import LaidButton, Layout, Who

UNITS = [
    UnitLine("H37.22.1", "Trung tâm Phục vụ hành chính công xã Tri Phương", "UBND xã Tri Phương"),
    UnitLine("H37.22", "UBND xã Tri Phương", "UBND tỉnh Lạng Sơn"),
    UnitLine("H37.5", "Sở Nông nghiệp và Môi trường", "UBND tỉnh Lạng Sơn"),
]
PEOPLE = {
    "citizen": ("Nguyễn Thị Lan", ""),
    "unit_head": ("Hoàng Thị Mai", UNITS[0].name),
    "supervisor": ("Lý Văn Sơn", "Sở Nội vụ tỉnh Lạng Sơn"),
}


def rows(*lines: str) -> tuple[tuple[LaidButton, ...], ...]:
    """Return rows of buttons from lines such as "a=1 Yes | a=2 No"."""
    return tuple(tuple(LaidButton(*each.strip().split(" ", 1)) for each in line.split("|")) for line in lines)


class EchoHouse:
    """Says back what it hears; "break" makes it fail until `mended`; tells the head of everything that a citizen types."""

    def __init__(self) -> None:
        self.channel = WebChatChannel(self.now)
        self.heard = []
        self.mended = False
        self.pushed = []
        self._now = datetime(2026, 11, 24, 8, 4, tzinfo=UTC)
        self._phones = 0
        self._lines = []
        self._cases = []

    def now(self):
        return self._now

    async def says(self, chat, text, *lines, **more):
        await self.channel.send(Who("webchat", "demo", chat), Layout(text, rows(*lines), **more))
        self.tell("sent", f"Tin nhắn đến {chat.split('-')[0]}: đã gửi")

    def tell(self, kind, text):
        self._lines.append(Happening(len(self._lines) + 1, self._now, kind, text))

    async def receive(self, payload):
        inbound = self.channel.read(payload)
        if inbound.text == "break" and not self.mended:
            raise RuntimeError("broken on purpose")
        self.heard.append(inbound)
        chat = inbound.who.chat
        if inbound.start is not None:
            await self.says(
                chat,
                "Xin chào anh/chị. Đây là Đường dây nóng của UBND tỉnh Lạng Sơn. Nội dung anh/chị gửi được giữ kín và chỉ cơ quan "
                "có trách nhiệm được xem.\n\nAnh/chị muốn gửi gì?",
                "kind=feedback Phản ánh cán bộ, cơ quan",
                "kind=praise Khen | kind=suggestion Góp ý",
                "mine: Việc của tôi | help: Trợ giúp",
            )
        elif inbound.token is not None:
            await self.says(chat, f"Anh/chị đã chọn: {inbound.token}")
        elif inbound.attachments:
            await self.says(chat, f"Đã nhận {len(inbound.attachments)} tệp. Xin cảm ơn anh/chị.")
        elif inbound.phone or inbound.location:
            await self.says(chat, "Xin cảm ơn anh/chị.")
        elif inbound.text == "phone":
            await self.says(chat, "Xin cho biết số điện thoại.", "phone=none Không cho biết", request="phone", request_label="Gửi số điện thoại của tôi")
        elif inbound.text == "place":
            await self.says(chat, "Việc xảy ra ở đâu?", request="location", request_label="Gửi vị trí của tôi")
        else:
            await self.says(chat, f"Tôi ghi lại như sau:\n\n“{inbound.text}”", "send=1@k2 Gửi đi | edit=1@k2 Sửa lại")
            if chat.startswith("citizen"):
                await self.card()

    async def card(self):
        self._cases.append(
            CaseLine("K7QF-2M4X", UNITS[0].name, "Đã chuyển", self._now + timedelta(days=14), "còn 10 ngày làm việc", overdue=bool(self._cases))
        )
        self.tell("event", "Vụ việc K7QF-2M4X được gửi")
        self.tell("due", "Hạn trả lời: thứ Ba, 08/12/2026")
        await self.says(
            "unit_head-2",
            "Việc mới K7QF-2M4X\nA01 Thái độ, lời nói\nTrung tâm Phục vụ hành chính công xã Tri Phương\n"
            "Chậm nhất ngày thứ Ba, 08/12/2026, còn 10 ngày làm việc",
            "open:K7QF-2M4X@1 Xem | accept:K7QF-2M4X@1 Nhận việc",
            "return:K7QF-2M4X@1 Không thuộc cơ quan tôi",
        )

    async def push_clock(self, hours=0, working_days=0):
        self.pushed.append((hours, working_days))
        self._now += timedelta(hours=hours, days=working_days)
        self.tell("clock", "Đồng hồ được chuyển")

    async def open_phone(self, role, unit=None):
        if role in AT_A_UNIT and unit == "H37.5":
            raise ValueError("nobody there")
        self._phones += 1
        name, unit_name = PEOPLE.get(role, ("Trần Văn Bình", ""))
        if unit is not None:
            name, unit_name = "Trần Văn Bình", next(each.name for each in UNITS if each.code == unit)
        return Phone(f"{role}-{self._phones}", role, name, unit_name, start=f"unit-{unit}".replace(".", "_") if unit else "")

    async def find_units(self, text):
        return [each for each in UNITS if text.lower() in each.name.lower()]

    async def happenings(self, after, language):
        return self._lines[after:]

    async def cases(self, language):
        return list(self._cases)
