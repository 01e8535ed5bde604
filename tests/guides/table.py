"""What the decision tables of the guides share: the knowledge, a case, and the law behind a result."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from knowledge.library import Library, read_folder
from portal.guides.card import keys
from portal.guides.case import Case
from portal.guides.result import Result

DAY = dt.date(2026, 11, 21)


@lru_cache(maxsize=1)
def library() -> Library:
    return Library.from_files(read_folder())


def case(facts: dict[str, str] | str, day: dt.date = DAY) -> Case:
    """A case from facts, also written as "role=worker state=HH"."""
    if isinstance(facts, str):
        facts = dict(part.split("=", 1) for part in facts.split())
    lib = library()
    for fact, value in facts.items():
        assert fact in lib.facts, fact
        options = lib.facts[fact].options
        assert value in options or lib.facts[fact].kind in ("state", "country", "occupation", "date"), (fact, value)
    return Case(facts, lib, day)


def laws(result: Result) -> set[str]:
    """The law and sources behind what a result says."""
    lib = library()
    said = {**lib.guides["shared"].says, **lib.guides[result.guide].says}
    found = {law for key in keys(result) for law in said[key].law}
    found |= {law for cost in result.costs for law in lib.guides["shared"].costs[cost].law}
    for stage in result.stages:
        procedure = lib.procedures[stage.procedure]
        step = next(s for s in procedure.steps if s.id == stage.step)
        found |= {*step.law, *procedure.law, procedure.source}
    return found
