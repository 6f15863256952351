"""What an operator sees of the running program: log lines without anybody's words in them, and counts for Prometheus."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import sys
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from structlog.typing import EventDict, WrappedLogger

# A record longer than this is cut: nothing we log on purpose comes near it.
LONGEST_VALUE = 2_000

_TOKEN = re.compile(r"\d+(?::|%3[Aa])[A-Za-z0-9_-]{30,}")
_HIDDEN = "[hidden]"


def set_up_logging(level: str, secrets: Iterable[str] = (), out: TextIO | None = None) -> None:
    """Write every log record from now on as one line of JSON to `out` (standard error).

    `level` is a name such as INFO and goes for our own records. Libraries are heard from WARNING on, whatever the level:
    below that they write statements, payloads and addresses with the bot's token in them. `secrets` are words that are
    hidden wherever they stand, besides everything that looks like a bot token.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _add_time,
            _tell_exception,
            _LineOfJson(secrets),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(out or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_ToStructlog()]
    root.setLevel(logging.WARNING)
    for name in _loggers_below_warning():
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _loggers_below_warning() -> list[str]:
    known = logging.root.manager.loggerDict
    named = {"httpx", "httpcore", "telegram", "aiohttp.access", "sqlalchemy.engine", "aiosqlite", "asyncio"}
    return sorted(named | {name for name, logger in known.items() if isinstance(logger, logging.Logger) and logger.level})


class _ToStructlog(logging.Handler):
    """Hands the records of libraries to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the first line only: what follows it, for asyncio at least, quotes objects with whatever is in them."""
        sentence = record.getMessage().split("\n", 1)[0]
        log = structlog.get_logger()
        log.log(max(record.levelno, logging.WARNING), sentence, logger=record.name, exc_info=record.exc_info)


def _add_time(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    return event


def _tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the kind of an exception and where it came from in place of `exc_info`, for it and its causes.

    Its own words are left out, as they may quote what a person typed; those of the system and of SQLite, which quote
    nothing, stay.
    """
    told = event.pop("exc_info", None)
    if told is True or (isinstance(told, tuple) and told[0] is None):
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    causes: list[dict[str, object]] = []
    while isinstance(error, BaseException) and len(causes) < 5:
        causes.append({"kind": type(error).__qualname__, "why": _harmless(error), "where": _places(error.__traceback__)})
        error = error.__cause__ or error.__context__
    if causes:
        event["error"] = causes
    return event


def _harmless(error: BaseException) -> str:
    if isinstance(error, OSError):
        return error.strerror or ""
    if isinstance(error, sqlite3.Error):
        return str(error)
    return ""


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-20:]]


class _LineOfJson:
    """Writes a record as one line: control characters and everything beyond ASCII escaped, long values cut, secrets hidden."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # A secret is looked for as it stands inside a JSON string; the longest first, as one may begin another.
        written = sorted((json.dumps(secret)[1:-1] for secret in secrets if secret), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, written))) if written else None

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> str:
        line = json.dumps({key: _cut(value) for key, value in event.items()}, default=_kind)
        line = _TOKEN.sub(_HIDDEN, line.replace("\x7f", "\\u007f"))
        return self._secrets.sub(_HIDDEN, line) if self._secrets else line


def _cut(value: object) -> object:
    return value[:LONGEST_VALUE] + "…" if isinstance(value, str) and len(value) > LONGEST_VALUE else value


def _kind(value: object) -> str:
    """Return what stands for an object that is no plain value: its kind only, as its repr may hold anything."""
    return f"<{type(value).__qualname__}>"


disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

# Turns: one message or press each. The outcome is done, repeated (the provider sent it twice), failed or refused (not stored).
TURNS = Counter(
    "langnghe_turns", "Messages and presses taken, by what became of them.", ["platform", "outcome"], registry=REGISTRY
)
TURN_SECONDS = Histogram(
    "langnghe_turn_seconds",
    "From the arrival of a message to its commit, in seconds.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
TURNS_TOGETHER = Histogram(
    "langnghe_turns_in_a_commit", "Turns committed together.", buckets=(1, 2, 5, 10, 20, 50, 100), registry=REGISTRY
)
INBOX_WAITING = Gauge("langnghe_inbox_waiting", "Messages stored and not yet worked on, or to be tried again.", registry=REGISTRY)
OUTBOX_WAITING = Gauge("langnghe_outbox_waiting", "Messages waiting to be sent.", registry=REGISTRY)
# The outcome is sent, retry, blocked, never, unknown or stopped, as `bot.channels.base.Outcome` says.
OUTBOX_SENT = Counter("langnghe_outbox_sent", "Tries to send a message, by outcome.", ["platform", "outcome"], registry=REGISTRY)
SEND_SECONDS = Histogram(
    "langnghe_send_seconds",
    "Time a provider takes to accept one message, in seconds.",
    ["platform"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
DEAD_LETTERS = Gauge(
    "langnghe_dead_letters",
    "Messages in or out that were given up on or perhaps arrived; the command dead-letters lists them.",
    registry=REGISTRY,
)
CASES_OPEN = Gauge("langnghe_cases_open", "Cases not yet closed.", registry=REGISTRY)
CASES_OVERDUE = Gauge("langnghe_cases_overdue", "Open cases past their due date.", registry=REGISTRY)
JOB_RUNS = Counter(
    "langnghe_job_runs", "Runs of timed work, by job and outcome (done, failed).", ["job", "outcome"], registry=REGISTRY
)
LAST_JOBS_AT = Gauge("langnghe_last_jobs_timestamp_seconds", "When timed work last ran to its end.", registry=REGISTRY)
LAST_UPDATE_AT = Gauge(
    "langnghe_last_update_timestamp_seconds", "When a provider last sent anything.", ["platform"], registry=REGISTRY
)


CHANNEL_STOPPED = Gauge(
    "langnghe_channel_stopped",
    "1 while a channel sends nothing, or soon will, because its account, token or consent is refused or lost, else 0.",
    ["platform"],
    registry=REGISTRY,
)


# What is counted in the database when somebody asks, since `work` may be another process than the one that is asked.
_COUNTED = {
    "inbox_waiting": INBOX_WAITING,
    "outbox_waiting": OUTBOX_WAITING,
    "dead_letters": DEAD_LETTERS,
    "cases_open": CASES_OPEN,
    "cases_overdue": CASES_OVERDUE,
}


def tell_counts(counts: Mapping[str, int]) -> None:
    """Set the gauges of what waits and what is open, by their names without the prefix, such as `cases_open`."""
    for name, count in counts.items():
        _COUNTED[name].set(count)


def render_metrics() -> bytes:
    """Return every count in Prometheus' text format, version 0.0.4."""
    return generate_latest(REGISTRY)
