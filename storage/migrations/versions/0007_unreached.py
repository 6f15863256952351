"""Which messages that must arrive have not: an index of the few of them, by the case that they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHERE = sa.text("must_arrive AND case_id IS NOT NULL AND state IN ('held','dead','uncertain')")


def upgrade() -> None:
    """Make the index: the table is read once, for a few seconds where it has a million rows."""
    op.create_index("ix_outbox_unreached", "outbox", ["case_id"], sqlite_where=WHERE, postgresql_where=WHERE)


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_outbox_unreached", "outbox")
