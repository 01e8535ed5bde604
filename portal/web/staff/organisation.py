"""Staff: the settings of one's organisation, and what its people did (audit)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from locales.languages import LANGUAGES
from portal import access
from portal.accounts import auditing, entering, organising
from portal.accounts.auditing import note
from portal.accounts.models import Organisation
from portal.desk.lines import state_name
from portal.i18n import current
from portal.mail import outbox, visitors
from portal.mail.notices import NOTICES
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.entry import to
from portal.web.staff.forms import MOST
from portal.web.staff.pages import staff_page

router = APIRouter(prefix="/staff", include_in_schema=False)
Writes = Annotated[Here, may("organisation.write")]
LISTS = ("states", "roles", "languages", "topics")
MAILS = {kind: notice.name for kind, notice in NOTICES.items()} | visitors.KINDS | {"second_factor": entering.STOPPED}


async def settings_page(
    request: Request, here: Here, typed: dict[str, Any], errors: dict[str, organising.Wrong], status: int = 200
) -> Response:  # fmt: skip
    said = {field: wrong.said() for field, wrong in errors.items()}
    library, language = request.app.state.live.edition.library, current.get().tag
    states = [(id_, state_name(id_, language, library)) for id_ in library.other["places/states.yml"]]
    async with request.app.state.database.read() as session:
        unsent = await outbox.failed(session, here.organisation.id)
    return staff_page(
        request, "staff/organisation.html", here, status, typed=typed, errors=said, days=organising.DAYS,
        states=sorted(states, key=lambda state: state[1].casefold()), visitors=organising.VISITORS, rules=organising.RULES,
        topics=organising.topic_groups(typed["topics"], library.topics),
        spoken=list(LANGUAGES.values()), unsent=unsent, mails=MAILS,
        give_up=outbox.GIVE_UP,
    )  # fmt: skip


@router.get("/organisation")
async def show(request: Request, here: Writes) -> Response:
    return await settings_page(request, here, organising.typed(here.organisation), {})


def typed_in(form: FormData) -> dict[str, Any]:
    """The form as it was sent, with limits; nothing is lost by an error."""
    lines = ("name", "email", "holiday_state", "rule", "amount", "remind", "reply")
    fields = {name: str(form.get(name, ""))[:2000] for name in (*lines, *(f"hours_{day}" for day in organising.DAYS))}
    lists = {name: [str(item)[:40] for item in form.getlist(name)][:50] for name in LISTS}
    return {**fields, **lists, "closures": str(form.get("closures", ""))[:8000], "files": "files" in form}


@router.post("/organisation")
async def save(request: Request, here: Writes) -> Response:
    typed = typed_in(await request.form())
    fields, errors = organising.read(typed, request.app.state.live.edition.library)
    if errors:
        return await settings_page(request, here, typed, errors, 422)
    async with request.app.state.database.write() as session:
        by = await confirmed(session, here, "organisation.write")
        organisation = await session.get_one(Organisation, by.organisation_id)
        for field, value in fields.items():
            setattr(organisation, field, value)
        session.add(organisation)
        await note(session, by, "organisation_changed", f"organisation:{organisation.id}")
        await session.commit()
    request.app.state.bus.wake(f"org:{here.organisation.id}")
    return to(request, "/staff/organisation?done=saved")


@router.get("/audit")
async def audit(
    request: Request, here: Annotated[Here, may("audit.read")], before: Annotated[int | None, Query(ge=1, le=MOST)] = None,
    organisation: Annotated[str, Query(max_length=40)] = "",
) -> Response:  # fmt: skip
    """Who did what, newest first, a page of fifty. The operator's data protection reads that of all organisations, others their own."""
    everywhere = access.everywhere(here.account, here.organisation)
    async with request.app.state.database.read() as session:
        names = await organising.names(session) if everywhere else {}
        whose = (organisation if organisation in names else None) if everywhere else here.organisation.id
        rows = list(await auditing.newest(session, whose, before))
    older = rows[auditing.PAGE - 1][0].id if len(rows) > auditing.PAGE else None
    return staff_page(
        request,
        "staff/organisation_audit.html",
        here,
        rows=rows[: auditing.PAGE],
        older=older,
        what=auditing.WHAT,
        everywhere=everywhere,
        names=names,
        whose=whose or "",
    )
