"""Case codes and PINs: short enough to read out on the telephone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_VALUE = {symbol: number for number, symbol in enumerate(ALPHABET)}
_WRITTEN = re.compile(rf"#?\s*([{ALPHABET}]{{4}})[\s\u00a0\-\u2010-\u2015\u2212]*([{ALPHABET}]{{4}})", re.IGNORECASE | re.ASCII)
PIN_DIGITS = 6
# As somebody types a code that is none: a letter too many or too few in either half, an O for a 0, a mark that a keyboard for
# Vietnamese put on a letter.
_HALVES = re.compile(r"#?\s*(\w{3,5})\s*[\-\u2010-\u2015\u2212]\s*(\w{3,5})")
_PLAIN = re.compile(r"#?\s*([A-Z0-9]{4})\s?([A-Z0-9]{4})", re.IGNORECASE | re.ASCII)
_PIN = re.compile(r"\d{3}\s?\d{3}", re.ASCII)
_BOTH = re.compile(r"(?P<code>.{8,14}?)[\s,;:/]+(?:m[ãa]\s+)?(?:pin)?[\s:]*(?P<pin>\d{6})", re.IGNORECASE | re.DOTALL)


def new_code(random: Callable[[int], int] | None = None) -> str:
    """Return a fresh case code such as `K7QF-2M4W`: seven random characters and a check character.

    `random(n)` gives a number below n (left out: the system's secure source). The code opens nothing alone. It is drawn again
    until it holds a digit, so that no word of eight letters in somebody's message is ever taken for a code. Beside a million
    others a new code has a twin once in 30,000 draws, so the caller keeps codes unique. Source: LAW 9.
    """
    draw = random or secrets.randbelow
    while True:
        symbols = "".join(ALPHABET[draw(len(ALPHABET))] for _place in range(7))
        code = symbols + _check(symbols)
        if _holds_digit(code):
            return f"{code[:4]}-{code[4:]}"


def parse_code(text: str) -> str | None:
    """Return the code that `text` is, as it is stored, or None when it is none.

    Small letters, a leading `#`, any dash or space or nothing in the middle are accepted, other words around it are not. A
    typed O, 0, I or 1 is in no code and is not guessed at: a guess could name somebody else's case.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        return None
    first, second = written[1].upper(), written[2].upper()
    code = first + second
    if not _holds_digit(code) or _check(code[:-1]) != code[-1]:
        return None
    return f"{first}-{second}"


def looks_like_code(text: str) -> bool:
    """Whether `text` alone is most likely meant as a case code, though `parse_code` takes it for none."""
    words = text.strip()
    written = _HALVES.fullmatch(words)
    if written is not None and 4 not in (len(written[1]), len(written[2])):
        return False
    written = written or _PLAIN.fullmatch(words)
    if written is None:
        return False
    whole = written[1] + written[2]
    return any(symbol.isdigit() for symbol in whole) and any(symbol.isalpha() for symbol in whole)


def looks_like_pin(text: str) -> bool:
    """Whether `text` is six digits and nothing else."""
    return _PIN.fullmatch(text.strip()) is not None


def code_and_pin(text: str) -> tuple[str, str] | None:
    """Return code and PIN where `text` is one after the other and nothing else."""
    both = _BOTH.fullmatch(text.strip())
    code = parse_code(both["code"]) if both else None
    return (code, both["pin"]) if both and code else None


def new_pin() -> str:
    """Return a fresh PIN of six digits."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def _holds_digit(code: str) -> bool:
    return any(symbol.isdigit() for symbol in code)


def _check(symbols: str) -> str:
    """Return the check character of seven symbols.

    Read as elements of the field with 32 elements, the symbols are weighted with seven different powers of its generator, none
    of them 1, the check character's own weight. Hence one wrong character, or two that changed places, never fit.
    """
    total = 0
    for symbol in symbols:
        total = _times_generator(total ^ _VALUE[symbol])
    return ALPHABET[total]


def _times_generator(element: int) -> int:
    """Multiply by x in GF(2)[x] modulo x^5 + x^2 + 1, whose powers run through all 31 elements but zero."""
    element <<= 1
    return element ^ 0b100101 if element & 0b100000 else element
