"""The only way to a case."""

import pytest

from bot.domain.cases import About, KnownAs
from bot.domain.people import Role
from bot.domain.refusal import Refusal
from bot.usecases.access import Action, Reader, Stale, access_case, files_of, may_do, with_pin
from bot.usecases.citizen import add_information, forget_chat, renew_pin
from tests.domain.town import COMMUNE, TOP, WARD
from tests.usecases.house import LAN, refused


async def test_the_same_is_said_of_a_case_that_is_missing_and_one_that_is_not_yours(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    await house.joins("Son", Role.HEAD, COMMUNE)
    code = (await house.files()).case.code
    son, lan, hoa = await house.reader("Son"), await house.reader("lan"), await house.reader("hoa")
    missing = await refused(access_case(house.work, son, "K7QF-2M4W", to=Action.OPEN, now=house.now))
    for reader, to in ((son, Action.OPEN), (son, Action.CARD), (lan, Action.OPEN), (hoa, Action.FOLLOW), (son, Action.FOLLOW)):
        assert await refused(access_case(house.work, reader, code, to=to, now=house.now)) == missing
    for nonsense in ("K7QF2M4X", "1", "' OR 1=1 --", code + code, "accept:" + code):
        assert await refused(access_case(house.work, lan, nonsense, to=Action.FOLLOW, now=house.now)) == missing
    assert code not in missing
    assert "with the code" in await refused(access_case(house.work, lan, "", to=Action.FOLLOW, now=house.now))


async def test_the_refusal_is_identical_to_the_last_byte(house):
    code = (await house.files()).case.code
    refusals = []
    for ref in (code, "K7QF-2M4W"):
        with pytest.raises(Refusal) as no:
            await access_case(house.work, await house.reader("hoa"), ref, to=Action.FOLLOW, now=house.now)
        refusals.append((no.value.text, type(no.value)))
    assert refusals[0] == refusals[1]


async def test_a_code_is_understood_however_it_is_typed(house):
    filed = await house.files()
    for typed in (filed.case.code.lower(), filed.case.code.replace("-", ""), f" #{filed.case.code} "):
        assert (await access_case(house.work, await house.reader("lan"), typed, to=Action.FOLLOW, now=house.now)) == filed.case


async def test_a_card_comes_without_any_words(house):
    await house.joins("Mai", Role.SUPERVISOR, TOP)
    code = (await house.files(official="cô Hoa", story="Chuyện rất riêng.")).case.code
    card = await access_case(house.work, await house.reader("Mai"), code, to=Action.CARD, now=house.now)
    assert (card.story, card.happened, card.official) == ("", "", "")
    await refused(access_case(house.work, await house.reader("Mai"), code, to=Action.OPEN, now=house.now))


async def test_an_old_button_shows_how_the_case_stands_now(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    case = (await house.files()).case
    with pytest.raises(Stale) as old:
        await access_case(
            house.work, await house.reader("Lê Văn Chu"), case.code, to=Action.ACCEPT, version=case.version + 1, now=house.now
        )
    assert old.value.case == case


async def test_somebody_without_the_right_never_learns_that_a_button_is_old(house):
    case = (await house.files()).case
    with pytest.raises(Refusal) as no:
        await access_case(house.work, await house.reader("hoa"), case.code, to=Action.OPEN, version=99, now=house.now)
    assert not isinstance(no.value, Stale)


async def test_staff_are_citizens_too(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    mine = (await house.files(sender="Lê Văn Chu", unit=COMMUNE)).case
    reader = await house.reader("Lê Văn Chu")
    assert (await access_case(house.work, reader, mine.code, to=Action.FOLLOW, now=house.now)).id == mine.id
    await refused(access_case(house.work, reader, mine.code, to=Action.OPEN, now=house.now))
    assert await may_do(house.work, reader, mine, *Action) == {
        Action.FOLLOW, Action.ADD, Action.WITHDRAW, Action.RATE, Action.CONTEST,
    }  # fmt: skip


# -- PIN --


async def test_code_and_pin_open_a_case_from_any_chat(house):
    filed = await house.files()
    hoa = await house.person("hoa")
    assert await with_pin(house.work, hoa, filed.case.code, filed.pin, house.now) == filed.case
    opened = Reader(hoa, None, frozenset({filed.case.code}))
    await house.do(add_information, opened, filed.case.code, "Tôi đây.", LAN, "x", house.now)


async def test_a_wrong_pin_and_a_wrong_code_sound_alike(house):
    filed = await house.files()
    hoa = await house.person("hoa")
    wrong = "000000" if filed.pin != "000000" else "111111"
    assert await refused(with_pin(house.work, hoa, filed.case.code, wrong, house.now)) == await refused(
        with_pin(house.work, hoa, "K7QF-2M4W", filed.pin, house.now)
    )


async def test_after_five_tries_in_fifteen_minutes_even_the_right_pin_waits(house):
    filed = await house.files()
    hoa = await house.person("hoa")
    for _nth in range(5):
        await refused(with_pin(house.work, hoa, filed.case.code, "x", house.now))
    assert "{time}" in await refused(with_pin(house.work, hoa, filed.case.code, filed.pin, house.now))
    house.passes(minutes=15)
    assert await with_pin(house.work, hoa, filed.case.code, filed.pin, house.now)


async def test_a_few_wrong_guesses_from_other_chats_lock_nobody_out(house):
    filed = await house.files()
    for nth in range(5):
        await refused(with_pin(house.work, await house.person(f"stranger {nth}"), filed.case.code, "x", house.now))
    assert await with_pin(house.work, await house.person("hoa"), filed.case.code, filed.pin, house.now)


async def test_a_code_under_attack_from_many_chats_waits_too(house):
    filed = await house.files()
    for nth in range(20):
        await refused(with_pin(house.work, await house.person(f"stranger {nth}"), filed.case.code, "x", house.now))
    assert "{time}" in await refused(with_pin(house.work, await house.person("hoa"), filed.case.code, filed.pin, house.now))
    # The chat that it came from needs no PIN.
    assert await access_case(house.work, await house.reader("lan"), filed.case.code, to=Action.FOLLOW, now=house.now)


async def test_a_code_is_tried_a_hundred_times_a_day_at_most(house):
    filed = await house.files()
    for nth in range(100):
        if nth and nth % 20 == 0:
            house.passes(minutes=15)
        await refused(with_pin(house.work, await house.person(f"stranger {nth}"), filed.case.code, "x", house.now))
    house.passes(minutes=15)
    hoa = await house.person("hoa")
    assert "{time}" in await refused(with_pin(house.work, hoa, filed.case.code, filed.pin, house.now))
    house.passes(days=1)
    assert await with_pin(house.work, hoa, filed.case.code, filed.pin, house.now)


async def test_a_renewed_pin_replaces_the_old_one_and_is_had_in_the_own_chat_only(house):
    filed = await house.files()
    hoa = await house.person("hoa")
    await refused(renew_pin(house.work, Reader(hoa, None, frozenset({filed.case.code})), filed.case.code, house.now))
    pin = await house.do(renew_pin, await house.reader("lan"), filed.case.code, house.now)
    if pin != filed.pin:
        await refused(with_pin(house.work, hoa, filed.case.code, filed.pin, house.now))
    assert await with_pin(house.work, hoa, filed.case.code, pin, house.now)


async def test_a_forgotten_chat_opens_nothing_but_code_and_pin_still_do(house):
    filed = await house.files(known_as=KnownAs.ANONYMOUS)
    lan = await house.reader("lan")
    await house.do(forget_chat, lan, filed.case.code, house.now)
    await refused(access_case(house.work, lan, filed.case.code, to=Action.FOLLOW, now=house.now))
    assert await with_pin(house.work, lan.person, filed.case.code, filed.pin, house.now)


# -- Files --


async def test_the_office_gets_no_documents_unless_the_citizen_agreed(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    await house.joins("Mai", Role.INTAKE, TOP)
    number = await house.sends_a_file(kind="document")
    code = (await house.files()).case.code
    await house.work.files.stored(number, "original", "", "application/pdf", 9)
    seen = {name: await files_of(house.work, await house.reader(name), code, house.now) for name in ("Lê Văn Chu", "Mai")}
    assert [file.store for file in seen["Lê Văn Chu"]] == [""]
    assert [file.store for file in seen["Mai"]] == ["original"]


async def test_whom_the_case_speaks_about_gets_no_files_either(house):
    await house.joins("Lê Văn Chu", Role.HEAD, WARD)
    code = (await house.files(about=About.HEAD)).case.code
    await refused(files_of(house.work, await house.reader("Lê Văn Chu"), code, house.now))
