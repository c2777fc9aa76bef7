"""What is kept beside a history is altered anywhere: found, and named."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from engine.audit.verifying.verify import verify
from engine.journal.opening import open_journal
from engine.plan.library import from_bundle
from engine.testing import CAMPAIGN, campaign

Database: TypeAlias = sqlite3.Connection
Found: TypeAlias = tuple[str, Any]
"""(code, what it is about)."""
Tamper: TypeAlias = Callable[[Database, random.Random], set[Found]]

opened = cache(from_bundle)
"""The same bytes are the same plan."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("beside") / "whole.db"
    campaign(f"sqlite:///{file}", until="2009-04-20 09:00").journal.close()
    with sqlite3.connect(file) as database:
        names = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        for (name,) in names.fetchall():
            database.execute(f"DROP TRIGGER {name}")
    database.close()
    return file


def some(database: Database, chance: random.Random, asked: str) -> Any:
    return chance.choice(database.execute(asked).fetchall())


def edited_fact(database: Database, chance: random.Random) -> set[Found]:
    (key,) = some(database, chance, "SELECT key FROM fact WHERE key NOT LIKE 's/%'")
    change = chance.choice(["value = '\"x\"'", "seq = seq + 1", "value = '[]'"])
    database.execute(f"UPDATE fact SET {change} WHERE key = ?", (key,))
    return {("audit.fact", key)}


def dropped_fact(database: Database, chance: random.Random) -> set[Found]:
    (key,) = some(database, chance, "SELECT key FROM fact")
    database.execute("DELETE FROM fact WHERE key = ?", (key,))
    return {("audit.fact_missing", key)}


def edited_timer(database: Database, chance: random.Random) -> set[Found]:
    node, move = some(database, chance, "SELECT node, move FROM timer")
    change = chance.choice(["due = due + 1", "due = 0", "move = 'x' || move"])
    database.execute(
        f"UPDATE timer SET {change} WHERE node = ? AND move = ?", (node, move)
    )
    return {("audit.timer", (node, move))}


def edited_request(database: Database, chance: random.Random) -> set[Found]:
    (key,) = some(database, chance, "SELECT key FROM request")
    change, code = chance.choice(
        [
            ("parameters = '{}'", "audit.request"),
            ("action = 'webhook'", "audit.request"),
            ("node = '别处'", "audit.request"),
            ("seq = seq + 1", "audit.request_extra"),
            ("key = 'x' || key", "audit.request_missing"),
        ]
    )
    database.execute(f"UPDATE request SET {change} WHERE key = ?", (key,))
    return {(code, key)}


def swapped_blob(database: Database, chance: random.Random) -> set[Found]:
    (digest,) = some(database, chance, "SELECT digest FROM blob")
    change = chance.choice(["content || x'00'", "x''", "zeroblob(length(content))"])
    database.execute(f"UPDATE blob SET content = {change} WHERE digest = ?", (digest,))
    return {("audit.blob", digest)}


def swapped_plan(database: Database, chance: random.Random) -> set[Found]:
    digest, text = some(database, chance, "SELECT digest, text FROM plan_text")
    other = bytearray(text)
    other[chance.randrange(len(other))] ^= 1 << chance.randrange(8)
    database.execute("UPDATE plan_text SET text = ?", (bytes(other),))
    return {("audit.plan", digest)}


def dropped_timer(database: Database, chance: random.Random) -> set[Found]:
    node, move = some(database, chance, "SELECT node, move FROM timer")
    database.execute("DELETE FROM timer WHERE node = ? AND move = ?", (node, move))
    return {("audit.timer", (node, move))}


def dropped_request(database: Database, chance: random.Random) -> set[Found]:
    (key,) = some(database, chance, "SELECT key FROM request")
    database.execute("DELETE FROM request WHERE key = ?", (key,))
    return {("audit.request_missing", key)}


def dropped_blob(database: Database, chance: random.Random) -> set[Found]:
    (digest,) = some(database, chance, "SELECT digest FROM blob")
    database.execute("DELETE FROM blob WHERE digest = ?", (digest,))
    return {("audit.blob_missing", digest)}


TAMPERS = [
    *(edited_fact, dropped_fact, edited_timer, dropped_timer),
    *(edited_request, dropped_request, swapped_blob, dropped_blob, swapped_plan),
]


def found(file: Path) -> set[Found]:
    with open_journal(f"sqlite:///{file}") as journal:
        head = journal.head(CAMPAIGN)
        assert head is not None
        told = verify(journal, head, opened)
    return {(one.code, about(one.values)) for one in told.defects}


def about(values: Any) -> Any:
    if "node" in values:
        return values["node"], values["move"]
    named = [values[one] for one in ("fact", "key", "digest") if one in values]
    return named[0] if named else None


def alter(whole: Path, folder: Path, tamper: Tamper, seed: int) -> None:
    file = folder / "copy.db"
    for old in folder.iterdir():
        old.unlink()
    shutil.copy(whole, file)
    with sqlite3.connect(file) as database:
        wanted = tamper(database, random.Random(seed))
    database.close()
    told = found(file)
    assert wanted <= told, (seed, wanted, told)
    assert len(told) <= 2, (seed, told)


def test_what_was_not_touched_has_no_defect(whole: Path) -> None:
    assert found(whole) == set()


@pytest.mark.parametrize("tamper", TAMPERS)
def test_what_was_altered_is_named(whole: Path, tmp_path: Path, tamper: Tamper) -> None:
    for seed in range(8):
        alter(whole, tmp_path, tamper, seed)


@pytest.mark.slow
@pytest.mark.parametrize("tamper", TAMPERS)
def test_a_thousand_alterations_of_each_kind_are_named(
    whole: Path, tmp_path: Path, tamper: Tamper
) -> None:
    for seed in range(1000):
        alter(whole, tmp_path, tamper, seed)
