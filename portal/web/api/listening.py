"""A visitor's event stream: wakes the reader for each new message, and when something about the person who helps changed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from portal.chat import service
from portal.chat.bus import spread
from portal.clock import now
from portal.desk.presence import TYPING
from portal.handover import leaving, view
from portal.handover.models import Handover
from portal.handover.places import Places

log = structlog.get_logger("listening")
POLL = 15.0  # seconds after which a listener looks at the database even if nobody woke it
MOST = 5  # streams of a conversation (SEC-C10)
BEHIND = 100  # messages; who is further behind reads them all at once (FLT-28)
SIGN = 30.0  # seconds between two stored signs of life
GATHER = 0.3  # seconds in which signs of life come together


class Listening:
    """Of one portal process: who listens, whose sign of life was stored when."""

    def __init__(self, state: Any) -> None:
        self.state = state
        self.places = Places(state.database, state.bus)
        self.streams: Counter[str] = Counter()
        self._signs: dict[str, float] = {}
        self._due: set[str] = set()
        self._storing: asyncio.Task[None] | None = None

    def alive(self, handover: Handover | None) -> None:
        """Store that the visitor is there, where it matters, every 30 s at most; who reads does not wait for it (FLT-11)."""
        if handover is None or handover.status not in ("waiting", "taken"):
            return
        id_ = handover.conversation_id
        if id_ in self._due or time.monotonic() - self._signs.get(id_, -SIGN) < SIGN:
            return
        self._due.add(id_)
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store())

    async def _store(self) -> None:
        """Signs of life, those of a moment in one transaction: streams that were opened together would else hold up who writes.
        Where they cannot be stored, the next look tries again."""
        while self._due:
            await asyncio.sleep(GATHER)
            if self.state.bus.closing:
                return
            ids = set(self._due)
            try:
                async with self.state.database.write() as session:
                    await leaving.seen(session, ids, now())
                    await session.commit()
                moment = time.monotonic()
                if len(self._signs) > 5000:
                    self._signs = {k: v for k, v in self._signs.items() if moment - v < SIGN}
                self._signs |= dict.fromkeys(ids, moment)
            except OperationalError as error:
                log.warning("sign_not_stored", reason=type(error.orig).__name__)
            finally:
                self._due -= ids

    async def events(self, id_: str, seen: int) -> AsyncIterator[dict[str, str]]:
        """{event, id?, data}: `message` for each new number, `person` when anything about the person changed."""
        bus, shown, handover = self.state.bus, None, None
        self.streams[id_] += 1
        try:
            with bus.subscribe(id_, f"visitor:{id_}") as woken, contextlib.ExitStack() as queue:
                watched = None
                yield {"event": "hello", "data": f'{{"seq":{seen}}}'}
                while not bus.closing:
                    woken.clear()
                    woken.heard.clear()
                    async with self.state.database.look() as session:
                        version, found = await service.news(session, id_, seen)
                        person, handover = None, None
                        if version:
                            person, handover = await view.person(session, id_, self.state.presence, now())
                    for seen in found if len(found) <= BEHIND else found[-1:]:
                        yield {"event": "message", "id": str(seen), "data": f'{{"seq":{seen}}}'}
                    if person != shown:
                        shown = person
                        yield {"event": "person", "data": json.dumps({"seq": seen, "person": person})}
                    waits = handover.organisation_id if handover and handover.status == "waiting" else None
                    if waits != watched:
                        queue.close()
                        watched = waits
                        if waits:
                            queue.enter_context(self.places.watching(waits))
                    if waits and person and person["place"]:
                        self.places.shows(waits, id_, person["place"])
                    self.alive(handover)
                    if not found:
                        with contextlib.suppress(TimeoutError):
                            pause = TYPING if person and person["typing"] else POLL
                            await asyncio.wait_for(woken.wait(), spread(pause))
        except service.NotFound:
            return  # deleted
        finally:
            self.streams[id_] -= 1
            if self.streams[id_] <= 0:
                del self.streams[id_]


def listening(state: Any) -> Listening:
    """The one of this process."""
    if not hasattr(state, "listening"):
        state.listening = Listening(state)
    found: Listening = state.listening
    return found
