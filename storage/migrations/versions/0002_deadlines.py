"""What the clocks of a case need: pause, extension, apology, help of other units, merging, and who is told when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
OPEN = "('NEW','NEED_INFO','FORWARDED','RETURNED','ACCEPTED','IN_PROGRESS','WAIT_APPROVAL','REOPENED')"
OPEN_BY_DUE = (
    *("due_at", "handling_unit", "unit", "code", "handler", "category", "kind", "about", "flags", "helping", "status"),
    *("filed_at", "legal_due_at", "ack_due_at", "escalated", "extension", "apology", "contested", "paused_until"),
)
NEW_TABLES = (
    "written_reminders",
    "leases",
    "duties",
    "digest_lines",
    "delegations",
    "contributions",
    "apologies",
    "extensions",
)


def upgrade() -> None:
    """Add the columns and tables."""
    op.execute("ALTER TABLE cases RENAME COLUMN reminded TO escalated")
    op.add_column("cases", sa.Column("paused_until", INSTANT, nullable=True))
    for name in ("extension", "apology", "helping"):
        op.add_column("cases", sa.Column(name, sa.String(), server_default=sa.text("''"), nullable=False))
    _point("cases", "merged_into", sa.Integer(), "cases.id")
    _index("ix_cases_merged", "cases", ["merged_into"], where="merged_into IS NOT NULL")
    _index("ix_cases_filed", "cases", ["filed_at", "unit"])
    op.drop_index("ix_cases_open_due")
    _index("ix_cases_open_due", "cases", OPEN_BY_DUE, where=f"status IN {OPEN}")
    _index(
        "ix_cases_open_legal",
        "cases",
        ["legal_due_at", "due_at", "handling_unit", "unit", "status"],
        where=f"status IN {OPEN}",
    )
    _index("ix_cases_unaccepted", "cases", ["ack_due_at"], where="status = 'FORWARDED'")
    _point("answers", "unit", sa.String(), "units.code")
    op.add_column("answers", sa.Column("due_at", INSTANT, nullable=True))
    op.add_column("answers", sa.Column("legal_due_at", INSTANT, nullable=True))
    op.add_column("answers", sa.Column("extended", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("answers", sa.Column("days_late", sa.Integer(), server_default="0", nullable=False))
    _index("ix_answers_given", "answers", ["given_at", "unit"], where="given_at IS NOT NULL")
    _index("ix_answers_unit", "answers", ["unit", "given_at"], where="given_at IS NOT NULL")
    op.create_table(
        "extensions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("new_due_at", INSTANT, nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('asked','granted','refused','lapsed')", name=op.f("ck_extensions_state")),
        _to("extensions", "case_id", "cases.id"),
        _to("extensions", "asked_by", "staff.id"),
        _to("extensions", "decided_by", "staff.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    _index("ix_extensions_case_id", "extensions", ["case_id"])
    _index("uq_extensions_asked", "extensions", ["case_id"], where="state = 'asked'", unique=True)
    op.create_table(
        "apologies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("task_due_at", INSTANT, nullable=True),
        sa.Column("cause", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("new_due_at", INSTANT, nullable=True),
        sa.Column("signer", sa.Integer(), nullable=True),
        sa.Column("signed_at", INSTANT, nullable=True),
        sa.Column("in_person", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("signed_at IS NULL OR signer IS NOT NULL", name=op.f("ck_apologies_signed")),
        _to("apologies", "case_id", "cases.id"),
        _to("apologies", "unit", "units.code"),
        _to("apologies", "signer", "staff.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apologies")),
        sa.UniqueConstraint("case_id", "due_at", name=op.f("uq_apologies_case_id_due_at")),
    )
    _index("ix_apologies_owed", "apologies", ["unit", "task_due_at"], where="signed_at IS NULL")
    _index("ix_apologies_signed", "apologies", ["signed_at", "unit"], where="signed_at IS NOT NULL")
    op.create_table(
        "contributions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("given_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        _to("contributions", "case_id", "cases.id"),
        _to("contributions", "unit", "units.code"),
        _to("contributions", "asked_by", "staff.id"),
        _to("contributions", "given_by", "staff.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributions")),
    )
    _index("ix_contributions_case_id", "contributions", ["case_id"])
    _index("ix_contributions_open", "contributions", ["unit", "due_at"], where="given_at IS NULL AND ended_at IS NULL")
    op.create_table(
        "delegations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("granted_by", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_delegations_dates")),
        _to("delegations", "staff_id", "staff.id"),
        _to("delegations", "unit", "units.code"),
        _to("delegations", "granted_by", "staff.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    _index("ix_delegations_staff_id", "delegations", ["staff_id"])
    _index("ix_delegations_unit", "delegations", ["unit"])
    op.create_table(
        "digest_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), server_default="0", nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _to("digest_lines", "staff_id", "staff.id"),
        _to("digest_lines", "case_id", "cases.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_lines")),
        sa.UniqueConstraint("staff_id", "kind", "case_id", name=op.f("uq_digest_lines_staff_id_kind_case_id")),
    )
    op.create_table(
        "duties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("to_at", INSTANT, nullable=False),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_duties_span")),
        _to("duties", "unit", "units.code"),
        _to("duties", "staff_id", "staff.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    _index("ix_duties_unit_to", "duties", ["unit", "to_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "written_reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("act_by", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("result_by", sa.Integer(), nullable=True),
        sa.Column("result_at", INSTANT, nullable=True),
        _to("written_reminders", "unit", "units.code"),
        _to("written_reminders", "head", "staff.id"),
        _to("written_reminders", "case_id", "cases.id"),
        _to("written_reminders", "by", "staff.id"),
        _to("written_reminders", "result_by", "staff.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written_reminders")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_written_reminders_year_number")),
    )
    _index("ix_written_reminders_unit", "written_reminders", ["unit", "year"])
    _carry_over()


def _carry_over() -> None:
    """Let what was there before go on by the new rules, and be counted."""
    # Head, superior and supervisor were the levels 0, 1 and 2 of the ladder; now they are 1, 2 and 3.
    _shift_ladder((2, 1, 0), 1)
    # Whatever had come to the end of the old ladder was never looked at again: now there are the red line and the apology.
    cases = sa.table("cases", *map(sa.column, ("id", "answered_at", "handling_unit", "due_at", "legal_due_at", "next_check_at")))
    op.execute(cases.update().where(sa.text(f"status IN {OPEN}")).values(next_check_at=sa.column("filed_at")))
    # What an answer counts as was not written down. For the newest of a case it follows from the case.
    numbers, instants = ("case_id", "round", "days_late"), ("given_at", "due_at", "legal_due_at")
    columns = [sa.column(name, sa.Integer()) for name in numbers] + [sa.column(name, INSTANT) for name in instants]
    answers = sa.table("answers", sa.column("unit"), *columns)
    a, c = answers.c, cases.c
    newest = {
        name: sa.select(c[of]).where(c.id == a.case_id, c.answered_at == a.given_at).scalar_subquery()
        for name, of in (("unit", "handling_unit"), ("due_at", "due_at"), ("legal_due_at", "legal_due_at"))
    }
    op.execute(answers.update().where(a.given_at.is_not(None)).values(newest))
    late = sa.select(a.case_id, a.round, a.due_at, a.given_at).where(a.given_at > a.due_at)
    for case, answered, due, given in op.get_bind().execute(late).all():
        here = (a.case_id == case) & (a.round == answered)
        op.execute(answers.update().where(here).values(days_late=_days_late(_utc(due), _utc(given))))


def _shift_ladder(levels: Sequence[int], by: int) -> None:
    reminders = sa.table("reminders", sa.column("kind"), sa.column("level"))
    for level in levels:
        here = (reminders.c.kind == "overdue") & (reminders.c.level == level)
        op.execute(reminders.update().where(here).values(level=level + by))


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _days_late(due: datetime, given: datetime) -> int:
    """Return how many days from Monday to Friday an answer came after its date, at least 1; 0 within its last second."""
    if given.replace(microsecond=0) <= due:
        return 0
    first, last = (instant.astimezone(UTC) + timedelta(hours=7) for instant in (due, given))
    days = [first.date() + timedelta(days=n) for n in range(1, (last.date() - first.date()).days + 1)]
    return max(1, sum(day.weekday() < 5 for day in days))


def downgrade() -> None:
    """Take them away again."""
    _shift_ladder((1, 2, 3, 4), -1)
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_index("ix_cases_open_due")
    for name in (
        *("ix_answers_unit", "ix_answers_given"),
        *("ix_cases_unaccepted", "ix_cases_open_legal", "ix_cases_filed", "ix_cases_merged"),
    ):
        op.drop_index(name)
    with op.batch_alter_table("answers") as answers:
        for name in ("unit", "due_at", "legal_due_at", "extended", "days_late"):
            answers.drop_column(name)
    for name in ("merged_into", "helping", "apology", "extension", "paused_until"):
        op.drop_column("cases", name)
    op.execute("ALTER TABLE cases RENAME COLUMN escalated TO reminded")
    _index("ix_cases_open_due", "cases", ["due_at", "handling_unit"], where=f"status IN {OPEN}")


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}_{target.split('.')[0]}"))


def _point(table: str, column: str, kind: Any, target: str) -> None:
    """Add a column that points to another table; SQLite takes the reference only where the column is made."""
    other, key = target.split(".")
    name = f"fk_{table}_{column}_{other}"
    if op.get_bind().dialect.name == "sqlite":
        of = kind.compile(dialect=op.get_bind().dialect)
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {of} CONSTRAINT {name} REFERENCES {other} ({key})")
        return
    op.add_column(table, sa.Column(column, kind, nullable=True))
    op.create_foreign_key(op.f(name), table, other, [column], [key])


def _index(name: str, table: str, columns: Sequence[str], where: str | None = None, unique: bool = False) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)
