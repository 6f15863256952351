"""By which words a case is found: a blind index.

The words of a case are sealed, so their index holds nothing but keyed hashes: 64 bits of HMAC-SHA-256 written as letters, once
each and sorted, so that the order of the words is not kept. Whoever has the disk without the keys still sees which cases share
a word and how many do, not which word it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import combinations

from sqlalchemy import bindparam, select, text

from bot.usecases.ports_search import Groups
from storage.ledger import Ledger
from storage.prepared import Prepared
from storage.rows import cases
from storage.seal import lookup

_KEPT = 16_384
"""So many hashes are kept at hand: Vietnamese has some 7,000 syllables, and hashing them was most of what indexing costs."""
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")

_PUT = Prepared(
    text("INSERT OR REPLACE INTO case_words (rowid, words) VALUES (:case, :words)"),
    text(
        "INSERT INTO case_words (case_id, words) VALUES (:case, array_to_tsvector(string_to_array(:words, ' '))) "
        "ON CONFLICT (case_id) DO UPDATE SET words = excluded.words"
    ),
)
_NEWEST = {
    "sqlite": text(
        "SELECT rowid FROM case_words WHERE case_words MATCH :asked AND rowid < :before ORDER BY rowid DESC LIMIT :most"
    ),
    "postgresql": text(
        "SELECT case_id FROM case_words WHERE words @@ CAST(:asked AS tsquery) AND case_id < :before "
        "ORDER BY case_id DESC LIMIT :most"
    ),
}
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
        hidden = sorted({self._hidden(word) for word in words})
        await self._ledger.execute(_PUT, {"case": case, "words": " ".join(hidden)})

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
        return list((await self._ledger.execute(_NEWEST[self._ledger.dialect], params)).scalars())

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
        return _hash(self._ledger.lookup_key, word)


@lru_cache(_KEPT)
def _hash(key: bytes, word: str) -> str:
    return lookup(key, "case_words", word)[:16].translate(_LETTERS)
