"""The collector of the portal's process."""

from __future__ import annotations

import gc
import weakref

from portal import collector


class Link:
    """Two of these that hold each other are freed by the collector alone."""

    other: Link


def ring() -> weakref.ref[Link]:
    one, two = Link(), Link()
    one.other, two.other = two, one
    return weakref.ref(one)


def test_what_is_loaded_is_not_gone_through_again_and_what_was_before_goes():
    before = gc.get_threshold()
    gc.disable()
    try:
        old = ring()
        collector.settle()
        assert old() is None, "what the knowledge of before left behind"
        assert gc.get_freeze_count() > 10_000
        kept = ring()
        collector.settle()
        assert kept() is None, "and again with the next one"
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
        gc.enable()
