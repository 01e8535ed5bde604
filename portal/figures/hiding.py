"""Small groups of people are not counted out to the reader (PRV-30, trust model 3.8: k >= 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

FEWEST = 5
K = TypeVar("K")


def hidden(counts: Mapping[K, int], fewest: int = FEWEST) -> set[K]:
    """The groups whose count is not shown: those with 1 to 4, and as many of the next smallest as it takes that nobody finds
    them by subtracting the others from the total: at least two, that make up `fewest` together; else all."""
    gone = {key for key, n in counts.items() if 0 < n < fewest}
    if not gone:
        return gone
    rest = sorted((key for key, n in counts.items() if n >= fewest), key=lambda key: counts[key])
    while len(gone) < 2 or sum(counts[key] for key in gone) < fewest:
        if not rest:
            return set(counts)
        gone.add(rest.pop(0))
    return gone
