"""The house rules, checked: who imports whom, what stands in the papers, which words are translated, what lies at the top."""

import argparse
import ast
import dataclasses
import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from bot.__main__ import parser
from bot.catalogue import read_catalog, unfinished
from bot.config import Config
from bot.imports.holidays import read_holidays
from bot.imports.provinces import province_units
from bot.imports.staff import read_staff
from bot.imports.units import read_units

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "handlers", "storage")
READMES = ("README.md", "README.vi.md")

# Who may import whom besides the standard library and its own package; a module goes by the longest name that fits it.
# The rules are tables of plain values that know nobody, so whoever decides, says or stores may read them.
ANY = "any"
MAY_IMPORT = {
    "bot": (ANY,),
    "bot.text": (),
    "bot.domain": ("bot.text",),
    "bot.rules": ("bot.domain", "bot.text", "holidays"),
    "bot.dialogue": ("bot.text", "bot.domain.refusal"),
    "bot.usecases": ("bot.domain", "bot.rules", "bot.text", "bot.dialogue.values", "rapidfuzz", "structlog"),
    "handlers": ("bot.usecases", "bot.dialogue", "bot.domain", "bot.rules", "bot.text", "phonenumbers", "structlog"),
    "storage": (
        *("bot.usecases.ports", "bot.usecases.ports_delegations", "bot.usecases.ports_sharing", "bot.usecases.ports_merges"),
        *("bot.usecases.ports_reports", "bot.usecases.ports_search", "bot.usecases.ports_timed"),
        *("bot.usecases.ports_written", "bot.usecases.ports_by_hand", "bot.usecases.ports_chats"),
        *("bot.domain", "bot.rules", "bot.text", "bot.dialogue.values"),
        *("sqlalchemy", "alembic", "cryptography", "structlog"),
    ),
    "bot.channels": ("bot.dialogue", "telegram", "aiohttp", "structlog"),
    "bot.imports": ("bot.domain", "bot.rules", "bot.text", "openpyxl"),
    "bot.catalogue": ("bot.text", "babel"),
    "bot.config": ("storage.seal", "sqlalchemy", "bot.domain.folding", "bot.rules"),
    "bot.observe": ("structlog", "prometheus_client"),
}

