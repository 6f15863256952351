"""To whom a case goes: the tables of LAW 1.5 and 5.2."""

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.access import CONFLICT, DENUNCIATION, SENSITIVE, TO_SUPERIOR
from bot.domain.cases import About, CaseKind
from bot.domain.people import Role
from bot.domain.routing import Route, Why, route, route_above, route_by_hand, today_unit, with_conflict
from bot.domain.units import Unit
from storage.units import Units
from tests.domain.town import (
    CLINIC,
    COMMUNE,
    COUNTER,
    DEPARTMENT,
    HOSPITAL,
    OTHER_TOP,
    POLICE,
    TOP,
    TREE,
    UNITS,
    WARD,
    case,
    staff,
)

# Every office has a head; the ward and the hospital have a deputy.
HEADS = {TOP: "Trần Đỉnh", DEPARTMENT: "Phạm Sở", HOSPITAL: "Bùi Viện", CLINIC: "Vũ Khoa", WARD: "Lê Văn Chu", COUNTER: "Đỗ Quầy"}
LEADERS = [staff(Role.HEAD, unit, name, number) for number, (unit, name) in enumerate(HEADS.items(), 1)]
LEADERS += [staff(Role.DEPUTY, WARD, "Hà Phó", 20, badge="LS-77"), staff(Role.DEPUTY, HOSPITAL, "Ngô Phó", 21)]


def sent(unit, leaders=LEADERS, **facts):
    filed = case(unit=unit, handling_unit=None, **facts)
    return route(with_conflict(filed, leaders), TREE, leaders)


@pytest.mark.parametrize(
    ("who", "unit", "facts", "resolver"),
    [
        ("a civil servant of a commune", WARD, dict(about=About.PERSON, official="Nguyễn Thị Tư"), WARD),
        ("the chair of a commune", WARD, dict(about=About.HEAD), TOP),
        ("a vice chair of a commune", WARD, dict(about=About.DEPUTY), TOP),
        ("an office inside a commune as such", COUNTER, dict(about=About.OFFICE), WARD),
        ("the head of an office inside a commune", COUNTER, dict(about=About.HEAD), WARD),
        ("a public employee of a clinic", CLINIC, dict(about=About.PERSON, official="điều dưỡng Thu"), CLINIC),
        ("the head of a clinic", CLINIC, dict(about=About.HEAD), HOSPITAL),
        ("the head of a hospital", HOSPITAL, dict(about=About.HEAD), DEPARTMENT),
        ("a deputy of a hospital", HOSPITAL, dict(about=About.DEPUTY), DEPARTMENT),
        ("the head of a department", DEPARTMENT, dict(about=About.HEAD), TOP),
        ("an agency as such", DEPARTMENT, dict(about=About.OFFICE), TOP),
        ("how an office is led", WARD, dict(category="K03", flags=frozenset({TO_SUPERIOR})), TOP),
        ("an unknown person", WARD, {}, WARD),
    ],
)
def test_the_resolver_by_law(who, unit, facts, resolver):
    chosen = sent(unit, **facts)
    assert chosen.unit == resolver
    assert chosen.why is (Why.CHOSEN if resolver == unit else Why.CONFLICT)


@pytest.mark.parametrize("category", ["B03", "F05", "H06", "I01", "I02"])
def test_a_missing_notice_chair_or_letterbox_is_for_the_units_own_head(category):
    assert sent(WARD, about=About.OFFICE, category=category) == Route(WARD, Why.CHOSEN)
    assert sent(WARD, about=About.HEAD, category=category) == Route(TOP, Why.CONFLICT)


@pytest.mark.parametrize("kind", [CaseKind.PRAISE, CaseKind.SUGGESTION, CaseKind.QUESTION])
def test_praise_and_suggestions_for_a_whole_office_reach_its_own_head(kind):
    assert sent(WARD, about=About.OFFICE, kind=kind) == Route(WARD, Why.CHOSEN)


@pytest.mark.parametrize("official", ["Lê Văn Chu", "le van chu", "anh Chu", "ông Phó (Hà Phó)", "thẻ LS77", "chị phó Hà Phó"])
def test_a_typed_name_or_badge_of_a_leader_counts_as_if_the_citizen_had_said_so(official):
    assert sent(WARD, about=About.PERSON, official=official) == Route(TOP, Why.CONFLICT)


def test_a_leader_named_is_flagged_so_that_the_unit_as_such_is_shut_out():
    assert CONFLICT in with_conflict(case(official="Lê Văn Chu"), LEADERS).flags
    assert CONFLICT not in with_conflict(case(official="Nguyễn Thị Tư"), LEADERS).flags
    assert CONFLICT not in with_conflict(case(unit=COMMUNE, official="anh Chu"), LEADERS).flags


def test_a_superior_who_is_meant_is_passed_over():
    assert sent(COUNTER, about=About.HEAD, official="Lê Văn Chu") == Route(TOP, Why.CONFLICT)


