"""Cases, by what an office may know of them."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    insert,
    or_,
    select,
    text,
    update,
)

from bot.domain.cases import About, Answer, ApologyState, Case, CaseKind, CaseMessage, ExtensionState, KnownAs, Status
from bot.usecases.ports import Changed, CodeTaken, NewCase
from storage.ledger import Ledger, insert_or
from storage.prepared import Prepared
from storage.reporters import keep_reporter, sent_by
from storage.rows import INTAKE_STATUSES, OPEN_STATUSES, answers, case_messages, case_texts, cases, reminders, reporters

_c, _t = cases.c, case_texts.c
# Everything of the row that a `Case` holds as it is; enums and flags are written by hand below.
_PLAIN = (
    "category", "unit", "filed_at", "due_at", "legal_due_at", "policy", "handling_unit", "handler", "forwarded_at", "ack_due_at",
    "accepted_at", "answered_at", "contest_until", "contested", "rating", "returns", "share_files", "escalated",
    "paused_until", "merged_into", "channel", "taken_by",
)  # fmt: skip
_WORDED = ("kind", "about", "status", "known_as", "flags", "resume", "extension", "apology", "helping")
_ROW = [_c[name] for name in ("id", "code", "version", *_WORDED, *_PLAIN)]
_DATES = ("due_at", "legal_due_at", "ack_due_at")
_TEXTS = ("story", "happened", "official")

_SHORT = select(*_ROW, _t.official).join(case_texts, _t.case_id == _c.id)
_FULL = _SHORT.add_columns(_t.story, _t.happened)
# Statuses stand in the statements as in the partial indexes, letter for letter: SQLite takes such an index only then.
_OPEN = text(f"cases.status IN {OPEN_STATUSES}")
_INTAKE = text(f"cases.status IN {INTAKE_STATUSES}")
_UNITS: BindParameter[list[str]] = bindparam("units", expanding=True)
_ABOUT_OR_HANDLED = or_(_c.handling_unit.in_(_UNITS), _c.unit.in_(_UNITS))


def _page(statement: Select[Any], *order: ColumnElement[Any]) -> Select[Any]:
    return statement.order_by(*order, _c.id).limit(bindparam("limit")).offset(bindparam("offset"))


_BY_CODE = Prepared(_FULL.where(_c.code == bindparam("code")))
_BY_ID = Prepared(_FULL.where(_c.id == bindparam("id")))
_BY_DUE = (_c.due_at.nulls_last(),)
_OF_UNITS = {
    (by_status, by_handler): _page(
        _SHORT.where(
            _c.handling_unit.in_(_UNITS),
            _c.status.in_(bindparam("statuses", expanding=True)) if by_status else _OPEN,
            *([_c.handler == bindparam("handler")] if by_handler else []),
        ),
        *_BY_DUE,
    )
    for by_status in (False, True)
    for by_handler in (False, True)
}
_WITH_INTAKE = _page(_SHORT.where(_INTAKE, or_(_c.unit.in_(_UNITS), _c.unit.is_(None))), _c.filed_at)
_OF_PERSON = (
    _FULL.join(reporters, reporters.c.case_id == _c.id)
    .where(reporters.c.person_hash == bindparam("person"))
    .order_by(_c.filed_at.desc(), _c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_DUE_FOR_CHECK = Prepared(
    _SHORT.where(_c.next_check_at.is_not(None), _c.next_check_at <= bindparam("now"))
    .order_by(_c.next_check_at, _c.id)
    .limit(bindparam("limit"))
)
_WAITING_SINCE = _page(_SHORT.where(_OPEN, _c.filed_at < bindparam("before"), _ABOUT_OR_HANDLED), _c.filed_at)
_OPEN_ABOUT = _SHORT.where(_OPEN, _c.unit.in_(_UNITS)).order_by(_c.id)
_OPEN_AFTER = select(_c.id).where(_OPEN, _c.id > bindparam("after")).order_by(_c.id).limit(bindparam("limit"))
_AMONG = _SHORT.where(_c.id.in_(bindparam("ids", expanding=True))).order_by(_c.id)
_OPEN_AMONG = _SHORT.where(_OPEN, _c.id.in_(bindparam("ids", expanding=True))).order_by(_c.id)

_ADD = insert_or(cases, lambda new: new.on_conflict_do_nothing(index_elements=["code"]).returning(_c.id))
_ADD_TEXTS = insert(case_texts)
_SAVE = Prepared(update(cases).where(_c.id == bindparam("b_id"), _c.version == bindparam("b_version")))
_SAVE_TEXTS = update(case_texts).where(_t.case_id == bindparam("b_id"))
_NEXT_CHECK = Prepared(update(cases).where(_c.id == bindparam("b_id")).values(next_check_at=bindparam("b_at")))
_CLIMB = Prepared(
    update(cases).where(_c.id == bindparam("b_id")).values(next_check_at=bindparam("b_at"), escalated=bindparam("b_escalated"))
)
_PIN = select(_c.pin_hash).where(_c.id == bindparam("id"))
_SET_PIN = update(cases).where(_c.id == bindparam("b_id")).values(pin_hash=bindparam("b_pin"))
_REMIND = insert_or(reminders, lambda new: new.on_conflict_do_nothing().returning(reminders.c.case_id))

_m, _a = case_messages.c, answers.c
_SAY = insert(case_messages).returning(_m.id)
_SAY_BODY = update(case_messages).where(_m.id == bindparam("b_id")).values(body=bindparam("b_body"))
_TALK = Prepared(select(_m.id, _m.at, _m.side, _m.staff, _m.body).where(_m.case_id == bindparam("case")).order_by(_m.id))
_ANSWER_WORDS = ("body", "evidence")
_ANSWER_PLAIN = (
    "finding", "action", "document", "author", "signer", "given_at", "unit", "due_at", "legal_due_at", "extended", "days_late",
)  # fmt: skip
_PUT_ANSWER = insert_or(
    answers,
    lambda new: new.on_conflict_do_update(
        index_elements=["case_id", "round"],
        set_={c: new.excluded[c] for c in (*_ANSWER_WORDS, *_ANSWER_PLAIN)},
        where=_a.given_at.is_(None),
    ).returning(_a.round),
)
_ANSWER = Prepared(select(answers).where(_a.case_id == bindparam("case")).order_by(_a.round.desc()).limit(1))
_ANSWER_OF_ROUND = Prepared(select(answers).where(_a.case_id == bindparam("case"), _a.round == bindparam("round")))


class Cases:
    """Implements `ports.Cases`.

    Lists come without story and time of the incident, which stay sealed on the disk.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add(self, new: NewCase, next_check_at: datetime | None) -> Case:
        """Store it and return it with its id and version 1. Raises `CodeTaken` when the code exists."""
        row = _written(new.case) | {
            "code": new.case.code,
            "pin_hash": new.pin_hash,
            "rule_id": new.rule_id,
            "next_check_at": next_check_at,
            "version": 1,
        }
        number = (await self._ledger.execute(_ADD, row)).scalar_one_or_none()
        if number is None:
            raise CodeTaken
        texts = {name: self._closed(name, number, getattr(new.case, name)) for name in _TEXTS}
        await self._ledger.execute(_ADD_TEXTS, {"case_id": number, **texts})
        await keep_reporter(self._ledger, number, new.reporter)
        return replace(new.case, id=number, version=1)

    async def by_code(self, code: str) -> Case | None:
        """Return the case with its words, or None."""
        return self._case_or_none((await self._ledger.execute(_BY_CODE, {"code": code})).one_or_none())

    async def by_id(self, case: int) -> Case | None:
        """Return the case with its words, or None."""
        return self._case_or_none((await self._ledger.execute(_BY_ID, {"id": case})).one_or_none())

    async def save(self, before: Case, after: Case, next_check_at: datetime | None) -> Case:
        """Store `after` with the next version; raises `Changed` when somebody stored another version since `before`.

        Words are stored only where `after` differs from `before`, so a case from a list may be saved without its story.
        """
        row = _written(after) | {"next_check_at": next_check_at, "version": before.version + 1}
        saved = await self._ledger.execute(_SAVE, row | {"b_id": before.id, "b_version": before.version})
        if saved.rowcount != 1:
            raise Changed
        texts = {
            name: self._closed(name, before.id, getattr(after, name))
            for name in _TEXTS
            if getattr(after, name) != getattr(before, name)
        }
        if texts:
            await self._ledger.execute(_SAVE_TEXTS, texts | {"b_id": before.id})
        return replace(after, version=before.version + 1)

    async def move_dates(self, before: Case, after: Case, next_check_at: datetime | None) -> Case:
        """Store of `after` only the due dates, with the next version; raises `Changed` as `save` does.

        It leaves alone the columns and indexes that have nothing to do with dates, which makes it several times as fast.
        """
        row = {name: getattr(after, name) for name in _DATES} | {"next_check_at": next_check_at, "version": before.version + 1}
        saved = await self._ledger.execute(_SAVE, row | {"b_id": before.id, "b_version": before.version})
        if saved.rowcount != 1:
            raise Changed
        return replace(after, version=before.version + 1)

    async def of_units(
        self,
        units: Sequence[str],
        *,
        statuses: Iterable[Status] | None = None,
        handler: int | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Case]:
        """Return open cases (or those in `statuses`) handled by these units, by due date, those without one last."""
        params: dict[str, Any] = {"units": list(units), "limit": limit, "offset": offset}
        if statuses is not None:
            params["statuses"] = [s.value for s in statuses]
        if handler is not None:
            params["handler"] = handler
        return await self._list(_OF_UNITS[statuses is not None, handler is not None], params)

    async def with_intake(self, units: Sequence[str], limit: int = 50, offset: int = 0) -> list[Case]:
        """Return cases that wait for intake whose office is one of these units or unknown, oldest first."""
        return await self._list(_WITH_INTAKE, {"units": list(units), "limit": limit, "offset": offset})

    async def of_person(self, person: int, limit: int = 20, offset: int = 0) -> list[Case]:
        """Return the cases that a person sent and did not cut off, newest first, with words."""
        return await self._list(_OF_PERSON, {"person": sent_by(self._ledger, person), "limit": limit, "offset": offset})

    async def due_for_check(self, now: datetime, limit: int) -> list[Case]:
        """Return cases whose `next_check_at` has come, earliest first."""
        return await self._list(_DUE_FOR_CHECK, {"now": now, "limit": limit})

    async def waiting_since(self, units: Sequence[str], before: datetime, limit: int = 50, offset: int = 0) -> list[Case]:
        """Return open cases filed before that instant, handled by or about these units, the oldest first."""
        return await self._list(_WAITING_SINCE, {"units": list(units), "before": before, "limit": limit, "offset": offset})

    async def open_about(self, units: Sequence[str]) -> list[Case]:
        """Return open cases about these offices, oldest first."""
        return await self._list(_OPEN_ABOUT, {"units": list(units)})

    async def open_after(self, case: int, limit: int) -> list[int]:
        """Return the ids of the first open cases after this one, in order."""
        return list((await self._ledger.execute(_OPEN_AFTER, {"after": case, "limit": limit})).scalars())

    async def open_among(self, cases: Sequence[int]) -> list[Case]:
        """Return those of these cases that are open, in order, without story."""
        return await self._list(_OPEN_AMONG, {"ids": list(cases)})

    async def among(self, cases: Sequence[int]) -> list[Case]:
        """Return these cases, in order, without story."""
        return await self._list(_AMONG, {"ids": list(cases)})

    async def set_next_check(self, case: int, at: datetime | None, escalated: int | None = None) -> None:
        """Move the next moment at which anything happens by itself, and how far the ladder has gone, without a new version."""
        if escalated is None:
            await self._ledger.execute(_NEXT_CHECK, {"b_id": case, "b_at": at})
        else:
            await self._ledger.execute(_CLIMB, {"b_id": case, "b_at": at, "b_escalated": escalated})

    async def remind_once(self, case: int, kind: str, level: int, due_at: datetime, now: datetime) -> bool:
        """Note a reminder of this kind and level for this due date; False when it was noted before."""
        row = {"case_id": case, "kind": kind, "level": level, "due_at": due_at, "at": now}
        return (await self._ledger.execute(_REMIND, row)).scalar_one_or_none() is not None

    async def check_pin(self, case: int, pin_hash: str) -> bool:
        """Whether this is the case's PIN; the time that the answer takes does not tell how much of it was right."""
        kept = (await self._ledger.execute(_PIN, {"id": case})).scalar_one_or_none()
        return kept is not None and hmac.compare_digest(kept, pin_hash)

    async def set_pin(self, case: int, pin_hash: str) -> None:
        """Replace the PIN; the old one opens nothing any more."""
        await self._ledger.execute(_SET_PIN, {"b_id": case, "b_pin": pin_hash})

    async def say(self, case: int, side: str, body: str, staff: int | None, now: datetime) -> int:
        """Add a line of talk; return its id."""
        row = {"case_id": case, "at": now, "side": side, "staff": staff, "body": b""}
        number: int = (await self._ledger.execute(_SAY, row)).scalar_one()
        # Sealed for its own id, which is known only now.
        sealed = self._ledger.close(body, "case_messages.body", number)
        await self._ledger.execute(_SAY_BODY, {"b_id": number, "b_body": sealed})
        return number

    async def talk(self, case: int) -> list[CaseMessage]:
        """Return the lines of talk, oldest first."""
        rows = await self._ledger.execute(_TALK, {"case": case})
        return [CaseMessage(r.id, r.at, r.side, r.staff, self._ledger.open(r.body, "case_messages.body", r.id)) for r in rows]

    async def put_answer(self, case: int, answer: Answer) -> None:
        """Store a draft or the given answer of its round; raises `Changed` when the answer of that round was given before."""
        bound = f"{case}:{answer.round}"
        words = {name: self._ledger.close(getattr(answer, name), f"answers.{name}", bound) for name in _ANSWER_WORDS}
        row = {"case_id": case, "round": answer.round, **{name: getattr(answer, name) for name in _ANSWER_PLAIN}, **words}
        if (await self._ledger.execute(_PUT_ANSWER, row)).scalar_one_or_none() is None:
            raise Changed

    async def answer(self, case: int, round: int | None = None) -> Answer | None:
        """Return the answer or draft of that round, or the newest."""
        statement = _ANSWER if round is None else _ANSWER_OF_ROUND
        params = {"case": case} if round is None else {"case": case, "round": round}
        row = (await self._ledger.execute(statement, params)).one_or_none()
        if row is None:
            return None
        bound = f"{case}:{row.round}"
        words: dict[str, Any] = {name: self._ledger.open(getattr(row, name), f"answers.{name}", bound) for name in _ANSWER_WORDS}
        return Answer(round=row.round, **{name: getattr(row, name) for name in _ANSWER_PLAIN}, **words)

    async def _list(self, statement: Select[Any] | Prepared, params: Mapping[str, Any]) -> list[Case]:
        return [self._case(row) for row in await self._ledger.execute(statement, params)]

    def _case_or_none(self, row: Any) -> Case | None:
        return None if row is None else self._case(row)

    def _case(self, row: Any) -> Case:
        read: Mapping[str, Any] = row._asdict()
        words = {name: self._ledger.open(read[name], f"case_texts.{name}", row.id) for name in _TEXTS if name in read}
        plain: dict[str, Any] = {name: read[name] for name in _PLAIN} | words
        return Case(
            id=row.id,
            code=row.code,
            kind=CaseKind(row.kind),
            about=About(row.about),
            status=Status(row.status),
            known_as=KnownAs(row.known_as),
            flags=frozenset(row.flags.split()),
            resume=None if row.resume is None else Status(row.resume),
            extension=ExtensionState(row.extension),
            apology=ApologyState(row.apology),
            helping=frozenset(row.helping.split()),
            version=row.version,
            **plain,
        )

    def _closed(self, name: str, case: int, words: str) -> bytes:
        return self._ledger.close(words, f"case_texts.{name}", case)


def _written(case: Case) -> dict[str, Any]:
    """Return the columns that change with a case."""
    return {
        "kind": case.kind.value,
        "about": case.about.value,
        "status": case.status.value,
        "known_as": case.known_as.value,
        "flags": " ".join(sorted(case.flags)),
        "resume": case.resume and case.resume.value,
        "extension": case.extension.value,
        "apology": case.apology.value,
        "helping": " ".join(sorted(case.helping)),
        **{name: getattr(case, name) for name in _PLAIN},
    }
