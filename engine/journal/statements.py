"""The statements of a journal, written once in SQLAlchemy, for both databases.

They are compiled when the project is built, not when a journal is opened: loading
SQLAlchemy takes longer than most acts. ``prepared.json`` holds the driver's own text
of each and the names of what it takes, in their order; after a change here run
``python -m engine.journal.statements`` (a test compares).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    JSON,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from engine.journal.prepared import FILE
from engine.journal.tables import (
    blob,
    command,
    entry,
    fact,
    inbox,
    instance,
    leaf,
    log,
    plan_text,
    private,
    request,
    snapshot,
    tile,
    timer,
    unlogged,
    way,
)

Built: TypeAlias = dict[str, Any]
"""Name -> statement."""

_DIALECTS: Final[dict[str, tuple[Any, str]]] = {
    "sqlite": (sqlite, "qmark"),
    "postgresql": (postgresql, "format"),
}
"""The dialect's module, and how its driver writes a place for a value."""
_ONE: Final[Any] = literal_column("1")
_ZERO: Final[Any] = literal_column("0")
_NAMES: Final[Any] = bindparam("names")
"""Names of many instances: a list as JSON text, which both databases can read."""
_LISTED: Final[dict[str, Any]] = {
    "sqlite": select(func.json_each(_NAMES).table_valued("value").c.value),
    "postgresql": select(
        func.json_array_elements_text(cast(_NAMES, JSON)).column_valued("value")
    ),
}
_NAMES_IT: Final[dict[str, Any]] = {
    "sqlite": func.instr(entry.c.body, bindparam("digest")) > literal_column("0"),
    "postgresql": func.strpos(
        func.convert_from(entry.c.body, literal_column("'UTF8'")),
        func.convert_from(bindparam("digest"), literal_column("'UTF8'")),
    )
    > literal_column("0"),
}
"""Whether the bytes of an entry have a digest in them."""
_NO_OFFSET: Final[Any] = literal_column("0")
"""SQLite's dialect writes an offset to every limit; this one is no parameter."""


def compiled() -> dict[str, dict[str, Any]]:
    """Every statement: its text for each database, and what it takes."""
    found: dict[str, dict[str, Any]] = {}
    for name, (module, style) in _DIALECTS.items():
        dialect: Dialect = module.dialect(paramstyle=style)
        insert = module.insert
        built = _heads(insert) | _entries(insert) | _facts(insert)
        built |= _timers(insert) | _requests(insert) | _claims() | _inbox(insert)
        built |= _kept(insert) | _many(_LISTED[name]) | _log(insert)
        built |= _snapshots(insert) | _every()
        built |= _private(insert, _LISTED[name], _NAMES_IT[name])
        for statement, made in built.items():
            text = made.compile(dialect=dialect)
            line = found.setdefault(statement, {"takes": list(text.positiontup or ())})
            assert line["takes"] == list(text.positiontup or ()), statement
            line[name] = str(text)
    return found


def _heads(insert: Any) -> Built:
    heads = select(instance)
    of = instance.c.id == bindparam("instance")
    moved: dict[str, Any] = {
        name: bindparam(name) for name in ("revision", "hash", "at")
    }
    return {
        "head": heads.where(of),
        "head_locked": heads.where(of).with_for_update(),
        "heads": heads.order_by(instance.c.id),
        "new_head": insert(instance),
        "move_head": update(instance).where(of).values(moved),
    }


def _entries(insert: Any) -> Built:
    columns = ("instance", "seq", "at", "type", "node", "actor", "body", "hash")
    found = select(*(entry.c[name] for name in columns)).where(
        entry.c.instance == bindparam("instance"), entry.c.seq > bindparam("after")
    )
    return {
        "new_entry": insert(entry)
        .values({name: bindparam(name) for name in columns})
        .inline(),
        "entries": _most(found.order_by(entry.c.seq)),
    }


def _facts(insert: Any) -> Built:
    written = insert(fact)
    replaced = {"value": written.excluded.value, "seq": written.excluded.seq}
    of = fact.c.instance == bindparam("instance")
    return {
        "set_fact": written.on_conflict_do_update(
            index_elements=["instance", "key"], set_=replaced
        ),
        "drop_fact": delete(fact).where(of, fact.c.key == bindparam("key")),
        "facts": select(fact.c.key, fact.c.value, fact.c.seq).where(of),
    }


