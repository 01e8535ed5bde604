"""The chat's interface: files."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/api/chat")
