"""Replies an organisation uses often (Textbausteine), by language; shared, or somebody's own."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Account
from portal.desk.models import Canned

TITLE, TEXT = 80, 2000  # characters


async def of(session: AsyncSession, account: Account) -> list[Canned]:
    """Those an account may use: of its organisation, and its own; by title."""
    mine = or_(col(Canned.account_id).is_(None), col(Canned.account_id) == account.id)
    query = (
        select(Canned)
        .where(Canned.organisation_id == account.organisation_id, mine)
        .order_by(col(Canned.title), col(Canned.id))
    )
    return list((await session.exec(query)).all())


async def get(session: AsyncSession, account: Account, id_: int) -> Canned:
    """One of them. Raises LookupError."""
    found = await session.get(Canned, id_)
    if found is None or found.organisation_id != account.organisation_id or found.account_id not in (None, account.id):
        raise LookupError(id_)
    return found


def problems(title: str, texts: dict[str, str]) -> list[str]:
    """Names of the fields that are missing."""
    return [name for name, wrong in (("title", not title), ("texts", not any(texts.values()))) if wrong]


def text_for(canned: Canned, language: str, desk: str) -> tuple[str, str]:
    """(text, its language): the visitor's, else English, else the desk's, else the first there is."""
    texts: dict[str, Any] = canned.texts
    for wanted in (language, "en", desk):
        if texts.get(wanted):
            return str(texts[wanted]), wanted
    return next(((str(text), tag) for tag, text in texts.items() if text), ("", language))
