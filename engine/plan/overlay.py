"""Reuse: a plan on top of its base, by parameters and by patches with ids.

Pure: sources in, one tree out. Every value keeps the file and line it came from,
and every change to the base is remembered, so that it can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from engine.plan.faults import Faults, Place, nearest
from engine.plan.source import Mapping, Scalar, Sequence, Source, Value

CHAIN_MAX: Final = 8
PATCHES: Final = frozenset({"set", "add", "remove"})
OWN: Final = PATCHES | {"params", "extends", "abstract"}
TABLES: Final = ("deliverables", "registers", "measures", "quotas", "glossary", "goals")
SECTIONS: Final = frozenset(
    {"setup", "stages", "spans", "milestones", "after", "links", "do"}
)
"""Keys that hold nodes; a unit's own kinds use the same words."""


@dataclass(frozen=True, slots=True)
class ParamSource:
    """A parameter as declared, and as bound by the last plan that says so."""

    declaration: Mapping
    binding: Value | None
    assumed: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Patch:
    """One change to a base: ``sort`` is set, add, remove or param."""

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
    sources: tuple[Source, ...]
    """Base first."""


Library = Callable[[str], Source | None]


def resolve(source: Source, library: Library) -> Resolved:
    """A plan on top of its bases; raises PlanRejected with every fault."""
    faults = Faults()
    chain = _chain(source, library, faults)
    faults.raise_if_any()
    work = _Overlay(faults)
    for one in chain:
        work.lay(one)
    faults.raise_if_any()
    assert work.tree is not None
    return Resolved(
        work.tree,
        work.params,
        tuple(work.patches),
        tuple(one.id for one in chain),
        tuple(chain),
    )


def _chain(source: Source, library: Library, faults: Faults) -> list[Source]:
    """The plan and its bases, the deepest base first."""
    found = [source]
    while (name := found[0].tree.get("extends")) is not None:
        if not isinstance(name, Scalar):
            faults.add("plan.shape_text", name, "extends")
            break
        if any(one.id == name.text for one in found) or len(found) >= CHAIN_MAX:
            faults.add(
                "plan.extends_circle", name, "extends", names=[one.id for one in found]
            )
            break
        base = library(name.text)
        if base is None:
            faults.add("plan.unknown_base", name, "extends", name=name.text)
            break
        found.insert(0, base)
    return found


