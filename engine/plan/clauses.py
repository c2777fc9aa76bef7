"""Reading gates, terms and effects from source, with every fault at its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.plan import definition as shapes
from engine.plan import expressions as ex
from engine.plan.compiling import Compiling, compile_tree
from engine.plan.faults import Faults, nearest
from engine.plan.gates import OPEN, Clause, Gate, Group, Leaf
from engine.plan.graph import Effect, Kind
from engine.plan.names import moves_of
from engine.plan.reckoning import counted, taken_apart
from engine.plan.scope import Scope
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Sequence, Value
from engine.plan.terms import (
    ANYTHING,
    PERSONAL,
    UNKNOWN,
    BadName,
    Env,
    Ref,
    Term,
    constant,
)

GROUPS: Final = ("any", "all", "not", "at_least")
NEVER: Final = constant(UNKNOWN, "any")
"""What stands for an expression that could not be read; the fault is told."""
CLAUSES: Final = (*GROUPS, "that")
WORDS_OF_A_GROUP: Final = ("else", "of", "n", "that")
NUMBERS: Final = frozenset({"number", "int", "ratio", "any"})
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


def listed_at(value: Value | None) -> list[Any]:
    """Plain data of a list; one text is a list of one."""
    found = literal_at(value)
    return found if isinstance(found, list) else [found] if found else []


def tree_at(reading: Reading, value: Value, path: str) -> ex.Tree | None:
    """The tree of an expression written at a place."""
    if isinstance(value, Sequence):
        inner = [tree_at(reading, item, path) for item in value.items]
        known = tuple(tree for tree in inner if tree is not None)
        return ex.Many(known, 1) if len(known) == len(inner) else None
    if not isinstance(value, Scalar) or not value.text:
        reading.faults.add("plan.shape_expression", value, path)
        return None
    try:
        return ex.parse(value.text)
    except ex.BadExpression as wrong:
        _tell(reading, value, path, wrong)
        return None


def term_at(reading: Reading, value: Value, path: str, *, handed: bool = False) -> Term:
    """A compiled expression; unknown for ever if it could not be read.

    ``handed``: its value is only handed on, so that it may be personal.
    """
    tree = tree_at(reading, value, path)
    if tree is None:
        return NEVER
    try:
        return compile_tree(tree, reading.scope, _text(value), handed=handed)
    except BadName as wrong:
        _tell_all(reading, value, path, tree, wrong)
        return NEVER


def _tell_all(
    reading: Reading, value: Value, path: str, tree: ex.Tree, first: BadName
) -> None:
    """Compiling stops at the first wrong part; an author hears of every part."""
    parts: tuple[tuple[Value, ex.Tree], ...] = ()
    compiling = Compiling(reading.scope)
    read = compiling.term
    if isinstance(value, Sequence) and isinstance(tree, ex.Many):
        parts = tuple(zip(value.items, tree.items, strict=True))
    elif isinstance(tree, ex.Logic):
        parts = tuple((value, clause) for clause in tree.clauses)
        read = compiling.truth
    told = False
    for where, part in parts:
        try:
            read(part)
        except BadName as found:
            _tell_all(reading, where, path, part, found)
            told = True
    if not told:
        _tell(reading, value, path, first)


def _text(value: Value) -> str:
    found = literal_at(value)
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)


def _tell(
    reading: Reading, value: Value, path: str, wrong: BadName | ex.BadExpression
) -> None:
    """A fault inside an expression stands at its column in the line."""
    column = wrong.column - 1 if isinstance(value, Scalar) else None
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
        if not reading.faults.full
    )
    return Gate(tuple(clause for clause in clauses if clause is not None))


def _moment(reading: Reading, value: Value, path: str) -> Leaf:
    tree = tree_at(reading, value, path)
    if tree is None:
        return Leaf(NEVER, "", None)
    now = ex.Operation(">=", (ex.Name(("now",), 1), tree), 1)
    text = f"now >= {_text(value)}"
    try:
        term = compile_tree(now, reading.scope, text)
    except BadName as wrong:
        _tell(reading, value, path, wrong)
        return Leaf(NEVER, text, None)
    return Leaf(term, text, None, now, taken_apart(Compiling(reading.scope), now))


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
    compiling = Compiling(reading.scope)
    try:
        made = compiling.truth(tree)
    except BadName as wrong:
        _tell_all(reading, value, path, tree, wrong)
        return None
    text = _text(value)
    term = Term(made.run, made.sort, text, made.reads, made.alarms)
    return Leaf(term, text, otherwise, tree, taken_apart(compiling, tree))


def _written(reading: Reading, value: Written, path: str, depth: int) -> Clause | None:
    """A clause with words, or a group of clauses."""
    known = (*GROUPS, *WORDS_OF_A_GROUP)
    for key, _ in value.entries:
        if key.text not in known:
            near = nearest(key.text, known) or known
            reading.faults.add(
                "plan.unknown_key", key, f"{path}.{key.text}", key=key.text, near=near
            )
    otherwise = _otherwise(reading, value, path)
    sorts = [key for key, _ in value.entries if key.text in CLAUSES]
    if len(sorts) != 1 or not _is_whole(value, sorts[0].text):
        reading.faults.add("plan.shape_clause", value, path)
        return None
    sort = sorts[0].text
    if sort == "at_least":
        return _at_least(reading, value, path, depth, otherwise)
    inner = value.get(sort)
    if inner is None or (isinstance(inner, Sequence) and not inner.items):
        # a group of nothing would open, or shut for ever, and nobody meant it
        reading.faults.add("plan.key_empty", sorts[0], f"{path}.{sort}", key=sort)
        return None
    if sort == "that" and isinstance(inner, Scalar):
        return _leaf(reading, inner, f"{path}.that", otherwise)
    clauses = _clauses(reading, inner, f"{path}.{sort}", depth)
    return Group("all" if sort == "that" else sort, clauses, otherwise)


def _is_whole(value: Written, sort: str) -> bool:
    """``of`` and ``n`` say more about ``at_least``, and about nothing else."""
    return sort == "at_least" or not {"of", "n"} & set(value.keys())


def _otherwise(reading: Reading, value: Written, path: str) -> Any:
    words = value.get("else")
    if words is None:
        return None
    return shapes.words_at(words, reading.faults, f"{path}.else")


def _at_least(
    reading: Reading, value: Written, path: str, depth: int, otherwise: Any
) -> Clause | None:
    wanted, among = value.get("at_least"), value.get("of")
    both = wanted
    if isinstance(both, Written):
        wanted, among = both.get("n"), both.get("of")
    if wanted is None or among is None or among == Sequence((), among.place):
        reading.faults.add("plan.shape_at_least", value, path)
        return None
    least = term_at(reading, wanted, f"{path}.at_least")
    if least.sort not in NUMBERS or _is_below_one(wanted):
        reading.faults.add("plan.shape_at_least", wanted, f"{path}.at_least")
    clauses = _clauses(reading, among, f"{path}.of", depth)
    reckoning = None
    if least.tree is not None:
        reckoning = counted(Compiling(reading.scope), least.tree)
    return Group("at_least", clauses, otherwise, least, reckoning)


def _is_below_one(wanted: Value) -> bool:
    """Whether none at all would be enough: then the clauses say nothing."""
    text = wanted.text.strip() if isinstance(wanted, Scalar) else ""
    return text.startswith("-") or (text.isdecimal() and not text.strip("0"))


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
    "clock": "does",
}
"""``permit: $move`` is short for ``permit: {move: $move}``."""
LITERAL: Final = {
    "freeze": ("field",),
    "signal": ("name",),
    "action": ("name",),
    "escalate": ("why",),
    "open_box": ("move",),
    "clock": ("does",),
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
    "clock": ("does",),
    "action": ("name", "with"),
}

NEEDED: Final = {
    "freeze": ("field",),
    "version": ("of", "file"),
    "approve": ("what",),
    "credit": ("measure", "to", "amount"),
    "add": ("to",),
    "rework": ("node",),
    "permit": ("move",),
    "delegate": ("to", "until"),
    "signal": ("name",),
    "escalate": ("to",),
    "open_box": ("move",),
    "clock": ("does",),
    "action": ("name",),
}
"""Arguments without which an effect would do nothing."""
CLOCK: Final = ("stop", "start")
"""What may be done with the clock of a node's due date."""
SETTABLE: Final = ("owner", "due")
"""What every node has, and ``set`` may change as if it were a field."""
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
        if isinstance(reading.scope.resolve(tree.parts, ANYTHING), tuple):
            near = found if isinstance(found, tuple) else ()
            wrong = BadName("plan.unknown_name", 1, name=_text(value), near=near)
            _tell(reading, value, path, wrong)
            return NEVER
    made = term_at(reading, value, path)
    if sort and made.sort not in {sort, "any", "list", "text", *_SAME.get(sort, ())}:
        name = literal_at(value)
        reading.faults.add(
            "plan.wrong_sort", value, path, name=name, is_=made.sort, wanted=[sort]
        )
    return made


