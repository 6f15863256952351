"""Turns sentences into the reader's language: the catalogues of `locales/`, and how each language writes days and numbers."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.text import Text, Value

SOURCE_LANGUAGE = "en"
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

Translate = Callable[[Text], str]

_PLACE = re.compile(r"\{(\w+)\}")


class Catalogue:
    """Every language the bot speaks: English, in which the sentences are written, and each one that is wholly translated.

    `folder` holds `<language>/LC_MESSAGES/messages.po`; without it the one beside this package, in a checkout and an
    installed wheel alike. A file is read once per process, and again when it has changed. Raises Babel's PoFileError for a
    broken catalogue.
    """

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or Path(str(files("locales")))
        self._languages = {SOURCE_LANGUAGE: _Language(SOURCE_LANGUAGE, gettext.NullTranslations())}
        for po in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
            if (language := _language(po, po.stat().st_mtime_ns)) is not None:
                self._languages[language.code] = language

    def languages(self) -> list[str]:
        """Return the codes of the languages that are offered, English first."""
        return list(self._languages)

    def translator(self, language: str) -> Translate:
        """Return what turns a sentence into that language; one that is not offered (any more) reads as English."""
        return self._languages.get(language, self._languages[SOURCE_LANGUAGE]).say


def read_catalog(po: Path) -> Catalog:
    """Return what a `.po` file holds. Raises Babel's PoFileError where it is broken."""
    with po.open("rb") as lines:
        return read_po(lines, abort_invalid=True)


def unfinished(catalog: Catalog) -> list[Message]:
    """Return the messages without a translation in every form, or marked fuzzy; a language with any is not offered."""
    return [message for message in catalog if message.id and (message.fuzzy or not _translated(message))]


def _translated(message: Message) -> bool:
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(forms) and all(forms)


@cache
def _language(po: Path, _changed_at: int) -> _Language | None:
    """Return what a file says, None while it is unfinished; reading one takes a tenth of a second, and many want it."""
    catalog = read_catalog(po)
    return None if unfinished(catalog) else _Language(po.parent.parent.name, _compiled(catalog))


def _compiled(catalog: Catalog) -> gettext.NullTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class _Language:
    """One language: its sentences, and how it writes days, hours and numbers."""

    def __init__(self, code: str, sentences: gettext.NullTranslations) -> None:
        self.code = code
        self.sentences = sentences
        try:
            self.locale = Locale.parse(code)
        except UnknownLocaleError:
            # Babel knows no Tày or Nùng; their speakers read Vietnamese days and numbers.
            self.locale = Locale("vi")
        names = self.locale.days["format"]["wide"]
        # A weekday stands inside a sentence: "thứ Sáu", where Babel writes "Thứ Sáu"; and "Chủ nhật", where it writes "Chủ Nhật".
        vietnamese = self.locale.language == "vi"
        self.weekdays = [names[n].replace("Thứ ", "thứ ").replace("Nhật", "nhật") if vietnamese else names[n] for n in range(7)]

    def say(self, text: Text) -> str:
        """Return the sentence in this language, its places filled. Raises KeyError for a place without a value.

        What is filled in is never read as a template again, so that a citizen's "{x}" stays what it is.
        """
        if not text.message:
            return ""
        if text.local:
            return dict(text.local).get(self.code, dict(text.local)["en"])
        if text.count is None:
            sentence = self.sentences.gettext(text.message)
        else:
            sentence = self.sentences.ngettext(text.message, text.plural, text.count)
        values = dict(text.values)
        return _PLACE.sub(lambda place: self.written(values[place[1]]), sentence)

    def written(self, value: Value) -> str:
        """Return a value as this language writes it; an instant as the clock of Vietnam shows it. A year goes in as text."""
        if isinstance(value, str):
            return value
        if isinstance(value, Text):
            return self.say(value)
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("An instant without a time zone cannot be shown.")
            local = value.astimezone(VIETNAM)
            return f"{local:%H:%M} {self.written(local.date())}"
        if isinstance(value, date):
            return f"{self.weekdays[value.weekday()]}, {value:%d/%m/%Y}"
        return format_decimal(value, locale=self.locale)
