"""What offices are called, for every reader."""

from __future__ import annotations

from bot.text import Text, _, as_is
from bot.usecases.ports import Work


def unit_name(work: Work, code: str | None) -> Text:
    """Return the name of an office with that of the one above it."""
    unit = work.units.get(code) if code else None
    if unit is None:
        return _("office not known")
    above = work.units.parent(unit.code)
    return as_is(f"{unit.name}, {above.name}" if above else unit.name)
