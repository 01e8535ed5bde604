"""The settings of an organisation as people type them: opening hours, closures, the 48-hour rule. Text in, data or errors out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from knowledge.library import Library
from locales.languages import LANGUAGES
from portal.accounts.models import REPLY, Organisation
from portal.chat.groups import GROUPS
from portal.chat.text import clean
from portal.hours.opening import CLOCK
from portal.i18n import N_, gettext, written_number
from portal.mail.addresses import Implausible, plausible
from portal.numbers import whole

DAYS = {
    "mon": N_("Monday"), "tue": N_("Tuesday"), "wed": N_("Wednesday"), "thu": N_("Thursday"), "fri": N_("Friday"),
    "sat": N_("Saturday"), "sun": N_("Sunday"),
}  # fmt: skip
VISITORS = {"employer": N_("Employers"), "worker": N_("Workers")}
RULES = {"elapsed": N_("Hours that pass, nights and weekends too"), "working": N_("Working days of the federal state")}
AMOUNT = {"elapsed": (1, 240), "working": (1, 20)}  # hours, working days
CLOSURES = 60  # at most

BAD_HOURS = N_("Write times such as 08:00-12:00, 13:00-16:00; nothing means closed.")
BAD_ORDER = N_("Each time must end after it begins, and before the next one begins.")
BAD_CLOSURE = N_("Line {line}: write a day or two, and a reason, such as 2026-12-24 - 2026-12-31 Christmas.")
MANY_CLOSURES = N_("At most {most} lines, please.")
BAD_NUMBER = N_("Enter a whole number from {least} to {most}.")
BAD_TOPIC = N_("There is no topic “{topic}”.")
BAD_CHOICE = N_("Please choose one of the list.")
NO_LANGUAGE = N_("Choose at least one language.")
NO_VISITORS = N_("Choose at least one group.")
NO_NAME = N_("Enter a name.")
NO_ADDRESS = N_("Enter an e-mail address such as team@example.org, or nothing.")

SLOT = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|—|bis|to)\s*(\d{1,2})(?:[:.](\d{2}))?")
DAY = r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))"
CLOSURE = re.compile(rf"{DAY}(?:\s*(?:-|–|—|bis|to)\s*{DAY})?(?:\s*[:,;]?\s+(.*))?")


class Wrong(ValueError):
    """A text for the reader, and what stands in its brackets."""

    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text)
        self.text, self.values = text, values

    def said(self) -> str:
        values = {name: written_number(v) if isinstance(v, int) else v for name, v in self.values.items()}
        return gettext(self.text).format(**values)


def slots(text: str) -> list[list[str]]:
    """ "08:00-12:00, 13-16" as [["08:00","12:00"],["13:00","16:00"]]. Raises Wrong."""
    found: list[tuple[int, int]] = []
    for part in filter(None, (p.strip() for p in re.split(r"[,;]|\bund\b|\band\b", text))):
        match = SLOT.fullmatch(part)
        if match is None:
            raise Wrong(BAD_HOURS)
        h1, m1, h2, m2 = (int(g or 0) for g in match.groups())
        begin, end = h1 * 60 + m1, h2 * 60 + m2
        if m1 > 59 or m2 > 59 or begin >= 24 * 60 or end > 24 * 60:
            raise Wrong(BAD_HOURS)
        if begin >= end or (found and begin < found[-1][1]):
            raise Wrong(BAD_ORDER)
        found.append((begin, end))
    return [[f"{b // 60:02}:{b % 60:02}", f"{e // 60:02}:{e % 60:02}"] for b, e in found]


def written_slots(day: Iterable[Iterable[str]]) -> str:
    return ", ".join("-".join(slot) for slot in day)


def day_of(groups: tuple[str | None, ...]) -> dt.date:
    y, m, d, d2, m2, y2 = groups
    return dt.date(int(y or y2 or 0), int(m or m2 or 0), int(d or d2 or 0))


def closures(text: str) -> list[dict[str, str]]:
    """A line each: a day, or two with a dash, and why. Raises Wrong with the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (line := clean(line)):
            continue
        match = CLOSURE.fullmatch(line)
        try:
            if match is None:
                raise ValueError
            groups = match.groups()
            begin = day_of(groups[:6])
            end = day_of(groups[6:12]) if any(groups[6:12]) else begin
            if end < begin:
                raise ValueError
        except ValueError:
            raise Wrong(BAD_CLOSURE, line=number) from None
        found.append({"from": begin.isoformat(), "to": end.isoformat(), "why": (groups[12] or "").strip()[:80]})
    if len(found) > CLOSURES:
        raise Wrong(MANY_CLOSURES, most=CLOSURES)
    return sorted(found, key=lambda c: c["from"])


