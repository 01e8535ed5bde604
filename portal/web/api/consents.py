"""The chat's interface: consents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from locales.languages import closest
from portal.cases import people
from portal.chat import service as chats
from portal.clock import now
from portal.consents import receipts, service, withdrawing
from portal.consents.entered import LONGEST, WRONG, Wrong
from portal.i18n import N_, gettext, speaking, written_number
from portal.web.api import addresses
from portal.web.api.chat import Strict, Token
from portal.web.limits import MESSAGES, count

router = APIRouter(prefix="/api/chat")
router.include_router(addresses.router)
SAID = {
    "answered": N_("You have answered this before. Please load the page again to see your answer."),
    "outdated": N_("The text has changed in the meantime. The person you are talking to has to ask you again."),
    "not_given": N_("There is no consent here that could be withdrawn."),
    **WRONG,
}
Short = Annotated[str, Field(max_length=1000)]


class Answered(Strict):
    """Ticked receivers and what was entered, or `refused`; `language`: in which the text was read."""

    receivers: list[str] = Field(default_factory=list, max_length=service.RECEIVERS_AT_MOST)
    given: dict[str, Short] = Field(default_factory=dict, max_length=12)
    refused: bool = False
    language: str | None = Field(default=None, max_length=12)


def no(status: int, reason: str, language: str, **more: str) -> JSONResponse:
    with speaking(language):
        message = gettext(SAID[reason]) % {"most": written_number(LONGEST)}
        return JSONResponse({"error": reason, "message": message, **more}, status)


@router.get("/conversations/{id_}/consents")
async def asked(request: Request, id_: str, token: Token) -> Any:
    """What was asked and answered in this chat."""
    async with request.app.state.database.read() as session:
        conversation = await chats.get(session, id_, token)
        return JSONResponse(await receipts.of_chat(session, conversation, token), headers={"cache-control": "no-store"})


@router.post("/conversations/{id_}/consents/{request_id}")
async def answer(request: Request, id_: str, request_id: str, body: Answered, token: Token) -> Any:
    """Yes to those ticked, or no. The same answer again: the same receipt; another one: 422."""
    count(request, MESSAGES, id_ + chats.hashed(token))
    state = request.app.state
    async with state.database.write() as session:
        conversation = await chats.get(session, id_, token, lock=True)
        language = conversation.language
        receivers = [] if body.refused else body.receivers
        given = {} if body.refused else body.given
        try:
            consents, new = await service.answer(
                session, conversation, request_id, receivers, given, now(), secret=token,
                language=closest(body.language or ""),
            )  # fmt: skip
        except service.NotFound:
            raise HTTPException(404) from None
        except service.NotAskable:
            return no(422, "unknown", language)
        except Wrong as error:
            return no(422, error.reason, language, field=error.field)
        except service.Conflict:
            return no(422, "answered", language)
        except service.Outdated:
            return no(409, "outdated", language)
        if new:
            ticked = [c for c in consents if c.given_at]
            event = "permission_accepted" if ticked else "permission_rejected"
            await people.given(session, ticked, now())
            await receipts.line(session, conversation, event, ticked or consents)
        shown = await receipts.request(session, consents, language, token)
        await session.commit()
    if new:
        state.bus.wake(id_, *{f"org:{c.from_id}" for c in consents})
    return JSONResponse(shown, headers={"cache-control": "no-store"})


@router.post("/conversations/{id_}/consents/{consent_id}/withdraw")
async def withdraw(request: Request, id_: str, consent_id: str, token: Token) -> Any:
    """Withdraw one; at once."""
    state = request.app.state
    async with state.database.write() as session:
        conversation = await chats.get(session, id_, token, lock=True)
        of_chat = await service.of_chat(session, id_, lock=True)
        consent = next((c for c in of_chat if c.id == consent_id), None)
        if consent is None:
            raise HTTPException(404)
        try:
            new = await withdrawing.withdraw(session, consent, now(), address=state.settings.address)
        except withdrawing.NotGiven:
            return no(409, "not_given", conversation.language)
        if new:
            await receipts.line(session, conversation, "permission_withdrawn", [consent])
        same = [c for c in of_chat if c.request == consent.request]
        shown = await receipts.request(session, same, conversation.language, token)
        await session.commit()
    state.bus.wake(id_, f"org:{consent.from_id}", f"org:{consent.to_id}")
    return JSONResponse(shown, headers={"cache-control": "no-store"})
