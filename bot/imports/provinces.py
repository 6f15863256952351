"""The tree of offices of a province, made from the rules: province, departments, communes and what each has inside."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

from bot import rules
from bot.domain.folding import fold
from bot.domain.refusal import Refusal
from bot.domain.units import LegacyUnit, Unit
from bot.text import _

# The day on which the two-tier local government began, L.72/2025/QH15.
SINCE = date(2025, 7, 1)


def province_units(name_or_code: str) -> list[Unit]:
    """Return the offices of a province, each after its parent where it has one here, valid from 1 July 2025.

    The code of a province has two digits, of a commune five; an office inside has the code of its place and a short name:
    `20-SNV`, `06004-VP`. A parent is the direct superior; bodies with their own line of command hang below their own body of the
    province, never below the People's Committee. Raises Refusal, with the nearest names, for a province that does not exist.
    """
    province = _province_named(name_or_code)
    return list(_units_of(province, _communes_by_province()[province.code]))


def all_units() -> list[Unit]:
    """Return the offices of all provinces, in order of province code."""
    communes = _communes_by_province()
    return [unit for province in rules.provinces().values() for unit in _units_of(province, communes[province.code])]


def legacy_units(province: str = "") -> list[LegacyUnit]:
    """Return the old communes, districts, provinces and departments whose successors lie in a province (a code; "": all)."""
    communes = rules.communes()
    old = [unit for unit in rules.legacy_units() if not province or _province_of(unit.successors[0], communes) == province]
    for place in rules.provinces().values():
        if province in ("", place.code):
            for department in _departments_of(place.code):
                successors = (f"{place.code}-{department.code}",)
                old += [LegacyUnit(name, "sở", "", place.name, successors) for name in department.old_names]
    return old


def _province_of(code: str, communes: dict[str, rules.Commune]) -> str:
    commune = communes.get(code)
    return commune.province if commune else code[:2]


def _communes_by_province() -> dict[str, list[rules.Commune]]:
    grouped: dict[str, list[rules.Commune]] = {code: [] for code in rules.provinces()}
    for commune in rules.communes().values():
        grouped[commune.province].append(commune)
    return grouped


def _departments_of(province: str) -> Iterable[rules.Department]:
    return (one for one in rules.departments().values() if not one.provinces or province in one.provinces)


def _bare(name: str, kind: str) -> str:
    return name[len(kind) :].strip()


def _province_named(wanted: str) -> rules.Province:
    known = rules.provinces()
    if wanted.strip() in known:
        return known[wanted.strip()]
    names: dict[str, rules.Province] = {}
    for province in known.values():
        names[fold(province.name)] = names[fold(_bare(province.name, province.type))] = province
    asked = " ".join("thanh pho" if word == "tp" else word for word in fold(wanted).split())
    if asked in names:
        return names[asked]
    ended = {fold(_bare(old.name, old.level)): old.successors[0] for old in rules.legacy_units() if old.successors[0] in known}
    successor = ended.get(asked.removeprefix("tinh "))
    if successor:
        near = [known[successor].name]
    else:
        near = list(dict.fromkeys(names[name].name for name in get_close_matches(asked, names, n=6, cutoff=0.5)))
    if not near:
        raise Refusal(_("There is no province {name}. Give one of the 34 names or a two-digit code.")(name=wanted))
    raise Refusal(_("There is no province {name}. Nearest: {near}.")(name=wanted, near=", ".join(near[:3])))


def _units_of(province: rules.Province, communes: Iterable[rules.Commune]) -> Iterable[Unit]:
    place = province.name[0].lower() + province.name[1:]
    bare = _bare(province.name, province.type)
    party = "Tỉnh ủy" if province.type == "tỉnh" else "Thành ủy"
    words = {"place": place, "bare": bare, "province": province.code, "party": party}
    yield Unit(
        code=province.code, name=f"UBND {place}", type="UBND_T", province=province.code, valid_from=SINCE,
        head_title=f"Chủ tịch UBND {province.type}", latitude=province.latitude, longitude=province.longitude,
        aliases=(province.name, f"UBND {province.type}"),
    )  # fmt: skip
    offices = [office for office in rules.inner_offices() if office.level == "province"]
    for department in _departments_of(province.code):
        yield Unit(
            code=f"{province.code}-{department.code}", name=department.name, type="SO", parent=province.code,
            province=province.code, head_title="Giám đốc", valid_from=SINCE, aliases=department.aliases,
        )  # fmt: skip
    for office in offices:
        yield _inner(office, province.code, words)
    inside = [office for office in rules.inner_offices() if office.level == "commune"]
    for commune in communes:
        yield from _commune_units(commune, inside)


def _commune_units(commune: rules.Commune, inside: Iterable[rules.InnerOffice]) -> Iterable[Unit]:
    place = commune.name[0].lower() + commune.name[1:]
    yield Unit(
        code=commune.code, name=commune.name, type="UBND_X", parent=commune.province, province=commune.province,
        head_title=f"Chủ tịch UBND {commune.type}", latitude=commune.latitude, longitude=commune.longitude, valid_from=SINCE,
        aliases=(f"UBND {place}",),
    )  # fmt: skip
    words = {"place": place, "province": commune.province, "commune": commune.code}
    for office in inside:
        if not office.only_in or commune.type in office.only_in:
            yield _inner(office, commune.code, words)


def _inner(office: rules.InnerOffice, place: str, words: dict[str, str]) -> Unit:
    return Unit(
        code=f"{place}-{office.suffix}", name=office.name.format_map(words), type=office.type,
        parent=office.parent.format_map(words) or None, province=words["province"], head_title=office.head_title,
        valid_from=SINCE, aliases=office.aliases,
    )  # fmt: skip
