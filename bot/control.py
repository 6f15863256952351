"""Handing a command that changes data to the running `web`, which holds the SQLite file.

A socket beside the file that only its owner can open; one JSON line each way. The command's words go over as they were typed,
with the files it names, so that it runs the same way whether `web` runs or not.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

log = structlog.get_logger()

LONGEST_LINE = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command prints and its exit code: 0 done, 1 refused. `files` are to be written by the caller, by path."""

    text: str
    code: int = 0
    files: Mapping[str, bytes] | None = None


Command = Callable[[list[str], Mapping[str, bytes]], Awaitable[Outcome]]


def socket_path(database: Path) -> Path:
    """Return where `web` listens for commands."""
    return database.with_name(database.name + ".sock")


async def listen(path: Path, command: Command) -> asyncio.AbstractServer:
    """Serve commands on a socket that only this user can open; a socket left by a killed process is replaced."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = json.loads(await reader.readline())
            files = {name: base64.b64decode(data) for name, data in asked["files"].items()}
            outcome = await command(asked["argv"], files)
        except Exception as error:
            log.error("a command failed", exc_info=error)
            outcome = Outcome(f"The command failed inside the running program ({type(error).__name__}); its log says where.", 1)
        answer = {"text": outcome.text, "code": outcome.code, "files": _packed(outcome.files or {})}
        writer.write(json.dumps(answer).encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    path.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(serve, path, limit=LONGEST_LINE)
    finally:
        os.umask(before)


def hand_over(path: Path, argv: list[str], files: Mapping[str, bytes]) -> Outcome | None:
    """Let the running program do a command; None when none runs."""
    with socket.socket(socket.AF_UNIX) as end:
        try:
            end.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        end.sendall(json.dumps({"argv": argv, "files": _packed(files)}).encode() + b"\n")
        with end.makefile("rb") as answer:
            line = answer.readline()
    if not line:
        return Outcome("The running program ended before it answered. Look at its log, then try again.", 1)
    said = json.loads(line)
    return Outcome(said["text"], said["code"], {name: base64.b64decode(data) for name, data in said["files"].items()})


def _packed(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(data).decode() for name, data in files.items()}
