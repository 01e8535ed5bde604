"""Decision table of the fast-track check and plan (AufenthG § 81a): each row names its law or source."""

from __future__ import annotations

import datetime as dt
import random
import re

import pytest

from portal.guides import fast_track, plan
from portal.guides.result import Result
from tests.guides.table import DAY, case, keys, laws, library

ABROAD = "purpose=work residence=abroad"
OFFER = f"{ABROAD} job_offer=yes"
DELIC = f"{OFFER} country=BA qualification=training recognition=none occupation=mechatronics_technician experience=long"
INDIA = f"{OFFER} country=IN"
NURSE = f"{OFFER} country=PH qualification=training occupation=nurse"
ENGLISH = f"{INDIA} qualification=degree recognition=none occupation=software_developer"
NONE = f"{ABROAD} qualification=none"
REFUSED = f"{OFFER} country=TN qualification=training recognition=refused"
FULL = f"{OFFER} country=TR qualification=training recognition=full occupation=cook"
PARTNER = f"{OFFER} purpose=measure country=MA recognition=none"

# facts (the later one of two counts), verdict, what must be said (-x: must not; step:x and cost:x too), law
ROWS = [
    ("country=FR", "no_eu", "", "FreizügG/EU § 2"),
    ("country=CH purpose=work", "no_eu", "", "FreizügG/EU § 2"),
    ("country=NO residence=germany", "no_eu", "", "FreizügG/EU § 2"),
    ("country=eu", "no_eu", "-cost:fast_track", "FreizügG/EU § 2"),
    ("purpose=search", "no_search", "why_mission", "AufenthG § 20a"),
    (f"{INDIA} purpose=search", "no_search", "", "AufenthG § 81a Abs. 1"),
    ("purpose=study", "no_study", "why_mission", "AufenthG § 16f"),
    (f"{INDIA} purpose=study qualification=degree", "no_study", "", "AufenthG § 16b"),
    ("residence=germany", "no_germany", "why_immigration_local germany_office", "AufenthG § 71 Abs. 1"),
    (f"{DELIC} residence=germany", "no_germany", "-step:agreement", "AufenthG § 81a Abs. 1"),
    (DELIC, "open", "title_vocational body files step:recognition -step:licence -step:measure", "AufenthG § 18a"),
    (DELIC, "open", "estimate partnership_balkans_else experience_else", "S003"),
    (DELIC, "open", "partnership_balkans_else", "BeschV § 26 Abs. 2"),
    (DELIC, "open", "ordinary_recognition cost:fosa", "BQFG § 6"),
    (f"{DELIC} role=worker", "open", "files_worker -files_employer why_zsba", "AufenthG § 81a Abs. 2"),
    (f"{DELIC} role=employer", "open", "files_employer -files_worker -why_zsba", "AufenthG § 81a Abs. 2"),
    (f"{DELIC} experience=less", "open", "-experience_else", "AufenthG § 18a"),
    (f"{DELIC} country=RS", "open", "partnership_balkans_else", "BeschV § 26 Abs. 2"),
    (f"{DELIC} country=IN", "open", "partnership_else -balkans_else -partnership_balkans_else", "AufenthG § 16d Abs. 3"),
    (f"{DELIC} job_offer=no", "missing", "job_offer_missing title_vocational", "AufenthG § 18 Abs. 2 Nr. 1"),
    (f"{DELIC} occupation=other", "open", "occupation_open -body cost:body", "AufenthG § 18a"),
    (f"{DELIC} country=US", "open_visa_free", "visa_free", "AufenthV § 41"),
    (f"{DELIC} country=visa_free", "open_visa_free", "visa_free", "AufenthV § 41"),
    (f"{DELIC} country=GB job_offer=no", "missing", "visa_free", "AufenthV § 41"),
    (f"{DELIC} occupation=baker", "open", "cost:chamber body", "BQFG § 8"),
    (f"{DELIC} start=2026-12-01", "open", "total", "AufenthV § 31a"),
    (DELIC, "open", "-total", "AufenthV § 47 Abs. 1 Nr. 15"),
    (FULL, "open", "title_vocational -step:recognition -step:result -step:measure -step:licence", "AufenthG § 18a"),
    (FULL, "open", "-ordinary_recognition estimate_short -cost:fosa ordinary_approval", "BeschV § 36 Abs. 2"),
    (FULL, "open", "ordinary_mission fee", "AufenthV § 31a"),
    (f"{FULL} job_offer=no", "missing", "job_offer_missing", "AufenthG § 81a Abs. 5"),
    (f"{FULL} occupation=nurse", "open", "licence step:licence -step:recognition no_period", "AufenthG § 18 Abs. 2 Nr. 3"),
    (f"{FULL} purpose=measure", "open", "title_vocational", "AufenthG § 18a"),
    (f"{FULL} recognition=partial", "open", "title_measure step:measure -step:recognition", "AufenthG § 16d Abs. 1"),
    (f"{FULL} recognition=partial purpose=measure", "open", "title_measure", "AufenthG § 16d"),
    (f"{FULL} recognition=partial occupation=nurse", "open", "licence_after -step:licence", "AufenthG § 16d Abs. 1"),
    (f"{NURSE} recognition=none", "open", "ordinary_nursing -ordinary_recognition cost:state_body", "PflAPrV § 43 Abs. 3"),
    (f"{NURSE} recognition=none", "open", "licence step:licence -experience_else", "AufenthG § 81a Abs. 3 Nr. 2"),
    (f"{NURSE} recognition=none", "open", "-reserved -occupation_unverified", "AufenthG § 18a"),
    (f"{NURSE} recognition=none country=NP", "open", "reserved", "BeschV § 38"),
    (f"{NURSE} recognition=none country=AL", "open", "-balkans_else -partnership_balkans_else", "AufenthG § 18a"),
    (f"{NURSE} recognition=none occupation=educator", "open", "ordinary_other licence", "BQFG § 14a"),
    (f"{NURSE} recognition=refused", "no_regulated", "refused_advice", "AufenthG § 18 Abs. 2 Nr. 3"),
    (f"{NURSE} recognition=refused experience=long", "no_regulated", "-title_experience", "BeschV § 6"),
    (ENGLISH + " salary=below", "open", "title_academic evaluation -body -blue_card cost:body", "AufenthG § 18b"),
    (ENGLISH + " salary=blue_card", "open", "blue_card -step:approval -ordinary_approval", "AufenthG § 18g"),
    (ENGLISH + " salary=age45", "open", "blue_card", "AufenthG § 18g"),
    (ENGLISH + " salary=shortage", "open", "blue_card_shortage step:approval", "AufenthG § 18g Abs. 1"),
    (ENGLISH + " salary=unknown", "open", "-blue_card ordinary_evaluation", "ZAB Brandenburg, Fragen und Antworten"),
    (f"{ENGLISH} recognition=full salary=below", "open", "-evaluation -step:recognition", "AufenthG § 18b"),
    (f"{ENGLISH} recognition=partial salary=below", "open", "evaluation_partial step:recognition", "AufenthG § 18b"),
    (f"{ENGLISH} purpose=measure salary=below", "open", "title_academic -title_partnership", "AufenthG § 18b"),
    (f"{ENGLISH} occupation=university_lecturer salary=below", "open", "highly_qualified", "AufenthG § 18c Abs. 3"),
    (f"{ENGLISH} occupation=bank_clerk salary=shortage", "open", "blue_card_graduate", "AufenthG § 18g Abs. 1"),
    (f"{ENGLISH} occupation=physician salary=blue_card", "open", "licence body ordinary_other", "AufenthG § 18 Abs. 2 Nr. 3"),
    (f"{ENGLISH} occupation=physician country=BD salary=below", "open", "reserved", "BeschV § 38"),
    (f"{ENGLISH} occupation=physician recognition=refused", "no_regulated", "", "AufenthG § 18 Abs. 2 Nr. 3"),
    (f"{PARTNER} qualification=training occupation=cook", "open", "title_partnership confirmation cost:dab", "BeschV § 2a"),
    (f"{PARTNER} qualification=training occupation=cook", "open", "ordinary_confirmation", "AufenthG § 81a Abs. 3 Nr. 2a"),
    (f"{PARTNER} qualification=training occupation=nurse", "open", "licence_partnership -licence_after -step:licence", "BeschV § 2a"),
    (f"{PARTNER} qualification=degree occupation=physician", "open", "title_partnership cost:body", "AufenthG § 16d Abs. 3"),
    (f"{PARTNER} qualification=none occupation=cook", "no_unqualified", "training_else", "AufenthG § 16a"),
    (f"{OFFER} purpose=training country=VN", "open", "title_training training_german -step:recognition", "AufenthG § 16a"),
    (f"{OFFER} purpose=training country=VN job_offer=no", "missing", "job_offer_missing", "AufenthG § 16a"),
    (f"{OFFER} purpose=training country=KR", "open_visa_free", "visa_free", "AufenthV § 41"),
    (f"{REFUSED} occupation=cook experience=less", "no_refused", "refused_advice occupation_unverified", "BQFG § 7 Abs. 3"),
    (f"{REFUSED} occupation=cook experience=less country=RS", "no_balkans", "balkans_way", "BeschV § 26 Abs. 2"),
    (f"{REFUSED} occupation=cook experience=short salary=experience", "open", "title_experience cost:dab", "AufenthG § 19c Abs. 2"),
    (f"{REFUSED} occupation=cook experience=long salary=unknown", "open", "salary_open", "BeschV § 6"),
    (f"{REFUSED} occupation=cook experience=long salary=below", "unsure_salary", "salary_collective", "BeschV § 6"),
    (f"{REFUSED} occupation=cook experience=short salary=below country=XK", "unsure_salary", "balkans_else", "BeschV § 26 Abs. 2"),
    (f"{REFUSED} occupation=other experience=long", "unsure_occupation", "experience_else", "AufenthG § 19c Abs. 2"),
    (f"{REFUSED} occupation=truck_driver", "unsure_driver", "", "BeschV § 24a"),
    # nursing assistants: a rule of their own, never § 18a
    (f"{FULL} occupation=nursing_assistant", "unsure_care", "occupation_unverified why_authority_open -title_vocational", "BeschV § 22a"),
    (f"{NURSE} recognition=none occupation=nursing_assistant", "unsure_care", "-step:agreement -reserved", "BeschV § 22a"),
    (f"{NURSE} recognition=none occupation=nursing_assistant country=NP", "unsure_care", "reserved", "BeschV § 38"),
    (f"{NURSE} recognition=refused occupation=nursing_assistant", "unsure_care", "refused_advice", "BeschV § 22a"),
    (f"{NONE} country=AL occupation=nursing_assistant", "unsure_care", "-balkans_else -balkans_way", "BeschV § 22a"),
    (f"{OFFER} purpose=training country=VN occupation=nursing_assistant", "open", "title_training", "AufenthG § 16a"),
    # reserved to the Federal Employment Agency: its employer service first; in care the recognition partnership too
    *((f"{NURSE} recognition=none country=NG occupation={occupation} {more}", verdict, f"reserved why_ag_s_reserved licence partnership_care -partnership_else {there}", law)
      for law in ("BeschV § 38", "AufenthG § 16d Abs. 3")
      for occupation, more, verdict, there in (
          ("nurse", "", "open", "body"), ("nurse", "role=employer state=SL", "open", "office_unverified"),
          ("nurse", "job_offer=no state=SL", "missing", "job_offer_missing office_unverified"),
          ("geriatric_nurse", "role=worker", "open", ""), ("specialist_nurse", "role=employer", "open", "occupation_unverified"),
      )),
    (f"{NURSE} recognition=partial country=NG", "open", "reserved why_ag_s_reserved licence_after partnership_care", "BeschV § 2a"),
    (f"{NURSE} recognition=full country=NG", "open", "reserved why_ag_s_reserved -partnership_care", "BeschV § 38"),
    (f"{NURSE} recognition=none", "open", "partnership_care -why_ag_s_reserved -partnership_else", "AufenthG § 16d Abs. 3"),
    (f"{PARTNER} qualification=training occupation=nurse country=NG", "open", "title_partnership why_ag_s_reserved -partnership_care", "BeschV § 38"),
    (f"{ENGLISH} occupation=physician country=BD salary=below", "open", "why_ag_s_reserved partnership_else -partnership_care", "BeschV § 38"),
    (f"{NURSE} recognition=none occupation=nursing_assistant country=NG", "unsure_care", "reserved why_ag_s_reserved partnership_care", "BeschV § 38"),
    (f"{NONE} country=AL occupation=nursing_assistant", "unsure_care", "-partnership_care", "BeschV § 22a"),
    (f"{NURSE} recognition=refused occupation=nursing_assistant", "unsure_care", "-partnership_care", "BeschV § 22a"),
    (f"{DELIC} country=NG", "open", "partnership_else -why_ag_s_reserved -reserved", "AufenthG § 16d Abs. 3"),
    # from 45 on (AufenthG § 18 Abs. 2 Nr. 5)
    (FULL, "open", "title_vocational", "AufenthG § 18 Abs. 2 Nr. 5"),
    (f"{ENGLISH} recognition=full salary=below", "open", "title_academic", "AufenthG § 18 Abs. 2 Nr. 5"),
    (f"{REFUSED} occupation=cook experience=short salary=experience", "open", "title_experience", "BeschV § 1 Abs. 2"),
    # a day for the visa only where each step before it has a period
    (f"{FULL} start=2026-12-01", "open", "total", "AufenthV § 31a"),
    (f"{FULL} start=2026-12-01 job_offer=no", "missing", "-total", "AufenthG § 81a Abs. 1"),
    (f"{FULL} start=2026-12-01 occupation=nurse", "open", "no_period -total", "AufenthG § 81a Abs. 3"),
    (f"{FULL} start=2026-12-01 recognition=partial", "open", "no_period -total", "AufenthG § 81a Abs. 3"),
    # what is not verified
    *((f"{DELIC} state={state} start=2026-11-21 role=employer", "open", "office_unverified occupation_unverified", "AufenthG § 18a")
      for state in ("SL", "MV", "HH", "TH")),
    *((f"{DELIC} state={state}", "open", "-office_unverified occupation_unverified", "AufenthG § 18a") for state in ("BY", "NW", "HE", "open")),
    (f"{REFUSED} occupation=truck_driver state=SL", "unsure_driver", "office_unverified", "BeschV § 24a"),
    (f"{NONE} country=IN occupation=cook", "no_unqualified", "training_else -visa_free_any_job", "AufenthG § 81a Abs. 5"),
    (f"{NONE} country=AU occupation=cook", "no_unqualified", "visa_free_any_job", "BeschV § 26 Abs. 1"),
    (f"{NONE} country=RS occupation=warehouse_logistics_specialist", "no_balkans", "balkans_employer", "BeschV § 36 Abs. 3"),
    (f"{NONE} country=western_balkans occupation=other", "no_balkans", "occupation_open", "BeschV § 26 Abs. 2"),
    (f"{NONE} country=MK occupation=nurse", "no_regulated", "-balkans_way", "AufenthG § 18 Abs. 2 Nr. 3"),
    (f"{NONE} country=IN occupation=other", "unsure_occupation", "experience_it", "BeschV § 6"),
    (f"{NONE} country=IN occupation=truck_driver", "unsure_driver", "", "AufenthG § 81a Abs. 5"),
    (f"{NONE} country=IN occupation=software_developer experience=less", "no_unqualified", "experience_it", "BeschV § 6"),
    (
        f"{NONE} country=IN occupation=software_developer experience=short salary=experience job_offer=yes", "open",
        "title_experience -blue_card_it -step:recognition", "AufenthG § 19c Abs. 2",
    ),
    (
        f"{NONE} country=IN occupation=software_developer experience=long salary=shortage job_offer=yes", "open",
        "blue_card_it", "AufenthG § 18g Abs. 2",
    ),
    (
        f"{NONE} country=IN occupation=system_integration_specialist experience=long salary=shortage job_offer=yes", "open",
        "-blue_card_it title_experience", "AufenthG § 19c Abs. 2",
    ),
    (f"{FULL} state=NW", "open", "why_central -why_local", "AufenthG § 71 Abs. 1"),
    (f"{FULL} state=BY", "open", "why_central why_local_too", "AufenthV § 31 Abs. 4"),
    (f"{FULL} state=HE", "open", "why_local -why_central", "AufenthV § 31 Abs. 4"),
    (f"{FULL} state=SN", "open", "why_local -why_central", "AufenthV § 31 Abs. 4"),
    (f"{FULL} state=ST", "open", "why_local -why_central", "AufenthV § 31 Abs. 4"),
    (f"{FULL} state=TH", "open", "why_local -why_central", "AufenthV § 31 Abs. 4"),
    (f"{FULL} state=open", "open", "why_authority_open state_open", "AufenthV § 31 Abs. 4"),
    (f"{FULL} occupation=truck_driver", "open", "driver_else", "BeschV § 24a"),
    ("purpose=work", "incomplete", "", "AufenthG § 81a"),
]  # fmt: skip


