"""Opening, migrating, keeping keys, and what nobody may change or read on the disk."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from bot.dialogue.values import Attachment, Layout, Session, Who
from bot.domain.cases import Answer
from bot.domain.events import CaseAccepted, CaseFiled
from bot.usecases.ports import NewCase, Outgoing, Reporter
from storage.database import HeldByAnother, Hold, async_engine, reading_engine, writing_engine
from storage.keys import lookup_key
from storage.migrate import DatabaseNewer, _config, is_migrated, migrate
from storage.rows import metadata
from storage.seal import Seal, SealBroken, new_key, parse_keys
from tests.storage.conftest import NOW, SEAL, case, filed, only_sqlite, person, update, work_on

HERE = Path(__file__).parents[2]

# -- The one writer --


def test_a_second_writer_is_refused_and_told_why(tmp_path):
    file = tmp_path / "langnghe.db"
    with Hold(file), pytest.raises(HeldByAnother, match="langnghe.db"):
        Hold(file)
    Hold(file).release()


def test_a_second_process_is_refused_until_the_first_one_ends_however_it_ends(tmp_path):
    file = tmp_path / "langnghe.db"
    holds = (
        "import pathlib, sys, time; from storage.database import Hold\n"
        "hold = Hold(pathlib.Path(sys.argv[1])); print('held', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", holds, str(file)], stdout=subprocess.PIPE, cwd=HERE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(HeldByAnother):
            Hold(file)
        other.kill()
        other.wait()
    Hold(file).release()


def test_a_new_file_belongs_to_its_owner_alone(tmp_path):
    file = tmp_path / "data" / "langnghe.db"
    with Hold(file):
        engine = writing_engine(file)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x)")
            made = {path.name: path.stat().st_mode & 0o077 for path in file.parent.iterdir()}
        engine.dispose()
    assert made == dict.fromkeys(("langnghe.db", "langnghe.db-shm", "langnghe.db-wal", "langnghe.db.lock"), 0)


def test_what_was_committed_survives_a_power_cut_and_foreign_keys_hold(tmp_path):
    engine = writing_engine(tmp_path / "langnghe.db")
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "recursive_triggers")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked]
    engine.dispose()
    assert found == ["wal", 2, 1, 1, 1]


def test_a_transaction_takes_the_right_to_write_at_its_beginning(tmp_path):
    """Otherwise it may find out half way that it cannot (SQLITE_BUSY on an upgrade)."""
    file = tmp_path / "langnghe.db"
    engine = writing_engine(file)
    with engine.begin():
        other = sqlite3.connect(file, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    engine.dispose()


async def test_reading_commands_read_and_cannot_write(sqlite_template, tmp_path):
    file = tmp_path / "with space#.db"
    shutil.copy(sqlite_template, file)
    engine = reading_engine(file)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM units")).scalar_one() == 5
        with pytest.raises(OperationalError, match="readonly"):
            connection.execute(text("DELETE FROM units"))
    engine.dispose()
    waiting = async_engine(f"sqlite:///{file}")
    async with waiting.connect() as connection:
        known = await work_on(connection).people.by_id(1)
        assert known is None
        with pytest.raises(OperationalError, match="readonly"):
            await connection.execute(text("DELETE FROM units"))
    await waiting.dispose()


async def test_readers_see_what_was_committed_while_the_writer_goes_on(sqlite_template, tmp_path):
    file = tmp_path / "langnghe.db"
    shutil.copy(sqlite_template, file)
    writer, reader = writing_engine(file), async_engine(f"sqlite:///{file}")
    with writer.begin() as connection:
        lan = await person(work_on(connection))
    with writer.begin() as connection:
        await work_on(connection).people.set_language(lan, "en")
        async with reader.connect() as other:
            assert (await work_on(other).people.by_id(lan)).language == "vi"
    writer.dispose()
    await reader.dispose()


def test_a_file_that_is_missing_is_not_made_by_a_reader(tmp_path):
    engine = reading_engine(tmp_path / "none.db")
    with pytest.raises(OperationalError):
        engine.connect()
    engine.dispose()
    assert not list(tmp_path.iterdir())


# -- Migrations --


def _ours(thing, name, kind, *_more) -> bool:
    """Leave out the index of words: on SQLite a virtual table with tables of its own, on PostgreSQL a type that only it has."""
    return not (kind == "table" and name.startswith("case_words"))


async def test_an_empty_database_is_migrated_to_what_the_tables_say(database):
    def differences(connection: Connection) -> list:
        settings = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=settings | {"include_object": _ours}), metadata)

    assert await database.run(differences) == []
    assert await database.run(is_migrated)


async def test_migrating_twice_changes_nothing(database):
    assert await migrate(database.url, NOW) == []


async def test_a_new_file_is_migrated_and_says_so(tmp_path):
    url = f"sqlite:///{tmp_path / 'langnghe.db'}"
    assert await migrate(url, NOW) == ["A new database with schema 0008."]
    with Hold(tmp_path / "langnghe.db"), pytest.raises(HeldByAnother):
        await migrate(url, NOW)


async def test_the_database_of_a_later_release_is_refused_with_a_clear_sentence(database):
    await database.run(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(DatabaseNewer, match="9999.*later release"):
        await migrate(database.url, NOW)
    with pytest.raises(DatabaseNewer):
        await database.run(is_migrated)


async def test_the_schema_can_be_taken_back_and_made_again(database):
    def down(connection: Connection) -> list[str]:
        command.downgrade(_config(connection), "base")
        return inspect(connection).get_table_names()

    assert await database.run(down) == ["alembic_version"]
    assert not await database.run(is_migrated)
    assert await migrate(database.url, NOW) == ["A new database with schema 0008."]


def test_a_kill_in_the_middle_of_a_migration_leaves_the_old_database(tmp_path):
    """K3: the process ends at a random statement; starting again finishes the work."""
    file = tmp_path / "langnghe.db"
    for statement in (1, 7, 23, 40, 61):
        kill = (
            "import asyncio, os, sys; from datetime import UTC, datetime; from sqlalchemy import Engine, event\n"
            "from storage.migrate import migrate\n"
            "seen = []\n"
            "def count(*_a):\n"
            "    seen.append(1)\n"
            "    if len(seen) == int(sys.argv[2]): os.kill(os.getpid(), 9)\n"
            "event.listen(Engine, 'after_cursor_execute', count)\n"
            "asyncio.run(migrate(f'sqlite:///{sys.argv[1]}', datetime(2026, 11, 24, tzinfo=UTC)))\n"
        )
        ended = subprocess.run([sys.executable, "-c", kill, str(file), str(statement)], check=False, cwd=HERE)
        assert ended.returncode == -9
        engine = reading_engine(file)
        with engine.connect() as connection:
            assert inspect(connection).get_table_names() == []
        engine.dispose()
    assert asyncio.run(migrate(f"sqlite:///{file}", NOW)) == ["A new database with schema 0008."]


# -- The lookup key --


async def test_changing_secret_keys_makes_nobody_a_stranger(database):
    old, new = (parse_keys(new_key())[0] for _n in range(2))
    first = await database.run(lookup_key, Seal([old]))
    assert len(first) == 32 and await database.run(lookup_key, Seal([old])) == first
    assert await database.run(lookup_key, Seal([new, old])) == first
    assert await database.run(lookup_key, Seal([new])) == first  # It was sealed again, so the old key may go.
    with pytest.raises(SealBroken):
        await database.run(lookup_key, Seal([old]))


async def test_every_installation_has_a_lookup_key_of_its_own(database, sqlite_template, tmp_path):
    shutil.copy(sqlite_template, tmp_path / "other.db")
    other = writing_engine(tmp_path / "other.db")
    with other.begin() as connection:
        assert lookup_key(connection, SEAL) != await database.run(lookup_key, SEAL)
    other.dispose()


# -- What nobody may change --


REFUSED = [
    "UPDATE events SET name = 'x'",
    "DELETE FROM events",
    "UPDATE consents SET granted = true",
    "DELETE FROM consents",
    "DELETE FROM cases",
]


@pytest.mark.parametrize("statement", REFUSED)
async def test_what_happened_what_was_agreed_and_that_a_case_was_filed_cannot_be_changed(work, statement):
    lan = await person(work)
    one = await filed(work, sender=lan)
    await work.people.consent(lan, "service", False, "v1", "telegram", NOW)
    await work.write_events([CaseAccepted(one.id)], NOW)
    with pytest.raises(DatabaseError, match="never"):
        await work.ledger.execute(text(statement))


@only_sqlite
async def test_replacing_a_row_does_not_get_round_the_triggers(work):
    one = await filed(work)
    await work.write_events([CaseAccepted(one.id)], NOW)
    with pytest.raises(IntegrityError, match="never"):
        await work.ledger.execute(text("REPLACE INTO events (id, at, name, details) VALUES (1, '2026-01-01', 'x', '{}')"))


async def test_events_are_kept_with_what_is_particular_to_them(work):
    one = await filed(work)
    mai = await work.staff.enrol("Mai", "", None, NOW)
    await work.write_events([], NOW)
    work.record(CaseFiled(one.id, policy="RES_NORMAL", due_at=NOW), CaseAccepted(one.id, mai))
    await work.write_events(work.recorded, NOW)
    filed_event, accepted = await work.events_of(one.id)
    assert (filed_event.name, filed_event.at, filed_event.actor, filed_event.case) == ("CaseFiled", NOW, None, one.id)
    assert filed_event.details == {"policy": "RES_NORMAL", "due_at": NOW.isoformat(), "inputs": ""}
    assert (accepted.name, accepted.actor, accepted.details) == ("CaseAccepted", mai, {})


# -- What nobody may read on the disk --


CANARIES = {
    "name": "Nguyễn Thị Canary",
    "phone": "0987654321",
    "chat": "5550001112223334",
    "story": "ho nat no toi o quay so ba",
    "happened": "sang ngay hai muoi thang muoi mot",
    "official": "Tran Van Bi Phan Anh",
    "talk": "toi xin bo sung giay hen",
    "answer": "chung toi xin loi ba ve viec nay",
    "evidence": "bien ban so mot hai ba",
    "file": "AgACAgUAAxkDAAICanary",
    "file name": "anh-cua-lan.jpg",
    "description": "trong ghi am co tieng quat",
    "raw": "raw-body-of-the-update",
    "draft": "dieu toi chua gui",
    "reply": "ma vu viec cua ba la",
    "payload": "payload-of-a-job",
}


@only_sqlite
async def test_no_byte_on_the_disk_tells_who_sent_a_case_or_what_they_said(database, tmp_path):
    """G3: the file, its log and whatever else lies beside it, before and after the end of the writer."""
    said, who = CANARIES, Who("telegram", "1", CANARIES["chat"])
    found: dict[str, list[str]] = {}

    def look() -> None:
        for path in tmp_path.iterdir():
            content = path.read_bytes()
            found.setdefault(path.name, []).extend(name for name, words in said.items() if words.encode() in content)

    async with database.turn() as work:
        known = await work.people.known(who, NOW, "vi")
        raw = f"{said['raw']} {said['chat']}".encode()
        assert await work.inbox.claim(update("1", f"{who.chat}:1", who=who), raw, NOW)
        await work.inbox.failed(update("2", f"{who.chat}:2", who=who), raw, "inc", "KeyError", NOW, NOW)
        await work.sessions.save(who, Session(answers={"story": said["draft"]}), NOW)
        new = case(story=said["story"], happened=said["happened"], official=said["official"])
        one = await work.cases.add(NewCase(new, "pin", Reporter(known.person.id, said["name"], said["phone"])), NOW)
        mai = await work.staff.enrol("Mai", "", None, NOW)
        await work.cases.say(one.id, "citizen", said["talk"], None, NOW)
        await work.cases.put_answer(one.id, Answer("true", "apologised", said["answer"], said["evidence"], mai))
        file = await work.files.add(who, Attachment("photo", said["file"], 1, "", said["file name"]), "", one.id, "citizen", NOW)
        await work.files.describe(file, said["description"])
        await work.outbox.add([Outgoing(known.contact, "telegram", Layout(said["reply"]), "receipt", case=one.id)], NOW)
        await work.jobs.put("digest", "1", NOW, {"words": said["payload"]})
        await work.attempts.take("pin", who.address, 5, 900, NOW)
        await work.write_events([CaseFiled(one.id, policy="RES_NORMAL")], NOW)
        look()
    look()
    async with database.turn() as work:
        await work.sessions.purge(NOW + timedelta(days=1))
        await work.reporters.forget(one.id, NOW)
        look()
    look()
    assert found and not any(found.values()), found
    assert len(found) >= 2 and database.file.stat().st_size > 100_000