def _timers(insert: Any) -> Built:
    written = insert(timer)
    order = (timer.c.due, timer.c.instance, timer.c.node, timer.c.move)
    of = timer.c.instance == bindparam("instance")
    due = select(timer).where(timer.c.due <= bindparam("until"))
    of_clock = exists().where(
        instance.c.id == timer.c.instance,
        instance.c.simulated == bindparam("simulated"),
    )
    return {
        "set_timer": written.on_conflict_do_update(
            index_elements=["instance", "node", "move"],
            set_={"due": written.excluded.due},
        ),
        "drop_timer": delete(timer).where(
            of, timer.c.node == bindparam("node"), timer.c.move == bindparam("move")
        ),
        "due": _most(due.order_by(*order)),
        "due_last": _most(due.order_by(*(column.desc() for column in order))),
        "due_instances": select(func.count(timer.c.instance.distinct())).where(
            timer.c.due <= bindparam("until"), of_clock
        ),
        "timers": select(timer).where(of).order_by(*order),
        "next_due": select(func.min(timer.c.due)),
    }


def _requests(insert: Any) -> Built:
    order = (request.c.instance, request.c.seq, request.c.key)
    asked = ("key", "instance", "seq", "action", "node", "parameters")
    columns = [*(request.c[name] for name in asked), *_standing()]
    open_ = select(*columns).order_by(*order)
    of = request.c.instance == bindparam("instance")
    return {
        "new_request": insert(request)
        .values({name: bindparam(name) for name in (*asked, "simulated", "ready")})
        .inline(),
        "close_request": delete(request).where(request.c.key == bindparam("key")),
        "requests": _most(open_),
        "requests_of": _most(open_.where(of)),
    }


def _standing() -> tuple[Any, ...]:
    names = ("attempts", "silent", "tries", "ready", "trouble", "simulated")
    return tuple(request.c[name] for name in names)


def _claims() -> Built:
    """A request is taken, put off and ended by whoever counted its last attempt."""
    first = (
        select(request.c.key)
        .where(
            request.c.simulated == bindparam("simulated"),
            request.c.ready <= bindparam("now"),
        )
        .order_by(request.c.ready, request.c.key)
    )
    # two who ask at once take different rows, and neither waits for the other
    taken = _most(first).with_for_update(skip_locked=True)
    mine = (
        request.c.key == bindparam("of"),
        request.c.attempts == bindparam("attempt"),
    )
    return {
        "claim": update(request)
        .where(request.c.key.in_(taken.scalar_subquery()))
        .values(
            ready=bindparam("until"),
            attempts=request.c.attempts + _ONE,
            silent=request.c.silent + _ONE,
        )
        .returning(
            request.c.key,
            request.c.instance,
            request.c.seq,
            request.c.action,
            request.c.node,
            request.c.parameters,
            *_standing(),
        ),
        "claims": _most(
            select(request.c.key, request.c.attempts, request.c.ready)
            .where(
                request.c.simulated == bindparam("simulated"),
                request.c.ready > bindparam("beyond"),
                request.c.silent > _ZERO,
            )
            .order_by(request.c.ready.desc(), request.c.key.desc())
        ),
        "renew": update(request)
        .where(*mine)
        .values(ready=bindparam("until"))
        .returning(request.c.key),
        "put_off": update(request)
        .where(*mine)
        .values(
            ready=bindparam("until"),
            trouble=bindparam("trouble"),
            tries=bindparam("tried"),
            silent=_ZERO,
        )
        .returning(request.c.key),
        "retry": update(request)
        .where(request.c.key == bindparam("of"))
        .values(ready=bindparam("at"), tries=_ZERO, silent=_ZERO)
        .returning(request.c.key),
        "end_claim": delete(request).where(*mine).returning(request.c.key),
        "next_ready": select(func.min(request.c.ready)).where(
            request.c.simulated == bindparam("simulated")
        ),
    }


def _inbox(insert: Any) -> Built:
    columns = ("party", "key", "instance", "node", "at", "text")
    return {
        "new_message": insert(inbox)
        .values({name: bindparam(name) for name in columns})
        .inline()
        .on_conflict_do_nothing(),
        "messages": _most(
            select(*(inbox.c[name] for name in columns))
            .where(inbox.c.party == bindparam("party"))
            .order_by(inbox.c.id.desc())
        ),
        "letters": select(*(inbox.c[name] for name in columns))
        .where(inbox.c.instance == bindparam("instance"))
        .order_by(inbox.c.id),
    }


def _kept(insert: Any) -> Built:
    return {
        "new_plan": insert(plan_text).on_conflict_do_nothing(),
        "plan": select(plan_text.c.text).where(
            plan_text.c.digest == bindparam("digest")
        ),
        "new_blob": insert(blob).on_conflict_do_nothing(),
        "blob": select(blob.c.content).where(blob.c.digest == bindparam("digest")),
        "new_command": insert(command),
        "command": select(command.c.first, command.c.last).where(
            command.c.instance == bindparam("instance"),
            command.c.key == bindparam("key"),
        ),
        "commands": select(command.c.key, command.c.first, command.c.last)
        .where(command.c.instance == bindparam("instance"))
        .order_by(command.c.first, command.c.key),
    }


