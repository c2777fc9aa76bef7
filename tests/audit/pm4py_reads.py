"""What pm4py makes of exports: run by an interpreter of its own, prints JSON.

    .pm4py/bin/python tests/audit/pm4py_reads.py FOLDER

FOLDER has log.sqlite and log.json (OCEL 2.0), instance.xes and node.xes. pm4py is AGPL:
nothing of ours imports it, and this file imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any


def read(folder: Path) -> dict[str, Any]:
    with contextlib.redirect_stdout(sys.stderr):  # it greets
        import pm4py
        from pm4py.objects.ocel.validation import ocel20_rel_validation

        database = str(folder / "log.sqlite")
        kept, broken = ocel20_rel_validation.apply(database)
        logs = [
            pm4py.read_ocel2_sqlite(database),
            pm4py.read_ocel2_json(str(folder / "log.json")),
        ]
        flat = pm4py.ocel_flattening(logs[0], "instance")
        cases = {
            name: pm4py.read_xes(str(folder / f"{name}.xes"))
            for name in ("instance", "node")
        }
        return {
            "kept": kept,
            "broken": broken,
            "events": [sorted(log.events["ocel:eid"]) for log in logs],
            "objects": [sorted(log.objects["ocel:oid"]) for log in logs],
            "related": [
                sorted(set(zip(*map(log.relations.get, PAIR), strict=True)))
                for log in logs
            ],
            "flat": [list(one) for one in pm4py.get_variants(flat)],
            "variants": {
                name: [list(one) for one in pm4py.get_variants(log)]
                for name, log in cases.items()
            },
            "follows": len(pm4py.discover_dfg(cases["instance"])[0]),
        }


PAIR = ("ocel:eid", "ocel:oid")

if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1])), ensure_ascii=False))
