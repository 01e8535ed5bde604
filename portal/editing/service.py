"""Publish, read and export the knowledge. A broken file is refused whole; the last good version keeps serving."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from knowledge.library import GUIDES, Library, digest
from knowledge.schema import KnowledgeError
from portal.editing.models import KnowledgeFile, KnowledgeRelease


async def newest(session: AsyncSession) -> KnowledgeRelease | None:
    """The release that is served."""
    return (await session.exec(select(KnowledgeRelease).order_by(col(KnowledgeRelease.id).desc()).limit(1))).first()


async def published(session: AsyncSession) -> dict[str, str]:
    """Path -> text of every file of the published version."""
    return {f.path: f.text for f in (await session.exec(select(KnowledgeFile))).all()}


async def publish(session: AsyncSession, files: Mapping[str, str]) -> KnowledgeRelease:
    """Check all files, then replace the published version by them (the caller commits).

    Raises KnowledgeError for a broken file; nothing is changed then.
    """
    library = Library.from_files(files)
    for guide in sorted({*GUIDES, "shared"} - library.guides.keys()):
        raise KnowledgeError(f"guides/{guide}.yml", 1, "the words of this guide are missing")
    if not library.facts:
        raise KnowledgeError("guides/facts.yml", 1, "the questions of the guides are missing")
    last = await newest(session)
    if last and last.digest == digest(files):
        return last
    before = await published(session)
    gone = before.keys() - files.keys()
    if gone:
        await session.exec(delete(KnowledgeFile).where(col(KnowledgeFile.path).in_(gone)))
    for path, text in files.items():
        if before.get(path) != text:
            await session.merge(KnowledgeFile(path=path, text=text))
    release = KnowledgeRelease(digest=digest(files), files=len(files))
    session.add(release)
    await session.flush()
    return release
