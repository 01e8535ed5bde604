"""Which topic does a message mean? Search over phrasings, titles and texts, in every language with one model.

Three kinds of evidence are added up per topic: the nearest phrasings (mean of the three best), a linear map from the
centred vector to topics (ridge regression, solved in closed form, so a changed file is live without training), and
shared character n-grams (names, abbreviations, paragraph numbers).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from knowledge.encoder import DIMENSION, Vectors
from knowledge.grams import Grams
from knowledge.library import OUT_OF_SCOPE, Library

NEAREST = 3
RIDGE = 30.0
WEIGHTS = {"near": 0.45, "line": 0.4, "gram": 0.4}
SHARPNESS = 40.0  # of the softmax over the summed evidence
SEEN_ENOUGH = 40  # phrasings of a language, from which its own mean is used


@dataclass(frozen=True)
class Hit:
    """A topic and how much of the belief it holds (0 to 1)."""

    topic: str
    belief: float


@dataclass
class Search:
    """An index of one published version of the knowledge. `rows` are sorted by topic: those of topic i stand from
    starts[i] to starts[i + 1]."""

    topics: list[str]
    means: dict[str, np.ndarray]
    rows: np.ndarray
    starts: list[int]
    weights: np.ndarray
    grams: Grams

    @classmethod
    def build(cls, library: Library, vectors: Vectors, progress: Callable[[int, int], None] | None = None) -> Search:
        """Index a library; texts that are not in the vector cache are embedded."""
        texts, topics, languages = lines(library)
        names = sorted(set(topics))
        return cls.of(names, vectors.of(texts, progress), texts, topics, languages)

    @classmethod
    def of(cls, names: list[str], raw: np.ndarray, texts: list[str], topics: list[str], languages: list[str]) -> Search:
        lang = np.array(languages)
        means = {t: raw[lang == t].mean(axis=0) for t in sorted(set(languages)) if (lang == t).sum() >= SEEN_ENOUGH}
        means[""] = np.mean(list(means.values()), axis=0) if means else np.zeros(DIMENSION, np.float32)
        x = raw - np.stack([means.get(t, means[""]) for t in languages])
        x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
        number = {t: i for i, t in enumerate(names)}
        y = np.array([number[t] for t in topics])
        size = np.bincount(y, minlength=len(names))
        balance = (1.0 / size)[y] * (len(y) / len(names))
        target = np.full((len(y), len(names)), 0.0, np.float32)
        target[np.arange(len(y)), y] = 1.0
        weighted = x * balance[:, None]
        weights = np.linalg.solve(weighted.T @ x + RIDGE * np.eye(x.shape[1]), weighted.T @ target)
        order = np.argsort(y, kind="stable")
        starts = np.concatenate([[0], np.cumsum(size)]).tolist()
        by_topic: list[list[str]] = [[] for _ in names]
        for text, i in zip(texts, y, strict=True):
            by_topic[i].append(text)
        return cls(names, means, x[order].astype(np.float32), starts, weights.astype(np.float32), Grams.of(by_topic))

    def centre(self, vector: np.ndarray, language: str) -> np.ndarray:
        """Take away the mean of the language's phrasings (of all, where it has none); length 1."""
        v = vector - self.means.get(language, self.means[""])
        return (v / max(float(np.linalg.norm(v)), 1e-9)).astype(np.float32)

    def evidence(self, vector: np.ndarray, text: str) -> np.ndarray:
        """Evidence per topic (n_topics,) for a centred vector and its text."""
        likeness = self.rows @ vector
        near = np.array([best(likeness[a:b]) for a, b in pairwise(self.starts)], np.float32)
        line = vector @ self.weights
        return WEIGHTS["near"] * near + WEIGHTS["line"] * line + WEIGHTS["gram"] * self.grams.evidence(text)

    def rank(self, evidence: np.ndarray) -> list[Hit]:
        """Topics by belief, best first (softmax over the evidence)."""
        z = np.exp(SHARPNESS * (evidence - evidence.max()))
        z /= z.sum()
        return [Hit(self.topics[i], float(z[i])) for i in np.argsort(-z, kind="stable")]


def best(values: np.ndarray) -> float:
    """The mean of the NEAREST greatest values."""
    if len(values) > NEAREST:
        values.partition(len(values) - NEAREST)
    return values[-NEAREST:].sum() / NEAREST


def lines(library: Library) -> tuple[list[str], list[str], list[str]]:
    """Everything that is indexed: (texts, their topics, their languages)."""
    rows: list[tuple[str, str, str]] = []
    for topic, by_language in library.phrasings.items():
        for language, phrasings in by_language.items():
            rows += [(p, topic, language) for p in phrasings]
    for topic, by_words in library.words.items():
        rows += [(words.title, topic, language) for language, words in by_words.items()]
    for language, phrasings in library.other.get("out_of_scope.yml", {}).items():
        rows += [(p, OUT_OF_SCOPE, language) for p in phrasings]
    return [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]
