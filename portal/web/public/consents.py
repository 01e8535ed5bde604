"""Pages on which a person sees and withdraws a consent."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
