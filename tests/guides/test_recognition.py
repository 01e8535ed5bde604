"""The recognition finder (Anerkennung): a decision table; each row names its law or source."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import Path

import pytest

from knowledge.check import figures_in
from knowledge.library import PLACEHOLDER
from portal.guides import interview
from portal.guides import recognition as guide
from portal.guides.result import Result
from tests.guides.table import case, keys, laws, library

GH, PH, AL = "country=GH residence=abroad", "country=PH residence=abroad", "country=AL residence=abroad"
IN_DE, PL = "country=GH residence=germany", "country=PL residence=abroad"
NO = "recognition=none"


def found(result: Result) -> set[str]:
    """All a row may expect: keys, offices, steps, costs, documents, topics, guides."""
    return {
        *keys(result), *(i for c in result.contacts for i in c.organisations), *(s.step for s in result.stages),
        *result.costs, *(d for _, d in result.documents), *result.topics, *result.guides,
    }  # fmt: skip


# facts, verdict, what is found (!x: not found), law
ROWS = [
    # regulated: always, third country and EU
    (f"occupation=nurse {PH} {NO} state=HH", "regulated", "zsba health_hh state_body duration_nurse language_nurse licence residence_title !iq_hh !dab", "AufenthG § 18 Abs. 2 Nr. 3"),
    (f"occupation=nurse {PH} {NO} state=HH", "regulated", "language_nurse right_to_practise intention !degree !comparability !skills_analysis", "PflBG § 2"),
    (f"occupation=nurse {PH} {NO} state=NW", "regulated", "zag_nw why_health recognition.health", "PflAPrV § 43 Abs. 3"),
    (f"occupation=nurse {PH} {NO} state=BY", "regulated", "health_by", "BQFG § 12 Abs. 6"),
    (f"occupation=physician {PH} {NO} state=BY", "regulated", "!health_by rb_health rb_finder why_state_in language_doctor", "BÄO § 3"),
    (f"occupation=physician {PH} {NO} state=BW", "regulated", "health_bw language_doctor duration_regulated", "BQFG § 13"),
    (f"occupation=nurse {PH} {NO} state=open", "regulated", "rb_health state_open !health_hh", "BQFG § 12 Abs. 6"),
    (f"occupation=nurse {PL} {NO} state=BE", "regulated", "health_be duration_nurse_eu !duration_nurse !residence_title !intention !visa", "PflAPrV § 43 Abs. 3"),
    (f"occupation=nurse {IN_DE} {NO} state=NW", "regulated", "iq_nw_west iq_nw_ost zag_nw funding !funding_measure !zsba", "Förderrichtlinie Anerkennungszuschuss"),
    (f"occupation=nurse {IN_DE} {NO} state=HH", "regulated", "stip_hh why_scholarship funding", "S004"),
    (f"occupation=nurse {PH} {NO} state=HH", "regulated", "!funding !stip_hh before_visa", "AufenthG § 16d Abs. 1"),
    (f"occupation=midwife {GH} {NO} state=SN", "regulated", "health_sn language_health duration_regulated", "BQFG § 11"),
    (f"occupation=physiotherapist country=RO residence=germany {NO} state=HE", "regulated", "iq_he health_he funding", "BQFG § 3 Abs. 5"),
    (f"occupation=specialist_nurse {GH} {NO} state=BE", "regulated", "rb_health rb_finder why_state_in occupation_unverified !health_be", "BQFG § 12 Abs. 6"),
    (f"occupation=educator {GH} {NO} state=BW", "regulated", "rb_school rb_finder language_social recognition.teacher_social", "S004"),
    (f"occupation=primary_school_teacher {GH} {NO} state=BY", "regulated", "rb_school language_teacher state_body", "BQFG § 3 Abs. 5"),
    (f"occupation=engineer {GH} {NO} state=NI", "regulated", "rb_ing language_other occupation_unverified body", "BQFG § 12 Abs. 6"),
    (f"occupation=architect {PL} {NO} state=NI", "regulated", "rb_ing", "BQFG § 3 Abs. 5"),
    (f"occupation=lawyer {GH} {NO}", "regulated", "rb_finder !rb_legal", "S004"),
    (f"occupation=tax_adviser {GH} {NO}", "regulated", "rb_finder !rb_legal", "S004"),
    (f"occupation=nurse {PH} {NO} state=HH role=employer", "regulated", "employer_pays fast fast_track", "BQFG § 14a"),
    (f"occupation=nurse {PH} {NO} state=HH job_offer=yes", "regulated", "fast fast_track !employer_pays", "AufenthG § 81a"),
    (f"occupation=nurse {PH} {NO} state=HH role=worker", "regulated", "!fast !fast_track", "BQFG § 6"),
    # an employer, or a job offer, that was heard and never asked
    (f"occupation=nurse {AL} {NO} state=HH role=employer job_offer=yes", "regulated", "employer_pays fast fast_track", "AufenthG § 81a"),
    (f"occupation=cook {AL} qualification=training {NO} state=open role=employer", "needed_visa", "employer_pays fast fast_track state_open occupation_unverified without", "BQFG § 14a"),
    (f"occupation=physician {GH} {NO} state=open role=employer", "regulated", "employer_pays fast fast_track approbation", "AufenthG § 81a"),
    (f"occupation=software_developer {GH} qualification=degree {NO} role=employer", "degree", "employer_pays fast fast_track", "AufenthG § 81a"),
    (f"occupation=nurse {PL} {NO} state=BE role=employer job_offer=yes", "regulated", "employer_pays !fast !fast_track", "BQFG § 3 Abs. 5"),
    (f"occupation=nurse {IN_DE} {NO} state=HE role=employer job_offer=yes", "regulated", "employer_pays here !fast !fast_track", "AufenthG § 71 Abs. 1"),
    # a third-country national who lives in Germany: the local authority, no mission, no entering
    *((f"occupation={occupation} {IN_DE} {qualification} recognition={status} state=HE", verdict, f"here abh_local_federal why_immigration {there} !mission !why_mission !residence_title !before_visa !adaptation !compensation !if_partial_regulated_abroad !if_partial_training", "AufenthG § 71 Abs. 1")
      for occupation, qualification, status, verdict, there in (
          ("nurse", "qualification=training", "none", "regulated", "licence if_partial_regulated_here"),
          ("nurse", "qualification=training", "partial", "partial_regulated", "closing_gaps licence measure_title"),
          ("nurse", "qualification=training", "full", "full_regulated", "licence"),
          ("nurse", "qualification=training", "refused", "refused_regulated", "refusal"),
          ("cook", "qualification=training", "none", "needed_title", "notice"),
          ("cook", "qualification=training", "partial", "partial_training", "closing_gaps follow_up"),
          ("cook", "qualification=training", "full", "full_training", "job_and_title"),
          ("software_developer", "qualification=degree", "none", "degree", "degree_evaluation comparability"),
          ("other", "qualification=training", "none", "other", "occupation_open"),
      )),
    ("occupation=cook country=AL residence=germany qualification=training recognition=none state=BE", "needed_title", "here without !western_balkans", "AufenthG § 19c Abs. 2"),
    ("occupation=cook country=AL residence=germany qualification=none", "no_qualification", "here abh_local_federal validation !western_balkans", "AufenthG § 71 Abs. 1"),
    ("occupation=truck_driver country=GH residence=germany", "driver", "driver_abroad here abh_local_federal", "AufenthG § 71 Abs. 1"),
    (f"occupation=nurse {GH} {NO} state=HE", "regulated", "if_partial_regulated_abroad residence_title !here !abh_local_federal", "AufenthG § 16d Abs. 1"),
    (f"occupation=nurse {PL} {NO} state=HE", "regulated", "if_partial_regulated !if_partial_regulated_abroad !here", "BQFG § 11"),
    ("occupation=nurse country=PL residence=germany recognition=partial state=HE", "partial_regulated", "closing_gaps !compensation !here !abh_local_federal", "BQFG § 11"),
    # Approbation, and until then the temporary licence
    *((f"occupation={occupation} {where} recognition={status} state=HE", verdict, "approbation !approbation_only", "BÄO § 10")
      for occupation in ("physician", "dentist", "pharmacist") for where in (GH, IN_DE)
      for status, verdict in (("none", "regulated"), ("partial", "partial_regulated"), ("full", "full_regulated"))),
    (f"occupation=physician {IN_DE} {NO} state=open role=employer", "regulated", "approbation language_doctor here employer_pays", "BÄO § 10"),
    (f"occupation=physician {PL} {NO} state=HE", "regulated", "approbation_only !approbation", "BÄO § 3"),
    (f"occupation=nurse {GH} {NO} state=HE", "regulated", "!approbation !approbation_only", "PflBG § 2"),
    (f"occupation=physician {GH} recognition=refused", "refused_regulated", "!approbation", "BQFG § 16"),
    # not regulated, third country
    (f"occupation=mechatronics_technician {GH} qualification=training {NO} state=SN", "needed_visa", "zsba rb_ihk_fosa fosa dab without language_free duration !rb_ihk_own", "AufenthG § 18a"),
    (f"occupation=mechatronics_technician {GH} qualification=training {NO} state=SN", "needed_visa", "without", "AufenthG § 19c Abs. 2"),
    (f"occupation=mechatronics_technician {GH} qualification=training {NO} state=SN", "needed_visa", "without", "AufenthG § 16d Abs. 3"),
    (f"occupation=mechatronics_technician {GH} qualification=training {NO} state=SN", "needed_visa", "without !western_balkans", "AufenthG § 20a"),
    (f"occupation=mechatronics_technician {GH} qualification=training {NO} state=NI", "needed_visa", "rb_ihk_fosa rb_ihk_own why_ihk_own", "BQFG § 8"),
    (f"occupation=mechatronics_technician {GH} qualification=training {NO} state=NW", "needed_visa", "rb_ihk_own", "BQFG § 8"),
    (f"occupation=mechatronics_technician {GH} qualification=training {NO} state=open", "needed_visa", "rb_ihk_own", "S003"),
    (f"occupation=cook {AL} qualification=training {NO} state=BE", "needed_visa", "western_balkans without", "BeschV § 26 Abs. 2"),
    (f"occupation=cook {IN_DE} qualification=training {NO} state=HH", "needed_title", "iq_hh rb_ihk_fosa funding stip_hh !zsba", "AufenthG § 18a"),
    (f"occupation=cook {IN_DE} qualification=training {NO} state=BE", "needed_title", "iq_be !stip_hh", "Förderrichtlinie Anerkennungszuschuss"),
    (f"occupation=baker {GH} qualification=training {NO} state=SH", "needed_visa", "rb_hwk craft chamber why_hwk_in", "HwO § 1"),
    (f"occupation=baker {IN_DE} qualification=training {NO} state=SH", "needed_title", "iq_sh rb_hwk craft", "BQFG § 8"),
    (f"occupation=welder {GH} qualification=training {NO} state=SH", "needed_visa", "rb_ihk_fosa rb_hwk", "BQFG § 8"),
    (f"occupation=medical_assistant {GH} qualification=training {NO}", "needed_visa", "rb_akwl rb_assist !rb_health", "BQFG § 8"),
    (f"occupation=dental_assistant {GH} qualification=training {NO} state=SH", "needed_visa", "rb_assist !rb_akwl", "BQFG § 8"),
    (f"occupation=legal_assistant {GH} qualification=training {NO} state=SH", "needed_visa", "rb_legal", "BQFG § 8"),
    (f"occupation=tax_clerk {GH} qualification=training {NO} state=SH", "needed_visa", "rb_legal", "BQFG § 8"),
    (f"occupation=farmer {GH} qualification=training {NO} state=SH", "needed_visa", "rb_lwk", "BQFG § 8"),
    (f"occupation=train_driver {GH} qualification=training {NO}", "needed_visa", "rb_finder licence_special", "S004"),
    (f"occupation=software_developer {GH} qualification=training {NO}", "needed_visa", "rb_finder other_reference !rb_zab", "BQFG § 4"),
    # degree, not regulated
    (f"occupation=software_developer {GH} qualification=degree {NO}", "degree", "rb_zab portal_anabin duration_zab degree_evaluation comparability recognition.degree !application !dab", "AufenthG § 18b"),
    (f"occupation=software_developer {GH} qualification=degree {NO}", "degree", "without_degree !without", "BeschV § 6"),  # AufenthG § 16d Abs. 3 is about recognition
    (f"occupation=it_system_administrator {GH} qualification=degree {NO}", "degree", "rb_zab !rb_ihk_fosa", "AufenthG § 18b"),
    (f"occupation=it_system_administrator {GH} qualification=training {NO} state=SN", "needed_visa", "rb_ihk_fosa !rb_zab", "BQFG § 8"),
    (f"occupation=natural_scientist {IN_DE} qualification=degree {NO} state=RP", "degree", "iq_rp rb_zab !funding", "S004"),
    (f"occupation=natural_scientist {GH} qualification=degree recognition=partial", "degree", "degree_partial rb_zab", "AufenthG § 18b"),
    (f"occupation=natural_scientist {GH} qualification=degree recognition=full", "full_degree", "mission residence_title comparability !rb_zab", "AufenthG § 18g"),
    (f"occupation=natural_scientist {GH} qualification=degree recognition=refused", "refused_degree", "without_degree !without zsba", "AufenthG § 19c Abs. 2"),
    # EU: never for a non-regulated occupation
    ("occupation=cook country=PL", "eu_free", "eures hotline_aul eu_voluntary visa.eu_citizens !rb_ihk_fosa !zsba !visa", "FreizügG/EU § 2"),
    ("occupation=baker country=eu", "eu_free", "craft eures", "HwO § 1"),
    ("occupation=software_developer country=CH", "eu_free", "eures !rb_zab", "BQFG § 3 Abs. 5"),
    ("occupation=train_driver country=FR", "eu_free", "licence_special", "FreizügG/EU § 2"),
    # drivers
    ("occupation=truck_driver country=GH", "driver", "driver_abroad visa !rb_ihk_fosa", "BeschV § 24a"),
    ("occupation=bus_driver country=PL", "driver", "driver_eu !driver_abroad !visa", "FreizügG/EU § 2"),
    # no qualification
    (f"occupation=cook {GH} qualification=none", "no_qualification", "training !validation !it_experience", "AufenthG § 16a"),
    (f"occupation=cook {AL} qualification=none", "no_qualification", "western_balkans", "BeschV § 26 Abs. 2"),
    (f"occupation=software_developer {GH} qualification=none", "no_qualification", "it_experience", "BeschV § 6"),
    (f"occupation=cook {IN_DE} qualification=none", "no_qualification", "validation iq_federal", "BBiG §§ 50b ff."),
    (f"occupation=nurse {AL} qualification=none", "no_qualification", "no_licence !western_balkans !validation", "AufenthG § 18 Abs. 2 Nr. 3"),
    # partial
    (f"occupation=nurse {PH} recognition=partial state=HH", "partial_regulated", "compensation nurse_choice measure_title opportunity_points health_hh", "PflBG § 40 Abs. 3"),
    (f"occupation=nurse {PL} recognition=partial state=HH", "partial_regulated", "compensation !nurse_choice !measure_title !opportunity_points", "BQFG § 11"),
    (f"occupation=educator {GH} recognition=partial state=HE", "partial_regulated", "rb_school measure_title !nurse_choice", "AufenthG § 16d Abs. 1"),
    (f"occupation=cook {GH} qualification=training recognition=partial state=HE", "partial_training", "adaptation follow_up rb_ihk_fosa opportunity_points !without", "AufenthG § 20b Abs. 1 Nr. 1"),
    (f"occupation=cook {IN_DE} qualification=training recognition=partial state=HE", "partial_training", "iq_he funding_measure !funding closing_gaps follow_up measure_title here abh_local_federal !adaptation !residence_title !mission", "AufenthG § 16d Abs. 1"),
    (f"occupation=nurse {IN_DE} recognition=partial state=HE", "partial_regulated", "iq_he funding_measure !funding", "Förderrichtlinie Anerkennungszuschuss"),
    (f"occupation=other {GH} qualification=training recognition=partial", "partial_other", "occupation_open rb_finder", "BQFG § 7"),
    # full
    (f"occupation=nurse {PH} recognition=full state=HH", "full_regulated", "licence health_hh mission residence_title visa !zsba", "BQFG § 3 Abs. 5"),
    (f"occupation=nurse {PL} recognition=full state=HH", "full_regulated", "licence eu_after !mission !residence_title", "FreizügG/EU § 2"),
    (f"occupation=cook {GH} qualification=training recognition=full", "full_training", "mission residence_title job_and_title !rb_ihk_fosa !translations", "AufenthG § 71 Abs. 2"),
    (f"occupation=cook {IN_DE} qualification=training recognition=full", "full_training", "abh_local_federal !mission", "AufenthG § 71 Abs. 1"),
    (f"occupation=other {GH} qualification=training recognition=full", "full_other", "occupation_open mission", "AufenthG § 18 Abs. 3"),
    # refused
    (f"occupation=nurse {PH} recognition=refused", "refused_regulated", "remedy refusal zsba !without !health_hh", "BQFG § 16"),
    (f"occupation=cook {GH} qualification=training recognition=refused", "refused", "remedy without refusal", "BQFG § 7 Abs. 3"),
    (f"occupation=cook {AL} qualification=training recognition=refused", "refused", "western_balkans without", "BeschV § 26 Abs. 2"),
    # not in the list
    (f"occupation=other {GH} qualification=training {NO}", "other", "occupation_open rb_finder zsba duration", "BQFG § 3 Abs. 5"),
    (f"occupation=other {PL} {NO}", "other_eu", "occupation_open rb_finder !visa", "BQFG § 3 Abs. 5"),
    (f"occupation=other {GH} qualification=degree {NO}", "degree", "occupation_open rb_zab", "AufenthG § 18b"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "verdict", "expected", "law"), ROWS)
def test_table(facts: str, verdict: str, expected: str, law: str) -> None:
    this = case(facts)
    assert guide.ask(this) is None
    result = guide.result(this)
    assert result.verdict.key == verdict
    for word in expected.split():
        assert (word.removeprefix("!") in found(result)) != word.startswith("!"), (word, sorted(found(result)))
    assert law in laws(result)


def test_order_of_offices() -> None:
    def offices(facts: str, day: dt.date = dt.date(2026, 11, 21)) -> list[str]:
        return [c.organisations[0] for c in guide.result(case(facts, day)).contacts]

    nurse = f"occupation=nurse {PH} {NO} state=HH"
    assert offices(nurse) == ["zsba", "health_hh", "hotline_aul"]
    assert offices(f"occupation=nurse {IN_DE} {NO} state=HH") == [
        "iq_hh", "health_hh", "stip_hh", "abh_local_federal", "hotline_aul",
    ]  # fmt: skip
    later = dt.date(2027, 1, 15)
    assert offices(nurse, later) == ["health_hh", "hotline_aul"]
    assert "zsba_ended" in keys(guide.result(case(nurse, later)))


QUESTIONS = [
    ("", "occupation"), ("occupation=nurse", "country"), ("occupation=nurse country=PH", "residence"),
    (f"occupation=nurse {PH}", "recognition"), (f"occupation=nurse {PH} {NO}", "state"), ("occupation=cook country=eu", None),
    (f"occupation=cook {GH}", "qualification"), (f"occupation=software_developer {GH} qualification=degree {NO}", None),
    (f"occupation=cook {GH} qualification=none", None), (f"occupation=nurse {PH} recognition=refused", None),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "question"), QUESTIONS)
def test_questions(facts: str, question: str | None) -> None:
    assert guide.ask(case(facts)) == question


VALUES = {
    "occupation": [*{(o.type, o.body): k for k, o in library().occupations.items()}.values(), "nurse", "physician", "other"],
    "country": ["eu", "western_balkans", "visa_free", "other", "PH", "PL"],
    "residence": ["abroad", "germany"],
    "qualification": ["training", "degree", "none"],
    "recognition": ["full", "partial", "none", "refused"],
    "state": ["HH", "NI", "BY", "open"],
}  # fmt: skip


def sound(result: Result, day: dt.date) -> None:
    lib = library()
    said = {**lib.guides["shared"].says, **lib.guides["recognition"].says}
    valid = {
        o.id
        for group in lib.organisations.values()
        for o in group
        if (o.valid_from or day) <= day <= (o.valid_until or day)
    }
    for point in (result.verdict, *result.points, *(c.why for c in result.contacts)):
        sentence = said[point.key]
        wanted = set(re.findall(r"\[(\w+)\]", sentence.de + sentence.en))
        assert wanted <= set(point.names), point
    assert len(result.points) <= 6
    assert result.contacts[-1].kind == "hotline"
    assert all(c.organisations and set(c.organisations) <= valid and c.kind in lib.kinds for c in result.contacts)
    steps = [s.id for s in lib.procedures["recognition"].steps]
    order = [steps.index(s.step) for s in result.stages if s.procedure == "recognition"]
    assert order == sorted(order)
    assert {(s.procedure, s.step) for s in result.stages if s.procedure != "recognition"} <= {
        ("aftercare", "closing_gaps")
    }
    assert set(result.topics) <= set(lib.topics) and 2 <= len(result.topics) <= 4
    assert set(result.costs) <= set(lib.guides["shared"].costs)
    assert all(d in lib.procedures[p].documents for p, d in result.documents)


def test_what_is_open_is_never_cut() -> None:
    for occupation, status, residence in itertools.product(
        library().occupations, ("none", "partial"), ("abroad", "germany")
    ):
        facts = f"occupation={occupation} country=AL residence={residence} qualification=training recognition={status}"
        this = case(f"{facts} state=open role=employer")
        if this.driver:
            continue
        assert ("state_open" in keys(guide.result(this))) == guide.place_matters(this), occupation
        assert residence == "abroad" or guide.place_matters(this), occupation
        assert ("fast" in keys(guide.result(this))) == (status == "none" and residence == "abroad"), occupation
        assert ("employer_pays" in keys(guide.result(this))) == (status == "none"), occupation
        assert ("here" in keys(guide.result(this))) == (residence == "germany"), occupation


def test_nobody_in_germany_is_sent_abroad() -> None:
    """AufenthG § 71: in Germany the local immigration authority; no words on entering or on the mission."""
    lib = library()
    said = {**lib.guides["shared"].says, **lib.guides["recognition"].says}
    for occupation, status, qualification in itertools.product(
        [*lib.occupations, "other"], ("none", "partial", "full", "refused"), ("training", "degree", "none")
    ):
        result = guide.result(
            case(f"occupation={occupation} {IN_DE} qualification={qualification} recognition={status} state=HE")
        )
        assert "immigration_local" in [c.kind for c in result.contacts] and "mission" not in [
            c.kind for c in result.contacts
        ]
        texts = [said[k].de + said[k].en for k in keys(result)]
        for stage in result.stages:
            step = next(s for s in lib.procedures[stage.procedure].steps if s.id == stage.step)
            assert "diplomatic_mission" not in step.who
            texts += [step.de.text + step.en.text]
        for text in texts:
            assert not re.search(r"einreisen|Auslandsvertretung|\benter |mission", text), text


def test_who_asks_is_heard_and_never_asked() -> None:
    """The role and the job offer come from what was said: they pass into the case."""
    facts = {"occupation": "nurse", "country": "PH", "residence": "abroad", "recognition": "none", "state": "HH"}
    now = interview.step(
        "recognition", {**facts, "role": "employer", "job_offer": "yes"}, library(), dt.date(2026, 11, 21)
    )
    assert now.result and {"employer_pays", "fast", "fast_track"} <= found(now.result)
    assert interview.step("recognition", facts, library(), dt.date(2026, 11, 21)).ask is None


def walk(facts: dict[str, str]) -> int:
    this = case(facts)
    sound(guide.result(this), this.day)
    fact = guide.ask(this)
    if fact is None:
        return len(facts)
    assert fact in guide.ASKED and fact not in facts
    answers = VALUES[fact] if fact != "state" else [*VALUES["state"], "NW"]
    assert len({str(guide.result(case({**facts, fact: v}))) for v in answers}) > 1, f"{fact} changes nothing: {facts}"
    return max(walk({**facts, fact: value}) for value in VALUES[fact])


def test_ask_ends_and_every_result_is_sound() -> None:
    assert walk({}) <= len(guide.ASKED) <= 6


def test_partial_and_odd_cases() -> None:
    said = set()
    for day in (dt.date(2026, 11, 21), dt.date(2027, 1, 15), dt.date(2030, 1, 1)):
        for values in itertools.product(
            [None, "nurse", "cook", "baker", "truck_driver", "software_developer", "other", "nonsense"],
            [None, "eu", "AL", "PH"], [None, "abroad", "germany"], [None, "training", "degree", "none"],
            [None, "full", "partial", "none", "refused"], [None, "HH", "open"],
        ):  # fmt: skip
            facts = {f: v for f, v in zip(guide.ASKED, values, strict=True) if v is not None}
            result = guide.result(case(facts, day))
            sound(result, day)
            said |= {*keys(result)}
    assert {"start", "country_open", "qualification_open", "zsba_ended"} <= said


@pytest.mark.parametrize(
    ("key", "figures"),
    [("validation", {"validation_age", "validation_factor"}), ("driver_abroad", {"driver_qualification_max"})],
)
def test_both_conditions_are_named(key: str, figures: set[str]) -> None:
    """BBiG §§ 50b ff.: age and time in the occupation; BeschV § 24a: the months in which a driver can qualify."""
    assert {m[1] for m in PLACEHOLDER.finditer(library().guides["recognition"].says[key].de)} == figures


def test_words() -> None:
    words = library().guides["recognition"]
    source = Path(guide.__file__).read_text(encoding="utf-8")
    for key, sentence in words.says.items():
        assert f'"{key}"' in source, f"{key} is never said"
        german, english = ({m[1] for m in PLACEHOLDER.finditer(text)} for text in (sentence.de, sentence.en))
        assert german == english, key
        assert set(re.findall(r"\[\w+\]", sentence.de)) == set(re.findall(r"\[\w+\]", sentence.en)), key
        assert not figures_in(sentence.de) + figures_in(sentence.en), key
        assert not re.search(r"\{\w+:number\} (Monaten?|Jahren?)", sentence.en), key
    assert set(words.topics) <= set(library().topics) and 2 <= len(words.topics) <= 6
