"""Who may do what with a case: pure functions of the member of staff, the case and the tree of units.

The guard is worked out anew at every access from the case itself, so that it also holds for somebody who joins, is promoted or
becomes head long after the case was filed. Source: LAW 1.9 B3, 2.4, 5.2, 11.3; RELIABILITY E9, G4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Protocol

from bot.domain.cases import ON_PAPER, About, Case, CaseFile, CaseKind, KnownAs, Status
from bot.domain.naming import is_meant
from bot.domain.people import Appointment, Role, Staff
from bot.domain.units import Unit


class Action(Enum):
    """What somebody wants to do with a case. The last five are the citizen's own."""

    CARD = "card"  # Code, category, office, due date: no words.
    OPEN = "open"  # Read the story and the talk.
    FILES = "files"
    ACCEPT = "accept"
    ASSIGN = "assign"
    ASK = "ask"
    RETURN = "return"
    HELP = "help"  # Ask another unit for its part.
    CONTRIBUTE = "contribute"  # Answer such a request.
    MERGE = "merge"  # Let one case stand for another about the same matter.
    NOTE = "note"
    DRAFT = "draft"
    ANSWER = "answer"
    SEND_BACK = "send_back"
    EXTEND = "extend"  # Ask the superior head for more time.
    GRANT = "grant"  # Grant or refuse it.
    REPORTER = "reporter"  # See who sent it.
    FORWARD = "forward"
    CLASSIFY = "classify"
    GUIDE = "guide"
    REJECT = "reject"
    DESCRIBE = "describe"  # Write down what is in a file.
    FOLLOW = "follow"
    ADD = "add"
    WITHDRAW = "withdraw"
    RATE = "rate"
    CONTEST = "contest"


CITIZENS = frozenset({Action.FOLLOW, Action.ADD, Action.WITHDRAW, Action.RATE, Action.CONTEST})

_HANDLER = frozenset({Action.CARD, Action.OPEN, Action.FILES, Action.ASK, Action.NOTE, Action.DRAFT})
_HEAD = _HANDLER | {Action.ACCEPT, Action.ASSIGN, Action.RETURN, Action.ANSWER, Action.SEND_BACK, Action.HELP}
_DEPUTY = _HEAD - {Action.ANSWER}
_SUPERIOR = frozenset({Action.CARD, Action.OPEN})
_HELPING = frozenset({Action.CARD, Action.OPEN, Action.FILES, Action.CONTRIBUTE})
_INTAKE = frozenset(
    {
        Action.CARD,
        Action.OPEN,
        Action.FILES,
        Action.ASK,
        Action.FORWARD,
        Action.CLASSIFY,
        Action.GUIDE,
        Action.REJECT,
        Action.DESCRIBE,
        Action.MERGE,
    }
)

# Flags of a case that this page reads (LAW 2.3).
SENSITIVE = "sensitive"
DENUNCIATION = "denunciation_info"
CONFLICT = "conflict_of_interest"
TO_SUPERIOR = "to_superior"
# After two returns the superior head has said whose it is: it is neither returned nor sent on any more (LAW B13).
DECIDED = "decided"
_WAS = "was:"

# A missing badge notice, list of fees, letterbox or chair is for the unit's own head even if the citizen says "the whole office".
# Source: LAW 5.2 step 4.
_FOR_OWN_HEAD = ("B03", "F05", "H06", "I")
_OF_THE_OFFICE = (Role.HEAD, Role.DEPUTY, Role.HANDLER)
_NO_COMPLAINT = (CaseKind.PRAISE, CaseKind.SUGGESTION, CaseKind.QUESTION)
# From this many returns on, the superior head decides whose the case is (LAW B13).
BOUNCE_LIMIT = 2


class Tree(Protocol):
    """What the rules need to know of the tree of units."""

    def get(self, code: str) -> Unit | None: ...
    def parent(self, code: str) -> Unit | None: ...
    def line(self, code: str) -> list[Unit]: ...
    def within(self, code: str, top: str) -> bool: ...


