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


@lru_cache(maxsize=4096)
def detect(text: str, usual: str = "") -> str | None:
    """The language of a message, or None where it is too short or too mixed to tell.

    `usual` is the language of the conversation so far: it wins over a close call.
    """
    words = re.findall(r"[^\W\d_]{2,}", text)
    if len(words) < 2 and not (words and ord(words[0][0]) > 0x24F):
        return None
    detector, mine = _detector()
    values = detector.compute_language_confidence_values(text[:400])
    if not values:
        return None
    best = values[0]
    mine_usual = next((v.value for v in values if mine[v.language] == usual), 0.0)
    if mine_usual > 0.25 and (best.value < 0.75 or len(words) < 4):
        return usual
    return mine[best.language] if best.value >= SURE or len(words) >= 5 else None
