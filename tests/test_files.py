"""What is taken, how it is kept, and the names that are shown."""

import os
import re
import stat
import struct
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot.domain.refusal import Refusal
from bot.files import MEGABYTE, SIZE_LIMITS, FileMissing, SealedFiles, check_size, clean_name, sniff
from storage.seal import Seal, SealBroken, new_key, parse_keys

KEY, LOOKUP = parse_keys(f"{new_key()},{new_key()}")
STORY = b"canary: a photo of the whole counter" * 20


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "files"


@pytest.fixture
def files(folder):
    return SealedFiles(folder, Seal([KEY]), LOOKUP)


def test_a_file_comes_back_byte_for_byte(files):
    for data in (b"", b"x", os.urandom(MEGABYTE)):
        assert files.get(files.put(data)) == data


def test_neither_name_nor_content_tells_anything_and_only_the_owner_may_look(files, folder):
    name = files.put(STORY, of="attachment:17")
    kept = folder / name
    assert re.fullmatch("[0-9a-f]{32}", name)
    assert b"canary" not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_download_tried_again_replaces_its_own_file_and_leaves_no_orphan(files):
    first = files.put(b"half", of="attachment:17")
    assert files.put(STORY, of="attachment:17") == first
    assert files.get(first) == STORY and list(files.names()) == [first]
    others = {files.put(STORY, of="attachment:18"), files.put(STORY), files.put(STORY)}
    assert len(others | {first}) == 4


def test_another_key_gives_other_names(files, folder):
    other = SealedFiles(folder, Seal([KEY]), parse_keys(new_key())[0])
    assert other.put(b"x", of="attachment:17") != files.put(b"x", of="attachment:17")


def test_a_file_put_in_anothers_place_does_not_open(files, folder):
    one, other = files.put(b"one"), files.put(b"other")
    (folder / one).write_bytes((folder / other).read_bytes())
    with pytest.raises(SealBroken):
        files.get(one)


def test_a_changed_file_does_not_open(files, folder):
    name = files.put(STORY)
    kept = bytearray((folder / name).read_bytes())
    kept[200] ^= 1
    (folder / name).write_bytes(kept)
    with pytest.raises(SealBroken):
        files.get(name)


def test_what_is_deleted_is_gone_and_may_be_deleted_again(files):
    name = files.put(STORY)
    files.delete(name)
    files.delete(name)
    assert not list(files.names())
    with pytest.raises(FileMissing):
        files.get(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "/etc/passwd", "a" * 31, "A" * 32, "a" * 32 + "\n", "a" * 31 + "/", "a" * 30 + "\0b"]
)
def test_a_name_that_the_store_never_gave_is_refused(files, name):
    for use in (files.get, files.delete):
        with pytest.raises(ValueError, match="not the name"):
            use(name)


def test_links_pipes_and_folders_are_not_followed(files, folder, tmp_path):
    name = files.put(STORY)
    outside = tmp_path / "outside"
    outside.write_bytes((folder / name).read_bytes())
    for place in ("link", "pipe", "folder"):
        (folder / name).unlink(missing_ok=True)
        if place == "link":
            (folder / name).symlink_to(outside)
        elif place == "pipe":
            os.mkfifo(folder / name)
        else:
            (folder / name).mkdir()
        with pytest.raises(FileMissing):
            files.get(name)
    (folder / name).rmdir()
    (folder / name).symlink_to(outside)
    files.put(b"new", of="x")
    files.delete(name)
    assert outside.exists()


def test_a_file_written_over_a_link_replaces_the_link_and_not_what_it_points_to(files, folder, tmp_path):
    name = files.put(b"first", of="attachment:17")
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    (folder / name).unlink()
    (folder / name).symlink_to(outside)
    files.put(STORY, of="attachment:17")
    assert outside.read_bytes() == b"precious" and files.get(name) == STORY


def test_a_folder_that_is_a_link_or_a_file_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").touch()
    for place in ("link", "file"):
        with pytest.raises(FileExistsError):
            SealedFiles(tmp_path / place, Seal([KEY]), LOOKUP)


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(files, folder):
    """The seal refuses anything but bytes, half way through the write."""
    name = files.put(STORY, of="attachment:17")
    with pytest.raises(TypeError):
        files.put("words", of="attachment:17")
    assert files.get(name) == STORY
    assert [path.name for path in folder.iterdir()] == [name]


