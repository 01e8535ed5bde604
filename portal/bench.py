"""Our assistant beside a stock `rasa init` bot, measured in one run on one machine; medians."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from portal import asking, bench_desk, house
from portal.asking import Talk
from portal.evaluation import percentile
from portal.settings import HOUSE, Settings

BENCH = HOUSE / "bench"
STOCK = BENCH / "stock"
QUESTIONS = [
    "What does recognition cost?", "Wie lange dauert das beschleunigte Fachkräfteverfahren?", "ok cool", "Hallo",
    "Which documents do I need for the visa?", "Was ist die Chancenkarte?", "Can my wife come with me?",
    "What is the fast-track procedure?", "Wo finde ich ein Welcome Center?", "How good must my German be?",
]  # fmt: skip
STOCK_QUESTIONS = ["hello", "I am very sad", "are you a bot", "I am great", "bye", "good morning", "so so", "not good"]
ANSWERED = [q for q in QUESTIONS if len(q.split()) > 2][:6]  # those that get an answer from the knowledge
GUIDED = [  # a guide from the first words to its result, typed
    "I need an electrician from Tunisia", "no", "yes, without success", "yes", "in Bavaria", "Recognition finder",
]  # fmt: skip
ROUNDS = 60
CONVERSATIONS, TURNS_EACH = 50, 4
ENV = {
    "RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TQDM_DISABLE": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3", "LOG_LEVEL": "ERROR",
}  # fmt: skip


def stock_python() -> str:
    """The stock bot's interpreter; its environment is made on first use (about 2.6 GB)."""
    python = BENCH / ".venv" / "bin" / "python"
    if not (BENCH / ".venv" / "bin" / "rasa").exists():
        uv = shutil.which("uv") or str(HOUSE / ".venv-uv" / "bin" / "uv")
        subprocess.run([uv, "sync", "--locked", "--compile-bytecode", "--directory", str(BENCH)], check=True)  # noqa: S603
    if not STOCK.exists():
        STOCK.mkdir(parents=True)
        run([str(python), "-m", "rasa", "init", "--no-prompt", "--init-dir", "."], STOCK, ENV)
    return str(python)


def run(command: list[str], folder: Path, env: dict[str, str]) -> float:
    """Seconds a command takes. Raises SystemExit with its words where it fails."""
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
    return time.perf_counter() - began


class Server:
    """A process that answers on an address; `started` seconds, resident memory of it and its children."""

    def __init__(self, command: list[str], folder: Path, env: dict[str, str], health: str) -> None:
        began = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env={**os.environ, **env}, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            try:
                with urllib.request.urlopen(health, timeout=1):  # noqa: S310 an own address
                    break
            except (OSError, urllib.error.URLError):
                if self.process.poll() is not None or time.perf_counter() - began > 240:
                    raise SystemExit(f"{command} did not come up") from None
                time.sleep(0.05)
        self.started = time.perf_counter() - began

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def row(name: str, ours: float, stock: float | None, unit: str) -> dict[str, Any]:
    ratio = round(ours / stock, 3) if stock else None
    return {"name": name, "ours": round(ours, 3), "stock": stock and round(stock, 3), "ratio": ratio, "unit": unit}


