"""The chat's HTTP interface: POST up, SSE down; the database is the truth (design: a contract)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse

from locales.languages import LANGUAGES, closest
from portal.cases.erasing import chat_gone
from portal.chat import erasing, service
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.chat.strings import STRINGS
from portal.chat.text import Refused, accepted, clean
from portal.clock import now
from portal.guides.card import language_of
from portal.guides.guides import GUIDES
from portal.guides.interview import given
from portal.handover import leaving, queue, telling, view
from portal.handover.service import said
from portal.i18n import gettext, negotiate, speaking
from portal.web.api.errors import problem
from portal.web.api.listening import MOST, listening
from portal.web.limits import CHATS, MESSAGES, count

router = APIRouter(prefix="/api/chat")
STUCK = 60.0  # seconds after which a reader that takes nothing is let go (FLT-28)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class GoingOn(Strict):
    """A guide that was begun on a page."""

    guide: str = Field(max_length=20)
    facts: dict[str, str] = Field(default_factory=dict, max_length=30)


class NewConversation(Strict):
    language: str | None = Field(default=None, max_length=12)
    role: Literal["employer", "worker"] | None = None
    page: str | None = Field(default=None, max_length=300)
    going_on: GoingOn | None = None


class NewMessage(Strict):
    client_msg_id: str = Field(min_length=1, max_length=64)
    text: str | None = None
    choice: str | None = Field(default=None, max_length=64)


class Changed(Strict):
    language: str | None = Field(default=None, max_length=12)
    going_on: GoingOn | None = None


class Thumb(Strict):
    seq: int
    helpful: bool
    comment: str = Field(default="", max_length=1000)


def token_of(authorization: Annotated[str, Header()] = "") -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


Token = Annotated[str, Depends(token_of)]


@router.get("/strings")
async def strings(request: Request, response: Response, lang: str = "") -> dict[str, Any]:
    """The widget's words in a language."""
    tag = closest(lang) or negotiate(request.headers.get("accept-language"))
    response.headers["cache-control"] = "public, max-age=300"
    with speaking(tag):
        words: dict[str, Any] = {key: gettext(text) for key, text in STRINGS.items()}
    known = [x for x in LANGUAGES.values() if x.ui]
    library = request.app.state.live.edition.library
    words["guides"] = [{"id": g, "title": library.guides[g].title[language_of(tag)]} for g in GUIDES]
    return words | {"languages": [{"tag": x.tag, "name": x.name, "dir": x.dir} for x in known]}


@router.post("/conversations", status_code=201)
async def create(request: Request, body: NewConversation) -> dict[str, Any]:
    """A new conversation; its token is told only here."""
    count(request, CHATS)
    language = closest(body.language or "") or negotiate(request.headers.get("accept-language"))
    async with request.app.state.database.write() as session:
        page = clean(body.page)[:300] if body.page else None
        conversation, token = await service.create(session, language, body.role, page)
        if body.going_on is not None:
            conversation.guide = brought(request, body.going_on)
        await session.commit()
    return {"id": conversation.id, "token": token, "language": language, "epoch": conversation.epoch}


@router.patch("/conversations/{id_}")
async def change(request: Request, id_: str, body: Changed, token: Token) -> dict[str, Any]:
    """The reader chose another language, or brings answers from a guide's page."""
    language = closest(body.language) if body.language is not None else None
    if body.language is not None and language is None:
        return problem(request, 422, "bad_request")
    async with request.app.state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        conversation.language = language or conversation.language
        if body.going_on is not None:
            conversation.guide = brought(request, body.going_on)
        session.add(conversation)
        handover = await queue.current(session, id_) if conversation.version else None
        if handover is not None and language is not None:  # place and person stay (scenario 19)
            handover.language = language
            session.add(handover)
        await session.commit()
    request.app.state.bus.wake(id_, *([f"org:{handover.organisation_id}"] if handover else []))
    return {"language": conversation.language}


def brought(request: Request, going_on: GoingOn) -> dict[str, Any]:
    """A guide's state with the answers given on its page; its title, sent next, takes them up."""
    if going_on.guide not in GUIDES:
        return {}
    facts = given(going_on.guide, going_on.facts, request.app.state.live.edition.library)
    return {"guide": going_on.guide, "facts": facts, "trail": list(facts), "brought": True}


