"""A text that names a paragraph and hardly more ("§ 18g", "was regelt 81a AufenthG") -> the topics that explain it.

Where more is said ("81a kosten"), the search decides.
"""

from __future__ import annotations

import re

from knowledge.library import Library

REFERENCE = re.compile(
    r"(?P<sign>§+|\b(?:section|sec\.|para(?:graph)?|paragraf)\b)?\s*(?P<number>\b\d{1,3}[a-g]?)\b"
    r"(?:\s*(?:abs(?:atz|\.)?|\()\s*(?P<part>\d)\)?)?",
    re.IGNORECASE,
)
BESIDE = re.compile(
    r"\b(?:was|ist|sind|regelt|regeln|bedeutet|heißt|heisst|steht|sagt|in|im|nach|der|die|das|oder|und|what|is|are|does|mean|say|"
    r"the|of|or|and|law|gesetz|erklären|erklaerung|erklärung|bitte|please|explain)\b|[^\w]+"
)
USUAL = "AufenthG"  # the law that is meant where none is named


class Paragraphs:
    """The legal references of one published version of the knowledge."""

    def __init__(self, library: Library) -> None:
        self._laws = library.other.get("legal_refs.yml", {})

    def find(self, text: str) -> list[str]:
        """Topics, where a text names paragraphs only. A bare number is none: it needs a sign, a letter or a law."""
        low = rest = text.lower()
        named = [law for law, e in self._laws.items() if any(_in(n, low) for n in [law, *e.get("names", [])])]
        for name in (n for law in named for n in [law, *self._laws[law].get("names", [])]):
            rest = rest.replace(name.lower(), " ")
        if BESIDE.sub("", REFERENCE.sub(" ", rest)):
            return []
        found: list[str] = []
        for match in REFERENCE.finditer(low):
            if not (match["sign"] or named or match["number"][-1].isalpha()):
                continue
            for law in named or [USUAL]:
                refs = self._laws.get(law, {}).get("paragraphs", {})
                topics = refs.get(f"{match['number']} Abs. {match['part']}") or refs.get(match["number"]) or []
                found += [topics] if isinstance(topics, str) else topics
        return list(dict.fromkeys(found))


def _in(name: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(name.lower())}\b", text) is not None
