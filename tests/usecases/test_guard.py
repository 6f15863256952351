"""No path around the guard: over random trees, people and histories, whoever a case speaks about never sees it (G4, E9, F5).

The oracle knows what the citizen said and every office that the case was ever said to be about; it does not look at flags, and
asks names only whether they are the same. It knows who ever held which place since the case was filed.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from bot.domain.access import may
from bot.domain.cases import About, Case, CaseKind, KnownAs
from bot.domain.people import Role, Staff
from bot.domain.refusal import Refusal
from bot.domain.watching import Filter, What
from bot.usecases import lists
from bot.usecases.access import Action, Reader, access_case, files_of
from bot.usecases.citizen import contest
from bot.usecases.identity import see_reporter
from bot.usecases.intake import classify, forward, guide
from bot.usecases.notices import To, recipients
from bot.usecases.office import (
    accept_case,
    add_note,
    ask_citizen,
    assign_handler,
    draft_answer,
    give_answer,
    handlers_for,
    return_case,
    talk_of,
)
from bot.usecases.routing import answers_for
from bot.usecases.staffing import revoke
from bot.usecases.watching import summary, watch
from storage.database import writing_engine
from storage.units import Units
from tests.domain.town import UNITS
from tests.usecases.house import GOOD_ANSWER, House

CODES = [unit.code for unit in UNITS if not unit.outside and unit.province == "20"]
PEOPLE = ["Lê Văn Chu", "Trần Thị Chu", "Nguyễn Minh", "Bùi Thị Minh", "Hà Vi", "Đỗ Quang Vi"]
BADGES = {name: f"LS-10{number}" for number, name in enumerate(PEOPLE)}
UNIT_WISE = (About.HEAD, About.DEPUTY)
OWN_HEAD = ("B03", "F05", "H06", "I01")


@dataclass
class Told:
    """What the oracle knows of one case."""

    code: str
    said: str  # Of whom the citizen wrote: a name of PEOPLE, or "".
    how: str  # "name", "badge", "given" or "" for how he wrote it.
    offices: set[str] = field(default_factory=set)


@dataclass
class World:
    """A house with its oracle."""

    house: House
    tree: Units
    cases: list[Told] = field(default_factory=list)
    places: list[tuple[int, Role, str, Any, Any]] = field(default_factory=list)  # staff, role, unit, since, until

    def run(self, use_case: Any, *args: Any, **more: Any) -> Any:
        """Run a use case to its end; None when it was refused. SQLite never really waits, so nothing is ever pending."""
        try:
            return drive(self.house.do(use_case, *args, **more))
        except Refusal:
            return None

    def everybody(self) -> list[tuple[Staff, Reader]]:
        found = [(staff, person) for staff, acts in drive(self.house.work.staff.all()) if acts and (person := staff.person)]
        return [(staff, Reader(drive(self.house.work.people.by_id(person)), staff)) for staff, person in found]

    def accused(self, staff: Staff, case: Case, told: Told) -> bool:
        held = [
            (role, unit)
            for number, role, unit, _since, until in self.places
            if number == staff.id and (until is None or until >= case.filed_at)
        ]
        there = [(role, unit) for role, unit in held if any(self.tree.within(unit, office) for office in told.offices)]
        if told.how in ("name", "badge") and staff.name == told.said:
            return True
        if told.how == "given" and staff.name.split()[-1] == told.said.split()[-1] and there:
            return True
        as_such = case.about in UNIT_WISE or case.category.startswith("K") or "denunciation_info" in case.flags
        as_such |= case.about is About.OFFICE and case.kind is CaseKind.FEEDBACK and case.category not in OWN_HEAD
        at_the_top = all(self.tree.parent(office) is None for office in told.offices)
        return as_such and any(not (role is Role.INTAKE and at_the_top) for role, _unit in there)


def drive(coroutine: Any) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("SQLite made a use case wait")


@pytest.fixture(scope="module")
def open_house(template, tmp_path_factory):
    file, rules = template
    copy = tmp_path_factory.mktemp("guard") / "langnghe.db"
    shutil.copy(file, copy)
    engine = writing_engine(copy)
    with engine.connect() as connection:
        yield connection, rules
    engine.dispose()


@st.composite
def trees(draw):
    """A tree of the province's units in a random shape; the first is the top."""
    by_code = {unit.code: unit for unit in UNITS}
    made = [replace(by_code[CODES[0]], parent=None)]
    for code in CODES[1:]:
        made.append(replace(by_code[code], parent=draw(st.sampled_from([unit.code for unit in made]))))
    return Units((*made, *(unit for unit in UNITS if unit.code not in CODES)), (), None)


