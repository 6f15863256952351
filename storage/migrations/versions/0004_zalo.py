"""What the admin of a Zalo Official Account has given us: the sealed pair of tokens, who refreshes it, and a login under way."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "zalo_grants",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("pair", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("lost", sa.String(), nullable=True),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("held_until", INSTANT, nullable=True),
        sa.Column("login", sa.LargeBinary(), nullable=True),
        sa.Column("login_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_zalo_grants")),
    )


def downgrade() -> None:
    """Take it away; the account's admin must consent again afterwards."""
    op.drop_table("zalo_grants")
