"""The facts that a gate may ask for: the closed list of functions.

``FUNCTIONS`` is the whole list; a call of anything else is a fault unless it is
the name of a state, as in ``held(会议)``. docs/plans.md §5 is tested equal to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine import words
from engine.plan import expressions as ex
from engine.plan import owing
from engine.plan.faults import nearest
from engine.plan.names import inputs_of, moves_of, states_of
from engine.plan.scope import Compiler
from engine.plan.terms import (
    ANYONE,
    ANYTHING,
    COLLECTION,
    NODE,
    PARTIES,
    UNKNOWN,
    BadName,
    Dependency,
    Env,
    Ref,
    Run,
    Term,
    every,
    listed,
    many,
    some,
)
from engine.plan.values import Duration, canonical

ROWS_MAX: Final = 20
"""Columns of ``rows``, parts of ``sentence``."""
Handler: TypeAlias = Callable[[Compiler, ex.Call], Term]

SELF: Final = Ref(
    "node", "", lambda env: env.me, frozenset({("self", "state")}), kind="self"
)


def call(compiler: Compiler, tree: ex.Call) -> Term:
    """The term of a call."""
    handler = FUNCTIONS.get(tree.name)
    if handler is not None:
        if tree.where is not None and tree.name not in QUANTIFIERS:
            raise BadName("plan.no_where", tree.column, function=tree.name)
        return handler(compiler, tree)
    if tree.name in states_of(compiler.scope, None):
        return _reached(compiler, tree)
    raise BadName(
        "plan.unknown_function",
        tree.column,
        name=tree.name,
        known=_near(tree.name, compiler),
    )


def _near(name: str, compiler: Compiler) -> tuple[str, ...]:
    return nearest(name, (*FUNCTIONS, *sorted(states_of(compiler.scope, None))))


def _count(tree: ex.Call, least: int, most: int) -> None:
    if not least <= len(tree.arguments) <= most:
        raise BadName(
            "plan.arguments",
            tree.column,
            function=tree.name,
            found=len(tree.arguments),
            wanted=str(least) if least == most else f"{least}-{most}",
        )


def _node(compiler: Compiler, tree: ex.Call, at: int = 0) -> Ref:
    """The node an argument names; this node when it is left out."""
    if len(tree.arguments) <= at:
        return SELF
    return compiler.reference(tree.arguments[at], NODE)


def _acts(node: Ref) -> frozenset[Dependency]:
    """Acts of this node are an aspect of their own; another node is watched whole."""
    if node.kind == "self":
        return frozenset({("self", "acts")})
    return node.reads


def _named_node(compiler: Compiler, tree: ex.Call, others: int) -> Ref:
    """The node written before ``others`` arguments; this node when it is left out."""
    return _node(compiler, tree) if len(tree.arguments) > others else SELF


def _about(asked: Callable[[Env, str], Any], node: Ref, sort: str) -> Term:
    """A fact about one node; unknown while the node is not there."""
    if node.kind == "self":
        return Term(lambda env: asked(env, env.me), sort, "", node.reads)
    if node.path is not None:
        path = node.path
        return Term(lambda env: asked(env, path), sort, "", node.reads)
    find = node.run

    def run(env: Env) -> Any:
        path = find(env)
        if path is UNKNOWN or path is None:
            return UNKNOWN
        if isinstance(path, tuple):
            return every(asked(env, one) for one in path) if path else UNKNOWN
        return asked(env, path)

    return Term(run, sort, "", node.reads)


def _flag(flag: str) -> Handler:
    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        _count(tree, 0, 1)
        made = _about(
            lambda env, path: env.facts.flag(path, flag), _node(compiler, tree), "bool"
        )
        return replace(made, reads=frozenset(_at_rest(one) for one in made.reads))

    return handler


def _at_rest(dependency: Dependency) -> Dependency:
    sort, name = dependency
    return ("rest", name) if sort == "node" else dependency


def _started(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 0, 1)
    return _about(
        lambda env, path: env.facts.started(path), _node(compiler, tree), "bool"
    )


def _reached(compiler: Compiler, tree: ex.Call) -> Term:
    """``held(x)``: x has been in that state in its present round."""
    _count(tree, 0, 1)
    node = _node(compiler, tree)
    state = tree.name
    _check_state(compiler, node, state, tree.column)
    return _about(lambda env, path: env.facts.reached(path, state), node, "bool")


def _check_state(compiler: Compiler, node: Ref, state: str, column: int) -> None:
    known = states_of(compiler.scope, node.kind)
    if state not in known:
        raise BadName(
            "plan.unknown_state",
            column,
            state=state,
            node=node.id or "self",
            known=tuple(sorted(known)),
        )


def _word(tree: ex.Tree) -> str:
    if isinstance(tree, ex.Name) and len(tree.parts) == 1:
        return tree.parts[0]
    if isinstance(tree, ex.Text):
        return tree.value
    raise BadName("plan.word_wanted", tree.column)


def _in_state(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 1, 2)
    node = _named_node(compiler, tree, 1)
    state = _word(tree.arguments[-1])
    _check_state(compiler, node, state, tree.column)
    return _about(lambda env, path: env.facts.state(path) == state, node, "bool")


def _at(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 1, 2)
    node = _named_node(compiler, tree, 1)
    state = _word(tree.arguments[-1])
    _check_state(compiler, node, state, tree.column)

    def asked(env: Env, path: str) -> Any:
        found = env.facts.reached_at(path, state)
        return UNKNOWN if found is None else found

    return _about(asked, node, "datetime")


def _round(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 0, 1)
    return _about(
        lambda env, path: env.facts.round(path), _node(compiler, tree), "number"
    )


def _overdue(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 0, 1)
    node = _node(compiler, tree)
    made = _about(lambda env, path: env.facts.overdue(path, env.now), node, "bool")

    def due(env: Env) -> Any:
        path = node.run(env)
        if path in (UNKNOWN, None):
            return UNKNOWN
        return env.facts.special(path, "due", env)

    return Term(made.run, "bool", "", made.reads, (due,))


def _late(compiler: Compiler, tree: ex.Call) -> Term:
    """Whole working days since it was due; 0 while it is not."""
    _count(tree, 0, 1)

    def asked(env: Env, path: str) -> Any:
        found = env.facts.late(path, env.now)
        return UNKNOWN if found is None else found

    return _about(asked, _node(compiler, tree), "number")


def _superior(compiler: Compiler, tree: ex.Call) -> Term:
    """Who answers for what the node stands in and not for the node itself."""
    _count(tree, 0, 1)
    node = _node(compiler, tree)
    return _about(lambda env, path: env.facts.superior(path, env), node, "parties")


def _title(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 0, 1)
    return _about(lambda env, path: env.facts.title(path), _node(compiler, tree), "any")


def _outcome(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 0, 1)

    def asked(env: Env, path: str) -> Any:
        found = env.facts.outcome(path)
        return UNKNOWN if found is None else found

    return _about(asked, _node(compiler, tree), "text")


def _of_move(
    read: Callable[[Env, str, str], Any], sort: str
) -> Callable[[Compiler, ex.Call], Term]:
    """``f(move)`` or ``f(x, move)``."""

    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        _count(tree, 1, 2)
        node = _named_node(compiler, tree, 1)
        move = _word(tree.arguments[-1])
        known = moves_of(compiler.scope, node.kind)
        if move not in known:
            raise BadName(
                "plan.unknown_act", tree.column, move=move, known=tuple(sorted(known))
            )

        made = _about(lambda env, path: read(env, path, move), node, sort)
        return Term(made.run, sort, "", _acts(node))

    return handler


def _done_by(compiler: Compiler, tree: ex.Call) -> Term:
    """By whom: one node's move, or all acts of a node."""
    if len(tree.arguments) == 1 and not _is_move(compiler, tree.arguments[0]):
        node = compiler.reference(tree.arguments[0], NODE)
        return _about_all(lambda env, path: env.facts.actors(path, ""), node)
    return _of_move(lambda env, path, move: env.facts.actors(path, move), "parties")(
        compiler, tree
    )


