"""A guide's questions and its result in a reader's language, as plain data: the chat, pages, paper and interface show it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from babel import Locale

from knowledge import figures
from knowledge.library import Library
from knowledge.schema import Organisation
from locales.languages import LANGUAGES
from portal.guides.case import Case
from portal.guides.interview import Step
from portal.guides.result import Contact, Point, Result
from portal.guides.words import OUTCOMES, STATES, WHO
from portal.i18n import gettext, speaking, written_date

NAME = re.compile(r"\[([a-z_0-9]+)\]")
SAID_IN = ("de", "en")  # the languages in which the guides' words stand


def today() -> dt.date:
    """The day by which the guides reckon."""
    return dt.date.today()


def language_of(tag: str) -> str:
    """The language in which a guide speaks to a reader of `tag`: theirs where it is live, else English."""
    return tag if tag in SAID_IN and LANGUAGES[tag].live else "en"


def value_label(fact: str, value: str, language: str, library: Library, day: dt.date) -> str:
    """An answer as the reader sees it."""
    about = library.facts[fact]
    if value in about.options:
        return library.fill(getattr(about.options[value], language), language, day)
    match about.kind:
        case "state":
            entry = library.other["places/states.yml"][value]
            return str(next(iter((entry.get("label") or {}).get(language, [])), entry["name"]))
        case "occupation":
            return occupation_name(value, language, library)
        case "country":
            return str(Locale.parse(LANGUAGES[language].cldr).territories[value])
        case _:
            return written_date(dt.date.fromisoformat(value))


def occupation_name(id_: str, language: str, library: Library) -> str:
    """The German name; in other languages with the word that people use, for the German one is what offices know."""
    o = library.occupations[id_]
    plain = next(iter(o.names.get(language, [])), "")
    return o.de["name"] if language == "de" or not plain else f"{plain[0].upper()}{plain[1:]} ({o.de['name']})"


def sentence(point: Point | Any, result: str, language: str, library: Library, day: dt.date) -> str:
    """A point of a result as a sentence, with figures and names filled in."""
    said = said_by(result, library)
    return fill(getattr(said[point.key], language), point.names, language, library, day)


def said_by(guide: str, library: Library) -> dict[str, Any]:
    return {**library.guides["shared"].says, **library.guides[guide].says}


def fill(text: str, names: Mapping[str, Any], language: str, library: Library, day: dt.date) -> str:
    def name(match: re.Match[str]) -> str:
        key = match[1]
        value = names.get(key)
        if value is None:
            return "–"
        if isinstance(value, dt.date):
            return written_date(value)
        if key == "body":
            body = library.other["bodies.yml"].get(value)
            return str(body.get(language) or body["en"]) if body else str(value)
        if key == "organisation":
            return next((o.name for o in organisations(library) if o.id == value), str(value))
        base = next((f for f in library.facts if key == f or key.startswith(f + "_")), None)
        if base and isinstance(value, str):
            return value_label(base, value, language, library, day)
        return figures.number(value, LANGUAGES[language].cldr) if isinstance(value, int | float) else str(value)

    return library.fill(" ".join(NAME.sub(name, text).split()), language, day)


def organisations(library: Library) -> Iterable[Organisation]:
    return (o for group in library.organisations.values() for o in group)


def question(case: Case, asked: str, tag: str, near: tuple[str, ...] = ()) -> dict[str, Any]:
    """A question: {fact, kind, ask, help, options: [{value, label}]}; `near`: the only values to choose from."""
    library, day, language = case.library, case.day, language_of(tag)
    fact = library.facts[asked]
    with speaking(language):
        values = list(near)
        if fact.kind == "state" and not near:
            values = sorted(
                library.other["places/states.yml"], key=lambda s: value_label("state", s, language, library, day)
            )
        values += list(fact.options)
        return {
            "fact": asked, "kind": fact.kind, "language": language,
            "ask": library.fill(fact.ask[language], language, day),
            "help": library.fill(fact.help.get(language, ""), language, day),
            "options": [{"value": v, "label": value_label(asked, v, language, library, day)} for v in values],
        }  # fmt: skip


def answers(case: Case, tag: str) -> list[dict[str, str]]:
    """What is known so far: [{fact, name, value}]."""
    language = language_of(tag)
    with speaking(language):
        return [
            {"fact": f, "name": case.library.fill(case.library.facts[f].name[language], language, case.day),
             "value": value_label(f, v, language, case.library, case.day)}
            for f, v in case.facts.items()
        ]  # fmt: skip


def card(step: Step, tag: str) -> dict[str, Any]:
    """The result in the reader's language (where the guides speak it, else English)."""
    result = step.result
    assert result is not None
    case, library, day, language = step.case, step.case.library, step.case.day, language_of(tag)

    def say(point: Any) -> str:
        return sentence(point, result.guide, language, library, day)

    with speaking(language):
        shared, said = library.guides["shared"], said_by(result.guide, library)
        topics = [library.article(t, language, day) for t in result.topics]
        steps = [stage(s, language, library, day) for s in result.stages]
        law = [one for key in keys(result) for one in said[key].law]
        law += [one for c in result.costs for one in shared.costs[c].law] + [x for s in steps for x in s["law"]]
        return {
            "guide": result.guide, "language": language, "title": library.guides[result.guide].title[language],
            "address": address(step, tag), "day": day.isoformat(),
            "answers": answers(case, tag),
            "verdict": say(result.verdict),
            "points": [say(p) for p in result.points],
            "titles": [
                {"key": t.key, "name": say(Point(t.key)), "outcome": t.outcome, "outcome_label": gettext(OUTCOMES[t.outcome]),
                 "law": said[t.key].law,
                 "conditions": [{"text": say(c), "state": c.state, "state_label": gettext(STATES[c.state])} for c in t.conditions]}
                for t in result.titles
            ],
            "contacts": [contact(c, say(c.why), language, library) for c in result.contacts],
            "steps": steps,
            "compare": [say(p) for p in result.compare],
            "costs": [library.fill(getattr(shared.costs[c], language), language, day) for c in result.costs],
            "documents": list(dict.fromkeys(library.procedures[p].documents[d][language] for p, d in result.documents)),
            "topics": [{"id": a.id, "title": a.title} for a in topics],
            "guides": [{"id": g, "title": library.guides[g].title[language]} for g in result.guides],
            "law": list(dict.fromkeys(law)),
            "sources": sources(result, topics, library),
            "checked_on": checked_on(result, library).isoformat(),
            "disclaimer": say(Point("disclaimer")),
            "handover": result.handover,
        }  # fmt: skip


