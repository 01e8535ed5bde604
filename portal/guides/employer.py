"""The way to a skilled worker: placement by AG-S and IPS ("Incoming", S000), then § 81a AufenthG or the visa."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from portal.guides.case import Case
from portal.guides.law import CARE_BY_STATE, NURSES, RECOGNITION_COST, RESERVED
from portal.guides.result import Contact, Point, Result, Stage

ASKED = ("candidate", "domestic_search", "incoming", "occupation", "country", "state")
FACTS: tuple[str, ...] = (*ASKED, "purpose")  # the purpose is only heard, never asked: a company wants a trainee

# BeschV § 38 and its annex, as far as verified: states on the list, and states that are not on it.
NOT_RESERVED = frozenset({"KE", "IN", "PH", "TN"})
CARE = NURSES | CARE_BY_STATE
HEALTH_UNCLEAR = frozenset({"veterinarian", "medical_assistant", "dental_assistant"})  # is § 38 BeschV about them?
# Programmes: key, occupations (None: any), countries (None: any).
PROGRAMMES: tuple[tuple[str, frozenset[str] | None, frozenset[str] | None], ...] = (
    ("triple_win", NURSES, frozenset({"PH", "TN", "ID", "IN"})),
    ("thamm", None, frozenset({"EG", "MA", "TN"})),
    ("specialized", frozenset({"physician"}), None),
)
TRAINEES = frozenset({"thamm"})  # programmes for trainees too
MOST_POINTS = 6


@dataclass(frozen=True)
class Way:
    """What a way through the guide names: offices (kind: key of the reason), placement steps, points, topics, guides."""

    offices: dict[str, str]
    steps: tuple[str, ...]
    points: tuple[str, ...]
    topics: tuple[str, ...]
    guides: tuple[str, ...] = ("referral",)
    abroad: bool = True  # does it go on to recognition, visa and entry?
    placed: bool = True  # through the agency (else a person the company has found)


ADVISERS = {"iq_network": "iq", "hotline": "hotline"}
ORDER = ("contact", "advice")
SEARCH = ("ips", "pool", "recruitment", "candidate_advice", "proposal", "interview")
DOMESTIC = Way(
    {"ag_s": "ag_s_domestic", **ADVISERS}, ("domestic_search", *ORDER, "decision"), ("incoming_later", "prepare"),
    ("placement.requirements", "placement.request", "referral.employment_agency"), abroad=False,
)  # fmt: skip
FOUND = Way(
    {"immigration_central": "authority", "iq_network": "iq", "ag_s": "ag_s_vacancies", "hotline": "hotline"},
    ("contract",), ("conditions", "fair"),
    ("fasttrack.what", "visa.ba_approval", "fasttrack.documents", "integration.employer_support"),
    ("fast_track", "recognition", "visa"), placed=False,
)  # fmt: skip
RESERVED_FOUND = replace(
    FOUND,
    offices={"ag_s": "ag_s_reserved", "immigration_central": "authority", **ADVISERS},
    steps=("contact", "contract"),
)
AFTER_DECISION = ("placement.employer_process", "placement.proposals", "fasttrack.what", "placement.aftercare")
WAYS = {
    "start": DOMESTIC,
    "domestic_first": DOMESTIC,
    "domestic_running": DOMESTIC,
    "decide": Way(
        {"ag_s": "ag_s_decide", "ips": "ips", **ADVISERS}, (*ORDER, "decision", *SEARCH, "contract"),
        ("shortage", "prepare", "fair"), ("placement.requirements", "placement.employer_process", "placement.cost"),
        ("fast_track", "recognition", "referral"),
    ),
    "incoming": Way(
        {"ag_s": "ag_s", "ips": "ips", "immigration_central": "authority", **ADVISERS},
        (*ORDER, *SEARCH, "contract", "recognition", "before_entry"), ("shortage", "prepare", "fair"), AFTER_DECISION,
        ("fast_track", "recognition", "referral"),
    ),
    "training": Way(  # AufenthG § 16a: nothing is recognised, nobody needs a licence
        {"immigration_central": "authority", "iq_network": "iq", "ag_s": "ag_s_vacancies", "hotline": "hotline"}, (),
        ("training_german", "training_livelihood", "training_side_job"),
        ("visa.training", "fasttrack.what", "visa.ba_approval", "integration.employer_support"), ("fast_track", "visa"),
        placed=False,
    ),
    "candidate_found": FOUND,
    "candidate_reserved": RESERVED_FOUND,
    "eu": Way(
        {"ag_s": "ag_s", "eures": "eures", **ADVISERS}, (*ORDER, "contract"), ("prepare", "eu_incoming", "fair"),
        ("visa.eu_citizens", "placement.request", "placement.cost"), ("referral", "recognition"), abroad=False,
    ),
    "candidate_eu": Way(
        {"eures": "eures", "iq_network": "iq", "ag_s": "ag_s_vacancies", "hotline": "hotline"}, ("contract",), ("fair",),
        ("visa.eu_citizens", "integration.arrival", "integration.employer_support"), ("recognition", "referral"),
        abroad=False, placed=False,
    ),
}  # fmt: skip


def way(case: Case) -> str:
    """The way of a case: the key of its verdict and of WAYS."""
    eu = case.nationality == "eu"
    if _training(case) and not eu:
        return "training"
    match case.get("candidate"), case.get("domestic_search"):
        case "yes", _:
            if _health(case) and case.get("country") in RESERVED:
                return "candidate_reserved"
            return "candidate_eu" if eu else "candidate_found"
        case "no", _ if eu:
            return "eu"
        case "no", "failed":
            return "incoming" if case.get("incoming") == "yes" else "decide"
        case "no", ("running" | "not_tried") as search:
            return "domestic_running" if search == "running" else "domestic_first"
    return "start"


def chosen_way(case: Case) -> Way:
    """What the way of a case names; for a trainee the AG-S is first where it searches or has to agree."""
    key = way(case)
    found = WAYS[key]
    if case.driver or _training(case):
        found = replace(found, guides=tuple(g for g in found.guides if g != "recognition"))
    if key != "training":
        return found
    if case.get("candidate") == "no":
        first = {"ag_s": "ag_s_training"}
    elif _health(case) and case.get("country") in RESERVED:
        first = {"ag_s": "ag_s_reserved"}
    else:
        return found
    return replace(found, offices=first | {k: why for k, why in found.offices.items() if k != "ag_s"})


def ask(case: Case) -> str | None:
    if _training(case):
        if unknown := case.first_unknown("candidate", "country"):
            return unknown
        if case.nationality == "eu":
            return None
        return case.first_unknown(*(() if case.get("country") in NOT_RESERVED else ("occupation",)), "state")
    found = way(case)
    if found in ("start", "domestic_first", "domestic_running"):
        return case.first_unknown("candidate", "domestic_search")
    if found == "decide" and not case.known("incoming"):
        return "incoming"
    state = ("state",) if found in ("incoming", "candidate_found", "candidate_reserved") else ()
    return case.first_unknown("occupation", "country", *state)


def result(case: Case) -> Result:
    key = way(case)
    chosen = chosen_way(case)
    visa_free = case.nationality == "visa_free"
    guides = tuple(g for g in chosen.guides if not (visa_free and g == "fast_track"))
    return Result(
        guide="employer",
        verdict=Point(key),
        points=tuple(_training_points(case) if _training(case) else _points(case, chosen))[:MOST_POINTS],
        contacts=tuple(_contacts(case, chosen)),
        stages=tuple(_stages(case, chosen)),
        costs=_costs(case, chosen),
        documents=_documents(case, chosen),
        topics=chosen.topics,
        guides=("visa", *(g for g in guides if g != "visa")) if visa_free and chosen.abroad else guides,
        handover=True,
    )


def _training_points(case: Case) -> Iterator[Point]:
    """What a trainee needs (AufenthG § 16a); from the EU nothing."""
    if case.nationality != "eu":
        health = _health(case) or case.get("occupation") in HEALTH_UNCLEAR
        if health and case.get("country") not in NOT_RESERVED:
            yield Point("reserved_training")
        yield from _office_unverified(case)
        if case.nationality == "visa_free":
            yield Point("visa_free")
        yield from map(Point, WAYS["training"].points)
        if case.get("state") == "open":
            yield Point("state_open")
        if case.get("candidate") == "no":
            yield from _programmes(case)
    yield Point("fair_training")


def _office_unverified(case: Case) -> Iterator[Point]:
    offices = case.library.contacts("immigration_central", case.state or "", case.day)
    if case.nationality != "visa_free" and not all(o.verified for o in offices):
        yield Point("office_unverified")


def _programmes(case: Case) -> Iterator[Point]:
    for programme, occupations, countries in PROGRAMMES:
        if _training(case) and programme not in TRAINEES:
            continue
        if (occupations is None or case.get("occupation") in occupations) and (
            countries is None or case.get("country") in countries
        ):
            yield Point(programme)


def _points(case: Case, chosen: Way) -> Iterator[Point]:
    yield from _reserved(case)
    yield from _recognition(case)
    if case.driver and chosen.abroad and case.nationality != "visa_free":
        yield Point("drivers_fast")
    if "immigration_central" in chosen.offices:
        yield from _office_unverified(case)
    if chosen.abroad and case.nationality == "visa_free":
        yield Point("visa_free")
    if chosen.abroad and case.nationality == "western_balkans" and case.regulated is False:
        yield Point("western_balkans")
    yield from map(Point, chosen.points[:1])
    if chosen.placed:
        yield from _programmes(case)
    care = case.get("occupation") in CARE
    yield from (Point("fair_care" if care and p == "fair" else p) for p in chosen.points[1:])
    if case.get("state") == "open" and "immigration_central" in chosen.offices:
        yield Point("state_open")


def _training(case: Case) -> bool:
    """Does the company look for a trainee (AufenthG § 16a)?"""
    return case.get("purpose") == "training"


def _unrecognised(case: Case) -> bool:
    """Ways without recognition: trainees (AufenthG § 16a) and drivers (BeschV § 24a)."""
    return _training(case) or case.driver


def _health(case: Case) -> bool:
    """Is it an occupation that BeschV § 38 is about?"""
    occupation = case.get("occupation")
    health = case.occupation is not None and case.occupation.body == "state_health"
    return occupation not in HEALTH_UNCLEAR and (occupation in CARE or health)


def _reserved(case: Case) -> Iterator[Point]:
    """Recruiting for health and care in the states of the list is reserved to the BA (BeschV § 38)."""
    occupation, country = case.get("occupation"), case.get("country")
    if case.nationality == "eu" or country in NOT_RESERVED or not (_health(case) or occupation in HEALTH_UNCLEAR):
        return
    if occupation in HEALTH_UNCLEAR:
        yield Point("reserved_unclear")
    elif country in RESERVED:
        yield Point("reserved", {"country": str(country)})
    else:
        yield Point("reserved_open")


def _recognition(case: Case) -> Iterator[Point]:
    occupation = case.occupation
    if occupation is None:
        if case.known("occupation"):
            yield Point("occupation_open")
        return
    names = {"occupation": case.facts["occupation"], "body": occupation.body}
    licence = case.occupation_type == "licence"
    if case.regulated:
        yield Point("regulated", names)
    elif case.nationality == "eu":
        if not licence:
            yield Point("eu_free")
    elif case.driver:
        yield Point("drivers")
    elif not licence:
        yield Point("degree" if occupation.body == "zab" else "recognition", names)
    if not occupation.verified:
        yield Point("occupation_unverified")


def _contacts(case: Case, chosen: Way) -> Iterator[Contact]:
    for kind, why in chosen.offices.items():
        if kind == "immigration_central" and case.nationality == "visa_free":
            kind, why = "immigration_local", "authority_local"
        offices = case.library.contacts(kind, case.state or "", case.day)
        if offices:
            yield Contact(offices[0].kind, tuple(o.id for o in offices), Point(why))


def _stages(case: Case, chosen: Way) -> Iterator[Stage]:
    zsba = case.day <= case.library.figures["zsba_basis_ends"].on(case.day)  # type: ignore[operator]
    recognition = not _unrecognised(case)
    steps = [("placement", s) for s in chosen.steps if s != "recognition" or (zsba and recognition)]
    if chosen.abroad and case.nationality != "visa_free":
        first = ("recognition", *(("licence",) if case.regulated else ())) if recognition else ()
        fast = ("agreement", *first, "approval", "preapproval", "visa", "entry")
        steps += [("fast_track", s) for s in fast]
    if chosen.abroad:
        steps.append(("aftercare", "first_day"))
    if chosen.abroad or "contract" in chosen.steps:
        steps.append(("aftercare", "agency_aftercare" if chosen.placed else "onboarding"))
    return (Stage(procedure, step) for procedure, step in steps)


def _costs(case: Case, chosen: Way) -> tuple[str, ...]:
    body = RECOGNITION_COST.get(case.occupation.body if case.occupation else "", "body")
    free = _training(case) or case.occupation_type == "licence"
    recognition = (*(() if free else (body,)), "translations")
    if not chosen.abroad:
        return recognition if case.nationality == "eu" and case.regulated and not free else ()
    entry = () if case.nationality == "visa_free" else ("fast_track", "visa")
    return (*entry, *recognition, "residence_permit")


def _documents(case: Case, chosen: Way) -> tuple[tuple[str, str], ...]:
    if not chosen.abroad:
        return ()
    training = _training(case)  # its contract is a training contract, which the verdict names
    placement = [("placement", d) for d in ("contract", "employment_declaration") if not (training and d == "contract")]
    licence = ("language_certificate",) if training else ("licence",) if case.regulated else ()
    own = () if case.nationality == "visa_free" else ("power_of_attorney",)
    return (*placement, *(("fast_track", d) for d in (*own, "passport", "certificates", "cv", *licence)))
