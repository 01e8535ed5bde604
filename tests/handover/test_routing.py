"""Which organisation takes a chat: a table by role, topic, state and language."""

from __future__ import annotations

import pytest

from portal.accounts.models import Organisation
from portal.handover.routing import route
from portal.handover.said_role import role_said


def office(id_: str, kind: str, **fields) -> Organisation:
    return Organisation(id=id_, name=id_, kind=kind, **fields)


HOUSES = [
    office("ags-st", "ag_s", states=["ST"], roles=["employer"]), office("ags-he", "ag_s", states=["HE"], roles=["employer"]),
    office("ags-de", "ag_s", roles=["employer"]), office("ips", "ips"), office("zsba", "zsba", roles=["worker"]),
    office("iq-st", "iq_network", states=["ST"], roles=["worker"], languages=["de", "ar"]),
    office("iq-st2", "iq_network", states=["ST"], roles=["worker"], languages=["de", "en"]),
    office("wc-st", "welcome_center", states=["ST"]), office("gone", "ag_s", states=["BY"], active=False),
    office("residence", "welcome_center", states=["HE"], topics=["residence"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "state", "topic", "more", "first", "reason"),
    [
        ("employer", "ST", "placement.request", {}, "ags-st", "employer"),
        ("employer", "ST", "recognition.cost", {}, "ags-st", "employer"),
        ("employer", "HE", None, {}, "ags-he", "employer"),
        ("employer", "BY", "placement.request", {}, "ags-de", "employer"),
        ("employer", None, "placement.request", {}, "ags-de", "employer"),
        ("worker", "ST", "recognition.from_abroad", {}, "zsba", "recognition_abroad"),
        ("worker", None, "recognition.cost", {}, "zsba", "recognition_abroad"),
        ("worker", "ST", "recognition.cost", {"abroad": True}, "zsba", "recognition_abroad"),
        ("worker", "ST", "recognition.cost", {"abroad": False}, "iq-st2", "recognition"),
        ("worker", "ST", "recognition.cost", {"language": "ar"}, "iq-st", "recognition"),
        ("worker", "ST", "recognition.cost", {"language": "tr", "ready": {"iq-st2"}}, "iq-st2", "recognition"),
        ("worker", "ST", "recognition.cost", {"language": "tr", "ready": {"iq-st"}}, "iq-st", "recognition"),
        ("worker", "BY", "recognition.cost", {}, "zsba", "recognition"),
        ("worker", "ST", "integration.arrival", {}, "wc-st", "arrival"),
        ("worker", "HE", "residence.permanent", {}, "residence", "arrival"),
        ("worker", "HE", "integration.arrival", {}, "ips", "any"),
        ("worker", "ST", "placement.applicant", {}, "ips", "jobs"),
        ("worker", "ST", "visa.blue_card", {}, "ips", "jobs"),
        ("worker", "ST", None, {}, "ips", "worker"),
        (None, "ST", "placement.request", {}, "ags-st", "employer"),
        (None, None, None, {}, "ips", "other"),
        (None, None, "placement.applicant", {}, "ips", "other"),
        (None, None, "placement.request", {}, "ags-de", "employer"),
        (None, "ST", None, {}, "wc-st", "other"),
        (None, None, "integration.arrival", {}, "ips", "any"),
        ("worker", None, None, {}, "ips", "worker"),
    ],
)  # fmt: skip
def test_the_first_organisation(role, state, topic, more, first, reason):
    found = route(HOUSES, **{"role": role, "state": state, "topic": topic, "language": "en", **more})
    assert (found[0].organisation.id, found[0].reason) == (first, reason)
    assert all(r.organisation.active for r in found)
    assert all(not r.organisation.states or state is None or state in r.organisation.states for r in found)


def test_a_place_that_is_not_known_is_no_place():
    """An office of one state only where none is known and none for all of Germany; a welcome center then not at all."""
    state = {"role": None, "state": None, "topic": None, "language": "en"}
    assert [r.organisation.id for r in route([HOUSES[0], HOUSES[7]], **state)] == ["ags-st"]
    assert [r.organisation.id for r in route([HOUSES[7]], **{**state, "state": "ST"})] == ["wc-st"]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("I am an engineer in Egypt looking for a job in Germany, I want to talk to a human", "worker"),
        ("Ich suche Arbeit in Deutschland", "worker"), ("ich bin krankenschwester", None), ("I am a nurse", "worker"),
        ("We want to hire a nurse", "employer"), ("Wir suchen einen Koch aus Indien", "employer"), ("I am an employer", "employer"),
        ("can i talk to a human", None), ("Was kostet das Visum?", None),
    ],
)  # fmt: skip
def test_the_role_in_what_was_written(text, role):
    assert role_said(text) == role


def test_nobody_is_competent():
    assert route([], role="employer", state="ST", topic=None, language="de") == []
    assert route(HOUSES[1:2], role="employer", state="ST", topic=None, language="de") == []
    assert route(HOUSES[:3], role="worker", state="ST", topic=None, language="de") == []
