"""Fast-track check and plan (beschleunigtes Fachkräfteverfahren, AufenthG § 81a): is it open, what is missing, when what.

`way` follows the law from the facts to one of the ways: a residence title of § 81a Abs. 1 and 5, "unsure_..." or "no_...".
"""

from __future__ import annotations

from typing import NamedTuple

from knowledge.schema import Organisation, Step
from portal.guides import plan
from portal.guides.case import Case
from portal.guides.law import CARE_BY_STATE, IT_GROUPS, NURSES, RECOGNITION_COST, RESERVED
from portal.guides.result import Contact, Point, Result, Stage

FACTS: tuple[str, ...] = (
    "country", "purpose", "residence", "qualification", "recognition", "occupation", "experience", "salary",
    "job_offer", "role", "state", "start",
)  # fmt: skip
PROCEDURE = "fast_track"
IT = ("133", "25", "351")  # ISCO-08: BeschV § 6; the Blue Card (AufenthG § 18g Abs. 2) leaves out 351
ASSISTANT = "nursing_assistant"  # BeschV § 22a
OPEN_ENDED = ("licence", "measure")  # steps that nobody can tell the length of
HIGHLY_QUALIFIED = ("university_lecturer", "natural_scientist")  # AufenthG § 18c Abs. 3
TOPICS = {
    "vocational": "visa.skilled_vocational", "academic": "visa.skilled_academic", "measure": "visa.recognition_measure",
    "partnership": "recognition.partnership", "training": "visa.training", "experience": "visa.work_experience",
    "no_eu": "visa.eu_citizens", "no_search": "visa.opportunity_card", "no_study": "visa.language_course",
    "no_germany": "residence.authority", "no_balkans": "visa.western_balkans", "no_unqualified": "visa.training",
    "no_refused": "recognition.result", "no_regulated": "recognition.required", "unsure_salary": "visa.work_experience",
    "unsure_care": "recognition.health",
}  # fmt: skip


class Way(NamedTuple):
    """Where the facts lead (`name`), or the fact that decides next (`ask`)."""

    name: str | None = None
    ask: str | None = None


def way(case: Case) -> Way:
    """The way that fits. What closes the procedure counts at once, whatever else is unknown."""
    purpose, recognition = case.get("purpose"), case.get("recognition")
    if case.nationality == "eu":
        return Way("no_eu")
    if purpose in ("search", "study"):
        return Way(f"no_{purpose}")
    if case.abroad is False:
        return Way("no_germany")
    if unknown := case.first_unknown("country", "purpose", "residence"):
        return Way(ask=unknown)
    if purpose == "training":
        return Way("training")
    if case.get("occupation") == ASSISTANT:
        return Way("unsure_care")
    qualified = case.get("qualification") != "none"
    if unknown := case.first_unknown("qualification", *(["recognition"] if qualified else []), "occupation"):
        return Way(ask=unknown)
    if not qualified or recognition == "refused":
        return _without_recognition(case)
    if recognition == "partial" and not _evaluated(case):
        return Way("measure")
    if purpose == "measure" and recognition == "none" and not _evaluated(case):
        return Way("partnership")
    if case.get("qualification") == "training":
        return Way("vocational")
    return Way("academic", case.first_unknown("salary"))


def _without_recognition(case: Case) -> Way:
    """No qualification, or recognition refused: experience (AufenthG § 19c Abs. 2), or none."""
    unqualified, balkans = case.get("qualification") == "none", case.nationality == "western_balkans"
    if case.driver:
        return Way("unsure_driver")
    if case.regulated:
        return Way("no_regulated")
    closed = Way("no_balkans" if balkans else "no_unqualified" if unqualified else "no_refused")
    if unqualified and not _isco(case, IT):
        return closed if balkans or case.occupation else Way("unsure_occupation")
    if not case.known("experience"):
        return Way(ask="experience")
    if not case.at_least("experience", "short"):
        return closed
    if case.occupation is None:
        return Way("unsure_occupation")
    if not case.known("salary"):
        return Way(ask="salary")
    enough = case.get("salary") == "unknown" or case.at_least("salary", "experience")
    return Way("experience" if enough else "unsure_salary")


