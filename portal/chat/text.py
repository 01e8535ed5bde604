"""What may be in a message, in one order, before anything else looks at it (CON-11)."""

from __future__ import annotations

import re
import unicodedata

LIMIT = 2000  # characters; longer text would block the bot's one event loop
BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
COMBINING_AT_MOST = 8


class Refused(ValueError):
    """A message that is not taken; `reason` is the name of a text for the visitor."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def clean(text: str) -> str:
    """NFC; without NUL, control characters, lone surrogates and bidi overrides; joiners of scripts and emoji stay."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.translate(BIDI)
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
    text = re.sub(r"([\u0300-\u036f]{%d})[\u0300-\u036f]+" % COMBINING_AT_MOST, r"\1", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def accepted(text: str) -> str:
    """The cleaned text of a message. Raises Refused("too_long" | "empty")."""
    if len(text) > LIMIT:
        raise Refused("too_long")
    text = clean(text)
    if not text:
        raise Refused("empty")
    return text
