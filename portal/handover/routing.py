"""Which organisation takes a chat: by role, topic, federal state and language, as routes.yml says. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from portal.accounts.models import Organisation


class Route(NamedTuple):
    """`reason`: which rule named it; `any` where it only answers this role."""

    organisation: Organisation
    reason: str


@lru_cache(maxsize=1)
def rules() -> list[dict[str, Any]]:
    return list(yaml.safe_load((Path(__file__).parent / "routes.yml").read_text(encoding="utf-8")))


def under(topic: str | None, prefixes: Iterable[str]) -> bool:
    """Is a topic one of these, or below one of them?"""
    return topic is not None and any(topic == p or topic.startswith(p + ".") for p in prefixes)


def rule_for(*, role: str | None, state: str | None, topic: str | None, abroad: bool | None) -> dict[str, Any]:
    return next(
        r for r in rules()
        if r.get("role") in (None, role)
        and ("topics" not in r or under(topic, r["topics"]))
        and ("abroad" not in r or r["abroad"] is abroad)
        and ("state" not in r or r["state"] is (state is not None))
    )  # fmt: skip


def competent(o: Organisation, *, role: str | None, state: str | None, topic: str | None) -> bool:
    """Does it answer this role, this place, this topic? What is not known shuts nobody out, but for a welcome center: it is for
    those who come to its place."""
    return (
        o.active
        and (not o.roles or role is None or role in o.roles)
        and (not o.states or state is None or state in o.states)
        and (o.kind != "welcome_center" or not o.states or state is not None)
        and (not o.topics or topic is None or under(topic, o.topics))
    )


def route(
    organisations: Iterable[Organisation],
    *,
    role: str | None,
    state: str | None,
    topic: str | None,
    language: str,
    abroad: bool | None = None,
    ready: Collection[str] = (),
) -> list[Route]:
    """The organisations for a chat, the best first; none: there is nobody for it.

    `ready`: ids of those that are open with somebody on duty; they and those that speak the language come first among equals.
    """
    rule = rule_for(role=role, state=state, topic=topic, abroad=abroad)
    kinds = rule["kinds"]

    def order(o: Organisation) -> tuple[bool, bool, int, int, bool, bool, bool, str]:
        elsewhere = bool(o.states) and state is None  # one place only, and the place is not known
        other = len(o.roles) == 1 and role is None and (o.kind not in kinds or rule["reason"] == "other")
        near = 0 if state and state in o.states else 1 if not o.states else 2
        kind = kinds.index(o.kind) if o.kind in kinds else len(kinds)
        narrow = bool(o.topics) and topic is None  # it answers some topics only, and this one is not known
        return (
            elsewhere,
            other,
            kind,
            near,
            narrow,
            bool(o.languages) and language not in o.languages,
            o.id not in ready,
            o.name,
        )

    found = sorted((o for o in organisations if competent(o, role=role, state=state, topic=topic)), key=order)
    return [Route(o, rule["reason"] if o.kind in kinds else "any") for o in found]