def ask(case: Case) -> str | None:
    found = way(case)
    if found.ask or not found.name or found.name.startswith("no_"):
        return found.ask
    if found.name.startswith("unsure_"):
        return case.first_unknown("state")
    return case.first_unknown("job_offer", "role", "state", "start")


def result(case: Case) -> Result:
    name = way(case).name
    if name is None:
        return Result("fast_track", Point("incomplete"), contacts=_offices(case, "hotline"))
    if name.startswith(("no_", "unsure_")):
        return _not_open(case, name)
    steps = _steps(case, name)
    stages = _undated(plan.stages(case.library, PROCEDURE, steps, plan.start_day(case.get("start")), case.day))
    ids = [s.id for s in steps]
    missing = case.get("job_offer") == "no"
    latest = None if missing else next((s.latest for s in stages if s.step == "visa"), None)
    verdict = "missing" if missing else "open_visa_free" if case.nationality == "visa_free" else "open"
    if not missing and not case.known("job_offer"):
        verdict = "incomplete"
    compare = [_ordinary_recognition(case, name)] if "recognition" in ids else []
    compare += ["ordinary_approval"] if "approval" in ids else []
    compare += ["ordinary_mission", "fee", "estimate" if "recognition" in ids else "estimate_short"]
    compare += ["no_period"] if set(OPEN_ENDED) & set(ids) else []
    return Result(
        "fast_track", Point(verdict), tuple(_points(case, name, ids))[:6],
        contacts=_placement(case) + _authority(case) + _advice(case) + _offices(case, "hotline"),
        stages=stages,
        compare=tuple(Point(k) for k in compare) + ((Point("total", {"date": latest}),) if latest else ()),
        costs=_costs(case, name, ids),
        documents=tuple(
            dict.fromkeys((PROCEDURE, d) for s in steps if s.id in (*plan.PREPARATION, "licence") for d in s.documents)
        ),
        topics=("fasttrack.steps", TOPICS[name], "fasttrack.power_of_attorney", "fasttrack.duration"),
        guides=("visa", "referral") if name == "training" else ("visa", "recognition", "referral"),
    )  # fmt: skip


def _not_open(case: Case, name: str) -> Result:
    """The ways on which the procedure is closed, or somebody else has to say whether it is open."""
    unsure, balkans = name.startswith("unsure_"), case.nationality == "western_balkans"
    points: list[str] = []
    care = name == "unsure_care"
    if name == "no_germany":
        points = ["germany_office"]
    elif name == "no_balkans":
        points = ["balkans_way", "balkans_employer"]
    elif name == "unsure_occupation":
        points = ["experience_it" if case.get("qualification") == "none" else "experience_else"]
    elif name == "unsure_salary":
        points = ["salary_collective"]
    elif name == "no_regulated":
        points = ["refused_advice" if case.get("recognition") == "refused" else "training_else"]
    elif name == "no_refused" or (care and case.get("recognition") == "refused"):
        points = ["refused_advice"]
    elif name == "no_unqualified":
        points = ["experience_it" if _isco(case, IT) else "training_else"]
    if name in ("no_unqualified", "unsure_occupation") and case.nationality == "visa_free":
        points.append("visa_free_any_job")
    if care and case.get("qualification") != "none" and case.get("recognition") not in ("full", "refused"):
        points.append("partnership_care")
    if unsure and balkans and not care:
        points.append("balkans_else")
    if case.get("occupation") == "other" and name in ("no_balkans", "unsure_occupation"):
        points.append("occupation_open")
    listed = care or name in ("no_regulated", "no_refused", "no_balkans")
    if listed and case.occupation and not case.occupation.verified:
        points.append("occupation_unverified")
    if unsure and _office_open(case):
        points.append("office_unverified")
    if unsure and case.state is None:
        points.append("state_open")
    contacts = {
        "no_eu": (), "no_germany": _offices(case, "immigration_local"), "no_search": _offices(case, "mission"),
        "no_study": _offices(case, "mission"), "no_balkans": _offices(case, "ag_s", "mission"),
    }.get(name, _authority(case) + _advice(case) if unsure else _advice(case))  # fmt: skip
    topics = dict.fromkeys(["fasttrack.eligibility", TOPICS.get(name, "visa.overview"), "fasttrack.what"])
    return Result(
        "fast_track", Point(name), (*(_reserved(case) if care else ()), *(Point(p) for p in points)),
        contacts=(*(_placement(case) if care else ()), *contacts, *_offices(case, "hotline")),
        topics=tuple(topics),
        guides=("recognition", "referral") if name == "no_eu" else ("visa", "referral"), handover=unsure,
    )  # fmt: skip


