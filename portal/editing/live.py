"""The published knowledge in memory: library, search and gazetteer of the newest release, renewed within a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from knowledge.encoder import Encoder, Vectors
from knowledge.library import Library, digest, read_folder
from knowledge.nearest import Answers
from knowledge.paragraphs import Paragraphs
from knowledge.places import Gazetteer
from knowledge.search import Search
from portal.database import Database
from portal.editing.service import newest, publish, published

log = structlog.get_logger("knowledge")
LOOK_EVERY = 0.2  # seconds
LATER = 3.0  # seconds after a renewal: who asks in that moment is answered first


@dataclass(frozen=True)
class Edition:
    """One release, ready to be asked."""

    release: int
    library: Library
    search: Search
    names: Gazetteer
    paragraphs: Paragraphs
    answers: Answers


def new_folders(files: Mapping[str, str], published: Mapping[str, str]) -> dict[str, str]:
    """Files of folders that came with a newer program: a release from before it knows nothing of them."""
    known = {path.partition("/")[0] for path in published}
    return {path: text for path, text in files.items() if path.partition("/")[0] not in known}


class Live:
    """Serves the newest edition; `watch` looks for a newer release and builds it beside the one that serves."""

    edition: Edition

    def __init__(self, database: Database, vectors: Vectors, loaded: Callable[[], None] = lambda: None) -> None:
        """`loaded` is called after the first edition, and a while after each newer one."""
        self.database, self.vectors, self.loaded = database, vectors, loaded

    @property
    def encode(self) -> Encoder:
        return self.vectors.encode

    async def start(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Load the newest release; an empty database first gets the files that came with the program."""
        async with self.database.write() as session:
            last = await newest(session)
            files = await asyncio.to_thread(read_folder)
            if last is None:
                await publish(session, files)
                await session.commit()
            elif last.digest != digest(files) and (new := new_folders(files, before := await published(session))):
                await publish(session, {**before, **new})
                await session.commit()
                log.info("knowledge_files_added", folders=sorted({f.partition("/")[0] for f in new}))
            elif last.digest != digest(files):
                log.info("knowledge_files_differ", help="`wegweiser knowledge import knowledge` publishes the files")
        await self._load(progress)
        self.loaded()

    async def _load(self, progress: Callable[[int, int], None] | None = None) -> None:
        async with self.database.read() as session:
            release = await newest(session)
            files = await published(session)
        assert release and release.id
        self.edition = await asyncio.to_thread(self._build, release.id, files, progress)
        log.info("knowledge_live", release=release.id, topics=len(self.edition.library.topics))
        await asyncio.to_thread(self.vectors.save)  # live first, kept after

    def _build(self, release: int, files: dict[str, str], progress: Callable[[int, int], None] | None) -> Edition:
        library = Library.from_files(files)
        search = Search.build(library, self.vectors, progress)
        answers = Answers.build(library, self.vectors, search)
        return Edition(release, library, search, Gazetteer(library), Paragraphs(library), answers)

    async def watch(self) -> None:
        """Renew when a newer release stands in the database; a failure is logged and the last edition serves on."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                async with self.database.look() as session:
                    release = await newest(session)
                if release and release.id != self.edition.release:
                    await self._load()
                    asyncio.get_running_loop().call_later(LATER, self.loaded)
            except Exception:
                log.exception("knowledge_not_renewed")
                await asyncio.sleep(5)
