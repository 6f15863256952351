"""Files that people send: what is taken, how it is kept, and the name that is shown."""

from __future__ import annotations

import os
import re
import secrets
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Container, Iterator
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from bot.dialogue.values import AttachmentKind
from bot.domain.refusal import Refusal
from bot.text import _
from storage.seal import Seal, lookup, sync_folder

MEGABYTE: Final = 2**20

# In bytes. Telegram hands over at most 20 MB of any file, so that no channel promises more.
SIZE_LIMITS: Final[dict[AttachmentKind, int]] = {
    "photo": 10 * MEGABYTE,
    "video": 20 * MEGABYTE,
    "voice": 20 * MEGABYTE,
    "audio": 20 * MEGABYTE,
    "document": 20 * MEGABYTE,
}
TEXT_LIMIT: Final = 1 * MEGABYTE

# Every type that is ever taken, with the endings its shown name may have; the first is added where none of them is there.
ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/heic": (".heic", ".heif"),
    "video/mp4": (".mp4", ".m4v", ".3gp"),
    "video/quicktime": (".mov",),
    "video/webm": (".webm",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/mpeg": (".mp3",),
    "audio/aac": (".aac",),
    "audio/amr": (".amr",),
    "audio/mp4": (".m4a", ".mp4", ".3gp"),
    "audio/webm": (".weba", ".webm"),
    "audio/wav": (".wav",),
    "application/pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "text/plain": (".txt",),
}
# The pictures of which the office gets a clean copy (`bot.pictures`).
PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_SOUNDS = frozenset({"audio/ogg", "audio/mpeg", "audio/aac", "audio/amr", "audio/mp4", "audio/webm", "audio/wav"})
_TAKEN: Final[dict[AttachmentKind, frozenset[str]]] = {
    "photo": PICTURES,
    "video": frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    "voice": _SOUNDS,
    "audio": _SOUNDS,
    "document": frozenset(ENDINGS),
}

_BRANDS = {
    "video/quicktime": b"qt",
    "image/heic": b"heic heix heim heis mif1",
    "audio/mp4": b"M4A M4B",
    "video/mp4": b"isom iso2 iso3 iso4 iso5 iso6 mp41 mp42 avc1 M4V MSNV dash 3gp4 3gp5 3gp6 3gp7 3gg6 3g2a",
}
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?php)", re.IGNORECASE)
# Looked for without regard to case, each long enough not to stand in 20 MB of film by chance.
_HIDDEN = (b"<script", b"<?php ", b"<?php\n", b"<?php\r", b"%pdf-1.", b"%pdf-2.", b"rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_OFFICE = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "word/document.xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xl/workbook.xml",
}
# Macros, programs, and files within the file.
_UNWANTED = re.compile(r"vbaproject|activex|embeddings/|\.(?:exe|dll|js|vbs|zip|rar|7z|gz)$", re.IGNORECASE)
_NAME = re.compile(r"[0-9a-f]{32}")


class FileMissing(Exception):
    """A file that is not in the store (any more)."""


