"""Statements of the hot path, compiled once and run on SQLite's own connection.

SQLAlchemy needs more time to run a statement of one row than SQLite does, several times over; of a turn's CPU that was the larger
half. So what runs in every turn is written with SQLAlchemy as everything else, compiled by it, and then goes to the driver
directly, with the same conversions of types. On PostgreSQL nothing changes.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql import ClauseElement, Insert
from sqlalchemy.sql.compiler import SQLCompiler

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Convert = Callable[[Any], Any]

_DIALECT = SQLiteDialect_pysqlite()
_MISSING = object()


class Rows:
    """What a statement gave: its rows, with the columns as attributes, or how many it changed. Named as SQLAlchemy's result."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def one_or_none(self) -> Any:
        """Return the only row, None where there is none; raises ValueError where there are more."""
        if len(self._rows) > 1:
            raise ValueError("more than one row")
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        """Return the only row; raises ValueError where there is none or more."""
        (row,) = self._rows
        return row

    def scalar_one_or_none(self) -> Any:
        """Return the first column of the only row, None where there is none; raises ValueError where there are more."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        """Return the first column of the only row; raises ValueError where there is none or more."""
        return self.one()[0]


class Prepared:
    """One statement for both databases; on SQLite `run` goes to the driver.

    A statement whose SQL depends on the values (`IN` with a list) cannot be prepared; running it raises ValueError.
    """

    def __init__(self, sqlite: Executable, postgresql: Executable | None = None) -> None:
        self.sqlite = sqlite
        self.postgresql = postgresql if postgresql is not None else sqlite
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def run(self, driver: sqlite3.Connection, params: Params | None) -> Rows:
        """Return what the statement gives for one set of values, or how many rows it changes for many."""
        if params is None or isinstance(params, Mapping):
            compiled = self._for(params or {})
            cursor = driver.execute(compiled.sql, compiled.values(params or {}))
            return Rows(compiled.rows(cursor), cursor.rowcount)
        compiled = self._for(params[0])
        return Rows([], driver.executemany(compiled.sql, [compiled.values(each) for each in params]).rowcount)

    def _for(self, params: Mapping[str, Any]) -> _Compiled:
        names = tuple(params)
        found = self._compiled.get(names)
        if found is None:
            found = self._compiled[names] = _Compiled(self.sqlite, names)
        return found


class _Compiled:
    """The SQL, its values in order with their conversions and defaults, and the columns of its rows."""

    def __init__(self, statement: Executable, names: tuple[str, ...]) -> None:
        element = cast(ClauseElement, statement)
        compiled = cast(SQLCompiler, element.compile(dialect=_DIALECT, column_keys=list(names)))
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise ValueError("the SQL of this statement depends on its values")
        self.sql = str(compiled)
        defaults = dict(compiled.params)
        if isinstance(statement, Insert):
            for column in compiled.insert_prefetch:
                defaults[column.key] = getattr(column.default, "arg", _MISSING)
        self._values: list[tuple[str, Convert | None, Any]] = [
            (name, compiled.binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT), defaults.get(name, _MISSING))
            for name in compiled.positiontup or ()
        ]
        returned = getattr(statement, "exported_columns", ())
        self._row: Any = namedtuple("Row", [column.key for column in returned], rename=True) if returned else None
        converts = [column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for column in returned]
        self._converts: list[tuple[int, Convert]] = [(place, convert) for place, convert in enumerate(converts) if convert]

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        """Return the values for the driver."""
        found = []
        for name, convert, default in self._values:
            value = params.get(name, default)
            found.append(convert(value) if convert is not None else value)
        return found

    def rows(self, cursor: sqlite3.Cursor) -> list[Any]:
        """Return the rows, converted."""
        if self._row is None:
            return []
        if not self._converts:
            return list(map(self._row._make, cursor))
        rows = []
        for plain in cursor:
            row = list(plain)
            for place, convert in self._converts:
                row[place] = convert(row[place])
            rows.append(self._row._make(row))
        return rows
