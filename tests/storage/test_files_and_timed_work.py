"""Files, counters of tries, and timed work."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from bot.dialogue.values import Attachment
from storage.database import async_engine
from storage.files import FETCH
from storage.rows import case_files
from tests.storage.conftest import LAN, NOW, TUAN, filed, only_postgresql, person, work_on

MINUTE = timedelta(minutes=1)
PHOTO = Attachment("photo", "AgACAgUAAx", 1234, "image/jpeg", "quay 3.jpg")


async def added(work, draft="ab", case=None, side="citizen", attachment=PHOTO):
    await person(work)
    return await work.files.add(LAN, attachment, draft, case, side, NOW)


async def test_a_file_is_kept_with_the_job_that_fetches_it(work):
    file = await added(work)
    assert [(kind, key, dict(payload)) for _id, kind, key, payload, _n in await work.jobs.due(NOW, 10)] == [
        (FETCH, str(file), {"file": file})
    ]
    assert await work.files.pending(file) == (LAN, PHOTO, None)
    [seen] = await work.files.of_draft(LAN, "ab")
    assert (seen.id, seen.kind, seen.state, seen.size, seen.words, seen.side) == (file, "photo", "pending", 1234, "", "citizen")


async def test_the_files_of_a_draft_move_to_its_case_and_no_others(work):
    file, other = await added(work), await added(work, draft="cd")
    one = await filed(work)
    assert await work.files.attach(TUAN, "ab", one.id) == 0
    assert await work.files.attach(LAN, "ab", one.id) == 1
    assert [f.id for f in await work.files.of_case(one.id)] == [file]
    assert await work.files.of_draft(LAN, "ab") == [] and [f.id for f in await work.files.of_draft(LAN, "cd")] == [other]
    assert await work.files.pending(file) == (LAN, PHOTO, one.id)


async def test_a_stored_file_of_a_case_leads_to_no_chat(work):
    one = await filed(work)
    file, later = await added(work, case=one.id), await added(work)
    await work.files.stored(file, "store1", "copy1", "image/jpeg", 999)
    await work.files.stored(later, "store2", "", "audio/ogg", 5)
    await work.files.attach(LAN, "ab", one.id)
    assert await work.files.pending(file) is None
    first, second = await work.files.of_case(one.id)
    assert (first.state, first.store, first.copy, first.mime, first.size) == ("stored", "store1", "copy1", "image/jpeg", 999)
    assert (second.store, second.copy) == ("store2", "")
    rows = await work.ledger.execute(select(case_files.c.owner_hash, case_files.c.ref, case_files.c.draft))
    assert [tuple(row) for row in rows] == [("", b"", "")] * 2


async def test_a_file_that_cannot_be_had_is_marked_and_what_is_in_one_can_be_described(work):
    one = await filed(work)
    file, other = await added(work, case=one.id), await added(work, case=one.id)
    await work.files.failed(file, "too large")
    await work.files.describe(other, "Ghi âm 2 phút")
    await work.files.drop(file)
    [kept] = await work.files.of_case(one.id)
    assert (kept.id, kept.words) == (other, "Ghi âm 2 phút")


async def test_the_number_of_a_dropped_file_is_never_given_again(work):
    file = await added(work)
    await work.files.drop(file)
    assert await added(work) > file


async def test_a_file_of_a_forgotten_chat_is_not_fetched(work):
    one = await filed(work, sender=await person(work))
    file = await added(work, case=one.id)
    await work.reporters.forget(one.id, NOW)
    assert await work.files.pending(file) is None
    assert [f.state for f in await work.files.of_case(one.id)] == ["failed"]


async def test_drafts_of_forgotten_sessions_go_with_their_files(work):
    known = await work.people.known(LAN, NOW, "vi")
    await work.sessions.save(LAN, known.session, NOW)
    one = await filed(work)
    await added(work)
    kept = await added(work, case=one.id)
    assert await work.sessions.purge(NOW + MINUTE) == 1
    assert await work.files.of_draft(LAN, "ab") == [] and [f.id for f in await work.files.of_case(one.id)] == [kept]


async def test_tries_are_refused_past_the_limit_until_the_window_ends(work):
    async def tries(count, now=NOW, who="lan"):
        return [await work.attempts.take("pin", who, 5, 900, now) for _n in range(count)]

    end = NOW + timedelta(seconds=900)
    assert await tries(7) == [None] * 5 + [end] * 2
    assert await tries(1, end - timedelta(seconds=1)) == [end]
    assert await tries(6, end) == [None] * 5 + [end + timedelta(seconds=900)]
    assert await tries(1, NOW, "tuan") == [None]
    assert await work.attempts.take("invitation", "lan", 5, 900, NOW) is None


@only_postgresql
async def test_tries_at_the_same_moment_are_all_counted(database):
    engine = async_engine(database.url)

    async def one():
        async with engine.begin() as connection:
            return await work_on(connection).attempts.take("pin", "lan", 5, 900, NOW)

    taken = await asyncio.gather(*(one() for _n in range(20)))
    await engine.dispose()
    assert taken.count(None) == 5


async def due(work, now=NOW):
    return [(kind, key, dict(payload), tries) for _id, kind, key, payload, tries in await work.jobs.due(now, 10)]


async def test_a_job_is_put_once_and_moved_only_when_asked(work):
    await work.jobs.put("digest", "06001", NOW + MINUTE, {"n": 1})
    await work.jobs.put("digest", "06001", NOW, {"n": 2})
    assert await due(work) == [] and await work.jobs.next_due() == NOW + MINUTE
    await work.jobs.put("digest", "06001", NOW, {"n": 3}, move=True)
    assert await due(work) == [("digest", "06001", {"n": 3}, 0)] and await work.jobs.next_due() == NOW


async def test_jobs_come_earliest_first_and_go_when_they_are_done(work):
    await work.jobs.put("b", "1", NOW, {})
    await work.jobs.put("a", "1", NOW - MINUTE, {})
    await work.jobs.put("c", "1", NOW + MINUTE, {})
    (first, kind, *_), (second, *_) = await work.jobs.due(NOW, 10)
    assert kind == "a" and len(await work.jobs.due(NOW, 1)) == 1
    await work.jobs.done(first)
    await work.jobs.again(second, NOW + 2 * MINUTE, "busy")
    assert await due(work) == []
    assert await due(work, NOW + 2 * MINUTE) == [("c", "1", {}, 0), ("b", "1", {}, 1)]


async def test_a_job_given_up_stays_away_until_it_is_put_again(work):
    await work.jobs.put("fetch", "1", NOW, {"n": 1})
    [(job, *_)] = await work.jobs.due(NOW, 10)
    await work.jobs.give_up(job, "gone")
    assert await due(work) == [] and await work.jobs.next_due() is None
    await work.jobs.put("fetch", "1", NOW, {"n": 2})
    assert await due(work) == [("fetch", "1", {"n": 2}, 0)]
