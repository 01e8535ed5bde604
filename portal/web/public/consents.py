"""Pages on which a person sees and withdraws a consent: by a link that only they have, without signing in (PRV-08)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse

from portal.chat.models import Conversation
from portal.clock import now
from portal.consents import receipts, withdrawing
from portal.consents.links import behind
from portal.consents.models import Consent
from portal.i18n import current
from portal.templating import page

router = APIRouter(include_in_schema=False)
SECRET = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}


async def found(session: Any, token: str) -> Consent:
    consent = await behind(session, token) if len(token) == 64 else None
    if consent is None or consent.given_at is None:
        raise HTTPException(404)
    return consent


@router.get("/consents/{token}")
async def receipt(request: Request, token: str) -> Any:
    """The receipt (GDPR Art. 7 (1)) with a button; looking at it changes nothing (scanners of mails follow links)."""
    async with request.app.state.database.read() as session:
        consent = await found(session, token)
        shown = await receipts.request(session, [consent], current.get().tag)
    tag = current.get().tag
    answer = page(
        request, "public/consent.html", consent=consent, shown=shown, over=bool(consent.ends_at and consent.ends_at <= now()),
        purpose=receipts.purpose_label(consent.purpose, tag), fields=receipts.labels(consent.fields, tag),
        given=[(label, consent.given[f]) for f, label in zip(consent.fields, receipts.labels(consent.fields, tag), strict=True)
               if f in consent.given],
    )  # fmt: skip
    answer.headers.update(SECRET)
    return answer


@router.post("/consents/{token}")
async def withdraw(request: Request, token: str) -> Any:
    """Withdraw; once more: nothing."""
    state = request.app.state
    async with state.database.write() as session:
        consent = await found(session, token)
        chat = consent.conversation_id
        conversation = await session.get(Conversation, chat, with_for_update=True) if chat else None
        new = await withdrawing.withdraw(session, consent, now(), address=state.settings.address)
        if new and conversation is not None:
            await receipts.line(session, conversation, "permission_withdrawn", [consent])
        await session.commit()
    state.bus.wake(*[k for k in (chat, f"org:{consent.from_id}", f"org:{consent.to_id}") if k])
    return RedirectResponse(f"/{current.get().tag}/consents/{token}", 303, headers=SECRET)
