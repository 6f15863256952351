"""Cases taken by an officer from a call, a visitor or a letter, and the books of calls and of the letterbox (LAW 8.1 R6, R7)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make two columns and three tables."""
    op.add_column("cases", sa.Column("channel", sa.String(), server_default=sa.text("''"), nullable=False))
    # By hand, as alembic would copy the whole table on SQLite to name a foreign key.
    op.execute("ALTER TABLE cases ADD COLUMN taken_by INTEGER CONSTRAINT fk_cases_taken_by_staff REFERENCES staff (id)")
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("read_back", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        _to("calls", "unit", "units.code"),
        _to("calls", "by", "staff.id"),
        _to("calls", "case_id", "cases.id"),
        sa.CheckConstraint("minutes IS NULL OR minutes >= 0", name=op.f("ck_calls_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("case_id", name=op.f("uq_calls_case_id")),
    )
    op.create_index("ix_calls_unit_at", "calls", ["unit", "at"])
    op.create_table(
        "box_openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("not_eligible", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("second", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        _to("box_openings", "unit", "units.code"),
        _to("box_openings", "by", "staff.id"),
        _to("box_openings", "second", "staff.id"),
        sa.CheckConstraint("state IN ('waiting','confirmed','denied')", name=op.f("ck_box_openings_state")),
        sa.CheckConstraint("not_eligible BETWEEN 0 AND letters", name=op.f("ck_box_openings_letters")),
        sa.CheckConstraint('"second" <> "by"', name=op.f("ck_box_openings_two")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_openings")),
    )
    op.create_index("ix_box_openings_unit_at", "box_openings", ["unit", "at"])
    op.create_table(
        "box_letters",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("opening_id", sa.Integer(), nullable=False),
        _to("box_letters", "case_id", "cases.id"),
        _to("box_letters", "opening_id", "box_openings.id"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_box_letters")),
    )
    op.create_index("ix_box_letters_opening_id", "box_letters", ["opening_id"])


def downgrade() -> None:
    """Take them away; what an officer took stays as a case like any other."""
    op.drop_table("box_letters")
    op.drop_table("box_openings")
    op.drop_table("calls")
    for name in ("taken_by", "channel"):
        op.drop_column("cases", name)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other.partition('.')[0]}")
    return sa.ForeignKeyConstraint([column], [other], name=name)
