"""A second verifier of bundles, written from docs/history-format.md alone.

By another hand than `engine/verifier.py`, with none of its code and none of its order:
where both agree on thousands of spoilt bundles, the page is a specification. It reads
the whole file into memory and tells no sentences, only exits, codes and positions.
May import: the standard library, `cryptography`.
"""

import base64
import binascii
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from math import inf
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Object = dict[str, Any]
ZEROS = "0" * 64
LINE_BYTES, FILE_BYTES = 16 << 20, 1 << 30
TABLE_BYTES, NOTE_BYTES, PRIVATE_BYTES = 8 << 20, 64 << 10, 1 << 20
ITEMS = 100_000
DEPTH, MARKS, MEMBERS = 64, 250_000, 10**6
KEY_BYTES, SIGNATURES = 16 << 10, 100


@dataclass
class Report:
    """What was found: `defects` are codes with a position in the log, or None."""

    exit: int = 0
    defects: set[tuple[str, int | None]] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    unread: bool = False
    """Whether a member could not be read to its end: of its content nothing is told."""

    def tell(self, code: str, position: int | None = None) -> None:
        self.defects.add((code, position))


class Unreadable(Exception):
    """No ZIP, or nothing that says it is a bundle of this version."""


class NotInForm(Exception):
    """Bytes are not what the page asks for."""


# --- Section 1: JSON in one form


def depth_of(text: bytes) -> int:
    bare = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text, flags=re.DOTALL)
    deepest = now = 0
    for byte in bare:
        now += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, now)
    return deepest


def marks_of(text: bytes) -> int:
    """How many commas, opening brackets and texts a line has."""
    texts = rb'"(?:[^"\\]|\\.)*"'
    bare, count = re.subn(texts, b"", text, flags=re.DOTALL)
    return count + sum(bare.count(mark) for mark in (b",", b"[", b"{"))


def canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def refuse(_: str) -> Any:
    raise NotInForm


def loaded(text: bytes) -> Any:
    """Any JSON whose texts are texts and whose numbers are whole."""
    if depth_of(text) > DEPTH:
        raise NotInForm
    try:
        return json.loads(text.decode(), parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError) as why:
        raise NotInForm from why


def in_form(text: bytes) -> Any:
    """What the text says, if it is written in the one form in which it can be."""
    value = loaded(text)
    try:
        same = canonical(value) == text
    except UnicodeEncodeError as why:
        raise NotInForm from why
    if not (same and all(map(is_fit, leaves_of(value)))):
        raise NotInForm
    return value


def object_in_form(text: bytes) -> Object:
    value = in_form(text)
    if not isinstance(value, dict):
        raise NotInForm
    return value


