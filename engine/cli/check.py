"""``plangate check``: everything that is wrong, at once, each with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli.command import Session, as_json, command
from engine.errors import PlanRejected, UnknownPlan
from engine.plan.faults import Fault, Faults
from engine.words import both

if TYPE_CHECKING:
    from engine.plan.graph import Plan
    from engine.plan.source import Source

SEVERITIES: Final = ("fault", "warning", "note")
INVALID: Final = PlanRejected.exit_code


@dataclass(frozen=True, slots=True)
class Looked:
    """A file, what it is (plan, kind or scenario), and what was found."""

    file: str
    sort: str
    id: str | None
    faults: tuple[Fault, ...]
    plan: Plan | None = None
    digest: str | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def of(self, severity: str) -> list[Fault]:
        return [one for one in self.faults if one.severity == severity]


@command("check")
@click.argument("plans", nargs=-1, required=True, metavar="PLAN…")
@as_json
@click.option("--sarif", "is_sarif", is_flag=True, help="cli.opt_sarif")
@click.option("--strict", "is_strict", is_flag=True, help="cli.opt_strict")
@click.option("-q", "--quiet", "is_quiet", is_flag=True, help="cli.opt_quiet_check")
def run(
    session: Session,
    *,
    plans: tuple[str, ...],
    is_json: bool,
    is_sarif: bool,
    is_strict: bool,
    is_quiet: bool,
) -> int:
    """0 without faults, 2 with; ``--strict`` counts warnings as faults."""
    looked = [look(path) for path in files(plans)]
    if is_sarif:
        from engine.cli.sarif import sarif

        session.print_json(sarif([one for each in looked for one in each.faults]))
    elif is_json:
        session.print_json(_json(looked))
    else:
        _print(session, looked, is_quiet=is_quiet)
    bad = {"fault", "warning"} if is_strict else {"fault"}
    wrong = any(one.severity in bad for each in looked for one in each.faults)
    return INVALID if wrong else 0


def files(names: tuple[str, ...]) -> Iterator[Path]:
    """The files of files and folders, in order, each once."""
    from engine.plan.library import find

    seen: set[Path] = set()
    for name in names:
        folder = Path(name)
        found = sorted(_within(folder)) if folder.is_dir() else [find(name)]
        if not found:
            raise UnknownPlan(plan=name, near=("*.yaml",))
        for path in found:
            if path not in seen:
                seen.add(path)
                yield path


def _within(folder: Path) -> Iterator[Path]:
    """Trace tables are read with the plan that names them."""
    for path in folder.rglob("*.y*ml"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and ".trace." not in path.name:
            yield path


def look(path: Path) -> Looked:
    """A file as what its first key says it is; nothing is raised."""
    from engine.plan.source import survey

    try:
        source = survey(path)
    except PlanRejected as rejected:
        return Looked(str(path), "plan", None, rejected.faults)
    if source.tree.get("kind") is not None and source.tree.get("plan") is None:
        return _kind(path, source)
    if source.tree.get("scenario") is not None:
        return _scenario(path, source)
    return _plan(path, source)


def _kind(path: Path, source: Source) -> Looked:
    """A kind among those that a plan beside its folder sees; only its own faults."""
    from engine.plan.library import kinds_at

    faults = Faults()
    try:
        _, seen = kinds_at(path.parent.parent / "plan.yaml", faults)
    except PlanRejected:
        # another kind of the folder cannot be read: that is told there
        seen = {}
    found = faults.all()
    if not any(_same(one.name, path) for one in seen.values()):
        found = _alone(source)
    mine = Faults()
    mine.extend(source.faults)
    mine.extend(one for one in found if _same(one.place.file, path))
    return Looked(str(path), "kind", source.id, mine.all())


def _alone(source: Source) -> tuple[Fault, ...]:
    """A kind that stands in no ``kinds`` folder, with the shipped ones."""
    from engine.plan.kinds import read_kinds
    from engine.plan.library import kinds_at, shipped

    faults = Faults()
    _, shipped_sources = kinds_at(shipped() / "base" / "plan.yaml", Faults())
    read_kinds((shipped_sources | {source.id: source}).values(), faults)
    return faults.all()


def _same(name: str, path: Path) -> bool:
    return Path(name).resolve() == path.resolve()


def _plan(path: Path, source: Source) -> Looked:
    from engine.plan.library import check_file

    checked = check_file(path)
    plan = checked.plan
    faults = checked.faults if plan is None else (*checked.faults, *_actions(plan))
    return Looked(
        str(path),
        "plan",
        source.id,
        tuple(sorted(faults)),
        plan,
        plan.digest if plan else None,
        {} if plan is None else counts(plan),
    )


def _actions(plan: Plan) -> Iterator[Fault]:
    """Actions that the plan asks for and nobody here has; a request would wait."""
    from engine.bootstrap import installed_actions
    from engine.plan.faults import nearest

    known = installed_actions()
    asked = (
        effect
        for node in plan.nodes.values()
        for move in node.kind.moves.values()
        for effect in node.effects_of(move)
        if effect.what == "action" and effect.text["name"] not in known
    )
    for effect in {one.place: one for one in asked}.values():
        name = effect.text["name"]
        near = nearest(name, known) or tuple(known)
        if effect.place is not None:
            values = {"action": name, "near": near}
            yield Fault("check.no_action", effect.place, "", values, severity="warning")


def _scenario(path: Path, source: Source) -> Looked:
    """What it says, and whether its plan has all that it names."""
    from engine.plan.library import load
    from engine.plan.source import Scalar
    from engine.runtime.scenario import read_scenario
    from engine.runtime.timetable import timetable

    written = source.tree.get("scenario")
    name = written.text if isinstance(written, Scalar) else None
    try:
        scenario = read_scenario(path)
        plan, _ = load(plan_of(path, scenario.plan))
        steps = timetable(plan, scenario)
    except PlanRejected as rejected:
        mine = tuple(one for one in rejected.faults if _same(one.place.file, path))
        faults = mine or (_plan_fault(source, "scenario.bad_plan"),)
        return Looked(str(path), "scenario", name, faults)
    except UnknownPlan as unknown:
        near = unknown.values["near"]
        fault = _plan_fault(source, "scenario.unknown_plan", near=near)
        return Looked(str(path), "scenario", name, (fault,))
    made = {"acts": sum(step.command is not None for step in steps)}
    return Looked(str(path), "scenario", name, (), counts=made)


def _plan_fault(source: Source, code: str, **values: Any) -> Fault:
    """What is wrong with the plan that a scenario names."""
    at = source.tree.get("plan") or source.tree
    return Fault(code, at.place, "plan", {"plan": at.plain(), **values})


def plan_of(scenario: Path, name: str) -> Path:
    """The plan that a scenario names: beside it, above it, or shipped."""
    from engine.plan.library import find

    for folder in (scenario.parent, *scenario.resolve().parents):
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    return find(name)


def counts(plan: Plan) -> dict[str, int]:
    """How much there is of a plan."""
    sorts: Counter[str] = Counter()
    for node in plan.nodes.values():
        if node.path == plan.root or node.dynamic:
            continue
        family = {node.kind.name, *node.kind.ancestors}
        sort = next((one for one in ("stage", "link") if one in family), "activity")
        sorts[sort] += 1
    ledger = Counter(line.sort for line in plan.ledger)
    return {
        "stages": sorts["stage"],
        "links": sorts["link"],
        "activities": sorts["activity"],
        "requirements": len(plan.requirements),
        "open": ledger["open"],
        "assumed": ledger["assumed"],
    }


def _print(session: Session, looked: list[Looked], *, is_quiet: bool) -> None:
    for severity in ("note", "warning", "fault"):
        found = [one for each in looked for one in each.of(severity)]
        if not found or (severity == "note" and is_quiet):
            continue
        if severity != "fault":
            session.print(session.say(f"cli.heading_{severity}", count=len(found)))
        for one in found:
            session.print(one.say(session.language))
        session.print()
    for each in looked:
        session.print(_summary(session, each))


def _summary(session: Session, one: Looked) -> str:
    told = {severity: len(one.of(severity)) for severity in SEVERITIES}
    verdict = session.say(
        "cli.checked_bad" if told["fault"] else "cli.checked_good", **told
    )
    name = session.say(f"cli.sort_{one.sort}", name=one.id or "?")
    made = ""
    if one.counts:
        made = session.say(f"cli.counts_{one.sort}", **one.counts)
    return session.say(
        "cli.checked", file=one.file, name=name, verdict=verdict, counts=made
    )


def _json(looked: list[Looked]) -> dict[str, Any]:
    every = [one for each in looked for one in each.faults]
    total = Counter(one.severity for one in every)
    return {
        "plans": [
            {
                "file": one.file,
                "sort": one.sort,
                "plan": one.id,
                "digest": one.digest,
                "counts": one.counts,
                "faults": [_fault_json(fault) for fault in one.faults],
            }
            for one in looked
        ],
        "faults": total["fault"],
        "warnings": total["warning"],
        "notes": total["note"],
    }


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "severity": fault.severity,
        "file": fault.place.file,
        "line": fault.place.line,
        "column": fault.place.column,
        "path": fault.path,
        "message": both(fault.code, **fault.values),
    }
