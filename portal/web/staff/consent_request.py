"""Asking the visitor for consent (Einwilligung) from the chat: to whom, for what, which data. The visitor decides in the chat."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlmodel import select

from portal.accounts import receiving
from portal.chat.models import Message
from portal.clock import now
from portal.consents import service as consents
from portal.consents.purposes import PURPOSES, STAFF_FIELDS, STAFF_PURPOSES
from portal.desk import transcript
from portal.handover import service
from portal.handover.lines import notice
from portal.handover.ownership import locked
from portal.web.staff.chat_desk import not_owner
from portal.web.staff.chat_view import back
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.forms import field
from portal.web.staff.pages import staff_page

router = APIRouter()
FIRST = ("name", "email")  # ticked at first


async def form(request: Request, here: Here, chat: str, status: int = 200, **said: Any) -> HTMLResponse:
    async with request.app.state.database.read() as session:
        try:
            conversation, _, _ = await transcript.reach(session, here.account, chat)
        except transcript.NotHere:
            raise HTTPException(404) from None
        organisations = await receiving.receivers(session)
    values = {"purpose": "case", "fields": FIRST, "receivers": (), "wrong": False} | said
    return staff_page(
        request, "staff/consent_request.html", here, status, chat=chat, purposes=STAFF_PURPOSES, labels=STAFF_FIELDS,
        own=[o for o in organisations if o.id == here.organisation.id],
        others=[o for o in organisations if o.id != here.organisation.id], conversation=conversation, **values,
    )  # fmt: skip


@router.get("/chats/{id_}/consent")
async def show(request: Request, id_: str, here: Annotated[Here, may("chats.write")]) -> Any:
    return await form(request, here, id_)


@router.post("/chats/{id_}/consent")
async def ask(request: Request, id_: str, here: Annotated[Here, may("chats.write")]) -> Any:
    """Put the question into the chat, once (FLT-24); only who has the chat asks."""
    sent: Any = await request.form()
    purpose = await field(request, "purpose", 32)
    fields, receivers = ([str(v) for v in sent.getlist(name)][:20] for name in ("fields", "receivers"))
    fields = [f for f in fields if purpose in PURPOSES and f in PURPOSES[purpose].fields]
    try:
        async with request.app.state.database.write() as session:
            account = await confirmed(session, here, "chats.write")
            talk = await transcript.load(session, account, id_, most=1)
            if not talk.mine(account):
                raise service.NotOwner(talk.holder if talk.open else None)
            conversation = await locked(session, id_)
            asked = await consents.ask(
                session, conversation=conversation, account=account, organisation=here.organisation, purpose=purpose,
                fields=fields, receivers=receivers, moment=now(),
            )  # fmt: skip
            key = f"consent:{asked}"
            there = select(Message).where(Message.conversation_id == id_, Message.client_msg_id == key)
            if (await session.exec(there)).first() is None:
                names = [o.name for o in await receiving.receivers(session, receivers)]
                message = await notice(
                    session, conversation, "ask_permission", moment=now(), kind="consent",
                    organisation=here.organisation.name, purpose=purpose, receivers=names, fields=fields,
                )  # fmt: skip
                message.shown = {**message.shown, "consent": {"request": asked}}
                message.client_msg_id = key
            await session.commit()
    except consents.NotAskable:
        return await form(request, here, id_, 422, purpose=purpose, fields=fields, receivers=receivers, wrong=True)
    except service.NotOwner as error:
        return await not_owner(request, here, id_, error)
    except LookupError:
        raise HTTPException(404) from None
    request.app.state.bus.wake(id_)
    return back(request, f"chats/{id_}?done=asked")
