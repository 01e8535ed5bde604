"""Anerkennungs-Finder: reference occupation, need, competent body and way of recognition (Anerkennung, BQFG §§ 2–16)."""

from __future__ import annotations

from portal.guides.case import Case
from portal.guides.law import CARE_BY_STATE, NURSES
from portal.guides.result import Contact, Point, Result, Stage

NAME = "recognition"
ASKED = ("occupation", "country", "residence", "qualification", "recognition", "state")
FACTS: tuple[str, ...] = (*ASKED, "role", "job_offer")  # the last two are only heard, never asked

MEDICAL = {"physician", "dentist", "pharmacist"}  # Approbation, and until then a temporary licence (BÄO § 10)
OWN_CHAMBERS = {"NI", "NW"}  # states with chambers that once decided beside IHK FOSA
NURSING_ONLY = {"health_by"}  # health authorities that decide on nursing alone

# Competent body (bodies.yml) -> contact points, why, costs. The bodies not named here: FINDER.
FINDER = (("rb_finder",), "why_finder", "body")
BODIES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "state_health": (("rb_health", "rb_finder"), "why_state", "state_body"),
    "state_authority": (("rb_school", "rb_finder"), "why_state", "state_body"),
    "school_authority": (("rb_school", "rb_finder"), "why_state", "state_body"),
    "chamber_of_engineers": (("rb_ing", "rb_finder"), "why_state", "body"),
    "chamber_of_architects": (("rb_ing", "rb_finder"), "why_state", "body"),
    "zab": (("rb_zab", "portal_anabin"), "why_zab", "body"),
    "ihk_fosa": (("rb_ihk_fosa",), "why_fosa", "fosa"),
    "ihk_fosa_or_zab": (("rb_ihk_fosa",), "why_fosa", "fosa"),
    "ihk_fosa_or_hwk": (("rb_ihk_fosa", "rb_hwk", "rb_finder"), "why_fosa_or_hwk", "chamber"),
    "hwk": (("rb_hwk",), "why_hwk", "chamber"),
    "chamber_of_physicians": (("rb_akwl", "rb_assist"), "why_physicians", "body"),
    "chamber_of_dentists": (("rb_assist",), "why_chamber", "body"),
    "chamber_of_veterinarians": (("rb_assist",), "why_chamber", "body"),
    "chamber_of_lawyers": (("rb_legal",), "why_chamber", "body"),
    "chamber_of_tax_advisers": (("rb_legal",), "why_chamber", "body"),
    "chamber_of_agriculture": (("rb_lwk",), "why_agriculture", "body"),
}
PLACED = {  # why, where the federal state is known
    "why_state": "why_state_in",
    "why_hwk": "why_hwk_in",
    "why_chamber": "why_chamber_in",
    "why_agriculture": "why_agriculture_in",
}

TOPICS = ["recognition.required", "recognition.reference_occupation", "recognition.what"]

START = ("reference_occupation", "competent_body", "papers", "application", "examination", "notice")
# (status, kind) -> verdict, steps, topics; kind: regulated | training | degree | other
WAYS: dict[tuple[str, str], tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    ("none", "regulated"): ("regulated", (*START, "licence"), ("required", "documents", "partial")),
    ("none", "training"): ("needed_visa", START, ("required", "documents", "partnership")),
    ("none", "degree"): ("degree", ("reference_occupation", "degree_evaluation"), ("degree", "cost")),
    ("none", "other"): ("other", START, ("reference_occupation", "authority", "required")),
    ("partial", "regulated"): ("partial_regulated", ("compensation", "licence"), ("partial", "result", "funding")),
    ("partial", "training"): ("partial_training", ("adaptation", "follow_up"), ("partial", "result", "partnership")),
    ("partial", "degree"): ("degree", ("reference_occupation", "degree_evaluation"), ("degree", "cost")),
    ("partial", "other"): ("partial_other", ("notice",), ("partial", "result")),
    ("full", "regulated"): ("full_regulated", ("licence",), ("result", "required")),
    ("full", "training"): ("full_training", (), ("result", "what")),
    ("full", "degree"): ("full_degree", (), ("degree", "result")),
    ("full", "other"): ("full_other", (), ("result", "required")),
    ("refused", "regulated"): ("refused_regulated", ("refusal",), ("result", "required")),
    ("refused", "training"): ("refused", ("refusal",), ("result", "partnership", "experience")),
    ("refused", "degree"): ("refused_degree", (), ("degree", "experience")),
    ("refused", "other"): ("refused", ("refusal",), ("result", "required")),
}
# The measures, for people who live in Germany: the same without the words on entering for them.
MEASURES = dict.fromkeys(("adaptation", "compensation"), Stage("aftercare", "closing_gaps"))