@dataclass(slots=True)
class _Overlay:
    """Lays one plan after the other."""

    faults: Faults
    tree: Mapping | None = None
    params: dict[str, ParamSource] = field(default_factory=dict)
    patches: list[Patch] = field(default_factory=list)

    def lay(self, source: Source) -> None:
        own = source.tree
        self.parameters(own.get("params"))
        mine = replace(
            own, entries=tuple(e for e in own.entries if e[0].text not in OWN)
        )
        abstract = tuple(e for e in own.entries if e[0].text == "abstract")
        if self.tree is None:
            self.tree = replace(mine, entries=(*mine.entries, *abstract))
            return
        below = tuple(e for e in self.tree.entries if e[0].text != "abstract")
        self.tree = self.merged(replace(self.tree, entries=below), mine, "")
        self.tree = replace(self.tree, entries=(*self.tree.entries, *abstract))
        self.remove(own.get("remove"))
        self.set(own.get("set"))
        self.add(own.get("add"))

    # -- parameters

    def parameters(self, value: Value | None) -> None:
        if value is None:
            return
        if not isinstance(value, Mapping):
            self.faults.add("plan.shape_mapping", value, "params")
            return
        for key, one in value.entries:
            if isinstance(one, Mapping) and one.get("type") is not None:
                self.params[key.text] = ParamSource(one, None, False, key.place)  # noqa: FBT003 -- a record's field
            else:
                self.bind(key, one)

    def bind(self, key: Scalar, value: Value) -> None:
        declared = self.params.get(key.text)
        if declared is None:
            near = nearest(key.text, tuple(self.params))
            self.faults.add(
                "plan.unknown_parameter", key, "params", name=key.text, near=near
            )
            return
        assumed = False
        if isinstance(value, Mapping) and value.get("value") is not None:
            mark = value.get("assumed")
            assumed = isinstance(mark, Scalar) and mark.text == "true"
            value = value.get("value") or value
        self.patches.append(
            Patch(
                "param", key.text, key.place, declared.declaration.get("default"), value
            )
        )
        self.params[key.text] = ParamSource(
            declared.declaration, value, assumed, key.place
        )

    # -- keys

    def merged(self, below: Mapping, above: Mapping, path: str) -> Mapping:
        """Mappings merge key by key; everything else is replaced."""
        found = {key.text: (key, value) for key, value in below.entries}
        for key, value in above.entries:
            before = found.get(key.text)
            if before is not None and key.text in SECTIONS and path == "":
                self.faults.add("plan.restated", key, key.text, key=key.text)
                continue
            if (
                before is not None
                and isinstance(before[1], Mapping)
                and isinstance(value, Mapping)
            ):
                inner = self.merged(before[1], value, f"{path}{key.text}.")
                found[key.text] = (key, inner)
                continue
            found[key.text] = (key, value)
        return replace(below, entries=tuple(found.values()))

    # -- patches by id

    def remove(self, value: Value | None) -> None:
        for item in self.listed(value, "remove"):
            if not isinstance(item, Scalar):
                self.faults.add("plan.shape_text", item, "remove")
                continue
            found = self.find(item, item.text, "remove")
            if found is not None:
                self.change(found, None, "remove", item.place)

    def set(self, value: Value | None) -> None:
        if value is None:
            return
        if not isinstance(value, Mapping):
            self.faults.add("plan.shape_mapping", value, "set")
            return
        for key, change in value.entries:
            found = self.find(key, key.text, "set")
            if found is None:
                continue
            if not isinstance(change, Mapping):
                self.faults.add("plan.shape_mapping", change, f"set.{key.text}")
                continue
            before = self.at(found)
            if isinstance(before, Mapping):
                after = self.merged(before, change, f"set.{key.text}.")
                self.change(found, after, "set", key.place)

    def add(self, value: Value | None) -> None:
        for entry in self.listed(value, "add"):
            under = entry.get("under") if isinstance(entry, Mapping) else None
            item = entry.get("item") if isinstance(entry, Mapping) else None
            if not (
                isinstance(entry, Mapping)
                and isinstance(under, Scalar)
                and isinstance(item, Mapping)
            ):
                self.faults.add("plan.shape_add", entry, "add")
                continue
            self.put(entry, under, item)

    def put(self, entry: Mapping, under: Scalar, item: Mapping) -> None:
        is_root = under.text == "plan"
        found = () if is_root else self.find(under, under.text, "add")
        parent = self.at(found) if found is not None else None
        if found is None or not isinstance(parent, Mapping):
            return
        section = self.section(entry, parent, under)
        if section is None:
            return
        items = parent.get(section)
        siblings = items.items if isinstance(items, Sequence) else ()
        name = _id(item)
        if name is None or any(_id(one) == name for one in siblings):
            code = "plan.key_missing" if name is None else "plan.duplicate_id"
            self.faults.add(code, item, "add", key="id", id=name or "")
            return
        place = self.position(entry, siblings)
        after = Sequence((*siblings[:place], item, *siblings[place:]), item.place)
        key = parent.key(section) or Scalar(section, quoted=False, place=item.place)
        rest = tuple(e for e in parent.entries if e[0].text != section)
        kept = replace(parent, entries=(*rest, (key, after)))
        self.change(found, kept, "add", entry.place)

    def section(self, entry: Mapping, parent: Mapping, under: Scalar) -> str | None:
        named = entry.get("section")
        if isinstance(named, Scalar):
            return named.text
        there = [key.text for key, _ in parent.entries if key.text in SECTIONS]
        if len(there) > 1:
            self.faults.add("plan.add_section", under, "add", sections=there)
            return None
        return there[0] if there else "do"

    def position(self, entry: Mapping, siblings: tuple[Value, ...]) -> int:
        for word, step in (("before", 0), ("after", 1)):
            named = entry.get(word)
            if isinstance(named, Scalar):
                for number, one in enumerate(siblings):
                    if _id(one) == named.text:
                        return number + step
                known = tuple(str(_id(one)) for one in siblings)
                near = nearest(named.text, known) or known
                self.faults.add(
                    "plan.unknown_name", named, "add", name=named.text, near=near
                )
        return len(siblings)

    def listed(self, value: Value | None, path: str) -> tuple[Value, ...]:
        if value is None:
            return ()
        if not isinstance(value, Sequence):
            self.faults.add("plan.shape_list", value, path)
            return ()
        return value.items

    # -- finding and changing

    def find(self, at: Value, name: str, path: str) -> tuple[str | int, ...] | None:
        """Where the element of that name is: a node, or an entry of a table."""
        assert self.tree is not None
        table = _table_path(name)
        if table is not None:
            if self.at(table) is not None:
                return table
            self.faults.add(
                "plan.unknown_name", at, path, name=name, near=self.near(table)
            )
            return None
        nodes = dict(_nodes(self.tree, (), ""))
        found = [
            where
            for full, where in nodes.items()
            if full == name or full.endswith(f".{name}")
        ]
        if len(found) == 1:
            return found[0]
        known = (*nodes, *(full.rpartition(".")[2] for full in nodes))
        near = [full for full in nodes if full.endswith(f".{name}")] or nearest(
            name, known
        )
        self.faults.add("plan.unknown_name", at, path, name=name, near=near or ("–",))
        return None

    def near(self, table: tuple[str | int, ...]) -> tuple[str, ...]:
        parent = self.at(table[:-1])
        known = parent.keys() if isinstance(parent, Mapping) else ()
        return nearest(str(table[-1]), known) or known or ("–",)

    def at(self, where: tuple[str | int, ...]) -> Value | None:
        value: Value | None = self.tree
        for step in where:
            if isinstance(step, int) and isinstance(value, Sequence):
                value = value.items[step]
            elif isinstance(value, Mapping):
                value = value.get(str(step))
            else:
                return None
        return value

    def change(
        self, where: tuple[str | int, ...], after: Value | None, sort: str, place: Place
    ) -> None:
        """Puts a value where another was; None takes it away."""
        assert self.tree is not None
        target = ".".join(str(step) for step in where)
        self.patches.append(Patch(sort, target, place, self.at(where), after))
        changed = _changed(self.tree, where, after)
        assert isinstance(changed, Mapping)
        self.tree = changed


