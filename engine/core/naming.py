"""Which node and which move a person means by what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from engine.core.facts import Known, template_of
from engine.errors import UnknownMove, UnknownNode
from engine.plan.faults import nearest
from engine.plan.graph import Move, Node


def find_node(known: Known, name: str) -> str:
    """The live node whose path ends in the name; raises UnknownNode.

    ``会议`` may stand for ``学习.动员.会议`` if it is the only one; a title may
    stand for the id.
    """
    name = known.plan.aliases.get(name, name)
    if known.is_live(name):
        return name
    found = list(_ending_in(known, f".{name}"))
    if not found:
        found = [path for path in live_paths(known) if _titled(known.node(path), name)]
    if len(found) == 1:
        return found[0]
    near = tuple(found[:5]) or nearest(name, _names(known))
    near = near or tuple(islice(live_paths(known), 5))
    raise UnknownNode(node=name, near=near)


def _ending_in(known: Known, end: str) -> Iterator[str]:
    """Live nodes by the end of their path; only their templates are gone through."""
    wanted = template_of(end)
    for template in known.plan.nodes.values():
        if template.path.endswith(wanted):
            yield from (path for path in known.live(template) if path.endswith(end))


def live_paths(known: Known) -> Iterator[str]:
    """Every node that is there now, register items included, in document order."""
    for template in known.plan.nodes.values():
        yield from known.live(template)


def _titled(node: Node, name: str) -> bool:
    titles = node.title.values() if not isinstance(node.title, str) else (node.title,)
    return name in titles


def _names(known: Known) -> tuple[str, ...]:
    paths = tuple(live_paths(known))
    short = tuple(".".join(path.split(".")[-2:]) for path in paths)
    return (*paths, *short, *(path.rpartition(".")[2] for path in paths))


def find_move(node: Node, name: str, path: str) -> Move:
    """A move by its name or its title; raises UnknownMove.

    Only moves that a person makes: the others happen by themselves.
    """
    found = node.kind.moves.get(name)
    if found is not None and found.trigger == "by":
        return found
    mine = {m.name: m for m in node.kind.moves.values() if m.trigger == "by"}
    for move in mine.values():
        titles = move.title.values() if not isinstance(move.title, str) else ()
        if name in titles:
            return move
    raise UnknownMove(node=path, move=name, near=tuple(mine))
