"""Log lines: one each, nothing in them that a person typed or a thief could use."""

import asyncio
import io
import json
import logging
import sqlite3
import warnings

import pytest
import structlog

from bot import observe

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
STORY = "the clerk asked me for money in room 12"

# The platform's JSON may hold anything; these are the characters with which a line is forged.
FORGERIES = [
    "a\nb",
    "a\r\n{}",
    "\x1b[2Jgone",
    "nul\x00",
    "del\x7f",
    "\u2028next",
    "\u202eesrever",
    "\ud800",
    "đường dây nóng",
    "x" * 1_000_000,
]


@pytest.fixture
def lines():
    """Return a function giving what was logged so far; the set-up before the test comes back after it."""
    root = logging.getLogger()
    before = structlog.get_config(), root.handlers, root.level
    out = io.StringIO()
    observe.set_up_logging("DEBUG", secrets=["hush hush", 'quo"ted'], out=out)
    yield lambda: [json.loads(line) for line in out.getvalue().split("\n") if line]
    logging.captureWarnings(False)
    structlog.configure(**before[0])
    root.handlers, root.level = before[1], before[2]


@pytest.mark.parametrize("words", FORGERIES)
def test_every_record_is_one_line_of_plain_characters(lines, words, capsys):
    out = io.StringIO()
    observe.set_up_logging("DEBUG", out=out)
    structlog.get_logger().info("case assigned", case=words)
    logging.getLogger("library").warning("it says %s", words)
    written = out.getvalue()
    assert written.count("\n") == 2
    assert all(" " <= letter <= "~" for letter in written.replace("\n", ""))
    assert len(written) < 20_000


def test_a_record_carries_its_sentence_level_and_time(lines):
    structlog.get_logger().info("case assigned", case="K7QF-2M4X", unit="SNV")
    (record,) = lines()
    assert record.pop("at").endswith("+00:00")
    assert record == {"event": "case assigned", "level": "info", "case": "K7QF-2M4X", "unit": "SNV"}


def test_tokens_and_known_secrets_are_hidden_wherever_they_stand(lines):
    log = structlog.get_logger()
    log.warning("failed", url=f"https://api.example/bot{TOKEN}/getMe", also={"deep": [TOKEN.replace(":", "%3A")]})
    log.warning("hush hush", why='a quo"ted word')
    logging.getLogger("httpx").warning("POST https://api.example/bot%s/sendMessage", TOKEN)
    written = json.dumps(lines())
    assert len(lines()) == 3
    assert "AAHdq" not in written and "hush" not in written and "[hidden] word" in written and "quo" not in written


def test_libraries_are_heard_from_warning_on_whatever_the_level(lines):
    for name in ("httpx", "telegram.Bot", "sqlalchemy.engine.Engine", "aiosqlite", "some.other"):
        logging.getLogger(name).debug("chatty")
        logging.getLogger(name).info("chatty")
        logging.getLogger(name).error("broken")
    assert [(record["logger"], record["event"], record["level"]) for record in lines()] == [
        ("httpx", "broken", "error"),
        ("telegram.Bot", "broken", "error"),
        ("sqlalchemy.engine.Engine", "broken", "error"),
        ("aiosqlite", "broken", "error"),
        ("some.other", "broken", "error"),
    ]


def test_an_exception_says_its_kind_and_place_but_not_its_words(lines):
    try:
        try:
            int(STORY)
        except ValueError as error:
            raise RuntimeError(STORY) from error
    except RuntimeError:
        structlog.get_logger().exception("turn failed", incident="7Q")
        logging.getLogger("library").exception("failed")
    assert "money" not in json.dumps(lines())
    for record in lines():
        assert [cause["kind"] for cause in record["error"]] == ["RuntimeError", "ValueError"]
        assert "test_an_exception_says" in record["error"][0]["where"][-1]


def test_an_exception_given_as_a_value_is_told_too(lines):
    structlog.get_logger().error("gave up", exc_info=KeyError(STORY))
    assert lines()[0]["error"] == [{"kind": "KeyError", "why": "", "where": []}]


def test_the_words_of_the_system_and_of_sqlite_are_kept(lines):
    for error in (OSError(28, "No space left on device", f"/srv/{STORY}"), sqlite3.OperationalError("database is locked")):
        structlog.get_logger().error("could not write", exc_info=error)
    assert [record["error"][0]["why"] for record in lines()] == ["No space left on device", "database is locked"]
    assert "money" not in json.dumps(lines())


def test_an_object_is_logged_by_its_kind_only(lines):
    structlog.get_logger().info("seen", it=ValueError(STORY))
    assert lines()[0]["it"] == "<ValueError>"


async def test_a_task_that_nobody_awaited_does_not_tell_its_story(lines):
    loop = asyncio.get_running_loop()
    loop.call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError(STORY), "future": STORY}
    )
    (record,) = lines()
    assert record["event"] == "Task exception was never retrieved" and "money" not in json.dumps(record)


def test_a_python_warning_becomes_a_record(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        observe.set_up_logging("INFO", out=(out := io.StringIO()))
        warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    assert json.loads(out.getvalue())["logger"] == "py.warnings"


def test_records_below_the_level_are_left_out(lines):
    observe.set_up_logging("WARNING", out=(out := io.StringIO()))
    structlog.get_logger().info("quiet")
    assert out.getvalue() == ""


def test_the_counts_are_readable_by_prometheus():
    observe.TURNS.labels("webchat", "done").inc()
    observe.CASES_OPEN.set(3)
    text = observe.render_metrics().decode()
    assert "langnghe_cases_open 3.0\n" in text
    assert 'langnghe_turns_total{outcome="done",platform="webchat"}' in text
