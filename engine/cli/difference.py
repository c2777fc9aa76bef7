"""``plangate history --diff``: what is otherwise at a later moment than before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from engine.cli.command import Session
from engine.cli.layout import columns, wrapped
from engine.cli.past import stood_at, told
from engine.cli.reading import minute, text
from engine.core.facts import Known
from engine.errors import BadInput
from engine.ports import Json
from engine.words import both

if TYPE_CHECKING:
    from engine.audit.past.changes import Change
    from engine.audit.past.travel import Until
    from engine.core.instance import Instance
    from engine.runtime.service import Live, Service


@dataclass(frozen=True, slots=True)
class Difference:
    """Two moments of an instance, and what changed from the one to the other."""

    session: Session
    service: Service
    live: Live
    moments: tuple[Until, Until]
    before: Instance
    after: Instance
    changes: tuple[Change, ...]
    known: Known = field(init=False)

    def __post_init__(self) -> None:
        known = Known(self.live.plan, self.after.id, self.after.facts)
        object.__setattr__(self, "known", known)

    @classmethod
    def between(
        cls,
        session: Session,
        service: Service,
        live: Live,
        first: Until,
        second: Until,
        *,
        node: str | None,
    ) -> Difference:
        """Raises NotYet, BadInput (the second moment is before the first)."""
        from engine.audit.past.changes import changes
        from engine.audit.past.history import is_within

        before = stood_at(service, live, first)
        (last,) = service.journal.entries(before.id, after=before.revision - 1, limit=1)
        if not second.reaches(last):
            said = {"first": told(session, first), "second": told(session, second)}
            what = both("view.diff_backwards", **said)
            raise BadInput(node="plangate", move="--diff", what=what)
        after = stood_at(service, live, second)
        reader = service.reader(before.id)

        def opened(value: Json) -> Json:
            return reader.opened(value, session.language)

        found = tuple(
            replace(one, before=opened(one.before), after=opened(one.after))
            for one in changes(live.plan, before, after)
            if node is None or is_within(one.node, node)
        )
        return cls(session, service, live, (first, second), before, after, found)

    # -- printing

    def print(self, *, is_json: bool) -> None:
        records = list(self.records())
        if is_json:
            self.session.print_json(self.json(records))
            return
        self.lines(records)

    def json(self, records: list[dict[str, Json]]) -> dict[str, Json]:
        return {
            "instance": self.after.id,
            "before": self.moment(0, self.before),
            "after": self.moment(1, self.after),
            "changes": records,
        }

    def moment(self, which: int, instance: Instance) -> dict[str, Json]:
        at = None if instance.at is None else self.told(instance.at)
        asked = self.moments[which].asked()
        return {"asked": asked, "revision": instance.revision, "at": at}

    def told(self, at: datetime) -> str:
        return at.astimezone(self.live.plan.zone).isoformat()

    def records(self) -> list[dict[str, Json]]:
        """Each change with the time and the actor of its entry."""
        from engine.audit.past.changes import record_of

        made: dict[int, dict[str, Json]] = {}
        for one in self.changes:
            if one.seq not in made:
                made[one.seq] = self.maker(one.seq)
        return [{**record_of(one, self.known), **made[one.seq]} for one in self.changes]

    def maker(self, seq: int) -> dict[str, Json]:
        journal = self.service.journal
        (entry,) = journal.entries(self.after.id, after=seq - 1, limit=1)
        return {"at": self.told(entry.at), "actor": entry.actor}

    def lines(self, records: list[dict[str, Any]]) -> None:
        session = self.session
        first, second = (told(session, one) for one in self.moments)
        session.print(
            session.say(
                "view.diff_head",
                instance=self.after.id,
                first=first,
                second=second,
                before=self.before.revision,
                after=self.after.revision,
                count=len(records),
            )
        )
        sort = None
        for one in records:
            if one["sort"] != sort:
                sort = one["sort"]
                session.print()
                session.print(session.say(f"view.sort_{sort}"))
            session.print(wrapped(self.line(one), columns(), first="  ", rest="    "))
        if not records:
            session.print(session.say("view.diff_none"))

    def line(self, one: dict[str, Any]) -> str:
        return self.session.say(
            "view.change" if one["actor"] is None else "view.change_by",
            title=text(self.session, one["title"]) or one["node"],
            before=self.value(one["before"]),
            after=self.value(one["after"]),
            entry=one["entry"],
            at=minute(one["at"]),
            actor=one["actor"],
        )

    def value(self, value: Any) -> str:
        return "–" if value is None else text(self.session, value["text"])
