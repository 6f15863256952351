"""When something happened, as people type it: "hôm qua", "sang nay", "15/9 lúc 8h30", "last Monday"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.deadlines import VIETNAM, in_vietnam
from bot.domain.folding import fold

# After five years an official can no longer be reprimanded, and what was seen can hardly be checked (NĐ 234/2026 art. 8).
OLDEST_YEARS = 5
# Clocks differ, and a conversation takes a while.
TOLERANCE = timedelta(minutes=10)

_WEEKDAYS = {
    "thu hai": 0, "thu 2": 0, "thu ba": 1, "thu 3": 1, "thu tu": 2, "thu 4": 2, "thu nam": 3, "thu 5": 3, "thu sau": 4,
    "thu 6": 4, "thu bay": 5, "thu 7": 5, "chu nhat": 6, "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4,
    "saturday": 5, "sunday": 6,
}  # fmt: skip
_NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
}  # fmt: skip

# Days from today: the words with tone marks, without them, and in English. In a text with tone marks the words without them
# do not count: "tôi qua" is "I came by", "tối qua" is last night.
_RELATIVE = tuple(
    (re.compile(rf"\b(?:{marked})(?!\w)"), re.compile(rf"\b(?:{plain})(?!\w)"), re.compile(rf"\b(?:{english})(?!\w)"), days)
    for marked, plain, english, days in (
        (
            "(?:sáng|trưa|chiều|tối|đêm|hôm) nay|(?:vừa|mới) (?:nãy|xong|rồi)|ban nãy|bây giờ|lúc nãy",
            "(?:sang|trua|chieu|toi|dem|hom) nay|vua nay|(?:vua|moi) (?:xong|roi)|ban nay|bay gio|luc nay",
            "today|tonight|this (?:morning|noon|afternoon|evening)|just now|right now",
            0,
        ),
        (
            "(?:sáng|trưa|chiều|tối|đêm|hôm) (?:hôm )?qua",
            "(?:sang|trua|chieu|dem|hom) (?:hom )?qua|toi hom qua|toi qua(?=$|[,.;]| luc| khoang| tai| o )",
            "yesterday|last night",
            -1,
        ),
        ("hôm kia", "hom kia", "day before yesterday", -2),
        (
            "(?:ngày|sáng|trưa|chiều|tối|đêm|hôm) mai",
            "(?:ngay|sang|trua|chieu|dem|hom) mai|toi mai(?=$|[,.;]| luc)",
            "tomorrow",
            1,
        ),
        ("ngày (?:kia|mốt)", "ngay (?:kia|mot)", "day after tomorrow", 2),
    )
)
# Mai alone is tomorrow; within a sentence it is far more often a name.
_TOMORROW = re.compile(r"\W*(?:mai|mốt|mot|mai mốt|mai mot)\W*(?:(?:lúc|luc|nhé|nhe|này|nay)\b.*)?")
_LATER = re.compile(r"\b(?:tuần|tháng|năm) (?:sau|tới)\b|\b(?:tuan|thang) (?:sau|toi)\b|\bnext (?:week|month|year)\b")

# A house number is no date: "số 15/9 đường Trần Phú".
_NUMERIC = re.compile(
    r"(?<![\w/.,-])(?P<day>[0-3]?\d)\s?[/.-]\s?(?P<month>[01]?\d)(?:\s?[/.-]\s?(?P<year>\d{4}|\d{2}))?(?![\w/]|[.-]\d)"
)
_ISO = re.compile(r"(?<![\w/.-])(?P<year>[12]\d{3})-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?![\w/-])")
_ADDRESS_BEFORE = re.compile(
    r"\b(?:số|so|nhà|nha|hẻm|hem|ngõ|ngo|ngách|ngach|kiệt|kiet|tổ|phòng|phong|quầy|quay|no|number)\.?\s*$"
)
_ADDRESS_AFTER = re.compile(r"^\s*(?:đường|duong|phố|pho|hẻm|hem|ngõ|ngo|street)\b")
_LAST_YEAR = re.compile(r"\s*(?:năm (?:ngoái|trước)|nam (?:ngoai|truoc)|last year)\b")
_SPOKEN = re.compile(
    r"\b(?:ngày|ngay|mùng|mung|mồng|mong)\s+(?P<day>\d{1,2})(?:\s+(?:tháng|thang)\s+(?P<month>\d{1,2}))"
    r"(?:\s*(?:,|năm|nam)?\s*(?P<year>\d{4}))?"
)
_MONTH_YEAR = re.compile(
    r"\b(?:tháng|thang)\s+(?P<month>\d{1,2})\s*(?:/|năm|nam|-)\s*(?P<year>\d{4})|(?<![\w/])(?P<m>[01]?\d)/(?P<y>\d{4})(?![\w/])"
)
_YEAR = re.compile(r"\b(?:năm|nam|in)\s+(?P<year>(?:19|20)\d{2})\b")
_AGO = re.compile(r"\b(?P<n>\d{1,3}|[a-z]+) (?P<what>ngay|hom|tuan|thang|days?|weeks?|months?) (?:truoc|ago)\b")
_SINCE = re.compile(r"\bcach (?:day|nay) (?:khoang |chung )?(?P<n>\d{1,3}|[a-z]+) (?P<what>ngay|hom|tuan|thang)\b")
_DAYS_IN = {"ngay": 1, "hom": 1, "day": 1, "days": 1, "tuan": 7, "week": 7, "weeks": 7}

_CLOCK = re.compile(
    r"(?<![\w/])(?P<hour>[01]?\d|2[0-4])\s?(?:(?:h|giờ|gio|g)\s?(?P<minute>[0-5]\d)?(?:p|')?|:(?P<colon>[0-5]\d)|(?=\s?[ap]m\b))"
    r"(?P<half>\s?(?:rưỡi|ruoi))?\s?(?P<part>sáng|sang|trưa|trua|chiều|chieu|tối|toi|đêm|dem|am|pm)?(?![\w/])"
)
_AFTERNOON = {"chieu", "toi", "dem", "pm", "trua"}


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, as far as the words say it.

    `day` None: they name no single day. `hour` None: no time of day. `guessed`: the year was not said and this year's day is
    still to come, so last year's was taken; better ask.
    """

    day: date | None = None
    hour: time | None = None
    guessed: bool = False