def eu(case: Case) -> bool:
    return case.nationality == "eu"


def third(case: Case) -> bool:
    return case.nationality not in (None, "eu")


def from_balkans(case: Case) -> bool:
    """The Western Balkans regulation (BeschV § 26 Abs. 2) is applied for at the missions there, never in Germany."""
    return case.nationality == "western_balkans" and case.abroad is not False


def here(case: Case) -> bool:
    """A third-country national who lives in Germany: the local immigration authority, not the mission (AufenthG § 71)."""
    return third(case) and case.abroad is False


def fast(case: Case) -> bool:
    """Can a company use the fast-track procedure (AufenthG § 81a)? It leads to a visa."""
    return third(case) and case.abroad is not False and (case.employer or case.get("job_offer") == "yes")


def unqualified(case: Case) -> bool:
    return case.get("qualification") == "none"


def kind(case: Case) -> str:
    """The way of recognition: regulated | training | degree | other (the occupation is not in the list)."""
    if case.regulated:
        return "regulated"
    if case.get("qualification") == "degree":
        return "degree"
    return "training" if case.occupation else "other"


def status(case: Case) -> str:
    return case.get("recognition") or "none"


def body(case: Case) -> str | None:
    """The competent body (bodies.yml), where one is known."""
    if kind(case) == "degree":
        return "zab"
    named = case.occupation.body if case.occupation else None
    if named == "zab" or (named == "chamber_of_tax_advisers" and case.regulated):
        return None  # a training for a degree occupation has another reference occupation; the adviser is no clerk
    return "state_health" if case.facts.get("occupation") in CARE_BY_STATE else named


def place_matters(case: Case) -> bool:
    """Can the federal state change an office of the result?"""
    if status(case) == "full" and not case.regulated:
        return False
    advice = case.abroad is False and status(case) != "full"  # the IQ network of the state
    where = body(case) or ""
    placed = BODIES.get(where, FINDER)[1] in PLACED or where.startswith("ihk_fosa")
    return advice or (placed and status(case) != "refused")


def ask(case: Case) -> str | None:
    if unknown := case.first_unknown("occupation", "country"):
        return unknown
    if case.driver or (eu(case) and case.regulated is False):
        return None
    if not case.known("residence"):
        return "residence"
    if third(case) and not case.regulated and not case.known("qualification"):
        return "qualification"
    if unqualified(case):
        return None
    if not case.known("recognition"):
        return "recognition"
    return "state" if place_matters(case) and not case.known("state") else None


def named(case: Case, key: str) -> Point:
    """A sentence with the names the case knows."""
    names: dict[str, str] = {}
    if case.occupation:
        names["occupation"] = case.facts["occupation"]
    if case.state:
        names["state"] = case.state
    if known := body(case):
        names["body"] = known
    return Point(key, names)


def office(case: Case, kind: str, ids: tuple[str, ...], why: str) -> tuple[Contact, ...]:
    """A contact of those contact points that exist on the day."""
    known = {o.id: o for group in case.library.organisations.values() for o in group}
    valid = tuple(
        i
        for i in ids
        if i in known and (known[i].valid_from or case.day) <= case.day <= (known[i].valid_until or case.day)
    )
    return (Contact(kind, valid, named(case, why)),) if valid else ()


def at_state(case: Case, kind: str) -> tuple[str, ...]:
    return tuple(o.id for o in case.library.contacts(kind, case.state or "FEDERAL", case.day))


def advice(case: Case) -> tuple[Contact, ...]:
    """Free advice: in Germany the IQ network, abroad the ZSBA as long as it exists."""
    if case.abroad is None:
        return ()
    if case.abroad:
        return office(case, "zsba", at_state(case, "zsba"), "why_zsba")
    return office(case, "iq_network", at_state(case, "iq_network"), "why_iq")


def competent(case: Case) -> tuple[Contact, ...]:
    """The competent body (zuständige Stelle)."""
    where = body(case)
    ids, why, _ = BODIES.get(where or "", FINDER)
    if where == "state_health" and case.state and case.facts.get("occupation") not in CARE_BY_STATE:
        own = at_state(case, "recognition_health")
        if case.facts.get("occupation") in NURSES or not NURSING_ONLY & set(own):
            return office(case, "recognition_health", own, "why_health")
    if case.facts.get("occupation") in CARE_BY_STATE:
        why = "why_state"
    found = office(case, "recognition_body", ids, PLACED.get(why, why) if case.state else why)
    if where and where.startswith("ihk_fosa") and (case.state is None or case.state in OWN_CHAMBERS):
        found += office(case, "recognition_body", ("rb_ihk_own",), "why_ihk_own")
    return found


