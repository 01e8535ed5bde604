"""A chat at the desk: read it, take it, and let it go again."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.clock import now
from portal.desk import transcript, words
from portal.handover import service
from portal.handover.models import Handover
from portal.web.staff.chat_view import back, chat_page
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.forms import field

router = APIRouter()
Reads = Annotated[Here, may("chats.read")]
Writes = Annotated[Here, may("chats.write")]


@router.get("/chats/{id_}")
async def show(request: Request, id_: str, here: Reads) -> Any:
    return await chat_page(request, here, id_)


@router.post("/chats/{id_}/take")
async def take(request: Request, id_: str, here: Writes) -> Any:
    """Take a waiting chat; who comes second learns who has it (FLT-18)."""
    try:
        async with request.app.state.database.write() as session:
            await transcript.reach(session, here.account, id_)
            handover = await service.take(session, await confirmed(session, here, "chats.write"), id_, now())
            await session.commit()
    except service.AlreadyTaken as error:
        if error.account.id != here.id:
            return await chat_page(request, here, id_, 409, refusal="taken", name=error.account.name)
        return back(request, f"chats/{id_}")
    except service.Full:
        return await chat_page(request, here, id_, 409, refusal="full")
    except service.Moved:
        return await chat_page(request, here, id_, 409, refusal="moved")
    except LookupError:
        raise HTTPException(404) from None
    request.app.state.bus.wake(*service.keys(handover))
    return back(request, f"chats/{id_}")


@router.post("/chats/{id_}/release")
async def release(request: Request, id_: str, here: Writes) -> Any:
    """Back to the queue, at its old place."""
    return await let_go(request, id_, here, service.release, "released")


@router.post("/chats/{id_}/return")
async def give_back(request: Request, id_: str, here: Writes) -> Any:
    """To the assistant, which answers what nobody has answered yet."""
    answer = await let_go(request, id_, here, service.give_back, "returned")
    await request.app.state.turns.take_up(id_)
    return answer


@router.post("/chats/{id_}/end")
async def end(request: Request, id_: str, here: Writes) -> Any:
    """With a reason; twice ends once."""
    reason = await field(request, "reason", 20)
    if reason not in words.END_REASONS:
        return await chat_page(request, here, id_, 422, refusal="unknown")

    async def ending(session: AsyncSession, account: Account, chat: str, moment: dt.datetime) -> Handover:
        return await service.end(session, account, chat, reason, moment)

    return await let_go(request, id_, here, ending, "ended")


async def let_go(request: Request, chat: str, here: Here, change: Any, done: str) -> Any:
    """One of the ways a chat leaves its counsellor; 409 for who does not have it."""
    try:
        async with request.app.state.database.write() as session:
            await transcript.reach(session, here.account, chat)
            handover = await change(session, await confirmed(session, here, "chats.write"), chat, now())
            await session.commit()
    except service.NotOwner as error:
        return await not_owner(request, here, chat, error)
    except service.Moved:
        return await chat_page(request, here, chat, 409, refusal="moved")
    except LookupError:
        raise HTTPException(404) from None
    request.app.state.bus.wake(*service.keys(handover))
    return back(request, f"queue?done={done}")


async def not_owner(request: Request, here: Here, chat: str, error: service.NotOwner, **kept: Any) -> Any:
    """409: says who has the chat; what was written is given back."""
    if error.account is None:
        return await chat_page(request, here, chat, 409, refusal="nobody", **kept)
    return await chat_page(request, here, chat, 409, refusal="not_owner", name=error.account.name, **kept)
