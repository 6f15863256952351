"""What somebody said outside any form, kept in his session until we know what it is for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from bot.dialogue.drafts import begin, remember
from bot.dialogue.prompts import Begin
from bot.dialogue.values import Attachment, Session
from handlers.flows.office import OFFICE_SIDE
from handlers.left_out import readable, sift
from handlers.turn import Turn

MOST_CHARACTERS = 12_000
# The answer "it is in the files", by a button; a typed one never begins like this.
IN_FILES = "_files"

# What a member of staff wrote an hour ago is hardly what he now wants to send as a citizen.
RECENT = timedelta(hours=1)
_WORDS, _FILES, _MESSAGE, _AT = "kept_words", "kept_files", "kept_message", "kept_at"


@dataclass(frozen=True, slots=True)
class Kept:
    """Words and files; `message_key` is that of the message if there was but one, so that editing it edits the answer."""

    words: str = ""
    files: tuple[Attachment, ...] = ()
    message_key: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.files)


NOTHING = Kept()


def keep(turn: Turn, words: str, files: tuple[Attachment, ...], message_key: str = "") -> None:
    """Add words and files to what is kept; words beyond the limit are cut, files that do not fit are told by `left_out`."""
    session = turn.session
    before = kept(session)
    session.notes[_WORDS] = "\n".join(part for part in (before.words, words.strip()) if part)[:MOST_CHARACTERS]
    fit = sift(turn, files, len(before.files))
    session.notes[_FILES] = json.dumps([asdict(file) for file in before.files + fit])
    session.notes[_AT] = turn.now.isoformat()
    session.notes[_MESSAGE] = message_key if words and not before.words else ""


def kept(session: Session) -> Kept:
    """Return what is kept."""
    files = tuple(Attachment(**file) for file in json.loads(session.notes.get(_FILES, "[]")))
    return Kept(session.notes.get(_WORDS, ""), files, session.notes.get(_MESSAGE, ""))


def take(session: Session) -> Kept:
    """Return what is kept, and keep it no longer."""
    taken = kept(session)
    drop(session)
    return taken


def take_recent(turn: Turn) -> Kept:
    """Return what was kept lately, and keep nothing any longer."""
    at = turn.session.notes.get(_AT)
    recent = at is not None and turn.now - datetime.fromisoformat(at) <= RECENT
    taken = take(turn.session)
    return taken if recent else NOTHING


def drop(session: Session) -> None:
    """Forget what is kept."""
    for note in (_WORDS, _FILES, _MESSAGE, _AT):
        session.notes.pop(note, None)


async def open_with(turn: Turn, opening: Begin, said: Kept, key: str) -> Begin:
    """Open a form in which what was said already is the answer to `key`, its files with it."""
    known = {**opening.known, key: said.words or IN_FILES} if said else opening.known
    begin(turn.session, replace(opening, known=known))
    remember(turn.session, said.message_key, key)
    await keep_files(turn, turn.session.draft, said.files)
    return Begin(opening.flow, first=opening.first)


async def keep_files(turn: Turn, draft: str, files: tuple[Attachment, ...]) -> int:
    """Keep references of files with a draft and return how many there are; those that cannot be kept are told by `left_out`."""
    already = readable(await turn.work.files.of_draft(turn.who, draft))
    fit = sift(turn, files, already)
    for file in fit:
        await turn.work.files.add(turn.who, file, draft, None, side_of(turn.session.flow), turn.now)
    return already + len(fit)


def side_of(flow: str) -> str:
    """Return whose files a form takes."""
    return "office" if flow in OFFICE_SIDE else "citizen"
