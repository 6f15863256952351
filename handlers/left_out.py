"""Files that cannot be kept: seen at once by what the messenger says of them, and told once, after the last of an album."""

from __future__ import annotations

import json
from pathlib import PurePath

from bot.dialogue.values import Attachment
from bot.domain.cases import CaseFile
from bot.text import Text, _, joined, ngettext
from handlers.turn import Turn

MOST_FILES = 20
MEGABYTE = 2**20
# Telegram hands over no more than this of any file.
LARGEST = 20 * MEGABYTE

EMPTY, LARGE, PACKED, WRONG, MANY = "empty", "large", "packed", "wrong", "many"
WHY = {
    EMPTY: _("This file is empty. Please send it again."),
    LARGE: _("This file is larger than {limit} MB. Please send a smaller one, or tell us in words what it shows.")(
        limit=LARGEST // MEGABYTE
    ),
    PACKED: _("We do not open packed files such as ZIP or RAR. Please send the files in it one by one."),
    WRONG: _("We cannot take this kind of file. Please send a photo, a video, a voice message, a PDF, or a Word or Excel file."),
}
# Only what is never taken, so that nothing is refused here that its bytes would have let through (`bot.files.sniff`).
_ENDINGS = {
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".iso"), PACKED),
    **dict.fromkeys((".exe", ".msi", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".jar", ".apk", ".ipa"), WRONG),
    **dict.fromkeys((".dll", ".sh", ".dmg", ".deb", ".lnk", ".hta", ".py", ".php", ".html", ".htm", ".svg", ".xml"), WRONG),
    **dict.fromkeys((".docm", ".xlsm", ".doc", ".xls", ".ppt", ".pptx", ".rtf", ".odt", ".ods"), WRONG),
}
_TYPES = {
    **dict.fromkeys(("application/vnd.rar", "application/x-rar-compressed", "application/x-7z-compressed"), PACKED),
    **dict.fromkeys(("application/x-msdownload", "application/x-msdos-program", "application/x-ms-dos-executable"), WRONG),
    **dict.fromkeys(("application/vnd.android.package-archive", "application/java-archive", "application/x-sh"), WRONG),
    **dict.fromkeys(("text/html", "text/javascript", "application/javascript", "image/svg+xml"), WRONG),
}
_NOTE = "left_out"


def why_not(file: Attachment) -> str:
    """Return why a file can surely not be kept, a key of `WHY`; "" while nothing is known against it. Its bytes are not seen."""
    if file.size == 0:
        return EMPTY
    if file.size is not None and file.size > LARGEST:
        return LARGE
    ending = PurePath(file.name.strip().casefold()).suffix
    return _ENDINGS.get(ending) or _TYPES.get(file.mime.partition(";")[0].strip().casefold(), "")


def leave_out(turn: Turn, why: str) -> None:
    """Note that a file was not kept."""
    counts = json.loads(turn.session.notes.get(_NOTE, "{}"))
    counts[why] = counts.get(why, 0) + 1
    turn.session.notes[_NOTE] = json.dumps(counts)


def sift(turn: Turn, files: tuple[Attachment, ...], already: int) -> tuple[Attachment, ...]:
    """Return those of the files that can be kept where `already` are, and note the others."""
    kept: list[Attachment] = []
    for file in files:
        why = why_not(file) or (MANY if already + len(kept) >= MOST_FILES else "")
        if why:
            leave_out(turn, why)
        else:
            kept.append(file)
    return tuple(kept)


def left_out(turn: Turn, words_kept: bool) -> Text | None:
    """Return once which files were not kept and why, and that the words were; None if all were kept."""
    counts: dict[str, int] = json.loads(turn.session.notes.pop(_NOTE, "{}"))
    if not counts:
        return None
    lines = [words for why, words in WHY.items() if why in counts]
    if MANY in counts:
        too_many = ngettext(
            "We take at most {most} files; {count} of those you just sent was not kept.",
            "We take at most {most} files; {count} of those you just sent were not kept.",
            counts[MANY],
        )
        lines.append(too_many(most=MOST_FILES))
    if words_kept:
        lines.append(_("Your words were kept."))
    return joined(*lines, by=" ")


def readable(files: list[CaseFile]) -> int:
    """Return how many files count: those that could not be had do not."""
    return sum(file.state != "failed" for file in files)