def _private(insert: Any, listed: Any, names_it: Any) -> Built:
    """What is about people, and how it goes."""
    columns = ("instance", "commitment", "field", "salt", "value")
    of = private.c.instance == bindparam("instance")
    found = select(*(private.c[name] for name in columns)).where(of)
    order = private.c.commitment
    return {
        "new_private": insert(private)
        .values({name: bindparam(name) for name in columns})
        .on_conflict_do_nothing(),
        "privates": found.order_by(order),
        "privates_of": found.where(order.in_(listed)).order_by(order),
        "drop_private": delete(private).where(of, order == bindparam("commitment")),
        "drop_blob": delete(blob).where(blob.c.digest == bindparam("digest")),
        "sharing": select(entry.c.instance, entry.c.body)
        .where(entry.c.instance != bindparam("instance"), names_it)
        .order_by(entry.c.instance, entry.c.seq),
    }


def _log(insert: Any) -> Built:
    """The order over all instances, its tree, and the trie of their heads."""
    columns = ("instance", "seq", "at", "type", "node", "actor", "body", "hash")
    same = (entry.c.instance == leaf.c.instance, entry.c.seq == leaf.c.seq)
    last = (
        select(leaf.c.instance, func.max(leaf.c.seq).label("seq"))
        .where(leaf.c.position >= bindparam("since"))
        .group_by(leaf.c.instance)
        .subquery()
    )
    new_tile, new_way = insert(tile), insert(way)
    of_place = (leaf.c.instance, leaf.c.seq)
    as_stored = [entry.c[name] for name in columns[2:]]
    within = (
        leaf.c.position >= bindparam("first"),
        leaf.c.position < bindparam("end"),
    )
    line_of = (
        unlogged.c.instance == entry.c.instance,
        unlogged.c.first <= entry.c.seq,
        unlogged.c.last >= entry.c.seq,
    )
    tile_key = tuple_(tile.c.level, tile.c.place)
    kept = ("size", "sealed", "seq", "hash", "at", "keys", "migrated")
    state = select(*(log.c[name] for name in kept))
    moved: dict[str, Any] = {name: bindparam(f"to_{name}") for name in kept}
    signing = ("signed", "signed_at", "trouble")
    signed: dict[str, Any] = {name: bindparam(f"to_{name}") for name in signing}
    return {
        "new_unlogged": insert(unlogged)
        .values({name: bindparam(name) for name in ("instance", "first", "last")})
        .inline(),
        "unlogged": _most(select(unlogged).order_by(unlogged.c.id)),
        "drop_unlogged": delete(unlogged).where(unlogged.c.id == bindparam("of")),
        "log": state,
        "log_locked": state.with_for_update(),
        "move_log": update(log).values(moved),
        "signing": select(*(log.c[name] for name in signing)),
        "set_signing": update(log).values(signed),
        "hashes": select(entry.c.seq, entry.c.hash)
        .where(
            entry.c.instance == bindparam("instance"),
            entry.c.seq >= bindparam("first"),
            entry.c.seq <= bindparam("last"),
        )
        .order_by(entry.c.seq),
        "new_leaf": insert(leaf),
        "leaves": _most(
            select(leaf.c.position, *(entry.c[name] for name in columns))
            .join_from(leaf, entry, and_(*same))
            .where(leaf.c.position > bindparam("after"))
            .order_by(leaf.c.position)
        ),
        "positions": select(leaf.c.position)
        .where(leaf.c.instance == bindparam("instance"))
        .order_by(leaf.c.seq),
        "position": select(leaf.c.position).where(
            leaf.c.instance == bindparam("instance"), leaf.c.seq == bindparam("seq")
        ),
        "moved_since": select(last.c.instance, last.c.seq, entry.c.hash).join_from(
            last,
            entry,
            and_(entry.c.instance == last.c.instance, entry.c.seq == last.c.seq),
        ),
        "set_tile": new_tile.on_conflict_do_update(
            index_elements=["level", "place"],
            set_={"hashes": new_tile.excluded.hashes},
        ),
        "tile": select(tile.c.hashes).where(
            tile.c.level == bindparam("level"), tile.c.place == bindparam("place")
        ),
        "set_way": new_way.on_conflict_do_update(
            index_elements=["bits"], set_={"content": new_way.excluded.content}
        ),
        "way": select(way.c.content).where(way.c.bits == bindparam("bits")),
        "extent": select(
            func.count(), func.min(leaf.c.position), func.max(leaf.c.position)
        ).select_from(leaf),
        "shift": select(entry.c.id - leaf.c.position)
        .join_from(leaf, entry, and_(*same))
        .where(leaf.c.position == bindparam("first")),
        # entries mostly lie in the order of their places: then no index is needed
        "placed_in_step": select(*of_place, *as_stored)
        .join_from(leaf, entry, entry.c.id == leaf.c.position + bindparam("shift"))
        .where(*within, *same)
        .order_by(leaf.c.position),
        "placed": select(leaf.c.position, *of_place, *as_stored)
        .join_from(leaf, entry, and_(*same), isouter=True)
        .where(*within)
        .order_by(leaf.c.position),
        "lines": _most(
            select(unlogged)
            .where(unlogged.c.id > bindparam("after"))
            .order_by(unlogged.c.id)
        ),
        "waiting": select(entry.c.instance, entry.c.seq, *as_stored)
        .join_from(unlogged, entry, and_(*line_of))
        .where(unlogged.c.id >= bindparam("first"), unlogged.c.id <= bindparam("last"))
        .order_by(unlogged.c.id, entry.c.seq),
        "recorded": select(
            entry.c.instance,
            func.count(),
            func.min(entry.c.seq),
            func.max(entry.c.seq),
        ).group_by(entry.c.instance),
        "unplaced": select(entry.c.seq)
        .where(
            entry.c.instance == bindparam("instance"),
            ~exists().where(*same),
            ~exists().where(*line_of),
        )
        .order_by(entry.c.seq),
        "tile_keys": _most(
            select(tile.c.level, tile.c.place)
            .where(tile_key > tuple_(bindparam("level"), bindparam("place")))
            .order_by(tile.c.level, tile.c.place)
        ),
        "ways": _most(
            select(way.c.bits, way.c.content)
            .where(way.c.bits > bindparam("after"))
            .order_by(way.c.bits)
        ),
    }


