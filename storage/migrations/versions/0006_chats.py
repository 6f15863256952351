"""One person on several channels: when a chat was connected with others, and the codes by which one is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make a column and a table."""
    op.add_column("contacts", sa.Column("joined_at", INSTANT, nullable=True))
    op.create_table(
        "link_codes",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_link_codes_person_id_people")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_link_codes_contact_id_contacts")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_link_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_link_codes_code_hash")),
    )


def downgrade() -> None:
    """Take them away; chats that were connected stay so."""
    op.drop_table("link_codes")
    op.drop_column("contacts", "joined_at")
