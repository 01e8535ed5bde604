"""Rasa's action endpoint, guarded by the secret; and whether we are well."""

from __future__ import annotations

import hmac
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from portal.chat.actions import ACTIONS

router = APIRouter()


@router.post("/rasa/actions", include_in_schema=False)
async def actions(request: Request) -> Any:
    """{next_action, sender_id, tracker} -> {events, responses}."""
    state = request.app.state
    if not hmac.compare_digest(request.headers.get("x-bot-secret", "").encode(), state.secret.encode()):
        return JSONResponse({"error": "not allowed"}, 401)
    try:
        call = json.loads(await request.body())
        action = ACTIONS[call["next_action"]]
        metadata = call["tracker"]["latest_message"].get("metadata") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return JSONResponse({"error": "unknown action"}, 404)
    said = state.turns.understood.get(metadata.get("message"))
    return JSONResponse(action(call, said, state.live.edition))


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The portal's process answers."""
    return {"portal": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> Any:
    """Whether database, knowledge and Rasa are well: 200, or 503 and which is not."""
    state = request.app.state
    found = {"portal": "ok", "database": "ok", "knowledge": "ok", "rasa": "ok"}
    try:
        async with state.database.read() as session:
            await session.connection()
        if state.database.failing:
            found["database"] = "not_written"
    except Exception:
        found["database"] = "down"
    if not state.live.edition.library.topics:
        found["knowledge"] = "empty"
    if not await state.bot.well():
        found["rasa"] = "down"
    well = all(v == "ok" for v in found.values())
    return JSONResponse(found | {"release": state.live.edition.release}, 200 if well else 503)
