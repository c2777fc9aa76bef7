"""Whatever is altered in a database is found in its log, and its place is named."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeAlias

import pytest

from engine.audit.verifying import whole_log
from engine.audit.verifying.whole_log import LogVerified
from engine.journal.chain import leaf_hash
from engine.journal.codec import decode, encode
from engine.journal.opening import open_journal
from engine.ports import OFFICE, Batch, Draft, Journal
from engine.proof.tree import Tree

AT = datetime(2009, 4, 11, tzinfo=UTC)
NAMES = ("甲案", "乙案", "丙案", "d", "e", "f", "g")
PLAN = "ab" * 32
Database: TypeAlias = sqlite3.Connection
Place: TypeAlias = tuple[str, int | None, str, int | None]
"""(code, position, instance, seq)."""
Tamper: TypeAlias = Callable[[Database, random.Random], set[Place]]
"""What is altered, and what must be told of it."""


def batch(name: str, expected: int, count: int) -> Batch:
    drafts = [
        Draft(
            at=AT + timedelta(minutes=expected + n),
            type="moved",
            node="环节.事项" if n % 2 else None,
            actor=None if n % 3 else "甲",
            payload={"n": n, "text": f"第 {n} 件"},
        )
        for n in range(count)
    ]
    return Batch(instance=name, expected=expected, plan=PLAN, drafts=drafts)


def filled(journal: Journal, turns: int = 50) -> Journal:
    """Acts of seven instances in turns, sealed three times, and some not placed."""
    journal.put_plan(PLAN, b"p")
    for turn in range(turns):
        for number, name in enumerate(NAMES):
            if (turn + number) % 5:
                expected = journal.head(name)
                journal.append(batch(name, expected.revision if expected else 0, 3))
        if turn in {turns // 4, turns // 2, turns - 5}:
            journal.log.seal(AT + timedelta(days=turn))
    return journal


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("whole") / "whole.db"
    filled(open_journal(f"sqlite:///{file}")).close()
    with sqlite3.connect(file) as database:
        unguarded(database)
    database.close()
    return file


def unguarded(database: Database) -> None:
    """Whoever has the file can take away what guards its tables."""
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in names.fetchall():
        database.execute(f"DROP TRIGGER {name}")


def verified(file: Path, **given: Any) -> LogVerified:
    with open_journal(f"sqlite:///{file}") as journal:
        return whole_log.verify(journal, **given)


def places(told: LogVerified) -> set[Place]:
    return {(one.code, one.position, one.instance, one.seq) for one in told.defects}


# -- what an attacker does


def some_leaf(
    database: Database, chance: random.Random, where: str = "1"
) -> tuple[int, str, int]:
    rows = database.execute(
        f"SELECT position, instance, seq FROM leaf WHERE {where} ORDER BY position"
    ).fetchall()
    return chance.choice(rows)  # type: ignore[no-any-return]


OF_OTHERS = f"instance <> '{OFFICE}'"


def body_of(database: Database, name: str, seq: int) -> bytes:
    given = (name, seq)
    found = database.execute(
        "SELECT body FROM entry WHERE instance = ? AND seq = ?", given
    )
    return bytes(found.fetchone()[0])


def put(database: Database, name: str, seq: int, /, **columns: Any) -> None:
    said = ", ".join(f"{column} = ?" for column in columns)
    database.execute(
        f"UPDATE entry SET {said} WHERE instance = ? AND seq = ?",
        (*columns.values(), name, seq),
    )


def edited(body: bytes) -> bytes:
    said = decode(body)
    said["data"]["n"] = 99
    return encode(said)


def edited_body(database: Database, chance: random.Random) -> set[Place]:
    at, name, seq = some_leaf(database, chance)
    put(database, name, seq, body=edited(body_of(database, name, seq)))
    return {("journal.hash", at, name, seq), ("log.leaf", at, name, seq)}


def flipped_bit(database: Database, chance: random.Random) -> set[Place]:
    at, name, seq = some_leaf(database, chance)
    body = bytearray(body_of(database, name, seq))
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    put(database, name, seq, body=bytes(body))
    return {("journal.hash", at, name, seq), ("log.leaf", at, name, seq)}


def edited_with_its_hash(database: Database, chance: random.Random) -> set[Place]:
    at, name, seq = some_leaf(database, chance)
    body = edited(body_of(database, name, seq))
    put(database, name, seq, body=body, hash=leaf_hash(body))
    wanted: set[Place] = {("log.leaf", at, name, seq)}
    after = database.execute(
        "SELECT position FROM leaf WHERE instance = ? AND seq = ?", (name, seq + 1)
    ).fetchone()
    return wanted | ({("journal.link", after[0], name, seq + 1)} if after else set())


def edited_with_all_hashes(database: Database, chance: random.Random) -> set[Place]:
    at, name, seq = some_leaf(database, chance, OF_OTHERS)
    body = edited(body_of(database, name, seq))
    wanted: set[Place] = {("log.leaf", at, name, seq)}
    while True:
        put(database, name, seq, body=body, hash=leaf_hash(body))
        last, seq = leaf_hash(body), seq + 1
        found = database.execute(
            "SELECT body FROM entry WHERE instance = ? AND seq = ?", (name, seq)
        ).fetchone()
        if found is None:
            break
        body = encode(decode(found[0]) | {"prev": last.hex()})
    database.execute("UPDATE instance SET hash = ? WHERE id = ?", (last, name))
    return wanted


def deleted(database: Database, chance: random.Random) -> set[Place]:
    at, name, seq = some_leaf(database, chance)
    database.execute("DELETE FROM entry WHERE instance = ? AND seq = ?", (name, seq))
    return {("log.missing", at, name, seq)}


def deleted_with_its_place(database: Database, chance: random.Random) -> set[Place]:
    count = database.execute("SELECT count(*) FROM leaf").fetchone()[0]
    at, name, seq = some_leaf(database, chance, f"position < {count - 1}")
    database.execute("DELETE FROM entry WHERE instance = ? AND seq = ?", (name, seq))
    database.execute("DELETE FROM leaf WHERE position = ?", (at,))
    return {("log.gap", at, OFFICE, None)}


def inserted(database: Database, chance: random.Random) -> set[Place]:
    """At the end of an instance, in its chain and its register, and nowhere else."""
    name = chance.choice(NAMES)
    seq, last = database.execute(
        "SELECT revision, hash FROM instance WHERE id = ?", (name,)
    ).fetchone()
    said = decode(body_of(database, name, seq))
    body = encode(said | {"seq": seq + 1, "prev": last.hex()})
    database.execute(
        "INSERT INTO entry (instance, seq, at, type, node, actor, body, hash) SELECT"
        " instance, seq + 1, at, type, node, actor, ?, ? FROM entry"
        " WHERE instance = ? AND seq = ?",
        (body, leaf_hash(body), name, seq),
    )
    database.execute(
        "UPDATE instance SET revision = ?, hash = ? WHERE id = ?",
        (seq + 1, leaf_hash(body), name),
    )
    return {("log.unplaced", None, name, seq + 1)}


def reordered(database: Database, chance: random.Random) -> set[Place]:
    """Two entries of an instance exchange what they say."""
    one = other = (0, 0)
    while one == other:
        name = chance.choice(NAMES)
        where = f"instance = '{name}'"
        one, other = (some_leaf(database, chance, where)[::2] for _ in range(2))
    bodies = [body_of(database, name, seq) for _, seq in (one, other)]
    wanted: set[Place] = set()
    for (at, seq), body in zip((one, other), reversed(bodies), strict=True):
        put(database, name, seq, body=body, hash=leaf_hash(body))
        wanted |= {("journal.index", at, name, seq), ("log.leaf", at, name, seq)}
    return wanted


def cut_off(database: Database, chance: random.Random) -> set[Place]:
    """The end, entries and places: the log's row remembers it."""
    at, *_ = some_leaf(database, chance, "position > 0")
    database.execute(
        "DELETE FROM entry WHERE EXISTS (SELECT * FROM leaf WHERE position >= ? AND"
        " leaf.instance = entry.instance AND leaf.seq = entry.seq)",
        (at,),
    )
    database.execute("DELETE FROM leaf WHERE position >= ?", (at,))
    return {("log.state", None, OFFICE, None)}


