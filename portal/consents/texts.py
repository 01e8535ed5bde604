"""Consent texts of the organisations ("Einwilligungserklärungen sind Trägersache", S002): versions, languages, publishing.

A text has three parts, each under its mark, for § 67b (2) SGB X wants a hint at each (PRV-06): [purpose], [refusal] (what
follows from a no) and [withdrawal]. `{from}`, `{to}` and `{fields}` stand for what is filled in when it is shown.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from portal.accounts.models import Organisation
from portal.chat.text import clean
from portal.consents.models import ConsentText

FOLDER = Path(__file__).with_name("texts")
PARTS = ("purpose", "refusal", "withdrawal")
LANGUAGES = ("de", "en", "ar")  # in which the default texts exist; the German one is authoritative and must be there
MARK = re.compile(r"^\[(%s)\]$" % "|".join(PARTS), re.M)
BLANK = re.compile(r"\{(from|to|fields)\}")
SHORTEST, LONGEST = 40, 3000  # characters of a part


class Lacking(ValueError):
    """The text cannot be published; `what`: (language, part) by part that is missing."""

    def __init__(self, what: list[tuple[str, str]]) -> None:
        super().__init__(what)
        self.what = what


@cache
def default(purpose: str, language: str) -> str:
    return (FOLDER / f"{purpose}.{language}.md").read_text(encoding="utf-8").strip()


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def parts(text: str) -> dict[str, str]:
    """A text by its parts; one that is not there is empty."""
    pieces = MARK.split(text)
    return dict.fromkeys(PARTS, "") | {m: t.strip() for m, t in zip(pieces[1::2], pieces[2::2], strict=True)}


def joined(by_part: Mapping[str, str]) -> str:
    """Parts as one text; a mark inside a part is taken out."""
    return "\n".join(f"[{p}]\n{MARK.sub('', clean(by_part.get(p, ''))[:LONGEST]).strip()}" for p in PARTS)


def lacking(text: str) -> list[str]:
    """The parts that are missing or say nothing; the purpose must name sender, receiver and data."""
    found = parts(text)
    return [
        part for part in PARTS
        if len(found[part]) < SHORTEST
        or (part == "purpose" and set(BLANK.findall(found[part])) != {"from", "to", "fields"})
    ]  # fmt: skip


def listing(items: Iterable[str], language: str) -> str:
    """A list as the language separates it."""
    return ("؛ " if language in ("ar", "fa", "ur") else "; ").join(items)


def filled(text: str, sender: str, receivers: list[str], fields: list[str], language: str) -> str:
    """As a person reads it; `fields`: labels in the text's `language`."""
    values = {"from": sender, "to": listing(receivers, language), "fields": listing(fields, language)}
    return "\n\n".join(BLANK.sub(lambda m: values[m[1]], part) for part in parts(text).values() if part)


async def current(
    session: AsyncSession, organisation_id: str, purpose: str, moment: dt.datetime
) -> dict[str, ConsentText]:
    """The published texts by language; an organisation without its own takes the default ones as version 1."""
    version = await newest(session, organisation_id, purpose)
    if version is None:
        await session.exec(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
        version = await newest(session, organisation_id, purpose)
    if version is not None:
        return await of_version(session, organisation_id, purpose, version)
    return await write(session, organisation_id, purpose, 1, {tag: default(purpose, tag) for tag in LANGUAGES}, moment)


async def in_force(session: AsyncSession, organisation_id: str, purpose: str) -> dict[str, ConsentText]:
    """The published texts by language, to be looked at: the default ones are not written down by it (SEC-A20)."""
    version = await newest(session, organisation_id, purpose)
    if version is not None:
        return await of_version(session, organisation_id, purpose, version)
    return rows_of(organisation_id, purpose, 1, {tag: default(purpose, tag) for tag in LANGUAGES}, None)


async def write(
    session: AsyncSession, organisation_id: str, purpose: str, version: int, texts: Mapping[str, str],
    published_at: dt.datetime | None,
) -> dict[str, ConsentText]:  # fmt: skip
    rows = rows_of(organisation_id, purpose, version, texts, published_at)
    session.add_all(rows.values())
    await session.flush()
    return rows


def rows_of(
    organisation_id: str, purpose: str, version: int, texts: Mapping[str, str], published_at: dt.datetime | None
) -> dict[str, ConsentText]:
    return {
        language: ConsentText(
            organisation_id=organisation_id, purpose=purpose, version=version, language=language, text=text,
            hash=hash_of(text), published_at=published_at,
        ) for language, text in texts.items()
    }  # fmt: skip


async def draft(
    session: AsyncSession, organisation_id: str, purpose: str, texts: Mapping[str, str], moment: dt.datetime
) -> int:
    """Keep the next version as a draft, in place of an earlier draft; the number of it."""
    await current(session, organisation_id, purpose, moment)
    await session.exec(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())
    version = (await newest(session, organisation_id, purpose) or 0) + 1
    for row in (await of_version(session, organisation_id, purpose, version)).values():
        await session.delete(row)
    await session.flush()
    await write(session, organisation_id, purpose, version, texts, None)
    return version


def check(texts: Mapping[str, str]) -> None:
    """Raises Lacking if texts, by language, cannot be published."""
    missing = [(tag, part) for tag, text in texts.items() for part in lacking(text)]
    missing += [] if "de" in texts else [("de", part) for part in PARTS]
    if missing:
        raise Lacking(missing)


async def publish(session: AsyncSession, organisation_id: str, purpose: str, version: int, moment: dt.datetime) -> None:
    """Make a draft the text that is used from now on; what was agreed to before is no ground for new transfers (SEC-B09).

    Once more: nothing. Raises Lacking, LookupError.
    """
    rows = await of_version(session, organisation_id, purpose, version)
    if not rows:
        raise LookupError(version)
    check({tag: row.text for tag, row in rows.items()})
    for row in rows.values():
        row.published_at = row.published_at or moment
        session.add(row)
    await session.flush()


async def newest(session: AsyncSession, organisation_id: str, purpose: str) -> int | None:
    """The number of the published version."""
    query = select(func.max(ConsentText.version)).where(
        ConsentText.organisation_id == organisation_id,
        ConsentText.purpose == purpose,
        col(ConsentText.published_at).is_not(None),
    )
    return (await session.exec(query)).one()


async def of_version(session: AsyncSession, organisation_id: str, purpose: str, version: int) -> dict[str, ConsentText]:
    """One version by language."""
    query = select(ConsentText).where(
        ConsentText.organisation_id == organisation_id,
        ConsentText.purpose == purpose,
        ConsentText.version == version,
    )
    return {row.language: row for row in (await session.exec(query.order_by(col(ConsentText.id)))).all()}
