"""Persons, their chats, consents, and where they stand."""

from datetime import timedelta

from bot.dialogue.values import Session
from bot.domain.people import Appointment, Role
from tests.storage.conftest import LAN, NOW, TUAN, contact, message, person, update, watched


async def test_a_stranger_becomes_a_person_without_consent(work):
    known = await work.people.known(LAN, NOW, "en")
    assert (known.person.language, known.person.agreed, known.reachable, known.staff) == ("en", None, True, None)
    assert known.session == Session()


async def test_the_same_chat_is_the_same_person_and_another_is_not(work):
    first = await work.people.known(LAN, NOW, "vi")
    assert await work.people.known(LAN, NOW, "en") == first
    assert (await work.people.known(TUAN, NOW, "vi")).person.id != first.person.id


async def test_two_processes_that_meet_a_stranger_at_once_make_one_person(database, dialect):
    """On SQLite there is one writer; the second of two transactions on PostgreSQL waits for the first."""
    async with database.turn() as work:
        first = await work.people.known(LAN, NOW, "vi")
    async with database.turn() as work:
        stranger = await work.people._welcome(LAN, work.ledger.chat(LAN), NOW, "vi")
        assert stranger == first
        assert await work.people.by_id(first.person.id + 1) is None


async def test_the_answer_about_the_service_is_kept_and_marks_the_person(work):
    lan = await person(work)
    await work.people.consent(lan, "service", False, "v1", "telegram", NOW)
    await work.people.consent(lan, "statistics", True, "v1", "telegram", NOW)
    assert (await work.people.by_id(lan)).agreed is False
    await work.people.consent(lan, "service", True, "v2", "telegram", NOW)
    assert (await work.people.by_id(lan)).agreed is True
    assert await work.people.consents(lan) == {"service": True, "statistics": True}


async def test_the_language_is_remembered(work):
    lan = await person(work)
    await work.people.set_language(lan, "en")
    assert (await work.people.known(LAN, NOW, "vi")).person.language == "en"


async def test_a_session_comes_back_as_it_was_saved(work):
    session = Session(flow="feedback", answers={"story": "Họ nạt nộ tôi"}, asked="unit", shown=["unit=1@ab"], draft="ab")
    assert await work.sessions.save(LAN, session, NOW)
    await work.people.known(LAN, NOW, "vi")
    loaded = (await work.people.known(LAN, NOW, "vi")).session
    assert loaded == session and loaded.version == 1


async def test_of_two_turns_from_the_same_session_the_second_must_run_again(work):
    first, second = Session(), Session()
    assert await work.sessions.save(LAN, first, NOW)
    assert not await work.sessions.save(LAN, second, NOW)
    assert await work.sessions.save(LAN, first, NOW)
    assert (first.version, second.version) == (2, 0)


async def test_old_sessions_are_forgotten_and_new_ones_kept(work):
    await work.sessions.save(LAN, Session(draft="ab"), NOW - timedelta(days=4))
    await work.sessions.save(TUAN, Session(draft="cd"), NOW)
    assert await work.sessions.purge(NOW - timedelta(days=3)) == 1
    for who, draft in ((LAN, ""), (TUAN, "cd")):
        await work.people.known(who, NOW, "vi")
        assert (await work.people.known(who, NOW, "vi")).session.draft == draft


async def test_a_turn_of_a_citizen_needs_four_statements_and_one_of_staff_five(work, dialect):
    lan = await contact(work)
    staff = await work.staff.enrol("Trần Thị Mai", "", await person(work, TUAN), NOW)
    await work.staff.appoint(staff, Appointment(Role.HEAD, "06001", NOW))
    statements = watched(work)
    for who, most in ((LAN, 4), (TUAN, 5)):
        statements.clear()
        assert await work.inbox.claim(update(key=who.chat, who=who), b"{}", NOW)
        known = await work.people.known(who, NOW, "vi")
        await work.outbox.add([message(known.contact), message(known.contact)], NOW)
        assert await work.sessions.save(who, known.session, NOW)
        # SQLite tells of one statement for two rows twice.
        assert len({line[:40] for line in statements}) == most, statements
    assert lan
