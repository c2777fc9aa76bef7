"""Diagrams as Mermaid text: a plan's stages, links and gates; a kind's states.

Mermaid is drawn by GitHub, GitLab, editors and wikis; nothing is needed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.plan.gates import Gate, leaves
from engine.plan.graph import Kind, Move, Node, Plan
from engine.plan.terms import OF_A_NODE
from engine.words import bilingual

LABEL_MAX: Final = 40
"""Characters of a clause that an arrow carries."""
_SIGNS: Final = str.maketrans(
    {'"': "#quot;", "<": "#lt;", ">": "#gt;", "|": "#124;", "\n": " ", ";": "#59;"}
)


def plan_diagram(plan: Plan, language: str) -> str:
    """Stages as boxes, links in them, an arrow for each gate that joins two."""
    return "\n".join(_PlanDiagram(plan, language).lines())


def _label(text: str) -> str:
    short = text if len(text) <= LABEL_MAX else text[: LABEL_MAX - 1] + "…"
    return short.translate(_SIGNS)


@dataclass(frozen=True, slots=True)
class _PlanDiagram:
    plan: Plan
    language: str

    def lines(self) -> Iterator[str]:
        names = {node.path: f"n{number}" for number, node in enumerate(self.drawn())}
        yield "flowchart TD"
        for node in self.drawn():
            if node.parent == self.plan.root:
                yield from self.box(node, names)
        yield from self.arrows(names)

    def drawn(self) -> Iterator[Node]:
        """What has gates of its own and stands above the activities."""
        for node in self.plan.nodes.values():
            if node.path == self.plan.root or node.dynamic:
                continue
            depth = node.path.count(".")
            if depth == 0 or (depth == 1 and self.is_link(node)):
                yield node

    def is_link(self, node: Node) -> bool:
        return bool(node.kind.sections) and node.member is None

    def box(self, node: Node, names: dict[str, str]) -> Iterator[str]:
        inside = [one for one in node.children if one in names]
        title = _label(bilingual(node.title, self.language))
        if not inside:
            yield f'  {names[node.path]}["{title}"]'
            return
        yield f'  subgraph {names[node.path]}["{title}"]'
        for path in inside:
            yield from (f"  {line}" for line in self.box(self.plan.nodes[path], names))
        yield "  end"

    def arrows(self, names: dict[str, str]) -> Iterator[str]:
        """Whole for a gate of the element itself, dotted for one inside it."""
        drawn: set[tuple[str, str]] = set()
        outside = 0
        for node in self.plan.nodes.values():
            target = self.shown(node.path, names)
            if target is None:
                continue
            sign = "-->" if target == node.path else "-.->"
            for sources, clause in self.clauses(node.entry, target, names):
                if not sources and target == node.path:
                    yield f'  g{outside}{{{{"{_label(clause)}"}}}} --> {names[target]}'
                    outside += 1
                for source in sources:
                    if (source, target) not in drawn:
                        drawn.add((source, target))
                        label = f'|"{_label(clause)}"|'
                        yield f"  {names[source]} {sign}{label} {names[target]}"

    def clauses(
        self, gate: Gate, target: str, names: dict[str, str]
    ) -> Iterator[tuple[list[str], str]]:
        """Each clause with the elements that it waits for, other than its own."""
        for clause in gate.clauses:
            read = [
                name
                for leaf in leaves(clause)
                for sort, name in leaf.term.reads
                if sort in OF_A_NODE
            ]
            found = {self.shown(name, names) for name in read} - {None}
            if not found - {target} and found:
                continue
            sources = [one for one in names if one in found - {target}]
            yield [one for one in sources if not _within(target, one)], clause.text

    def shown(self, path: str, names: dict[str, str]) -> str | None:
        """The drawn element that a node is, or is part of."""
        while path and path not in names:
            path = path.rpartition(".")[0]
        return path or None


def _within(path: str, above: str) -> bool:
    return path.startswith(f"{above}.") or above.startswith(f"{path}.")


def kind_diagram(kind: Kind, language: str) -> str:
    """The states of a kind and the moves between them."""
    return "\n".join(_kind_lines(kind, language))


def _kind_lines(kind: Kind, language: str) -> Iterator[str]:
    names = {state: f"s{number}" for number, state in enumerate(kind.states)}
    yield "stateDiagram-v2"
    for state in kind.states.values():
        title = _label(bilingual(state.title, language))
        yield f'  state "{title}" as {names[state.name]}'
    yield f"  [*] --> {names[kind.initial]}"
    for move in kind.moves.values():
        for source in move.sources:
            if move.target not in {None, source}:
                title = _move(move, language)
                yield f"  {names[source]} --> {names[str(move.target)]}: {title}"
    for state in kind.states.values():
        yield from _staying(kind, state.name, names[state.name], language)
        if state.final:
            yield f"  {names[state.name]} --> [*]"


def _staying(kind: Kind, state: str, name: str, language: str) -> Iterator[str]:
    """What can be done in a state without leaving it, in one note.

    What every open state allows is of the duty, and would be on each of them.
    """
    open_states = {one.name for one in kind.states.values() if not one.final}
    found = [
        _move(move, language)
        for move in kind.moves.values()
        if move.target in {None, state}
        and state in move.sources
        and not open_states <= set(move.sources)
    ]
    if found:
        yield f"  note right of {name}"
        yield from (f"    {title}" for title in found)
        yield "  end note"


def _move(move: Move, language: str) -> str:
    """Its title, and who makes it or why it happens by itself."""
    title = _label(bilingual(move.title, language))
    if move.trigger != "by":
        return f"{title} [{move.trigger}]"
    return f"{title} ({_label(move.by_text)})" if move.by_text else title
