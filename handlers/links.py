"""What stands in a deep link: the counter of a printed QR code, or an invitation to join. At most 64 of A-Z a-z 0-9 _ -."""

from __future__ import annotations

import hmac
import re

from bot.usecases.ports import Secrets

LIMIT = 64
# In characters of the keyed hash: 64 bits, as many as a code that is tried against a limit needs (RELIABILITY E8).
SIGNATURE = 16

_COUNTER = re.compile(r"u_(?P<unit>[A-Za-z0-9-]+)_(?P<counter>[A-Za-z0-9-]*)_(?P<signature>[a-z0-9]+)", re.ASCII)
_PART = re.compile(r"[A-Za-z0-9-]*", re.ASCII)
_INVITATION = re.compile(r"i_(?P<code>[A-Za-z0-9_-]+)", re.ASCII)


def counter_payload(secrets: Secrets, unit: str, counter: str = "") -> str:
    """Return the start payload that stands for a counter ("" the whole office) of a unit.

    It is signed, so that nobody can hang up a code that leads to an office of his choice and looks like ours. Raises ValueError
    for a unit code or counter with other characters than A-Z a-z 0-9 and the hyphen, or too long.
    """
    payload = f"u_{unit}_{counter}_{_signature(secrets, unit, counter)}"
    if not (_PART.fullmatch(unit) and _PART.fullmatch(counter)) or len(payload) > LIMIT:
        raise ValueError("A link holds a unit code and a counter of letters, digits and hyphens, together at most 44 characters.")
    return payload


def read_counter(secrets: Secrets, payload: str) -> tuple[str, str] | None:
    """Return the unit code and the counter ("" none) of a payload that we signed, else None."""
    found = _COUNTER.fullmatch(payload)
    if found is None or not hmac.compare_digest(found["signature"], _signature(secrets, found["unit"], found["counter"])):
        return None
    return found["unit"], found["counter"]


def invitation_payload(code: str) -> str:
    """Return the start payload that redeems an invitation."""
    return f"i_{code}"


def read_invitation(payload: str) -> str | None:
    """Return the code of an invitation in a payload, else None; whether it is good is for `usecases.staffing` to say."""
    found = _INVITATION.fullmatch(payload)
    return found["code"] if found else None


def _signature(secrets: Secrets, unit: str, counter: str) -> str:
    return secrets.hash("counter link", f"{unit}_{counter}")[:SIGNATURE].lower()
