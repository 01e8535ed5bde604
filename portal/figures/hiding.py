"""Small groups of people are not counted out to the reader (PRV-30, trust model 3.8: k >= 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

FEWEST = 5
K = TypeVar("K")


def hidden(counts: Mapping[K, int], total: int) -> set[K] | None:
    """The groups whose count is not shown: those of fewer than FEWEST and, where these could be told from the total, the next
    smallest ones. None: so few in all that no group may be named.

    The reader knows the total, so he knows the sum of the n hidden groups, and that each has one or more. A hidden group that is
    alone is that sum; of n, each has at most the sum without one for each of the others: five hidden ones that make up 5 have
    one each. So there are two at least, and what each may have reaches up to FEWEST - 1. Both kinds must read the same: were the
    small one of two told from the other, that has FEWEST or more, a sum of 6 would be 1 and 5. Who knows from elsewhere which of
    two is the small one still reckons closer.
    """
    gone = {key for key, n in counts.items() if 0 < n < FEWEST}
    others = sorted((key for key, n in counts.items() if n >= FEWEST), key=lambda key: counts[key])
    left = total - sum(counts[key] for key in others)  # what a reader finds by subtracting all that is shown
    while gone and (len(gone) < 2 or left - (len(gone) - 1) < FEWEST - 1):
        if not others:
            return None
        gone.add(others[0])
        left += counts[others.pop(0)]
    return gone
