"""What entries say of the rows that are kept beside them.

One entry after the other: which requests are open, which files and personal values
must be there, which command keys were taken, under which plan the instance began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.events import Erased, Event, Moved, Reported, Started
from engine.core.holding import kept_by
from engine.core.inputs import files_in, may_name
from engine.journal.codec import text_of
from engine.ports import Entry
from engine.proof.private import commitments_in, may_hold


@dataclass(slots=True)
class Mentioned:
    """Of one instance, up to the last entry that was taken in."""

    pinned: str | None = None
    requests: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By key: the entry that asked, and the action, node and parameters in one text."""
    files: dict[str, int] = field(default_factory=dict)
    """Digests, each with the entry that names it first."""
    files_let_go: dict[str, int] = field(default_factory=dict)
    """Digests of files that the instance had erased and holds no more, each with the
    entry that says so. Their bytes may be here if others hold them."""
    files_gone: set[str] = field(default_factory=set)
    """Those among them of which that entry says that the bytes are gone."""
    privates: dict[str, int] = field(default_factory=dict)
    """Commitments to personal values, each with the entry that holds it first."""
    letters: dict[str, tuple[int, str, str | None]] = field(default_factory=dict)
    """By the key of a request: the entry of its outcome, its node, and the digest of
    what people were told; None: that is older than the digests."""
    commands: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By key: the first and the last entry of what it led to."""

    def take(self, event: Event, body: Mapping[str, Any], entry: Entry) -> None:
        """One entry. Raises TypeError, KeyError and the like for a damaged body."""
        self._happened(event, entry.seq)
        if may_name(entry.body):
            self._named(body["data"], entry.seq)
        if may_hold(entry.body):
            for one in commitments_in(body["data"]):
                self.privates.setdefault(one, entry.seq)
        key = body.get("command")
        if key is not None:
            first, _ = self.commands.get(key, (entry.seq, entry.seq))
            self.commands[key] = first, entry.seq

    def _happened(self, event: Event, seq: int) -> None:
        match event:
            case Started():
                self.pinned = event.plan
            case Moved():
                self._moved(event, seq)
            case Reported():
                self.requests.pop(event.key, None)
                self.letters[event.key] = seq, event.node, event.letters
            case Erased():
                self.files_let_go |= dict.fromkeys((*event.files, *event.shared), seq)
                self.files_gone.update(event.files)

    def _moved(self, event: Moved, seq: int) -> None:
        for word, *rest in event.did:
            if word == "request":
                key, *asked = rest
                self.requests[key] = seq, text_of(asked)

    def _named(self, data: Mapping[str, Any], seq: int) -> None:
        for digest in files_in(data):
            self.files.setdefault(digest, seq)
        for digest in kept_by(data):
            self.files.setdefault(digest, seq)
            self.files_let_go.pop(digest, None)
            self.files_gone.discard(digest)
