"""Rasa's custom actions, by its protocol: {next_action, sender_id, tracker} -> {events, responses}.

An action decides and returns ids; it changes nothing in the database, so it may run twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from knowledge.tongues import detect
from locales.languages import LANGUAGES
from portal.chat import guiding
from portal.chat.deciding import Context, decide
from portal.chat.guide_state import slot
from portal.chat.heard import complains
from portal.chat.understanding import Understanding
from portal.editing.live import Edition

Action = Callable[[dict[str, Any], Understanding | None, Edition], dict[str, Any]]
ACTIONS: dict[str, Action] = {}
COMMAND = re.compile(r"\s*/[\w@.]+\s*[{\[]")  # Rasa's own syntax: nobody asks a question so (SEC-E03)


# Topics found in a message that tells a situation: another matter, which is answered; or the situation itself, which is no question.
NO_SITUATION = {"language", "rights", "integration", "residence", "service", "visa.family_reunion"}
SITUATION = {"placement.request", "placement.applicant", "placement.employer_process", "service.handover"}


def action(f: Action) -> Action:
    ACTIONS[f.__name__] = f
    return f


def says(*what: dict[str, Any], events: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"events": events or [], "responses": [{"custom": w} for w in what]}


def entity(tracker: dict[str, Any], name: str) -> str | None:
    found = [e["value"] for e in tracker["latest_message"].get("entities", []) if e["entity"] == name]
    return found[0] if found else None


def answering(
    topics: list[str], known: dict[str, str | None], edition: Edition, guided: bool = False
) -> dict[str, Any]:
    """Say topics, for the place and occupation that are known; where the last one depends on the federal state and
    none is known, ask for it (in the middle of a guide, the guide asks)."""
    out: list[dict[str, Any]] = [{"say": "answer", "topic": t, **known} for t in topics]
    last = topics[-1]
    missing = edition.library.topics[last].contacts is not None and known["state"] is None and not guided
    if missing:
        out.append({"say": "ask_state", "topic": last})
    events = [slot("topic", last), slot("asked", "state" if missing else None)]
    return says(*out, events=events + [slot(name, value) for name, value in known.items() if value])


@action
def action_answer(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    """Answer, offer topics, or say that it is not covered."""
    tracker = call["tracker"]
    slots = tracker["slots"]
    guided = bool((tracker.get("active_loop") or {}).get("name"))
    resumed = None if guided else guiding.resumed(call, said)
    if resumed is not None:
        return resumed
    known = {name: entity(tracker, name) or slots.get(name) for name in ("state", "occupation")}
    known = {name: None if value in ("open", "other") else value for name, value in known.items()}
    chosen = entity(tracker, "topic") or (slots.get("topic") if entity(tracker, "state") and said is None else None)
    if chosen in edition.library.topics:
        return answering([chosen], known, edition, guided)
    if said is None or COMMAND.match(said.text):
        return says({"say": "not_covered"})
    role = (tracker["latest_message"].get("metadata") or {}).get("role")
    context = Context(None if guided else slots.get("topic"), slots.get("asked"), known["state"], role)
    decision = decide(said, context, edition.search, edition.library)
    told = None if guided or set(decision.answers) - SITUATION else guiding.situation(call, said, edition)
    if told is not None:
        return told
    if decision.answers == ["service.handover"]:
        return action_human(call, said, edition)
    if decision.answers:
        return answering(decision.answers, known, edition, guided)
    told = None if guided or decision.offers else guiding.situation(call, said, edition, unclear=True)
    if told is not None:
        return told
    if decision.offers:
        return says({"say": "offer", "topics": decision.offers})
    return says({"say": "not_covered"})


@action
def action_affirm(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    """A yes after an answer leads on to its next step."""
    resumed = guiding.resumed(call, said)
    if resumed is not None:
        return resumed
    last = edition.library.topics.get(call["tracker"]["slots"].get("topic") or "")
    if last is None or not last.next:
        return says({"say": "how_can_i_help"})
    return says({"say": "offer", "topics": last.next[:3]})


@action
def action_deny(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    if said is not None and complains(said.text):
        return says({"say": "complaint"})
    return guiding.resumed(call, said) or says({"say": "how_can_i_help"})


@action
def action_situation(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    """Somebody tells where they stand: the guide that fits; a question in it is answered, and so is another matter."""
    if said is None:
        return action_answer(call, said, edition)
    decision = decide(said, Context(), edition.search, edition.library)
    other = any(t.partition(".")[0] in NO_SITUATION or t in NO_SITUATION for t in decision.answers)
    return (None if other else guiding.situation(call, said, edition)) or action_answer(call, said, edition)


@action
def validate_guide(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    """The form's next question; what belongs elsewhere is answered by the other actions, or is a sentence of their own."""

    def other(name: str) -> dict[str, Any]:
        return ACTIONS[name](call, said, edition) if name in ACTIONS else says({"say": name})

    return guiding.validate_guide(call, said, edition, other)


@action
def action_guide_ends(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    return guiding.guide_ends(call, edition)


@action
def action_human(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    """A person is wanted: where one answers, for this topic, place and role. ("I need a nurse" wants another person.)"""
    told = guiding.situation(call, said, edition) if said and said.named("occupation") else None
    if told is not None:
        return told
    slots, metadata = call["tracker"]["slots"], call["tracker"]["latest_message"].get("metadata") or {}
    case = slots.get("case") or (json.dumps(metadata["guide"]) if metadata.get("guide") else None)
    return says({"say": "handover", "topic": slots.get("topic"), "state": slots.get("state"), "case": case})


@action
def action_start_over(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    return says({"say": "started_over"}, events=[{"event": "reset_slots"}])


@action
def action_change_language(call: dict[str, Any], said: Understanding | None, edition: Edition) -> dict[str, Any]:
    """The language named in the message, else the one it is written in."""
    text = str(call["tracker"]["latest_message"].get("text", "")).lower()
    named = next((tag for tag, spoken in LANGUAGES.items() if any(n in text for n in names_of(tag, spoken))), None)
    return says({"say": "language", "language": named or (said.language if said else None) or detect(text) or "en"})


def names_of(tag: str, language: Any) -> set[str]:
    """What a language is called in German, English and itself, in lower case, without its ending."""
    from babel import Locale

    names = {language.name, *(Locale.parse(s).languages.get(tag, "") for s in ("de", "en", language.cldr))}
    return {n.lower() for n in names if len(n) > 3}
