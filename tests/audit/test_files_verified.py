"""Every file that an entry names is there, with the bytes of its digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from engine.core.commands import ApproveErasure, AskErasure, Do
from engine.core.inputs import File
from engine.errors import ActRefused
from engine.journal.opening import open_journal
from engine.testing import Play, paper
from tests.audit.office import MADE, NAMES, PLAN, altered, found, furnish

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


# -- what was erased stays erased


HANDED_IN = b"evidence"


def handed_in(play: Play, *, who: str = "甲") -> File:
    one = paper(HANDED_IN.decode())
    command = Do(node="办", move="finish", actor=who, inputs={"evidence": one})
    play.service.do(play.id, command, now=play.now, blobs={one.sha256: HANDED_IN})
    return one


def erased(play: Play, digest: str) -> None:
    ask = AskErasure(actor="甲", entry=1, basis="本人要求", files=(digest,))
    asked = play.service.erasure(play.id, ask, now=play.now).events[0][0]
    for who in ("乙", "丙"):
        step = ApproveErasure(actor=who, asked=asked)
        play.service.erasure(play.id, step, now=play.now)


def test_an_erased_file_that_somebody_puts_back_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with open_journal(url) as journal:
        play = Play.of(PLAN, journal=journal)
        erased(play, handed_in(play).sha256)
        assert found(url) == []
        journal.put_blob(HANDED_IN)
        last = play.service.look(play.id).instance.revision
    (one,) = found(url)
    assert (one.code, one.seq) == ("audit.blob_left", last)


def test_an_erased_file_that_another_hands_in_anew_is_theirs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with open_journal(url) as journal:
        play = Play.of(PLAN, journal=journal)
        erased(play, handed_in(play).sha256)
        handed_in(Play.of(PLAN, journal=journal, id="other"))
    assert found(url) == []


def test_nothing_is_kept_of_what_a_refused_act_handed_in() -> None:
    play = Play.of(PLAN)
    with pytest.raises(ActRefused):
        handed_in(play, who="丙")
    assert play.journal.blob(paper(HANDED_IN.decode()).sha256) is None


# -- requests


def test_a_request_in_the_queue_of_another_clock_is_told(
    whole: Path, tmp_path: Path
) -> None:
    change = "UPDATE request SET simulated = 1 WHERE instance = '甲案'"
    told = altered(whole, tmp_path / "copy.db", change)
    assert {one.code for one in told} == {"audit.request_clock"}
    assert {one.instance for one in told} == {"甲案"}
