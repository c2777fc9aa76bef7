"""Why a decision was as it was: clauses, verdicts, and the facts they looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.core.instance import Fact
from engine.plan.gates import Clause, Gate, Group, Leaf, Outcome, unmet
from engine.plan.reckoning import told
from engine.plan.terms import Env, Run
from engine.ports import Json

FACTS_MAX: Final = 64
"""Facts written into one entry; a larger number is told as a count."""


def examined(gate: Gate, env: Env) -> tuple[tuple[Outcome, ...], Json]:
    """A gate's outcomes, and the record of them with the facts that were read."""
    known: Any = env.facts
    known.seen = {}
    try:
        outcomes = gate.explain(env)
        lines = clauses(outcomes, env)
        return outcomes, {"gate": lines, "facts": facts(known.seen)}
    finally:
        known.seen = None


def clauses(outcomes: tuple[Outcome, ...], env: Env) -> Json:
    """``[[text, verdict, parts, asked], …]``, as far as there are any.

    ``parts`` are the lines of a group; ``asked`` what the text's own parts answered,
    from which the verdict follows (:mod:`engine.plan.reckoning`).
    """
    return [_line(one, env) for one in outcomes]


def _line(outcome: Outcome, env: Env) -> Json:
    line: list[Json] = [outcome.clause.text, outcome.verdict]
    asked = [told(run(env)) for run in _asked(outcome.clause)]
    if outcome.parts or asked:
        line.append(clauses(outcome.parts, env))
    return [*line, asked] if asked else line


def _asked(clause: Clause) -> tuple[Run, ...]:
    """What a reader needs besides the verdict; of a plain clause that says it all."""
    reckoning = clause.reckoning
    if reckoning is None or (isinstance(clause, Leaf) and reckoning.is_plain):
        return ()
    return reckoning.asked


def facts(seen: Mapping[str, Fact | None]) -> Json:
    """``[[key, value, entry], …]``; a fact that is not there has entry 0."""
    rows: list[Json] = [
        [key, _short(key, fact), 0 if fact is None else fact.seq]
        for key, fact in sorted(seen.items())[:FACTS_MAX]
    ]
    if len(seen) > FACTS_MAX:
        rows.append(["…", len(seen) - FACTS_MAX, 0])
    return rows


def _short(key: str, fact: Fact | None) -> Json:
    """A node is told by its state and round; its history is in the entries."""
    if fact is None:
        return None
    if key.startswith("n/"):
        return [fact.value["s"], fact.value["r"]]
    if key.startswith("d/") and isinstance(fact.value, Mapping):
        return [fact.value["label"], fact.value["digest"], fact.value.get("approved")]
    return fact.value


def reasons(outcomes: tuple[Outcome, ...]) -> tuple[Json, ...]:
    """What keeps a gate shut, one reason for each unmet clause."""
    return tuple(reason(one) for one in unmet(outcomes))


def reason(unmet_: Outcome) -> Json:
    """An unmet clause as a reason: the author's words for it, if there are any."""
    return {
        "code": "core.unknown" if unmet_.verdict is None else "core.unmet",
        "clause": unmet_.clause.text,
        "words": _words(unmet_),
    }


def _words(outcome: Outcome) -> Json:
    """The author's words for a refusal, if there are any."""
    found = outcome.clause.otherwise
    if found is None and isinstance(outcome.clause, Group):
        return None
    return dict(found) if isinstance(found, Mapping) else found