_SAME: Final = {"parties": ("party",), "node": ("nodes",)}


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
        name = what.text if what is not None else _text(value)
        near = nearest(name, known) or known
        reading.faults.add(
            "plan.unknown_effect", what or value, path, name=name, near=near
        )
        return None
    _one_effect(reading, written, what, path)
    draft = _Draft(reading, what, path)
    draft.read(written.entries[0][1])
    if what.text == "action":
        _with(reading, written.get("with"), path, draft.terms)
    return Effect(what.text, draft.terms, draft.text, what.place)


def _one_effect(reading: Reading, written: Written, what: Scalar, path: str) -> None:
    """Only ``action`` has a second key; a second effect would not be done."""
    more = [key for key, _ in written.entries[1:]]
    if what.text == "action":
        more = [key for key in more if key.text != "with"]
    if more:
        found = [what.text, *(key.text for key in more)]
        reading.faults.add("plan.one_effect", more[0], path, found=found)


@dataclass(slots=True)
class _Draft:
    """The arguments of one effect while they are read."""

    reading: Reading
    what: Scalar
    path: str
    terms: dict[str, Term] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=dict)
    columns: list[Scalar] = field(default_factory=list)
    """Of a new item of a register."""

    def read(self, inner: Value) -> None:
        if isinstance(inner, Written):
            for key, one in inner.entries:
                self.named(key, one)
        elif self.what.text in SHORT:
            self.one(SHORT[self.what.text], inner)
        else:
            self.reading.faults.add("plan.shape_mapping", inner, self.path)
            return
        self.complete()
        if self.what.text == "add" and isinstance(inner, Written):
            self.listed(inner.get("to"))

    def complete(self) -> None:
        effect = self.what.text
        for name in NEEDED.get(effect, ()):
            if name not in self.terms and name not in self.text:
                self.reading.faults.add(
                    "plan.effect_argument",
                    self.what,
                    self.path,
                    effect=effect,
                    key=name,
                )

    def named(self, key: Scalar, value: Value) -> None:
        effect = self.what.text
        allowed = ARGUMENTS[effect]
        if allowed is not None and key.text not in allowed:
            near = nearest(key.text, allowed) or allowed
            self.reading.faults.add(
                "plan.unknown_key", key, self.path, key=key.text, near=near
            )
        elif effect == "add" and key.text == "fields":
            self.fields(value)
        else:
            if effect == "set":
                self.field(key, key.text, self.kind)
            self.one(key.text, value)
            if effect == "set":
                self.personal(key, self.kind)

    def fields(self, value: Value) -> None:
        if not isinstance(value, Written):
            self.reading.faults.add("plan.shape_mapping", value, self.path)
            return
        for name, part in value.entries:
            path = f"{self.path}.{name.text}"
            self.columns.append(name)
            self.terms[name.text] = term_at(self.reading, part, path, handed=True)

    def listed(self, value: Value | None) -> None:
        """A new item has the columns of its register's kind."""
        name = literal_at(value)
        parts = tuple(name.split(".")) if isinstance(name, str) else ("",)
        found = self.reading.scope.resolve(parts, frozenset({"register"}))
        if isinstance(found, Ref) and found.item is not None:
            kind = self.reading.scope.kinds_of(found.item)[0]
            for column in self.columns:
                self.field(column, column.text, kind)
                self.personal(column, kind)

    def one(self, name: str, value: Value) -> None:
        effect = self.what.text
        path = f"{self.path}.{effect}.{name}"
        if name in LITERAL.get(effect, ()):
            self.text[name] = literal_at(value)
            self.literal(name, value)
        else:
            wanted = WANTED.get((effect, name), "")
            self.terms[name] = (
                term_at(self.reading, value, path, handed=True)
                if effect == "set"
                else _wanted(self.reading, value, path, wanted)
            )

    def literal(self, name: str, value: Value) -> None:
        """A text of an effect that is a name, and must be one."""
        if name == "why":
            shapes.words_at(value, self.reading.faults, f"{self.path}.why")
        elif not isinstance(value, Scalar) or not value.text:
            self.reading.faults.add("plan.shape_text", value, self.path)
        elif name == "field":
            self.field(value, value.text, self.kind)
            if is_personal(self.kind, value.text):
                self.reading.faults.add(
                    "plan.personal_read", value, self.path, name=value.text
                )
        elif name == "move":
            self.move(value)
        elif name == "does" and value.text not in CLOCK:
            self.reading.faults.add(
                "plan.unknown_word",
                value,
                self.path,
                key="clock",
                found=value.text,
                known=CLOCK,
            )

    @property
    def kind(self) -> Kind:
        return self.reading.scope.kinds_of("self")[0]

    def field(self, at: Scalar, name: str, kind: Kind) -> None:
        if name not in kind.fields and name not in SETTABLE:
            near = nearest(name, kind.fields) or tuple(kind.fields)
            self.reading.faults.add(
                "plan.unknown_field",
                at,
                self.path,
                node=kind.name,
                name=name,
                near=near,
            )

    def personal(self, at: Scalar, kind: Kind) -> None:
        code = personal_fault(self.terms.get(at.text), kind, at.text)
        if code is not None:
            self.reading.faults.add(code, at, self.path, name=at.text)

    def move(self, at: Scalar) -> None:
        known = tuple(sorted(moves_of(self.reading.scope, "self")))
        if at.text not in known:
            near = nearest(at.text, known) or known
            self.reading.faults.add(
                "plan.unknown_act", at, self.path, move=at.text, known=near
            )


