"""The lines of a chat for the desk's page: messages and notes in the order of time, in words a counsellor reads."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from knowledge.library import Library
from portal.accounts.models import Account
from portal.cases.service import guide_of
from portal.chat.models import Message
from portal.desk import words
from portal.desk.transcript import Talk
from portal.guides import card as cards
from portal.guides.guides import GUIDES
from portal.guides.interview import step
from portal.handover.models import Handover


@dataclass
class Line:
    """`side`: visitor, assistant, staff, system or note; `seq`: the number of the message or note. `original`: what a counsellor wrote before it was translated;
    `translation`: the message by machine; `heard`: what the assistant understood; `kept_back`: what it did not say any more."""

    side: str
    at: dt.datetime
    text: str
    seq: int | None = None
    language: str | None = None
    name: str | None = None
    title: str | None = None
    original: dict[str, str] | None = None
    translation: str | None = None
    heard: list[str] = field(default_factory=list)
    kept_back: list[str] = field(default_factory=list)
    file: dict[str, Any] | None = None
    sources: list[dict[str, Any]] = field(default_factory=list)
    read: bool = False


def lines(talk: Talk, translations: dict[int, str], language: str, library: Library, day: dt.date) -> list[Line]:
    """Everything in the order of time, titles in the desk's language."""
    out = [_message(m, translations, language, library, day) for m in talk.messages]
    own = [line for line in out if line.side == "staff" and (line.seq or 0) <= talk.conversation.visitor_read]
    if own:
        own[-1].read = True
    notes = [Line("note", note.at, note.text, note.id, name=name) for note, name in talk.notes]
    return sorted([*out, *notes], key=lambda line: line.at)


def _message(m: Message, translations: dict[int, str], language: str, library: Library, day: dt.date) -> Line:
    if m.author == "system":
        return Line("system", m.at, words.event(m), m.seq)
    line = Line(m.author, m.at, m.text, m.seq, m.language, m.shown.get("name"), title(m.topic, language, library, day))
    line.original, line.file, line.sources = m.shown.get("original"), m.shown.get("file"), m.shown.get("sources") or []
    line.translation = translations.get(m.seq)
    understood = m.hidden.get("understood") or {}
    line.heard = [t for t in (title(x, language, library, day) for x in _listed(understood.get("topics"))) if t]
    line.heard += _names(understood.get("names"), language, library, day)
    line.kept_back = [
        title(t, language, library, day) or t for t in _listed((m.hidden.get("suppressed") or {}).get("topics"))
    ]
    return line


def _listed(topics: list[str] | None) -> list[str]:
    return list(dict.fromkeys(topics or []))


def _names(found: list[dict[str, str]] | None, language: str, library: Library, day: dt.date) -> list[str]:
    """Names that were heard in a message [{kind, id}], as the reader calls them."""
    out = []
    for one in found or []:
        try:
            out.append(cards.value_label(one["kind"], one["id"], cards.language_of(language), library, day))
        except (KeyError, ValueError):  # a kind that the guides have no words for
            out.append(one["id"])
    return list(dict.fromkeys(out))


def title(topic: str | None, language: str, library: Library, day: dt.date) -> str | None:
    """What a topic is called; None where there is none (any more)."""
    return library.article(topic, language, day).title if topic in library.topics else None


def state_name(state: str | None, language: str, library: Library) -> str | None:
    """A federal state's name (Bundesland) in the reader's language."""
    entry = library.other["places/states.yml"].get(state)
    if entry is None:
        return None
    return str(next(iter((entry.get("label") or {}).get(language, [])), entry["name"]))


@dataclass(frozen=True)
class GuideSoFar:
    """The guide that the visitor was led through, and the answers so far [{fact, name, value}]."""

    title: str
    answers: list[dict[str, str]]


def guide_so_far(talk: Talk, language: str, library: Library, day: dt.date) -> GuideSoFar | None:
    """None where the assistant went on after the end: what it was answered since is not for the desk."""
    guide = guide_of(talk.conversation, talk.handover)
    name = guide.get("guide")
    if name not in GUIDES:
        return None
    now = step(name, guide.get("facts") or {}, library, day)
    spoken = cards.language_of(language)
    return GuideSoFar(library.guides[name].title[spoken], cards.answers(now.case, spoken))


def owner_line(talk: Talk, account: Account) -> str:
    """Who has the chat: mine, somebody, waiting, message, ended."""
    handover: Handover = talk.handover
    if handover.status == "taken":
        return "mine" if talk.mine(account) else "somebody"
    return handover.status
