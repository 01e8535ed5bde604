"""Canned replies: list, new, change, delete with undo."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from locales.languages import LANGUAGES
from portal.chat.text import clean
from portal.desk import canned, words
from portal.desk.models import Canned
from portal.web.staff.chat_view import back, tongue
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.forms import Id, field, long_field
from portal.web.staff.pages import staff_page

router = APIRouter()
Writes = Annotated[Here, may("canned.write")]


def languages(here: Here) -> list[Any]:
    """Those the organisation answers in, the interface's, and what its people speak."""
    wanted = {*here.organisation.languages, *here.account.languages, *(t for t, known in LANGUAGES.items() if known.ui)}
    return [tongue(tag) for tag in LANGUAGES if tag in wanted]


async def form(request: Request, here: Here, status: int = 200, **values: Any) -> HTMLResponse:
    values = {"id_": None, "title": "", "texts": {}, "own": False, "wrong": []} | values
    return staff_page(request, "staff/canned_reply.html", here, status, tongues=languages(here), **values)


async def listed(request: Request, here: Here, removed: Canned | None = None) -> HTMLResponse:
    async with request.app.state.database.read() as session:
        found = await canned.of(session, here.account)
    done = words.DONE.get(request.query_params.get("done", ""))
    return staff_page(request, "staff/canned.html", here, replies=found, removed=removed, tongue=tongue, done=done)


@router.get("/canned")
async def show(request: Request, here: Writes) -> Any:
    return await listed(request, here)


@router.get("/canned/new")
async def new(request: Request, here: Writes) -> Any:
    return await form(request, here)


async def filled(request: Request) -> dict[str, Any]:
    """What the form says: title, texts by language, own. The undo of a deletion may hold a language that is not on offer here."""
    texts = {tag: clean(await long_field(request, f"text_{tag}"))[: canned.TEXT] for tag in LANGUAGES}
    title = clean(await long_field(request, "title"))[: canned.TITLE]
    return {
        "title": title,
        "texts": {t: said for t, said in texts.items() if said},
        "own": await field(request, "own", 3) != "",
    }


@router.post("/canned")
async def create(request: Request, here: Writes) -> Any:
    """A new one; also the undo of a deletion."""
    said = await filled(request)
    wrong = canned.problems(said["title"], said["texts"])
    if wrong:
        return await form(request, here, 422, wrong=wrong, **said)
    async with request.app.state.database.write() as session:
        by = await confirmed(session, here, "canned.write")
        same = [c for c in await canned.of(session, by) if (c.title, c.texts) == (said["title"], said["texts"])]
        if not same:  # a double click makes one (FLT-24)
            owner = here.id if said["own"] else None
            session.add(
                Canned(organisation_id=here.organisation.id, account_id=owner, title=said["title"], texts=said["texts"])
            )
        await session.commit()
    return back(request, "canned?done=saved")


@router.get("/canned/{id_}")
async def edit(request: Request, id_: Id, here: Writes) -> Any:
    async with request.app.state.database.read() as session:
        one = await known(session, here, id_)
    return await form(request, here, id_=id_, title=one.title, texts=one.texts, own=one.account_id is not None)


@router.post("/canned/{id_}")
async def change(request: Request, id_: Id, here: Writes) -> Any:
    said = await filled(request)
    wrong = canned.problems(said["title"], said["texts"])
    async with request.app.state.database.write() as session:
        await confirmed(session, here, "canned.write")
        one = await known(session, here, id_)
        if wrong:
            return await form(request, here, 422, id_=id_, wrong=wrong, **said)
        one.title, one.account_id = said["title"], here.id if said["own"] else None
        one.texts = said["texts"] | {t: x for t, x in one.texts.items() if t not in {k.tag for k in languages(here)}}
        session.add(one)
        await session.commit()
    return back(request, "canned?done=saved")


@router.post("/canned/{id_}/delete")
async def delete(request: Request, id_: Id, here: Writes) -> Any:
    """Deleted at once; the page offers to undo it."""
    async with request.app.state.database.write() as session:
        try:
            one = await canned.get(session, await confirmed(session, here, "canned.write"), id_)
        except LookupError:
            return back(request, "canned")  # a second click
        await session.delete(one)
        await session.commit()
    return await listed(request, here, one)


async def known(session: Any, here: Here, id_: int) -> Canned:
    try:
        return await canned.get(session, here.account, id_)
    except LookupError:
        raise HTTPException(404) from None
