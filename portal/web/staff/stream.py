"""One stream per open page of the desk: it only wakes; what is new is read from the pages (no text goes through here).

Pages beside the desk, such as the form of a case, tell by a request now and then that somebody is there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy import bindparam, case
from sqlmodel import col, func, select
from sse_starlette import EventSourceResponse

from portal.chat.bus import spread
from portal.chat.models import Conversation
from portal.clock import now
from portal.desk import transcript
from portal.handover import service
from portal.handover.models import LIVE, Handover
from portal.web.staff.door import Here, may, still_in

router = APIRouter()
BREATH = 4.0  # seconds after which a stream looks whether its reader is still signed in, and for news nobody told it of
TOUCH = 20.0  # seconds between two signs of life of a desk
WAITING = case((col(Handover.status) == "waiting", 1), else_=0)
QUEUE: Any = select(func.count(), func.max(Handover.id), func.sum(WAITING), func.max(Handover.taken_at)).where(
    Handover.organisation_id == bindparam("organisation"), col(Handover.status).in_(LIVE)
)
CHAT: Any = select(Conversation.last_seq, Conversation.version, Conversation.visitor_read).where(
    Conversation.id == bindparam("chat")
)


@router.get("/events")
async def events(request: Request, here: Annotated[Here, may("chats.read")], chat: str = "") -> EventSourceResponse:
    """`?chat=`: also what happens in that chat. Events: queue, chat, signed-out."""
    if chat and not await reached(request, here, chat):
        raise HTTPException(404)
    return EventSourceResponse(wakes(request, here, chat), ping=15, headers={"cache-control": "no-store"})


@router.get("/alive")
async def alive(here: Annotated[Here, may("chats.write")]) -> JSONResponse:
    """A sign of life of a page without a stream; the door takes it down."""
    return JSONResponse({}, headers={"cache-control": "no-store"})


async def wakes(request: Request, here: Here, chat: str) -> AsyncIterator[dict[str, Any]]:
    bus, presence = request.app.state.bus, request.app.state.presence
    touched = looked = float("-inf")
    stood: dict[str, Any] = {}
    keys = [chat] if chat else []
    with bus.subscribe(f"org:{here.organisation.id}", f"desk:{here.id}") as queue, bus.subscribe(*keys) as talk:
        yield {"event": "hello", "data": "{}"}
        try:
            if chat:
                presence.look(chat, here.id)
                bus.wake(chat)
                talk.clear()
            while not bus.closing:
                moment = time.monotonic()
                if moment - looked >= BREATH / 2:
                    looked = moment
                    if not await still_in(request, here):
                        yield {"event": "signed-out", "data": "{}"}
                        return
                    stands = await standing(request, here, chat)
                    for name, listener in (("queue", queue), ("chat", talk)):
                        if name in stood and stood[name] != stands[name]:
                            listener.set()  # another process did it, or the hint got lost (FLT-16)
                    stood = stands
                    if chat and not await reached(request, here, chat):  # it went to another organisation (SEC-B02)
                        yield {"event": "chat", "data": "{}"}
                        return
                    if chat:
                        presence.look(chat, here.id)
                if moment - touched >= TOUCH:
                    touched = moment
                    await touch(request, here)
                await either(queue, talk)
                for name, listener in (("queue", queue), ("chat", talk)):
                    if listener.is_set():
                        listener.clear()
                        listener.heard.clear()
                        yield {"event": name, "data": "{}"}
        finally:
            if chat:
                presence.leave(chat, here.id)
                bus.wake(chat)


async def reached(request: Request, here: Here, chat: str) -> bool:
    async with request.app.state.database.look() as session:
        try:
            await transcript.reach(session, here.account, chat)
        except transcript.NotHere:
            return False
    return True


async def standing(request: Request, here: Here, chat: str) -> dict[str, Any]:
    """What changes when something is new: in the organisation's queue, and in the chat."""
    async with request.app.state.database.look() as session:
        found = {"queue": tuple((await session.exec(QUEUE, params={"organisation": here.organisation.id})).one())}
        talk = (await session.exec(CHAT, params={"chat": chat})).first() if chat else None
        return found | {"chat": tuple(talk or ())}


async def either(*listeners: asyncio.Event) -> None:
    """Until one of them is set, or for a breath."""
    waits = [asyncio.ensure_future(one.wait()) for one in listeners]
    try:
        await asyncio.wait(waits, timeout=spread(BREATH), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()


async def touch(request: Request, here: Here) -> None:
    async with request.app.state.database.write() as session:
        await service.touch(session, here.id, now())
        await session.commit()
