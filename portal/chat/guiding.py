"""The guides in conversation: Rasa's form `guide` holds the dialogue, these actions read answers and name what is asked next.

In the middle of a guide everything else stays possible: questions are answered and the guide asks again, "back", "no, in
Bavaria", "what does regulated mean?" are understood, and what was said before is not asked again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

from knowledge.library import Library
from portal.chat.deciding import Context, decide
from portal.chat.guide_state import Guided, slot
from portal.chat.heard import ASKS, CORRECTS, QUESTION, TRAINEE, complains, term_asked
from portal.chat.understanding import Understanding
from portal.editing.live import Edition
from portal.guides.guides import GUIDES
from portal.guides.reading import MATTERS, NAMES, Read, ahead, option, read
from portal.guides.wordings import denies

MEANT = 0.6  # and from which "a person" is taken for what is wanted
SURE = 0.85  # an intent's confidence, from which it wins over a likeness to an answer
MOST_TRIES = 5  # answers in a row that were not understood, before a person is offered
ELSEWHERE = {  # what may be said in the middle of a guide, and the action that answers it; the guide then asks again
    "greet": "greet", "thank": "thank", "identity": "identity", "complaint": "complaint", "abuse": "abuse",
    "change_language": "action_change_language", "human": "action_human", "start_over": "action_start_over",
    "goodbye": "goodbye",
}  # fmt: skip
TOLD = 0.05  # likeness to a told situation, from which a question without an answer leads to a guide
SHORT_ANSWER = 4  # words; so few that are no question are an answer that was not understood
LASTING = {"role", *NAMES, "residence"}  # facts that hold for another concern too
WEAK = {"abuse", "goodbye", "complaint"}  # heard only where Rasa is sure
ENDING = {"human", "start_over", "goodbye"}  # after these it does not

Other = Callable[[str], dict[str, Any]]  # another action or sentence of the dialogue, by name


def chosen(tracker: dict[str, Any]) -> dict[str, str]:
    return {e["entity"]: e["value"] for e in tracker["latest_message"].get("entities", [])}


def validate_guide(call: dict[str, Any], said: Understanding | None, edition: Edition, other: Other) -> dict[str, Any]:
    """Read the message for the open question; name the next one."""
    tracker = call["tracker"]
    intent, sure = sounds_like(tracker)
    now, picked = Guided.of(call, edition), chosen(call["tracker"])
    if said is None and intent == "start_guide" and picked.get("guide") in GUIDES:
        same = picked["guide"] == now.guide
        if same and tracker["slots"].get("asked") == "guide":  # after its result: another concern of the same person
            return now.goes_on(now.guide, {f: None for f in GUIDES[picked["guide"]].facts if f not in LASTING}, [])
        return now.goes_on(picked["guide"], {}, now.trail if same else [])
    if said is None and intent == "correct_facts" and picked.get("guide") in GUIDES:
        return now.takes_for(picked["guide"], json.loads(picked["facts"]))
    if said is None and intent == "answer_fact" and picked.get("guide") in GUIDES:
        fact, value = picked["fact"], picked["value"]
        if edition.library.facts[fact].kind == "date":
            value = ahead(value, now.day)
        trail = [t for t in now.trail if t != fact] + [fact]
        return now.goes_on(picked["guide"], {fact: value}, trail)
    if now.guide is None:
        return now.leaves("left")
    if said and now.asked and complains(said.text):
        return elsewhere(now, "complaint", other)
    if intent in ("go_back", "leave_guide") and not (said and now.asked and is_answer(now, said, sure, edition)):
        return now.back() if intent == "go_back" else now.leaves("left")
    if said is None and now.asked is not None:
        return elsewhere(now, intent, other)
    if said is None or now.asked is None:
        return now.goes_on(now.guide, {}, now.trail)
    return answered(now, said, intent, sure, edition, tracker, other)


def is_answer(now: Guided, said: Understanding, sure: bool, edition: Edition) -> bool:
    """Does a message say an answer to the open question in so many words, or nearly so where Rasa is not sure?"""
    assert now.asked is not None
    if now.asked in read(now.asked, said.text, said.names, now.library, now.day).facts:
        return True
    return not sure and now.asked != "occupation" and edition.answers.nearest(now.asked, said.vector) is not None


def elsewhere(now: Guided, intent: str | None, other: Other) -> dict[str, Any]:
    """Something else than an answer: it is answered, and the guide asks again or ends."""
    said = other(ELSEWHERE.get(intent or "", "action_answer"))
    if intent in ENDING:
        return {"events": [*said["events"], *now.leaves("silent")["events"]], "responses": said["responses"]}
    return now.asks_again(said)


def confidence(tracker: dict[str, Any]) -> float:
    return float((tracker["latest_message"].get("intent") or {}).get("confidence") or 0)


def sounds_like(tracker: dict[str, Any]) -> tuple[str | None, bool]:
    """The intent of a message as Rasa heard it, and whether it is sure."""
    intent = tracker["latest_message"].get("intent") or {}
    return intent.get("name"), confidence(tracker) >= SURE


def answered(
    now: Guided,
    said: Understanding,
    intent: str | None,
    sure: bool,
    edition: Edition,
    tracker: dict[str, Any],
    other: Other,
) -> dict[str, Any]:
    """What a typed message means while a question is open."""
    library, text = now.library, said.text
    assert now.asked is not None
    fact = library.facts[now.asked]
    term = term_asked(text, library)
    if term is not None:
        return now.asks_again({"events": [], "responses": [{"custom": {"say": "term", "term": term}}]})
    if intent == "complaint" and sure and len(text.split()) > SHORT_ANSWER:
        return elsewhere(now, intent, other)  # its "no" is no answer
    got = read(now.asked, text, said.names, library, now.day)
    asks = GUIDES[now.guide or ""].facts
    mine = {f: v for f, v in got.facts.items() if f in asks and (f == now.asked or f in NAMES or f not in now.facts)}
    named = {
        f: v for f, v in read(None, text, said.names, library, now.day).facts.items() if f in NAMES and f != now.asked
    }
    others = [f for f in named if CORRECTS.search(text) or said.only_names and f in mine]
    if any(now.facts.get(f) not in (None, named[f]) for f in others):
        return now.takes(Read({f: named[f] for f in others}), None)
    asking = ASKS.search(text) is not None
    if not asking or said.only_names:
        if now.asked in mine or got.note:
            return now.takes(Read(mine, got.note, got.near), now.asked)
        yes = {"affirm": "yes", "deny": "no"}.get(intent or "") if sure else None
        value = yes and next((i for i, o in fact.options.items() if i == yes or yes in o.said), None)
        if value:
            return now.takes(Read({now.asked: value}), now.asked)
    if intent in ELSEWHERE and sure:
        return elsewhere(now, intent, other)
    if not asking and (now.asked in MATTERS or not denies(text)):
        near = edition.answers.nearest(now.asked, said.vector)
        if near is not None and fact.kind == "occupation":
            return now.takes(Read(mine, "which", near), None)
        if near is not None:
            return now.takes(Read({**mine, now.asked: near[0]}), now.asked)
    if intent in ELSEWHERE and intent not in WEAK and (intent != "human" or confidence(tracker) >= MEANT):
        return elsewhere(now, intent, other)
    if mine and not asking:
        return now.takes(Read(mine), None)
    decision = decide(said, Context(state=now.facts.get("state")), edition.search, library)
    if decision.answers and (asking or len(text.split()) > SHORT_ANSWER):
        return elsewhere(now, None, other)
    tries = now.tries + 1
    if tries >= MOST_TRIES:
        return now.leaves("person")
    return now.goes_on(now.guide, {}, now.trail, "unclear", tries=tries)


def situation(
    call: dict[str, Any], said: Understanding, edition: Edition, unclear: bool = False
) -> dict[str, Any] | None:
    """Somebody tells where they stand ("I need an electrician from Tunisia") -> the guide that fits, with what was said.
    None where it says too little, or is a question (`unclear`: one that has no answer)."""
    got = read(None, said.text, said.names, edition.library, dt.date.today())
    if "occupation" not in got.facts or (QUESTION.search(said.text) and not unclear):
        return None
    intent, _ = sounds_like(call["tracker"])
    ranking = {r["name"]: r["confidence"] for r in call["tracker"]["latest_message"].get("intent_ranking") or []}
    employer, worker = (ranking.get(f"situation_{role}", 0.0) for role in ("employer", "worker"))
    if intent not in ("situation_employer", "situation_worker"):
        if not got.facts.keys() & {"country", "state"} or (unclear and max(employer, worker) < TOLD):
            return None
    role = "employer" if employer > worker else "worker"
    training = {"purpose": "training"} if TRAINEE.search(said.text) else {}
    guide = "employer" if role == "employer" else "visa" if training else "recognition"
    return begin(guide, {**got.facts, **training, "role": role})


def correction(said: Understanding, record: dict[str, Any], library: Library, day: dt.date) -> dict[str, str]:
    """The answers of a finished guide that a message corrects: names, and answers said in so many words."""
    if not (said.only_names or CORRECTS.search(said.text)):
        return {}
    known = {f: v for f, v in record.get("facts", {}).items() if f in GUIDES[record["guide"]].facts}
    new = {
        f: v
        for f, v in read(None, said.text, said.names, library, day).facts.items()
        if f in GUIDES[record["guide"]].facts
    }
    words = CORRECTS.sub("", said.text)  # "no" itself is no answer here
    for fact in known.keys() - new.keys():
        about = library.facts[fact]
        value = option(about, words) if about.kind == "choice" and "yes" not in about.options else None
        new |= {fact: value} if value else {}
    return {f: v for f, v in new.items() if known.get(f) != v}


def begin(guide: str, facts: Mapping[str, str]) -> dict[str, Any]:
    """Open a guide with some facts: slots, then the form at once."""
    events = [slot(f, v) for f, v in facts.items()]
    events += [slot("guide_name", guide), slot("trail", []), slot("asked", None), slot("requested_slot", None)]
    return {"events": [*events, {"event": "followup", "name": "guide"}], "responses": []}


def resumed(call: dict[str, Any], said: Understanding | None) -> dict[str, Any] | None:
    """An answer to a guide's question that the bot has forgotten: the guide is taken up again. None where there is none."""
    tracker = call["tracker"]
    record = (tracker["latest_message"].get("metadata") or {}).get("guide") or {}
    if said is None or tracker["slots"].get("guide_name") is not None or not record.get("asked"):
        return None
    return {"events": [{"event": "followup", "name": "guide"}], "responses": []}


def guide_ends(call: dict[str, Any], edition: Edition) -> dict[str, Any]:
    """The result; or a word that the guide was left, which can be taken up again."""
    slots = call["tracker"]["slots"]
    now = Guided.of(call, edition)
    if slots.get("note") == "silent":
        return {"events": [slot("note", None)], "responses": []}
    if slots.get("note") == "person":
        return {"events": [slot("asked", None)], "responses": [{"custom": {"say": "guide_person"}},
                                                                {"custom": {"say": "handover"}}]}  # fmt: skip
    if now.guide is None or slots.get("note") == "left":
        return {"events": [slot("asked", None)], "responses": [{"custom": {"say": "guide_left", "guide": now.guide}}]}
    case = {"guide": now.guide, "facts": dict(now.facts), "trail": now.trail}
    return {"events": [slot("asked", "guide")], "responses": [{"custom": {"say": "result", "case": json.dumps(case)}}]}
