"""Sentences become strings: translations, plurals, days, hours, numbers, and what must stay as somebody wrote it."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.catalogue import Catalogue
from bot.text import Text, _, as_is, joined, ngettext

HEADER = """
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: nplurals={forms}; plural={plural};\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""
WHOLE = """
msgid "Your case number is {ref}."
msgstr "Mã vụ việc của anh/chị là {ref}."

msgid "{count} case is open."
msgid_plural "{count} cases are open."
msgstr[0] "Có {count} vụ việc đang mở."

msgid "Answer by {day}."
msgstr "Trả lời trước {day}."
"""


def catalogue_of(folder: Path, body: str = WHOLE, language: str = "vi", forms: int = 1, plural: str = "0") -> Catalogue:
    po = folder / language / "LC_MESSAGES" / "messages.po"
    po.parent.mkdir(parents=True)
    po.write_text(HEADER.format(language=language, forms=forms, plural=plural) + body, "utf-8")
    return Catalogue(folder)


@pytest.fixture
def catalogue(tmp_path):
    return catalogue_of(tmp_path)


def both(catalogue: Catalogue, text: Text) -> tuple[str, str]:
    return catalogue.translator("vi")(text), catalogue.translator("en")(text)


def test_a_sentence_is_said_in_the_readers_language(catalogue):
    text = _("Your case number is {ref}.")(ref="K7QF-2M4X")
    assert both(catalogue, text) == ("Mã vụ việc của anh/chị là K7QF-2M4X.", "Your case number is K7QF-2M4X.")


def test_the_number_chooses_the_form(catalogue):
    one = ngettext("{count} case is open.", "{count} cases are open.", 1)
    many = ngettext("{count} case is open.", "{count} cases are open.", 3)
    assert both(catalogue, one) == ("Có 1 vụ việc đang mở.", "1 case is open.")
    assert both(catalogue, many) == ("Có 3 vụ việc đang mở.", "3 cases are open.")


def test_days_hours_and_numbers_are_written_as_each_language_does(catalogue):
    by = _("Answer by {day}.")
    assert both(catalogue, by(day=date(2026, 11, 27))) == (
        "Trả lời trước thứ Sáu, 27/11/2026.",
        "Answer by Friday, 27/11/2026.",
    )
    assert catalogue.translator("vi")(by(day=date(2026, 11, 29))) == "Trả lời trước Chủ nhật, 29/11/2026."
    assert both(catalogue, Text("{n}", (("n", 1500000),))) == ("1.500.000", "1,500,000")


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=14))])
def test_an_instant_is_shown_by_the_clock_of_vietnam(catalogue, zone):
    at = datetime(2026, 11, 26, 17, 30, tzinfo=UTC).astimezone(zone)
    assert both(catalogue, Text("{at}", (("at", at),))) == ("00:30 thứ Sáu, 27/11/2026", "00:30 Friday, 27/11/2026")


def test_an_instant_without_a_zone_is_a_bug(catalogue):
    with pytest.raises(ValueError, match="time zone"):
        catalogue.translator("en")(Text("{at}", (("at", datetime(2026, 11, 27)),)))


def test_a_sentence_inside_a_sentence_is_in_the_same_language(catalogue):
    whole = joined(_("Your case number is {ref}.")(ref="K7QF-2M4X"), Text(""), _("Answer by {day}.")(day="mai"), by=" ")
    assert catalogue.translator("vi")(whole) == "Mã vụ việc của anh/chị là K7QF-2M4X. Trả lời trước mai."


@pytest.mark.parametrize(
    "words", ["{x}", "{ref}", "{words}", "{p0}", "{0}", "{}", "{{ref}}", "%s %(ref)s", "{ref.__class__}", "\\1"]
)
def test_what_a_citizen_wrote_is_never_read_as_a_template(catalogue, words):
    say = catalogue.translator("vi")
    assert say(as_is(words)) == words
    assert say(_("Your case number is {ref}.")(ref=as_is(words))) == f"Mã vụ việc của anh/chị là {words}."
    assert say(joined(as_is(words), as_is("{p0}"))) == f"{words}\n{{p0}}"


def test_words_that_happen_to_be_a_sentence_of_ours_are_not_translated(catalogue):
    assert catalogue.translator("vi")(as_is("Answer by {day}.")) == "Answer by {day}."


def test_nothing_says_nothing_not_even_the_header_of_the_catalogue(catalogue):
    assert both(catalogue, Text("")) == ("", "")


def test_a_place_left_empty_is_a_bug(catalogue):
    with pytest.raises(KeyError):
        catalogue.translator("vi")(_("Your case number is {ref}."))


@pytest.mark.parametrize(
    "body",
    [
        WHOLE.replace("Trả lời trước {day}.", ""),
        WHOLE.replace("Có {count} vụ việc đang mở.", ""),
        WHOLE.replace('\nmsgid "Answer', '\n#, fuzzy\nmsgid "Answer'),
    ],
    ids=["untranslated", "plural untranslated", "fuzzy"],
)
def test_a_language_is_offered_only_when_it_is_whole(tmp_path, body):
    catalogue = catalogue_of(tmp_path, body)
    assert catalogue.languages() == ["en"]
    assert catalogue.translator("vi")(_("Answer by {day}.")(day="noon")) == "Answer by noon."


def test_a_language_that_babel_does_not_know_is_offered_too(tmp_path):
    catalogue = catalogue_of(tmp_path, 'msgid "Answer by {day}."\nmsgstr "Tó {day}."', language="tyz")
    assert catalogue.languages() == ["en", "tyz"]
    assert catalogue.translator("tyz")(_("Answer by {day}.")(day=date(2026, 11, 27))) == "Tó thứ Sáu, 27/11/2026."


def test_a_language_with_more_forms_uses_them_all(tmp_path):
    body = 'msgid "{count} case is open."\nmsgid_plural "{count} cases are open."\nmsgstr[0] "{count} A"\nmsgstr[1] "{count} B"'
    catalogue = catalogue_of(tmp_path, body, language="fr", forms=2, plural="n>1")
    said = [catalogue.translator("fr")(ngettext("{count} case is open.", "{count} cases are open.", n)) for n in (0, 1, 2)]
    assert said == ["0 A", "1 A", "2 B"]


def test_vietnamese_is_offered():
    assert Catalogue().languages() == ["en", "vi"]
