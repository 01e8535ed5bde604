"""The consent texts of the organisation: its administrators write the next version and publish it (S002, PRV-06)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from locales.languages import LANGUAGES
from portal.accounts.auditing import note
from portal.clock import now
from portal.consents import service, texts
from portal.consents.purposes import PURPOSES
from portal.i18n import N_, current, gettext
from portal.web.staff.door import Here, confirmed, may
from portal.web.staff.forms import MOST
from portal.web.staff.pages import staff_page

router = APIRouter(include_in_schema=False)
Writer = Annotated[Here, may("organisation.write")]
LABELS = {
    "purpose": N_("Purpose, sender, receiver and data"),
    "refusal": N_("What follows from a refusal"),
    "withdrawal": N_("The right to withdraw at any time"),
}


@router.get("/staff/consents")
async def overview(request: Request, here: Writer) -> Any:
    """The versions in force, and drafts."""
    rows = []
    async with request.app.state.database.read() as session:
        for key, purpose in PURPOSES.items():
            published = await texts.in_force(session, here.organisation.id, key)
            version = next(iter(published.values())).version
            draft = await texts.of_version(session, here.organisation.id, key, version + 1)
            rows.append(
                {
                    "id": key, "label": gettext(purpose.staff), "version": version, "draft": bool(draft),
                    "languages": [LANGUAGES[tag].name for tag in published], "published_at": published["de"].published_at,
                }
            )  # fmt: skip
    return staff_page(request, "staff/consents.html", here, rows=rows)


def form(request: Request, here: Here, purpose: str, by_language: dict[str, dict[str, str]], **more: Any) -> Any:
    """The form with three boxes a language; `missing`: boxes without which it cannot be published."""
    missing = more.pop("missing", [])
    boxes = [
        {
            "language": LANGUAGES[tag],
            "parts": [
                {"id": f"{tag}.{part}", "label": gettext(LABELS[part]), "text": by_language.get(tag, {}).get(part, ""),
                 "missing": (tag, part) in missing}
                for part in texts.PARTS
            ],
        }
        for tag in texts.LANGUAGES
    ]  # fmt: skip
    status = 422 if missing else 200
    label = gettext(PURPOSES[purpose].staff)
    return staff_page(
        request, "staff/consent_text.html", here, status, purpose=purpose, label=label, boxes=boxes,
        shortest=texts.SHORTEST, longest=texts.LONGEST, missing=bool(missing), **more,
    )  # fmt: skip


@router.get("/staff/consents/{purpose}")
async def edit(request: Request, here: Writer, purpose: str) -> Any:
    """The draft, or else the version in force as its beginning."""
    if purpose not in PURPOSES:
        raise HTTPException(404)
    async with request.app.state.database.read() as session:
        published = await texts.in_force(session, here.organisation.id, purpose)
        version = next(iter(published.values())).version
        draft = await texts.of_version(session, here.organisation.id, purpose, version + 1)
    by_language = {tag: texts.parts(row.text) for tag, row in (draft or published).items()}
    return form(request, here, purpose, by_language, version=version, saved=bool(draft))


@router.post("/staff/consents/{purpose}")
async def keep(request: Request, here: Writer, purpose: str) -> Any:
    """Keep the draft; with `publish` on to the question whether it is to be in force, if nothing is missing. Nothing typed is lost."""
    if purpose not in PURPOSES:
        raise HTTPException(404)
    sent = await request.form()
    typed = {tag: {part: str(sent.get(f"{tag}.{part}", "")) for part in texts.PARTS} for tag in texts.LANGUAGES}
    written = {
        tag: texts.joined(parts) for tag, parts in typed.items() if tag == "de" or any(map(str.strip, parts.values()))
    }
    missing: list[tuple[str, str]] = []
    async with request.app.state.database.write() as session:
        await confirmed(session, here, "organisation.write")
        version = await texts.draft(session, here.organisation.id, purpose, written, now())
        await session.commit()
    if "publish" in sent:
        try:
            texts.check(written)
        except texts.Lacking as error:
            missing = error.what
    if missing:
        return form(request, here, purpose, typed, missing=missing, version=version - 1, saved=True)
    if "publish" in sent:
        return to(f"/{purpose}/publish")
    return to("?done=draft_kept")


def to(path: str) -> RedirectResponse:
    return RedirectResponse(f"/{current.get().tag}/staff/consents{path}", 303)


@router.get("/staff/consents/{purpose}/publish")
async def ask(request: Request, here: Writer, purpose: str) -> Any:
    """Is it to be published? With what stops by it."""
    if purpose not in PURPOSES:
        raise HTTPException(404)
    async with request.app.state.database.read() as session:
        version = (await texts.newest(session, here.organisation.id, purpose) or 1) + 1
        draft = await texts.of_version(session, here.organisation.id, purpose, version)
        running = await service.running(session, here.organisation.id, purpose, now())
    if not draft:
        return to("")
    return staff_page(
        request, "staff/consent_publish.html", here, purpose=purpose, label=gettext(PURPOSES[purpose].staff),
        version=version, running=running, languages=[LANGUAGES[tag].name for tag in draft],
    )  # fmt: skip


@router.post("/staff/consents/{purpose}/publish")
async def publish(request: Request, here: Writer, purpose: str, version: Annotated[int, Form(ge=1, le=MOST)]) -> Any:
    """In force from now on; `version`: the one that was looked at."""
    if purpose not in PURPOSES:
        raise HTTPException(404)
    async with request.app.state.database.write() as session:
        by = await confirmed(session, here, "organisation.write")
        try:
            await texts.publish(session, here.organisation.id, purpose, version, now())
        except texts.Lacking:
            return to(f"/{purpose}")
        except LookupError:
            raise HTTPException(404) from None
        await note(session, by, "consent_text_published", f"consent_text:{purpose}:{version}")
        await session.commit()
    return to("?done=text_published")
