"""A message of the assistant before it is stored, and what it is put together from."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from portal.chat.says import SAYS
from portal.i18n import gettext, speaking


@dataclass
class Draft:
    """A message before it is stored. `shown` goes to the reader, `hidden` says what its buttons mean."""

    kind: str
    text: str
    language: str
    topic: str | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)


def say(key: str) -> str:
    return gettext(SAYS[key])


def sentence(key: str, kind: str, language: str) -> Draft:
    """One of the assistant's own sentences."""
    with speaking(language) as spoken:
        return Draft(kind, say(key), spoken.tag)


def choices(draft: Draft, options: list[tuple[str, str | None, dict[str, Any]]]) -> Draft:
    """Put buttons under a message: only opaque ids reach the browser (SEC-E05)."""
    draft.shown["choices"], draft.hidden["choices"] = [], {}
    for label, topic, meaning in options:
        id_ = secrets.token_urlsafe(6)
        draft.shown["choices"].append({"id": id_, "label": label} | ({"topic": topic} if topic else {}))
        draft.hidden["choices"][id_] = meaning | {"title": label}
    return draft


def paragraphs(text: list[str]) -> str:
    """Paragraphs apart, list items one under the other."""
    out = ""
    for i, part in enumerate(text):
        together = i and part.startswith("• ") and text[i - 1].startswith("• ")
        out += ("\n" if together else "\n\n" if i else "") + part
    return out
