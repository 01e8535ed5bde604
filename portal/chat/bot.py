"""The way to Rasa: its own channel on loopback, with the secret. An empty answer is a failure (FACT-01)."""

from __future__ import annotations

import base64
import contextlib
from typing import Any

import httpx2
import numpy as np

MOST_BYTES = 200_000


class BotFailed(Exception):
    """Rasa gave no usable answer; the message says how."""


class Bot:
    def __init__(self, url: str, secret: str, timeout: float) -> None:
        self._http = httpx2.AsyncClient(
            base_url=url, headers={"x-bot-secret": secret}, timeout=timeout, trust_env=False,
            limits=httpx2.Limits(max_connections=64, max_keepalive_connections=64),
        )  # fmt: skip

    async def turn(
        self,
        sender: str,
        message_id: str,
        *,
        text: str | None = None,
        choice: dict[str, Any] | None = None,
        vector: np.ndarray | None = None,
        entities: list[dict[str, Any]] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """One turn -> what to say: [{"say": key, ...}].

        Raises BotFailed.
        """
        body: dict[str, Any] = {"sender": sender, "message_id": message_id, "metadata": metadata or {}}
        body |= {"text": text} if choice is None else {"choice": choice}
        if vector is not None:
            body["vector"] = base64.b64encode(vector.astype(np.float32).tobytes()).decode()
        body["entities"] = entities or []
        try:
            answer = await self._http.post("/webhook", json=body)
            if answer.status_code != 200 or len(answer.content) > MOST_BYTES:
                raise BotFailed(f"status {answer.status_code}, {len(answer.content)} bytes")
            messages = answer.json()["messages"]
            says = [m["custom"] for m in messages if isinstance(m.get("custom"), dict) and "say" in m["custom"]]
        except (httpx2.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BotFailed(type(error).__name__) from None
        if not says:
            raise BotFailed("an empty answer")
        return says

    async def forget(self, senders: list[str]) -> None:
        """Erase conversations from the bot's memory too. A bot that does not answer has lost it, or will in a day."""
        if senders:
            with contextlib.suppress(httpx2.HTTPError):
                await self._http.post("/forget", json={"senders": senders})

    async def well(self) -> bool:
        try:
            return (await self._http.get("/", timeout=2)).status_code == 200
        except httpx2.HTTPError:
            return False

    async def close(self) -> None:
        await self._http.aclose()
