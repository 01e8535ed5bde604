"""Letters in common: character n-grams of a text against those of each topic (names, abbreviations, paragraph numbers)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np


def fold(text: str) -> str:
    """Lower case, without accents, spaces and marks folded."""
    text = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join("".join(c if c in "§_" or unicodedata.category(c)[0] in "LNM" else " " for c in text).split())


def grams(text: str) -> Counter[str]:
    """Character n-grams (3 to 5) inside words, and whole words."""
    found: Counter[str] = Counter()
    for word in fold(text).split():
        padded = f" {word} "
        found[padded] += 2
        for n in (3, 4, 5):
            for i in range(len(padded) - n + 1):
                found[padded[i : i + n]] += 1
    return found


NUMBERS: dict[str, int] = {}  # n-gram -> its number, the same in every edition of this process


@lru_cache(maxsize=512)
def in_texts(texts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The n-grams of a topic and in how many of its texts each stands; kept, so that only a changed topic is counted
    anew."""
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(grams(text).keys())
    numbers = np.array([NUMBERS.setdefault(g, len(NUMBERS)) for g in counted], np.int64)
    return numbers, np.array(list(counted.values()), np.float32)


@dataclass
class Grams:
    """tf-idf of n-grams by topic. The topics of n-gram i and their weights stand from starts[i] to starts[i + 1]."""

    size: int
    idf: np.ndarray = field(repr=False)
    starts: np.ndarray = field(repr=False)
    topics: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, texts_by_topic: list[list[str]]) -> Grams:
        """Index the texts of topics 0, 1, …"""
        counters = [in_texts(tuple(texts)) for texts in texts_by_topic]
        gram = np.concatenate([numbers for numbers, _ in counters])
        count = np.concatenate([counts for _, counts in counters])
        topic = np.repeat(np.arange(len(counters)), [len(numbers) for numbers, _ in counters])
        seen = np.bincount(gram)
        idf = np.where(
            (seen > 0) & (seen < len(counters) / 2), np.log(len(counters) / np.maximum(seen, 1)), 0.0
        ).astype(np.float32)
        weight = np.log1p(count) * idf[gram]
        length = np.sqrt(np.bincount(topic, weight**2, minlength=len(counters)))
        weight = (weight / np.maximum(length[topic], 1e-9)).astype(np.float32)
        order = np.argsort(gram, kind="stable")
        starts = np.concatenate([[0], np.cumsum(seen)])
        return cls(len(counters), idf, starts, topic[order], weight[order])

    def evidence(self, text: str) -> np.ndarray:
        """How much a text has in common with each topic (n_topics,): cosine of the tf-idf vectors."""
        known = len(self.idf)
        said = [(NUMBERS[g], n) for g, n in grams(text).items() if NUMBERS.get(g, known) < known]
        if not said:
            return np.zeros(self.size, np.float32)
        found, counts = np.array(said).T
        weight = np.log1p(counts) * self.idf[found]
        first, size = self.starts[found], self.starts[found + 1] - self.starts[found]
        rows = np.repeat(first - np.cumsum(size) + size, size) + np.arange(size.sum())
        out = np.bincount(self.topics[rows], self.weights[rows] * np.repeat(weight, size), minlength=self.size)
        return (out / (np.linalg.norm(weight) or 1.0)).astype(np.float32)
