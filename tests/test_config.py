"""The settings: what is read, what is refused, and that every problem is told at once."""

import base64
import dataclasses
import stat

import pytest

from bot.config import Config, ConfigProblems, keys_of
from storage.seal import new_key

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
POSTGRES = "postgresql://langnghe:hush@db.example:5432/langnghe"


def problems_of(**environ: str) -> list[str]:
    with pytest.raises(ConfigProblems) as caught:
        Config.from_env(environ)
    return caught.value.problems


def test_nothing_set_is_an_embedded_installation():
    config = Config.from_env({})
    assert config == Config()
    assert str(config.sqlite_file) == "langnghe.db"
    assert str(config.key_file) == "langnghe.db.keys"
    assert config.async_url.render_as_string() == "sqlite+aiosqlite:///langnghe.db"
    assert config.sync_url.render_as_string() == "sqlite:///langnghe.db"


def test_files_and_keys_stand_beside_the_sqlite_file():
    config = Config.from_env({"DATABASE_URL": "sqlite:////srv/langnghe/province.db"})
    assert str(config.files_dir) == "/srv/langnghe/files"
    assert str(config.key_file) == "/srv/langnghe/province.db.keys"


def test_postgresql_is_written_as_its_driver_wants_it():
    config = Config.from_env(
        {"DATABASE_URL": POSTGRES.replace("postgresql", "postgres") + "?sslmode=require", "SECRET_KEYS": KEY}
    )
    url = config.async_url
    assert url.render_as_string(hide_password=False) == POSTGRES.replace("postgresql", "postgresql+asyncpg") + "?ssl=require"
    assert config.sqlite_file is None and config.key_file is None


def test_every_problem_is_told_at_once():
    problems = problems_of(
        DATABASE_URL="mysql://root:hush@db/x",
        PORT="0",
        PUBLIC_URL="http://bot.example",
        SECRET_KEYS="short",
        TELEGRAM_TOKEN="not a token",
        TELEGRAM_API_URL="ftp://x",
        TELEGRAM_WEBHOOK_SECRET="with spaces",
        KEEP_RAW_DAYS="-1",
        LOG_LEVEL="LOUD",
    )
    said = " ".join(problems)
    for name in ("DATABASE_URL", "PORT", "PUBLIC_URL", "SECRET_KEYS", "TELEGRAM_TOKEN", "TELEGRAM_API_URL"):
        assert f"{name}" in said
    for name in ("TELEGRAM_WEBHOOK_SECRET", "KEEP_RAW_DAYS", "LOG_LEVEL"):
        assert f"{name}" in said
    assert len(problems) == 9
    assert "hush" not in said, "a password was repeated"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "postgresql:///no-host"),
        ("DATABASE_URL", "langnghe.db"),
        ("DATABASE_URL", "postgresql://h:notaport/x"),
        ("PORT", "65536"),
        ("PORT", "८०"),
        ("PUBLIC_URL", "bot.example"),
        ("PUBLIC_URL", "https://bot.example/telegram"),
        ("PUBLIC_URL", "https://bot.example:5000"),
        ("PUBLIC_URL", "https://bot.example:port"),
        ("TELEGRAM_API_URL", "https://api.telegram.org/bot1:x"),
        ("TELEGRAM_WEBHOOK_SECRET", "x" * 257),
        ("KEEP_RAW_DAYS", "0"),
        ("SECRET_KEYS", f"{KEY},{KEY}"),
        ("SECRET_KEYS", f"{KEY},{KEY[:-2]}"),
        ("SECRET_KEYS", ","),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(name, value):
    assert [problem.startswith(name) for problem in problems_of(**{name: value})] == [True]


@pytest.mark.parametrize("said", ["Lạng Sơn", "lang son", "Tỉnh Lạng Sơn", "20", "TP Hà Nội"])
def test_a_province_goes_by_name_or_code(said):
    assert Config.from_env({"PROVINCE": said}).province == said


def test_a_province_that_is_none_is_told_with_the_rest():
    problems = problems_of(PROVINCE="Atlantis", PORT="0")
    assert len(problems) == 2 and any("PROVINCE" in problem and "Atlantis" in problem for problem in problems)


def test_an_empty_setting_is_an_unset_one():
    names = [field.name.upper() for field in dataclasses.fields(Config)]
    assert Config.from_env(dict.fromkeys(names, " ")) == Config()


def test_postgresql_needs_its_keys_from_the_environment():
    assert "SECRET_KEYS is missing" in problems_of(DATABASE_URL=POSTGRES)[0]


def test_webhooks_need_a_secret_and_polling_does_not():
    assert Config.from_env({"TELEGRAM_TOKEN": "1:x"}).telegram_token == "1:x"
    whole = {"PUBLIC_URL": "https://bot.example/", "TELEGRAM_TOKEN": "1:x", "TELEGRAM_WEBHOOK_SECRET": "s"}
    assert Config.from_env(whole).public_url == "https://bot.example"
    assert "without PUBLIC_URL" in problems_of(TELEGRAM_TOKEN="1:x", TELEGRAM_WEBHOOK_SECRET="s")[0]
    assert "without TELEGRAM_TOKEN" in problems_of(PUBLIC_URL="https://bot.example")[0]
    assert "TELEGRAM_WEBHOOK_SECRET" in problems_of(TELEGRAM_TOKEN="1:x", PUBLIC_URL="https://bot.example")[0]


