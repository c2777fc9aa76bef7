"""OCEL 2.0: the standard's constraints hold, and nothing is lost when it is read."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.audit.exports import ocel_json, ocel_log, ocel_sqlite
from engine.audit.exports.ocel_sqlite import unlike
from engine.audit.exports.record import History
from engine.journal.codec import decode
from engine.ports import Entry
from engine.testing import CAMPAIGN, HEAD, STAGES, Play, campaign, paper
from tests.audit.histories import exported, history_of

TYPE_TABLES = """
SELECT '{sort}_' || ocel_type_map AS name, ocel_type FROM {sort}_map_type
"""
COLUMNS = {
    "event_map_type": {"ocel_type", "ocel_type_map"},
    "object_map_type": {"ocel_type", "ocel_type_map"},
    "event": {"ocel_id", "ocel_type"},
    "object": {"ocel_id", "ocel_type"},
    "event_object": {"ocel_event_id", "ocel_object_id", "ocel_qualifier"},
    "object_object": {"ocel_source_id", "ocel_target_id", "ocel_qualifier"},
}
KEYS = {
    "event_map_type": {"ocel_type"},
    "object_map_type": {"ocel_type"},
    "event": {"ocel_id"},
    "object": {"ocel_id"},
    "event_object": COLUMNS["event_object"],
    "object_object": COLUMNS["object_object"],
}
FOREIGN = {
    "event": {("ocel_type", "event_map_type", "ocel_type")},
    "object": {("ocel_type", "object_map_type", "ocel_type")},
    "event_object": {
        ("ocel_event_id", "event", "ocel_id"),
        ("ocel_object_id", "object", "ocel_id"),
    },
    "object_object": {
        ("ocel_source_id", "object", "ocel_id"),
        ("ocel_target_id", "object", "ocel_id"),
    },
}


@pytest.fixture(scope="module")
def history() -> History:
    return history_of(campaign("memory://"), CAMPAIGN)


@pytest.fixture(scope="module")
def entries(history: History) -> list[Entry]:
    return list(history.read())


@pytest.fixture(scope="module")
def file(history: History, tmp_path_factory: Any) -> Path:
    path: Path = tmp_path_factory.mktemp("ocel") / "log.sqlite"
    path.write_bytes(exported(ocel_sqlite, history))
    return path


@pytest.fixture(scope="module")
def log(history: History) -> Any:
    return json.loads(exported(ocel_json, history))


@pytest.fixture
def database(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as found:
        yield found


def violations(database: sqlite3.Connection) -> Iterator[str]:
    """Each constraint of section 6.7 of the specification that does not hold.

    The standard's own file of queries asks for tables, columns, types, keys and
    foreign keys; what the keys promise is asked of the rows as well.
    """
    tables = {
        name for (name,) in database.execute("SELECT name FROM pragma_table_list")
    }
    by_type = {
        sort: dict(database.execute(TYPE_TABLES.format(sort=sort)))
        for sort in ("event", "object")
    }
    standard = set(COLUMNS)
    for sort, found in by_type.items():
        prefixed = {t for t in tables if t.startswith(f"{sort}_")} - standard
        yield from (f"{one} of no type" for one in prefixed ^ set(found))
    for table, wanted in COLUMNS.items():
        info = list(
            database.execute(f"SELECT name, pk FROM pragma_table_info('{table}')")
        )
        if {name for name, _ in info} != wanted:
            yield f"columns of {table}"
        if {name for name, key in info if key} != KEYS[table]:
            yield f"key of {table}"
        if not FOREIGN.get(table, set()) <= foreign(database, table):
            yield f"foreign keys of {table}"
    for sort, found in by_type.items():
        for table in found:
            yield from of_type(database, sort, table)
    yield from rows(database, by_type)


def of_type(database: sqlite3.Connection, sort: str, table: str) -> Iterator[str]:
    info = {
        name: (type_, key)
        for name, type_, key in database.execute(
            f"SELECT name, type, pk FROM pragma_table_info('{table}')"
        )
    }
    if info["ocel_time"][0] != "TIMESTAMP":
        yield f"time of {table}"
    keys = {name for name, (_, key) in info.items() if key}
    if keys != ({"ocel_id"} if sort == "event" else set()):
        yield f"key of {table}"
    if ("ocel_id", sort, "ocel_id") not in foreign(database, table):
        yield f"foreign key of {table}"
    if sort == "object" and "ocel_changed_field" not in info:
        yield f"changes of {table}"


def foreign(database: sqlite3.Connection, table: str) -> set[tuple[str, str, str]]:
    return set(
        database.execute(
            f"""SELECT "from", "table", "to" FROM pragma_foreign_key_list('{table}')"""
        )
    )


def rows(
    database: sqlite3.Connection, by_type: dict[str, dict[str, str]]
) -> Iterator[str]:
    yield from map(str, database.execute("PRAGMA foreign_key_check"))
    yield from (
        one for (one,) in database.execute("PRAGMA integrity_check") if one != "ok"
    )
    for sort, found in by_type.items():
        for table, type_ in found.items():
            wrong = f"""
                SELECT ocel_id FROM {sort} WHERE ocel_type = ?1
                EXCEPT SELECT ocel_id FROM "{table}"
                UNION ALL
                SELECT ocel_id FROM "{table}"
                EXCEPT SELECT ocel_id FROM {sort} WHERE ocel_type = ?1
            """
            yield from map(str, database.execute(wrong, (type_,)))
    for table in by_type["object"]:
        columns = [
            name for (name,) in database.execute(
                f"SELECT name FROM pragma_table_info('{table}')"
            )
        ]  # fmt: skip
        wrong = f"""
            SELECT ocel_id, ocel_time, ocel_changed_field FROM "{table}"
            WHERE (ocel_changed_field IS NULL) <> (ocel_time LIKE '1970-01-01T%')
            OR ocel_changed_field NOT IN ({", ".join("?" * len(columns))})
        """
        yield from map(str, database.execute(wrong, columns))
        twice = f"""
            SELECT ocel_id, count(*) FROM "{table}" WHERE ocel_changed_field IS NULL
            GROUP BY ocel_id HAVING count(*) <> 1
        """
        yield from map(str, database.execute(twice))


def test_no_constraint_of_the_standard_is_broken(database: sqlite3.Connection) -> None:
    assert list(violations(database)) == []


def test_a_broken_constraint_would_be_seen(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(file.read_bytes())
    with closing(sqlite3.connect(copy)) as database:
        database.execute("DELETE FROM event WHERE rowid = 5")
        database.execute("CREATE TABLE event_Nothing (ocel_id TEXT)")
        database.execute("DELETE FROM object_NodeMeeting WHERE rowid = 1")
        found = list(violations(database))
    assert len(found) >= 4
    assert "event_Nothing of no type" in found


def test_every_entry_is_an_event_with_all_that_it_records(
    database: sqlite3.Connection, entries: list[Entry]
) -> None:
    read: dict[str, dict[str, Any]] = {}
    database.row_factory = sqlite3.Row
    for table, type_ in database.execute(TYPE_TABLES.format(sort="event")).fetchall():
        for row in database.execute(f'SELECT * FROM "{table}"'):
            read[row["ocel_id"]] = {**row, "ocel_type": type_}
    assert len(read) == len(entries)
    for entry in entries:
        row, body = read[f"{entry.instance}/{entry.seq}"], decode(entry.body)
        assert datetime.fromisoformat(row["ocel_time"]) == entry.at
        assert (row["seq"], row["type"]) == (entry.seq, entry.type)
        assert json.loads(row["data"]) == body["data"]
        assert row["hash"] == entry.hash.hex()
        assert row["previous"] == body["prev"]
        assert row["led_by"] == (str(body["led_by"]) if "led_by" in body else None)


def wanted(history: History) -> tuple[set[Any], set[Any]]:
    """Every relation that the entries tell of: to objects, and between them."""
    to_objects, between = set(), set()

    def belongs(thing: ocel_log.Thing) -> None:
        for how, other in thing.related:
            between.add((thing.id, how, other.id))
            belongs(other)

    for record in history.records():
        for how, thing in ocel_log.objects_of(record):
            to_objects.add((record.id, thing.id, how))
            belongs(thing)
        for source, how, target in ocel_log.belongings_of(record):
            between.add((source.id, how, target.id))
    return to_objects, between


def test_no_relation_is_lost_on_the_way(
    history: History, database: sqlite3.Connection, log: Any
) -> None:
    to_objects, between = wanted(history)
    found = database.execute("SELECT * FROM event_object")
    assert {tuple(row) for row in found} == to_objects
    found = database.execute(
        "SELECT ocel_source_id, ocel_qualifier, ocel_target_id FROM object_object"
    )
    assert {tuple(row) for row in found} == between
    assert to_objects == {
        (event["id"], one["objectId"], one["qualifier"])
        for event in log["events"]
        for one in event["relationships"]
    }
    assert between == {
        (thing["id"], one["qualifier"], one["objectId"])
        for thing in log["objects"]
        for one in thing["relationships"]
    }


def test_who_acted_on_what_with_which_file_is_a_relation(
    history: History, entries: list[Entry]
) -> None:
    """Read from the entries themselves, not from what the export makes of them."""
    to_objects, _ = wanted(history)
    plan = history.plan.id
    for entry in entries:
        id_ = f"{entry.instance}/{entry.seq}"
        if entry.actor is not None:
            assert (id_, f"party:{plan}/{entry.actor}", "by") in to_objects
        if entry.node is not None:
            assert (
                id_,
                f"node:{entry.instance}/{entry.node}",
                "node",
            ) in to_objects or (entry.node in history.plan.registers)
        for line in decode(entry.body)["data"].get("did", ()):
            if line[0] == "version":
                name = f"deliverable:{entry.instance}/{line[1]}"
                assert (id_, name, "new version of") in to_objects
                assert (id_, f"file:{line[2]['digest']}", "version") in to_objects
            if line[0] in {"add", "item"}:
                assert (id_, f"node:{entry.instance}/{line[1]}", "adds") in to_objects


def test_those_named_in_an_act_are_related_and_texts_are_not() -> None:
    plan = (
        HEAD
        + """\