def joins(world: World, data: Any) -> None:
    """Somebody joins, or takes a further place: head, deputy, anything, anywhere."""
    takes_place(world, *(data.draw(st.sampled_from(of)) for of in (PEOPLE, list(Role), CODES)))


def takes_place(world: World, name: str, role: Role, unit: str) -> None:
    staff = drive(world.house.joins(name, role, unit, BADGES.get(name, "")))
    now = world.house.now
    if role is Role.HEAD:
        world.places = [
            (n, r, u, s, now if (r, u, e) == (Role.HEAD, unit, None) and n != staff.id else e) for n, r, u, s, e in world.places
        ]
    if (staff.id, role, unit) not in [(n, r, u) for n, r, u, _s, e in world.places if e is None]:
        world.places.append((staff.id, role, unit, now, None))


def promotes(world: World, data: Any) -> None:
    """A head hands his unit to somebody else and becomes head of the one above."""
    unit = data.draw(st.sampled_from(CODES[1:]))
    above = world.tree.parent(unit)
    heads = drive(world.house.work.staff.at([unit], Role.HEAD))
    if heads and above:
        takes_place(world, data.draw(st.sampled_from([name for name in PEOPLE if name != heads[0].name])), Role.HEAD, unit)
        world.house.passes(minutes=20)
        takes_place(world, heads[0].name, Role.HEAD, above.code)


def leaves(world: World, data: Any) -> None:
    """A member of staff is revoked; he may come back as somebody new."""
    everybody = world.everybody()
    if not everybody:
        return
    staff, _reader = data.draw(st.sampled_from(everybody))
    world.run(revoke, staff.id, world.house.now)


def files(world: World, data: Any) -> None:
    """A citizen files a case about somebody, named in some way, at some office."""
    said = data.draw(st.sampled_from(["", *PEOPLE]))
    how = data.draw(st.sampled_from(["name", "given", "badge"])) if said else ""
    given_name = said.rpartition(" ")[2]
    words = {"name": f"ông {said.upper()}, áo trắng", "given": f"chị {given_name}", "badge": f"thẻ {BADGES.get(said)}", "": ""}
    filed = drive(
        world.house.files(
            sender=f"citizen {len(world.cases)}",
            unit=data.draw(st.sampled_from([None, *CODES])),
            about=data.draw(st.sampled_from(About)),
            official=words[how],
            category=data.draw(st.sampled_from(["A01", "G01", "K01", "I01", "F05"])),
            kind=data.draw(st.sampled_from([CaseKind.FEEDBACK, CaseKind.FEEDBACK, CaseKind.PRAISE])),
            known_as=data.draw(st.sampled_from(KnownAs)),
            denunciation=data.draw(st.integers(0, 9)) == 0,
        )
    )
    world.cases.append(Told(filed.case.code, said, how))


def works(world: World, data: Any) -> None:
    """Whoever may does the next thing with some case; whoever may not tries it too."""
    everybody = world.everybody()
    if not everybody or not world.cases:
        return
    told = data.draw(st.sampled_from(world.cases))
    before = drive(world.house.case(told.code))
    able = [one for one in everybody if may(one[0], Action.OPEN, before, world.tree)]
    _staff, reader = data.draw(st.sampled_from(able if able and data.draw(st.integers(0, 3)) else everybody))
    now = world.house.now
    somebody = data.draw(st.sampled_from(everybody))[0].id
    target = data.draw(st.sampled_from(CODES))
    category = data.draw(st.sampled_from(["A01", "G01", "K01", "I01"]))
    steps = {
        "accept": (accept_case, (reader, told.code, now)),
        "assign": (assign_handler, (reader, told.code, somebody, now)),
        "ask": (ask_citizen, (reader, told.code, "Ở đâu?", now)),
        "return": (return_case, (reader, told.code, "Không phải.", now)),
        "note": (add_note, (reader, told.code, "Ghi chú.", now)),
        "answer": (draft_answer, (reader, told.code, *GOOD_ANSWER, now)),
        "forward": (forward, (reader, told.code, target, now)),
        "classify": (classify, (reader, told.code, category, now)),
        "guide": (guide, (reader, told.code, "Mời đến phường.", now)),
        "look": (see_reporter, (reader, told.code, "Gọi lại.", now)),
    }
    step = data.draw(st.sampled_from(sorted(steps)))
    use_case, args = steps[step]
    accused = world.accused(reader.staff, before, told)
    done = world.run(use_case, *args)
    assert not (accused and done is not None), f"somebody the case speaks about could {step} it"
    if done is not None:
        event(f"done: {step}")
    if step == "answer" and done is not None:
        world.run(give_answer, reader, told.code, now)


