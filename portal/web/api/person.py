"""The chat's interface: a person who helps. Asking, leaving, a message for later, the end, the rating (design: a contract)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from limits import parse
from pydantic import Field

from portal.chat import persons, service
from portal.chat.text import Refused, accepted, clean
from portal.clock import now
from portal.handover import asking, leaving, telling, view
from portal.handover.models import Handover
from portal.mail import visitors
from portal.mail.addresses import Implausible
from portal.web.api.addresses import CODES, no
from portal.web.api.chat import Strict, Token
from portal.web.api.errors import problem
from portal.web.limits import MESSAGES, count

router = APIRouter(prefix="/api/chat/conversations/{id_}")
SIGNS = parse("90/minute")  # signs of typing and reading, of a conversation


class Nothing(Strict):
    pass


class Left(Strict):
    """A message for later. `client_msg_id`: the same one again is stored once."""

    text: str
    email: str | None = Field(default=None, max_length=254)
    client_msg_id: str | None = Field(default=None, min_length=1, max_length=64)


class Typing(Strict):
    on: bool


class Read(Strict):
    seq: int = Field(ge=0, le=2**31)


class Stars(Strict):
    stars: int = Field(ge=1, le=5)
    comment: str = Field(default="", max_length=1000)


def wake(request: Request, id_: str, handover: Handover | None) -> None:
    request.app.state.bus.wake(id_, *([f"org:{handover.organisation_id}"] if handover else []))


async def state_of(request: Request, id_: str, owner: str) -> dict[str, Any]:
    """{owner, person} as they are now."""
    state = request.app.state
    async with state.database.look() as session:
        person, _ = await view.person(session, id_, state.presence, now())
    return {"owner": owner, "person": person}


@router.post("/person")
async def ask(request: Request, id_: str, token: Token, body: Nothing | None = None) -> Any:
    """Ask for a person; asking again changes nothing. Needs no assistant."""
    state, moment = request.app.state, now()
    count(request, MESSAGES, "person" + id_ + service.hashed(token))
    async with state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        outcome = await persons.ask(session, conversation, state.live.edition.library, moment)
        await session.commit()
    wake(request, id_, outcome.handover)
    if outcome.handover is None:
        return {"owner": conversation.owner, "person": view.turned_away(outcome)}
    return await state_of(request, id_, conversation.owner)


@router.delete("/person")
async def leave(request: Request, id_: str, token: Token) -> Any:
    """Leave the queue, or after the end: the assistant goes on."""
    async with request.app.state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        try:
            handover = await leaving.leave(session, conversation, now())
        except asking.NotNow:
            return problem(request, 409, "not_now", conversation.language)
        await session.commit()
    wake(request, id_, handover)
    await request.app.state.turns.take_up(id_)
    return {"owner": conversation.owner}


@router.post("/person/message", status_code=201)
async def message(request: Request, id_: str, token: Token, body: Left) -> Any:
    """Leave a message for when somebody is there; an address, where one is given, gets a code to confirm it."""
    count(request, MESSAGES, id_ + service.hashed(token))
    if body.email:
        count(request, CODES)
    async with request.app.state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        language = conversation.language
        try:
            text = accepted(body.text)
            if body.email:
                await visitors.ask_code(session, conversation, body.email, now())
            handover, stored = await asking.message(
                session, conversation, text, now(), client_msg_id=body.client_msg_id
            )
        except Refused as error:
            return problem(request, 422, error.reason, language)
        except Implausible:
            return no(422, "bad_email", language)
        except visitors.TooMany:
            return no(429, "too_many_mails", language)
        except asking.NotNow:
            return problem(request, 409, "not_now", language)
        if handover is None or stored is None:
            return problem(request, 409, "no_organisation", language)
        await telling.message_left(session, handover, request.app.state.settings.address)
        await session.commit()
    wake(request, id_, handover)
    return {"message": service.shown(stored), **await state_of(request, id_, conversation.owner)}


@router.post("/end")
async def end(request: Request, id_: str, token: Token, body: Nothing | None = None) -> Any:
    """The visitor ends the chat; twice ends it once."""
    async with request.app.state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        handover = await leaving.finish(session, conversation, now())
        await session.commit()
    wake(request, id_, handover)
    return await state_of(request, id_, conversation.owner)


@router.post("/rating", status_code=204, response_model=None)
async def rating(request: Request, id_: str, token: Token, body: Stars) -> Any:
    """One to five stars for the last person, once."""
    async with request.app.state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        try:
            handover = await leaving.rate(session, conversation, body.stars, clean(body.comment), now())
        except asking.NotNow:
            return problem(request, 409, "not_now", conversation.language)
        await session.commit()
    wake(request, id_, handover)
    return Response(status_code=204)


@router.post("/typing", status_code=204)
async def typing(request: Request, id_: str, token: Token, body: Typing) -> None:
    """The visitor types, or stopped; what they type stays with them until they send it (SEC-C14)."""
    state = request.app.state
    count(request, SIGNS, id_ + service.hashed(token))
    async with state.database.look() as session:
        await service.get(session, id_, token)
    state.presence.typing(id_, "visitor", body.on)
    state.bus.pass_on(id_, kind="typing", side="visitor", on=body.on)


@router.post("/read", status_code=204)
async def read(request: Request, id_: str, token: Token, body: Read) -> None:
    """The visitor has seen the messages up to a number."""
    state = request.app.state
    count(request, SIGNS, id_ + service.hashed(token))
    async with state.database.look() as session:
        conversation = await service.get(session, id_, token)
    if conversation.visitor_read >= min(body.seq, conversation.last_seq):
        return
    async with state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        conversation.visitor_read = max(conversation.visitor_read, min(body.seq, conversation.last_seq))
        session.add(conversation)
        await session.commit()
    state.bus.wake(id_)
