"""Runs the revisions on the connection that `storage.migrate` hands over; Alembic loads this file by its path."""

from alembic import context

from storage.rows import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
# The caller holds the transaction, so that a kill in the middle leaves the old schema whole (K3), on SQLite too.
context.run_migrations()
