"""What goes to SQLite directly gives what SQLAlchemy would have given."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, select, update

from storage.ledger import insert_or
from storage.prepared import Prepared
from storage.rows import contacts, outbox, people
from tests.storage.conftest import NOW, TUAN, only_sqlite, person

pytestmark = only_sqlite
LATER = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
WHOLE = select(people).where(people.c.id == bindparam("person"))


@pytest.fixture
def driver(work) -> sqlite3.Connection:
    return work.ledger._connection.connection.driver_connection


async def test_rows_have_the_same_values_of_the_same_types(work, driver):
    someone = await person(work)
    mine = Prepared(WHOLE).run(driver, {"person": someone}).one()
    theirs = work.ledger._connection.execute(WHOLE, {"person": someone}).one()
    assert tuple(mine) == tuple(theirs)
    assert [type(value) for value in mine] == [type(value) for value in theirs]
    assert (mine.language, mine.created_at) == (theirs.language, theirs.created_at)
    assert mine.created_at.tzinfo is not None
    reachable = select(contacts.c.reachable).where(contacts.c.person_id == bindparam("person"))
    assert Prepared(reachable).run(driver, {"person": someone}).scalar_one() is True


async def test_what_is_left_out_gets_its_default_and_what_comes_back_is_read(work, driver):
    insert = insert_or(
        people, lambda new: new.on_conflict_do_nothing().returning(people.c.id, people.c.language, people.c.agreed)
    )
    row = insert.run(driver, {"created_at": NOW}).one()
    assert (row.language, row.agreed) == ("vi", None)
    row = insert.run(driver, {"created_at": NOW, "language": "en", "agreed": False}).one()
    assert (row.language, row.agreed) == ("en", False)


async def test_one_statement_for_many_rows(work, driver):
    ids = [await person(work), await person(work, TUAN)]
    change = Prepared(update(people).where(people.c.id == bindparam("b_id")).values(language="en", created_at=bindparam("b_at")))
    assert change.run(driver, [{"b_id": one, "b_at": LATER} for one in ids]).rowcount == 2
    assert {Prepared(WHOLE).run(driver, {"person": one}).one().created_at for one in ids} == {LATER}
    assert change.run(driver, {"b_id": 10**9, "b_at": LATER}).rowcount == 0


async def test_a_naive_instant_is_refused_as_everywhere(work, driver):
    with pytest.raises(ValueError, match="time zone"):
        insert_or(people, lambda new: new.on_conflict_do_nothing()).run(driver, {"created_at": datetime(2026, 11, 24)})


async def test_how_many_rows_there_are_is_checked(work, driver):
    await person(work)
    await person(work, TUAN)
    every = Prepared(select(people.c.id))
    assert len(list(every.run(driver, None))) >= 2
    for count in ("one", "one_or_none", "scalar_one", "scalar_one_or_none"):
        with pytest.raises(ValueError, match="more than one|too many"):
            getattr(every.run(driver, None), count)()
    none = Prepared(WHOLE).run(driver, {"person": 10**9})
    assert none.one_or_none() is None and none.scalar_one_or_none() is None
    with pytest.raises(ValueError, match="not enough"):
        none.one()


async def test_a_list_of_values_cannot_be_prepared(work, driver):
    with pytest.raises(ValueError, match="depends on its values"):
        Prepared(select(outbox.c.id).where(outbox.c.id.in_(bindparam("ids", expanding=True)))).run(driver, {"ids": [1, 2]})
