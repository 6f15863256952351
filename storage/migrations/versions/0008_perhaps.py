"""What must arrive and perhaps has: an index of the few such messages, for whoever looks after the program."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHERE = sa.text("must_arrive AND state = 'uncertain'")


def upgrade() -> None:
    """Make the index: the table is read once, for a few seconds where it has a million rows."""
    op.create_index("ix_outbox_perhaps", "outbox", ["contact_id"], sqlite_where=WHERE, postgresql_where=WHERE)


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_outbox_perhaps", "outbox")
