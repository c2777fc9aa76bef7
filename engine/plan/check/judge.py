"""A judge of gates before the start: whether a condition may ever hold.

It reads the same trees that a gate runs, over what can be reached instead of what
has happened. What it cannot tell it takes to be possible: it never cries wolf.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any, Final

from engine.plan import expressions as ex
from engine.plan.check.clashes import clash
from engine.plan.check.possible import (
    ANY,
    COUNT,
    EITHER,
    NEITHER,
    NO,
    NOTHING,
    YES,
    Chance,
    Possible,
    Span,
    all_true,
    any_true,
    at_least,
    chance_of,
    compared,
    possible,
    reckoned,
)
from engine.plan.check.reach import Reached
from engine.plan.gates import Clause, Gate, Leaf
from engine.plan.graph import Field, Move, Node
from engine.plan.names import SPECIALS, KindScope, PlanScope
from engine.plan.readers import read_date
from engine.plan.scope import Scope
from engine.plan.terms import (
    ANYONE,
    ANYTHING,
    COLLECTION,
    NODE,
    OF_A_NODE,
    Ref,
    Term,
)

NAMED_MAX: Final = 200
"""Members of a collection that are looked at one by one."""
ORDER: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Members:
    """Some members of a collection: of one template, from ``low`` to ``high``.

    ``value`` is the one member there is, if it is known by name.
    """

    template: str | None
    low: Fraction
    high: Fraction | None
    value: Possible = ANY


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges what is written at one node; ``it`` is the member in hand.

    ``it_template`` is the template of ``it``, if it is a node.
    """

    reached: Reached
    node: Node
    scope: Scope
    it_template: str | None = None
    it: Possible = ANY

    @property
    def path(self) -> str:
        return self.node.path

    def at(self, path: str) -> Judge:
        return plan_judge(self.reached, path)

    # -- gates

    def opens(self, gate: Gate) -> bool:
        """Whether a gate may ever open; the first clause that keeps it shut is asked.

        So a gate of many clauses is looked at again only when that one changes.
        """
        if self.clash(gate.clauses) is not None:
            return False
        return all(self.holds(clause) for clause in gate.clauses)

    def holds(self, clause: Clause) -> bool:
        own = clause.own_gate if isinstance(clause, Leaf) else None
        if own is None:
            return self.clause(clause).true
        found: bool = self.ask_own(own, self.at(self.path).opens, otherwise=False)
        return found

    def ask_own(self, which: str, ask: Callable[[Gate], Any], *, otherwise: Any) -> Any:
        """Asks the node's own gate; ``otherwise`` if that gate is asking for itself."""
        question = (self.path, which)
        if question in self.reached.asked:
            return otherwise
        self.reached.asked.add(question)
        try:
            return ask(self.node.entry if which == "entry" else self.node.exit)
        finally:
            self.reached.asked.discard(question)

    def gate(self, gate: Gate) -> Chance:
        if self.clash(gate.clauses) is not None:
            return NO
        return all_true(self.clause(one) for one in gate.clauses)

    def clause(self, clause: Clause) -> Chance:
        if isinstance(clause, Leaf):
            return self.leaf(clause)
        inner = [self.clause(one) for one in clause.clauses]
        match clause.sort:
            case "any":
                return any_true(inner)
            case "not":
                return all_true(inner).reversed()
            case "at_least":
                tree = clause.least.tree if clause.least is not None else None
                return at_least(ANY if tree is None else self.value(tree), inner)
        return NO if self.clash(clause.clauses) is not None else all_true(inner)

    def leaf(self, leaf: Leaf) -> Chance:
        if leaf.tree is not None:
            return self.truth(leaf.tree)
        settled = [path for sort, path in leaf.term.reads if sort in OF_A_NODE]
        return all_true(self.reached.flag("settled", path) for path in settled)

    def clash(self, clauses: tuple[Clause, ...]) -> tuple[str, str] | None:
        """Two clauses that can never hold at the same moment."""
        if not clauses:
            return None
        key = (self.path, id(clauses))
        if key not in self.reached.cache:
            # the clauses are kept with the answer, so that their id stays theirs
            self.reached.cache[key] = (clauses, clash(clauses, self.constant))
        found: tuple[str, str] | None = self.reached.cache[key][1]
        return found

    def constant(self, tree: ex.Tree) -> Any:
        """A number or moment that never changes; None for anything else."""
        asking, self.reached.asking = self.reached.asking, None
        found = self.value(tree) if not isinstance(tree, ex.Call) else ANY
        self.reached.asking = asking
        if isinstance(found, Span):
            return found.exact
        return found if isinstance(found, datetime) else None

    # -- expressions

    def truth(self, tree: ex.Tree) -> Chance:
        return chance_of(self.value(tree))

    def value(self, tree: ex.Tree) -> Possible:
        match tree:
            case ex.Name(parts):
                return self.named(parts)
            case ex.Parameter(name):
                return self.parameter(name)
            case ex.Call():
                return self.call(tree)
            case ex.Logic(word, clauses):
                return self.logic(word, [self.truth(one) for one in clauses])
            case ex.Operation(sign, sides):
                return self.operation(sign, sides)
            case ex.Many(items):
                return self.many(items)
        return self.literal(tree)

    def literal(self, tree: ex.Tree) -> Possible:
        match tree:
            case ex.Number(number):
                return possible(number)
            case ex.Text(text):
                return text
            case ex.Date(text):
                return self.moment(read_date(text))
        return ANY

    def moment(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.reached.plan.zone)

    def logic(self, word: str, inner: list[Chance]) -> Chance:
        if word == "not":
            return inner[0].reversed()
        return all_true(inner) if word == "and" else any_true(inner)

    def operation(self, sign: str, sides: tuple[ex.Tree, ...]) -> Possible:
        values = [self.value(side) for side in sides]
        if len(values) == 1:
            return reckoned("-", possible(0), values[0])
        if sign in ORDER:
            return compared(sign, *values)
        if sign in {"in", "not in"}:
            return self.membership(sign, *values)
        return reckoned(sign, *values)

    def membership(self, sign: str, one: Possible, many: Possible) -> Chance:
        if one is NOTHING or many is NOTHING:
            return NEITHER
        if not isinstance(one, str) or not isinstance(many, tuple) or ANYONE in many:
            return EITHER
        return YES if (one in many) == (sign == "in") else NO

    def many(self, items: tuple[ex.Tree, ...]) -> Possible:
        found: list[Any] = []
        for item in items:
            value = self.value(item)
            if not isinstance(value, (str, tuple)):
                return ANY
            found.extend(value if isinstance(value, tuple) else (value,))
        return tuple(dict.fromkeys(found))

    # -- names

    def named(self, parts: tuple[str, ...]) -> Possible:
        joined = ".".join(parts)
        if joined in SPECIALS:
            return self.special(self.node, joined)
        word = _WORDS.get(joined)
        if word is not None:
            return word(self)
        if isinstance(self.scope, KindScope) and len(parts) == 1:
            return self.own(parts[0])
        found = self.scope.resolve(parts, ANYTHING)
        if isinstance(found, tuple):
            return parts[0]
        if len(parts) > 1 and found.sort not in {"node", "register", "parties"}:
            return self.part(parts)
        return self.reference(found)

    def part(self, parts: tuple[str, ...]) -> Possible:
        """``x.field``, ``x.fact``, ``x.end``."""
        nodes = self.nodes(ex.Name(parts[:-1], 1))
        if nodes is None or len(nodes) != 1:
            return ANY
        return self.at(nodes[0]).member(parts[-1])

    def member(self, name: str) -> Possible:
        """A word, field or fact of this judge's node."""
        if name in SPECIALS or name in {"end", "start"}:
            return self.special(self.node, name)
        if name == "round":
            return Span(ONE, None)
        if name in self.node.kind.fields or name in self.node.kind.facts:
            return kind_judge(self.reached, self.node, {}).own(name)
        return ANY

    def own(self, name: str) -> Possible:
        """A name of the kind: an input, a field, a fact."""
        kind = self.node.kind
        scope = self.scope
        if isinstance(scope, KindScope) and name in scope.takes:
            return ANY
        if name in kind.fields:
            return self.field(self.node, name)
        if name in kind.facts:
            tree = kind.facts[name].tree
            return (
                ANY
                if tree is None
                else kind_judge(self.reached, self.node, {}).value(tree)
            )
        return name  # a word that means nothing else is its own text

    def field(self, node: Node, name: str) -> Possible:
        if self.reached.written.is_set(node.path, name):
            return ANY
        value = node.fields.get(name)
        if isinstance(value, Term):
            return self.reached.written.value(value, node.path)
        if value == () and self.reached.plan.abstract:
            return ANY
        return possible(value)

    def special(self, node: Node, name: str) -> Possible:
        if name == "due":
            dated = node.due or node.within or node.window[1]
            moved = self.reached.written.is_set(node.path, "due")
            return NOTHING if dated is None and not moved else ANY
        term = Term(lambda env: env.facts.special(env.me, name, env), "any", "")
        if name == "owner":
            return self.reached.written.value(term, node.path)
        if name == "each":
            return ANY
        return possible(self.reached.written.special(node.path, name, _NO_ENV))

    def parameter(self, name: str) -> Possible:
        if isinstance(self.scope, KindScope):
            return self.named((name,))
        found = self.scope.parameter(name)
        if isinstance(found, tuple) or name == "each":
            return ANY
        return self.reference(found)

    def reference(self, ref: Ref) -> Possible:
        if ref.sort == "node":
            return ANY
        return self.reached.written.value(Term(ref.run, ref.sort, ""), self.path)

    # -- nodes

    def nodes(self, tree: ex.Tree | None) -> tuple[str, ...] | None:
        """The nodes (templates) an argument may mean; None: that cannot be told."""
        if tree is None:
            return (self.path,)
        if isinstance(tree, ex.Parameter):
            tree = ex.Name((tree.name,), 1)
        if not isinstance(tree, ex.Name):
            return None
        match tree.parts:
            case ("self",):
                return (self.path,)
            case ("plan",):
                return ("plan",)
            case ("parent",):
                return (self.node.parent,) if self.node.parent else ()
            case ("it",):
                return (self.it_template,) if self.it_template else None
        return self.resolved_nodes(tree.parts)

    def resolved_nodes(self, parts: tuple[str, ...]) -> tuple[str, ...] | None:
        found = self.scope.resolve(parts, NODE)
        if not isinstance(found, Ref):
            return None
        if found.sort == "node" and found.id in self.reached.plan.nodes:
            return (found.id,)
        value = self.reference(replace(found, sort="any"))
        listed = value if isinstance(value, tuple) else (value,)
        known = self.reached.plan.nodes
        texts = [one for one in listed if isinstance(one, str)]
        is_known = len(texts) == len(listed) and all(map(known.__contains__, texts))
        return listed if is_known else None

    def about(
        self, tree: ex.Tree | None, ask: Callable[[str], Possible], otherwise: Possible
    ) -> Possible:
        """A fact about a node; about several, of each of them."""
        nodes = self.nodes(tree)
        if nodes is None:
            return otherwise
        if not nodes:
            return NOTHING
        found = [ask(one) for one in nodes]
        if len(found) == 1:
            return found[0]
        return all_true(map(chance_of, found)) if otherwise is EITHER else otherwise

    # -- calls

    def call(self, tree: ex.Call) -> Possible:
        known = _CALLS.get(tree.name)
        if known is not None:
            return known(self, tree)
        argument = tree.arguments[0] if tree.arguments else None
        if any(tree.name in kind.states for kind in self.reached.plan.kinds.values()):
            return self.about(
                argument, lambda p: self.reached.was_in(p, tree.name), EITHER
            )
        return ANY

    def acts(self, path: str, move: str) -> Possible:
        if move not in self.reached.plan.nodes[path].kind.moves:
            return COUNT
        if not self.reached.has_move(path, move):
            return possible(0)
        made = self.reached.plan.nodes[path].kind.moves[move]
        return Span(ZERO, self.most_acts(path, made))

    def most_acts(self, path: str, move: Move) -> Fraction | None:
        if not move.once_each:
            return None
        able = able_for(self.reached, path, move)
        return None if able is None or ANYONE in able else Fraction(len(able))

    # -- collections

    def members(self, tree: ex.Tree) -> tuple[Members, ...]:
        """What a collection holds."""
        if isinstance(tree, ex.Name):
            if tree.parts == ("children",):
                return self.children(self.path)
            found = self.scope.resolve(tree.parts, COLLECTION)
            register = self.register_of(found)
            if register is not None:
                items = None if self.reached.has("register", register) else ZERO
                return (Members(f"{register}#", ZERO, items),)
            if isinstance(found, Ref) and found.sort == "node":
                return self.children(found.id)
        return self.listed(self.value(tree))

    def register_of(self, found: Any) -> str | None:
        """The register of a reference; in a kind a field names it."""
        if not isinstance(found, Ref) or found.sort != "register":
            return None
        name: Any = found.id
        if isinstance(self.scope, KindScope) and found.id in self.node.kind.fields:
            name = self.field(self.node, found.id)
        return name if name in self.reached.plan.registers else None

    def listed(self, value: Possible) -> tuple[Members, ...]:
        """One by one, as long as they are few; more are judged all alike."""
        if not isinstance(value, (tuple, dict)) or ANYONE in value:
            return (Members(None, ZERO, None),)
        if len(value) <= NAMED_MAX:
            return tuple(Members(None, ONE, ONE, one) for one in value)
        size = Fraction(len(value))
        return (Members(None, size, size),)

    def children(self, path: str) -> tuple[Members, ...]:
        node = self.reached.plan.nodes[path]
        if node.member is None:
            return tuple(Members(child, ONE, ONE) for child in node.children)
        copies = self.reached.written.copies(node)
        return (Members(node.member, copies or ZERO, copies),)

    def each(self, tree: ex.Call) -> list[tuple[Members, Chance]]:
        """Every sort of member with the chance of the condition."""
        among = tree.arguments[0]
        found = self.members(among)
        if tree.where is None:
            return [(one, YES) for one in found]
        return [(one, self.inside(among, one).truth(tree.where)) for one in found]

    def inside(self, among: ex.Tree, member: Members) -> Judge:
        found: Any = None
        if isinstance(among, ex.Name):
            found = self.scope.resolve(among.parts, COLLECTION)
        ref = found if isinstance(found, Ref) else Ref("list", "", lambda _: None)
        if member.template is not None:
            kind = self.reached.plan.nodes[member.template].kind.name
            ref = replace(ref, sort="nodes", item=kind)
        scope = self.scope.inside(ref)
        return Judge(self.reached, self.node, scope, member.template, member.value)


