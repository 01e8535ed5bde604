"""A person is asked for without the assistant: no Rasa is needed, and the answer is one honest line."""

from __future__ import annotations

import datetime as dt

from sqlmodel.ext.asyncio.session import AsyncSession

from knowledge.library import Library
from portal.chat import service
from portal.chat.models import Conversation, Message
from portal.chat.saying import handover, honest
from portal.handover import asking
from portal.handover.asking import Outcome
from portal.handover.lines import TOLD, notice


async def ask(session: AsyncSession, conversation: Conversation, library: Library, moment: dt.datetime) -> Outcome:
    """Ask for a person and say once what came of it; asking again says nothing new."""
    outcome = await asking.request(session, conversation, reason="asked", library=library, moment=moment)
    if outcome.status in TOLD or outcome.status == "nowhere":
        draft = honest(handover(conversation.language), outcome)
        last = await session.get(Message, (conversation.id, conversation.last_seq))
        if last is None or last.author == "visitor" or last.shown.get("event") != draft.shown.get("event"):
            # where the assistant does not have the chat, it stays silent: the same words are a line of the house
            author = "assistant" if conversation.owner == "assistant" else "system"
            await service.add(session, conversation, draft, author, at=moment)
    elif outcome.new and outcome.organisation is not None:
        await notice(
            session,
            conversation,
            "forwarded",
            moment=moment,
            organisation=outcome.organisation.name,
            place=outcome.place,
        )
    return outcome