def hotline(case: Case) -> tuple[Contact, ...]:
    return office(case, "hotline", ("hotline_aul",), "why_hotline")


def immigration(case: Case) -> tuple[Contact, ...]:
    return office(case, "immigration_local", ("abh_local_federal",), "why_immigration") if here(case) else ()


def contacts(case: Case) -> tuple[Contact, ...]:
    if status(case) == "full":
        title = immigration(case)
        if third(case) and case.abroad:
            title = office(case, "mission", ("mission",), "why_mission")
        return (competent(case) if case.regulated else ()) + title + hotline(case)
    found = advice(case)
    if status(case) != "refused":
        found += competent(case)
    if case.state == "HH" and case.abroad is False and status(case) != "refused" and kind(case) != "degree":
        found += office(case, "state_offers", ("stip_hh",), "why_scholarship")
    return found + immigration(case) + hotline(case)


def language(case: Case) -> str | None:
    """What German the licence of a regulated occupation asks for."""
    occupation, where = case.facts.get("occupation", ""), body(case)
    if not case.regulated:
        return None
    by_occupation = {**dict.fromkeys(NURSES, "language_nurse"), "physician": "language_doctor"}
    by_body = {
        "state_health": "language_health", "state_authority": "language_social", "school_authority": "language_teacher"
    }  # fmt: skip
    return by_occupation.get(occupation) or by_body.get(where or "", "language_other")


def duration(case: Case) -> str:
    if kind(case) == "degree":
        return "duration_zab"
    if case.facts.get("occupation") in NURSES:
        return "duration_nurse_eu" if eu(case) else "duration_nurse"
    if case.regulated and body(case) != "hwk":
        return "duration_regulated"
    return "duration"


def licence(case: Case) -> str:
    """The licence of physicians, dentists and pharmacists, with the temporary one on the way to it (BÄO § 10)."""
    if case.facts.get("occupation") not in MEDICAL:
        return ""
    return "approbation" if third(case) else "approbation_only"


def if_partial(case: Case) -> str:
    """What follows if the qualification is only partly equivalent, and the residence title for it (AufenthG § 16d)."""
    if kind(case) == "training":
        return "" if here(case) else "if_partial_training"
    if not third(case):
        return "if_partial_regulated"
    return "if_partial_regulated_here" if here(case) else "if_partial_regulated_abroad"


def points(case: Case) -> tuple[Point, ...]:
    """Reasons and what else fits, by use for the person; what is open or not verified stands first."""
    now, way, foreign = status(case), kind(case), third(case)
    open_way = foreign and way in ("training", "degree")  # not regulated: there are ways without recognition
    special = case.occupation_type == "licence"
    candidates = [
        ("occupation_open", case.get("occupation") == "other"),
        ("occupation_unverified", bool(case.occupation and not case.occupation.verified)),
        ("state_open", case.state is None and now != "full" and place_matters(case)),
        ("degree_partial", now == "partial" and way == "degree"),
        ("licence_special", special),
        ("zsba_ended", case.abroad is True and now != "full" and not at_state(case, "zsba")),
        ("here", here(case)),
        ("nurse_choice", now == "partial" and case.facts.get("occupation") in NURSES and foreign),
        ("measure_title", now == "partial" and foreign and way != "degree"),
        ("remedy", now == "refused" and way != "degree"),
        ("eu_after", now == "full" and eu(case)),
        ("job_and_title", now == "full" and foreign),
        ("fast", fast(case) and now == "none"),
        ("employer_pays", case.employer and now == "none"),
        ("other_reference", now == "none" and way == "training" and body(case) is None and not special),
        ("without_degree" if way == "degree" else "without", open_way and now in ("none", "refused")),
        ("opportunity_points", now == "partial" and foreign and way != "degree"),
        ("western_balkans", from_balkans(case) and open_way and now in ("none", "refused")),
        ("craft", case.occupation_type == "craft"),
        (licence(case), now != "refused"),
        (duration(case), now == "none" or (now == "partial" and way == "degree")),
        (language(case) or "", now != "refused" and bool(case.regulated)),
        ("funding", case.abroad is False and now == "none" and way != "degree"),
        ("funding_measure", case.abroad is False and now == "partial" and way != "degree"),
        ("language_free", case.regulated is False and now != "refused"),
        ("before_visa", foreign and case.abroad is True and now == "none" and way in ("regulated", "training")),
        (if_partial(case), now == "none" and way in ("regulated", "training")),
    ]
    return tuple(named(case, key) for key, holds in candidates if holds and key)[:6]