_NO_ENV: Any = None


def plan_judge(reached: Reached, path: str) -> Judge:
    """A judge of what the plan says at a node."""
    key = ("plan judge", path)
    if key not in reached.cache:
        node = reached.plan.nodes[path]
        scope = PlanScope(reached.plan.elements, path, node.kind)
        reached.cache[key] = Judge(reached, node, scope)
    found: Judge = reached.cache[key]
    return found


def kind_judge(reached: Reached, node: Node, takes: Mapping[str, Field]) -> Judge:
    """A judge of what a node's kind says, in a move that takes these inputs."""
    return Judge(reached, node, KindScope(node.kind, reached.plan.kinds, takes))


def able_for(reached: Reached, path: str, move: Move) -> tuple[str, ...] | None:
    """Who may make a move and is not barred from it; None: that cannot be told."""
    holders = reached.written.holders(path, move)
    if holders is None or move.not_by is None:
        return holders
    barred = barred_from(reached, path, move.not_by)
    return tuple(who for who in holders if who not in barred)


def barred_from(reached: Reached, path: str, not_by: Term) -> frozenset[str]:
    """Whom a plan bars whatever happens; others may be barred by what they do."""
    tree = not_by.tree
    judge = kind_judge(reached, reached.plan.nodes[path], {})
    parts = tree.items if isinstance(tree, ex.Many) else (tree,) if tree else ()
    found: set[str] = set()
    for part in parts:
        value = judge.value(part)
        found.update(value if isinstance(value, tuple) else ())
        found.update((value,) if isinstance(value, str) else ())
    return frozenset(found)


