"""The migrations make exactly the tables that the code uses, on both databases."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from engine.journal import migrations
from engine.journal.codec import decode
from engine.journal.migrations import KNOWN, upgrade
from engine.journal.opening import open_journal
from engine.journal.prepared import FILE, Prepared
from engine.journal.statements import text_of_all
from engine.journal.tables import metadata
from engine.ports import Batch, Draft


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'm.db'}"
    url = str(request.getfixturevalue("database"))
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def test_migrated_tables_are_the_tables_of_the_code(address: str) -> None:
    upgrade(address)
    upgrade(address)
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_prepared_statements_are_what_sqlalchemy_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == text_of_all()


def test_every_prepared_statement_has_a_name_in_the_code() -> None:
    names = {one.name for one in fields(Prepared)}
    assert names == set(json.loads(FILE.read_text(encoding="utf-8")))


def test_the_known_revisions_are_those_of_alembic() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    found = [one.revision for one in scripts.walk_revisions()]
    assert list(reversed(found)) == list(KNOWN)


def test_a_migration_leaves_what_was_recorded_as_it_was(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    journal = open_journal(url)
    journal.put_plan("p", b"p")
    drafts = [Draft(at=datetime(2009, 4, 11, tzinfo=UTC), type="moved", payload={})]
    journal.append(Batch(instance="x", expected=0, plan="p", drafts=drafts))
    before = list(journal.entries("x"))
    journal.close()
    upgrade(url)
    journal = open_journal(url)
    assert list(journal.entries("x")) == before
    journal.close()


def test_opening_a_current_database_loads_no_heavy_library(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    open_journal(url).close()
    code = (
        "import sys; from engine.journal.opening import open_journal; "
        f"open_journal({url!r}).heads(); "
        "print(*sorted({'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == ""


def test_many_processes_may_find_an_empty_database_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'm.db'}"
    code = (
        "from engine.journal.opening import open_journal; "
        f"journal = open_journal({url!r}); print(len(journal.heads()))"
    )
    opened = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [one.communicate(timeout=60)[0].strip() for one in opened] == [b"0"] * 3


def test_that_the_tables_were_brought_up_to_date_is_the_next_entry_of_the_log(
    tmp_path: Path,
) -> None:
    file = tmp_path / "m.db"
    shutil.copy(_made_by("0004", tmp_path), file)
    journal = open_journal(f"sqlite:///{file}")
    journal.log.seal(datetime(2009, 4, 11, tzinfo=UTC))
    journal.close()
    journal = open_journal(f"sqlite:///{file}")
    journal.log.seal(datetime(2009, 4, 12, tzinfo=UTC))
    told = [(one.type, decode(one.body)["data"]) for one in journal.entries("~log")]
    assert told[0] == ("migrated", {"from": "0004", "to": KNOWN[-1]})
    assert [kind for kind, _ in told] == ["migrated", "sealed"]
    journal.close()


def test_a_database_that_was_made_now_was_not_migrated(tmp_path: Path) -> None:
    journal = open_journal(f"sqlite:///{tmp_path / 'm.db'}")
    assert journal.log.state().migrated is None
    journal.close()


def _made_by(revision: str, folder: Path) -> Path:
    """A database as an earlier release left it."""
    file = folder / "old.db"
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    return file
