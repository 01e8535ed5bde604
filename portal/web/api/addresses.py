"""The chat's interface: the visitor's e-mail address, and the chat by mail. Mounted by portal.web.api.consents."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from limits import parse
from pydantic import Field

from portal.chat import service as chats
from portal.chat.strings import STRINGS
from portal.clock import now
from portal.handover.lines import notice
from portal.i18n import N_, gettext, speaking
from portal.mail import transcripts, visitors
from portal.mail.addresses import Implausible
from portal.web.api.chat import Strict, Token
from portal.web.limits import MESSAGES, count

router = APIRouter()
CODES = parse("20/hour")  # from one place, over all its chats
SAID = {
    "bad_email": STRINGS["email_bad"],
    "too_many_mails": N_("No more mails of this kind today. Please try again tomorrow."),
    "bad_code": N_("This code is not right, or it is too old. You can have a new one sent."),
    "not_confirmed": N_("Please confirm your e-mail address first."),
}


class NewAddress(Strict):
    email: str = Field(max_length=254)


class Code(Strict):
    code: str = Field(min_length=1, max_length=20)


def no(status: int, reason: str, language: str) -> JSONResponse:
    with speaking(language):
        return JSONResponse({"error": reason, "message": gettext(SAID[reason])}, status)


@router.post("/conversations/{id_}/address", status_code=202)
async def address(request: Request, id_: str, body: NewAddress, token: Token) -> Any:
    """Send a code there."""
    count(request, CODES)
    async with request.app.state.database.write() as session:
        conversation = await chats.get(session, id_, token, lock=True)
        try:
            await visitors.ask_code(session, conversation, body.email, now())
        except Implausible:
            return no(422, "bad_email", conversation.language)
        except visitors.TooMany:
            return no(429, "too_many_mails", conversation.language)
        await session.commit()
    return Response(status_code=202)


@router.post("/conversations/{id_}/address/code")
async def code(request: Request, id_: str, body: Code, token: Token) -> Any:
    """Confirm it. A wrong code is counted."""
    count(request, MESSAGES, id_ + chats.hashed(token))
    async with request.app.state.database.write() as session:
        conversation = await chats.get(session, id_, token, lock=True)
        right = await visitors.confirm(session, conversation, body.code.strip().replace(" ", ""), now())
        shown = await visitors.shown(session, id_)
        if right:
            await notice(session, conversation, "contact_fulfilled")
        await session.commit()
    request.app.state.bus.wake(id_)
    return {"address": shown} if right else no(422, "bad_code", conversation.language)


@router.post("/conversations/{id_}/transcript", status_code=202)
async def transcript(request: Request, id_: str, token: Token) -> Any:
    """The chat by mail."""
    async with request.app.state.database.write() as session:
        conversation = await chats.get(session, id_, token, lock=True)
        try:
            await transcripts.send(session, conversation, now())
        except transcripts.NotConfirmed:
            return no(409, "not_confirmed", conversation.language)
        except transcripts.TooMany:
            return no(429, "too_many_mails", conversation.language)
        await session.commit()
    return Response(status_code=202)
