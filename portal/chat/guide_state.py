"""Where a conversation stands in a guide, and the events that carry it on: Rasa's slots, by its action protocol."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from knowledge.library import Library
from portal.editing.live import Edition
from portal.guides.interview import step
from portal.guides.reading import Read


def slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}


@dataclass(frozen=True)
class Guided:
    """A turn inside a guide: what was known before it, and what the message says."""

    guide: str | None
    facts: Mapping[str, str]
    held: Mapping[str, str]  # the facts that the bot's slots hold
    trail: list[str]
    asked: str | None
    tries: int
    library: Library
    day: dt.date

    @classmethod
    def of(cls, call: dict[str, Any], edition: Edition) -> Guided:
        """From the bot's slots; where the bot has lost them, from the portal's record."""
        slots, library = call["tracker"]["slots"], edition.library
        held = {f: slots[f] for f in library.facts if slots.get(f)}
        facts = dict(held)
        metadata = call["tracker"]["latest_message"].get("metadata") or {}
        record = metadata.get("guide") or {}
        guide, trail, asked = slots.get("guide_name"), slots.get("trail") or [], slots.get("requested_slot")
        if slots.get("case") is None and record:
            facts = {**record.get("facts", {}), **facts}
            guide, trail = guide or record.get("guide"), trail or record.get("trail", [])
            asked = asked or record.get("asked")
        if metadata.get("role"):
            facts = {"role": metadata["role"], **facts}
        return cls(guide, facts, held, list(trail), asked, int(slots.get("tries") or 0), library, dt.date.today())

    def goes_on(self, guide: str | None, new: Mapping[str, str | None], trail: list[str], note: str = "",
                near: tuple[str, ...] = (), tries: int = 0) -> dict[str, Any]:  # fmt: skip
        """The events of a turn: the facts it brings, and what is asked next (None ends the form)."""
        facts = {f: v for f, v in {**self.facts, **new}.items() if v is not None}
        assert guide is not None
        if guide == "employer":
            facts["role"] = "employer"
        now = step(guide, facts, self.library, self.day)
        if now.clash is not None and now.ask is not None:
            note = f"clash_{self.library.clashes.index(now.clash)}"
            facts.pop(now.ask, None)
        changed = {f: facts.get(f) for f in self.library.facts if facts.get(f) != self.held.get(f)}
        case = {"guide": guide, "facts": facts, "trail": trail}
        events = [slot(f, v) for f, v in changed.items()]
        events += [
            slot("guide_name", guide), slot("trail", trail), slot("tries", tries), slot("note", note),
            slot("near", ",".join(near)), slot("case", json.dumps(case)), slot("requested_slot", now.ask),
        ]  # fmt: skip
        return {"events": events, "responses": []}

    def asks_again(self, said: dict[str, Any]) -> dict[str, Any]:
        """After something else was said: the open question once more."""
        again = self.goes_on(self.guide, {}, self.trail, tries=self.tries)
        return {"events": [*said["events"], *again["events"]], "responses": said["responses"]}

    def takes(self, got: Read, answered: str | None) -> dict[str, Any]:
        """The answer to the open question, and names said beside it."""
        others = [f for f in got.facts if f != answered and self.facts.get(f) not in (None, got.facts[f])]
        note = got.note or (f"changed_{others[0]}" if others else "")
        trail = [f for f in self.trail if f != answered] + ([answered] if answered in got.facts else [])
        return self.goes_on(self.guide, got.facts, [t for t in trail if t], note, got.near)

    def takes_for(self, guide: str, facts: Mapping[str, str]) -> dict[str, Any]:
        """Corrections after a result."""
        return self.goes_on(guide, facts, self.trail)

    def back(self) -> dict[str, Any]:
        """Ask the last question again."""
        if not self.trail:
            return self.goes_on(self.guide, {}, [], "first_question")
        return self.goes_on(self.guide, {self.trail[-1]: None}, self.trail[:-1])

    def leaves(self, note: str, tries: int = 0) -> dict[str, Any]:
        """End the form; what is known stays known."""
        events = [slot("note", note), slot("tries", tries), slot("requested_slot", None)]
        return {"events": events, "responses": []}
