from __future__ import annotations

import hashlib

from engine.errors import InstanceExists, LostUpdate
from engine.journal.codec import encode, moment
from engine.ports import *


class MemoryJournal:
    def __init__(self):
        self._heads = {}
        self._entries = {}
        self._facts = {}
        self._timers = {}
        self._requests = {}
        self._plans = {}
        self._blobs = {}
        self._commands = {}

    def append(self, b):
        head = self._heads.get(b.instance)
        if b.command and (b.instance, b.command) in self._commands:
            f, h = self._commands[b.instance, b.command]
            return Receipt(head=h, first=f, repeated=True)
        if b.expected == 0 and head:
            raise InstanceExists(instance=b.instance)
        rev = head.revision if head else 0
        if rev != b.expected:
            raise LostUpdate(instance=b.instance, expected=b.expected, found=rev)
        prev = head.hash if head else GENESIS
        log = self._entries.setdefault(b.instance, [])
        at = head.at if head else None
        for i, d in enumerate(b.drafts, rev + 1):
            body = {
                "v": 1,
                "instance": b.instance,
                "seq": i,
                "prev": prev.hex(),
                "at": moment(d.at),
                "type": d.type,
                "data": dict(d.payload),
            }
            if d.node:
                body["node"] = d.node
            if d.actor:
                body["actor"] = d.actor
            raw = encode(body)
            prev = hashlib.sha256(b"\0" + raw).digest()
            at = d.at
            log.append(
                Entry(
                    instance=b.instance,
                    seq=i,
                    at=d.at,
                    type=d.type,
                    node=d.node,
                    actor=d.actor,
                    body=raw,
                    hash=prev,
                )
            )
        f = self._facts.setdefault(b.instance, {})
        for r in b.facts:
            f[r.key] = r
        t = self._timers.setdefault(b.instance, {})
        for x in b.timers_cancelled:
            t.pop(tuple(x), None)
        for x in b.timers_set:
            t[x.node, x.move] = x
        for r in b.requests:
            self._requests[r.key] = r
        for k in b.requests_closed:
            self._requests.pop(k, None)
        self._blobs.update(b.blobs)
        head = Head(
            instance=b.instance,
            revision=rev + len(b.drafts),
            hash=prev,
            plan=b.plan,
            simulated=b.simulated,
            at=at,
        )
        self._heads[b.instance] = head
        if b.command:
            self._commands[b.instance, b.command] = (rev + 1, head)
        return Receipt(head=head, first=rev + 1)

    def head(self, i):
        return self._heads.get(i)

    def heads(self):
        return tuple(self._heads[k] for k in sorted(self._heads))

    def state(self, i):
        return (
            State(head=self._heads[i], facts=tuple(self._facts.get(i, {}).values()))
            if i in self._heads
            else None
        )

    def entries(self, i, *, after=0, limit=None):
        found = self._entries.get(i, [])[after:]
        yield from (found if limit is None else found[:limit])

    def due(self, *, until, limit=100):
        found = sorted(
            (t for m in self._timers.values() for t in m.values() if t.due <= until),
            key=lambda t: t.due,
        )
        return tuple(found[:limit])

    def timers(self, i):
        return tuple(self._timers.get(i, {}).values())

    def next_due(self):
        return min(
            (t.due for m in self._timers.values() for t in m.values()), default=None
        )

    def open_requests(self, *, instance=None, limit=100):
        return tuple(
            r for r in self._requests.values() if instance in (None, r.instance)
        )[:limit]

    def put_plan(self, d, t):
        self._plans[d] = t

    def plan(self, d):
        return self._plans.get(d)

    def put_blob(self, c):
        d = hashlib.sha256(c).hexdigest()
        self._blobs[d] = c
        return d

    def blob(self, d):
        return self._blobs.get(d)

    def close(self):
        pass
