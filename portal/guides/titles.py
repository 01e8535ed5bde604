"""Residence titles (Aufenthaltstitel) checked against a case: AufenthG §§ 16a to 20b, BeschV §§ 6, 22a, 24a, 26."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from portal.guides.case import Case
from portal.guides.law import IT_GROUPS
from portal.guides.result import Condition, State, Title

GERMAN = ("none", "a1", "a2", "b1", "b2", "c1")
TRAINED = ("training", "degree")
IT = "43"  # KldB group of computing: "Informations- und Kommunikationstechnologie", BeschV § 6
FEATURES = (  # AufenthG § 20b Abs. 1: figure (and key), fact, answers; one counts for each fact
    ("points_partial_recognition", "recognition", ("partial",)),
    ("points_german_b2", "german", ("b2", "c1")),
    ("points_german_b1", "german", ("b1",)),
    ("points_german_a2", "german", ("a2",)),
    ("points_english_c1", "english", ("c1",)),
    ("points_experience_long", "experience", ("long",)),
    ("points_experience_short", "experience", ("short",)),
    ("points_age_young", "age", ("to_27", "to_35")),
    ("points_age_middle", "age", ("to_40",)),
    ("points_shortage", "occupation", ()),
    ("points_stay", "stay", ("yes",)),
    ("points_spouse", "spouse", ("yes",)),
)
ASKED_FOR_POINTS = ("german", "experience", "age", "english", "stay", "spouse", "occupation")
IMPROVABLE = ("german", "english", "experience")


@dataclass(frozen=True)
class Check:
    """A condition and how it can be settled: the fact to ask, and whether an answer can fail it."""

    key: str
    state: State
    ask: str | None = None
    fails: bool = True
    names: Mapping[str, str | int] = field(default_factory=dict)


Checks = dict[str, tuple[Check, ...]]


def shortage(case: Case) -> bool | None:
    """A shortage occupation (Engpassberuf, § 18g Abs. 1 S. 2)? None: not known, or only some posts of it."""
    occupation = case.occupation
    if occupation is None:
        return None
    if not occupation.shortage:
        return False
    return None if occupation.shortage_isco and set(occupation.shortage_isco) != set(occupation.isco) else True


def blue_card_it(case: Case) -> bool | None:
    """An IT occupation of § 18g Abs. 2?"""
    return None if case.occupation is None else any(i.startswith(IT_GROUPS) for i in case.occupation.isco)


def it(case: Case) -> bool | None:
    """An occupation of information and communication technology (BeschV § 6)?"""
    return None if case.occupation is None else bool(blue_card_it(case)) or case.occupation.kldb.startswith(IT)


def care_assistant(case: Case) -> bool:
    return case.get("occupation") == "nursing_assistant"


def _counted(case: Case) -> dict[str, str]:
    """The features that count: fact -> figure."""
    found = {fact: figure for figure, fact, answers in FEATURES if case.get(fact) in answers}
    return found | ({"occupation": "points_shortage"} if shortage(case) else {})


def _worth(case: Case, figure: str) -> int:
    value = case.library.figures[figure].on(case.day)
    return int(value) if isinstance(value, int | float) else 0


def _more(case: Case) -> dict[str, str]:
    """Features that are not known or can be gained: fact -> the figure of the most points."""
    counted, more = _counted(case), dict[str, str]()
    for figure, fact, _ in FEATURES:  # the best of a fact stands first
        gained = fact in IMPROVABLE or (fact == "recognition" and case.get(fact) == "none")
        unsure = not case.known(fact) or (fact == "occupation" and shortage(case) is None)
        better = fact not in counted or _worth(case, counted[fact]) < _worth(case, figure)
        if (gained or unsure) and better:
            more.setdefault(fact, figure)
    return more


def points(case: Case) -> tuple[int, tuple[str, ...]]:
    """The points counted for the opportunity card (Chancenkarte), and the features that would add points."""
    return sum(_worth(case, f) for f in _counted(case).values()), tuple(_more(case).values())


def shortage_decides(case: Case) -> bool:
    """Do the points for the opportunity card reach the number only with those for a shortage occupation?"""
    possible = sum(_worth(case, f) for fact, f in _counted(case).items() if fact != "occupation")
    needed = _worth(case, "opportunity_points")
    return shortage(case) is not False and possible < needed <= possible + _worth(case, "points_shortage")


def _offer(case: Case, key: str = "job_offer") -> Check:
    offer = case.get("job_offer")
    state: State = "met" if offer == "yes" else "failed" if offer == "no" else "open"
    return Check(key, state, _ask(case, "job_offer"))


def _ask(case: Case, fact: str) -> str | None:
    return None if case.known(fact) else fact


def _one_of(case: Case, key: str, fact: str, met: tuple[str, ...], failed: tuple[str, ...]) -> Check:
    """A condition that one fact settles; other answers leave it open."""
    answer = case.get(fact)
    state: State = "met" if answer in met else "failed" if answer in failed else "open"
    return Check(key, state, _ask(case, fact))


def _age(case: Case) -> Check:
    """AufenthG § 18 Abs. 2 Nr. 5, BeschV § 1 Abs. 2: from that age a salary, or an adequate pension (stays open)."""
    if case.at_least("salary", "age45") or case.get("age") in ("to_27", "to_35", "to_40", "to_44"):
        return Check("age_rule", "met")
    return Check("age_rule", "open", case.first_unknown("age", "salary"), fails=False)


def _licence(case: Case) -> tuple[Check, ...]:
    """The licence for a regulated occupation (AufenthG § 18 Abs. 2 Nr. 3), open even after full recognition."""
    if case.regulated is False:
        return ()
    refused = case.regulated and case.get("recognition") == "refused"
    return (Check("licence", "failed" if refused else "open", _ask(case, "occupation"), fails=False),)


def _not_regulated(case: Case, key: str, *, recognised: bool = False) -> Check:
    if recognised and case.get("recognition") == "full" and case.regulated is not False:
        return Check(key, "open", _ask(case, "occupation"), fails=False)  # the licence is still to be shown
    state: State = "open" if case.regulated is None else "failed" if case.regulated else "met"
    return Check(key, state, _ask(case, "occupation"))


def _skilled(case: Case, key: str, qualification: str, recognised: str) -> tuple[Check, ...]:
    other = tuple(q for q in (*TRAINED, "none") if q != qualification)
    return (
        _offer(case, "job_offer_qualified"),
        _one_of(case, key, "qualification", (qualification,), other),
        _one_of(case, recognised, "recognition", ("full",), ("partial", "refused")),
        *_licence(case),
        _age(case),
    )


def _blue_card_salary(case: Case, *, without_degree: bool) -> Check:
    """§ 18g Abs. 1 S. 1, 2 and Abs. 2: the full threshold, or the lower one; shortage groups stay open (unverified)."""
    if case.get("salary") in ("below", "experience"):
        return Check("blue_card_salary_lower" if without_degree else "blue_card_salary", "failed")
    if without_degree:
        reached = case.at_least("salary", "shortage")
        return Check("blue_card_salary_lower", "met" if reached else "open", _ask(case, "salary"))
    if case.at_least("salary", "blue_card"):
        return Check("blue_card_salary", "met")
    if not case.at_least("salary", "shortage"):
        return Check("blue_card_salary", "open", _ask(case, "salary"))
    if case.get("graduate") == "yes":
        return Check("blue_card_salary_lower", "met")
    if shortage(case):
        return Check("blue_card_salary_lower", "open", case.first_unknown("graduate"), fails=False)
    ask = case.first_unknown("occupation", "graduate")
    return Check("blue_card_salary_lower", "open" if ask or shortage(case) is None else "failed", ask)


def _blue_card(case: Case) -> tuple[Check, ...]:
    qualification = case.get("qualification")
    if qualification in ("training", "none"):
        group = blue_card_it(case)
        state: State = "open" if group is None else "met" if group else "failed"
        long = case.at_least("experience", "long")
        return (
            _offer(case),
            Check("blue_card_it", state, _ask(case, "occupation")),
            Check("blue_card_it_experience", "met" if long else "open", _ask(case, "experience"), fails=False),
            _blue_card_salary(case, without_degree=True),
        )
    return (
        _offer(case),
        Check("degree", "met" if qualification == "degree" else "open", _ask(case, "qualification")),
        _one_of(case, "degree_comparable", "recognition", ("full",), ("partial", "refused")),
        _blue_card_salary(case, without_degree=False),
        *_licence(case),
    )


def _experience_salary(case: Case) -> Check:
    """BeschV § 6: the salary, or a collective agreement (Tarifvertrag)."""
    if case.at_least("salary", "experience") or case.get("collective") == "yes":
        return Check("experience_salary", "met")
    ask = case.first_unknown("salary", "collective")
    failed = case.get("salary") == "below" and case.get("collective") == "no"
    return Check("experience_salary", "failed" if failed else "open", ask)


def _work_experience(case: Case) -> tuple[Check, ...]:
    qualification = _one_of(case, "experience_qualification", "qualification", TRAINED, ())
    if case.get("qualification") == "none":
        state: State = "open" if it(case) is None else "met" if it(case) else "failed"
        qualification = Check("experience_it", state, _ask(case, "occupation"))
    salary, age = _experience_salary(case), _age(case)
    return (
        _offer(case, "job_offer_qualified"),
        _not_regulated(case, "not_regulated"),
        qualification,
        _one_of(case, "experience_years", "experience", ("long", "short"), ("less",)),
        salary,
        replace(age, ask=age.ask and (salary.ask or age.ask)),  # the age last: it cannot fail
    )


def _measure(case: Case) -> tuple[Check, ...]:
    if case.get("qualification") == "none":
        return (Check("foreign_qualification", "failed"),)
    return (
        _one_of(case, "foreign_qualification", "qualification", TRAINED, ()),
        _one_of(case, "partial_notice", "recognition", ("partial",), ("full", "refused")),
        _german(case, "german_a2_rule", "a2"),
        Check("measure_place", "open"),
    )


def _partnership(case: Case) -> tuple[Check, ...]:
    regulated = Check("partnership_regulated", "open", _ask(case, "occupation"), fails=False)
    return (
        _offer(case),
        _one_of(case, "partnership_qualification", "qualification", TRAINED, ("none",)),
        _one_of(case, "recognition_ahead", "recognition", ("none", "partial"), ("full", "refused")),
        _german(case, "german_a2", "a2"),
        Check("partnership_agreement", "open"),
        Check("partnership_job", "open"),
        *(() if case.regulated is False else (regulated,)),
    )


def _care_assistant(case: Case) -> tuple[Check, ...]:
    """BeschV § 22a: no length of the training is asked for."""
    return (
        _offer(case),
        _one_of(case, "care_recognised", "recognition", ("full",), ("refused",)),
        *_licence(case),
        _age(case),
    )


def _german(case: Case, key: str, level: str) -> Check:
    """A level of German that can still be reached, so it is never asked for alone."""
    german = case.get("german")
    return Check(key, "met" if german in GERMAN and GERMAN.index(german) >= GERMAN.index(level) else "open")


def _card(case: Case) -> tuple[Check, ...]:
    here = () if case.abroad else (Check("card_in_germany", "open", _ask(case, "residence"), fails=False),)
    always = (Check("livelihood", "open"), *here)
    if case.get("recognition") == "full":
        return (Check("card_skilled", "met"), *always)
    qualification = _one_of(case, "card_qualification", "qualification", TRAINED, ("none",))
    if case.get("recognition") == "partial":
        qualification = Check("card_partial", "met")
    elif qualification.state != "failed" and not case.known("recognition"):
        qualification = Check("card_qualification", "open", "recognition")
    return (qualification, _card_language(case), *_card_points(case), *always)


def _card_language(case: Case) -> Check:
    german, english = case.get("german"), case.get("english")
    if german in GERMAN[1:] or english in ("b2", "c1"):
        return Check("card_language", "met")
    ask = case.first_unknown("german", "english")
    return Check("card_language", "open" if ask else "failed", ask)


def _card_points(case: Case) -> tuple[Check, ...]:
    """The points, and each feature that counts; the shortage point is unverified and settles nothing."""
    number, _ = points(case)
    needed = _worth(case, "opportunity_points")
    counted, more = _counted(case), _more(case)
    unsure = {f: figure for f, figure in more.items() if not case.known(f) or f == "occupation"}
    possible = number + sum(_worth(case, figure) for figure in unsure.values())
    ask = next((f for f in ASKED_FOR_POINTS if f in unsure and not case.known(f)), None) if possible >= needed else None
    sure = number >= needed and not shortage_decides(case)
    state: State = "met" if sure else "open" if possible >= needed else "failed"
    features = [(figure, fact) for figure, fact, _ in FEATURES if counted.get(fact) == figure]
    return (Check("card_points", state, ask if state == "open" else None, number < needed, {"n": number}),
            *(Check(figure, "open" if fact == "occupation" else "met") for figure, fact in features))  # fmt: skip


def _western_balkans(case: Case) -> tuple[Check, ...]:
    age = _age(case)
    return (
        Check("western_balkans_national", "met"),
        _offer(case),
        _not_regulated(case, "western_balkans_not_regulated", recognised=True),
        Check("western_balkans_age", age.state),
        Check("western_balkans_mission", "open"),
        Check("western_balkans_benefits", "open"),
        Check("western_balkans_approval", "open"),
    )


def checks(case: Case) -> Checks:
    """The titles that suit nationality and purpose, each with its conditions."""
    purpose = case.get("purpose")
    if case.nationality == "eu":
        return {"eu": (Check("eu_national", "met"),)}
    if purpose == "training":
        place: State = "met" if case.get("job_offer") == "yes" else "open"
        return {"training": (Check("training_place", place), _german(case, "training_german", "b1"))}
    if purpose == "study":
        return {"language_course": (Check("course_intensive", "open"), Check("course_livelihood", "open"))}
    no_recognition = case.get("qualification") == "degree" and case.regulated is False  # none exists for such degrees
    if purpose == "measure" and not no_recognition:
        return {"recognition_measure": _measure(case), "recognition_partnership": _partnership(case)}
    if purpose == "search" and case.get("job_offer") != "yes":
        return {"opportunity_card": _card(case)}
    found: Checks = {
        "skilled_vocational": _skilled(case, "vocational_training", "training", "training_recognised"),
        "skilled_academic": _skilled(case, "degree", "degree", "degree_comparable"),
        "blue_card": _blue_card(case),
    }
    if case.driver:
        found["drivers"] = (
            _offer(case), Check("driver_occupation", "met"), Check("driver_licence", "open"), _age(case),
        )  # fmt: skip
    if care_assistant(case):
        del found["skilled_vocational"]  # the training of an assistant is too short for § 18a
        found = {"care_assistant": _care_assistant(case)} | found
    if case.nationality == "western_balkans":
        found["western_balkans"] = _western_balkans(case)
    if case.get("recognition") != "full":  # skilled workers have the titles above
        found["work_experience"] = _work_experience(case)
    if case.get("recognition") != "full" and not no_recognition:
        found["recognition_partnership"] = _partnership(case)
        found["recognition_measure"] = _measure(case)
    if case.get("job_offer") == "no":
        found["opportunity_card"] = _card(case)
    return found


def check(case: Case) -> tuple[Title, ...]:
    """The titles that suit nationality and purpose, with conditions met, open or failed."""
    return tuple(
        Title(key, tuple(Condition(c.key, c.state, c.names) for c in found)) for key, found in checks(case).items()
    )


def to_ask(case: Case) -> set[str]:
    """Facts that can still change the outcome of a title: fail it, or settle it where nothing else stays open."""
    wanted = set[str]()
    for found in checks(case).values():
        opened = [c for c in found if c.state == "open"]
        if all(c.state != "failed" for c in found):
            settles = all(c.ask for c in opened)
            wanted |= {c.ask for c in opened if c.ask and (settles or c.fails)}
    return wanted
