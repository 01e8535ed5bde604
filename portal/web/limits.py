"""How much one visitor may send (SEC-C07). Counted in memory for an hour at most; an address is written nowhere."""

from __future__ import annotations

import math
import time

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

CHATS = parse("60/hour")  # new ones from an address; high, for a language school shares one
MESSAGES = parse("20/minute")  # of a conversation, and questions without JavaScript from an address
HERE = ("127.0.0.1", "::1")  # the operator's own machine; a proxy on it says for whom it asks (X-Forwarded-For)
counted = MovingWindowRateLimiter(MemoryStorage())


class TooMany(Exception):
    """`seconds` until it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def count(request: Request, item: RateLimitItem, key: str = "") -> None:
    """Count one more for a key, by default the visitor's address. Raises TooMany."""
    address = request.client.host if request.client else ""
    if address in HERE:
        return
    key = key or address
    if not counted.hit(item, request.method, key):
        reset = counted.get_window_stats(item, request.method, key).reset_time
        raise TooMany(max(1, math.ceil(reset - time.time())))
