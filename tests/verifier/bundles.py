"""Histories and bundles written from docs/history-format.md, to be verified or spoilt.

A second writing of the page beside the engine's: nothing of the engine is used here.
"""

import base64
import hashlib
import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Entry = dict[str, Any]
Spoil = dict[int, Callable[[Entry], None]]
Members = dict[str, bytes]

FILES = [b"minutes", b"", b"\x00picture" * 99]
ORIGIN = "office.example/log"


def canonical(value: object) -> bytes:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry)


def split_of(size: int) -> int:
    """The largest power of two that is less than the size."""
    return 1 << (size - 1).bit_length() - 1


def tree_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split_of(len(leaves))
    return sha256(b"\x01" + tree_root(leaves[:k]) + tree_root(leaves[k:]))


def tree_path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split_of(len(leaves))
    if index < k:
        return [*tree_path(index, leaves[:k]), tree_root(leaves[k:])]
    return [*tree_path(index - k, leaves[k:]), tree_root(leaves[:k])]


def tree_growth(
    older: int, leaves: list[bytes], *, is_whole: bool = True
) -> list[bytes]:
    """RFC 6962 §2.1.2, word for word."""
    if older == len(leaves):
        return [] if is_whole else [tree_root(leaves)]
    k = split_of(len(leaves))
    if older <= k:
        left = tree_growth(older, leaves[:k], is_whole=is_whole)
        return [*left, tree_root(leaves[k:])]
    right = tree_growth(older - k, leaves[k:], is_whole=False)
    return [*right, tree_root(leaves[:k])]


Heads = dict[str, tuple[int, bytes]]


def bit(key: bytes, depth: int) -> int:
    return key[depth // 8] >> (7 - depth % 8) & 1


def trie_root(heads: dict[bytes, tuple[int, bytes]], depth: int = 0) -> bytes:
    if not heads:
        return bytes(32)
    if len(heads) == 1:
        [(key, (seq, leaf))] = heads.items()
        return sha256(b"\x02" + key + seq.to_bytes(8, "big") + leaf)
    sides = [{k: h for k, h in heads.items() if bit(k, depth) == b} for b in (0, 1)]
    return sha256(b"\x03" + b"".join(trie_root(side, depth + 1) for side in sides))


def by_key(heads: Heads) -> dict[bytes, tuple[int, bytes]]:
    return {sha256(name.encode()): head for name, head in heads.items()}


def siblings(heads: dict[bytes, tuple[int, bytes]], key: bytes) -> list[bytes]:
    """The hashes beside the way of a key, from its leaf upward."""
    way, depth = [], 0
    while len(heads) > 1:
        beside = {k: h for k, h in heads.items() if bit(k, depth) != bit(key, depth)}
        heads = {k: h for k, h in heads.items() if k not in beside}
        depth += 1
        way.append(trie_root(beside, depth))
    return way[::-1]


@dataclass
class Signer:
    """A key that signs checkpoints, and how a policy writes it."""

    name: str
    kind: int
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def typed(self) -> bytes:
        return bytes([self.kind]) + self.private.public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self.typed)[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.typed).decode()}"

    def line(self, text: bytes, *, time: int = 1_700_000_000) -> bytes:
        if self.kind == 1:
            signature = self.private.sign(text)
        else:
            message = b"cosignature/v1\ntime %d\n" % time + text
            signature = time.to_bytes(8, "big") + self.private.sign(message)
        encoded = base64.b64encode(self.id + signature)
        return f"— {self.name} ".encode() + encoded + b"\n"


def checkpoint(size: int, root: bytes, *signers: Signer, origin: str = ORIGIN) -> bytes:
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
    return text + b"\n" + b"".join(signer.line(text) for signer in signers)


STATES = ("waiting", "open", "noticed", "done")
AT_FIRST = "plan's own"
CLAUSES = [
    ["a", ["?", 0]],
    ["a or b < 3", ["or", ["?", 0], ["<", ["?", 1], ["v", 3]]]],
    ["any(a, a or b < 3)", "any", [0, 1]],
    [
        "at_least(a, a or b < 3)",
        "at_least",
        [0, 1],
        ["-", ["size", ["?", 0]], ["v", 1]],
    ],
    ["entry", ["entry"]],
    ["covers(a, b)", ["covers", ["?", 0], ["?", 1]]],
    ["all_of(a: it > n)", ["all_of", ["?", 0], [">", ["?", 0], ["?", 1]]]],
    ["now >= b", [">=", ["now"], ["?", 0]]],
    ["who knows", None],
]
MOVES = {
    f"to_{state}": {
        "from": sorted((*STATES, AT_FIRST, "new")),
        "to": state,
        "by": "by",
        "gate": [2, 3, 4, 5, 6, 7, 8],
    }
    for state in STATES
}
GATES: Entry = {
    "clauses": CLAUSES,
    "kinds": {
        "k": {"initial": AT_FIRST, "done": ["done"], "settled": [], "moves": MOVES}
    },
    "nodes": {
        node: {"kind": "k", "parent": None, "entry": [0, 1], "exit": []}
        for node in "甲乙丙"
    },
}
PLAN = canonical({"gates": GATES, "plan": [["a", "plan: a"]]})