def swapped_places(database: Database, chance: random.Random) -> set[Place]:
    one = other = (0, "", 0)
    while one == other:
        one, other = some_leaf(database, chance), some_leaf(database, chance)
    database.execute("UPDATE leaf SET seq = -1 WHERE position = ?", (one[0],))
    database.execute(
        "UPDATE leaf SET instance = ?, seq = ? WHERE position = ?",
        (*one[1:], other[0]),
    )
    database.execute(
        "UPDATE leaf SET instance = ?, seq = ? WHERE position = ?",
        (*other[1:], one[0]),
    )
    return {("log.leaf", one[0], *other[1:]), ("log.leaf", other[0], *one[1:])}


def edited_tile(database: Database, chance: random.Random) -> set[Place]:
    level, index, hashes = chance.choice(
        database.execute("SELECT level, place, hashes FROM tile").fetchall()
    )
    at = chance.randrange(len(hashes))
    other = bytearray(hashes)
    other[at] ^= 1 << chance.randrange(8)
    database.execute(
        "UPDATE tile SET hashes = ? WHERE level = ? AND place = ?",
        (bytes(other), level, index),
    )
    if level:
        return {("log.tile", None, OFFICE, None)}
    position = index * 256 + at // 32
    found = database.execute(
        "SELECT instance, seq FROM leaf WHERE position = ?", (position,)
    )
    return {("log.leaf", position, *found.fetchone())}


