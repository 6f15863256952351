"""Sealed fields open only where they were sealed, and never otherwise."""

import os
import stat
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.seal import KeysWrong, Seal, SealBroken, key_file, lookup, new_key, parse_keys

OLD, NEW = parse_keys(f"{new_key()},{new_key()}")


@pytest.fixture
def seal():
    return Seal([NEW])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_what_was_sealed_opens_as_it_was(plain, field, row):
    seal = Seal([NEW])
    assert seal.open(seal.seal(plain, field, row), field, row) == plain


def test_values_of_a_session_come_back_as_they_were(seal):
    value = {"story": "Họ từ chối hồ sơ của tôi", "n": 2**60, "list": [None, True, 1.5]}
    assert seal.open_json(seal.seal_json(value, "sessions.data", "7"), "sessions.data", "7") == value


def test_no_byte_of_the_plain_text_is_on_the_disk(seal):
    sealed = seal.seal("Nguyễn Thị Lan 0912345678".encode(), "reporters.name", "7")
    assert b"0912345678" not in sealed and b"Lan" not in sealed
    assert len(sealed) == len("Nguyễn Thị Lan 0912345678".encode()) + 33


def test_every_flipped_bit_is_refused(seal):
    sealed = seal.seal(b"Lan", "reporters.name", "7")
    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(SealBroken):
            seal.open(bytes(changed), "reporters.name", "7")


def test_a_shortened_or_lengthened_value_is_refused(seal):
    sealed = seal.seal(b"Lan", "reporters.name", "7")
    for wrong in (*(sealed[:n] for n in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(SealBroken):
            seal.open(wrong, "reporters.name", "7")


@pytest.mark.parametrize(
    ("field", "row"),
    [
        ("reporters.name", "8"),
        ("reporters.phone", "7"),
        ("reporters.nam", "e7"),
        ("reporters.name7", ""),
        ("", "reporters.name7"),
    ],
)
def test_a_value_moved_to_another_row_or_field_is_refused(seal, field, row):
    sealed = seal.seal(b"Lan", "reporters.name", "7")
    with pytest.raises(SealBroken):
        seal.open(sealed, field, row)


def test_a_plain_value_is_never_taken_for_a_sealed_one(seal):
    for plain in (b"", b"Lan", b'{"t": "hello"}', b"\x01" * 60):
        with pytest.raises(SealBroken):
            seal.open(plain, "reporters.name", "7")


def test_a_key_that_is_not_ours_opens_nothing(seal):
    with pytest.raises(SealBroken, match="SECRET_KEYS"):
        Seal([OLD]).open(seal.seal(b"Lan", "reporters.name", "7"), "reporters.name", "7")


def test_after_a_change_of_keys_the_first_seals_and_the_old_one_still_opens():
    before, after = Seal([OLD]), Seal([NEW, OLD])
    old, new = before.seal(b"Lan", "f", "7"), after.seal(b"Lan", "f", "7")
    assert after.open(old, "f", "7") == after.open(new, "f", "7") == b"Lan"
    assert (after.by_first_key(old), after.by_first_key(new)) == (False, True)
    with pytest.raises(SealBroken):
        before.open(new, "f", "7")


def test_the_same_value_is_never_sealed_twice_alike(seal):
    """The nonce is what must never repeat: bytes 5 to 16."""
    nonces = {seal.seal(b"", "f", "7")[5:17] for _n in range(20_000)}
    assert len(nonces) == 20_000


def test_threads_may_share_one_seal(seal):
    wrong = []

    def work(row: str) -> None:
        for _n in range(300):
            if seal.open(seal.seal(row.encode(), "f", row), "f", row) != row.encode():
                wrong.append(row)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_lookup_finds_the_same_value_and_tells_nothing():
    key = os.urandom(32)
    found = lookup(key, "people.chat", "telegram:1:42")
    assert found == lookup(key, "people.chat", "telegram:1:42")
    others = {
        lookup(key, "people.chat", "telegram:1:43"),
        lookup(key, "people.phone", "telegram:1:42"),
        lookup(key, "people.chattelegram", ":1:42"),
        lookup(os.urandom(32), "people.chat", "telegram:1:42"),
    }
    assert len(others) == 4 and found not in others
    assert len(found) == 32 and int(found, 16)  # 128 bits, and safe as a file name where case does not count.


def test_a_lookup_needs_a_real_key():
    with pytest.raises(KeysWrong):
        lookup(b"", "people.chat", "telegram:1:42")


def test_keys_are_read_in_their_order_padded_or_not():
    first, second = new_key(), new_key()
    assert parse_keys(f" {first}=,\n{second} ") == [*parse_keys(first), *parse_keys(second)]
    assert len(parse_keys(first)[0]) == 32


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no key"),
        (" , ", "no key"),
        ("{good},secretword", "Key 2"),
        ("{good},c2VjcmV0", "Key 2 has 6 bytes"),
        ("sécret,{good}", "Key 1"),
        ("{good}x,{good}", "Key 1"),
        ("{good}*", "Key 1"),
    ],
)
def test_wrong_keys_are_named_by_their_place_and_never_shown(text, says):
    good = new_key()
    with pytest.raises(KeysWrong, match=says) as caught:
        parse_keys(text.format(good=good))
    assert good not in str(caught.value) and "ecret" not in str(caught.value) and "c2V" not in str(caught.value)
    assert caught.value.__cause__ is None  # Nothing hangs behind it that a traceback would print.


def test_a_seal_without_a_key_or_with_one_twice_or_of_another_length_is_refused():
    for keys in ([], [NEW, NEW], [NEW[:16]]):
        with pytest.raises(KeysWrong):
            Seal(keys)


def test_a_first_start_makes_a_key_file_for_its_owner_alone_and_the_next_start_reads_it(tmp_path):
    path = tmp_path / "data" / "keys"
    made = key_file(path)
    assert len(made) == 1 and len(made[0]) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert key_file(path) == key_file(path, make=False) == made
    assert [file.name for file in path.parent.iterdir()] == ["keys"]


def test_two_first_starts_at_once_end_with_the_same_key(tmp_path):
    path, got = tmp_path / "keys", []
    ready = threading.Barrier(8)

    def start() -> None:
        ready.wait()
        got.append(key_file(path))

    threads = [threading.Thread(target=start) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and all(keys == got[0] for keys in got)
    assert [file.name for file in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_file_that_others_can_read_is_refused(tmp_path, mode):
    path = tmp_path / "keys"
    key_file(path)
    path.chmod(mode)
    with pytest.raises(KeysWrong, match="chmod 600"):
        key_file(path)


def test_a_lost_key_file_is_not_replaced_where_data_exist(tmp_path):
    with pytest.raises(KeysWrong, match="backup"):
        key_file(tmp_path / "keys", make=False)
    assert not list(tmp_path.iterdir())


def test_a_key_file_that_is_a_link_a_folder_or_rubbish_is_refused(tmp_path):
    real = tmp_path / "real"
    key_file(real)
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir(mode=0o700)
    for name, content in (("empty", b""), ("short", b"abcd\n"), ("binary", b"\xff\xfe\x00")):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    for name, says in (
        ("link", "not a plain file"),
        ("dangling", "not a plain file"),
        ("folder", "not a plain file"),
        ("empty", "no key"),
        ("short", "3 bytes"),
        ("binary", "not text"),
    ):
        with pytest.raises(KeysWrong, match=says):
            key_file(tmp_path / name)
    assert not (tmp_path / "nowhere").exists()
