"""Reading gates, terms and effects from source, with every fault at its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import expressions as ex
from engine.plan.compiling import Compiling, compile_tree
from engine.plan.faults import Faults, nearest
from engine.plan.gates import OPEN, Clause, Gate, Group, Leaf
from engine.plan.graph import Effect
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value
from engine.plan.terms import (
    UNKNOWN,
    BadName,
    Env,
    Ref,
    Scope,
    Term,
    constant,
)

GROUPS: Final = ("any", "all", "not", "at_least")
NEVER: Final = constant(UNKNOWN, "any")
"""What stands for an expression that could not be read; the fault is told."""
WORDS_OF_A_GROUP: Final = ("else", "of", "n", "that")
GATE_DEPTH_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Reading:
    """Where expressions stand: the scope of their names, and where faults go."""

    scope: Scope
    faults: Faults


def literal_at(value: Value | None) -> Any:
    """Plain data of a value: text, lists, mappings."""
    if isinstance(value, Scalar):
        return value.text
    if isinstance(value, Sequence):
        return [literal_at(item) for item in value.items]
    if isinstance(value, Written):
        return {key.text: literal_at(inner) for key, inner in value.entries}
    return None


def tree_at(reading: Reading, value: Value, path: str) -> ex.Tree | None:
    """The tree of an expression written at a place."""
    if isinstance(value, Sequence):
        inner = [tree_at(reading, item, path) for item in value.items]
        known = tuple(tree for tree in inner if tree is not None)
        return ex.Many(known, 1)
    if not isinstance(value, Scalar) or not value.text:
        reading.faults.add("plan.shape_expression", value, path)
        return None
    try:
        return ex.parse(value.text)
    except ex.BadExpression as wrong:
        _tell(reading, value, path, wrong)
        return None


def term_at(reading: Reading, value: Value, path: str) -> Term:
    """A compiled expression; unknown for ever if it could not be read."""
    tree = tree_at(reading, value, path)
    if tree is None:
        return NEVER
    try:
        return compile_tree(tree, reading.scope, _text(value))
    except BadName as wrong:
        _tell(reading, value, path, wrong)
        return NEVER


def _text(value: Value) -> str:
    found = literal_at(value)
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)


def _tell(
    reading: Reading, value: Value, path: str, wrong: BadName | ex.BadExpression
) -> None:
    """A fault inside an expression stands at its column in the line."""
    column = wrong.column - 1
    reading.faults.add(wrong.code, value, path, column=column, **wrong.values)


def gate_at(
    reading: Reading, value: Value | None, path: str, *, clock: bool = False
) -> Gate:
    """The gate written at a place; open if nothing is. ``clock``: it is a time."""
    if value is None:
        return OPEN
    if clock:
        return Gate((_moment(reading, value, path),))
    items = value.items if isinstance(value, Sequence) else (value,)
    clauses = (
        clause_at(reading, item, f"{path}[{number}]", 0)
        for number, item in enumerate(items)
    )
    return Gate(tuple(clause for clause in clauses if clause is not None))


def _moment(reading: Reading, value: Value, path: str) -> Leaf:
    tree = tree_at(reading, value, path)
    if tree is None:
        return Leaf(NEVER, "", None)
    now = ex.Operation(">=", (ex.Name(("now",), 1), tree), 1)
    text = f"now >= {_text(value)}"
    try:
        return Leaf(compile_tree(now, reading.scope, text), text, None, now)
    except BadName as wrong:
        _tell(reading, value, path, wrong)
        return Leaf(NEVER, text, None)


def clause_at(reading: Reading, value: Value, path: str, depth: int) -> Clause | None:
    if depth > GATE_DEPTH_MAX:
        reading.faults.add("plan.gate_deep", value, path, most=GATE_DEPTH_MAX)
        return None
    if isinstance(value, Written):
        return _written(reading, value, path, depth)
    return _leaf(reading, value, path, None)


def _leaf(reading: Reading, value: Value, path: str, otherwise: Any) -> Leaf | None:
    tree = tree_at(reading, value, path)
    if tree is None:
        return None
    try:
        made = Compiling(reading.scope).truth(tree)
    except BadName as wrong:
        _tell(reading, value, path, wrong)
        return None
    text = _text(value)
    term = Term(made.run, made.sort, text, made.reads, made.alarms)
    return Leaf(term, text, otherwise, tree)


def _written(reading: Reading, value: Written, path: str, depth: int) -> Clause | None:
    """A clause with words, or a group of clauses."""
    keys = {key.text for key, _ in value.entries}
    sort = next((name for name in GROUPS if name in keys), None)
    for key, _ in value.entries:
        if key.text not in (*GROUPS, *WORDS_OF_A_GROUP):
            near = nearest(key.text, (*GROUPS, *WORDS_OF_A_GROUP))
            reading.faults.add(
                "plan.unknown_key", key, f"{path}.{key.text}", key=key.text, near=near
            )
            return None
    otherwise = _otherwise(reading, value, path)
    that = value.get("that")
    if sort is None and that is not None:
        if isinstance(that, Scalar):
            return _leaf(reading, that, f"{path}.that", otherwise)
        return Group("all", _clauses(reading, that, path, depth), otherwise)
    if sort is None:
        reading.faults.add("plan.shape_clause", value, path)
        return None
    if sort == "at_least":
        return _at_least(reading, value, path, depth, otherwise)
    inner = value.get(sort)
    if inner is None:
        return None
    return Group(sort, _clauses(reading, inner, f"{path}.{sort}", depth), otherwise)


def _otherwise(reading: Reading, value: Written, path: str) -> Any:
    words = value.get("else")
    if words is None:
        return None
    try:
        return shapes.words_of(words)
    except Exception:  # noqa: BLE001 -- pydantic's own error class is private
        reading.faults.add("plan.shape_words", words, f"{path}.else")
        return None


def _at_least(
    reading: Reading, value: Written, path: str, depth: int, otherwise: Any
) -> Clause | None:
    wanted, among = value.get("at_least"), value.get("of")
    both = wanted
    if isinstance(both, Written):
        wanted, among = both.get("n"), both.get("of")
    if wanted is None or among is None:
        reading.faults.add("plan.shape_at_least", value, path)
        return None
    least = term_at(reading, wanted, f"{path}.at_least")
    clauses = _clauses(reading, among, f"{path}.of", depth)
    return Group("at_least", clauses, otherwise, least)


def _clauses(
    reading: Reading, value: Value, path: str, depth: int
) -> tuple[Clause, ...]:
    items = value.items if isinstance(value, Sequence) else (value,)
    found = (
        clause_at(reading, item, f"{path}[{number}]", depth + 1)
        for number, item in enumerate(items)
    )
    return tuple(clause for clause in found if clause is not None)


# -- effects

SHORT: Final = {
    "permit": "move",
    "rework": "node",
    "freeze": "field",
    "signal": "name",
    "action": "name",
    "open_box": "move",
}
"""``permit: $move`` is short for ``permit: {move: $move}``."""
LITERAL: Final = {
    "freeze": ("field",),
    "signal": ("name",),
    "action": ("name",),
    "escalate": ("why",),
    "open_box": ("move",),
}
ARGUMENTS: Final[dict[str, tuple[str, ...] | None]] = {
    "set": None,
    "freeze": ("field",),
    "version": ("of", "file", "label"),
    "approve": ("what",),
    "credit": ("measure", "to", "amount"),
    "add": ("to", "fields"),
    "rework": ("node",),
    "permit": ("move",),
    "delegate": ("to", "until"),
    "signal": ("name",),
    "escalate": ("to", "why"),
    "open_box": ("move",),
    "action": ("name", "with"),
}


WANTED: Final = {
    ("version", "of"): "deliverable",
    ("approve", "what"): "deliverable",
    ("credit", "measure"): "measure",
    ("credit", "to"): "parties",
    ("add", "to"): "register",
    ("rework", "node"): "node",
    ("delegate", "to"): "parties",
    ("escalate", "to"): "parties",
}
"""What an argument names first, when a plan has several elements of that name."""


def _wanted(reading: Reading, value: Value, path: str, sort: str) -> Term:
    tree = tree_at(reading, value, path)
    if sort and isinstance(tree, ex.Name):
        found = reading.scope.resolve(tree.parts, frozenset({sort}))
        if isinstance(found, Ref) and found.sort == sort:
            # a register of the plan is meant itself, not its items
            run = found.run if found.item is None else constant(found.id, sort).run
            return Term(run, sort, _text(value), found.reads)
    return term_at(reading, value, path)


def effects_at(reading: Reading, value: Value | None, path: str) -> tuple[Effect, ...]:
    """What a move does, in the order in which it is written."""
    if value is None:
        return ()
    items = value.items if isinstance(value, Sequence) else (value,)
    found = (
        _effect(reading, item, f"{path}[{number}]") for number, item in enumerate(items)
    )
    return tuple(effect for effect in found if effect is not None)


def _effect(reading: Reading, value: Value, path: str) -> Effect | None:
    written = value if isinstance(value, Written) and value.entries else None
    what = None if written is None else written.entries[0][0]
    if written is None or what is None or what.text not in ARGUMENTS:
        known = tuple(ARGUMENTS)
        name = what.text if what is not None else "–"
        near = nearest(name, known) or known
        reading.faults.add(
            "plan.unknown_effect", what or value, path, name=name, near=near
        )
        return None
    draft = _Draft(reading, what.text, path)
    draft.read(written.entries[0][1])
    if what.text == "open_box":
        _named_move(reading, what, path, draft.text.get("move"))
    if what.text == "action":
        _with(reading, written.get("with"), path, draft.terms)
    return Effect(what.text, draft.terms, draft.text)


def _named_move(reading: Reading, what: Scalar, path: str, name: Any) -> None:
    known = tuple(sorted(reading.scope.moves_of("self")))
    if name not in known:
        reading.faults.add("plan.unknown_act", what, path, move=name, known=known)


@dataclass(slots=True)
class _Draft:
    """The arguments of one effect while they are read."""

    reading: Reading
    what: str
    path: str
    terms: dict[str, Term] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=dict)

    def read(self, inner: Value) -> None:
        if isinstance(inner, Written):
            for key, one in inner.entries:
                self.named(key, one)
            return
        name = SHORT.get(self.what)
        if name is None:
            self.reading.faults.add("plan.shape_mapping", inner, self.path)
        else:
            self.one(name, inner)

    def named(self, key: Scalar, value: Value) -> None:
        allowed = ARGUMENTS[self.what]
        if allowed is not None and key.text not in allowed:
            near = nearest(key.text, allowed) or allowed
            self.reading.faults.add(
                "plan.unknown_key", key, self.path, key=key.text, near=near
            )
        elif self.what == "add" and key.text == "fields" and isinstance(value, Written):
            for name, part in value.entries:
                path = f"{self.path}.{name.text}"
                self.terms[name.text] = term_at(self.reading, part, path)
        else:
            self.one(key.text, value)

    def one(self, name: str, value: Value) -> None:
        if name in LITERAL.get(self.what, ()):
            self.text[name] = literal_at(value)
        else:
            path = f"{self.path}.{self.what}.{name}"
            wanted = WANTED.get((self.what, name), "")
            self.terms[name] = _wanted(self.reading, value, path, wanted)


def _with(
    reading: Reading, value: Value | None, path: str, terms: dict[str, Term]
) -> None:
    """An action's parameters: ``$name`` is looked up, everything else is text."""
    if value is None:
        return
    if not isinstance(value, Written):
        reading.faults.add("plan.shape_mapping", value, f"{path}.with")
        return
    for key, one in value.entries:
        terms[key.text] = _parameter(reading, one, f"{path}.with.{key.text}")


def _parameter(reading: Reading, value: Value, path: str) -> Term:
    if isinstance(value, Scalar) and value.text.startswith("$"):
        return term_at(reading, value, path)
    if isinstance(value, Sequence):
        parts = [_parameter(reading, item, path) for item in value.items]
        reads = frozenset(one for part in parts for one in part.reads)
        return Term(lambda env: _joined(parts, env), "list", "", reads)
    return constant(_frozen(literal_at(value)), "any")


def _joined(parts: list[Term], env: Env) -> Any:
    found: list[Any] = []
    for part in parts:
        value = part.run(env)
        if value is not UNKNOWN and value is not None:
            found.extend(value if isinstance(value, tuple) else (value,))
    return tuple(found)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _frozen(inner) for key, inner in value.items()}
    return value
