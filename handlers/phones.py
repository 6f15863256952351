"""Telephone numbers as people type them."""

from __future__ import annotations

import re

import phonenumbers

COUNTRY = "VN"
LONGEST_NAME = 100

# What somebody means as a number: seven digits or more, with what people put between them.
_DIGITS = re.compile(r"(?<!\w)\+?\(?\d(?:[\s().-]*\d){6,}(?!\w)")
_AROUND = " \t\n,;:-–./()"
_LABEL = re.compile(
    r"(?:\b(?:sđt|sdt|đt|dt|tel|phone|số điện thoại|so dien thoai|điện thoại|dien thoai|mobile)\b[\s.:]*)+$", re.IGNORECASE
)


def read_phone(words: str) -> tuple[str, str, bool]:
    """Return the words without the number, the number as it is shown ("" if there is none), and whether there was a wrong one.

    A Vietnamese mobile number is shown as 0912 345 678, a fixed one as people there write it, a foreign one with its country.
    Source: LAW 9, and the numbering plan that the library `phonenumbers` carries.
    """
    found = _DIGITS.search(words)
    if found is None:
        return _name(words), "", False
    rest = _name(f"{_LABEL.sub('', words[: found.start()])} {words[found.end() :]}")
    typed = found[0].replace("(", "").replace(")", "")
    # 84912345678 without its plus is what clients share.
    for candidate in (typed, f"+{re.sub(r'[^0-9]', '', typed)}"):
        try:
            number = phonenumbers.parse(candidate, COUNTRY)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return rest, _shown(number), False
    return rest, "", True


def _shown(number: phonenumbers.PhoneNumber) -> str:
    if number.country_code != phonenumbers.country_code_for_region(COUNTRY):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    plain = digits.replace(" ", "")
    return f"{plain[:4]} {plain[4:7]} {plain[7:]}" if len(plain) == 10 else digits


def _name(words: str) -> str:
    return " ".join(words.split()).strip(_AROUND)[:LONGEST_NAME]
