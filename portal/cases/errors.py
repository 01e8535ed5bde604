"""Why something is not done to a case; each `reason` is the key of a sentence in portal.cases.words."""

from __future__ import annotations

from collections.abc import Sequence

from portal.cases.models import CaseEvent


class NotHere(LookupError):
    """No such thing, or it belongs to somebody else: both look the same (404)."""


class Refused(ValueError):
    """What was entered cannot be taken (422). `field`: where."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


class Conflict(Exception):
    """As things stand it cannot be done (409)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Changed(Conflict):
    """Somebody else changed the case in between. `events`: what they did."""

    def __init__(self, events: Sequence[CaseEvent]) -> None:
        super().__init__("changed")
        self.events = list(events)