def keys(result: Result) -> list[str]:
    """Every key of a sentence that a result says."""
    points = [result.verdict, *result.points, *result.compare, *(c.why for c in result.contacts)]
    return (
        [p.key for p in points] + [t.key for t in result.titles] + [c.key for t in result.titles for c in t.conditions]
    )


def stage(s: Any, language: str, library: Library, day: dt.date) -> dict[str, Any]:
    procedure = library.procedures[s.procedure]
    step = next(x for x in procedure.steps if x.id == s.step)
    words = getattr(step, language)
    return {
        "id": f"{s.procedure}.{s.step}", "title": library.fill(words.title, language, day),
        "text": library.fill(words.text, language, day), "who": [gettext(WHO[w]) for w in step.who],
        "law": step.law, "documents": [procedure.documents[d][language] for d in step.documents],
        "earliest": s.earliest.isoformat() if s.earliest else None, "latest": s.latest.isoformat() if s.latest else None,
    }  # fmt: skip


def contact(c: Contact, why: str, language: str, library: Library) -> dict[str, Any]:
    kind = library.kinds[c.kind]
    here = {o.id: o for o in organisations(library)}
    return {
        "kind": c.kind, "name": kind["name"][language], "why": why,
        "does": kind["does"][language], "does_not": kind["does_not"][language],
        "places": [place(here[id_], language) for id_ in c.organisations if id_ in here],
    }  # fmt: skip


def place(o: Organisation, language: str) -> dict[str, Any]:
    """A contact point with what is needed to reach it."""
    locale = Locale.parse(LANGUAGES[language].cldr)
    return {
        "id": o.id, "name": o.name, "place": o.place or "", "phone": o.phone or "", "email": o.email or "", "url": o.url,
        "languages": ", ".join(locale.languages.get(t, t) for t in o.languages), "note": o.note.get(language, ""),
        "verified": o.verified, "valid_until": o.valid_until.isoformat() if o.valid_until else "",
        "checked_on": o.checked_on.isoformat(), "source": o.source,
    }  # fmt: skip


def sources(result: Result, topics: list[Any], library: Library) -> list[dict[str, str]]:
    """Where it can be read: the links of its procedures and topics, at most six."""
    found = {library.procedures[s.procedure].link: library.procedures[s.procedure].title["de"] for s in result.stages}
    found |= {link.url: link.title for a in topics for link in a.topic.links}
    return [{"title": title, "url": url} for url, title in list(found.items())[:6] if url]


def checked_on(result: Result, library: Library) -> dt.date:
    """The day on which the oldest of what a result rests on was last checked."""
    days = [w.checked_on for w in (library.guides[result.guide], library.guides["shared"]) if w.checked_on]
    days += [library.procedures[s.procedure].checked_on for s in result.stages]
    used = {id_ for c in result.contacts for id_ in c.organisations}
    return min([*days, *(o.checked_on for o in organisations(library) if o.id in used)])


def address(step: Step, tag: str, facts: Mapping[str, str] | None = None, ending: str = "") -> str:
    """The address of a guide with some answers: it holds choices, no person."""
    query = urlencode(dict(step.case.facts if facts is None else facts))
    return f"/{tag}/guides/{step.guide.name}{ending}" + (f"?{query}" if query else "")