def measure(prepared: Callable[[], tuple[Settings, Path]], console: Any) -> list[dict[str, Any]]:
    with console.status("The stock bot's environment …"):
        python = stock_python()
    s, trained = prepared()
    rows = []
    ours_env = house.bot_environment(s)
    with console.status("Training, in turn …"):
        ours_train, stock_train = [], []
        with tempfile.TemporaryDirectory() as folder:
            for i in range(3):
                mine = [house.bot_python(), "lean.py", "train", "--force", "--domain", "domain", "--out", folder]
                ours_train.append(run(mine, house.BOT, {**ours_env, "OMP_NUM_THREADS": "2"}))
                if i < 2:
                    stock_train.append(run([python, "-m", "rasa", "train", "--force"], STOCK, ENV))
    rows.append(row("train", statistics.median(ours_train), statistics.median(stock_train), "s"))
    with console.status("Starting, in turn …"):
        starts: dict[str, list[float]] = {"ours": [], "stock": []}
        memory: dict[str, float] = {}
        stock_turns: list[float] = []
        stock_load = 0.0
        for i in range(3):
            port = house.free_port()
            mine = [house.bot_python(), "lean.py", "run", "-i", "127.0.0.1", "-p", str(port), "--model", str(trained)]
            server = Server(mine, house.BOT, ours_env, f"http://127.0.0.1:{port}/webhooks/portal/")
            starts["ours"].append(server.started)
            server.stop()
            if i < 2:
                port = house.free_port()
                stock = [python, "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port)]
                server = Server(stock, STOCK, ENV, f"http://127.0.0.1:{port}/webhooks/rest/")
                starts["stock"].append(server.started)
                if i == 1:
                    stock_turns, stock_load = asyncio.run(talk_to_stock(port))
                    memory["stock"] = server.memory()
                server.stop()
    rows.append(row("start", statistics.median(starts["ours"]), statistics.median(starts["stock"]), "s"))
    with console.status("Talking …"):
        ours = asyncio.run(talk_to_us(s, trained))
    rows.append(row("memory", ours["memory"], memory["stock"], "MB"))
    for share, name in ((0.5, "turn_p50"), (0.95, "turn_p95")):
        mine_ms, stock_ms = 1000 * percentile(ours["turns"], share), 1000 * percentile(stock_turns, share)
        rows.append(row(name, mine_ms, stock_ms, "ms"))
    plain, guided = (1000 * percentile(ours[k], 0.5) for k in ("beside", "guided"))
    rows.append(row("guide_turn", guided, plain, "ms; beside: a plain answer of ours"))
    rows.append(row("turns_per_s", ours["load"], stock_load, "1/s"))
    rows.append(row("publish", ours["publish"], None, "s"))
    with console.status("A person takes over …"):
        rows += bench_desk.measure(s)
    return rows


async def talk_to_stock(port: int) -> tuple[list[float], float]:
    """(seconds a turn over REST, turns/s with 50 conversations at once)."""
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
    limits = httpx2.Limits(max_connections=CONVERSATIONS)
    async with httpx2.AsyncClient(timeout=60, trust_env=False, limits=limits) as client:

        async def turn(sender: str, i: int) -> float:
            began = time.perf_counter()
            text = STOCK_QUESTIONS[i % len(STOCK_QUESTIONS)]
            (await client.post(url, json={"sender": sender, "message": text})).raise_for_status()
            return time.perf_counter() - began

        for i in range(8):
            await turn("warm", i)
        turns = [await turn(f"one{i // 6}", i) for i in range(ROUNDS)]

        async def talk(n: int) -> None:
            for i in range(TURNS_EACH):
                await turn(f"many{n}", i + n)

        began = time.perf_counter()
        await asyncio.gather(*(talk(n) for n in range(CONVERSATIONS)))
        return turns, CONVERSATIONS * TURNS_EACH / (time.perf_counter() - began)


async def talk_to_us(s: Settings, trained: Path) -> dict[str, Any]:
    """The same over the chat's interface, from POST to the stored answer; what was lost or crossed ends the run."""
    async with asking.started(s, trained) as client:
        async with Talk.listening(client, "en", None) as talk:
            for q in QUESTIONS:
                await talk.say(text=q)
        turns = []
        for i in range(ROUNDS // 6):
            async with Talk.listening(client, "en", None) as talk:
                for j in range(6):
                    said = await talk.say(text=QUESTIONS[(6 * i + j) % len(QUESTIONS)])
                    turns.append(said[-1]["seconds"])

        guided, beside = [], []
        for _ in range(ROUNDS // len(GUIDED)):  # in turn, so that both meet the same machine
            async with Talk.listening(client, "en", None) as talk:
                guided += [(await talk.say(text=text))[-1]["seconds"] for text in GUIDED]
            async with Talk.listening(client, "en", None) as talk:
                beside += [(await talk.say(text=text))[-1]["seconds"] for text in ANSWERED]

        async def one_of_many(n: int) -> None:
            async with Talk.listening(client, "en", None) as talk:
                for i in range(TURNS_EACH):
                    if not await talk.say(text=QUESTIONS[(i + n) % len(QUESTIONS)]):
                        raise SystemExit("a turn was lost")
                if [m["seq"] for m in await talk.messages()] != list(range(1, len(await talk.messages()) + 1)):
                    raise SystemExit("messages lost or crossed")

        began = time.perf_counter()
        await asyncio.gather(*(one_of_many(n) for n in range(CONVERSATIONS)))
        load = CONVERSATIONS * TURNS_EACH / (time.perf_counter() - began)
        return {
            "turns": turns,
            "guided": guided,
            "beside": beside,
            "load": load,
            "memory": await rasa_memory(client),
            "publish": await publishing(client),
        }


async def rasa_memory(client: httpx2.AsyncClient) -> float:
    """Resident memory of our Rasa in MB (the child whose command line says lean.py run)."""

    def look() -> float:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if b"lean.py" in words and b"run" in words:
                    line = next(x for x in (folder / "status").read_text().splitlines() if x.startswith("VmRSS"))
                    return int(line.split()[1]) / 1024
            except (OSError, StopIteration):
                continue
        return 0.0

    return await asyncio.to_thread(look)


async def publishing(client: httpx2.AsyncClient) -> float:
    """Seconds from the end of an import until its words are answered."""
    return await asyncio.to_thread(_import_changed, str(client.base_url))


def _import_changed(base: str) -> float:
    from knowledge.library import read_folder

    with tempfile.TemporaryDirectory() as folder:
        for path, text in read_folder().items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            if path == "topics/fasttrack.what/en.yml":
                text += "- is the fast lane for workers the same as the bench procedure\n"
            (Path(folder) / path).write_text(text)
        env = _environment_of_portal(base.rsplit(":", 1)[1].rstrip("/"))
        release = _release(base)
        command = [sys.executable, "-m", "portal.cli", "knowledge", "import", folder]
        run(command, HOUSE, env)
        began = time.perf_counter()
        while _release(base) == release:
            if time.perf_counter() - began > 30:
                raise SystemExit("the import did not become live")
            time.sleep(0.02)
        return time.perf_counter() - began


def _release(base: str) -> int:
    import json

    with urllib.request.urlopen(base.rstrip("/") + "/readyz", timeout=5) as answer:  # noqa: S310 an own address
        return int(json.load(answer)["release"])


def _environment_of_portal(port: str) -> dict[str, str]:
    """The WEGWEISER_ settings of the portal that listens on a port (its child process is ours to read)."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        env = dict(w.decode().split("=", 1) for w in words if w.startswith(b"WEGWEISER_") and b"=" in w)
        if env.get("WEGWEISER_PORT") == port:
            return env
    raise SystemExit("the portal's settings were not found")


def table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'':23}{'ours':>10}{'stock':>10}{'ratio':>8}  unit"]
    for r in rows:
        stock = "–" if r["stock"] is None else f"{r['stock']:.1f}"
        ratio = "–" if r["ratio"] is None else f"{r['ratio']:.2f}"
        lines.append(f"{r['name']:23}{r['ours']:>10.1f}{stock:>10}{ratio:>8}  {r['unit']}")
    return "\n".join(lines)