def test_an_official_account_is_set_up_before_its_secret_is_known():
    account = {"ZALO_OA_ID": "1", "ZALO_APP_ID": "2", "ZALO_APP_SECRET": "s"}
    # Its page shows ZALO_OA_SECRET only once our address is saved there, which must be answered for that.
    assert Config.from_env({**account, "PUBLIC_URL": "https://bot.example"}).zalo_oa_secret == ""
    assert "ZALO_APP_SECRET" in problems_of(ZALO_OA_ID="1", ZALO_APP_ID="2", PUBLIC_URL="https://bot.example")[0]
    assert "ZALO_OA_ID" in problems_of(ZALO_OA_SECRET="x")[0]
    assert "PUBLIC_URL is missing" in problems_of(**account)[0]


@pytest.mark.parametrize("address", ["https://bot.example:8443", "https://203.0.113.7", "https://[2001:db8::1]"])
def test_an_official_account_needs_a_domain_name_without_a_port(address):
    account = {"ZALO_OA_ID": "1", "ZALO_APP_ID": "2", "ZALO_APP_SECRET": "s", "PUBLIC_URL": address}
    assert any("domain name without a port" in problem for problem in problems_of(**account))


def test_a_zalo_bot_is_read_whole_and_its_webhook_needs_a_secret_of_its_own():
    polling = Config.from_env({"ZALO_BOT_TOKEN": "12:x_-Y", "ZALO_BOT_LINK": "https://zalo.me/12"})
    assert (polling.zalo_bot_token, polling.zalo_bot_api_url) == ("12:x_-Y", "https://bot-api.zaloplatforms.com")
    assert polling.zalo_addresses == {"zalo_bot": "https://zalo.me/12"}
    whole = {"PUBLIC_URL": "https://bot.example", "ZALO_BOT_TOKEN": "12:x", "ZALO_BOT_SECRET": "eight-ch"}
    assert Config.from_env(whole).zalo_bot_secret == "eight-ch"
    assert "ZALO_BOT_SECRET is missing" in problems_of(PUBLIC_URL="https://bot.example", ZALO_BOT_TOKEN="12:x")[0]
    for name, value in (
        ("TOKEN", "x"),
        ("SECRET", "short"),
        ("SECRET", "dấu-tiếng-việt"),
        ("LINK", "http://zalo.me/1"),
        ("LINK", "zalo"),
    ):
        assert f"ZALO_BOT_{name} must be" in problems_of(**{f"ZALO_BOT_{name}": value})[0]


def test_a_server_of_ones_own_may_call_on_any_port_of_this_machine():
    environ = {"PUBLIC_URL": "http://127.0.0.1:8080", "TELEGRAM_API_URL": "http://127.0.0.1:8081/"}
    environ |= {"TELEGRAM_TOKEN": "1:x", "TELEGRAM_WEBHOOK_SECRET": "s"}
    assert Config.from_env(environ).telegram_api_url == "http://127.0.0.1:8081"


def test_secrets_are_hidden_in_the_repr_and_known_to_the_log():
    environ = {
        "DATABASE_URL": POSTGRES,
        "SECRET_KEYS": KEY,
        "TELEGRAM_TOKEN": "12345:very-secret",
        "TELEGRAM_WEBHOOK_SECRET": "hook-secret",
        "PUBLIC_URL": "https://bot.example",
        "METRICS_TOKEN": "metrics-secret",
        "ZALO_BOT_TOKEN": "67890:bot-secret",
        "ZALO_BOT_SECRET": "zalo-hook-secret",
    }
    config = Config.from_env(environ)
    shown = repr(config)
    assert "secret" not in shown.replace("secrets", "") and "hush" not in shown and KEY not in shown
    zalo = {"67890:bot-secret", "zalo-hook-secret"}
    assert set(config.secrets) == zalo | {"12345:very-secret", "hook-secret", "metrics-secret", "hush"}


def test_what_citizens_would_miss_is_named():
    assert Config.from_env({"PROVINCE": "Lạng Sơn", "CONTACT_PHONE": "1022"}).unsaid() == [
        "AGENCY_NAME",
        "CONTACT_ADDRESS",
        "DATA_OFFICER",
    ]


def test_keys_are_kept_in_their_order():
    other = new_key()
    assert Config.from_env({"SECRET_KEYS": f"{KEY}, {other}"}).secret_keys[0] == bytes(range(32))
    assert Config.from_env({"SECRET_KEYS": f"{other},{KEY}"}).secret_keys[1] == bytes(range(32))


def test_the_first_start_makes_a_key_that_only_its_owner_reads(tmp_path):
    config = Config.from_env({"DATABASE_URL": f"sqlite:///{tmp_path}/new/langnghe.db"})
    keys = keys_of(config)
    assert len(keys) == 1 and len(keys[0]) == 32
    assert stat.S_IMODE(config.key_file.stat().st_mode) == 0o600
    assert keys_of(config) == keys, "the second start reads the same key"


def test_a_lost_key_file_is_never_replaced_by_a_new_one(tmp_path):
    config = Config.from_env({"DATABASE_URL": f"sqlite:///{tmp_path}/langnghe.db"})
    config.sqlite_file.write_bytes(b"something is in it")
    with pytest.raises(ConfigProblems, match="backup"):
        keys_of(config)
    assert not config.key_file.exists()


def test_a_key_file_that_others_can_read_is_refused(tmp_path):
    config = Config.from_env({"DATABASE_URL": f"sqlite:///{tmp_path}/langnghe.db"})
    keys_of(config)
    config.key_file.chmod(0o644)
    with pytest.raises(ConfigProblems, match="chmod 600"):
        keys_of(config)


def test_given_keys_leave_no_key_file(tmp_path):
    config = Config.from_env({"DATABASE_URL": f"sqlite:///{tmp_path}/langnghe.db", "SECRET_KEYS": KEY})
    assert keys_of(config) == (bytes(range(32)),)
    assert not config.key_file.exists()
