"""What a message says: its language, its one or two questions, the names in it. One embedding a question."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from knowledge.library import OUT_OF_SCOPE
from knowledge.places import Found
from knowledge.search import Hit
from knowledge.tongues import detect, foreign
from locales.languages import LANGUAGES
from portal.editing.live import Edition, Live

LONG = 220  # characters; from here on the sentences are looked at one by one
MOST_PARTS = 6
QUESTION_WORDS = (
    r"was|wie|wer|wo|wann|welche\w*|brauch\w*|muss|kann|what|how|who|where|when|which|do i|can i|que|qué|como|cómo|cuanto|"
    r"cuánto|quien|donde|dónde|ne kadar|nasıl|kim|nerede|kako|koliko|gdje|tko|ko|sa|si|ku|kush|сколько|как|кто|где|скільки|"
    r"як|хто|ile|jak|gdzie|kto|combien|comment|qui|où|cat|cât|cum|cine|unde|quanto|quem|onde|chi|dove|come|كم|كيف|من|أين"
)
AND = r"und|and|y|e|ve|i|dhe|et|și|si|и|та|і|oraz|و|और|và|at"
TWO = re.compile(rf"(?:[?؟!.;\n]+|,)\s*(?:(?:{AND})\s+)?|\s+(?:{AND})\s+(?=(?:{QUESTION_WORDS})\b)", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[?؟!.;\n])\s+|\n+")


@dataclass(frozen=True)
class Part:
    """A question inside a message."""

    text: str
    evidence: np.ndarray
    hits: list[Hit]


@dataclass(frozen=True)
class Understanding:
    """A message, understood. `vector` is centred (384 numbers, length 1) and goes to the bot too."""

    text: str
    language: str
    detected: bool
    vector: np.ndarray
    whole: Part
    parts: list[Part] = field(default_factory=list)
    names: list[Found] = field(default_factory=list)
    only_names: bool = False
    paragraphs: list[str] = field(default_factory=list)

    def named(self, kind: str) -> str | None:
        return next((f.id for f in self.names if f.kind == kind), None)


def pieces(text: str) -> list[str]:
    """The questions of a message: sentences of a long one; the two halves of "how … and what …"."""
    if len(text) > LONG:
        found = [s.strip() for s in SENTENCE.split(text) if len(s.strip()) > 12]
        asked = [s for s in found if s.rstrip().endswith(("?", "؟"))]
        return (asked + [s for s in found if s not in asked])[:MOST_PARTS]
    found = [s.strip(" ,.?!؟") for s in TWO.split(text)]
    found = [s for s in found if len(s) > 7 and len(s.split()) > 1]
    return found[:3] if len(found) > 1 else []


def understand(text: str, usual: str, live: Live, chosen: bool = False) -> Understanding:
    """Understand a cleaned message; `usual` is the conversation's language so far. About 12 ms a question."""
    edition: Edition = live.edition
    found = None if chosen else detect(text, usual)
    language = found or usual
    texts = [text, *pieces(text)]
    vectors = live.encode(texts)
    spoken = "" if found is None and foreign(text) else language
    centred = [edition.search.centre(v, spoken) for v in vectors]
    parts = []
    for piece, vector in zip(texts, centred, strict=True):
        evidence = edition.search.evidence(vector, piece)
        parts.append(Part(piece, evidence, edition.search.rank(evidence)))
    return Understanding(
        text, language, found is not None and found in LANGUAGES, centred[0], parts[0], parts[1:],
        edition.names.find(text), edition.names.only_names(text), edition.paragraphs.find(text),
    )  # fmt: skip


def out_of_scope(part: Part) -> float:
    """How much speaks for a message that is none of our business (0 to 1)."""
    return next((h.belief for h in part.hits if h.topic == OUT_OF_SCOPE), 0.0)
