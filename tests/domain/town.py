"""A small province for tables of rules: a ward and a commune with offices inside, a department, the police, and a neighbour."""

from datetime import UTC, datetime

from bot.domain.cases import About, Case, CaseKind, KnownAs, Status
from bot.domain.people import Appointment, Role, Staff
from bot.domain.units import Unit
from storage.units import Units

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # A Monday morning.
BEFORE = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)

TOP, OTHER_TOP = "20", "24"
DEPARTMENT, HOSPITAL, CLINIC = "20-SYT", "20-BV", "20-BV-K1"
WARD, COUNTER, COMMUNE, DESK = "06001", "06001-TTHCC", "06002", "06002-TTHCC"
POLICE = "20-CA"
UNITS = (
    Unit(TOP, "Tỉnh Lạng Sơn", "UBND_T", province="20", head_title="Chủ tịch UBND tỉnh"),
    Unit(DEPARTMENT, "Sở Y tế", "SO", parent=TOP, province="20", head_title="Giám đốc"),
    Unit(HOSPITAL, "Bệnh viện Đa khoa", "BV", parent=DEPARTMENT, province="20", head_title="Giám đốc"),
    Unit(CLINIC, "Khoa Nội", "KHOA", parent=HOSPITAL, province="20", head_title="Trưởng khoa"),
    Unit(WARD, "Phường Tam Thanh", "UBND_X", parent=TOP, province="20", head_title="Chủ tịch UBND"),
    Unit(COUNTER, "Một cửa phường Tam Thanh", "TTHCC_X", parent=WARD, province="20", head_title="Giám đốc"),
    Unit(COMMUNE, "Xã Đồng Đăng", "UBND_X", parent=TOP, province="20", head_title="Chủ tịch UBND"),
    Unit(DESK, "Một cửa xã Đồng Đăng", "TTHCC_X", parent=COMMUNE, province="20", head_title="Giám đốc"),
    Unit(POLICE, "Công an tỉnh Lạng Sơn", "NGANH_DOC", province="20"),
    Unit(OTHER_TOP, "Tỉnh Bắc Ninh", "UBND_T", province="24", head_title="Chủ tịch UBND tỉnh"),
)
TREE = Units(UNITS, (), None)


def staff(role: Role, unit: str, name: str = "Lê Thị Bình", number: int = 7, badge: str = "") -> Staff:
    """A member of staff with one appointment."""
    return Staff(number, name, badge, number, (Appointment(role, unit, BEFORE),))


def case(**more) -> Case:
    """A case about the ward that its head has accepted."""
    plain = dict(
        id=1, code="K7QF-2M4X", kind=CaseKind.FEEDBACK, category="A01", unit=WARD, about=About.UNKNOWN, official="",
        status=Status.ACCEPTED, filed_at=NOW, due_at=None, legal_due_at=None, policy="RES_NORMAL", known_as=KnownAs.NAMED,
        handling_unit=WARD, story="Họ từ chối hồ sơ của tôi.",
    )  # fmt: skip
    return Case(**(plain | more))
