"""Wakes those who wait for a conversation's news. It carries nothing: the truth is in the database (CON-05)."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator


class Bus:
    def __init__(self) -> None:
        self.closing = False
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    def wake(self, conversation: str) -> None:
        for event in self._waiting.get(conversation, ()):
            event.set()

    @contextlib.contextmanager
    def subscribe(self, conversation: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._waiting[conversation].add(event)
        try:
            yield event
        finally:
            self._waiting[conversation].discard(event)
            if not self._waiting[conversation]:
                del self._waiting[conversation]

    def close(self) -> None:
        """Everybody wakes and sees that it is over."""
        self.closing = True
        for conversation in list(self._waiting):
            self.wake(conversation)
