"""Rasa and the portal as children: their commands, secrets and ports; the model, trained when stale."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from knowledge.encoder import Vectors
from knowledge.library import OUT_OF_SCOPE, Library, read_folder
from knowledge.schema import Loader
from knowledge.search import Search
from portal.settings import HOUSE, Settings
from portal.supervisor import Child

BOT = HOUSE / "bot"
MODELS = BOT / "models"
QUESTIONS = BOT / "data" / "nlu" / "questions.yml"  # written from the knowledge before training
A_TOPIC_AND_LANGUAGE = 1  # examples of a question the bot learns from; the knowledge search knows them all


def bot_python() -> str:
    return str(BOT / ".venv" / "bin" / "python")


def bot_environment(settings: Settings) -> dict[str, str]:
    """What Rasa needs to know. The action endpoint is the portal; threads that spin wreck the tail on shared cores."""
    return {
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TQDM_DISABLE": "1",
        "PYTHONWARNINGS": "ignore",
        "LOG_LEVEL": "ERROR",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "BOT_SECRET": settings.bot_secret.get_secret_value(),
        "ACTIONS_URL": f"http://127.0.0.1:{settings.port}/rasa/actions",
        "WEGWEISER_VECTORS": str(settings.vectors_file),
    }


def write_questions(library: Library) -> None:
    """Questions and out-of-scope lines as Rasa's training data: what is not a word of the dialogue."""
    blocks = []
    for intent, by_language in (("question", _questions(library)), ("out_of_scope", _outside(library))):
        for language, lines in sorted(by_language.items()):
            examples = "\n".join("- " + " ".join(line.split()).lstrip("-/ ") for line in lines) + "\n"
            examples = examples.replace("[", "(").replace("]", ")")
            blocks.append({"intent": intent, "metadata": {"language": language}, "examples": examples})
    text = yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, sort_keys=False)
    if not QUESTIONS.exists() or QUESTIONS.read_text() != text:
        QUESTIONS.write_text(text)


def _questions(library: Library) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for topic, by_language in library.phrasings.items():
        if topic in ("service.handover", "service.assistant"):
            continue  # the dialogue's own intents say these
        for language, lines in by_language.items():
            out.setdefault(language, []).extend(lines[:A_TOPIC_AND_LANGUAGE])
    return out


def _outside(library: Library) -> dict[str, list[str]]:
    return {k: v[:12] for k, v in library.other.get(f"{OUT_OF_SCOPE}.yml", {}).items()}


def examples() -> list[str]:
    """All that the bot learns to tell apart, line by line."""
    files = [yaml.load(f.read_text(), Loader=Loader) for f in sorted(QUESTIONS.parent.glob("*.yml"))]  # noqa: S506 a safe one
    lines = [line for file in files for block in file["nlu"] for line in block["examples"].splitlines()]
    return [line.removeprefix("- ").strip() for line in lines if line.strip()]


def fingerprint() -> str:
    """Of all that the model is made from."""
    h = hashlib.sha256()
    for path in sorted([*BOT.rglob("*.yml"), *(BOT / "components").glob("*.py"), BOT / "lean.py"]):
        if ".venv" not in path.parts and "models" not in path.parts and ".rasa" not in path.parts:
            h.update(path.relative_to(BOT).as_posix().encode() + path.read_bytes())
    return h.hexdigest()[:16]


def model() -> Path | None:
    """The trained model, if it is not stale."""
    write_questions(Library.from_files(read_folder()))
    path = MODELS / f"{fingerprint()}.tar.gz"
    return path if path.exists() else None


def train(settings: Settings) -> Path:
    """Train the dialogue's model; returns its file. Raises SystemExit with Rasa's own words where it fails."""
    write_questions(Library.from_files(read_folder()))
    name = fingerprint()
    command = [
        bot_python(),
        "lean.py",
        "train",
        "--force",
        "--domain",
        "domain",
        "--fixed-model-name",
        name,
        "--out",
        "models",
    ]
    env = {**os.environ, **bot_environment(settings), "OMP_NUM_THREADS": "2"}
    done = subprocess.run(command, cwd=BOT, env=env, capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0 or not (MODELS / f"{name}.tar.gz").exists():
        raise SystemExit("Training failed:\n" + done.stdout[-3000:] + done.stderr[-3000:])
    for old in MODELS.glob("*.tar.gz"):
        if old.stem.removesuffix(".tar") != name:
            old.unlink()
    return MODELS / f"{name}.tar.gz"


def embed(settings: Settings, progress) -> None:
    """Vectors of all phrasings and of the bot's examples, and the means by language that bot and portal share."""
    import numpy as np

    from knowledge.encoder import encoder

    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))  # alone on the machine: threads help here
    vectors = Vectors(settings.vectors_file, encoder(settings.encoder))
    library = Library.from_files(read_folder())
    write_questions(library)
    search = Search.build(library, vectors, progress)
    vectors.of(examples(), progress)
    vectors.save()
    means: dict[str, Any] = {k or "und": v for k, v in search.means.items()}
    np.savez(settings.vectors_file.with_name("means.npz"), **means)


def secret(settings: Settings) -> str:
    """The secret between the two programs: from the environment, else made once and kept in var/ (mode 600)."""
    given = settings.bot_secret.get_secret_value()
    file = settings.var / "bot.secret"
    if not given:
        settings.var.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(32))
        given = file.read_text().strip()
    return given


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def taken(host: str, port: int) -> bool:
    """Does another program listen there?"""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((host, port))
        except OSError:
            return True
    return False


def children(settings: Settings, trained: Path) -> list[Child]:
    """Rasa and the portal. Both start at once: neither needs the other to come up."""
    env = {
        "OMP_NUM_THREADS": "1",
        "WEGWEISER_VAR": str(settings.var),
        "WEGWEISER_DATABASE": settings.database,
        "WEGWEISER_HOST": settings.host,
        "WEGWEISER_PORT": str(settings.port),
        "WEGWEISER_BOT_PORT": str(settings.bot_port),
        "WEGWEISER_BOT_SECRET": settings.bot_secret.get_secret_value(),
    }
    rasa = [bot_python(), "lean.py", "run", "-i", "127.0.0.1", "-p", str(settings.bot_port), "--model", str(trained)]
    portal = [sys.executable, "-m", "portal.cli", "serve"]
    return [
        Child("rasa", rasa, f"{settings.bot_url}/", BOT, bot_environment(settings)),
        Child("portal", portal, f"http://127.0.0.1:{settings.port}/healthz", HOUSE, env, ready_within=600),
    ]
