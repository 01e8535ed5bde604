"""Proves the knowledge: ids, links, dates, figures, glossary, parity of languages; reports what is due for review."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from knowledge.library import PLACEHOLDER, Library, due_for_review, read_folder
from knowledge.schema import KnowledgeError, Words
from locales.languages import LANGUAGES

PHRASINGS = 20  # at least, in German and in English
SOURCES = ("de", "en")
ALLOWED = re.compile(
    r"§+\s?\d+\w*(?:\s?(?:,|und|and|bis|to|–|ff\.)\s?\d+\w*)*|(?:Abs\.|Nr\.|Satz|para\.|no\.|Art\.|Article)\s?\(?\d+\w*\)?|\(\d\w?\)|"
    r"\b[ABC][12](?:/[ABC][12])?\b|\bS00\d\b|\bISCO-08\b|\bKldB(?: 2010)?\b|\+49[\d\s–-]+|\b0800[\d\s]+|\bH\+(?:/-)?|"
    r"24/7|\b\d{5}(?=\))|4-Phasen|4-phase|ESF\+?|\bEU-?27\b|MiLoV5|\bZEFAS\b|BGBl\. \d{4}"
)
NUMBER_WORDS = re.compile(
    r"\b(zwei|drei|vier|fünf|sechs|zwölf|zehn|two|three|four|five|six|ten|twelve)\s+"
    r"(Tage|Wochen|Monate|Jahre|Stunden|days?|weeks?|months?|years?|hours?)\w*",
    re.IGNORECASE,
)


def figures_in(text: str) -> list[str]:
    """Figures that stand in a sentence instead of in figures/."""
    rest = ALLOWED.sub(" ", PLACEHOLDER.sub(" ", text))
    return re.findall(r"\d[\d.,]*", rest) + [m[0] for m in NUMBER_WORDS.finditer(rest)]


def sentences(words: Words) -> Iterator[str]:
    yield words.title
    yield words.answer
    yield from words.details
    yield from words.unverified


def check(files: dict[str, str] | None = None, day: dt.date | None = None) -> tuple[list[str], list[str]]:
    """(problems, notes) of a set of files; by default those that came with the program."""
    try:
        library = Library.from_files(files or read_folder())
    except KnowledgeError as error:
        return [str(error)], []
    day = day or dt.date.today()
    problems = [*_topics(library), *_words(library), *_organisations(library, day), *_offers(library)]
    problems += [*_procedures(library), *_words_of_the_matter(library), *_guides(library, day)]
    problems += [f"figures/{n}: checked in the future" for n, f in library.figures.items() if f.checked_on > day]
    notes = [f"{name} is due for review since {since}" for name, since in due_for_review(library, day)]
    used = {
        m[1]
        for lib in library.words.values()
        for w in lib.values()
        for s in sentences(w)
        for m in PLACEHOLDER.finditer(s)
    }
    used |= {m[1] for text in guide_sentences(library) for m in PLACEHOLDER.finditer(text)}
    notes += [f"figures/{name} is used in no sentence" for name in sorted(library.figures.keys() - used)]
    return problems, notes


def _topics(library: Library) -> Iterator[str]:
    for id_, topic in library.topics.items():
        for other in (*topic.related, *topic.next):
            if other not in library.topics:
                yield f"topics/{id_}/topic.yml: no topic {other}"
            if other == id_:
                yield f"topics/{id_}/topic.yml: names itself"
        if topic.contacts and topic.contacts not in library.kinds:
            yield f"topics/{id_}/topic.yml: no kind of organisation {topic.contacts}"
        if not topic.law and not topic.links:
            yield f"topics/{id_}/topic.yml: neither law nor link"


def _words(library: Library) -> Iterator[str]:
    for id_, by_language in library.words.items():
        source = by_language["de"]
        for language, words in by_language.items():
            where = f"topics/{id_}/{language}.yml"
            if language == "de" and not words.version:
                yield f"{where}: the source names its version"
            if language != "de" and words.translates != source.version:
                yield f"{where}: translates version {words.translates}, the source is {source.version}"
            for text in sentences(words):
                for found in figures_in(text):
                    yield f"{where}: a figure in a sentence: {found} ({text[:50]!r})"
            if language in SOURCES and len(set(words.phrasings)) < PHRASINGS:
                yield f"{where}: {len(set(words.phrasings))} phrasings, at least {PHRASINGS} are needed"
        named = [{m[1] for s in sentences(w) for m in PLACEHOLDER.finditer(s)} for w in by_language.values()]
        for other in named[1:]:
            if other != named[0]:
                yield f"topics/{id_}: the languages name different figures: {sorted(other ^ named[0])}"


def _organisations(library: Library, day: dt.date) -> Iterator[str]:
    seen: set[str] = set()
    for where, organisations in library.organisations.items():
        for o in organisations:
            if o.id in seen:
                yield f"organisations/{where.lower()}.yml: {o.id} stands twice"
            seen.add(o.id)
            if o.kind not in library.kinds:
                yield f"organisations/{where.lower()}.yml: {o.id}: no kind {o.kind}"
            if o.checked_on > day:
                yield f"organisations/{where.lower()}.yml: {o.id}: checked in the future"
    states = set(library.other.get("places/states.yml", {}))
    for state in sorted(states):
        for kind in {t.contacts for t in library.topics.values() if t.contacts}:
            if not library.contacts(kind, state, day):
                yield f"organisations/{state.lower()}.yml: no {kind}"


def _offers(library: Library) -> Iterator[str]:
    ids: set[str] = set()
    for offer in library.offers:
        if offer.id in ids:
            yield f"offers: {offer.id} stands twice"
        ids.add(offer.id)
        for topic in offer.topics:
            if topic not in library.topics:
                yield f"offers: {offer.id}: no topic {topic}"
        if offer.url and not re.match(r"https?://\S+$", offer.url):
            yield f"offers: {offer.id}: not a link: {offer.url}"


def _procedures(library: Library) -> Iterator[str]:
    for name, procedure in library.procedures.items():
        where = f"procedures/{name}.yml"
        order = [s.id for s in procedure.steps]
        used = {d for s in procedure.steps for d in s.documents}
        if len(set(order)) < len(order):
            yield f"{where}: a step stands twice"
        yield from (f"{where}: document {d} is used and not named" for d in sorted(used - procedure.documents.keys()))
        yield from (f"{where}: document {d} is named and not used" for d in sorted(procedure.documents.keys() - used))
        for i, step in enumerate(procedure.steps):
            if step.topic and step.topic not in library.topics:
                yield f"{where}: {step.id}: no topic {step.topic}"
            if step.period and step.period not in library.figures:
                yield f"{where}: {step.id}: no figure {step.period}"
            for branch in step.branches:
                if branch.to not in order[i + 1 :]:
                    yield f"{where}: {step.id}: {branch.to} is no later step"
                if set(branch.when) != set(SOURCES):
                    yield f"{where}: {step.id}: a condition stands in German and in English"
            for text in (step.de.title, step.de.text, step.en.title, step.en.text):
                yield from (f"{where}: {step.id}: a figure in a sentence: {found}" for found in figures_in(text))


def guide_sentences(library: Library) -> Iterator[str]:
    """Every sentence of the guides: questions, answers, results."""
    for fact in library.facts.values():
        yield from (*fact.name.values(), *fact.ask.values(), *fact.help.values())
        for o in fact.options.values():
            yield from (o.de, o.en)
    for clash in library.clashes:
        yield from (clash.de, clash.en)
    for words in library.guides.values():
        yield from (*words.title.values(), *words.intro.values())
        for s in (*words.says.values(), *words.costs.values()):
            yield from (s.de, s.en)


def _guides(library: Library, day: dt.date) -> Iterator[str]:
    for name, fact in library.facts.items():
        for said in (fact.name, fact.ask, *([fact.help] if fact.help else [])):
            if set(said) != set(SOURCES):
                yield f"guides/facts.yml: {name}: stands in German and in English"
        for begin, o in fact.brackets:
            if o not in fact.options or (isinstance(begin, str) and begin not in library.figures):
                yield f"guides/facts.yml: {name}: no option {o} or no figure {begin}"
    for clash in library.clashes:
        yield from (f"guides/clashes.yml: no fact {f}" for f in clash.facts if f not in library.facts)
    for guide, words in library.guides.items():
        where = f"guides/{guide}.yml"
        yield from (f"{where}: no topic {t}" for t in words.topics if t not in library.topics)
        if not words.checked_on or words.checked_on > day:
            yield f"{where}: names the day of its last check"
        if guide != "shared" and not set(words.title) == set(words.intro) == set(SOURCES):
            yield f"{where}: title and intro stand in German and in English"
        for key, s in {**words.says, **words.costs}.items():
            named = [{m[1] for m in PLACEHOLDER.finditer(t)} | set(re.findall(r"\[(\w+)\]", t)) for t in (s.de, s.en)]
            if named[0] != named[1]:
                yield f"{where}: {key}: the languages name different things: {sorted(named[0] ^ named[1])}"
    for text in guide_sentences(library):
        yield from (f"guides: a figure in a sentence: {found} ({text[:50]!r})" for found in figures_in(text))


def _words_of_the_matter(library: Library) -> Iterator[str]:
    """Glossary, legal references, occupations, lines that are out of scope."""
    for key, term in library.glossary.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
            yield f"glossary.yml: {key}: an identifier is lower case with underscores"
        if term.de == term.en:
            yield f"glossary.yml: {key}: German and English are the same"
    for key, occupation in library.occupations.items():
        if occupation.body not in library.other.get("bodies.yml", {}):
            yield f"occupations.yml: {key}: no body {occupation.body}"
        if not occupation.names.get("de") or not occupation.names.get("en"):
            yield f"occupations.yml: {key}: needs names in German and in English"
        if not re.fullmatch(r"(\d{3,5}(/\d{3,5})*)?", occupation.kldb):
            yield f"occupations.yml: {key}: not a KldB code: {occupation.kldb}"
    for paragraph, topic in library.paragraphs():
        if topic not in library.topics:
            yield f"legal_refs.yml: {paragraph}: no topic {topic}"
    for language in library.other.get("out_of_scope.yml", {}):
        if language not in LANGUAGES:
            yield f"out_of_scope.yml: {language}: not one of our languages"
