"""The garbage collector of a process that holds a large knowledge base and many open streams."""

from __future__ import annotations

import gc

OFTEN = (10_000, 20, 20)  # new objects to a small round, small rounds to a middle one, middle ones to a whole one


def settle() -> None:
    """What is in memory now is not gone through again, and the rest less often: a whole round stops everything for a third of a
    second. Nearly all garbage is freed without it.

    Called when knowledge was loaded; what the one before has left behind goes first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*OFTEN)
