"""What a desk's form sent, field by field, cleaned and with a limit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import HTTPException, Path, Request

from portal.chat.text import clean
from portal.desk.models import TEXT
from portal.numbers import whole

MOST = 2**31 - 1  # of a number that is a row's
Id = Annotated[int, Path(ge=1, le=MOST)]  # of a row; what no database has is refused before one is asked (SEC-D11)


class Wrong(Exception):
    """A form that is not taken; `reason` is a key of portal.desk.words.REFUSALS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def field(request: Request, name: str, most: int = 200) -> str:
    """A field's text, empty where it is missing. Raises HTTPException(422) for what no form of ours sends."""
    form: Any = await request.form()
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise HTTPException(422)
    return clean(value)


async def long_field(request: Request, name: str) -> str:
    """A text that a person wrote, as it is; `written` checks it."""
    form: Any = await request.form()
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def written(text: str) -> str:
    """The cleaned text of a reply or note. Raises Wrong("too_long" | "empty")."""
    if len(text) > TEXT:
        raise Wrong("too_long")
    text = clean(text)
    if not text:
        raise Wrong("empty")
    return text


async def number(request: Request, name: str) -> int | None:
    """A field's whole number, or None."""
    return whole(await field(request, name, 12))


async def message_id(request: Request) -> str:
    """The form's own id, by which it is taken once (FLT-24)."""
    form: Any = await request.form()
    value = form.get("client_msg_id", "")
    if not isinstance(value, str) or not 8 <= len(value) <= 64 or not value.isprintable():
        raise HTTPException(422)
    return value