# -- words and functions


def _own_gate(judge: Judge, which: str) -> Possible:
    """A gate that asks for itself is never known."""
    return judge.ask_own(which, judge.at(judge.path).gate, otherwise=NEITHER)


_WORDS: Final[dict[str, Callable[[Judge], Possible]]] = {
    "now": lambda _: ANY,
    "today": lambda _: ANY,
    "actor": lambda _: ANY,
    "it": lambda judge: judge.it,
    "true": lambda _: YES,
    "false": lambda _: NO,
    "anyone": lambda _: (ANYONE,),
    "round": lambda _: Span(ONE, None),
    "early": lambda judge: possible(judge.node.early),
    "entry": lambda judge: _own_gate(judge, "entry"),
    "exit": lambda judge: _own_gate(judge, "exit"),
}


def _first(tree: ex.Call, others: int = 0) -> ex.Tree | None:
    """The node written before ``others`` arguments; None: this node."""
    return tree.arguments[0] if len(tree.arguments) > others else None


def _last(tree: ex.Call) -> str:
    last = tree.arguments[-1]
    match last:
        case ex.Name(parts):
            return parts[-1]
        case ex.Text(text):
            return text
    return ""


def _flag(judge: Judge, tree: ex.Call) -> Possible:
    return judge.about(_first(tree), lambda p: judge.reached.flag(tree.name, p), EITHER)


