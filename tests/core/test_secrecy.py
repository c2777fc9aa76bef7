"""Secret ballots are secret: from everything that is kept, nobody can tell who
answered what; not before the box is opened, not after.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from engine.core import events
from engine.core.agenda import timers_of
from engine.core.ballot_box import SEALED, is_sealed
from engine.core.events import Counted, Moved
from engine.errors import ActRefused, DamagedData, PlanRejected
from engine.journal.memory import MemoryJournal
from engine.journal.opening import open_journal
from engine.plan.library import load
from engine.ports import Batch, FactRow
from engine.testing import Play, paper

HEAD = """
plan: test/secrecy
title: 测试
zone: Asia/Shanghai
calendar: cn
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties:
  people: {甲: {}, 乙: {}, 丙: {}, 丁: {}}
  sets: {班子: {members: [甲, 乙, 丙, 丁]}}
stages:
- id: 一
  links:
  - id: 环节
    owner: 甲
    do:
"""
BALLOT = "{id: 表决, kind: ballot, question: 通过吗, electorate: 班子, secret: true}"
SURVEY = (
    "{id: 测评, kind: survey, question: 满意吗, criteria: [学习, 作风], "
    "panel: 班子, secret: true}"
)
NODE = "一.环节.表决"


def play(line: str, **given: Any) -> Play:
    return Play.of(f"{HEAD}    - {line}\n", **given)


def cast(ballot: Play, who: str, choice: str) -> None:
    ballot.do("表决", "cast", who=who, choice=choice)


def everything_kept(ballot: Play) -> tuple[list[bytes], list[Any], list[Any]]:
    """Entries, facts in the order in which they are kept, and timers."""
    state = ballot.journal.state(ballot.id)
    assert state is not None
    return (
        [entry.body + entry.hash for entry in ballot.journal.entries(ballot.id)],
        [(row.key, row.value, row.seq) for row in state.facts],
        list(ballot.journal.timers(ballot.id)),
    )


def boxes(ballot: Play) -> list[FactRow]:
    state = ballot.journal.state(ballot.id)
    assert state is not None
    return [row for row in state.facts if is_sealed(row.key)]


ASSIGNMENTS = sorted(set(permutations(("yes", "yes", "no", "abstain"))))


@pytest.mark.parametrize("choices", ASSIGNMENTS)
def test_equal_totals_leave_equal_bytes_whoever_gave_which_answer(
    choices: tuple[str, ...],
) -> None:
    kept = []
    for assigned in (("yes", "yes", "no", "abstain"), choices):
        ballot = play(BALLOT)
        for who, choice in zip("甲乙丙丁", assigned, strict=True):
            cast(ballot, who, choice)
        kept.append(everything_kept(ballot))
    assert kept[0] == kept[1]


@pytest.mark.parametrize(("first", "second"), [("yes", "no"), ("no", "yes")])
def test_a_box_that_is_still_shut_keeps_no_order(first: str, second: str) -> None:
    """The same sums, whichever came first: neither key nor entry tells it."""
    ballot = play(BALLOT)
    cast(ballot, "甲", first)
    cast(ballot, "乙", second)
    (box,) = boxes(ballot)
    assert (box.key, box.seq) == (f"{SEALED}{NODE}/1/cast", 0)
    assert box.value == {"casts": 2, "sums": {"choice": {"no": 1, "yes": 1}}}


def test_until_the_box_is_opened_no_entry_has_any_answer() -> None:
    kept = []
    for choice in ("yes", "no"):
        ballot = play(BALLOT)
        for who in "甲乙丙":
            cast(ballot, who, choice)
        entries, facts, timers = everything_kept(ballot)
        open_facts = [row for row in facts if not is_sealed(row[0])]
        kept.append((entries, open_facts, timers))
        assert not any(isinstance(one, Counted) for one in ballot.events())
        assert ballot.holds("tally(表决, choice, yes) == 0") is True
    assert kept[0] == kept[1]


def test_a_secret_vote_tells_who_voted_and_not_what() -> None:
    ballot = play(BALLOT)
    cast(ballot, "甲", "yes")
    vote = ballot.events()[-1]
    assert isinstance(vote, Moved)
    assert (vote.actor, vote.sealed, dict(vote.inputs), vote.tally, vote.did) == (
        "甲",
        True,
        {},
        (),
        (),
    )


def test_one_entry_tells_the_totals_when_everybody_has_voted() -> None:
    ballot = play(BALLOT)
    for who, choice in zip("甲乙丙丁", ("yes", "no", "yes", "abstain"), strict=True):
        cast(ballot, who, choice)
    (counted,) = [one for one in ballot.events() if isinstance(one, Counted)]
    assert counted.casts == 4
    assert counted.tally == (
        ("choice", "abstain", 1),
        ("choice", "no", 1),
        ("choice", "yes", 2),
    )
    assert boxes(ballot) == []
    assert ballot.state(NODE) == "passed"


def test_closing_opens_the_box_if_there_is_a_quorum() -> None:
    ballot = play(BALLOT)
    cast(ballot, "甲", "yes")
    cast(ballot, "乙", "yes")
    ballot.do("表决", "close", who="甲")
    assert ballot.state(NODE) == "passed"
    assert boxes(ballot) == []


def test_a_void_ballot_is_never_opened() -> None:
    ballot = play(BALLOT)
    cast(ballot, "甲", "no")
    ballot.do("表决", "close", who="甲")
    assert ballot.state(NODE) == "void"
    assert not any(isinstance(one, Counted) for one in ballot.events())
    assert ballot.holds("tally(表决, choice, no) == 0") is True


def test_no_override_opens_a_box_before_its_time() -> None:
    """With one vote in it, the totals would tell how that one voted."""
    ballot = play(BALLOT.replace("secret", "owner: 乙, secret"))
    cast(ballot, "甲", "no")
    ballot.do("表决", "ask_override", who="乙", move="count", reason="好奇")
    ballot.do("表决", "override", who="甲", move="count", reason="同意")
    assert ballot.state(NODE) == "open"
    assert not any(isinstance(one, Counted) for one in ballot.events())
    survey = play(SURVEY.replace("secret", "owner: 乙, secret"))
    survey.do("测评", "answer", who="甲", scores={"学习": 1, "作风": 1})
    survey.do("测评", "ask_override", who="乙", move="close", reason="好奇")
    survey.do("测评", "override", who="甲", move="close", reason="同意")
    told = survey.refusal("测评", "close", who="乙", result=paper())
    assert told == ("too few have answered for the result to count",)


def test_an_open_ballot_tells_who_answered_what() -> None:
    ballot = play(BALLOT.replace("secret: true", "secret: false"))
    cast(ballot, "甲", "yes")
    vote = ballot.events()[-1]
    assert isinstance(vote, Moved)
    assert (vote.sealed, dict(vote.inputs)) == (False, {"choice": "yes"})
    assert boxes(ballot) == []


def test_a_secret_survey_has_its_mean_when_it_is_closed_and_not_before() -> None:
    survey = play(SURVEY)
    for who, score in zip("甲乙丙丁", (5, 4, 4, 3), strict=True):
        survey.do("测评", "answer", who=who, scores={"学习": score, "作风": 4})
    assert survey.holds("mean(测评, scores) >= 1") is not True
    survey.do("测评", "close", who="甲", result=paper())
    assert survey.holds("mean(测评, scores) == 4") is True
    assert survey.holds("tally(测评, scores, 学习) == 16") is True


# -- replay, crash, several processes


def test_replay_gives_all_but_the_sealed_counts_and_all_after_opening() -> None:
    ballot = play(BALLOT)
    for number, who in enumerate("甲乙丙丁"):
        cast(ballot, who, ("yes", "no")[number % 2])
        live = ballot.service.look(ballot.id).instance
        told = {key: one for key, one in live.facts.items() if not is_sealed(key)}
        assert dict(ballot.replayed().facts) == told
    assert not any(is_sealed(key) for key in live.facts)


def test_votes_survive_the_process_that_took_them() -> None:
    journal = MemoryJournal()
    ballot = play(BALLOT, journal=journal)
    for who in "甲乙丙":
        cast(ballot, who, "yes")
        ballot.service.live.clear()
    cast(ballot, "丁", "no")
    assert ballot.holds("tally(表决, choice, yes) == 3") is True
    live = ballot.service.look(ballot.id)
    assert dict(timers_of(live.plan, live.instance).due) == dict(live.timers.due)


def test_two_services_fill_one_box() -> None:
    """What another process put into the box is in no entry; it is read with it."""
    mine = play(BALLOT)
    theirs = Play(mine.plan, mine.bundle, journal=mine.journal, now=mine.now)
    for play_, who, choice in (
        (mine, "甲", "yes"),
        (theirs, "乙", "no"),
        (mine, "丙", "yes"),
        (theirs, "丁", "no"),
    ):
        cast(play_, who, choice)
    (counted,) = [one for one in mine.events() if isinstance(one, Counted)]
    assert counted.tally == (("choice", "no", 2), ("choice", "yes", 2))
    for one in (mine, theirs):
        assert boxes(one) == []
        assert one.service.look(one.id).instance == mine.service.look(mine.id).instance


def test_a_database_keeps_no_more_than_memory_does(tmp_path: Path) -> None:
    """The same history, the same facts, the same box, in a file of SQLite."""
    journal = open_journal(f"sqlite:///{tmp_path / 'votes.db'}")
    ballots = [play(BALLOT), play(BALLOT, journal=journal)]
    for who, choice in zip("甲乙丙", ("yes", "no", "no"), strict=True):
        for ballot in ballots:
            cast(ballot, who, choice)
            ballot.service.live.clear()
    kept = [everything_kept(ballot) for ballot in ballots]
    assert kept[0][0] == kept[1][0]
    assert sorted(kept[0][1], key=str) == sorted(kept[1][1], key=str)
    for ballot in ballots:
        (box,) = boxes(ballot)
        assert (box.value["casts"], box.seq) == (3, 0)
        cast(ballot, "丁", "yes")
        assert ballot.state(NODE) == "failed"
        assert boxes(ballot) == []
    journal.close()


def tampered(ballot: Play, value: Any) -> None:
    """Somebody changes the box where it is kept."""
    head = ballot.journal.head(ballot.id)
    assert head is not None
    row = FactRow(key=f"{SEALED}{NODE}/1/cast", value=value, seq=0)
    ballot.journal.append(
        Batch(
            instance=ballot.id,
            expected=head.revision,
            plan=head.plan,
            drafts=[],
            facts=[row],
        )
    )
    ballot.service.live.clear()


@pytest.mark.parametrize(
    "box",
    [
        None,
        {"casts": 2, "sums": {"choice": {"yes": 2}}},
        {"casts": 3, "sums": {"choice": {"yes": 4}}},
        {"casts": 3, "sums": {}},
    ],
)
def test_a_box_that_does_not_hold_every_vote_is_damaged_data(box: Any) -> None:
    ballot = play(BALLOT)
    for who in "甲乙丙":
        cast(ballot, who, "yes")
    tampered(ballot, box)
    before = len(ballot.events())
    with pytest.raises(DamagedData, match="表决"):
        ballot.do("表决", "close", who="甲")
    assert len(ballot.events()) == before


# -- what a kind may not say

KIND = """
kind: poll
title: 投票
extends: activity
fields: {picked: {type: text, default: ''}}
states: {done: {done: true}}
moves:
- name: cast
  from: open
  to: same
  by: anyone
  secret: true
  takes: {choice: {type: %s, of: [a, b]}}
  %s