def documents(case: Case, steps: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The papers of the steps, without those that others need."""
    drop = {"intention"} if eu(case) else set()
    drop |= {"licence"}  # the body gives it at the end, as the notice
    drop |= set() if kind(case) in ("regulated", "other") else {"right_to_practise"}
    drop |= {"notice"} if kind(case) == "degree" else {"degree", "comparability"}
    drop |= {"notice"} if status(case) == "none" else set()
    procedure = case.library.procedures[NAME]
    papers = (d for s in procedure.steps if s.id in steps for d in s.documents if d not in drop)
    return tuple((NAME, d) for d in dict.fromkeys(papers))


def short(case: Case, verdict: str, keys: list[str], offices: tuple[Contact, ...], topics: list[str]) -> Result:
    """A result without a procedure."""
    if case.occupation and not case.occupation.verified:
        keys = ["occupation_unverified", *keys]
    if case.get("occupation") == "other":
        keys = ["occupation_open", *keys]
    return Result(
        NAME,
        named(case, verdict),
        tuple(named(case, k) for k in keys[:6]),
        contacts=(*offices, *hotline(case)),
        topics=tuple(topics),
        guides=("visa", "referral") if third(case) else ("referral",),
    )


def result(case: Case) -> Result:
    if not case.known("occupation"):
        return short(case, "start", [], advice(case) + competent(case), TOPICS)
    if case.driver:
        keys = ["driver_eu"] if eu(case) else ["driver_abroad", *(["here"] if here(case) else [])]
        return short(
            case, "driver", keys, immigration(case), ["visa.overview", "recognition.experience", "recognition.required"]
        )
    if eu(case) and case.regulated is False:
        keys = ["eu_voluntary", *(["craft"] if case.occupation_type == "craft" else [])]
        keys += ["licence_special"] if case.occupation_type == "licence" else []
        offices = office(case, "eures", ("eures",), "why_eures")
        return short(case, "eu_free", keys, offices, ["visa.eu_citizens", "recognition.required"])
    if unqualified(case) and status(case) in ("none", "refused"):
        return no_qualification(case)
    if not case.known("country") and case.regulated is False:
        return short(case, "country_open", [], advice(case) + competent(case), TOPICS)
    way = kind(case)
    verdict, steps, topics = WAYS[status(case), way]
    if verdict == "needed_visa" and case.abroad is False:
        verdict = "needed_title"
    if verdict == "needed_visa" and not case.known("qualification"):
        verdict = "qualification_open"
    if eu(case) and verdict == "other":
        verdict = "other_eu"
    papers = documents(case, steps)
    if third(case) and status(case) != "refused" and way != "other":
        papers = documents(case, (*steps, "residence_title"))
        steps += () if here(case) else ("residence_title",)  # its words send to the mission
    cost = BODIES.get(body(case) or "", FINDER)[2]
    new = status(case) == "none" or (status(case), way) == ("partial", "degree")
    costs: tuple[str, ...] = (cost, "translations") if new else (cost,) if status(case) == "partial" else ()
    if new and third(case) and way == "training":
        costs += ("dab",)
    more = ["recognition.from_abroad"] if case.abroad and new else ["recognition.funding"] if new else []
    special = {"state_health": "health", "school_authority": "teacher_social", "state_authority": "teacher_social"}
    if case.regulated and (topic := special.get(body(case) or "")):
        more.insert(0, f"recognition.{topic}")
    read = dict.fromkeys([*more, *(f"recognition.{t}" for t in topics)])
    return Result(
        NAME,
        named(case, verdict),
        points(case),
        contacts=contacts(case),
        stages=tuple(MEASURES.get(s, Stage(NAME, s)) if case.abroad is False else Stage(NAME, s) for s in steps),
        costs=costs,
        documents=papers,
        topics=tuple(read)[:4],
        guides=((("fast_track", "visa") if fast(case) else ("visa",)) if third(case) else ()) + ("referral",),
    )


def no_qualification(case: Case) -> Result:
    """Without a qualification there is nothing to compare; ways without one."""
    it = bool(case.occupation and any(i[:3] in ("133", "251", "252") for i in case.occupation.isco))
    candidates = [
        ("no_licence", bool(case.regulated)),
        ("it_experience", it and third(case)),
        ("here", here(case)),
        ("western_balkans", from_balkans(case) and not case.regulated),
        ("training", True),
        ("validation", case.abroad is False and not case.regulated),
    ]
    keys = [key for key, holds in candidates if holds]
    offices = advice(case) + immigration(case) if case.abroad is False else ()
    return short(case, "no_qualification", keys, offices, ["visa.training", "recognition.experience"])
