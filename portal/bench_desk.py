"""The desk, measured: a message from its POST to the other side's screen, and the queue page over many chats."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import insert

from portal import house, migrations
from portal.accounts.models import Account, Organisation, SignIn
from portal.chat.models import Conversation, Message
from portal.chat.service import hashed
from portal.clock import now
from portal.collector import settle
from portal.database import Database
from portal.evaluation import percentile
from portal.handover.models import Handover
from portal.settings import HOUSE, Settings
from portal.web.staff.door import COOKIE

TALKING = 200  # open conversations, each with a visitor's stream
DESKS = 20  # counsellors, each with a chat open
MESSAGES = 300  # in each direction
WAITING, OLD = 1_000, 100_000
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def measure(s: Settings) -> list[dict[str, Any]]:
    """Rows for the bench: p95 of a message in ms, median of the queue page in ms."""
    return asyncio.run(_measure(s))


async def _measure(s: Settings) -> list[dict[str, Any]]:
    async with desk(s, talking=TALKING, waiting=0, old=0) as client:
        visitor, staff = await messages(client)
    async with desk(s, talking=0, waiting=WAITING, old=OLD) as client:
        page = await queue_page(client)
    open_chats = f"ms; {TALKING} open chats"
    rows = [
        ("message_to_desk_p95", percentile(visitor, 0.95), open_chats),
        ("message_to_visitor_p95", percentile(staff, 0.95), open_chats),
        ("queue_page", page, f"ms; {WAITING} wait, {OLD} old chats"),
    ]
    return [
        {"name": name, "ours": round(ours, 1), "stock": None, "ratio": None, "unit": unit} for name, ours, unit in rows
    ]


@contextlib.asynccontextmanager
async def desk(s: Settings, *, talking: int, waiting: int, old: int) -> AsyncIterator[httpx2.AsyncClient]:
    """A portal of its own (no Rasa) over a database with so many chats."""
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        (var / "vectors.npz").symlink_to(s.vectors_file)
        port = house.free_port()
        url = f"sqlite+aiosqlite:///{folder}/desk.db"
        database = Database(url)
        await migrations.upgrade(database)
        await fill(database, talking, waiting, old)
        await database.close()
        env = {
            **os.environ, "OMP_NUM_THREADS": "1", "WEGWEISER_VAR": folder, "WEGWEISER_DATABASE": url, "WEGWEISER_PORT": str(port),
            "WEGWEISER_BOT_SECRET": s.bot_secret.get_secret_value(), "WEGWEISER_BOT_PORT": str(house.free_port()),
            "WEGWEISER_DEMO": "false",
        }  # fmt: skip
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "portal.cli", "serve"], cwd=HOUSE, env=env, stderr=subprocess.DEVNULL
        )
        many = httpx2.Limits(max_connections=600, max_keepalive_connections=600)
        try:
            async with httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False, limits=many
            ) as client:
                for _ in range(600):
                    with contextlib.suppress(httpx2.HTTPError):
                        if (await client.get("/healthz")).status_code == 200:
                            break
                    await asyncio.sleep(0.1)
                yield client
        finally:
            process.kill()
            process.wait()


def conversation(n: int, owner: str, at: dt.datetime) -> dict[str, Any]:
    id_ = f"{n:032d}"
    return {"id": id_, "token_hash": hashed(f"token-{n}"), "sender": id_, "epoch": "1", "language": "en", "role": "worker", "page": None,
            "owner": owner, "version": 1, "visitor_read": 0, "staff_read": 0, "last_seq": 2 if owner == "staff" else 1, "turns": 0, "guide": {}, "created_at": at}  # fmt: skip


def line(n: int, at: dt.datetime, seq: int = 1, author: str = "visitor") -> dict[str, Any]:
    return {"conversation_id": f"{n:032d}", "seq": seq, "at": at, "author": author, "kind": "text", "language": "en",
            "text": "I would like to talk to somebody.", "client_msg_id": str(seq), "final": False, "shown": {}, "hidden": {}}  # fmt: skip


def stay(n: int, status: str, at: dt.datetime, account: int | None) -> dict[str, Any]:
    ended = at + dt.timedelta(minutes=9) if status == "ended" else None
    told = at if status == "waiting" else None  # staff knows already: no mails are on their way meanwhile
    return {"conversation_id": f"{n:032d}", "organisation_id": "bench", "account_id": account, "status": status, "reason": "asked",
            "language": "en", "role": "worker", "topic": "recognition.cost", "state": "ST", "asked_at": at, "place": at, "visitor_at": now(),
            "taken_at": at if account else None, "staff_at": now() if status == "taken" else None, "answered_at": at if status == "taken" else None, "ended_at": ended,
            "end_reason": "answered" if ended else None, "rating_comment": "", "warned_at": told, "escalated_at": told}  # fmt: skip


async def fill(database: Database, talking: int, waiting: int, old: int) -> None:
    moment = now()
    rows: list[tuple[int, str, str, dt.datetime, int | None]] = []
    rows += [(n, "staff", "taken", moment, n % DESKS + 1) for n in range(talking)]
    rows += [(n, "queue", "waiting", moment - dt.timedelta(seconds=n), None) for n in range(talking, talking + waiting)]
    first = talking + waiting
    rows += [(n, "ended", "ended", moment - dt.timedelta(minutes=n - first + 10), n % DESKS + 1) for n in range(first, first + old)]  # fmt: skip
    async with database.write() as session:
        session.add(
            Organisation(id="bench", name="Bench", kind="ag_s", roles=["worker"], languages=["de"], hours=ALWAYS)
        )
        await session.flush()
        for i in range(1, DESKS + 1):
            session.add(Account(id=i, organisation_id="bench", email=f"{i}@bench.example", name=f"Bench {i}", shown_name="B",
                                roles=["counsellor"], status="active", on_duty=True, most=50, seen_at=moment))  # fmt: skip
        await session.flush()
        for i in range(1, DESKS + 1):
            session.add(SignIn(token_hash=hashed(f"desk-{i}"), account_id=i, stage="full", csrf="bench"))
        await session.flush()
        for at in range(0, len(rows), 5_000):
            part = rows[at : at + 5_000]
            connection = await session.connection()
            await connection.execute(insert(Conversation), [conversation(n, owner, t) for n, owner, _, t, _ in part])
            await connection.execute(insert(Message), [line(n, t) for n, _, _, t, _ in part])
            greeted = [line(n, t, 2, "staff") for n, owner, _, t, _ in part if owner == "staff"]
            if greeted:  # talks that are under way: nobody waits for a first answer
                await connection.execute(insert(Message), greeted)
            await connection.execute(insert(Handover), [stay(n, status, t, a) for n, _, status, t, a in part])
        await session.commit()


class Screen:
    """One side of a chat: its stream is open; when it wakes, what the browser would fetch is fetched."""

    def __init__(self, client: httpx2.AsyncClient, events: str, page: str, headers: dict[str, str], event: str) -> None:
        self.client, self.events, self.page, self.headers, self.event = client, events, page, headers, event
        self.shown, self.fresh = "", asyncio.Event()
        self.open = asyncio.Event()
        self.listing: asyncio.Task[None] | None = None

    async def watch(self) -> None:
        async with self.client.stream("GET", self.events, headers=self.headers, timeout=None) as stream:
            self.open.set()
            async for text in stream.aiter_lines():
                event = text.removeprefix("event:").strip() if text.startswith("event:") else ""
                if event == self.event:
                    got = await self.client.get(self.page, headers=self.headers)
                    self.shown = got.text
                    self.fresh.set()
                elif event == "queue" and (not self.listing or self.listing.done()):
                    self.listing = asyncio.create_task(self.list())

    async def list(self) -> None:
        """As the desk does: a moment later, and once for all that came meanwhile."""
        await asyncio.sleep(0.3)
        await self.client.get("/en/staff/queue", headers=self.headers)

    async def shows(self, words: str) -> None:
        while words not in self.shown:
            self.fresh.clear()
            await self.fresh.wait()


def visitor_screen(client: httpx2.AsyncClient, n: int) -> Screen:
    path = f"/api/chat/conversations/{n:032d}"
    headers = {"authorization": f"Bearer token-{n}"}
    return Screen(client, f"{path}/events", f"{path}/messages?after=2", headers, "message")


def staff_screen(client: httpx2.AsyncClient, n: int) -> Screen:
    headers = {"cookie": f"{COOKIE}=desk-{n % DESKS + 1}", "hx-request": "true", "accept": "text/html"}
    id_ = f"{n:032d}"
    return Screen(client, f"/en/staff/events?chat={id_}", f"/en/staff/chats/{id_}", headers, "chat")


async def messages(client: httpx2.AsyncClient) -> tuple[list[float], list[float]]:
    """Milliseconds from POST to screen: (visitor to desk, desk to visitor), with all streams open."""
    visitors = [visitor_screen(client, n) for n in range(TALKING)]
    desks = [staff_screen(client, n) for n in range(DESKS)]
    tasks = [asyncio.create_task(screen.watch()) for screen in (*visitors, *desks)]
    await asyncio.wait_for(asyncio.gather(*(screen.open.wait() for screen in (*visitors, *desks))), 60)
    settle()  # or who measures would stop now and then
    await asyncio.sleep(3)  # what opening so many streams set off comes to rest
    to_desk: list[float] = []
    to_visitor: list[float] = []
    for i in range(MESSAGES):
        n = i % DESKS
        words = uuid.uuid4().hex
        began = time.perf_counter()
        body = {"client_msg_id": words, "text": words}
        posting = asyncio.create_task(client.post(f"/api/chat/conversations/{n:032d}/messages", json=body, headers=visitors[n].headers))  # fmt: skip
        await asyncio.wait_for(desks[n].shows(words), 10)
        to_desk.append(1000 * (time.perf_counter() - began))
        (await posting).raise_for_status()
        words = uuid.uuid4().hex
        began = time.perf_counter()
        form = {"text": words, "client_msg_id": words, "csrf": "bench"}
        headers = {**desks[n].headers, "sec-fetch-site": "same-origin"}
        posting = asyncio.create_task(client.post(f"/en/staff/chats/{n:032d}/reply", data=form, headers=headers))
        await asyncio.wait_for(visitors[n].shows(words), 10)
        to_visitor.append(1000 * (time.perf_counter() - began))
        await posting
    tasks += [screen.listing for screen in desks if screen.listing]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return to_desk, to_visitor


async def queue_page(client: httpx2.AsyncClient) -> float:
    """Median milliseconds from asking for the queue page until a client on this machine has it whole. Raises SystemExit if it
    does not show who waits."""
    times = []
    for _ in range(30):
        began = time.perf_counter()
        got = await client.get("/en/staff/queue", headers={"cookie": f"{COOKIE}=desk-1", "accept": "text/html"})
        if got.status_code != 200 or f"{WAITING:,}" not in got.text and str(WAITING) not in got.text:
            raise SystemExit("the queue page does not show who waits")
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)
