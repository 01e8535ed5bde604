"""Wakes whoever listens: a hint only, the database is the truth. In one process, by asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

MOST = 100  # passing events kept for one slow reader (FLT-28)


def spread(seconds: float) -> float:
    """A pause of half of it to all of it: streams that were opened together (after a restart all are) do not look together, for
    whoever writes in that moment would wait for them."""
    return seconds * random.uniform(0.5, 1)  # noqa: S311 no secret


class Listener(asyncio.Event):
    """Set when there is news; `heard`: passing events (somebody types, somebody looks) that are kept nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: deque[dict[str, Any]] = deque(maxlen=MOST)


class Bus:
    """Keys: a conversation's id for both its sides, `visitor:ID` for its visitor alone, `org:ID` for the queue of an
    organisation, `desk:ID` for the own chats of an account."""

    def __init__(self) -> None:
        self.closing = False
        self._waiting: dict[str, set[Listener]] = defaultdict(set)

    def wake(self, *keys: str) -> None:
        for key in keys:
            for listener in self._waiting.get(key, ()):
                listener.set()

    def pass_on(self, key: str, **event: Any) -> None:
        """Tell something that is stored nowhere."""
        for listener in self._waiting.get(key, ()):
            listener.heard.append(event)
            listener.set()

    @contextlib.contextmanager
    def subscribe(self, *keys: str) -> Iterator[Listener]:
        """One listener for some keys."""
        listener = Listener()
        for key in keys:
            self._waiting[key].add(listener)
        try:
            yield listener
        finally:
            for key in keys:
                self._waiting[key].discard(listener)
                if not self._waiting[key]:
                    del self._waiting[key]

    def close(self) -> None:
        """Everybody wakes and sees that it is over."""
        self.closing = True
        self.wake(*list(self._waiting))
