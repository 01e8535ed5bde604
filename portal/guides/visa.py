"""The visa path: which residence titles (Aufenthaltstitel, AufenthG §§ 16a to 20b) come into question."""

from __future__ import annotations

from portal.guides.case import Case
from portal.guides.result import Contact, Point, Result, Title
from portal.guides.titles import check, points, shortage, shortage_decides, to_ask

NAME = "visa"
FACTS: tuple[str, ...] = (
    "country", "purpose", "job_offer", "qualification", "recognition", "occupation", "german", "age", "experience",
    "salary", "graduate", "collective", "english", "stay", "spouse", "residence",
)  # fmt: skip
MOST = 9  # answers after which nothing more is asked: what is left stays open
SHORT = 6  # the place of residence only decides the office: asked in a short dialogue, else both offices are named
OTHER_WAY = {"vocational_training", "degree", "foreign_qualification", "partnership_qualification"}  # shown last
FAILED = 2  # titles that fail, shown with the reason
OTHER_AIMS = ("study", "training")  # purposes without a job
ADDS = 3  # features named that would add points
POINTS = 6
TOPICS = {
    "eu": "visa.eu_citizens",
    "recognition_partnership": "recognition.partnership",
    "drivers": "recognition.experience",
    "care_assistant": "recognition.health",
}  # else: visa.<title>
PROOF = ("work_experience", "recognition_partnership", "opportunity_card")  # a statement of the ZAB (DAB) is needed
FAST_TRACK = {"skilled_vocational", "skilled_academic", "blue_card", "work_experience", "recognition_partnership",
              "recognition_measure", "training"}  # fmt: skip
RECOGNITION = {"skilled_vocational", "skilled_academic", "recognition_measure", "recognition_partnership",
               "care_assistant"}  # fmt: skip
APPROVED = {"skilled_vocational", "skilled_academic", "work_experience", "drivers", "care_assistant",
            "recognition_partnership"}  # fmt: skip


def ask(case: Case) -> str | None:
    """The next fact that can still change the outcome of a title."""
    first = case.first_unknown("country", *(() if case.nationality == "eu" else ("purpose",)))
    if first or case.nationality == "eu":
        return first
    answered = sum(case.known(f) for f in FACTS)
    if answered >= MOST:
        return None
    wanted = to_ask(case)
    if found := next((f for f in FACTS if f in wanted), None):
        return found
    return case.first_unknown("residence") if answered < SHORT else None


def _condition(titles: list[Title], keys: set[str], state: str) -> bool:
    return any(c.key in keys and c.state == state for t in titles for c in t.conditions)


def _proof(case: Case, live: list[Title]) -> bool:
    """Is a statement of the ZAB on the foreign qualification (DAB, Zeugnisbewertung) needed?"""
    qualified = case.get("qualification") != "none" and case.get("recognition") not in ("full", "partial")
    return qualified and any(t.key in PROOF for t in live)


def _shortage_open(case: Case, live: list[Title]) -> bool:
    """Does it depend on a shortage occupation whether a title fits? Such occupations are not verified."""
    lower = [t for t in live if t.key == "blue_card" and case.get("qualification") not in ("training", "none")]
    by_salary = shortage(case) is not False and _condition(lower, {"blue_card_salary_lower"}, "open")
    return by_salary or (shortage_decides(case) and _condition(live, {"card_points"}, "open"))


def _points(case: Case, live: list[Title], titles: tuple[Title, ...]) -> tuple[Point, ...]:
    keys = {t.key for t in live}
    if "eu" in keys:
        return (Point("eu_registration"), Point("eu_recognition"), Point("eu_family"))
    blue = [t for t in live if t.key == "blue_card"]
    found = [Point("germany_change")] if live and case.abroad is False else []
    if case.get("occupation") == "other":
        found.append(Point("occupation_open"))
    elif case.occupation and not case.occupation.verified:
        found.append(Point("occupation_unverified"))
    if case.nationality == "visa_free":
        found.append(Point("visa_free"))
    if _shortage_open(case, live):
        found.append(Point("shortage_open"))
    if not live and case.get("purpose") == "measure" and case.get("recognition") == "full":
        found.append(Point("already_recognised"))
    card = next((t for t in titles if t.key == "opportunity_card"), None)
    if card and any(c.key == "card_points" for c in card.conditions):
        number, adds = points(case)
        found.append(Point("card_count", {"n": number}))
        if not any(c.key == "card_points" and c.state == "met" for c in card.conditions):
            found += [Point(f"add_{key}") for key in adds[:ADDS]]
    if "opportunity_card" in keys:
        found.append(Point("card_livelihood"))
    if case.get("purpose") == "study":
        found += [Point("study_degree"), Point("course_work")]
    if case.get("purpose") == "training":
        found += [Point("training_approval"), *([] if case.get("job_offer") == "yes" else [Point("training_search")])]
    if case.get("recognition") == "partial" and "recognition_measure" in keys:
        found.append(Point("partial_next"))
    any_job = case.nationality == "visa_free" and case.get("job_offer") != "no"
    if any_job and case.get("purpose") not in OTHER_AIMS and not any(t.outcome == "fits" for t in live):
        found.append(Point("visa_free_any_job"))
    if not live and not card:
        found.append(Point("nothing_fits"))
    if _condition(live, {"licence"}, "open") and case.regulated:
        found.append(Point("licence_first", {"occupation": case.facts["occupation"]}))
    no_approval = _condition(blue, {"blue_card_salary"}, "met")
    if any(c.key == "blue_card_salary_lower" for t in blue for c in t.conditions):
        found.append(Point("blue_card_lower_approval"))
    elif no_approval:
        found.append(Point("blue_card_no_approval"))
    if blue:
        found.append(Point("blue_card_job"))
    if keys & APPROVED:
        found.append(Point("ba_approval_others" if no_approval else "ba_approval"))
    if _proof(case, live):
        found.append(Point("proof"))
    if case.abroad is not False and live:
        found.append(Point("application"))
    return tuple(found[:POINTS])


