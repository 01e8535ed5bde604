"""Pages for everybody: home, chat, topics, and asking without JavaScript."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request

from portal.chat import erasing, service
from portal.chat.drafts import Draft, say
from portal.chat.groups import GROUPS
from portal.chat.saying import handover
from portal.chat.text import Refused, accepted
from portal.clock import now
from portal.guides.card import language_of
from portal.guides.guides import GUIDES
from portal.guides.interview import given
from portal.i18n import current, gettext
from portal.templating import page
from portal.web.limits import MESSAGES, count
from portal.web.public.guides import listed

router = APIRouter(include_in_schema=False)
WAIT = 19.0  # seconds for an answer without JavaScript


def groups(request: Request) -> list[dict[str, Any]]:
    """Topics by the first part of their id, in the reader's language."""
    library = request.app.state.live.edition.library
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for topic in library.topics:
        article = library.article(topic, current.get().tag)
        found[topic.partition(".")[0]].append({"id": topic, "title": article.title, "language": article.language})
    return [{"id": g, "name": group_name(g), "topics": t} for g, t in found.items()]


def group_name(group: str) -> str:
    return gettext(GROUPS.get(group, group))


@router.get("/")
async def home(request: Request) -> Any:
    return page(
        request,
        "public/home.html",
        groups=groups(request),
        guides=listed(request),
        language=language_of(current.get().tag),
    )


@router.get("/topics")
async def topics(request: Request) -> Any:
    return page(request, "public/topics.html", groups=groups(request))


@router.get("/topics/{topic}")
async def topic(request: Request, topic: str) -> Any:
    library = request.app.state.live.edition.library
    if topic not in library.topics:
        raise HTTPException(404)
    tag = current.get().tag
    article = library.article(topic, tag)
    related = [{"id": t, "title": library.article(t, tag).title} for t in article.topic.related if t in library.topics]
    shown = {
        "id": topic, "language": article.language, "title": article.title, "answer": article.answer,
        "details": article.details, "unverified": article.unverified, "law": article.topic.law,
        "links": [link.model_dump() for link in article.topic.links], "checked_on": article.topic.checked_on,
        "related": related,
    }  # fmt: skip
    return page(request, "public/topic.html", topic=shown, fallback_language=article.language != tag, **shown)


@router.get("/chat")
async def chat(request: Request, role: str = "", q: str = "", guide: str = "") -> Any:
    """The chat; with `guide` and its facts it goes on where a guide's page stands."""
    role = role if role in ("employer", "worker") else ""
    facts = given(guide, request.query_params, request.app.state.live.edition.library) if guide in GUIDES else {}
    going_on = json.dumps({"guide": guide, "facts": facts}) if guide in GUIDES else ""
    return page(request, "public/chat.html", role=role, question=q[:2000], going_on=going_on)


@router.get("/ask")
async def ask(request: Request) -> Any:
    return page(request, "public/ask.html", question="", messages=[], error="")


@router.post("/ask")
async def asked(request: Request, q: Annotated[str, Form()] = "", state: Annotated[str, Form()] = "") -> Any:
    """One question without JavaScript: through the same path as the chat, answered on the page, then forgotten.

    `state` is what the visitor chose when the answer asked for the federal state.
    """
    count(request, MESSAGES)
    messages: list[dict[str, Any]] = []
    error = ""
    try:
        messages = await answered(request, accepted(f"{q} {state}"))
    except Refused as refused:
        error = say(refused.reason)
    return page(request, "public/ask.html", question=q[:2000], messages=messages, error=error)


async def answered(request: Request, text: str) -> list[dict[str, Any]]:
    state = request.app.state
    tag = current.get().tag
    async with state.database.write() as session:
        conversation, _ = await service.create(session, tag, None, None, once=True)
        await session.flush()
        draft = Draft("text", text, conversation.language)
        message, _ = await service.receive(session, conversation, secrets.token_hex(8), draft, None)
        await session.commit()
    with state.bus.subscribe(conversation.id) as woken:
        state.turns.begin(conversation.id, message.seq)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), WAIT)
    async with state.database.write() as session:
        said = await service.after(session, conversation.id, message.seq)
        messages = [service.shown(m) for m in said]
        await erasing.erase(session, [conversation.id], now())
        await session.commit()
    await state.bot.forget([conversation.sender])
    if not messages:
        messages = [{"kind": "notice", "text": say("failure"), "language": tag, "author": "assistant"}]
    if messages[-1]["kind"] in ("notice", "not_covered"):
        person = handover(tag)
        messages.append({"kind": person.kind, "text": person.text, "language": person.language, "author": "assistant"})
    return messages


for name in ("privacy", "imprint", "accessibility"):

    async def about(request: Request, name: str = name) -> Any:
        s = request.app.state.settings
        values = {
            "keep_days": s.keep_days,
            "keep_days_person": s.keep_days_person,
            "translating": bool(s.translate_url),
        }
        return page(request, f"public/{name}.html", **values)

    router.add_api_route(f"/{name}", about, methods=["GET"])


@router.get("/widget-demo")
async def widget_demo(request: Request) -> Any:
    """How the widget looks on somebody's site."""
    return page(request, "public/widget_demo.html")
