"""Checks an installed wheel in an empty folder: `wheel.py PATH_OF_LANGNGHE`; ends with an exception where something is missing.

Run with `python -I`, so that nothing of the checkout can stand in for what the wheel lacks.
"""

import os
import subprocess
import sys
import time
import urllib.request
from importlib.resources import files
from pathlib import Path

from bot.catalogue import Catalogue
from bot.fonts import BOLD, REGULAR
from bot.web.opening import opening_routes

PORT = 18931


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def answers(program: list[str], path: str) -> str:
    """Start a server, return what it answers at `path` on PORT, and end it."""
    with subprocess.Popen(program, env={**os.environ, "PORT": str(PORT)}) as server:
        try:
            for _ in range(200):
                time.sleep(0.1)
                if server.poll() is not None:
                    raise SystemExit(f"{' '.join(program)} ended with {server.returncode}.")
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}", timeout=5) as answer:
                        return answer.read().decode()
                except OSError:
                    continue
            raise SystemExit(f"{' '.join(program)} did not answer within 20 seconds.")
        finally:
            server.terminate()


def main(langnghe: str) -> None:
    """Run the checks, the cheap ones first."""
    assert Path(str(files("bot"))).is_relative_to(sys.prefix), "the checkout is in the way of the wheel"
    assert "demo" in run(langnghe, "--help")
    assert Catalogue().languages() == ["en", "vi"], "a catalogue is missing"
    assert BOLD.exists() and REGULAR.exists() and REGULAR.with_name("OFL.txt").exists(), "the fonts of the posters are missing"
    assert opening_routes({"zalo_bot": "https://zalo.me/1"}), "the page that opens Zalo is missing"
    run(langnghe, "migrate")
    run(langnghe, "import-units", "--province", "Lạng Sơn")
    assert "Tri Phương" in run(langnghe, "find-unit", "xa tri phuong"), "the units are missing"
    assert answers([langnghe, "web"], "/healthz")
    page = answers([langnghe, "demo", "--port", str(PORT)], "/")
    assert "<html" in page.lower(), "the page of the demo is missing"
    print("The wheel has its words, rules, units, migrations and pages.")


if __name__ == "__main__":
    main(sys.argv[1])
