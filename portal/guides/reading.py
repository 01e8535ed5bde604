"""What a visitor's words say about a case: answers to the question that was asked, and names said beside it."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field

from knowledge.grams import fold
from knowledge.library import Library
from knowledge.places import Found
from knowledge.schema import Fact
from knowledge.tongues import detect
from portal.editing.live import Live
from portal.guides.amounts import date, number
from portal.guides.plan import add
from portal.guides.wordings import (
    COUNTED,
    DENIED,
    EXPERIENCED,
    FOUND,
    GERMAN,
    LEARNING,
    LESS,
    LEVEL,
    LIVING,
    MONTHLY,
    NEGATIVE,
    NOBODY,
    OFFER,
    UNSURE,
    denies,
)

MATTERS = ("concern", "purpose")  # facts that name a matter: to deny something of it is no other answer
NAMES = ("state", "country", "occupation")  # facts that are names, understood wherever they are said
AHEAD = {"today": None, "month": (1, "months"), "quarter": (3, "months")}
FEW = 6  # words
LEAST_SALARY = 500  # EUR; less is no salary a month or a year
FARTHEST = 5  # years that a plan may begin ahead


@dataclass(frozen=True)
class Read:
    """`facts` that were understood; `note` names what is wrong with an answer; `near`: values it may mean."""

    facts: dict[str, str] = field(default_factory=dict)
    note: str = ""
    near: tuple[str, ...] = ()


def read(asked: str | None, text: str, names: list[Found], library: Library, day: dt.date) -> Read:
    """Read a message while `asked` is open (None: nothing is); names of states, countries, occupations count anyway."""
    said: dict[str, str] = {}
    found = {kind: list(dict.fromkeys(f.id for f in names if f.kind == kind)) for kind in NAMES}
    lives = _living(text, names)
    if lives is not None:
        found[lives.kind] = [id_ for id_ in found[lives.kind] if id_ != lives.id]
        said["residence"] = "abroad" if lives.kind == "country" else "germany"
    for kind in NAMES:
        if len(found[kind]) == 1:
            said[kind] = found[kind][0]
    if asked is None:
        return Read(said | beside(text, library, day))
    fact = library.facts[asked]
    if asked == "residence":
        return Read(said) if lives is not None else _residence(fact, text, found)
    said |= {f: v for f, v in beside(text, library, day).items() if f != asked}
    if asked in NAMES:
        return _name(asked, fact, text, found, said, library)
    if fact.kind == "date":
        return _date(asked, text, said, fact, day)
    value = _level(asked, text) or option(fact, text, asked not in MATTERS) or _bracket(fact, text, library, day)
    return Read(said | ({asked: value} if value in fact.options else {}))


async def heard(asked: str, text: str, tag: str, live: Live, day: dt.date) -> Read:
    """Read a text that answers a question on a page: as `read`, then by nearness in meaning. About 15 ms in a thread."""
    edition = live.edition
    got = read(asked, text, edition.names.find(text), edition.library, day)
    if asked in got.facts or got.note or not text or denies(text):
        return got
    [raw] = await asyncio.to_thread(live.encode, [text])
    near = edition.answers.nearest(asked, edition.search.centre(raw, detect(text, tag) or tag))
    if near is None:
        return got
    if edition.library.facts[asked].kind == "occupation":
        return Read(got.facts, "which", near)
    return Read(got.facts | {asked: near[0]})


def beside(text: str, library: Library, day: dt.date) -> dict[str, str]:
    """What somebody says of a case without being asked: a person found, a job offer, years of experience, a level of German."""
    said: dict[str, str] = {}
    if FOUND.search(text):
        said["candidate"] = "no" if NOBODY.search(text) else "yes"
    if OFFER.search(text) and not DENIED.search(f" {fold(text[: OFFER.search(text).start()])} "):  # type: ignore[union-attr]
        said["job_offer"] = "yes"
    if years := EXPERIENCED.search(text):
        said["experience"] = bracket(
            library.facts["experience"], float(next(g for g in years.groups() if g)), library, day
        )
    if (level := GERMAN.search(text)) and not denies(text):
        said["german"] = "c1" if level[1].lower() == "c2" else level[1].lower()
    return said


def _living(text: str, names: list[Found]) -> Found | None:
    """The country, or the German place, in which somebody says to live: no nationality and no place of work."""
    word = LIVING.search(text)
    if word is None:
        return None
    after = fold(text[word.end() :])
    places = [(after.find(f.words), f) for f in names if f.kind in ("country", "state") and f.words in after]
    return min(places, key=lambda pair: pair[0])[1] if places else None


def _residence(fact: Fact, text: str, found: dict[str, list[str]]) -> Read:
    """Where somebody lives: a place named is an answer, and no nationality or place of work. Two places are none."""
    value = option(fact, text)
    if value is None and denies(text) and option(fact, text, deniable=False) == "germany":
        value = "abroad"
    if value is None and bool(found["state"]) != bool(found["country"]):
        value = "germany" if found["state"] else "abroad"
    return Read({"residence": value} if value else {})


def _name(
    asked: str, fact: Fact, text: str, found: dict[str, list[str]], said: dict[str, str], library: Library
) -> Read:
    if len(found[asked]) > 1:
        several = tuple(found[asked][:3])
        return Read({k: v for k, v in said.items() if k != asked}, "which", several)
    if asked in said:
        return Read(said)
    value = option(fact, text)
    if value:
        return Read(said | {asked: value})
    if asked == "state" and (towns := _towns(text, library)):
        return Read(said | {asked: towns[0]})
    if asked == "state" and found["country"]:
        return Read({k: v for k, v in said.items() if k != "country"}, "not_in_germany")
    return Read(said)


def _towns(text: str, library: Library) -> list[str]:
    """States of a town that is an ordinary word elsewhere ("Halle"): where a place was asked for, it is one."""
    states = library.other["places/states.yml"]
    return [code for code, e in states.items() if fold(text) in {fold(str(t)) for t in e.get("towns", [])}]


def option(fact: Fact, text: str, deniable: bool = True) -> str | None:
    """The option whose label or other words a text says; None where it says none, or several that differ.

    A denied word counts for "no" where there is a yes and a no, else for nothing ("not recognised", "kein Studium").
    Not `deniable`: a matter is named, whatever is denied of it ("they pay me no wages").
    """
    low = f" {fold(text)} "
    if not low.strip():
        return None
    exact = (i for i, o in fact.options.items() if low.strip() in {fold(w) for w in (o.de, o.en, *o.said)})
    if (said := next(exact, None)) is not None:
        return said
    if unsure := UNSURE.search(low):
        open_ = next((o for o in fact.options if o in ("open", "unknown", "unsure", "undecided")), None)
        if open_ is not None and len(low.split()) <= FEW:
            return open_
        low = low.replace(unsure[0].rstrip(), " " * len(unsure[0].rstrip()))
    found: list[tuple[int, int, str]] = []  # from, to, option
    for id_, o in fact.options.items():
        for words in {fold(w) for w in (o.de, o.en, *o.said)}:
            at = low.find(f" {words} ")
            if words and at >= 0:
                found.append((at, at + len(words), id_))
    outer = [f for f in found if not any(o[0] <= f[0] and f[1] <= o[1] and o[1] - o[0] > f[1] - f[0] for o in found)]
    if not outer:
        return None
    if deniable and any(DENIED.search(low[: at + 1]) and not NEGATIVE.match(low[at:]) for at, _, _ in outer):
        return "no" if {"yes", "no"} <= fact.options.keys() else None
    meant = {id_ for _, _, id_ in outer}
    if meant == {"yes"} and denies(text):
        return None  # "yes, but no contract yet"
    return meant.pop() if len(meant) == 1 else None


def _level(asked: str, text: str) -> str | None:
    """A language level (CEFR): the first that is neither denied nor still being learnt; after the language's own name."""
    if asked not in ("german", "english"):
        return None
    own = GERMAN.search(text) if asked == "german" else None
    before = [(f" {fold(text[: m.start()])} ", f"{m[1]}{m[2]}".lower()) for m in LEVEL.finditer(text)]
    found = [level for words, level in before if not DENIED.search(words) and not LEARNING.search(words)]
    if own is not None and own[1].lower() in found:
        found = [own[1].lower()]
    if not found:
        return None
    level = "c1" if found[0] == "c2" else found[0]
    return "less" if asked == "english" and level in ("a1", "a2", "b1") else level