class SealedFiles:
    """A folder of sealed files, whose names and contents tell nothing to whoever reads the disk.

    Every call blocks until the disk is done: call from a thread (`asyncio.to_thread`). A file is there whole or not at all. It is
    bound to its name, so that two files changed about do not open.
    """

    def __init__(self, folder: Path, seal: Seal, lookup_key: bytes) -> None:
        """Make the folder, for its owner alone, if it is not there; raises FileExistsError when it is a link or a file."""
        if folder.is_symlink():
            raise FileExistsError(f"The folder of files {folder} must not be a link.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._seal = seal
        self._lookup_key = lookup_key

    def put(self, data: bytes, of: str = "") -> str:
        """Seal and store `data` and return its name in the store.

        `of` is a stable id of what the file belongs to (`attachment:17:copy`): the name is its keyed hash, so that a download
        tried again after a crash replaces its own file and leaves no orphan. Without it the name is random.
        """
        name = lookup(self._lookup_key, "files", of or secrets.token_hex(16))
        draft = self._folder / f".{name}.{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
                file.write(self._seal.seal(data, "files", name))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / name)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync_folder(self._folder)
        return name

    def get(self, name: str) -> bytes:
        """Return the plain bytes; raises `FileMissing`, `SealBroken`, or ValueError for a name that `put` never gives."""
        path = self._path(name)
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise FileMissing("What bears the name is not a plain file.")
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                return self._seal.open(file.read(), "files", name)
        except FileNotFoundError:
            raise FileMissing("There is no such file in the store.") from None

    def delete(self, name: str) -> None:
        """Remove the file; one that is gone already is no error. Raises ValueError for a name that `put` never gives."""
        self._path(name).unlink(missing_ok=True)
        sync_folder(self._folder)

    def names(self) -> Iterator[str]:
        """Give the name of every file in the store, in no order."""
        return (path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name))

    def sweep(self, kept: Container[str], before: datetime) -> int:
        """Remove what nobody owns: files not among `kept` and older than `before`, and half-written ones; return how many."""
        owned_by_nobody = [name for name in self.names() if name not in kept]
        removed = 0
        for name in owned_by_nobody:
            if self._path(name).lstat().st_mtime < before.timestamp():
                self._path(name).unlink(missing_ok=True)
                removed += 1
        if removed:
            sync_folder(self._folder)
        return removed + self.remove_drafts(before)

    def remove_drafts(self, before: datetime) -> int:
        """Remove what crashes left half written before that instant, and return how many there were."""
        removed = 0
        for draft in self._folder.glob(".*"):
            with suppress(FileNotFoundError):  # Its writer may finish in this very moment.
                if draft.lstat().st_mtime < before.timestamp():
                    draft.unlink()
                    removed += 1
        return removed

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("This is not the name of a file in the store.")
        return self._folder / name


def check_size(kind: AttachmentKind, size: int | None) -> None:
    """Raise `Refusal` when a file of that many bytes is too large (None: not known yet) or empty."""
    if size == 0:
        raise Refusal(_("This file is empty. Please send it again."))
    limit = SIZE_LIMITS[kind]
    if size is not None and size > limit:
        raise _too_large(limit)


def sniff(data: bytes, kind: AttachmentKind, mime: str) -> str:
    """Return the type of a file that we take, from its bytes; `mime`, what the sender says, only decides where bytes cannot.

    Raises `Refusal` when it is too large, empty, or of a type that is not taken for its kind, and for files that are two things
    at once: whatever is kept will be looked at by intake. An archive is never unpacked; of Word and Excel files only the list
    of contents is read.
    """
    check_size(kind, len(data))
    found = _type_of(data, mime)
    if kind in ("voice", "audio"):
        found = found.replace("video/mp4", "audio/mp4").replace("video/webm", "audio/webm")
    if found not in _TAKEN[kind]:
        if data.startswith(_ARCHIVES):
            raise Refusal(_("We do not open packed files such as ZIP or RAR. Please send the files in it one by one."))
        raise Refusal(
            _("We cannot take this kind of file. Please send a photo, a video, a voice message, a PDF, or a Word or Excel file.")
        )
    if found == "text/plain":
        if len(data) > TEXT_LIMIT:
            raise _too_large(TEXT_LIMIT)
    elif found == "application/pdf":
        if b"%%EOF" not in data[-2048:] or b"/JavaScript" in data or b"/Launch" in data or _ends_in_zip(data):
            raise _doubtful()
    elif not found.startswith("application/") and (_MARKUP.search(data[:4096]) or _hides_another(data)):
        raise _doubtful()
    return found


def clean_name(name: str, mime: str = "") -> str:
    """Return a file name that is safe to show and to save under, at most 120 bytes of UTF-8.

    Folders, control and invisible characters (also those that turn the direction of writing) and the reserved names of Windows
    are gone. With the type found by `sniff`, it ends as that type does: `form.pdf.exe` of a PDF becomes `form.pdf.exe.pdf`.
    """
    name = unicodedata.normalize("NFC", name)
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    name = re.split(r"[/\\]", name)[-1]
    name = re.sub(r'[<>:"|?*%;`$&\'\s]+', " ", name).strip(" .").lstrip("-~ .")
    stem, dot, ending = name.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z0-9]{1,8}", ending):
        stem, ending = name, ""
    else:
        ending = "." + ending
    allowed = ENDINGS.get(mime, ())
    if allowed and ending.lower() not in allowed:
        stem, ending = stem + ending, allowed[0]
    if re.fullmatch(r"(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\..*)?", stem, re.IGNORECASE):
        stem = "file " + stem
    return (stem.encode()[: 120 - len(ending)].decode(errors="ignore").strip(" .") or "file") + ending


