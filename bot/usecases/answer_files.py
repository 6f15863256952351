"""Files of an answer: one fetched after the answer went out follows it by itself, one that cannot be had is asked for again.

Nothing is kept in memory: the job that fetches a file is a row, and what follows is recorded in the commit that stores it.
A file that came before its answer was contested belongs to that answer: it neither goes out with the next one nor proves it.
"""

from __future__ import annotations

from datetime import datetime

from bot.dialogue.values import Who
from bot.domain.access import Action
from bot.domain.cases import Case, CaseFile, Status
from bot.domain.events import AnswerFileFailed, AnswerFilesFollow, CaseContested, FileFailed
from bot.domain.refusal import Refusal
from bot.text import _
from bot.usecases.access import Reader, access_case, acting
from bot.usecases.ports import Work

OFFICE = "office"


async def fetched(work: Work, file: int, store: str, copy: str, mime: str, size: int) -> None:
    """Note that a file is in the store; that of an answer which has gone out already follows it.

    One that nobody waits for any more, as its form or its chat was given up meanwhile, is left out and swept away.
    """
    waiting = await work.files.pending(file)
    if waiting is None:
        return
    _who, _attachment, case = waiting
    await work.files.stored(file, store, copy, mime, size)
    if case is not None and await _went_out(work, case, file):
        work.record(AnswerFilesFollow(case, files=str(file)))


async def not_fetched(work: Work, file: int, why: str) -> None:
    """Note that a file cannot be had for good; whoever sent it is told, where it belongs to a case."""
    waiting = await work.files.pending(file)
    if waiting is None:
        return
    _who, _attachment, case = waiting
    await work.files.failed(file, why)
    if case is None:
        return
    went_out = await _went_out(work, case, file)
    if went_out is None:
        work.record(FileFailed(case, file=file))
    else:
        work.record(AnswerFileFailed(case, file=file, given=went_out))


async def of_answer(work: Work, case: int) -> list[CaseFile]:
    """Return the files that belong to the newest answer or its draft, here or still to be fetched."""
    files = [file for file in await work.files.of_case(case) if file.side == OFFICE and file.state != "failed"]
    contested_at = await _contested_at(work, case) if files else None
    return [file for file in files if contested_at is None or file.at >= contested_at]


async def on_their_way(work: Work, case: int) -> list[CaseFile]:
    """Return the files of the newest answer that are still being fetched."""
    return [file for file in await of_answer(work, case) if file.state == "pending"]


async def of_earlier_drafts(work: Work, case: Case) -> list[CaseFile]:
    """Return the files of drafts before this one, which go out with it; none once the answer was given."""
    return [] if await is_given(work, case.id) else await of_answer(work, case.id)


async def leave_out(work: Work, case: Case) -> None:
    """Forget the files of earlier drafts; the case comes from `draft_answer`, which has asked whether he may write one."""
    for file in await of_earlier_drafts(work, case):
        await work.files.drop(file.id)


async def has_files(work: Work, case: int) -> bool:
    """Whether there are files, here or still to be fetched, that may prove the newest answer."""
    return bool(await of_answer(work, case))


async def may_send_more(work: Work, reader: Reader, ref: str, now: datetime, version: int | None = None) -> Case:
    """Return the case if this reader may send files of its answer: with a draft, or after he could have signed it.

    Raises `Refusal`, the same for missing and not yours.
    """
    case = await access_case(work, reader, ref, to=Action.DRAFT, version=version, now=now)
    if case.status is Status.WAIT_APPROVAL:
        return case
    case = await access_case(work, reader, ref, to=Action.ANSWER, now=now)
    if not await is_given(work, case.id):
        raise Refusal(_("Case {code} has no answer yet to which files belong. Please write the answer first.")(code=case.code))
    return case


async def send_more(work: Work, reader: Reader, ref: str, who: Who, draft: str, now: datetime) -> tuple[Case, int]:
    """Add the files of a form to the answer; return the case, and how many follow when they are fetched.

    With an answer that was given those that are here go to the citizen at once, the others as they come.
    """
    case = await may_send_more(work, reader, ref, now)
    files = await work.files.of_draft(who, draft)
    await work.files.attach(who, draft, case.id)
    here = [str(file.id) for file in files if file.state == "stored"]
    if here and await is_given(work, case.id):
        work.record(AnswerFilesFollow(case.id, acting(reader).id, files=" ".join(here)))
    return case, sum(file.state == "pending" for file in files)


async def is_given(work: Work, case: int) -> bool:
    """Whether the newest answer has gone out: the files of a draft wait for its signature."""
    answer = await work.cases.answer(case)
    return answer is not None and answer.given_at is not None


async def _went_out(work: Work, case: int, file: int) -> bool | None:
    """Whether the answer that a file belongs to has gone out; None if it belongs to none."""
    one = next((one for one in await work.files.of_case(case) if one.id == file and one.side == OFFICE), None)
    if one is None:
        return None
    contested_at = await _contested_at(work, case)
    return (contested_at is not None and one.at < contested_at) or await is_given(work, case)


async def _contested_at(work: Work, case: int) -> datetime | None:
    """Return when the answer before the newest was contested, None if none was; a case is looked at again once."""
    return next((event.at for event in await work.events_of(case) if event.name == CaseContested.__name__), None)