@dataclass
class Log:
    """Entries in their order, chained as they are written."""

    spoil: Spoil = field(default_factory=dict)
    lines: list[bytes] = field(default_factory=list)
    heads: Heads = field(default_factory=dict)
    now: datetime = datetime(2009, 4, 11, 1, tzinfo=UTC)

    def add(self, instance: str, kind: str, data: Entry, **keys: object) -> None:
        seq, prev = self.heads.get(instance, (0, bytes(32)))
        entry = {
            "v": 1,
            "instance": instance,
            "seq": seq + 1,
            "prev": prev.hex(),
            "at": f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
            "recorded": f"{self.now:%Y-%m-%dT%H:%M:%S}.000123Z",
            "type": kind,
            "data": data,
            **keys,
        }
        if instance != "~log":
            entry["plan"] = sha256(PLAN).hex()
        self.spoil.get(len(self.lines), lambda _: None)(entry)
        line = canonical(entry)
        self.lines.append(line)
        self.heads[instance] = entry["seq"], leaf_hash(line)

    def seal(self) -> None:
        heads = {name: head for name, head in self.heads.items() if name != "~log"}
        root = trie_root(by_key(heads)).hex()
        self.add("~log", "sealed", {"size": len(self.lines), "root": root})

    def leaves(self) -> list[bytes]:
        return [leaf_hash(line) for line in self.lines]


NAMES = ("甲-2009", "乙", "rehearsal", "d/é", "e\n\u0303", "f" * 150)


def story(seed: int, *, length: int = 30, spoil: Spoil | None = None) -> Log:
    """A random honest history, sealed at its end; `spoil` changes entries of it."""
    draw, log = random.Random(seed), Log(spoil or {})
    names = draw.sample(NAMES, draw.randint(1, len(NAMES)))
    said: dict[tuple[str, str], tuple[str, int]] = {}
    while len(log.lines) < length:
        log.now += timedelta(seconds=draw.choice((0, 0, 1, 3600)))
        name = draw.choice(names)
        keys = {"simulated": True} if name == "rehearsal" else {}
        if name not in log.heads:
            started = {"plan": sha256(PLAN).hex(), "id": "a", "title": "甲"}
            log.add(name, "started", {**started, "by": "p", "ledger": 0}, **keys)
        elif draw.random() < 0.1:
            log.seal()
        else:
            act(draw, log, said, name, keys)
    log.seal()
    return log


def quiet(*, length: int = 12) -> Log:
    """An honest history in which nothing was decided, sealed at its end."""
    log = Log()
    started = {"plan": sha256(PLAN).hex(), "id": "a", "title": "甲"}
    for name in NAMES[:2]:
        log.add(name, "started", {**started, "by": "p", "ledger": 0})
    while len(log.lines) < length:
        log.now += timedelta(seconds=60)
        log.add(NAMES[len(log.lines) % 2], "signalled", {"name": "通知到了"})
    log.seal()
    return log


def a_file(draw: random.Random) -> Entry:
    content = draw.choice(FILES)
    digest = sha256(content).hex()
    return {"name": "a.txt", "size": len(content), "sha256": digest}


A_OR_B = ["a or b < 3", True, [], [None, {"n": "5/2"}]]
WHY: Entry = {
    "gate": [
        ["any(a, a or b < 3)", True, [["a", None], A_OR_B]],
        ["at_least(a, a or b < 3)", True, [["a", False], A_OR_B], [["x", "y"]]],
        ["entry", True, [["a", True], A_OR_B]],
        ["covers(a, b)", True, [], [["x", "y"], "x"]],
        ["all_of(a: it > n)", True, [], [[[5, [5, 4]], [6, [6, 4]]]]],
        ["now >= b", True, [], [{"t": "2001-01-01T00:00:00.000001Z"}]],
        ["who knows", True],
    ],
    "facts": [["m/a", {"x": -5}, 1], ["f/b", None, 0]],
}


def act(
    draw: random.Random,
    log: Log,
    said: dict[tuple[str, str], tuple[str, int]],
    name: str,
    keys: Entry,
) -> None:
    seq, node = log.heads[name][0] + 1, draw.choice("甲乙丙")
    kind = draw.choice(("moved", "moved", "moved", "added", "refused", "reported"))
    keys = {**keys, "node": node, "actor": "p", "led_by": draw.randint(1, seq - 1)}
    if kind == "added":
        said[name, node] = "open", 1
        log.add(name, kind, {"state": "open"}, **keys)
    elif kind == "refused":
        log.add(name, kind, {"move": "m", "reasons": [], "why": None}, **keys)
    elif kind == "reported":
        log.add(name, kind, {"outputs": [{**a_file(draw), "pages": 2}]}, **keys)
    else:
        state, round_ = said.get((name, node), (AT_FIRST, 1))
        to, now = draw.choice(STATES), round_ + draw.randint(0, 1)
        data = {"from": state, "to": to, "round": now, "move": f"to_{to}", "why": WHY}
        said[name, node] = to, now
        data |= {"cause": "person", "inputs": {"f": [a_file(draw)], "n": 3}}
        data["did"] = deeds(draw, said, name)
        log.add(name, kind, data, **keys)


