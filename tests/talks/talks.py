"""Scripted talks: what people say or choose, and what comes back; the same talk in every live language.

A talk: {name, role?, start?, turns: [{say | choose | press, expect}]}
  say     {de: ..., en: ...}, what is typed; or one text for all languages
  choose  an option of the open question, by its value
  press   a button by its key in `SAYS` (back, leave, person), or `guide NAME`
  expect  words, all of which must hold: ask=FACT (the last question), topic=ID, result=GUIDE, FACT=VALUE (in the
          result's address), office=KIND (the first office named), note=KEY (of NOTES), says=KEY (of SAYS), term=KEY (of the glossary), clash=NUMBER, handover, no=KIND
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from knowledge.library import Library
from portal.chat.says import SAYS
from portal.guides.card import today, value_label
from portal.guides.words import NOTES
from portal.i18n import gettext, speaking

FOLDER = Path(__file__).parent
KINDS = ("text", "answer", "offer", "ask", "steps", "contact", "not_covered", "handover", "notice")


def talks() -> list[dict[str, Any]]:
    """All talks of this folder, each with its file's name."""
    found = [(f.stem, t) for f in sorted(FOLDER.glob("*.yml")) for t in yaml.safe_load(f.read_text(encoding="utf-8"))]
    return [{**t, "name": f"{file}: {t['name']}"} for file, t in found]


def button(turn: dict[str, Any], said: list[dict[str, Any]], language: str, library: Library) -> str:
    """The id of the button that a turn presses, among those of the last answer."""
    choices = [c for m in said for c in m.get("choices", [])]
    if "choose" in turn:
        ask = [m for m in said if m["kind"] == "ask"][-1]
        with speaking(language):
            label = value_label(ask["fact"], str(turn["choose"]), language, library, today())
    elif turn["press"].startswith("guide "):
        label = library.guides[turn["press"].split()[1]].title[language]
    else:
        with speaking(language):
            label = gettext(SAYS[turn["press"]])
    found = [c["id"] for c in choices if c["label"] == label]
    assert found, f"no button {label!r} among {[c['label'] for c in choices]}"
    return str(found[-1])


def lacking(expect: str, said: list[dict[str, Any]], language: str, library: Library) -> list[str]:
    """What was expected and did not come."""
    text = "\n".join(m["text"] for m in said)
    asked = [m.get("fact") for m in said if m["kind"] == "ask"]
    links = [m["links"][0]["url"] for m in said if m.get("links")]
    facts = {k: v[0] for url in links for k, v in parse_qs(urlsplit(url).query).items()}
    missing = []
    with speaking(language):
        for word in expect.split():
            key, _, value = word.partition("=")
            assert key != "office" or value in library.kinds, word
            assert key != "no" or value in KINDS, word
            holds = {
                "ask": asked[-1:] == [value],
                "no": value not in [m["kind"] for m in said],
                "topic": value in [m.get("topic") for m in said if m["kind"] == "answer"],
                "result": [m.get("guide") for m in said if m["kind"] == "steps"] == [value],
                "office": gone(value, library)
                or any(
                    m["kind"] == "contact" and m["text"].split("• ")[1].startswith(kind(value, language, library))
                    for m in said
                ),
                "note": value in NOTES and gettext(NOTES[value]) in text,
                "says": value in SAYS and gettext(SAYS[value]).partition("%(")[0] in text,
                "clash": key == "clash" and getattr(library.clashes[int(value)], language) in text,
                "term": value in library.glossary
                and any(m["text"].startswith(library.glossary[value].term) for m in said),
                "handover": any(m["kind"] == "handover" for m in said),
            }.get(key, facts.get(key) == value)
            if not holds:
                missing.append(word)
    return missing


def kind(value: str, language: str, library: Library) -> str:
    return str(library.kinds[value]["name"][language]) if value in library.kinds else "?"


def gone(value: str, library: Library) -> bool:
    """Has an office no contact point any more? The legal basis of the ZSBA, for one, has an end."""
    return all(not library.contacts(value, state, today()) for state in ("", *library.organisations))
