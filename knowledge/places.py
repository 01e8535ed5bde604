"""Names in a text: federal states (also by their towns), countries, occupations, authorities, in all our languages.

Tolerant of inflection and typing slips ("u Bavarskoj", "в Баварии", "Bavyera'da", "nrw"). Names come from CLDR and
from `places/` and `occupations.yml`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

from knowledge.grams import fold
from knowledge.library import Library
from locales.languages import LANGUAGES

ARABIC_PREFIXES = re.compile(r"^(?:وال|بال|كال|فال|لل|ال|و|ب|ك|ف|ل)(?=\w{3,})")
APOSTROPHE = re.compile(r"['’ʼ]\w{1,6}")  # Turkish and Albanian endings after a name
LATIN = "\u024f"  # the last Latin letter; other scripts inflect by replacing the last letter
LONGEST = 4  # words in a name
NO_COUNTRY = ("DE", "EU", "UN", "EZ", "ZZ", "XA", "XB", "QO")  # codes of CLDR that nobody comes from, and Germany
KINDS = ("state", "country", "occupation", "authority")


@dataclass(frozen=True)
class Found:
    """A name found in a text: what kind, which id, and the words that said it."""

    kind: str
    id: str
    words: str


@dataclass(frozen=True)
class Hit:
    """A name at the words from `start` to `end` of a text; `exact`: said as it is written in a list."""

    start: int
    end: int
    exact: bool
    found: Found

    @property
    def score(self) -> int:
        return len(self.found.words.replace(" ", "")) + 3 * self.exact

    def swallows(self, other: Hit) -> bool:
        """Does this name make another one inside it a mistake? A longer name does, and an exact one a mere likeness."""
        inside = self.start <= other.start and other.end <= self.end
        longer = self.end - self.start > other.end - other.start
        return inside and (longer and (self.exact or not other.exact) or self.exact and not other.exact)


def stem(word: str) -> str:
    return ARABIC_PREFIXES.sub("", word)


def same(said: str, name: str) -> bool:
    """Is a word of a text a form of a word of a name? Endings may differ, and one slip in a long word.

    The shorter a name, the closer: "suis" is not Suisse, "estoy" no Estonian.
    """
    if said == name:
        return True
    if len(name) < 5 or len(said) < len(name) - 1 or len(said) > len(name) + 4:
        return False
    shared = next((i for i, (a, b) in enumerate(zip(said, name, strict=False)) if a != b), min(len(said), len(name)))
    other_end = len(name) - (2 if len(name) > 7 else 1 if len(name) > 5 or name[0] > LATIN else 0)
    if shared >= other_end and len(said) - shared <= 4:
        return True
    return len(name) >= 7 and abs(len(said) - len(name)) <= 1 and _one_slip(said, name)


def _one_slip(a: str, b: str) -> bool:
    """One letter more, less, other or swapped."""
    if a[0] != b[0]:
        return False
    i = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest = {(a[i + 1 :], b[i + 1 :]), (a[i:], b[i + 1 :]), (a[i + 1 :], b[i:])}
    swapped = len(a) == len(b) and a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
    return swapped or any(x == y for x, y in rest)


class Gazetteer:
    """All names of one published version of the knowledge."""

    def __init__(self, library: Library) -> None:
        self._by_start: dict[str, list[tuple[list[str], str, str]]] = defaultdict(list)
        for kind, names in _names(library).items():
            for id_, variants in names.items():
                for variant in {fold(v) for v in variants}:
                    words = [stem(w) for w in variant.split()]
                    if words and len(words) <= LONGEST and len(variant) > 1:
                        self._by_start[words[0][:3]].append((words, kind, id_))
        self._ordinary = set(library.other.get("places/ordinary.yml", []))
        self._cached = lru_cache(maxsize=64)(self._find)  # no store of what people write

    def find(self, text: str) -> list[Found]:
        """Names in a text, one per kind and id, longest names first."""
        return list(self._cached(text))

    def _find(self, text: str) -> tuple[Found, ...]:
        words = fold(APOSTROPHE.sub("", text)).split()
        stems = [stem(w) for w in words]
        best: dict[tuple[int, str], Hit] = {}
        for i, first in enumerate(stems):
            ordinary = words[i] in self._ordinary
            for name, kind, id_ in self._by_start.get(first[:3], ()):
                said = stems[i : i + len(name)]
                if ordinary and len(name) == 1:
                    continue
                if len(said) == len(name) and all(map(same, said, name)):
                    hit = Hit(i, i + len(name), said == name, Found(kind, id_, " ".join(words[i : i + len(name)])))
                    if (i, kind) not in best or hit.score > best[i, kind].score:
                        best[i, kind] = hit
        clear = [h for h in best.values() if not any(o.swallows(h) for o in best.values())]
        return tuple(dict.fromkeys(h.found for h in sorted(clear, key=lambda h: -h.score)))

    def only_names(self, text: str) -> bool:
        """Does a text say hardly more than names ("nrw", "in Bayern bitte")? Then it is an answer, not a question."""
        words = fold(APOSTROPHE.sub("", text)).split()
        said = {w for f in self.find(text) for w in f.words.split()}
        return bool(said) and len(words) <= 4 and len([w for w in words if w not in said and len(w) > 3]) <= 1


def _variants(entry: dict) -> Iterable[str]:
    for names in (entry.get("names") or {}).values():
        yield from map(str, names)
    yield from map(str, entry.get("towns") or [])
    for part in str(entry.get("name", "")).split("/"):
        yield part


def _names(library: Library) -> dict[str, dict[str, list[str]]]:
    """kind -> id -> names."""
    states = library.other.get("places/states.yml", {})
    names: dict[str, dict[str, list[str]]] = {k: defaultdict(list) for k in KINDS}
    for code, entry in states.items():
        names["state"][code] += _variants(entry)
    for language in LANGUAGES.values():
        for code, name in Locale.parse(language.cldr).territories.items():
            if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY:
                names["country"][code].append(name)
    for code, extra in library.other.get("places/countries.yml", {}).items():
        names["country"][str(code)] += map(str, extra)
    for id_, occupation in library.occupations.items():
        names["occupation"][id_] += [name for spoken in occupation.names.values() for name in spoken]
    for id_, entry in library.other.get("places/authorities.yml", {}).items():
        names["authority"][id_] += map(str, entry["names"])
    return names
