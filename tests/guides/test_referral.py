"""Find the right office: a decision table over concern, role, place, occupation and age; each row names its law or source."""

import datetime as dt
import itertools
import re

import pytest

from portal.guides import referral
from tests.guides.table import case, keys, laws, library

AFTER_ZSBA = dt.date(2027, 1, 15)
STATES = sorted(set(library().organisations) - {"FEDERAL"})
CONCERNS = list(library().facts["concern"].options)
KNOWN = {o.id: o for group in library().organisations.values() for o in group}
IN_GERMANY = "role=worker residence=germany concern="
ABROAD = "role=worker residence=abroad concern="

# facts, verdict, organisations in their order without the hotline ("," within a contact), law or source
TABLE = [
    # recognition from abroad: the ZSBA, then the competent body
    (ABROAD + "recognition occupation=other", "recognition_abroad", "zsba rb_finder", "SGB III § 421b"),
    (ABROAD + "recognition occupation=nurse", "recognition_abroad", "zsba health_federal", "SGB III § 421b"),
    (ABROAD + "recognition occupation=nurse state=NW", "recognition_abroad", "zsba zag_nw", "BQFG § 8"),
    (ABROAD + "recognition occupation=mechatronics_technician", "recognition_abroad", "zsba rb_ihk_fosa", "BQFG § 8"),
    (ABROAD + "recognition occupation=hairdresser", "recognition_abroad", "zsba rb_hwk", "BQFG § 8"),
    (ABROAD + "recognition occupation=software_developer", "recognition_abroad", "zsba rb_zab", "BQFG § 8"),
    (ABROAD + "recognition occupation=gardener", "recognition_abroad", "zsba rb_lwk", "BQFG § 8"),
    # recognition in Germany: the IQ network of the state, then the competent body
    (IN_GERMANY + "recognition state=HE occupation=other", "recognition_germany", "iq_he rb_finder", "S004"),
    (IN_GERMANY + "recognition state=open occupation=baker", "recognition_germany", "iq_federal rb_hwk", "S004"),
    (IN_GERMANY + "recognition state=NW occupation=nurse", "recognition_germany", "iq_nw_west,iq_nw_ost zag_nw", "S004"),
    (IN_GERMANY + "recognition state=BY occupation=nurse", "recognition_germany", "iq_by health_by", "BQFG § 8"),
    (IN_GERMANY + "recognition state=BY occupation=midwife", "recognition_germany", "iq_by health_federal", "BQFG § 8"),
    (IN_GERMANY + "recognition state=BW occupation=physician", "recognition_germany", "iq_bw health_bw", "BQFG § 8"),
    (IN_GERMANY + "recognition state=RP occupation=physiotherapist", "recognition_germany", "iq_rp health_rp", "BQFG § 8"),
    (IN_GERMANY + "recognition state=BE occupation=cook", "recognition_germany", "iq_be rb_ihk_fosa", "BQFG § 8"),
    (IN_GERMANY + "recognition state=NI occupation=cook", "recognition_germany", "iq_ni rb_ihk_fosa,rb_ihk_own", "BQFG § 8"),
    (IN_GERMANY + "recognition state=HH occupation=welder", "recognition_germany", "iq_hh rb_ihk_fosa,rb_hwk", "BQFG § 8"),
    (IN_GERMANY + "recognition state=SL occupation=it_system_administrator", "recognition_germany", "iq_sl rb_ihk_fosa,rb_zab", "BQFG § 8"),
    (IN_GERMANY + "recognition state=SH occupation=medical_assistant", "recognition_germany", "iq_sh rb_akwl,rb_assist", "BQFG § 8"),
    (IN_GERMANY + "recognition state=SH occupation=dental_assistant", "recognition_germany", "iq_sh rb_assist", "BQFG § 8"),
    (IN_GERMANY + "recognition state=TH occupation=engineer", "recognition_germany", "iq_th rb_ing", "BQFG § 8"),
    (IN_GERMANY + "recognition state=MV occupation=primary_school_teacher", "recognition_germany", "iq_mv rb_school", "BQFG § 8"),
    (IN_GERMANY + "recognition state=HB occupation=educator", "recognition_germany", "iq_hb rb_school,rb_finder", "BQFG § 8"),
    (IN_GERMANY + "recognition state=HB occupation=nursing_assistant", "recognition_germany", "iq_hb rb_finder", "BQFG § 8"),
    (IN_GERMANY + "recognition state=ST occupation=legal_assistant", "recognition_germany", "iq_st rb_legal", "BQFG § 8"),
    (IN_GERMANY + "recognition state=ST occupation=lawyer", "recognition_germany", "iq_st rb_finder", "BQFG § 8"),
    (IN_GERMANY + "recognition state=ST occupation=tax_adviser", "recognition_germany", "iq_st rb_finder", "BQFG § 8"),
    (IN_GERMANY + "recognition state=ST occupation=tax_clerk", "recognition_germany", "iq_st rb_legal", "BQFG § 8"),
    (IN_GERMANY + "recognition state=ST occupation=train_driver", "recognition_germany", "iq_st rb_finder", "BQFG § 8"),
    ("role=employer concern=recognition state=SN occupation=roofer", "recognition_employer", "iq_sn rb_hwk chamber_ihk_hwk", "S004"),
    ("role=employer concern=recognition state=NW occupation=nurse", "recognition_employer", "iq_nw_west,iq_nw_ost zag_nw chamber_ihk_hwk", "BQFG § 8"),
    # visa and residence
    (ABROAD + "residence", "residence_abroad", "mission portal_miig", "AufenthG § 71 Abs. 2"),
    (IN_GERMANY + "residence state=HE", "residence_germany", "abh_local_federal", "AufenthG § 71 Abs. 1"),
    (IN_GERMANY + "residence state=HB", "residence_germany", "abh_local_federal", "AufenthG § 71 Abs. 1"),
    (IN_GERMANY + "residence state=BE", "residence_germany", "abh_local_federal lea_be", "AufenthG § 71 Abs. 1"),
    (IN_GERMANY + "residence state=SL", "residence_germany", "abh_local_federal zab_sl", "AufenthG § 71 Abs. 1"),
    (IN_GERMANY + "residence state=open", "residence_germany", "abh_local_federal", "AufenthG § 71 Abs. 1"),
    ("role=employer concern=residence state=RP", "residence_employer", "zab_rp mission abh_local_federal", "AufenthG § 81a"),
    ("role=employer concern=residence state=BY", "residence_employer", "zsef_by abh_by mission abh_local_federal", "AufenthG § 81a"),
    ("role=employer concern=residence state=SN", "local_only", "abh_sn mission abh_local_federal", "AufenthG § 71 Abs. 1"),
    # fast-track procedure: the central authority, else the local one
    *(
        (f"role=employer concern=fast_track state={state}", "fast_track_employer", f"{offices} chamber_ihk_hwk", "AufenthG § 81a")
        for state, offices in {
            "BB": "zab_bb", "BE": "lea_be", "BW": "lzf_bw abh_bw", "BY": "zsef_by abh_by", "HB": "abh_hb abh_hb_bremerhaven",
            "HH": "hwc_hh_abh", "MV": "laiv_mv", "NI": "zentral_ni", "NW": "zfe_nw", "RP": "zab_rp", "SH": "zentral_sh",
            "SL": "zab_sl", "open": "abh_federal",
        }.items()
    ),
    *(
        (f"role=employer concern=fast_track state={s}", "local_only", f"abh_{s.lower()} chamber_ihk_hwk", "AufenthG § 71 Abs. 1")
        for s in ("HE", "SN", "ST", "TH")
    ),
    ("role=worker concern=fast_track state=NI", "fast_track_worker", "zentral_ni mission", "AufenthG § 81a"),
    ("role=worker concern=fast_track state=TH", "local_only", "abh_th mission", "AufenthG § 81a"),
    ("role=worker concern=fast_track state=open", "fast_track_worker", "abh_federal mission", "AufenthG § 71 Abs. 2"),
    # work
    ("role=employer concern=work", "work_employer", "ag_s ips eures", "S000"),
    (ABROAD + "work", "work_abroad", "zav eures portal_miig", "S004"),
    (IN_GERMANY + "work", "work_germany", "portal_miig zav eures", "S004"),
    # courses
    (IN_GERMANY + "qualification state=BB", "qualification_germany", "iq_bb portal_kursnet", "SGB III § 81"),
    (ABROAD + "qualification", "qualification_abroad", "zsba portal_miig", "SGB III § 421b"),
    ("role=employer concern=qualification state=TH", "qualification_employer", "iq_th chamber_ihk_hwk", "S004"),
    (ABROAD + "language", "language_abroad", "portal_miig", "S004"),
    (IN_GERMANY + "language", "language_germany", "mbe jmd iq_federal", "S004"),
    (IN_GERMANY + "language age=to_27", "language_germany", "jmd iq_federal", "S004"),
    (IN_GERMANY + "language age=from_45", "language_germany", "mbe iq_federal", "S004"),
    ("role=employer concern=language state=HH", "language_employer", "iq_hh portal_miig", "S004"),
    # rights, discrimination
    ("role=worker concern=rights state=SH", "rights_worker", "fi_sh", "AufenthG § 45b"),
    ("role=worker concern=rights state=SN", "rights_worker", "fi_federal", "AufenthG § 45b"),
    (ABROAD + "rights state=open", "rights_worker", "fi_federal", "AufenthG § 45b"),
    ("role=employer concern=rights state=SN", "rights_employer", "iq_sn chamber_ihk_hwk fi_federal", "AufenthG § 45c"),
    ("role=worker concern=discrimination", "discrimination_worker", "ads,eu_gbs fi_federal", "AGG § 25"),
    ("role=worker concern=discrimination state=SH", "discrimination_worker", "ads,eu_gbs fi_sh", "AGG § 15 Abs. 4"),
    ("role=employer concern=discrimination state=BE", "discrimination_employer", "iq_be chamber_ihk_hwk", "S004"),
    # arrival
    (IN_GERMANY + "arrival state=HE age=to_27", "arrival_germany", "wc_he jmd", "S004"),
    (IN_GERMANY + "arrival state=HE age=to_35", "arrival_germany", "wc_he mbe", "S004"),
    (IN_GERMANY + "arrival state=NW age=to_35", "arrival_nw", "wc_nw mbe", "S004"),
    (IN_GERMANY + "arrival state=HB age=to_35", "arrival_elsewhere", "wc_federal mbe", "S004"),
    (IN_GERMANY + "arrival state=RP age=to_27", "arrival_elsewhere", "wc_federal jmd", "S004"),
    (IN_GERMANY + "arrival state=open age=to_27", "arrival_germany", "wc_federal jmd", "S004"),
    (ABROAD + "arrival state=SL", "arrival_abroad", "wc_sl portal_miig", "S004"),
    (ABROAD + "arrival state=NW", "arrival_nw", "wc_nw portal_miig", "S004"),
    ("role=employer concern=arrival state=BE", "arrival_elsewhere", "wc_federal iq_be chamber_ihk_hwk", "S004"),
    ("role=employer concern=arrival state=BY", "arrival_employer", "wc_roth,wc_bayreuth iq_by chamber_ihk_hwk", "S004"),
    ("role=employer concern=arrival state=HB", "arrival_employer", "wc_hb iq_hb chamber_ihk_hwk", "S004"),
    ("role=employer concern=arrival state=NW", "arrival_nw", "wc_nw iq_nw_west,iq_nw_ost chamber_ihk_hwk", "S004"),
]  # fmt: skip