def _principals(env: Env, path: str, move: str) -> tuple[str, ...]:
    return env.facts.principals(path, move)


def _is_move(compiler: Compiler, tree: ex.Tree) -> bool:
    return (
        isinstance(tree, ex.Name)
        and len(tree.parts) == 1
        and tree.parts[0] in moves_of(compiler.scope, "self")
    )


def _about_all(asked: Callable[[Env, str], tuple[str, ...]], node: Ref) -> Term:
    def run(env: Env) -> Any:
        path = node.run(env)
        if path is UNKNOWN or path is None:
            return UNKNOWN
        paths = path if isinstance(path, tuple) else (path,)
        return tuple(dict.fromkeys(who for one in paths for who in asked(env, one)))

    return Term(run, "parties", "", node.reads | _acts(node))


def _input(compiler: Compiler, node: Ref, tree: ex.Tree) -> str:
    """The name of something that a move of the node takes."""
    name = _word(tree)
    known = inputs_of(compiler.scope, node.kind)
    if name not in known:
        raise BadName(
            "plan.unknown_input",
            tree.column,
            name=name,
            node=node.id or "self",
            near=nearest(name, known) or tuple(known),
        )
    return name


def _answer(compiler: Compiler, node: Ref, name: str, tree: ex.Tree) -> str:
    """One of the answers to choose from, where the kind lists them."""
    value = _word(tree)
    taken = inputs_of(compiler.scope, node.kind).get(name)
    known = taken.of if taken is not None and isinstance(taken.of, tuple) else (value,)
    if value not in known:
        near = nearest(value, known) or known
        raise BadName(
            "plan.unknown_answer", tree.column, value=value, input=name, near=near
        )
    return value


