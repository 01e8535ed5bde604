"""The visa path against its decision table: each row names its law or source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.library import PLACEHOLDER
from portal.guides import titles, visa
from portal.guides.case import Case
from tests.guides.table import DAY, case, keys, laws, library

WORK = "country=other purpose=work job_offer=yes "
VOCATIONAL = WORK + "qualification=training recognition=full occupation=mechatronics_technician "
ACADEMIC = WORK + "qualification=degree recognition=full occupation=bank_clerk "
BLUE = ACADEMIC + "age=to_35 "
IT = WORK + "occupation=software_developer qualification=none "
YOUNG_OR_OLD = WORK + "occupation=cook qualification=training recognition=none "
EXPERIENCE = YOUNG_OR_OLD + "age=to_35 "
CARD = "country=other purpose=search "
BARE = CARD + "qualification=training recognition=none german=a1 experience=less age=to_44 english=less occupation=cook stay=no spouse=no "  # fmt: skip
ASSISTANT = WORK + "occupation=nursing_assistant "
BALKANS = "country=western_balkans purpose=work job_offer=yes qualification=none occupation=cook "
ROWS = [
    # free movement
    ("country=eu", "eu fits", "FreizügG/EU § 2"),
    ("country=PL purpose=work job_offer=yes", "eu fits", "FreizügG/EU § 2"),
    ("country=CH purpose=search", "eu fits", "FreizügG/EU § 5"),
    ("country=NO purpose=training", "eu fits", "BQFG § 3 Abs. 5"),
    # § 18a
    (VOCATIONAL + "age=to_35", "skilled_vocational fits", "AufenthG § 18a"),
    (VOCATIONAL + "age=to_44", "skilled_vocational fits", "AufenthG § 18 Abs. 2 Nr. 5"),
    (VOCATIONAL + "age=from_45 salary=age45", "skilled_vocational fits", "AufenthG § 18 Abs. 2 Nr. 5"),
    (VOCATIONAL + "age=from_45 salary=blue_card", "skilled_vocational open", "AufenthG § 18 Abs. 2 Nr. 5"),
    (VOCATIONAL + "age=from_45 salary=below", "skilled_vocational open", "AufenthG § 18 Abs. 2 Nr. 5"),
    (VOCATIONAL + "salary=age45", "skilled_vocational fits", "AufenthG § 18a"),
    (VOCATIONAL, "skilled_vocational open", "AufenthG § 18a"),
    (VOCATIONAL + "job_offer=no", "skilled_vocational no", "AufenthG § 20a"),
    (WORK + "qualification=training recognition=none occupation=cook", "skilled_vocational open", "AufenthG § 18a"),
    (WORK + "qualification=training recognition=partial occupation=cook", "skilled_vocational no", "AufenthG § 16d Abs. 1"),
    (WORK + "qualification=training recognition=refused occupation=cook", "skilled_vocational no", "BeschV § 6"),
    (WORK + "qualification=degree recognition=full occupation=cook", "skilled_vocational no", "AufenthG § 18b"),
    (WORK + "qualification=training recognition=full occupation=nurse age=to_35", "skilled_vocational open", "AufenthG § 18 Abs. 2 Nr. 3"),  # the licence is more
    (WORK + "qualification=training recognition=none occupation=nurse age=to_35", "skilled_vocational open", "AufenthG § 18 Abs. 2 Nr. 3"),
    (WORK + "qualification=training recognition=refused occupation=nurse", "skilled_vocational no", "AufenthG § 18 Abs. 2 Nr. 3"),
    (WORK + "qualification=training recognition=full occupation=other age=to_27", "skilled_vocational open", "AufenthG § 39"),
    (WORK + "qualification=training recognition=full occupation=electrician_building age=to_40", "skilled_vocational fits", "AufenthG § 2 Abs. 12b"),
    # § 18b
    (ACADEMIC + "age=to_35", "skilled_academic fits", "AufenthG § 18b"),
    (ACADEMIC + "age=to_44 salary=below", "skilled_academic fits", "AufenthG § 39"),
    (ACADEMIC + "age=from_45 salary=blue_card", "skilled_academic open", "AufenthG § 18 Abs. 2 Nr. 5"),
    (ACADEMIC + "age=from_45 salary=age45", "skilled_academic fits", "AufenthG § 18 Abs. 2 Nr. 5"),
    (WORK + "qualification=degree recognition=none occupation=bank_clerk", "skilled_academic open", "AufenthG § 18b"),
    (WORK + "qualification=degree recognition=refused occupation=bank_clerk", "skilled_academic no", "AufenthG § 18b"),
    (WORK + "qualification=training recognition=full occupation=bank_clerk", "skilled_academic no", "AufenthG § 18b"),
    # § 18g
    (BLUE + "salary=blue_card", "blue_card fits", "AufenthG § 18g Abs. 1"),
    (BLUE + "salary=age45", "blue_card fits", "AufenthG § 18g"),
    (ACADEMIC + "age=from_45 salary=blue_card", "blue_card fits", "AufenthG § 18g Abs. 1"),
    (BLUE + "salary=shortage graduate=yes", "blue_card fits", "AufenthG § 39"),
    (BLUE + "salary=shortage graduate=no", "blue_card no", "AufenthG § 18g Abs. 1"),
    (BLUE + "salary=shortage", "blue_card open", "AufenthG § 18g Abs. 1"),
    (BLUE + "salary=experience graduate=yes", "blue_card no", "AufenthG § 18g Abs. 1"),
    (BLUE + "salary=below", "blue_card no", "AufenthG § 18g Abs. 1"),
    (BLUE + "salary=unknown", "blue_card open", "AufenthG § 18g Abs. 1"),
    (BLUE + "occupation=software_developer salary=shortage graduate=no", "blue_card open", "AufenthG § 39"),  # groups unverified
    (BLUE + "occupation=software_developer salary=shortage graduate=yes", "blue_card fits", "AufenthG § 39"),
    (BLUE + "occupation=natural_scientist salary=shortage graduate=no", "blue_card open", "AufenthG § 18g Abs. 1"),
    (BLUE + "occupation=nurse salary=shortage graduate=no", "blue_card open", "AufenthG § 18g Abs. 1"),  # 2221, not 3221
    (BLUE + "occupation=other salary=shortage graduate=no", "blue_card open", "AufenthG § 18g Abs. 1"),
    (BLUE + "occupation=other salary=shortage graduate=yes", "blue_card open", "AufenthG § 18 Abs. 2 Nr. 3"),
    (BLUE + "occupation=physician salary=blue_card", "blue_card open", "AufenthG § 18 Abs. 2 Nr. 3"),
    (BLUE + "occupation=physician recognition=none salary=blue_card", "blue_card open", "AufenthG § 18 Abs. 2 Nr. 3"),
    (BLUE + "recognition=none salary=blue_card", "blue_card open", "AufenthG § 18g"),
    (IT + "experience=long salary=shortage", "blue_card fits", "AufenthG § 18g Abs. 2"),
    (IT + "experience=short salary=shortage", "blue_card open", "AufenthG § 18g Abs. 2"),
    (IT + "experience=long salary=experience", "blue_card no", "AufenthG § 18g Abs. 2"),
    (WORK + "occupation=system_integration_specialist qualification=none experience=long salary=age45", "blue_card no", "AufenthG § 18g Abs. 2"),
    (WORK + "occupation=cook qualification=training recognition=full experience=long salary=age45", "blue_card no", "AufenthG § 18g Abs. 2"),
    # § 19c Abs. 2, BeschV § 6
    (EXPERIENCE + "experience=short salary=experience", "work_experience fits", "BeschV § 6"),
    (EXPERIENCE + "experience=long salary=shortage", "work_experience fits", "AufenthG § 19c Abs. 2"),
    (EXPERIENCE + "experience=less salary=age45", "work_experience no", "BeschV § 6"),
    (EXPERIENCE + "experience=short salary=below collective=yes", "work_experience fits", "BeschV § 6"),
    (EXPERIENCE + "experience=short salary=below collective=no", "work_experience no", "BeschV § 6"),
    (EXPERIENCE + "experience=short salary=below collective=unknown", "work_experience open", "BeschV § 6"),
    (EXPERIENCE + "experience=short salary=unknown collective=no", "work_experience open", "BeschV § 6"),
    (EXPERIENCE + "experience=short salary=experience age=from_45", "work_experience open", "BeschV § 1 Abs. 2"),
    (EXPERIENCE + "experience=short salary=age45 age=from_45", "work_experience fits", "BeschV § 1 Abs. 2"),
    (EXPERIENCE + "experience=short salary=experience recognition=refused", "work_experience fits", "BeschV § 6"),
    (EXPERIENCE + "experience=short salary=experience occupation=nurse", "work_experience no", "AufenthG § 19c Abs. 2"),
    (EXPERIENCE + "experience=short salary=experience occupation=other", "work_experience open", "BeschV § 6"),
    (EXPERIENCE + "experience=short salary=experience qualification=none", "work_experience no", "BeschV § 6"),
    (IT + "experience=short salary=experience age=to_27", "work_experience fits", "BeschV § 6"),
    (IT + "experience=short salary=below collective=no age=to_27", "work_experience no", "BeschV § 6"),
    (WORK + "occupation=system_integration_specialist qualification=none experience=short salary=experience age=to_27", "work_experience fits", "BeschV § 6"),
    # § 16d
    ("country=other purpose=measure qualification=training recognition=partial", "recognition_measure open", "AufenthG § 16d Abs. 1"),
    ("country=other purpose=measure qualification=training recognition=none", "recognition_measure open", "AufenthG § 16d Abs. 1"),
    ("country=other purpose=measure qualification=degree recognition=refused", "recognition_measure no", "AufenthG § 16d Abs. 1"),
    ("country=other purpose=measure qualification=training recognition=full", "recognition_measure no", "AufenthG § 18a"),
    ("country=other purpose=measure qualification=none", "recognition_measure no", "AufenthG § 16d Abs. 1"),
    ("country=other purpose=measure job_offer=yes qualification=training recognition=none", "recognition_partnership open", "AufenthG § 16d Abs. 3"),
    ("country=other purpose=measure job_offer=no qualification=training recognition=none", "recognition_partnership no", "AufenthG § 16d Abs. 3"),
    ("country=other purpose=measure job_offer=yes qualification=degree recognition=none occupation=physician", "recognition_partnership open", "AufenthG § 16d Abs. 3"),
    ("country=other purpose=measure job_offer=yes qualification=none", "recognition_partnership no", "BeschV § 2a"),
    (EXPERIENCE + "german=a2", "recognition_partnership open", "BeschV § 2a"),
    # drivers, Western Balkans
    (WORK + "occupation=truck_driver qualification=none", "drivers open", "BeschV § 24a"),
    (WORK + "occupation=bus_driver qualification=none", "drivers open", "BeschV § 24a"),
    (WORK + "occupation=bus_driver qualification=none age=from_45 salary=below", "drivers open", "BeschV § 1 Abs. 2"),
    # § 22a BeschV
    (ASSISTANT + "qualification=training recognition=full age=to_35", "care_assistant open", "AufenthG § 18 Abs. 2 Nr. 3"),
    (ASSISTANT + "qualification=none recognition=none", "care_assistant open", "BeschV § 22a"),
    (ASSISTANT + "qualification=training recognition=partial", "care_assistant open", "AufenthG § 19c Abs. 1"),
    (ASSISTANT + "qualification=training recognition=refused", "care_assistant no", "BeschV § 22a"),
    (ASSISTANT + "qualification=none job_offer=no", "care_assistant no", "BeschV § 22a"),
    (BALKANS, "western_balkans open", "BeschV § 26 Abs. 2"),
    (BALKANS + "age=from_45 salary=below", "western_balkans open", "BeschV § 1 Abs. 2"),
    (BALKANS + "country=RS occupation=nurse", "western_balkans no", "BeschV § 26 Abs. 2"),
    (BALKANS + "country=XK occupation=other", "western_balkans open", "BeschV § 36 Abs. 3"),
    (BALKANS + "occupation=nurse qualification=training recognition=full age=to_35", "western_balkans open", "BeschV § 26 Abs. 2"),
    # § 20a
    (CARD + "recognition=full", "opportunity_card open", "AufenthG § 20a"),
    ("country=other purpose=work job_offer=no qualification=degree recognition=full", "opportunity_card open", "AufenthG § 20a"),
    (CARD + "recognition=full residence=germany", "opportunity_card open", "AufenthG § 20a"),
    (CARD + "qualification=none recognition=none german=c1 experience=long age=to_35", "opportunity_card no", "AufenthG § 20a"),
    (CARD + "qualification=training recognition=none german=none english=less experience=long age=to_35", "opportunity_card no", "AufenthG § 20a"),
    (CARD + "qualification=training recognition=none german=b2 experience=long", "opportunity_card open", "AufenthG § 20b Abs. 1 Nr. 6"),
    (CARD + "qualification=training recognition=none german=none english=b2 experience=long age=to_35", "opportunity_card open", "AufenthG § 20b"),
    (CARD + "qualification=degree recognition=none german=a2 experience=long age=to_35", "opportunity_card open", "AufenthG § 20b Abs. 1 Nr. 9"),
    (CARD + "recognition=partial german=b1", "opportunity_card open", "AufenthG § 20b Abs. 1 Nr. 1"),
    (CARD + "qualification=training recognition=refused german=b2 experience=long", "opportunity_card open", "AufenthG § 20b Abs. 1 Nr. 2"),
    (BARE, "opportunity_card no", "AufenthG § 20b Abs. 1 Nr. 2"),
    # training, language course
    ("country=other purpose=training", "training open", "AufenthG § 16a"),
    ("country=other purpose=training job_offer=yes german=b1", "training fits", "BeschV § 8 Abs. 1"),
    ("country=western_balkans purpose=training job_offer=no", "training open", "AufenthG § 17 Abs. 1"),
    ("country=other purpose=study", "language_course open", "AufenthG § 16f Abs. 1"),
    ("country=visa_free purpose=study", "language_course open", "AufenthG § 16b"),
    # visa-free entry
    ("country=visa_free purpose=work job_offer=yes qualification=training recognition=full age=to_35", "skilled_vocational open", "AufenthV § 41"),
    ("country=visa_free purpose=work job_offer=yes qualification=none occupation=cook", "work_experience no", "BeschV § 26 Abs. 1"),
    ("country=GB purpose=search recognition=full", "opportunity_card open", "AufenthV § 41"),
    # fees
    (VOCATIONAL + "age=to_35 residence=abroad", "skilled_vocational fits", "AufenthV § 46 Abs. 2"),
    (VOCATIONAL + "age=to_35 residence=germany", "skilled_vocational fits", "AufenthV § 45"),
    (VOCATIONAL + "age=to_35 residence=germany", "skilled_vocational fits", "AufenthV § 39"),
]  # fmt: skip


def facts_of(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split())


def outcomes(c: Case) -> dict[str, str]:
    return {t.key: t.outcome for t in titles.check(c)}


def states(c: Case, title: str) -> dict[str, str]:
    return {k.key: k.state for t in titles.check(c) if t.key == title for k in t.conditions}


@pytest.mark.parametrize(("facts", "expected", "law"), ROWS)
def test_decision(facts: str, expected: str, law: str) -> None:
    c = case(facts_of(facts))
    title, outcome = expected.split()
    assert outcomes(c)[title] == outcome
    result = visa.result(c)
    assert law in laws(result)
    assert outcome == "no" or title in [t.key for t in result.titles]


POINTS = [  # facts beyond a case without points, points by law, feature
    ("recognition=partial", 4, "points_partial_recognition", "AufenthG § 20b Abs. 1 Nr. 1"),
    ("german=b2", 3, "points_german_b2", "AufenthG § 20b Abs. 1 Nr. 2"),
    ("german=c1", 3, "points_german_b2", "AufenthG § 20b Abs. 1 Nr. 2"),
    ("german=b1", 2, "points_german_b1", "AufenthG § 20b Abs. 1 Nr. 3"),
    ("german=a2", 1, "points_german_a2", "AufenthG § 20b Abs. 1 Nr. 4"),
    ("german=a1", 0, None, "AufenthG § 20b"),
    ("english=c1", 1, "points_english_c1", "AufenthG § 20b Abs. 1 Nr. 5"),
    ("english=b2", 0, None, "AufenthG § 20b"),
    ("experience=long", 3, "points_experience_long", "AufenthG § 20b Abs. 1 Nr. 6"),  # 6 excludes 7: not 5
    ("experience=short", 2, "points_experience_short", "AufenthG § 20b Abs. 1 Nr. 7"),
    ("occupation=physician", 1, "points_shortage", "AufenthG § 20b Abs. 1 Nr. 8"),
    ("occupation=nurse", 0, None, "AufenthG § 20b"),  # only the group of nursing professionals is listed
    ("age=to_27", 2, "points_age_young", "AufenthG § 20b Abs. 1 Nr. 9"),
    ("age=to_35", 2, "points_age_young", "AufenthG § 20b Abs. 1 Nr. 9"),
    ("age=to_40", 1, "points_age_middle", "AufenthG § 20b Abs. 1 Nr. 10"),
    ("age=from_45", 0, None, "AufenthG § 20b"),
    ("stay=yes", 1, "points_stay", "AufenthG § 20b Abs. 1 Nr. 11"),
    ("spouse=yes", 1, "points_spouse", "AufenthG § 20b Abs. 1 Nr. 12"),
    ("german=b1 experience=short", 4, "points_german_b1", "AufenthG § 20b Abs. 1 Nr. 3"),
    ("german=b2 experience=long age=to_35 english=c1 stay=yes spouse=yes occupation=physician recognition=partial", 16,
     "points_partial_recognition", "AufenthG § 20b Abs. 1 Nr. 1"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "number", "feature", "law"), POINTS)
def test_points(facts: str, number: int, feature: str | None, law: str) -> None:
    c = case(facts_of(BARE + facts))
    assert titles.points(c)[0] == number
    card = next(t for t in titles.check(c) if t.key == "opportunity_card")
    counted = [k.key for k in card.conditions if k.key.startswith("points_")]
    assert feature in counted if feature else not counted
    assert len(counted) == len({k.split("_")[1] for k in counted})  # one German level, one experience, one age
    assert law in laws(visa.result(c))


def test_what_would_add_points() -> None:
    number, adds = titles.points(case(BARE))
    assert (number, adds) == (
        0, ("points_partial_recognition", "points_german_b2", "points_english_c1", "points_experience_long"),
    )  # fmt: skip
    best = case(facts_of(BARE + "german=c1 english=c1 experience=long recognition=refused"))
    assert titles.points(best)[1] == ()
    unknown = titles.points(case(CARD + "recognition=refused"))[1]
    assert set(unknown) == {f for f, _, _ in titles.FEATURES} - {
        "points_partial_recognition", "points_german_b1", "points_german_a2", "points_experience_short", "points_age_middle"
    }  # fmt: skip


@pytest.mark.parametrize("more", ["german=b2 experience=short", "german=b1 experience=long"])
def test_the_sixth_point_tips(more: str) -> None:
    five = case(facts_of(BARE + more))
    assert outcomes(five)["opportunity_card"] == "no"
    for last in ("stay=yes", "spouse=yes", "english=c1", "age=to_40", "occupation=physician"):
        six = case(facts_of(BARE + more + " " + last))
        unverified = last == "occupation=physician"
        assert states(six, "opportunity_card")["card_points"] == ("open" if unverified else "met")
        assert ("shortage_open" in keys(visa.result(six))) == unverified


def test_nothing_is_settled_by_an_unverified_shortage_group() -> None:
    for occupation in library().occupations:
        c = case(facts_of(BLUE + f"occupation={occupation} salary=shortage graduate=no residence=germany country=US"))
        assert states(c, "blue_card")["blue_card_salary_lower"] != "met"
        if titles.shortage(c) is not False:
            assert "shortage_open" in keys(visa.result(c))
    c = case(facts_of(BLUE + "occupation=software_developer salary=shortage graduate=no"))
    assert {"shortage_open", "blue_card_lower_approval"} <= set(keys(visa.result(c)))


def test_the_card_always_needs_a_livelihood() -> None:
    for residence, here in (("residence=abroad", False), ("residence=germany", True), ("", True)):
        found = states(case(facts_of(CARD + "recognition=full " + residence)), "opportunity_card")
        assert found["livelihood"] == "open"
        assert ("card_in_germany" in found) == here


def test_qualified_employment_where_the_law_asks_for_it() -> None:
    for facts, qualified, any_job in (
        (EXPERIENCE, {"skilled_vocational", "skilled_academic", "work_experience"}, {"recognition_partnership"}),
        (BALKANS, {"work_experience"}, {"western_balkans"}),
        (WORK + "occupation=truck_driver", {"work_experience"}, {"drivers"}),
        (ASSISTANT, {"skilled_academic"}, {"care_assistant"}),
    ):
        assert all("job_offer_qualified" in states(case(facts_of(facts)), t) for t in qualified)
        assert all("job_offer" in states(case(facts_of(facts)), t) for t in any_job)


def test_recognition_is_not_the_licence() -> None:
    result = visa.result(case(facts_of(VOCATIONAL + "occupation=nurse age=to_35")))
    assert "licence_first" in keys(result)
    assert (
        visa.ask(case("country=other purpose=work job_offer=yes qualification=training recognition=full"))
        == "occupation"
    )


def test_nursing_assistants_have_their_own_title() -> None:
    c = case(facts_of(ASSISTANT + "qualification=training recognition=full age=to_35"))
    assert "skilled_vocational" not in outcomes(c)
    assert states(c, "care_assistant") == {
        "job_offer": "met",
        "care_recognised": "met",
        "licence": "open",
        "age_rule": "met",
    }
    assert "ba_approval" in keys(visa.result(c))
    assert "care_assistant" not in outcomes(case(facts_of(VOCATIONAL + "occupation=nurse")))
    assert "recognition" in visa.result(case(facts_of(ASSISTANT + "qualification=none recognition=none"))).guides


def test_the_work_during_a_partnership() -> None:
    for occupation, regulated in (("nurse", True), ("other", True), ("cook", False)):
        found = states(case(facts_of(EXPERIENCE + f"occupation={occupation}")), "recognition_partnership")
        assert found["partnership_job"] == "open"
        assert ("partnership_regulated" in found) == regulated


def test_no_recognition_of_a_degree_without_a_regulated_occupation() -> None:
    ways = {"recognition_partnership", "recognition_measure"}
    for purpose in ("work", "measure"):
        facts = f"country=other purpose={purpose} job_offer=yes qualification=degree recognition=none "
        free = case(facts + "occupation=software_developer")
        assert outcomes(free) and not ways & set(outcomes(free))
        assert ways <= set(outcomes(case(facts + "occupation=physician")))


def test_it_people_without_a_degree_see_their_threshold() -> None:
    found = states(case(facts_of(IT + "experience=long salary=experience")), "blue_card")
    assert found["blue_card_salary_lower"] == "failed" and "blue_card_salary" not in found


@pytest.mark.parametrize(
    ("year", "amount", "bracket"),
    [
        (2024, 45300, "blue_card"), (2025, 45300, "shortage"), (2026, 45300, "below"),
        (2025, 48300, "blue_card"), (2026, 48300, "shortage"), (2026, 50700, "blue_card"),
        (2026, 45934.20, "shortage"), (2026, 45934, "experience"), (2026, 45630, "experience"), (2026, 45629, "below"),
        (2024, 49830, "age45"), (2025, 49830, "blue_card"), (2026, 55770, "age45"), (2026, 55769, "blue_card"),
    ],
)  # fmt: skip
def test_thresholds_of_the_year(year: int, amount: float, bracket: str) -> None:
    lib, day = library(), dt.date(year, 11, 21)
    reached = [
        option for start, option in lib.facts["salary"].brackets
        if amount >= (lib.figures[start].on(day) if isinstance(start, str) else start)
    ]  # fmt: skip
    assert reached[-1] == bracket
    c = Case({**facts_of(BLUE), "graduate": "no", "salary": bracket}, lib, day)
    assert outcomes(c)["blue_card"] == ("fits" if bracket in ("blue_card", "age45") else "no")
    threshold = lib.fill(lib.guides["visa"].says["blue_card_salary"].en, "en", day)
    assert f"{lib.figures['blue_card_salary'].on(day):,}" in threshold


def test_the_blue_card_has_no_age_rule() -> None:
    c = case(facts_of(ACADEMIC + "age=from_45 salary=blue_card"))
    by_key = {t.key: [k.key for k in t.conditions] for t in titles.check(c)}
    assert "age_rule" not in by_key["blue_card"]
    assert "age_rule" in by_key["skilled_academic"]


def test_eu_asks_nothing_more() -> None:
    assert visa.ask(case("country=eu")) is None
    result = visa.result(case("country=eu"))
    assert [t.key for t in result.titles] == ["eu"]
    assert result.costs == ()
    assert not {"mission", "immigration_local"} & {c.kind for c in result.contacts}


def test_drivers_and_balkans_only_for_whom_they_are() -> None:
    assert "drivers" not in outcomes(case(EXPERIENCE))
    assert "drivers" not in outcomes(case(facts_of(EXPERIENCE + "occupation=train_driver")))
    assert "western_balkans" not in outcomes(case(facts_of(BALKANS + "country=TR")))


def test_visa_free_may_come_without_a_visa() -> None:
    here = visa.result(case(facts_of(VOCATIONAL + "age=to_35 country=US residence=abroad")))
    assert "visa_free" in keys(here)
    assert "visa" not in here.costs
    assert "fast_track" not in here.guides
    assert "immigration_local" in [c.kind for c in here.contacts]
    assert "visa_free" not in keys(visa.result(case(VOCATIONAL + "age=to_35")))


def test_offices_by_residence() -> None:
    abroad = visa.result(case(EXPERIENCE + "residence=abroad"))
    germany = visa.result(case(EXPERIENCE + "residence=germany"))
    unknown = visa.result(case(EXPERIENCE))
    assert abroad.contacts[0].organisations == ("mission",)
    assert "zsba" in [c.kind for c in abroad.contacts]
    assert germany.contacts[0].kind == "immigration_local"
    assert not {"mission", "zsba"} & {c.kind for c in germany.contacts}
    assert [c.kind for c in unknown.contacts][:2] == ["mission", "immigration_local"]
    assert all(r.contacts[-1].kind == "hotline" for r in (abroad, germany, unknown))
    assert "fast_track" in abroad.guides and "fast_track" not in germany.guides
    assert "visa" in abroad.costs and "visa" not in germany.costs


def test_in_germany_the_present_stay_decides() -> None:
    here = visa.result(case(EXPERIENCE + "residence=germany"))
    assert here.points[0].key == "germany_change"
    assert "germany_change" not in keys(visa.result(case(EXPERIENCE + "residence=abroad")))
    assert "germany_change" not in keys(visa.result(case("country=PL residence=germany")))


def test_the_first_title_for_the_western_balkans_comes_from_the_mission() -> None:
    here = visa.result(case(BALKANS + "residence=germany"))
    assert [c.why.key for c in here.contacts][:2] == ["contact_mission_balkans", "contact_local"]
    assert "contact_mission_balkans" not in keys(visa.result(case(facts_of(BALKANS + "country=TR residence=germany"))))
    assert "contact_mission_balkans" not in keys(visa.result(case(BALKANS + "residence=abroad")))
    assert not any("rule (Westbalkan" in said.en for said in library().guides["visa"].says.values())


def test_unknown_occupation_is_said() -> None:
    assert "occupation_open" in keys(visa.result(case(facts_of(EXPERIENCE + "occupation=other"))))


def test_doubts_about_the_occupation_are_never_cut(every_walk: list[tuple[dict[str, str], str | None]]) -> None:
    for facts, _ in every_walk[::5]:
        c = case(facts)
        unsure = facts.get("occupation") == "other" or (c.occupation is not None and not c.occupation.verified)
        if unsure and c.nationality != "eu":
            assert {"occupation_open", "occupation_unverified"} & {p.key for p in visa.result(c).points[:2]}


def test_any_job_for_visa_free_nationals_where_nothing_fits() -> None:
    free = "country=visa_free purpose=work qualification=none occupation=cook "
    found = [p.key for p in visa.result(case(free + "job_offer=yes")).points]
    assert found.index("visa_free_any_job") < found.index("nothing_fits")
    for facts in (free + "job_offer=no", BALKANS, VOCATIONAL + "country=US age=to_35", "country=US purpose=study"):
        assert "visa_free_any_job" not in keys(visa.result(case(facts_of(facts))))


def test_approval_beside_a_blue_card_without_it() -> None:
    found = [p.key for p in visa.result(case(facts_of(BLUE + "recognition=none salary=blue_card"))).points]
    start = found.index("blue_card_no_approval")
    assert found[start:] == ["blue_card_no_approval", "blue_card_job", "ba_approval_others", "proof", "application"]
    lower = keys(visa.result(case(facts_of(BLUE + "salary=shortage graduate=yes"))))
    assert "ba_approval" in lower and "ba_approval_others" not in lower


def test_the_proof_of_the_zab_where_it_is_needed() -> None:
    assert "dab" in visa.result(case(EXPERIENCE)).costs
    assert "dab" not in visa.result(case(VOCATIONAL)).costs
    degree = visa.result(case(facts_of(EXPERIENCE + "qualification=degree"))).costs
    assert "body" in degree and "dab" not in degree  # the DAB is only for vocational training


def test_nothing_fits_is_said() -> None:
    result = visa.result(case(facts_of(EXPERIENCE + "occupation=cook qualification=none")))
    assert result.verdict.key == "verdict_none"
    assert 0 < len(result.titles) <= visa.FAILED


@pytest.mark.parametrize(
    ("facts", "fact"),
    [
        ("", "country"),
        ("country=other", "purpose"),
        ("country=other purpose=work", "job_offer"),
        ("country=other purpose=training", "residence"),
        ("country=other purpose=study residence=abroad", None),
        (CARD, "recognition"),
        (CARD + "recognition=full residence=abroad", None),
        (CARD + "recognition=partial", "german"),
        (CARD + "recognition=partial german=b1 residence=abroad", None),  # six points
        (VOCATIONAL, "age"),
        (VOCATIONAL + "age=to_35", None),
        (VOCATIONAL + "age=from_45", "salary"),
        (BLUE, "salary"),
        (BLUE + "salary=blue_card", None),
        (BLUE + "salary=shortage", "graduate"),
        (BLUE + "occupation=software_developer salary=shortage", "graduate"),
        (EXPERIENCE, "experience"),
        (EXPERIENCE + "experience=less", None),
        (YOUNG_OR_OLD + "experience=short salary=below", "collective"),
        (YOUNG_OR_OLD + "experience=short salary=experience", "age"),
        (EXPERIENCE + "experience=short salary=experience", None),
    ],
)
def test_asks_what_can_still_change_the_outcome(facts: str, fact: str | None) -> None:
    assert visa.ask(case(facts_of(facts))) == fact


CLASSES = {  # occupations that differ for this guide
    "occupation": ("nurse", "physician", "software_developer", "system_integration_specialist", "cook", "truck_driver",
                   "nursing_assistant", "other"),
    "age": ("to_35", "to_40", "to_44", "from_45"),
    "salary": ("age45", "blue_card", "shortage", "experience", "below", "unknown"),
    "german": ("none", "a1", "b2"),
}  # fmt: skip


def walks(facts: dict[str, str]) -> Iterator[tuple[dict[str, str], str | None]]:
    fact = visa.ask(case(facts))
    yield facts, fact
    if fact:
        assert fact in visa.FACTS and fact not in facts, (fact, facts)
        for option in CLASSES.get(fact, tuple(library().facts[fact].options)):
            yield from walks({**facts, fact: option})


@pytest.fixture(scope="module")
def every_walk() -> list[tuple[dict[str, str], str | None]]:
    return list(walks({}))


def test_questions_end(every_walk: list[tuple[dict[str, str], str | None]]) -> None:
    ends = [facts for facts, fact in every_walk if fact is None]
    assert max(len(f) for f in ends) <= 9
    assert {fact for _, fact in every_walk if fact} == set(visa.FACTS)
    assert all("residence" not in f or len(f) <= visa.SHORT for f in ends)


def test_typical_cases_are_short() -> None:
    people = [
        "country=IN purpose=work job_offer=yes qualification=degree recognition=full occupation=software_developer age=to_35 salary=blue_card",
        "country=TN purpose=work job_offer=yes qualification=training recognition=full occupation=nurse age=to_27",
        "country=PH purpose=work job_offer=yes qualification=training recognition=partial occupation=nurse",
        "country=EG purpose=search recognition=full residence=abroad",
        "country=CO purpose=search qualification=degree recognition=none german=b2 experience=long age=to_35",
        "country=VN purpose=training residence=abroad",
        "country=RS purpose=work job_offer=yes qualification=none occupation=cook residence=abroad",
        "country=PL",
    ]  # fmt: skip
    lengths = []
    for text in people:
        answers, facts = facts_of(text), dict[str, str]()
        while (fact := visa.ask(case(facts))) and fact in answers:
            facts[fact] = answers[fact]
        assert fact is None, (text, fact)
        lengths.append(len(facts))
    assert sorted(lengths)[len(lengths) // 2] <= 6 and max(lengths) <= 8


def test_results_are_complete(every_walk: list[tuple[dict[str, str], str | None]]) -> None:
    lib = library()
    says = {**lib.guides["shared"].says, **lib.guides["visa"].says}
    ids = {o.id for offices in lib.organisations.values() for o in offices}
    seen: set[str] = set()
    for facts, _ in every_walk[::3]:
        result = visa.result(case(facts))
        seen |= set(keys(result))
        assert len(result.points) <= visa.POINTS
        assert [t.outcome for t in result.titles] == sorted(
            (t.outcome for t in result.titles), key="fits open no".split().index
        )
        assert sum(t.outcome == "no" for t in result.titles) <= visa.FAILED
        assert all(c.organisations and set(c.organisations) <= ids for c in result.contacts)
        assert result.contacts[-1].kind == "hotline"
        assert set(result.topics) <= set(lib.topics) and 2 <= len(result.topics) <= 4
        assert len(result.topics) == len(set(result.topics))
        assert set(result.costs) <= set(lib.guides["shared"].costs)
    assert seen <= set(says)
    for key in seen:
        assert says[key].de.strip() and says[key].en.strip() and says[key].de != says[key].en


def test_words() -> None:
    words = library().guides["visa"]
    assert set(words.topics) <= set(library().topics)
    for key, said in words.says.items():
        figures = [{m[1] for m in PLACEHOLDER.finditer(t)} for t in (said.de, said.en)]
        assert figures[0] == figures[1], key
        assert said.law, key


ODD = ("", "?", "DE", "unknown", "yes", "age45")


@settings(max_examples=400, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*visa.FACTS, "state", "role"]),
        st.one_of(st.sampled_from(ODD), st.sampled_from(sorted({o for f in library().facts.values() for o in f.options})),
                  st.sampled_from(["nurse", "cook", "truck_driver", "software_developer", "RS", "US", "IN", "HH"])),
        max_size=12,
    ),
    st.sampled_from([DAY, dt.date(2024, 6, 1), dt.date(2027, 2, 1), dt.date(2020, 1, 1)]),
)  # fmt: skip
def test_never_raises(facts: dict[str, str], day: dt.date) -> None:
    c = Case(facts, library(), day)
    fact = visa.ask(c)
    assert fact is None or (fact in visa.FACTS and fact not in facts)
    result = visa.result(c)
    assert result.guide == "visa"
    assert all(
        (o.valid_from or day) <= day <= (o.valid_until or day)
        for contact in result.contacts for i in contact.organisations
        for offices in library().organisations.values() for o in offices if o.id == i
    )  # fmt: skip


def test_western_balkans_full_recognition_is_not_the_licence():
    """BeschV § 26 Abs. 2, AufenthG § 18 Abs. 2 Nr. 3: a recognised nurse still has to show the licence."""
    nurse = "country=RS purpose=work residence=abroad job_offer=yes qualification=training recognition=full occupation=nurse"
    title = next(t for t in titles.check(case(nurse)) if t.key == "western_balkans")
    assert {c.key: c.state for c in title.conditions}["western_balkans_not_regulated"] == "open"