def dropped_tile(database: Database, chance: random.Random) -> set[Place]:
    level, index = chance.choice(
        database.execute("SELECT level, place FROM tile").fetchall()
    )
    database.execute("DELETE FROM tile WHERE level = ? AND place = ?", (level, index))
    return {("log.tile", None if level else index * 256, OFFICE, None)}


def slipped_in_tile(database: Database, chance: random.Random) -> set[Place]:
    key = (chance.randrange(4), chance.randrange(100, 10**9))
    database.execute("INSERT INTO tile VALUES (?, ?, zeroblob(32))", key)
    return {("log.tile", None, OFFICE, None)}


def edited_way(database: Database, chance: random.Random) -> set[Place]:
    bits, content = chance.choice(database.execute("SELECT * FROM way").fetchall())
    other = bytearray(content)
    other[chance.randrange(len(other))] ^= 1 << chance.randrange(8)
    database.execute("UPDATE way SET content = ? WHERE bits = ?", (bytes(other), bits))
    return {("log.way", None, OFFICE, None)}


def dropped_way(database: Database, chance: random.Random) -> set[Place]:
    (bits,) = chance.choice(database.execute("SELECT bits FROM way").fetchall())
    database.execute("DELETE FROM way WHERE bits = ?", (bits,))
    return {("log.way", None, OFFICE, None)}


def edited_head(database: Database, chance: random.Random) -> set[Place]:
    name = chance.choice(NAMES)
    (seq,) = database.execute(
        "SELECT revision FROM instance WHERE id = ?", (name,)
    ).fetchone()
    change, wanted = chance.choice(
        [
            ("hash = zeroblob(32)", ("audit.head", None, name, seq)),
            ("at = at + 1", ("audit.head", None, name, seq)),
            ("revision = revision - 1", ("audit.revision", None, name, None)),
        ]
    )
    database.execute(f"UPDATE instance SET {change} WHERE id = ?", (name,))
    return {wanted}


def dropped_head(database: Database, chance: random.Random) -> set[Place]:
    name = chance.choice(NAMES)
    database.execute("DELETE FROM instance WHERE id = ?", (name,))
    return {("log.unregistered", None, name, None)}


def edited_column(database: Database, chance: random.Random) -> set[Place]:
    at, name, seq = some_leaf(database, chance)
    column, value = chance.choice(
        [
            ("at", 7),
            ("at", "soon"),
            ("type", "Moved"),
            ("node", "别处"),
            ("actor", "丁"),
            ("actor", b"x"),
        ]
    )
    put(database, name, seq, **{column: value})
    return {("journal.index", at, name, seq)}


