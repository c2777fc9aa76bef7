"""What a move asks of the world, and what the plan makes of its end."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from engine.core.commands import Report
from engine.core.events import Reported
from engine.errors import BadInput
from engine.testing import HEAD, Play, paper

ERRAND = """\
kind: errand
title: {zh: 跑腿, en: errand}
extends: activity
fields:
  what: {type: deliverable, title: {zh: 材料, en: document}}
states:
  sent: {title: {zh: 已发出, en: sent}}
  done: {title: {zh: 已办结, en: done}, done: true, final: true}
  late: {title: {zh: 没有回音, en: no answer}}
  lost: {title: {zh: 没有办成, en: failed}}
moves:
- name: hand_in
  from: [open, sent]
  to: same
  by: owner
  takes: {file: {type: file}}
  then: [{version: {of: $what, file: $file}}]
- name: send
  from: [open, late, lost]
  to: sent
  by: owner
  then: [{action: errand, with: {what: $what}}]
- {name: arrive, from: sent, to: done, on: succeeded}
- {name: wait_in_vain, from: sent, to: late, on: timed_out}
- {name: fail, from: sent, to: lost, on: failed}
"""
PLAN = """\
deliverables: {材料: {title: 剖析材料}}
stages:
- id: 阶段
  links:
  - {id: 环节, owner: 甲, do: [{id: 办, kind: errand, what: 材料}]}
"""


@pytest.fixture
def errand(tmp_path: Path) -> Play:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "errand.yaml").write_text(ERRAND, encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(HEAD + PLAN, encoding="utf-8")
    return Play.load(tmp_path / "plan.yaml")


def asked(play: Play) -> Any:
    (found,) = play.journal.open_requests(instance=play.id)
    return found


def reported(play: Play, outcome: str, cause: str | None = None) -> None:
    report = Report(key=asked(play).key, node="办", outcome=outcome, cause=cause)
    play.service.report(play.id, report, now=play.now)


def test_a_document_is_handed_over_in_its_latest_version(errand: Play) -> None:
    for text in ("first", "second"):
        errand.do("办", "hand_in", who="甲", file=paper(text))
    errand.do("办", "send", who="甲")
    version = {
        "deliverable": "材料",
        "label": "v2",
        "name": "paper.txt",
        "size": 6,
        "sha256": hashlib.sha256(b"second").hexdigest(),
    }
    assert asked(errand).parameters["what"] == version
    errand.do("办", "hand_in", who="甲", file=paper("third"))
    assert asked(errand).parameters["what"] == version


def test_a_document_that_is_not_there_is_handed_over_by_name(errand: Play) -> None:
    errand.do("办", "send", who="甲")
    assert asked(errand).parameters["what"] == "材料"


@pytest.mark.parametrize(
    ("outcome", "cause", "state"),
    [
        ("succeeded", None, "done"),
        ("failed", None, "lost"),
        ("failed", "crashed", "lost"),
        ("failed", "timed_out", "late"),
    ],
)
def test_a_plan_goes_on_by_how_its_request_ended(
    errand: Play, outcome: str, cause: str | None, state: str
) -> None:
    errand.do("办", "send", who="甲")
    reported(errand, outcome, cause)
    assert errand.state("阶段.环节.办") == state
    expected = state if state == "done" else outcome
    assert errand.holds(f"outcome(办) == '{expected}'") is True
    (told,) = (one for one in errand.events() if isinstance(one, Reported))
    assert (told.outcome, told.cause) == (outcome, cause)
    assert errand.replayed().facts == errand.service.look(errand.id).instance.facts


def test_a_cause_is_one_that_is_known(errand: Play) -> None:
    errand.do("办", "send", who="甲")
    with pytest.raises(BadInput, match="bored"):
        reported(errand, "failed", "bored")


PAPERS = """\
registers: {问题: {title: 问题, item: suggestion, by: 全体}}
stages:
- id: 阶段
  links:
  - id: 环节
    owner: 甲
    do:
    - id: 办
      kind: task
      effects:
        finish:
        - action: document
          with:
            rows: '= rows(问题, text, raised_by, state(it))'
            told: "= sentence('共 ', count(问题), ' 条，', 全体, outcome(办))"
            listed: ['= count(问题)', plain, '= owner']
            text: '{{7*7}}'
"""


def test_what_an_action_is_told_is_worked_out_when_it_is_asked() -> None:
    play = Play.of(HEAD + PAPERS)
    play.do("问题", "add", who="乙", text="报告太慢")
    play.do("办", "finish", who="甲", evidence=paper())
    told = asked(play).parameters
    row = {
        "text": "报告太慢",
        "raised_by": ["乙"],
        "state": {"zh": "已提出", "en": "raised"},
    }
    assert play.service.reader(play.id).opened(told["rows"]) == [row]
    assert told["told"] == "共 1 条，甲、乙、丙　　"
    assert told["listed"] == [1, "plain", "甲"]
    assert told["text"] == "{{7*7}}"
