"""What the portal sends beside a message, kept for the length of a turn.

One embedding serves both programs: the portal computes it for its search and sends it along. It stays out of the
message's metadata, for that lands in the tracker and travels with each action call.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Optional


class Waiting:
    """A small store by message id: put by the channel, taken by a component; the oldest goes first."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._items: "OrderedDict[str, Any]" = OrderedDict()

    def put(self, message_id: Optional[str], item: Any) -> None:
        if message_id:
            self._items[message_id] = item
            while len(self._items) > self._size:
                self._items.popitem(last=False)

    def take(self, message_id: Optional[str]) -> Any:
        return self._items.pop(message_id, None) if message_id else None


VECTORS = Waiting()
ENTITIES = Waiting()
