"""Copies of pictures hold pixels and nothing else, and no picture can hurt the program."""

import asyncio
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from bot import picture_child
from bot.domain.refusal import Refusal
from bot.pictures import PictureRefused, _verdict, reencode

CANARY = b"canary-21.8536-106.7610"
RED, BLUE = (200, 30, 30), (30, 30, 200)


def written(image: Image.Image, form: str, **how) -> bytes:
    out = BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def half_and_half(mode: str = "RGB") -> Image.Image:
    """A picture 60 wide and 40 high, its left half red and the right one blue."""
    image = Image.new("RGB", (60, 40), BLUE)
    image.paste(RED, (0, 0, 30, 40))
    return image.convert(mode)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, pixels: bytes, bits: int = 8, colours: int = 0, more: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def zeros(length: int) -> bytes:
    packer, block = zlib.compressobj(1), bytes(1 << 20)
    return b"".join(packer.compress(block[: min(len(block), length - n)]) for n in range(0, length, len(block))) + packer.flush()


def near(one, other) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    "data",
    [
        written(half_and_half(), "JPEG"),
        written(half_and_half(), "JPEG", progressive=True),
        written(half_and_half("CMYK"), "JPEG"),
        written(half_and_half(), "PNG"),
        written(half_and_half("P"), "PNG"),
        written(half_and_half("RGBA"), "PNG"),
        written(half_and_half(), "WEBP"),
        written(half_and_half(), "GIF"),
    ],
)
async def test_each_format_that_is_taken_comes_back_as_the_same_picture_in_jpeg(data):
    copy = Image.open(BytesIO(await reencode(data)))
    assert (copy.format, copy.mode, copy.size) == ("JPEG", "RGB", (60, 40))
    assert near(copy.getpixel((10, 20)), RED) and near(copy.getpixel((50, 20)), BLUE)


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16"])
async def test_a_grey_picture_keeps_its_greys(mode):
    image = Image.new("L", (60, 40), 0)
    image.paste(255, (0, 0, 30, 40))
    if mode == "I;16":
        image = Image.frombytes("I;16", (60, 40), b"".join(struct.pack("<H", grey * 257) for grey in image.tobytes()))
    else:
        image = image.convert(mode)
    copy = Image.open(BytesIO(await reencode(written(image, "PNG"))))
    assert near(copy.getpixel((10, 20)), (255,) * 3) and near(copy.getpixel((50, 20)), (0,) * 3)


