"""What a person enters with a consent: only what was asked, cleaned, short, and plausible where that can be seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from portal.chat.text import clean
from portal.consents.purposes import FIELDS
from portal.i18n import N_
from portal.mail.addresses import Implausible, one_line, plausible

LONGEST = 120  # characters
PHONE = re.compile(r"\+?[0-9]{5,20}")
WRONG = {
    "unknown": N_("This was not asked for. Please load the page again."),
    "too_long": N_("Please write at most %(most)s characters here."),
    "bad_email": N_("This does not look like an e-mail address. Example: name@example.org"),
    "bad_phone": N_("This does not look like a telephone number. Example: +49 30 1234567"),
}


class Wrong(ValueError):
    """What was entered cannot be taken: `field`, and `reason`, a key of WRONG."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def entered(given: Mapping[str, str], asked: Iterable[str]) -> dict[str, str]:
    """The data by field; empty ones are left out, for nothing has to be filled in (PRV-18). Raises Wrong."""
    found = {}
    asked = list(asked)
    for field, value in given.items():
        if field not in asked or FIELDS[field].type == "none":
            raise Wrong(field, "unknown")
        value = one_line(clean(value))
        if len(value) > LONGEST:
            raise Wrong(field, "too_long")
        if value:
            found[field] = checked(field, value)
    return found


def checked(field: str, value: str) -> str:
    if FIELDS[field].type == "email":
        try:
            return plausible(value)
        except Implausible:
            raise Wrong(field, "bad_email") from None
    if FIELDS[field].type == "tel" and not PHONE.fullmatch(re.sub(r"[\s()/.-]", "", value)):
        raise Wrong(field, "bad_phone")
    return value
