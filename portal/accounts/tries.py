"""How often somebody may try. Counted by account and address together, so that nobody can lock another one out (SEC-A01).

In memory of this process; for several processes behind one address each counts its own."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

PASSWORD = parse("10 per 15 minutes")  # an account from an address
ADDRESS = parse("100 per 15 minutes")  # an address, all accounts together; an agency shares one
SECOND = parse("10 per day")  # second steps of an account since the last right one; who tries has the password already
FACTOR = parse("10 per 15 minutes")  # new apps and passkeys of somebody who is signed in
PROVIDER = parse("100 per 15 minutes")  # an address, on each of the two ways by the organisation's own provider
RESET = parse("20 per hour")  # an address
MAILS = parse("3 per hour")  # reset mails to one account

counted = MovingWindowRateLimiter(MemoryStorage())


class TooManyTries(Exception):
    """`seconds` until it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def count(item: RateLimitItem, *key: str) -> None:
    """One more. Raises TooManyTries."""
    if not counted.hit(item, *key):
        reset = counted.get_window_stats(item, *key).reset_time
        raise TooManyTries(max(1, math.ceil(reset - time.time())))


def forget(item: RateLimitItem, *key: str) -> None:
    """It went well: earlier tries do not count any more."""
    counted.clear(item, *key)
