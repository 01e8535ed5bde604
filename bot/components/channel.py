"""The bot's only door: a channel for the portal, with a shared secret.

Typed text is never read as a command, and a chosen button is data that never passes the text parser (SEC-E03).
"""

from __future__ import annotations

import base64
import hmac
import os
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

import numpy as np
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from components import memory, turns

MAX_TEXT = 2000  # characters; longer text blocks Rasa's event loop for everybody
SLASHES = "/\uff0f"


def plain(text: Text) -> Text:
    """Text that Rasa cannot take for a command: no leading slash of any kind, whatever stands before it."""
    text = "".join(c for c in text if c in "\n\t" or (c.isprintable() or c in "\u200c\u200d"))
    text = text.strip()
    while text and (text[0] in SLASHES or text[0].isspace() or text[0] in "\u200c\u200d"):
        text = text[1:]
    return text[:MAX_TEXT].strip()


def is_command(typed: Text) -> bool:
    """Does a text look like a typed command? "/restart" is not a wish to start over, however the words sound."""
    return next((c for c in typed if c.isprintable() and not c.isspace()), "") in SLASHES


def question(text: Text, entities: List[Dict[Text, Any]]) -> Dict[Text, Any]:
    """A text that only the knowledge may answer, as Rasa's parse result."""
    name = "question"
    ranking = [{"name": name, "confidence": 1.0}]
    return {"text": text, "intent": ranking[0], "intent_ranking": ranking, "entities": entities}


def chosen(choice: Dict[Text, Any]) -> Dict[Text, Any]:
    """A button as Rasa's parse result. `choice`: {"intent": ..., "entities": {...}, "title": ...}."""
    name = str(choice["intent"])
    return {
        "text": str(choice.get("title") or name),
        "intent": {"name": name, "confidence": 1.0},
        "intent_ranking": [{"name": name, "confidence": 1.0}],
        "entities": [
            {"entity": key, "value": value, "start": 0, "end": 0, "extractor": "choice"}
            for key, value in (choice.get("entities") or {}).items()
        ],
    }


class PortalChannel(InputChannel):
    """POST /webhooks/portal/webhook {sender, message_id, text | choice, vector?, entities?, metadata?} -> {messages}."""

    @classmethod
    def name(cls) -> Text:
        return "portal"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        secret = os.environ.get((credentials or {}).get("secret_env", "BOT_SECRET"), "")
        if len(secret) < 16:
            raise ValueError("the portal channel needs BOT_SECRET, at least 16 characters")
        return cls(secret)

    def __init__(self, secret: Text) -> None:
        self._secret = secret.encode()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        bp = Blueprint("portal_channel", __name__)

        def refused(request: Request) -> Optional[HTTPResponse]:
            given = request.headers.get("x-bot-secret", "").encode()
            return None if hmac.compare_digest(given, self._secret) else response.json({"error": "not allowed"}, 401)

        @bp.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @bp.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            if (no := refused(request)) is not None:
                return no
            body = request.json or {}
            sender, text, choice = body.get("sender"), body.get("text"), body.get("choice")
            message_id = body.get("message_id")
            if not isinstance(sender, str) or not sender or (text is None) == (choice is None):
                return response.json({"error": "sender and one of text or choice"}, 422)
            parse = None if choice is None else chosen(choice)
            typed = text
            text = parse["text"] if parse else plain(str(typed))
            if not text:
                return response.json({"error": "empty"}, 422)
            vector = body.get("vector")
            if vector:
                turns.VECTORS.put(message_id, np.frombuffer(base64.b64decode(vector), dtype=np.float32))
            turns.ENTITIES.put(message_id, body.get("entities") or [])
            if parse is None and is_command(typed):
                parse = question(text, turns.ENTITIES.take(message_id) or [])
            out = CollectingOutputChannel()
            try:
                await on_new_message(
                    UserMessage(
                        text,
                        out,
                        sender,
                        parse_data=parse,
                        input_channel=self.name(),
                        message_id=message_id,
                        metadata=body.get("metadata"),
                    )
                )
            except Exception as error:  # a failed turn is an error here, not an empty answer
                return response.json({"error": type(error).__name__}, 500)
            return response.json({"messages": out.messages})

        @bp.post("/forget")
        async def forget(request: Request) -> HTTPResponse:
            """Erased conversations: {senders: [...]} -> {forgotten: sessions}."""
            if (no := refused(request)) is not None:
                return no
            senders = (request.json or {}).get("senders")
            if not isinstance(senders, list):
                return response.json({"error": "senders"}, 422)
            return response.json({"forgotten": memory.forget(senders)})

        return bp
