"""By which words a case is found: a blind index.

The words of a case are sealed, so their index holds nothing but keyed hashes: 64 bits of HMAC-SHA-256 written as letters, once
each and sorted, so that the order of the words is not kept. Whoever has the disk without the keys still sees which cases share
a word and how many do, not which word it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import combinations

from sqlalchemy import Integer, LargeBinary, bindparam, column, select, table, text

from bot.usecases.ports_search import Groups
from storage.ledger import Ledger
from storage.prepared import Prepared
from storage.rows import cases
from storage.seal import lookup

_KEPT = 16_384
"""So many hashes are kept at hand: Vietnamese has some 7,000 syllables, and hashing them was most of what indexing costs."""
_kept = table("case_words_kept", column("case_id", Integer), column("words", LargeBinary))
_HEX = 16
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")

_PUT = text(
    "INSERT INTO case_words (case_id, words) VALUES (:case, array_to_tsvector(string_to_array(:words, ' '))) "
    "ON CONFLICT (case_id) DO UPDATE SET words = excluded.words"
)
_KEEP = Prepared(text("INSERT OR REPLACE INTO case_words_kept (case_id, words) VALUES (:case, :words)"))
_WERE = Prepared(select(_kept.c.words).where(_kept.c.case_id == bindparam("case")))
_FORGET = Prepared(text("INSERT INTO case_words (case_words, rowid, words) VALUES ('delete', :case, :words)"))
_ADD = Prepared(text("INSERT INTO case_words (rowid, words) VALUES (:case, :words)"))
_IN_FTS5 = text("SELECT rowid FROM case_words WHERE case_words MATCH :asked AND rowid < :before ORDER BY rowid DESC LIMIT :most")
# PostgreSQL's planner cannot know which words go together, and reading a text vector costs far more than it thinks. So common
# words are looked for among the newest cases, where they are found at once, and whatever else through the GIN index.
_AMONG_NEWEST = text(
    "SELECT case_id FROM case_words WHERE case_id < :before AND words @@ CAST(:asked AS tsquery) "
    "AND case_id >= LEAST(:before, (SELECT max(case_id) FROM case_words)) - :window ORDER BY case_id DESC LIMIT :most"
)
_BY_GIN = text(
    "WITH found AS MATERIALIZED (SELECT case_id FROM case_words WHERE words @@ CAST(:asked AS tsquery)) "
    "SELECT case_id FROM found WHERE case_id < :before ORDER BY case_id DESC LIMIT :most"
)
WINDOW = 500
_AND = {"sqlite": " AND ", "postgresql": " & "}
_OR = {"sqlite": " OR ", "postgresql": " | "}
_AFTER = select(cases.c.id).where(cases.c.id > bindparam("after")).order_by(cases.c.id).limit(bindparam("most"))
_ABOVE_ALL = 2**31 - 1


class CaseWords:
    """Implements `ports_search.CaseWords`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def put(self, case: int, words: Collection[str]) -> None:
        """Let the case be found by these words and no others."""
        hidden = {_hash(self._ledger.lookup_key, word) for word in words}
        if self._ledger.dialect == "sqlite":
            await self._put_in_fts5(case, hidden)
        else:
            await self._ledger.execute(_PUT, {"case": case, "words": _written(hidden)})

    async def _put_in_fts5(self, case: int, hidden: set[str]) -> None:
        """Tell FTS5 what came and what went; it keeps no text, so what a case had is looked up beside it."""
        before: bytes = (await self._ledger.execute(_WERE, {"case": case})).scalar_one_or_none() or b""
        packed = before.hex()
        were = {packed[place : place + _HEX] for place in range(0, len(packed), _HEX)}
        if were == hidden:
            return
        if gone := were - hidden:
            await self._ledger.execute(_FORGET, {"case": case, "words": _written(gone)})
        await self._ledger.execute(_ADD, {"case": case, "words": _written(hidden - were)})
        await self._ledger.execute(_KEEP, {"case": case, "words": bytes.fromhex("".join(sorted(hidden)))})

    async def newest(
        self, scope: Collection[str], groups: Groups, limit: int, before: int | None = None, but_one: bool = False
    ) -> list[int]:
        """Return cases with one of `scope` and one word of every group (`but_one`: of all but one of them), newest first."""
        if not scope or not groups:
            return []
        wanted = [self._any_of(group) for group in groups]
        if but_one:
            wanted = [self._joined("or", (self._joined("and", some) for some in combinations(wanted, len(wanted) - 1)))]
        asked = self._joined("and", [self._any_of(scope), *wanted])
        params = {"asked": asked, "before": _ABOVE_ALL if before is None else before, "most": limit}
        if self._ledger.dialect == "sqlite":
            return list((await self._ledger.execute(_IN_FTS5, params)).scalars())
        found = list((await self._ledger.execute(_AMONG_NEWEST, params | {"window": WINDOW})).scalars())
        if len(found) < limit:
            found = list((await self._ledger.execute(_BY_GIN, params)).scalars())
        return found

    async def cases_after(self, case: int, limit: int) -> list[int]:
        """Return the ids of the first cases after this one, in order, whatever their status."""
        return list((await self._ledger.execute(_AFTER, {"after": case, "most": limit})).scalars())

    def _any_of(self, words: Collection[str]) -> str:
        return self._joined("or", [self._hidden(word) for word in words])

    def _joined(self, how: str, parts: Iterable[str]) -> str:
        """Return an expression of either language in brackets; hashes are letters only, so there is nothing to escape."""
        by = _AND if how == "and" else _OR
        return f"({by[self._ledger.dialect].join(parts)})"

    def _hidden(self, word: str) -> str:
        return _hash(self._ledger.lookup_key, word).translate(_LETTERS)


def _written(hidden: Iterable[str]) -> str:
    """Return hashes as both databases take them: words of letters, in order."""
    return " ".join(sorted(hidden)).translate(_LETTERS)


@lru_cache(_KEPT)
def _hash(key: bytes, word: str) -> str:
    """Return the keyed hash of a word, in hexadecimal digits."""
    return lookup(key, "case_words", word)[:_HEX]
