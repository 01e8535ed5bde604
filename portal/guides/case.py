"""What is known of a case: answers by fact (knowledge/guides/facts.yml), read against the knowledge of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.library import Library
from knowledge.schema import Occupation

EU = set(
    "AT BE BG HR CY CZ DK EE FI FR GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO CH".split()
)  # with EEA, CH
WESTERN_BALKANS = {"AL", "BA", "XK", "ME", "MK", "RS"}  # BeschV § 26 Abs. 2
VISA_FREE = {"AU", "IL", "JP", "CA", "KR", "NZ", "GB", "US"}  # AufenthV § 41
GROUPS = {"eu": EU, "western_balkans": WESTERN_BALKANS, "visa_free": VISA_FREE}
REGULATED = ("regulated_federal", "regulated_state")


@dataclass(frozen=True)
class Case:
    """Answers so far: `facts` by name, each a checked value; `day` is today."""

    facts: Mapping[str, str]
    library: Library = field(repr=False)
    day: dt.date

    def get(self, fact: str) -> str | None:
        return self.facts.get(fact)

    def known(self, fact: str) -> bool:
        return fact in self.facts

    def first_unknown(self, *facts: str) -> str | None:
        """The first of some facts that has no answer yet."""
        return next((f for f in facts if f not in self.facts), None)

    @property
    def employer(self) -> bool:
        return self.facts.get("role") == "employer"

    @property
    def state(self) -> str | None:
        """The federal state of the place of work (ISO code without DE-), where it is known."""
        state = self.facts.get("state")
        return state if state != "open" else None

    @property
    def occupation(self) -> Occupation | None:
        """The reference occupation (Referenzberuf), where it is in the list."""
        return self.library.occupations.get(self.facts.get("occupation", ""))

    @property
    def occupation_type(self) -> str | None:
        """regulated_federal | regulated_state | craft | licence | not_regulated, on the day; None: not in the list."""
        return self.occupation.type_on(self.day) if self.occupation else None

    @property
    def regulated(self) -> bool | None:
        """Is the occupation regulated (reglementiert, BQFG § 3 Abs. 5)? None: not known."""
        return None if self.occupation is None else self.occupation_type in REGULATED

    @property
    def driver(self) -> bool:
        """A professional driver (Berufskraftfahrer), who comes on a licence instead of recognition (BeschV § 24a)."""
        return self.occupation is not None and self.occupation.law == "BeschV § 24a"

    @property
    def nationality(self) -> str | None:
        """eu | western_balkans | visa_free | other (a third country), None: not known."""
        country = self.facts.get("country")
        if country is None:
            return None
        return next((g for g, members in GROUPS.items() if country == g or country in members), "other")

    @property
    def abroad(self) -> bool | None:
        residence = self.facts.get("residence")
        return None if residence is None else residence == "abroad"

    def at_least(self, fact: str, option: str) -> bool:
        """Is the answer to a fact with brackets at least an option (salary, age, experience)?"""
        order = [o for _, o in self.library.facts[fact].brackets]
        answer = self.facts.get(fact)
        return answer in order and order.index(answer) >= order.index(option)
