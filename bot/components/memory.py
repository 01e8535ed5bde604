"""Rasa's working memory of the dialogues: bounded, and told to forget. The portal's database is the record."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any, Iterable, Optional, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

DIALOGUES: OrderedDict[Text, Text] = OrderedDict()  # session -> tracker, last used last; one bot a process
USED: dict[Text, float] = {}


class Memory(InMemoryTrackerStore):
    """Keeps the `most` last used dialogues, none longer than `hours` without a word."""

    def __init__(
        self, domain: Domain, event_broker: Optional[EventBroker] = None, most: int = 5000, hours: float = 24, **_: Any
    ) -> None:
        super().__init__(domain, event_broker)
        self.store = DIALOGUES
        self._most, self._seconds = most, hours * 3600

    async def save(self, tracker: DialogueStateTracker) -> None:
        await super().save(tracker)
        DIALOGUES.move_to_end(tracker.sender_id)
        USED[tracker.sender_id] = time.monotonic()
        while len(DIALOGUES) > self._most or USED[next(iter(DIALOGUES))] < time.monotonic() - self._seconds:
            drop(next(iter(DIALOGUES)))


def forget(senders: Iterable[Text]) -> int:
    """Drop all sessions of these senders (a session is called SENDER-NUMBER); returns how many."""
    gone = set(senders)
    sessions = [s for s in DIALOGUES if s.rpartition("-")[0] in gone]
    for session in sessions:
        drop(session)
    return len(sessions)


def drop(session: Text) -> None:
    del DIALOGUES[session]
    USED.pop(session, None)