def offices(result):
    return [",".join(c.organisations) for c in result.contacts]


@pytest.mark.parametrize(("facts", "verdict", "expected", "law"), TABLE)
def test_table(facts, verdict, expected, law):
    found = referral.result(case(facts))
    assert found.verdict.key == verdict
    assert offices(found) == [*expected.split(), "hotline_aul"]
    assert law in laws(found)
    assert referral.ask(case(facts)) is None  # the row holds all that is asked


@pytest.mark.parametrize(
    ("role", "expected"), [("worker", "hotline_aul portal_miig"), ("employer", "hotline_aul ag_s portal_miig")]
)
def test_who_is_not_sure_calls_the_hotline_first(role, expected):
    found = referral.result(case({"role": role, "concern": "unsure"}))
    assert offices(found) == expected.split()
    assert "S004" in laws(found)


@pytest.mark.parametrize(
    ("facts", "point"),
    [
        (IN_GERMANY + "recognition state=open occupation=nurse", "state_open"),
        (IN_GERMANY + "recognition state=HE occupation=other", "occupation_open"),
        (IN_GERMANY + "recognition state=HE occupation=baker", "occupation_unverified"),
        (ABROAD + "recognition occupation=nurse", "zsba_limited"),
        (ABROAD + "language", "goethe"),
        ("role=worker concern=fast_track state=NI", "employer_files"),
        ("role=employer concern=fast_track state=TH", "first_unverified"),
        ("role=employer concern=fast_track state=MV", "first_unverified"),
    ],
)
def test_what_is_open_is_said(facts, point):
    assert point in [p.key for p in referral.result(case(facts)).points]