def said(found: Result) -> set[str]:
    return {*keys(found), *(f"step:{s.step}" for s in found.stages), *(f"cost:{c}" for c in found.costs)}


def sound(found: Result) -> None:
    """Every key has both languages, every id exists, what is shown stays short."""
    lib = library()
    sentences = {**lib.guides["shared"].says, **lib.guides["fast_track"].says}
    for key in keys(found):
        assert sentences[key].de and sentences[key].en
    points = [found.verdict, *found.points, *found.compare, *(c.why for c in found.contacts)]
    for point in points:
        for language in (sentences[point.key].de, sentences[point.key].en):
            assert set(re.findall(r"\[(\w+)\]", language)) == set(point.names), point
    steps = {s.id for s in lib.procedures["fast_track"].steps}
    organisations = {o.id: o for place in lib.organisations.values() for o in place}
    assert len(found.points) <= 6 and len({p.key for p in found.points}) == len(found.points)
    assert {s.step for s in found.stages} <= steps
    assert all(d in lib.procedures[p].documents for p, d in found.documents)
    assert set(found.costs) <= set(lib.guides["shared"].costs) and set(found.topics) <= set(lib.topics)
    assert found.contacts[-1].kind == "hotline"
    for contact in found.contacts:
        assert contact.kind in lib.kinds and contact.organisations
        for id_ in contact.organisations:
            assert (organisations[id_].valid_until or DAY) >= DAY >= (organisations[id_].valid_from or DAY)


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 60