def _tally(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 2, 3)
    node = _named_node(compiler, tree, 2)
    name = _input(compiler, node, tree.arguments[-2])
    value = _answer(compiler, node, name, tree.arguments[-1])
    node = replace(node, reads=_acts(node))
    return _about(lambda env, path: env.facts.tally(path, name, value), node, "number")


def _total(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 1, 2)
    node = _named_node(compiler, tree, 1)
    name = _input(compiler, node, tree.arguments[-1])
    node = replace(node, reads=_acts(node))
    return _about(lambda env, path: env.facts.total(path, name), node, "number")


def _mean(compiler: Compiler, tree: ex.Call) -> Term:
    """The mean of a number or of scores (all criteria); unknown without answers."""
    _count(tree, 1, 2)
    node = _named_node(compiler, tree, 1)
    name = _input(compiler, node, tree.arguments[-1])

    def asked(env: Env, path: str) -> Any:
        count = env.facts.tally(path, name, "#")
        return UNKNOWN if not count else Fraction(env.facts.total(path, name), count)

    return _about(asked, replace(node, reads=_acts(node)), "number")


ABSTENTIONS: Final = frozenset({"abstain", "弃权"})


def _share(compiler: Compiler, tree: ex.Call) -> Term:
    """Answers ``value`` among the valid ones; abstentions are not valid answers."""
    _count(tree, 1, 2)
    last = tree.arguments[-1]
    node = _named_node(compiler, tree, 1)
    if len(tree.arguments) == 1 and isinstance(last, ex.Name) and len(last.parts) > 1:
        node = compiler.reference(ex.Name(last.parts[:-1], last.column), NODE)
        last = ex.Name(last.parts[-1:], last.column)
    value = _answer(compiler, node, "choice", last)

    def asked(env: Env, path: str) -> Any:
        given = env.facts.tallies(path, "choice")
        valid = sum(n for answer, n in given.items() if answer not in ABSTENTIONS)
        return UNKNOWN if valid == 0 else Fraction(given.get(value, 0), valid)

    return _about(asked, replace(node, reads=_acts(node)), "number")


