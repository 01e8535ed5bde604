"""Numbers as people type them."""

from __future__ import annotations


def whole(text: str) -> int | None:
    """ "12" as 12; None for anything else, and for what is too large for a column of a table."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