@pytest.mark.parametrize(
    ("facts", "point"),
    [
        (ABROAD + "work state=open", "state_open"),
        (IN_GERMANY + "recognition state=HE occupation=nurse", "occupation_unverified"),
        ("role=employer concern=fast_track state=NI", "first_unverified"),
        ("role=employer concern=fast_track state=NI", "employer_files"),
    ],
)
def test_nothing_is_open_without_need(facts, point):
    assert point not in [p.key for p in referral.result(case(facts)).points]


@pytest.mark.parametrize(
    ("state", "why"), [("BW", "local_choice"), ("BY", "local_choice"), ("HB", "local_other"), ("NI", None)]
)
@pytest.mark.parametrize("concern", ["fast_track", "residence"])
def test_where_the_central_authority_is_optional(concern, state, why):
    """BW and BY: the employer may also use the local office; Bremen: the second office is not verified."""
    second = referral.result(case({"role": "employer", "concern": concern, "state": state})).contacts[1].why.key
    assert second == why if why else second not in ("local_choice", "local_other")


@pytest.mark.parametrize(("state", "why"), [("BE", "why_residence_central"), ("SL", "why_residence_unverified")])
def test_a_central_authority_after_entry(state, why):
    """AufenthG § 71 Abs. 1: in Berlin one authority for all; for the Saarland it is not verified."""
    assert referral.result(case(f"{IN_GERMANY}residence state={state}")).contacts[1].why.key == why


