"""Every file that an entry names is there, with the bytes of its digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.audit.office import MADE, NAMES, altered, furnish

DIGEST = hashlib.sha256(MADE).hexdigest()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("files") / "whole.db"
    furnish(f"sqlite:///{file}")
    return file


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (f"DELETE FROM blob WHERE digest = '{DIGEST}'", "audit.blob_missing"),
        (f"UPDATE blob SET content = 'x' WHERE digest = '{DIGEST}'", "audit.blob"),
    ],
)
def test_a_file_that_an_action_made_is_looked_at_for_each_instance_that_names_it(
    whole: Path, tmp_path: Path, change: str, code: str
) -> None:
    told = altered(whole, tmp_path / "copy.db", change)
    assert {(one.code, one.instance) for one in told} == {(code, one) for one in NAMES}
