"""What `check` says of small random plans is what a run of them shows.

Every act that is allowed is made. Whatever is called impossible does not happen
(no false alarm); without negation whatever does not happen was called impossible.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ActRefused
from engine.plan.library import check_file, from_bundle
from engine.testing import Play, paper

HEAD = """\
plan: test/random
title: 例子
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties: {people: {甲: {}}}
stages:
- id: 阶段
  links:
"""


@dataclass(frozen=True)
class Written:
    """A plan as text, and the tasks that it has."""

    text: str
    tasks: tuple[str, ...]


def clauses(names: list[str], *, negated: bool) -> st.SearchStrategy[str]:
    """Clauses about nodes of a plan: facts, and groups of them."""
    fact = st.builds(
        "{}({})".format,
        st.sampled_from(["done", "settled", "started", "open"]),
        st.sampled_from(names),
    )
    sorts = ["any", "all", "not"] if negated else ["any", "all"]

    def grouped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        several = st.lists(inner, min_size=1, max_size=3)
        plain = st.builds(
            lambda sort, parts: f"{{{sort}: [{', '.join(parts)}]}}",
            st.sampled_from(sorts),
            several,
        )
        counted = st.builds(
            lambda least, parts: f"{{at_least: {least}, of: [{', '.join(parts)}]}}",
            st.integers(1, 3),
            several,
        )
        return plain | counted

    return st.recursive(fact, grouped, max_leaves=4)


@st.composite
def plans(draw: st.DrawFn, *, negated: bool) -> Written:
    """One to four links of one or two tasks, with gates on each other."""
    sizes = draw(st.lists(st.integers(1, 2), min_size=1, max_size=4))
    links = [f"阶段.环节{n}" for n in range(len(sizes))]
    tasks = [
        f"{link}.事{m}"
        for link, size in zip(links, sizes, strict=True)
        for m in range(size)
    ]
    gates = st.lists(clauses([*links, *tasks], negated=negated), max_size=2)
    chance = st.integers(0, 2)

    def gate(key: str) -> str:
        found = draw(gates) if draw(chance) == 0 else []
        return f", {key}: [{', '.join(found)}]" if found else ""

    lines = []
    for link in links:
        early = ", early: true" if draw(chance) == 0 else ""
        lines.append(
            f"  - {{id: {link.rpartition('.')[2]}, owner: 甲{gate('entry')}, do: ["
        )
        for task in tasks:
            if task.startswith(f"{link}."):
                name = task.rpartition(".")[2]
                keys = f"{gate('entry')}{gate('exit')}{early}"
                lines.append(f"    {{id: {name}, kind: task{keys}}},")
        lines.append("    ]}")
    return Written(HEAD + "\n".join(lines) + "\n", tuple(tasks))


def said_impossible(plan: Written) -> tuple[bool, bytes]:
    """Whether `check` finds fault with a plan, and its bundle."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.yaml"
        file.write_text(plan.text, "utf-8")
        checked = check_file(file)
    codes = {one.code for one in checked.faults if one.severity == "fault"}
    assert all(code.startswith("check.") for code in codes), codes
    return bool(codes), checked.bundle


def finishes(plan: Written, bundle: bytes) -> bool:
    """Whether everything is done when every act that is allowed is made."""
    play = Play(from_bundle(bundle), bundle)
    play.service.start(play.plan, bundle, instance=play.id, now=play.now)
    while any(finished(play, task) for task in plan.tasks):
        pass  # from the first task on: what was shut may be open now
    return all(play.known.flag(path, "settled") for path in play.plan.nodes)


def finished(play: Play, task: str) -> bool:
    """Whether a task could be finished just now."""
    if play.state(task) != "open":
        return False
    try:
        play.do(task, "finish", who="甲", evidence=paper())
    except ActRefused:
        return False
    return True


@given(plans(negated=True))
@settings(max_examples=60, deadline=None)
def test_what_is_called_impossible_never_happens(plan: Written) -> None:
    impossible, bundle = said_impossible(plan)
    if impossible:
        assert not finishes(plan, bundle)


@given(plans(negated=False))
@settings(max_examples=60, deadline=None)
def test_without_negation_whatever_stops_short_was_called_impossible(
    plan: Written,
) -> None:
    impossible, bundle = said_impossible(plan)
    assert finishes(plan, bundle) is not impossible
