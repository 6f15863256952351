"""What a database of the first release holds goes on by the rules of this one (RELIABILITY K)."""

from datetime import timedelta

from alembic import command
from sqlalchemy import Connection, bindparam, text

from bot.domain.cases import Answer, Status
from storage.migrate import _config, migrate
from storage.rows import Instant
from tests.storage.conftest import NOW, filed


async def test_cases_of_the_first_schema_go_on_and_are_counted(database):
    """What the first release left: a case at the end of its old ladder, one answered in time, and one answered late."""
    day = timedelta(days=1)
    async with database.turn() as work:
        waits = await filed(work, next_check_at=None)
        mai = await work.staff.enrol("Trần Thị Mai", "", None, NOW)
        for number, late in (("K7QF-2M4Y", 0), ("K7QF-2M4Z", 6)):
            one = await filed(work, number, status=Status.ANSWERED, answered_at=NOW + late * day)
            answer = Answer("true", "apologised", "Có.", "Camera.", author=mai, signer=mai, given_at=NOW + late * day)
            await work.cases.put_answer(one.id, answer)

    def was_told(connection: Connection) -> None:
        command.downgrade(_config(connection), "0001")
        for level in (0, 1, 2):  # Head, superior and supervisor.
            row = {"case": waits.id, "level": level, "due": NOW, "at": NOW + day}
            told = "INSERT INTO reminders (case_id, kind, level, due_at, at) VALUES (:case, 'overdue', :level, :due, :at)"
            connection.execute(text(told).bindparams(*(bindparam(name, type_=Instant) for name in ("due", "at"))), row)

    await database.run(was_told)
    assert (await migrate(database.url, NOW))[0].startswith("The database is now at schema")
    async with database.turn(NOW + 60 * day) as work:
        assert [case.id for case in await work.cases.due_for_check(work.now, 10)] == [waits.id]
        again = [await work.cases.remind_once(waits.id, "overdue", level, NOW, work.now) for level in (1, 2, 3, 4)]
        assert again == [False, False, False, True]
        counted = await work.reports.answered(["06001"], NOW - day, NOW + 10 * day)
        # A Tuesday, and the Monday after it.
        assert [(one.office, one.due_at, one.days_late) for one in counted] == [("06001", NOW, 0), ("06001", NOW, 4)]
