"""Staff: the people and teams of one's organisation, for its administrators."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy.exc import IntegrityError

from locales.languages import LANGUAGES
from portal.accounts import people
from portal.accounts.people import Invalid
from portal.clock import now
from portal.i18n import gettext
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.entry import to
from portal.web.staff.forms import Id, number
from portal.web.staff.pages import staff_page

router = APIRouter(prefix="/staff", include_in_schema=False)
Reads = Annotated[Here, may("people.read")]
Writes = Annotated[Here, may("people.write")]
DESK = [language for language in LANGUAGES.values() if language.ui]
NEW: dict[str, Any] = {"email": "", "name": "", "roles": ["counsellor"], "language": "de"}
MOST = (1, 20)  # chats at once


def said(invalid: Invalid) -> dict[str, str]:
    return {field: gettext(text) for field, text in invalid.errors.items()}


async def list_page(request: Request, here: Here, status: int = 200, **more: Any) -> Response:
    async with request.app.state.database.read() as session:
        everybody = await people.of(session, here.organisation.id)
        teams = await people.teams(session, here.organisation.id)
    values = {"typed": NEW, "errors": {}}
    return staff_page(
        request, "staff/people.html", here, status, everybody=everybody, teams=teams, roles=people.ROLES,
        statuses=people.STATUS, grantable=people.grantable(here.account), desk=DESK, edit=here.may("people.write"),
        **{**values, **more},
    )  # fmt: skip


async def person_page(request: Request, here: Here, id_: int, status: int = 200, **more: Any) -> Response:
    async with request.app.state.database.read() as session:
        try:
            person = await people.one(session, here.organisation.id, id_)
        except LookupError:
            raise HTTPException(404) from None
        everybody = await people.of(session, here.organisation.id)
        teams = await people.teams(session, here.organisation.id)
    typed = {
        "name": person.name, "shown_name": person.shown_name, "roles": person.roles, "team_id": person.team_id,
        "deputy_id": person.deputy_id, "most": person.most,
    }  # fmt: skip
    values = {"typed": typed, "errors": {}}
    deputies = [p for p in everybody if p.id != id_ and p.status != "disabled"]
    return staff_page(
        request, "staff/person.html", here, status, person=person, teams=teams, deputies=deputies, roles=people.ROLES,
        statuses=people.STATUS, grantable=people.grantable(here.account), edit=here.may("people.write"), most=MOST,
        **{**values, **more},
    )  # fmt: skip


@router.get("/people")
async def show(request: Request, here: Reads) -> Response:
    return await list_page(request, here)


@router.post("/people")
async def invite(request: Request, here: Writes) -> Response:
    form = await request.form()
    language = str(form.get("language", "de"))
    typed = {
        "email": str(form.get("email", ""))[:300], "name": str(form.get("name", ""))[:200],
        "roles": [str(role) for role in form.getlist("roles")],
        "language": language if language in [known.tag for known in DESK] else "de",
    }  # fmt: skip
    try:
        async with request.app.state.database.write() as session:
            by = await confirmed(session, here, "people.write")
            address = request.app.state.settings.address
            person = await people.invite(session, by, typed, moment=now(), address=address)
            await session.commit()
    except Invalid as invalid:
        return await list_page(request, here, 422, typed=typed, errors=said(invalid))
    except IntegrityError:  # two at once
        return await list_page(request, here, 422, typed=typed, errors={"email": gettext(people.TAKEN)})
    return to(request, f"/staff/people/{person.id}?done=invited")


@router.post("/people/teams")
async def teams(request: Request, here: Writes) -> Response:
    """A new team, another name for one, or its end. `do`: add, rename, delete."""
    form = await request.form()
    name, do, team = str(form.get("team", ""))[:200], str(form.get("do", "add")), await number(request, "id")
    try:
        async with request.app.state.database.write() as session:
            by = await confirmed(session, here, "people.write")
            if do == "add":
                await people.add_team(session, by, name)
            elif do == "rename":
                await people.rename_team(session, by, team or 0, name)
            else:
                await people.delete_team(session, by, team or 0)
            await session.commit()
    except Invalid as invalid:
        return await list_page(request, here, 422, errors=said(invalid), team=name)
    except LookupError:
        raise HTTPException(404) from None
    return to(request, "/staff/people?done=team_saved")


@router.get("/people/{person_id}")
async def one(request: Request, here: Reads, person_id: Id) -> Response:
    return await person_page(request, here, person_id)


@router.post("/people/{person_id}")
async def save(request: Request, here: Writes, person_id: Id) -> Response:
    form = await request.form()
    typed = {
        "name": str(form.get("name", ""))[:200], "shown_name": str(form.get("shown_name", ""))[:200],
        "roles": [str(role) for role in form.getlist("roles")], "team_id": await number(request, "team_id"),
        "deputy_id": await number(request, "deputy_id"),
        "most": min(max(await number(request, "most") or MOST[0], MOST[0]), MOST[1]),
    }  # fmt: skip
    try:
        async with request.app.state.database.write() as session:
            by = await confirmed(session, here, "people.write")
            person = await people.one(session, by.organisation_id, person_id)
            woken = await people.change(session, by, person, typed, now())
            await session.commit()
    except Invalid as invalid:
        return await person_page(request, here, person_id, 422, typed=typed, errors=said(invalid))
    except LookupError:
        raise HTTPException(404) from None
    request.app.state.bus.wake(f"org:{here.organisation.id}", *woken)
    return to(request, f"/staff/people/{person_id}?done=saved")


@router.post("/people/{person_id}/status")
async def status(request: Request, here: Writes, person_id: Id) -> Response:
    """`do`: disable, enable, invite (again), factors (lost: to be set up anew)."""
    do, moment, address = str((await request.form()).get("do", "")), now(), request.app.state.settings.address
    woken: list[str] = []
    try:
        async with request.app.state.database.write() as session:
            by = await confirmed(session, here, "people.write")
            person = await people.one(session, by.organisation_id, person_id)
            if do == "disable":
                woken = await people.disable(session, by, person, moment)
            elif do == "enable":
                await people.enable(session, by, person)
            elif do == "factors" and person.id != by.id:
                await people.reset_factors(session, by, person, moment, address)
            elif do == "invite" and person.status == "invited":
                await people.send_invitation(session, person, moment=moment, address=address)
            else:
                raise HTTPException(422)
            await session.commit()
    except Invalid as invalid:
        return await person_page(request, here, person_id, 422, errors=said(invalid))
    except LookupError:
        raise HTTPException(404) from None
    request.app.state.bus.wake(f"org:{here.organisation.id}", *woken)
    return to(request, f"/staff/people/{person_id}?done={'invited' if do == 'invite' else 'status_saved'}")
