"""Files between the desk and the visitor."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, RedirectResponse

from portal.chat.models import Conversation
from portal.chat.service import NotFound
from portal.clock import now
from portal.desk import files
from portal.desk.checking import Refused, told
from portal.handover.answered import answered
from portal.web.api.files import STATUS, served, upload
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.pages import staff_page

router = APIRouter(prefix="/staff")


async def known(session: Any, id_: str, *, lock: bool = False) -> Conversation:
    conversation = await session.get(Conversation, id_, with_for_update=lock or None)
    if conversation is None:
        raise NotFound
    return conversation


@router.post("/chats/{id_}/files")
async def send(request: Request, id_: str, here: Annotated[Here, may("chats.write")]) -> Any:
    """A file from the person who has the chat; then back to the chat."""
    state = request.app.state
    try:
        async with state.database.read() as session:
            await files.allowed(session, await known(session, id_), here.account)
        file = await upload(request)
        async with state.database.write() as session:
            account = await confirmed(session, here, "chats.write")
            conversation = await known(session, id_, lock=True)
            handover = await files.allowed(session, conversation, account)
            moment, name = now(), account.shown_name
            _, message = await files.store(session, state.settings, conversation, "staff", file, moment, name=name)
            await answered(session, conversation, handover, message, state.settings.address, moment)
            await session.commit()
    except Refused as refused:
        text = told(refused.reason)
        return staff_page(request, "staff/refused.html", here, STATUS.get(refused.reason, 422), message=text)
    except LookupError:
        raise HTTPException(404) from None
    state.bus.wake(id_)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/staff/chats/{id_}", 303)


@router.get("/chats/{id_}/files/{file_id}")
async def get(request: Request, id_: str, file_id: str, here: Annotated[Here, may("chats.read")]) -> FileResponse:
    """A file of a chat that the own organisation reaches."""
    state = request.app.state
    try:
        async with state.database.read() as session:
            file, path = await files.reached(session, state.settings, here.account, id_, file_id)
    except LookupError:
        raise HTTPException(404) from None
    return served(file, path)
