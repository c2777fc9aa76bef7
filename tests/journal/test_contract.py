"""What every journal promises, tested on every journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from msgspec.structs import replace

from engine.errors import (
    BadInput,
    ClaimLost,
    DamagedData,
    InstanceExists,
    LostUpdate,
    Unavailable,
)
from engine.journal.chain import leaf_hash, verify
from engine.journal.codec import decode
from engine.ports import (
    GENESIS,
    Batch,
    Claim,
    Draft,
    FactRow,
    Journal,
    Letter,
    Private,
    Receipt,
    Request,
    Snapshot,
    Stretch,
    Timer,
)

AT = datetime(2009, 4, 11, 1, tzinfo=UTC)


def batch(expected: int, count: int = 1, **more: Any) -> Batch:
    drafts = [
        Draft(
            at=AT + timedelta(seconds=expected + n),
            type="moved",
            node="会议",
            actor="甲",
            payload={"move": "hold", "n": expected + n},
        )
        for n in range(count)
    ]
    given: dict[str, Any] = {"instance": "maguan", "plan": "p1", "drafts": drafts}
    return Batch(expected=expected, **given | more)


@pytest.fixture
def begun(journal: Journal) -> Journal:
    journal.put_plan("p1", "方案".encode())
    journal.append(batch(0, 2))
    return journal


def test_entries_are_numbered_from_one_without_gaps(begun: Journal) -> None:
    begun.append(batch(2, 3))
    assert [entry.seq for entry in begun.entries("maguan")] == [1, 2, 3, 4, 5]


def test_the_bytes_that_are_kept_are_the_bytes_that_were_hashed(begun: Journal) -> None:
    for entry in begun.entries("maguan"):
        assert leaf_hash(entry.body) == entry.hash
        assert decode(entry.body)["node"] == "会议"
    assert verify(begun.entries("maguan")) == []


def test_a_receipt_names_what_is_durable(begun: Journal) -> None:
    receipt = begun.append(batch(2, 2))
    assert (receipt.first, receipt.head.revision, receipt.repeated) == (3, 4, False)
    assert begun.head("maguan") == receipt.head


def test_an_append_on_an_old_revision_is_refused_and_changes_nothing(
    begun: Journal,
) -> None:
    fact = FactRow(key="n/x", value=1, seq=2)
    with pytest.raises(LostUpdate) as lost:
        begun.append(batch(1, facts=[fact]))
    assert lost.value.values == {"instance": "maguan", "expected": 1, "found": 2}
    state = begun.state("maguan")
    assert state is not None
    assert (state.head.revision, list(state.facts)) == (2, [])


def test_an_instance_begins_once(begun: Journal) -> None:
    with pytest.raises(InstanceExists):
        begun.append(batch(0))


def test_the_same_command_twice_is_one_act(begun: Journal) -> None:
    first = begun.append(batch(2, 2, command="k1"))
    again = begun.append(batch(2, 2, command="k1"))
    assert again.repeated
    assert (again.first, again.head.revision) == (first.first, first.head.revision)
    assert len(list(begun.entries("maguan"))) == 4


def test_facts_are_replaced_and_taken_away(begun: Journal) -> None:
    rows = [
        FactRow(key="a", value={"甲": [1, "2/3"]}, seq=3),
        FactRow(key="b", value=1, seq=3),
    ]
    begun.append(batch(2, facts=rows))
    begun.append(
        batch(
            3,
            facts=[
                FactRow(key="a", value=2, seq=4),
                FactRow(key="b", value=None, seq=4),
            ],
        )
    )
    state = begun.state("maguan")
    assert state is not None
    assert [(row.key, row.value, row.seq) for row in state.facts] == [("a", 2, 4)]


def test_due_timers_are_found_earliest_first(begun: Journal) -> None:
    set_ = [
        Timer(
            instance="maguan", node=f"n{day}", move="open", due=AT + timedelta(days=day)
        )
        for day in (3, 1, 2)
    ]
    begun.append(batch(2, timers_set=set_))
    assert begun.next_due() == AT + timedelta(days=1)
    found = begun.due(until=AT + timedelta(days=2))
    assert [timer.node for timer in found] == ["n1", "n2"]
    begun.append(batch(3, timers_cancelled=[("n1", "open")], timers_set=[set_[0]]))
    assert [timer.node for timer in begun.timers("maguan")] == ["n2", "n3"]


def test_requests_stay_open_until_their_outcome_is_recorded(begun: Journal) -> None:
    asked = Request(
        instance="maguan",
        key="maguan/3/1",
        seq=3,
        action="notify",
        node="会议",
        parameters={"to": ["甲"]},
    )
    begun.append(batch(2, requests=[asked]))
    assert list(begun.open_requests()) == [asked]
    begun.append(batch(3, requests_closed=[asked.key]))
    assert list(begun.open_requests(instance="maguan")) == []


def test_plans_and_content_are_kept_by_their_digest(begun: Journal) -> None:
    begun.put_plan("p1", b"another text")
    assert begun.plan("p1") == "方案".encode()
    digest = begun.put_blob("附件".encode())
    assert begun.blob(digest) == "附件".encode()
    assert begun.blob("0" * 64) is None


def test_entries_are_read_in_pages(begun: Journal) -> None:
    assert [entry.seq for entry in begun.entries("maguan", after=1)] == [2]
    assert [entry.seq for entry in begun.entries("maguan", limit=1)] == [1]
    assert list(begun.entries("nobody")) == []


def test_heads_are_told_by_id(begun: Journal) -> None:
    assert [head.instance for head in begun.heads()] == ["maguan"]
    assert begun.head("nobody") is None
    assert begun.state("nobody") is None


def test_the_first_entry_stands_on_nothing(begun: Journal) -> None:
    first, second = begun.entries("maguan")
    assert decode(first.body)["prev"] == GENESIS.hex()
    assert decode(second.body)["prev"] == first.hash.hex()


def everything(number: int) -> dict[str, Any]:
    """One of each thing that a batch may carry, asked by entry ``number``."""
    request = Request(
        instance="maguan",
        key=f"maguan/{number}/1",
        seq=number,
        action="notify",
        node="会议",
        parameters={},
    )
    return {
        "facts": [FactRow(key="n/x", value=1, seq=number)],
        "timers_set": [Timer(instance="maguan", node="x", move="open", due=AT)],
        "requests": [request],
        "blobs": {"b" * 64: b"content"},
        "command": "k",
    }


def test_a_refused_batch_leaves_nothing_behind(begun: Journal) -> None:
    with pytest.raises(LostUpdate):
        begun.append(batch(1, **everything(2)))
    assert list(begun.timers("maguan")) == []
    assert list(begun.open_requests()) == []
    assert begun.blob("b" * 64) is None
    assert begun.append(batch(2, command="k")).repeated is False


def test_everything_of_a_batch_is_there_after_it(begun: Journal) -> None:
    begun.append(batch(2, **everything(3)))
    assert [timer.node for timer in begun.timers("maguan")] == ["x"]
    assert [one.key for one in begun.open_requests()] == ["maguan/3/1"]
    assert begun.blob("b" * 64) == b"content"
    assert begun.append(batch(9, command="k")).head.revision == 3


def test_big_bodies_are_kept_whole(begun: Journal) -> None:
    text = "附件" * 700_000
    big = Draft(at=AT + timedelta(hours=1), type="moved", payload={"text": text})
    begun.append(batch(2, drafts=[big]))
    (entry,) = begun.entries("maguan", after=2)
    assert decode(entry.body)["data"]["text"] == text
    assert verify(begun.entries("maguan")) == []


ODD = [
    'it\'s "quoted"; DROP TABLE entry --',
    "马关县 2009",
    "x" * 1_000,
    "%s ? :a",
    " ",
]


@pytest.mark.parametrize("name", ODD)
def test_an_instance_may_have_any_name(journal: Journal, name: str) -> None:
    journal.put_plan("p1", b"p")
    journal.append(batch(0, 2, instance=name))
    assert [head.instance for head in journal.heads()] == [name]
    assert [entry.seq for entry in journal.entries(name)] == [1, 2]
    assert verify(journal.entries(name)) == []


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_text_that_no_database_keeps_is_refused_by_all(
    begun: Journal, text: str
) -> None:
    for wrong in (
        {"instance": text},
        {"drafts": [Draft(at=AT, type="moved", actor=text, payload={})]},
        {"drafts": [Draft(at=AT, type="moved", payload={"note": [text]})]},
    ):
        expected = 0 if "instance" in wrong else 2
        with pytest.raises(BadInput, match="cannot be kept"):
            begun.append(batch(expected, **wrong))
    assert [head.revision for head in begun.heads()] == [2]
    begun.append(batch(2, drafts=[Draft(at=AT, type="m", payload={"t": r"\u0000"})]))


def test_a_plan_is_on_the_shelf_before_an_instance_of_it(journal: Journal) -> None:
    with pytest.raises(DamagedData):
        journal.append(batch(0))
    assert list(journal.heads()) == []


def test_a_reader_is_not_disturbed_by_a_writer(begun: Journal) -> None:
    begun.append(batch(2, 600))
    reading = begun.entries("maguan")
    seen = [next(reading).seq for _ in range(3)]
    begun.append(batch(602, 3))
    seen += [entry.seq for entry in reading]
    assert seen[:602] == list(range(1, 603))


def test_the_earliest_of_many_timers_are_told_first(begun: Journal) -> None:
    due = [AT + timedelta(minutes=n) for n in (5, 1, 4, 2, 3)]
    begun.append(
        batch(
            2,
            timers_set=[
                Timer(instance="maguan", node=f"{at.minute}", move="open", due=at)
                for at in due
            ],
        )
    )
    found = begun.due(until=AT + timedelta(hours=1), limit=2)
    assert [timer.due for timer in found] == sorted(due)[:2]
    assert list(begun.due(until=AT)) == []


USES: list[Callable[[Journal], object]] = [
    lambda one: one.append(batch(2)),
    lambda one: one.append_all([batch(2)]),
    lambda one: one.standings(["maguan"]),
    lambda one: one.head("maguan"),
    lambda one: one.heads(),
    lambda one: one.state("maguan"),
    lambda one: list(one.entries("maguan")),
    lambda one: one.commands("maguan"),
    lambda one: one.due(until=AT),
    lambda one: one.due_instances(until=AT),
    lambda one: one.timers("maguan"),
    lambda one: one.next_due(),
    lambda one: one.open_requests(),
    lambda one: one.put_plan("p2", b""),
    lambda one: one.plan("p1"),
    lambda one: one.put_blob(b""),
    lambda one: one.blob("0"),
]


def test_a_closed_journal_says_so(begun: Journal) -> None:
    begun.close()
    begun.close()
    for use in USES:
        with pytest.raises(Unavailable, match="has been closed"):
            use(begun)


def test_a_journal_is_closed_at_the_end_of_its_block(begun: Journal) -> None:
    with begun as same:
        assert same.head("maguan") is not None
    with pytest.raises(Unavailable):
        begun.heads()


def appended(journal: Journal, count: int) -> list[int]:
    """Numbers of the entries that one writer among several was told of."""
    told: list[int] = []
    while len(told) < count:
        head = journal.head("maguan")
        assert head is not None
        try:
            told.append(journal.append(batch(head.revision)).first)
        except LostUpdate:
            continue
    return told


def test_threads_may_share_a_journal(begun: Journal) -> None:
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda _: appended(begun, 10), range(4)))
    assert sorted(number for one in told for number in one) == list(range(3, 43))
    assert verify(begun.entries("maguan")) == []


def test_a_command_that_races_with_itself_is_done_once(begun: Journal) -> None:
    together = Barrier(3)

    def same(_: int) -> Receipt:
        together.wait()
        return begun.append(batch(2, 2, command="once"))

    with ThreadPoolExecutor(3) as threads:
        receipts = list(threads.map(same, range(3)))
    assert {(one.first, one.head.revision) for one in receipts} == {(3, 4)}
    assert sorted(one.repeated for one in receipts) == [False, True, True]


def test_what_command_keys_led_to_is_told_in_order(begun: Journal) -> None:
    begun.append(batch(2, 2, command="second"))
    begun.append(batch(4, command="first"))
    begun.append(batch(5))
    told = [(one.key, one.first, one.last) for one in begun.commands("maguan")]
    assert told == [("second", 3, 4), ("first", 5, 5)]
    assert list(begun.commands("elsewhere")) == []


def test_what_is_kept_is_told_from_a_name_on_and_every_body_once(
    begun: Journal,
) -> None:
    names = sorted(begun.put_blob(one) for one in (b"1", b"2", b"3"))
    assert list(begun.blobs("", 10)) == names
    assert list(begun.blobs(names[1], 1)) == names[1:2]
    assert list(begun.plans("", 10)) == ["p1"]
    begun.append(batch(2, 600))
    bodies = [one.body for one in begun.entries("maguan")]
    assert sorted(begun.bodies()) == sorted(bodies)


def test_of_an_honest_journal_every_row_has_an_owner(begun: Journal) -> None:
    begun.append(batch(2, command="once", requests=[asked()]))
    assert list(begun.unowned(limit=10)) == []


# -- the queue of requests


def asked(number: int = 1) -> Request:
    return Request(
        instance="maguan",
        key=f"maguan/3/{number}",
        seq=3,
        action="notify",
        node="会议",
        parameters={"to": ["甲"]},
    )


def minutes(count: int) -> datetime:
    return AT + timedelta(minutes=count)


@pytest.fixture
def queued(begun: Journal) -> Journal:
    begun.append(batch(2, requests=[asked(1), asked(2)]))
    return begun


def keys(found: Any) -> list[str]:
    return [one.request.key for one in found]


def test_a_request_is_given_to_one_worker_at_a_time(queued: Journal) -> None:
    first = queued.claim(now=minutes(1), until=minutes(5), limit=1)
    second = queued.claim(now=minutes(1), until=minutes(5), limit=5)
    assert keys(first) + keys(second) == [asked(1).key, asked(2).key]
    assert queued.claim(now=minutes(4), until=minutes(9), limit=5) == []


def test_a_claim_that_has_run_out_is_given_to_another(queued: Journal) -> None:
    queued.claim(now=minutes(1), until=minutes(5), limit=5)
    again = queued.claim(now=minutes(5), until=minutes(9), limit=5)
    assert [one.attempts for one in again] == [2, 2]


def test_only_the_last_attempt_ends_a_request(queued: Journal) -> None:
    queued.claim(now=minutes(1), until=minutes(2), limit=5)
    queued.claim(now=minutes(3), until=minutes(4), limit=5)
    key = asked(1).key
    with pytest.raises(ClaimLost):
        queued.append(batch(3, requests_closed=[key], held={key: 1}))
    assert queued.head("maguan") is not None
    assert len(list(queued.entries("maguan"))) == 3
    queued.append(batch(3, requests_closed=[key], held={key: 2}))
    assert keys(queued.queue()) == [asked(2).key]


def test_a_request_is_put_off_or_parked_by_its_last_attempt_only(
    queued: Journal,
) -> None:
    key = asked(1).key
    queued.claim(now=minutes(1), until=minutes(2), limit=1)
    assert not queued.put_off(key, 7, until=minutes(9), trouble="?", tries=1)
    assert queued.put_off(key, 1, until=minutes(9), trouble="busy", tries=1)
    assert keys(queued.claim(now=minutes(8), until=minutes(20), limit=5)) == [
        asked(2).key
    ]
    assert queued.next_ready() == minutes(9)
    assert queued.put_off(key, 1, until=None, trouble="no address", tries=2)
    found = queued.queue(instance="maguan")[0]
    assert (found.ready, found.trouble) == (None, "no address")
    assert (found.attempts, found.tries) == (1, 2)
    assert keys(queued.claim(now=minutes(999), until=minutes(1000), limit=5)) == [
        asked(2).key
    ]


def test_a_claim_is_renewed_by_its_last_attempt_only(queued: Journal) -> None:
    key = asked(1).key
    queued.claim(now=minutes(1), until=minutes(2), limit=1)
    assert queued.renew(key, 1, until=minutes(9))
    assert not queued.renew(key, 2, until=minutes(99))
    assert keys(queued.claim(now=minutes(8), until=minutes(20), limit=5)) == [
        asked(2).key
    ]
    assert keys(queued.claim(now=minutes(9), until=minutes(20), limit=5)) == [key]


def test_claims_that_end_after_a_moment_are_told(queued: Journal) -> None:
    first, second = asked(1).key, asked(2).key
    queued.claim(now=minutes(1), until=minutes(500), limit=1)
    queued.claim(now=minutes(1), until=minutes(900), limit=1)
    (last, _) = queued.claims(beyond=minutes(60))
    assert last == Claim(key=second, attempt=1, until=minutes(900))
    assert queued.claims(beyond=minutes(60), limit=1) == [last]
    assert queued.claims(beyond=minutes(60), simulated=True) == []
    assert [one.key for one in queued.claims(beyond=minutes(499))] == [second, first]
    assert queued.claims(beyond=minutes(900)) == []


def test_what_waits_for_its_time_is_nobodys_claim(queued: Journal) -> None:
    for number, until in ((1, minutes(500)), (2, None)):
        queued.claim(now=minutes(1), until=minutes(400), limit=1)
        key = asked(number).key
        queued.put_off(key, 1, until=until, trouble="busy", tries=1)
    assert queued.claims(beyond=minutes(60)) == []


def test_a_claim_by_a_wrong_clock_can_be_had_to_end(queued: Journal) -> None:
    (taken,) = queued.claim(now=minutes(9_000), until=minutes(9_001), limit=1)
    (one,) = queued.claims(beyond=minutes(60))
    assert not queued.renew(one.key, one.attempt + 1, until=minutes(2))
    assert queued.renew(one.key, one.attempt, until=minutes(2))
    assert queued.claims(beyond=minutes(60)) == []
    again = queued.claim(now=minutes(2), until=minutes(9), limit=5)
    assert (taken.request.key, 2) in [(one.request.key, one.attempts) for one in again]


def test_who_takes_a_request_and_says_no_word_of_it_is_counted(queued: Journal) -> None:
    key = asked(1).key
    for number in (1, 2):
        at = minutes(10 * number)
        (one, _) = queued.claim(now=at, until=at, limit=2)
        assert (one.silent, one.tries) == (number, 0)
    queued.renew(key, 2, until=minutes(20))
    assert queued.queue()[0].silent == 2
    queued.put_off(key, 2, until=minutes(30), trouble="busy", tries=1)
    (one, _) = queued.claim(now=minutes(30), until=minutes(40), limit=2)
    assert (one.request.key, one.attempts, one.silent, one.tries) == (key, 3, 1, 1)


def test_an_open_request_is_had_tried_again_as_if_new(queued: Journal) -> None:
    key = asked(1).key
    queued.claim(now=minutes(1), until=minutes(2), limit=1)
    queued.put_off(key, 1, until=None, trouble="no address", tries=8)
    assert queued.retry(key, at=minutes(3))
    assert not queued.retry("nobody's", at=minutes(3))
    found = queued.queue()[0]
    assert (found.ready, found.tries, found.silent) == (minutes(3), 0, 0)
    assert (found.attempts, found.trouble) == (1, "no address")


def test_a_simulated_instance_asks_nothing_of_the_world(journal: Journal) -> None:
    journal.put_plan("p1", "方案".encode())
    journal.append(batch(0, simulated=True, requests=[asked(1)]))
    assert journal.claim(now=minutes(5), until=minutes(9)) == []
    assert journal.next_ready() is None
    found = journal.claim(now=minutes(5), until=minutes(9), simulated=True)
    assert keys(found) == [asked(1).key]


def test_a_letter_is_in_the_inbox_once(queued: Journal) -> None:
    letters = [
        Letter(
            party=who,
            key=asked(1).key,
            instance="maguan",
            node="会议",
            at=AT,
            text=f"{who}：开会",
        )
        for who in ("甲", "乙")
    ]
    queued.append(batch(3, letters=letters))
    queued.append(batch(4, letters=letters))
    assert queued.inbox("甲") == [letters[0]]
    assert queued.inbox("丙") == []


def test_workers_that_ask_at_once_are_given_different_requests(
    begun: Journal,
) -> None:
    begun.append(batch(2, requests=[asked(number) for number in range(40)]))

    def some(_: int) -> list[str]:
        return keys(begun.claim(now=minutes(1), until=minutes(5), limit=3))

    with ThreadPoolExecutor(4) as pool:
        found = [key for batch_ in pool.map(some, range(20)) for key in batch_]
    assert sorted(found) == sorted(asked(number).key for number in range(40))


# -- personal values


def private(commitment: str, **more: Any) -> Private:
    given: dict[str, Any] = {
        "instance": "maguan",
        "field": "text",
        "salt": bytes(range(32)),
        "value": '"太慢"'.encode(),
    }
    return Private(commitment=commitment * 64, **given | more)


def test_personal_values_are_kept_with_the_act_that_brought_them(
    begun: Journal,
) -> None:
    begun.append(batch(2, privates=[private("a"), private("b", field="note")]))
    found = {one.commitment[0]: one for one in begun.privates("maguan")}
    assert found == {"a": private("a"), "b": private("b", field="note")}
    assert list(begun.privates("maguan", ["b" * 64, "c" * 64])) == [found["b"]]
    assert list(begun.privates("other")) == []


def test_what_is_refused_leaves_no_personal_value(begun: Journal) -> None:
    with pytest.raises(LostUpdate):
        begun.append(batch(1, privates=[private("a")]))
    assert list(begun.privates("maguan")) == []


def test_personal_values_and_files_go_with_the_act_that_erases_them(
    begun: Journal,
) -> None:
    digest, other = begun.put_blob("会议记录".encode()), begun.put_blob(b"kept")
    begun.append(batch(2, privates=[private("a"), private("b")]))
    begun.append(batch(3, privates_erased=["a" * 64], blobs_erased=[digest]))
    assert [one.commitment[0] for one in begun.privates("maguan")] == ["b"]
    assert begun.blob(digest) is None
    assert begun.blob(other) == b"kept"
    assert begun.sweep().is_clean
    assert begun.blob(other) == b"kept"
    assert len(list(begun.entries("maguan"))) == 4


def test_who_else_names_a_file_is_known_and_it_stays(begun: Journal) -> None:
    digest = begun.put_blob("两家都用".encode())
    payload = {"file": {"name": "a", "size": 12, "sha256": digest}}
    drafts = [Draft(at=AT, type="moved", payload=payload)]
    assert list(begun.sharing(digest, instance="maguan")) == []
    begun.append(batch(0, instance="other", drafts=drafts))
    begun.append(batch(2, drafts=[replace(drafts[0], at=AT + timedelta(hours=1))]))
    assert list(begun.sharing(digest, instance="maguan")) == ["other"]
    assert list(begun.sharing(digest, instance="other")) == ["maguan"]
    later = [replace(drafts[0], at=AT + timedelta(hours=2), payload={})]
    begun.append(batch(3, drafts=later, blobs_erased=[digest]))
    assert begun.blob(digest) is not None


def names(digest: str) -> dict[str, Any]:
    return {"file": {"name": "a", "size": 12, "sha256": digest}}


def erased(files: Sequence[str] = (), shared: Sequence[str] = ()) -> dict[str, Any]:
    return {"type": "erased", "payload": {"files": [*files], "shared": [*shared]}}


def said(journal: Journal, instance: str, *each: dict[str, Any], **more: Any) -> None:
    """Entries of an instance, one after the other; by default they are moves."""
    head = journal.head(instance)
    seq = 0 if head is None else head.revision
    drafts = [
        Draft(at=AT + timedelta(hours=seq + n), **{"type": "moved", **one})
        for n, one in enumerate(each)
    ]
    journal.append(batch(seq, instance=instance, drafts=drafts, **more))


def held(journal: Journal, digest: str) -> list[str]:
    return list(journal.sharing(digest, instance="maguan"))


@pytest.mark.parametrize("word", ["files", "shared"])
def test_who_had_a_file_erased_holds_it_for_nobody_until_it_is_named_again(
    begun: Journal, word: str
) -> None:
    digest = begun.put_blob(b"of two")
    said(begun, "other", {"payload": names(digest)})
    assert held(begun, digest) == ["other"]
    said(begun, "other", {"type": "erasure", "payload": {"files": [digest]}})
    assert held(begun, digest) == ["other"]
    said(begun, "other", erased(**{word: [digest]}))
    assert held(begun, digest) == []
    said(begun, "other", {"type": "erasure", "payload": {"files": [digest]}})
    read = [["d/报告", ["v1", digest, None], 1], ["f/办/file", names(digest), 1]]
    said(begun, "other", {"payload": {"why": {"gate": [], "facts": read}}})
    said(begun, "other", {"payload": {"did": [["approve", "报告", digest]]}})
    assert held(begun, digest) == []
    said(begun, "other", {"payload": names(digest)})
    assert held(begun, digest) == ["other"]
    said(begun, "other", erased(**{word: ["0" * 64]}))
    assert held(begun, digest) == ["other"]
    said(begun, "other", erased(**{word: [digest]}))
    assert held(begun, digest) == []


def test_a_version_of_a_paper_holds_its_file(begun: Journal) -> None:
    digest = begun.put_blob(b"a report")
    version = ["version", "报告", {"n": 1, "label": "v1", "digest": digest}]
    said(begun, "other", {"payload": {"did": [version]}})
    assert held(begun, digest) == ["other"]
    said(begun, "other", erased(files=[digest]))
    assert held(begun, digest) == []


def test_an_entry_that_is_damaged_holds_what_it_has_in_it(begun: Journal) -> None:
    """Nobody can tell what it said: the file is not lost by it."""
    digest = begun.put_blob(b"of two")
    said(begun, "other", {"type": "erased", "payload": {"files": digest}})
    assert held(begun, digest) == ["other"]


def test_the_last_one_that_lets_go_of_a_file_takes_it_away(begun: Journal) -> None:
    digest = begun.put_blob(b"of three")
    each = ["maguan", "other", "third"]
    for instance in each:
        said(begun, instance, {"payload": names(digest)})
    for instance in each:
        assert begun.blob(digest) == b"of three"
        # each was told that others have it: the transaction asks again
        said(begun, instance, erased(shared=[digest]), blobs_erased=[digest])
    assert begun.blob(digest) is None
    assert held(begun, digest) == []


# -- snapshots


def kept(seq: int, **more: Any) -> Snapshot:
    given: dict[str, Any] = {
        "instance": "maguan",
        "at": AT + timedelta(seconds=seq),
        "entry": bytes([seq]) * 32,
        "facts": "事实".encode() * seq,
        "digest": f"{seq:064}",
    }
    return Snapshot(seq=seq, **given | more)


def test_the_last_snapshot_up_to_an_entry_and_a_moment_is_found(begun: Journal) -> None:
    assert begun.snapshot("maguan", seq=99) is None
    begun.put_snapshots([kept(4), kept(2)])
    begun.put_snapshots([kept(7), kept(9, instance="other")])
    assert list(begun.snapshots("maguan")) == [kept(2), kept(4), kept(7)]
    for seq, found in ((1, None), (2, kept(2)), (6, kept(4)), (2**63 - 1, kept(7))):
        assert begun.snapshot("maguan", seq=seq) == found
    moment = AT + timedelta(seconds=4)
    assert begun.snapshot("maguan", seq=99, at=moment) == kept(4)
    assert begun.snapshot("maguan", seq=3, at=moment) == kept(2)
    just_before = moment - timedelta(microseconds=1)
    assert begun.snapshot("maguan", seq=99, at=just_before) == kept(2)


def test_of_two_snapshots_of_one_entry_the_later_one_is_kept(begun: Journal) -> None:
    begun.put_snapshots([kept(4)])
    again = kept(4, facts=b"again", digest="ab" * 32, entry=bytes(32), at=AT)
    begun.put_snapshots([again])
    assert list(begun.snapshots("maguan")) == [again]


def test_snapshots_are_dropped_by_instance(begun: Journal) -> None:
    begun.put_snapshots([kept(4), kept(9, instance="other")])
    begun.drop_snapshots("maguan")
    begun.drop_snapshots("nobody")
    assert list(begun.snapshots("maguan")) == []
    assert begun.snapshot("other", seq=9) == kept(9, instance="other")


def test_how_far_each_instance_has_come_since_it_was_kept(begun: Journal) -> None:
    for name in ("b", "a"):
        begun.append(batch(0, 3, instance=name))
    begun.put_snapshots([kept(1, instance="b"), kept(2, instance="b")])
    first = Stretch(instance="a", revision=3, kept=0)
    second = Stretch(instance="b", revision=3, kept=2)
    last = Stretch(instance="maguan", revision=2, kept=0)
    assert list(begun.stretches(limit=9)) == [first, second, last]
    assert list(begun.stretches(limit=1)) == [first]
    assert list(begun.stretches(after="a", limit=1)) == [second]
    assert list(begun.stretches(after="maguan", limit=9)) == []


def test_an_act_keeps_no_snapshot(begun: Journal) -> None:
    begun.append(batch(2, 3))
    assert list(begun.snapshots("maguan")) == []
