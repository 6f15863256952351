"""Ways through the citizens' forms that several scripts share."""

from __future__ import annotations

from collections.abc import Awaitable

from tests.town import Someone

WARD = "05986"  # Phường Tam Thanh
COUNTER = "05986-TTHCC"  # its one-stop counter
STORY = "Chị nhân viên quầy 3 quát tôi trước mặt mọi người khi tôi hỏi về hồ sơ."
CONTACT = "Nguyễn Thị Lan 0912 345 678"


async def fills(
    lan: Someone,
    *,
    kind: str = "report",
    unit: str = WARD,
    who: str = "chị Hoa quầy 3",
    category: str = "A01",
    when: str = "hôm qua lúc 9 giờ",
    story: str = STORY,
    known_as: str = "anonymous",
) -> None:
    """Answer the questions of the feedback form that are open, up to the read-back; `kind` and `story` "" where known already."""
    if kind:
        await lan.picks(kind)
    if kind not in ("", "report"):
        await lan.picks("guided=feedback")
    await picks_unit(lan, unit)
    await (lan.picks(who) if who.startswith("_") else lan.says(who))
    await lan.picks(f">{category[0]}")
    await lan.picks(category)
    await lan.says(when)
    if story:
        await lan.says(story)
    for ready in ("none", "done"):
        if lan.offers(ready):
            await lan.picks(ready)
    await lan.picks(known_as)
    if known_as != "anonymous":
        await lan.says(CONTACT)


async def picks_unit(lan: Someone, unit: str) -> None:
    """Choose an office by the button that its name leads to."""
    if unit.startswith("_"):
        await lan.picks(unit)
        return
    found = lan.town.program.tree.get(unit)
    assert found is not None
    await lan.says(found.name)
    await lan.picks(unit)


async def files(lan: Someone, **answers: str) -> str:
    """Go through the whole form from the menu, send it, and return the case code."""
    await lan.says("menu")
    await lan.picks("feedback")
    await fills(lan, **answers)
    await lan.picks("send")
    return lan.last_ref


async def by_phone(lan: Someone, act: Awaitable[object]) -> None:
    """Let somebody do what only his messenger knows (a sticker, an edit), and wait for what comes of it."""
    lan.looked = len(lan.lines)
    await act
    await lan.town.settles()
