"""Translation by machine between the desk and the visitor, over a server that speaks LibreTranslate's protocol.

Figures, paragraphs and addresses pass the server as marks and come back as they were; a German law term keeps its German word in
brackets behind its translation ("recognition (Anerkennung)"), for that is the word on every form. Only texts of messages come
here; texts are logged nowhere. A server that hangs or fails is left alone for a while.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx2
import structlog

from knowledge.schema import Term
from locales.languages import LANGUAGES
from portal.desk.marks import mark, shipped, unmark, words
from portal.settings import Settings

log = structlog.get_logger("translating")
TIMEOUT = 5.0  # seconds a try
TRIES = 2
FAILURES = 5  # one after the other, then it rests
REST = 30.0  # seconds
KNOWN_FOR = 600.0  # seconds that its list of languages holds
MOST_TEXT = 10_000  # characters
MOST_BYTES = 1_000_000  # of an answer
THEIRS = {"zh": ("zh", "zh-Hans"), "bs": ("bs", "hr"), "tl": ("tl", "fil"), "fa": ("fa", "prs")}  # else the same tag


class Untranslated(Exception):
    """No translation; `reason`: off, not_offered, too_long, failed (portal.desk.words.REFUSALS)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Translated:
    """`source`: the language it was written in, as far as known. `missing`: figures, paragraphs, addresses of the original that the
    translation does not show; whoever sends it should look at them."""

    text: str
    source: str | None
    missing: tuple[str, ...] = ()


class Server:
    """One translation server as this process knows it: what it offers, and whether it is given a rest."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url.rstrip("/"), key
        self.failures, self.rests_until = 0, 0.0
        self.offers: dict[str, frozenset[str]] = {}  # source: targets, in their tags
        self.known_until = 0.0

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Its answer as JSON. Raises Untranslated."""
        if time.monotonic() < self.rests_until:
            raise Untranslated("failed")
        for _ in range(TRIES):
            try:
                async with asyncio.timeout(TIMEOUT):
                    status, content = await self._once(method, path, body)
                if status < 500 and status != 429:
                    if status != 200:
                        log.error("translation_refused", status=status)
                        raise Untranslated("not_offered" if status == 400 else "failed")
                    answer = json.loads(content)
                    self.failures = 0
                    return answer
                why = f"status {status}"
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError, ValueError, RecursionError) as error:
                why = type(error).__name__
        self.failures += 1
        if self.failures >= FAILURES:
            self.failures, self.rests_until = 0, time.monotonic() + REST
        log.error("translation_failed", why=why)
        raise Untranslated("failed")

    async def _once(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, bytes]:
        json_ = None if body is None else body | ({"api_key": self.key} if self.key else {})
        async with (
            httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=trusted()) as http,
            http.stream(method, self.url + path, json=json_) as answer,
        ):
            content = b""
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise ValueError("too much")
            return answer.status_code, content

    async def languages(self) -> dict[str, frozenset[str]]:
        """Targets by source, in the server's tags. Raises Untranslated."""
        if time.monotonic() >= self.known_until:
            answer = await self.ask("GET", "/languages")
            try:
                every = frozenset(str(one["code"]) for one in answer)
                self.offers = {str(one["code"]): frozenset(one.get("targets") or every) for one in answer}
            except (TypeError, KeyError, AttributeError):
                raise Untranslated("failed") from None
            self.known_until = time.monotonic() + KNOWN_FOR
        return self.offers


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


@lru_cache(maxsize=32)
def server(url: str, key: str) -> Server:
    return Server(url, key)


class Translator:
    """What the desk uses; cheap to make. `glossary`: the served one, else the one that came with the program."""

    def __init__(self, settings: Settings, glossary: Mapping[str, Term] | None = None) -> None:
        self.on = bool(settings.translate_url)
        self.server = server(settings.translate_url, settings.translate_key.get_secret_value())
        self.glossary = glossary

    async def languages(self) -> dict[str, frozenset[str]]:
        """Which pairs work, in our tags: targets by source. Raises Untranslated."""
        if not self.on:
            raise Untranslated("off")
        offers = await self.server.languages()
        ours = {tag: theirs(tag, offers) for tag in LANGUAGES}
        return {
            source: frozenset(t for t, code in ours.items() if t != source and code and code in offers[there])
            for source, there in ours.items()
            if there
        }

    async def translate(self, text: str, source: str | None, target: str) -> Translated:
        """A message's text in another of our languages; without `source` the server finds out. Raises Untranslated."""
        if not self.on:
            raise Untranslated("off")
        if source == target or not text.strip():
            return Translated(text, source)
        if len(text) > MOST_TEXT:
            raise Untranslated("too_long")
        offers = await self.server.languages()
        there, here = theirs(source, offers) if source else "auto", theirs(target, offers)
        if not there or not here or (source and here not in offers[there]):
            raise Untranslated("not_offered")
        terms = words(self.glossary or shipped()) if source == "de" else ()
        marked, marks = mark(text, terms)
        said, found = await self._said(marked, there, here)
        whole = unmark(said, marks)
        if whole is None:
            said, found = await self._said(text, there, here)
            behind = [what for what in marks if what.startswith("(")]
            whole = f"{said} {' '.join(behind)}" if behind else said
        missing = tuple(what for what in marks if what not in whole and not what.startswith("("))
        source = source or ours(found)
        return Translated(text, source) if source == target else Translated(whole, source, missing)

    async def _said(self, text: str, source: str, target: str) -> tuple[str, str]:
        """(translated text, the language that was found)."""
        body = {"q": text, "source": source, "target": target, "format": "text"}
        answer = await self.server.ask("POST", "/translate", body)
        said = answer.get("translatedText") if isinstance(answer, dict) else None
        if not isinstance(said, str) or not said.strip():
            raise Untranslated("failed")
        found = answer.get("detectedLanguage")
        return said, str(found.get("language", "")) if isinstance(found, dict) else ""


def theirs(tag: str, offers: Mapping[str, Any]) -> str | None:
    """The server's tag for one of ours, if it offers the language."""
    return next((code for code in THEIRS.get(tag, (tag,)) if code in offers), None)


def ours(code: str) -> str | None:
    by_code = {their: tag for tag, codes in THEIRS.items() for their in codes}
    return by_code.get(code, code if code in LANGUAGES else None)
