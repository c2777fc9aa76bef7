"""Reuse: a plan on top of its base, by parameters and by patches with ids.

Pure: sources in, one tree out. Every value keeps the file and line it came from,
and every change to the base is remembered, so that it can be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from engine.plan.faults import Faults, Place, nearest
from engine.plan.grafting import (
    SECTIONS,
    Where,
    changed_at,
    entry_at,
    has_nodes,
    id_of,
    ids_below,
    is_section,
    keyed,
    lines_joined,
    nodes_below,
    overlaid,
)
from engine.plan.marks import KEYS, MARKS
from engine.plan.source import Mapping, Scalar, Sequence, Source, Value, is_empty

CHAIN_MAX: Final = 8
NAME_CHARACTERS_MAX: Final = 200
PATCHES: Final = ("remove", "set", "add")
"""In the order in which they are applied."""
OWN: Final = frozenset({*PATCHES, "params", "extends"})
TABLES: Final = frozenset(
    {
        *("deliverables", "registers", "measures", "quotas", "attempts"),
        *("glossary", "goals", "basis"),
    }
)
"""Keys whose entries have names; a child's entries join the base's."""
BELOW: Final = {"stages": "links"}
"""The section of a node that has none yet, by the section it stands in; else ``do``."""
ADD_KEYS: Final = ("under", "section", "before", "after", "item")

ALONE: Final = frozenset({"plan.unknown_parameter", "plan.parameter_type"})
_BASE: Final = re.compile(r"[\w-]+(?:/[\w-]+)*")
"""A name in a plans folder: never a path out of it."""

Library: TypeAlias = Callable[[str], Source | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamSource:
    """A parameter as declared, and as bound by the last plan that says so."""

    declaration: Mapping
    binding: Value | None
    """None: nothing is said, the declared default holds."""
    assumed: bool
    """The binding is marked as supplied by the encoder."""
    open: bool
    """The binding is marked as left unsaid by the document."""
    place: Place


@dataclass(frozen=True, slots=True)
class Patch:
    """One change to a base: ``sort`` is set, add, remove or param.

    ``target`` is a node's full path, an entry such as ``deliverables.x``, a key of
    the plan, or a parameter's name.
    """

    sort: str
    target: str
    place: Place
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A plan with its bases: one tree, its parameters, and what was changed."""

    tree: Mapping
    params: dict[str, ParamSource]
    patches: tuple[Patch, ...]
    chain: tuple[str, ...]
    """Ids of the plans, base first."""
    sources: tuple[Source, ...]
    """Base first."""


def resolve(source: Source, library: Library, known: Iterable[str] = ()) -> Resolved:
    """A plan on top of its bases; raises PlanRejected with every fault.

    ``known`` are names of bases, for whoever misspells one.
    """
    faults = Faults()
    found = laid(source, library, known, faults)
    faults.raise_if_any()
    if found is None:
        raise AssertionError("a fault was added")
    return found


def laid(
    source: Source, library: Library, known: Iterable[str], faults: Faults
) -> Resolved | None:
    """A plan on top of its bases; None if what follows would only echo its faults.

    A parameter that nobody knows hides nothing else; a patch that failed does.
    """
    chain = _chain(source, library, known, faults)
    if faults.any():
        return None
    work = _Overlay(faults)
    work.found(chain[0])
    for one in chain[1:]:
        work.lay(one)
    if any(fault.code not in ALONE for fault in faults.found):
        return None
    return Resolved(
        work.tree,
        work.params,
        tuple(work.patches),
        tuple(one.id for one in chain),
        tuple(chain),
    )


