"""Whether words that a citizen wrote instead of pressing a button mean the head, a deputy or the whole of an office.

The doubtful cases count: too many are merely answered one level higher, one too few hands a complaint to the person complained
about (LAW 1.9 B3, RELIABILITY G4). A clerk described by what he wears or where he sits is none of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.cases import About
from bot.domain.folding import fold
from bot.domain.units import Unit

# Titles of heads, those of unit_types.csv among them, and what people say instead; folded, so without tone marks.
_HEADS = (
    *(
        "chu tich",
        "giam doc",
        "chanh van phong",
        "chanh thanh tra",
        "chanh an",
        "vien truong",
        "hieu truong",
        "bi thu",
        "thu truong",
    ),
    *("truong phong", "truong khoa", "truong tram", "truong ban", "truong bo phan", "truong trung tam", "truong chi nhanh"),
    *(
        "truong co quan",
        "truong don vi",
        "truong cong an",
        "truong thue",
        "truong doi",
        "doi truong",
        "cuc truong",
        "tram truong",
    ),
    *("chi cuc truong", "nguoi dung dau", "sep", "thi truong"),
    *("chairman", "chairwoman", "chairperson", "director", "principal", "headmaster", "headmistress", "manager", "president"),
    *("chief", "boss", "mayor", "the chair", "the head", "party secretary", "head doctor", "head teacher"),
)
_SHORT_HEADS = r"ct (?:ubnd|phuong|xa|tinh)|gd (?:so|benh vien|trung tam)|head of|(?:office|department|ward|unit|station) head"
_DEPUTIES = (
    r"(?:ong|ba|anh|chi|co|chu|bac|sep|cap|nguoi|may|cac) pho|hieu pho|cuc pho|doi pho|tram pho|pct|pgd|deputy|deputies|vice"
    r"|pho (?:phong|khoa|tram|ban|van phong|bo phan|trung tam|truong|thu truong|chu|giam|chanh|bi thu|cong an)"
)
_LEADERSHIP = r"lanh dao|ban giam doc|ban giam hieu|thuong truc|leaders?|leadership|management|bosses|heads"
_PLACES = (
    r"co quan|don vi|phong|uy ban|ubnd|van phong|phuong|xa|so|ban|khoa|tram|trung tam|truong|benh vien|chi cuc|chi nhanh|bo phan"
    r"|to|doi|mot cua|dac khu|tinh|bo may|he thong|tap the|nhom|lu|bon|dam"
)
_WHOLE = (
    rf"(?:ca|(?<!ke )toan|khap) (?:cai |mot )?(?:{_PLACES})|toan bo|toan the|tat ca|moi nguoi|ai cung"
    r"|whole|entire|everyone|everybody|all (?:of )?(?:the |your )?(?:staff|officers|officials|employees|people|them|clerks)"
    r"|the office"
)
# What may stand between a post and the office that it is of.
_OF = r"(?:cua |o |tai )?(?:hdnd va |hoi dong nhan dan va )?(?:ubnd |uy ban nhan dan |uy ban )?"
# What means somebody only where nothing else is said.
_ALONE = {
    **dict.fromkeys(("ct", "gd", "head", "chair"), About.HEAD),
    **dict.fromkeys(("co quan", "don vi", "uy ban", "ubnd", "uy ban nhan dan"), About.OFFICE),
}


def _one_of(*patterns: str) -> re.Pattern[str]:
    """Return a pattern for whole words that are as good written together ("chutich")."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_HEAD = _one_of(*(title.replace(" ", " ?") for title in sorted(_HEADS, key=len, reverse=True)), _SHORT_HEADS)
_UNDER_A_HEAD = _one_of(rf"(?:pho|p|vice|deputy) ?(?:{'|'.join(title.replace(' ', ' ?') for title in _HEADS)})")
_DEPUTY = _one_of(_DEPUTIES)
_LEADERS = _one_of(_LEADERSHIP)
_ALL = _one_of(_WHOLE)


def about_whom(typed: str, unit: Unit | None) -> About:
    """Return whom the words mean: HEAD, DEPUTY, OFFICE (its leadership or all of it), else PERSON.

    `unit` is the office that the case is about, whose own title of its head counts too; None where it is not known.
    """
    words = fold(typed)
    if words in _ALONE:
        return _ALONE[words]
    own = fold(unit.head_title) if unit else ""
    without = re.sub(rf"\b(?:pho|p) {re.escape(own)}\b", " ", words) if own else words
    without = _DEPUTY.sub(" ", _UNDER_A_HEAD.sub(" ", without))
    if _HEAD.search(without) or (own and re.search(rf"\b{re.escape(own)}\b", without)):
        return About.HEAD
    if _LEADERS.search(without) or _ALL.search(without) or (unit and words == fold(unit.name)):
        return About.OFFICE
    return About.PERSON if without == words else About.DEPUTY


def whose(typed: str, line: Sequence[Unit]) -> Unit:
    """Return the office whose head, deputy or whole the words mean: the first of `line`, which is an office and those above it.

    Another of them is meant when it is named after the post ("chủ tịch phường" at a counter of the ward), or when the post is
    its head's and not that of the office's own. Asked only where `about_whom` finds a post.
    """
    words = fold(typed)
    posts = [found for pattern in (_HEAD, _LEADERS, _ALL) for found in pattern.finditer(words)]
    named = [place for found in posts if (place := _place_after(words, found))]
    kinds = [fold(unit.name).removeprefix("ubnd ").removeprefix("uy ban nhan dan ").split(" ")[0] for unit in line]
    for unit, kind in zip(line, kinds, strict=True):
        if kind in named:
            return unit
    titles = {found.group().replace(" ", "") for found in posts if found.re is _HEAD}
    own, *above = [fold(unit.head_title).replace(" ", "") for unit in line]
    if titles and not any(own.startswith(title) for title in titles):
        for unit, title in zip(line[1:], above, strict=True):
            if any(title.startswith(typed_title) for typed_title in titles):
                return unit
    return line[0]


def _place_after(words: str, post: re.Match[str]) -> str:
    """Return the kind of office that a post is said to be of ("phuong", "tinh", "so"); "" where none is said."""
    inside = post.group().split()
    if post.re is _ALL and len(inside) > 1 and inside[0] in ("ca", "toan", "khap"):
        return inside[-1]
    after = re.match(rf" {_OF}(\w+)", words[post.end() :])
    return after[1] if after else ""
