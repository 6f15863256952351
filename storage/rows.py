"""The tables. Row shapes never leave this package.

What names a person (name, phone, chat, what they wrote) is a sealed column, `LargeBinary`, opened by `storage.seal`; a
column that ends in `_hash` is a keyed hash to look things up by. Instants are stored as UTC, civil days as dates.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored as UTC; a naive one is refused, since nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return UTC, without the zone where the database keeps none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware instant in UTC."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

OPEN_STATUSES = "('NEW','NEED_INFO','FORWARDED','RETURNED','ACCEPTED','IN_PROGRESS','WAIT_APPROVAL','REOPENED')"

INTAKE_STATUSES = "('NEW','RETURNED')"
# Both stand in the queries letter for letter as in the indexes: SQLite takes a partial index only then.

OPEN_BY_DUE = (
    *("due_at", "handling_unit", "unit", "code", "handler", "category", "kind", "about", "flags", "helping", "status"),
    *("filed_at", "legal_due_at", "ack_due_at", "escalated", "extension", "apology", "contested", "paused_until"),
)


def _partial(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


# Small facts of this installation: the sealed lookup key, the heartbeat, the Telegram bot's name.
meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", LargeBinary, nullable=False))

# The law as rows. One row a version; the newest active one counts. `shipped` is what our files said, `row` what counts now.
rules = Table(
    "rules",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("set", String, nullable=False),
    Column("key", String, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("row", Text, nullable=False),
    Column("shipped", Text, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("since", Instant, nullable=False),
    UniqueConstraint("set", "key", "version"),
)

units = Table(
    "units",
    metadata,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("type", String, nullable=False),
    Column("parent", String, ForeignKey("units.code"), index=True),
    Column("province", String, nullable=False, default=""),
    Column("head_title", String, nullable=False, default=""),
    Column("phone", String, nullable=False, default=""),
    Column("address", String, nullable=False, default=""),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("successors", Text, nullable=False, default="[]"),
    Column("aliases", Text, nullable=False, default="[]"),
)

legacy_units = Table(
    "legacy_units",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("level", String, nullable=False),
    Column("district", String, nullable=False, default=""),
    Column("province", String, nullable=False, default=""),
    Column("successors", Text, nullable=False),
    Column("note", String, nullable=False, default=""),
    UniqueConstraint("name", "level", "district", "province"),
)

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("language", String, nullable=False, default="vi"),
    Column("agreed", Boolean),
    Column("address_as", String, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
)

# One chat of a person on one platform. `address` is sealed JSON of Who.
contacts = Table(
    "contacts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Integer, ForeignKey("people.id"), nullable=False, index=True),
    Column("platform", String, nullable=False),
    Column("address_hash", String, nullable=False, unique=True),
    Column("address", LargeBinary, nullable=False),
    Column("reachable", Boolean, nullable=False, default=True),
    Column("last_seen_at", Instant, nullable=False),
    # When it was connected with chats that its person had before.
    Column("joined_at", Instant),
)

# The code that a chat shows, by which another chat joins its person: one a person, kept as a keyed hash, used once.
link_codes = Table(
    "link_codes",
    metadata,
    Column("person_id", Integer, ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("code_hash", String, nullable=False, unique=True),
    Column("contact_id", Integer, ForeignKey("contacts.id"), nullable=False),
    Column("expires_at", Instant, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Integer, ForeignKey("people.id"), nullable=False, index=True),
    Column("purpose", String, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("wording", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("address_hash", String, primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False, index=True),
)

# Every update that came in, once. `raw` is sealed and purged after KEEP_RAW_DAYS; the keys stay. `message_key` is a keyed hash:
# what a provider calls a message may hold the chat's number.
inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String, nullable=False),
    Column("account", String, nullable=False),
    Column("key", String, nullable=False),
    Column("message_key", String),
    Column("chat_hash", String, nullable=False),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("incident", String),
    Column("why", String),
    Column("raw", LargeBinary),
    Column("received_at", Instant, nullable=False),
    Column("next_try_at", Instant),
    UniqueConstraint("platform", "account", "key"),
    UniqueConstraint("platform", "account", "message_key"),
    CheckConstraint("state IN ('done','waiting','failed','dead')", name="state"),
    _partial("ix_inbox_unfinished", "id", where="state IN ('waiting','failed')"),
    _partial("ix_inbox_unfinished_chat", "chat_hash", "id", where="state IN ('waiting','failed')"),
    _partial("ix_inbox_dead", "id", where="state = 'dead'"),
    _partial("ix_inbox_raw", "received_at", where="state = 'done' AND raw IS NOT NULL"),
)

# What has not reached whom it is for: written in every statement as in the index, since SQLite takes a partial one only then.
UNREACHED = "outbox.must_arrive AND outbox.case_id IS NOT NULL AND outbox.state IN ('held','dead','uncertain')"
# What must arrive and perhaps has, with or without a case: a dead letter too, of which somebody must decide.
PERHAPS = "outbox.must_arrive AND outbox.state = 'uncertain'"

# Messages on their way out. `priority` 0 is a reply, 5 a notice, 9 bulk; `payload` is a sealed Layout, bound to the chat, the
# instant and its `place` among the messages of that instant. `again`: it goes out a second time, as the first may have arrived.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("contact_id", Integer, ForeignKey("contacts.id"), nullable=False),
    Column("platform", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("once", String, unique=True),
    Column("kind", String, nullable=False),
    Column("must_arrive", Boolean, nullable=False),
    Column("case_id", Integer, ForeignKey("cases.id")),
    Column("place", Integer, nullable=False, default=0),
    Column("payload", LargeBinary),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("again", Boolean, nullable=False, default=False),
    Column("next_try_at", Instant, nullable=False),
    Column("why", String),
    Column("created_at", Instant, nullable=False),
    Column("done_at", Instant),
    CheckConstraint("state IN ('pending','sending','sent','uncertain','held','dead','dropped')", name="state"),
    _partial("ix_outbox_waiting", "priority", "id", where="state = 'pending'"),
    _partial("ix_outbox_order", "contact_id", "priority", "id", where="state IN ('pending','sending')"),
    _partial("ix_outbox_due", "next_try_at", where="state = 'pending'"),
    _partial("ix_outbox_stuck", "state", "id", where="state IN ('sending','dead','held')"),
    _partial("ix_outbox_payload", "done_at", where="payload IS NOT NULL"),
    _partial("ix_outbox_unreached", "case_id", where=UNREACHED.replace("outbox.", "")),
    _partial("ix_outbox_perhaps", "contact_id", where=PERHAPS.replace("outbox.", "")),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String, nullable=False, unique=True),
    Column("pin_hash", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("category", String, nullable=False),
    Column("unit", String, ForeignKey("units.code")),
    Column("about", String, nullable=False),
    Column("status", String, nullable=False),
    Column("flags", String, nullable=False, default=""),
    Column("known_as", String, nullable=False),
    Column("policy", String, nullable=False),
    Column("rule_id", Integer, ForeignKey("rules.id")),
    Column("filed_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("legal_due_at", Instant),
    Column("next_check_at", Instant),
    Column("handling_unit", String, ForeignKey("units.code")),
    Column("handler", Integer, ForeignKey("staff.id")),
    Column("forwarded_at", Instant),
    Column("ack_due_at", Instant),
    Column("accepted_at", Instant),
    Column("answered_at", Instant),
    Column("contest_until", Instant),
    Column("contested", Boolean, nullable=False, default=False),
    Column("rating", Integer),
    Column("returns", Integer, nullable=False, default=0),
    Column("resume", String),
    Column("share_files", Boolean, nullable=False, default=False),
    # How far the ladder has gone: 0 nowhere, then head, superior, supervisor, chair.
    Column("escalated", Integer, nullable=False, default=0),
    Column("version", Integer, nullable=False, default=1),
    # The service clock stands until then at the latest, while the citizen is asked (LAW 2.2 NEED_INFO).
    Column("paused_until", Instant),
    Column("extension", String, nullable=False, server_default=text("''")),
    Column("apology", String, nullable=False, server_default=text("''")),
    Column("helping", String, nullable=False, server_default=text("''")),
    Column("merged_into", Integer, ForeignKey("cases.id")),
    # How it came in: the platform of a chat, or what an officer took it from; "" for cases from before this was kept.
    Column("channel", String, nullable=False, server_default=text("''")),
    Column("taken_by", Integer, ForeignKey("staff.id")),
    CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating"),
    _partial("ix_cases_open_unit", "handling_unit", "due_at", where=f"status IN {OPEN_STATUSES}"),
    # Holds all that lists show of a case, so that thousands of them are read in one piece and not one page of the disk each.
    _partial("ix_cases_open_due", *OPEN_BY_DUE, where=f"status IN {OPEN_STATUSES}"),
    _partial("ix_cases_handler", "handler", "due_at", where=f"status IN {OPEN_STATUSES} AND handler IS NOT NULL"),
    _partial("ix_cases_open_about", "unit", where=f"status IN {OPEN_STATUSES}"),
    _partial(
        "ix_cases_open_legal", "legal_due_at", "due_at", "handling_unit", "unit", "status", where=f"status IN {OPEN_STATUSES}"
    ),
    _partial("ix_cases_unaccepted", "ack_due_at", where="status = 'FORWARDED'"),
    _partial("ix_cases_intake", "filed_at", where=f"status IN {INTAKE_STATUSES}"),
    _partial("ix_cases_next_check", "next_check_at", where="next_check_at IS NOT NULL"),
    _partial("ix_cases_merged", "merged_into", where="merged_into IS NOT NULL"),
    Index("ix_cases_filed", "filed_at", "unit"),
)

# The words of a case, apart from the row that lists read. All sealed: a story often names people.
case_texts = Table(
    "case_texts",
    metadata,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("story", LargeBinary, nullable=False),
    Column("happened", LargeBinary, nullable=False),
    Column("official", LargeBinary, nullable=False),
)

# Who sent a case: apart from it, sealed, reachable only through usecases.identity and the delivery of notices.
reporters = Table(
    "reporters",
    metadata,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("person_hash", String, index=True),
    Column("person", LargeBinary),
    Column("name", LargeBinary),
    Column("phone", LargeBinary),
    Column("forgotten_at", Instant),
)

case_messages = Table(
    "case_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("side", String, nullable=False),
    Column("staff", Integer, ForeignKey("staff.id")),
    Column("body", LargeBinary, nullable=False),
)

# Files from the moment they are named in a turn. `owner_hash` finds those of a draft that is not yet a case. A number is never
# used again, so that a slow download cannot end in the row of another file.
case_files = Table(
    "case_files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), index=True),
    Column("owner_hash", String, nullable=False, index=True),
    Column("draft", String, nullable=False, default=""),
    Column("side", String, nullable=False, default="citizen"),
    Column("platform", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("mime", String, nullable=False, default=""),
    Column("size", Integer, nullable=False, default=0),
    Column("ref", LargeBinary, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("store", String, nullable=False, default=""),
    Column("copy", String, nullable=False, default=""),
    Column("words", LargeBinary),
    Column("at", Instant, nullable=False),
    CheckConstraint("state IN ('pending','stored','failed')", name="state"),
    sqlite_autoincrement=True,
)

answers = Table(
    "answers",
    metadata,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("finding", String, nullable=False),
    Column("action", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("evidence", LargeBinary, nullable=False),
    Column("document", String, nullable=False, default=""),
    Column("author", Integer, ForeignKey("staff.id"), nullable=False),
    Column("signer", Integer, ForeignKey("staff.id")),
    Column("given_at", Instant),
    # What it is counted by for ever, whatever happens to case and calendar later: who answered, which dates held, whether they
    # had been extended, and how many working days it came late (0: on time).
    Column("unit", String, ForeignKey("units.code")),
    Column("due_at", Instant),
    Column("legal_due_at", Instant),
    Column("extended", Boolean, nullable=False, server_default=text("false")),
    Column("days_late", Integer, nullable=False, server_default="0"),
    CheckConstraint("given_at IS NULL OR signer IS NOT NULL", name="signed"),
    _partial("ix_answers_given", "given_at", "unit", where="given_at IS NOT NULL"),
    _partial("ix_answers_unit", "unit", "given_at", where="given_at IS NOT NULL"),
)

# A head asks for a later date, the superior head decides before the date that holds (LAW 2.2 EXT_PAKN). `words` is the apology,
# `value` how many days more, of the kind that the time limit is counted in.
extensions = Table(
    "extensions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False, index=True),
    Column("due_at", Instant, nullable=False),
    Column("new_due_at", Instant, nullable=False),
    Column("value", Integer, nullable=False),
    Column("cause", String, nullable=False),
    Column("words", LargeBinary, nullable=False),
    Column("asked_by", Integer, ForeignKey("staff.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("decided_by", Integer, ForeignKey("staff.id")),
    Column("decided_at", Instant),
    Column("note", LargeBinary),
    CheckConstraint("state IN ('asked','granted','refused','lapsed')", name="state"),
    _partial("uq_extensions_asked", "case_id", where="state = 'asked'", unique=True),
)

# A date was missed: the head owes notice, reason and apology by `task_due_at` (LAW 4). Signed once; `words` is what was signed.
apologies = Table(
    "apologies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("unit", String, ForeignKey("units.code"), nullable=False),
    Column("task_due_at", Instant),
    Column("cause", String, nullable=False, server_default=text("''")),
    Column("words", LargeBinary),
    Column("new_due_at", Instant),
    Column("signer", Integer, ForeignKey("staff.id")),
    Column("signed_at", Instant),
    Column("in_person", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("case_id", "due_at"),
    CheckConstraint("signed_at IS NULL OR signer IS NOT NULL", name="signed"),
    _partial("ix_apologies_owed", "unit", "task_due_at", where="signed_at IS NULL"),
    _partial("ix_apologies_signed", "signed_at", "unit", where="signed_at IS NOT NULL"),
)

# The lead unit of a case asks another for its part; `words` is the request, `body` what came back.
contributions = Table(
    "contributions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False, index=True),
    Column("unit", String, ForeignKey("units.code"), nullable=False),
    Column("words", LargeBinary, nullable=False),
    Column("asked_by", Integer, ForeignKey("staff.id"), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("body", LargeBinary),
    Column("given_by", Integer, ForeignKey("staff.id")),
    Column("given_at", Instant),
    Column("ended_at", Instant),
    _partial("ix_contributions_open", "unit", "due_at", where="given_at IS NULL AND ended_at IS NULL"),
)

# A head hands his signature to a deputy for some days, by a written document.
delegations = Table(
    "delegations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id"), nullable=False, index=True),
    Column("unit", String, ForeignKey("units.code"), nullable=False, index=True),
    Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False),
    Column("document", String, nullable=False),
    Column("granted_by", Integer, ForeignKey("staff.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("revoked_at", Instant),
    CheckConstraint("to_on >= from_on", name="dates"),
)

# What a member of staff is told in one message, the next time that it may be said (RELIABILITY D3, D9).
digest_lines = Table(
    "digest_lines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("level", Integer, nullable=False, server_default="0"),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    # The program stood still when it should have been said.
    Column("late", Boolean, nullable=False, server_default=text("false")),
    Column("at", Instant, nullable=False),
    UniqueConstraint("staff_id", "kind", "case_id"),
)

# Who is on duty outside office hours; urgent matters reach him then.
duties = Table(
    "duties",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit", String, ForeignKey("units.code"), nullable=False),
    Column("staff_id", Integer, ForeignKey("staff.id"), nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant, nullable=False),
    Index("ix_duties_unit_to", "unit", "to_at"),
    CheckConstraint("to_at > from_at", name="span"),
)

# Which process may do timed work now; `token` rises with every new holder, so that an old one is refused (RELIABILITY D6).
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("token", Integer, nullable=False),
    Column("until", Instant, nullable=False),
)

# Reminders in writing from a supervisor to a head, numbered within a year: register R3 (LAW 8.1).
written_reminders = Table(
    "written_reminders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("unit", String, ForeignKey("units.code"), nullable=False),
    Column("head", Integer, ForeignKey("staff.id")),
    Column("nth", Integer, nullable=False),
    Column("case_id", Integer, ForeignKey("cases.id")),
    Column("words", LargeBinary, nullable=False),
    Column("act_by", Date, nullable=False),
    Column("by", Integer, ForeignKey("staff.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("result", LargeBinary),
    Column("result_by", Integer, ForeignKey("staff.id")),
    Column("result_at", Instant),
    UniqueConstraint("year", "number"),
    Index("ix_written_reminders_unit", "unit", "year"),
)

# One row for every change of a case, in the transaction of the change; triggers refuse any later edit.
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), index=True),
    Column("at", Instant, nullable=False),
    Column("name", String, nullable=False),
    Column("actor", Integer, ForeignKey("staff.id")),
    Column("details", Text, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", Integer, ForeignKey("people.id"), unique=True),
    Column("name", String, nullable=False),
    Column("badge", String, nullable=False, default=""),
    Column("joined_at", Instant),
    Column("revoked_at", Instant),
)

appointments = Table(
    "appointments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id"), nullable=False, index=True),
    Column("role", String, nullable=False),
    Column("unit", String, ForeignKey("units.code"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Index("ix_appointments_unit", "unit", "role"),
    # A unit has one head at a time; a new one ends the old one's appointment in the same transaction.
    _partial("uq_appointments_one_head", "unit", where="role = 'unit_head' AND until IS NULL", unique=True),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code_hash", String, nullable=False, unique=True),
    Column("role", String, nullable=False),
    Column("unit", String, ForeignKey("units.code"), nullable=False),
    Column("name", String, nullable=False, default=""),
    Column("badge", String, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("staff_id", Integer, ForeignKey("staff.id")),
)

# How often something was tried in a window: PINs, invitation codes, filings. `who_hash` is a keyed hash.
attempts = Table(
    "attempts",
    metadata,
    Column("what", String, primary_key=True),
    Column("who_hash", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("count", Integer, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("run_at", Instant, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("why", String),
    Column("state", String, nullable=False, default="waiting"),
    UniqueConstraint("kind", "key"),
    CheckConstraint("state IN ('waiting','failed')", name="state"),
    _partial("ix_jobs_run_at", "run_at", where="state = 'waiting'"),
    sqlite_autoincrement=True,
)

# A reminder is said once: by case, what it is, its level, and the deadline it speaks of (an extension starts afresh).
reminders = Table(
    "reminders",
    metadata,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("due_at", Instant, primary_key=True),
    Column("at", Instant, nullable=False),
)

# Register R7 (LAW 8.1): every call to the hotline, those too that became no case. Of the number nothing is kept here: the one
# of a caller stands with who sent the case. `words` is what was said in short, sealed, "" where the case has it.
calls = Table(
    "calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit", String, ForeignKey("units.code"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("minutes", Integer),
    Column("by", Integer, ForeignKey("staff.id"), nullable=False),
    Column("words", LargeBinary, nullable=False),
    Column("read_back", Boolean, nullable=False, server_default=text("false")),
    Column("case_id", Integer, ForeignKey("cases.id"), unique=True),
    CheckConstraint("minutes IS NULL OR minutes >= 0", name="minutes"),
    Index("ix_calls_unit_at", "unit", "at"),
)

# Register R6 (LAW 8.1): a letterbox was opened by two people. It counts once the second one has confirmed it himself.
box_openings = Table(
    "box_openings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit", String, ForeignKey("units.code"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("place", String, nullable=False),
    Column("letters", Integer, nullable=False),
    Column("not_eligible", Integer, nullable=False),
    Column("by", Integer, ForeignKey("staff.id"), nullable=False),
    Column("second", Integer, ForeignKey("staff.id"), nullable=False),
    Column("state", String, nullable=False),
    Column("decided_at", Instant),
    CheckConstraint("state IN ('waiting','confirmed','denied')", name="state"),
    CheckConstraint("not_eligible BETWEEN 0 AND letters", name="letters"),
    CheckConstraint('"second" <> "by"', name="two"),
    Index("ix_box_openings_unit_at", "unit", "at"),
)

# Which cases were entered from the letters of an opening.
box_letters = Table(
    "box_letters",
    metadata,
    Column("case_id", Integer, ForeignKey("cases.id"), primary_key=True),
    Column("opening_id", Integer, ForeignKey("box_openings.id"), nullable=False, index=True),
)

# What the admin of a Zalo Official Account has given us, by the account's id. `pair` is a sealed [access, refresh]; `lost` says
# why it is used up. `holder` refreshes it now and has until `held_until`; left behind, somebody died over it. `login` is a
# sealed [verifier, state, redirect] of a consent that is asked for until `login_until`.
zalo_grants = Table(
    "zalo_grants",
    metadata,
    Column("account", String, primary_key=True),
    Column("pair", LargeBinary),
    Column("issued_at", Instant),
    Column("expires_at", Instant),
    Column("lost", String),
    Column("holder", String),
    Column("held_until", Instant),
    Column("login", LargeBinary),
    Column("login_until", Instant),
)
