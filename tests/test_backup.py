"""The backup that the READMEs teach: made while the program runs, brought back elsewhere, and readable there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Config, keys_of
from bot.dialogue.values import Who
from bot.program import Library, Program
from bot.serving import migrate_now

ROOT = Path(__file__).resolve().parent.parent
LAN = Who("telegram", "1", "9007199254740993")
TUAN = Who("telegram", "1", "43")


def command_of(readme: str) -> str:
    """Return the Python that the README gives for copying the database."""
    text = (ROOT / readme).read_text("utf-8")
    [found] = re.findall(r'^\.venv/bin/python -c "(.+?)" "\$copy/langnghe\.db"$', text, re.MULTILINE)
    return found


@pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
async def test_a_backup_made_while_it_runs_can_be_brought_back(readme: str, tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    config = Config.from_env({"DATABASE_URL": f"sqlite:///{here}/langnghe.db"})
    await migrate_now(config)
    async with Program.opened(config) as program:
        stored = program.files.put(b"a photo")
        await program.app.run(lambda work: work.people.known(TUAN, work.now, "vi"))
        before = await program.app.run(lambda work: work.people.known(LAN, work.now, "vi"))
        subprocess.run([sys.executable, "-c", command_of(readme), f"{there}/langnghe.db"], cwd=here, check=True)
        shutil.copytree(here / "files", there / "files")
        shutil.copy2(config.key_file, there)
        await program.app.run(lambda work: work.remember("after", "the backup"))
    back = replace(config, database_url=f"sqlite:///{there}/langnghe.db", files_dir=there / "files")
    assert keys_of(back) == keys_of(config)
    async with Program.opened(back) as program:
        # She is found by a hash whose key is sealed: without the right keys she would be a stranger, with a new number.
        after = await program.app.run(lambda work: work.people.known(LAN, work.now, "vi"))
        assert (after.person, after.contact) == (before.person, before.contact)
        assert program.files.get(stored) == b"a photo"
    async with Library.opened(back) as library:
        assert await library.read(lambda work: work.recall("after")) == ""