class InTheFuture(Exception):
    """The only time that the words name is still to come."""


class LongPast(Exception):
    """The only time that the words name is more than OLDEST_YEARS ago."""


class NoSuchDay(Exception):
    """The only day that the words name is not in the calendar, as 31/2."""


def read_moment(words: str, now: datetime) -> Moment:
    """Return the moment that words tell of, seen from `now` (aware); without any, `Moment()`.

    Days are civil days in Vietnam. The first time named that is neither in the future nor long past counts. Raises InTheFuture,
    LongPast or NoSuchDay when every time named is one of these.
    """
    here = in_vietnam(now)
    text = " ".join(words.lower().split())
    hour, rest = _hour(text)
    wrong: Exception | None = None
    for day, guessed in _days(rest, here.date()):
        error = _misfit(day, hour, here)
        if error is None:
            return Moment(day, hour, guessed)
        wrong = wrong or error
    for first, last in _spans(rest):
        if first > here.date():
            wrong = wrong or InTheFuture()
        elif last < _oldest(here.date()):
            wrong = wrong or LongPast()
        else:
            return Moment(None, hour)
    if wrong is None and (_LATER.search(rest) or _TOMORROW.fullmatch(rest)):
        wrong = InTheFuture()
    if wrong is not None:
        raise wrong
    return Moment(None, hour)


