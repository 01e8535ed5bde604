"""E-mail addresses as people type them, and headers that cannot be broken open."""

from __future__ import annotations

import re
import unicodedata

LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class Implausible(ValueError):
    """That is no e-mail address a mail could go to."""


def plausible(text: str) -> str:
    """The address with its domain in ASCII and lower case. Raises Implausible."""
    text = text.strip()
    if len(text) > 254:
        raise Implausible
    local, at, domain = text.rpartition("@")
    try:
        domain = domain.lower().encode("idna").decode("ascii")
    except UnicodeError:
        raise Implausible from None
    if not at or len(local) > 64 or not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(domain):
        raise Implausible
    return f"{local}@{domain}"


def masked(email: str) -> str:
    """As it is shown where others may look on: `a…@example.org`."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def one_line(text: str) -> str:
    """For a header: control characters and line breaks become one space (SEC-C13)."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    return re.sub(r"\s+", " ", plain).strip()
