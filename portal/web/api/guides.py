"""The guides' HTTP interface: stateless; chosen answers stand in the query, as in the pages' addresses, typed text does not."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from locales.languages import closest
from portal.chat.text import clean
from portal.guides import card as cards
from portal.guides.guides import GUIDES
from portal.guides.interview import step, valid
from portal.guides.reading import heard
from portal.guides.words import NOTES
from portal.i18n import gettext, interface, negotiate, speaking
from portal.web.api.errors import problem
from portal.web.limits import MESSAGES, count

router = APIRouter(prefix="/api/guides")
Near = dict[str, tuple[str, ...]]


class Answer(BaseModel):
    """Free text for a question, with what is known so far."""

    model_config = ConfigDict(extra="forbid", strict=True)
    facts: dict[str, str] = Field(default_factory=dict, max_length=30)
    asked: str = Field(max_length=20)
    say: str = Field(max_length=500)


def wanted(request: Request) -> str:
    return interface(
        closest(request.query_params.get("lang", "")) or negotiate(request.headers.get("accept-language"))
    ).tag


@router.get("")
async def guides(request: Request) -> dict[str, Any]:
    """`?lang=` -> {guides: [{id, title, intro, facts}], language}."""
    library, language = request.app.state.live.edition.library, cards.language_of(wanted(request))
    words = [(g, library.guides[g]) for g in GUIDES]
    found = [
        {"id": g, "title": w.title[language], "intro": w.intro[language], "facts": GUIDES[g].facts} for g, w in words
    ]
    return {"guides": found, "language": language}


@router.get("/{guide}")
async def one(request: Request, guide: str) -> Any:
    """`?lang=&FACT=VALUE…` -> {guide, facts, answers, note, ask | null, result | null, address}.

    404 for an unknown guide, 422 for a fact or a value that it does not have.
    """
    facts = {f: v for f, v in request.query_params.items() if f != "lang"}
    return found(request, guide, facts) or told(request, guide, facts)


@router.post("/{guide}")
async def said(request: Request, guide: str, body: Answer) -> Any:
    """`?lang=` and {facts, asked, say}: free text for the question `asked` -> as above, with what was understood."""
    wrong = found(request, guide, body.facts)
    if wrong is not None or body.asked not in GUIDES[guide].facts:
        return wrong or problem(request, 422, "bad_fact", wanted(request))
    count(request, MESSAGES)
    text = clean(body.say)
    got = await heard(body.asked, text, wanted(request), request.app.state.live, cards.today())
    facts = body.facts | {f: v for f, v in got.facts.items() if f in GUIDES[guide].facts}
    note = got.note or ("" if body.asked in got.facts else "unclear")
    return told(request, guide, facts, note, {body.asked: got.near})


def found(request: Request, guide: str, facts: dict[str, str]) -> JSONResponse | None:
    """What is wrong with a request, or None."""
    if guide not in GUIDES:
        return problem(request, 404, "no_page", wanted(request))
    library = request.app.state.live.edition.library
    wrong = [f for f, v in facts.items() if f not in GUIDES[guide].facts or not valid(f, v, library)]
    return problem(request, 422, "bad_fact", wanted(request)) if wrong else None


def told(request: Request, guide: str, facts: dict[str, str], note: str = "", near: Near | None = None) -> JSONResponse:
    """The next question or the result."""
    tag, library = wanted(request), request.app.state.live.edition.library
    now = step(guide, facts, library, cards.today())
    with speaking(tag):
        words = getattr(now.clash, cards.language_of(tag)) if now.clash else gettext(NOTES[note]) if note else ""
    ask = cards.question(now.case, now.ask, tag, (near or {}).get(now.ask, ())) if now.ask else None
    return JSONResponse({
        "guide": guide, "language": cards.language_of(tag), "facts": dict(now.case.facts), "note": words, "ask": ask,
        "answers": cards.answers(now.case, tag), "result": cards.card(now, tag) if now.result is not None else None,
        "address": cards.address(now, tag),
    })  # fmt: skip
