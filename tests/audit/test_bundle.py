"""A bundle holds what docs/history-format.md §5 says, and nothing of anybody else."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from engine.audit.exports.bundle import Bundled, write
from engine.bootstrap import open_service
from engine.core.commands import Signal
from engine.errors import UnknownInstance
from engine.plan.library import load
from engine.ports import OFFICE, Journal
from engine.proof import heads
from engine.proof.tree import Tree, includes
from engine.runtime.service import Service
from engine.testing import CAMPAIGN, START, campaign

NOW = datetime(2009, 6, 1, tzinfo=UTC)
OTHER = "另一个实例"


@pytest.fixture(params=["memory", "sqlite"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """The campaign's first weeks, and beside it somebody else's instance."""
    memory = request.param == "memory"
    url = "memory://" if memory else f"sqlite:///{tmp_path / 'x.db'}"
    service = campaign(url, until="2009-05-08 17:30")
    plan, bundle = load("base/study-practice")
    service.start(plan, bundle, instance=OTHER, now=START)
    yield service
    service.journal.close()


def bundled(
    journal: Journal, *names: str, **more: Any
) -> tuple[Bundled, dict[str, bytes]]:
    out = io.BytesIO()
    told = write(journal, out, names or None, now=NOW, **more)
    with ZipFile(out) as archive:
        return told, {one: archive.read(one) for one in archive.namelist()}


def lines_of(members: dict[str, bytes]) -> list[tuple[int, bytes]]:
    found = [line.split(b" ", 1) for line in members["entries"].splitlines()]
    return [(int(position), body) for position, body in found]


def leaf(body: bytes) -> bytes:
    return hashlib.sha256(b"\0" + body).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = root_of(leaves[:split]), root_of(leaves[split:])
    return hashlib.sha256(b"\1" + left + right).digest()


def test_the_whole_log_is_there_under_its_root(service: Service) -> None:
    told, members = bundled(service.journal)
    about = json.loads(members["bundle.json"])
    found = lines_of(members)
    assert [position for position, _ in found] == list(range(told.size))
    assert root_of([leaf(body) for _, body in found]).hex() == about["root"]
    assert about["scope"] == "log"
    assert about["size"] == told.size == told.entries
    assert json.loads(found[-1][1])["type"] == "sealed"
    assert {json.loads(body)["instance"] for _, body in found} == {
        CAMPAIGN,
        OTHER,
        OFFICE,
    }


def test_each_plan_and_file_lies_under_its_digest(service: Service) -> None:
    told, members = bundled(service.journal)
    content = {
        name.partition("/")[2]: bytes_
        for name, bytes_ in members.items()
        if name.startswith(("plans/", "files/"))
    }
    assert (told.plans, told.missing) == (2, ())
    assert len(content) == told.plans + told.files > 10
    for digest, bytes_ in content.items():
        assert hashlib.sha256(bytes_).hexdigest() == digest
    for name in members:
        assert name in {"bundle.json", "entries"} or name.startswith(
            ("plans/", "files/")
        )


def test_of_one_instance_all_is_there_with_its_proofs_and_nothing_of_others(
    service: Service,
) -> None:
    told, members = bundled(service.journal, CAMPAIGN)
    about, found = json.loads(members["bundle.json"]), lines_of(members)
    proofs = [json.loads(line) for line in members["proofs"].splitlines()]
    root = bytes.fromhex(about["root"])
    for (position, body), said in zip(found, proofs, strict=False):
        path = [bytes.fromhex(one) for one in said["path"]]
        assert said["position"] == position
        assert includes(leaf(body), position, about["size"], path, root)
    assert about["scope"] == [CAMPAIGN]
    assert len(found) + 1 == len(proofs)
    seal = json.loads(found[-1][1])
    assert (seal["type"], found[-1][0]) == ("sealed", about["size"] - 1)
    mine = [body for _, body in found if json.loads(body)["instance"] == CAMPAIGN]
    siblings = [bytes.fromhex(one) for one in proofs[-1]["siblings"]]
    heads_root = bytes.fromhex(seal["data"]["root"])
    last = leaf(mine[-1])
    assert heads.holds(heads_root, CAMPAIGN, len(mine), last, siblings)
    # one entry less is another head
    before = leaf(mine[-2])
    assert not heads.holds(heads_root, CAMPAIGN, len(mine) - 1, before, siblings)
    assert told.plans == 1
    for bytes_ in members.values():
        assert OTHER.encode() not in bytes_


def test_what_comes_after_the_seal_is_not_shown_in_part(service: Service) -> None:
    """While a bundle is written, people act and others seal the log."""

    def busy(_: int) -> None:
        at = NOW + timedelta(minutes=busy_times.pop()) if busy_times else None
        if at is not None:
            said = Signal(name="别的事", actor="郭元冲")
            service.signal(CAMPAIGN, said, now=at)
            service.journal.log.seal(at)

    busy_times = [3, 2, 1]
    told, members = bundled(service.journal, CAMPAIGN, progress=busy)
    found = lines_of(members)
    root = bytes.fromhex(json.loads(members["bundle.json"])["root"])
    state = service.journal.log.state()
    assert state.size >= told.size + 6
    assert Tree(state.size, service.journal.log.tile).root(told.size) == root
    assert all(position < told.size for position, _ in found)
    assert busy_times == []


def test_a_checkpoint_is_of_the_size_and_root_that_are_shown(service: Service) -> None:
    signed: list[tuple[int, bytes]] = []

    def sign(tree: Tree) -> str:
        signed.append((tree.size, tree.root()))
        return "a note"

    told, members = bundled(service.journal, sign=sign)
    assert signed == [(told.size, told.root)]
    assert told.is_signed
    assert members["checkpoint"] == b"a note"


def test_the_same_history_is_the_same_bytes(service: Service) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    write(service.journal, first, None, now=NOW)
    write(service.journal, second, None, now=NOW)
    assert first.getvalue() == second.getvalue()


def test_an_instance_that_is_not_there_is_told(service: Service) -> None:
    with pytest.raises(UnknownInstance):
        bundled(service.journal, CAMPAIGN, "nobody")


def test_a_database_without_anything_gives_a_bundle_of_nothing() -> None:
    with open_service("memory://").journal as journal:
        told, members = bundled(journal)
    assert (told.size, told.root) == (0, hashlib.sha256(b"").digest())
    assert members["entries"] == b""
