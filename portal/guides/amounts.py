"""Numbers and days as people write them, in the languages we understand."""

from __future__ import annotations

import datetime as dt
import re

from babel import Locale

from knowledge.grams import fold
from locales.languages import LANGUAGES

NUMBER = re.compile(r"(?<![^\W\d_])\d{1,3}(?:[.,'\s\u00a0]\d{3})+(?!\d)|(?<![^\W\d_])\d+(?:[.,]\d{1,2})?")
THOUSAND = re.compile(
    r"\s?(?:k|tsd|tausend|thousand|mil|mille|mila|bin|тыс\w*|тис\w*|hiljad\w*|tys\w*|mije|mii|ألف|الف|هزار|nghin|ngan|हज़ार|हजार|libo)\b",
    re.I,
)
SPELT = (
    "ein eine einem one", "zwei two dos iki dva два deux", "drei three tres üç uc tri три trois", "vier four", "funf five cinco beş bes pet пять cinq",
    "sechs six", "sieben seven", "acht eight", "neun nine", "zehn ten diez on deset десять dix", "elf eleven", "zwolf twelve",
    "dreizehn thirteen", "vierzehn fourteen", "funfzehn fifteen", "sechzehn sixteen", "siebzehn seventeen", "achtzehn eighteen",
    "neunzehn nineteen", "zwanzig twenty",
)  # fmt: skip
ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
DOTTED = re.compile(r"\b(\d{1,2})\s?[./]\s?(\d{1,2})\s?[./]\s?(\d{4}|\d{2})\b")
WORDED = re.compile(r"\b(?:(\d{1,2})\.?\s+(?:de\s+)?)?([^\W\d_]{3,})\.?\s+(?:de\s+)?(\d{4})\b")


def fold_keeping(text: str) -> str:
    """Folded, with the space it begins with."""
    return (" " if text[:1].isspace() else "") + fold(text)


def number(text: str) -> float | None:
    """The first number of a text, as people write it: 50.000, 50,000, 50 000, 50k, seven."""
    spelt = next((n for n, words in enumerate(SPELT, 1) if set(words.split()) & set(fold(text).split())), None)
    western = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    found = NUMBER.search(western)
    if found is None:
        return spelt
    digits = re.sub(r"[.,'\s\u00a0](?=\d{3}(?!\d))", "", found[0]).replace(",", ".")
    value = float(digits)
    return value * 1000 if value < 1000 and THOUSAND.match(fold_keeping(western[found.end() :])) else value


def date(text: str) -> dt.date | None:
    """The day a text names: 2027-03-01, 1.3.2027, 1. März 2027, March 2027 (its first day).

    Raises ValueError for a day that does not exist, such as 29 February in most years.
    """
    text = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    if found := ISO.search(text):
        return dt.date(*(int(g) for g in found.groups()))
    if found := DOTTED.search(text):
        day, month, year = (int(g) for g in found.groups())
        return dt.date(year + 2000 if year < 100 else year, month, day)
    for found in WORDED.finditer(text):
        if named := MONTHS.get(fold(found[2])):
            return dt.date(int(found[3]), named, int(found[1] or 1))
    return None


def _months() -> dict[str, int]:
    names: dict[str, int] = {}
    for language in LANGUAGES.values():
        for context in ("format", "stand-alone"):
            for number_, name in Locale.parse(language.cldr).months[context]["wide"].items():
                names.setdefault(fold(name), number_)
    return names


MONTHS = _months()
