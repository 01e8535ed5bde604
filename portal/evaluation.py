"""How well labelled questions were answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

OUTSIDE = "out_of_scope"
KINDS = ("right", "offered", "wrong", "missed", "out_of_scope_right")


def outcome(labels: list[str], messages: list[dict[str, Any]]) -> str:
    """right: answered with a labelled topic; offered: it is among the choices; wrong: another answer;
    missed: neither. Out of scope is right when nothing was answered."""
    answered = [m.get("topic") for m in messages if m["kind"] in ("answer", "handover")]
    offered = [c.get("topic") for m in messages if m["kind"] == "offer" for c in m.get("choices", [])]
    if OUTSIDE in labels:
        return "out_of_scope_right" if not answered and not offered else "wrong" if answered else "offered"
    if set(answered) & set(labels):
        return "right"
    if answered:
        return "wrong"
    return "offered" if set(offered) & set(labels) else "missed"


def percentile(values: list[float], share: float) -> float:
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def outcomes(questions: list[dict[str, Any]], answers: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Counts and shares, in total and by language; latency in milliseconds."""
    rows = []
    by_language: dict[str, Counter[str]] = defaultdict(Counter)
    for q, messages in zip(questions, answers, strict=True):
        found = outcome(q["topics"], messages)
        said = [m.get("topic") or [c.get("topic") for c in m.get("choices", [])] or m["kind"] for m in messages]
        rows.append({**q, "outcome": found, "said": said})
        key = f"{OUTSIDE}_{found}" if OUTSIDE in q["topics"] and found != "out_of_scope_right" else found
        by_language[q["lang"]][key] += 1
    total = sum(by_language.values(), Counter())
    inside = sum(OUTSIDE not in q["topics"] for q in questions)
    outside = len(questions) - inside
    seconds = [m[-1]["seconds"] for m in answers if m]
    return {
        "n": len(questions),
        "right": round(total["right"] / max(inside, 1), 4),
        "offered": round(total["offered"] / max(inside, 1), 4),
        "wrong": round(total["wrong"] / max(inside, 1), 4),
        "missed": round(total["missed"] / max(inside, 1), 4),
        "out_of_scope_right": round(total["out_of_scope_right"] / max(outside, 1), 4),
        "in_scope": inside,
        "out_of_scope": outside,
        "p50_ms": round(1000 * percentile(seconds, 0.5), 1),
        "p95_ms": round(1000 * percentile(seconds, 0.95), 1),
        "by_language": {k: dict(v) for k, v in sorted(by_language.items())},
        "rows": rows,
    }


def table(result: dict[str, Any]) -> str:
    lines = [f"{'language':9}" + "".join(f"{k:>20}" for k in KINDS)]
    for language, counts in result["by_language"].items():
        lines.append(f"{language:9}" + "".join(f"{counts.get(k, 0):>20}" for k in KINDS))
    lines.append(f"{'share':9}" + "".join(f"{result[k]:>20.1%}" for k in KINDS))
    lines.append(f"n = {result['n']}, p50 {result['p50_ms']} ms, p95 {result['p95_ms']} ms")
    return "\n".join(lines)