- {name: show, from: open, to: same, by: anyone, then: [{open_box: cast}]}
- {name: finish, from: open, to: done, by: owner}
"""


def poll(tmp_path: Any, *, type_: str = "choice", more: str = "free: true") -> Play:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "poll.yaml").write_text(KIND % (type_, more), "utf-8")
    (tmp_path / "plan.yaml").write_text(
        f"{HEAD}    - {{id: 票, kind: poll}}\n", "utf-8"
    )
    return Play.load(tmp_path / "plan.yaml")


def test_a_box_that_was_opened_takes_no_more_in_its_round(tmp_path: Any) -> None:
    """What a late answer adds to totals that are known would tell whose it is."""
    polling = poll(tmp_path)
    polling.do("票", "cast", who="甲", choice="a")
    polling.do("票", "show", who="甲")
    told = polling.refusal("票", "cast", who="乙", choice="b")
    assert told == (
        "the box has been opened and counted; this round takes no more answers",
    )
    polling.do("票", "show", who="甲")
    assert sum(isinstance(one, Counted) for one in polling.events()) == 1


@pytest.mark.parametrize(
    "more",
    [
        "gate: [choice == a]",
        "then: [{set: {picked: choice}}]",
        "then: [{action: notify, with: {to: [乙, $choice]}}]",
    ],
)
def test_a_secret_answer_may_be_counted_and_nothing_else(
    tmp_path: Any, more: str
) -> None:
    with pytest.raises(PlanRejected, match="secret"):
        poll(tmp_path, more=more)


def test_a_secret_move_takes_only_what_adds_up(tmp_path: Any) -> None:
    with pytest.raises(PlanRejected, match="secret"):
        poll(tmp_path, type_="text")


def test_a_refused_secret_vote_leaves_nothing_of_its_answer() -> None:
    kept = []
    for choice in ("yes", "no"):
        ballot = play(BALLOT)
        with pytest.raises(ActRefused):
            ballot.do("表决", "close", who="乙")
        cast(ballot, "甲", "yes")
        with pytest.raises(ActRefused):
            cast(ballot, "甲", choice)
        kept.append(everything_kept(ballot))
    assert kept[0] == kept[1]


def test_every_event_is_read_back_as_it_was_written() -> None:
    ballot = play(BALLOT)
    for who in "甲乙丙丁":
        cast(ballot, who, "yes")
    for one in ballot.events():
        name = events.NAMES[type(one)]
        assert events.read(name, one.node, one.actor, one.payload()) == one
    plan, _ = load("units/maguan-gov-office")
    assert plan.kinds["survey"].moves["answer"].secret is not None