def _misfit(day: date | None, hour: time | None, here: datetime) -> Exception | None:
    """Return what is wrong with a day and time; `day` None is one that is not in the calendar."""
    if day is None:
        return NoSuchDay()
    if day < _oldest(here.date()):
        return LongPast()
    if day > here.date():
        return InTheFuture()
    if day == here.date() and hour is not None and datetime.combine(day, hour, VIETNAM) > here + TOLERANCE:
        return InTheFuture()
    return None


def _oldest(today: date) -> date:
    return today.replace(year=today.year - OLDEST_YEARS, day=min(today.day, 28))


def _days(text: str, today: date) -> Iterator[tuple[date | None, bool]]:
    """Give the single days that a text names, plain dates first; None for one that the calendar does not have."""
    for found in _ISO.finditer(text):
        yield _date(int(found["day"]), int(found["month"]), int(found["year"])), False
    for pattern in (_NUMERIC, _SPOKEN):
        for found in pattern.finditer(text):
            if _ADDRESS_BEFORE.search(text[: found.start()]) or _ADDRESS_AFTER.search(text[found.end() :]):
                continue
            year = found["year"] or (str(today.year - 1) if _LAST_YEAR.match(text[found.end() :]) else None)
            yield _with_year(int(found["day"]), int(found["month"]), year, today)
    plain = fold(text)
    yield from ((day, False) for day in _weekdays(plain, today))
    for pattern in (_AGO, _SINCE):
        for found in pattern.finditer(plain):
            number = int(found["n"]) if found["n"].isdecimal() else _NUMBERS.get(found["n"])
            days = _DAYS_IN.get(found["what"])
            if number and days:
                yield today - timedelta(days=number * days), False
    for with_marks, without, english, days in _RELATIVE:
        if (without if text.isascii() else with_marks).search(text) or english.search(text):
            yield today + timedelta(days=days), False


def _weekdays(plain: str, today: date) -> Iterator[date]:
    """Give the days of the weekdays that are named: the last of that name, or last week's for "tuần trước".

    "Lần thứ hai" is the second time, not a Monday.
    """
    for name, number in _WEEKDAYS.items():
        found = re.search(rf"(?<!lan )\b{name}\b(?P<week> tuan truoc)?", plain)
        if not found:
            continue
        back = (today.weekday() - number) % 7
        if found["week"]:
            back = today.weekday() - number + 7
        elif back == 0 and re.search(rf"\blast {name}\b|\b{name} (?:truoc|vua roi|roi|vua qua)\b", plain):
            back = 7
        yield today - timedelta(days=back)


def _spans(text: str) -> Iterator[tuple[date, date]]:
    """Give the first and last day of months and years that a text names."""
    for found in _MONTH_YEAR.finditer(text):
        month, year = int(found["month"] or found["m"]), int(found["year"] or found["y"])
        if 1 <= month <= 12 and year >= 1900:
            first = date(year, month, 1)
            yield first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for found in _YEAR.finditer(text):
        yield date(int(found["year"]), 1, 1), date(int(found["year"]), 12, 31)


def _with_year(day: int, month: int, year: str | None, today: date) -> tuple[date | None, bool]:
    if year is not None:
        return _date(day, month, int(year) + (2000 if len(year) == 2 else 0)), False
    this = _date(day, month, today.year)
    if this is None or this <= today:
        return this, False
    return _date(day, month, today.year - 1), True


def _date(day: int, month: int, year: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _hour(text: str) -> tuple[time | None, str]:
    """Return the time of day that a text names, and the text without it."""
    found = _CLOCK.search(text)
    if not found:
        return None, text
    hour, minute = int(found["hour"]), int(found["minute"] or found["colon"] or (30 if found["half"] else 0))
    if fold(found["part"] or "") in _AFTERNOON and 1 <= hour < 12 and not (fold(found["part"]) == "trua" and hour > 3):
        hour += 12
    # "8h sáng nay" names the part of the day for the day too.
    cut = found.start("part") if found["part"] else found.end()
    return time(hour % 24, minute), f"{text[: found.start()]} {text[cut:]}"