def renamed(database: Database, chance: random.Random) -> set[Place]:
    """The columns by which an entry is found."""
    at, name, seq = some_leaf(database, chance)
    column, value = chance.choice([("instance", "h"), ("seq", 100_000)])
    put(database, name, seq, **{column: value})
    now = ("h", seq) if column == "instance" else (name, value)
    return {("log.missing", at, name, seq), ("log.unplaced", None, *now)}  # type: ignore[arg-type]


def row_set_back(database: Database, chance: random.Random) -> set[Place]:
    column = chance.choice(["size = size - 1", "sealed = 0", "seq = 1", "hash = x'00'"])
    database.execute(f"UPDATE log SET {column}")
    return {("log.state", None, OFFICE, None)}


def line_removed(database: Database, chance: random.Random) -> set[Place]:
    number, name, first = chance.choice(
        database.execute("SELECT id, instance, first FROM unlogged").fetchall()
    )
    database.execute("DELETE FROM unlogged WHERE id = ?", (number,))
    return {("log.unplaced", None, name, first)}


def line_edited(database: Database, chance: random.Random) -> set[Place]:
    number, name, first, last = chance.choice(
        database.execute("SELECT * FROM unlogged").fetchall()
    )
    column = chance.choice(["first", "last"])
    move = chance.choice([-1, 1, 10**12])
    database.execute(
        f"UPDATE unlogged SET {column} = {column} + ? WHERE id = ?", (move, number)
    )
    now = first + move if column == "first" else first
    if (column, move) == ("last", -1):
        return {("log.unplaced", None, name, last)}
    if (column, move) == ("last", 1) and is_line(database, name, last + 1):
        now = last + 1  # two lines name it: the second comes too late
    return {("log.line", None, name, now)}


def is_line(database: Database, name: str, first: int) -> bool:
    found = database.execute(
        "SELECT 1 FROM unlogged WHERE instance = ? AND first = ?", (name, first)
    )
    return found.fetchone() is not None


def forged_seal(database: Database, chance: random.Random) -> set[Place]:
    """A seal that names another root, in its chain, its tree and its row."""
    at, name, seq = some_leaf(database, chance, f"instance = '{OFFICE}'")
    said = decode(body_of(database, name, seq))
    said["data"]["root"] = chance.randbytes(32).hex()
    body = encode(said)
    put(database, name, seq, body=body, hash=leaf_hash(body))
    return {("log.seal_root", at, name, seq), ("log.leaf", at, name, seq)}


TAMPERS = [
    *(edited_body, flipped_bit, edited_with_its_hash, edited_with_all_hashes),
    *(deleted, deleted_with_its_place, inserted, reordered, cut_off, swapped_places),
    *(edited_tile, dropped_tile, slipped_in_tile, edited_way, dropped_way),
    *(edited_head, dropped_head, edited_column, renamed, row_set_back),
    *(line_removed, line_edited, forged_seal),
]


@pytest.fixture
def tampered(whole: Path, tmp_path: Path) -> Callable[[Tamper, int], None]:
    """A copy is altered where chance has it, and the place must be told."""

    def alter(tamper: Tamper, seed: int) -> None:
        file = tmp_path / "copy.db"
        for old in tmp_path.iterdir():
            old.unlink()
        shutil.copy(whole, file)
        with sqlite3.connect(file) as database:
            wanted = tamper(database, random.Random(seed))
        database.close()
        told = places(verified(file))
        assert wanted <= told, (seed, wanted, sorted(map(str, told)))

    return alter


@pytest.mark.parametrize("tamper", TAMPERS)
def test_what_was_altered_is_told_where_it_stands(
    tampered: Any, tamper: Tamper
) -> None:
    for seed in range(8):
        tampered(tamper, seed)


