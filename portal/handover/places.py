"""Keeps places in the queues live: one look at a queue for all who wait in it, when something happened there."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator

import structlog

from portal.chat.bus import Bus
from portal.database import Database
from portal.handover import queue

log = structlog.get_logger("places")
PAUSE = 0.2  # seconds; what happens at once is looked at once


class Places:
    """Of one portal process. Who waits says by `watching` and `shows` which place their screen shows; their conversation's key
    is told when it is another one."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self.database, self.bus = database, bus
        self._watched: Counter[str] = Counter()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._shown: dict[str, dict[str, int]] = {}  # by organisation: conversation -> place
        self._found: dict[str, dict[str, int]] = {}

    @contextlib.contextmanager
    def watching(self, organisation_id: str) -> Iterator[None]:
        self._watched[organisation_id] += 1
        if organisation_id not in self._tasks:
            self._shown[organisation_id] = {}
            self._found[organisation_id] = {}
            self._tasks[organisation_id] = asyncio.create_task(self._watch(organisation_id))
        try:
            yield
        finally:
            self._watched[organisation_id] -= 1
            if not self._watched[organisation_id]:
                del self._watched[organisation_id], self._shown[organisation_id], self._found[organisation_id]
                self._tasks.pop(organisation_id).cancel()

    def shows(self, organisation_id: str, conversation_id: str, place: int) -> None:
        """A screen shows a place now. If the queue looked otherwise last, it is looked at again: one of the two is old."""
        self._shown[organisation_id][conversation_id] = place
        if self._found[organisation_id].get(conversation_id, place) != place:
            self.bus.wake(f"org:{organisation_id}")

    async def _watch(self, organisation_id: str) -> None:
        with self.bus.subscribe(f"org:{organisation_id}") as woken:
            while not self.bus.closing:
                woken.clear()
                woken.heard.clear()
                try:
                    async with self.database.look() as session:
                        found = self._found[organisation_id] = await queue.places(session, organisation_id)
                    shown = self._shown[organisation_id]
                    for conversation_id in [c for c, place in shown.items() if found.get(c) != place]:
                        del shown[conversation_id]
                        self.bus.pass_on(conversation_id, kind="place", place=found.get(conversation_id))
                except Exception:
                    log.exception("places_not_read")
                await woken.wait()
                await asyncio.sleep(PAUSE)