@pytest.mark.parametrize(("facts", "verdict", "expected", "law"), ROWS)
def test_table(facts: str, verdict: str, expected: str, law: str) -> None:
    found = fast_track.result(case(facts))
    assert found.verdict.key == verdict
    for key in expected.split():
        assert (key not in said(found)) if key.startswith("-") else (key in said(found)), (key, said(found))
        if key.startswith("-") and ":" not in key:  # a name that is misspelt would never fail
            assert any(key[1:] in library().guides[g].says for g in ("fast_track", "shared")), key
    assert law in laws(found)
    sound(found)


def test_the_example_of_the_brochure() -> None:
    """S003: Mr Delić, mechatronics technician from Bosnia and Herzegovina."""
    found = fast_track.result(case(f"{DELIC} role=employer state=BY start=2026-12-01"))
    assert found.verdict.key == "open" and "AufenthG § 18a" in laws(found)
    assert next(p for p in found.points if p.key == "body").names == {"body": "ihk_fosa"}
    assert library().other["bodies.yml"]["ihk_fosa"]["de"] == "IHK FOSA"
    assert [s.step for s in found.stages] == [
        "preparation", "power_of_attorney", "papers", "agreement", "recognition", "result", "approval", "preapproval",
        "appointment", "visa", "entry", "residence_permit",
    ]  # fmt: skip
    start, figures = dt.date(2026, 12, 1), library().figures
    days = {s.step: (s.earliest, s.latest) for s in found.stages}
    prepared = plan.add_months(start, int(figures["preparation_phase"].on(DAY)))  # type: ignore[arg-type]
    assert prepared == dt.date(2027, 2, 1)
    assert days == {
        "preparation": (prepared, prepared), "power_of_attorney": (prepared, prepared), "papers": (prepared, prepared),
        "agreement": (prepared, prepared),
        "recognition": (prepared, dt.date(2027, 4, 1)),  # two months
        "result": (prepared, dt.date(2027, 4, 6)),  # Thursday and three working days
        "approval": (prepared, dt.date(2027, 4, 13)), "preapproval": (prepared, dt.date(2027, 4, 13)),
        "appointment": (prepared, dt.date(2027, 5, 4)), "visa": (prepared, dt.date(2027, 5, 25)),
        "entry": (prepared, None), "residence_permit": (None, None),
    }  # fmt: skip
    total = plan.add_months(prepared, int(figures["fast_track_total"].on(DAY)))  # type: ignore[arg-type]
    assert days["visa"][1] <= total  # "at most four months" (S003)
    assert next(p for p in found.compare if p.key == "total").names == {"date": dt.date(2027, 5, 25)}
    assert {"estimate", "fee"} <= {p.key for p in found.compare}
    assert [c.kind for c in found.contacts][:1] == ["immigration_central"]
    assert found.contacts[0].organisations == ("zsef_by",) and found.contacts[1].organisations == ("abh_by",)