def contests(world: World, data: Any) -> None:
    """The citizen is not satisfied."""
    if not world.cases:
        return
    number = data.draw(st.integers(0, len(world.cases) - 1))
    reader = drive(world.house.reader(f"citizen {number}"))
    world.run(contest, reader, world.cases[number].code, "Không đúng.", world.house.now)


STEPS = [joins, promotes, files, files, works, works, works, works, contests, leaves]


def check(world: World) -> None:
    """Whoever a case speaks about sees it nowhere, and it does not wait for him."""
    house, now = world.house, world.house.now
    everybody = world.everybody()
    stored = {told.code: drive(house.case(told.code)) for told in world.cases}
    for told in world.cases:
        if stored[told.code].unit:
            told.offices.add(stored[told.code].unit)
    shown = {staff.id: visible(house, reader) for staff, reader in everybody}
    for told in world.cases:
        case = stored[told.code]
        informed = {staff.id for staff in drive(recipients(house.work, case, *To))}
        answering = drive(answers_for(house.work, case))
        for staff, reader in everybody:
            if not world.accused(staff, case, told):
                continue
            event("somebody was shut out")
            assert told.code not in shown[staff.id], "in a list or a count"
            assert staff.id not in informed, "told of it"
            assert answering is None or answering.id != staff.id, "announced to the citizen as who answers"
            assert not [action for action in Action if may(staff, action, case, world.tree)]
            for path in (access_card, files_of, talk_of):
                assert world.run(path, reader, told.code, now) is None
            for _other, superior in everybody:
                assert staff.id not in [one.id for one in drive(handlers_for(house.work, superior, case))]
        if case.is_open and case.handling_unit:
            heads = [staff for staff, _reader in everybody if case.handling_unit in staff.units(Role.HEAD)]
            assert not any(world.accused(head, case, told) for head in heads), "it waits for somebody who never sees it"


async def access_card(work: Any, reader: Reader, code: str, now: Any) -> Case:
    """Open the least of all, the card."""
    return await access_case(work, reader, code, to=Action.CARD, now=now)


def visible(house: House, reader: Reader) -> set[str]:
    """Return the codes in all lists of this reader, and make sure that the counts are of the same cases."""
    now = house.now
    listed = {case.code for case in drive(lists.my_work(house.work, reader, limit=100)).cases}
    house.at(now.replace(year=now.year + 1))
    for what in What:
        found = drive(watch(house.work, reader, Filter(what)))
        counted = drive(summary(house.work, reader, found))["office"]
        assert sum(line.count for line in counted) in (0, len(found.seen))
        listed |= {one.row.code for one in found.seen}
    house.at(now)
    return listed


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data(), tree=trees(), length=st.integers(5, 25))
def test_no_history_shows_a_case_to_whom_it_speaks_about(open_house, data, tree, length):
    connection, rules = open_house
    with connection.begin_nested() as savepoint:
        house = House(connection, rules, units=tree)
        world = World(house, tree)
        takes_place(world, "Mai", Role.INTAKE, CODES[0])
        for name, unit in zip(data.draw(st.permutations([*PEOPLE, "Ninh"])), CODES, strict=False):
            takes_place(world, name, Role.HEAD, unit)
        for _nth in range(length):
            data.draw(st.sampled_from(STEPS))(world, data)
            house.passes(minutes=20)
            check(world)
        savepoint.rollback()
