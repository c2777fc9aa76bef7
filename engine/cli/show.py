"""``plangate show``: a plan as it runs, with its bases and parameters resolved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli.command import Session, command
from engine.errors import BadInput
from engine.plan.library import find, load, resolve_file
from engine.words import bilingual, both

if TYPE_CHECKING:
    from engine.plan.comparison import Change
    from engine.plan.graph import Plan
    from engine.plan.overlay import Resolved

FORMATS: Final = ("yaml", "json", "mermaid")


@command("show")
@click.argument("plan")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="yaml",
    help="cli.opt_format",
)
@click.option("--json", "is_json", is_flag=True, help="cli.opt_json")
@click.option("--diff", "other", metavar="OTHER", help="cli.opt_diff")
@click.option("--ledger", "is_ledger", is_flag=True, help="cli.opt_ledger")
@click.option("--document", metavar="FILE", help="cli.opt_document")
@click.option("--anyway", "is_anyway", is_flag=True, help="cli.opt_anyway")
def run(
    session: Session,
    *,
    plan: str,
    form: str,
    is_json: bool,
    other: str | None,
    is_ledger: bool,
    document: str | None,
    is_anyway: bool,
) -> None:
    """The plan itself, or one question about it: diff, ledger, document."""
    path = find(plan)
    form = "json" if is_json else form
    if other is not None:
        _diff(session, resolve_file(path), resolve_file(find(other)), form)
        return
    found, _ = load(path)
    if is_ledger:
        _ledger(session, found, form)
    elif document is not None:
        from engine.cli.beside import print_beside

        print_beside(session, path, found, Path(document), is_anyway=is_anyway)
    else:
        _plan(session, path, found, form)


def _plan(session: Session, path: Path, plan: Plan, form: str) -> None:
    from engine.plan.standalone import standalone
    from engine.plan.writing import as_yaml
    from engine.views.diagram import plan_diagram

    resolved = resolve_file(path)
    if form == "mermaid":
        session.print(plan_diagram(plan, session.language))
    elif form == "json":
        session.print_json(plan_json(plan, resolved))
    else:
        session.print(as_yaml(standalone(resolved)).rstrip("\n"))


def plan_json(plan: Plan, resolved: Resolved) -> dict[str, Any]:
    """The documented shape: the plan as written, and what became of it."""
    from engine.plan.standalone import standalone
    from engine.views.shown import titled

    return {
        "plan": plan.id,
        "title": titled(plan.title),
        "version": plan.version,
        "digest": plan.digest,
        "chain": list(resolved.chain),
        "zone": str(plan.zone),
        "document": dict(plan.document),
        "parameters": dict(plan.parameters),
        "nodes": list(_nodes(plan)),
        "ledger": list(_lines(plan)),
        "source": standalone(resolved).plain(),
    }


def _nodes(plan: Plan) -> Iterator[dict[str, Any]]:
    from engine.views.shown import titled

    for node in plan.nodes.values():
        yield {
            "path": node.path,
            "parent": node.parent,
            "kind": node.kind.name,
            "section": node.section,
            "title": titled(node.title),
            "window": [str(day) if day else None for day in node.window],
            "required": node.required,
            "entry": [clause.text for clause in node.entry.clauses],
            "exit": [clause.text for clause in node.exit.clauses],
            "src": list(node.src),
        }


def _lines(plan: Plan) -> Iterator[dict[str, Any]]:
    from engine.views.shown import titled

    for line in plan.ledger:
        yield {
            "id": line.id,
            "sort": line.sort,
            "about": titled(line.about),
            "value": line.value,
            "src": list(line.src),
        }


def _ledger(session: Session, plan: Plan, form: str) -> None:
    """What the text leaves open and what the encoder supplied, sort by sort."""
    if form == "json":
        session.print_json({"plan": plan.id, "ledger": list(_lines(plan))})
        return
    sorts = dict.fromkeys(line.sort for line in plan.ledger)
    for sort in sorts:
        lines = [line for line in plan.ledger if line.sort == sort]
        session.print(session.say(f"cli.ledger_{sort}", count=len(lines)))
        for line in lines:
            about = bilingual(line.about, session.language)
            src = f" [{', '.join(line.src)}]" if line.src else ""
            value = f"：{line.value}" if line.value else ""
            session.print(f"  {line.id}  {about}{value}{src}")
    if not sorts:
        session.print(session.say("cli.ledger_empty"))


def _diff(session: Session, before: Resolved, after: Resolved, form: str) -> None:
    from engine.plan.comparison import differences
    from engine.plan.standalone import standalone

    if form == "mermaid":
        what = both("cli.diff_form")
        raise BadInput(node="show", move="--diff", what=what)
    found = differences(standalone(before), standalone(after))
    if form == "json":
        chains = {"before": before.chain[-1], "after": after.chain[-1]}
        session.print_json(chains | {"changes": [_change_json(one) for one in found]})
        return
    for change in found:
        for line in _change_lines(change):
            session.print(line)
    session.print(session.say("cli.diff_count", count=len(found)))


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "element": change.element,
        "change": change.sort,
        "keys": [
            {"key": one.key, "before": one.before, "after": one.after}
            for one in change.keys
        ],
    }


def _change_lines(change: Change) -> Iterator[str]:
    signs = {"added": "+", "removed": "-", "changed": "~"}
    yield f"{signs[change.sort]} {change.element}"
    for one in change.keys:
        yield f"    {one.key}: {_short(one.before)} → {_short(one.after)}"


def _short(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
