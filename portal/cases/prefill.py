"""What a conversation already says about a case: the form is filled from it, and staff check it (DOC-11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from knowledge.library import Library
from portal.cases.service import Details, guide_of
from portal.chat.models import Conversation, Message
from portal.consents.texts import listing
from portal.guides import card as cards
from portal.guides.case import Case
from portal.guides.guides import GUIDES
from portal.handover.models import Handover
from portal.i18n import N_, gettext


async def topics(session: AsyncSession, conversation: Conversation, handover: Handover, library: Library) -> list[str]:
    """The topics that were answered until the end of the hand-over, in their order."""
    query = select(Message.topic).where(
        Message.conversation_id == conversation.id, col(Message.topic).is_not(None), Message.author != "system"
    )
    if handover.ended_at is not None:
        query = query.where(col(Message.at) <= handover.ended_at)
    found = dict.fromkeys(await session.exec(query.order_by(col(Message.seq))))
    return [t for t in found if t in library.topics and not t.startswith("service.")]


def known_facts(guide: Mapping[str, Any], library: Library) -> dict[str, str]:
    """The guide's answers, without values the knowledge no longer has."""
    values = {"state": library.other["places/states.yml"], "occupation": library.occupations}
    return {
        f: v
        for f, v in (guide.get("facts") or {}).items()
        if (fact := library.facts.get(f))
        and (v in fact.options or fact.kind in ("country", "date") or v in values.get(fact.kind, ()))
    }


async def prefilled(
    session: AsyncSession, conversation: Conversation, handover: Handover, library: Library, tag: str, day: dt.date
) -> Details:
    """The form's values. The summary is a draft made of topics and guide answers, never of what the visitor wrote: a name
    written in the chat does not leave it."""
    guide = guide_of(conversation, handover)
    case, asked = (
        Case(known_facts(guide, library), library, day),
        await topics(session, conversation, handover, library),
    )
    role = conversation.role or case.get("role")
    states, occupation, country = library.other["places/states.yml"], case.get("occupation"), case.get("country")
    topic = handover.topic if handover.topic in library.topics else None
    state = case.state or handover.state
    return Details(
        kind=role if role in ("worker", "employer") else "worker",
        topic=topic if topic and not topic.startswith("service.") else (asked[-1] if asked else None),
        state=state if state in states else None,
        occupation=occupation if occupation in library.occupations else None,
        country=country if country and len(country) == 2 else None,
        language=conversation.language,
        concern=summary(guide, case, asked, tag),
    )


def summary(guide: Mapping[str, Any], case: Case, asked: list[str], tag: str) -> str:
    """A draft of the summary (Beratungsvermerk) in the counsellor's language."""
    library, lines = case.library, []
    if asked:
        titles = listing((library.article(t, tag, case.day).title for t in asked), tag)
        lines.append(gettext(N_("Answered in the chat: %(topics)s")) % {"topics": titles})
    name = guide.get("guide")
    if name in GUIDES and case.facts:
        said = listing((f"{a['name']}: {a['value']}" for a in cards.answers(case, tag)), tag)
        lines.append(f"{library.guides[name].title[cards.language_of(tag)]} – {said}")
    return "\n".join(lines)[:2000]