def is_personal(kind: Kind, name: str) -> bool:
    return name in kind.fields and kind.fields[name].is_personal


def personal_fault(term: Term | None, kind: Kind, name: str) -> str | None:
    """The code of what is wrong: personal values go into personal fields alone.

    Nothing else goes into these, for it would stand in the history in clear.
    """
    if term is None or term is NEVER:
        return None
    given, wanted = term.sort == PERSONAL, is_personal(kind, name)
    if given == wanted:
        return None
    return "plan.personal_into" if given else "plan.personal_clear"


def _with(
    reading: Reading, value: Value | None, path: str, terms: dict[str, Term]
) -> None:
    """An action's parameters: ``$name`` and ``= …`` are worked out, else it is text."""
    if value is None:
        return
    if not isinstance(value, Written):
        reading.faults.add("plan.shape_mapping", value, f"{path}.with")
        return
    for key, one in value.entries:
        terms[key.text] = _parameter(reading, one, f"{path}.with.{key.text}")


def _parameter(reading: Reading, value: Value, path: str) -> Term:
    if isinstance(value, Scalar) and value.text.startswith(("$", "=")):
        return term_at(reading, _asked(value), path, handed=True)
    if isinstance(value, Written) and _looks_up(value):
        inner = {k.text: _parameter(reading, one, path) for k, one in value.entries}
        reads = frozenset(one for part in inner.values() for one in part.reads)
        return Term(lambda env: _known(inner, env), "any", "", reads)
    if isinstance(value, Sequence):
        parts = [_parameter(reading, item, path) for item in value.items]
        reads = frozenset(one for part in parts for one in part.reads)
        return Term(lambda env: _joined(parts, env), "list", "", reads)
    return constant(_frozen(literal_at(value)), "any")


def _asked(value: Scalar) -> Scalar:
    """The expression behind ``=``, at its own place."""
    if value.text.startswith("$"):
        return value
    text = value.text[1:].lstrip()
    return replace(value, text=text, place=value.at(len(value.text) - len(text)))


def _looks_up(value: Value) -> bool:
    """Whether something in it is to be worked out; else it is plain data."""
    if isinstance(value, Scalar):
        return value.text.startswith(("$", "="))
    if isinstance(value, Written):
        return any(_looks_up(one) for _, one in value.entries)
    return any(_looks_up(one) for one in value.items)


def _known(parts: Mapping[str, Term], env: Env) -> Any:
    """A mapping without what is not known."""
    found = {name: part.run(env) for name, part in parts.items()}
    return {
        name: value
        for name, value in found.items()
        if value is not UNKNOWN and value is not None
    }


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
