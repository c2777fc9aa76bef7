"""The compiler: a resolved source becomes a plan, or all of its faults at once.

It reads in the order in which names depend on each other: parameters, parties, the
tree, the tables (registers, deliverables, measures, quotas), and last the gates and
fields, when every name is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from engine import words
from engine.plan import calendars
from engine.plan.calendar import Calendar
from engine.plan.clauses import listed_at, literal_at
from engine.plan.faults import Faults
from engine.plan.graph import Kind, Node, Plan
from engine.plan.ledger import Ledger
from engine.plan.marks import Mark, unmarked
from engine.plan.names import Elements
from engine.plan.naming import Seen, is_free, name_fits
from engine.plan.nodes import Nodes
from engine.plan.overlay import Resolved, removed_names
from engine.plan.parameters import Parameters
from engine.plan.parties import read_parties
from engine.plan.resolving import Resolving, entries_of
from engine.plan.source import Mapping as Written
from engine.plan.source import Scalar, Value
from engine.plan.tables import Tables
from engine.plan.tree import CONTAINER, ROOT, NodeDraft, Tree
from engine.plan.watching import clock_of, watch_of

TABLES: Final = ("registers", "deliverables", "measures", "quotas")
"""Tables of elements that gates name."""


def compile_plan(
    resolved: Resolved,
    kinds: Mapping[str, Kind],
    faults: Faults,
    calendar: calendars.Chosen | None = None,
) -> Plan | None:
    """The plan, or None with its faults collected.

    ``calendar``: as it was found, or kept; None: it needs no file.
    """
    if ROOT not in kinds or CONTAINER not in kinds:
        faults.add("plan.no_kinds", resolved.tree, "kind")
        return None
    if calendar is None:
        said = resolved.tree.get("calendar")
        calendar = calendars.chosen(said, calendars.nothing, faults)
    return _Compiler(resolved, kinds, faults, calendar.calendar).plan()


@dataclass(slots=True)
class _Compiler:
    resolved: Resolved
    kinds: Mapping[str, Kind]
    faults: Faults
    calendar: Calendar
    tree: Written = field(init=False)
    marks: tuple[Mark, ...] = field(init=False)
    aliases: dict[str, str] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    is_full: bool = False
    """There are more nodes than a plan may have."""

    def __post_init__(self) -> None:
        self.tree, self.marks = unmarked(self.resolved.tree)
        self.faults.removed = removed_names(self.resolved.patches)

    def plan(self) -> Plan | None:
        self.zoned()
        self.names()
        resolving = self.resolving()
        if self.is_full:
            # told already; resolving what is there would only take time
            return None
        nodes = Nodes(resolving).all()
        if self.faults.full:
            return None
        plan = self.assembled(resolving, nodes)
        return None if self.faults.any() else plan

    def resolving(self) -> Resolving:
        """The tree read and every element known by name."""
        parameters = self.parameters()
        parties = read_parties(
            self.tree.get("parties"), self.faults, parameters.substitute
        )
        for table in TABLES:
            self.tabled(table)
        tree = Tree(self.tree, self.kinds, self.faults)
        drafts = tree.read()
        self.is_full = tree.is_full
        self.distinct(drafts)
        quotas = entries_of(self.tree, "quotas", self.faults)
        elements = Elements(
            nodes={path: draft.kind.name for path, draft in drafts.items()},
            registers={
                path[:-1]: draft.kind.name
                for path, draft in drafts.items()
                if path.endswith("#")
            },
            deliverables=frozenset(
                name for name, _ in entries_of(self.tree, "deliverables", self.faults)
            ),
            measures=frozenset(
                name for name, _ in entries_of(self.tree, "measures", self.faults)
            ),
            quotas={name: _measures(name, value) for name, value in quotas},
            parties=parties,
            parameters=parameters.sorts_and_values(),
            aliases=self.aliases,
            kinds=self.kinds,
        )
        return Resolving(
            tree=self.tree,
            kinds=self.kinds,
            faults=self.faults,
            zone=self.zone,
            parameters=parameters,
            parties=parties,
            drafts=drafts,
            elements=elements,
        )

    def tabled(self, table: str) -> None:
        """What stands in a table has a name that gates can say."""
        found = self.tree.get(table)
        for key, _ in found.entries if isinstance(found, Written) else ():
            path = f"{table}.{key.text}"
            if name_fits(key.text, key, self.faults, path):
                is_free(key.text, key, self.faults, path)

    def parameters(self) -> Parameters:
        abstract = self.tree.get("abstract")
        is_abstract = literal_at(abstract) == "true"
        if abstract is not None and literal_at(abstract) not in {"true", "false"}:
            self.faults.add("plan.shape_bool", abstract, "abstract")
        asked_at = None
        if len(self.resolved.sources) > 1:
            own = self.resolved.sources[-1].tree
            asked_at = (own.key("params") or own).place
        return Parameters(self.resolved.params, self.faults, is_abstract, asked_at)

    def distinct(self, drafts: Mapping[str, NodeDraft]) -> None:
        """Names that nobody can tell apart, wherever they stand."""
        seen = Seen(self.faults)
        for draft in drafts.values():
            id_ = draft.value.get("id") if isinstance(draft.value, Written) else None
            if id_ is not None:
                seen.add(draft.definition.id, id_, draft.path)
        for name, one in self.resolved.params.items():
            seen.add(name, one.place, f"params.{name}")
        for table in TABLES:
            seen.add_keys(self.tree.get(table), table)
        parties = self.tree.get("parties")
        for key, value in parties.entries if isinstance(parties, Written) else ():
            seen.add_keys(value, f"parties.{key.text}")

    def zoned(self) -> None:
        zone = self.tree.get("zone")
        if isinstance(zone, Scalar):
            try:
                self.zone = ZoneInfo(zone.text)
            except (KeyError, ValueError, OSError):
                self.faults.add("plan.unknown_zone", zone, "zone", zone=zone.text)

    def names(self) -> None:
        """Aliases: ``also`` of elements, ``is``/``also`` of the glossary."""
        for table in ("deliverables", "registers"):
            for name, value in entries_of(self.tree, table, self.faults):
                self.also(name, value)
        parties = self.tree.get("parties")
        for table in ("outside", "sets"):
            group = parties.get(table) if isinstance(parties, Written) else None
            for key, value in group.entries if isinstance(group, Written) else ():
                self.also(key.text, value)
        for name, value in entries_of(self.tree, "glossary", self.faults):
            target = value.get("is") if isinstance(value, Written) else value
            if isinstance(target, Scalar):
                self.aliases.setdefault(name, target.text)
                self.also(target.text, value)

    def also(self, name: str, value: Value) -> None:
        if isinstance(value, Written) and value.get("also") is not None:
            for alias in listed_at(value.get("also")):
                self.aliases.setdefault(str(alias), name)

    def language(self) -> str:
        """What its papers are written in."""
        found = self.tree.get("language")
        said = literal_at(found)
        if found is None or said in words.LANGUAGES:
            return str(said or words.LANGUAGES[0])
        self.faults.add(
            "plan.unknown_word",
            found,
            "language",
            key="language",
            found=str(said),
            known=words.LANGUAGES,
        )
        return words.LANGUAGES[0]

    def assembled(self, resolving: Resolving, nodes: dict[str, Node]) -> Plan:
        tables = Tables(resolving)
        ledger = Ledger(self.tree, resolving.parameters, self.faults, resolving.note)
        registers, deliverables = dict(tables.registers()), dict(tables.deliverables())
        quotas, measures = dict(tables.quotas()), ledger.measures()
        assumptions = ledger.assumptions(resolving.parties, self.marks)
        return Plan(
            id=str(literal_at(self.tree.get("plan"))),
            title=nodes[ROOT].title,
            version=str(literal_at(self.tree.get("version")) or "1"),
            digest="",
            zone=self.zone,
            calendar=self.calendar,
            nodes=nodes,
            root=ROOT,
            kinds=self.kinds,
            parties=resolving.parties,
            registers=registers,
            deliverables=deliverables,
            measures=measures,
            quotas=quotas,
            parameters=resolving.parameters.shown(),
            ledger=assumptions,
            aliases=self.aliases,
            requirements=ledger.requirements(resolving.requirements),
            document=ledger.document(),
            watch=watch_of(nodes, resolving.elements),
            clock=clock_of(nodes),
            elements=resolving.elements,
            abstract=literal_at(self.tree.get("abstract")) == "true",
            backdated=tables.backdated(),
            issued=ledger.issued(self.zone),
            erasers=tables.erasers(),
            has_personal=any(_has_personal(node.kind) for node in nodes.values()),
            language=self.language(),
            policies=dict(tables.policies()),
        )


def _has_personal(kind: Kind) -> bool:
    taken = (one for move in kind.moves.values() for one in move.takes.values())
    return any(one.is_personal for one in (*kind.fields.values(), *taken))


def _measures(name: str, value: Value) -> tuple[str, ...]:
    if not isinstance(value, Written):
        return ()
    several = value.get("any_of")
    if several is not None:
        return tuple(map(str, listed_at(several)))
    one = value.get("measure")
    return (str(literal_at(one)),) if one is not None else (name,)
