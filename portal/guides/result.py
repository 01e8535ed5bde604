"""What a guide finds: keys and ids, no sentences. `card` says it in a reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["met", "open", "failed"]


@dataclass(frozen=True)
class Point:
    """One sentence: a key of the guide's `says` (or of shared.yml), and the names in it.

    `names` fill [name] in the sentence: state, occupation, country, body and fact options are ids and are said in the
    reader's language; `n` is a number, dates are dates.
    """

    key: str
    names: Mapping[str, str | int | dt.date] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """A condition of a residence title: met, open (not known or still to come) or failed."""

    key: str
    state: State
    names: Mapping[str, str | int | dt.date] = field(default_factory=dict)


@dataclass(frozen=True)
class Title:
    """A residence title (Aufenthaltstitel) checked against a case."""

    key: str
    conditions: tuple[Condition, ...]

    @property
    def outcome(self) -> Literal["fits", "open", "no"]:
        states = {c.state for c in self.conditions}
        return "no" if "failed" in states else "open" if "open" in states else "fits"


@dataclass(frozen=True)
class Contact:
    """An office: its kind (organisations/kinds.yml), the ids of its contact points, and why it is the right one."""

    kind: str
    organisations: tuple[str, ...]
    why: Point


@dataclass(frozen=True)
class Stage:
    """A step of a procedure (knowledge/procedures), with the days on which it can end (None: no date is computed)."""

    procedure: str
    step: str
    earliest: dt.date | None = None
    latest: dt.date | None = None


@dataclass(frozen=True)
class Result:
    """`contacts`: the right office first, alternatives after it, the fallback last. `costs`: keys of shared.yml `costs`.

    `documents`: (procedure, key of its documents). `topics` and `guides`: what to read and do next. `compare`: the same
    way without the fast-track procedure.
    """

    guide: str
    verdict: Point
    points: tuple[Point, ...] = ()
    titles: tuple[Title, ...] = ()
    contacts: tuple[Contact, ...] = ()
    stages: tuple[Stage, ...] = ()
    compare: tuple[Point, ...] = ()
    costs: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    guides: tuple[str, ...] = ()
    handover: bool = False