def _table_path(name: str) -> tuple[str | int, ...] | None:
    """``deliverables.x``, ``parties.sets.x``: an entry of one of the plan's tables."""
    head, _, rest = name.partition(".")
    if head in TABLES and rest:
        return (head, rest)
    if head == "parties" and rest:
        group, _, entry = rest.partition(".")
        return (head, group, entry) if entry else (head, group)
    return None


def _nodes(
    tree: Mapping, where: tuple[str | int, ...], path: str
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Every node below a value: its full path and where it is written."""
    for key, value in tree.entries:
        if key.text not in SECTIONS or not isinstance(value, Sequence):
            continue
        for number, item in enumerate(value.items):
            name = _id(item)
            if name is None or not isinstance(item, Mapping):
                continue
            full = f"{path}.{name}" if path else name
            here = (*where, key.text, number)
            yield full, here
            yield from _nodes(item, here, full)


def _id(value: Value) -> str | None:
    found = value.get("id") if isinstance(value, Mapping) else None
    return found.text if isinstance(found, Scalar) else None


def _changed(
    value: Value, where: tuple[str | int, ...], after: Value | None
) -> Value | None:
    if not where:
        return after
    step, rest = where[0], where[1:]
    if isinstance(value, Sequence) and isinstance(step, int):
        inner = _changed(value.items[step], rest, after)
        middle = () if inner is None else (inner,)
        items = (*value.items[:step], *middle, *value.items[step + 1 :])
        return replace(value, items=items)
    assert isinstance(value, Mapping)
    entries = []
    for key, one in value.entries:
        if key.text != step:
            entries.append((key, one))
            continue
        changed = _changed(one, rest, after)
        if changed is not None:
            entries.append((key, changed))
    return replace(value, entries=tuple(entries))