@pytest.mark.parametrize(
    ("facts", "dated"),
    [
        (f"{NURSE} recognition=none", "preparation power_of_attorney papers agreement recognition"),
        (f"{FULL} occupation=nurse", "preparation power_of_attorney papers agreement"),
        (f"{FULL} recognition=partial", "preparation power_of_attorney papers agreement"),
    ],
)
def test_no_days_after_a_step_that_has_no_period(facts: str, dated: str) -> None:
    """AufenthG § 81a Abs. 3: nobody can say how long a licence or finding a measure takes."""
    stages = fast_track.result(case(f"{facts} start=2026-12-01")).stages
    assert [s.step for s in stages if s.earliest or s.latest] == dated.split()
    assert {"visa", "entry"} <= {s.step for s in stages}


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [("role=worker", ["zsba", "iq_network"]), ("role=employer", ["iq_network"]), ("", ["iq_network", "zsba"])],
)
def test_a_worker_abroad_asks_the_zsba_first(facts: str, kinds: list[str]) -> None:
    """S004: IQ advises companies and people in Germany, the ZSBA people abroad."""
    found = fast_track.result(case(f"{DELIC} {facts}"))
    assert [c.kind for c in found.contacts if c.kind in ("iq_network", "zsba")] == kinds


@pytest.mark.parametrize("facts", ["recognition=none", "recognition=none role=employer state=SL", "recognition=none occupation=nursing_assistant",
                                   "recognition=full job_offer=no state=NW", "recognition=partial role=worker"])  # fmt: skip
