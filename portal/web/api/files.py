"""The chat's interface: files, while a person has the chat and the organisation takes files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse
from limits import parse
from starlette.datastructures import UploadFile

from portal.chat import service
from portal.clock import now
from portal.desk import files
from portal.desk.checking import Checked, Refused, told
from portal.desk.models import File
from portal.handover.service import said
from portal.i18n import speaking
from portal.web.api.chat import Token
from portal.web.limits import count

router = APIRouter(prefix="/api/chat")
FILES = parse("20/hour")  # tried, of a conversation
STATUS = {"too_big": 413, "not_scanned": 503, "not_kept": 503, "not_now": 409, "not_yours": 409, "too_many": 409}


async def upload(request: Request) -> Checked:
    """The form's field `file`, checked. Raises Refused."""
    async with request.form(max_files=1, max_fields=4) as form:
        given = form.get("file")
        if not isinstance(given, UploadFile) or not given.filename:
            raise Refused("no_file")
        return await files.checked(request.app.state.settings, given.filename, given.read)


def served(file: File, path: Path) -> FileResponse:
    return FileResponse(path, media_type=file.type, headers=files.headers(file.name))


@router.post("/conversations/{id_}/files", status_code=201)
async def send(request: Request, id_: str, token: Token) -> Any:
    """A file from the visitor; it is looked at only when it may be sent at all."""
    state = request.app.state
    async with state.database.read() as session:
        conversation = await service.get(session, id_, token)
        language = conversation.language
        try:
            await files.allowed(session, conversation)
        except Refused as refused:
            return refusal(refused, language)
    count(request, FILES, id_)
    try:
        file = await upload(request)
        async with state.database.write() as session:
            conversation = await service.get(session, id_, token, lock=True)
            handover = await files.allowed(session, conversation)
            handover.visitor_at = moment = now()
            _, message = await files.store(session, state.settings, conversation, "visitor", file, moment)
            session.add(handover)
            await session.commit()
    except Refused as refused:
        return refusal(refused, language)
    state.bus.wake(*said(handover))
    return service.shown(message)


def refusal(refused: Refused, language: str) -> JSONResponse:
    """{error, message} in the conversation's language; the chat goes on."""
    with speaking(language):
        body = {"error": refused.reason, "message": told(refused.reason)}
    return JSONResponse(body, STATUS.get(refused.reason, 422))


@router.get("/conversations/{id_}/files/{file_id}")
async def get(request: Request, id_: str, file_id: str, token: Token) -> FileResponse:
    """A file of the visitor's own chat."""
    state = request.app.state
    async with state.database.read() as session:
        await service.get(session, id_, token)
        file, path = await files.fetch(session, state.settings, id_, file_id)
    return served(file, path)
