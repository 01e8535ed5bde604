"""The way to a skilled worker as a decision table: each row names the law or source its result rests on."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from portal.guides import interview
from portal.guides.employer import ASKED, FACTS, ask, result
from portal.guides.result import Result
from tests.guides.table import case, keys, laws, library

YES, NO = "candidate=yes", "candidate=no domestic_search=failed incoming=yes"
DECIDE = "candidate=no domestic_search=failed incoming=undecided"
ELECTRICIAN = "occupation=electrician_building country=TN state=BY"
TRAINEE = "purpose=training"
NO_RECOGNITION = "recognition regulated degree fosa chamber state_body body placement.recognition fast_track.recognition fast_track.licence guide:recognition"

# facts; verdict; kinds of the contacts in their order; what is named (keys, offices, steps, costs, guides); what is not; law
ROWS = [
    # the order of S000: search in Germany, then Incoming by AG-S and IPS
    ("candidate=no domestic_search=not_tried", "domestic_first", "ag_s iq_network hotline", "placement.domestic_search placement.decision prepare incoming_later", "ips placement.ips fast_track visa", "S000"),
    ("candidate=no domestic_search=running", "domestic_running", "ag_s iq_network hotline", "placement.contact placement.advice", "placement.ips fast_track", "S000"),
    ("candidate=no domestic_search=not_tried incoming=yes", "domestic_first", "ag_s iq_network hotline", "ag_s", "ips", "S000"),
    ("candidate=no domestic_search=running state=NW", "domestic_running", "ag_s iq_network hotline", "iq_nw_west iq_nw_ost", "zfe_nw", "S004"),
    ("candidate=no domestic_search=not_tried occupation=nurse country=NG", "domestic_first", "ag_s iq_network hotline", "reserved regulated", "fair", "BeschV § 38"),
    ("candidate=no domestic_search=failed", "decide", "ag_s ips iq_network hotline", "shortage", "zsef_by", "S000"),
    (DECIDE, "decide", "ag_s ips iq_network hotline", "placement.decision shortage prepare fair", "immigration_central", "S000"),
    (f"{DECIDE} occupation=cook country=VN", "decide", "ag_s ips iq_network hotline", "recognition fosa fast_track", "regulated reserved_open", "BQFG § 8"),
    (f"{DECIDE} occupation=cook country=VN", "decide", "ag_s ips iq_network hotline", "guide:fast_track guide:recognition", "state_open", "AufenthV § 47 Abs. 1 Nr. 15"),
    (NO, "incoming", "ag_s ips immigration_central iq_network hotline", "placement.ips placement.recruitment abh_federal", "placement.decision", "S000"),
    (f"{NO} {ELECTRICIAN}", "incoming", "ag_s ips immigration_central iq_network hotline", "zsef_by iq_by recognition chamber visa fast_track thamm placement.ips fast_track.agreement aftercare.agency_aftercare", "regulated triple_win reserved", "S000"),
    (f"{NO} {ELECTRICIAN}", "incoming", "ag_s ips immigration_central iq_network hotline", "shortage", "reserved_open", "AufenthG § 81a Abs. 2"),
    (f"{NO} {ELECTRICIAN}", "incoming", "ag_s ips immigration_central iq_network hotline", "recognition", "degree", "AufenthG § 18a"),
    (f"{NO} {ELECTRICIAN}", "incoming", "ag_s ips immigration_central iq_network hotline", "placement.recognition", "fast_track.licence", "SGB III § 421b"),
    (f"{NO} {ELECTRICIAN}", "incoming", "ag_s ips immigration_central iq_network hotline", "visa residence_permit translations", "fosa", "AufenthV § 46 Abs. 2"),
    (f"{NO} {ELECTRICIAN}", "incoming", "ag_s ips immigration_central iq_network hotline", "fair", "fair_care", "SGB III § 296"),
    # the authority of each state (AufenthG § 71 Abs. 1 Satz 5)
    *((f"{NO} occupation=cook country=VN state={state}", "incoming", f"ag_s ips {kind} iq_network hotline", office, "abh_federal", "AufenthG § 71 Abs. 1")
      for state, kind, office in [
          ("BW", "immigration_central", "lzf_bw"), ("BE", "immigration_central", "lea_be"), ("BB", "immigration_central", "zab_bb"),
          ("HB", "immigration_central", "abh_hb"), ("HH", "immigration_central", "hwc_hh_abh"), ("HE", "immigration_local", "abh_he"),
          ("MV", "immigration_central", "laiv_mv"), ("NI", "immigration_central", "zentral_ni"), ("NW", "immigration_central", "zfe_nw"),
          ("RP", "immigration_central", "zab_rp"), ("SL", "immigration_central", "zab_sl"), ("SN", "immigration_local", "abh_sn"),
          ("ST", "immigration_local", "abh_st"), ("SH", "immigration_central", "zentral_sh"), ("TH", "immigration_local", "abh_th"),
      ]),
    (f"{NO} occupation=cook country=VN state=open", "incoming", "ag_s ips immigration_central iq_network hotline", "abh_federal", "zsef_by", "AufenthV § 31 Abs. 4"),
    # recruiting that is reserved to the BA, in the states that are verified
    *((f"{NO} occupation=nurse country={country}", "incoming", "ag_s ips immigration_central iq_network hotline", "reserved regulated", "reserved_open triple_win", "BeschV § 38")
      for country in ("NG", "GH", "NP", "PK", "ET", "CM", "BD")),
    *((f"{NO} occupation=nurse country={country}", "incoming", "ag_s ips immigration_central iq_network hotline", "regulated", "reserved reserved_open", "BQFG § 3 Abs. 5")
      for country in ("KE", "IN", "PH", "TN")),
    (f"{NO} occupation=midwife country=VN", "incoming", "ag_s ips immigration_central iq_network hotline", "reserved_open", "reserved triple_win", "BeschV § 38"),
    (f"{NO} occupation=nursing_assistant country=NP", "incoming", "ag_s ips immigration_central iq_network hotline", "reserved fair_care", "reserved_open fair", "BeschV § 39"),
    (f"{NO} occupation=medical_assistant country=NP", "incoming", "ag_s ips immigration_central iq_network hotline", "reserved_unclear", "reserved regulated", "BeschV § 38"),
    (f"{NO} occupation=cook country=NG", "incoming", "ag_s ips immigration_central iq_network hotline", "recognition", "reserved reserved_open", "S000"),
    *((f"{YES} occupation={occupation} country={country}", "candidate_reserved", "ag_s immigration_central iq_network hotline", "reserved ag_s_reserved placement.contact placement.contract", "triple_win ips ag_s_vacancies", "BeschV § 39")
      for occupation, country in (("nurse", "NG"), ("nursing_assistant", "NP"), ("physician", "BD"))),
    *((f"{YES} occupation={occupation} country={country}", "candidate_found", "immigration_central iq_network ag_s hotline", there, "reserved ag_s_reserved", "AufenthG § 81a")
      for occupation, country, there in (("nurse", "PH", "regulated"), ("nurse", "VN", "reserved_open"), ("cook", "NG", "recognition"), ("medical_assistant", "NP", "reserved_unclear"))),
    # what is not verified
    *((f"{facts} occupation=mechatronics_technician country=BA state={state}", verdict, kinds, "office_unverified occupation_unverified", "state_open", "BQFG § 8")
      for state in ("SL", "MV", "HH")
      for facts, verdict, kinds in ((NO, "incoming", "ag_s ips immigration_central iq_network hotline"), (YES, "candidate_found", "immigration_central iq_network ag_s hotline"))),
    (f"{YES} occupation=nurse country=NG state=SL", "candidate_reserved", "ag_s immigration_central iq_network hotline", "reserved office_unverified", "occupation_unverified", "BeschV § 38"),
    (f"{YES} occupation=cook country=VN state=NW", "candidate_found", "immigration_central iq_network ag_s hotline", "occupation_unverified", "office_unverified", "AufenthG § 81a"),
    (f"{YES} occupation=cook country=US state=SL", "candidate_found", "immigration_local iq_network ag_s hotline", "visa_free", "office_unverified", "AufenthV § 41"),
    # programmes
    *((f"{NO} occupation=nurse country={country}", "incoming", "ag_s ips immigration_central iq_network hotline", "triple_win fair_care state_body", "fair", "giz.de")
      for country in ("PH", "TN", "ID", "IN")),
    *((f"{NO} occupation=cook country={country}", "incoming", "ag_s ips immigration_central iq_network hotline", "thamm", "triple_win", "arbeitsagentur.de")
      for country in ("EG", "MA", "TN")),
    (f"{NO} occupation=nurse country=TN", "incoming", "ag_s ips immigration_central iq_network hotline", "triple_win thamm", "reserved", "giz.de"),
    (f"{NO} occupation=physician country=EG", "incoming", "ag_s ips immigration_central iq_network hotline", "specialized thamm reserved_open", "triple_win", "S004"),
    (f"{NO} occupation=nurse country=VN", "incoming", "ag_s ips immigration_central iq_network hotline", "reserved_open", "triple_win thamm", "AuslPflKrGewQSG § 1"),
    # recognition by occupation
    (f"{NO} occupation=nurse country=PH state=NW", "incoming", "ag_s ips immigration_central iq_network hotline", "regulated state_body fast_track.licence zfe_nw", "chamber fosa", "AufenthG § 18 Abs. 2 Nr. 3"),
    (f"{NO} occupation=software_developer country=IN", "incoming", "ag_s ips immigration_central iq_network hotline", "degree body", "recognition regulated", "AufenthG § 18b"),
    (f"{NO} occupation=engineer country=IN", "incoming", "ag_s ips immigration_central iq_network hotline", "regulated body occupation_unverified", "degree", "BQFG § 3 Abs. 5"),
    (f"{NO} occupation=truck_driver country=TR", "incoming", "ag_s ips immigration_central iq_network hotline", "drivers translations", "recognition body fosa", "BeschV § 24a"),
    (f"{NO} occupation=other country=TR", "incoming", "ag_s ips immigration_central iq_network hotline", "occupation_open body", "recognition", "S000"),
    # a person is found already: no Incoming
    (f"{YES} occupation=mechatronics_technician country=BA state=NW", "candidate_found", "immigration_central iq_network ag_s hotline", "zfe_nw placement.contract fast_track.agreement fosa recognition western_balkans aftercare.onboarding", "ips placement.contact shortage aftercare.agency_aftercare", "AufenthG § 81a"),
    (f"{YES} occupation=cook country=XK state=HE", "candidate_found", "immigration_local iq_network ag_s hotline", "western_balkans abh_he", "ips", "BeschV § 26 Abs. 2"),
    (f"{YES} occupation=nurse country=RS state=BY", "candidate_found", "immigration_central iq_network ag_s hotline", "regulated", "western_balkans", "BQFG § 3 Abs. 5"),
    (f"{YES} occupation=cook country=VN state=open", "candidate_found", "immigration_central iq_network ag_s hotline", "state_open conditions guide:fast_track guide:visa guide:recognition", "prepare", "AufenthG § 39"),
    (f"{YES} domestic_search=not_tried incoming=yes", "candidate_found", "immigration_central iq_network ag_s hotline", "placement.contract", "ips placement.ips", "AufenthG § 81a"),
    (f"{YES} occupation=cook country=US state=BY", "candidate_found", "immigration_local iq_network ag_s hotline", "visa_free abh_by residence_permit guide:visa", "fast_track fast_track.agreement guide:fast_track visa zsef_by", "AufenthV § 41"),
    (f"{NO} occupation=cook country=JP state=NW", "incoming", "ag_s ips immigration_local iq_network hotline", "visa_free abh_local_federal", "fast_track fast_track.visa guide:fast_track", "AufenthV § 45"),
    # EU, EEA, Switzerland
    ("candidate=no country=PL", "eu", "ag_s eures iq_network hotline", "eu_incoming prepare", "ips fast_track visa fast_track.visa", "FreizügG/EU §§ 2, 4a, 5"),
    (f"{NO} country=eu occupation=cook", "eu", "ag_s eures iq_network hotline", "eu_free", "recognition ips fast_track", "FreizügG/EU §§ 2, 4a, 5"),
    (f"{NO} country=RO occupation=nurse", "eu", "ag_s eures iq_network hotline", "regulated state_body", "reserved_open fast_track", "BQFG § 3 Abs. 5"),
    ("candidate=no domestic_search=not_tried country=CH", "eu", "ag_s eures iq_network hotline", "eures", "placement.domestic_search", "S000"),
    (f"{YES} country=ES occupation=cook", "candidate_eu", "eures iq_network ag_s hotline", "eu_free placement.contract", "fast_track immigration_central guide:fast_track first_day", "FreizügG/EU §§ 2, 4a, 5"),
    (f"{YES} country=IT occupation=physician", "candidate_eu", "eures iq_network ag_s hotline", "regulated state_body guide:recognition", "specialized visa", "BQFG § 3 Abs. 5"),
    (f"{YES} country=PL occupation=bus_driver", "candidate_eu", "eures iq_network ag_s hotline", "fair", "eu_free drivers", "SGB III § 297"),
    # a trainee (AufenthG § 16a): no recognition, no licence; what was said of the purpose, never asked
    (f"{TRAINEE} {YES} occupation=cook country=VN state=NW", "training", "immigration_central iq_network ag_s hotline", "zfe_nw training_german training_livelihood training_side_job fair_training fast_track visa residence_permit guide:fast_track guide:visa fast_track.agreement fast_track.approval fast_track.visa aftercare.onboarding", f"{NO_RECOGNITION} conditions fair", "AufenthG § 16a"),
    (f"{TRAINEE} {YES} occupation=cook country=VN", "training", "immigration_central iq_network ag_s hotline", "training_livelihood", NO_RECOGNITION, "AufenthG § 2 Abs. 3"),
    (f"{TRAINEE} {YES} country=VN", "training", "immigration_central iq_network ag_s hotline", "training_german fast_track", NO_RECOGNITION, "AufenthG § 81a Abs. 1"),
    (f"{TRAINEE} {YES} country=VN state=open", "training", "immigration_central iq_network ag_s hotline", "state_open fair_training", NO_RECOGNITION, "BeschV § 8 Abs. 1"),
    (f"{TRAINEE} {YES} occupation=baker country=RS state=SL", "training", "immigration_central iq_network ag_s hotline", "office_unverified", f"{NO_RECOGNITION} western_balkans", "SGB III § 297"),
    (f"{TRAINEE} {YES} occupation=truck_driver country=MA", "training", "immigration_central iq_network ag_s hotline", "training_german", f"{NO_RECOGNITION} drivers drivers_fast", "AufenthG § 16a"),
    (f"{TRAINEE} candidate=no occupation=cook country=MA state=BY", "training", "ag_s immigration_central iq_network hotline", "ag_s_training thamm", f"{NO_RECOGNITION} ips placement.ips", "arbeitsagentur.de"),
    (f"{TRAINEE} candidate=no domestic_search=failed incoming=yes occupation=nurse country=PH", "training", "ag_s immigration_central iq_network hotline", "ag_s_training fair_training", f"{NO_RECOGNITION} ips triple_win reserved_training", "AufenthG § 16a"),
    (f"{TRAINEE} {YES} occupation=nurse country=NG", "training", "ag_s immigration_central iq_network hotline", "reserved_training ag_s_reserved", NO_RECOGNITION, "BeschV § 38"),
    (f"{TRAINEE} {YES} occupation=nurse country=VN", "training", "immigration_central iq_network ag_s hotline", "reserved_training", f"{NO_RECOGNITION} ag_s_reserved", "BeschV § 38"),
    (f"{TRAINEE} {YES} occupation=cook country=US state=BY", "training", "immigration_local iq_network ag_s hotline", "visa_free guide:visa training_livelihood residence_permit", f"{NO_RECOGNITION} fast_track guide:fast_track fast_track.agreement", "AufenthV § 41"),
    (f"{TRAINEE} {YES} occupation=nurse country=PL", "candidate_eu", "eures iq_network ag_s hotline", "fair_training", f"{NO_RECOGNITION} translations fast_track", "FreizügG/EU §§ 2, 4a, 5"),
    (f"{TRAINEE} candidate=no country=PL", "eu", "ag_s eures iq_network hotline", "fair_training", f"{NO_RECOGNITION} prepare eu_incoming", "SGB III § 297"),
    (f"purpose=work {YES} occupation=cook country=VN", "candidate_found", "immigration_central iq_network ag_s hotline", "recognition fosa fast_track.recognition", "training_german", "AufenthG § 18a"),
    # drivers: no recognition, and the fee only with the word that the procedure may not be open
    *((f"{facts} occupation={occupation} country={country} state=BY", verdict, kinds, "drivers drivers_fast fast_track guide:fast_track", f"{NO_RECOGNITION}", law)
      for occupation, country in (("truck_driver", "TR"), ("bus_driver", "RS"), ("truck_driver", "VN"))
      for law in ("BeschV § 24a", "AufenthG § 81a Abs. 5")
      for facts, verdict, kinds in ((NO, "incoming", "ag_s ips immigration_central iq_network hotline"), (YES, "candidate_found", "immigration_central iq_network ag_s hotline"))),
    (f"{YES} occupation=truck_driver country=US", "candidate_found", "immigration_local iq_network ag_s hotline", "drivers visa_free", f"{NO_RECOGNITION} drivers_fast fast_track", "BeschV § 24a"),
    ("candidate=no domestic_search=not_tried occupation=truck_driver country=TR", "domestic_first", "ag_s iq_network hotline", "drivers", "drivers_fast fast_track", "BeschV § 24a"),
    # nothing is known yet
    ("", "start", "ag_s iq_network hotline", "prepare", "fast_track placement.ips", "S000"),
]  # fmt: skip


def named(found: Result) -> set[str]:
    """Everything a result names: keys, offices, steps, costs, guides."""
    return {
        *keys(found), *found.costs, *(o for c in found.contacts for o in c.organisations),
        *(c.kind for c in found.contacts), *(f"{s.procedure}.{s.step}" for s in found.stages),
        *(f"guide:{g}" for g in found.guides),
    }  # fmt: skip


def of(facts: str) -> Result:
    return result(case(facts))


@pytest.mark.parametrize(("facts", "verdict", "contacts", "there", "absent", "law"), ROWS)
def test_table(facts: str, verdict: str, contacts: str, there: str, absent: str, law: str) -> None:
    found = of(facts)
    assert found.verdict.key == verdict
    assert [c.kind for c in found.contacts] == contacts.split()
    names = named(found)
    assert set(there.split()) <= names
    # a kind or cost may share its name with a key of a contact's reason: what is absent is absent everywhere
    assert not set(absent.split()) & names
    assert law in laws(found)


def test_enough_rows() -> None:
    assert len(ROWS) >= 50


def test_the_body_is_named() -> None:
    point = next(p for p in of(f"{NO} {ELECTRICIAN}").points if p.key == "recognition")
    assert point.names["body"] == "hwk"


def partial_cases() -> list[dict[str, str]]:
    lib = library()
    values: dict[str, list[str | None]] = {
        "candidate": [None, "yes", "no"],
        "domestic_search": [None, *lib.facts["domestic_search"].options],
        "incoming": [None, *lib.facts["incoming"].options],
        "occupation": [None, "other", "nurse", "nursing_assistant", "medical_assistant", "electrician_building",
                       "software_developer", "truck_driver", "train_driver", "physician"],
        "country": [None, *lib.facts["country"].options, "NG", "PH", "EG", "BA", "US", "PL"],
        "state": [None, "open", "BY", "HE"],
        "purpose": [None, "training"],
    }  # fmt: skip
    assert set(values) == set(FACTS)
    rows = itertools.product(*values.values())
    return [{f: v for f, v in zip(values, row, strict=True) if v is not None} for row in rows]


def test_every_partial_case() -> None:
    """No case raises; all that is named exists, in both languages, and is valid on the day."""
    lib = library()
    said = {**lib.guides["shared"].says, **lib.guides["employer"].says}
    offices = {o.id: o for orgs in lib.organisations.values() for o in orgs}
    used: set[str] = set()
    for facts in partial_cases():
        c = case(facts)
        found = result(c)
        used |= set(keys(found))
        assert found.handover and found.guide == "employer"
        assert len(found.points) <= 6 and len({p.key for p in found.points}) == len(found.points)
        assert found.contacts[-1].kind == "hotline"
        trainee = facts.get("purpose") == "training"
        assert (
            trainee or c.occupation is None or c.occupation.verified or "occupation_unverified" in keys(found)
        )  # never cut
        if facts.get("occupation") == "truck_driver" and not trainee:
            assert ("fast_track" in found.costs) == ("drivers_fast" in keys(found)), facts
        if trainee or facts.get("occupation") == "truck_driver":
            assert not {"recognition", "licence"} & {s.step for s in found.stages}, facts
            assert set(found.costs) <= {"fast_track", "visa", "residence_permit", "translations"}, facts
        assert 2 <= len(found.topics) <= 4 and set(found.topics) <= set(lib.topics)
        assert set(found.guides) <= {"referral", "recognition", "fast_track", "visa"}
        assert set(found.costs) <= set(lib.guides["shared"].costs)
        for contact in found.contacts:
            assert contact.kind in lib.kinds and contact.organisations
            for o in (offices[i] for i in contact.organisations):
                assert (o.valid_from or c.day) <= c.day <= (o.valid_until or c.day)
        for stage in found.stages:
            assert stage.step in {s.id for s in lib.procedures[stage.procedure].steps}
        for procedure, key in found.documents:
            assert key in lib.procedures[procedure].documents
    for key in used:
        assert said[key].de and said[key].en, key
    assert set(lib.guides["employer"].says) <= used  # and no sentence is never said
    assert set(lib.guides["employer"].topics) <= set(lib.topics)


def options(fact: str) -> list[str]:
    more = {
        "state": ["BY", "NW", "HE"], "country": ["NG", "TN", "PL"],
        "occupation": ["nurse", "cook", "software_developer", "physician"],
    }  # fmt: skip
    return [*library().facts[fact].options, *more.get(fact, [])]


def walk(facts: dict[str, str]) -> int:
    """The most questions from here on. A question is only asked if some answer can change the result."""
    fact = ask(case(facts))
    if fact is None:
        return 0
    assert fact in ASKED and fact not in facts
    answers = [{**facts, fact: option} for option in options(fact)]
    assert len({repr(result(case(a))) for a in answers} | {str(ask(case(a))) for a in answers}) > 1, (facts, fact)
    return 1 + max(map(walk, answers))


def test_asking_ends() -> None:
    assert walk({}) == len(ASKED)
    assert walk({"occupation": "cook", "country": "VN"}) == 4
    assert walk({"candidate": "no", "country": "PL"}) == 1
    assert walk({"candidate": "no", "domestic_search": "running"}) == 0
    assert walk({"candidate": "yes"}) == 3
    assert walk({"purpose": "training"}) == 4
    assert walk({"purpose": "training", "occupation": "cook", "country": "VN"}) == 2
    assert ask(case({"candidate": "no", "domestic_search": "failed"})) == "incoming"


def test_the_purpose_is_heard_and_never_asked() -> None:
    facts = {"purpose": "training", "candidate": "yes", "occupation": "cook", "country": "VN", "state": "NW"}
    now = interview.step("employer", facts, library(), dt.date(2026, 11, 21))
    assert now.result and now.result.verdict.key == "training"
    del facts["purpose"]
    now = interview.step("employer", facts, library(), dt.date(2026, 11, 21))
    assert now.ask is None and now.result and now.result.verdict.key == "candidate_found"


def test_odd_values_do_not_raise() -> None:
    from portal.guides.case import Case

    for fact in FACTS:
        for value in ("", "odd", "ZZ"):
            c = Case({"candidate": "yes", fact: value}, library(), dt.date(2026, 11, 21))
            assert result(c).contacts
            assert ask(c) != fact


def test_the_way_changes_with_the_day() -> None:
    """The legal basis of the ZSBA is temporary (SGB III § 421b)."""
    facts = f"{NO} {ELECTRICIAN}"
    assert "placement.recognition" in named(of(facts))
    later = result(case(facts, dt.date(2027, 1, 1)))
    assert "placement.recognition" not in named(later) and "fast_track.recognition" in named(later)


def test_both_languages_name_the_same() -> None:
    import re

    for key, sentence in library().guides["employer"].says.items():
        for pattern in (r"\{([a-z0-9_]+)", r"\[([a-z_]+)\]"):
            assert set(re.findall(pattern, sentence.de)) == set(re.findall(pattern, sentence.en)), key
        outside = re.sub(r"\{[^}]*\}|§+ ?[0-9a-z ()]+|\b[ABC][12]\b", "", sentence.de)
        assert not re.search(r"\d", outside), key