def deeds(
    draw: random.Random, said: dict[tuple[str, str], tuple[str, int]], name: str
) -> list[list[Any]]:
    other = draw.choice("甲乙丙丁")
    said_of = {
        "begin": (["begin", other, 3, "open"], ("open", 3)),
        "add": (["add", other, "t", "c", "k", "waiting", {}], ("waiting", 1)),
        "item": (["item", other, "r", 4, "new", {}], ("new", 1)),
    }
    deed, state = said_of[draw.choice(tuple(said_of))]
    said[name, other] = state
    return [deed, ["unheard-of", [1]]]


@dataclass
class Written:
    """A bundle before it is zipped, with what a reader of it may believe."""

    members: Members
    policy: str
    log: Log
    signer: Signer
    witness: Signer

    def verifiable(self) -> io.BytesIO:
        return io.BytesIO(zipped(self.members))


def bundle(
    log: Log, scope: str | list[str] = "log", since: tuple[int, ...] = ()
) -> Written:
    leaves = log.leaves()
    size, root = len(leaves), tree_root(leaves)
    signer, witness = Signer(ORIGIN, 1), Signer("audit.example/w1", 4)
    shown = [
        index
        for index, line in enumerate(log.lines)
        if scope == "log" or json.loads(line)["instance"] in scope or index == size - 1
    ]
    members = {
        "bundle.json": canonical(head(size, root, scope)),
        "checkpoint": checkpoint(size, root, signer, witness),
        "entries": b"".join(b"%d %s\n" % (i, log.lines[i]) for i in shown),
    }
    if scope != "log":
        members["proofs"] = proofs(log, shown, scope) + growth(log, since)
    for folder, contents in (("plans", [PLAN]), ("files", FILES)):
        for content in contents:
            digest = sha256(content).hex()
            if digest.encode() in members["entries"]:
                members[f"{folder}/{digest}"] = content
    policy = f"log {signer.vkey}\nwitness w {witness.vkey}\nquorum w\n"
    return Written(members, policy, log, signer, witness)


def head(size: int, root: bytes, scope: str | list[str]) -> Entry:
    return {
        "format": "plangate-bundle",
        "version": 1,
        "scope": scope,
        "size": size,
        "root": root.hex(),
        "made": "2010-01-01T00:00:00Z",
    }


def proofs(log: Log, shown: list[int], scope: str | list[str]) -> bytes:
    leaves = log.leaves()
    heads = by_key({n: h for n, h in log.heads.items() if n != "~log"})
    paths: list[Entry] = [
        {"position": i, "path": [step.hex() for step in tree_path(i, leaves)]}
        for i in shown
    ]
    ways: list[Entry] = [
        {
            "instance": name,
            "siblings": [s.hex() for s in siblings(heads, sha256(name.encode()))],
        }
        for name in scope
    ]
    return b"".join(canonical(proof) + b"\n" for proof in paths + ways)


def growth(log: Log, since: tuple[int, ...]) -> bytes:
    """A line of `proofs` for each earlier size."""
    leaves = log.leaves()
    return b"".join(
        canonical({"older": n, "path": [h.hex() for h in tree_growth(n, leaves)]})
        + b"\n"
        for n in since
    )


def zipped(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def receipt(log: Log, at: int, signer: Signer | None, **said: Any) -> bytes:
    found = {
        "instance": NAMES[at % 2],
        "seq": at // 2 + 1,
        "leaf": leaf_hash(log.lines[at]).hex(),
        "made": "2009-04-11T01:00:00Z",
        "by": "2009-04-11T01:01:00Z",
        "position": at,
        **said,
    }
    text = b"plangate receipt 1\n" + canonical(found) + b"\n"
    return text if signer is None else text + b"\n" + signer.line(text)


def entries_of(log: Log) -> list[Entry]:
    return [json.loads(line) for line in log.lines]


def respoilt(log: Log, spoil: dict[int, Callable[[Entry], None]]) -> Log:
    """The same history, written anew with some entries changed."""
    new = Log(spoil)
    for entry in entries_of(log):
        if entry["type"] == "sealed":
            new.seal()
            continue
        fixed = ("instance", "type", "data", "seq", "prev", "v")
        keys = {k: v for k, v in entry.items() if k not in fixed}
        new.add(entry["instance"], entry["type"], entry["data"], **keys)
    return new
