"""Whom to believe: the keys of logs and witnesses, and how many witnesses it takes.

    log       <key>
    witness   甲 <key>
    witness   乙 <key>
    group     either any 甲 乙
    quorum    either

A policy comes to the reader by another way than what he reads: a name, a key or a size
that stands in the thing itself proves nothing. Comments begin with #.

Source: c2sp.org/tlog-policy. Names are octets there; here, the text they decode to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine import words
from engine.errors import BadKey, BadPolicy, Untrusted
from engine.proof.checkpoint import Checkpoint, LoggedProof
from engine.proof.epoch import epoch_of
from engine.proof.note import LOG, WITNESS, Note, Signature, Signed, VerifierKey
from engine.proof.tree import includes

POLICY_MAX: Final = 100_000
"""Bytes: room for hundreds of keys."""

_NONE: Final = "none"
_ILL: Final = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_LOG_ITEMS: Final = (2, 3)
_WITNESS_ITEMS: Final = (3, 4)
_GROUP_ITEMS_MIN: Final = 4
_QUORUM_ITEMS: Final = 2


@dataclass(frozen=True, slots=True)
class Group:
    """It has witnessed if ``count`` of its members have."""

    count: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trusted:
    """A checkpoint that a log and enough witnesses signed."""

    checkpoint: Checkpoint
    signed: tuple[Signed, ...]
    unknown: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """``groups`` in their order: each names only what stands before it."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str

    @classmethod
    def parse(cls, content: bytes) -> Policy:
        if len(content) > POLICY_MAX:
            raise _bad(0, "proof.policy_size", most=POLICY_MAX)
        *lines, rest = content.split(b"\n")
        draft = _Draft()
        for number, line in enumerate(lines, start=1):
            if _ILL.search(line):
                raise _bad(number, "proof.policy_text")
            draft.line = number
            items = re.split(r"[ \t]+", line.decode(errors="surrogateescape").strip())
            if items != [""] and not items[0].startswith("#"):
                draft.read(items)
        if rest:
            raise _bad(len(lines) + 1, "proof.policy_text")
        if draft.quorum is None:
            raise _bad(0, "proof.policy_quorum")
        return cls(tuple(draft.logs), draft.witnesses, draft.groups, draft.quorum)

    def opened(self, note: Note) -> Trusted:
        """The checkpoint, if its own log and the quorum signed. Raises Untrusted."""
        opened = note.opened((*self.logs, *self.witnesses.values()))
        checkpoint = Checkpoint.parse(opened.text)
        keys = {one.key for one in opened.signed}
        origin = checkpoint.origin
        if not any(epoch_of(origin, key.name) for key in keys & set(self.logs)):
            raise Untrusted(what=words.both("proof.not_its_log", origin=origin))
        if not self.is_met(keys):
            signed = [name for name, key in self.witnesses.items() if key in keys]
            raise Untrusted(what=words.both("proof.no_quorum", signed=signed or 0))
        return Trusted(checkpoint, opened.signed, opened.unknown)

    def proved(self, leaf: bytes, proof: LoggedProof) -> Trusted:
        """The checkpoint under which the leaf stands. Raises Untrusted."""
        trusted = self.opened(proof.note)
        size, root = trusted.checkpoint.size, trusted.checkpoint.root
        if not includes(leaf, proof.position, size, proof.path, root):
            position = proof.position
            raise Untrusted(what=words.both("proof.not_included", position=position))
        return trusted

    def is_met(self, keys: Collection[VerifierKey]) -> bool:
        """Whether these keys are enough witnesses."""
        seen = {name for name, key in self.witnesses.items() if key in keys}
        for name, group in self.groups.items():
            if len(seen.intersection(group.members)) >= group.count:
                seen.add(name)
        return self.quorum == _NONE or self.quorum in seen


@dataclass(slots=True)
class _Draft:
    """A policy as far as it is read."""

    line: int = 0
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    quorum: str | None = None

    def read(self, items: list[str]) -> None:
        readers: Mapping[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        reader = readers.get(items[0])
        if reader is None:
            raise _bad(self.line, "proof.policy_line")
        reader(items)

    def _log(self, items: list[str]) -> None:
        if len(items) not in _LOG_ITEMS:
            raise _bad(self.line, "proof.policy_line")
        key = self._key(items[1])
        if key.kind != LOG:
            raise _bad(self.line, "proof.policy_log_key")
        self._new_key(key, self.logs)
        self.logs.append(key)

    def _witness(self, items: list[str]) -> None:
        if len(items) not in _WITNESS_ITEMS:
            raise _bad(self.line, "proof.policy_line")
        key = self._key(items[2])
        if key.kind != WITNESS:
            raise _bad(self.line, "proof.policy_witness_key")
        self._new_name(items[1])
        self._new_key(key, self.witnesses.values())
        self.witnesses[items[1]] = key

    def _group(self, items: list[str]) -> None:
        if len(items) < _GROUP_ITEMS_MIN:
            raise _bad(self.line, "proof.policy_line")
        _, name, count, *members = items
        self._new_name(name)
        for member in members:
            self._known(member)
            if member in self.members:
                raise _bad(self.line, "proof.policy_member", name=_shown(member))
            self.members.add(member)
        self.groups[name] = Group(self._count(count, len(members)), tuple(members))

    def _quorum(self, items: list[str]) -> None:
        if len(items) != _QUORUM_ITEMS or self.quorum is not None:
            raise _bad(self.line, "proof.policy_quorum")
        if items[1] != _NONE:
            self._known(items[1])
        self.quorum = items[1]

    def _count(self, text: str, most: int) -> int:
        written = {"any": 1, "all": most}
        if re.fullmatch(r"[1-9][0-9]{0,5}", text, re.ASCII):
            written[text] = int(text)
        count = written.get(text, 0)
        if not 1 <= count <= most:
            raise _bad(self.line, "proof.policy_count", count=_shown(text), most=most)
        return count

    def _key(self, text: str) -> VerifierKey:
        try:
            return VerifierKey.parse(text)
        except BadKey as error:
            raise _bad(
                self.line, "proof.policy_key", what=error.values["what"]
            ) from error

    def _new_key(self, key: VerifierKey, others: Collection[VerifierKey]) -> None:
        if any(key.public == other.public for other in others):
            raise _bad(self.line, "proof.policy_twice", name=key.name)

    def _new_name(self, name: str) -> None:
        if name in {_NONE, *self.witnesses, *self.groups}:
            raise _bad(self.line, "proof.policy_twice", name=_shown(name))

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise _bad(self.line, "proof.policy_unknown", name=_shown(name))


def _bad(line: int, code: str, **values: Any) -> BadPolicy:
    return BadPolicy(line=line, what=words.both(code, **values))


def _shown(name: str) -> str:
    """Octets that are no text cannot be printed."""
    return name.encode(errors="replace").decode()
