"""Find the right office: who is competent (Zuständigkeit) for a concern, as AufenthG § 71, AufenthG § 81a and BQFG § 8 say.

PLANS is the table: concern x who asks -> offices in their order; everything else fills it in from the library.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from knowledge.schema import Organisation
from portal.guides.case import Case
from portal.guides.law import NURSES
from portal.guides.result import Contact, Point, Result

FACTS: tuple[str, ...] = ("role", "concern", "residence", "state", "occupation", "age")


class Plan(NamedTuple):
    """Offices in their order ("kind" or "kind/why"), what to ask for them, what to read, which guides come next."""

    offices: str
    asks: tuple[str, ...]
    topics: tuple[str, ...]
    guides: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


STATE = ("state",)
PLANS: dict[tuple[str, str], Plan] = {
    ("recognition", "abroad"): Plan(
        "zsba body hotline", ("occupation",),
        ("referral.zsba", "recognition.from_abroad", "recognition.authority"), ("recognition",),
    ),
    ("recognition", "germany"): Plan(
        "iq_network body hotline", ("state", "occupation"),
        ("referral.iq", "recognition.authority", "recognition.documents"), ("recognition",),
    ),
    ("recognition", "employer"): Plan(
        "iq_network/iq_employer body chamber hotline", ("state", "occupation"),
        ("recognition.authority", "referral.chambers", "recognition.partnership"), ("recognition", "fast_track"),
    ),
    ("residence", "abroad"): Plan(
        "mission portal_miig hotline", (), ("visa.overview", "visa.application", "visa.eu_citizens"), ("visa",)
    ),
    ("residence", "germany"): Plan(
        "local residence_central hotline", STATE, ("residence.authority", "residence.permanent"), ("visa",)
    ),
    ("residence", "employer"): Plan(
        "immigration_central local_choice mission/mission_worker local/local_after hotline", STATE,
        ("fasttrack.authority", "visa.overview", "residence.authority"), ("fast_track", "visa"),
    ),
    ("fast_track", "worker"): Plan(
        "immigration_central mission/mission_worker hotline", STATE,
        ("fasttrack.what", "fasttrack.authority", "fasttrack.power_of_attorney"), ("fast_track", "visa"),
        ("employer_files",),
    ),
    ("fast_track", "employer"): Plan(
        "immigration_central local_choice chamber hotline", STATE,
        ("fasttrack.authority", "fasttrack.steps", "fasttrack.documents"), ("fast_track",),
    ),
    ("work", "abroad"): Plan(
        "zav eures portal_miig/portal_jobs hotline", (),
        ("referral.zav_ips", "placement.applicant", "placement.fair_recruitment"), ("visa",),
    ),
    ("work", "germany"): Plan(
        "portal_miig/portal_agency zav/zav_germany eures hotline", (),
        ("referral.employment_agency", "placement.applicant"), ("visa", "recognition"),
    ),
    ("work", "employer"): Plan(
        "ag_s ips eures/eures_employer hotline", (),
        ("placement.employer_process", "placement.request", "referral.employment_agency"), ("employer", "fast_track"),
    ),
    ("qualification", "abroad"): Plan(
        "zsba/zsba_course portal_miig hotline", (), ("referral.zsba", "recognition.partial"), ("recognition", "visa")
    ),
    ("qualification", "germany"): Plan(
        "iq_network/iq_course portal_kursnet hotline", STATE,
        ("integration.further_training", "recognition.partial", "referral.iq"), ("recognition",),
    ),
    ("qualification", "employer"): Plan(
        "iq_network/iq_employer chamber hotline", STATE,
        ("integration.further_training", "referral.iq", "integration.employer_support"), ("employer",),
    ),
    ("language", "abroad"): Plan(
        "portal_miig/portal_language hotline", (), ("language.abroad", "language.level"), ("visa",), ("goethe",)
    ),
    ("language", "germany"): Plan(
        "mbe/mbe_language jmd/jmd_language iq_network/iq_language hotline", (), ("language.courses", "language.level")
    ),
    ("language", "employer"): Plan(
        "iq_network/iq_employer portal_miig/portal_language hotline", STATE,
        ("language.courses", "integration.employer_support"),
    ),
    ("rights", "worker"): Plan(
        "faire_integration hotline", STATE, ("rights.labour", "placement.fair_recruitment")
    ),
    ("rights", "employer"): Plan(
        "iq_network/iq_employer chamber faire_integration/fi_employer hotline", STATE,
        ("rights.labour", "integration.employer_support"),
    ),
    ("discrimination", "worker"): Plan(
        "antidiscrimination faire_integration/fi_discrimination hotline", (), ("rights.discrimination", "rights.labour")
    ),
    ("discrimination", "employer"): Plan(
        "iq_network/iq_employer chamber hotline", STATE, ("rights.discrimination", "integration.workplace")
    ),
    ("arrival", "abroad"): Plan(
        "welcome_center portal_miig hotline", STATE,
        ("referral.welcome_center", "integration.arrival", "integration.family"), ("visa",),
    ),
    ("arrival", "germany"): Plan(
        "welcome_center mbe jmd hotline", ("state", "age"),
        ("integration.arrival", "referral.welcome_center", "referral.migration_advice", "integration.family"),
    ),
    ("arrival", "employer"): Plan(
        "welcome_center iq_network/iq_employer chamber hotline", STATE,
        ("integration.workplace", "referral.welcome_center", "integration.employer_support"), ("employer",),
    ),
    ("unsure", "worker"): Plan(
        "hotline/hotline_first portal_miig", (), ("referral.hotline", "referral.portals"), ("recognition", "visa")
    ),
    ("unsure", "employer"): Plan(
        "hotline/hotline_first ag_s portal_miig/portal_employer", (),
        ("referral.hotline", "referral.employment_agency", "referral.portals"), ("employer", "fast_track"),
    ),
}  # fmt: skip

# Offices that stand for one concern: kind and organisations.
NAMED = {
    "portal_miig": ("portal", ("portal_miig",)),
    "portal_kursnet": ("portal", ("portal_kursnet",)),
    "local": ("immigration_local", ("abh_local_federal",)),  # at the place of residence; the states' own: of work
}
# The competent body (zuständige Stelle) of an occupation: an occupation's own entry before its body's.
BODIES: dict[str, tuple[str, ...]] = {
    "nursing_assistant": ("rb_finder",),
    "specialist_nurse": ("rb_finder",),
    "tax_adviser": ("rb_finder",),
    "state_authority": ("rb_school", "rb_finder"),
    "school_authority": ("rb_school",),
    "zab": ("rb_zab",),
    "ihk_fosa": ("rb_ihk_fosa",),
    "ihk_fosa_or_hwk": ("rb_ihk_fosa", "rb_hwk"),
    "ihk_fosa_or_zab": ("rb_ihk_fosa", "rb_zab"),
    "hwk": ("rb_hwk",),
    "chamber_of_physicians": ("rb_akwl", "rb_assist"),
    "chamber_of_dentists": ("rb_assist",),
    "chamber_of_veterinarians": ("rb_assist",),
    "chamber_of_engineers": ("rb_ing",),
    "chamber_of_architects": ("rb_ing",),
    "chamber_of_lawyers": ("rb_legal",),
    "chamber_of_tax_advisers": ("rb_legal",),
    "chamber_of_agriculture": ("rb_lwk",),
}
IHK_OWN = {"NI", "NW"}  # states of the chambers that by an older source decide themselves
NURSING_ONLY = {"BY": NURSES}  # what a state's health authority covers
RESIDENCE_CENTRAL = {"BE": "lea_be", "SL": "zab_sl"}  # central authorities competent after entry too
OPTIONAL = {"BW", "BY"}  # the central authority is optional there
INTEGRATION_CENTRES = {"wc_nw"}  # listed as welcome center, but not one
VERDICTS = {
    "central_local": "local_only", "welcome_nw": "arrival_nw", "welcome_elsewhere": "arrival_elsewhere",
}  # fmt: skip  # the reason of the first office -> another verdict


def _plan(case: Case) -> tuple[str, Plan]:
    """The row of the table for a case and the key of its verdict; what is not known leads to the hotline."""
    concern = case.get("concern") or "unsure"
    for who in ("employer",) if case.employer else ("worker", case.get("residence") or ""):
        if plan := PLANS.get((concern, who)):
            return f"{concern}_{who}", plan
    who = "employer" if case.employer else "worker"
    return f"unsure_{who}", PLANS["unsure", who]


def ask(case: Case) -> str | None:
    """The next fact that can still change the office; None when the result stands."""
    if missing := case.first_unknown("role", "concern"):
        return missing
    if not case.employer and (case.get("concern"), "abroad") in PLANS and not case.known("residence"):
        return "residence"
    return case.first_unknown(*_plan(case)[1].asks)


def _state(case: Case) -> str:
    """The federal state, "" where it is open or none."""
    return case.state if case.state and len(case.state) == 2 and case.state in case.library.organisations else ""


def _valid(case: Case, *ids: str) -> tuple[str, ...]:
    """Those of some organisations that exist on the day."""
    known = {o.id: o for group in case.library.organisations.values() for o in group}
    return tuple(
        i for i in ids
        if (o := known.get(i)) and (o.valid_from or case.day) <= case.day <= (o.valid_until or case.day)
    )  # fmt: skip


def _verified(case: Case, ids: tuple[str, ...]) -> bool:
    """Is what is stored about all of these organisations verified?"""
    return all(o.verified for group in case.library.organisations.values() for o in group if o.id in ids)


def _ids(organisations: list[Organisation]) -> tuple[str, ...]:
    return tuple(o.id for o in organisations)


def _body(case: Case) -> Contact:
    """The recognition body of the occupation (BQFG § 8)."""
    occupation, state, lib = case.occupation, _state(case), case.library
    name = case.get("occupation") or ""
    if occupation is None:
        return Contact("recognition_body", _valid(case, "rb_finder"), Point("why_finder"))
    names = {"occupation": name, "body": occupation.body}
    if occupation.body == "state_health":
        place = state if name in NURSING_ONLY.get(state, {name}) else ""
        return Contact(
            "recognition_health", _ids(lib.contacts("recognition_health", place, case.day)), Point("why_health", names)
        )
    ids = BODIES.get(name) or BODIES.get(occupation.body) or ("rb_finder",)
    if "rb_ihk_fosa" in ids and state in IHK_OWN:
        ids += ("rb_ihk_own",)
    return Contact("recognition_body", _valid(case, *ids), Point("why_body", names))


def _welcome(case: Case) -> Contact:
    """The welcome centers of the state for who asks, else the list of all."""
    role, state = case.get("role") or "worker", _state(case)
    own = [o for o in case.library.contacts("welcome_center", state, case.day) if role in o.roles]
    found = own or case.library.contacts("welcome_center", "", case.day)
    if INTEGRATION_CENTRES & {o.id for o in found}:
        return Contact("welcome_center", _ids(found), Point("welcome_nw"))
    if state and not set(_ids(found)) & {o.id for o in case.library.organisations[state]}:
        return Contact("welcome_center", _ids(found), Point("welcome_elsewhere", {"state": state}))
    return Contact("welcome_center", _ids(found), Point("why_welcome_center"))


def _central(case: Case, choice: bool) -> Contact:
    """The central authority of the state, or (`choice`) the local one beside it."""
    state = _state(case)
    found = case.library.contacts("immigration_central", state, case.day)
    central = [o for o in found if o.kind == "immigration_central"]
    local = [o for o in found if o.kind == "immigration_local"]
    if choice:
        why = "local_choice" if state in OPTIONAL else "local_other"
        return Contact("immigration_local", _ids(local) if central else (), Point(why, {"state": state}))
    if central:
        return Contact("immigration_central", _ids(central), Point("why_central"))
    return Contact("immigration_local", _ids(local), Point("central_local", {"state": state}))


def _contact(case: Case, office: str) -> Contact:
    """One office of a plan; without organisations where there is none on the day."""
    kind, _, why = office.partition("/")
    state = _state(case)
    match kind:
        case "body":
            return _body(case)
        case "welcome_center":
            return _welcome(case)
        case "immigration_central" | "local_choice":
            return _central(case, kind == "local_choice")
        case "residence_central":
            ids = _valid(case, RESIDENCE_CENTRAL.get(state, ""))
            why = "why_residence_central" if _verified(case, ids) else "why_residence_unverified"
            return Contact("immigration_central", ids, Point(why, {"state": state}))
        case "mbe" | "jmd" if case.known("age") and (case.get("age") == "to_27") != (kind == "jmd"):
            return Contact(kind, (), Point("why_" + kind))
    if kind in NAMED:
        named, ids = NAMED[kind]
        return Contact(named, _valid(case, *ids), Point("why_" + (why or kind)))
    return Contact(kind, _ids(case.library.contacts(kind, state, case.day)), Point("why_" + (why or kind)))


def result(case: Case) -> Result:
    """The right office first, alternatives, the hotline last (for those who are not sure: first)."""
    verdict, plan = _plan(case)
    offices = plan.offices
    points = [Point(p) for p in plan.points]
    names: Mapping[str, str | int | dt.date] = {}
    if "zsba" in offices.split("/")[0].split():
        if _valid(case, "zsba"):
            points.append(Point("zsba_limited"))
        else:
            verdict, offices = "zsba_ended", offices.replace(" hotline", " iq_network/iq_abroad hotline")
    contacts = tuple(c for c in (_contact(case, office) for office in offices.split()) if c.organisations)
    if contacts and (other := VERDICTS.get(contacts[0].why.key)):
        verdict, names = other, contacts[0].why.names
    if "state" in plan.asks and not _state(case):
        points.append(Point("state_open"))
    if "occupation" in plan.asks and case.known("occupation") and not (case.occupation and case.occupation.verified):
        points.append(Point("occupation_unverified" if case.occupation else "occupation_open"))
    if contacts and not _verified(case, contacts[0].organisations):
        points.append(Point("first_unverified"))
    return Result(
        "referral", Point(verdict, names), tuple(points), contacts=contacts, topics=plan.topics, guides=plan.guides
    )
