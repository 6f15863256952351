"""By which words a case is found: keyed hashes of its words and of whoever may search them, never the words."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index: FTS5 on SQLite (rowid is the case), a text vector with GIN on PostgreSQL."""
    if op.get_bind().dialect.name == "sqlite":
        # Only whether a case has a word is ever asked, so FTS5 keeps neither places nor frequencies nor the words themselves;
        # what it has to be told again when a word goes away stands beside it, eight bytes a word.
        op.execute("CREATE VIRTUAL TABLE case_words USING fts5(words, content='', detail='none', columnsize=0, tokenize='ascii')")
        op.execute("CREATE TABLE case_words_kept (case_id INTEGER PRIMARY KEY REFERENCES cases (id), words BLOB NOT NULL)")
        return
    op.execute("CREATE TABLE case_words (case_id INTEGER PRIMARY KEY REFERENCES cases (id), words TSVECTOR NOT NULL)")
    op.execute("CREATE INDEX ix_case_words_words ON case_words USING gin (words)")


def downgrade() -> None:
    """Take the index away; `reindex` makes it again."""
    op.execute("DROP TABLE case_words")
    op.execute("DROP TABLE IF EXISTS case_words_kept")
