"""By which words a case is found: keyed hashes of its words and of whoever may search them, never the words."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index: FTS5 on SQLite (rowid is the case), a text vector with GIN on PostgreSQL."""
    if op.get_bind().dialect.name == "sqlite":
        # Neither places nor frequencies are kept, since only whether a case has a word is ever asked.
        op.execute("CREATE VIRTUAL TABLE case_words USING fts5(words, detail='none', columnsize=0, tokenize='ascii')")
        return
    op.execute("CREATE TABLE case_words (case_id INTEGER PRIMARY KEY REFERENCES cases (id), words TSVECTOR NOT NULL)")
    op.execute("CREATE INDEX ix_case_words_words ON case_words USING gin (words)")


def downgrade() -> None:
    """Take the index away; `reindex` makes it again."""
    op.execute("DROP TABLE case_words")