def may(staff: Staff, action: Action, case: Case, tree: Tree) -> bool:
    """Whether this member of staff may do this with this case, as far as his place allows; its status is not looked at."""
    if action in CITIZENS or excluded(staff, case, tree):
        return False
    if action is Action.REPORTER:
        return _may_see_reporter(staff, case, tree)
    return (
        (action in _HEAD and _is_head(staff, case))
        or (action in _DEPUTY and _is_deputy(staff, case))
        or (action is Action.ANSWER and _signs_for_the_head(staff, case))
        or (action in (Action.EXTEND, Action.MERGE) and case.handling_unit in staff.led())
        or (action is Action.GRANT and _leads_above(staff, case, tree))
        or (action in _HANDLER and _is_handler(staff, case))
        or (action in _HELPING and _helps(staff, case))
        or (action in _SUPERIOR and _is_superior(staff, case, tree))
        or (action is Action.CARD and _is_supervisor(staff, case, tree))
        or (action in _INTAKE and _is_intake(staff, case, tree))
        or (action is Action.FORWARD and _is_head(staff, case) and case.returns >= BOUNCE_LIMIT and DECIDED not in case.flags)
    )


def may_apologise(staff: Staff, case: Case, unit: str, tree: Tree, in_person: bool) -> bool:
    """Whether he may sign the apology that `unit` owes on a case, which may be with another unit by now.

    With `in_person` only the head himself, not a deputy who has his signature (LAW 4 rule 2).
    """
    return not excluded(staff, case, tree) and unit in (staff.units(Role.HEAD) if in_person else staff.led())


def excluded(staff: Staff, case: Case, tree: Tree) -> bool:
    """Whether the case speaks about him, or about his unit as such: then he neither sees nor handles it, whatever his roles."""
    places = list(_places_there(staff, case, tree))
    if is_meant(case.official, staff.name, staff.badge, same_office=bool(places)):
        return True
    return about_unit_as_such(case) and any(not _intake_at_the_top(place, case, tree) for place in places)


def works_there(staff: Staff, case: Case, tree: Tree) -> bool:
    """Whether he works, or worked when the case was filed, in an office that it is about, so that a given name may mean him."""
    return any(True for _place in _places_there(staff, case, tree))


def about_unit_as_such(case: Case) -> bool:
    """Whether the unit itself must not have the case: its leadership or all of it is complained about, or it is close to one."""
    if case.about in (About.HEAD, About.DEPUTY) or case.flags & {CONFLICT, TO_SUPERIOR, DENUNCIATION}:
        return True
    return case.about is About.OFFICE and not for_own_head(case)


def for_own_head(case: Case) -> bool:
    """Whether "the whole office" is no reproach to its head: praise, a suggestion, a missing notice, chair or letterbox."""
    return case.kind in _NO_COMPLAINT or case.category.startswith(_FOR_OWN_HEAD)


def offices(case: Case) -> frozenset[str]:
    """The units that the case is about, and was said to be about before intake corrected it: the guard holds for all of them."""
    former = {flag.removeprefix(_WAS) for flag in case.flags if flag.startswith(_WAS)}
    return frozenset(former | {case.unit} if case.unit else former)


def moved_to(case: Case, unit: str) -> Case:
    """Return the case as being about another unit; the one before stays under the guard, its leaders' conflict does not."""
    if case.unit is None or case.unit == unit:
        return replace(case, unit=unit)
    return replace(case, unit=unit, flags=case.flags - {CONFLICT} | {_WAS + case.unit})


def file_for(file: CaseFile, staff: Staff, case: Case, tree: Tree) -> CaseFile:
    """Return a file as this reader may have it; `store` and `copy` are "" where he may not, what was written down of it stays.

    Of a picture everybody gets the copy only, without the place and the camera. Documents, audio and video are for intake, and
    for the office only if the citizen agreed; so are pictures of a letter, as they show whose handwriting it is (Decree
    154/2026 art. 12.2). Raises nothing: whether he may see files at all is asked by `may`.
    """
    if is_picture(file):
        file = replace(file, store="")
        if file.side != "citizen" or case.channel not in ON_PAPER:
            return file
    # The citizen let the office see all files, not whichever unit the office asks for its part.
    shared = case.share_files and case.handling_unit in staff.units(*_OF_THE_OFFICE)
    if file.side != "citizen" or shared or _is_intake(staff, case, tree):
        return file
    return replace(file, store="", copy="")