def written_closures(rows: Iterable[Mapping[str, str]]) -> str:
    return "\n".join(
        " ".join(filter(None, (c["from"] if c["from"] == c["to"] else f"{c['from']} - {c['to']}", c.get("why", ""))))
        for c in rows
    )


def number(text: str, least: int, most: int) -> int:
    found = whole(text)
    if found is None or not least <= found <= most:
        raise Wrong(BAD_NUMBER, least=least, most=most)
    return found


def topic_groups(chosen: Iterable[str], known: Iterable[str]) -> list[tuple[str, str]]:
    """What can be ticked: groups of topics with their names, and what is chosen beside them."""
    there = {topic.partition(".")[0] for topic in known}
    groups = {id_: name for id_, name in GROUPS.items() if id_ in there and id_ != "service"}
    return [*groups.items(), *((topic, topic) for topic in chosen if topic not in groups)]


def topics(wanted: Iterable[str], known: Iterable[str]) -> list[str]:
    """Groups, or beginnings of topic ids. Raises Wrong."""
    known, wanted = list(known), list(dict.fromkeys(filter(None, map(clean, wanted))))
    for topic in wanted:
        if not any(t == topic or t.startswith(topic.rstrip(".") + ".") for t in known):
            raise Wrong(BAD_TOPIC, topic=topic[:60])
    return wanted


def address(text: str) -> str:
    try:
        return plausible(text).lower() if text.strip() else ""
    except Implausible:
        raise Wrong(NO_ADDRESS) from None


def name(text: str) -> str:
    text = clean(text)[:120]
    if not text:
        raise Wrong(NO_NAME)
    return text


def chosen(wanted: Iterable[str], known: Iterable[str], missing: str = "") -> list[str]:
    """Those that are known, in the known order. `missing`: what to say if there is none and there must be."""
    wanted = set(wanted)
    found = [item for item in known if item in wanted]
    if wanted - set(found):
        raise Wrong(BAD_CHOICE)
    if missing and not found:
        raise Wrong(missing)
    return found


def typed(organisation: Organisation) -> dict[str, Any]:
    """The settings as the form shows them."""
    clock = {**CLOCK, **organisation.clock}
    return {
        **{f"hours_{day}": written_slots(organisation.hours.get(day, [])) for day in DAYS},
        "name": organisation.name, "email": organisation.email, "closures": written_closures(organisation.closures),
        "holiday_state": organisation.holiday_state or "", "states": organisation.states, "roles": organisation.roles,
        "languages": organisation.languages, "topics": list(organisation.topics), "rule": clock["rule"],
        "amount": str(clock["amount"]), "remind": str(clock["remind"]), "reply": str(organisation.reply),
        "files": organisation.files,
    }  # fmt: skip


async def names(session: AsyncSession) -> dict[str, str]:
    """All organisations by id, in the order of their names."""
    rows = await session.exec(select(Organisation.id, Organisation.name).order_by(col(Organisation.name)))
    return {id_: name for id_, name in rows}


def read(values: Mapping[str, Any], library: Library) -> tuple[dict[str, Any], dict[str, Wrong]]:
    """What was typed as fields of an organisation, and what is wrong by field of the form."""
    errors: dict[str, Wrong] = {}
    states = library.other["places/states.yml"]

    def take(field: str, what: Callable[[], Any], otherwise: Any = None) -> Any:
        try:
            return what()
        except Wrong as wrong:
            errors[field] = wrong
            return otherwise

    hours = {day: take(f"hours_{day}", partial(slots, values[f"hours_{day}"]), []) for day in DAYS}
    rule = take("rule", lambda: chosen([values["rule"]], RULES)[0], "elapsed")
    amount = take("amount", lambda: number(values["amount"], *AMOUNT[rule]), AMOUNT[rule][1])
    hours_at_most = amount if rule == "elapsed" else amount * 24
    fields = {
        "name": take("name", lambda: name(values["name"])),
        "email": take("email", lambda: address(values["email"])),
        "hours": {day: found for day, found in hours.items() if found},
        "closures": take("closures", lambda: closures(values["closures"])),
        "holiday_state": take("holiday_state", lambda: chosen(filter(None, [values["holiday_state"]]), states)),
        "states": take("states", lambda: chosen(values["states"], states)),
        "roles": take("roles", lambda: chosen(values["roles"], VISITORS, NO_VISITORS)),
        "languages": take("languages", lambda: chosen(values["languages"], LANGUAGES, NO_LANGUAGE)),
        "topics": take("topics", lambda: topics(values["topics"], library.topics)),
        "clock": {
            "rule": rule, "amount": amount, "remind": take("remind", lambda: number(values["remind"], 1, hours_at_most)),
        },
        "reply": take("reply", lambda: number(values["reply"], *REPLY)),
        "files": bool(values["files"]),
    }  # fmt: skip
    fields["holiday_state"] = (fields["holiday_state"] or [None])[0]
    return fields, errors
