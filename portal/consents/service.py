"""Asking for consent, the answer, and the question that every transfer asks: is there a valid one? (GDPR Art. 6 (1) (a), 7)

History is never rewritten: a row is asked, then given or refused, then withdrawn or over; nothing goes back.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts import receiving
from portal.accounts.models import Account, Organisation
from portal.cases.models import CaseFile
from portal.chat.models import Conversation
from portal.chat.service import hashed
from portal.consents import texts
from portal.consents.entered import entered
from portal.consents.links import token
from portal.consents.models import Consent, ConsentText
from portal.consents.purposes import PURPOSES

LASTS_MONTHS = 12  # PRV-09
RECEIVERS_AT_MOST = 10


class NotFound(LookupError):
    """No such request or consent of this person."""


class NotAskable(ValueError):
    """Nobody may be asked this: an unknown purpose, field or receiver."""


class Conflict(Exception):
    """It was answered before, with another content."""


class Outdated(Exception):
    """The organisation has a new text since it asked: it has to ask again."""


def ends(given_at: dt.datetime) -> dt.datetime:
    """Twelve months later; from 29 February to 28 February."""
    try:
        return given_at.replace(year=given_at.year + LASTS_MONTHS // 12)
    except ValueError:
        return given_at.replace(year=given_at.year + LASTS_MONTHS // 12, day=28)


async def ask(
    session: AsyncSession, *, conversation: Conversation, account: Account, organisation: Organisation, purpose: str,
    fields: Sequence[str], receivers: Sequence[str], moment: dt.datetime,
) -> str:  # fmt: skip
    """Ask for consent to one or more named receivers (ids of organisations), each to be ticked on its own (DOC-02).

    The same question that is still open is not asked twice; another one for the same purpose takes the place of an open one.
    Returns the id of the request; the caller puts a message of kind
    "consent" with `shown={"consent": {"request": id}}` into the chat. Raises NotAskable.
    """
    wanted = [f for f in PURPOSES[purpose].fields if f in fields] if purpose in PURPOSES else []
    if not wanted or set(fields) - set(wanted) or not 0 < len(set(receivers)) <= RECEIVERS_AT_MOST:
        raise NotAskable
    if {o.id for o in await receiving.receivers(session, list(receivers))} != set(receivers):
        raise NotAskable
    by_language = await texts.current(session, organisation.id, purpose, moment)
    text = in_language(by_language, conversation.language)
    for request, rows in requests(await of_chat(session, conversation.id, lock=True)).items():
        first = rows[0]
        same = (first.from_id, first.purpose, first.fields) == (organisation.id, purpose, wanted)
        if same and {r.to_id for r in rows} == set(receivers) and open_(first) and first.text_hash == text.hash:
            return request
    await replace(session, conversation, organisation, purpose, moment)
    query = select(CaseFile.id).where(
        CaseFile.conversation_id == conversation.id, CaseFile.organisation_id == organisation.id
    )
    case_id = (await session.exec(query.limit(1))).first()
    request = secrets.token_hex(16)
    for to_id in dict.fromkeys(receivers):
        session.add(
            Consent(
                id=secrets.token_hex(16), conversation_id=conversation.id, case_id=case_id, from_id=organisation.id,
                to_id=to_id, purpose=purpose, fields=wanted, text_id=text.id or 0, text_hash=text.hash,
                language=text.language, request=request, asked_by=account.id, asked_at=moment,
            )
        )  # fmt: skip
    await session.flush()
    return request


async def replace(
    session: AsyncSession, conversation: Conversation, organisation: Organisation, purpose: str, moment: dt.datetime
) -> None:
    """An organisation asks anew for a purpose: its open request for it is over, as if it had been refused."""
    for row in await of_chat(session, conversation.id, lock=True):
        if (row.from_id, row.purpose) == (organisation.id, purpose) and open_(row):
            row.refused_at = moment
            session.add(row)


def replaced(consents: Sequence[Consent], all_: Iterable[Consent]) -> bool:
    """Was a request not answered, but asked anew? Then it ended in the moment in which the newer one was made."""
    first = consents[0]
    return first.refused_at is not None and any(
        other.request != first.request and other.asked_at == first.refused_at
        and (other.from_id, other.purpose) == (first.from_id, first.purpose)
        for other in all_
    )  # fmt: skip


def in_language(by_language: Mapping[str, ConsentText], language: str) -> ConsentText:
    """The text for a reader: in their language, else in English, else the German one."""
    return by_language.get(language) or by_language.get("en") or by_language["de"]


def open_(consent: Consent) -> bool:
    """Was it asked and not yet answered?"""
    return consent.given_at is None and consent.refused_at is None


async def of_chat(session: AsyncSession, conversation_id: str, *, lock: bool = False) -> list[Consent]:
    """Everything that was asked in a chat, in order."""
    query = select(Consent).where(Consent.conversation_id == conversation_id)
    query = query.order_by(col(Consent.asked_at), col(Consent.request), col(Consent.to_id))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list((await session.exec(query)).all())


def requests(consents: Iterable[Consent]) -> dict[str, list[Consent]]:
    """By request, in order."""
    found: dict[str, list[Consent]] = {}
    for consent in consents:
        found.setdefault(consent.request, []).append(consent)
    return found


async def answer(
    session: AsyncSession, conversation: Conversation, request: str, receivers: Sequence[str],
    given: Mapping[str, str], moment: dt.datetime, *, secret: str = "", language: str | None = None,
) -> tuple[list[Consent], bool]:  # fmt: skip
    """Keep what the person ticked and entered -> (the request's consents, is new). Nothing ticked: nothing given.

    `secret`: the chat's token, from which the links to withdraw are made; `language`: in which the text was read. The same answer
    again: nothing. Raises NotFound, NotAskable (a receiver nobody asked for), Wrong, Conflict, Outdated.
    """
    rows = [row for row in await of_chat(session, conversation.id, lock=True) if row.request == request]
    if not rows:
        raise NotFound
    if set(receivers) - {row.to_id for row in rows}:
        raise NotAskable
    data = entered(given, rows[0].fields) if receivers else {}
    if not open_(rows[0]):
        ticked = {row.to_id for row in rows if row.given_at}
        if ticked != set(receivers) or any(row.given != data for row in rows if row.given_at):
            raise Conflict
        return rows, False
    text = await shown_text(session, rows[0], language or conversation.language)
    if not await is_current(session, text):
        raise Outdated
    for row in rows:
        row.text_id, row.text_hash, row.language = text.id or 0, text.hash, text.language
        if row.to_id in receivers:
            row.given_at, row.ends_at, row.given = moment, ends(moment), dict(data)
            row.withdraw_hash = hashed(token(secret or secrets.token_hex(16), row.id))
        else:
            row.refused_at = moment
        session.add(row)
    await session.flush()
    return rows, True


async def refuse(
    session: AsyncSession, conversation: Conversation, request: str, moment: dt.datetime
) -> tuple[list[Consent], bool]:
    """No, to all of it. Raises NotFound, Conflict, Outdated."""
    return await answer(session, conversation, request, [], {}, moment)


async def shown_text(session: AsyncSession, consent: Consent, language: str) -> ConsentText:
    """The text of the version that was asked, in a language."""
    asked = await session.get_one(ConsentText, consent.text_id)
    return in_language(await texts.of_version(session, asked.organisation_id, asked.purpose, asked.version), language)


async def is_current(session: AsyncSession, text: ConsentText) -> bool:
    return await texts.newest(session, text.organisation_id, text.purpose) == text.version


async def running(session: AsyncSession, organisation_id: str, purpose: str, moment: dt.datetime) -> int:
    """How many consents that an organisation asked for hold at a moment."""
    query = select(func.count()).select_from(Consent).where(
        Consent.from_id == organisation_id, Consent.purpose == purpose, col(Consent.given_at) <= moment,
        col(Consent.withdrawn_at).is_(None), col(Consent.ends_at) > moment,
    )  # fmt: skip
    return (await session.exec(query)).one()


async def adopt(session: AsyncSession, conversation_id: str, case_id: int) -> None:
    """A case was made of the chat: its consents belong to it, also when the chat is deleted one day."""
    for consent in await of_chat(session, conversation_id, lock=True):
        consent.case_id = consent.case_id or case_id
        session.add(consent)


async def valid(
    session: AsyncSession, *, to_id: str, purpose: str, fields: Iterable[str], moment: dt.datetime,
    consent_id: str | None = None, conversation_id: str | None = None, case_id: int | None = None,
    from_id: str | None = None,
) -> Consent | None:  # fmt: skip
    """The consent of this person (their chat or case) to this receiver for this purpose and at least these fields, if there is
    one that has not ended, was not withdrawn, and stands on the text that is in force (SEC-B08, B09); else None.

    To be called inside the transaction that writes what rests on it: its row is locked until then (CON-10).
    """
    person = []
    if conversation_id is not None:
        person.append(col(Consent.conversation_id) == conversation_id)
    if case_id is not None:
        chat = select(CaseFile.conversation_id).where(CaseFile.id == case_id).scalar_subquery()
        person += [col(Consent.case_id) == case_id, col(Consent.conversation_id) == chat]
    if not person:
        raise ValueError("whose consent?")
    query = select(Consent).where(
        or_(*person), Consent.to_id == to_id, Consent.purpose == purpose, col(Consent.given_at) <= moment,
        col(Consent.withdrawn_at).is_(None), col(Consent.ends_at) > moment,
    )  # fmt: skip
    if consent_id is not None:
        query = query.where(Consent.id == consent_id)
    if from_id is not None:
        query = query.where(Consent.from_id == from_id)
    query = query.order_by(col(Consent.given_at).desc(), col(Consent.id)).with_for_update()
    query = query.execution_options(populate_existing=True)
    for consent in (await session.exec(query)).all():
        if set(fields) <= set(consent.fields) and await in_force(session, consent):
            return consent
    return None


async def in_force(session: AsyncSession, consent: Consent) -> bool:
    """Is the text that was agreed to unchanged, and still the newest one (SEC-B09)?"""
    text = await session.get_one(ConsentText, consent.text_id)
    return consent.text_hash == text.hash == texts.hash_of(text.text) and await is_current(session, text)
