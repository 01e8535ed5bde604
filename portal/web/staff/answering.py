"""Answers from the knowledge at the desk: one search, one key."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request

from portal.chat.service import Conflict
from portal.chat.text import clean
from portal.desk import answers, transcript
from portal.handover import service
from portal.i18n import current
from portal.web.staff.chat_desk import not_owner
from portal.web.staff.chat_view import back, chat_page
from portal.web.staff.door import Here, may
from portal.web.staff.forms import field, message_id
from portal.web.staff.writing import sent

router = APIRouter()


@router.get("/chats/{id_}/answers")
async def search(request: Request, id_: str, here: Annotated[Here, may("chats.read")], q: str = "") -> Any:
    """Topics for a question, in the desk's words and as the visitor will read them."""
    question = clean(q)[: answers.QUESTION]
    if not question:
        return back(request, f"chats/{id_}")
    async with request.app.state.database.read() as session:
        try:
            conversation, _, _ = await transcript.reach(session, here.account, id_)
        except transcript.NotHere:
            raise HTTPException(404) from None
    live, own = request.app.state.live, current.get().tag
    found = await asyncio.to_thread(answers.search, question, own, conversation.language, live, dt.date.today())
    return await chat_page(request, here, id_, found=found, question=question)


@router.post("/chats/{id_}/answers")
async def send(request: Request, id_: str, here: Annotated[Here, may("chats.write")]) -> Any:
    """Send the published text of a topic in the visitor's language, so that legal wording is right."""
    topic, library = await field(request, "topic", 60), request.app.state.live.edition.library
    try:
        async with request.app.state.database.write() as session:
            conversation, handover, _ = await transcript.reach(session, here.account, id_)
            if topic not in library.topics:
                return await chat_page(request, here, id_, 422, refusal="no_topic")
            draft = answers.draft(topic, conversation, handover, library, dt.date.today())
            await sent(session, here, id_, await message_id(request), draft, request.app.state.settings.address)
            await session.commit()
    except service.NotOwner as error:
        return await not_owner(request, here, id_, error)
    except Conflict:
        return await chat_page(request, here, id_, 422, refusal="other_text")
    except LookupError:
        raise HTTPException(404) from None
    request.app.state.bus.wake(id_)
    return back(request, f"chats/{id_}")
