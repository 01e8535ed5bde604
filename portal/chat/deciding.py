"""From an understood message to what is said: an answer, up to three topics to choose from, an honest no, a question.

A wrong confident answer is the worst outcome, so belief below `SURE` is offered, not said.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from knowledge.library import OUT_OF_SCOPE, Library
from knowledge.search import Hit, Search
from portal.chat.understanding import Part, Understanding

SURE = 0.3  # belief from which a topic is answered
POSSIBLE = 0.02  # belief from which a topic is offered
OUTSIDE = 0.1  # belief in "none of our business" from which nothing is offered
OUTSIDE_LEAN = 0.05  # evidence: the world outside is wider than its examples
SHORT = 7  # words; a short message leans on what was said before
FAMILY = 0.1  # evidence for topics of the last topic's family
NEIGHBOUR = 0.05  # and for its related and next topics
SAME = 0.08  # and for itself
AUDIENCE = 0.02  # and for topics asked by the visitor's role
CLEAR = 0.9  # belief of a whole message, from which its halves are not asked
SECOND = 0.4  # belief that each half of a double question needs


@dataclass(frozen=True)
class Context:
    """What was said before: the last topic, its open question, the place, the role."""

    topic: str | None = None
    asked: str | None = None
    state: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Decision:
    """`answers` in order, or `offers`; `ask` names what is missing; empty: not covered."""

    answers: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    ask: str | None = None


def family(topic: str) -> str:
    return topic.partition(".")[0]


def leaned(part: Part, context: Context, search: Search, library: Library, *, follow: bool) -> list[Hit]:
    """The ranking of a part, with what is known of the visitor as further evidence."""
    bonus = np.zeros(len(search.topics), np.float32)
    last = library.topics.get(context.topic or "")
    for i, topic in enumerate(search.topics):
        about = library.topics.get(topic)
        if topic == OUT_OF_SCOPE:
            bonus[i] += OUTSIDE_LEAN
        if about is None:
            continue
        if context.role and about.audience[0] == context.role:
            bonus[i] += AUDIENCE
        if follow and last is not None:
            bonus[i] += FAMILY * (family(topic) == family(context.topic or ""))
            bonus[i] += NEIGHBOUR * (topic in last.related or topic in last.next) + SAME * (topic == context.topic)
    return search.rank(part.evidence + bonus)


def sure(hits: list[Hit]) -> bool:
    return hits[0].topic != OUT_OF_SCOPE and hits[0].belief >= SURE


def decide(said: Understanding, context: Context, search: Search, library: Library) -> Decision:
    """What to say to a message."""
    if said.only_names and context.topic and (said.named("state") or said.named("occupation")):
        return Decision(answers=[context.topic])
    if said.paragraphs:
        return Decision(answers=said.paragraphs) if len(said.paragraphs) == 1 else Decision(offers=said.paragraphs[:3])
    hits = best_view(said, context, search, library)
    outside = next((h.belief for h in hits if h.topic == OUT_OF_SCOPE), 0.0)
    if hits[0].topic == OUT_OF_SCOPE and outside >= OUTSIDE:
        return Decision()
    both = two_questions(said, context, search, library)
    together = sum(h.belief for h in hits if h.topic in both)
    if both and hits[0].belief < CLEAR and together >= hits[0].belief:
        return Decision(answers=both)
    if sure(hits):
        return Decision(answers=[hits[0].topic])
    offers = [h.topic for h in hits if h.topic != OUT_OF_SCOPE and h.belief >= POSSIBLE][:3]
    return Decision(offers=offers)


def best_view(said: Understanding, context: Context, search: Search, library: Library) -> list[Hit]:
    """The ranking of the whole message; of a long one, blended with its clearest sentence."""
    follow = len(said.text.split()) <= SHORT
    whole = leaned(said.whole, context, search, library, follow=follow)
    if len(said.parts) < 2 or sum(len(p.text) for p in said.parts) < 200:
        return whole
    clearest = max((p for p in said.parts), key=lambda p: max(h.belief for h in p.hits if h.topic != OUT_OF_SCOPE))
    blended = Part(said.text, 0.5 * said.whole.evidence + 0.5 * clearest.evidence, [])
    return leaned(blended, context, search, library, follow=False)


def two_questions(said: Understanding, context: Context, search: Search, library: Library) -> list[str]:
    """Two topics where a message asks two things and each half is clear on its own; else none."""
    if not 2 <= len(said.parts) <= 3 or len(said.text) > 220:
        return []
    found: list[str] = []
    for part in said.parts:
        before = Context(found[-1] if found else context.topic, None, context.state, context.role)
        short = len(part.text.split()) <= SHORT
        hits = leaned(part, before, search, library, follow=bool(found) and short)
        if hits[0].topic != OUT_OF_SCOPE and hits[0].belief >= SECOND and hits[0].topic not in found:
            found.append(hits[0].topic)
    return found[:2] if len(found) >= 2 else []
