"""The knowledge as one object: read from files, said in a reader's language. Knows no web and no bot."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from knowledge import figures
from knowledge.schema import (
    Clash,
    Fact,
    Figure,
    GuideWords,
    KnowledgeError,
    Occupation,
    Offer,
    Organisation,
    Phrasings,
    Procedure,
    Term,
    Topic,
    Words,
    parse,
)  # fmt: skip
from locales.languages import LANGUAGES

FOLDER = Path(__file__).parent
PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)(:number)?\}")
SOURCE = "de"  # the language the others translate
OUT_OF_SCOPE = "out_of_scope"
GUIDES = ("referral", "recognition", "fast_track", "visa", "employer")  # the guided dialogues that need words

_parsed: dict[tuple[str, str], Any] = {}


def read_folder(folder: Path = FOLDER) -> dict[str, str]:
    """Every knowledge file below a folder: path relative to it -> text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yml"))
    }


def _once(file: str, text: str, kind: Any) -> Any:
    """Parse a file; an unchanged one is not parsed again."""
    key = (file, hashlib.sha256(text.encode()).hexdigest())
    if key not in _parsed:
        _parsed[key] = parse(file, text, kind)
    return _parsed[key]


@dataclass(frozen=True)
class Article:
    """A topic in one language with its figures filled in, ready to be shown."""

    id: str
    language: str
    title: str
    answer: str
    details: list[str]
    unverified: list[str]
    topic: Topic