def leaves_of(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from leaves_of(inner)
    else:
        yield value


def is_fit(leaf: Any) -> bool:
    if isinstance(leaf, str):
        return unicodedata.is_normalized("NFC", leaf) and "\0" not in leaf
    return leaf is None or isinstance(leaf, bool) or abs(leaf) < 2**53


def objects_in(value: Any) -> Iterator[Object]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from objects_in(inner)


# --- Section 1: what an entry is

Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_count(value: Any) -> bool:
    return is_int(value) and value >= 0


def is_ordinal(value: Any) -> bool:
    return is_int(value) and value >= 1


def is_hash(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{64}", value))


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_list(value: Any) -> bool:
    return isinstance(value, list)


def anything(_: Any) -> bool:
    return True


def list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def one_of(*values: str) -> Check:
    return lambda value: isinstance(value, str) and value in values


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)


def is_moment(value: Any) -> bool:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return False
    return not value.endswith(".000000Z") and moment(value) is not None


def moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def is_day(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.A):
        return False
    return moment(value) is not None


def is_scope(value: Any) -> bool:
    if value == "log":
        return True
    if not list_of(is_name)(value):
        return False
    return value == sorted(set(value)) and "~log" not in value


def is_why(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    gate, facts = value.get("gate"), value.get("facts")
    return list_of(is_fact)(facts) and list_of(is_line)(gate)


def is_fact(value: Any) -> bool:
    if not is_list(value) or len(value) != 3:
        return False
    return is_text(value[0]) and is_count(value[2])


def is_line(line: Any) -> bool:
    if not is_list(line) or not 2 <= len(line) <= 4:
        return False
    verdict = line[1] is None or isinstance(line[1], bool)
    return is_text(line[0]) and verdict and all(map(is_list, line[2:]))


def are_deeds(value: Any) -> bool:
    return list_of(is_deed)(value)


def is_deed(deed: Any) -> bool:
    """Whether a line of `did` that says a state has all that it must."""
    match deed:
        case ["begin", path, round_, state, *_]:
            return is_text(path) and is_count(round_) and is_text(state)
        case ["add", path, _, _, _, state, *_]:
            return is_text(path) and is_text(state)
        case ["item", path, _, _, state, *_]:
            return is_text(path) and is_text(state)
        case ["begin" | "add" | "item", *_]:
            return False
    return is_list(deed)


def is_approval(value: Any) -> bool:
    return is_list(value) and len(value) == 2 and is_name(value[0]) and is_int(value[1])


def are_approvers(value: Any) -> bool:
    if not list_of(is_name)(value):
        return False
    return len({folded(name) for name in value} - {""}) >= 2


def folded(name: str) -> str:
    """A name without regard to case, blanks and how its letters are written."""
    bare = "".join(unicodedata.normalize("NFKC", name).split())
    return unicodedata.normalize("NFKC", bare.casefold())


def is_vkey(value: Any) -> bool:
    return isinstance(value, str) and parse_vkey(value, kind=1) is not None


def is_signature(value: Any) -> bool:
    return isinstance(value, str) and len(unbased(value) or b"") == 64


def is_note(value: Any) -> bool:
    return isinstance(value, str) and parse_checkpoint(value.encode()) is not None


SAYING_LESS = (
    *("added", "signalled", "reported", "counted", "missed", "erasure", "erased"),
)
HISTORY: dict[str, dict[str, Check]] = {
    "started": {
        "plan": is_hash,
        "id": is_text,
        "title": anything,
        "by": anything,
        "ledger": anything,
    },
    "moved": {
        "move": is_text,
        "from": is_text,
        "to": is_text,
        "round": is_count,
        "cause": one_of("person", "condition", "clock", "outcome"),
        "why": is_why,
    },
    "refused": {
        "move": is_text,
        "reasons": is_list,
        "why": lambda value: value is None or is_why(value),
    },
    **{name: {} for name in SAYING_LESS},
}
OFFICE: dict[str, dict[str, Check]] = {
    "sealed": {"size": is_count, "root": is_hash},
    "exported": {
        "form": is_name,
        "scope": is_scope,
        "size": is_count,
        "digest": is_hash,
        "bytes": is_count,
    },
    "retried": {"keys": lambda value: value != [] and list_of(is_name)(value)},
    "migrated": {"from": is_name, "to": is_name},
    "rekeyed": {
        "origin": is_name,
        "size": is_count,
        "old": is_vkey,
        "new": is_vkey,
        "signed_old": is_signature,
        "signed_new": is_signature,
    },
    "revoked": {
        "origin": is_name,
        "size": is_count,
        "key": is_vkey,
        "new": is_vkey,
        "after": is_count,
        "approvers": are_approvers,
        "reason": is_name,
        "signed": is_signature,
    },
    "restored": {
        "origin": is_name,
        "size": is_count,
        "checkpoint": is_note,
        "kept": is_count,
        "approvers": are_approvers,
        "reason": is_name,
    },
}
ABOUT_KEYS = ("rekeyed", "revoked", "restored")
MAYBE: dict[str, Check] = {
    "node": is_text,
    "actor": is_text,
    "led_by": is_ordinal,
    "command": is_text,
    "simulated": lambda value: value is True,
}


def has(found: Object, must: dict[str, Check], may: dict[str, Check]) -> bool:
    if not all(key in found and check(found[key]) for key, check in must.items()):
        return False
    return all(check(found[key]) for key, check in may.items() if key in found)


def is_entry(entry: Object) -> bool:
    office = entry.get("instance") == "~log"
    types = OFFICE if office else HISTORY
    must: dict[str, Check] = {
        "v": lambda value: is_int(value) and value == 1,
        "instance": is_name,
        "seq": is_ordinal,
        "prev": is_hash,
        "at": is_moment,
        "recorded": is_moment,
        "type": one_of(*types),
        "data": is_object,
    }
    if not office:
        must["plan"] = is_hash
    if (office and "plan" in entry) or not has(entry, must, MAYBE):
        return False
    kind, data = entry["type"], entry["data"]
    deeds: dict[str, Check] = {"did": are_deeds} if kind == "moved" else {}
    if not has(data, types[kind], deeds):
        return False
    if kind in ABOUT_KEYS and len(canonical(data)) > KEY_BYTES:
        return False
    return kind != "moved" or "node" in entry


@dataclass
class Line:
    """A line of `entries`: its bytes, and what can be read of them.

    `raw` is the object that they are; `entry` the same if it has a place in the chain
    of an instance, and `form` says whether all of it is in form.
    """

    position: int
    text: bytes
    raw: Object = field(default_factory=dict)
    entry: Object | None = None
    form: bool = False
    hangs: bool = False
    """Whether the chain is broken here or before: then nothing is looked up."""
    holds: bool = False
    """Whether it is an `erased` that was approved as it must be."""

    @property
    def leaf(self) -> bytes:
        return sha256(b"\0" + self.text).digest()

    @property
    def data(self) -> Object:
        return self.entry["data"] if self.entry and self.form else {}

    def is_called(self, *types: str) -> bool:
        """Whether it is an entry of `~log` of these types, be it in form or not."""
        return self.raw.get("instance") == "~log" and self.raw.get("type") in types

    def is_of(self, *types: str) -> bool:
        return self.form and self.entry is not None and self.entry["type"] in types


# --- Section 2: the tree


def pair(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def tree_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return pair(tree_root(leaves[:half]), tree_root(leaves[half:]))


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that a proof of inclusion leads to (RFC 9162 section 2.1.3.2)."""
    if index >= size:
        return None
    node, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = pair(step, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = pair(found, step)
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


# --- Section 3: the heads

Heads = dict[str, tuple[int, bytes]]


def key_of(instance: str) -> bytes:
    return sha256(instance.encode(errors="surrogatepass")).digest()


def head_leaf(key: bytes, seq: int, leaf: bytes) -> bytes:
    return sha256(b"\2" + key + seq.to_bytes(8, "big") + leaf).digest()


def bit(key: bytes, number: int) -> int:
    return int.from_bytes(key, "big") >> (255 - number) & 1


def heads_root(heads: Heads) -> bytes:
    keyed = {key_of(name): head for name, head in heads.items()}
    return trie(sorted((key, head_leaf(key, *head)) for key, head in keyed.items()), 0)


def trie(heads: list[tuple[bytes, bytes]], depth: int) -> bytes:
    if len(heads) <= 1:
        return heads[0][1] if heads else bytes(32)
    zeros = [one for one in heads if not bit(one[0], depth)]
    ones = heads[len(zeros) :]
    return sha256(b"\3" + trie(zeros, depth + 1) + trie(ones, depth + 1)).digest()


def root_by_siblings(key: bytes, leaf: bytes, siblings: list[bytes]) -> bytes | None:
    if len(siblings) > 256 or (siblings and siblings[0] == bytes(32)):
        return None
    for number, beside in zip(reversed(range(len(siblings))), siblings, strict=True):
        both = beside + leaf if bit(key, number) else leaf + beside
        leaf = sha256(b"\3" + both).digest()
    return leaf


# --- Section 4: keys, notes, policies


def unbased(text: str) -> bytes | None:
    """The bytes of standard base64, if it is the one way to write them."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if base64.b64encode(found).decode() == text else None


@dataclass(frozen=True)
class Key:
    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        said = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return sha256(said).digest()[:4]

    def signed(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def is_key_name(name: str) -> bool:
    return name != "" and "+" not in name and not any(c.isspace() for c in name)


def parse_vkey(text: str, *, kind: int) -> Key | None:
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]):
        return None
    typed = unbased(parts[2])
    if typed is None or len(typed) != 33 or typed[0] != kind:
        return None
    key = Key(parts[0], kind, typed[1:])
    return key if parts[1] == key.id.hex() else None


@dataclass(frozen=True)
class Note:
    text: bytes
    signatures: list[tuple[str, bytes, bytes]]
    """Of each its name, the first four bytes (the key's id) and what follows."""

    def by(self, key: Key) -> list[bytes]:
        return [s for name, i, s in self.signatures if (name, i) == (key.name, key.id)]


def parse_note(content: bytes) -> Note | None:
    """A C2SP signed note with one signature at least."""
    try:
        whole = content.decode()
    except UnicodeDecodeError:
        return None
    if any(c < " " and c != "\n" for c in whole) or "\n\n" not in whole:
        return None
    text, _, lines = whole.rpartition("\n\n")
    if not lines.endswith("\n"):
        return None
    read = [parse_signature(line) for line in lines[:-1].split("\n")]
    signatures = [one for one in read if one is not None]
    if len(signatures) != len(read) or len(read) > SIGNATURES:
        return None
    return Note((text + "\n").encode(), signatures)


def parse_signature(line: str) -> tuple[str, bytes, bytes] | None:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    signature = unbased(encoded) or b""
    if dash != "—" or not is_key_name(name) or len(signature) < 5:
        return None
    return name, signature[:4], signature[4:]


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    note: Note


def parse_checkpoint(content: bytes) -> Checkpoint | None:
    note = parse_note(content) if len(content) <= NOTE_BYTES else None
    if note is None:
        return None
    lines = note.text.decode().split("\n")
    if len(lines) != 4 or not lines[0] or not is_decimal(lines[1]):
        return None
    root = unbased(lines[2])
    if root is None or len(root) != 32:
        return None
    return Checkpoint(lines[0], int(lines[1]), root, note)


def is_decimal(text: str) -> bool:
    return bool(re.fullmatch(r"0|[1-9][0-9]{0,18}", text)) and int(text) < 2**63


@dataclass
class Policy:
    """A C2SP tlog-policy: log keys, witnesses by name, and what must be together."""

    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = "none"

    def holds(self, name: str, seen: set[str]) -> bool:
        if name == "none":
            return True
        if name in self.witnesses:
            return name in seen
        least, members = self.groups[name]
        return sum(self.holds(member, seen) for member in members) >= least


def parse_policy(text: str) -> Policy:
    policy = Policy()
    for line in text.split("\n"):
        words = line.split()
        if words and not words[0].startswith("#"):
            read_policy_line(policy, words)
    return policy


def read_policy_line(policy: Policy, words: list[str]) -> None:
    match words:
        case ["log", vkey, *_]:
            key = parse_vkey(vkey, kind=1)
            policy.logs += [key] if key else []
        case ["witness", name, vkey, *_]:
            key = parse_vkey(vkey, kind=4)
            if key:
                policy.witnesses[name] = key
        case ["group", name, least, *members]:
            counts = {"any": 1, "all": len(members)}
            policy.groups[name] = counts.get(least) or int(least), members
        case ["quorum", name]:
            policy.quorum = name


# --- Section 4: whose signature counts


def epoch_of(origin: str) -> tuple[str, int]:
    """The log's name and which of its epochs an origin is."""
    found = re.fullmatch(r"(.+)/e([1-9][0-9]{0,8})", origin, re.DOTALL | re.ASCII)
    if found and int(found[2]) >= 2:
        return found[1], int(found[2])
    return origin, 1


Revocation = tuple[Key, Key, int, int]
"""The key, the one that goes on, up to which size the first counts, and the place."""


@dataclass
class Keys:
    """What the entries about keys say, in their order.

    `believed` are the keys of the policy.
    """

    believed: set[Key]
    report: Report
    origin: str | None = None
    handed: set[Key] = field(default_factory=set)
    revoked: set[Key] = field(default_factory=set)
    revocations: list[Revocation] = field(default_factory=list)
    given: list[tuple[Key, Key, int]] = field(default_factory=list)
    lost: list[tuple[int, Checkpoint]] = field(default_factory=list)

    def read(self, line: Line) -> None:
        data = line.data
        kind = line.entry["type"] if line.entry else ""
        if kind == "rekeyed":
            self.rekeyed(line.position, data)
        elif kind == "revoked":
            self.was_revoked(line.position, data)
        else:
            self.restored(line.position, data)

    def rekeyed(self, position: int, data: Object) -> None:
        old, new = parse_vkey(data["old"], kind=1), parse_vkey(data["new"], kind=1)
        if old is None or new is None:
            return
        if not self.is_handover(position, data, old, new):
            self.report.tell("key.handover", position)
            return
        self.origin = data["origin"]
        self.handed.add(old)
        self.given.append((old, new, position))

    def is_handover(self, position: int, data: Object, old: Key, new: Key) -> bool:
        name, _ = epoch_of(data["origin"])
        due = self.origin or name
        if data["size"] != position or data["origin"] != due:
            return False
        if old == new or {old.name, new.name} != {name}:
            return False
        text = "plangate rekeyed 1\n{origin}\n{size}\n{old}\n{new}\n".format(**data)
        by_old, by_new = unbased(data["signed_old"]), unbased(data["signed_new"])
        signed = old.signed(text.encode(), by_old or b"") and new.signed(
            text.encode(), by_new or b""
        )
        return signed and old not in self.handed and old not in self.revoked

    def was_revoked(self, position: int, data: Object) -> None:
        key, new = parse_vkey(data["key"], kind=1), parse_vkey(data["new"], kind=1)
        if key is None or new is None:
            return
        if not self.is_revocation(position, data, key, new):
            self.report.tell("key.revoked", position)
            return
        self.revoked.add(key)
        self.revocations.append((key, new, data["after"], position))

    def is_revocation(self, position: int, data: Object, key: Key, new: Key) -> bool:
        name, _ = epoch_of(data["origin"])
        due = self.origin or name
        if data["size"] != position or data["origin"] != due:
            return False
        if data["after"] > position or key == new or {key.name, new.name} != {name}:
            return False
        if new in self.handed | self.revoked:
            return False
        said = canonical({name: data[name] for name in data if name != "signed"})
        text = b"plangate revoked 1\n" + said + b"\n"
        return new.signed(text, unbased(data["signed"]) or b"")

    def restored(self, position: int, data: Object) -> None:
        before = parse_checkpoint(data["checkpoint"].encode())
        if before is None:
            return
        if not self.is_restored(position, data, before):
            self.report.tell("epoch.restored", position)
            return
        self.origin = data["origin"]
        self.lost.append((position, before))

    def check_lost(self) -> None:
        """The checkpoints of ended epochs, by all keys that are known in the end."""
        for position, lost in self.lost:
            name, _ = epoch_of(lost.origin)
            for key in self.known():
                for one in lost.note.by(key) if key.name == name else ():
                    if not key.signed(lost.note.text, one):
                        self.report.tell("epoch.restored", position)

    def is_restored(self, position: int, data: Object, before: Checkpoint) -> bool:
        name, epoch = epoch_of(data["origin"])
        was, ended = epoch_of(before.origin)
        if (was, ended) != (name, epoch - 1) or data["size"] != position:
            return False
        if self.origin is not None:
            here, now = epoch_of(self.origin)
            if here != name or ended < now:
                return False
        return data["kept"] < before.size and data["kept"] <= data["size"]

    def limits(self, revocations: list[Revocation]) -> dict[Key, float]:
        """Up to which size each known key counts, if these revocations hold."""
        known: dict[Key, float] = dict.fromkeys(self.believed, inf)
        most: dict[Key, float] = {}
        for key, _, after, _ in revocations:
            most[key] = min(after, most.get(key, inf))
        for old, new, size in self.given:
            if min(known.get(old, -1), most.get(old, inf)) >= size:
                known[old] = size
                known.setdefault(new, inf)
        return {key: min(size, most.get(key, inf)) for key, size in known.items()}

    def vouched(self) -> list[Revocation]:
        """The revocations that nobody doubts: their `new` is known, and counts."""
        found: list[Revocation] = []
        for one in self.revocations:
            if self.limits(found).get(one[1], -1) >= one[3]:
                found.append(one)
        limits = self.limits(found)
        return [one for one in found if limits.get(one[1], -1) >= one[3]]

    def known(self) -> dict[Key, float]:
        return self.limits(self.revocations)


# --- Section 5: the archive


@dataclass
class Member:
    name: str
    begin: int
    end: int
    content: bytes | None
    """None: it cannot be read to its end, or its two headers differ."""


@dataclass
class Archive:
    """A ZIP file: its members, and whether bytes of it belong to none."""

    data: bytes
    members: list[Member] = field(default_factory=list)
    strays: bool = False

    def __post_init__(self) -> None:
        start, end, count = self.directory()
        self.start, at = start, start
        for _ in range(count):
            if self.data[at : at + 4] != b"PK\1\2" or at > end:
                raise Unreadable
            self.members.append(self.member(at))
            at += 46 + sum(self.number(at + 28 + 2 * n, 2) for n in range(3))
        if at != end:
            raise Unreadable
        self.lay_out()

    def number(self, at: int, width: int) -> int:
        if at + width > len(self.data):
            raise Unreadable
        return int.from_bytes(self.data[at : at + width], "little")

    def gap(self, begin: int, end: int) -> None:
        self.strays = self.strays or begin < end

    def directory(self) -> tuple[int, int, int]:
        """Where the directory begins and ends, and how many members it has."""
        data = self.data
        end = data.rfind(b"PK\5\6", max(0, len(data) - 22 - 0xFFFF))
        while end >= 0 and not self.ends_at(end):
            end = data.rfind(b"PK\5\6", 0, end)
        if end < 0:
            raise Unreadable
        self.gap(end + 22, len(data))
        said = [
            self.number(end + n, w)
            for n, w in zip((4, 6, 8, 10), (2,) * 4, strict=True)
        ]
        said += [self.number(end + 12, 4), self.number(end + 16, 4)]
        if 0xFFFF in said[2:4] or 0xFFFFFFFF in said[4:]:
            said, end = self.wide(said, end)
        disk, first, here, count, size, start = said
        if disk or first or here != count or start + size > end or count > MEMBERS:
            raise Unreadable
        self.gap(start + size, end)
        return start, start + size, count

    def ends_at(self, end: int) -> bool:
        data = self.data
        if len(data) < end + 22:
            return False
        return end + 22 + self.number(end + 20, 2) == len(data)

    def wide(self, narrow: list[int], end: int) -> tuple[list[int], int]:
        """The same by the record of ZIP64, and where that stands."""
        locator = end - 20
        if locator < 0 or self.data[locator : locator + 4] != b"PK\6\7":
            raise Unreadable
        at = self.number(locator + 8, 8)
        if self.data[at : at + 4] != b"PK\6\6" or at + 56 > locator:
            raise Unreadable
        self.gap(at + 56, locator)
        said = [self.number(at + 16, 4), self.number(at + 20, 4)]
        said += [self.number(at + n, 8) for n in (24, 32, 40, 48)]
        for n, value in enumerate(narrow):
            if value not in (said[n], 0xFFFFFFFF if n > 3 else 0xFFFF):
                raise Unreadable
        return said, at

    def member(self, at: int) -> Member:
        """The member of one line of the directory."""
        length, extra, comment = (self.number(at + n, 2) for n in (28, 30, 32))
        name = self.data[at + 46 : at + 46 + length]
        sizes = [self.number(at + n, 4) for n in (24, 20, 42)]
        more = self.data[at + 46 + length : at + 46 + length + extra]
        sizes = widened(sizes, more) or []
        flags, method, crc = (
            self.number(at + n, w) for n, w in ((8, 2), (10, 2), (16, 4))
        )
        plain = bool(sizes) and not comment and not flags & 0x2049
        size, packed, place = sizes or [self.number(at + n, 4) for n in (24, 20, 42)]
        begin, here = self.local(place)
        found = Member(name.decode("latin-1"), place, begin + packed, None)
        same = here == (name, flags, method, crc, size, packed)
        if plain and same and found.end <= self.start:
            there = self.data[begin : found.end]
            found.content = inflated(there, method, size, crc)
        return found

    def local(self, at: int) -> tuple[int, tuple[Any, ...] | None]:
        """Where the data of a member begin, and what the header before them says."""
        if len(self.data) < at + 30 or self.data[at : at + 4] != b"PK\3\4":
            return at + 30, None
        length, extra = self.number(at + 26, 2), self.number(at + 28, 2)
        name = self.data[at + 30 : at + 30 + length]
        begin = at + 30 + length + extra
        sizes = [self.number(at + n, 4) for n in (22, 18)]
        found = widened(sizes, self.data[at + 30 + length : begin])
        if found is None:
            return begin, None
        said = (self.number(at + n, w) for n, w in ((6, 2), (8, 2), (14, 4)))
        return begin, (name, *said, *found)

    def lay_out(self) -> None:
        """Whether members stand one after the other, and nothing beside them."""
        reached = 0
        for member in sorted(self.members, key=lambda one: one.begin):
            if member.begin < reached:
                member.content = None
            self.gap(reached, member.begin)
            reached = max(reached, member.end)
        self.gap(reached, self.start)


def widened(sizes: list[int], extra: bytes) -> list[int] | None:
    """Sizes with what ZIP64 says of them; None if there is any other extra field."""
    wide = sizes.count(0xFFFFFFFF)
    head = b"\1\0" + (8 * wide).to_bytes(2, "little") if wide else b""
    if len(extra) != len(head) + 8 * wide or not extra.startswith(head):
        return None
    parts = [extra[at : at + 8] for at in range(4, len(extra), 8)]
    values = iter([int.from_bytes(part, "little") for part in parts])
    return [next(values) if size == 0xFFFFFFFF else size for size in sizes]


def inflated(packed: bytes, method: int, size: int, crc: int) -> bytes | None:
    """The bytes of a member; None if they are not those that its headers say."""
    content: bytes | None = packed
    if method == 8 and size <= FILE_BYTES:
        reader = zlib.decompressobj(-15)
        try:
            content = reader.decompress(packed, size + 1)
        except zlib.error:
            return None
        if not reader.eof or reader.unused_data:
            return None
    elif method != 0:
        return None
    if content is None or len(content) != size or zlib.crc32(content) != crc:
        return None
    return content


# --- Section 5: the bundle


@dataclass
class Bundle:
    members: dict[str, bytes | None]
    scope: str | list[str]
    size: int | None
    root: bytes | None
    lines: list[Line] = field(default_factory=list)
    read: bool = False
    """Whether `entries` was read to its end."""

    @property
    def instances(self) -> dict[str, list[Line]]:
        """The entries of each instance that is shown; `~log` in a whole log."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            name = line.entry["instance"] if line.entry else None
            if name is not None and (self.scope == "log" or name in self.scope):
                found.setdefault(name, []).append(line)
        return found


HEAD: dict[str, Check] = {
    "scope": is_scope,
    "size": is_count,
    "root": is_hash,
    "made": is_moment,
}


def opened(data: bytes, report: Report) -> Bundle | None:
    """The bundle as its own head describes it; None where that tells too little."""
    members: dict[str, bytes | None] = {}
    archive = Archive(data)
    if archive.strays:
        report.tell("bundle.member")
    for member in archive.members:
        report.unread = report.unread or member.content is None
        if member.content is None or member.name in members:
            report.tell("bundle.member")
        members.setdefault(member.name, member.content)
    head = head_of(members.get("bundle.json"), report)
    if not has(head, HEAD, {}):
        report.tell("bundle.form")
    said = {key: head.get(key) for key, fits in HEAD.items() if fits(head.get(key))}
    root = bytes.fromhex(said["root"]) if "root" in said else None
    bundle = Bundle(members, said.get("scope", []), said.get("size"), root)
    check_names(bundle, report, scoped="scope" in said)
    if "scope" in said:
        return bundle
    report.undecided.add("scope")
    check_stored(bundle, report)
    return None


def head_of(content: bytes | None, report: Report) -> Object:
    if content is None:
        raise Unreadable
    try:
        head = object_in_form(content)
    except NotInForm:
        report.tell("bundle.form")
        try:
            head = loaded(content)
        except NotInForm as why:
            raise Unreadable from why
    if not isinstance(head, dict) or head.get("format") != "plangate-bundle":
        raise Unreadable
    if not is_int(head.get("version")) or head["version"] != 1:
        raise Unreadable
    return head


def check_names(bundle: Bundle, report: Report, *, scoped: bool) -> None:
    due = {"bundle.json", "entries"}
    if bundle.scope != "log" and scoped:
        due.add("proofs")
    if due - set(bundle.members):
        report.tell("bundle.member")
    more = {"checkpoint"} | (set() if scoped else {"proofs"})
    for name in bundle.members:
        if name not in due | more and not is_stored(name):
            report.tell("bundle.member")


def is_stored(name: str) -> bool:
    return bool(re.fullmatch("(plans|files|private)/[0-9a-f]{64}", name))


def read_lines(bundle: Bundle, report: Report) -> None:
    """The lines of `entries`; one without a number stands where the next is due."""
    content = bundle.members.get("entries")
    if content is None:
        return
    rest = content.split(b"\n")
    bundle.read = not rest[-1]
    if not bundle.read:
        report.tell("bundle.form")
    rest = rest[: -1 if bundle.read else None]
    due = 0
    for text in rest:
        number, blank, entry = text.partition(b" ")
        known = number.decode("latin-1")
        if blank and is_decimal(known):
            due = int(known)
        else:
            report.tell("bundle.form")
        if len(text) > LINE_BYTES or marks_of(text) > MARKS or depth_of(text) > DEPTH:
            report.tell("bundle.form")
            bundle.lines.append(Line(due, entry))
        else:
            bundle.lines.append(read_line(due, entry, report))
        due += 1


def read_line(position: int, text: bytes, report: Report) -> Line:
    line, fits = Line(position, text), True
    try:
        entry = in_form(text)
    except NotInForm:
        fits, entry = False, as_json(text)
    if isinstance(entry, dict):
        line.raw = entry
        line.form = fits and is_entry(entry)
        if is_name(entry.get("instance")) and is_ordinal(entry.get("seq")):
            line.entry = entry
    if not line.form:
        report.tell("entry.form", position)
    return line


def as_json(text: bytes) -> Any:
    try:
        return loaded(text)
    except NotInForm:
        return None


# --- Sections 2 and 3: positions, tree and heads


def check_positions(bundle: Bundle, report: Report) -> None:
    due = 0
    for line in bundle.lines:
        if line.position < due or (bundle.scope == "log" and line.position != due):
            report.tell("log.position", line.position)
        due = line.position + 1


def check_log(bundle: Bundle, report: Report) -> None:
    if bundle.scope == "log":
        if bundle.size is not None and len(bundle.lines) != bundle.size:
            report.tell("log.size")
        found = tree_root([line.leaf for line in bundle.lines])
        if bundle.root is not None and found != bundle.root:
            report.tell("log.root")
    else:
        check_company(bundle, report)
    check_seals(bundle, report)
    if bundle.scope != "log" and bundle.members.get("proofs") is not None:
        check_proofs(bundle, report)


def check_company(bundle: Bundle, report: Report) -> None:
    """A list has its own entries, those about keys, and one of `~log` more."""
    beside = []
    for line in bundle.lines:
        name, kind = line.raw.get("instance"), line.raw.get("type")
        if not is_name(name) or name in bundle.scope:
            continue
        if name != "~log":
            report.tell("bundle.form", line.position)
        elif kind not in ABOUT_KEYS:
            beside.append(line.position)
    for position in beside[:-1]:
        report.tell("bundle.form", position)


def check_seals(bundle: Bundle, report: Report) -> None:
    heads: Heads = {}
    for line in bundle.lines:
        if line.is_of("sealed"):
            if line.data["size"] != line.position:
                report.tell("seal.missing", line.position)
            if bundle.scope == "log" and heads_root(heads).hex() != line.data["root"]:
                report.tell("seal.root", line.position)
        elif line.entry and line.entry["instance"] != "~log":
            heads[line.entry["instance"]] = line.entry["seq"], line.leaf
    if bundle.size and not is_sealed(bundle, bundle.size):
        report.tell("seal.missing", bundle.size - 1)


def is_sealed(bundle: Bundle, size: int) -> bool:
    """Whether the last entry is a seal in its place; one not in form is told so."""
    last = bundle.lines[-1] if bundle.lines else None
    if last is None or last.position != size - 1 or not last.is_called("sealed"):
        return False
    return not last.form or seal_of(bundle) is not None


def seal_of(bundle: Bundle) -> Object | None:
    """What the last entry says, if it is a seal of its own place."""
    last = bundle.lines[-1] if bundle.lines else None
    if last is None or not last.is_of("sealed"):
        return None
    return last.data if last.data["size"] == last.position else None


Proof = tuple[int | str | tuple[int], list[bytes]]
"""Of an entry by its position, of an instance by name, of growth by (older,)."""


def check_proofs(bundle: Bundle, report: Report) -> None:
    """Proofs in step with what they are of; one of something before is one too many."""
    proofs = read_proofs(bundle, report)
    for line in bundle.lines:
        path = taken(proofs, line.position, report)
        if bundle.size is None or bundle.root is None:
            continue
        size, at = bundle.size, line.position
        found = None if path is None else root_by_path(line.leaf, at, size, path)
        if found != bundle.root:
            report.tell("log.proof", line.position)
    if not bundle.read:
        return
    seal = seal_of(bundle)
    for name in bundle.scope:
        siblings = taken(proofs, name, report, later=set(bundle.scope))
        if siblings is None or not head_holds(bundle, name, siblings, seal):
            report.tell("seal.proof")
    older = [0, *(of[0] if isinstance(of, tuple) else 0 for of, _ in proofs)]
    rising = all(a < b for a, b in pairwise(older))
    if not rising or older[-1] >= max(bundle.size or 0, 1):
        report.tell("bundle.form")


def taken(
    proofs: list[Proof], due: int | str, report: Report, later: set[str] | None = None
) -> list[bytes] | None:
    """The proof of one thing, those before it passed over; None if there is none."""
    while proofs:
        of, hashes = proofs[0]
        if of == due:
            proofs.pop(0)
            return hashes
        if isinstance(due, int):
            if not isinstance(of, int) or of > due:
                return None
        elif isinstance(of, str) and of > due and of in (later or ()):
            return None
        report.tell("bundle.form")
        proofs.pop(0)
    return None


def head_holds(
    bundle: Bundle, name: str, siblings: list[bytes], seal: Object | None
) -> bool:
    mine = bundle.instances.get(name)
    if not mine:
        return False
    last, key = mine[-1], key_of(name)
    seq = last.entry["seq"] if last.entry else 0
    found = root_by_siblings(key, head_leaf(key, seq, last.leaf), siblings)
    return seal is None or (found is not None and found.hex() == seal["root"])


def read_proofs(bundle: Bundle, report: Report) -> list[Proof]:
    lines = (bundle.members.get("proofs") or b"").split(b"\n")
    faulty = bool(lines[-1])
    found = []
    for text in lines[: None if faulty else -1]:
        proof = as_json(text)
        read = read_proof(proof) if isinstance(proof, dict) else None
        faulty = faulty or read is None or not is_in_form(text)
        found += [read] if read else []
    if faulty:
        report.tell("bundle.form")
    return found


def is_in_form(text: bytes) -> bool:
    try:
        in_form(text)
    except NotInForm:
        return False
    return True


def read_proof(proof: Object) -> Proof | None:
    of = {"position": is_count, "path": list_of(is_hash)}
    if set(proof) == set(of) and has(proof, of, {}):
        return proof["position"], [bytes.fromhex(one) for one in proof["path"]]
    of = {"older": is_ordinal, "path": list_of(is_hash)}
    if set(proof) == set(of) and has(proof, of, {}):
        return (proof["older"],), [bytes.fromhex(one) for one in proof["path"]]
    of = {"instance": is_name, "siblings": list_of(is_hash)}
    if set(proof) == set(of) and has(proof, of, {}):
        return proof["instance"], [bytes.fromhex(one) for one in proof["siblings"]]
    return None


# --- Section 1: the chain of each instance


def check_chains(bundle: Bundle, report: Report) -> None:
    """Tells what is wrong in the chains, and marks what hangs in the air."""
    for name, lines in bundle.instances.items():
        seq, leaf, at, hangs = 0, b"", "", False
        for line in lines:
            entry, before = line.entry or {}, leaf.hex() or ZEROS
            wrong = []
            if entry["seq"] != seq + 1:
                wrong.append("entry.seq")
            if entry.get("prev") != before and (leaf or entry["seq"] == 1):
                wrong.append("entry.prev")
            for code in wrong:
                report.tell(code, line.position)
            hangs = hangs or bool(wrong) or not line.form
            line.hangs = hangs
            if line.form and comparable(entry["at"]) < at:
                report.tell("entry.time", line.position)
            seq, leaf = entry["seq"], line.leaf
            at = comparable(entry["at"]) if line.form else at
        check_sameness(name, lines, report)


def comparable(text: str) -> str:
    """A moment such that later ones are greater as texts."""
    return text[:19] + "." + (text[20:26] if "." in text else "0" * 6)


def check_sameness(name: str, lines: list[Line], report: Report) -> None:
    fit = [line for line in lines if line.form and line.entry]
    first = (fit[0].entry if fit else None) or {}
    for line in fit:
        entry = line.entry or {}
        said = line.data["plan"] if line.is_of("started") else entry.get("plan")
        if name != "~log" and {entry["plan"], said} != {first["plan"]}:
            report.tell("entry.plan", line.position)
        if entry.get("led_by", 0) >= entry["seq"]:
            report.tell("entry.led_by", line.position)
        if entry.get("simulated") != first.get("simulated"):
            report.tell("entry.simulated", line.position)


def check_claims(bundle: Bundle, report: Report) -> None:
    """What entries of `~log` say of the log before them."""
    keys: int | None = None
    for line in bundle.lines:
        if line.is_of("exported") and line.data["size"] > line.position:
            report.tell("log.claim", line.position)
        if line.is_of("sealed") and line.data.get("keys") != keys:
            report.tell("log.keys", line.position)
        if line.is_of(*ABOUT_KEYS) and line.data.get("before") != keys:
            report.tell("log.keys", line.position)
        if line.is_called(*ABOUT_KEYS):
            keys = line.position


# --- Section 4: the checkpoint of the bundle


def check_keys(bundle: Bundle, policy: Policy | None, report: Report) -> Keys:
    keys = Keys(set(policy.logs) if policy else set(), report)
    for line in bundle.lines:
        if line.is_of(*ABOUT_KEYS):
            keys.read(line)
    keys.check_lost()
    return keys


def check_checkpoint(
    bundle: Bundle, policy: Policy | None, keys: Keys, report: Report
) -> None:
    if policy is None:
        report.undecided.add("policy")
    if "checkpoint" not in bundle.members:
        report.undecided.add("checkpoint")
        return
    content = bundle.members["checkpoint"]
    if content is None:
        return
    found = parse_checkpoint(content)
    if found is None or not is_of_bundle(found, bundle):
        report.tell("checkpoint.form")
    if found is None:
        return
    first, _ = epoch_of(found.origin)
    if bundle.read and found.origin != (keys.origin or first):
        report.tell("checkpoint.origin")
    if policy is not None:
        check_signatures(found, policy, keys, report)


def is_of_bundle(found: Checkpoint, bundle: Bundle) -> bool:
    if bundle.size is not None and found.size != bundle.size:
        return False
    return bundle.root is None or found.root == bundle.root


def check_signatures(
    found: Checkpoint, policy: Policy, keys: Keys, report: Report
) -> None:
    name, _ = epoch_of(found.origin)
    signed = False
    sure = keys.limits(keys.vouched())
    for key, most in keys.known().items():
        for signature in found.note.by(key):
            if not key.signed(found.note.text, signature):
                report.tell("checkpoint.signature")
            elif key.name == name and found.size > sure[key]:
                report.tell("checkpoint.key")
            elif key.name == name and found.size <= most:
                signed = True
    if not signed:
        report.undecided.add("signature")
    seen = {
        name
        for name, key in policy.witnesses.items()
        if is_cosigned(found, key, report)
    }
    if not policy.holds(policy.quorum, seen):
        report.undecided.add("quorum")


def is_cosigned(found: Checkpoint, key: Key, report: Report) -> bool:
    holds = False
    for signature in found.note.by(key):
        time = int.from_bytes(signature[:8], "big")
        message = b"cosignature/v1\ntime %d\n" % time + found.note.text
        if len(signature) == 72 and time < 2**63 and key.signed(message, signature[8:]):
            holds = True
        else:
            report.tell("checkpoint.signature")
    return holds


# --- Section 1: what an instance's entries have said so far


@dataclass(frozen=True)
class Said:
    state: str
    round: int
    seq: int


@dataclass(frozen=True)
class Made:
    """A move that was made, and whether it counts as an act of somebody's."""

    node: str
    move: str
    round: int
    counts: bool


@dataclass
class Story:
    """The fold of one instance: states, fields, signals, papers, permits."""

    said: dict[str, list[Said]] = field(default_factory=dict)
    fields: dict[str, tuple[Any, int]] = field(default_factory=dict)
    signals: dict[str, tuple[Any, int]] = field(default_factory=dict)
    papers: dict[str, tuple[list[Any], int]] = field(default_factory=dict)
    moves: list[Made] = field(default_factory=list)
    permits: list[tuple[int, str, list[Any]]] = field(default_factory=list)

    def last(self, node: str) -> Said | None:
        return self.said[node][-1] if node in self.said else None

    def in_round(self, node: str) -> set[str]:
        """The states that were said of a node since its present round began."""
        found: set[str] = set()
        every = self.said.get(node, [])
        for one in reversed(every):
            if one.round != every[-1].round:
                break
            found.add(one.state)
        return found

    def say(self, node: Any, state: Any, round_: Any, seq: int) -> None:
        if is_text(node) and is_text(state) and is_int(round_):
            self.said.setdefault(node, []).append(Said(state, round_, seq))

    def give(self, node: Any, fields: Any, seq: int) -> None:
        if is_text(node) and isinstance(fields, dict):
            for name, value in fields.items():
                self.set(node, name, value, seq)

    def set(self, node: Any, name: Any, value: Any, seq: int) -> None:
        if is_text(node) and is_text(name):
            self.fields[f"{node}/{name}"] = (value, 0 if value is None else seq)

    def read(self, entry: Object) -> None:
        data, seq, node = entry["data"], entry["seq"], entry.get("node")
        if entry["type"] == "moved":
            self.moved(entry)
            for deed in data.get("did") or []:
                if is_list(deed) and deed and is_text(deed[0]):
                    self.deed(deed, entry)
        elif entry["type"] == "added":
            self.make(node, data.get("state"), data.get("fields"), seq)
        elif entry["type"] == "signalled" and is_text(data.get("name")):
            at = data.get("occurred") or entry["at"]
            self.signals[data["name"]] = {"at": at}, seq

    def moved(self, entry: Object) -> None:
        data, node = entry["data"], entry["node"]
        stays = data["from"] == data["to"]
        counts = data["cause"] == "person" if stays else "actor" in entry
        self.moves.append(Made(node, data["move"], data["round"], counts))
        last = self.last(node)
        if last is None or not stays or last.round != data["round"]:
            self.say(node, data["to"], data["round"], entry["seq"])

    def deed(self, deed: list[Any], entry: Object) -> None:
        seq = entry["seq"]
        match deed:
            case ["begin", node, round_, state, *_]:
                self.say(node, state, round_, seq)
            case ["add", node, _, _, _, state, *fields]:
                self.make(node, state, fields[0] if fields else {}, seq)
            case ["item", node, _, _, state, *fields]:
                self.make(node, state, fields[0] if fields else {}, seq)
            case ["set", node, name, value, *_]:
                self.set(node, name, value, seq)
            case ["signal", name, *_] if is_text(name):
                self.signals[name] = {"at": entry["at"]}, seq
            case _:
                self.deed_of_papers(deed, seq)

    def make(self, node: Any, state: Any, fields: Any, seq: int) -> None:
        if is_text(state):
            self.say(node, state, 1, seq)
            self.give(node, fields, seq)

    def deed_of_papers(self, deed: list[Any], seq: int) -> None:
        match deed:
            case ["version", what, {"label": label, "digest": digest}, *_]:
                self.paper(what, [label, digest, None], seq, new=(0, 1))
            case ["approve", what, digest, *_]:
                self.paper(what, [None, None, digest], seq, new=(2,))
            case ["permit" | "used" as word, node, round_, move, *_]:
                self.permits.append((seq, word, [node, round_, move]))

    def paper(self, what: Any, new_: list[Any], seq: int, new: tuple[int, ...]) -> None:
        if is_text(what):
            had = self.papers.get(what, ([None] * 3, 0))[0]
            self.papers[what] = (
                [new_[n] if n in new else had[n] for n in range(3)],
                seq,
            )

    def has_permit(self, given: int, what: list[Any]) -> bool:
        words = [(seq, word) for seq, word, of in self.permits if of == what]
        return bool(words) and words[-1] == (given, "permit")

    def fact(self, key: str) -> tuple[Any, int] | None:
        """What was said last of one of the four sorts of fact; None of another."""
        sort, _, rest = key.partition("/")
        if sort == "n":
            last = self.last(rest)
            return ([last.state, last.round], last.seq) if last else (None, 0)
        if sort == "f":
            return self.fields.get(rest, (None, 0))
        if sort == "e":
            return self.signals.get(rest, (None, 0))
        if sort == "d" and "/" not in rest:
            return self.papers.get(rest, (None, 0))
        return None


# --- Section 6: the table of a plan


class Table:
    """The `gates` of a plan; NotInForm where they are not as the page says."""

    def __init__(self, gates: Any) -> None:
        must: dict[str, Check] = {
            "clauses": is_list,
            "kinds": is_object,
            "nodes": is_object,
        }
        if not isinstance(gates, dict) or not has(gates, must, {}):
            raise NotInForm
        self.clauses: list[list[Any]] = gates["clauses"]
        self.kinds: dict[str, Object] = gates["kinds"]
        self.nodes: dict[str, Object] = gates["nodes"]
        self.check()

    def check(self) -> None:
        right = (
            all(self.is_clause(*one) for one in enumerate(self.clauses))
            and all(map(self.is_kind, self.kinds.values()))
            and all(map(self.is_node, self.nodes.values()))
        )
        if not right:
            raise NotInForm

    def are_clauses(self, value: Any, limit: int | None = None) -> bool:
        most = len(self.clauses) if limit is None else limit
        return list_of(lambda number: is_count(number) and number < most)(value)

    def is_clause(self, place: int, clause: Any) -> bool:
        """Whether it has its form; the parts of a group stand before it."""
        match clause:
            case [text, None]:
                return is_text(text)
            case [text, ["entry"] | ["exit"]]:
                return is_text(text)
            case [text, list(form)]:
                return is_text(text) and is_numbered(form)
            case [text, "any" | "all" | "not", parts]:
                return is_text(text) and self.are_clauses(parts, place)
            case [text, "at_least", parts, form]:
                fits = is_text(text) and is_numbered(form)
                return fits and self.are_clauses(parts, place)
        return False

    def is_kind(self, kind: Any) -> bool:
        states = list_of(is_text)
        must: dict[str, Check] = {
            "initial": is_text,
            "done": states,
            "settled": states,
            "moves": lambda moves: (
                is_object(moves) and all(map(self.is_move, moves.values()))
            ),
        }
        return isinstance(kind, dict) and has(kind, must, {})

    def is_move(self, move: Any) -> bool:
        must: dict[str, Check] = {
            "from": list_of(is_text),
            "to": lambda to: to is None or is_text(to),
            "by": one_of("by", "when", "at", "every", "on"),
            "gate": self.are_clauses,
        }
        return isinstance(move, dict) and "to" in move and has(move, must, {})

    def is_node(self, node: Any) -> bool:
        must: dict[str, Check] = {
            "kind": lambda kind: is_text(kind) and kind in self.kinds,
            "parent": lambda path: path is None or is_text(path),
            "entry": self.are_clauses,
            "exit": self.are_clauses,
        }
        return isinstance(node, dict) and has(node, must, {})

    def node(self, path: str) -> Object | None:
        found: Object | None = self.nodes.get(template_of(path))
        return found

    def kind(self, path: str) -> Object | None:
        node = self.node(path)
        return self.kinds[node["kind"]] if node else None


def template_of(path: str) -> str:
    """Where a node stands in the plan: made ones have the path of their template."""
    begin = path.find("[")
    if begin >= 0:
        return path[:begin] + "[]" + path[begin:].partition("]")[2]
    name, mark, _ = path.partition("#")
    return name + mark


def is_made(path: str) -> bool:
    """Whether a node is made while the plan runs: nothing is told of it before."""
    return "[" in path or "#" in path


LOGIC, COMPARED = ("and", "or"), ("==", "!=", "<", "<=", ">", ">=")
PAIRS = (*COMPARED, "covers", "in", "not in", "+", "*", "/")
MEMBERS_OF = ("all_of", "any_of", "count")


def is_form(form: Any) -> bool:
    if not isinstance(form, list) or not form:
        return False
    word, rest = form[0], form[1:]
    if not is_text(word):
        return False
    if word in LOGIC:
        return bool(rest) and all(map(is_form, rest))
    if word in PAIRS or (word == "-" and len(rest) == 2):
        return len(rest) == 2 and all(map(is_form, rest))
    if word in ("not", "size", "-"):
        return len(rest) == 1 and is_form(rest[0])
    if word in MEMBERS_OF:
        return len(rest) == 2 and is_asked(rest[0]) and is_numbered(rest[1])
    return is_leaf(word, rest, form)


def is_leaf(word: str, rest: list[Any], form: list[Any]) -> bool:
    match word:
        case "?":
            return is_asked(form)
        case "v":
            return len(rest) == 1
        case "quota":
            return len(rest) == 1 and is_asked(rest[0])
        case "now" | "actor":
            return not rest
    return False


MEANINGS = {
    **dict.fromkeys(("input", "field", "event", "items"), 1),
    **dict.fromkeys(("done", "settled", "started", "round"), 1),
    **dict.fromkeys(("in", "been", "acts"), 2),
    **dict.fromkeys(("exists", "approved", "unchanged_since_approval", "version"), 1),
}
PAPERS = ("exists", "approved", "unchanged_since_approval", "version")


def is_asked(form: Any) -> bool:
    match form:
        case ["?", number]:
            return is_count(number)
        case ["?", number, [word, *rest]]:
            return is_count(number) and is_meaning(word, rest)
    return False


def is_meaning(word: Any, rest: list[Any]) -> bool:
    if not is_text(word) or len(rest) != MEANINGS.get(word):
        return False
    if word in PAPERS and is_asked(rest[0]):
        return True
    return all(map(is_text, rest))


def numbers_in(form: Any) -> set[int]:
    """The numbers of what a form asks; a member's own are not among them."""
    if not isinstance(form, list) or not form or form[0] == "v":
        return set()
    mine = {form[1]} if form[0] == "?" else set()
    for inner in form[1:2] if form[0] in MEMBERS_OF else form[1:]:
        mine |= numbers_in(inner)
    return mine


def count_of(form: Any) -> int:
    return len(numbers_in(form))


def is_numbered(form: Any) -> bool:
    """Whether it is a form that asks from 0 on, and leaves no number out."""
    return is_form(form) and numbers_in(form) == set(range(count_of(form)))


# --- Section 6: values


class Open:
    """A value that is not written out: what follows from it cannot be told."""


OPEN = Open()


@dataclass(frozen=True)
class Timed:
    """A moment (`t`), a day (`d`) or a length of time (`p`)."""

    sort: str
    value: Any


def read_value(value: Any) -> Any:
    """A value as it is reckoned with; what has no form is not written out."""
    if isinstance(value, list):
        return [read_value(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        return OPEN
    [(sort, text)] = value.items()
    if sort == "n":
        return read_number(text)
    if sort == "t" and is_moment(text):
        return Timed("t", moment(text))
    if sort == "d" and is_day(text):
        return Timed("d", date.fromisoformat(text))
    return Timed("p", text) if sort == "p" and is_text(text) else OPEN


NUMBER = re.compile(r"-?[0-9]{1,1000}(/[1-9][0-9]{0,999})?")


def read_number(text: Any) -> Any:
    fits = is_text(text) and NUMBER.fullmatch(text)
    return Fraction(text) if fits else OPEN


def is_number(value: Any) -> bool:
    return isinstance(value, int | Fraction)


def unwrapped(a: Any, b: Any) -> tuple[Any, Any]:
    """A list of one beside something that is no list is its member."""
    if isinstance(a, list) and not isinstance(b, list) and len(a) == 1:
        a = a[0]
    elif isinstance(b, list) and not isinstance(a, list) and len(b) == 1:
        b = b[0]
    return a, b


def is_open(value: Any) -> bool:
    """Whether it is not written out, or holds what is not."""
    return value is OPEN or (isinstance(value, list) and any(map(is_open, value)))


def missing(*values: Any) -> Any:
    """None if one is unknown, OPEN if one cannot be told, else False."""
    if any(value is None for value in values):
        return None
    return OPEN if any(map(is_open, values)) else False


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal; inside of lists a null is like another."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if is_number(a) and is_number(b):
        return bool(a == b)
    return type(a) is type(b) and bool(a == b)


def equal(a: Any, b: Any) -> Any:
    a, b = unwrapped(a, b)
    gone = missing(a, b)
    return same(a, b) if gone is False else gone


def before(a: Any, b: Any) -> Any:
    a, b = unwrapped(a, b)
    gone = missing(a, b)
    if gone is not False:
        return gone
    if isinstance(a, list) and isinstance(b, list):
        return OPEN
    if (is_number(a) and is_number(b)) or (isinstance(a, str) and isinstance(b, str)):
        return a < b
    if isinstance(a, Timed) and isinstance(b, Timed) and a.sort == b.sort != "p":
        return a.value < b.value
    return None


def contrary(verdict: Any) -> Any:
    return not verdict if isinstance(verdict, bool) else verdict


def compared(word: str, a: Any, b: Any) -> Any:
    if word in ("==", "!="):
        same = equal(a, b)
        return same if word == "==" else contrary(same)
    if word in ("<", ">="):
        less = before(a, b)
        return less if word == "<" else contrary(less)
    more = before(b, a)
    return more if word == ">" else contrary(more)


def as_verdict(value: Any) -> Any:
    return value if value is OPEN or isinstance(value, bool) else None


def all_hold(verdicts: list[Any]) -> Any:
    if any(verdict is False for verdict in verdicts):
        return False
    if any(verdict is OPEN for verdict in verdicts):
        return OPEN
    return None if any(verdict is None for verdict in verdicts) else True


def any_holds(verdicts: list[Any]) -> Any:
    if any(verdict is True for verdict in verdicts):
        return True
    if any(verdict is OPEN for verdict in verdicts):
        return OPEN
    return None if any(verdict is None for verdict in verdicts) else False


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def contained(members: Any, whole: Any, *, but: str | None = None) -> Any:
    """Whether every member (but one) is one of the whole, or the whole has "*"."""
    gone = missing(members, whole)
    if gone is not False:
        return gone
    many = as_list(whole)
    return "*" in many or all(
        (but is not None and one == but) or any(same(one, other) for other in many)
        for one in as_list(members)
    )


def size_of(value: Any) -> Any:
    if value is None or value is OPEN:
        return value
    return sum(1 for one in value if one != "*") if isinstance(value, list) else 1


def reckoned(word: str, values: list[Any]) -> Any:
    if any(not is_number(value) and value is not OPEN for value in values):
        return None
    if any(value is OPEN for value in values):
        return OPEN
    if len(values) == 1:
        return -Fraction(values[0])
    a, b = map(Fraction, values)
    if word == "/":
        return a / b if b else None
    return {"+": a + b, "-": a - b, "*": a * b}[word]


# --- Section 6: forms


@dataclass(frozen=True)
class Scene:
    """What a form can look at: the entry, the story before it, the values asked."""

    entry: Object
    story: Story | None
    """None where nothing is looked up: a chain is broken."""
    table: Table
    asked: list[Any] = field(default_factory=list)
    member: Any = None
    wrong: list[Any] = field(default_factory=list)
    """What was asked and is not what the record says, or not as it must be."""

    @property
    def facts(self) -> dict[str, Any]:
        return {key: value for key, value, _ in self.entry["data"]["why"]["facts"]}

    def of(self, asked: list[Any], member: Any = None) -> "Scene":
        return replace(self, asked=asked, member=member)


def value_of(form: list[Any], scene: Scene) -> Any:
    word, rest = form[0], form[1:]
    if word in MEMBERS_OF:
        return of_members(word, rest[0], rest[1], scene)
    if word in ("?", "v", "now", "actor", "quota", "entry", "exit"):
        return leaf_value(word, rest, scene)
    values = [value_of(one, scene) for one in rest]
    if word in ("and", "or", "not"):
        verdicts = [as_verdict(value) for value in values]
        if word == "not":
            return contrary(verdicts[0])
        return all_hold(verdicts) if word == "and" else any_holds(verdicts)
    return of_values(word, values)


def of_values(word: str, values: list[Any]) -> Any:
    if word in COMPARED:
        return compared(word, *values)
    if word == "covers":
        return contained(values[1], values[0], but="*")
    if word in ("in", "not in"):
        found = contained(*values)
        return found if word == "in" else contrary(found)
    return size_of(values[0]) if word == "size" else reckoned(word, values)


def leaf_value(word: str, rest: list[Any], scene: Scene) -> Any:
    match word:
        case "?":
            return asked_value(rest, scene)
        case "v":
            return read_value(rest[0])
        case "now":
            return Timed("t", moment(scene.entry["at"]))
        case "actor":
            return scene.entry.get("actor")
        case "quota":
            return quota(read_value(scene.asked[rest[0][1]]))
    return None


def asked_value(rest: list[Any], scene: Scene) -> Any:
    value = read_value(scene.asked[rest[0]])
    check_meaning(rest, value, scene)
    return value


def check_meaning(rest: list[Any], value: Any, scene: Scene) -> None:
    if len(rest) > 1 and not agrees(scene.asked[rest[0]], looked_up(rest[1], scene)):
        scene.wrong.append(value)


def of_members(word: str, asked: list[Any], form: list[Any], scene: Scene) -> Any:
    said = scene.asked[asked[1]]
    if said is None:
        return None
    if not isinstance(said, list):
        return OPEN
    count = count_of(form)
    if not all(is_asked_of(one, count) for one in said):
        scene.wrong.append(said)
        return OPEN
    if len(asked) > 2:
        only = scene.of([one[0] for one in said])
        if not agrees(only.asked, looked_up(asked[2], scene)):
            scene.wrong.append(said)
    found = [value_of(form, scene.of(values, member)) for member, values in said]
    verdicts = [as_verdict(value) for value in found]
    if word == "count":
        return OPEN if OPEN in verdicts else verdicts.count(True)
    return all_hold(verdicts) if word == "all_of" else any_holds(verdicts)


def is_asked_of(one: Any, count: int) -> bool:
    return is_list(one) and len(one) == 2 and is_list(one[1]) and len(one[1]) == count


def quota(value: Any) -> Any:
    """Whether everybody has given the least; what is no number cannot be told."""
    match value:
        case None:
            return None
        case [_, None]:
            return False
        case [least, list(given)] if is_number(least):
            sums = [one[1] if is_list(one) and len(one) == 2 else OPEN for one in given]
            return all_hold([n >= least if is_number(n) else OPEN for n in sums])
    return OPEN


# --- Section 6: meanings, looked up in the record


class NotHad(Exception):
    """The record does not tell it."""


def looked_up(meaning: list[Any], scene: Scene) -> Any:
    """What the record says, as entries hold it; OPEN where it says nothing."""
    try:
        return found_for(meaning[0], meaning[1:], scene)
    except NotHad:
        return OPEN


def found_for(word: str, rest: list[Any], scene: Scene) -> Any:
    if word == "input":
        return of_input(rest[0], scene)
    if word in ("field", "event", "items"):
        return of_fact(word, rest[0], scene)
    if word in PAPERS:
        return of_paper(word, rest[0], scene)
    if scene.story is None:
        raise NotHad
    return of_state(word, rest, scene, scene.story)


def of_input(name: str, scene: Scene) -> Any:
    data = scene.entry["data"]
    if scene.entry["type"] != "moved" or data.get("sealed"):
        raise NotHad
    inputs = data.get("inputs", {})
    if not isinstance(inputs, dict):
        raise NotHad
    return inputs.get(name)


def of_fact(word: str, name: str, scene: Scene) -> Any:
    facts = scene.facts
    if word == "field":
        value = facts.get(f"f/{scene.entry.get('node')}/{name}")
        if value is None:
            raise NotHad
        return value
    key = {"event": f"e/{name}", "items": f"r/{name}"}[word]
    if key not in facts:
        raise NotHad
    if word == "event":
        return facts[key] is not None
    many = facts[key] or 0
    if not is_count(many) or many > ITEMS:
        raise NotHad
    return [f"{name}#{number + 1}" for number in range(many)]


def of_paper(word: str, what: Any, scene: Scene) -> Any:
    if not is_text(what):
        check_meaning(what[1:], None, scene)
        what = scene.asked[what[1]]
        if not is_text(what):
            raise NotHad
    if f"d/{what}" not in scene.facts:
        raise NotHad
    fact = scene.facts[f"d/{what}"]
    if fact is None:
        return {"version": None, "unchanged_since_approval": True}.get(word, False)
    if not is_list(fact) or len(fact) != 3:
        raise NotHad
    label, digest, approved = fact
    if word == "version":
        return label
    if word == "unchanged_since_approval":
        return approved is None or approved == digest
    return word == "exists" or digest == approved


def path_of(p: str, scene: Scene) -> str:
    here = scene.entry.get("node")
    if p == "@":
        here = scene.member
    elif p == "^":
        node = scene.table.node(here) if is_text(here) else None
        here = node["parent"] if node else None
    elif p:
        here = p
    if not isinstance(here, str):
        raise NotHad
    return here


def of_state(word: str, rest: list[Any], scene: Scene, story: Story) -> Any:
    path = path_of(rest[-1], scene)
    kind, last = scene.table.kind(path), story.last(path)
    if kind is None or (last is None and is_made(path)):
        raise NotHad
    now = last or Said(kind["initial"], 1, 0)
    been = story.in_round(path) if last else {now.state}
    if word == "acts":
        return acts(story, rest[0], path, now.round)
    found: dict[str, Any] = {
        "done": now.state in kind["done"],
        "settled": now.state in kind["settled"],
        "in": now.state == rest[0],
        "been": rest[0] in been,
        "round": now.round,
        "started": last is not None and been != {kind["initial"]},
    }
    return found[word]


def acts(story: Story, move: str, path: str, round_: int) -> int:
    due = (path, move, round_, True)
    return sum((m.node, m.move, m.round, m.counts) == due for m in story.moves)


def agrees(said: Any, found: Any) -> bool:
    """Whether a recorded value is what the record holds; true if one is OPEN."""
    said = as_held(said)
    if said is OPEN or found is OPEN or isinstance(found, dict):
        return True
    if isinstance(said, list) or isinstance(found, list):
        mine, its = as_list(said), as_list(found)
        return len(mine) == len(its) and all(map(agrees, mine, its))
    return type(said) is type(found) and bool(said == found)


def as_held(said: Any) -> Any:
    """A recorded value as entries hold it: what has a sort is held as its text."""
    if isinstance(said, list):
        inner = [as_held(one) for one in said]
        return OPEN if OPEN in inner else inner
    if not isinstance(said, dict) or read_value(said) is OPEN:
        return OPEN if isinstance(said, dict) else said
    return next(iter(said.values()))


# --- Section 6: what must hold of `why`


@dataclass
class Judge:
    """Works one gate out again, and tells what does not hold at its position."""

    scene: Scene
    node: Object
    told: set[str] = field(default_factory=set)

    def lines(self, lines: list[Any], clauses: list[int]) -> bool:
        """Judges each line by its clause; whether there are as many as clauses."""
        if len(lines) != len(clauses):
            self.told.add("gate.clauses")
            return False
        for line, number in zip(lines, clauses, strict=True):
            self.line(line, self.scene.table.clauses[number])
        return True

    def line(self, line: Any, clause: list[Any]) -> None:
        if not is_line(line) or line[0] != clause[0]:
            self.told.add("gate.clauses")
            return
        parts = line[2] if len(line) > 2 else []
        asked = line[3] if len(line) > 3 else []
        if not self.lines(parts, self.parts_of(clause)):
            return
        if len(asked) != self.count(clause):
            self.told.add("gate.asked")
            return
        verdict = self.verdict(clause, line[1], parts, asked)
        if verdict is not OPEN and verdict is not line[1]:
            self.told.add("gate.verdict")
        if self.scene.wrong:
            self.told.add("gate.asked")

    def count(self, clause: list[Any]) -> int:
        """How many values its line has: none where the value is the verdict."""
        form = clause[-1] if len(clause) in (2, 4) else None
        if len(clause) == 2 and form and form[:2] == ["?", 0]:
            return 0
        return count_of(form)

    def parts_of(self, clause: list[Any]) -> list[int]:
        if len(clause) > 2:
            found: list[int] = clause[2]
        elif clause[1] in (["entry"], ["exit"]):
            found = self.node[clause[1][0]]
        else:
            found = []
        return found

    def verdict(
        self, clause: list[Any], said: Any, parts: list[Any], asked: list[Any]
    ) -> Any:
        verdicts = [part[1] if is_line(part) else OPEN for part in parts]
        scene = self.scene.of(asked)
        if len(clause) > 2:
            return of_group(clause, verdicts, scene)
        form = clause[1]
        if form is None:
            return OPEN
        if form in (["entry"], ["exit"]):
            return next((one for one in verdicts if one is not True), True)
        whole = form[:2] == ["?", 0]
        return as_verdict(value_of(form, scene.of([said]) if whole else scene))


def of_group(clause: list[Any], verdicts: list[Any], scene: Scene) -> Any:
    sort = clause[1]
    if sort == "any":
        return any_holds(verdicts)
    if sort in ("all", "not"):
        found = all_hold(verdicts)
        return found if sort == "all" else contrary(found)
    least = value_of(clause[3], scene)
    if least is None or least is OPEN:
        return least
    if not is_number(least):
        return None
    sure = sum(verdict is True for verdict in verdicts)
    if sure >= least:
        return True
    if OPEN in verdicts:
        return OPEN
    return None if sure + verdicts.count(None) >= least else False


def has_gate(entry: Object) -> bool:
    """Whether a gate was asked, at a node."""
    if entry["type"] not in ("moved", "refused") or "node" not in entry:
        return False
    return entry["data"]["why"] is not None


@dataclass
class Court:
    """All moves and refusals of one instance, judged in their order."""

    tables: dict[str, Table | None]
    report: Report
    story: Story = field(default_factory=Story)

    def hear(self, line: Line) -> None:
        entry = line.entry
        if entry is None or not line.form:
            return
        story = None if line.hangs else self.story
        table = self.tables.get(entry.get("plan", ""))
        if entry["type"] == "moved" and story:
            self.check_state(line, entry, table)
        if has_gate(entry):
            self.check_facts(line, entry, story)
            self.check_passed(line, entry, story)
            if table is not None:
                self.check_gate(line, entry, Scene(entry, story, table))
        self.story.read(entry)

    def check_state(self, line: Line, entry: Object, table: Table | None) -> None:
        node, data = entry["node"], entry["data"]
        last = self.story.last(node)
        if last is None and is_made(node):
            return
        kind = table.kind(node) if table else None
        state = last.state if last else kind["initial"] if kind else data["from"]
        round_ = last.round if last else 1
        if data["from"] != state or data["round"] not in (round_, round_ + 1):
            self.report.tell("entry.state", line.position)

    def check_facts(self, line: Line, entry: Object, story: Story | None) -> None:
        for key, value, seq in entry["data"]["why"]["facts"]:
            said = story.fact(key) if story else None
            odd = key != "…" and (value is None) != (seq == 0)
            if odd or seq >= entry["seq"] or (said and not is_said(said, value, seq)):
                self.report.tell("gate.facts", line.position)

    def check_gate(self, line: Line, entry: Object, scene: Scene) -> None:
        kind, node = scene.table.kind(entry["node"]), scene.table.node(entry["node"])
        move = kind["moves"].get(entry["data"]["move"]) if kind else None
        if move is None or node is None:
            self.report.tell("gate.move", line.position)
            return
        if leads_elsewhere(entry, move):
            self.report.tell("gate.move", line.position)
        judge = Judge(scene, node)
        judge.lines(entry["data"]["why"]["gate"], move["gate"])
        for code in judge.told:
            self.report.tell(code, line.position)

    def check_passed(self, line: Line, entry: Object, story: Story | None) -> None:
        data, why = entry["data"], entry["data"]["why"]
        holds = all(one[1] is True for one in why["gate"])
        if line.is_of("refused"):
            if holds:
                self.report.tell("gate.refused", line.position)
            return
        permit = why.get("permit")
        if permit is None:
            if not holds:
                self.report.tell("gate.passed", line.position)
            return
        what = [entry["node"], data["round"], data["move"]]
        if story and not (is_int(permit) and story.has_permit(permit, what)):
            self.report.tell("gate.permit", line.position)


def is_said(said: tuple[Any, int], value: Any, seq: int) -> bool:
    return canonical(said[0]) == canonical(value) and said[1] == seq


def leads_elsewhere(entry: Object, move: Object) -> bool:
    if entry["type"] != "moved":
        return False
    data = entry["data"]
    to = data["from"] if move["to"] is None else move["to"]
    return data["from"] not in move["from"] or data["to"] != to


def check_gates(bundle: Bundle, report: Report) -> None:
    asked = {
        line.entry["plan"]
        for lines in bundle.instances.values()
        for line in lines
        if line.entry and line.form and has_gate(line.entry)
    }
    tables = {digest: table_of(bundle, digest, report) for digest in asked}
    for lines in bundle.instances.values():
        court = Court(tables, report)
        for line in lines:
            court.hear(line)


def table_of(bundle: Bundle, digest: str, report: Report) -> Table | None:
    content = bundle.members.get(f"plans/{digest}")
    if content is None or sha256(content).hexdigest() != digest:
        return None
    plan = as_json(content) if len(content) <= TABLE_BYTES else None
    if not isinstance(plan, dict) or "gates" not in plan:
        report.undecided.add("gates")
        return None
    try:
        return Table(plan["gates"])
    except NotInForm:
        report.tell("plan.gates")
        return None


# --- Sections 5 and 8: plans, files, personal values, erasures


@dataclass
class Stored:
    """What entries name, of whom, and what they say was erased."""

    plans: dict[str, int] = field(default_factory=dict)
    """Of each digest the first position that names it."""
    files: dict[tuple[str, str], int] = field(default_factory=dict)
    """The same of files, by instance and digest."""
    sizes: list[tuple[str, Any, int]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    erased: dict[tuple[str, str], int] = field(default_factory=dict)
    """Where an instance first said that something was erased."""
    let_go: set[tuple[str, str]] = field(default_factory=set)
    """Files of `files` or `shared` that the instance has not named again since."""

    def read(self, line: Line, *, shown: bool) -> None:
        name, plan = line.raw.get("instance"), line.raw.get("plan")
        if shown and is_hash(plan) and name != "~log" and is_name(name):
            self.plans.setdefault(plan, line.position)
        for found in objects_in(line.raw.get("data")):
            if set(found) == {"private"} and is_hash(found["private"]):
                self.tokens.add(found["private"])
        if line.holds:
            self.erase(line, str(name))
        for found in objects_in(line.raw.get("data")):
            if is_file(found):
                digest = found["sha256"]
                self.files.setdefault((repr(name), digest), line.position)
                self.sizes.append((digest, found["size"], line.position))
        for found in filter(is_file, objects_in(without_why(line.raw.get("data")))):
            self.let_go.discard((repr(name), found["sha256"]))

    def erase(self, line: Line, name: str) -> None:
        for digest in line.data["commitments"] + line.data["files"]:
            self.erased.setdefault((repr(name), digest), line.position)
        for digest in line.data["files"] + line.data["shared"]:
            self.let_go.add((repr(name), digest))

    def held(self) -> set[str]:
        """The files that some instance names and has not let go of."""
        return {one[1] for one in self.files if one not in self.let_go}


def without_why(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    return {key: value for key, value in data.items() if key != "why"}


def is_file(found: Object) -> bool:
    return {"name", "size", "sha256"} <= set(found) and is_hash(found["sha256"])


def check_stored(bundle: Bundle, report: Report) -> None:
    stored = Stored()
    check_erasures(bundle, report)
    for line in bundle.lines:
        shown = bundle.scope == "log" or line.raw.get("instance") in bundle.scope
        stored.read(line, shown=shown)
    for digest, position in stored.plans.items():
        if f"plans/{digest}" not in bundle.members:
            report.tell("plan.missing", position)
    check_files(bundle, stored, report)
    for name, content in bundle.members.items():
        folder, _, digest = name.partition("/")
        if is_stored(name) and content is not None:
            check_member(folder, digest, content, report)
            known = {"plans": set(stored.plans), "private": stored.tokens}
            files = {one for _, one in stored.files}
            if bundle.read and digest not in known.get(folder, files):
                report.tell("bundle.member")


def check_files(bundle: Bundle, stored: Stored, report: Report) -> None:
    told = set()
    for (instance, digest), position in stored.files.items():
        gone = (instance, digest) in stored.let_go
        if f"files/{digest}" not in bundle.members and not gone | (digest in told):
            told.add(digest)
            report.tell("file.missing", position)
    held = stored.held()
    for (_, digest), position in stored.erased.items():
        file = f"files/{digest}" in bundle.members and digest not in held
        if file or f"private/{digest}" in bundle.members:
            report.tell("erased.present", position)
    for digest, size, position in stored.sizes:
        content = bundle.members.get(f"files/{digest}")
        if content is None or sha256(content).hexdigest() != digest:
            continue
        if size != len(content):
            report.tell("file.digest", position)


def check_member(folder: str, digest: str, content: bytes, report: Report) -> None:
    if folder == "private":
        if len(content) > PRIVATE_BYTES or commitment_of(content) != digest:
            report.tell("private.commitment")
    elif sha256(content).hexdigest() != digest:
        report.tell("plan.digest" if folder == "plans" else "file.digest")


def commitment_of(content: bytes) -> str | None:
    try:
        found = object_in_form(content)
    except NotInForm:
        return None
    if set(found) != {"field", "salt", "value"}:
        return None
    if not is_text(found["field"]) or not is_hash(found["salt"]):
        return None
    name, value = found["field"].encode(), canonical(found["value"])
    joined = b"plangate-private/1" + bytes.fromhex(found["salt"])
    for part in (name, value):
        joined += len(part).to_bytes(8, "big") + part
    return sha256(joined).hexdigest()


def check_erasures(bundle: Bundle, report: Report) -> None:
    """Judges each `erased`, and marks those that hold."""
    said: dict[str, dict[int, Object]] = {}
    for line in bundle.lines:
        entry = line.entry or {}
        steps = said.setdefault(repr(entry.get("instance")), {})
        if line.is_of("erasure"):
            steps[entry["seq"]] = entry
        if line.is_of("erased"):
            asked, approved = (
                {
                    seq: one
                    for seq, one in steps.items()
                    if one["data"].get("step") == word
                }
                for word in ("asked", "approved")
            )
            line.holds = is_approved(line.data, asked, approved)
            if not line.holds:
                report.tell("erased.approval", line.position)


def set_of(value: Any) -> set[str] | None:
    return set(value) if list_of(is_hash)(value) else None


def is_approved(
    data: Object, asked: dict[int, Object], approved: dict[int, Object]
) -> bool:
    number = data.get("asked")
    request = asked.get(number) if is_int(number) else None
    if request is None or request.get("actor") != data.get("requested_by"):
        return False
    wanted = [set_of(request["data"].get(key)) for key in ("commitments", "files")]
    mine, files, shared = (
        set_of(data.get(key)) for key in ("commitments", "files", "shared")
    )
    if mine is None or files is None or shared is None or files & shared:
        return False
    if [mine, files | shared] != wanted:
        return False
    by = data.get("approved_by")
    if not list_of(is_approval)(by):
        return False
    if not all(is_approving(approved.get(seq), who, number) for who, seq in by):
        return False
    parties = {who for who, _ in by}
    return len(parties) >= 2 and data["requested_by"] not in parties


def is_approving(said: Object | None, who: str, asked: int) -> bool:
    if said is None:
        return False
    number = said["data"].get("asked")
    return said.get("actor") == who and is_int(number) and number == asked


# --- Section 4: a receipt


def check_receipt(content: bytes, bundle: Bundle, report: Report) -> None:
    receipt = read_receipt(content)
    if receipt is None:
        report.undecided.add("receipt")
        return
    mine = bundle.instances.get(receipt["instance"], [])
    for line in mine:
        if line.entry and line.entry["seq"] == receipt["seq"]:
            same = line.leaf.hex() == receipt["leaf"]
            if not same or receipt.get("position", line.position) != line.position:
                report.tell("receipt.broken")
            return
    shown = bundle.scope == "log" or receipt["instance"] in bundle.scope
    last = bundle.lines[-1] if bundle.lines else None
    sealed = comparable(last.entry["at"]) if last and last.entry else ""
    if shown and sealed >= comparable(receipt["by"]):
        report.tell("receipt.broken")
    else:
        report.undecided.add("receipt")


def read_receipt(content: bytes) -> Object | None:
    first, _, rest = content.partition(b"\n")
    try:
        found = object_in_form(rest.partition(b"\n")[0])
    except NotInForm:
        return None
    must: dict[str, Check] = {
        "instance": is_name,
        "seq": is_ordinal,
        "leaf": is_hash,
        "made": is_moment,
        "by": is_moment,
    }
    fits = first == b"plangate receipt 1" and has(found, must, {"position": is_count})
    return found if fits else None


# --- All of it


def verify(
    data: bytes, policy: str | None = None, receipt: bytes | None = None
) -> Report:
    """What a bundle shows, as far as a policy lets its reader believe it."""
    report = Report()
    try:
        bundle = opened(data, report)
    except Unreadable:
        return Report(exit=3)
    if bundle is not None:
        check_bundle(bundle, policy, report)
        if receipt is not None:
            check_receipt(receipt, bundle, report)
    report.exit = 1 if report.defects else 2 if report.undecided else 0
    return report


def check_bundle(bundle: Bundle, policy_text: str | None, report: Report) -> None:
    policy = None if policy_text is None else parse_policy(policy_text)
    read_lines(bundle, report)
    if bundle.members.get("entries") is not None:
        check_positions(bundle, report)
        check_log(bundle, report)
    check_chains(bundle, report)
    check_claims(bundle, report)
    keys = check_keys(bundle, policy, report)
    check_checkpoint(bundle, policy, keys, report)
    check_gates(bundle, report)
    check_stored(bundle, report)
