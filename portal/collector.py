"""The garbage collector of a process that holds a large knowledge base."""

from __future__ import annotations

import gc


def settle() -> None:
    """What is in memory now is not gone through again: that would stop everything for a third of a second, now and then.

    Called when knowledge was loaded; what the one before has left behind goes first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