def test_an_office_without_a_joined_head_goes_to_the_nearest_superior_who_has_joined():
    assert sent(COMMUNE) == Route(TOP, Why.NO_HEAD)
    assert sent(COMMUNE, about=About.HEAD) == Route(TOP, Why.CONFLICT)
    assert sent(CLINIC, [staff(Role.HEAD, DEPARTMENT, "Phạm Sở")]) == Route(DEPARTMENT, Why.NO_HEAD)


def test_without_anybody_up_to_the_top_it_stays_with_intake():
    assert sent(WARD, []) == Route(None, Why.NOBODY)
    assert sent(OTHER_TOP) == Route(None, Why.NOBODY)
    assert sent(TOP, about=About.HEAD) == Route(None, Why.NOBODY)


@pytest.mark.parametrize(
    ("unit", "facts", "why"),
    [
        (None, {}, Why.UNKNOWN_OFFICE),
        ("99", {}, Why.UNKNOWN_OFFICE),
        (POLICE, {}, Why.OUTSIDE),
        (WARD, dict(flags=frozenset({DENUNCIATION})), Why.DENUNCIATION),
        (WARD, dict(flags=frozenset({SENSITIVE})), Why.SENSITIVE),
        (WARD, dict(flags=frozenset({SENSITIVE, DENUNCIATION})), Why.DENUNCIATION),
    ],
)
def test_what_waits_for_intake(unit, facts, why):
    assert sent(unit, **facts) == Route(None, why)


# -- By hand --


def by_hand(filed, unit, leaders=LEADERS):
    return route_by_hand(filed, unit, TREE, leaders)


def test_intake_names_the_office_of_a_case_without_one():
    moved, chosen = by_hand(case(unit=None), WARD)
    assert (moved.unit, chosen) == (WARD, Route(WARD, Why.INTAKE))


def test_intake_sends_a_sensitive_case_on():
    assert by_hand(case(flags=frozenset({SENSITIVE})), WARD)[1] == Route(WARD, Why.INTAKE)


def test_information_with_a_denunciation_never_reaches_the_unit_by_hand():
    assert by_hand(case(flags=frozenset({DENUNCIATION})), WARD)[1] == Route(TOP, Why.CONFLICT)


@pytest.mark.parametrize("target", [WARD, COUNTER, COMMUNE])
def test_a_case_about_the_head_goes_past_him_wherever_intake_sends_it(target):
    moved, chosen = by_hand(case(about=About.HEAD), target)
    assert chosen.unit == TOP
    assert moved.unit == target


def test_a_superior_takes_a_case_over_and_the_office_it_is_about_stays():
    moved, chosen = by_hand(case(unit=COUNTER, official="cô Hoa"), WARD)
    assert (moved.unit, chosen) == (COUNTER, Route(WARD, Why.INTAKE))


def test_a_superior_who_is_meant_does_not_take_it_over():
    assert by_hand(case(unit=COUNTER, official="Lê Văn Chu"), WARD)[1] == Route(TOP, Why.CONFLICT)


def test_another_office_becomes_the_one_it_is_about():
    moved, chosen = by_hand(case(unit=COMMUNE), WARD)
    assert (moved.unit, chosen) == (WARD, Route(WARD, Why.INTAKE))
    assert "was:" + COMMUNE in moved.flags


def test_a_body_with_its_own_line_gets_nothing_by_hand_either():
    assert by_hand(case(), POLICE)[1] == Route(None, Why.OUTSIDE)


# -- Upwards --


@pytest.mark.parametrize("why", [Why.CONTESTED, Why.BOUNCED])
def test_the_next_head_above_is_found_with_its_own_reason(why):
    assert route_above(case(unit=CLINIC), TREE, LEADERS, CLINIC, why) == Route(HOSPITAL, why)
    meant = case(unit=CLINIC, official="Bùi Viện")
    assert route_above(meant, TREE, LEADERS, CLINIC, why) == Route(DEPARTMENT, why)
    assert route_above(case(unit=TOP), TREE, LEADERS, TOP, why) == Route(None, Why.NOBODY)


# -- Units that are no more --

END = date(2025, 6, 30)
OLD = (
    Unit("H1", "Huyện Cao Lộc", "UBND_X", parent=TOP, valid_to=END, successors=(WARD, COMMUNE)),
    Unit("X1", "Xã Yên Trạch", "UBND_X", parent=TOP, valid_to=END, successors=(COMMUNE,)),
    Unit("X0", "Xã cũ hơn", "UBND_X", parent=TOP, valid_to=END, successors=("X1",)),
    Unit("X9", "Xã không còn", "UBND_X", parent=TOP, valid_to=END),
)


@pytest.mark.parametrize(
    ("code", "today"), [(WARD, WARD), ("X1", COMMUNE), ("X0", COMMUNE), ("H1", None), ("X9", None), ("??", None), (None, None)]
)
def test_a_unit_that_is_no_more_leads_to_its_only_successor(code, today):
    assert today_unit(code, Units((*UNITS, *OLD), (), None), date(2026, 11, 24)) == today


def test_successors_in_a_circle_lead_nowhere():
    circle = (replace(OLD[1], successors=("X0",)), OLD[2])
    assert today_unit("X1", Units(circle, (), None), date(2026, 11, 24)) is None
