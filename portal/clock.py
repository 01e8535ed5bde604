"""The time, in one place, so that a test can hold it."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """This moment, with its zone (UTC)."""
    return dt.datetime.now(dt.UTC)