@pytest.mark.slow
@pytest.mark.parametrize("tamper", TAMPERS)
def test_a_thousand_alterations_of_each_kind_are_told(
    tampered: Any, tamper: Tamper
) -> None:
    for seed in range(1000):
        tampered(tamper, seed)


@pytest.mark.parametrize(
    "tamper", [edited_tile, edited_way, edited_head, edited_column]
)
def test_what_was_altered_in_one_place_is_told_once(
    whole: Path, tmp_path: Path, tamper: Tamper
) -> None:
    for seed in range(20):
        file = tmp_path / f"{seed}.db"
        shutil.copy(whole, file)
        with sqlite3.connect(file) as database:
            wanted = tamper(database, random.Random(seed))
        database.close()
        told = verified(file)
        assert len(told.defects) == 1
        assert places(told) == wanted


# -- what nobody altered


def test_an_honest_log_has_no_defect(whole: Path) -> None:
    told = verified(whole)
    assert told.defects == ()
    assert (told.instances, told.size + told.waiting) == (7, 7 * 50 * 3 * 4 // 5 + 3)
    assert 0 < told.waiting < 100
    assert 0 < told.sealed <= told.size


def test_a_log_without_places_is_told_as_such(tmp_path: Path) -> None:
    journal = open_journal(f"sqlite:///{tmp_path / 'x.db'}")
    journal.put_plan(PLAN, b"p")
    assert whole_log.verify(journal).size == 0
    journal.append(batch("x", 0, 3))
    told = whole_log.verify(journal)
    assert (told.size, told.waiting, told.instances, told.defects) == (0, 3, 1, ())
    journal.close()


@pytest.fixture
def small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_log, "STRETCH", 256)


def test_stretches_join_as_one(whole: Path, small_stretches: None) -> None:
    assert verified(whole).defects == ()


@pytest.mark.parametrize("tamper", TAMPERS)
def test_what_was_altered_is_told_across_stretches(
    tampered: Any, tamper: Tamper, small_stretches: None
) -> None:
    for seed in range(8, 12):
        tampered(tamper, seed)


def test_several_processes_say_what_one_says(
    whole: Path, tmp_path: Path, small_stretches: None
) -> None:
    file = tmp_path / "copy.db"
    shutil.copy(whole, file)
    with sqlite3.connect(file) as database:
        for seed, tamper in enumerate((edited_body, deleted, edited_tile)):
            tamper(database, random.Random(seed))
    database.close()
    alone = verified(file)
    reopen = partial(open_journal, f"sqlite:///{file}")
    assert alone.defects
    assert verified(file, reopen=reopen, processes=2) == alone


def test_the_root_of_every_size_is_that_of_the_tree(
    whole: Path, small_stretches: None
) -> None:
    with open_journal(f"sqlite:///{whole}") as journal:
        size = journal.log.extent().count
        tree = Tree(size, journal.log.tile)
        sizes = [0, 1, 2, 255, 256, 257, 300, 511, 512, 513, size - 1, size]
        told = whole_log.verify(journal, sizes=sizes)
        assert told.roots == {one: tree.root(one) for one in sizes}
        assert told.root == tree.root()


def write(url: str, stop: Event) -> None:
    with open_journal(url) as journal:
        while not stop.is_set():
            for name in NAMES:
                head = journal.head(name)
                assert head is not None
                journal.append(batch(name, head.revision, 2))
            journal.log.seal(AT + timedelta(days=400))


def test_whoever_writes_meanwhile_is_no_defect(
    tmp_path: Path, small_stretches: None
) -> None:
    url, stop = f"sqlite:///{tmp_path / 'x.db'}", Event()
    filled(open_journal(url), turns=10).close()
    writer = Thread(target=write, args=(url, stop))
    writer.start()
    try:
        with open_journal(url) as journal:
            sizes = [0]
            while sizes[-1] < 1_000:
                told = whole_log.verify(journal)
                assert told.defects == ()
                sizes.append(told.size)
            reopen = partial(open_journal, url)
            told = whole_log.verify(journal, reopen=reopen, processes=2)
            assert told.defects == ()
    finally:
        stop.set()
        writer.join()
    assert len(set(sizes)) > 2
