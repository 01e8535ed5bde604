"""The queue page, the next chat, and the switch that says whether somebody is on duty."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal import access
from portal.accounts.models import Account
from portal.clock import now
from portal.desk import words
from portal.handover import service
from portal.handover.models import Handover
from portal.handover.queue import load
from portal.web.staff.chat_view import back, beside, partial
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.forms import field
from portal.web.staff.pages import staff_page

router = APIRouter()
TRIES = 5  # for the next chat, where colleagues are faster


async def queue_page(request: Request, here: Here, status: int = 200, refusal: str = "") -> Any:
    """`refusal`: a key of words.REFUSALS."""
    async with request.app.state.database.read() as session:
        values = await beside(request, session, here)
    template = "staff/_queue.html" if partial(request) else "staff/queue.html"
    return staff_page(request, template, here, status, talk=None, refused=words.refusal(refusal), **values)


@router.get("/queue")
async def show(request: Request, here: Annotated[Here, may("chats.read")]) -> Any:
    """Who waits; `?team=`, `?show=` rows."""
    return await queue_page(request, here)


@router.post("/queue/next")
async def take_next(request: Request, here: Annotated[Here, may("chats.write")]) -> Any:
    """Take the chat that waits longest, or say why there is none. Where a colleague was faster, it is the one after that."""
    async with request.app.state.database.write() as session:
        account = await confirmed(session, here, "chats.write")
        for _ in range(TRIES):
            handover = await service.next_for(session, account, now())
            if handover is None:
                break
            try:
                handover = await service.take(session, account, handover.conversation_id, now())
            except (service.AlreadyTaken, service.NotFound, service.Moved):
                continue
            await session.commit()
            request.app.state.bus.wake(*service.keys(handover))
            return back(request, f"chats/{handover.conversation_id}")
        refusal = "moved" if handover else await none_for(session, account)
    return await queue_page(request, here, 409, refusal) if refusal else back(request, "queue")


async def none_for(session: AsyncSession, account: Account) -> str:
    """Why there is no chat for somebody who wants the next one, a key of words.REFUSALS; empty: nobody waits."""
    if not account.on_duty:
        return "off_duty"
    if await load(session, account.id or 0) >= account.most:
        return "full"
    waiting = select(Handover.id).where(access.chats_of(account.organisation_id), Handover.status == "waiting").limit(1)
    return "for_others" if (await session.exec(waiting)).first() else ""


@router.post("/duty")
async def duty(request: Request, here: Annotated[Here, may("chats.write")]) -> Any:
    """On duty or not."""
    on = await field(request, "on", 1) == "1"
    async with request.app.state.database.write() as session:
        await confirmed(session, here, "chats.write")
        await session.exec(update(Account).where(col(Account.id) == here.id).values(on_duty=on, seen_at=now()))
        await session.commit()
    request.app.state.bus.wake(f"org:{here.account.organisation_id}")
    chat = await field(request, "chat", 32)
    return back(request, f"chats/{chat}" if chat.isalnum() else "queue")
