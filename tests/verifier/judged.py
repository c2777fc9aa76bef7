"""An instance that is judged entry by entry, without the bundle around it."""

from __future__ import annotations

import hashlib
from typing import Any

from engine.verifier import Findings, Instances, Table, Where
from tests.verifier.bundles import Entry

NOW = "2009-04-11T01:02:03Z"
T, F, N = True, False, None  # verdicts
GATES: Entry = {
    "clauses": [
        ["true", ["v", True]],
        ["false", ["v", False]],
        ["part", ["?", 0]],
        ["any", "any", [2, 2]],
        ["all", "all", [2, 2]],
        ["not", "not", [2, 2]],
        ["least", "at_least", [2, 2, 2], ["?", 0]],
        ["entry", ["entry"]],
        ["exit", ["exit"]],
        ["nobody knows", None],
    ],
    "kinds": {
        "k": {
            "initial": "s",
            "done": ["d"],
            "settled": ["d", "e"],
            "moves": {
                "m": {"from": ["s", "d", "e"], "to": None, "by": "by", "gate": [0]},
                "to_d": {"from": ["s", "e"], "to": "d", "by": "by", "gate": []},
                "to_e": {"from": ["d"], "to": "e", "by": "by", "gate": [0]},
                "ask": {"from": ["s"], "to": None, "by": "by", "gate": []},
            },
        }
    },
    "nodes": {
        name: {"kind": "k", "parent": parent, "entry": [2, 2], "exit": [2]}
        for name, parent in (("n", "p"), ("p", None), ("t[]", "p"), ("r#", None))
    },
}


class Told:
    """An instance that is judged, entry by entry; what is told of each."""

    def __init__(self, **gates: Any) -> None:
        self.findings, self.seq, self.leaf = Findings(), 0, bytes(32)
        self.instances = Instances(self.findings, 1 << 30)
        self.gates = {**GATES, **gates}

    def add(self, kind: str, data: Entry, **keys: Any) -> list[str]:
        self.seq += 1
        entry = {
            "v": 1,
            "instance": "i",
            "seq": self.seq,
            "prev": self.leaf.hex(),
            "at": NOW,
            "recorded": NOW,
            "plan": "0" * 64,
            "type": kind,
            "data": data,
            "node": "n",
            **keys,
        }
        self.leaf = hashlib.sha256(b"%d" % self.seq).digest()
        before = len(self.findings.defects)
        table = Table(self.gates) if "why" in data else None
        self.recorded = self.instances.take(entry, self.leaf, Where(), table)
        return [one.code for one in self.findings.defects[before:]]

    def moved(self, move: str, source: str, to: str, **keys: Any) -> list[str]:
        why = keys.pop("why", {"gate": [["true", True]], "facts": []})
        data = {"from": source, "to": to, "round": 1, "move": move, "cause": "person"}
        names = ("round", "cause", "did", "inputs", "sealed")
        data |= {name: keys.pop(name) for name in names if name in keys}
        return self.add("moved", {**data, "why": why}, **keys)

    def asked(
        self, meaning: list[Any], value: Any, facts: Any = (), **keys: Any
    ) -> list[str]:
        """What is told if this was asked, by a move that was refused."""
        hole = ["==", ["?", 0, meaning], ["v", 0]]
        return self.refused(["and", hole, ["v", False]], [value], facts, **keys)

    def refused(
        self, form: Any, asked: list[Any], facts: Any = (), **keys: Any
    ) -> list[str]:
        clauses = [*GATES["clauses"], ["asked", form]]
        kind = GATES["kinds"]["k"]
        ask = {**kind["moves"]["ask"], "gate": [len(clauses) - 1]}
        kinds = {"k": {**kind, "moves": {**kind["moves"], "ask": ask}}}
        self.gates |= {"clauses": clauses, "kinds": kinds}
        why = {"gate": [["asked", False, [], asked]], "facts": list(facts)}
        data = {"move": "ask", "reasons": [], "why": why}
        return self.add("refused", data, **keys)


def said_of(told: Told, key: str, value: Any, seq: int) -> list[str]:
    return told.refused(["v", False], [], [[key, value, seq]])
