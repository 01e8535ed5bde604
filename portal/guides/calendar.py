"""The days of a plan for a calendar (RFC 5545), one all-day entry for the latest day of each step."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from icalendar import Calendar, Event

from portal.guides.words import LATEST
from portal.i18n import gettext, speaking


def calendar(card: dict[str, Any], base: str) -> bytes:
    """A result's dates as a calendar file; `base` is the address of this Wegweiser."""
    cal = Calendar()
    cal.add("prodid", f"-//Wegweiser//{card['language'].upper()}")
    cal.add("version", "2.0")
    cal.add("x-wr-calname", card["title"])
    page = base.rstrip("/") + card["address"]
    day = dt.date.fromisoformat(card["day"])
    with speaking(card["language"]):
        for s in card["steps"]:
            if not s["latest"]:
                continue
            latest = dt.date.fromisoformat(s["latest"])
            event = Event()
            event.add("uid", hashlib.sha256(f"{page} {s['id']}".encode()).hexdigest()[:32] + "@wegweiser")
            event.add("dtstamp", dt.datetime.combine(day, dt.time(), dt.UTC))
            event.add("dtstart", latest)
            event.add("dtend", latest + dt.timedelta(days=1))
            event.add("summary", f"{s['title']} ({gettext(LATEST)})")
            event.add("description", f"{s['text']}\n\n{', '.join(s['law'])}\n{card['disclaimer']}\n{page}")
            event.add("url", page)
            event.add("transp", "TRANSPARENT")
            cal.add_component(event)
    return bytes(cal.to_ical())
