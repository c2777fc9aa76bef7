"""Nothing is in the database that an auditor must trust unseen.

Whatever stands in any column of any table is altered, any row removed, any slipped in:
``plangate verify`` tells of it, or a list says why nobody has to trust it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Connection, Table, create_engine

from engine.audit.verifying.defects import Defect
from engine.journal.tables import metadata
from tests.audit.columns import (
    NOT_MISSED,
    OUTSIDE,
    TABLES,
    Where,
    columns,
    edit,
    remove,
    rows,
    slip_in,
)
from tests.audit.office import found, furnish, unguarded

Change: TypeAlias = Callable[[Connection, Table, dict[str, Any]], None]
Told: TypeAlias = Callable[[str, Change], list[list[Defect]]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("columns") / "whole.db"
    furnish(f"sqlite:///{file}")
    unguarded(file)
    return file


@pytest.fixture
def told(whole: Path, tmp_path: Path) -> Told:
    """What is told of each of two copies: the first row is changed, or the last."""

    def looked(table: str, change: Change) -> list[list[Defect]]:
        answers = []
        for number in (0, -1):
            copy = tmp_path / f"copy{number}.db"
            shutil.copy(whole, copy)
            engine = create_engine(f"sqlite:///{copy}")
            with engine.begin() as connection:
                of = metadata.tables[table]
                change(connection, of, rows(connection, of)[number])
            engine.dispose()
            answers.append(found(f"sqlite:///{copy}"))
        return answers

    return looked


def editing(where: Where) -> Change:
    return lambda connection, _, row: edit(connection, where, row)


def test_of_what_nobody_touched_nothing_is_told(whole: Path) -> None:
    assert found(f"sqlite:///{whole}") == []


def test_every_exception_is_a_column_and_has_its_reason() -> None:
    assert set(OUTSIDE) < set(columns())
    assert set(NOT_MISSED) < set(TABLES)
    assert all([*OUTSIDE.values(), *NOT_MISSED.values()])


def test_every_exception_is_named_where_a_reader_looks() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
    verify = page.partition("\n## `verify`")[2].partition("\n## ")[0]
    for table, column in OUTSIDE:
        assert f"`{table}.{column}`" in verify


@pytest.mark.parametrize("where", sorted(set(columns()) - set(OUTSIDE)), ids=".".join)
def test_another_value_is_told(told: Told, where: Where) -> None:
    for defects in told(where[0], editing(where)):
        assert defects
        assert not any("unreadable" in one.code for one in defects)


@pytest.mark.parametrize("where", sorted(OUTSIDE), ids=".".join)
def test_of_what_no_history_gives_nothing_is_told(told: Told, where: Where) -> None:
    """Else it is no exception any more."""
    assert told(where[0], editing(where)) == [[], []]


@pytest.mark.parametrize("table", sorted(set(TABLES) - set(NOT_MISSED)))
def test_a_row_that_is_gone_is_missed(told: Told, table: str) -> None:
    for defects in told(table, remove):
        assert defects


@pytest.mark.parametrize("table", sorted(NOT_MISSED))
def test_a_row_that_may_go_is_not_missed(told: Told, table: str) -> None:
    assert told(table, remove) == [[], []]


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_slipped_in_is_told(told: Told, table: str) -> None:
    for defects in told(table, slip_in):
        assert defects
