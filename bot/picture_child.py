"""The child process in which a picture from outside is decoded: bytes in, a clean JPEG out, or an exit code that says why not.

It is run by its path, apart from the program (`python -I`): it sees no setting and no secret, can write no file, and the system
stops it when it takes too much memory or time. `bot.pictures` is the other side.
"""

from __future__ import annotations

import resource
import sys
import warnings
from io import BytesIO

# By name, because Pillow would otherwise load and try all of its forty readers.
from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

UNREADABLE = 3
TOO_LARGE = 4

# What the process may take for itself, in bytes: with the shared code it stays below 256 MiB (RELIABILITY E4).
MEMORY = 240 * 2**20
ADDRESS_SPACE = 512 * 2**20
CPU_SECONDS = 5
OPEN_FILES = 24

LONG_SIDE = 2048
QUALITY = 85
# What fits into that memory. A JPEG is decoded at a fraction of its size, the others whole and held more than once.
MOST_PIXELS = {"JPEG": 120_000_000, "MPO": 120_000_000, "PNG": 20_000_000, "GIF": 20_000_000, "WEBP": 13_000_000}
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def limit_itself() -> None:
    """Give up, for good, the right to more memory, time and files than a picture needs, to write files and to dump core."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read a picture from standard input, write its copy to standard output, and return the exit code."""
    limit_itself()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # Our own limits stand above, by format.
    try:
        image: Image.Image = Image.open(BytesIO(sys.stdin.buffer.read()), formats=("JPEG", "PNG", "WEBP", "GIF"))
        if image.width * image.height > MOST_PIXELS.get(image.format or "", 0):
            return TOO_LARGE
        copy = _clean(image)
    except MemoryError:
        return TOO_LARGE
    except Exception:
        # Whatever a decoder raises about bytes made by a stranger means that they are no picture. The parent is told no more,
        # because the words of the error could hold what the picture holds.
        return UNREADABLE
    sys.stdout.buffer.write(copy)
    return 0


def _clean(image: Image.Image) -> bytes:
    """Return the first picture as a small upright JPEG that holds pixels and nothing else."""
    image.draft(None, (LONG_SIDE, LONG_SIDE))
    image.load()
    turn = _UPRIGHT.get(_orientation(image))
    if image.mode.startswith("I"):  # 16 bits of grey.
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    elif image.mode not in ("L", "RGB", "RGBA", "CMYK", "YCbCr"):
        image = image.convert("RGBA")
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    # On a fresh canvas, because a picture takes its comments and profiles along wherever it goes.
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image.convert("RGB"), mask=image.getchannel("A") if image.mode == "RGBA" else None)
    out = BytesIO()
    (canvas if turn is None else canvas.transpose(turn)).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation; cameras write broken EXIF into sound pictures, which are then left as they lie."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        return 1


if __name__ == "__main__":
    sys.exit(main())
