"""What a knowledge file may hold. A broken file is refused whole, with file, line and reason (FLT-34)."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

Unit = Literal[
    "EUR", "EUR_year", "EUR_month", "EUR_hour", "days", "working_days", "weeks", "months", "years", "hours_week",
    "number", "points", "percent", "date",
]  # fmt: skip


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(Strict):
    """A figure's value from a day on (a number in the figure's unit, or a date)."""

    from_: dt.date = Field(alias="from")
    value: dt.date | int | float


class Figure(Strict):
    """A number that changes: fee, salary, period, quota."""

    unit: Unit
    law: str
    link: str = ""
    checked_on: dt.date
    review_by: dt.date | None = None
    values: list[Value] = Field(min_length=1)

    def on(self, day: dt.date) -> dt.date | int | float:
        """The value valid on a day; before the first one, the first."""
        valid = [v for v in self.values if v.from_ <= day] or self.values[:1]
        return max(valid, key=lambda v: v.from_).value


class Link(Strict):
    title: str
    url: str = Field(pattern=r"^https://[^\s]+$")


class Topic(Strict):
    """Everything about a topic but its words."""

    audience: list[Literal["worker", "employer"]] = Field(min_length=1)
    law: list[str]
    links: list[Link]
    checked_on: dt.date
    review_by: dt.date | None = None
    related: list[str] = []
    next: list[str] = []
    contacts: str | None = None
    occupation: bool = False  # does the answer depend on the occupation (reglementiert, zuständige Stelle)?


class Words(Strict):
    """A topic in one language. German is the source (`version`); others name the version they translate."""

    version: int | None = None
    translates: int | None = None
    title: str = Field(min_length=3)
    answer: str = Field(min_length=20)
    details: list[str] = []
    unverified: list[str] = []
    phrasings: list[str] = []


class Phrasings(Strict):
    """How people ask in a language whose words are not live."""

    phrasings: list[str] = Field(min_length=1)


class Organisation(Strict):
    """A contact point: an authority, centre, network or service."""

    id: str
    kind: str
    name: str
    place: str | None = None
    address: str | None = None
    url: str = ""
    phone: str | None = None
    email: str | None = None
    languages: list[str] = []
    roles: list[str] = []
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    source: str
    checked_on: dt.date
    verified: bool = True
    note: dict[str, str] = {}


class Offer(Strict):
    """An entry of the directory of offers (S004)."""

    id: str
    name: str
    level: Literal["federal", "state", "municipal", "other"]
    states: list[str] = []
    place: str | None = None
    provider: str | None = None
    target: list[str] = []
    topics: list[str] = []
    from_: dt.date | None = Field(default=None, alias="from")
    until: dt.date | None = None
    url: str = ""
    source: str
    de: str
    en: str


class Term(Strict):
    """A term of the glossary: German word, the law that defines it, other names, explanations."""

    term: str
    law: str = ""
    aliases: list[str] = []
    de: str
    en: str


class Occupation(Strict):
    """A reference occupation (Referenzberuf): regulated or not, competent body (zuständige Stelle), its names."""

    de: dict[str, str]
    type: Literal["regulated_federal", "regulated_state", "craft", "licence", "not_regulated"]
    body: str
    kldb: str = ""
    isco: list[str] = []
    shortage: bool = False
    shortage_isco: list[str] = []
    law: str = ""
    type_from: dict[dt.date, str] = {}
    verified: bool = True
    names: dict[str, list[str]]

    def type_on(self, day: dt.date) -> str:
        """The type on a day, where it changes (`type_from`)."""
        return next((t for since, t in sorted(self.type_from.items(), reverse=True) if since <= day), self.type)


class Said(Strict):
    """A step in one language."""

    title: str
    text: str


class Branch(Strict):
    """Where the way forks: under which condition (per language) it goes on at which step."""

    when: dict[str, str]
    to: str


class Step(Strict):
    """One step of a procedure: who acts, by which law, with which documents, within which period (a figure)."""

    id: str
    who: list[
        Literal[
            "worker", "employer", "immigration_authority", "recognition_body", "employment_agency", "zsba",
            "diplomatic_mission", "welcome_center", "iq_network", "chamber", "municipality",
        ]
    ] = Field(min_length=1)  # fmt: skip
    topic: str | None = None
    law: list[str] = []
    period: str | None = None
    documents: list[str] = []
    de: Said
    en: Said
    branches: list[Branch] = []


class Procedure(Strict):
    """A procedure as steps in their order."""

    title: dict[str, str]
    law: list[str]
    source: str
    link: str = ""
    checked_on: dt.date
    review_by: dt.date | None = None
    documents: dict[str, dict[str, str]] = {}
    steps: list[Step] = Field(min_length=1)


class Sentence(Strict):
    """What a guide says, with the law behind it. {figure} and [name] are filled in."""

    law: list[str] = []
    de: str
    en: str


class Option(Strict):
    """An answer to choose; `said` are other words for it."""

    de: str
    en: str
    said: list[str] = []


class Fact(Strict):
    """A question of the guides and its answers. `brackets`: (from this number or figure on, option), ascending."""

    kind: Literal["choice", "state", "country", "occupation", "amount", "years", "date"]
    name: dict[str, str]
    ask: dict[str, str]
    help: dict[str, str] = {}
    options: dict[str, Option] = {}
    brackets: list[tuple[int | str, str]] = []


class Clash(Strict):
    """Answers that cannot both hold, and why."""

    facts: dict[str, str]
    de: str
    en: str


class GuideWords(Strict):
    """A guide's words. `topics`: the topics whose answers lead to it."""

    title: dict[str, str] = {}
    intro: dict[str, str] = {}
    topics: list[str] = []
    checked_on: dt.date | None = None
    says: dict[str, Sentence] = {}
    costs: dict[str, Sentence] = {}


class KnowledgeError(Exception):
    """A knowledge file that cannot be read: `file`, `line` (from 1) and `reason`."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def line_of(text: str, loc: tuple[int | str, ...]) -> int:
    """The line (from 1) on which the place `loc` of a YAML text stands."""
    node = yaml.compose(text, Loader=Loader)
    line = 1
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if k.value == str(step)]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


@lru_cache(maxsize=4096)
def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def parse(file: str, text: str, kind: Any) -> Any:
    """A YAML text as `kind` (a model, or a collection of models).

    Raises KnowledgeError with file and line.
    """
    try:
        data = yaml.load(text, Loader=Loader)  # noqa: S506 the loader is a safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise KnowledgeError(file, mark.line + 1 if mark else 1, getattr(error, "problem", "") or str(error)) from None
    try:
        return adapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(p) for p in first["loc"])
        raise KnowledgeError(file, line_of(text, first["loc"]), f"{where}: {first['msg']}") from None
