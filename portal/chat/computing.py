"""What a turn knows before and after Rasa: pure helpers of portal.chat.turns."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, field
from typing import Any

from knowledge.library import Library
from portal.chat.drafts import Draft
from portal.chat.guiding import correction
from portal.chat.heard import GOES_ON, complains, guide_named
from portal.chat.models import Conversation, Message
from portal.chat.understanding import Understanding

FEW_WORDS = 4


def brief(conversation: Conversation, message: Message) -> bool:
    """Is it a short answer to a guide's question ("53.500 euro brutto")? In Latin letters it tells no other language."""
    words = re.findall(r"[^\W\d_]{2,}", message.text)
    return bool(conversation.guide.get("asked")) and len(words) < FEW_WORDS and all(max(w) < "\u0250" for w in words)


def going_on(text: str, record: dict[str, Any], library: Library) -> dict[str, Any] | None:
    """What a message means for a guide by its wording alone: its title, or "go on" after it was left."""
    guide = guide_named(text, library)
    if (
        guide is None
        and GOES_ON.match(text)
        and record.get("guide")
        and not record.get("asked")
        and not record.get("result")
    ):
        guide = record["guide"]
    if guide is None:
        return None
    if record.get("brought") and record["guide"] == guide:
        meant = {"guide": guide, "facts": json.dumps(record["facts"])}
        return {"intent": "correct_facts", "entities": meant, "title": text}
    return {"intent": "start_guide", "entities": {"guide": guide}, "title": text}


def corrected(said: Understanding, record: dict[str, Any], library: Library) -> dict[str, Any] | None:
    """A correction right after a guide's result ("no, in Bavaria", "sorry, she has a bachelor") as the new facts."""
    told = record.get("result") and not complains(said.text)
    facts = correction(said, record, library, dt.date.today()) if told else {}
    meant = {"guide": record.get("guide"), "facts": json.dumps(facts)}
    return {"intent": "correct_facts", "entities": meant, "title": said.text} if facts else None


def guide_after(says: list[dict[str, Any]], before: dict[str, Any]) -> dict[str, Any] | None:
    """The state of the guided dialogue {guide, facts, trail, asked} after a turn; None: as it was."""
    for one in reversed(says):
        if one["say"] in ("ask_fact", "result"):
            return {**json.loads(one["case"]), "asked": one.get("fact"), "result": one["say"] == "result"}
        if one["say"] == "started_over":
            return {}
        if one["say"] in ("guide_left", "handover", "goodbye"):
            return {**before, "asked": None, "result": False} if before else None
    return {**before, "result": False} if before.get("result") else None


@dataclass
class Computed:
    """What to say. `language`: of the message; `named`: a language that was asked for; `guide`: its state; `person`: why a
    person is wanted, if one is: {reason, topic, state, names}; `understood`: for the desk."""

    said: list[Draft]
    language: str
    named: str | None = None
    guide: dict[str, Any] | None = None
    person: dict[str, Any] | None = None
    understood: dict[str, Any] = field(default_factory=dict)


def what_was_understood(said: Understanding | None, says: list[dict[str, Any]], language: str) -> dict[str, Any]:
    """What the desk is shown of the assistant's understanding."""
    topics = [t for s in says for t in ([s["topic"]] if s.get("topic") else s.get("topics", []))]
    return {"says": [s["say"] for s in says], "topics": topics, "names": names_of(said), "language": language}


def names_of(said: Understanding | None) -> list[dict[str, str]]:
    return [{"kind": f.kind, "id": f.id} for f in said.names] if said else []


def person_wanted(
    says: list[dict[str, Any]], record: dict[str, Any], said: Understanding | None
) -> dict[str, Any] | None:
    """Why a person is wanted, if the assistant hands over."""
    one = next((s for s in says if s["say"] == "handover"), None)
    if one is None:
        return None
    reason = "guide" if any(s["say"] == "guide_person" for s in says) or record.get("asked") else "asked"
    return {
        "reason": reason,
        "topic": one.get("topic"),
        "state": (said.named("state") if said else None) or one.get("state"),
        "names": names_of(said),
    }
