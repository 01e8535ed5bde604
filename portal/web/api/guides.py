"""The guides' HTTP interface: stateless; the facts stand in the query, as in the pages' addresses."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from locales.languages import closest
from portal.chat.text import clean
from portal.guides import card as cards
from portal.guides.guides import GUIDES
from portal.guides.interview import given, step, valid
from portal.guides.reading import heard
from portal.guides.words import NOTES
from portal.i18n import gettext, interface, negotiate, speaking
from portal.web.api.errors import problem
from portal.web.limits import MESSAGES, count

router = APIRouter(prefix="/api/guides")
BESIDE = {"lang", "asked", "say"}  # parameters that are no facts


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
    """`?lang=&FACT=VALUE…[&asked=FACT&say=TEXT]` -> {guide, facts, answers, note, ask | null, result | null, address}.

    `say` is free text for the question `asked`. 404 for an unknown guide, 422 for a fact or a value that it does not have.
    """
    tag, query = wanted(request), request.query_params
    if guide not in GUIDES:
        return problem(request, 404, "no_page", tag)
    library = request.app.state.live.edition.library
    facts = {f: v for f, v in query.items() if f not in BESIDE}
    asked, said = query.get("asked", ""), clean(query.get("say", ""))
    wrong = [f for f, v in facts.items() if f not in GUIDES[guide].facts or not valid(f, v, library)]
    if wrong or len(said) > 500 or (said and asked not in GUIDES[guide].facts):
        return problem(request, 422, "bad_fact", tag)
    note = ""
    near: tuple[str, ...] = ()
    facts = given(guide, query, library)
    if said.strip():
        count(request, MESSAGES)
        got = await heard(asked, said, tag, request.app.state.live, cards.today())
        facts |= {f: v for f, v in got.facts.items() if f in GUIDES[guide].facts}
        note, near = got.note or ("" if asked in got.facts else "unclear"), got.near
    now = step(guide, facts, library, cards.today())
    with speaking(tag):
        words = getattr(now.clash, cards.language_of(tag)) if now.clash else gettext(NOTES[note]) if note else ""
    return JSONResponse({
        "guide": guide, "language": cards.language_of(tag), "facts": dict(now.case.facts), "answers": cards.answers(now.case, tag),
        "note": words, "ask": cards.question(now.case, now.ask, tag, near if now.ask == asked else ()) if now.ask else None,
        "result": cards.card(now, tag) if now.result is not None else None, "address": cards.address(now, tag),
    })  # fmt: skip
