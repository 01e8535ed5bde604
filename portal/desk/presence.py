"""Who is here right now: kept in memory only, forgotten after some seconds without a sign."""

from __future__ import annotations

import time

TYPING = 6.0  # seconds that a sign of typing holds
LOOKING = 40.0  # seconds that an open page holds without a new sign


class Presence:
    """Times by monotonic clock (FLT-30). `side` of typing: visitor or staff; who looks: account ids."""

    def __init__(self) -> None:
        self._typing: dict[tuple[str, str], float] = {}
        self._looking: dict[str, dict[int, float]] = {}

    def typing(self, conversation: str, side: str, on: bool = True) -> None:
        self._typing.pop((conversation, side), None)
        if on:
            self._typing[conversation, side] = time.monotonic() + TYPING
        if len(self._typing) > 5000:
            self._typing = {k: v for k, v in self._typing.items() if v > time.monotonic()}

    def types(self, conversation: str, side: str) -> bool:
        return self._typing.get((conversation, side), 0) > time.monotonic()

    def look(self, conversation: str, account: int) -> None:
        self._looking.setdefault(conversation, {})[account] = time.monotonic() + LOOKING

    def leave(self, conversation: str, account: int) -> None:
        self._looking.get(conversation, {}).pop(account, None)
        if not self._looking.get(conversation):
            self._looking.pop(conversation, None)

    def lookers(self, conversation: str) -> set[int]:
        """Accounts whose desk shows the chat."""
        return {a for a, until in self._looking.get(conversation, {}).items() if until > time.monotonic()}
