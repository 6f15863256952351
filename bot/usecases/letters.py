"""The letters that a head signs, prepared so that they can be sent as they are: more time, and the apology for a missed date.

They are Vietnamese documents, from rows of templates.csv that a province may change (LAW 4, Mẫu 04). They never name who sent
the case, which the office may not know, and speak of the delay only: an apology says nothing of what was found.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.cases import Case
from bot.domain.deadlines import ends_with_its_day, in_vietnam
from bot.domain.people import Staff
from bot.usecases.ports import Work

EXTENSION, APOLOGY, APOLOGY_ANSWERED = "extension", "apology", "apology_answered"
OTHER_CAUSE = "other"
"""The cause that says nothing by itself, so that it has to be written."""


def letter(
    work: Work,
    template: str,
    case: Case,
    signer: Staff,
    unit: str,
    due: datetime,
    cause: str,
    phone: str,
    new_due: datetime | None = None,
) -> str:
    """Return a letter about the date `due` of a case; `cause` in words, `phone` where the unit has none of its own."""
    at = work.units.get(unit)
    name = at.name if at else ""
    return str(work.rules.rows("templates")[template]["vi"]).format(
        unit=name,
        code=case.code,
        due=_day(due),
        answered=_day(case.answered_at, whole=True) if case.answered_at else "",
        cause=cause,
        name=signer.name,
        title=at.head_title if at else "",
        new_due=_day(new_due) if new_due else "",
        contact=name,
        phone=at.phone if at and at.phone else phone,
    )


def cause_words(work: Work, code: str, written: str = "") -> str:
    """Return a cause as it stands within a sentence: what was written, else the name of its row, which begins small there."""
    if written.strip():
        return written.strip().rstrip(".")
    row = work.rules.rows("extension_causes").get(code)
    name = str(row["vi"]) if row else code
    return name[:1].lower() + name[1:]


def _day(instant: datetime, whole: bool = False) -> str:
    """Return a date as a document writes it, with its hour where it has one of its own."""
    here = in_vietnam(instant)
    return f"{here:%d/%m/%Y}" if whole or ends_with_its_day(instant) else f"{here:%d/%m/%Y} lúc {here:%H:%M}"