def _collected(compiler: Compiler, tree: ex.Tree) -> Ref:
    """A name is a collection first, and a node only if there is no such collection."""
    if isinstance(tree, ex.Name):
        found = compiler.scope.resolve(tree.parts, COLLECTION)
        if isinstance(found, Ref) and found.sort in COLLECTION:
            return found
    return compiler.reference(tree, ANYTHING)


def _collection(compiler: Compiler, tree: ex.Call) -> tuple[Ref, Run]:
    """A collection's reference and its members as a tuple."""
    ref = _collected(compiler, tree.arguments[0])
    if ref.sort == "node":
        nodes = Ref("nodes", ref.id, ref.run, ref.reads, None)
        return nodes, lambda env: env.facts.children(ref.run(env))
    if ref.sort not in COLLECTION and ref.sort != "any":
        raise BadName("plan.no_collection", tree.column, is_=ref.sort)

    def run(env: Env) -> Any:
        found = ref.run(env)
        if found is UNKNOWN or found is None:
            return UNKNOWN
        if ref.sort == "register" and isinstance(found, str):
            # a field of a kind holds the register's id
            return env.facts.items(found)
        return listed(found) if isinstance(found, tuple) else (found,)

    return ref, run


def _quantifier(fold: Callable[[list[Any]], Any], sort: str, *, bare: bool) -> Handler:
    """``f(collection where condition)``; ``bare`` allows it without a condition."""

    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        _count(tree, 1, 1)
        ref, members = _collection(compiler, tree)
        if tree.where is None:
            if not bare:
                raise BadName("plan.where_wanted", tree.column, function=tree.name)
            return Term(
                lambda env: _folded(members(env), lambda _: True, fold),
                sort,
                "",
                ref.reads,
            )
        inner = compiler.inside(ref)
        condition = inner.truth(tree.where)
        reads = ref.reads | {dep for dep in condition.reads if dep[0] != "it"}

        def run(env: Env) -> Any:
            return _folded(
                members(env), lambda one: condition.run(env.within(one)), fold
            )

        return Term(run, sort, "", reads, condition.alarms)

    return handler


def _folded(
    members: Any, condition: Callable[[Any], Any], fold: Callable[[list[Any]], Any]
) -> Any:
    if members is UNKNOWN:
        return UNKNOWN
    return fold([condition(member) for member in members])


def _number_true(verdicts: list[Any]) -> Any:
    return sum(1 for verdict in verdicts if verdict is True)


def _per_member(pick: Callable[[list[Any]], Any], sort: str) -> Handler:
    """``sum(register, field)``, ``least(…)``, ``values(…)``."""

    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        _count(tree, 2, 2)
        ref, members = _collection(compiler, tree)
        inner = compiler.inside(ref).term(tree.arguments[1])

        def run(env: Env) -> Any:
            found = members(env)
            if found is UNKNOWN:
                return UNKNOWN
            values = [inner.run(env.within(member)) for member in found]
            return pick([v for v in values if v is not UNKNOWN and v is not None])

        reads = ref.reads | {dep for dep in inner.reads if dep[0] != "it"}
        return Term(run, sort, "", reads)

    return handler


def _distinct(values: list[Any]) -> tuple[Any, ...]:
    flat = [one for v in values for one in (v if isinstance(v, tuple) else (v,))]
    return tuple(dict.fromkeys(flat))


def _size(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 1, 1)
    made = compiler.term(tree.arguments[0])

    def run(env: Env) -> Any:
        found = made.run(env)
        if found is UNKNOWN or found is None:
            return UNKNOWN
        if isinstance(found, tuple):
            return len(listed(found))
        return len(found) if isinstance(found, dict) else 1

    return Term(run, "number", "", made.reads)


def _document(read: Callable[[Env, str], Any], sort: str = "bool") -> Handler:
    """A fact about a deliverable, or about every one of several."""

    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        _count(tree, 1, 1)
        return _about(
            read,
            compiler.reference(tree.arguments[0], frozenset({"deliverable"})),
            sort,
        )

    return handler


