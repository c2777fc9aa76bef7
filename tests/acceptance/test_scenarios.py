"""Every scenario of the library goes as it says, through the real engine.

A scenario is one readable story of a plan: who did what and when, what was refused
and why, and what was true afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

from engine.bootstrap import open_service
from engine.core.reasons import sentence
from engine.errors import ActRefused
from engine.plan.library import check_file, find, load, shipped
from engine.runtime.playing import Outcome, play
from engine.runtime.scenario import read_scenario

SCENARIOS = sorted(file.stem for file in (shipped() / "scenarios").glob("*.yaml"))


Played: TypeAlias = Callable[[str], Outcome]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Plays a scenario, once, into a database file of its own."""
    folder = tmp_path_factory.mktemp("scenarios")

    @cache
    def once(name: str) -> Outcome:
        scenario = read_scenario(find(name))
        plan, bundle = load(scenario.plan)
        service = open_service(f"sqlite:///{folder / name}.db")
        with closing(service.journal):
            return play(service, plan, bundle, scenario)

    return once


def refusals(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """Node, move and everything that was said against it."""
    for step in outcome.steps:
        if isinstance(step.refused, ActRefused):
            told = " · ".join(
                sentence(one, "zh") for one in step.refused.values["reasons"]
            )
            yield str(step.step.act.node), str(step.step.act.do), told


def test_the_library_has_scenarios() -> None:
    assert {"maguan-2009", "school-2009", "internal-audit-2026"} <= set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_goes_as_it_says(played: Played, name: str) -> None:
    assert [one.say("en") for one in played(name).failures] == []


LEAST_REFUSALS = {"maguan-2009": 18, "school-2009": 6, "internal-audit-2026": 8}


@pytest.mark.parametrize("name", LEAST_REFUSALS)
def test_it_shows_what_the_plan_refuses(played: Played, name: str) -> None:
    different = {(node, move) for node, move, _ in refusals(played(name))}
    assert len(different) >= LEAST_REFUSALS[name]


SHOWN = {
    "the analysis is sent before its review": (
        "剖析材料.报送",
        "send",
        "材料尚未通过审议",
    ),
    "stage 1 closes with a quota unmet": ("学习调研", "finish", "没有交心得或报告"),
    "a meeting without its opinions collected": (
        "民主生活会.会议",
        "convene",
        "会前征求意见还没有完成",
    ),
    "the author reviews": ("讨论", "agree", "应当回避"),
    "an observer votes": ("讨论", "agree", "县纪委 无权"),
    "it is published before sign-off": ("单位内公开", "publish", "材料尚未签发"),
    "an approved text is changed": ("修改", "write", "已审定的稿子不再改"),
    "the list is published unsigned": ("公布问题", "publish", "尚未签认"),
    "a pledge is missing": ("公布方案", "publish", "整改承诺尚未签认"),
    "work begins without its task force": ("问题#6", "begin", "先成立专项小组"),
    "who solves it judges it": ("问题#1", "judge", "无权"),
    "the summary comes too early": ("总结", "write", "还没有基本完成"),
    "a deferred problem is forgotten": ("复查暂缓问题", "finish", "暂缓的问题没有解决"),
}


@pytest.mark.parametrize("what", SHOWN)
def test_the_seed_refuses_that(played: Played, what: str) -> None:
    node, move, words = SHOWN[what]
    assert any(
        at == node and did == move and words in told
        for at, did, told in refusals(played("maguan-2009"))
    )


def plan_ids() -> list[str]:
    """Every plan of the library, as it is named."""
    files = (file.relative_to(shipped()) for file in shipped().rglob("*.yaml"))
    return sorted(
        str(file.with_suffix(""))
        for file in files
        if not {"kinds", "scenarios"} & set(file.parts) and ".trace." not in file.name
    )


@pytest.mark.parametrize("name", plan_ids())
def test_no_plan_of_the_library_has_a_fault(name: str) -> None:
    checked = check_file(shipped() / f"{name}.yaml")
    assert [one.say("en") for one in checked.faults if one.severity == "fault"] == []
    assert checked.plan is not None


def test_the_page_about_the_seed_counts_its_refusals(played: Played) -> None:
    page = (Path(__file__).parents[2] / "docs" / "seed.md").read_text("utf-8")
    assert f"{played('maguan-2009').refusals} acts are refused" in page
