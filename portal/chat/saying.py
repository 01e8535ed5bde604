"""What the assistant decided, in the reader's words: keys and ids become messages of the chat's interface."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Any

from knowledge.library import Article, Library
from knowledge.schema import Occupation, Organisation
from portal.chat.says import SAYS
from portal.i18n import gettext, interface, speaking

HANDOVER_URL = "https://www.make-it-in-germany.com"


@dataclass
class Draft:
    """A message before it is stored. `shown` goes to the reader, `hidden` says what its buttons mean."""

    kind: str
    text: str
    language: str
    topic: str | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)


def say(key: str) -> str:
    return gettext(SAYS[key])


def sentence(key: str, kind: str, language: str) -> Draft:
    """One of the assistant's own sentences."""
    with speaking(language) as spoken:
        return Draft(kind, say(key), spoken.tag)


def drafts(says: list[dict[str, Any]], language: str, library: Library, day: dt.date) -> list[Draft]:
    """Messages for what Rasa and the actions said, in the reader's language where it is live, else in English."""
    out: list[Draft] = []
    if language != "en" and any(s["say"] == "answer" and library.live(s["topic"], language) != language for s in says):
        out.append(sentence("language_not_live", "notice", language))
    for one in says:
        match one["say"]:
            case "answer":
                article = library.article(one["topic"], language, day)
                out.append(answer(article, library, one.get("state"), one.get("occupation")))
            case "offer":
                out.append(offer(one["topics"], language, library, day))
            case "ask_state":
                out.append(ask_state(language, library))
            case "handover":
                out.append(handover(language))
            case "identity":
                out.append(answer(library.article("service.assistant", language, day), library))
            case "language":
                out.append(sentence("language", "text", one["language"]))
            case "not_covered" | "complaint" as key:
                out.append(with_person(sentence(key, "not_covered" if key == "not_covered" else "text", language)))
            case key:
                out.append(sentence(key if key in SAYS else "how_can_i_help", "text", language))
    return out


def choices(draft: Draft, options: list[tuple[str, str | None, dict[str, Any]]]) -> Draft:
    """Put buttons under a message: only opaque ids reach the browser (SEC-E05)."""
    draft.shown["choices"], draft.hidden["choices"] = [], {}
    for label, topic, meaning in options:
        id_ = secrets.token_urlsafe(6)
        draft.shown["choices"].append({"id": id_, "label": label} | ({"topic": topic} if topic else {}))
        draft.hidden["choices"][id_] = meaning | {"title": label}
    return draft


def topic_choice(topic: str, language: str, library: Library, day: dt.date) -> tuple[str, str, dict[str, Any]]:
    meaning = {"intent": "choose_topic", "entities": {"topic": topic}}
    return library.article(topic, language, day).title, topic, meaning


def offer(topics: list[str], language: str, library: Library, day: dt.date) -> Draft:
    draft = sentence("offer", "offer", language)
    return choices(draft, [topic_choice(t, language, library, day) for t in topics])


def with_person(draft: Draft) -> Draft:
    with speaking(draft.language):
        return choices(draft, [(say("person"), None, {"intent": "human", "entities": {}})])


def ask_state(language: str, library: Library) -> Draft:
    draft = sentence("ask_state", "ask", language)
    states = library.other["places/states.yml"]
    options: list[tuple[str, str | None, dict[str, Any]]] = [
        (next(iter((s.get("label") or {}).get(draft.language, [])), s["name"]), None,
         {"intent": "choose_state", "entities": {"state": code}})
        for code, s in sorted(states.items(), key=lambda pair: pair[1]["name"])
    ]  # fmt: skip
    return choices(draft, options)


def answer(article: Article, library: Library, state: str | None = None, occupation: str | None = None) -> Draft:
    """An article: short answer, what holds for the occupation, details, what is not verified, contacts of the state;
    sources with law and date."""
    with speaking(article.language):
        text = [article.answer]
        if article.topic.occupation and occupation in library.occupations:
            text.append(about_occupation(library.occupations[occupation], article.language, library))
        text += ["• " + d for d in article.details]
        text += [say("unverified") % {"what": u} for u in article.unverified]
        if article.topic.contacts and state:
            found = library.contacts(article.topic.contacts, state)
            if found:
                place = library.other["places/states.yml"][state]["name"]
                text.append(f"{say('contacts')} {place}")
                text += [contact(o, article.language) for o in found]
        law = ", ".join(article.topic.law)
        sources = [
            {"title": link.title, "url": link.url, "checked_on": article.topic.checked_on.isoformat(), "law": law}
            for link in article.topic.links
        ]
        draft = Draft("answer", paragraphs(text), article.language, article.id, {"sources": sources})
    return choices(draft, [topic_choice(t, article.language, library, dt.date.today()) for t in article.topic.next[:3]])


def paragraphs(text: list[str]) -> str:
    """Paragraphs apart, list items one under the other."""
    out = ""
    for i, part in enumerate(text):
        together = i and part.startswith("• ") and text[i - 1].startswith("• ")
        out += ("\n" if together else "\n\n" if i else "") + part
    return out


def about_occupation(o: Occupation, language: str, library: Library) -> str:
    """The reference occupation (Referenzberuf), whether it is regulated, and who decides on its recognition."""
    type_ = next((t for day, t in sorted(o.type_from.items(), reverse=True) if day <= dt.date.today()), o.type)
    bodies = library.other["bodies.yml"][o.body]
    line = " ".join([
        say("occupation") % {"name": o.de["name"]}, say(type_),
        say("competent") % {"body": bodies.get(language) or bodies["en"]},
    ])  # fmt: skip
    return line if o.verified else f"{line.removesuffix('.')} ({say('not_verified')})."


def contact(o: Organisation, language: str) -> str:
    """A contact point in one list item, as its own language writes its name."""
    parts = [o.name] + [p for p in (o.place, o.phone, o.email, o.url) if p]
    line = "• " + ", ".join(parts)
    note = o.note.get(language) or o.note.get("en")
    if note:
        line += f". {note}"
    return line + ("" if o.verified else f" ({say('not_verified')})")


def handover(language: str) -> Draft:
    """Where a person answers."""
    spoken = interface(language).tag
    with speaking(language):
        return Draft(
            "handover",
            paragraphs([say("handover"), "• " + say("hotline"), "• " + say("ag_s")]),
            spoken,
            "service.handover",
        )