def _label(env: Env, deliverable: str) -> Any:
    found = env.facts.label(deliverable)
    return UNKNOWN if found is None else found


def _has_version(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 2, 2)
    ref = compiler.reference(tree.arguments[0], frozenset({"deliverable"}))
    label = compiler.word(tree.arguments[1])

    def asked(env: Env, deliverable: str) -> Any:
        wanted = label.run(env)
        if wanted is UNKNOWN or wanted is None:
            return UNKNOWN
        return env.facts.has_label(deliverable, str(wanted))

    return _about(asked, ref, "bool")


def _quota(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 1, 1)
    ref = compiler.reference(tree.arguments[0], frozenset({"quota"}))
    return _about(lambda env, quota: env.facts.quota(quota, env), ref, "bool")


def _measure(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 2, 2)
    ref = compiler.reference(tree.arguments[0], frozenset({"measure"}))
    who = compiler.term(tree.arguments[1])

    def asked(env: Env, measure: str) -> Any:
        person = who.run(env)
        if isinstance(person, tuple):
            return sum((env.facts.measure(measure, one) for one in person), Fraction())
        if not isinstance(person, str):
            return UNKNOWN
        return env.facts.measure(measure, person)

    made = _about(asked, ref, "number")
    return Term(made.run, "number", "", ref.reads | who.reads)


def _event(_: Compiler, tree: ex.Call) -> Term:
    _count(tree, 1, 1)
    name = _word(tree.arguments[0])
    reads: frozenset[Dependency] = frozenset({("event", name)})
    return Term(lambda env: env.facts.event(name), "bool", "", reads)


def _covers(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 2, 2)
    whole, part = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        a, b = whole.run(env), part.run(env)
        if a in (UNKNOWN, None) or b in (UNKNOWN, None):
            return UNKNOWN
        whole_ = _members(a)
        return ANYONE in whole_ or set(listed(_members(b))) <= set(whole_)

    return Term(run, "bool", "", whole.reads | part.reads)


def _members(value: Any) -> tuple[Any, ...]:
    if isinstance(value, dict):  # groups: {name: {leader, members}}
        return tuple(who for group in value.values() for who in group["members"])
    return value if isinstance(value, tuple) else (value,)


def _of_groups(read: Callable[[dict[str, Any]], Any], sort: str) -> Handler:
    def handler(compiler: Compiler, tree: ex.Call) -> Term:
        _count(tree, 1, 1)
        made = compiler.term(tree.arguments[0])

        def run(env: Env) -> Any:
            found = made.run(env)
            return read(found) if isinstance(found, dict) else UNKNOWN

        return Term(run, sort, "", made.reads)

    return handler


def _are_disjoint(groups: dict[str, Any]) -> bool:
    members = _members(groups)
    return len(members) == len(set(members))


def _leaders(groups: dict[str, Any]) -> tuple[str, ...]:
    return tuple(group["leader"] for group in groups.values() if group.get("leader"))


def _sample(compiler: Compiler, tree: ex.Call) -> Term:
    """A seeded draw: the same instance always draws the same people."""
    _count(tree, 2, 2)
    members, share = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        who, ratio = members.run(env), share.run(env)
        if who in (UNKNOWN, None) or ratio in (UNKNOWN, None):
            return UNKNOWN
        return env.facts.sample(_members(who), Fraction(ratio), env.me)

    return Term(run, "parties", "", members.reads | share.reads)


