"""What the demo's campaign is to pm4py, which mines processes from such files.

It runs in a process of its own, by an interpreter of its own: ``make readers``.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.audit.exports import ocel_json, ocel_sqlite, xes_file
from engine.audit.exports.record import History
from engine.core.events import Moved
from engine.plan.graph import Node
from engine.testing import CAMPAIGN, campaign
from tests.audit.histories import exported, history_of

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".pm4py" / "bin" / "python"
STAGES = ("学习调研", "分析检查", "整改落实")

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="make readers brings it")


@pytest.fixture(scope="module")
def service() -> Any:
    return campaign("memory://")


@pytest.fixture(scope="module")
def history(service: Any) -> History:
    return history_of(service, CAMPAIGN)


@pytest.fixture(scope="module")
def found(history: History, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "log.sqlite").write_bytes(exported(ocel_sqlite, history))
    (folder / "log.json").write_bytes(exported(ocel_json, history))
    for case in ("instance", "node"):
        (folder / f"{case}.xes").write_bytes(exported(xes_file, history, case=case))
    command = [str(PYTHON), str(HERE / "pm4py_reads.py"), str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(said.stdout)


def test_every_constraint_of_the_standard_holds(found: Any) -> None:
    assert found["broken"] == []
    assert len(found["kept"]) > 20


def test_both_forms_of_ocel_are_the_same_log(found: Any, history: History) -> None:
    for what in ("events", "objects", "related"):
        database, text = found[what]
        assert database == text
    assert len(found["events"][0]) == history.head.revision


def test_the_one_variant_is_the_whole_history(found: Any, history: History) -> None:
    (variant,), (flat,) = found["variants"]["instance"], found["flat"]
    assert len(variant) == len(flat) == history.head.revision


def test_the_variant_has_stages_and_links_in_the_order_of_the_campaign(
    found: Any, service: Any, history: History
) -> None:
    (variant,) = found["variants"]["instance"]
    nodes = history.plan.nodes
    links = [path for path, node in nodes.items() if node.section == "links"]
    assert len(links) == 14
    names = {f"{path} {_opening(nodes[path])}": path for path in (*STAGES, *links)}
    order = list(dict.fromkeys(names[one] for one in variant if one in names))
    assert order == list(dict.fromkeys(_opened(service, set(names.values()))))
    assert [one for one in order if one in STAGES] == list(STAGES)
    assert set(order) == set(names.values())


def _opening(node: Node) -> str:
    return str(node.kind.moves["open"].title["zh"])


def _opened(service: Any, paths: set[str]) -> Iterator[str]:
    """By the entries themselves."""
    for entry in service.journal.entries(CAMPAIGN):
        event, _ = service.decode(entry)
        is_opening = isinstance(event, Moved) and event.move == "open"
        if is_opening and event.node in paths:
            yield event.node