def _snapshots(insert: Any) -> Built:
    columns = ("instance", "seq", "at", "entry", "digest", "facts")
    written = insert(snapshot).values({one: bindparam(one) for one in columns}).inline()
    replaced = {name: written.excluded[name] for name in columns[2:]}
    found = select(*(snapshot.c[name] for name in columns)).where(
        snapshot.c.instance == bindparam("instance")
    )
    last = select(func.max(snapshot.c.seq)).where(snapshot.c.instance == instance.c.id)
    return {
        "set_snapshot": written.on_conflict_do_update(
            index_elements=["instance", "seq"], set_=replaced
        ),
        "last_snapshot": _most(
            found.where(
                snapshot.c.seq <= bindparam("until"), snapshot.c.at <= bindparam("by")
            ).order_by(snapshot.c.seq.desc())
        ),
        "snapshots": _most(
            found.where(snapshot.c.seq > bindparam("after")).order_by(snapshot.c.seq)
        ),
        "drop_snapshots": delete(snapshot).where(
            snapshot.c.instance == bindparam("instance")
        ),
        "stretches": _most(
            select(
                instance.c.id,
                instance.c.revision,
                func.coalesce(last.scalar_subquery(), _ZERO),
            )
            .where(instance.c.id > bindparam("after"))
            .order_by(instance.c.id)
        ),
    }


def _every() -> Built:
    """What a verifier reads of all instances at once."""
    after: Any = bindparam("after")
    first: Any = bindparam("first")
    return {
        "bodies": _most(
            select(entry.c.id, entry.c.body)
            .where(entry.c.id > after)
            .order_by(entry.c.id)
        ),
        **{
            name: _most(
                select(table.c.digest)
                .where(table.c.digest >= first)
                .order_by(table.c.digest)
            )
            for name, table in (("blobs", blob), ("plans", plan_text))
        },
        "unowned": _most(union_all(*map(_unowned, _OWNED)).order_by("table", "owner")),
    }


_OWNED: Final = (command, fact, inbox, private, request, snapshot, timer)
"""Tables beside the entries whose rows are of an instance."""


def _unowned(table: Any) -> Any:
    """How many rows there are of each instance that is not in the register."""
    owner = table.c.instance
    named: Any = literal_column(f"'{table.name}'").label("table")
    return (
        select(named, owner.label("owner"), func.count())
        .where(~exists().where(instance.c.id == owner))
        .group_by(owner)
    )


def _many(listed: Any) -> Built:
    """What is asked of many instances at once."""
    heads = select(instance).where(instance.c.id.in_(listed))
    facts = select(fact.c.instance, fact.c.key, fact.c.value, fact.c.seq)
    timers = select(timer).where(timer.c.instance.in_(listed))
    return {
        "heads_of": heads,
        # in order, so that two who lock many never wait for each other in a ring
        "heads_locked": heads.order_by(instance.c.id).with_for_update(),
        "facts_of": facts.where(fact.c.instance.in_(listed)),
        "timers_of": timers.order_by(timer.c.due, timer.c.node, timer.c.move),
    }


def _most(found: Any) -> Any:
    return found.limit(bindparam("most")).offset(_NO_OFFSET)


def text_of_all() -> str:
    """What ``prepared.json`` holds."""
    return json.dumps(compiled(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(FILE).write_text(text_of_all(), encoding="utf-8")