def _bracket(fact: Fact, text: str, library: Library, day: dt.date) -> str | None:
    """The option a number falls into. A salary a month counts twelve times."""
    years = COUNTED.search(text) if fact.kind in ("choice", "years") else None
    value = float(years[1]) if years else number(text)
    if not fact.brackets or value is None:
        return None
    if fact.kind == "amount" and value < LEAST_SALARY:
        return None  # by the hour, or a range: to be asked again
    if fact.kind == "choice" and years is None and MONTHLY.search(text):
        value /= 12
    if fact.kind == "choice" and LESS.search(fold(text)):
        value -= 1
    if fact.kind == "amount" and (MONTHLY.search(text) or value < 10_000):
        value *= 12
    if fact.kind == "years" and not 14 <= value <= 99:
        return None
    if fact.kind == "choice" and value > 60:
        return None
    return bracket(fact, value, library, day)


def bracket(fact: Fact, value: float, library: Library, day: dt.date) -> str:
    """The last option whose beginning a number reaches."""
    begins = [(library.figures[b].on(day) if isinstance(b, str) else b, o) for b, o in fact.brackets]
    return [o for b, o in begins if not isinstance(b, dt.date) and value >= b][-1]


def _date(asked: str, text: str, said: dict[str, str], fact: Fact, day: dt.date) -> Read:
    chosen = option(fact, text)
    if chosen is not None:
        return Read(said | {asked: ahead(chosen, day)})
    try:
        found = date(text)
    except ValueError:
        return Read(said, "no_such_date")
    if found is None:
        return Read(said)
    if found < day:
        return Read(said, "past_date")
    if found > add(day, FARTHEST, "years"):
        return Read(said, "far_date")
    return Read(said | {asked: found.isoformat()})


def ahead(choice: str, day: dt.date) -> str:
    """The day that an option of a date fact means."""
    by = AHEAD[choice]
    return (add(day, *by) if by else day).isoformat()
