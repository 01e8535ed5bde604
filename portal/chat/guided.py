"""What a guide asks and finds, as messages of the chat."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from knowledge.library import Library
from portal.chat.drafts import Draft, choices, paragraphs, say
from portal.guides import card as cards
from portal.guides.guides import GUIDES
from portal.guides.interview import Step, step
from portal.guides.words import NOTES
from portal.i18n import gettext, interface, speaking, written_date

Meaning = tuple[str, str | None, dict[str, Any]]
POINTS = 4  # reasons that the chat names; the page names all
REASONED = 2  # offices that are named with their reason
CONDITIONS = 2  # open conditions of a title that the chat names; the page names all


def start_choice(guide: str, language: str, library: Library) -> Meaning:
    title = library.guides[guide].title[cards.language_of(language)]
    return title, None, {"intent": "start_guide", "entities": {"guide": guide}}


def ask(one: dict[str, Any], language: str, library: Library, day: dt.date) -> Draft:
    """The open question, with what is already known at the start, and a word on the last answer."""
    case = json.loads(one["case"])
    guide, facts, fact = case["guide"], case["facts"], one["fact"]
    now = step(guide, {f: v for f, v in facts.items() if f != fact}, library, day)
    near = tuple(v for v in one.get("near", "").split(",") if v and v != "None")
    spoken = cards.language_of(language)
    asked = cards.question(now.case, fact, language, near)
    with speaking(spoken):
        text = [known(now, language)] if facts and not case["trail"] and one["note"] in ("", "None") else []
        text += [remark(one["note"], facts, spoken, library, day), asked["ask"], asked["help"] if not near else ""]
        options: list[Meaning] = [
            (
                o["label"],
                None,
                {"intent": "answer_fact", "entities": {"guide": guide, "fact": fact, "value": o["value"]}},
            )
            for o in asked["options"]
        ]
        options += [(say("back"), None, {"intent": "go_back", "entities": {}})] if case["trail"] else []
        options.append((say("leave"), None, {"intent": "leave_guide", "entities": {}}))
        draft = Draft("ask", paragraphs([t for t in text if t]), spoken, None, {"guide": guide, "fact": fact})
    return choices(draft, options)


def known(now: Step, language: str) -> str:
    what = "; ".join(f"{a['name']}: {a['value']}" for a in cards.answers(now.case, language))
    return say("understood") % {"what": what} if what else ""


def told(case: str, language: str, library: Library, day: dt.date) -> str:
    """The answers that were given in a guide, in one line."""
    known_ = json.loads(case)
    now = step(known_["guide"], known_["facts"], library, day)
    return "; ".join(f"{a['name']}: {a['value']}" for a in cards.answers(now.case, language))


def remark(note: str, facts: dict[str, str], language: str, library: Library, day: dt.date) -> str:
    """A word on the last answer."""
    key, _, about = note.partition("_")
    if key == "clash":
        return str(getattr(library.clashes[int(about)], language))
    if key == "changed" and about in facts:
        value = cards.value_label(about, facts[about], language, library, day)
        return (
            f"{gettext(NOTES['changed'])} {library.fill(library.facts[about].name[language], language, day)}: {value}."
        )
    return gettext(NOTES[note]) if note in NOTES else ""


def result(one: dict[str, Any], language: str, library: Library, day: dt.date) -> list[Draft]:
    """The result in two messages: the way with its steps and costs, and the right office."""
    case = json.loads(one["case"])
    now = step(case["guide"], case["facts"], library, day)
    if now.result is None:
        return [ask({"fact": now.ask, "case": one["case"], "note": ""}, language, library, day)]
    c = cards.card(now, interface(language).tag)
    with speaking(c["language"]):
        way = [c["verdict"], *("• " + p for p in c["points"][:POINTS])]
        if c["titles"]:
            way += [say("titles"), *("• " + title(t) for t in c["titles"])]
        if c["steps"]:
            way += [say("steps"), *(f"• {stage(s)}" for s in c["steps"])]
        way += [*("• " + p for p in c["compare"])]
        if c["costs"]:
            way += [say("costs"), *("• " + x for x in c["costs"])]
        offices = [say("office")] if c["contacts"] else []
        offices += [f"• {office(x, i < REASONED)}" for i, x in enumerate(c["contacts"])]
        offices += [c["disclaimer"]]
        sources = [{**s, "checked_on": c["checked_on"], "law": ", ".join(c["law"])} for s in c["sources"]]
        links = [{"label": say("as_page"), "url": c["address"]}]
        path, _, query = c["address"].partition("?")
        links.append({"label": say("as_pdf"), "url": f"{path}.pdf?{query}"})
        if any(s["latest"] for s in c["steps"]):
            links.append({"label": say("as_calendar"), "url": f"{path}.ics?{query}"})
        options = [start_choice(g["id"], language, library) for g in c["guides"] if g["id"] in GUIDES]
        person: Meaning = (say("person"), None, {"intent": "human", "entities": {}})
        options = (
            [person, *options] if c["handover"] else [*options, person]
        )  # first, where a person takes it from here
        shown = {"guide": now.guide.name, "links": links, "sources": sources}
        first = Draft("steps", paragraphs(way), c["language"], None, shown)
        second = Draft("contact", paragraphs(offices), c["language"], None, {"guide": now.guide.name})
    return [first, choices(second, options)]


def title(t: dict[str, Any]) -> str:
    wanted = "failed" if t["outcome"] == "no" else "open"
    named = [c["text"].rstrip(".") for c in t["conditions"] if c["state"] == wanted][:CONDITIONS]
    return f"{t['name'].rstrip('.')}: {t['outcome_label']}" + (f" ({'; '.join(named)})" if named else "") + "."


def stage(s: dict[str, Any]) -> str:
    until = say("until") % {"day": written_date(s["latest"], "medium")} if s["latest"] else ""
    return f"{s['title']} ({', '.join(s['who'][:2])})" + (f", {until}" if until else "")


def reach(place: dict[str, Any]) -> str:
    """How to reach a contact point, in one line."""
    parts = [place["name"], place["place"], place["phone"], place["email"], place["url"]]
    line = ", ".join(p for p in parts if p)
    line += "" if place["verified"] else f" ({say('not_verified')})"
    return line + (
        f". {say('valid_until') % {'day': written_date(place['valid_until'])}}" if place["valid_until"] else "."
    )


def office(x: dict[str, Any], reasoned: bool) -> str:
    """An office with its reason and how to reach it; later ones only with how to reach them."""
    where = reach(x["places"][0]) if x["places"] else ""
    return f"{x['name']}: {x['why']} {where}" if reasoned else f"{x['name']}: {where or x['why']}"


def term(key: str, language: str, library: Library) -> Draft:
    """What a word means, in the middle of a guide."""
    t = library.glossary[key]
    spoken = cards.language_of(language)
    law = f" ({t.law})" if t.law else ""
    return Draft("text", f"{t.term}{law}: {getattr(t, spoken)}", spoken)