def test_where_recruiting_is_reserved_the_ag_s_comes_first(facts: str) -> None:
    """BeschV § 38: only the Federal Employment Agency may recruit and place."""
    first = fast_track.result(case(f"{NURSE} country=NG {facts}")).contacts[0]
    assert first.kind == "ag_s" and first.why.key == "why_ag_s_reserved" and first.why.names == {"country": "NG"}
    assert fast_track.result(case(f"{NURSE} country=PH {facts}")).contacts[0].kind != "ag_s"


def test_what_is_not_verified_is_never_cut() -> None:
    dice = random.Random(18)
    for _ in range(3000):
        this = case({f: dice.choice([*v, "SL"] if f == "state" else v) for f, v in VALUES.items()})
        found = fast_track.result(this)
        if not found.stages or "title_training" in keys(found):
            continue
        assert this.occupation is None or this.occupation.verified or "occupation_unverified" in keys(found), this.facts
        assert this.occupation or "occupation_open" in keys(found), this.facts
        assert this.state != "SL" or "office_unverified" in keys(found), this.facts
        assert not this.regulated or any(k.startswith("licence") for k in keys(found)), this.facts


@pytest.mark.parametrize("start", [dt.date(2027, 1, 1) + dt.timedelta(days=n) for n in range(0, 730, 5)])
def test_days_are_in_order(start: dt.date) -> None:
    for facts in (DELIC, FULL, f"{NURSE} recognition=none", f"{OFFER} purpose=training country=VN"):
        stages = fast_track.result(case(f"{facts} start={start}")).stages
        assert all(s.earliest <= s.latest for s in stages if s.earliest and s.latest)
        latest = [s.latest for s in stages if s.latest]
        assert latest == sorted(latest) and latest[0] > start


