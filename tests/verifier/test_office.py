"""What the office says of itself in `~log`: its form, and its claims."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.verifier import Report, Where, verify
from tests.verifier.bundles import Entry, Log, bundle, quiet

EXPORTED: Entry = {
    "form": "csv",
    "scope": ["甲"],
    "size": 3,
    "digest": "0" * 64,
    "bytes": 5,
}
GOOD: dict[str, Entry] = {
    "exported": EXPORTED,
    "retried": {"keys": ["a/1/1"]},
    "migrated": {"from": "0004", "to": "0006"},
}


def with_deed(kind: str, data: Entry, **keys: Any) -> Log:
    log = quiet()
    log.add("~log", kind, data, **keys)
    log.seal()
    return log


def report_of(log: Log, scope: Any = "log") -> Report:
    written = bundle(log, scope)
    return verify(written.verifiable(), written.policy)


@pytest.mark.parametrize("kind", GOOD)
def test_what_the_office_did_is_no_defect(kind: str) -> None:
    assert report_of(with_deed(kind, GOOD[kind], actor="甲")).exit == 0


def test_the_whole_log_may_be_what_was_exported() -> None:
    assert report_of(with_deed("exported", {**EXPORTED, "scope": "log"})).exit == 0


@pytest.mark.parametrize("kind", GOOD)
def test_what_it_must_say_and_does_not_is_told(kind: str) -> None:
    for key in GOOD[kind]:
        for spoilt in (
            {name: value for name, value in GOOD[kind].items() if name != key},
            {**GOOD[kind], key: -1},
        ):
            log = with_deed(kind, spoilt)
            found = report_of(log).defects
            place = Where(12 + 1, "~log", json.loads(log.lines[-2])["seq"])
            assert [(d.code, d.where) for d in found] == [("entry.form", place)]


def test_an_export_of_more_than_there_was_is_told() -> None:
    assert report_of(with_deed("exported", {**EXPORTED, "size": 13})).exit == 0
    (found,) = report_of(with_deed("exported", {**EXPORTED, "size": 14})).defects
    assert (found.code, found.where.position) == ("log.claim", 13)


def test_what_is_said_of_the_office_stands_in_the_log_and_nowhere_else() -> None:
    log = quiet()
    name = next(iter(set(log.heads) - {"~log"}))
    log.add(name, "exported", EXPORTED)
    log.seal()
    assert {d.code for d in report_of(log).defects} == {"entry.form"}
