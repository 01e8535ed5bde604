"""The labelled questions, written apart from the phrasings: the bars that the README states."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from portal import asking
from portal.evaluation import outcomes

FILE = Path(__file__).parent / "questions" / "questions.jsonl"


async def test_the_bars_hold(wegweiser):
    questions = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    assert len(questions) >= 300 and len({q["lang"] for q in questions}) >= 8
    at_once = 3  # streams: portal and Rasa work side by side, and nothing here is timed
    parts = await asyncio.gather(*(asking.many(wegweiser, questions[n::at_once]) for n in range(at_once)))
    answers = [parts[i % at_once][i // at_once] for i in range(len(questions))]
    result = outcomes(questions, answers)
    result.pop("rows")
    assert result["right"] >= 0.75, result
    assert result["right"] + result["offered"] >= 0.90, result
    assert result["wrong"] <= 0.08, result
    assert result["out_of_scope_right"] >= 0.70, result
