"""How much there is of what an operator watches."""

from __future__ import annotations

from sqlalchemy import bindparam, text

from bot.usecases.ports import Counts
from storage.ledger import Ledger
from storage.rows import OPEN_STATUSES, PERHAPS, Instant

# Each condition stands as in its partial index, letter for letter, so that SQLite counts the index and not the table.
_COUNTS = text(f"""
    SELECT (SELECT count(*) FROM inbox WHERE state IN ('waiting','failed')) AS inbox_waiting,
           (SELECT count(*) FROM outbox WHERE state IN ('pending','sending')) AS outbox_waiting,
           (SELECT count(*) FROM inbox WHERE state = 'dead')
             + (SELECT count(*) FROM outbox WHERE state IN ('sending','dead','held') AND state = 'dead')
             + (SELECT count(*) FROM outbox WHERE {PERHAPS}) AS dead_letters,
           (SELECT count(*) FROM cases WHERE status IN {OPEN_STATUSES}) AS cases_open,
           (SELECT count(*) FROM cases WHERE status IN {OPEN_STATUSES} AND due_at < :now) AS cases_overdue
""").bindparams(bindparam("now", type_=Instant))  # noqa: S608 - only a constant of ours goes in.


async def counts(ledger: Ledger) -> Counts:
    """Return what waits, what was given up on and what is open, as of the ledger's instant."""
    row = (await ledger.execute(_COUNTS, {"now": ledger.now})).one()
    return Counts(**row._mapping)
