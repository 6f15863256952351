"""Sealing: what tells who somebody is never reaches the disk in the clear."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_BYTES = 4
_FORMAT = b"\x01"
_HEAD_BYTES = len(_FORMAT) + KEY_ID_BYTES + NONCE_BYTES
_TAG_BYTES = 16


class SealBroken(Exception):
    """Sealed bytes that do not open: changed, moved to another row or field, or sealed with a key we do not have."""


class KeysWrong(ValueError):
    """Keys that cannot be used; the message says which one and why, and never shows any part of a key."""


class Seal:
    """Seals and opens fields with AES-256-GCM.

    `keys` are 32 bytes each: the first seals, all open. What is sealed is bound to its field (such as `reporters.name`) and
    its row (an id that never changes), so that it opens nowhere else. A sealed value is a format byte, four bytes that name
    the key, a random 96-bit nonce, and the ciphertext with its tag: 33 bytes more than the plain one.

    With random nonces a key is good for 2**32 uses (NIST SP 800-38D 8.3); change the first key before 2**31. At a million
    cases a year that is more than a century, so uses are not counted.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take the keys; raises `KeysWrong` when there is none, or one has not 32 bytes, or two have the same name."""
        if not keys:
            raise KeysWrong("There is no key to seal with.")
        self._ciphers: dict[bytes, AESGCM] = {}
        for number, key in enumerate(keys, 1):
            if len(key) != KEY_BYTES:
                raise KeysWrong(f"Key {number} has {len(key)} bytes, it needs {KEY_BYTES}.")
            key_id = _key_id(key)
            if key_id in self._ciphers:
                raise KeysWrong(f"Key {number} is given twice, or bears the same name as an earlier one; make a new one.")
            self._ciphers[key_id] = AESGCM(key)
        self._head = _FORMAT + _key_id(keys[0])
        self._first = self._ciphers[_key_id(keys[0])]

    def seal(self, plain: bytes, field: str, row: str) -> bytes:
        """Return `plain` sealed with the first key, to be opened only with the same `field` and `row`."""
        nonce = os.urandom(NONCE_BYTES)
        return self._head + nonce + self._first.encrypt(nonce, plain, _bound_to(self._head, field, row))

    def open(self, sealed: bytes, field: str, row: str) -> bytes:
        """Return the plain bytes; raises `SealBroken`, and never takes bytes that are not sealed for plain ones."""
        if len(sealed) < _HEAD_BYTES + _TAG_BYTES or sealed[:1] != _FORMAT:
            raise SealBroken("These bytes are not sealed in a form that we know.")
        head = sealed[: len(_FORMAT) + KEY_ID_BYTES]
        cipher = self._ciphers.get(head[len(_FORMAT) :])
        if cipher is None:
            raise SealBroken("These bytes are sealed with a key that is not among SECRET_KEYS.")
        try:
            return cipher.decrypt(sealed[len(head) : _HEAD_BYTES], sealed[_HEAD_BYTES:], _bound_to(head, field, row))
        except InvalidTag:
            raise SealBroken("These bytes were changed, or belong to another row or field.") from None

    def seal_json(self, value: Any, field: str, row: str) -> bytes:
        """Return `value` as compact JSON, sealed."""
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), field, row)

    def open_json(self, sealed: bytes, field: str, row: str) -> Any:
        """Return the value that `seal_json` sealed; raises `SealBroken`."""
        return json.loads(self.open(sealed, field, row))

    def by_first_key(self, sealed: bytes) -> bool:
        """Whether the first key sealed these bytes; where not, they are due to be sealed again before an old key goes away."""
        return sealed[: len(self._head)] == self._head


def _key_id(key: bytes) -> bytes:
    """Return four bytes that name a key and tell nothing about it."""
    return hashlib.sha256(b"langnghe key id\0" + key).digest()[:KEY_ID_BYTES]


def _bound_to(head: bytes, field: str, row: str) -> bytes:
    """Return the associated data; the length in front keeps ("ab", "c") and ("a", "bc") apart."""
    name = field.encode()
    return head + len(name).to_bytes(2, "big") + name + row.encode()


def lookup(key: bytes, purpose: str, value: str) -> str:
    """Return the keyed hash under which `value` is found: 32 hexadecimal digits, 128 bits of HMAC-SHA-256.

    `purpose` (such as `people.chat`) keeps the hashes of one table useless in another. Without `key` nobody can try out
    telephone numbers. The key is not one of SECRET_KEYS: it is made once and kept sealed, so that changing SECRET_KEYS makes
    nobody a stranger.
    """
    if len(key) < KEY_BYTES:
        raise KeysWrong(f"A key for lookups needs {KEY_BYTES} bytes.")
    name = purpose.encode()
    return hmac.digest(key, len(name).to_bytes(2, "big") + name + value.encode(), "sha256").hex()[:32]


def new_key() -> str:
    """Return a fresh key in its text form, base64url without padding."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()


def parse_keys(text: str) -> list[bytes]:
    """Return the keys written in `text`, separated by commas or white space, in their order.

    Raises `KeysWrong` when there is none, or one is not base64url of 32 bytes; it is named by its place, never shown.
    """
    keys = []
    for number, word in enumerate(text.replace(",", " ").split(), 1):
        try:
            key = base64.b64decode(word.rstrip("=") + "=" * (-len(word.rstrip("=")) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise KeysWrong(f"Key {number} is not written in base64url.") from None
        if len(key) != KEY_BYTES:
            raise KeysWrong(f"Key {number} has {len(key)} bytes, it needs {KEY_BYTES}.")
        keys.append(key)
    if not keys:
        raise KeysWrong("There is no key.")
    return keys


def key_file(path: Path, *, make: bool = True) -> list[bytes]:
    """Return the keys in the file at `path`, made with one fresh key when it is missing and `make` is true.

    A new file belongs to its owner alone and is on the disk, name and all, before the key is used. Pass `make=False` once a
    database exists: a fresh key beside old data would hide that the old one was lost. Raises `KeysWrong` when the file is a
    link, others may read it, it holds no good key (as `parse_keys` says), or it is missing and must not be made.
    """
    if make and not path.is_symlink() and not path.exists():
        _make_key_file(path)
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            raise KeysWrong(f"The key file {path} is not a plain file.")
        if mode & 0o077:
            raise KeysWrong(f"Others can read the key file {path}. Close it with: chmod 600 {path}")
        return parse_keys(path.read_text("utf-8"))
    except FileNotFoundError:
        raise KeysWrong(f"The key file {path} is missing; bring it back from the backup, nothing opens without it.") from None
    except OSError as error:
        raise KeysWrong(f"The key file {path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise KeysWrong(f"The key file {path} is not text.") from None


def _make_key_file(path: Path) -> None:
    """Write a fresh key under another name first and link it in whole, so that no crash leaves half a key file.

    Linking, unlike renaming, never replaces a file that another process made in the meantime.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; a file's own fsync does not."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
