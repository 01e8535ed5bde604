"""Staff: one case and what is done to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request

from portal.cases import parts, people, prefill, reach, service, statuses, tasks, timeline, words
from portal.cases.errors import Changed, Conflict, NotHere, Refused
from portal.cases.models import CaseFile
from portal.clock import now
from portal.guides import card as cards
from portal.guides.case import Case
from portal.i18n import gettext
from portal.numbers import whole
from portal.referrals import lists as transfers
from portal.web.staff import case_view as view
from portal.web.staff.door import Here, may
from portal.web.staff.forms import Id
from portal.web.staff.pages import staff_page

router = APIRouter()
Reads = Annotated[Here, may("cases.read")]
Writes = Annotated[Here, may("cases.write")]


async def page(request: Request, here: Here, number: str, status: int = 200, error: Refused | Conflict | None = None,
               typed: dict[str, str] | None = None) -> Any:  # fmt: skip
    """A case as the organisation of the one who is here may see it."""
    values, moment = view.shared(request), now()
    labels, own = values["labels"], here.organisation.id
    async with request.app.state.database.read() as session:
        try:
            case = await reach.get(session, here.account, number)
        except NotHere:
            await view.noted(request, here, "refused", f"case:{number[:16]}", "404")
            raise HTTPException(404) from None
        names, staff = await view.organisation_names(session), await view.people_names(session, own)
        readable = await people.readable(session, case, own, moment)
        responsible = case.organisation_id == own
        try:
            chat = (await service.chat_of(session, here.account, case.conversation_id or ""))[0]
        except NotHere:
            chat = None
        events = await timeline.events(session, case)
        values |= {
            "case": case, "names": names, "staff": staff, "responsible": responsible, "chat": chat,
            "people": await people.shown(session, case, own, moment), "parts": await parts.of(session, case),
            "contacts": await people.employer_contacts(session, case), "tasks": await tasks.of(session, case, own),
            "notes": await tasks.notes(session, case, own), "transfers": await transfers.of_case(session, case, own),
            "colleagues": await service.colleagues(session, own),
            "events": view.lines(events, own, names, staff),
            "chat_gone": case.conversation_id is None and any(e.values.get("chat") for e in events if e.what == "opened"),
        }  # fmt: skip
    reads = "concern" in readable
    facts = prefill.known_facts(case.guide, labels.library) if reads else {}
    open_ = case.erased_at is None and case.status != "closed"
    values |= {
        "concern": case.concern if reads else None, "readable": readable, "open": open_, "moment": moment, "groups": labels.groups(), "options": labels.options(),
        "answers": cards.answers(Case(facts, labels.library, labels.today), labels.tag),
        "steps": list(statuses.STEPS[case.status]) if responsible and case.erased_at is None else [],
        "writes": open_ and here.may("cases.write"), "typed": view.Typed(typed or {}),
        "entered": view.Typed(typed) if typed and "kind" in typed else view.Typed(entered(case, readable)),
        "refused": gettext(words.REFUSALS[error.reason]) if error else "", "wrong": getattr(error, "field", ""),
        "since": view.lines(error.events, own, names, staff) if isinstance(error, Changed) else [],
    }  # fmt: skip
    await view.noted(request, here, "case.viewed", f"case:{number}")
    return staff_page(request, "staff/case.html", here, status, **values)


def entered(case: CaseFile, readable: set[str]) -> dict[str, str]:
    """What the form to change a case begins with: what one may not read stands empty in it, and stays as it is."""
    hidden = set(people.HELD) - readable
    return {f: "" if f in hidden else getattr(case, f) or "" for f in service.DETAILS}


@router.get("/cases/{number}")
async def show(request: Request, number: str, here: Reads) -> Any:
    return await page(request, here, number)


async def done(
    request: Request, here: Here, number: str, what: str, typed: dict[str, str], work: Callable[[Any], Awaitable[Any]]
) -> Any:
    """Do it and go back to the case; what cannot be done is said there, and what was typed stands there still."""
    try:
        view.checked(typed)
        await view.acting(request, here, f"case:{number[:16]}", what, work)
    except Refused as error:
        return await page(request, here, number, 422, error, typed)
    except Conflict as error:
        return await page(request, here, number, 409, error, typed)
    view.wake(request, here.organisation.id)
    return view.to(f"cases/{number}?done={what.replace('.', '_')}")


def version(typed: dict[str, str]) -> int:
    """The version the form was made from; none: it is treated as outdated."""
    found = whole(typed.get("version", ""))
    return -1 if found is None else found


@router.post("/cases/{number}")
async def change(request: Request, number: str, here: Writes) -> Any:
    typed = await view.sent(request)
    try:
        details = view.details(typed, view.Labels(request).options())
    except Refused as error:
        return await page(request, here, number, 422, error, typed)
    return await done(
        request, here, number, "case.changed", typed,
        lambda s: service.change(s, here.account, number, details, version(typed), now()),
    )  # fmt: skip


@router.post("/cases/{number}/status")
async def move(request: Request, number: str, here: Writes) -> Any:
    typed = await view.sent(request)
    return await done(
        request, here, number, "case.status", typed,
        lambda s: statuses.move(s, here.account, number, typed.get("to", ""), version(typed), now(), typed.get("reason", "")),
    )  # fmt: skip


@router.post("/cases/{number}/owner")
async def assign(request: Request, number: str, here: Writes) -> Any:
    typed = await view.sent(request)
    owner, deputy = whole(typed.get("owner", "")), whole(typed.get("deputy", ""))
    address = request.app.state.settings.address
    return await done(
        request, here, number, "case.assigned", typed,
        lambda s: service.assign(s, here.account, number, owner, deputy, version(typed), now(), address),
    )  # fmt: skip


@router.post("/cases/{number}/notes")
async def note(request: Request, number: str, here: Writes) -> Any:
    typed = await view.sent(request)
    return await done(
        request, here, number, "case.note", typed,
        lambda s: tasks.write_note(s, here.account, number, typed.get("text", ""), now()),
    )  # fmt: skip


@router.post("/cases/{number}/tasks")
async def task(request: Request, number: str, here: Writes) -> Any:
    typed = await view.sent(request)

    async def work(session: Any) -> None:
        due, who = view.day(typed.get("due_on", "")), whole(typed.get("who", ""))
        await tasks.set_task(session, here.account, number, typed.get("title", ""), due, who, now())

    return await done(request, here, number, "case.task", typed, work)


@router.post("/cases/{number}/parts/{part}/end")
async def part_ends(request: Request, number: str, part: Id, here: Writes) -> Any:
    async def work(session: Any) -> bool:
        case = await parts.end(session, here.account, number, part, now())
        await session.flush()
        return case.organisation_id == here.organisation.id or part_left(await parts.of(session, case), here)

    try:
        stays = await view.acting(request, here, f"case:{number[:16]}", "case.part", work)
    except Conflict as error:
        return await page(request, here, number, 409, error)
    return view.to(f"{f'cases/{number}' if stays else 'cases'}?done=case_part")


def part_left(found: list[Any], here: Here) -> bool:
    return any(p.organisation_id == here.organisation.id and p.until is None for p in found)


@router.post("/tasks/{task_id}/{turn}")
async def turn(request: Request, task_id: Id, turn: str, here: Writes) -> Any:
    """A task is done, undone or cancelled; back to where its list is."""
    typed = await view.sent(request)

    async def work(session: Any) -> CaseFile:
        return await tasks.turn_task(session, here.account, task_id, turn, now())

    try:
        case = await view.acting(request, here, f"task:{task_id}", "case.task", work)
    except Conflict as error:
        raise HTTPException(409) from error
    path = "transfers" if typed.get("from") == "transfers" else f"cases/{case.number}"
    return view.to(f"{path}?done=case_task")
