"""Staff: the list of cases, and a new case, from a chat or without one."""

from __future__ import annotations

import dataclasses
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request

from portal.cases import lists, people, prefill, service, statuses, words
from portal.cases.errors import Conflict, NotHere, Refused
from portal.cases.models import CaseFile
from portal.clock import now
from portal.i18n import gettext
from portal.numbers import whole
from portal.web.staff import case_view as view
from portal.web.staff import case_work
from portal.web.staff.door import Here, may
from portal.web.staff.pages import staff_page

router = APIRouter(prefix="/staff", include_in_schema=False)


def wanted(request: Request, labels: view.Labels) -> lists.Filter:
    """The filter of an address; a value that does not exist filters nothing."""
    query, options = request.query_params, labels.options()
    allowed = {"whose": lists.WHOSE, "status": statuses.STEPS, "topic": options["topic"], "state": options["state"],
               "due": lists.DUE}  # fmt: skip
    chosen = {name: query[name] for name, values in allowed.items() if query.get(name, "") in values}
    return lists.Filter(**chosen, q=query.get("q", "").strip()[:20], page=max(1, whole(query.get("page", "")) or 1))


@router.get("/cases")
async def listed(request: Request, here: Annotated[Here, may("cases.read")]) -> Any:
    """Cases that the organisation reaches, the newest first; 25 on a page."""
    values = view.shared(request)
    labels, moment = values["labels"], now()
    chosen = wanted(request, labels)
    async with request.app.state.database.read() as session:
        found, total = await lists.cases(session, here.account, chosen, labels.today, moment)
        due = await lists.next_due(session, here.account, found)
        names = await view.organisation_names(session)
        staff = await view.people_names(session, here.organisation.id)
    return staff_page(
        request, "staff/cases.html", here, **values, cases=found, total=total, chosen=chosen, due=due, names=names, staff=staff,
        groups=labels.groups(), options=labels.options(), pages=max(1, -(-total // lists.PAGE)),
        query=lambda page: request.url.include_query_params(page=page).query,
    )  # fmt: skip


async def form(request: Request, here: Here, chat: str, status: int = 200, error: Refused | Conflict | None = None,
               typed: dict[str, str] | None = None) -> Any:  # fmt: skip
    """The form of a new case; `typed`: what was entered, so that nothing is lost."""
    values = view.shared(request)
    labels, moment, there = values["labels"], now(), None
    given: dict[str, str] = {}
    start: dict[str, Any] = dataclasses.asdict(service.Details(kind="worker"))
    async with request.app.state.database.read() as session:
        if chat:
            try:
                conversation, handover = await service.chat_of(session, here.account, chat)
            except NotHere:
                await view.noted(request, here, "refused", f"chat:{chat[:32]}", "404")
                raise HTTPException(404) from None
            there = await service.case_of_chat(session, here.account, chat)
            start = dataclasses.asdict(
                await prefill.prefilled(session, conversation, handover, labels.library, labels.tag, labels.today)
            )
            for consent in await people.consents_of(session, None, chat, here.organisation.id, moment):
                given |= {
                    f: str(consent.given[f]) for f in consent.fields if f in people.NAMED and consent.given.get(f)
                }
    values |= {
        "chat": chat, "there": there, "given": given, "typed": view.Typed(typed or {k: v or "" for k, v in start.items()}),
        "key": (typed or {}).get("key") or secrets.token_urlsafe(16), "groups": labels.groups(), "options": labels.options(),
        "refused": gettext(words.REFUSALS[error.reason]) if error else "", "wrong": getattr(error, "field", ""),
    }  # fmt: skip
    return staff_page(request, "staff/case_new.html", here, status, **values)


@router.get("/cases/new")
async def new(request: Request, here: Annotated[Here, may("cases.write")], chat: str = "") -> Any:
    return await form(request, here, chat)


@router.post("/cases")
async def create(request: Request, here: Annotated[Here, may("cases.write")]) -> Any:
    """One form makes one case, however often it is sent."""
    typed = await view.sent(request)
    chat, key = typed.get("chat", ""), typed.get("key", "")
    try:
        if len(key) < 8:
            raise Refused("other_content")
        details = view.details(typed, view.Labels(request).options())

        async def work(session: Any) -> CaseFile:
            found, _ = await service.open_case(
                session, here.account, here.organisation, details, key, now(), chat or None
            )
            return found

        case = await view.acting(request, here, f"chat:{chat[:32]}" if chat else "case:new", "case.opened", work)
    except Refused as error:
        return await form(request, here, chat, 422, error, typed)
    except Conflict as error:
        return await form(request, here, chat, 409, error, typed)
    view.wake(request, here.organisation.id)
    return view.to(f"cases/{case.number}?done=case_opened")


router.include_router(case_work.router)
