"""Plans at the command line: check, show, kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import open_service
from engine.plan.library import check_file, load, shipped
from engine.plan.source import parse, read
from engine.plan.tracing import sentences_of
from engine.plan.writing import as_yaml
from engine.runtime.playing import play
from engine.runtime.scenario import read_scenario
from engine.testing import counted_salts

BROKEN = """\
plan: broken
title: 坏的
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-06-30}
leader: 甲
parties: {people: {甲: {}}}
stages:
- id: 学习
  entry: [done(不存在)]
  links:
  - {id: 环节, owner: 丁, do: [{id: 事项, kind: taks}]}
"""
SIGNS = "-?:,[]{}#&*!|>'\"%@`"
LOOKS_LIKE_YAML = (
    "a: b",
    "a #b",
    "a:",
    "null",
    "~",
    "",
    " a",
    "a ",
    "<<",
    "...",
    "---",
)


# -- check


def test_a_plan_without_faults_is_summed_up(plangate: Any) -> None:
    told = plangate("check", "office.yaml")
    assert told.code == 0
    last = told.out.splitlines()[-1]
    assert last.startswith("office.yaml：方案 office 没有问题")
    assert "1 个阶段、2 个环节、5 个事项，对应 3 条要求；未定 0 项，代拟 1 项" in last


def test_every_fault_is_told_with_its_place(plangate: Any) -> None:
    (plangate.folder / "broken.yaml").write_text(BROKEN, "utf-8")
    told = plangate("check", "broken.yaml")
    assert told.code == 2
    for place in ("broken.yaml:10:", "broken.yaml:12:"):
        assert any(line.startswith(place) for line in told.out.splitlines())
    assert "taks" in told.out
    assert "不存在" in told.out


def test_a_warning_counts_only_where_one_is_strict(plangate: Any) -> None:
    text = (plangate.folder / "office.yaml").read_text("utf-8")
    unused = f"{text}params:\n  unused: {{type: int, default: 3}}\n"
    (plangate.folder / "unused.yaml").write_text(unused, "utf-8")
    told = plangate("check", "unused.yaml", "--json")
    assert (told.code, told.json["faults"]) == (0, 0)
    assert told.json["warnings"] == 1
    assert plangate("check", "unused.yaml", "--strict").code == 2
    assert plangate("check", "office.yaml", "--strict").code == 0


def test_notes_are_left_out_if_one_is_not_interested(plangate: Any) -> None:
    everything, less = plangate("check", "office"), plangate("check", "office", "-q")
    assert "提示 2 条：" in everything.out
    assert len(less.out.splitlines()) == 1
    assert less.out.splitlines()[-1] == everything.out.splitlines()[-1]


def test_a_folder_is_walked_for_plans_kinds_and_scenarios(plangate: Any) -> None:
    kinds = plangate.folder / "kinds"
    kinds.mkdir()
    kind = "kind: visit\ntitle: {zh: 走访, en: visit}\nextends: task\n"
    (kinds / "visit.yaml").write_text(kind, "utf-8")
    told = plangate("check", ".", "--json").json
    assert {(one["file"], one["sort"], one["plan"]) for one in told["plans"]} == {
        ("office.yaml", "plan", "office"),
        ("scenario.yaml", "scenario", "office"),
        ("kinds/visit.yaml", "kind", "visit"),
    }
    assert told["faults"] == 0


def test_a_fault_of_a_kind_or_scenario_is_told_where_it_is(plangate: Any) -> None:
    kinds = plangate.folder / "kinds"
    kinds.mkdir()
    (kinds / "visit.yaml").write_text("kind: visit\nextends: tusk\n", "utf-8")
    bad = "scenario: bad\nplan: office\nstart: 2009-04-11 08:00\nacts:\n- {do: hold}\n"
    (plangate.folder / "bad.yaml").write_text(bad, "utf-8")
    told = plangate("check", "kinds", "bad.yaml")
    assert told.code == 2
    assert "kinds/visit.yaml:2:" in told.out
    assert "bad.yaml:5:" in told.out


def test_the_faults_of_json_have_every_field(plangate: Any) -> None:
    (plangate.folder / "broken.yaml").write_text(BROKEN, "utf-8")
    told = plangate("check", "broken.yaml", "--json")
    assert told.code == 2
    (plan,) = told.json["plans"]
    assert plan["digest"] is None
    for fault in plan["faults"]:
        assert fault["severity"] in {"fault", "warning", "note"}
        assert fault["file"] == "broken.yaml"
        assert fault["line"] >= 1
        assert fault["column"] >= 1
        assert set(fault["message"]) == {"zh", "en"}


def test_sarif_names_rule_level_and_region_of_every_fault(plangate: Any) -> None:
    (plangate.folder / "坏 的.yaml").write_text(BROKEN, "utf-8")
    told = plangate("check", "坏 的.yaml", "--sarif")
    assert told.code == 2
    log = told.json
    assert (log["version"], log["$schema"][-16:]) == ("2.1.0", "sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert place["artifactLocation"]["uri"].isascii()


def test_nothing_that_a_file_may_hold_ends_in_a_traceback(plangate: Any) -> None:
    for number, content in enumerate(
        (b"", b"\xff\xfe\x00", b"plan: [", b"- a\n- b\n", b"\x00" * 50, b"{" * 500)
    ):
        file = plangate.folder / f"odd{number}.yaml"
        file.write_bytes(content)
        told = plangate("check", file.name)
        assert told.code == 2, content
        assert told.out.startswith(f"{file.name}:"), content


def test_a_plan_that_is_not_there_is_told_with_the_nearest(plangate: Any) -> None:
    told = plangate("check", "ofice")
    assert told.code == 2
    assert "找不到方案 'ofice'" in told.err
    assert "office.yaml" in told.err


def test_a_folder_without_plans_is_told(plangate: Any) -> None:
    (plangate.folder / "empty").mkdir()
    told = plangate("check", "empty")
    assert told.code == 2
    assert "empty" in told.err


# -- show


def events_of(path: Path, scenario: Path) -> list[Any]:
    """What a scenario leads to with the plan of a file."""
    plan, bundle = load(path)
    service = open_service("memory://")
    service.salts = counted_salts()
    outcome = play(service, plan, bundle, read_scenario(scenario))
    assert not outcome.failures
    return [
        (entry.at, entry.type, entry.node, entry.actor, service.decode(entry)[0])
        for entry in service.journal.entries(outcome.instance)
        if entry.type != "started"
    ]


def test_a_shown_plan_is_a_plan_that_runs_the_same(
    tmp_path: Path, plangate: Any
) -> None:
    unit = shipped() / "units" / "maguan-gov-office.yaml"
    told = plangate("show", "units/maguan-gov-office")
    assert told.code == 0
    assert "extends:" not in told.out
    shown = tmp_path / "shown" / "plan.yaml"
    shown.parent.mkdir()
    shown.write_text(told.out, "utf-8")
    trace = "maguan-gov-office.trace.yaml"
    (shown.parent / trace).write_bytes((unit.parent / trace).read_bytes())
    checked = check_file(shown)
    assert [one.say("en") for one in checked.faults if one.severity == "fault"] == []
    assert checked.plan is not None
    assert checked.plan.ledger == load(unit)[0].ledger
    scenario = shipped() / "scenarios" / "maguan-2009.yaml"
    assert events_of(shown, scenario) == events_of(unit, scenario)


@pytest.mark.parametrize(
    "file", sorted(shipped().rglob("*.yaml")), ids=lambda one: one.stem
)
def test_what_is_written_reads_back_the_same(file: Path) -> None:
    if ".trace" in file.name:
        text = f"rows:\n{file.read_text('utf-8')}"
        tree = parse(text, file.name).tree
    else:
        tree = read(file).tree
    assert parse(as_yaml(tree), "again").tree.plain() == tree.plain()


@pytest.mark.parametrize(
    "text",
    [
        *SIGNS,
        *LOOKS_LIKE_YAML,
        "19:30",
        "名：值",
        "多\n行",
        "it's",
        '"x"',
        "a\\b",
        "no",
    ],
)
def test_any_text_is_written_so_that_it_stays_itself(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    tree = parse(f'"k": ["{quoted}", {{a: "{quoted}"}}]', "x").tree
    again = parse(as_yaml(tree), "y").tree
    assert again.plain() == {"k": [text, {"a": text}]}


def test_a_shown_plan_in_json_has_its_nodes_and_where_it_came_from(
    plangate: Any,
) -> None:
    told = plangate("show", "units/maguan-gov-office", "--format", "json").json
    assert told["chain"] == ["base/study-practice", "units/maguan-gov-office"]
    paths = {node["path"] for node in told["nodes"]}
    assert "学习调研.动员大会.会议" in paths
    assert told["document"]["sha256"]


def test_a_diagram_has_every_stage_and_link_and_the_gates_between_them(
    plangate: Any,
) -> None:
    told = plangate("show", "office", "--format", "mermaid", "--lang", "en")
    assert told.code == 0
    lines = [line.strip() for line in told.out.splitlines()]
    assert lines[0] == "flowchart TD"
    assert 'subgraph n0["study"]' in lines
    assert 'n1["kick-off"]' in lines
    assert 'n1 -->|"done(动员)"| n2' in lines
    assert 'g0{{"event(通知到了)"}} --> n1' in lines


def test_a_difference_is_told_by_elements_and_keys(plangate: Any) -> None:
    text = (plangate.folder / "office.yaml").read_text("utf-8")
    other = text.replace("into: 2", "into: 3").replace("plan: office", "plan: other")
    (plangate.folder / "other.yaml").write_text(
        other.replace("    - {id: 报告, kind", "    - {id: 报表, kind"), "utf-8"
    )
    told = plangate("show", "office", "--diff", "other", "--format", "json").json
    changes = {one["element"]: one for one in told["changes"]}
    assert changes["学习.调研.报表"]["change"] == "added"
    assert changes["学习.调研.报告"]["change"] == "removed"
    assert changes["学习.调研.分组"]["keys"] == [
        {"key": "into", "before": "2", "after": "3"}
    ]
    assert set(changes) == {
        *("plan", "学习.调研", "学习.调研.分组", "学习.调研.报告", "学习.调研.报表")
    }
    same = plangate("show", "office", "--diff", "office.yaml")
    assert (same.code, same.out) == (0, "共 0 项不同\n")


def test_the_ledger_tells_what_is_open_and_what_was_supplied(plangate: Any) -> None:
    told = plangate("show", "office", "--ledger")
    assert told.code == 0
    assert "由编写者代拟 1 项" in told.out
    assert "2/3" in told.out


def test_the_document_stands_beside_what_answers_it(plangate: Any) -> None:
    told = plangate("show", "office", "--document", "document.txt")
    assert (told.code, told.err) == (0, "")
    meeting = told.out.partition("学习.动员.会议")[2].partition("学习.调研")[0]
    assert "[1] 全体职工都要参加。" in meeting
    assert "[3] 先开动员会;" in meeting
    assert "后写报告" not in meeting


def test_another_document_is_refused_unless_it_is_wanted(plangate: Any) -> None:
    (plangate.folder / "document.txt").write_text("别的文件。\n", "utf-8")
    asked = ("show", "office", "--document", "document.txt")
    told = plangate(*asked)
    assert (told.code, told.out) == (2, "")
    assert "不是方案所依据的文件" in told.err
    anyway = plangate(*asked, "--anyway")
    assert anyway.code == 0
    assert "[1] 别的文件。" in anyway.out
    assert "（文件里没有这一句）" in anyway.out
    assert "不符" in anyway.err


def test_sentences_end_with_a_line_a_stop_or_a_semicolon() -> None:
    assert sentences_of("一。二；三;四\n\n五") == ("一。", "二；", "三;", "四", "五")


# -- kinds


def test_kinds_are_listed_with_states_and_moves(plangate: Any) -> None:
    told = plangate("kinds")
    assert told.code == 0
    assert "meeting  会议" in told.out
    assert "convene" in told.out
    names = {one["kind"] for one in plangate("kinds", "--json").json["kinds"]}
    assert {"plan", "stage", "link", "meeting", "review", "ballot"} <= names


def test_one_kind_is_shown_as_it_is_written(plangate: Any) -> None:
    told = plangate("kinds", "meeting")
    written = (shipped() / "kinds" / "meeting.yaml").read_text("utf-8")
    assert told.out == written.rstrip("\n") + "\n"


def test_the_states_of_a_kind_are_drawn(plangate: Any) -> None:
    told = plangate("kinds", "task", "--format", "mermaid", "--lang", "en")
    assert told.code == 0
    lines = [line.strip() for line in told.out.splitlines()]
    assert lines[0] == "stateDiagram-v2"
    assert any(line.startswith("[*] --> ") for line in lines)
    assert any(line.endswith("(owner)") for line in lines)


def test_a_kind_that_is_not_there_is_told_with_the_nearest(plangate: Any) -> None:
    told = plangate("kinds", "meetin")
    assert told.code == 2
    assert "meeting" in told.err


def test_an_action_that_nobody_here_has_is_warned_of_where_it_stands(
    plangate: Any, office: Path
) -> None:
    text = (office / "office.yaml").read_text("utf-8")
    wrong = text.replace(
        "      src: [R-1, R-2]\n",
        "      src: [R-1, R-2]\n      effects: {hold: [{action: notfy}]}\n",
    )
    assert wrong != text
    (office / "office.yaml").write_text(wrong, "utf-8")
    told = plangate("check", "office.yaml", "--json").json["plans"][0]["faults"]
    (warned,) = (one for one in told if one["code"] == "check.no_action")
    line = wrong.splitlines().index("      effects: {hold: [{action: notfy}]}") + 1
    assert (warned["severity"], warned["line"]) == ("warning", line)
    assert "'notfy'" in warned["message"]["en"]
    assert "there is notify" in warned["message"]["en"]
