"""Passing a chat on to a colleague, a team or another organisation, with a note for them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from portal.chat.text import clean
from portal.clock import now
from portal.desk import targets, transcript, words
from portal.desk.models import TEXT
from portal.handover import service
from portal.web.staff.chat_desk import not_owner
from portal.web.staff.chat_view import back, chat_page
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.forms import field, long_field
from portal.web.staff.pages import staff_page

router = APIRouter()
KINDS = {"account": ("to_account", int), "team": ("to_team", int), "organisation": ("to_organisation", str)}


async def form(
    request: Request, here: Here, chat: str, status: int = 200, refusal: str = "", **kept: str
) -> HTMLResponse:
    async with request.app.state.database.read() as session:
        try:
            await transcript.reach(session, here.account, chat)
        except transcript.NotHere:
            raise HTTPException(404) from None
        found = await targets.of(session, here.account)
        personal = await transcript.personal(session, here.account, chat)
    refused = words.refusal(refusal)
    values = {"to": "", "note": ""} | kept
    return staff_page(
        request, "staff/transfer_chat.html", here, status, chat=chat, targets=found, refused=refused, personal=personal,
        **values,
    )  # fmt: skip


@router.get("/chats/{id_}/transfer")
async def choose(request: Request, id_: str, here: Annotated[Here, may("chats.write")]) -> Any:
    """To whom it can go, with who is on duty."""
    return await form(request, here, id_)


@router.post("/chats/{id_}/transfer")
async def send(request: Request, id_: str, here: Annotated[Here, may("chats.write")]) -> Any:
    """The new side sees the note, the visitor a neutral line (scenario 14)."""
    to, note = await field(request, "to", 60), clean(await long_field(request, "note"))
    if len(note) > TEXT:
        return await form(request, here, id_, 422, "too_long", to=to, note=note)
    kind, _, value = to.partition(":")
    try:
        async with request.app.state.database.write() as session:
            await transcript.reach(session, here.account, id_)
            account = await confirmed(session, here, "chats.write")
            if to not in (await targets.of(session, account)).values():
                return await form(request, here, id_, 422, "unknown", to=to, note=note)
            name, read = KINDS[kind]
            target: Any = {name: read(value)}
            handover, there = await service.transfer(session, account, id_, **target, note=note, moment=now())
            await session.commit()
    except service.NotOwner as error:
        return await not_owner(request, here, id_, error, lost=note)
    except service.NeedsCase:
        return await chat_page(request, here, id_, 409, refusal="needs_case", lost=note)
    except service.Moved:
        return await chat_page(request, here, id_, 409, refusal="moved", lost=note)
    except LookupError:
        raise HTTPException(404) from None
    request.app.state.bus.wake(*service.keys(handover), f"org:{here.account.organisation_id}")
    return back(request, f"queue?done={'transferred' if there == 'waiting' else 'transferred_nobody'}")
