"""The form and the portal agree; a bot that has forgotten loses no answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest_asyncio
import yaml

from knowledge.encoder import Vectors, encoder
from portal import migrations
from portal.chat.actions import ACTIONS
from portal.chat.understanding import understand
from portal.database import Database
from portal.editing.live import Live
from tests.guides.table import library

BOT = Path(__file__).parents[2] / "bot"


def test_the_form_knows_every_fact():
    domain = yaml.safe_load((BOT / "domain" / "guides.yml").read_text())
    facts = list(library().facts)
    assert domain["forms"]["guide"]["required_slots"] == facts
    assert set(facts) <= domain["slots"].keys()
    for fact in facts:
        [asked] = domain["responses"][f"utter_ask_{fact}"]
        assert asked["custom"]["say"] == "ask_fact" and asked["custom"]["fact"] == fact


def test_every_action_of_the_domain_is_ours():
    named = set(yaml.safe_load((BOT / "domain" / "dialogue.yml").read_text())["actions"])
    assert named == ACTIONS.keys()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def live(ready, tmp_path_factory) -> Live:
    database = Database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('guides')}/x.db")
    await migrations.upgrade(database)
    settings, _ = ready
    live = Live(database, Vectors(settings.vectors_file, encoder(settings.encoder)))
    await live.start()
    yield live
    await database.close()


def call(intent: str, record: dict | None = None, slots: dict | None = None, loop: str | None = None) -> dict:
    """An action call as the bot makes it."""
    latest = {
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [],
        "metadata": {"guide": record or {}, "role": None},
    }
    return {"tracker": {"slots": slots or {}, "latest_message": latest, "active_loop": {"name": loop} if loop else {}}}


def slots(answer: dict) -> dict:
    return {e["name"]: e["value"] for e in answer["events"] if e["event"] == "slot"}


RECORD = {
    "guide": "recognition",
    "facts": {"occupation": "nurse", "country": "PH"},
    "trail": ["country"],
    "asked": "residence",
}


async def test_an_answer_typed_after_the_bot_forgot(live):
    said = understand("noch im Ausland", "de", live)
    first = ACTIONS["action_answer"](call("question", RECORD), said, live.edition)
    assert {"event": "followup", "name": "guide"} in first["events"], "the guide is taken up again"
    then = slots(ACTIONS["validate_guide"](call("question", RECORD), said, live.edition))
    assert (then["occupation"], then["country"], then["residence"]) == ("nurse", "PH", "abroad")
    assert then["requested_slot"] == "recognition" and then["trail"] == ["country", "residence"]


async def test_a_button_pressed_after_the_bot_forgot(live):
    pressed = call("answer_fact", RECORD)
    pressed["tracker"]["latest_message"]["entities"] = [
        {"entity": k, "value": v} for k, v in {"guide": "recognition", "fact": "residence", "value": "abroad"}.items()
    ]
    then = slots(ACTIONS["validate_guide"](pressed, None, live.edition))
    assert (then["occupation"], then["residence"]) == ("nurse", "abroad")
    assert json.loads(then["case"])["facts"]["country"] == "PH"


async def test_who_left_a_guide_is_not_drawn_into_it(live):
    said = understand("noch im Ausland", "de", live)
    answer = ACTIONS["action_answer"](call("question", {**RECORD, "asked": None}), said, live.edition)
    assert {"event": "followup", "name": "guide"} not in answer["events"]