@pytest.mark.parametrize(
    ("day", "value", "unit", "expected"),
    [
        ("2027-01-31", 1, "months", "2027-02-28"),
        ("2028-01-31", 1, "months", "2028-02-29"),
        ("2028-02-29", 1, "years", "2029-02-28"),
        ("2028-02-29", 2, "months", "2028-04-29"),
        ("2026-11-30", 3, "months", "2027-02-28"),
        ("2026-12-15", 1, "months", "2027-01-15"),
        ("2026-12-31", 1, "days", "2027-01-01"),
        ("2028-02-22", 1, "weeks", "2028-02-29"),
        ("2026-11-20", 1, "working_days", "2026-11-23"),  # Friday
        ("2026-11-21", 1, "working_days", "2026-11-23"),  # Saturday
        ("2026-11-22", 3, "working_days", "2026-11-25"),  # Sunday
        ("2026-11-18", 3, "working_days", "2026-11-23"),  # Wednesday
        ("2026-11-18", 0, "working_days", "2026-11-18"),
    ],
)
def test_add(day: str, value: int, unit: str, expected: str) -> None:
    assert plan.add(dt.date.fromisoformat(day), value, unit) == dt.date.fromisoformat(expected)


def test_add_refuses_what_is_no_period() -> None:
    with pytest.raises(ValueError, match="EUR"):
        plan.add(DAY, 1, "EUR")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), ("soon", None),
     ("2026-12-01", dt.date(2026, 12, 1)), ("9999-12-31", None), ("", None), ("2027-02-30", None)],
)  # fmt: skip
def test_start_day(value: str | None, expected: dt.date | None) -> None:
    assert plan.start_day(value) == expected


