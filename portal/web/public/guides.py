"""The guides as pages: one question at a time, forms without JavaScript, and an address that can be shared.

An address holds the answers that were chosen and nothing else; nothing is stored.
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from portal.chat.says import SAYS
from portal.chat.text import clean
from portal.guides import card as cards
from portal.guides.calendar import calendar
from portal.guides.guides import GUIDES
from portal.guides.interview import Step, given
from portal.guides.interview import step as next_step
from portal.guides.paper import NoPaper, paper
from portal.guides.reading import AHEAD, Read, ahead, heard
from portal.guides.words import NOTES
from portal.i18n import current, gettext, speaking
from portal.templating import env, page
from portal.web.limits import MESSAGES, count

router = APIRouter(include_in_schema=False)
printing = asyncio.Semaphore(1)


@router.get("/guides")
async def guides(request: Request) -> Any:
    return page(request, "guides/guides.html", guides=listed(request), language=cards.language_of(current.get().tag))


def listed(request: Request) -> list[dict[str, str]]:
    """The guides by name, title and what they are for."""
    library, language = request.app.state.live.edition.library, cards.language_of(current.get().tag)
    words = [(g, library.guides[g]) for g in GUIDES]
    return [{"id": g, "title": w.title[language], "intro": w.intro[language]} for g, w in words]


def opened(request: Request, guide: str) -> Step:
    if guide not in GUIDES:
        raise HTTPException(404)
    library = request.app.state.live.edition.library
    return next_step(guide, given(guide, request.query_params, library), library, cards.today())


@router.get("/guides/{guide}.pdf")
async def as_paper(request: Request, guide: str) -> Any:
    count(request, MESSAGES)
    now = opened(request, guide)
    tag = current.get().tag
    if now.result is None:
        return RedirectResponse(cards.address(now, tag), 303)
    card = cards.card(now, tag)
    html = inside("guides/paper.html", card["language"], card=card, tag=tag, query="", paper=True)
    try:
        async with printing:
            body = await asyncio.to_thread(paper, html)
    except NoPaper:
        return page(request, "public/error.html", 503, status=503, message=gettext(SAYS["no_paper"]))
    return Response(
        body, media_type="application/pdf", headers={"content-disposition": f'inline; filename="wegweiser-{guide}.pdf"'}
    )


@router.get("/guides/{guide}.ics")
async def as_calendar(request: Request, guide: str) -> Any:
    now = opened(request, guide)
    tag = current.get().tag
    card = cards.card(now, tag) if now.result is not None else None
    if card is None or not any(s["latest"] for s in card["steps"]):
        return RedirectResponse(cards.address(now, tag), 303)
    body = calendar(card, str(request.base_url).removesuffix(f"{tag}/"))
    headers = {"content-disposition": f'attachment; filename="wegweiser-{guide}.ics"'}
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


@router.get("/guides/{guide}")
async def guide_page(request: Request, guide: str) -> Any:
    return shown(request, opened(request, guide), Read(), "")


@router.post("/guides/{guide}")
async def answered(request: Request, guide: str) -> Any:
    """An answer, chosen or typed: on to the address of the next step. What is not understood is said and asked again; it
    stands in no address."""
    form = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
    if guide not in GUIDES:
        raise HTTPException(404)
    library, tag, today = request.app.state.live.edition.library, current.get().tag, cards.today()
    asked, said = form.pop("asked", ""), clean(form.pop("say", ""))[:200]
    chosen = form.get(asked)
    if chosen in AHEAD and asked in library.facts and library.facts[asked].kind == "date":
        form[asked] = ahead(chosen, today)
    now = next_step(guide, given(guide, form, library), library, today)
    if asked not in now.guide.facts or (chosen is not None and now.case.known(asked)):
        return RedirectResponse(cards.address(now, tag), 303)
    if not said:
        return shown(request, now, Read(note="choose"), "")
    count(request, MESSAGES)
    got = await heard(asked, said, tag, request.app.state.live, today)
    mine = {f: v for f, v in got.facts.items() if f in now.guide.facts}
    if asked in mine:
        return RedirectResponse(cards.address(now, tag, {**now.case.facts, **mine}), 303)
    return shown(request, now, Read(mine, got.note or "unclear", got.near), said)


def shown(request: Request, now: Step, got: Read, said: str) -> Any:
    tag = current.get().tag
    language = cards.language_of(tag)
    title = now.case.library.guides[now.guide.name].title[language]
    return page(request, "guides/guide.html", title=title, language=language, body=body(now, tag, got, said))


def inside(template: str, language: str, **values: Any) -> Markup:
    """A part in the language of its sentences, headings and buttons too."""
    with speaking(language):
        return Markup(env.get_template(template).render(**values))  # noqa: S704 from a template


def body(now: Step, tag: str, got: Read, said: str) -> Markup:
    """The open question or the result, and what is known."""
    library, language, facts = now.case.library, cards.language_of(tag), dict(now.case.facts)
    without = {f: cards.address(now, tag, {k: v for k, v in facts.items() if k != f}) for f in facts}
    with speaking(language):
        note = getattr(now.clash, language) if now.clash else gettext(NOTES[got.note]) if got.note else ""
    words = library.guides[now.guide.name]
    return inside(
        "guides/body.html", language, guide=now.guide.name, title=words.title[language], intro=words.intro[language],
        facts=facts, answers=[a | {"change": without[a["fact"]]} for a in cards.answers(now.case, tag)], tag=tag,
        back=without[list(facts)[-1]] if facts else "", said=said, note=note, paper=False,
        question=cards.question(now.case, now.ask, tag, got.near) if now.ask else None,
        card=cards.card(now, tag) if now.result is not None else None,
        again=f"/{tag}/guides/{now.guide.name}", query=cards.address(now, tag).partition("?")[2],
    )  # fmt: skip
