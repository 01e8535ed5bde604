"""The queue page, and the switch that says whether somebody is on duty."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from sqlmodel import col, update

from portal.accounts.models import Account
from portal.web.staff.chat_view import back, beside, partial
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.forms import field
from portal.web.staff.pages import staff_page

router = APIRouter()


@router.get("/queue")
async def show(request: Request, here: Annotated[Here, may("chats.read")]) -> Any:
    """Who waits; `?team=`, `?show=` rows."""
    async with request.app.state.database.read() as session:
        values = await beside(request, session, here)
    return staff_page(
        request, "staff/_queue.html" if partial(request) else "staff/queue.html", here, talk=None, **values
    )


@router.post("/duty")
async def duty(request: Request, here: Annotated[Here, may("chats.write")]) -> Any:
    """On duty or not."""
    on = await field(request, "on", 1) == "1"
    async with request.app.state.database.write() as session:
        await confirmed(session, here, "chats.write")
        await session.exec(update(Account).where(col(Account.id) == here.id).values(on_duty=on))
        await session.commit()
    request.app.state.bus.wake(f"org:{here.account.organisation_id}")
    chat = await field(request, "chat", 32)
    return back(request, f"chats/{chat}" if chat.isalnum() else "queue")
