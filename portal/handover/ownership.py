"""One speaks with the visitor at a time: the assistant, the queue, one member of staff, or nobody any more (CON-08)."""

from __future__ import annotations

from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.chat.models import Conversation
from portal.chat.service import NotFound

OWNERS = ("assistant", "queue", "staff", "ended")


class Moved(Exception):
    """The owner was changed by somebody else meanwhile."""


async def locked(session: AsyncSession, conversation_id: str) -> Conversation:
    """A conversation whose row nobody else changes until the transaction ends. Raises NotFound."""
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    found = (
        await session.exec(query.execution_options(populate_existing=True))
    ).first()  # it may have been looked at before
    if found is None:
        raise NotFound
    return found


async def change(session: AsyncSession, conversation: Conversation, owner: str, *, was: int) -> None:
    """Give a conversation another owner, if its version is still the one that was looked at. Raises Moved."""
    assert owner in OWNERS, owner
    done = await session.exec(
        update(Conversation)
        .where(col(Conversation.id) == conversation.id, col(Conversation.version) == was)
        .values(owner=owner, version=was + 1)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        raise Moved
    set_committed_value(conversation, "owner", owner)
    set_committed_value(conversation, "version", was + 1)
