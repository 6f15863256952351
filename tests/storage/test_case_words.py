"""The index of words: what is found by it, and that no word of a case stands in it."""

import random

from sqlalchemy import text

from bot.domain.folding import fold
from tests.storage.conftest import filed, only_sqlite

WORDS = "can bo quat nat nguoi dan o quay so ba".split()


async def three(work) -> list[int]:
    """File three cases: the first about shouting at counter three, the second about shouting, the third about a fee."""
    numbers = [(await filed(work, f"{letter}222-2222")).id for letter in "ABC"]
    for number, words in zip(numbers, ("quat nat quay ba", "quat nat", "thu phi sai quay"), strict=True):
        await work.case_words.put(number, [*words.split(), "@ward" if number != numbers[1] else "@town"])
    return numbers


async def test_a_case_is_found_by_all_of_the_words_newest_first_and_only_in_scope(work):
    one, two, three_ = await three(work)
    find = work.case_words.newest
    assert await find(["@ward", "@town"], [["quat"]], 10) == [two, one]
    assert await find(["@ward"], [["quay"]], 10) == [three_, one]
    assert await find(["@ward"], [["quat"], ["quay"]], 10) == [one]
    assert await find(["@town"], [["quay"]], 10) == []
    assert await find([], [["quay"]], 10) == [] and await find(["@ward"], [], 10) == []
    assert await find(["@ward"], [["bac", "quat"], ["quay"]], 10) == [one]  # Either of the first two.


async def test_a_page_ends_at_its_limit_and_the_next_begins_before_it(work):
    one, two, three_ = await three(work)
    assert await work.case_words.newest(["@ward", "@town"], [["quat", "phi"]], 2) == [three_, two]
    assert await work.case_words.newest(["@ward", "@town"], [["quat", "phi"]], 2, before=two) == [one]


async def test_where_no_case_has_all_words_those_that_lack_one_are_found_but_never_out_of_scope(work):
    one, two, three_ = await three(work)
    groups = [["quat"], ["quay"], ["phi"]]
    assert await work.case_words.newest(["@ward", "@town"], groups, 10) == []
    assert await work.case_words.newest(["@ward", "@town"], groups, 10, but_one=True) == [three_, one]
    assert await work.case_words.newest(["@town"], groups, 10, but_one=True) == []


async def test_words_that_a_case_has_no_more_find_it_no_more(work):
    one, _two, _three = await three(work)
    await work.case_words.put(one, ["xin", "@ward"])
    assert await work.case_words.newest(["@ward"], [["xin"]], 10) == [one]
    assert one not in await work.case_words.newest(["@ward"], [["quay"]], 10)


async def test_the_cases_after_one_come_in_order(work):
    numbers = await three(work)
    assert await work.case_words.cases_after(0, 2) == numbers[:2]
    assert await work.case_words.cases_after(numbers[1], 9) == numbers[2:]


@only_sqlite
async def test_no_word_of_a_case_stands_on_the_disk_nor_in_which_order_they_came(database, tmp_path):
    async with database.turn() as work:
        one = await filed(work, official="Hoàng Văn Bí", story="Cán bộ quát nạt người dân ở quầy số ba")
        await work.case_words.put(one.id, [*WORDS, *fold(one.official).split()])
    async with database.turn() as work:
        assert await work.case_words.newest(["can"], [["quat"]], 1) == [one.id]  # It is in there, hidden.
        await work.case_words.put(one.id, WORDS[:3])
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert not [word for word in ("can bo", "quat nat", "quầy", "nguoi dan", "hoang") if word.encode() in content], path


async def test_the_hashes_are_of_this_installation_and_sorted(work):
    one = await filed(work)
    await work.case_words.put(one.id, WORDS)
    if work.ledger.dialect == "sqlite":
        packed = (await work.ledger.execute(text("SELECT hex(words) FROM case_words_kept"))).scalar_one()
        kept = [packed[place : place + 16] for place in range(0, len(packed), 16)]
    else:
        kept = (await work.ledger.execute(text("SELECT words::text FROM case_words"))).scalar_one().replace("'", "").split()
        assert all(word.isalpha() and word.islower() for word in kept)
    assert kept == sorted(kept) and len(set(kept)) == len(WORDS) and {len(word) for word in kept} == {16}


async def test_after_many_changes_every_case_is_found_by_exactly_the_words_that_it_has(work):
    draw = random.Random(5)
    numbers = [(await filed(work, f"{letter}222-2222")).id for letter in "ABCDEFGH"]
    has: dict[int, set[str]] = dict.fromkeys(numbers, set())
    for _step in range(400):
        number = draw.choice(numbers)
        has[number] = {word for word in WORDS if draw.random() < 0.5}
        await work.case_words.put(number, has[number])
        word, other = draw.choice(WORDS), draw.choice(WORDS)
        both = [one for one in reversed(numbers) if {word, other} <= has[one]]
        assert await work.case_words.newest([word], [[other]], 99) == both
    if work.ledger.dialect == "sqlite":
        await work.ledger.execute(text("INSERT INTO case_words (case_words) VALUES ('optimize')"))
        await work.ledger.execute(text("INSERT INTO case_words (case_words) VALUES ('integrity-check')"))
    for word in WORDS:
        assert await work.case_words.newest([word], [[word]], 99) == [one for one in reversed(numbers) if word in has[one]]


@only_sqlite
async def test_that_holds_over_many_commits_and_however_the_index_was_merged_meanwhile(database):
    draw = random.Random(6)
    async with database.turn() as work:
        numbers = [(await filed(work, f"{letter}222-2222")).id for letter in "ABCD"]
    has: dict[int, set[str]] = dict.fromkeys(numbers, set())
    for _step in range(60):
        async with database.turn() as work:
            number = draw.choice(numbers)
            has[number] = {word for word in WORDS if draw.random() < 0.5}
            await work.case_words.put(number, has[number])
            for word in WORDS:
                found = await work.case_words.newest([word], [[word]], 99)
                assert found == [one for one in reversed(numbers) if word in has[one]]