def is_picture(file: CaseFile) -> bool:
    """Whether the file is a picture, of which a copy without hidden data is made."""
    return bool(file.copy) or file.kind == "photo" or file.mime.startswith("image/")


def _places_there(staff: Staff, case: Case, tree: Tree) -> Iterator[Appointment]:
    """Yield what he is, or was since the case was filed, in the offices that the case is about."""
    about = offices(case)
    for place in (*staff.appointments, *staff.former):
        ended_before = place.until is not None and place.until < case.filed_at
        if not ended_before and any(tree.within(place.unit, office) for office in about):
            yield place


def _intake_at_the_top(place: Appointment, case: Case, tree: Tree) -> bool:
    """Whether he only takes in cases, and the case is about the top of the tree: else nobody could guide the citizen."""
    return place.role is Role.INTAKE and all(tree.parent(office) is None for office in offices(case))


def _only_for_the_head(case: Case) -> bool:
    """Whether no deputy may sign: a conflict or a contested answer is for the superior head himself (LAW 2.4, B3)."""
    return case.contested or about_unit_as_such(case)


def _signs_for_the_head(staff: Staff, case: Case) -> bool:
    """Whether he has the head's signature today, and the case is one that it is good for (LAW 2.4, 5.2 step 9)."""
    return case.handling_unit in staff.led() and not _only_for_the_head(case)


def _is_head(staff: Staff, case: Case) -> bool:
    return case.handling_unit in staff.units(Role.HEAD)


def _is_deputy(staff: Staff, case: Case) -> bool:
    return case.handling_unit in staff.units(Role.DEPUTY)


def _is_handler(staff: Staff, case: Case) -> bool:
    return case.handler == staff.id and case.handling_unit in staff.units(Role.HANDLER, Role.DEPUTY)


def _helps(staff: Staff, case: Case) -> bool:
    """Whether his unit was asked for its part and still owes it."""
    return bool(case.helping & staff.led())


def _is_superior(staff: Staff, case: Case, tree: Tree) -> bool:
    at = case.handling_unit
    return at is not None and any(unit != at and tree.within(at, unit) for unit in staff.units(Role.HEAD))


def _leads_above(staff: Staff, case: Case, tree: Tree) -> bool:
    """Whether he signs for a unit above the one that has the case."""
    at = case.handling_unit
    return at is not None and any(unit != at and tree.within(at, unit) for unit in staff.led())


def _is_supervisor(staff: Staff, case: Case, tree: Tree) -> bool:
    places = offices(case) | ({case.handling_unit} if case.handling_unit else set())
    mine = staff.units(Role.SUPERVISOR)
    return any(tree.within(place, unit) for place in places for unit in mine) or (not places and bool(mine))


def _is_intake(staff: Staff, case: Case, tree: Tree) -> bool:
    """Whether his intake serves the office; one not known all serve, a body with its own line the top of its province."""
    mine = staff.units(Role.INTAKE)
    if case.unit is None:
        return bool(mine)
    unit = tree.get(case.unit)
    if unit is not None and unit.outside:
        tops = [tree.get(top) for top in mine if tree.parent(top) is None]
        return any(top is not None and top.province == unit.province for top in tops)
    return any(tree.within(case.unit, top) for top in mine)


def _may_see_reporter(staff: Staff, case: Case, tree: Tree) -> bool:
    """Who may ask who sent it: intake unless anonymous; the handling head and handler only where the citizen let the office know.

    Never where the unit is complained about, even if its own head answers for a missing chair (LAW B4, 11.3.1).
    """
    if case.known_as is KnownAs.ANONYMOUS:
        return False
    if _is_intake(staff, case, tree):
        return True
    if case.known_as is not KnownAs.NAMED or not (case.is_open or case.status is Status.ANSWERED):
        return False
    if not (_is_head(staff, case) or _is_handler(staff, case)):
        return False
    said = case.kind is CaseKind.FEEDBACK and (about_unit_as_such(case) or case.about is About.OFFICE)
    return not (said and any(tree.within(case.handling_unit or "", office) for office in offices(case)))
