"""The key of the lookup hashes: made once, kept sealed."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, bindparam, select, update

from storage.ledger import insert_or
from storage.rows import meta
from storage.seal import KEY_BYTES, Seal

_NAME = "lookup_key"
_READ = select(meta.c.value).where(meta.c.key == _NAME)
_MAKE = insert_or(meta, lambda new: new.on_conflict_do_nothing(index_elements=["key"]))
_SEAL_AGAIN = update(meta).where(meta.c.key == _NAME).values(value=bindparam("b_value"))


def lookup_key(connection: Connection, seal: Seal) -> bytes:
    """Return the key of the lookup hashes, made by the first start.

    It is kept sealed with SECRET_KEYS, and sealed again after these were changed, so that changing them makes nobody a stranger.
    Raises `SealBroken` when none of SECRET_KEYS opens it. On a connection that cannot write it must be there, and up to date.
    """
    kept = connection.execute(_READ).scalar_one_or_none()
    if kept is None:
        fresh = seal.seal(secrets.token_bytes(KEY_BYTES), "meta.value", _NAME)
        make = _MAKE.sqlite if connection.dialect.name == "sqlite" else _MAKE.postgresql
        connection.execute(make, {"key": _NAME, "value": fresh})
        # Another process may have been faster.
        kept = connection.execute(_READ).scalar_one()
    key = seal.open(kept, "meta.value", _NAME)
    if not seal.by_first_key(kept):
        connection.execute(_SEAL_AGAIN, {"b_value": seal.seal(key, "meta.value", _NAME)})
    return key