def _contacts(case: Case, live: list[Title]) -> tuple[Contact, ...]:
    keys = {t.key for t in live}
    wanted: list[tuple[str, str]] = []
    if "eu" in keys:
        wanted = [("eures", "contact_eures")]
    elif case.abroad is False:
        balkans = [("mission", "contact_mission_balkans")] if "western_balkans" in keys else []
        wanted = [*balkans, ("immigration_local", "contact_local")]
    elif case.abroad:
        wanted = [("mission", "contact_mission")]
        if case.nationality == "visa_free":
            wanted.append(("immigration_local", "contact_local_visa_free"))
    else:
        wanted = [("mission", "contact_mission_if"), ("immigration_local", "contact_local_if")]
    if keys & RECOGNITION and case.get("recognition") != "full" and case.abroad is not False:
        wanted.append(("zsba", "contact_zsba"))
    if keys & RECOGNITION and case.get("recognition") != "full" and case.abroad is False:
        wanted.append(("iq_network", "contact_iq"))
    if _proof(case, live):
        wanted.append(("zab", "contact_zab"))
    if "western_balkans" in keys:
        wanted.append(("ag_s", "contact_approval"))
    wanted.append(("hotline", "contact_hotline"))
    found = [(kind, why, case.library.contacts(kind, case.state or "", case.day)) for kind, why in wanted]
    return tuple(Contact(kind, tuple(o.id for o in offices), Point(why)) for kind, why, offices in found if offices)


def _costs(case: Case, live: list[Title]) -> tuple[str, ...]:
    if case.nationality == "eu" or not live:
        return ()
    visa = case.abroad is not False and case.nationality != "visa_free"
    evaluated = "dab" if case.get("qualification") == "training" else "body"  # the DAB is only for vocational training
    proof = (evaluated,) if _proof(case, live) else ()
    return (*(["visa"] if visa else []), "residence_permit", *proof, "translations")


def _guides(case: Case, live: list[Title]) -> tuple[str, ...]:
    keys = {t.key for t in live}
    if "eu" in keys:
        return ("recognition", "referral")
    abroad = case.abroad is not False and case.nationality != "visa_free"
    fast = abroad and case.get("job_offer") == "yes" and bool(keys & FAST_TRACK)
    nothing = case.get("qualification") == "none" and "care_assistant" not in keys
    recognised = case.get("recognition") == "full" or nothing
    return (*(["fast_track"] if fast else []), *([] if recognised else ["recognition"]), "referral")


def _topics(case: Case, live: list[Title]) -> tuple[str, ...]:
    found = [TOPICS.get(t.key, f"visa.{t.key}") for t in live]
    if case.nationality == "eu":
        return (*found, "recognition.required")
    last = "residence.authority" if case.abroad is False else "visa.application"
    return (*found[:3], last) if found else ("visa.overview", last)


def result(case: Case) -> Result:
    """The titles that fit, those that are open, and at most two that fail; what is needed for them and where."""
    titles = check(case)
    fits = [t for t in titles if t.outcome == "fits"]
    unsettled = [t for t in titles if t.outcome == "open"]
    failed = [t for t in titles if t.outcome == "no"]
    failed.sort(key=lambda t: _condition([t], OTHER_WAY, "failed"))
    live = fits + unsettled
    if case.nationality == "eu":
        verdict = Point("verdict_eu")
    elif fits:
        verdict = Point("verdict_one") if len(fits) == 1 else Point("verdict_many", {"n": len(fits)})
    else:
        verdict = Point("verdict_open" if unsettled else "verdict_none")
    return Result(
        NAME, verdict, _points(case, live, titles), (*fits, *unsettled, *failed[:FAILED]), _contacts(case, live),
        costs=_costs(case, live), topics=_topics(case, live), guides=_guides(case, live),
    )  # fmt: skip
