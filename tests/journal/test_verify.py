"""A campaign is whole on every journal: memory, SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from threading import Event

import pytest

from engine.audit.verifying import whole_log
from engine.audit.verifying.verify import verify
from engine.journal.opening import open_journal
from engine.plan.library import from_bundle
from engine.ports import Batch, Draft
from engine.testing import CAMPAIGN, campaign

AT = datetime(2010, 1, 5, tzinfo=UTC)


def test_what_the_engine_wrote_is_whole_wherever_it_is_kept(url: str) -> None:
    journal = campaign(url).journal
    head = journal.head(CAMPAIGN)
    assert head is not None
    found = verify(journal, head, from_bundle)
    assert found.defects == ()
    assert found.revision == head.revision > 700
    told = whole_log.verify(journal)
    assert (told.size, told.waiting, told.defects) == (0, head.revision, ())
    journal.log.seal(AT)
    told = whole_log.verify(journal)
    assert (told.size, told.waiting, told.defects) == (head.revision + 1, 0, ())
    assert told.sealed == told.size
    journal.close()


def turns(url: str, name: str, stop: Event) -> int:
    """Somebody acts on an instance until it is enough."""
    count = 0
    with open_journal(url) as journal:
        while not stop.is_set():
            drafts = [Draft(at=AT, type="moved", payload={"n": count})]
            batch = Batch(instance=name, expected=count, plan="p", drafts=drafts)
            journal.append(batch)
            count += 1
            if count % 50 == 0:
                journal.log.seal(AT)
    return count


def test_several_who_act_meanwhile_are_no_defect(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url.startswith("memory"):
        pytest.skip("no two connections share a journal in memory")
    monkeypatch.setattr(whole_log, "STRETCH", 256)
    stop, names = Event(), ("甲案", "乙案", "丙案")
    with open_journal(url) as journal, ThreadPoolExecutor(3) as pool:
        journal.put_plan("p", b"p")
        acting = [pool.submit(turns, url, name, stop) for name in names]
        try:
            size = 0
            while size < 1_500:
                told = whole_log.verify(journal)
                assert told.defects == ()
                size = told.size
            reopen = partial(open_journal, url)
            told = whole_log.verify(journal, reopen=reopen, processes=2)
            assert told.defects == ()
        finally:
            stop.set()
        counts = {name: one.result() for name, one in zip(names, acting, strict=True)}
        journal.log.seal(AT)
        told = whole_log.verify(journal)
        assert told.defects == ()
        assert told.size >= sum(counts.values()) + 1
        assert told.instances == len(names)
