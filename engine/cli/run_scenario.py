"""``plangate run-scenario``: dated acts are played, and what they expect is checked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session, as_json, command
from engine.errors import InstanceExists, ScenarioFailed
from engine.words import both

if TYPE_CHECKING:
    from engine.plan.graph import Plan
    from engine.runtime.playing import Failure, Outcome
    from engine.runtime.service import Service


@command("run-scenario", database=True)
@click.argument("plan")
@click.argument("scenario")
@click.option("--id", "instance", metavar="ID", help="cli.opt_id")
@click.option("--actions", is_flag=True, help="cli.opt_actions")
@as_json
@click.option("-q", "--quiet", "is_quiet", is_flag=True, help="cli.opt_quiet")
def run(
    session: Session,
    *,
    plan: str,
    scenario: str,
    instance: str | None,
    actions: bool,
    is_json: bool,
    is_quiet: bool,
) -> int:
    """0 if all went as the scenario says, 1 if not, 2 for a broken file."""
    from engine.bootstrap import worked_off
    from engine.cli.progress import shown
    from engine.plan.library import find, load_to_run
    from engine.runtime.clock import nothing
    from engine.runtime.playing import play
    from engine.runtime.scenario import read_scenario
    from engine.runtime.timetable import timetable

    read = read_scenario(find(scenario))
    found, bundle = load_to_run(plan)
    # what is wrong with it is told before a database is touched
    timetable(found, read)
    if read.plan != found.id and not is_quiet:
        session.warn(session.say("cli.other_plan", wanted=read.plan, found=found.id))
    service = session.service(create=True)
    name = instance or read.instance
    read = replace(read, instance=name)
    if service.journal.head(name) is not None:
        raise InstanceExists(instance=name)
    with shown(session.say("story.playing"), is_quiet=is_quiet) as progress:
        outcome = play(
            service,
            found,
            bundle,
            read,
            progress=progress,
            meanwhile=worked_off(service) if actions else nothing,
        )
    entries = _entries(service, name)
    if is_json:
        session.print_json(_json(read.id, found, outcome, entries))
    else:
        _print(session, outcome, entries, is_quiet=is_quiet)
    return ScenarioFailed.exit_code if outcome.failures else 0


def _entries(service: Service, instance: str) -> int:
    head = service.journal.head(instance)
    return 0 if head is None else head.revision


def _print(session: Session, outcome: Outcome, entries: int, *, is_quiet: bool) -> None:
    for failure in outcome.failures:
        session.print(failure.say(session.language))
    if outcome.failures:
        count = len(outcome.failures)
        session.warn(ScenarioFailed(count=count).say(session.language))
    if not is_quiet:
        session.print(
            session.say(
                "cli.played",
                acts=outcome.acts,
                refusals=outcome.refusals,
                entries=entries,
                instance=outcome.instance,
                db=session.option(),
            )
        )


def _json(scenario: str, plan: Plan, outcome: Outcome, entries: int) -> dict[str, Any]:
    return {
        "scenario": scenario,
        "plan": plan.id,
        "digest": plan.digest,
        "instance": outcome.instance,
        "acts": outcome.acts,
        "refusals": outcome.refusals,
        "entries": entries,
        "failures": [_failure_json(one) for one in outcome.failures],
    }


def _failure_json(failure: Failure) -> dict[str, Any]:
    return {
        "code": failure.code,
        "file": failure.place.file,
        "line": failure.place.line,
        "column": failure.place.column,
        "message": both(failure.code, **failure.values),
    }
