"""The reader's language of this request or message, and gettext in it."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

from babel import dates, numbers, units
from jinja2 import Environment, pass_context

from locales.catalogue import load
from locales.languages import LANGUAGES, Language

current: ContextVar[Language] = ContextVar("language", default=LANGUAGES["de"])


def interface(tag: str) -> Language:
    """The language in which the program's own words can be said to a reader of `tag`: theirs, else English."""
    language = LANGUAGES.get(tag)
    return language if language and language.ui else LANGUAGES["en"]


@contextmanager
def speaking(tag: str):
    """Within it, `gettext` speaks the language."""
    token = current.set(interface(tag))
    try:
        yield current.get()
    finally:
        current.reset(token)


def N_(text: str) -> str:  # noqa: N802 gettext's usual name
    """Marks a text for the catalogue."""
    return text


def gettext(message: str) -> str:
    return load(current.get().tag).gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    return load(current.get().tag).ngettext(one, many, n)


def negotiate(accept: str | None) -> str:
    """The best interface language for an Accept-Language header; a malformed one is read as far as it goes."""
    wanted: list[tuple[float, str]] = []
    for part in (accept or "").split(","):
        tag, _, q = part.strip().partition(";q=")
        try:
            wanted.append((float(q or 1), tag.lower().split("-")[0]))
        except ValueError:
            continue
    live = [t for q, t in sorted(wanted, key=lambda w: -w[0]) if q > 0 and t in LANGUAGES and LANGUAGES[t].ui == "live"]
    return live[0] if live else "en"


def written_date(day: dt.date | str, form: Any = "long") -> str:
    """A date, or its ISO form, as the reader's language writes it."""
    day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return dates.format_date(day, form, locale=current.get().cldr)


def written_number(n: float) -> str:
    return numbers.format_decimal(n, locale=current.get().cldr)


def written_period(length: dt.timedelta) -> str:
    """ "14 hours", "10 minutes"; days only from three on, for 48 hours are not "2 days" to a clock that counts hours."""
    unit: Literal["hour", "minute"] = "hour" if abs(length) >= dt.timedelta(hours=1) else "minute"
    return dates.format_timedelta(abs(length), granularity=unit, threshold=3, locale=current.get().cldr)


def written_size(size: int) -> str:
    """Bytes as the reader's language writes megabytes: "10 MB"."""
    return units.format_unit(size / 1_000_000, "digital-megabyte", "short", locale=current.get().cldr)


def install(env: Environment) -> None:
    """gettext and the locale's filters for templates; `pass_context` keeps Jinja from folding them into one language."""

    def here(f: Any) -> Any:
        @pass_context
        def g(_context: Any, *args: Any, **kwargs: Any) -> Any:
            return f(*args, **kwargs)

        return g

    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.filters["date"] = here(written_date)
    env.filters["written_period"] = here(written_period)
    env.filters["written_size"] = here(written_size)
    env.filters["number"] = here(written_number)
    env.filters["money"] = here(lambda n, c="EUR": numbers.format_currency(n, c, locale=current.get().cldr))
