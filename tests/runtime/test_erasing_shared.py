"""A file that two instances name goes when both had it erased, and not before."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine import verifier
from engine.audit.exports.bundle import Bundled, write
from engine.audit.verifying.verify import verify
from engine.core.commands import AskErasure, Do
from engine.core.events import Erased
from engine.errors import BadInput
from engine.journal.opening import open_journal
from engine.plan.library import from_bundle
from engine.ports import Journal
from engine.runtime.erasing import approve, meant
from engine.testing import Play, paper
from tests.verifier import second

PLAN = """
plan: example/sharing
title: 共用的文件
window: {from: 2009-04-11, to: 2009-04-30}
leader: 甲
parties: {people: {甲: {}, 乙: {}, 丙: {}}}
stages:
- id: 阶段
  links:
  - {id: 环节, owner: 甲, do: [
      {id: 办, kind: task, owner: 甲}, {id: 再办, kind: task, owner: 甲}]}
"""
BYTES = b"minutes about somebody"
FILE = paper(BYTES.decode())
FIRST, SECOND = "甲案", "乙案"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(f"sqlite:///{tmp_path / 'x.db'}") as opened:
        yield opened


@pytest.fixture
def both(journal: Journal) -> dict[str, Play]:
    """Two instances that were handed the same file."""
    plays = {one: Play.of(PLAN, journal=journal, id=one) for one in (FIRST, SECOND)}
    for play in plays.values():
        handed_in(play)
    return plays


def handed_in(play: Play, node: str = "办") -> int:
    command = Do(node=node, move="finish", actor="甲", inputs={"evidence": FILE})
    blobs = {FILE.sha256: BYTES}
    return play.service.do(play.id, command, now=play.now, blobs=blobs).first


def asked(play: Play, entry: int | None = None) -> int:
    named = (
        one.seq
        for one in play.journal.entries(play.id)
        if FILE.sha256.encode() in one.body
    )
    at = next(named) if entry is None else entry
    files = meant(play.service, play.id, at, file=FILE.sha256).files
    ask = AskErasure(actor="甲", entry=at, basis="本人要求", files=files)
    return play.service.erasure(play.id, ask, now=play.now).events[0][0]


def erased(play: Play, entry: int | None = None) -> Erased:
    request = asked(play, entry)
    approve(play.service, play.id, request, actor="乙", now=play.now)
    told = approve(play.service, play.id, request, actor="丙", now=play.now).erased
    assert told is not None
    return told


def is_whole(journal: Journal) -> bool:
    """To `plangate verify`, and to both verifiers of bundles of all and of each."""
    for head in journal.heads():
        assert verify(journal, head, from_bundle).defects == ()
    scopes: list[list[str] | None] = [None, [FIRST], [SECOND], [FIRST, SECOND]]
    for scope in scopes:
        data, _ = bundled(journal, scope)
        found = verifier.verify(io.BytesIO(data), None)
        # there is no policy: that alone is not decided
        assert (found.exit, found.defects) == (2, ()), scope
        assert (told := second.verify(data, None)).exit == 2, told
    return True


def bundled(journal: Journal, scope: Sequence[str] | None) -> tuple[bytes, Bundled]:
    out = io.BytesIO()
    now = max(one.at for one in journal.heads())
    told = write(journal, out, scope, now=now)
    return out.getvalue(), told


def files(journal: Journal, *scope: str) -> int:
    return bundled(journal, list(scope) or None)[1].files


def test_what_one_had_erased_stays_for_the_other(
    journal: Journal, both: dict[str, Play]
) -> None:
    assert is_whole(journal)
    told = erased(both[FIRST])
    assert (told.files, told.shared) == ((), (FILE.sha256,))
    assert journal.blob(FILE.sha256) == BYTES
    assert is_whole(journal)
    held = (files(journal), files(journal, FIRST), files(journal, SECOND))
    assert held == (1, 0, 1)


@pytest.mark.parametrize("order", [(FIRST, SECOND), (SECOND, FIRST)])
def test_with_the_last_ones_erasure_its_bytes_are_in_no_file(
    journal: Journal, both: dict[str, Play], order: tuple[str, str], tmp_path: Path
) -> None:
    one, other = order
    erased(both[one])
    told = erased(both[other])
    assert (told.files, told.shared) == ((FILE.sha256,), ())
    assert journal.blob(FILE.sha256) is None
    assert not any(BYTES in file.read_bytes() for file in tmp_path.glob("x.db*"))
    assert is_whole(journal)
    assert files(journal) == 0


def test_two_who_erase_at_once_each_leave_it_to_the_other_and_it_goes(
    journal: Journal, both: dict[str, Play], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one has looked before the first one's erasure was recorded."""
    requests = {name: asked(play) for name, play in both.items()}
    for name, play in both.items():
        approve(play.service, name, requests[name], actor="乙", now=play.now)
    first, late = both.values()
    sharing = type(journal).sharing

    def looked(self: Journal, digest: str, *, instance: str) -> Sequence[str]:
        found = sharing(self, digest, instance=instance)
        monkeypatch.undo()
        approve(first.service, FIRST, requests[FIRST], actor="丙", now=first.now)
        return found

    monkeypatch.setattr(type(journal), "sharing", looked)
    last = approve(late.service, SECOND, requests[SECOND], actor="丙", now=late.now)
    assert last.erased is not None
    assert last.erased.shared == (FILE.sha256,)
    assert journal.blob(FILE.sha256) is None
    assert is_whole(journal)


def test_who_names_it_again_holds_it_again(
    journal: Journal, both: dict[str, Play]
) -> None:
    erased(both[FIRST])
    handed_in(both[FIRST], "再办")
    assert erased(both[SECOND]).shared == (FILE.sha256,)
    assert journal.blob(FILE.sha256) == BYTES
    assert is_whole(journal)


def test_what_was_handed_in_again_can_be_erased_again(
    journal: Journal, both: dict[str, Play]
) -> None:
    erased(both[SECOND])
    erased(both[FIRST])
    with pytest.raises(BadInput):
        asked(both[FIRST])
    again = handed_in(both[FIRST], "再办")
    assert journal.blob(FILE.sha256) == BYTES
    assert is_whole(journal)
    assert erased(both[FIRST], again).files == (FILE.sha256,)
    assert journal.blob(FILE.sha256) is None
    assert is_whole(journal)


def test_what_was_handed_in_again_and_is_gone_is_missed(
    journal: Journal, both: dict[str, Play], tmp_path: Path
) -> None:
    erased(both[SECOND])
    erased(both[FIRST])
    handed_in(both[FIRST], "再办")
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("DELETE FROM blob")
    database.close()
    heads = journal.heads([FIRST, SECOND])
    found = [
        wrong for one in heads for wrong in verify(journal, one, from_bundle).defects
    ]
    assert [(one.code, one.instance) for one in found] == [
        ("audit.blob_missing", FIRST)
    ]
    assert bundled(journal, None)[1].missing == (FILE.sha256,)
