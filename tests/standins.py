"""Local stand-ins for what a portal reaches over the network: a LibreTranslate server and a ClamAV daemon, speaking their protocols."""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from portal.desk.checking import EICAR
from tests.test_faults import serving

CODES = ("de", "en", "ar", "es", "tr", "ru", "uk", "fr", "zh-Hans", "tl")
MARKED = re.compile(r"^\[[\w-]+\] ")


def detected(text: str) -> str:
    if re.search(r"[\u0600-\u06ff]", text):
        return "ar"
    return "de" if re.search(r"[äöüß]|\b(ich|und|der|die|das|nicht)\b", text) else "en"


class Mood:
    """How a LibreTranslate stand-in behaves: `how` as named below, `words` it knows, the `key` it wants."""

    def __init__(self, words: dict[str, str] | None = None, key: str = "") -> None:
        self.how, self.words, self.key = "well", words or {}, key


def translation_server(calls: list[dict[str, Any]], mood: Mood) -> FastAPI:
    """ "Translates" by the target in front: "Hello" to Arabic is "[ar] Hello", and back to English "[en] Hello"."""
    app = FastAPI()

    async def ill(request: Request) -> Response | None:
        match mood.how:
            case "500":
                return JSONResponse({"error": "Cannot translate text"}, 500)
            case "html":
                return Response("<html>Bad gateway</html>", media_type="text/html")
            case "large":
                return Response('{"translatedText": "' + "x" * 5_000_000 + '"}', media_type="application/json")
            case "deep":
                return Response("[" * 200_000, media_type="application/json")
            case "list":
                return JSONResponse(["x"])
            case "hangs":
                while not await request.is_disconnected():
                    await asyncio.sleep(0.05)
        return None

    @app.get("/languages")
    async def languages() -> list[dict[str, Any]]:
        return [{"code": code, "name": code, "targets": [c for c in CODES if c != "tl"]} for code in CODES]

    @app.post("/translate")
    async def translate(request: Request) -> Response:
        body = await request.json()
        calls.append(body)
        if (answer := await ill(request)) is not None:
            return answer
        if body.get("api_key", "") != mood.key:
            return JSONResponse({"error": "Invalid API key"}, 403)
        if body["target"] not in CODES or body["source"] not in ("auto", *CODES):
            return JSONResponse({"error": f"{body['target']} is not supported"}, 400)
        text = MARKED.sub("", body["q"])
        for word, other in mood.words.items():
            text = text.replace(word, other)
        if mood.how == "mangles":
            text = re.sub(r"QZ\d+Z", "Q Z", text)
        answer = {"translatedText": f"[{body['target']}] {text}"}
        if body["source"] == "auto":
            answer["detectedLanguage"] = {"confidence": 90, "language": detected(text)}
        return JSONResponse(answer)

    return app


@contextlib.asynccontextmanager
async def libretranslate(port: int, mood: Mood | None = None) -> AsyncIterator[list[dict[str, Any]]]:
    """A LibreTranslate server on a port; gives the bodies it was sent."""
    calls: list[dict[str, Any]] = []
    async with serving(translation_server(calls, mood or Mood()), port):
        yield calls


@contextlib.asynccontextmanager
async def clamd(port: int, how: str = "well") -> AsyncIterator[list[bytes]]:
    """A ClamAV daemon on a port; gives what it was sent. `how`: well, error, garbage, empty, hangs."""
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            assert await reader.readline() == b"nINSTREAM\n"
            content = b""
            while size := struct.unpack("!L", await reader.readexactly(4))[0]:
                content += await reader.readexactly(size)
            seen.append(content)
            if how == "hangs":
                await reader.read()
            found = EICAR in content or b"VIRUS" in content
            well = b"stream: Eicar-Test-Signature FOUND\n" if found else b"stream: OK\n"
            writer.write(
                {"error": b"stream: Can't allocate memory ERROR\n", "garbage": b"\xff\xfe", "empty": b""}.get(how, well)
            )
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    try:
        yield seen
    finally:
        server.close()
