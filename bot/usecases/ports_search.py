"""The index of words, as the use cases see it; `storage.case_words` implements it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

Groups = Sequence[Collection[str]]


class CaseWords(Protocol):
    """By which words a case is found. It takes words in the clear and keeps keyed hashes only."""

    async def put(self, case: int, words: Collection[str]) -> None:
        """Let the case be found by these words and no others."""
        ...

    async def newest(
        self, scope: Collection[str], groups: Groups, limit: int, before: int | None = None, but_one: bool = False
    ) -> list[int]:
        """Return cases with one of `scope` and one word of every group (`but_one`: of all but one of them), newest first."""
        ...

    async def cases_after(self, case: int, limit: int) -> list[int]:
        """Return the ids of the first cases after this one, in order, whatever their status."""
        ...