def _started(judge: Judge, tree: ex.Call) -> Possible:
    return judge.about(_first(tree), judge.reached.started, EITHER)


def _in_state(judge: Judge, tree: ex.Call) -> Possible:
    state = _last(tree)
    return judge.about(
        _first(tree, 1), lambda p: judge.reached.in_state(p, state), EITHER
    )


def _at(judge: Judge, tree: ex.Call) -> Possible:
    state = _last(tree)

    def ask(path: str) -> Possible:
        return ANY if judge.reached.was_in(path, state).true else NOTHING

    return judge.about(_first(tree, 1), ask, ANY)


def _acts(judge: Judge, tree: ex.Call) -> Possible:
    move = _last(tree)
    return judge.about(_first(tree, 1), lambda p: judge.acts(p, move), COUNT)


def _count(judge: Judge, tree: ex.Call) -> Possible:
    found = judge.each(tree)
    low = sum((one.low for one, chance in found if chance == YES), ZERO)
    highs = [one.high for one, chance in found if chance.true]
    known = [high for high in highs if high is not None]
    return Span(low, sum(known, ZERO) if len(known) == len(highs) else None)


def _all_of(judge: Judge, tree: ex.Call) -> Possible:
    found = judge.each(tree)
    true = all(chance.true or one.low == 0 for one, chance in found)
    return Chance(true, any(chance.false and one.high != 0 for one, chance in found))


