"""Copies of pictures that are safe to pass on."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

from bot.domain.refusal import Refusal
from bot.picture_child import TOO_LARGE, UNREADABLE
from bot.text import _

CHILD: Final = Path(__file__).with_name("picture_child.py")
_SECONDS: Final = 20.0


class PictureRefused(Refusal):
    """A picture of which no copy can be made; shown to the sender as it is."""


async def reencode(data: bytes, child: Path = CHILD) -> bytes:
    """Return a copy of the picture as JPEG, upright, at most 2048 pixels on its long side, without any metadata.

    JPEG, PNG, WEBP and GIF (its first frame) are read, in a child process with limits of memory (240 MiB) and of CPU time (5 s),
    because pictures can be made to blow up, or to break, what decodes them. Raises `PictureRefused` for anything that is no such
    picture, is damaged, or has too many pixels; TimeoutError or ChildProcessError when the machine was too busy or the child was
    stopped from outside: try again later. Let few run at once. `child` is the program that decodes.
    """
    # Without our environment: the token and the keys stand in it.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(child),
        env={},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            copy, _errors = await process.communicate(data)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _verdict(process.returncode, copy)


def _verdict(code: int | None, copy: bytes) -> bytes:
    """Return the copy if there is one; a child that its own limits or a decoder's fault ended has refused the picture."""
    if code == 0 and copy.startswith(b"\xff\xd8\xff"):
        return copy
    if code in (TOO_LARGE, -signal.SIGXCPU):
        raise PictureRefused(_("This picture has too many pixels for us. Please send a smaller one, or a screenshot of it."))
    if code in (UNREADABLE, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL):
        raise PictureRefused(_("This picture cannot be read. Please send it again, or take a new photo."))
    raise ChildProcessError(f"The child that decodes pictures ended with {code}.")
