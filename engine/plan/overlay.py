from __future__ import annotations

from dataclasses import dataclass

from engine.plan.faults import Faults
from engine.plan.source import Mapping, Sequence


@dataclass(frozen=True)
class ParamSource:
    declaration: Mapping
    binding: object
    assumed: bool
    open: bool
    place: object


@dataclass(frozen=True)
class Patch:
    kind: str
    target: str
    place: object
    before: object
    after: object


@dataclass(frozen=True)
class Resolved:
    tree: Mapping
    params: dict
    patches: tuple
    chain: tuple
    sources: tuple


MERGE = {
    "parties",
    "deliverables",
    "quotas",
    "registers",
    "measures",
    "glossary",
    "document",
    "norms",
    "people",
    "sets",
    "bodies",
    "outside",
    "roles",
}


def merge(a, b):
    out = dict((k.text, (k, v)) for k, v in a.entries)
    for k, v in b.entries:
        if (
            k.text in out
            and isinstance(v, Mapping)
            and isinstance(out[k.text][1], Mapping)
        ):
            out[k.text] = (k, merge(out[k.text][1], v))
        else:
            out[k.text] = (k, v)
    return Mapping(tuple(out.values()), a.place)


def resolve(source, library):
    chain = [source]
    while (e := chain[0].tree.get("extends")) is not None:
        base = library(e.text)
        if base is None:
            f = Faults()
            f.add("plan.unknown_base", e, "extends", name=e.text)
            f.raise_if_any()
        chain.insert(0, base)
    params = {}
    tree = None
    for s in chain:
        p = s.tree.get("params")
        for k, v in p.entries if p else ():
            if isinstance(v, Mapping) and v.get("type") is not None:
                params[k.text] = ParamSource(v, None, False, False, k.place)
            else:
                assumed = False
                binding = v
                if isinstance(v, Mapping) and v.get("value") is not None:
                    assumed = bool(v.get("assumed"))
                    binding = v.get("value")
                old = params[k.text]
                params[k.text] = ParamSource(
                    old.declaration, binding, assumed, False, k.place
                )
        mine = Mapping(
            tuple(
                (k, v)
                for k, v in s.tree.entries
                if k.text not in {"params", "set", "add", "remove", "abstract"}
            ),
            s.tree.place,
        )
        own_abstract = tuple((k, v) for k, v in s.tree.entries if k.text == "abstract")
        tree = mine if tree is None else merge(tree, mine)
        tree = (
            Mapping(tree.entries + own_abstract, tree.place) if s is chain[-1] else tree
        )
        tree = patch(tree, s.tree)
    return Resolved(tree, params, (), tuple(s.id for s in chain), tuple(chain))


SECTIONS = ("setup", "stages", "spans", "milestones", "after", "links", "do")


def rewrite(v, fn):
    """Apply fn(node mapping)->Mapping|None to every node, depth first."""
    if not isinstance(v, Mapping):
        return v
    entries = []
    for k, x in v.entries:
        if k.text in SECTIONS and isinstance(x, Sequence):
            items = []
            for it in x.items:
                it2 = fn(rewrite(it, fn))
                if it2 is not None:
                    items.append(it2)
            x = Sequence(tuple(items), x.place)
        entries.append((k, x))
    return Mapping(tuple(entries), v.place)


def nid(m):
    i = m.get("id") if isinstance(m, Mapping) else None
    return i.text if i else None


def patch(tree, own):
    rem = own.get("remove")
    gone = {i.text.split(".")[-1] for i in rem.items} if rem else set()
    sets = own.get("set")
    changes = (
        {
            k.text.split(".")[-1]: v
            for k, v in sets.entries
            if not k.text.startswith("parties.")
        }
        if sets
        else {}
    )

    def deep(t, parts, v):
        if not parts:
            return merge(t, v)
        return Mapping(
            tuple(
                (k, deep(x, parts[1:], v) if k.text == parts[0] else x)
                for k, x in t.entries
            ),
            t.place,
        )

    for k, v in sets.entries if sets else ():
        if k.text.startswith("parties."):
            tree = deep(tree, k.text.split("."), v)
    adds = own.get("add")

    def fn(m):
        i = nid(m)
        if i in gone:
            return None
        if i in changes:
            m = merge(m, changes[i])
        for a in adds.items if adds else ():
            if a.get("under").text.split(".")[-1] == i:
                section = (
                    a.get("section").text
                    if a.get("section")
                    else next((s for s in ("do", "links") if m.get(s)), "do")
                )
                m = Mapping(
                    tuple(
                        (
                            k,
                            Sequence(v.items + (a.get("item"),), v.place)
                            if k.text == section
                            else v,
                        )
                        for k, v in m.entries
                    ),
                    m.place,
                )
        return m

    return rewrite(tree, fn)
