"""What passes a translation as it is: figures, paragraphs, addresses, and the German words of the law in brackets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from knowledge.library import FOLDER
from knowledge.schema import Term, parse

MARK = re.compile(r"(?i)q\s?z\s?(\d+)\s?z")  # how a mark may come back
KEPT = re.compile(
    r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|§§?\s*\d+[a-z]?(?:\s*(?:Abs\.|Absatz|Satz|Nr\.|Nummer|S\.|,|und|oder|bis|–|-)\s*\d+[a-z]?\b)*"
    r"(?:\s+[A-ZÄÖÜ][a-zäöüß]*[A-Z]\w*)?"  # AufenthG
    r"|[A-Za-z]*\d+[A-Za-z0-9]*(?:[.,:/-]\d+)*"  # 53.500, 12.03.2026, B2, 48h
)
ENDING = r"(?:s|es|e|en|n|er|nen)?"


@lru_cache(maxsize=1)
def shipped() -> dict[str, Term]:
    return parse("glossary.yml", (FOLDER / "glossary.yml").read_text(encoding="utf-8"), dict[str, Term])


_words: dict[str, re.Pattern[str]] = {}


def words(glossary: Mapping[str, Term]) -> list[tuple[str, re.Pattern[str]]]:
    """The German words of the law with how they stand in a sentence, the longest first."""
    names = {name for term in glossary.values() if term.law for name in (term.term, *term.aliases)}
    return [(name, pattern(name)) for name in sorted(names, key=lambda name: (-len(name), name))]


def pattern(name: str) -> re.Pattern[str]:
    """A word with its endings ("beschleunigtes Verfahren": also "beschleunigten Verfahrens"); a short form as it is."""
    if name not in _words:
        parts = [
            re.escape(part) if part.isupper() or len(part) < 4
            else re.escape(re.sub(r"(?<=\w{4})e[srnm]?$", "", part) if part.islower() else part) + ENDING
            for part in name.split()
        ]  # fmt: skip
        _words[name] = re.compile(r"(?<![\w-])" + r"\s+".join(parts) + r"(?![\w-])")
    return _words[name]


def mark(text: str, terms: Any) -> tuple[str, list[str]]:
    """The text with marks, and what each stands for: a figure as it is, a law term's German word in brackets behind its first use."""
    if MARK.search(text):
        return text, []
    found: list[tuple[int, int, str]] = [(m.start(), m.end(), m[0].rstrip(".,;:!?)")) for m in KEPT.finditer(text)]
    found = [(start, start + len(what), what) for start, _, what in found]
    taken = [(start, end) for start, end, _ in found]
    for name, how in terms:
        m = next((m for m in how.finditer(text) if all(m.end() <= a or m.start() >= b for a, b in taken)), None)
        if m:
            taken.append(m.span())
            found.append((m.end(), m.end(), f"({name})"))
            taken += [x.span() for x in how.finditer(text)]  # a shorter word within a later use is no first use
    marks: list[str] = []
    out, at = "", 0
    for start, end, what in sorted(found):
        gap = " " if what.startswith("(") else ""
        out += text[at:start] + f"{gap}QZ{len(marks)}Z"
        marks.append(what)
        at = end
    return out + text[at:], marks


def unmark(said: str, marks: list[str]) -> str | None:
    """The translation with everything in its place; None where the server lost or doubled a mark."""
    if sorted(int(m[1]) for m in MARK.finditer(said)) != list(range(len(marks))):
        return None
    put: Callable[[re.Match[str]], str] = lambda m: marks[int(m[1])]  # noqa: E731
    whole = MARK.sub(put, said)
    for what in marks:
        if what.startswith("("):  # the server left the German word: it needs no brackets
            whole = re.sub(rf"(?i)({re.escape(what[1:-1])}) ?{re.escape(what)}", r"\1", whole)
    return whole
