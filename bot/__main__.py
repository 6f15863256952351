"""The command line: `python -m bot COMMAND`, also installed as `langnghe`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from asyncpg import PostgresError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from bot.commands import READING, files_named, parser, run_changing, run_reading
from bot.config import Config, ConfigProblems
from bot.control import Outcome, hand_over, socket_path
from bot.demo.town import NotADemo, PortTaken, serve_demo
from bot.observe import set_up_logging
from bot.program import NotReady
from bot.serving import for_a_command, migrate_now, serve_web, serve_work
from storage.database import HeldByAnother
from storage.migrate import DatabaseNewer
from storage.seal import KeysWrong, SealBroken


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    asked = parser().parse_args(words)
    try:
        config = Config.from_env(os.environ)
        set_up_logging(config.log_level, config.secrets)
        return _run(asked, words, config)
    except ConfigProblems as wrong:
        for problem in wrong.problems:
            print(problem, file=sys.stderr)
        return 2
    except (HeldByAnother, NotReady, DatabaseNewer, KeysWrong, NotADemo, PortTaken) as no:
        print(no, file=sys.stderr)
        return 1
    except OSError as error:
        # A refused connection to PostgreSQL, a folder that cannot be made: a sentence, whatever the system says of it.
        print(_cannot(error, config), file=sys.stderr)
        return 1
    except (PostgresError, DBAPIError) as error:
        if config.sqlite_file is not None:
            raise
        print(_database_refused(error, config), file=sys.stderr)
        return 1
    except SealBroken:
        print("None of the keys opens this database. Bring back the key file or SECRET_KEYS that belongs to it.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(asked: argparse.Namespace, words: list[str], config: Config) -> int:
    if asked.command == "demo":
        asyncio.run(serve_demo(Path(asked.file), asked.port, _announce))
        return 0
    if asked.command == "migrate":
        return _say(asyncio.run(migrate_now(config)))
    if asked.command == "web":
        asyncio.run(serve_web(config))
        return 0
    if asked.command == "work":
        asyncio.run(serve_work(config))
        return 0
    if asked.command in READING and getattr(asked, "retry", None) is None:
        return _say(asyncio.run(run_reading(config, asked)))
    files = files_named(asked)
    if isinstance(files, Outcome):
        return _say(files)
    if config.sqlite_file is not None:
        outcome = hand_over(socket_path(config.sqlite_file), words, files)
        if outcome is not None:
            return _say(outcome)
    return _say(asyncio.run(_changing(config, words, files)))


def _cannot(error: OSError, config: Config) -> str:
    if error.filename is None and config.sqlite_file is None:
        return _database_refused(error, config)
    said = error.strerror or type(error).__name__
    return f"{error.filename} cannot be used: {said}." if error.filename else f"The system refuses: {said}."


def _database_refused(error: BaseException, config: Config) -> str:
    """Return why PostgreSQL cannot be used, with host and database but never the password."""
    url = make_url(config.database_url)
    cause = error.orig.__cause__ or error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = " ".join(str(cause).split()).rstrip(".")
    if url.password:
        said = said.replace(str(url.password), "***")
    return f"The database {url.database} on {url.host} cannot be used: {said}. Check DATABASE_URL, and whether PostgreSQL runs."


def _announce(address: str) -> None:
    print(f"The demo is open. Look at it in your browser: {address}\nStop it with Ctrl+C.", flush=True)


async def _changing(config: Config, words: list[str], files: Mapping[str, bytes]) -> Outcome:
    """Do a command that changes data in this process, with the database opened for it alone."""
    async with for_a_command(config) as program:
        return await run_changing(program, words, files)


def _say(outcome: Outcome) -> int:
    for name, data in (outcome.files or {}).items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(data)
    if outcome.text:
        try:
            print(outcome.text, file=sys.stderr if outcome.code else sys.stdout, flush=True)
        except BrokenPipeError:
            # Whoever reads has had enough, as `head` has; what is left in the buffer goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return outcome.code


if __name__ == "__main__":
    sys.exit(main())
