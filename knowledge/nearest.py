"""Free answers to the guides' questions, in any language: the option whose words are nearest in meaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge.encoder import Vectors
from knowledge.library import Library
from knowledge.search import Search

LANGUAGES = ("de", "en")  # in which options and occupations are compared; the model carries the others over
WORDS_EACH = 8  # other words of an option: those that come first are German and English
NAMES_EACH = 4  # names of an occupation and language
NEAR = 0.5  # likeness from which an option is taken
AHEAD = 0.08  # and by how much it leads
RELATED = 0.3  # likeness from which an occupation is offered


@dataclass
class Answers:
    """Vectors of all options and occupations of one published version of the knowledge."""

    rows: dict[str, tuple[list[str], np.ndarray]]

    @classmethod
    def build(cls, library: Library, vectors: Vectors, search: Search) -> Answers:
        lines: list[tuple[str, str, str, str]] = []  # fact, value, language, text
        for name, fact in library.facts.items():
            if fact.kind != "choice":
                continue
            for value, o in fact.options.items():
                lines += [
                    (name, value, language, getattr(o, language))
                    for language in LANGUAGES
                    if "{" not in getattr(o, language)
                ]
                lines += [(name, value, "", word) for word in o.said[:WORDS_EACH]]
        for id_, occupation in library.occupations.items():
            lines += [("occupation", id_, la, n) for la in LANGUAGES for n in occupation.names.get(la, [])[:NAMES_EACH]]
        raw = vectors.of([text for *_, text in lines]) if lines else np.zeros((0, 0), np.float32)
        rows: dict[str, tuple[list[str], list[np.ndarray]]] = {}
        for (name, value, language, _), vector in zip(lines, raw, strict=True):
            values, found = rows.setdefault(name, ([], []))
            values.append(value)
            found.append(search.centre(vector, language))
        return cls({name: (values, np.stack(found)) for name, (values, found) in rows.items()})

    def nearest(self, fact: str, vector: np.ndarray) -> tuple[str, ...] | None:
        """The option that a centred vector means; of occupations up to three that are near. None: none is near."""
        if fact not in self.rows:
            return None
        values, rows = self.rows[fact]
        best: dict[str, float] = {}
        for value, likeness in zip(values, rows @ vector, strict=True):
            best[value] = max(best.get(value, -1.0), float(likeness))
        ranked = sorted(best.items(), key=lambda pair: -pair[1])
        if fact == "occupation":
            return tuple(v for v, likeness in ranked[:3] if likeness >= RELATED) or None
        clear = ranked[0][1] >= NEAR and (len(ranked) < 2 or ranked[0][1] - ranked[1][1] >= AHEAD)
        return (ranked[0][0],) if clear else None
