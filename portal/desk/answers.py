"""Answers from the knowledge: the counsellor searches, the visitor reads the published text in their language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from knowledge.library import OUT_OF_SCOPE, Article, Library
from portal.chat import saying
from portal.chat.drafts import Draft
from portal.chat.models import Conversation, Message
from portal.chat.understanding import understand
from portal.editing.live import Live
from portal.handover.models import Handover

MOST = 5
QUESTION = 300  # characters of a search
TRACE = 0.002  # belief below which a topic is not shown


@dataclass(frozen=True)
class Found:
    """A topic as the counsellor reads it, beside what the visitor will get."""

    topic: str
    title: str
    own: Article
    theirs: Article


def search(question: str, language: str, visitor: str, live: Live, day: dt.date) -> list[Found]:
    """The topics a question means, best first. Slow (an embedding): call it in a thread."""
    library = live.edition.library
    said = understand(question, language, live)
    named = [t for t in said.paragraphs if t in library.topics]
    ranked = [h.topic for h in said.whole.hits if h.topic != OUT_OF_SCOPE and h.belief >= TRACE]
    topics = list(dict.fromkeys([*named, *ranked]))[:MOST]
    found = [
        (library.article(t, language, day), library.article(t, visitor, day)) for t in topics if t in library.topics
    ]
    return [Found(own.id, own.title, own, theirs) for own, theirs in found]


def draft(topic: str, conversation: Conversation, handover: Handover, library: Library, day: dt.date) -> Draft:
    """The published text of a topic for the visitor, with sources and the contacts of their state; without buttons, for a person
    speaks now. Raises KeyError for an unknown topic."""
    article = library.article(topic, conversation.language, day)
    occupation = (conversation.guide.get("facts") or {}).get("occupation")
    made = saying.answer(article, library, handover.state, occupation)
    made.shown.pop("choices", None)
    made.hidden = {}
    made.topic = topic
    return made


def published(messages: list[Message], language: str, library: Library, day: dt.date) -> dict[int, str]:
    """Answers from the knowledge in the reader's own published words, by message number: no machine translates those."""
    return {
        m.seq: saying.answer(library.article(m.topic, language, day), library).text
        for m in messages
        if m.kind == "answer" and m.topic in library.topics and m.language != language
    }
