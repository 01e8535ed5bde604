"""The chat's interface: consents."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/api/chat")
