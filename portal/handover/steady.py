"""The time for durations (FLT-30): a server clock that is set forwards makes nobody late, one set backwards nobody wait for good."""

from __future__ import annotations

import datetime as dt

SLACK = dt.timedelta(seconds=5)
BELIEVED = (
    3600.0  # seconds after which a clock that was set forwards is believed: what was stored before it is over by then
)


class Steady:
    """The wall clock, but never ahead of the time that has really passed."""

    def __init__(self, wall: dt.datetime, monotonic: float) -> None:
        self.wall, self.monotonic, self.ahead_since = wall, monotonic, 0.0

    def at(self, wall: dt.datetime, monotonic: float) -> dt.datetime:
        """The moment to reckon with, where the clocks show these times."""
        passed = self.wall + dt.timedelta(seconds=monotonic - self.monotonic)
        if wall <= passed + SLACK:
            self.ahead_since = 0.0
        else:
            self.ahead_since = self.ahead_since or monotonic
            if monotonic - self.ahead_since < BELIEVED:
                return passed
        self.wall, self.monotonic, self.ahead_since = wall, monotonic, 0.0
        return wall
