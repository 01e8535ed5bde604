"""The portal as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from knowledge.encoder import Vectors, encoder
from knowledge.tongues import detect
from portal import clockwork, migrations
from portal.accounts import demo
from portal.chat.bot import Bot
from portal.chat.bus import Bus
from portal.chat.retention import keep_sweeping
from portal.chat.turns import Turns
from portal.database import Database
from portal.desk.presence import Presence
from portal.desk.reading import Readers
from portal.desk.translating import Translator
from portal.editing.live import Live
from portal.logs import configure
from portal.security import BodyLimit, Headers
from portal.settings import Settings
from portal.settings import settings as the_settings
from portal.web.api import bot, chat, consents, errors, files, person
from portal.web.api import guides as guides_api
from portal.web.hosts import ANYWHERE, ForOtherSites, OwnHost
from portal.web.language import LanguagePrefix
from portal.web.public import consents as consent_pages
from portal.web.public import guides, pages
from portal.web.staff import account, cases, desk, figures, organisation, people, refusals, sign_in, transfers
from portal.web.staff import consents as consent_texts
from portal.web.staff import files as staff_files

ROOMS = (
    chat, person, consents, files, bot, guides_api, guides, consent_pages,
    sign_in, account, people, organisation, consent_texts, desk, staff_files, cases, transfers, figures, pages,
)  # fmt: skip
STATIC = Path(__file__).parent / "static"


def create(settings: Settings | None = None, loaded: Callable[[], None] = lambda: None) -> FastAPI:
    """The application for some settings; it starts working with its lifespan. `loaded` is called when knowledge was loaded."""
    settings = settings or the_settings()
    configure()
    secret = settings.bot_secret.get_secret_value()
    if len(secret) < 16:
        raise SystemExit("WEGWEISER_BOT_SECRET is missing or shorter than 16 characters.")

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settings.var.mkdir(parents=True, exist_ok=True)
        state = app.state
        state.database = Database(settings.database_url)
        await migrations.upgrade(state.database)
        vectors = Vectors(settings.vectors_file, await asyncio.to_thread(encoder, settings.encoder))
        state.live = Live(state.database, vectors, loaded)
        await state.live.start()
        if settings.demonstrating:
            await demo.prepare(state.database)
        state.presence = Presence()
        state.bus, state.bot = Bus(), Bot(settings.bot_url, secret, settings.bot_timeout)
        state.turns = Turns(state.database, state.bot, state.live, state.bus, settings.session_turns)
        state.readers = Readers(state.database, state.bus, Translator(settings))
        tasks = [
            asyncio.create_task(state.live.watch()),
            asyncio.create_task(asyncio.to_thread(detect, "What does it cost?")),  # its models load with the first use
            asyncio.create_task(
                keep_sweeping(state.database, state.bot, settings.keep_days, settings.keep_days_person)
            ),
            *clockwork.start(state, settings),
        ]
        await state.turns.recover()
        yield
        state.bus.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # they give their connections back before the pool closes
        await state.turns.drain()
        await state.readers.close()
        await state.bot.close()
        await state.database.close()

    app = FastAPI(title="Wegweiser", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.settings, app.state.secret = settings, secret
    errors.install(app)
    refusals.install(app)
    for room in ROOMS:
        app.include_router(room.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(LanguagePrefix)
    app.add_middleware(BodyLimit)
    app.add_middleware(Headers)
    app.add_middleware(ForOtherSites)
    app.add_middleware(
        OwnHost, address=settings.address, open_to_all=not settings.base_url and settings.host in ANYWHERE
    )
    return app
