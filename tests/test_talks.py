"""Every scripted talk, in every live language, with real Rasa: at most one question at a time, and what was expected."""

from __future__ import annotations

import os

import pytest

from locales.languages import LANGUAGES
from tests.guides.table import library
from tests.talks.talks import button, lacking, talks

LIVE = [t for t, language in LANGUAGES.items() if language.live]
ONLY = os.environ.get("WEGWEISER_TALKS", "")  # a part of their names, to replay a few
TALKS = [t for t in talks() if ONLY in t["name"]]


@pytest.mark.parametrize("language", LIVE)
@pytest.mark.parametrize("talk", TALKS, ids=lambda t: t["name"])
async def test_a_talk(chat, talk, language):
    now = await chat(language, talk.get("role"))
    said: list[dict] = []
    for i, turn in enumerate(talk["turns"], 1):
        if "say" in turn:
            words = turn["say"]
            said = await now(words[language] if isinstance(words, dict) else words)
        else:
            said = await now.choose(button(turn, said, language, library()))
        told = "\n".join(f"[{m['kind']} {m.get('fact') or m.get('topic') or ''}] {m['text'][:300]}" for m in said)
        missing = lacking(turn["expect"], said, language, library())
        assert not missing, f"turn {i}: {turn.get('say') or turn}: missing {missing}\n{told}"
        assert sum(m["kind"] == "ask" for m in said) <= 1, f"turn {i}: one question at a time\n{told}"


def test_there_are_enough_talks():
    assert len(talks()) >= 60 or ONLY
    assert len({t["name"] for t in talks()}) == len(talks())