def _any_of(judge: Judge, tree: ex.Call) -> Possible:
    found = judge.each(tree)
    true = any(chance.true and one.high != 0 for one, chance in found)
    return Chance(true, all(chance.false or one.low == 0 for one, chance in found))


def _size(judge: Judge, tree: ex.Call) -> Possible:
    value = judge.value(tree.arguments[0])
    if value is NOTHING:
        return NOTHING
    if isinstance(value, (tuple, dict)):
        size = Fraction(len(value))
        return Span(size, None if ANYONE in value else size)
    return possible(1) if isinstance(value, str) else COUNT


def _thing(sort: str) -> Callable[[Judge, ex.Call], Possible]:
    """A document that may come to be there, or to be approved."""

    def ask(judge: Judge, tree: ex.Call) -> Possible:
        names = _documents(judge, tree.arguments[0])
        if names is None:
            return EITHER
        there = all(judge.reached.has(sort, one) for one in names)
        return Chance(true=there, false=True)

    return ask


def _documents(judge: Judge, tree: ex.Tree) -> tuple[str, ...] | None:
    if not isinstance(tree, ex.Name):
        return None
    found = judge.scope.resolve(tree.parts, frozenset({"deliverable"}))
    value = judge.reference(found) if isinstance(found, Ref) else ANY
    listed = value if isinstance(value, tuple) else (value,)
    known = judge.reached.plan.deliverables
    return listed if all(one in known for one in listed) else None


