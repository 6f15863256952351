"""Start payloads: signed counters, invitations, and what is neither."""

from __future__ import annotations

import hashlib
import re

import pytest

from handlers.links import LIMIT, counter_payload, invitation_payload, read_counter, read_invitation


class Keyed:
    """A keyed hash."""

    def __init__(self, key: str = "k") -> None:
        self.key = key

    def hash(self, purpose: str, value: str) -> str:
        return hashlib.sha256(f"{self.key}:{purpose}:{value}".encode()).hexdigest()


@pytest.mark.parametrize(("unit", "counter"), [("05986-TTHCC", "3"), ("20", ""), ("20-BVDK-KHOA-NGOAI", "quay-12")])
def test_a_counter_comes_back_from_its_payload(unit: str, counter: str):
    payload = counter_payload(Keyed(), unit, counter)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload)
    assert read_counter(Keyed(), payload) == (unit, counter)


def test_a_changed_unit_counter_or_signature_is_refused():
    payload = counter_payload(Keyed(), "05986-TTHCC", "3")
    for changed in (
        payload.replace("TTHCC", "VP"),
        payload.replace("_3_", "_4_"),
        payload[:-1] + ("0" if payload[-1] != "0" else "1"),
        payload + "0",
        "u_05986-TTHCC_3_",
        "u_05986-TTHCC_3",
    ):
        assert read_counter(Keyed(), changed) is None


def test_the_payload_of_another_house_is_refused():
    assert read_counter(Keyed(), counter_payload(Keyed("other"), "20")) is None


@pytest.mark.parametrize(("unit", "counter"), [("20_X", ""), ("20", "3_4"), ("Xã", ""), ("20", "x" * LIMIT)])
def test_what_no_link_can_hold_is_refused_when_it_is_made(unit: str, counter: str):
    with pytest.raises(ValueError):
        counter_payload(Keyed(), unit, counter)


def test_an_invitation_comes_back_from_its_payload_and_is_no_counter():
    code = "abcDEF_123-45678901234"
    assert read_invitation(invitation_payload(code)) == code
    assert read_counter(Keyed(), invitation_payload(code)) is None
    assert read_invitation(counter_payload(Keyed(), "20")) is None
    assert read_invitation("i_") is None