@router.delete("/conversations/{id_}", status_code=204, response_model=None)
async def erase(request: Request, id_: str, token: Token, report: bool = False) -> Response:
    """Delete the chat with all that hangs on it. With `?report=true`: {erased: rows by store, kept: what stays as a count}."""
    async with request.app.state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        handover = await queue.latest(session, id_) if conversation.version else None
        await chat_gone(session, id_, now())
        rows = await erasing.report(session, [id_]) if report else {}
        await erasing.erase(session, [id_], now())
        await session.commit()
    request.app.state.bus.wake(id_, *([f"org:{handover.organisation_id}"] if handover else []))
    await request.app.state.bot.forget([conversation.sender])
    if not report:
        return Response(status_code=204)
    kept = {erasing.COUNTED: rows.pop(erasing.COUNTED)}
    return JSONResponse({"erased": rows | {"bot": 1}, "kept": kept})


@router.post("/conversations/{id_}/messages", status_code=201)
async def post(request: Request, id_: str, body: NewMessage, token: Token) -> Any:
    """Store a message (or a choice), then let it be answered. The same `client_msg_id` again: the same answer."""
    state = request.app.state
    if (body.text is None) == (body.choice is None):
        return problem(request, 422, "bad_request")
    count(request, MESSAGES, id_ + service.hashed(token))
    handover = None
    async with state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        language = conversation.language
        try:
            text = accepted(body.text) if body.text is not None else ""
            draft = Draft("text", text, language)
            message, new = await received(session, conversation, body, draft)
        except Refused as error:
            return problem(request, 422, error.reason, language)
        except service.Conflict:
            return problem(request, 422, "other_text", language)
        except service.Closed:
            return problem(request, 409, "choose_again", language)
        except service.Ended:
            return problem(request, 409, "ended", language)
        if new and conversation.owner != "assistant":
            handover = await queue.current(session, id_)
            await leaving.wrote(session, conversation, handover, now())
            if handover is not None and handover.status == "message":
                await telling.message_left(session, handover, state.settings.address)
        await session.commit()
    if new:
        if conversation.owner == "assistant":
            state.turns.begin(id_, message.seq, (conversation, message))
        state.presence.typing(id_, "visitor", False)
        state.bus.wake(*(said(handover) if handover else [id_]))
    return JSONResponse(service.shown(message), 201)


async def received(session: Any, conversation: Conversation, body: NewMessage, draft: Draft) -> tuple[Message, bool]:
    """Store a message; a chat that ended because nobody wrote goes on with it (scenario 26). Raises as service.receive."""
    try:
        return await service.receive(session, conversation, body.client_msg_id, draft, body.choice)
    except service.Ended:
        if await leaving.reopen(session, conversation, now()) is None:
            raise
        return await service.receive(session, conversation, body.client_msg_id, draft, body.choice)


@router.get("/conversations/{id_}/messages")
async def read(request: Request, id_: str, token: Token, after: int = 0) -> JSONResponse:
    """The messages after a number, in order, and the person who helps."""
    state, person, handover = request.app.state, None, None
    async with state.database.look() as session:
        epoch, owner, version, messages = await service.since(session, id_, token, max(0, min(after, 2**31)))
        if version:
            person, handover = await view.person(session, id_, state.presence, now())
    listening(state).alive(handover)
    shown = [service.shown(m) for m in messages]
    return JSONResponse({"epoch": epoch, "owner": owner, "messages": shown, "person": person})


@router.get("/conversations/{id_}/events")
async def events(request: Request, id_: str, token: Token) -> Any:
    """Wakes the reader: an event for each new number, and when something about the person changed."""
    state = request.app.state
    async with state.database.look() as session:
        conversation = await service.get(session, id_, token)
    here = listening(state)
    if here.streams[id_] >= MOST:
        return problem(request, 429, "too_fast", conversation.language, retry=30)
    return EventSourceResponse(
        here.events(id_, conversation.last_seq), ping=15, send_timeout=STUCK, headers={"cache-control": "no-store"}
    )


@router.post("/conversations/{id_}/feedback", status_code=204)
async def feedback(request: Request, id_: str, body: Thumb, token: Token) -> None:
    """A thumb for an answer."""
    async with request.app.state.database.write() as session:
        conversation = await service.get(session, id_, token, lock=True)
        await service.rate(session, conversation, body.seq, body.helpful, clean(body.comment))
        await session.commit()
