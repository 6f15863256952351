"""Who may do what: every action for every role in every relation to the case (E9), and whom the case speaks about (G4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.access import (
    CITIZENS,
    CONFLICT,
    DECIDED,
    DENUNCIATION,
    TO_SUPERIOR,
    Action,
    excluded,
    file_for,
    may,
    moved_to,
    offices,
)
from bot.domain.cases import About, CaseFile, CaseKind, KnownAs, Status
from bot.domain.people import Appointment, Role, Staff
from tests.domain.town import (
    BEFORE,
    COMMUNE,
    COUNTER,
    DESK,
    NOW,
    OTHER_TOP,
    POLICE,
    TOP,
    TREE,
    WARD,
    case,
    staff,
)

A = Action
HANDLER = {A.CARD, A.OPEN, A.FILES, A.ASK, A.NOTE, A.DRAFT}
HEAD = HANDLER | {A.ACCEPT, A.ASSIGN, A.RETURN, A.ANSWER, A.SEND_BACK, A.EXTEND, A.HELP, A.MERGE}
HELPING = {A.CARD, A.OPEN, A.FILES, A.CONTRIBUTE}
SIGNED = {A.ANSWER, A.EXTEND, A.MERGE}  # What a deputy may do only with the head's signature.
INTAKE = {A.CARD, A.OPEN, A.FILES, A.ASK, A.FORWARD, A.CLASSIFY, A.GUIDE, A.REJECT, A.DESCRIBE, A.MERGE, A.REPORTER}
NOTHING = set()

# A named sender's case about the ward, handled by it and not assigned: what each role at each place may do.
PLACES = {"same": WARD, "above": TOP, "below": COUNTER, "beside": COMMUNE, "elsewhere": OTHER_TOP}
ALLOWED = {
    (Role.HEAD, "same"): HEAD | {A.REPORTER},
    (Role.HEAD, "above"): {A.CARD, A.OPEN, A.GRANT},
    (Role.DEPUTY, "same"): HEAD - SIGNED,  # Without the head's signature, which is given by a document (LAW 5.2.9).
    (Role.INTAKE, "same"): INTAKE,
    (Role.INTAKE, "above"): INTAKE,
    (Role.SUPERVISOR, "same"): {A.CARD},
    (Role.SUPERVISOR, "above"): {A.CARD},
}
SAID_OF_THE_UNIT = [
    ("the head", dict(about=About.HEAD)),
    ("a deputy", dict(about=About.DEPUTY)),
    ("the whole office", dict(about=About.OFFICE)),
    ("how it is led", dict(flags=frozenset({TO_SUPERIOR}), category="K01")),
    ("a leader by name", dict(about=About.PERSON, official="ông Chu", flags=frozenset({CONFLICT}))),
    ("a crime", dict(flags=frozenset({DENUNCIATION}))),
    ("a missing notice that is the head's own doing", dict(about=About.HEAD, category="I01")),
]
SAID_OF_NOBODY = [
    ("nobody", {}),
    ("a described person", dict(about=About.PERSON, official="người đeo kính ở quầy 3")),
    ("an office without a notice", dict(about=About.OFFICE, category="F05")),
    ("an office without chairs", dict(about=About.OFFICE, category="I01")),
    ("an office without a nameplate", dict(about=About.OFFICE, category="B03")),
    ("a dead hotline", dict(about=About.OFFICE, category="H06")),
    ("a whole office that is praised", dict(about=About.OFFICE, kind=CaseKind.PRAISE, category="Z")),
    ("a whole office that gets a suggestion", dict(about=About.OFFICE, kind=CaseKind.SUGGESTION, category="Y")),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("whom", "facts"), SAID_OF_NOBODY)
def test_every_action_of_every_role_at_every_place(role, place, whom, facts):
    one, about = staff(role, PLACES[place]), case(**facts)
    allowed = {action for action in Action if may(one, action, about, TREE)}
    expected = ALLOWED.get((role, place), NOTHING)
    if about.about is About.OFFICE and about.kind is CaseKind.FEEDBACK and role is Role.HEAD:
        expected = expected - {A.REPORTER}  # Its own head answers, but does not learn who complained.
    assert allowed == expected


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("whom", "facts"), SAID_OF_THE_UNIT)
def test_nobody_of_a_unit_complained_about_as_such_may_do_anything(role, place, whom, facts):
    one = staff(role, PLACES[place])
    led_by_superior = case(handling_unit=TOP, **facts)
    allowed = {action for action in Action if may(one, action, led_by_superior, TREE)}
    if place in ("same", "below"):
        assert excluded(one, led_by_superior, TREE)
        assert not allowed
    elif place == "above":
        full = {Role.HEAD: HEAD | {A.REPORTER}, Role.DEPUTY: HEAD - SIGNED, Role.INTAKE: INTAKE, Role.SUPERVISOR: {A.CARD}}
        assert allowed == full.get(role, NOTHING)
    else:
        assert not allowed


@pytest.mark.parametrize("unit", [WARD, TOP, COUNTER, COMMUNE])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("handled", [WARD, TOP, None])
@pytest.mark.parametrize("official", ["ông Lê Văn Chu", "Văn Chu, áo trắng", "so hieu LS-204"])
def test_whoever_is_meant_by_name_or_badge_may_do_nothing_anywhere(role, unit, handled, official):
    chu = staff(role, unit, "Lê Văn Chu", badge="LS-204")
    about = case(handling_unit=handled, handler=chu.id, official=official, about=About.PERSON)
    assert not [action for action in Action if may(chu, action, about, TREE)]


def test_a_bare_given_name_shuts_out_those_of_the_office_only():
    about = case(official="anh Chu")
    assert excluded(staff(Role.HANDLER, COUNTER, "Lê Văn Chu"), about, TREE)
    assert not excluded(staff(Role.HEAD, TOP, "Trần Chu"), about, TREE)


def test_a_handler_sees_only_what_is_assigned_to_him_at_his_unit():
    minh = staff(Role.HANDLER, WARD, number=9)
    assert {action for action in Action if may(minh, action, case(handler=9), TREE)} == HANDLER | {A.REPORTER}
    assert not may(minh, A.CARD, case(handler=8), TREE)
    assert not may(minh, A.CARD, case(handler=9, handling_unit=TOP), TREE)


def test_the_next_head_sees_no_more_once_the_case_has_left_the_unit():
    head = staff(Role.HEAD, WARD)
    assert not may(head, A.CARD, case(handling_unit=None, status=Status.RETURNED), TREE)
    assert not may(head, A.CARD, case(handling_unit=TOP), TREE)


@pytest.mark.parametrize(
    ("known_as", "head", "handler", "intake"),
    [(KnownAs.NAMED, True, True, True), (KnownAs.CUSTODIAN, False, False, True), (KnownAs.ANONYMOUS, False, False, False)],
)
def test_who_may_see_who_sent_it(known_as, head, handler, intake):
    about = case(known_as=known_as, handler=9)
    assert may(staff(Role.HEAD, WARD), A.REPORTER, about, TREE) is head
    assert may(staff(Role.HANDLER, WARD, number=9), A.REPORTER, about, TREE) is handler
    assert may(staff(Role.INTAKE, TOP), A.REPORTER, about, TREE) is intake
    assert not may(staff(Role.DEPUTY, WARD), A.REPORTER, about, TREE)
    assert not may(staff(Role.HEAD, TOP), A.REPORTER, about, TREE)


@pytest.mark.parametrize("status", [Status.CLOSED, Status.WITHDRAWN, Status.REJECTED, Status.GUIDED])
def test_a_case_that_is_over_hides_its_sender_from_the_office(status):
    assert not may(staff(Role.HEAD, WARD), A.REPORTER, case(status=status), TREE)


def test_a_citizens_own_rights_are_no_role_of_staff():
    everything = Staff(1, "Bình", "", 1, tuple(Appointment(role, TOP, BEFORE) for role in Role))
    assert not [action for action in CITIZENS if may(everything, action, case(handling_unit=TOP), TREE)]


@pytest.mark.parametrize(
    ("facts", "signs"),
    [
        ({}, True),
        (dict(contested=True), False),
        (dict(about=About.HEAD, unit=WARD), False),
        (dict(unit=WARD, flags=frozenset({CONFLICT})), False),
        (dict(about=About.OFFICE, category="I01", unit=TOP), True),
    ],
)
def test_a_deputy_with_the_heads_signature_signs_but_not_in_a_conflict_nor_what_is_contested(facts, signs):
    deputy = staff(Role.DEPUTY, TOP)
    acting = replace(deputy, appointments=(replace(deputy.appointments[0], acting=True),))
    about = case(handling_unit=TOP, **facts)
    assert not may(deputy, A.ANSWER, about, TREE)
    assert may(acting, A.ANSWER, about, TREE) is signs
    assert not may(acting, A.ANSWER, case(handling_unit=WARD), TREE)
    assert not may(acting, A.REPORTER, about, TREE)


def test_after_two_returns_the_head_may_send_a_case_on():
    assert not may(staff(Role.HEAD, TOP), A.FORWARD, case(handling_unit=TOP, returns=1), TREE)
    assert may(staff(Role.HEAD, TOP), A.FORWARD, case(handling_unit=TOP, returns=2), TREE)
    decided = case(handling_unit=WARD, returns=2, flags=frozenset({DECIDED}))
    assert not may(staff(Role.HEAD, WARD), A.FORWARD, decided, TREE)


# -- Several units --


@pytest.mark.parametrize(
    ("role", "unit", "allowed"),
    [
        (Role.HEAD, COMMUNE, HELPING),
        (Role.DEPUTY, COMMUNE, NOTHING),
        (Role.HANDLER, COMMUNE, NOTHING),
        (Role.HEAD, DESK, NOTHING),
        (Role.HEAD, OTHER_TOP, NOTHING),
        (Role.HEAD, WARD, HEAD | {A.REPORTER}),
    ],
)
def test_the_head_of_a_unit_that_was_asked_reads_and_answers_and_nobody_else_there(role, unit, allowed):
    about = case(helping=frozenset({COMMUNE}))
    assert {action for action in Action if may(staff(role, unit), action, about, TREE)} == allowed


@pytest.mark.parametrize(("whom", "facts"), SAID_OF_THE_UNIT)
def test_asking_a_unit_for_help_never_opens_a_case_about_it(whom, facts):
    about = case(**({"handling_unit": TOP, "helping": frozenset({WARD, COUNTER})} | facts))
    for unit in (WARD, COUNTER):
        assert not [action for action in Action if may(staff(Role.HEAD, unit, "Lê Văn Chu"), action, about, TREE)]


def test_who_helps_gets_pictures_but_not_the_files_that_the_citizen_let_the_office_see():
    about = case(share_files=True, helping=frozenset({COMMUNE}))
    assert file_for(PAPER, staff(Role.HEAD, WARD), about, TREE).store
    assert not file_for(PAPER, staff(Role.HEAD, COMMUNE), about, TREE).store
    assert file_for(PHOTO, staff(Role.HEAD, COMMUNE), about, TREE).copy


# -- Later --


def test_the_head_of_then_is_shut_out_when_he_is_promoted():
    then = Appointment(Role.HEAD, WARD, BEFORE, NOW + timedelta(days=3))
    promoted = Staff(7, "Chu", "", 7, (Appointment(Role.HEAD, TOP, NOW + timedelta(days=3)),), (then,))
    about = case(about=About.HEAD, handling_unit=TOP)
    assert excluded(promoted, about, TREE)
    assert not excluded(replace(promoted, former=()), about, TREE)


def test_whoever_left_the_office_before_the_case_was_filed_is_free():
    then = Appointment(Role.HEAD, WARD, BEFORE, NOW - timedelta(days=3))
    gone = Staff(7, "Chu", "", 7, (Appointment(Role.HEAD, TOP, BEFORE),), (then,))
    assert not excluded(gone, case(about=About.HEAD, handling_unit=TOP), TREE)


def test_the_office_named_before_a_correction_stays_under_the_guard():
    corrected = moved_to(case(about=About.HEAD, handling_unit=TOP), COMMUNE)
    assert offices(corrected) == {WARD, COMMUNE}
    assert excluded(staff(Role.HEAD, WARD), corrected, TREE)
    assert excluded(staff(Role.HEAD, COMMUNE), corrected, TREE)
    assert not excluded(staff(Role.HEAD, TOP), corrected, TREE)


def test_a_correction_of_the_office_forgets_the_conflict_of_the_one_before():
    corrected = moved_to(case(official="ông Chu", flags=frozenset({CONFLICT})), COMMUNE)
    assert not excluded(staff(Role.HEAD, COMMUNE), corrected, TREE)
    assert excluded(staff(Role.HEAD, WARD, "Lê Văn Chu"), corrected, TREE)


# -- Intake --


def test_a_case_without_an_office_is_for_every_intake():
    lost = case(unit=None, handling_unit=None, status=Status.NEW)
    assert may(staff(Role.INTAKE, COMMUNE), A.FORWARD, lost, TREE)
    assert not may(staff(Role.HEAD, TOP), A.CARD, lost, TREE)


def test_a_body_with_its_own_line_is_for_the_intake_at_the_top_of_its_province():
    outside = case(unit=POLICE, handling_unit=None, status=Status.NEW)
    assert may(staff(Role.INTAKE, TOP), A.GUIDE, outside, TREE)
    assert not may(staff(Role.INTAKE, WARD), A.GUIDE, outside, TREE)
    assert not may(staff(Role.INTAKE, OTHER_TOP), A.GUIDE, outside, TREE)


def test_intake_can_still_guide_when_the_top_itself_is_complained_about():
    about = case(unit=TOP, about=About.HEAD, handling_unit=None, status=Status.NEW)
    assert may(staff(Role.INTAKE, TOP), A.GUIDE, about, TREE)
    both = Staff(7, "Bình", "", 7, (Appointment(Role.INTAKE, TOP, BEFORE), Appointment(Role.DEPUTY, TOP, BEFORE)))
    assert not may(both, A.CARD, about, TREE)
    assert not may(staff(Role.INTAKE, TOP, "Lê Văn Chu"), A.CARD, replace(about, official="Lê Văn Chu"), TREE)


def test_intake_of_a_unit_does_not_see_what_is_said_of_its_leaders():
    assert not may(staff(Role.INTAKE, WARD), A.OPEN, case(about=About.HEAD, handling_unit=TOP), TREE)


# -- Files --

PHOTO = CaseFile(1, "photo", "image/jpeg", 9, "stored", "original", "copy", "", NOW)
SCAN = CaseFile(2, "document", "image/png", 9, "stored", "original", "copy", "", NOW)
PAPER = CaseFile(3, "document", "application/pdf", 9, "stored", "original", "", "Một tờ đơn.", NOW)
VOICE = CaseFile(4, "voice", "audio/ogg", 9, "stored", "original", "", "", NOW)
PROOF = CaseFile(5, "document", "application/pdf", 9, "stored", "original", "", "", NOW, side="office")


@pytest.mark.parametrize(
    ("file", "shared", "office", "intake"),
    [
        (PHOTO, False, "copy", "copy"),
        (SCAN, False, "copy", "copy"),
        (PHOTO, True, "copy", "copy"),
        (PAPER, False, "", "original"),
        (PAPER, True, "original", "original"),
        (VOICE, False, "", "original"),
        (VOICE, True, "original", "original"),
        (PROOF, False, "original", "original"),
    ],
)
def test_what_a_reader_gets_of_a_file(file, shared, office, intake):
    about = case(share_files=shared)
    for reader, expected in ((staff(Role.HEAD, WARD), office), (staff(Role.INTAKE, TOP), intake)):
        seen = file_for(file, reader, about, TREE)
        assert (seen.store or seen.copy) == expected
        assert seen.words == file.words


def test_the_permission_table_is_large_enough_to_mean_something():
    variants = len(SAID_OF_NOBODY) + len(SAID_OF_THE_UNIT)
    assert variants * len(Role) * len(PLACES) * len(Action) > 5000


def test_the_office_inside_another_commune_is_not_within_it():
    assert not excluded(staff(Role.HEAD, DESK), case(about=About.OFFICE), TREE)