async def test_a_transparent_picture_lies_on_white():
    copy = Image.open(BytesIO(await reencode(written(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"))))
    assert near(copy.getpixel((10, 10)), (255, 255, 255))


async def test_of_a_film_only_the_first_picture_is_kept():
    film = written(Image.new("RGB", (20, 20), RED), "GIF", save_all=True, append_images=[Image.new("RGB", (20, 20), BLUE)])
    assert near(Image.open(BytesIO(await reencode(film))).getpixel((10, 10)), RED)


@pytest.mark.parametrize(("size", "copied"), [((3000, 1500), (2048, 1024)), ((1000, 4096), (500, 2048)), ((2048, 7), (2048, 7))])
async def test_the_long_side_is_at_most_2048(size, copied):
    assert Image.open(BytesIO(await reencode(written(Image.new("RGB", size), "JPEG")))).size == copied


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_picture_is_turned_upright_before_its_orientation_is_dropped(form, orientation):
    """Stored as a camera held otherwise would store it, so that upright it is red on the left again."""
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # The operation that undoes each turn; Pillow's numbers.
    image = half_and_half()
    stored = image if orientation == 1 else image.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    copy = Image.open(BytesIO(await reencode(written(stored, form, exif=exif))))
    assert copy.size == (60, 40) and not copy.getexif()
    assert near(copy.getpixel((10, 20)), RED) and near(copy.getpixel((50, 20)), BLUE)


def markers(data: bytes) -> set[int]:
    """Return the kinds of segments before the pixels of a JPEG."""
    found, place = set(), 2
    while data[place + 1] != 0xDA:
        found.add(data[place + 1])
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return found


async def test_no_place_author_device_comment_or_profile_is_left():
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = CANARY.decode(), CANARY.decode()
    exif.get_ifd(0x8825)[2] = (21.0, 51.0, 12.0)
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", CANARY.decode())
    text.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    full = {"exif": exif, "icc_profile": CANARY, "xmp": CANARY}
    for data in (
        written(half_and_half(), "JPEG", comment=CANARY, **full) + CANARY,
        written(half_and_half(), "PNG", pnginfo=text, exif=exif, icc_profile=CANARY),
        written(half_and_half(), "WEBP", **full),
        written(half_and_half(), "GIF", comment=CANARY),
    ):
        assert CANARY in data or b"Profile" in data
        copy = await reencode(data)
        assert CANARY[:6] not in copy and b"Exif" not in copy and b"adobe" not in copy
        assert markers(copy) <= {0xE0, 0xDB, 0xC0, 0xC4}  # JFIF, tables, frame: no other APPn, no comment.
        assert copy.endswith(b"\xff\xd9")


@pytest.mark.parametrize("entry", [(2, 4, b"abc\0"), (3, 1, b"\x63\0\0\0"), (5, 9, b"\xff\xff\xff\xff")])
async def test_broken_exif_does_not_spoil_a_sound_picture(entry):
    """The orientation is a word, a number that means nothing, or lies outside the file."""
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHI4sI", 1, 0x0112, *entry, 0)
    data = written(half_and_half(), "JPEG", exif=exif)
    assert near(Image.open(BytesIO(await reencode(data))).getpixel((10, 20)), RED)


BOMBS = {
    "a flood of pixels": lambda: png(50_000, 50_000, zeros(50_000 * 6_251), bits=1),
    "a flood that is only announced": lambda: png(50_000, 50_000, b""),
    "one line": lambda: png(2**31 - 1, 1, b""),
    "much more than announced": lambda: png(10, 10, b"\x78\x9c" + b"\xff" * 100),
    "a text that unpacks without end": lambda: png(
        1,
        1,
        zlib.compress(b"\0\0"),
        more=chunk(b"zTXt", b"a\0\0" + zeros(100 << 20)) + chunk(b"iCCP", b"a\0\0" + zeros(100 << 20)),
    ),
    "a wide gif": lambda: b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6) + b"\x2c" + bytes(40),
    "a wide jpeg": lambda: written(Image.new("L", (8, 8)), "JPEG").replace(b"\x08\0\x08\0\x08\x01", b"\x08\xff\xff\xff\xff\x01"),
    "a wide webp": lambda: (
        b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<II", 10, 0) + b"\xff\xff\xff\xff\xff\xff"
    ),
}
NONSENSE = {
    "nothing": lambda: b"",
    "words": lambda: b"This is no picture.",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
    "html": lambda: b"<!doctype html><script>alert(1)</script>",
    "pdf": lambda: b"%PDF-1.7\n" + bytes(300) + b"%%EOF",
    "bmp": lambda: written(half_and_half(), "BMP"),
    "tiff": lambda: written(half_and_half(), "TIFF"),
    "ico": lambda: written(half_and_half(), "ICO"),
    "jpeg 2000": lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(200),
    "eps": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "fits": lambda: b"SIMPLE  =                    T" + bytes(5760),
    "zip": lambda: b"PK\x03\x04" + bytes(100),
    "a wrong beginning": lambda: b"\xff\xd8\xff\xe0" + written(half_and_half(), "PNG"),
    "cut short": lambda: written(Image.effect_noise((300, 300), 60), "JPEG")[:-4000],
    "a png cut short": lambda: written(Image.effect_noise((300, 300), 60), "PNG")[:-4000],
    "a webp cut short": lambda: written(Image.effect_noise((300, 300), 60), "WEBP")[:-4000],
    "no pixels": lambda: png(0, 0, zlib.compress(b"")),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_a_picture_made_to_blow_up_is_refused(name):
    with pytest.raises(PictureRefused) as refused:
        await asyncio.wait_for(reencode(BOMBS[name]()), 15)
    assert isinstance(refused.value, Refusal) and refused.value.text.message.endswith(".")


@pytest.mark.parametrize("name", NONSENSE)
async def test_what_is_no_picture_or_a_broken_one_is_refused_in_words(name):
    with pytest.raises(PictureRefused, match=r"cannot be read\."):
        await reencode(NONSENSE[name]())


async def test_a_picture_is_refused_from_one_line_too_many():
    assert (await reencode(png(5_000, 4_000, zeros(4_000 * 5_001)))).startswith(b"\xff\xd8")
    with pytest.raises(PictureRefused, match="too many pixels"):
        await reencode(png(5_000, 4_001, zeros(4_001 * 5_001)))


async def test_bytes_changed_at_random_are_a_picture_or_a_refusal():
    draw = random.Random(7)
    for form in ("JPEG", "PNG", "WEBP", "GIF"):
        data = written(half_and_half(), form)
        for _n in range(4):
            changed = bytearray(data)
            for _m in range(4):
                changed[draw.randrange(len(changed))] = draw.randrange(256)
            try:
                assert (await reencode(bytes(changed))).startswith(b"\xff\xd8")
            except PictureRefused:
                pass


LIMITS = f"""
import resource, runpy, sys
child = runpy.run_path({picture_child.__file__!r})
child["limit_itself"]()
try:
    bytearray(300 << 20)
except MemoryError:
    print("no memory")
try:
    with open("written", "wb") as file:
        file.write(b"x")
        file.flush()
except OSError:
    print("no file")
print(resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_the_child_can_take_no_more_memory_or_time_and_write_no_file(tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + LIMITS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.splitlines() == ["no memory", "no file", f"({picture_child.CPU_SECONDS}, 6) (0, 0)"]
    assert not (tmp_path / "written").read_bytes()


def test_a_child_that_spins_is_stopped_and_the_picture_refused():
    code = f"import runpy\nchild = runpy.run_path({picture_child.__file__!r})\n"
    code += "import resource\nchild['limit_itself']()\nresource.setrlimit(resource.RLIMIT_CPU, (1, 6))\nwhile True: pass"
    ended = subprocess.run([sys.executable, "-c", code], check=False, timeout=20).returncode
    assert ended == -signal.SIGXCPU
    with pytest.raises(PictureRefused):
        _verdict(ended, b"")


@pytest.mark.parametrize("ended", [-signal.SIGTERM, -signal.SIGKILL, 1, 0])
def test_a_child_stopped_from_outside_refuses_nothing(ended):
    """The picture may be sound: the download job tries again."""
    with pytest.raises(ChildProcessError):
        _verdict(ended, b"")


async def test_the_child_sees_nothing_of_our_environment(monkeypatch, tmp_path):
    """A picture reader that is taken over finds no token there. The stand-in answers with what it sees, behind a JPEG's head."""
    monkeypatch.setenv("TELEGRAM_TOKEN", "123:secret")
    stand_in = tmp_path / "child.py"
    stand_in.write_text("import os, sys\nsys.stdout.buffer.write(b'\\xff\\xd8\\xff' + repr(dict(os.environ)).encode())")
    assert b"secret" not in await reencode(b"", stand_in)


async def test_a_cancelled_copy_leaves_no_child_behind(tmp_path):
    stand_in, noted = tmp_path / "child.py", tmp_path / "pid"
    stand_in.write_text(f"import os, time\nopen({str(noted)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)")
    task = asyncio.create_task(reencode(b"", stand_in))
    while not (noted.exists() and noted.read_text()):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


async def test_the_parent_takes_no_memory_for_a_bomb():
    data = BOMBS["a flood of pixels"]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PictureRefused):
        await reencode(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