stages:
- id: 阶段
  links:
  - id: 环节
    owner: 甲
    do: [{id: 办, kind: span}, {id: 会, kind: meeting, attend: 全体}]
"""
    )
    play = Play.of(plan)
    play.do("阶段.环节.办", "report", who="甲", text="乙")
    minutes = {"present": ["甲", "乙", "丙"], "minutes": paper()}
    play.do("阶段.环节.会", "hold", who="甲", **minutes)
    to_objects, _ = wanted(history_of(play.service, play.id))
    named = {row[1:] for row in to_objects if row[2].startswith("named as")}
    parties = {f"party:test/plan/{who}" for who in "甲乙丙"}
    assert named == {(one, "named as present") for one in parties}


def test_the_last_state_of_every_node_is_what_the_instance_knows(log: Any) -> None:
    service = campaign("memory://")
    known = service.look(CAMPAIGN).known
    nodes = [one for one in log["objects"] if one["id"].startswith("node:")]
    assert len(nodes) > 150
    for node in nodes:
        path = node["id"].removeprefix(f"node:{CAMPAIGN}/")
        states = [one for one in node["attributes"] if one["name"] == "state"]
        last = max(states, key=lambda one: one["time"])
        assert last["value"] == known.state(path), path


def test_attributes_change_over_time(log: Any) -> None:
    (root,) = (one for one in log["objects"] if one["id"] == f"instance:{CAMPAIGN}")
    states = [
        (one["value"], one["time"])
        for one in root["attributes"]
        if one["name"] == "state"
    ]
    assert [value for value, _ in states][:2] == ["planned", "open"]
    assert states[0][1] == "1970-01-01T00:00:00.000000Z"
    assert states == sorted(states, key=lambda one: one[1])
    drafts = [one for one in log["objects"] if one["type"] == "deliverable"]
    versions = Counter(one["name"] for thing in drafts for one in thing["attributes"])
    assert versions["version"] == versions["digest"] > 20


def test_json_holds_what_sqlite_holds(log: Any, database: sqlite3.Connection) -> None:
    for sort, many in (("event", "events"), ("object", "objects")):
        listed = database.execute(f"SELECT ocel_id, ocel_type FROM {sort}")
        assert {(one["id"], one["type"]) for one in log[many]} == set(listed)
        types = database.execute(f"SELECT ocel_type FROM {sort}_map_type")
        declared = {one["name"]: one["attributes"] for one in log[f"{sort}Types"]}
        assert set(declared) == {name for (name,) in types}
        for one in log[many]:
            names = {attribute["name"] for attribute in declared[one["type"]]}
            assert {attribute["name"] for attribute in one["attributes"]} <= names


def test_json_is_as_the_schema_of_the_standard_has_it(log: Any) -> None:
    assert set(log) == {"eventTypes", "objectTypes", "events", "objects"}
    for sort in ("eventTypes", "objectTypes"):
        for one in log[sort]:
            assert set(one) == {"name", "attributes"}
            assert {a["type"] for a in one["attributes"]} <= {
                "string", "integer", "time", "boolean",
            }  # fmt: skip
    for event in log["events"]:
        assert {"id", "type", "time"} <= set(event)
        assert datetime.fromisoformat(event["time"]).tzinfo == UTC
        assert all(set(one) == {"name", "value"} for one in event["attributes"])
    for thing in log["objects"]:
        assert {"id", "type"} <= set(thing)
        for one in thing["attributes"]:
            assert set(one) == {"name", "value", "time"}
    everything = [*log["events"], *log["objects"]]
    assert all(
        isinstance(one["value"], str)
        for each in everything
        for one in each["attributes"]
    )
    ids = [one["id"] for one in everything]
    assert len(ids) == len(set(ids))


def test_instances_share_people_and_keep_their_nodes(tmp_path: Path) -> None:
    one, two = Play.of(HEAD + STAGES, id="a"), Play.of(HEAD + STAGES, id="b")
    for play in (one, two):
        play.signal("来人", who="甲")
    file = tmp_path / "log"
    histories = [history_of(play.service, play.id) for play in (one, two)]
    file.write_bytes(exported(ocel_sqlite, *histories))
    with closing(sqlite3.connect(file)) as database:
        assert list(violations(database)) == []
        found = {id_ for (id_,) in database.execute("SELECT ocel_id FROM object")}
    assert {"instance:a", "instance:b", "node:a/阶段", "node:b/阶段"} <= found
    assert [id_ for id_ in found if id_.startswith("party:")] == ["party:test/plan/甲"]


def test_names_of_tables_are_plain_and_none_is_taken_twice() -> None:
    assert unlike("MeetingHold", set(), "event") == "MeetingHold"
    assert unlike("MeetingHold", {"event_meetinghold"}, "event") == "MeetingHold2"
    assert unlike("", {"object_type"}, "object") == "Type2"
    assert unlike("Object", set(), "event") == "Object2"