def test_what_a_crash_left_half_written_is_never_seen_and_removed_when_old(files, folder):
    name = files.put(STORY)
    old, young = folder / f".{name}.0123456789abcdef", folder / f".{name}.fedcba9876543210"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    for draft, age in ((old, timedelta(days=2)), (young, timedelta(minutes=1))):
        os.utime(draft, times=((now - age).timestamp(),) * 2)
    assert list(files.names()) == [name]
    assert files.remove_drafts(now - timedelta(days=1)) == 1
    assert not old.exists() and young.exists() and files.get(name) == STORY


def test_two_who_write_the_same_file_at_once_leave_one_whole_file(files, folder):
    contents = [bytes([n]) * 100_000 for n in range(6)]
    threads = [threading.Thread(target=files.put, args=(content, "attachment:17")) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (name,) = files.names()
    assert files.get(name) in contents
    assert [path.name for path in folder.iterdir()] == [name]


def picture(form: str) -> bytes:
    out = BytesIO()
    Image.effect_noise((40, 40), 60).save(out, form)
    return out.getvalue()


def packed(*names: str, comment: bytes = b"", size: int = 10) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, bytes(size))
        archive.comment = comment
    return out.getvalue()


def boxed(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + bytes(4) + b"isommp42" + b"\0\0\0\x08mdat" + bytes(100)


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = ("[Content_Types].xml", "_rels/.rels", "word/document.xml")
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n" + bytes(200) + b"\nstartxref\n9\n%%EOF\n"
OGG = b"OggS\0\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(100)
MP3 = b"\xff\xfb\x90\x64" + bytes(400)
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm" + bytes(100)
AAC = bytes.fromhex("fff150800cdffc") + bytes(95)  # One frame of raw AAC.
WAV = b"RIFF" + struct.pack("<I", 136) + b"WAVEfmt " + bytes(124)


@pytest.mark.parametrize(
    ("data", "kind", "mime", "found"),
    [
        (picture("JPEG"), "photo", "", "image/jpeg"),
        (picture("PNG"), "photo", "image/jpeg", "image/png"),
        (picture("WEBP"), "photo", "", "image/webp"),
        (picture("GIF"), "document", "image/gif", "image/gif"),
        (picture("JPEG"), "document", "application/octet-stream", "image/jpeg"),
        (boxed(b"heic"), "document", "image/heic", "image/heic"),
        (boxed(b"isom"), "video", "video/mp4", "video/mp4"),
        (boxed(b"M4V "), "video", "", "video/mp4"),
        (boxed(b"3gp5"), "document", "video/3gpp", "video/mp4"),
        (boxed(b"qt  "), "video", "", "video/quicktime"),
        (boxed(b"M4A "), "audio", "audio/x-m4a", "audio/mp4"),
        (boxed(b"isom"), "voice", "audio/mp4", "audio/mp4"),
        (OGG, "voice", "audio/ogg", "audio/ogg"),
        (MP3, "audio", "audio/mpeg", "audio/mpeg"),
        (b"ID3\x04" + bytes(100), "voice", "", "audio/mpeg"),
        (WEBM, "voice", "audio/webm;codecs=opus", "audio/webm"),
        (WEBM, "video", "video/webm", "video/webm"),
        (WAV, "audio", "", "audio/wav"),
        (2 * AAC, "voice", "audio/aac", "audio/aac"),
        (b"#!AMR\n" + bytes(32), "voice", "", "audio/amr"),
        (PDF, "document", "application/pdf", "application/pdf"),
        (packed(*DOCX), "document", "", WORD),
        (packed("[Content_Types].xml", "xl/workbook.xml", "xl/printerSettings/printerSettings1.bin"), "document", "", EXCEL),
        ("Họ từ chối hồ sơ.\r\n".encode(), "document", "text/plain", "text/plain"),
        (b"\xef\xbb\xbf" + "Tôi ghi lại".encode(), "document", "text/plain; charset=utf-8", "text/plain"),
    ],
)
def test_what_people_send_is_taken_and_told_by_its_bytes(data, kind, mime, found):
    assert sniff(data, kind, mime) == found


PICTURE = picture("JPEG")
UNWANTED = {
    "one frame of raw AAC with something else behind it": (AAC + bytes(200), "voice", "audio/aac"),
    "a frame that claims no length": (bytes.fromhex("fff15080001ffc") + bytes(200), "voice", "audio/aac"),
    "a program": (b"MZ" + bytes(300), "document", "application/pdf"),
    "a program of another kind": (b"\x7fELF" + bytes(300), "document", "image/jpeg"),
    "a script": (b"#!/bin/sh\nrm -rf ~\n", "document", "text/plain"),
    "a page": (b"<!DOCTYPE html><script>alert(1)</script>", "document", "text/plain"),
    "a page that says it is a picture": (b"<html></html>", "photo", "image/png"),
    "a drawing": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "document", "image/svg+xml"),
    "a drawing called text": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "document", "text/plain"),
    "text that says it is a page": (b"hello", "document", "text/html"),
    "bytes that say they are text": (b"hello\0world", "document", "text/plain"),
    "text of an unknown alphabet": (b"h\xe9llo", "document", "text/plain"),
    "text with a terminal's commands": (b"\x1b]0;x\x07", "document", "text/plain"),
    "a zip": (packed("photo.jpg"), "document", "application/zip"),
    "a zip called word": (packed("photo.jpg"), "document", WORD),
    "a rar": (b"Rar!\x1a\x07\x01\0" + bytes(99), "document", ""),
    "a 7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "document", ""),
    "a gz": (b"\x1f\x8b\x08" + bytes(99), "document", ""),
    "an old word file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "document", "application/msword"),
    "word with macros": (packed(*DOCX, "word/vbaProject.bin"), "document", WORD),
    "word with a file in it": (packed(*DOCX, "word/embeddings/oleObject1.bin"), "document", WORD),
    "word with an archive in it": (packed(*DOCX, "word/media/more.zip"), "document", WORD),
    "a word bomb": (packed(*DOCX, *(f"word/media/{n}.png" for n in range(8)), size=40 * MEGABYTE), "document", WORD),
    "word with words behind it": (packed(*DOCX) + b"more", "document", WORD),
    "word with a comment": (packed(*DOCX, comment=b"<script>"), "document", WORD),
    "word that announces a comment": (packed(*DOCX)[:-2] + b"\x05\0", "document", WORD),
    "word with a program before it": (b"MZ" + packed(*DOCX), "document", WORD),
    "a pdf with a program": (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript >>"), "document", ""),
    "a pdf that starts one": (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /Launch >>"), "document", ""),
    "half a pdf": (PDF[:100], "document", ""),
    "a pdf behind words": (b"hello\n" + PDF, "document", ""),
    "a pdf with a zip behind it": (PDF + packed("a"), "document", ""),
    "a picture with a zip behind it": (PICTURE + packed("evil.exe"), "document", ""),
    "a picture with a jar behind it": (picture("GIF") + packed("META-INF/MANIFEST.MF"), "photo", ""),
    "a picture with a rar behind it": (PICTURE + b"Rar!\x1a\x07\x01\0", "photo", ""),
    "a picture with a pdf in it": (PICTURE[:2] + b"\xff\xfe\0\x20%PDF-1.4 1 0 obj<<>>endobj....." + PICTURE[2:], "photo", ""),
    "a picture with a page in it": (b"GIF89a/*<html><script>*/=1;alert(1)</script>" + bytes(99), "photo", ""),
    "a picture with php behind it": (picture("PNG") + b"<?php system($_GET[0]); ?>", "photo", ""),
    "a film with a page at its start": (boxed(b"isom") + b"<body onload=alert(1)>", "video", ""),
    "a film of no known make": (boxed(b"evil"), "video", "video/mp4"),
    "another container": (WEBM.replace(b"webm", b"matr"), "video", ""),
    "a sound that is none": (b"OggS" + bytes(100), "voice", "audio/ogg"),
    "a stream of an unknown rate": (b"\xff\xfb\xf0\x64" + bytes(99), "audio", "audio/mpeg"),
    "a photo that is a film": (boxed(b"isom"), "photo", "image/jpeg"),
    "a voice that is a picture": (PICTURE, "voice", "audio/ogg"),
    "a film that is a pdf": (PDF, "video", "video/mp4"),
    "postscript": (b"%!PS-Adobe-3.0\n", "document", ""),
    "a bitmap": (picture("BMP"), "photo", "image/bmp"),
    "a shortcut": (b"L\0\0\0\x01\x14\x02\0" + bytes(99), "document", ""),
    "an app": (packed("AndroidManifest.xml", "classes.dex"), "document", "application/vnd.android.package-archive"),
    "nothing": (b"", "document", "text/plain"),
    "one byte": (b"\xff", "audio", "audio/mpeg"),
}


@pytest.mark.parametrize("name", UNWANTED)
def test_what_nobody_should_open_is_refused_in_words(name):
    with pytest.raises(Refusal) as refused:
        sniff(*UNWANTED[name])
    assert refused.value.text.message.endswith(".")


def test_an_archive_is_refused_with_what_to_do_instead():
    with pytest.raises(Refusal, match="one by one"):
        sniff(packed("photo.jpg"), "document", "application/zip")


@pytest.mark.parametrize("kind", SIZE_LIMITS)
def test_a_file_over_its_limit_is_refused_before_and_after_the_download(kind):
    limit = SIZE_LIMITS[kind]
    check_size(kind, None)
    check_size(kind, limit)
    for too_much in (lambda: check_size(kind, limit + 1), lambda: sniff(bytes(limit + 1), kind, "")):
        with pytest.raises(Refusal) as refused:
            too_much()
        assert refused.value.text.values == (("limit", limit // MEGABYTE),)
    with pytest.raises(Refusal, match="empty"):
        check_size(kind, 0)
    assert limit <= 20 * MEGABYTE


def test_text_has_a_limit_of_its_own():
    assert sniff(b"a" * MEGABYTE, "document", "text/plain") == "text/plain"
    with pytest.raises(Refusal, match="larger"):
        sniff(b"a" * (MEGABYTE + 1), "document", "text/plain")


@pytest.mark.parametrize(
    ("name", "mime", "shown"),
    [
        ("Đơn phản ánh.pdf", "application/pdf", "Đơn phản ánh.pdf"),
        ("IMG_1234.JPEG", "image/jpeg", "IMG_1234.JPEG"),
        ("", "image/jpeg", "file.jpg"),
        ("../../etc/passwd", "", "passwd"),
        ("C:\\Windows\\win.ini", "text/plain", "win.ini.txt"),
        ("....//....//x.pdf", "application/pdf", "x.pdf"),
        ("photo\u202egpj.exe", "image/jpeg", "photogpj.exe.jpg"),
        ("invoice.pdf.exe", "application/pdf", "invoice.pdf.exe.pdf"),
        ("a\r\nSet-Cookie: x=1.png", "image/png", "aSet-Cookie x=1.png"),
        ('a"; filename=evil.html', "image/png", "a filename=evil.html.png"),
        ("CON", "image/png", "file CON.png"),
        ("nul.tar.png", "image/png", "file nul.tar.png"),
        ("com1.jpg", "image/jpeg", "file com1.jpg"),
        (".htaccess", "text/plain", "htaccess.txt"),
        ("-rf.png", "image/png", "rf.png"),
        ("a. . .png", "image/png", "a.png"),
        ("\u200b\ufeff", "audio/ogg", "file.ogg"),
        ("a\0b.png", "image/png", "ab.png"),
        ("$(reboot)`id`.png", "image/png", "(reboot) id.png"),
        ("e\u0302\u0301.png", "image/png", "ế.png"),
        ("x\u2028y.png", "image/png", "xy.png"),
        ("a\ud800.png", "image/png", "a.png"),
    ],
)
def test_a_shown_name_is_what_it_says(name, mime, shown):
    assert clean_name(name, mime) == shown


@pytest.mark.parametrize("letter", ["a", "ế", "\U0001f4f7", "."])
def test_a_long_name_is_cut_between_letters_and_keeps_its_ending(letter):
    name = clean_name(letter * 400 + ".docx", WORD)
    assert len(name.encode()) <= 120 and name.endswith(".docx")
    assert clean_name(name, WORD) == name


def test_no_name_leaves_its_folder_or_its_line():
    parts = ["..", "/", "\\", "\0", "\r", "\n", "\u202e", "\u2066", "con", ".", " ", ":", "|", "x", "ắ", '"', "%2e", "~"]
    names = [a + b + c for a in parts for b in parts for c in parts[:8]]
    for name in names:
        shown = clean_name(name, "image/png")
        assert shown.endswith(".png") and len(shown) > 4
        assert not re.search(r'[/\\\0-\x1f"<>:|?*\u202e\u2066]', shown) and not shown.startswith((".", "-", " "))


def test_what_nobody_owns_is_swept_once_it_is_old(files, folder):
    kept, orphan, young = files.put(b"kept"), files.put(b"orphan"), files.put(b"young")
    (folder / f".{orphan}.half").write_bytes(b"left by a kill")
    long_ago = (datetime.now(UTC) - timedelta(days=3)).timestamp()
    for name in (kept, orphan, f".{orphan}.half"):
        os.utime(folder / name, (long_ago, long_ago))
    assert files.sweep({kept}, datetime.now(UTC) - timedelta(days=1)) == 2
    assert set(files.names()) == {kept, young}
