"""Staff: sending a case to another organisation: first to whom, then what goes with it."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts import receiving
from portal.accounts.models import Organisation
from portal.cases import reach, words
from portal.cases.errors import Conflict, NotHere, Refused
from portal.cases.models import CaseFile
from portal.clock import now
from portal.consents.purposes import PURPOSES
from portal.guides.card import language_of
from portal.handover.routing import route
from portal.i18n import gettext
from portal.referrals import service
from portal.web.staff import case_view as view
from portal.web.staff.door import Here, may
from portal.web.staff.pages import staff_page

router = APIRouter()
Writes = Annotated[Here, may("transfers.write")]


async def receivers(session: AsyncSession, case: CaseFile, own: str) -> tuple[list[Organisation], list[str]]:
    """Organisations that can take a case, by name, and the ids of those that the routing names for such a concern."""
    found = [o for o in await receiving.receivers(session) if o.id != own]
    role = case.kind if case.kind != "both" else "employer"
    routes = route(found, role=role, state=case.state, topic=case.topic, language=case.language)
    return found, [r.organisation.id for r in routes if r.reason != "any"][:3]


async def form(request: Request, here: Here, number: str, status: int = 200, error: Refused | Conflict | None = None,
               typed: dict[str, str] | None = None, ticked: tuple[str, ...] = ()) -> Any:  # fmt: skip
    typed = typed or {"to": request.query_params.get("to", "")[:40]}
    values, moment = view.shared(request), now()
    library = values["labels"].library
    offered: dict[str, list[str]] = {}
    async with request.app.state.database.read() as session:
        try:
            case = await reach.get(session, here.account, number)
        except NotHere:
            await view.noted(request, here, "refused", f"case:{number[:16]}", "404")
            raise HTTPException(404) from None
        found, suggested = await receivers(session, case, here.organisation.id)
        receiver = next((o for o in found if o.id == typed.get("to")), None)
        if receiver is not None:
            for purpose in PURPOSES:
                fields = await service.passable(session, case, here.organisation, receiver, purpose, moment)
                if fields:
                    offered[purpose] = fields
    kinds = {id_: kind["name"][language_of(values["labels"].tag)] for id_, kind in library.kinds.items()}
    values |= {
        "case": case, "receiver": receiver, "suggested": [o for o in found if o.id in suggested], "kinds": kinds,
        "others": [o for o in found if o.id not in suggested], "responsible": case.organisation_id == here.organisation.id,
        "inside": receiver is not None and receiver.regime == here.organisation.regime == "sgbx",
        "offered": offered, "fields": [f for f in service.PASSED if any(f in fields for fields in offered.values())],
        "purpose": typed.get("purpose") or ("forward" if "forward" in offered else next(iter(offered), "")),
        "typed": view.Typed(typed), "ticked": ticked, "key": typed.get("key") or secrets.token_urlsafe(16), "all_parts": service.PARTS,
        "refused": gettext(words.REFUSALS[error.reason]) if error else "", "wrong": getattr(error, "field", ""),
    }  # fmt: skip
    return staff_page(request, "staff/transfer_new.html", here, status, **values)


@router.get("/cases/{number}/transfer")
async def choose(request: Request, number: str, here: Writes) -> Any:
    return await form(request, here, number)


@router.post("/cases/{number}/transfers")
async def send(request: Request, number: str, here: Writes) -> Any:
    """One form sends one transfer, however often it is sent; nothing is written without a basis (SEC-B08)."""
    typed = await view.sent(request)
    sent: Any = await request.form()
    ticked = tuple(f for f in service.PASSED if f in sent.getlist("fields"))
    try:
        view.checked(typed)
        if set(sent.getlist("fields")) - set(service.PASSED):
            raise Refused("unknown_value", "fields")
        if len(typed.get("key", "")) < 8:
            raise Refused("other_content")
        wish = service.Wish(
            kind=typed.get("kind", ""), to_id=typed.get("to", ""), purpose=typed.get("purpose", ""), fields=ticked,
            part=typed.get("part", "helper") if typed.get("kind") == "referral" else "helper", message=typed.get("message", ""),
        )  # fmt: skip

        async def work(session: AsyncSession) -> Any:
            address = request.app.state.settings.address
            return await service.send(session, here.account, number, wish, typed["key"], now(), address)

        transfer, _ = await view.acting(request, here, f"case:{number[:16]}", "transfer.sent", work, "transfers.write")
    except Refused as error:
        return await form(request, here, number, 422, error, typed, ticked)
    except Conflict as error:
        return await form(request, here, number, 409, error, typed, ticked)
    view.wake(request, transfer.from_id, transfer.to_id)
    return view.to(f"transfers/{transfer.id}?done=transfer_sent")