def _quota(judge: Judge, tree: ex.Call) -> Possible:
    argument = tree.arguments[0]
    found: Any = None
    if isinstance(argument, ex.Name):
        found = judge.scope.resolve(argument.parts, frozenset({"quota"}))
    name = judge.reference(found) if isinstance(found, Ref) else ANY
    quota = judge.reached.plan.quotas.get(name) if isinstance(name, str) else None
    if quota is None:
        return EITHER
    if judge.reached.written.value(quota.owed_by, "plan") == ():
        return YES
    # every measure is asked for, to hear of the change of each
    credited = [judge.reached.has("measure", one) for one in quota.measures]
    return Chance(true=any(credited), false=True)


def _covers(judge: Judge, tree: ex.Call) -> Possible:
    whole, part = (judge.value(side) for side in tree.arguments)
    if NOTHING in (whole, part):
        return NEITHER
    if not isinstance(whole, tuple) or not isinstance(part, tuple):
        return EITHER
    return EITHER if ANYONE in whole else possible(set(part) <= set(whole))


def _needed(judge: Judge, tree: ex.Call) -> Possible:
    """The least whole number that makes the share."""
    found = reckoned("*", *(judge.value(side) for side in tree.arguments))
    if not isinstance(found, Span):
        return found if found is NOTHING else COUNT
    ends = (found.low, found.high)
    low, high = (None if end is None else Fraction(math.ceil(end)) for end in ends)
    return Span(low, high)


_CALLS: Final[dict[str, Callable[[Judge, ex.Call], Possible]]] = {
    "done": _flag,
    "settled": _flag,
    "started": _started,
    "in_state": _in_state,
    "at": _at,
    "round": lambda *_: Span(ONE, None),
    "overdue": lambda *_: EITHER,
    "late": lambda *_: COUNT,
    "superior": lambda *_: ANY,
    "title": lambda *_: ANY,
    "owed": lambda *_: ANY,
    "digest": lambda *_: ANY,
    "outcome": lambda *_: ANY,
    "acts": _acts,
    "done_by": lambda *_: ANY,
    "done_for": lambda *_: ANY,
    "tally": lambda *_: COUNT,
    "total": lambda *_: ANY,
    "mean": lambda *_: ANY,
    "share": lambda *_: Span(ZERO, ONE),
    "count": _count,
    "all_of": _all_of,
    "any_of": _any_of,
    "sum": lambda *_: ANY,
    "least": lambda *_: ANY,
    "values": lambda *_: ANY,
    "size": _size,
    "exists": _thing("deliverable"),
    "approved": _thing("approved"),
    "unchanged_since_approval": _thing("approved"),
    "version": lambda *_: ANY,
    "has_version": _thing("deliverable"),
    "quota": _quota,
    "measure": lambda *_: ANY,
    "event": lambda *_: EITHER,
    "covers": _covers,
    "disjoint": lambda *_: EITHER,
    "leaders": lambda *_: ANY,
    "members": lambda *_: ANY,
    "sample": lambda *_: ANY,
    "working_days": lambda *_: ANY,
    "after": lambda *_: ANY,
    "deputies": lambda *_: ANY,
    "needed": _needed,
    "state": lambda *_: ANY,
    "rows": lambda *_: ANY,
    "dates": lambda *_: ANY,
    "sentence": lambda *_: ANY,
}
