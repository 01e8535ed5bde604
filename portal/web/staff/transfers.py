"""Staff: transfers between organisations: what came in, what was sent, the decision, and the proof of both sides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request

from portal.cases import reach, words
from portal.cases.errors import Conflict, NotHere, Refused
from portal.clock import now
from portal.i18n import gettext
from portal.numbers import whole
from portal.referrals import deciding, lists, service
from portal.referrals.models import Transfer
from portal.web.staff import case_view as view
from portal.web.staff import transfer_sending
from portal.web.staff.door import Here, may
from portal.web.staff.forms import Id
from portal.web.staff.pages import staff_page

router = APIRouter(prefix="/staff", include_in_schema=False)
Reads = Annotated[Here, may("cases.read")]
Writes = Annotated[Here, may("transfers.write")]
LISTS = {"in": lists.incoming, "decided": lists.decided, "out": lists.outgoing}


@router.get("/transfers")
async def listed(request: Request, here: Reads, which: str = "in", page: str = "1") -> Any:
    """What came in and waits (with the time left), what was decided, what was sent; 25 on a page."""
    which, nth = which if which in LISTS else "in", max(1, whole(page) or 1)
    async with request.app.state.database.read() as session:
        rows = await LISTS[which](session, here.account, nth)
        stop = await lists.withdrawals(session, here.account)
    return staff_page(
        request, "staff/transfers.html", here, **view.shared(request), rows=rows[: lists.PAGE], which=which, nth=nth,
        more=len(rows) > lists.PAGE, stop=stop, moment=now(),
    )  # fmt: skip


async def page(request: Request, here: Here, id_: int, status: int = 200, error: Refused | Conflict | None = None,
               typed: dict[str, str] | None = None, template: str = "staff/transfer.html") -> Any:  # fmt: skip
    """A transfer as one side may see it; the receiver sees of the person only what was passed on, while the basis holds."""
    moment, own = now(), here.organisation.id
    async with request.app.state.database.read() as session:
        try:
            transfer, case = await lists.get(session, here.account, id_)
        except NotHere:
            await view.noted(request, here, "refused", f"transfer:{id_}", "404")
            raise HTTPException(404) from None
        names, staff = await view.organisation_names(session), await view.people_names(session, own)
        receives = transfer.to_id == own
        passed = await lists.passed(session, transfer, case, moment) if receives else {}
        contact = await lists.contact(session, case)
        sees = await reach.sees(session, own, case)
    await view.noted(request, here, "transfer.viewed", f"transfer:{id_}")
    values = view.shared(request) | {
        "transfer": transfer, "case": case, "names": names, "staff": staff, "receives": receives, "sees": sees, "passed": passed,
        "contact": contact, "moment": moment, "open": transfer.status == "sent",
        "shown": not receives or transfer.status in ("sent", "accepted", "answered"),
        "refused": gettext(words.REFUSALS[error.reason]) if error else "", "wrong": getattr(error, "field", ""),
        "typed": view.Typed(typed or {}), "times": timeline_of(transfer),
    }  # fmt: skip
    return staff_page(request, template, here, status, **values)


def timeline_of(transfer: Transfer) -> list[tuple[str, Any]]:
    """The moments of the clock, for the proof."""
    return [
        (gettext(words.CLOCK["sent"]), transfer.sent_at),
        (gettext(words.CLOCK["seen"]), transfer.seen_at),
        (gettext(words.CLOCK["remind"]), transfer.reminded_at),
        (gettext(words.CLOCK["due"]), transfer.due_at),
        (gettext(words.CLOCK["escalated"]), transfer.escalated_at),
        (gettext(words.CLOCK["revoked"] if transfer.revoked_at else words.CLOCK["decided"]), transfer.revoked_at or transfer.decided_at),
    ]  # fmt: skip


@router.get("/transfers/{id_}")
async def show(request: Request, id_: Id, here: Reads) -> Any:
    return await page(request, here, id_)


@router.get("/transfers/{id_}/proof")
async def proof(request: Request, id_: Id, here: Reads) -> Any:
    """Sent, due, reminded, escalated, decided, by which organisation: to print, with nobody's name and data."""
    return await page(request, here, id_, template="staff/transfer_proof.html")


async def decided(
    request: Request, here: Here, id_: int, what: str, work: Callable[[Any, dict[str, str]], Awaitable[Transfer]]
) -> Any:
    typed = await view.sent(request)
    try:
        view.checked(typed)
        transfer = await view.acting(
            request, here, f"transfer:{id_}", what, lambda session: work(session, typed), "transfers.write"
        )
    except Refused as error:
        return await page(request, here, id_, 422, error, typed)
    except Conflict as error:
        return await page(request, here, id_, 409, error, typed)
    view.wake(request, transfer.from_id, transfer.to_id)
    return view.to(f"transfers/{id_}?done={what.replace('.', '_')}")


@router.post("/transfers/{id_}/accept")
async def accept(request: Request, id_: Id, here: Writes) -> Any:
    address = request.app.state.settings.address
    return await decided(
        request, here, id_, "transfer.accepted",
        lambda s, t: deciding.accept(s, here.account, id_, t.get("answer", ""), now(), address),
    )  # fmt: skip


@router.post("/transfers/{id_}/return")
async def give_back(request: Request, id_: Id, here: Writes) -> Any:
    address = request.app.state.settings.address
    return await decided(
        request, here, id_, "transfer.returned",
        lambda s, t: deciding.give_back(s, here.account, id_, t.get("reason", ""), t.get("answer", ""), now(), address),
    )  # fmt: skip


@router.post("/transfers/{id_}/answer")
async def answer(request: Request, id_: Id, here: Writes) -> Any:
    address = request.app.state.settings.address
    return await decided(
        request, here, id_, "transfer.answered",
        lambda s, t: deciding.answer(s, here.account, id_, t.get("answer", ""), now(), address),
    )  # fmt: skip


@router.post("/transfers/{id_}/seen")
async def seen(request: Request, id_: Id, here: Writes) -> Any:
    return await decided(request, here, id_, "transfer.seen", lambda s, t: deciding.seen(s, here.account, id_, now()))


@router.post("/transfers/{id_}/revoke")
async def revoke(request: Request, id_: Id, here: Writes) -> Any:
    address = request.app.state.settings.address
    return await decided(
        request, here, id_, "transfer.revoked", lambda s, t: service.revoke(s, here.account, id_, now(), address)
    )


router.include_router(transfer_sending.router)