def _chain(
    source: Source, library: Library, known: Iterable[str], faults: Faults
) -> list[Source]:
    """The plan and its bases, the deepest base first; what is missing is a fault."""
    found = [source]
    asked: set[str] = set()
    while (name := _extended(found[0].tree, faults)) is not None:
        if name.text in asked | {one.id for one in found}:
            names = [*(one.id for one in reversed(found)), name.text]
            faults.add("plan.extends_circle", name, "extends", names=names)
            break
        if len(found) == CHAIN_MAX:
            faults.add("plan.extends_deep", name, "extends", most=CHAIN_MAX)
            break
        asked.add(name.text)
        if not _BASE.fullmatch(name.text) or len(name.text) > NAME_CHARACTERS_MAX:
            faults.add("plan.base_name", name, "extends", name=name.text[:40])
            break
        base = library(name.text)
        if base is None:
            bases = tuple(known)
            near = nearest(name.text, bases) or bases
            faults.add("plan.unknown_base", name, "extends", name=name.text, near=near)
            break
        found.insert(0, base)
    return found


def _extended(tree: Mapping, faults: Faults) -> Scalar | None:
    """The name of the base of what must be a plan."""
    plan, name = tree.get("plan"), tree.get("extends")
    if plan is None:
        faults.add("plan.no_plan", tree)
    for value, key in ((plan, "plan"), (name, "extends")):
        if value is not None and not isinstance(value, Scalar):
            faults.add("plan.shape_text", value, key)
    return name if isinstance(name, Scalar) and plan is not None else None


def removed_names(patches: Iterable[Patch]) -> dict[str, Place]:
    """Every name by which something that was removed may still be called."""
    found: dict[str, Place] = {}
    for patch in patches:
        if patch.sort != "remove":
            continue
        below = patch.before if isinstance(patch.before, Mapping) else None
        inside = nodes_below(below, (), patch.target) if below is not None else ()
        for path in (patch.target, *(full for full, _ in inside)):
            steps = path.split(".")
            for number in range(len(steps)):
                found.setdefault(".".join(steps[number:]), patch.place)
    return found