def _too_large(limit: int) -> Refusal:
    text = _("This file is larger than {limit} MB. Please send a smaller one, or tell us in words what it shows.")
    return Refusal(text(limit=limit // MEGABYTE))


def _doubtful() -> Refusal:
    return Refusal(_("This file holds something that we cannot check. Please send a photo or a plain PDF of it instead."))


def _type_of(data: bytes, mime: str) -> str:
    """Return the type that the first bytes say, "" for one that we do not know."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if data[8:12] == b"WEBP" else "audio/wav"
    if data[4:8] == b"ftyp" and 16 <= int.from_bytes(data[:4], "big") <= 512:
        return next((found for found, brands in _BRANDS.items() if data[8:12].strip() in brands.split()), "")
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"\x42\x82\x84webm" in data[:64] else ""
    if data.startswith(b"OggS"):
        return "audio/ogg" if re.search(rb"OpusHead|\x01vorbis|Speex   ", data[:64]) else ""
    if data.startswith((b"#!AMR\n", b"#!AMR-WB\n")):  # Voice messages of a Zalo Official Account. Source: RFC 4867, 5.
        return "audio/amr"
    if _is_adts(data):
        return "audio/aac"
    if data.startswith(b"ID3") or (mime.startswith("audio/") and _is_mp3_frame(data[:4])):
        return "audio/mpeg"
    if re.match(rb"%PDF-[12]\.\d", data):
        return "application/pdf"
    if data.startswith(b"PK\x03\x04"):
        return _office_type_of(data)
    if mime.partition(";")[0].strip().lower() == "text/plain" and _is_plain_text(data):
        return "text/plain"
    return ""


def _is_mp3_frame(head: bytes) -> bool:
    """Whether these four bytes are the head of a frame of MPEG layer III with a bit rate and sampling rate that exist."""
    return len(head) == 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def _is_adts(data: bytes) -> bool:
    """Whether this is raw AAC, as Zalo's voice messages are: two ADTS frames, one right after the other."""
    place = 0
    for _frame in range(2):
        head = data[place : place + 7]
        if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
            return False
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        if length < 7:
            return False
        place += length
    return True


def _is_plain_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if _MARKUP.search(data) or text.startswith("#!"):
        return False
    return not any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in set(text))


def _hides_another(data: bytes) -> bool:
    """Whether a page, a program, a PDF or an archive stands somewhere in a picture, a sound or a film."""
    lowered = data.lower()
    return any(mark in lowered for mark in _HIDDEN) or _ends_in_zip(data)


def _ends_in_zip(data: bytes) -> bool:
    """Whether an archive hangs behind the file: programs that unpack look for it from the end."""
    place = data.rfind(b"PK\x05\x06", -(22 + 2**16))
    return place >= 0 and place + 22 <= len(data)


def _office_type_of(data: bytes) -> str:
    """Return the type of a Word or Excel file, "" for any other archive; raises `Refusal` when there is more in it than text.

    The list of contents must fill the file up to its last byte and be short: only then is it read at all. Nothing is unpacked.
    """
    end = data[-22:]
    if not end.startswith(b"PK\x05\x06") or len(end) < 22:
        return ""
    parts, length, start, comment = struct.unpack("<10xHIIH", end)
    if comment or parts > 5000 or length > MEGABYTE or start + length + 22 != len(data):
        return ""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            listed = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return ""
    names = {part.filename for part in listed}
    found = next((mime for mime, main in _OFFICE.items() if {main, "[Content_Types].xml"} <= names), "")
    if found:
        unpacked = sum(part.file_size for part in listed)
        locked = any(part.flag_bits & 1 for part in listed)
        if len(names) != len(listed) or unpacked > 300 * MEGABYTE or locked or any(map(_UNWANTED.search, names)):
            raise _doubtful()
    return found