VALUES = {
    "country": ["FR", "BA", "US", "IN", "NP", "other", "eu"],
    "purpose": ["work", "training", "measure", "search", "study"],
    "residence": ["abroad", "abroad", "germany"], "qualification": ["training", "degree", "none"],
    "recognition": ["full", "partial", "none", "refused"],
    "occupation": ["nurse", "mechatronics_technician", "software_developer", "physician", "truck_driver", "other", "engineer",
                   "university_lecturer", "joiner", "nursing_assistant"],
    "experience": ["long", "short", "less"], "salary": ["age45", "blue_card", "shortage", "experience", "below", "unknown"],
    "job_offer": ["yes", "no"], "role": ["worker", "employer"], "state": ["BY", "HE", "NW", "HB", "open"],
    "start": ["2026-12-01", "today", "2028-02-29"],
}  # fmt: skip


def test_asks_to_the_end_and_only_what_is_unknown() -> None:
    """Random dialogues: each ends, asks each fact once, and then has a verdict."""
    assert set(VALUES) == set(fast_track.FACTS)
    dice, verdicts = random.Random(81), set()
    for _ in range(4000):
        facts: dict[str, str] = {}
        while fact := fast_track.ask(case(facts)):
            assert fact in fast_track.FACTS and fact not in facts
            facts[fact] = dice.choice(VALUES[fact])
        found = fast_track.result(case(facts))
        verdicts.add(found.verdict.key)
        assert found.verdict.key != "incomplete"
        sound(found)
    assert verdicts == {row[1] for row in ROWS} - {"incomplete"}


def test_result_never_raises() -> None:
    """Any part of the facts, also odd ones."""
    dice = random.Random(19)
    for _ in range(4000):
        facts = {f: dice.choice([*v, "odd"]) for f, v in VALUES.items() if dice.random() < 0.6}
        known = case({})
        odd = type(known)(facts, known.library, known.day)
        sound(fast_track.result(odd))
        assert fast_track.ask(odd) not in facts
    sound(fast_track.result(case({})))


def test_every_sentence_can_come_out() -> None:
    """No sentence of the guide stands there for nothing."""
    found: set[str] = set()
    dice = random.Random(3)
    for row in ROWS:
        found |= set(keys(fast_track.result(case(row[0]))))
    for _ in range(4000):
        facts = {f: dice.choice(v) for f, v in VALUES.items() if dice.random() < 0.9}
        found |= set(keys(fast_track.result(case(facts))))
    assert set(library().guides["fast_track"].says) <= found


def test_start_is_asked_last_and_only_where_a_plan_helps() -> None:
    assert fast_track.ask(case(DELIC)) == "role"
    assert fast_track.ask(case(f"{DELIC} role=worker state=open")) == "start"
    assert fast_track.ask(case(f"{DELIC} role=worker state=open start=2026-11-21")) is None
    assert fast_track.ask(case("country=FR")) is None
    assert fast_track.ask(case(f"{REFUSED} occupation=cook experience=long salary=below")) == "state"


def test_the_languages_name_the_same_figures_and_no_others() -> None:
    from knowledge.check import figures_in

    for key, sentence in library().guides["fast_track"].says.items():
        german, english = (set(re.findall(r"\{(\w+)", t)) for t in (sentence.de, sentence.en))
        assert german == english, key
        assert not figures_in(sentence.de) and not figures_in(sentence.en), key
