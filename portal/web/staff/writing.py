"""Writing at the desk: replies, with or without translation; notes that only staff sees; the sign of typing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response

from portal.chat.drafts import Draft
from portal.chat.service import Conflict
from portal.chat.text import clean
from portal.clock import now
from portal.desk import reading, transcript
from portal.desk.translating import Untranslated
from portal.handover import service
from portal.i18n import current
from portal.web.staff.chat_desk import not_owner
from portal.web.staff.chat_view import back, chat_page
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.forms import Wrong, field, long_field, message_id, written

router = APIRouter()
Writes = Annotated[Here, may("chats.write")]


@router.post("/chats/{id_}/reply")
async def reply(request: Request, id_: str, here: Writes) -> Any:
    """Send a reply once (FLT-24). With `translation`, that is what the visitor reads; `text` is kept as the original, if it still
    is the one that was translated (`original`)."""
    kept = {name: await long_field(request, name) for name in ("text", "translation", "original")}
    kept["message_id"], text, own = await message_id(request), kept["text"], current.get().tag
    try:
        said = written(text)
        theirs = written(kept["translation"]) if kept["translation"] else ""
        if theirs and said != clean(kept["original"]):
            raise Wrong("outdated")
        async with request.app.state.database.write() as session:
            conversation, _, _ = await transcript.reach(session, here.account, id_)
            translated = await reading.chosen(session, here.account, conversation, own)
            draft = Draft("text", theirs or said, conversation.language)
            if theirs:
                draft.shown["original"] = {"language": own, "text": said}
            elif translated and request.app.state.readers.translator.on:
                draft.language = (
                    own  # sent as it was written; without a server the form asks for the visitor's language
                )
            await sent(session, here, id_, kept["message_id"], draft, request.app.state.settings.address)
            await session.commit()
    except Wrong as error:
        return await chat_page(request, here, id_, 422, refusal=error.reason, **kept)
    except Conflict:
        return await chat_page(request, here, id_, 422, refusal="other_text", **{**kept, "lost": text})
    except service.NotOwner as error:
        return await not_owner(request, here, id_, error, lost=text)
    except LookupError:
        raise HTTPException(404) from None
    request.app.state.presence.typing(id_, "staff", False)
    request.app.state.bus.wake(id_)
    return back(request, f"chats/{id_}")


async def sent(session: Any, here: Here, chat: str, client_msg_id: str, draft: Draft, address: str) -> None:
    """Store a message of the counsellor who has the chat; `address`: of the portal, for a mail. Raises NotOwner, Conflict, LookupError."""
    account = await confirmed(session, here, "chats.write")
    await service.reply(session, account, chat, client_msg_id, draft, now(), address)


@router.post("/chats/{id_}/translate")
async def translate(request: Request, id_: str, here: Writes) -> Any:
    """The reply in the visitor's language, to be read and corrected before it is sent (scenario 18)."""
    text, own = await long_field(request, "text"), current.get().tag
    kept: dict[str, Any] = {"text": text, "message_id": await message_id(request)}
    translator = request.app.state.readers.translator
    async with request.app.state.database.read() as session:
        try:
            talk = await transcript.load(session, here.account, id_, most=1)
        except transcript.NotHere:
            raise HTTPException(404) from None
    if not talk.mine(here.account):
        return await not_owner(request, here, id_, service.NotOwner(talk.holder if talk.open else None), lost=text)
    try:
        got = await translator.translate(written(text), own, talk.conversation.language)
    except Wrong as error:
        return await chat_page(request, here, id_, 422, refusal=error.reason, **kept)
    except Untranslated as error:
        status = 503 if error.reason == "failed" else 422
        return await chat_page(request, here, id_, status, refusal=error.reason, **kept)
    return await chat_page(request, here, id_, translation=got.text, original=text, missing=got.missing, **kept)


@router.post("/chats/{id_}/translation")
async def switch(request: Request, id_: str, here: Writes) -> Any:
    """Read and write this chat translated, or not."""
    on = await field(request, "on", 1) == "1"
    async with request.app.state.database.write() as session:
        try:
            await transcript.reach(session, here.account, id_)
        except transcript.NotHere:
            raise HTTPException(404) from None
        await reading.choose(session, await confirmed(session, here, "chats.write"), id_, on)
        await session.commit()
    return back(request, f"chats/{id_}")


@router.post("/chats/{id_}/notes")
async def note(request: Request, id_: str, here: Writes) -> Any:
    """A note beside the chat; colleagues without the chat may write one too (scenario 13)."""
    text = await long_field(request, "note")
    try:
        async with request.app.state.database.write() as session:
            account = await confirmed(session, here, "chats.write")
            await transcript.note(session, account, id_, written(text), now())
            await session.commit()
    except Wrong as error:
        return await chat_page(request, here, id_, 422, refusal=error.reason, note=text)
    except transcript.NotHere:
        raise HTTPException(404) from None
    request.app.state.bus.wake(f"org:{here.account.organisation_id}", id_)
    return back(request, f"chats/{id_}")


@router.post("/chats/{id_}/typing", status_code=204)
async def typing(request: Request, id_: str, here: Writes) -> Response:
    """The counsellor who has the chat writes a reply; nothing of its text is sent (SEC-C14)."""
    async with request.app.state.database.look() as session:
        try:
            _, handover, _ = await transcript.reach(session, here.account, id_)
        except transcript.NotHere:
            raise HTTPException(404) from None
    if handover.status == "taken" and handover.account_id == here.id:
        request.app.state.presence.typing(id_, "staff", await field(request, "on", 1) == "1")
        request.app.state.bus.wake(id_)
    return Response(status_code=204)
