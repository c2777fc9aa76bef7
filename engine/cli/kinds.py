"""``plangate kinds``: what sorts of things a plan can be made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from engine.cli.command import Session, as_json, command
from engine.cli.layout import columns, wrapped
from engine.errors import UnknownKind
from engine.plan.faults import Faults, nearest
from engine.plan.graph import Kind
from engine.plan.library import kinds_at, shipped
from engine.words import bilingual

FORMATS: Final = ("yaml", "mermaid")


@command("kinds")
@click.argument("name", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="yaml",
    help="cli.opt_format",
)
@as_json
def run(session: Session, name: str | None, form: str, *, is_json: bool) -> None:
    """Every kind at hand (shipped, and of a ``kinds`` folder here), or one of them."""
    faults = Faults()
    kinds, sources = kinds_at(Path("plan.yaml"), faults)
    faults.raise_if_any()
    if name is None:
        if is_json:
            session.print_json({"kinds": [_json(one) for one in kinds.values()]})
            return
        for kind in sorted(kinds.values(), key=lambda one: one.name):
            own = sources[kind.name].tree.plain().get("fields") or {}
            _summary(session, kind, tuple(own))
        session.print(session.say("cli.every_duty"))
        return
    if name not in sources:
        raise UnknownKind(kind=name, near=nearest(name, sources) or tuple(sources))
    source = sources[name]
    if is_json:
        told = _json(kinds[name]) if name in kinds else {"kind": name}
        session.print_json(told | {"source": source.tree.plain()})
    elif form == "mermaid":
        session.print(_diagram(session, kinds, name))
    else:
        session.print(source.text.rstrip("\n"))


def _diagram(session: Session, kinds: dict[str, Kind], name: str) -> str:
    from engine.views.diagram import kind_diagram

    if name not in kinds:
        # only what can stand in a plan has states of its own
        concrete = [one.name for one in kinds.values() if name in one.ancestors]
        raise UnknownKind(kind=name, near=tuple(concrete))
    return kind_diagram(kinds[name], session.language)


def _summary(session: Session, kind: Kind, own: tuple[str, ...]) -> None:
    """A kind in a few lines: ``own`` are the fields that its file adds."""
    language = session.language
    session.print(f"{kind.name}  {bilingual(kind.title, language)}")
    fields = [
        session.say(
            "cli.titled_required" if field.required else "cli.titled",
            name=field.name,
            title=field.title,
        )
        for field in kind.fields.values()
        if field.required or field.name in own
    ]
    states = [bilingual(state.title, language) for state in kind.states.values()]
    moves = [
        session.say("cli.titled", name=move.name, title=move.title)
        for move in kind.moves.values()
        if move.trigger == "by" and not move.anywhere
    ]
    shown = {"fields": fields, "states": states, "moves": moves}
    for name, values in shown.items():
        if values:
            said = session.say(f"cli.kind_{name}", values=values)
            session.print(wrapped(said, columns(), first=" " * 4, rest=" " * 6))


def _json(kind: Kind) -> dict[str, Any]:
    from engine.views.shown import titled

    return {
        "kind": kind.name,
        "title": titled(kind.title),
        "extends": list(kind.ancestors),
        "is_shipped": (shipped() / "kinds" / f"{kind.name}.yaml").is_file(),
        "states": [
            {
                "name": one.name,
                "title": titled(one.title),
                "initial": one.initial,
                "done": one.done,
                "settled": one.settled,
                "final": one.final,
            }
            for one in kind.states.values()
        ],
        "moves": [
            {
                "name": one.name,
                "title": titled(one.title),
                "from": list(one.sources),
                "to": one.target,
                "trigger": one.trigger,
                "by": one.by_text,
                "takes": [
                    {"name": taken.name, "type": taken.type, "required": taken.required}
                    for taken in one.takes.values()
                ],
            }
            for one in kind.moves.values()
        ],
    }
