"""The guides by name. Each is two pure functions of a case: `ask` names the next fact or None, `result` what is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from knowledge.library import GUIDES as NAMES
from portal.guides import employer, fast_track, recognition, referral, visa
from portal.guides.case import Case
from portal.guides.result import Result


@dataclass(frozen=True)
class Guide:
    """A guided dialogue. `facts`: all it may ask, in their usual order."""

    name: str
    facts: tuple[str, ...]
    ask: Callable[[Case], str | None]
    result: Callable[[Case], Result]


GUIDES = {
    module.__name__.rpartition(".")[2]: Guide(
        module.__name__.rpartition(".")[2], module.FACTS, module.ask, module.result
    )
    for module in (referral, recognition, fast_track, visa, employer)
}
assert tuple(GUIDES) == NAMES