@pytest.mark.parametrize(
    ("concern", "expected"),
    [
        ("recognition", "health_federal iq_federal hotline_aul"),
        ("qualification", "portal_miig iq_federal hotline_aul"),
    ],
)
def test_after_the_zsba(concern, expected):
    """SGB III § 421b ends: no ZSBA any more, the verdict says so, the others stay."""
    facts = f"{ABROAD}{concern} occupation=nurse"
    assert "zsba" in offices(referral.result(case(facts, dt.date(2026, 12, 31))))
    found = referral.result(case(facts, AFTER_ZSBA))
    assert found.verdict.key == "zsba_ended" and "zsba_limited" not in keys(found)
    assert offices(found) == expected.split()
    assert "SGB III § 421b" in laws(found)


def people():
    yield {"role": "employer"}
    yield {"role": "worker"}
    for residence in ("abroad", "germany"):
        yield {"role": "worker", "residence": residence}


@pytest.mark.parametrize("day", [dt.date(2026, 11, 21), AFTER_ZSBA])
@pytest.mark.parametrize("concern", CONCERNS)
def test_every_state_concern_and_role(concern, day):
    for person, state in itertools.product(people(), [*STATES, "open", None]):
        facts = person | {"concern": concern} | ({"state": state} if state else {})
        found = referral.result(case(facts, day))
        first_is_hotline = found.verdict.key.startswith("unsure_")
        assert len(found.contacts) >= 2, facts
        assert found.contacts[0 if first_is_hotline else -1].kind == "hotline", facts
        assert first_is_hotline == (
            concern == "unsure" or ("residence" not in facts and (concern, "abroad") in referral.PLANS and
                                    person["role"] == "worker")
        ), facts  # fmt: skip
        assert len(found.contacts) <= 5 and len(found.points) <= 6, facts
        for contact in found.contacts:
            assert contact.organisations and contact.kind in library().kinds, facts
            for id_ in contact.organisations:
                o = KNOWN[id_]
                assert (o.valid_from or day) <= day <= (o.valid_until or day), (facts, id_)
                assert o.kind == contact.kind, (facts, id_)
                if contact.kind == "welcome_center":
                    assert person["role"] in o.roles, (facts, id_)
        assert set(found.topics) <= set(library().topics) and 2 <= len(found.topics) <= 4
        assert set(found.guides) <= {"recognition", "fast_track", "visa", "employer"}


