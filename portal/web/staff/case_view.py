"""What the pages of cases and transfers share: labels, options, one transaction for one form, and who looked at what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from babel import Locale
from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from locales.languages import LANGUAGES
from portal.accounts import auditing
from portal.accounts.models import Account, Organisation
from portal.cases import times, words
from portal.cases.errors import NotHere, Refused
from portal.cases.models import CaseEvent, CaseFile
from portal.cases.service import Details
from portal.chat.groups import GROUPS
from portal.chat.text import clean
from portal.clock import german_day
from portal.guides.card import language_of, value_label
from portal.i18n import current, gettext, written_date
from portal.web.staff.door import Here, confirmed

T = TypeVar("T")
LIMITS = {"concern": 2000, "message": 2000, "text": 4000, "answer": 2000, "title": 200}  # characters; other fields: 100


async def acting(
    request: Request, here: Here, object_: str, what: str, work: Callable[[AsyncSession], Awaitable[T]],
    right: str = "cases.write",
) -> T:  # fmt: skip
    """Do something in one transaction that asks for the right once more (SEC-B11), with its line in the audit log. Two forms that collide on a unique index: once more.
    A foreign object is noted and answered with 404 (SEC-B02)."""
    for last in (False, True):
        try:
            async with request.app.state.database.write() as session:
                await confirmed(session, here, right)
                result = await work(session)
                await auditing.note(session, here, what, object_)
                await session.commit()
                return result
        except NotHere:
            await noted(request, here, "refused", object_, "404")
            raise HTTPException(404) from None
        except IntegrityError:
            if last:
                raise
    raise AssertionError


async def noted(request: Request, here: Here, what: str, object_: str, result: str = "ok") -> None:
    """Who saw a personal record, or tried to (PRV-29)."""
    async with request.app.state.database.write() as session:
        await auditing.note(session, here, what, object_, result)
        await session.commit()


def wake(request: Request, *organisations: str) -> None:
    request.app.state.bus.wake(*(f"org:{o}" for o in organisations))


def to(path: str) -> RedirectResponse:
    """On to a page of the desk after a form (303)."""
    return RedirectResponse(f"/{current.get().tag}/staff/{path}", 303)


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form, cleaned; one that is too long stays long and is refused by `checked`."""
    form: Any = await request.form()
    return {k: clean(v[:20_000]) for k, v in form.items() if isinstance(v, str)}


def checked(typed: Mapping[str, str]) -> None:
    """Raises Refused("too_long")."""
    for name, value in typed.items():
        if len(value) > LIMITS.get(name, 100):
            raise Refused("too_long", name)