@dataclass
class Library:
    """The published knowledge."""

    figures: dict[str, Figure] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    words: dict[str, dict[str, Words]] = field(default_factory=dict)
    phrasings: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    organisations: dict[str, list[Organisation]] = field(default_factory=dict)
    kinds: dict[str, Any] = field(default_factory=dict)
    offers: list[Offer] = field(default_factory=list)
    procedures: dict[str, Procedure] = field(default_factory=dict)
    occupations: dict[str, Occupation] = field(default_factory=dict)
    glossary: dict[str, Term] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    guides: dict[str, GuideWords] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    _said: dict[tuple[str, str, dt.date], Article] = field(default_factory=dict, repr=False)

    @classmethod
    def from_files(cls, files: Mapping[str, str]) -> Library:
        """Read the files; raises KnowledgeError for the first broken one, naming file and line."""
        lib = cls(digest=digest(files))
        for file, text in sorted(files.items()):
            parts = PurePosixPath(file).parts
            match parts:
                case ("figures", _):
                    for name, figure in _once(file, text, dict[str, Figure]).items():
                        if name in lib.figures:
                            raise KnowledgeError(file, 1, f"{name}: this figure stands in another file too")
                        lib.figures[name] = figure
                case ("topics", topic, "topic.yml"):
                    lib.topics[topic] = _once(file, text, Topic)
                case ("topics", topic, name):
                    lib._add_words(file, text, topic, name.removesuffix(".yml"))
                case ("organisations", "kinds.yml"):
                    lib.kinds = _once(file, text, dict[str, Any])
                case ("organisations", "states.yml"):
                    lib.other[file] = _once(file, text, dict[str, Any])
                case ("organisations", name):
                    lib.organisations[name.removesuffix(".yml").upper()] = _once(file, text, list[Organisation])
                case ("offers", _):
                    lib.offers += _once(file, text, list[Offer])
                case ("procedures", name):
                    lib.procedures[name.removesuffix(".yml")] = _once(file, text, Procedure)
                case ("guides", "facts.yml"):
                    lib.facts = _once(file, text, dict[str, Fact])
                case ("guides", "clashes.yml"):
                    lib.clashes = _once(file, text, list[Clash])
                case ("guides", name):
                    lib.guides[name.removesuffix(".yml")] = _once(file, text, GuideWords)
                case ("occupations.yml",):
                    lib.occupations = _once(file, text, dict[str, Occupation])
                case ("glossary.yml",):
                    lib.glossary = _once(file, text, dict[str, Term])
                case ("out_of_scope.yml",):
                    lib.other[file] = _once(file, text, dict[str, list[str]])
                case _:
                    lib.other[file] = _once(file, text, Any)
        for topic in lib.topics:
            if not {"de", "en"} <= set(lib.words.get(topic, {})):
                raise KnowledgeError(f"topics/{topic}/de.yml", 1, "a topic needs German and English")
        for file, text in files.items():
            for match in PLACEHOLDER.finditer(text) if file.startswith(("topics/", "procedures/", "guides/")) else ():
                if match[1] not in lib.figures:
                    raise KnowledgeError(file, text[: match.start()].count("\n") + 1, f"no figure {match[1]}")
        return lib

    def _add_words(self, file: str, text: str, topic: str, language: str) -> None:
        if language not in LANGUAGES:
            raise KnowledgeError(file, 1, f"{language}: not one of our languages")
        if "\nanswer:" in text or text.startswith("answer:"):
            words = _once(file, text, Words)
            self.words.setdefault(topic, {})[language] = words
        else:
            words = _once(file, text, Phrasings)
        self.phrasings.setdefault(topic, {})[language] = words.phrasings

    def live(self, topic: str, language: str) -> str:
        """The language in which a topic can be said to a reader of `language`: their own if live, else English."""
        spoken = self.words.get(topic, {})
        return language if language in spoken and LANGUAGES[language].live else "en"

    def fill(self, text: str, language: str, day: dt.date) -> str:
        """Put the figures of a day into a sentence, written as the language writes them."""
        return PLACEHOLDER.sub(
            lambda m: figures.say(self.figures[m[1]], day, LANGUAGES[language].cldr, bare=bool(m[2])), text
        )

    def article(self, topic: str, language: str, day: dt.date | None = None) -> Article:
        """A topic for a reader. Raises KeyError for an unknown id."""
        day = day or dt.date.today()
        language = self.live(topic, language)
        known = self._said.get((topic, language, day))
        if known is None:
            known = self._said[topic, language, day] = self._article(topic, language, day)
        return known

    def _article(self, topic: str, language: str, day: dt.date) -> Article:
        words = self.words[topic][language]

        def say(text: str) -> str:
            return self.fill(" ".join(text.split()), language, day)

        return Article(
            topic, language, say(words.title), say(words.answer), [say(d) for d in words.details],
            [say(u) for u in words.unverified], self.topics[topic],
        )  # fmt: skip

    def paragraphs(self) -> Iterator[tuple[str, str]]:
        """Paragraphs as people type them, each with a topic that explains it: ("§ 18g AufenthG", "visa.blue_card")."""
        for law, entry in self.other.get("legal_refs.yml", {}).items():
            for number, topics in entry["paragraphs"].items():
                for topic in [topics] if isinstance(topics, str) else topics:
                    yield (f"§ {number} {law}" if number else law), topic

    def contacts(self, kind: str, state: str, day: dt.date | None = None) -> list[Organisation]:
        """Contact points of a kind that serve a state on a day: the state's own, else the federal ones."""
        day = day or dt.date.today()

        def valid(o: Organisation) -> bool:
            return (o.valid_from or day) <= day <= (o.valid_until or day)

        kinds = {kind} | ({"immigration_local"} if kind == "immigration_central" else set())
        own = [o for o in self.organisations.get(state, []) if o.kind in kinds and valid(o)]
        return own or [o for o in self.organisations.get("FEDERAL", []) if o.kind == kind and valid(o)]


def digest(files: Mapping[str, str]) -> str:
    """A fingerprint of a set of files."""
    h = hashlib.sha256()
    for file, text in sorted(files.items()):
        h.update(file.encode() + b"\0" + text.encode() + b"\0")
    return h.hexdigest()[:16]


def due_for_review(lib: Library, day: dt.date) -> list[tuple[str, dt.date]]:
    """Topics and figures whose day of review has come."""
    dated = [(f"figures/{n}", f.review_by) for n, f in lib.figures.items()]
    dated += [(f"procedures/{n}", p.review_by) for n, p in lib.procedures.items()]
    dated += [(f"topics/{n}", t.review_by) for n, t in lib.topics.items()]
    return sorted(((n, d) for n, d in dated if d and d <= day), key=lambda pair: pair[1])
