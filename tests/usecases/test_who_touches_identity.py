"""Only named places may ask who sent a case; everything else sees cases through a view that has no way there (LAW B4)."""

import ast
from pathlib import Path

import bot
import handlers

# What each place may do with it: the delivery of notices and identity read it, access asks yes or no, the citizen forgets it.
ALLOWED = {
    "bot/app.py": {"of"},
    "bot/serving_zalo_oa.py": {"of"},  # The number to which a notice about his own case goes, where Zalo wants a number.
    "bot/usecases/identity.py": {"of"},
    "bot/usecases/access.py": {"is_from"},
    "bot/usecases/taking.py": {"has_no_chat", "link"},  # Whoever comes with code and PIN of a paper may be told in his chat.
    "bot/usecases/citizen.py": {"is_from", "forget"},
}


def uses(file: Path) -> set[str]:
    """Return the methods of `reporters` that a file names; "" for the thing itself, handed on or kept."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "reporters"]
    return {named.get(id(node), "") for node in found}


def test_nobody_else_asks_who_sent_a_case():
    top = Path(bot.__file__).parent.parent
    files = [file for package in (bot, handlers) for file in Path(package.__file__).parent.rglob("*.py")]
    found = {file.relative_to(top).as_posix(): uses(file) for file in files}
    assert {file: used for file, used in found.items() if used} == ALLOWED
