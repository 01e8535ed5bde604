"""Starts Rasa and the portal, waits until both answer, restarts what dies, ends both."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TRIES = 3  # starts of a child that has never been ready; a wrong setting does not mend itself


class NotStarted(SystemExit):
    """A child ended before it was ready, several times; its last words are the message. Ends the program."""


@dataclass
class Child:
    """A process to keep alive. `health` is an address that answers 200 when it is ready."""

    name: str
    command: list[str]
    health: str
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    ready_within: float = 180.0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    words: deque[str] = field(default_factory=lambda: deque(maxlen=12))
    was_ready: bool = False


class Supervisor:
    def __init__(self, children: list[Child], out=sys.stdout) -> None:
        self.children, self.out, self.stopping = children, out, asyncio.Event()
        self.failed: Child | None = None

    def tell(self, name: str, line: str) -> None:
        print(f"{name:7}| {line}", file=self.out, flush=True)

    async def answers(self, url: str) -> bool:
        def ask() -> bool:
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 an own address
                    return answer.status == 200
            return False

        return await asyncio.to_thread(ask)

    async def until_ready(self, child: Child, process: asyncio.subprocess.Process) -> None:
        started = told = time.monotonic()
        while not self.stopping.is_set() and process.returncode is None:
            if await self.answers(child.health):
                self.tell(child.name, f"ready after {time.monotonic() - started:.1f} s")
                child.was_ready = True
                child.ready.set()
                return
            if time.monotonic() - told > 5:
                told = time.monotonic()
                self.tell(child.name, f"starting … {told - started:.0f} s")
            if time.monotonic() - started > child.ready_within:
                self.tell(child.name, "does not answer; starting it again")
                self.end(process)
                return
            await asyncio.sleep(0.2)

    @staticmethod
    def end(process: asyncio.subprocess.Process, how: int = signal.SIGTERM) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)

    async def pump(self, child: Child, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            text = line.decode(errors="replace").rstrip()
            if text:
                child.words.append(text)
                self.tell(child.name, text)

    async def keep(self, child: Child) -> None:
        """Run a child, again and again with a growing pause, until the end; give up one that never gets ready."""
        pause, starts = 0.5, 0
        while not self.stopping.is_set():
            began = time.monotonic()
            starts += 1
            process = await asyncio.create_subprocess_exec(
                *child.command, cwd=child.folder, env={**os.environ, **child.env}, start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            assert process.stdout
            pump = asyncio.create_task(self.pump(child, process.stdout))
            health = asyncio.create_task(self.until_ready(child, process))
            ended = asyncio.create_task(process.wait())
            stop = asyncio.create_task(self.stopping.wait())
            waited: list[asyncio.Task[Any]] = [ended, stop]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if process.returncode is None:
                self.end(process)
                try:
                    await asyncio.wait_for(asyncio.shield(ended), 10)
                except TimeoutError:
                    self.end(process, signal.SIGKILL)
                    await ended
            health.cancel()
            pump.cancel()
            child.ready.clear()
            if starts >= TRIES and not child.was_ready and not self.stopping.is_set():
                self.failed = child
                self.stopping.set()
            if not self.stopping.is_set():
                pause = 0.5 if time.monotonic() - began > 60 else min(pause * 2, 20)
                self.tell(child.name, f"ended with {process.returncode}; again in {pause:.0f} s")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.stopping.wait(), pause)

    @contextlib.asynccontextmanager
    async def running(self):
        """All children, ready; they end with the block. Raises NotStarted where one cannot be brought up."""
        tasks = [asyncio.create_task(self.keep(c)) for c in self.children]
        try:
            waiting = [asyncio.create_task(c.ready.wait()) for c in self.children]
            stop = asyncio.create_task(self.stopping.wait())
            both = asyncio.gather(*waiting)
            either: list[asyncio.Future[Any]] = [both, stop]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            if not both.done():
                both.cancel()
            if self.failed:
                words = "\n".join(self.failed.words)
                raise NotStarted(f"{words}\n{self.failed.name} could not be started ({TRIES} tries).")
            yield self
        finally:
            self.stopping.set()
            await asyncio.gather(*tasks, return_exceptions=True)
