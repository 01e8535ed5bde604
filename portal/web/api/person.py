"""The chat's interface: person."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/api/chat")
