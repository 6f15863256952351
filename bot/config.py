"""The settings: the only place that reads the environment, and which keys an installation uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.folding import fold
from bot.rules import provinces
from storage.seal import KeysWrong, Seal, key_file, parse_keys

DEFAULT_DATABASE = "sqlite:///langnghe.db"
TELEGRAM = "https://api.telegram.org"
ZALO_BOT = "https://bot-api.zaloplatforms.com"
ZALO_API, ZALO_OAUTH, ZALO_ZBS = "https://openapi.zalo.me", "https://oauth.zaloapp.com", "https://business.openapi.zalo.me"
ZALO_FILES = "zdn.vn, zadn.vn, zaloapp.com"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

# Telegram calls webhooks on these ports only (Bot API, setWebhook); a Bot API server of one's own has no such limit.
_WEBHOOK_PORTS = (443, 80, 88, 8443)
# The tokens of the channels that call PUBLIC_URL.
_CALLED = ("TELEGRAM_TOKEN", "ZALO_BOT_TOKEN", "ZALO_OA_ID")
# What a Zalo Official Account needs, all of it. ZALO_OA_SECRET comes last: its page shows it once our address is saved there.
_OFFICIAL_ACCOUNT = ("ZALO_OA_ID", "ZALO_APP_ID", "ZALO_APP_SECRET")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ConfigProblems(Exception):
    """Settings that cannot be used; `problems` is one sentence each, with the name of the setting and what to write instead."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, checked; the name of a field in capitals is the name of its environment variable.

    Secrets are left out of the repr, so that a config that lands in a log or a traceback gives nothing away.
    """

    # Where everything is kept: a SQLite file (sqlite:///name.db, sqlite:////folder/name.db) or postgresql://user:password@host/name.
    database_url: str = field(default=DEFAULT_DATABASE, repr=False)
    # The folder of sealed attachments; without it `files` beside the SQLite file, or in the working folder on PostgreSQL.
    files_dir: Path = Path("files")
    # The port on which `web` listens, for webhooks, health and metrics.
    port: int = 8080
    # The address under which the internet reaches this server, https without a path; "" means long polling, no webhook.
    public_url: str = ""
    # Keys that seal identities and messages, the first seals and all open; () on SQLite means the key file beside the database.
    secret_keys: tuple[bytes, ...] = field(default=(), repr=False)
    # The bot's token from BotFather; "" means that this installation has no Telegram.
    telegram_token: str = field(default="", repr=False)
    # The root of the Bot API server; /bot<token> and /file/bot<token> are added.
    telegram_api_url: str = TELEGRAM
    # What Telegram repeats in a header of every webhook call, so that nobody else can speak in its name.
    telegram_webhook_secret: str = field(default="", repr=False)
    # The token of the bot from the Zalo Bot Platform; "" means that this installation has no Zalo bot.
    zalo_bot_token: str = field(default="", repr=False)
    # The root of that platform's server; /bot<token> is added.
    zalo_bot_api_url: str = ZALO_BOT
    # What Zalo repeats in a header of every webhook call of the bot, so that nobody else can speak in its name.
    zalo_bot_secret: str = field(default="", repr=False)
    # The address at which citizens open the Zalo bot, for posters and links; "" means that there is none yet.
    zalo_bot_link: str = ""
    # The id of the Zalo Official Account; "" means that this installation has none.
    zalo_oa_id: str = ""
    # The OA Secret Key, with which Zalo signs what it tells us of the account; not the app's secret.
    zalo_oa_secret: str = field(default="", repr=False)
    # The id of the Zalo app that the account has let in.
    zalo_app_id: str = ""
    # The app's secret, which fetches tokens.
    zalo_app_secret: str = field(default="", repr=False)
    # Whether menus carry buttons besides their numbers: off, plain or template, the two forms that an account may take.
    zalo_oa_buttons: str = "off"
    # The address of a picture, without which Zalo lets nobody ask for the phone number.
    zalo_oa_picture: str = ""
    # An approved ZBS template that says that there is news about a case, for who has not written for a week; "" means none.
    zalo_oa_template: str = ""
    # The one parameter of that template, the case code.
    zalo_oa_template_field: str = "ma_ho_so"
    # The word by which Zalo sees that the address is ours; it stands in the head of the home page.
    zalo_site_verification: str = ""
    # The root of the Official Account API.
    zalo_api_url: str = ZALO_API
    # The root of the server of consents and tokens.
    zalo_oauth_url: str = ZALO_OAUTH
    # The root of the server of template messages by phone number.
    zalo_zbs_url: str = ZALO_ZBS
    # The domains from which files that people send to the account or the Zalo bot may be fetched.
    zalo_file_hosts: tuple[str, ...] = ("zdn.vn", "zadn.vn", "zaloapp.com")
    # The province, by its name or official two-digit code, as it stands in texts and in the search of offices.
    province: str = ""
    # Who runs this, as citizens read it at the first contact.
    agency_name: str = ""
    # The telephone number for people who would rather not write.
    contact_phone: str = ""
    # When somebody answers that telephone, as posters say it.
    contact_hours: str = ""
    # Where citizens are received in person.
    contact_address: str = ""
    # Whom to ask about one's personal data: a name or office, and how to reach it.
    data_officer: str = ""
    # After how many days the raw messages, finished forms and sent messages are erased.
    keep_raw_days: int = 14
    # What a reader of /metrics must show as `Authorization: Bearer ...`; "" means that only this machine may read them.
    metrics_token: str = field(default="", repr=False)
    # How much is logged: DEBUG, INFO, WARNING or ERROR.
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Config:
        """Return the settings in `environ`; an empty one counts as unset. Raises ConfigProblems with every problem there is."""
        reader = _Reader(environ)
        url = reader.database_url()
        beside = _sqlite_file(url)
        config = cls(
            database_url=url.render_as_string(hide_password=False),
            files_dir=Path(reader.words("FILES_DIR") or (beside.parent if beside else Path()) / "files"),
            port=reader.number("PORT", 8080, 1, 65535),
            public_url=reader.public_url(),
            secret_keys=reader.keys(needed=beside is None),
            telegram_token=reader.matching(
                "TELEGRAM_TOKEN", r"\d+:[A-Za-z0-9_-]+", "the token that BotFather gave, like 12345:AbC..."
            ),
            telegram_api_url=reader.address("TELEGRAM_API_URL", TELEGRAM, ("http", "https")),
            telegram_webhook_secret=reader.matching(
                "TELEGRAM_WEBHOOK_SECRET", r"[A-Za-z0-9_-]{1,256}", "1 to 256 of the characters A-Z a-z 0-9 _ -"
            ),
            zalo_bot_token=reader.matching(
                "ZALO_BOT_TOKEN", r"\d+:[A-Za-z0-9_-]+", "the token of the Zalo bot, like 12345:AbC..."
            ),
            zalo_bot_api_url=reader.address("ZALO_BOT_API_URL", ZALO_BOT, ("http", "https")),
            zalo_bot_secret=reader.matching(
                "ZALO_BOT_SECRET", r"[A-Za-z0-9_-]{8,256}", "8 to 256 of the characters A-Z a-z 0-9 _ -"
            ),
            zalo_bot_link=reader.matching(
                "ZALO_BOT_LINK", r"https://[^\s/?#]+/[^\s]+", "the address that opens the bot, like https://zalo.me/..."
            ),
            zalo_oa_id=reader.matching("ZALO_OA_ID", r"\d{1,30}", "the number of the Official Account"),
            zalo_oa_secret=reader.words("ZALO_OA_SECRET"),
            zalo_app_id=reader.matching("ZALO_APP_ID", r"\d{1,30}", "the number of the Zalo app"),
            zalo_app_secret=reader.words("ZALO_APP_SECRET"),
            zalo_oa_buttons=reader.matching("ZALO_OA_BUTTONS", "off|plain|template", "off, plain or template") or "off",
            zalo_oa_picture=reader.matching(
                "ZALO_OA_PICTURE", r"https://[^\s/?#]+/[^\s]+", "the address of a picture, like https://name.example/logo.png"
            ),
            zalo_oa_template=reader.matching("ZALO_OA_TEMPLATE", r"[A-Za-z0-9_-]{1,64}", "the number of a ZBS template"),
            zalo_oa_template_field=reader.matching(
                "ZALO_OA_TEMPLATE_FIELD", r"[A-Za-z0-9_]{1,64}", "the name of the template's parameter, like ma_ho_so"
            )
            or "ma_ho_so",
            zalo_site_verification=reader.matching(
                "ZALO_SITE_VERIFICATION", r"[A-Za-z0-9_=+/-]{1,200}", "the content of Zalo's verification tag"
            ),
            zalo_api_url=reader.address("ZALO_API_URL", ZALO_API, ("http", "https")),
            zalo_oauth_url=reader.address("ZALO_OAUTH_URL", ZALO_OAUTH, ("http", "https")),
            zalo_zbs_url=reader.address("ZALO_ZBS_URL", ZALO_ZBS, ("http", "https")),
            zalo_file_hosts=reader.hosts("ZALO_FILE_HOSTS", ZALO_FILES),
            province=reader.province(),
            agency_name=reader.words("AGENCY_NAME"),
            contact_phone=reader.words("CONTACT_PHONE"),
            contact_hours=reader.words("CONTACT_HOURS"),
            contact_address=reader.words("CONTACT_ADDRESS"),
            data_officer=reader.words("DATA_OFFICER"),
            keep_raw_days=reader.number("KEEP_RAW_DAYS", 14, 1, 365),
            metrics_token=reader.words("METRICS_TOKEN"),
            log_level=reader.log_level(),
        )
        if config.public_url and config.telegram_token and not reader.words("TELEGRAM_WEBHOOK_SECRET"):
            reader.problems.append(
                "TELEGRAM_WEBHOOK_SECRET is missing: with PUBLIC_URL and TELEGRAM_TOKEN set, Telegram must prove who it is. "
                "Write 1 to 256 characters of A-Z a-z 0-9 _ -, best a long random word."
            )
        if config.telegram_webhook_secret and not reader.words("PUBLIC_URL"):
            reader.problems.append(
                "TELEGRAM_WEBHOOK_SECRET is of no use without PUBLIC_URL: set PUBLIC_URL for webhooks, or leave both out."
            )
        if config.public_url and config.zalo_bot_token and not reader.words("ZALO_BOT_SECRET"):
            reader.problems.append(
                "ZALO_BOT_SECRET is missing: with PUBLIC_URL and ZALO_BOT_TOKEN set, Zalo must prove who it is. "
                "Write 8 to 256 characters of A-Z a-z 0-9 _ -, best a long random word."
            )
        given = [name for name in (*_OFFICIAL_ACCOUNT, "ZALO_OA_SECRET") if reader.words(name)]
        if given and not set(_OFFICIAL_ACCOUNT) <= set(given):
            missing = ", ".join(name for name in _OFFICIAL_ACCOUNT if name not in given)
            reader.problems.append(f"{missing}: missing, a Zalo Official Account needs {', '.join(_OFFICIAL_ACCOUNT)} together.")
        if config.zalo_oa_id and not reader.words("PUBLIC_URL"):
            reader.problems.append("PUBLIC_URL is missing: what people write to a Zalo Official Account comes by webhook only.")
        if config.zalo_oa_id and not _has_a_name(config.public_url):
            said = f"PUBLIC_URL must be a domain name without a port for a Zalo Official Account, not {config.public_url!r}."
            reader.problems.append(said)
        if config.public_url and not reader.any_of(*_CALLED) and not reader.complained("PUBLIC_URL"):
            reader.problems.append(
                f"PUBLIC_URL is of no use without {' or '.join(_CALLED)}: set one of them, or leave PUBLIC_URL out."
            )
        if reader.problems:
            raise ConfigProblems(reader.problems)
        return config

    @property
    def sqlite_file(self) -> Path | None:
        """The SQLite file, or None on PostgreSQL."""
        return _sqlite_file(make_url(self.database_url))

    @property
    def key_file(self) -> Path | None:
        """The file of keys beside the SQLite file, used when SECRET_KEYS is unset; None on PostgreSQL."""
        file = self.sqlite_file
        return file and file.with_name(file.name + ".keys")

    @property
    def sync_url(self) -> URL:
        """The address for SQLAlchemy's blocking engine; of use on SQLite only, as there is no blocking PostgreSQL driver here."""
        return make_url(self.database_url)

    @property
    def async_url(self) -> URL:
        """The address for SQLAlchemy's async engine: aiosqlite or asyncpg."""
        url = make_url(self.database_url)
        return url.set(drivername="sqlite+aiosqlite" if self.sqlite_file else "postgresql+asyncpg")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The words that must never stand in a log line."""
        password = make_url(self.database_url).password
        held = (
            *(self.telegram_token, self.telegram_webhook_secret, self.zalo_bot_token, self.zalo_bot_secret),
            *(self.zalo_oa_secret, self.zalo_app_secret),
            *(self.metrics_token, password or ""),
        )
        return tuple(word for word in held if word)

    @property
    def zalo_addresses(self) -> dict[str, str]:
        """The addresses that open our chats in Zalo, by channel."""
        account = f"https://zalo.me/{self.zalo_oa_id}" if self.zalo_oa_id else ""
        return {name: address for name, address in (("zalo_oa", account), ("zalo_bot", self.zalo_bot_link)) if address}

    def unsaid(self) -> list[str]:
        """Return the settings that citizens would miss in what they read; the bot runs without, but a province must not."""
        return [name.upper() for name in _FOR_CITIZENS if not getattr(self, name)]


_FOR_CITIZENS = ("province", "agency_name", "contact_phone", "contact_address", "data_officer")


class _Reader:
    """Reads settings one by one and keeps every problem; a bad value reads as the default, so that reading can go on."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def words(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def any_of(self, *names: str) -> bool:
        return any(self.words(name) for name in names)

    def complained(self, name: str) -> bool:
        """Whether there is a problem with this setting already."""
        return any(problem.startswith(name) for problem in self.problems)

    def matching(self, name: str, pattern: str, wanted: str) -> str:
        value = self.words(name)
        if value and not re.fullmatch(pattern, value):
            self.problems.append(f"{name} must be {wanted}.")
            return ""
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.words(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            self.problems.append(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
            return default
        return int(value)

    def address(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        value = self.words(name).rstrip("/") or default
        if not value:
            return ""
        try:
            parts = urlsplit(value)
            port_is_good = parts.port is None or parts.port > 0
        except ValueError:
            parts, port_is_good = urlsplit(""), False
        plain = not (parts.path or parts.query or parts.fragment or parts.username)
        if not (parts.scheme in schemes and parts.hostname and port_is_good and plain):
            self.problems.append(f"{name} must be an address like {schemes[-1]}://name.example, without a path, not {value!r}.")
            return ""
        return value

    def hosts(self, name: str, default: str) -> tuple[str, ...]:
        found = tuple((self.words(name) or default).lower().replace(",", " ").split())
        if not all(re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", host) for host in found):
            self.problems.append(f"{name} must be domains with commas between, like {default}.")
            return ()
        return found

    def province(self) -> str:
        """Return the province as it was written, by code or by name with or without tone marks, once it is one."""
        value = self.words("PROVINCE")
        known = {fold(word) for one in provinces().values() for word in (one.code, one.name, one.name[len(one.type) :])}
        known |= {fold(one.name).replace("thanh pho", "tp") for one in provinces().values()}
        if value and fold(value) not in known:
            self.problems.append(f"PROVINCE must be the name or two-digit code of one of the 34 provinces, not {value!r}.")
            return ""
        return value

    def public_url(self) -> str:
        value = self.address("PUBLIC_URL", "", ("http", "https"))
        parts = urlsplit(value)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            self.problems.append(f"PUBLIC_URL must begin with https://, not {value!r}.")
        own_server = self.words("TELEGRAM_API_URL").rstrip("/") not in ("", TELEGRAM)
        if value and not own_server and parts.port not in (None, *_WEBHOOK_PORTS):
            self.problems.append(f"PUBLIC_URL must use port 443, 80, 88 or 8443, as Telegram calls no other, not {parts.port}.")
        return value

    def log_level(self) -> str:
        value = self.words("LOG_LEVEL").upper() or "INFO"
        if value not in LOG_LEVELS:
            self.problems.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {value!r}.")
            return "INFO"
        return value

    def keys(self, needed: bool) -> tuple[bytes, ...]:
        value = self.words("SECRET_KEYS")
        if not value:
            if needed:
                self.problems.append(
                    "SECRET_KEYS is missing: on PostgreSQL it must be given, one or more keys of 32 bytes in base64url, "
                    "with commas between."
                )
            return ()
        try:
            keys = parse_keys(value)
            Seal(keys)  # Refuses a key that is given twice.
            return tuple(keys)
        except KeysWrong as error:
            self.problems.append(f"SECRET_KEYS: {error}")
            return ()

    def database_url(self) -> URL:
        value = self.words("DATABASE_URL") or DEFAULT_DATABASE
        # Hosting services write postgres://, and sslmode where asyncpg says ssl.
        value = re.sub(r"^postgres://", "postgresql://", value)
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            url = URL.create("unreadable")
        if url.drivername == "postgresql" and url.host and url.database:
            mode = url.query.get("sslmode")
            return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode}) if mode else url
        if url.drivername == "sqlite" and not url.host and url.database and url.database != ":memory:":
            return url
        # The value is not repeated: it may hold a password.
        self.problems.append(
            "DATABASE_URL must be sqlite:///name.db, sqlite:////folder/name.db or postgresql://user:password@host/name."
        )
        return make_url(DEFAULT_DATABASE)


def _has_a_name(address: str) -> bool:
    """Whether an address has a domain name and no port, or is this machine, as in a trial."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    named = parts.port is None and not re.fullmatch(r"[0-9.]+|.*:.*", host)
    return not address or host in _LOOPBACK or named


def _sqlite_file(url: URL) -> Path | None:
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def keys_of(config: Config) -> tuple[bytes, ...]:
    """Return the keys to seal and open with: SECRET_KEYS, or on SQLite the key file, which the first start makes.

    Raises ConfigProblems when the file is unreadable, open to others, or missing beside a database that exists already: a
    new key would open nothing in it.
    """
    file, database = config.key_file, config.sqlite_file
    if config.secret_keys or file is None or database is None:
        return config.secret_keys
    begun = database.exists() and database.stat().st_size > 0
    try:
        return tuple(key_file(file, make=not begun))
    except (KeysWrong, OSError) as error:
        raise ConfigProblems([f"SECRET_KEYS is unset, and the key file cannot be used: {error}"]) from error