@pytest.mark.parametrize("occupation", library().occupations)
def test_every_occupation_has_a_body(occupation):
    for state in [*STATES, "open"]:
        found = referral.result(case({**dict(part.split("=") for part in (IN_GERMANY + "recognition").split()),
                                      "state": state, "occupation": occupation}))  # fmt: skip
        assert found.contacts[1].kind in ("recognition_body", "recognition_health")


def walk(facts, seen):
    """Every case a dialogue can reach, with the questions asked so far."""
    asked = referral.ask(case(facts))
    yield facts
    if asked is None:
        return
    assert asked in referral.FACTS and asked not in seen and len(seen) < len(referral.FACTS)
    fact = library().facts[asked]
    options = list(fact.options)
    if fact.kind == "state":
        options += STATES
    if fact.kind == "occupation":
        options += ["nurse", "midwife", "baker", "cook", "nursing_assistant", "train_driver"]
    for option in options:
        yield from walk({**facts, asked: option}, [*seen, asked])


def test_the_dialogue_ends_and_every_sentence_is_used_and_said():
    said = {**library().guides["shared"].says, **library().guides["referral"].says}
    used = set()
    for day in (dt.date(2026, 11, 21), AFTER_ZSBA):
        for facts in walk({}, []):
            found = referral.result(case(facts, day))
            used |= set(keys(found))
            for point in [found.verdict, *found.points, *(c.why for c in found.contacts)]:
                for text in (said[point.key].de, said[point.key].en):
                    assert text
                    assert set(re.findall(r"\[(\w+)]", text)) <= set(point.names), (facts, point)
    assert not set(library().guides["referral"].says) - used


def figures(text):
    return set(re.findall(r"\{(\w+)", text))


@pytest.mark.parametrize("key", library().guides["referral"].says)
def test_both_languages_say_the_same(key):
    sentence = library().guides["referral"].says[key]
    assert figures(sentence.de) == figures(sentence.en) <= set(library().figures)
    assert set(re.findall(r"\[(\w+)]", sentence.de)) == set(re.findall(r"\[(\w+)]", sentence.en))
    plain = re.sub(r"\{[^}]*}", "", sentence.de + sentence.en)
    assert not re.search(r"\d", plain)


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ("", "role"),
        ("role=worker", "concern"),
        ("role=worker concern=unsure", None),
        ("role=worker concern=recognition", "residence"),
        (ABROAD + "recognition", "occupation"),
        (IN_GERMANY + "recognition", "state"),
        (IN_GERMANY + "recognition state=HE", "occupation"),
        ("role=employer concern=recognition", "state"),
        (ABROAD + "work", None),
        ("role=employer concern=work", None),
        (IN_GERMANY + "arrival state=HE", "age"),
        (ABROAD + "arrival state=HE", None),
        ("role=employer concern=arrival state=HE", None),
        ("role=worker concern=fast_track", "state"),
        (IN_GERMANY + "language", None),
    ],
)
def test_only_what_matters_is_asked(facts, asked):
    assert referral.ask(case(facts)) == asked


def test_partial_and_odd_cases_never_raise():
    values = {
        "role": ["worker", "employer"], "concern": CONCERNS, "residence": ["abroad", "germany"],
        "state": ["open", "NW", "BE"], "occupation": ["other", "nurse", "cook"], "age": ["to_27", "from_45"],
    }  # fmt: skip
    for facts in itertools.product(*([None, *values[f]] for f in referral.FACTS)):
        found = referral.result(case({f: v for f, v in zip(referral.FACTS, facts, strict=True) if v}))
        assert len(found.contacts) >= 2
    for odd in ("XX", "FEDERAL", "", "nonsense"):
        for concern in CONCERNS:
            facts = {"concern": concern, "residence": "germany", "state": odd, "occupation": odd}
            assert referral.result(case(facts)).contacts
    empty = type(library())()
    assert referral.result(type(case({}))({}, empty, AFTER_ZSBA)).contacts == ()
