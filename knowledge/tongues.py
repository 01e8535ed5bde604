"""Which of our languages is a message written in? Never guessed from one word such as "NRW"."""

from __future__ import annotations

import re
from functools import lru_cache

from locales.languages import LANGUAGES

SURE = 0.55
NAMES = {"tl": "TAGALOG"}


@lru_cache(maxsize=1)
def _detector():
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

    mine = {}
    for tag in LANGUAGES:
        code = getattr(IsoCode639_1, tag.upper(), None)
        if code is not None:
            mine[Language.from_iso_code_639_1(code)] = tag
    return LanguageDetectorBuilder.from_languages(*mine).build(), mine


@lru_cache(maxsize=64)  # no store of what people write
def _confidences(text: str) -> dict[str, float]:
    """Our languages by how well a text fits them, best first; those whose script it is not in are left out."""
    detector, mine = _detector()
    values = detector.compute_language_confidence_values(text[:400])
    return {mine[v.language]: v.value for v in values if v.value > 0}


def foreign(text: str) -> bool:
    """Is a text in a script that none of our languages is written in?"""
    return any(c.isalpha() for c in text) and not _confidences(text)


def detect(text: str, usual: str = "") -> str | None:
    """The language of a message, or None where it is too short or too mixed to tell.

    `usual` is the language of the conversation so far: it wins over a close call.
    """
    words = re.findall(r"[^\W\d_]{2,}", text)
    if len(words) < 2 and not (words and ord(words[0][0]) > 0x24F):
        return None
    found = _confidences(text)
    if not found:
        return None
    best = next(iter(found))
    if found.get(usual, 0.0) > 0.25 and (found[best] < 0.75 or len(words) < 4):
        return usual
    return best if found[best] >= SURE or len(words) >= 5 else None
