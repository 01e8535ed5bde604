"""What the law names by occupation and country, once for all guides."""

from __future__ import annotations

RESERVED = frozenset({"NG", "GH", "NP", "PK", "ET", "CM", "BD"})  # examples from the list to BeschV § 38, not all of it
NURSES = frozenset({"nurse", "general_or_child_nurse", "geriatric_nurse"})  # PflBG §§ 1, 58; PflAPrV § 43
CARE_BY_STATE = frozenset({"nursing_assistant", "specialist_nurse"})  # care occupations of state law
IT_GROUPS = ("133", "25")  # ISCO-08 groups of AufenthG § 18g Abs. 2
RECOGNITION_COST = {  # which cost of shared.yml a body's recognition is; any other: "body"
    "ihk_fosa": "fosa", "hwk": "chamber", "ihk_fosa_or_hwk": "chamber",
    "state_health": "state_body", "state_authority": "state_body", "school_authority": "state_body",
}  # fmt: skip