def _deputies(compiler: Compiler, tree: ex.Call) -> Term:
    """``deputies(party)`` in order, or ``deputies(party, n)``: the n-th, if any."""
    _count(tree, 1, 2)
    made = [compiler.term(side) for side in tree.arguments]
    if made[0].sort not in {*PARTIES, "list", "any"}:
        at, found = tree.column, made[0].sort
        raise BadName("plan.wrong_value", at, wanted=["parties"], is_=found)

    def run(env: Env) -> Any:
        people, *number = (term.run(env) for term in made)
        if UNKNOWN in (people, *number):
            return UNKNOWN
        found = env.facts.deputies(many(people))
        if not number:
            return found
        return found[int(number[0]) - 1 : int(number[0])] if number[0] >= 1 else ()

    return Term(run, "parties", "", frozenset().union(*(one.reads for one in made)))


def _owed(compiler: Compiler, tree: ex.Call) -> Term:
    """The open nodes without children that a party answers for, soonest due first."""
    _count(tree, 1, 1)
    who = compiler.term(tree.arguments[0])

    def run(env: Env) -> Any:
        parties = who.run(env)
        return (
            UNKNOWN
            if parties is UNKNOWN
            else owing.owed(env.facts, many(parties), env.now, but=env.me)
        )

    return Term(run, "nodes", "", who.reads)


def _dates(compiler: Compiler, tree: ex.Call) -> Term:
    """``dates(party)``: last days and recurring times of what it answers for."""
    _count(tree, 1, 1)
    who = compiler.term(tree.arguments[0])

    def run(env: Env) -> Any:
        found = who.run(env)
        if found is UNKNOWN:
            return UNKNOWN
        return owing.dates(env.facts, many(found), env.now, but=env.me)

    return Term(run, "list", "", who.reads)


def _digest(compiler: Compiler, tree: ex.Call) -> Term:
    """A line for each node, in both languages: its mark, title, state and last day."""
    _count(tree, 1, 1)
    ref, members = _collection(compiler, tree)

    def run(env: Env) -> Any:
        found = members(env)
        return UNKNOWN if found is UNKNOWN else owing.digest(env.facts, found, env.now)

    return Term(run, "any", "", ref.reads)


def _after(compiler: Compiler, tree: ex.Call) -> Term:
    """``after(t, 3 workdays)``: what ends at midnight ends the day before."""
    _count(tree, 2, 2)
    start, length = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        moment, duration = start.run(env), length.run(env)
        if not isinstance(moment, datetime) or not isinstance(duration, Duration):
            return UNKNOWN
        found = env.facts.after(moment, duration)
        return UNKNOWN if found is None else found

    return Term(run, "datetime", "", start.reads | length.reads)


def _working_days(compiler: Compiler, tree: ex.Call) -> Term:
    _count(tree, 2, 2)
    start, end = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        a, b = start.run(env), end.run(env)
        if a in (UNKNOWN, None) or b in (UNKNOWN, None):
            return UNKNOWN
        return env.facts.calendar.working_days_between(_day(a, env), _day(b, env))

    return Term(run, "number", "", start.reads | end.reads)


def _day(moment: Any, env: Env) -> Any:
    return (
        moment.astimezone(env.facts.zone).date() if hasattr(moment, "hour") else moment
    )


def _needed(compiler: Compiler, tree: ex.Call) -> Term:
    """``needed(share, n)``: the whole number of members that makes the share."""
    _count(tree, 2, 2)
    share, size = (compiler.term(side) for side in tree.arguments)

    def run(env: Env) -> Any:
        a, b = share.run(env), size.run(env)
        if not (isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction))):
            return UNKNOWN
        return math.ceil(Fraction(a) * Fraction(b))

    return Term(run, "number", "", share.reads | size.reads)


# -- for papers and notices


def _state(compiler: Compiler, tree: ex.Call) -> Term:
    """``state(x)``: the title of the state that a node is in."""
    _count(tree, 0, 1)
    node = _node(compiler, tree)
    return _about(lambda env, path: env.facts.state_title(path), node, "text")


