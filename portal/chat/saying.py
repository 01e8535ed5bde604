"""What the assistant decided, in the reader's words: keys and ids become messages of the chat's interface."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from knowledge.library import Article, Library
from knowledge.schema import Occupation, Organisation
from portal.chat import guided
from portal.chat.drafts import Draft, choices, paragraphs, say, sentence
from portal.chat.says import SAYS
from portal.guides import card as cards
from portal.guides.guides import GUIDES
from portal.handover.asking import Outcome
from portal.handover.lines import LINES, TOLD, unavailable
from portal.i18n import gettext, interface, speaking

GUIDES_OFFERED = 1  # under an answer


def drafts(says: list[dict[str, Any]], language: str, library: Library, day: dt.date) -> list[Draft]:
    """Messages for what Rasa and the actions said, in the reader's language where it is live, else in English."""
    out: list[Draft] = []
    if language != "en" and any(in_english(s, language, library) for s in says):
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
                out.append(handover(language, one.get("case"), library, day))
            case "identity":
                out.append(answer(library.article("service.assistant", language, day), library))
            case "language":
                language = one["language"]  # what follows is said in it
                out.append(sentence("language", "text", language))
            case "ask_fact":
                out.append(guided.ask(one, language, library, day))
            case "result":
                out += guided.result(one, language, library, day)
            case "term":
                out.append(guided.term(one["term"], language, library))
            case "guide_left":
                out.append(guide_left(one.get("guide"), language, library))
            case "not_covered" | "complaint" as key:
                out.append(with_person(sentence(key, "not_covered" if key == "not_covered" else "text", language)))
            case key:
                out.append(sentence(key if key in SAYS else "how_can_i_help", "text", language))
    return out


def in_english(one: dict[str, Any], language: str, library: Library) -> bool:
    """Is this said in English because the reader's language is not live? Of a guide's questions, only the first counts."""
    if one["say"] == "ask_fact":
        return (
            cards.language_of(language) != language
            and not json.loads(one["case"])["trail"]
            and one["note"] in ("", "None")
        )
    return one["say"] == "answer" and library.live(one["topic"], language) != language


def guide_left(guide: str | None, language: str, library: Library) -> Draft:
    """The guide was left; its button takes it up where it was."""
    draft = sentence("guide_left", "text", language)
    return choices(draft, [guided.start_choice(guide, language, library)]) if guide in GUIDES else draft


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
    guides = [g for g in GUIDES if article.id in library.guides[g].topics][:GUIDES_OFFERED]
    options = [topic_choice(t, article.language, library, dt.date.today()) for t in article.topic.next[:3]]
    return choices(draft, [*options, *(guided.start_choice(g, article.language, library) for g in guides)])


def about_occupation(o: Occupation, language: str, library: Library) -> str:
    """The reference occupation (Referenzberuf), whether it is regulated, and who decides on its recognition."""
    bodies = library.other["bodies.yml"][o.body]
    line = " ".join([
        say("occupation") % {"name": o.de["name"]}, say(o.type_on(dt.date.today())),
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


def handover(
    language: str, case: str | None = None, library: Library | None = None, day: dt.date | None = None
) -> Draft:
    """Where a person answers; after a guide, with what was answered there, to be told or read out."""
    spoken = interface(language).tag
    told = guided.told(case, language, library, day) if case and library and day else ""
    with speaking(language):
        text = [say("handover"), "• " + say("hotline"), "• " + say("ag_s")]
        text += [say("take_along") % {"what": told}] if told else []
        return Draft("handover", paragraphs(text), spoken, "service.handover")


def honest(draft: Draft, outcome: Outcome) -> Draft:
    """A hand-over's answer: is somebody coming, and when. Above the contacts where nobody comes now; who is in the queue reads
    the hotline only. Without an organisation it stays as it is."""
    organisation = outcome.organisation
    if draft.kind != "handover" or organisation is None:
        return draft
    values: dict[str, Any] = {"organisation": organisation.name}
    with speaking(draft.language):
        if outcome.status in TOLD:
            values["opens_at"] = outcome.opens_at.isoformat() if outcome.opens_at else None
            event, word = TOLD[outcome.status], unavailable(outcome.status, organisation, outcome.opens_at)
            rest = draft.text
        else:
            values["place"] = outcome.place
            event, word = "forwarded", gettext(LINES["forwarded"]) % values
            rest = say("no_waiting") % {"hotline": say("hotline")}
    draft.text = paragraphs([word, rest])
    draft.shown |= {"event": event, "values": values}
    return draft
