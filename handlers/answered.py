"""What a citizen says to an answer in his own words, outside any form: that it does not satisfy him, or stars."""

from __future__ import annotations

import re
from datetime import datetime

from bot.dialogue.prompts import Button, Prompt
from bot.domain.cases import Case
from bot.domain.folding import fold
from bot.text import _
from bot.usecases.citizen import may_contest, my_cases
from handlers.turn import Turn

RECENT = 10
NOT_AGREED = re.compile(
    r"(?:(?:da|thua|toi|em|chau|minh|gia dinh toi|chung toi|van) )*"
    r"(?:(?:khong|ko|k|chua|chang) (?:he )?(?:dong y|hai long|dong tinh|chap nhan|thoa dang|thoa man)\b"
    r"|(?:(?:de nghi|xin|yeu cau|mong|muon) )*(?:xem xet|xem|giai quyet|tra loi) lai\b|phan doi\b"
    r"|i (?:do not|don t) (?:agree|accept)\b|i disagree\b|i am not satisfied\b|not satisfied\b|please look again\b)"
)
_SPEAKS_OF_IT = re.compile(r"\b(?:cau tra loi|van ban tra loi|tra loi (?:nhu|nay|cua)|the answer|your answer)\b")
_STARS = re.compile(r"(?:(?:đánh giá|danh gia|chấm|cham|cho|tôi cho|toi cho)\s+)?([1-5])\s*(?:sao|stars?|★|\*|⭐|/\s*5)")


async def about_the_answer(turn: Turn, words: str) -> Prompt | None:
    """Return the question whether what was typed is about the newest answer, None where it hardly is.

    Only answers that can still be contested, or rated, are meant; what was typed must be kept by the caller.
    """
    stars = _STARS.fullmatch(words.strip().lower())
    folded = fold(words)
    if not (stars or NOT_AGREED.match(folded) or _SPEAKS_OF_IT.search(folded)):
        return None
    cases = await my_cases(turn.work, turn.person, RECENT)
    meant = [case for case in cases if (case.answered_at and case.rating is None if stars else may_contest(case, turn.now))]
    if not meant:
        return None
    case = max(meant, key=_answered_at)
    new = Button("feedback:new", _("No, it is something new"))
    see = Button(f"case:{case.code}", _("Open the case"))
    if stars:
        told = _("{stars} of 5 stars for the answer to your case {code}?")(stars=int(stars[1]), code=case.code)
        return Prompt(told, (Button(f"rate:{case.code}.{stars[1]}", _("Yes, {stars} ★")(stars=int(stars[1]))), see))
    told = _("Is this about the answer to your case {code}? You can ask once for another look.")(code=case.code)
    return Prompt(told, (Button(f"contest:{case.code}.kept", _("Yes, please look at it again")), see, new))


def _answered_at(case: Case) -> datetime:
    return case.answered_at or case.filed_at