@dataclass(slots=True)
class _Overlay:
    """Lays one plan after the other."""

    faults: Faults
    tree: Mapping = field(init=False)
    params: dict[str, ParamSource] = field(default_factory=dict)
    patches: list[Patch] = field(default_factory=list)
    index: dict[str, Where] | None = None
    """Full paths of all nodes; None after their number has changed."""

    def found(self, source: Source) -> None:
        """The plan that extends nothing, to begin with."""
        self.parameters(source.tree.get("params"))
        self.unpatched(source.tree)
        self.tree = _own(source.tree)

    def lay(self, source: Source) -> None:
        above = source.tree
        self.parameters(above.get("params"))
        below = replace(
            self.tree,
            entries=tuple(e for e in self.tree.entries if e[0].text != "abstract"),
        )
        self.tree = self.joined(below, _own(above))
        self.index = None
        self.remove(above.get("remove"))
        self.set(above.get("set"))
        self.add(above.get("add"))

    def unpatched(self, own: Mapping) -> None:
        """A plan that extends nothing has nothing to patch."""
        for word in PATCHES:
            key = own.key(word)
            if key is not None and own.get(word) is not None:
                self.faults.add("plan.patch_no_base", key, word, key=word)

    def told(
        self, target: str, place: Place, before: Value | None, after: Value | None
    ) -> None:
        """Remembers a change: set, or add what was not there, or remove."""
        if before is None and after is None:
            return
        sort = "add" if before is None else "remove" if after is None else "set"
        self.patches.append(Patch(sort, target, place, before, after))

    # -- parameters

    def parameters(self, value: Value | None) -> None:
        if value is None:
            return
        if not isinstance(value, Mapping):
            self.faults.add("plan.shape_mapping", value, "params")
            return
        for key, one in value.entries:
            if self.faults.full:
                return
            if isinstance(one, Mapping) and one.get("type") is not None:
                self.declare(key, one)
            elif not is_empty(one):
                self.bind(key, one)

    def declare(self, key: Scalar, declaration: Mapping) -> None:
        before = self.params.get(key.text)
        if before is not None:
            old = before.declaration
            self.patches.append(Patch("param", key.text, key.place, old, declaration))
        self.params[key.text] = ParamSource(
            declaration=declaration,
            binding=None,
            assumed=False,
            open=False,
            place=key.place,
        )

    def bind(self, key: Scalar, value: Value) -> None:
        declared = self.params.get(key.text)
        if declared is None and isinstance(value, Mapping) and not _is_marked(value):
            self.faults.add(
                "plan.parameter_type", key, f"params.{key.text}", name=key.text
            )
            return
        if declared is None:
            known = tuple(self.params)
            near = nearest(key.text, known) or known
            self.faults.add(
                "plan.unknown_parameter", key, "params", name=key.text, near=near
            )
            return
        binding: Value | None = value
        if isinstance(value, Mapping) and _is_marked(value):
            binding = value.get("value")
        before = declared.binding or declared.declaration.get("default")
        self.patches.append(Patch("param", key.text, key.place, before, binding))
        self.params[key.text] = ParamSource(
            declaration=declared.declaration,
            binding=binding,
            assumed=_says(value, "assumed"),
            open=_says(value, "open"),
            place=key.place,
        )

    # -- keys of the plan

    def joined(self, below: Mapping, above: Mapping) -> Mapping:
        """The keys of a child on those of its base: tables join, the rest replaces."""
        found = dict(keyed(below))
        for key, value in above.entries:
            before = found[key.text][1] if key.text in found else None
            joined = self.key(key, before, value)
            if joined is None:
                found.pop(key.text, None)
            else:
                found[key.text] = (key, joined)
        # what the whole plan lacks is for the child to mend
        return Mapping(tuple(found.values()), above.place)

    def key(self, key: Scalar, before: Value | None, value: Value) -> Value | None:
        name = key.text
        if before is not None and has_nodes(name, before):
            self.faults.add("plan.restated", key, name, key=name)
            return before
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            if name in TABLES:
                return self.table(name, before, value)
            if name == "parties":
                return self.parties(before, value)
        if (name in TABLES or name == "parties") and is_empty(value):
            return before
        if name == "assumptions" and isinstance(before, Sequence):
            return lines_joined(before, value)
        if name not in {"plan", "abstract"}:
            self.told(name, key.place, before, _kept(value))
        return _kept(value)

    def parties(self, below: Mapping, above: Mapping) -> Mapping:
        """``people``, ``sets``, ``bodies``, ``outside``, ``roles`` join one by one."""
        found = dict(keyed(below))
        for key, value in above.entries:
            before = found[key.text][1] if key.text in found else None
            if isinstance(before, Mapping) and is_empty(value):
                continue
            path = f"parties.{key.text}"
            if isinstance(before, Mapping) and isinstance(value, Mapping):
                found[key.text] = (key, self.table(path, before, value))
            else:
                self.told(path, key.place, before, value)
                found[key.text] = (key, value)
        return replace(below, entries=tuple(found.values()))

    def table(self, path: str, below: Mapping, above: Mapping) -> Mapping:
        """Entries with names: a child's entry adds to the base's, or replaces keys."""
        found = dict(keyed(below))
        for key, value in above.entries:
            before = found[key.text][1] if key.text in found else None
            if isinstance(before, Mapping) and is_empty(value):
                continue
            after = overlaid(before, value)
            self.told(f"{path}.{key.text}", key.place, before, after)
            found[key.text] = (key, after)
        return replace(below, entries=tuple(found.values()))

    # -- patches by id

    def remove(self, value: Value | None) -> None:
        for item in self.listed(value, "remove"):
            if not isinstance(item, Scalar):
                self.faults.add("plan.shape_text", item, "remove")
                continue
            found = self.find(item, "remove")
            if found is not None:
                where, target = found
                self.told(target, item.place, self.at(where), None)
                self.change(where, None)
                self.index = None

    def set(self, value: Value | None) -> None:
        if value is None:
            return
        if not isinstance(value, Mapping):
            self.faults.add("plan.shape_mapping", value, "set")
            return
        for key, change in value.entries:
            if self.faults.full:
                return
            found = self.find(key, "set")
            if found is not None:
                self.put(key, found[0], found[1], change)

    def put(self, key: Scalar, where: Where, target: str, change: Value) -> None:
        """New keys for a node or an entry; a new value for what has no keys."""
        before, after = self.at(where), change
        if isinstance(before, Mapping):
            if not isinstance(change, Mapping):
                self.faults.add("plan.shape_mapping", change, f"set.{key.text}")
                return
            self.allowed(before, change, f"set.{key.text}", target)
            after = overlaid(before, change)
        self.told(target, key.place, before, after)
        self.change(where, after)
        self.index = None if ids_below(after) else self.index

    def allowed(self, before: Mapping, change: Mapping, path: str, id_: str) -> None:
        """Ids stay, and nodes change one by one."""
        for key, _ in change.entries:
            old = before.get(key.text)
            at = f"{path}.{key.text}"
            if key.text == "id":
                self.faults.add("plan.id_fixed", key, at, id=id_)
            elif old is not None and has_nodes(key.text, old):
                self.faults.add("plan.restated", key, at, key=key.text)

    def add(self, value: Value | None) -> None:
        for entry in self.listed(value, "add"):
            addition = self.addition(entry)
            if addition is not None:
                self.insert(addition)

    def addition(self, entry: Value) -> _Addition | None:
        """One entry of ``add``, well-shaped, with the parent it goes under."""
        if not isinstance(entry, Mapping):
            self.faults.add("plan.shape_add", entry, "add")
            return None
        for key, _ in entry.entries:
            if key.text not in ADD_KEYS:
                near = nearest(key.text, ADD_KEYS) or ADD_KEYS
                self.faults.add(
                    "plan.unknown_key", key, f"add.{key.text}", key=key.text, near=near
                )
        under, item = entry.get("under"), entry.get("item")
        if not isinstance(under, Scalar) or not isinstance(item, Mapping):
            self.faults.add("plan.shape_add", entry, "add")
            return None
        if id_of(item) is None:
            self.faults.add("plan.key_missing", item, "add.item.id", key="id")
            return None
        found: tuple[Where, str] | None = ((), "")
        if under.text != "plan":
            found = self.find(under, "add.under")
        parent = self.at(found[0]) if found is not None else None
        if found is None or not isinstance(parent, Mapping):
            return None
        return _Addition(entry, under, item, parent, found[0], found[1])

    def insert(self, one: _Addition) -> None:
        name = id_of(one.item) or ""
        section = self.section(one)
        if section is None:
            return
        if name in ids_below(one.parent):
            at = one.item.get("id") or one.item
            self.faults.add("plan.duplicate_id", at, "add", id=name)
            return
        items = one.parent.get(section.text)
        siblings = items.items if isinstance(items, Sequence) else ()
        position = self.position(one.entry, siblings)
        if position is None:
            return
        listed = (*siblings[:position], one.item, *siblings[position:])
        place = items.place if items is not None else one.item.place
        key = one.parent.key(section.text) or section
        found = dict(keyed(one.parent))
        found[section.text] = (key, Sequence(listed, place))
        self.change(one.where, replace(one.parent, entries=tuple(found.values())))
        target = f"{one.path}.{name}" if one.path else name
        self.told(target, one.entry.place, None, one.item)
        self.index = None

    def section(self, one: _Addition) -> Scalar | None:
        """The section that is named, or the only one that there is."""
        named = one.entry.get("section")
        if isinstance(named, Scalar):
            return named
        there = [
            key for key, value in one.parent.entries if is_section(key.text, value)
        ]
        if not there and one.where:
            above = str(one.where[-2])
            return Scalar(BELOW.get(above, "do"), quoted=False, place=one.item.place)
        if len(there) == 1:
            return there[0]
        names = [key.text for key in there] or SECTIONS
        self.faults.add("plan.add_section", one.under, "add", sections=names)
        return None

    def position(self, entry: Mapping, siblings: tuple[Value, ...]) -> int | None:
        """Where among its siblings a new node stands; last, if nothing is said."""
        named = [word for word in ("before", "after") if entry.get(word) is not None]
        if not named:
            return len(siblings)
        value = entry.get(named[0])
        if len(named) > 1 or not isinstance(value, Scalar):
            self.faults.add("plan.shape_add", entry, "add")
            return None
        ids = [str(id_of(one)) for one in siblings]
        if value.text in ids:
            return ids.index(value.text) + (named[0] == "after")
        near = nearest(value.text, ids) or tuple(ids)[:5]
        path = f"add.{named[0]}"
        self.faults.add("plan.unknown_name", value, path, name=value.text, near=near)
        return None

    def listed(self, value: Value | None, path: str) -> Iterator[Value]:
        """The items of a list, as long as anybody wants to hear of their faults."""
        if value is None:
            return
        if not isinstance(value, Sequence):
            self.faults.add("plan.shape_list", value, path)
            return
        for item in value.items:
            if self.faults.full:
                return
            yield item

    # -- finding and changing

    def find(self, name: Scalar, path: str) -> tuple[Where, str] | None:
        """Where the element of that name is (a node, or an entry), and its path."""
        steps: Where = tuple(name.text.split("."))
        if steps[0] in TABLES | {"parties"} and len(steps) > 1:
            return self.entry(steps, name, path)
        nodes = self.nodes()
        if name.text in nodes:
            return nodes[name.text], name.text
        found = [full for full in nodes if full.endswith(f".{name.text}")]
        if len(found) == 1:
            return nodes[found[0]], found[0]
        if found:
            self.faults.add(
                "plan.ambiguous_name", name, path, name=name.text, names=found
            )
            return None
        known = dict.fromkeys((*nodes, *(full.rpartition(".")[2] for full in nodes)))
        self.unknown(name, path, tuple(known), name.text)
        return None

    def entry(self, steps: Where, name: Scalar, path: str) -> tuple[Where, str] | None:
        value: Value | None = self.tree
        for number, step in enumerate(steps):
            above = value
            value = entry_at(above, str(step))
            if value is None:
                known = above.keys() if isinstance(above, Mapping) else ()
                begun = ".".join(map(str, steps[:number]))
                full = tuple(f"{begun}.{key}" if begun else key for key in known)
                self.unknown(name, path, full, name.text)
                return None
        return steps, name.text

    def unknown(self, at: Scalar, path: str, known: tuple[str, ...], name: str) -> None:
        near = nearest(name, known) or known[:5]
        self.faults.add("plan.unknown_name", at, path, name=name, near=near)

    def nodes(self) -> dict[str, Where]:
        if self.index is None:
            self.index = dict(nodes_below(self.tree, (), ""))
        return self.index

    def at(self, where: Where) -> Value | None:
        value: Value | None = self.tree
        for step in where:
            if isinstance(step, int):
                value = value.items[step] if isinstance(value, Sequence) else None
            else:
                value = entry_at(value, step)
        return value

    def change(self, where: Where, after: Value | None) -> None:
        """Puts a value where another was; None takes it away."""
        changed = changed_at(self.tree, where, after)
        assert isinstance(changed, Mapping)
        self.tree = changed


@dataclass(frozen=True, slots=True)
class _Addition:
    """An entry of ``add`` and the node it goes under."""

    entry: Mapping
    under: Scalar
    item: Mapping
    parent: Mapping
    where: Where
    path: str


def _own(tree: Mapping) -> Mapping:
    """What a plan says for itself, without what it says about its base."""
    return replace(tree, entries=tuple(e for e in tree.entries if e[0].text not in OWN))


def _kept(value: Value) -> Value | None:
    return None if is_empty(value) else value


def _is_marked(value: Mapping) -> bool:
    """``{value: …, assumed: true}``; the value may be missing."""
    names = set(value.keys())
    return names <= KEYS and bool(names & {"value", *MARKS})


def _says(value: Value, mark: str) -> bool:
    found = value.get(mark) if isinstance(value, Mapping) else None
    return (
        isinstance(value, Mapping)
        and _is_marked(value)
        and isinstance(found, Scalar)
        and found.text == "true"
    )
