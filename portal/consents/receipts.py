"""What a person sees of their consents: the question, the receipt, the lines in the chat; in their language and in German (PRV-10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Organisation
from portal.chat import service as chats
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.consents import service, texts
from portal.consents.links import token
from portal.consents.models import Consent, ConsentText
from portal.consents.purposes import FIELDS, PURPOSES
from portal.i18n import N_, gettext, interface, speaking, written_date

LINES = {
    "permission_accepted": N_("You agreed: %(to)s may have: %(fields)s. Purpose: %(purpose)s. Until %(until)s; you can "
                              "withdraw this at any time."),
    "permission_rejected": N_("You did not agree. Nothing is passed on, and you still get advice here."),
    "permission_withdrawn": N_("You have withdrawn your consent for %(to)s. It no longer applies from now on."),
}  # fmt: skip


def labels(fields: Sequence[str], language: str) -> list[str]:
    with speaking(language):
        return [gettext(FIELDS[f].label) for f in fields]


def purpose_label(purpose: str, language: str) -> str:
    with speaking(language):
        return gettext(PURPOSES[purpose].label)


def day(moment: Any, language: str) -> str:
    with speaking(language):
        return written_date(moment.date())


async def names(session: AsyncSession, consents: Sequence[Consent]) -> dict[str, str]:
    """Names of the organisations in some consents, by id."""
    ids = {c.from_id for c in consents} | {c.to_id for c in consents}
    rows = await session.exec(select(Organisation).where(col(Organisation.id).in_(ids)))
    return {o.id: o.name for o in rows.all()}


def status(consents: Sequence[Consent]) -> str:
    """Of one request: asked, given, refused, withdrawn (all that was given)."""
    given = [c for c in consents if c.given_at]
    if given:
        return "withdrawn" if all(c.withdrawn_at for c in given) else "given"
    return "asked" if service.open_(consents[0]) else "refused"


async def request(
    session: AsyncSession, consents: Sequence[Consent], language: str, secret: str = ""
) -> dict[str, Any]:
    """One request with its answer. While it is open it is shown in `language`, afterwards as it was read."""
    name = await names(session, consents)
    consents = sorted(consents, key=lambda c: (name[c.to_id], c.to_id))
    first = consents[0]
    answered = not service.open_(first)
    text = await service.shown_text(session, first, first.language if answered else language)
    german = (await texts.of_version(session, text.organisation_id, text.purpose, text.version))["de"]
    words = interface(text.language).tag

    def wording(row: ConsentText) -> str:
        to = [name[c.to_id] for c in consents]
        return texts.filled(row.text, name[first.from_id], to, labels(first.fields, row.language), row.language)

    return {
        "request": first.request,
        "purpose": purpose_label(first.purpose, words),
        "text": wording(text),
        "language": text.language,
        "text_de": wording(german),
        "version": text.version,
        "fields": [
            {"id": f, "label": label, "type": FIELDS[f].type, "autocomplete": FIELDS[f].autocomplete}
            for f, label in zip(first.fields, labels(first.fields, words), strict=True)
        ],
        "receivers": [{"id": c.to_id, "name": name[c.to_id]} for c in consents],
        "from": {"id": first.from_id, "name": name[first.from_id]},
        "status": status(consents),
        "consents": [shown(c, words, secret) for c in consents if c.given_at],
    }


def shown(consent: Consent, language: str, secret: str = "") -> dict[str, Any]:
    """A consent that was given; with the chat's token also the link to withdraw it."""
    times = {
        key: moment.isoformat() if moment else None
        for key, moment in (
            ("given_at", consent.given_at), ("ends_at", consent.ends_at), ("withdrawn_at", consent.withdrawn_at)
        )
    }  # fmt: skip
    link = {"link": f"/{language}/consents/{token(secret, consent.id)}"} if secret else {}
    return {"id": consent.id, "to": consent.to_id, "given": consent.given, **times, **link}


async def of_chat(session: AsyncSession, conversation: Conversation, secret: str) -> list[dict[str, Any]]:
    """Everything that was asked in a chat; `asked_again`: not answered, a newer question took its place."""
    all_ = await service.of_chat(session, conversation.id)
    return [
        await request(session, consents, conversation.language, secret)
        | {"asked_again": service.replaced(consents, all_)}
        for consents in service.requests(all_).values()
    ]


async def line(session: AsyncSession, conversation: Conversation, event: str, consents: Sequence[Consent]) -> Message:
    """The line in the chat: who, what, for what, until when; no data that was entered. Its German wording is beside it."""
    name, first = await names(session, consents), consents[0]

    def wording(language: str) -> str:
        with speaking(language) as spoken:
            values = {
                "to": texts.listing((name[c.to_id] for c in consents), spoken.tag),
                "fields": texts.listing(labels(first.fields, spoken.tag), spoken.tag),
                "purpose": purpose_label(first.purpose, spoken.tag),
                "until": day(first.ends_at, spoken.tag) if first.ends_at else "",
            }
            return gettext(LINES[event]) % values

    text = await session.get_one(ConsentText, first.text_id)
    values = {
        "request": first.request, "consents": [c.id for c in consents], "purpose": first.purpose,
        "fields": first.fields, "receivers": [name[c.to_id] for c in consents], "version": text.version,
        "text_hash": first.text_hash, "until": first.ends_at.isoformat() if first.ends_at else None,
        "text_de": wording("de"),
    }  # fmt: skip
    tag = interface(conversation.language).tag
    draft = Draft("notice", wording(tag), tag, shown={"event": event, "values": values})
    return await chats.add(session, conversation, draft, "system")
