"""A clock that is set back between acts makes no defect: an instance's time stands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from engine.journal.codec import decode
from engine.journal.opening import open_journal
from engine.testing import START, Play
from tests.audit.office import PLAN, convene, found


def test_a_clock_that_was_set_back_between_acts_is_no_defect(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with open_journal(url) as journal:
        play = Play.of(PLAN, journal=journal)
        play.service.clock = lambda: play.now
        convene(play)
        journal.log.seal(play.now)
        play.now = START - timedelta(days=2)
        play.do("征求", "collect", who="乙", text="说他拖拉", channel="谈话")
        journal.log.seal(play.now)
        *_, last = journal.entries(play.id)
    assert last.at > START > play.now
    # what the machine's clock said is kept beside it, as the claim that it is
    assert decode(last.body)["recorded"] < decode(last.body)["at"]
    assert found(url) == []
