"""How far a guide has come: what it asks next, or what it found. Pure; the chat, the pages and the interface share it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from babel import Locale

from knowledge.library import Library
from knowledge.places import NO_COUNTRY
from knowledge.schema import Clash
from portal.guides.case import Case
from portal.guides.guides import GUIDES, Guide
from portal.guides.result import Result


@dataclass(frozen=True)
class Step:
    """`ask` names the next fact, or `result` stands. `clash`: two answers that cannot both hold; the last is asked again."""

    guide: Guide
    case: Case
    ask: str | None
    result: Result | None
    clash: Clash | None = None


def valid(fact: str, value: str, library: Library) -> bool:
    """Is it an answer that a fact can have? Options, and ids and dates by kind."""
    about = library.facts.get(fact)
    if about is None:
        return False
    if about.kind == "date":  # its options are said as days
        try:
            return dt.date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False
    ids: Mapping[str, object] = {
        "state": library.other["places/states.yml"], "occupation": library.occupations, "country": COUNTRIES,
    }.get(about.kind, {})  # fmt: skip
    return value in about.options or value in ids


def given(name: str, query: Mapping[str, str], library: Library) -> dict[str, str]:
    """The facts of a guide that stand in an address, in their order there."""
    return {f: v for f, v in query.items() if f in GUIDES[name].facts and valid(f, v, library)}


def step(name: str, facts: Mapping[str, str], library: Library, day: dt.date) -> Step:
    """The next step of a guide. Facts that are not valid, or that it does not ask, are left out.

    Raises KeyError for an unknown guide.
    """
    guide = GUIDES[name]
    kept = {
        f: v for f, v in facts.items() if f in guide.facts and valid(f, v, library) and not stale(f, v, library, day)
    }
    clash = next((c for c in library.clashes if all(kept.get(f) == v for f, v in c.facts.items())), None)
    if clash is not None:
        again = next(f for f in reversed(guide.facts) if f in clash.facts)
        del kept[again]
        return Step(guide, Case(kept, library, day), again, None, clash)
    case = Case(kept, library, day)
    ask = guide.ask(case)
    return Step(guide, case, ask, guide.result(case) if ask is None else None)


def stale(fact: str, value: str, library: Library, day: dt.date) -> bool:
    """A day so long ago that a plan from it helps nobody; a shared address may be some months old."""
    return (
        library.facts[fact].kind == "date"
        and "-" in value
        and dt.date.fromisoformat(value) < day - dt.timedelta(days=KEPT)
    )


def _countries() -> dict[str, str]:
    english, german = (Locale.parse(tag).territories for tag in ("en_GB", "de"))
    return {c: n for c, n in english.items() if c in german and len(c) == 2 and c.isalpha() and c not in NO_COUNTRY}


KEPT = 180
COUNTRIES = _countries()