def day(text: str) -> dt.date | None:
    """Raises Refused("no_such_day")."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused("no_such_day", "due_on") from None


def details(typed: Mapping[str, str], options: Mapping[str, Mapping[str, str]]) -> Details:
    """What the form says of a case, each value one of those on offer. Raises Refused."""
    checked(typed)
    if typed.get("kind") not in words.KINDS:
        raise Refused("kind", "kind")
    for name, offered in options.items():
        if typed.get(name, "") not in {"", *offered}:
            raise Refused("unknown_value", name)
    if typed.get("concern") and typed.get("confirmed") != "yes":
        raise Refused("unconfirmed", "confirmed")
    return Details(
        kind=typed["kind"], topic=typed.get("topic") or None, state=typed.get("state") or None,
        occupation=typed.get("occupation") or None, country=typed.get("country") or None,
        language=typed.get("language") or "de", concern=typed.get("concern", ""),
    )  # fmt: skip


class Typed(dict[str, Any]):
    """What was entered in a form, for its fields; nothing where nothing was."""

    def __missing__(self, _key: str) -> str:
        return ""


class Labels:
    """What ids are called in the reader's language."""

    def __init__(self, request: Request) -> None:
        self.library, self.tag = request.app.state.live.edition.library, current.get().tag
        self.language, self.today = language_of(self.tag), german_day()
        self.territories = Locale.parse(LANGUAGES[self.tag].cldr).territories

    def topic(self, id_: str | None) -> str:
        return str(self.library.article(id_, self.tag).title) if id_ in self.library.topics else (id_ or "–")

    def called(self, case: CaseFile) -> str:
        """A case in a list: its topic, else what is known of it: its guide, whom it is about, where."""
        if case.topic in self.library.topics:
            return self.topic(case.topic)
        guide = self.library.guides.get((case.guide or {}).get("guide", ""))
        first = str(guide.title[self.language]) if guide else words.say(words.KINDS, case.kind)
        return ", ".join([first, *([self.state(case.state)] if case.state else [])])

    def _value(self, fact: str, id_: str | None, known: Iterable[str]) -> str:
        return value_label(fact, id_, self.language, self.library, self.today) if id_ and id_ in known else (id_ or "–")

    def state(self, id_: str | None) -> str:
        return self._value("state", id_, self.library.other["places/states.yml"])

    def occupation(self, id_: str | None) -> str:
        return self._value("occupation", id_, self.library.occupations)

    def country(self, id_: str | None) -> str:
        return str(self.territories.get(id_ or "", id_ or "–"))

    def tongue(self, tag: str) -> str:
        return LANGUAGES[tag].name if tag in LANGUAGES else tag

    def data(self, field: str, value: str) -> str:
        """A value of a person's data."""
        named: dict[str, Callable[[str], str]] = {"country": self.country, "occupation": self.occupation}
        return named.get(field, str)(value)

    def groups(self) -> dict[str, dict[str, str]]:
        """Topics by group, for a list to choose from."""
        found: dict[str, dict[str, str]] = {}
        for topic in self.library.topics:
            if not topic.startswith("service."):
                group = topic.partition(".")[0]
                found.setdefault(gettext(GROUPS.get(group, group)), {})[topic] = self.topic(topic)
        return found

    def options(self) -> dict[str, dict[str, str]]:
        """What may be chosen, by field, in the order of the names."""

        def ordered(values: dict[str, str]) -> dict[str, str]:
            return dict(sorted(values.items(), key=lambda v: v[1].casefold()))

        return {
            "topic": {t: n for group in self.groups().values() for t, n in group.items()},
            "state": ordered({s: self.state(s) for s in self.library.other["places/states.yml"]}),
            "occupation": ordered({o: self.occupation(o) for o in self.library.occupations}),
            "country": ordered({c: str(n) for c, n in self.territories.items() if len(c) == 2 and c.isalpha()}),
            "language": ordered({tag: language.name for tag, language in LANGUAGES.items()}),
        }


def shared(request: Request) -> dict[str, Any]:
    """For every template of these pages."""
    return {
        "labels": Labels(request), "when": times.when, "remaining": times.remaining, "words": words, "said": words.say,
        "own_path": f"/{current.get().tag}/staff", "refused": "", "typed": Typed(), "wrong": "",
    }  # fmt: skip


async def organisation_names(session: AsyncSession) -> dict[str, str]:
    return {id_: name for id_, name in await session.exec(select(Organisation.id, Organisation.name))}


async def people_names(session: AsyncSession, organisation_id: str) -> dict[int, str]:
    """Names of the own organisation's people only: of others it is the organisation that acts."""
    query = (
        select(Account.id, Account.name).where(Account.organisation_id == organisation_id).order_by(col(Account.name))
    )
    return {id_: name for id_, name in await session.exec(query) if id_ is not None}


def lines(
    events: Iterable[CaseEvent], organisation_id: str, names: Mapping[str, str], people: Mapping[int, str]
) -> list[dict[str, str]]:
    """A timeline as one organisation reads it: another one's notes and tasks are not in it."""
    return [
        {
            "at": times.when(e.at),
            "who": people.get(e.account_id or 0) or names.get(e.organisation_id or "", ""),
            "text": words.line(e, names, people, written_date, times.when),
        }
        for e in events
        if e.what not in words.OWN or e.organisation_id == organisation_id
    ]