AT_THE_TOP = {
    *(*PACKAGES, "locales", "tests", "Procfile", "pyproject.toml", "requirements.txt"),
    *(*READMES, "CHANGELOG.md", "SECURITY.md", "LICENSE"),
}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def imported(tree: ast.AST, module: str, is_package: bool) -> list[str]:
    """Return the dotted names a module imports; `from a import b` gives `a.b`, as b may be a module."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            here = module.split(".")[: len(module.split(".")) - node.level + is_package] if node.level else []
            base = ".".join([*here, *([node.module] if node.module else [])])
            names += [f"{base}.{alias.name}" for alias in node.names]
    return names


def forbidden_imports(module: str, names: list[str]) -> list[str]:
    room = max((package for package in MAY_IMPORT if within(module, package)), key=len)
    allowed = (*MAY_IMPORT[room], *(() if room == "bot" else (room,)))
    if ANY in allowed:
        return []
    foreign = [name for name in names if name.split(".")[0] not in sys.stdlib_module_names]
    return [name for name in foreign if not any(within(name, package) for package in allowed)]


def test_every_import_goes_the_right_way():
    wrong = []
    for path in sources(*PACKAGES):
        names = imported(ast.parse(path.read_text("utf-8")), module_name(path), path.name == "__init__.py")
        wrong += [f"{module_name(path)} imports {name}" for name in forbidden_imports(module_name(path), names)]
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "line", "allowed"),
    [
        ("bot.domain.cases", "from bot.text import Text", True),
        ("bot.domain.cases", "from .units import Unit", True),
        ("bot.domain.cases", "from ..usecases import filing", False),
        ("bot.domain.cases", "import sqlalchemy", False),
        ("bot.dialogue.engine", "from bot.domain.refusal import Refusal", True),
        ("bot.dialogue.engine", "from bot.domain import cases", False),
        ("bot.usecases.filing", "from bot.dialogue.values import Who", True),
        ("bot.usecases.filing", "import bot.textual", False),
        ("handlers.flows.feedback", "from storage import rows", False),
        ("storage.work", "from bot.usecases.access import access_case", False),
        ("bot.app", "from handlers import FLOWS", True),
    ],
)
def test_the_import_rule_itself_tells_right_from_wrong(module, line, allowed):
    assert (forbidden_imports(module, imported(ast.parse(line), module, is_package=False)) == []) is allowed


def test_no_import_stands_inside_a_function():
    inside = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources(*PACKAGES)
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


# A channel is added beside these rooms, never in them: they ask `Capabilities` what a chat can do, the agency where chats are.
KNOW_NO_CHANNEL = ("bot/dialogue", "bot/domain", "bot/usecases", "handlers")
CHANNEL = re.compile(r"zalo|telegram|webchat|\bt\.me\b", re.IGNORECASE)
# What may name one all the same, and why.
MAY_NAME_A_CHANNEL = {
    # The word that the registers print for the channel of a case (LAW R2); a channel that is not listed is called a chat.
    "handlers/by_hand.py": {"telegram", "Telegram", "zalo_oa", "zalo_bot", "Zalo"},
}


def channels_named(tree: ast.AST) -> list[tuple[int, str]]:
    """Return the names and texts in code that name a channel, with their lines; comments and docstrings may."""
    papers = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    found = []
    for node in ast.walk(tree):
        words = [value for _field, value in ast.iter_fields(node) if isinstance(value, str)]
        words += [alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)]
        if id(node) not in papers:
            found += [(getattr(node, "lineno", 0), word) for word in words if CHANNEL.search(word)]
    return found


def test_no_channel_is_named_where_people_are_asked_and_cases_are_decided():
    wrong = []
    for path in sources(*KNOW_NO_CHANNEL):
        name = path.relative_to(ROOT).as_posix()
        for line, word in channels_named(ast.parse(path.read_text("utf-8"))):
            rest = word
            for allowed in sorted(MAY_NAME_A_CHANNEL.get(name, ()), key=len, reverse=True):
                rest = rest.replace(allowed, "")
            if CHANNEL.search(rest):
                wrong.append(f"{name}:{line}: {word}")
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('if turn.who.platform == "zalo_oa": pass', True),
        ("from bot.channels.telegram import TelegramChannel", True),
        ("zalo_limit = 2000", True),
        ('link = f"https://t.me/{name}"', True),
        ("'''What Telegram hands over.'''", False),
        ("if turn.can.buttons: pass  # Zalo has none.", False),
        ("text.message.strip()", False),
    ],
)
def test_the_rule_itself_sees_a_channel_that_is_named(line, named):
    assert bool(channels_named(ast.parse(line))) is named


@pytest.mark.parametrize("readme", READMES)
def test_every_setting_has_a_line_in_the_readme(readme):
    text = (ROOT / readme).read_text("utf-8")
    listed = re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(field.name.upper() for field in dataclasses.fields(Config))


def test_the_example_of_settings_names_no_other_and_is_itself_in_order():
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    written = [match[1] for line in lines if (match := re.match(r"#?([A-Z][A-Z_]+)=", line))]
    assert sorted(written) == sorted(field.name.upper() for field in dataclasses.fields(Config))
    given = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    Config.from_env({name: value.strip("'\"") for name, value in given.items()})


def commands() -> dict[str, argparse.ArgumentParser]:
    return next(action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction))


@pytest.mark.parametrize("readme", READMES)
def test_every_command_and_its_options_stand_in_the_readme(readme):
    text = (ROOT / readme).read_text("utf-8")
    missing = [name for name in commands() if f"| `{name}` |" not in text]
    for name, command in commands().items():
        options = [option for action in command._actions for option in action.option_strings if option.startswith("--")]
        missing += [f"{name} {option}" for option in options if option != "--help" and option not in text]
    assert missing == []


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_names_no_command_that_is_not_there(readme):
    text = (ROOT / readme).read_text("utf-8")
    named = set(re.findall(r"(?:python -m bot|bin/langnghe) ([a-z][a-z-]+)\b", text))
    assert named - set(commands()) == set()


@pytest.mark.parametrize("readme", READMES)
def test_the_sheets_of_the_readme_can_be_read(readme):
    offices, people, days = re.findall(r"```csv\n(.*?)```", (ROOT / readme).read_text("utf-8"), re.DOTALL)
    units = {unit.code: unit for unit in province_units("Lạng Sơn")}
    read = read_units(offices.encode(), "offices.csv", units, date(2026, 11, 24))
    assert (len(read.added), read.problems) == (2, ())
    invited = read_staff(people.encode(), "staff.csv", units)
    assert (len(invited.people), invited.problems) == (2, ())
    calendar = read_holidays(days.encode(), "calendar.csv", {}, units, date(2026, 11, 24))
    assert (len(calendar.added), calendar.problems) == (4, ())


def test_every_sentence_of_ours_is_a_literal():
    loose = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources("bot", "handlers")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "ngettext")
        for argument in call.args[: 1 if call.func.id == "_" else 2]
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value)
    ]
    assert loose == []


def sentences() -> dict[str | tuple[str, ...], str]:
    """Return every message in the code, as pybabel finds it by locales/babel.cfg, and the file it stands in."""
    with (ROOT / "locales" / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    keywords = {"_": None, "ngettext": (1, 2)}
    found = extract_from_dir(str(ROOT), methods, options, keywords, directory_filter=lambda path: Path(path).name[0] != ".")
    return {message: filename for filename, _line, message, _comments, _context in found}


def catalogs() -> list[Path]:
    return sorted((ROOT / "locales").glob("*/LC_MESSAGES/messages.po"))


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def wrongly_translated(catalog: Catalog) -> list[str]:
    """Return the messages whose translation has other places than the sentence, in any form, or other ends of line."""
    wrong = []
    for message in catalog:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and any(places(form) != places(ids[-1]) or form.count("\n") != ids[-1].count("\n") for form in forms):
            wrong.append(ids[0])
    return wrong


@pytest.mark.parametrize("po", catalogs(), ids=lambda po: po.parent.parent.name)
def test_every_sentence_is_translated_and_no_translation_is_left_over(po):
    catalog = read_catalog(po)
    found = sentences()
    assert len(found) > 0
    known = {message.id: message for message in catalog if message.id}
    assert sorted(f"{found[id]}: {id}" for id in found.keys() - known.keys()) == [], "not in the catalogue: run pybabel update"
    assert sorted(map(str, known.keys() - found.keys())) == [], "no longer said anywhere"
    assert [message.id for message in unfinished(catalog)] == [], "untranslated or fuzzy"
    assert list(catalog.obsolete) == []
    assert wrongly_translated(catalog) == [], "other {places} than in the sentence"


def test_vietnamese_has_a_catalogue():
    assert "vi" in [po.parent.parent.name for po in catalogs()]


def tracked() -> list[str]:
    """Return the files under version control; `safe.directory`, as in a container the clone often belongs to somebody else."""
    git = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    return [name for name in subprocess.run(git, capture_output=True, check=True, text=True).stdout.split("\0") if name]


def test_only_what_was_agreed_lies_at_the_top():
    top = {name.split("/")[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} - AT_THE_TOP == set()
    assert AT_THE_TOP - top == set()


# Written in pieces, so that this file does not hold what it looks for.
NOT_OURS = re.compile("|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.", r"(?<![\w.])/" + r"(?:work|root)/"]))


def test_no_tracked_file_names_a_registry_or_a_place_on_somebodys_machine():
    found = []
    for name in tracked():
        path = ROOT / name
        if path.is_file():
            lines = path.read_bytes().decode("utf-8", "ignore").splitlines()
            found += [f"{name}:{number}" for number, line in enumerate(lines, start=1) if NOT_OURS.search(line)]
    assert found == []


def test_no_secret_or_database_is_under_version_control():
    assert [name for name in tracked() if re.search(r"\.(db|sqlite|keys|pem|sock)(-wal|-shm)?$|(^|/)\.env$", name)] == []


def test_every_requirement_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = (ROOT / "requirements.txt").read_text("utf-8").splitlines() + sum(project["optional-dependencies"].values(), [])
    loose = [line for line in wanted if line and not line.startswith("#") and not re.fullmatch(r"[\w.\[\]-]+==[\w.]+", line)]
    assert loose == []


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["mypy"]], ids=["ruff", "mypy"])
def test_the_checkers_have_nothing_to_say(command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