def _rows(compiler: Compiler, tree: ex.Call) -> Term:
    """``rows(register, text, owner, state(it))``: a mapping for each member.

    A column is called as its name is written, or as the function is that gives it.
    """
    _count(tree, 2, ROWS_MAX)
    ref, members = _collection(compiler, tree)
    inner = compiler.inside(ref)
    columns = {_column(part): inner.term(part) for part in tree.arguments[1:]}

    def run(env: Env) -> Any:
        found = members(env)
        if found is UNKNOWN:
            return UNKNOWN
        return tuple(_row(columns, env.within(member)) for member in found)

    reads = ref.reads.union(*(one.reads for one in columns.values()))
    return Term(run, "list", "", frozenset(dep for dep in reads if dep[0] != "it"))


def _column(tree: ex.Tree) -> str:
    match tree:
        case ex.Name(parts):
            return ".".join(parts)
        case ex.Call(name):
            return name
    raise BadName("plan.no_column", getattr(tree, "column", 1))


def _row(columns: dict[str, Term], env: Env) -> dict[str, Any]:
    """Without what is not known: an empty cell."""
    found = {name: term.run(env) for name, term in columns.items()}
    return {
        name: value
        for name, value in found.items()
        if value is not UNKNOWN and value is not None
    }


def _sentence(compiler: Compiler, tree: ex.Call) -> Term:
    """``sentence('共 ', count(问题))``: one text; what is not known is left blank."""
    _count(tree, 1, ROWS_MAX)
    parts = [compiler.term(part) for part in tree.arguments]

    def run(env: Env) -> str:
        language = env.facts.language
        return "".join(_read_out(part.run(env), language) for part in parts)

    reads: frozenset[Dependency] = frozenset()
    return Term(run, "text", "", reads.union(*(part.reads for part in parts)))


def _read_out(value: Any, language: str) -> str:
    if value is UNKNOWN or value is None:
        return "　　"
    if isinstance(value, (tuple, list)):
        joint = "、" if language == "zh" else ", "
        return joint.join(_read_out(one, language) for one in value)
    if isinstance(value, Mapping):
        return words.bilingual(value, language)
    found = canonical(value)
    return found if isinstance(found, str) else str(found)


QUANTIFIERS: Final = frozenset({"count", "all_of", "any_of"})

FUNCTIONS: Final[dict[str, Handler]] = {
    "done": _flag("done"),
    "settled": _flag("settled"),
    "started": _started,
    "in_state": _in_state,
    "at": _at,
    "round": _round,
    "overdue": _overdue,
    "late": _late,
    "superior": _superior,
    "title": _title,
    "owed": _owed,
    "digest": _digest,
    "dates": _dates,
    "outcome": _outcome,
    "acts": _of_move(lambda env, path, move: env.facts.acts(path, move), "number"),
    "done_by": _done_by,
    "done_for": _of_move(_principals, "parties"),
    "tally": _tally,
    "total": _total,
    "mean": _mean,
    "share": _share,
    "count": _quantifier(_number_true, "number", bare=True),
    "all_of": _quantifier(lambda found: every(iter(found)), "bool", bare=False),
    "any_of": _quantifier(lambda found: some(iter(found)), "bool", bare=False),
    "sum": _per_member(lambda found: sum(map(Fraction, found), Fraction()), "number"),
    "least": _per_member(lambda found: min(found) if found else UNKNOWN, "any"),
    "values": _per_member(_distinct, "parties"),
    "size": _size,
    "exists": _document(lambda env, what: env.facts.versions(what) > 0),
    "approved": _document(lambda env, what: env.facts.approved(what)),
    "unchanged_since_approval": _document(lambda env, what: env.facts.unchanged(what)),
    "version": _document(_label, "text"),
    "has_version": _has_version,
    "quota": _quota,
    "measure": _measure,
    "event": _event,
    "covers": _covers,
    "disjoint": _of_groups(_are_disjoint, "bool"),
    "leaders": _of_groups(_leaders, "parties"),
    "members": _of_groups(_members, "parties"),
    "sample": _sample,
    "working_days": _working_days,
    "after": _after,
    "deputies": _deputies,
    "needed": _needed,
    "state": _state,
    "rows": _rows,
    "sentence": _sentence,
}