def _evaluated(case: Case) -> bool:
    """Is the degree only evaluated, not recognised (anabin, ZAB)? So in occupations that are not regulated."""
    return case.get("qualification") == "degree" and case.regulated is False


def _isco(case: Case, groups: tuple[str, ...]) -> bool:
    return bool(case.occupation) and any(code.startswith(groups) for code in case.occupation.isco)  # type: ignore[union-attr]


def _health(case: Case) -> bool:
    return bool(case.occupation) and (case.occupation.body == "state_health" or case.get("occupation") in CARE_BY_STATE)  # type: ignore[union-attr]


def _reserved(case: Case) -> list[Point]:
    """Recruiting for health and care in the states of the list is reserved to the BA (BeschV § 38)."""
    reserved = _health(case) and case.get("country") in RESERVED
    return [Point("reserved", {"country": case.facts["country"]})] if reserved else []


def _placement(case: Case) -> tuple[Contact, ...]:
    """The employer service (AG-S) comes first where only the BA may recruit and place (BeschV § 38)."""
    offices = case.library.contacts("ag_s", case.state or "", case.day)
    return _contact("ag_s", offices, Point("why_ag_s_reserved", _reserved(case)[0].names)) if _reserved(case) else ()


def _undated(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Without days after recognition where a step follows that nobody can tell the length of."""
    steps = [s.step for s in stages]
    first = next((n for n, step in enumerate(steps) if step in OPEN_ENDED), None)
    if first is None:
        return stages
    if "recognition" in steps:
        first = steps.index("recognition") + 1
    return stages[:first] + tuple(Stage(s.procedure, s.step) for s in stages[first:])


def _blue_card(case: Case, name: str) -> str | None:
    """Which threshold of the Blue Card (AufenthG § 18g) the salary reaches."""
    if name == "academic" and case.at_least("salary", "blue_card"):
        return "blue_card"
    if not case.at_least("salary", "shortage"):
        return None
    if name == "experience":
        return "blue_card_it" if _isco(case, IT_GROUPS) and case.at_least("experience", "long") else None
    if name == "academic":
        return "blue_card_shortage" if case.occupation and case.occupation.shortage else "blue_card_graduate"
    return None


def _steps(case: Case, name: str) -> list[Step]:
    """The steps of the branch that the case takes."""
    skipped = set(OPEN_ENDED)
    confirmed = name == "training" or (name == "experience" and _isco(case, IT)) or name == "measure"
    if confirmed or (name in ("vocational", "academic") and case.get("recognition") == "full"):
        skipped |= {"recognition", "result"}
    if name == "measure":
        skipped -= {"measure"}
    if case.regulated and name in ("vocational", "academic"):
        skipped -= {"licence"}
    if _blue_card(case, name) == "blue_card":
        skipped |= {"approval"}
    return [s for s in case.library.procedures[PROCEDURE].steps if s.id not in skipped]


def _points(case: Case, name: str, ids: list[str]) -> list[Point]:
    """Reasons, what is missing, what else fits; the most useful first, what is not verified so early that it stays."""
    occupation, balkans = case.occupation, case.nationality == "western_balkans"
    said = [Point("job_offer_missing")] if case.get("job_offer") == "no" else []
    said += [*_reserved(case), Point(f"title_{name}")]
    if case.get("occupation") == "other" and name != "training":
        said.append(Point("occupation_open"))
    if occupation and not occupation.verified and name != "training":
        said.append(Point("occupation_unverified"))
    if _office_open(case):
        said.append(Point("office_unverified"))
    if case.regulated and name != "training":
        said.append(Point({"measure": "licence_after", "partnership": "licence_partnership"}.get(name, "licence")))
    missing = name in ("vocational", "academic") and "recognition" in ids
    partnership = name == "measure" or (missing and not _evaluated(case))
    care = case.get("occupation") in NURSES | CARE_BY_STATE
    if care and partnership:
        said.append(Point("partnership_care"))
    if name == "academic" and case.get("occupation") in HIGHLY_QUALIFIED:
        said.append(Point("highly_qualified"))
    if blue_card := _blue_card(case, name):
        said.append(Point(blue_card))
    if "recognition" in ids:
        if name in ("partnership", "experience"):
            said.append(Point("confirmation"))
        elif _evaluated(case):
            said.append(Point("evaluation_partial" if case.get("recognition") == "partial" else "evaluation"))
        elif occupation:
            said.append(Point("body", {"body": occupation.body}))
    if not case.known("role"):
        said.append(Point("files"))
    else:
        said.append(Point("files_employer" if case.employer else "files_worker"))
    if name == "experience" and case.get("salary") == "unknown":
        said.append(Point("salary_open"))
    if name == "training":
        said.append(Point("training_german"))
    if case.nationality == "visa_free":
        said.append(Point("visa_free"))
    if case.driver and name != "training":
        said.append(Point("driver_else"))
    if balkans and case.regulated is False and name != "training":
        said.append(Point("partnership_balkans_else" if partnership else "balkans_else"))
    elif partnership and not care:
        said.append(Point("partnership_else"))
    if missing and case.regulated is False and case.get("experience") != "less":
        said.append(Point("experience_else"))
    if case.state is None and case.known("state"):
        said.append(Point("state_open"))
    return said


def _costs(case: Case, name: str, ids: list[str]) -> tuple[str, ...]:
    found = ["fast_track"]
    if "recognition" in ids:
        body = case.occupation.body if case.occupation else ""
        if name in ("partnership", "experience"):
            found.append("dab" if case.get("qualification") == "training" else "body")
        else:
            found.append("body" if _evaluated(case) else RECOGNITION_COST.get(body, "body"))
    return (*found, "visa", "residence_permit", "translations")


def _ordinary_recognition(case: Case, name: str) -> str:
    if name in ("partnership", "experience"):
        return "ordinary_confirmation"
    if _evaluated(case):
        return "ordinary_evaluation"
    if case.get("occupation") in NURSES:
        return "ordinary_nursing"
    return "ordinary_recognition" if case.regulated is False else "ordinary_other"


def _contact(kind: str, offices: list[Organisation], why: Point) -> tuple[Contact, ...]:
    return (Contact(kind, tuple(o.id for o in offices), why),) if offices else ()


def _offices(case: Case, *kinds: str) -> tuple[Contact, ...]:
    """Offices of some kinds, by the place of work where it is known."""
    found: tuple[Contact, ...] = ()
    for kind in kinds:
        # where the worker lives is not asked: the federal entry leads to the local authority of the place of residence
        state = "" if kind == "immigration_local" else case.state or ""
        found += _contact(kind, case.library.contacts(kind, state, case.day), Point(f"why_{kind}"))
    return found


def _authority(case: Case) -> tuple[Contact, ...]:
    """The central authority of the state, the local ones after it; where there is no central one, the local ones."""
    offices = case.library.contacts("immigration_central", case.state or "", case.day)
    central = [o for o in offices if o.kind == "immigration_central"]
    local = [o for o in offices if o.kind == "immigration_local"]
    if case.state is None or case.state not in case.library.organisations:
        return _contact("immigration_central", central, Point("why_authority_open"))
    names = {"state": case.state}
    return _contact("immigration_central", central, Point("why_central", names)) + _contact(
        "immigration_local", local, Point("why_local_too" if central else "why_local", names)
    )


def _office_open(case: Case) -> bool:
    """Is the authority that is named one whose competence is not verified?"""
    verified = {o.id: o.verified for group in case.library.organisations.values() for o in group}
    return not all(verified[i] for contact in _authority(case) for i in contact.organisations)


def _advice(case: Case) -> tuple[Contact, ...]:
    """IQ advises companies and people in Germany, the ZSBA people abroad."""
    if case.employer:
        return _offices(case, "iq_network")
    worker_abroad = case.abroad and case.known("role")
    return _offices(case, "zsba", "iq_network") if worker_abroad else _offices(case, "iq_network", "zsba")
