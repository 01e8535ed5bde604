"""A portal with staff for tests: a fresh database, no Rasa, people who are signed in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr

from portal import house as houses
from portal.accounts.models import Account, Organisation, SignIn
from portal.app import create
from portal.chat.service import hashed
from portal.cli import prepared
from portal.database import Database
from portal.editing.live import Edition, Live
from portal.settings import HOUSE, Settings
from portal.web.staff.door import COOKIE
from tests.conftest import Chat
from tests.test_faults import serving

BUILT: dict[int, Edition] = {}  # the knowledge is built once for all portals of a run
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@dataclass
class House:
    """A running portal and what tests do with it."""

    app: FastAPI
    client: httpx2.AsyncClient
    clients: list[httpx2.AsyncClient]

    @property
    def database(self) -> Database:
        return self.app.state.database

    async def add(self, row: Any) -> Any:
        async with self.database.write() as session:
            session.add(row)
            await session.commit()
        return row

    async def organisation(self, id_: str = "alpha", **fields: Any) -> Organisation:
        """Open day and night, for everybody, unless told otherwise."""
        defaults = {"name": id_.title(), "kind": "ag_s", "roles": ["employer", "worker"], "languages": ["de", "en"],
                    "hours": ALWAYS, "files": True}  # fmt: skip
        return await self.add(Organisation(id=id_, **{**defaults, **fields}))

    async def account(self, email: str, organisation: Organisation, **fields: Any) -> Account:
        """An active counsellor on duty, unless told otherwise."""
        name = email.split("@")[0].title()
        defaults = {"name": name, "shown_name": name, "roles": ["counsellor"], "status": "active", "on_duty": True,
                    "languages": ["de", "en"]}  # fmt: skip
        return await self.add(Account(email=email, organisation_id=organisation.id, **{**defaults, **fields}))

    async def enter(self, account: Account) -> httpx2.AsyncClient:
        """A client that is signed in with both factors; it sends the form token with each request."""
        token, csrf = f"session-{account.id}-{len(self.clients)}", f"csrf-{account.id}"
        await self.add(SignIn(token_hash=hashed(token), account_id=account.id, stage="full", csrf=csrf))
        client = httpx2.AsyncClient(
            base_url=self.client.base_url, timeout=30, trust_env=False, cookies={COOKIE: token},
            headers={"x-csrf": csrf, "accept": "text/html"},
        )  # fmt: skip
        self.clients.append(client)
        return client

    async def chat(self, language: str = "en", role: str | None = None) -> Chat:
        return await Chat.begin(self.client, language, role)


def built_once(live: Live, release: int, files: dict[str, str], progress: Any, build: Any = Live._build) -> Edition:
    key = hash(tuple(sorted(files.items())))
    if key not in BUILT:
        BUILT[key] = build(live, release, files, progress)
    return replace(BUILT[key], release=release)


Live._build = built_once  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def portal(tmp_path: Path, **settings: Any) -> AsyncIterator[House]:
    """A portal on a free port with a database of its own; its bot is not there."""
    if not (HOUSE / "var" / "vectors.npz").exists():
        await asyncio.to_thread(prepared)
    port, var = houses.free_port(), tmp_path / "var"
    if not var.exists():
        var.mkdir()
        (var / "vectors.npz").symlink_to(HOUSE / "var" / "vectors.npz")
    fields: dict[str, Any] = {
        "var": var, "port": port, "bot_port": houses.free_port(), "bot_secret": SecretStr("x" * 32), "demo": False,
        "database": f"sqlite+aiosqlite:///{tmp_path}/portal.db",
    }  # fmt: skip
    app = create(Settings(**{**fields, **settings}))
    async with serving(app, port):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
            house = House(app, client, [client])
            yield house
            for one in house.clients[1:]:
                await one.aclose()
