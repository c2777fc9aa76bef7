"""The statements of a journal, written once in SQLAlchemy, compiled once a database.

A statement is compiled to the driver's own text when a journal opens; an act then
runs it on a held connection without building anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from engine.journal.tables import (
    blob,
    command,
    entry,
    fact,
    instance,
    plan_text,
    request,
    timer,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Text for the driver and the names of its parameters, in their order."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    """Parameters that the statement itself gives, such as an offset of 0."""

    def row(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        if not self.constants:
            return tuple(values[name] for name in self.names)
        given = {**self.constants, **values}
        return tuple(given[name] for name in self.names)

    def rows(self, many: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        return [self.row(values) for values in many]


def dialect_of(name: str) -> Dialect:
    # positional parameters: one form for rows on both databases
    style = "qmark" if name == "sqlite" else "format"
    made: Any = sqlite.dialect if name == "sqlite" else postgresql.dialect
    found: Dialect = made(paramstyle=style)
    return found


class Statements:
    """Every statement, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
        heads = select(instance)
        of = instance.c.id == bindparam("instance")
        self.head = self._compiled(heads.where(of))
        self.head_locked = self._compiled(heads.where(of).with_for_update())
        self.heads = self._compiled(heads.order_by(instance.c.id))
        self.new_head = self._compiled(insert(instance))
        self.move_head = self._compiled(
            update(instance)
            .where(of)
            .values({c: bindparam(c) for c in ("revision", "hash", "at")})
        )
        columns = ("instance", "seq", "at", "type", "node", "actor", "body", "hash")
        self.new_entry = self._compiled(
            insert(entry).values({name: bindparam(name) for name in columns})
        )
        self.entries = self._compiled(
            select(*(entry.c[name] for name in columns))
            .where(
                entry.c.instance == bindparam("instance"),
                entry.c.seq > bindparam("after"),
            )
            .order_by(entry.c.seq)
            .limit(bindparam("most"))
        )
        self._state(insert)
        self._timers(insert)
        self._kept(insert)

    def _state(self, insert: Any) -> None:
        written = insert(fact)
        self.set_fact = self._compiled(
            written.on_conflict_do_update(
                index_elements=["instance", "key"],
                set_={"value": written.excluded.value, "seq": written.excluded.seq},
            )
        )
        self.drop_fact = self._compiled(
            delete(fact).where(
                fact.c.instance == bindparam("instance"), fact.c.key == bindparam("key")
            )
        )
        self.facts = self._compiled(
            select(fact.c.key, fact.c.value, fact.c.seq).where(
                fact.c.instance == bindparam("instance")
            )
        )

    def _timers(self, insert: Any) -> None:
        written = insert(timer)
        self.set_timer = self._compiled(
            written.on_conflict_do_update(
                index_elements=["instance", "node", "move"],
                set_={"due": written.excluded.due},
            )
        )
        self.drop_timer = self._compiled(
            delete(timer).where(
                timer.c.instance == bindparam("instance"),
                timer.c.node == bindparam("node"),
                timer.c.move == bindparam("move"),
            )
        )
        order = (timer.c.due, timer.c.instance, timer.c.node, timer.c.move)
        self.due = self._compiled(
            select(timer)
            .where(timer.c.due <= bindparam("until"))
            .order_by(*order)
            .limit(bindparam("most"))
        )
        self.timers = self._compiled(
            select(timer)
            .where(timer.c.instance == bindparam("instance"))
            .order_by(*order)
        )
        self.next_due = self._compiled(select(func.min(timer.c.due)))

    def _kept(self, insert: Any) -> None:
        self.new_request = self._compiled(insert(request))
        self.close_request = self._compiled(
            delete(request).where(request.c.key == bindparam("key"))
        )
        order = (request.c.instance, request.c.seq, request.c.key)
        self.requests = self._compiled(
            select(request).order_by(*order).limit(bindparam("most"))
        )
        self.requests_of = self._compiled(
            select(request)
            .where(request.c.instance == bindparam("instance"))
            .order_by(*order)
            .limit(bindparam("most"))
        )
        self.new_plan = self._compiled(insert(plan_text).on_conflict_do_nothing())
        self.plan = self._compiled(
            select(plan_text.c.text).where(plan_text.c.digest == bindparam("digest"))
        )
        self.new_blob = self._compiled(insert(blob).on_conflict_do_nothing())
        self.blob = self._compiled(
            select(blob.c.content).where(blob.c.digest == bindparam("digest"))
        )
        self.new_command = self._compiled(insert(command))
        self.command = self._compiled(
            select(command.c.first, command.c.last).where(
                command.c.instance == bindparam("instance"),
                command.c.key == bindparam("key"),
            )
        )

    def _compiled(self, statement: Any) -> Statement:
        made = statement.compile(dialect=self.dialect)
        names = made.positiontup if made.positiontup is not None else ()
        constants = {n: v for n, v in made.params.items() if v is not None}
        return Statement(str(made), tuple(names), constants)
