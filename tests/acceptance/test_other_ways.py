"""Legal and illegal ways that the shipped stories do not take.

Each file of ``scenarios/`` leaves the shipped story of its plan at its ``start`` and
goes on in another way: what is refused, what is not, and what is true afterwards was
written down from the document, before it was played.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from engine.audit.verifying.verify import verify
from engine.bootstrap import open_service
from engine.core.events import Added, Moved
from engine.core.naming import live_paths
from engine.journal.codec import decode
from engine.plan.library import find, from_bundle, load, shipped
from engine.runtime.playing import Outcome, play
from engine.runtime.scenario import Scenario, read_scenario
from engine.runtime.service import Service, payload_of

WAYS = {file.stem: file for file in Path(__file__).with_name("scenarios").glob("*")}
MADE = {"begin": (1, 3), "add": (1, 5), "item": (1, 4)}
"""Where a consequence of a move names the node and the state that it gives it."""


@dataclass(frozen=True)
class Gone:
    """A way that has been gone to its end."""

    service: Service
    instance: str
    outcome: Outcome


@cache
def story_of(plan: str) -> Scenario:
    """The shipped scenario of a plan."""
    files = (shipped() / "scenarios").glob("*.yaml")
    found = [one for one in map(read_scenario, sorted(files)) if one.plan == plan]
    return found[0]


def leaving(way: Scenario) -> Scenario:
    """The shipped story until ``way`` begins, and ``way`` from there."""
    story = story_of(way.plan)
    before = tuple(act for act in story.acts if act.at < way.start)
    return replace(story, acts=before + way.acts, folder=way.folder)


@pytest.fixture(scope="module", params=sorted(WAYS))
def gone(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gone]:
    name = request.param
    scenario = leaving(read_scenario(WAYS[name]))
    plan, bundle = load(find(scenario.plan))
    file = tmp_path_factory.mktemp("ways") / f"{name}.db"
    service = open_service(f"sqlite:///{file}")
    with closing(service.journal):
        outcome = play(service, plan, bundle, scenario)
        yield Gone(service, outcome.instance, outcome)


def test_it_goes_as_the_document_is_read(gone: Gone) -> None:
    assert [one.say("en") for one in gone.outcome.failures] == []


def test_every_state_that_is_shown_is_reached_by_the_moves_of_the_history(
    gone: Gone,
) -> None:
    live = gone.service.look(gone.instance)
    states: dict[str, str] = {}
    for entry in gone.service.journal.entries(gone.instance):
        event = payload_of(entry, decode(entry.body))[0]
        if isinstance(event, Added):
            states[event.node] = event.state
        if isinstance(event, Moved):
            first = live.known.node(event.node).kind.initial
            assert states.get(event.node, first) == event.source, entry.seq
            states[event.node] = event.target
            for line in event.did:
                if line[0] in MADE:
                    node, state = MADE[str(line[0])]
                    states[str(line[node])] = str(line[state])
    shown = {path: live.known.state(path) for path in live_paths(live.known)}
    firsts = {path: live.known.node(path).kind.initial for path in shown}
    assert shown == {path: states.get(path, firsts[path]) for path in shown}


def test_its_history_is_whole(gone: Gone) -> None:
    head = gone.service.journal.head(gone.instance)
    assert head is not None
    found = verify(gone.service.journal, head, from_bundle)
    assert found.defects == ()
