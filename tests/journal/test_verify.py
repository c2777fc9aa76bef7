"""A campaign is whole on every journal: memory, SQLite and PostgreSQL."""

from __future__ import annotations

from engine.audit.verify import verify
from engine.plan.library import from_bundle
from engine.testing import CAMPAIGN, campaign


def test_what_the_engine_wrote_is_whole_wherever_it_is_kept(url: str) -> None:
    journal = campaign(url).journal
    head = journal.head(CAMPAIGN)
    assert head is not None
    found = verify(journal, head, from_bundle)
    assert found.defects == ()
    assert found.revision == head.revision > 700
    journal.close()
