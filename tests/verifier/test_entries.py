"""Sections 1 and 7 of the page: each key of an entry, and what is told of its data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.verifier import (
    LOG_TYPES,
    TYPES,
    Findings,
    Instances,
    Report,
    Where,
    faults_of,
    files_in,
    verify,
)
from tests.verifier.bundles import (
    FILES,
    NAMES,
    PLAN,
    Entry,
    Log,
    bundle,
    canonical,
    quiet,
    sha256,
    story,
)

NAME = NAMES[0]
DIGEST = "0" * 64
MOMENT = "2009-04-11T01:00:00Z"
LONG_MOMENT = "2009-04-11T01:00:00.000001Z"


def entry(**keys: Any) -> Entry:
    """An entry that is in form, with some of its keys as given; `...` is none."""
    said = {
        "v": 1,
        "instance": NAME,
        "seq": 2,
        "prev": DIGEST,
        "at": MOMENT,
        "recorded": LONG_MOMENT,
        "type": "signalled",
        "data": {},
        "plan": DIGEST,
        **keys,
    }
    return {key: value for key, value in said.items() if value is not ...}


def of_log(kind: str, data: Entry) -> Entry:
    return entry(instance="~log", type=kind, data=data, plan=...)


LACKS, VALUE = "entry.form/lacks", "entry.form/value"
GOOD: list[Entry] = [
    entry(),
    entry(node="", actor="", led_by=1, command="", simulated=True),
    entry(more=None),
    entry(instance="log", seq=2**53 - 1),
]


@pytest.mark.parametrize("case", range(len(GOOD)))
def test_an_entry_in_form_has_no_fault(case: int) -> None:
    assert list(faults_of(GOOD[case])) == []


ALWAYS = ("v", "instance", "seq", "prev", "at", "recorded", "type", "data", "plan")


@pytest.mark.parametrize("key", ALWAYS)
def test_a_key_that_must_always_be_there_is_missed(key: str) -> None:
    assert list(faults_of(entry(**{key: ...}))) == [(LACKS, key)]


def test_all_faults_of_an_entry_are_told() -> None:
    said = entry(v=2, seq=0, prev=..., at=...)
    assert list(faults_of(said)) == [
        (LACKS, "prev"),
        (LACKS, "at"),
        (VALUE, "v"),
        (VALUE, "seq"),
    ]


BAD_VALUES: dict[str, list[Any]] = {
    "v": [2, 0, True, 1.0, "1", None],
    "instance": ["", 1, None, ["a"]],
    "seq": [0, -1, True, "1", None],
    "prev": ["0" * 63, "0" * 65, "A" * 64, "g" * 64, 0, None, "0" * 64 + "\n"],
    "at": ["2009-04-11", None, 5],
    "recorded": ["2009-04-11", None, 5],
    "data": [[], None, "x"],
    "plan": ["0" * 63, "A" * 64, None, 0],
    "node": [None, 1, ["a"]],
    "actor": [None, 1],
    "led_by": [0, -1, True, "1", None],
    "command": [None, 1],
    "simulated": [False, 1, "true", None],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, one) for key in BAD_VALUES for one in BAD_VALUES[key]]
)
def test_a_value_that_is_not_as_the_page_says_is_told(key: str, value: Any) -> None:
    assert list(faults_of(entry(**{key: value}))) == [(VALUE, key)]


def test_types_of_the_log_stand_in_the_log_and_nowhere_else() -> None:
    for kind in LOG_TYPES:
        assert (VALUE, "type") in faults_of(entry(type=kind))
        assert (VALUE, "type") not in faults_of(of_log(kind, {}))
    for kind in TYPES - LOG_TYPES:
        assert (VALUE, "type") not in faults_of(entry(type=kind))
        assert (VALUE, "type") in faults_of(of_log(kind, {}))
    for odd in ("told", 5, None, ["moved"], {}):
        assert (VALUE, "type") in faults_of(entry(type=odd))


def test_an_entry_of_the_log_has_no_plan() -> None:
    said = {**of_log("retried", {"keys": ["a"]}), "plan": DIGEST}
    assert list(faults_of(said)) == [(VALUE, "plan")]


STARTED = {"plan": DIGEST, "id": "", "title": None, "by": None, "ledger": None}
WHY: Entry = {"gate": [], "facts": []}
MOVED = {"move": "m", "from": "", "to": "", "round": 0, "cause": "clock", "why": WHY}
DATA: dict[str, tuple[Entry, dict[str, list[Any]]]] = {
    "started": (STARTED, {"plan": ["x", None], "id": [1, None]}),
    "moved": (
        MOVED,
        {
            "move": [None, 1],
            "from": [None, 1],
            "to": [None, 1],
            "round": [-1, True, None, "1"],
            "cause": ["whim", None, ["clock"]],
            "why": [None, [], {}, {"gate": []}, {"facts": []}],
        },
    ),
    "refused": (
        {"move": "m", "reasons": [], "why": None},
        {"move": [None, 1], "reasons": [None, {}], "why": [[], {}, False]},
    ),
    "sealed": (
        {"size": 0, "root": DIGEST},
        {"size": [-1, True, None], "root": ["x", None]},
    ),
    "exported": (
        {"form": "f", "scope": "log", "size": 0, "digest": DIGEST, "bytes": 0},
        {
            "form": ["", None],
            "scope": ["all", None],
            "size": [-1, True],
            "digest": ["x"],
            "bytes": [-1, "1"],
        },
    ),
    "retried": ({"keys": ["a"]}, {"keys": [[], [""], [1], "a", None]}),
    "migrated": ({"from": "a", "to": "b"}, {"from": ["", 1], "to": ["", None]}),
}


def with_data(kind: str, data: Entry) -> Entry:
    if kind in LOG_TYPES:
        return of_log(kind, data)
    return entry(type=kind, data=data, node="甲")


def test_a_move_is_made_at_a_node() -> None:
    assert list(faults_of(entry(type="moved", data=MOVED))) == [(LACKS, "node")]


@pytest.mark.parametrize("kind", DATA)
def test_each_type_says_what_it_must(kind: str) -> None:
    good, bad = DATA[kind]
    assert list(faults_of(with_data(kind, good))) == []
    assert list(faults_of(with_data(kind, {**good, "more": 1}))) == []
    for key in good:
        less = {name: value for name, value in good.items() if name != key}
        assert list(faults_of(with_data(kind, less))) == [(LACKS, f"data.{key}")]
    for key, values in bad.items():
        for value in values:
            said = with_data(kind, {**good, key: value})
            assert list(faults_of(said)) == [(VALUE, f"data.{key}")]


CLAUSES: list[tuple[Any, bool]] = [
    (["a", True], True),
    (["a", False, []], True),
    (["a", None, [], []], True),
    (["a"], False),
    (["a", True, [], [], []], False),
    ("ab", False),
    ([1, True], False),
    (["a", 1], False),
    (["a", "true"], False),
    (["a", True, {}], False),
    (["a", True, [], {}], False),
    (["a", True, None, []], False),
]
FACTS: list[tuple[Any, bool]] = [
    (["a", None, 0], True),
    (["a", {"any": []}, 7], True),
    (["a", None], False),
    (["a", None, 0, 0], False),
    ("abc", False),
    ([1, None, 0], False),
    (["a", None, -1], False),
    (["a", None, True], False),
    (["a", None, None], False),
]


@pytest.mark.parametrize("kind", ["moved", "refused"])
@pytest.mark.parametrize("name", ["gate", "facts"])
def test_lines_of_why_have_the_form_of_the_page(kind: str, name: str) -> None:
    good = DATA[kind][0]
    for line, is_right in CLAUSES if name == "gate" else FACTS:
        for lines in ([line], [["a", None, 0][: 3 if name == "facts" else 2], line]):
            why = {**WHY, name: lines}
            said = entry(type=kind, node="甲", data={**good, "why": why})
            faults = list(faults_of(said))
            assert faults == ([] if is_right else [(VALUE, "data.why")])


DEEDS: list[tuple[Any, bool]] = [
    ([], True),
    ([[]], True),
    ([["unheard-of", 1, {}]], True),
    ([[1, 2]], True),
    ([[["begin"], 2]], True),
    ([["begin", "n", 1, "s"]], True),
    ([["begin", "n", 0, "s", "more"]], True),
    ([["add", "n", 0, 0, 0, "s"]], True),
    ([["item", "n", 0, 0, "s"]], True),
    ({}, False),
    ("ab", False),
    (None, False),
    (["begin"], False),
    ([["begin"]], False),
    ([["begin", "n", 1]], False),
    ([["begin", "n", 1, 5]], False),
    ([["begin", 5, 1, "s"]], False),
    ([["begin", "n", -1, "s"]], False),
    ([["begin", "n", "1", "s"]], False),
    ([["add", "n", 0, 0, 0]], False),
    ([["add", "n", 0, 0, 0, 5]], False),
    ([["add", 5, 0, 0, 0, "s"]], False),
    ([["item", "n", 0, 0]], False),
    ([["item", "n", 0, 0, None]], False),
    ([["begin", "n", 1, "s"], ["item", "n"]], False),
]


@pytest.mark.parametrize("case", range(len(DEEDS)))
def test_what_says_the_state_of_a_node_has_its_form(case: int) -> None:
    did, is_right = DEEDS[case]
    said = entry(type="moved", node="甲", data={**MOVED, "did": did})
    faults = list(faults_of(said))
    assert faults == ([] if is_right else [(VALUE, "data.did")])


A_FILE = {"name": "a", "size": 3, "sha256": DIGEST}


@pytest.mark.parametrize(
    ("value", "sizes"),
    [
        (A_FILE, [3]),
        ({**A_FILE, "pages": 2}, [3]),
        ([{"x": [A_FILE]}, A_FILE], [3, 3]),
        ({**A_FILE, "sha256": "x"}, []),
        ({"size": 3, "sha256": DIGEST}, []),
        ({"name": "a", "sha256": DIGEST}, []),
        ({**A_FILE, "size": "3"}, ["3"]),
        ({**A_FILE, "inner": {**A_FILE, "size": 4}}, [3, 4]),
        ("a", []),
        (None, []),
    ],
)
def test_a_file_is_named_wherever_it_stands(value: Any, sizes: list[Any]) -> None:
    assert [size for _, size in files_in(value)] == sizes


@pytest.mark.parametrize("kind", ["exported", "sealed", "rekeyed", "migrated"])
def test_an_entry_of_the_log_whose_data_are_no_object_is_told(kind: str) -> None:
    log = quiet()
    log.add("~log", kind, [])  # type: ignore[arg-type]
    log.seal()
    assert {one.code for one in report_of(log).defects} >= {"entry.form"}


# --- An entry among those of its instance


def taken(*entries: Entry) -> list[tuple[str, int | None]]:
    """What is told, and of which entry, counted from 0."""
    findings = Findings()
    instances = Instances(findings, 1 << 30)
    for place, said in enumerate(entries):
        if any(faults_of(said)):
            instances.hang(said, b"%032d" % place, Where(place))
        else:
            instances.take(said, b"%032d" % place, Where(place))
    return [(one.code, one.where.position) for one in findings.defects]


def chained(*changes: Entry) -> list[Entry]:
    prevs = [DIGEST, *((b"%032d" % n).hex() for n in range(9))]
    return [
        {**entry(seq=n + 1, prev=prevs[n]), **change}
        for n, change in enumerate(changes)
    ]


def test_numbers_and_hashes_go_on_from_the_entry_before() -> None:
    assert taken(*chained({}, {}, {})) == []
    assert taken(*chained({}, {"prev": DIGEST}, {})) == [("entry.prev", 1)]
    assert taken(*chained({"prev": "1" * 64}, {})) == [("entry.prev", 0)]
    assert taken(*chained({}, {"seq": 3}, {"seq": 4})) == [("entry.seq", 1)]
    assert taken(*chained({}, {"seq": 1}, {"seq": 2})) == [("entry.seq", 1)]
    # One without a number has no place in the chain: the next one is missed there.
    assert taken(*chained({}, {"seq": None}, {})) == [
        ("entry.seq", 2),
        ("entry.prev", 2),
    ]
    # One that is not in form has its place by its number, and is told elsewhere.
    assert taken(*chained({}, {"data": 0}, {})) == []


def test_of_an_instance_whose_beginning_is_not_here_only_the_number_is_told() -> None:
    assert taken(*chained({"seq": 5, "prev": "1" * 64})) == [("entry.seq", 0)]


def test_an_instance_has_one_plan() -> None:
    other = {"plan": "1" * 64}
    assert taken(*chained({}, other, {})) == [("entry.plan", 1)]
    data = {"plan": "1" * 64, "id": "", "title": "", "by": "", "ledger": []}
    started = {"type": "started", "data": data}
    assert taken(*chained(started)) == [("entry.plan", 0)]
    assert taken(*chained({"type": "started", "data": {}})) == []
    assert taken(*chained({"type": "moved", "data": {"plan": "1" * 64}})) == []
    log = {"instance": "~log"}
    assert taken(*chained({**log, **other}, log)) == []


@pytest.mark.parametrize(("led_by", "is_told"), [(1, False), (2, True), (3, True)])
def test_an_entry_is_led_by_one_before_it(led_by: int, *, is_told: bool) -> None:
    due = [("entry.led_by", 1)] if is_told else []
    assert taken(*chained({}, {"led_by": led_by})) == due
    assert taken(*chained({}, {"led_by": str(led_by)})) == []


def test_a_rehearsal_is_one_in_all_of_its_entries() -> None:
    simulated = {"simulated": True}
    assert taken(*chained(simulated, simulated)) == []
    assert taken(*chained({}, simulated, {})) == [("entry.simulated", 1)]
    assert taken(*chained(simulated, {}, simulated)) == [("entry.simulated", 1)]
    assert taken(*chained({}, {"simulated": 1})) == []  # that it is no `true` is told


@pytest.mark.parametrize(
    ("source", "round_", "due"),
    [
        ("s", 2, []),
        ("s", 3, []),
        ("t", 2, ["entry.state"]),
        ("s", 1, ["entry.state"]),
        ("s", 4, ["entry.state"]),
        ("t", 4, ["entry.state"] * 2),
        (None, None, []),  # it is not in form
    ],
)
def test_a_move_is_from_the_state_and_in_the_round_that_was_said_last(
    source: Any, round_: Any, due: list[str]
) -> None:
    rest = {"move": "m", "cause": "person", "why": WHY}
    begun = {"from": "x", "to": "s", "round": 2, **rest}
    first = {"type": "moved", "node": "n", "data": begun}
    data = {"from": source, "to": "u", "round": round_, **rest}
    moved = {"type": "moved", "node": "n", "data": data}
    assert [code for code, _ in taken(*chained(first, moved))] == due
    other = taken(*chained(first, {**moved, "node": "m"}))
    # Of a node of which nothing was said, the round is 1.
    assert other == ([("entry.state", 1)] if round_ in (3, 4) else [])
    assert taken(*chained(first, {**moved, "type": "signalled"})) == []


# --- Told of a bundle


def report_of(log: Log) -> Report:
    written = bundle(log)
    return verify(written.verifiable(), written.policy)


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        (MOMENT, MOMENT, False),
        (MOMENT, LONG_MOMENT, False),
        (LONG_MOMENT, MOMENT, True),
        (LONG_MOMENT, LONG_MOMENT, False),
        ("2009-04-11T01:00:00.999999Z", "2009-04-11T01:00:01Z", False),
        ("2009-04-11T01:00:01Z", "2009-04-11T01:00:00.999999Z", True),
    ],
)
def test_the_time_of_an_instance_never_goes_back(
    before: str, after: str, *, is_told: bool
) -> None:
    log = quiet()
    log.add(NAME, "signalled", {"name": "a"}, at=before)
    log.add(NAMES[1], "signalled", {"name": "a"}, at=MOMENT)
    log.add(NAME, "signalled", {"name": "a"}, at=after)
    log.seal()
    found = report_of(log).defects
    times = [one for one in found if one.code == "entry.time"]
    late = [one for one in times if one.where.position == 15]
    assert bool(late) is is_told
    if is_told:
        assert f"{after} is before {before}" in late[0].en


def test_a_moment_that_is_none_is_passed_over_by_the_clock() -> None:
    log = quiet()
    log.add(NAME, "signalled", {"name": "a"}, at="soon")
    log.seal()
    assert [one.code for one in report_of(log).defects] == ["entry.form"]


def test_a_file_named_with_another_size_is_told_each_time() -> None:
    log = quiet()
    digest = sha256(FILES[0]).hex()
    for size in (len(FILES[0]), 3, "7"):
        log.add(NAME, "signalled", {"name": "a", "size": size, "sha256": digest})
    log.seal()
    found = report_of(log).defects
    assert [(one.code, one.where.position) for one in found] == [
        ("file.digest", 14),
        ("file.digest", 15),
    ]
    assert f"has 3 bytes; it has {len(FILES[0])}" in found[0].en


def test_a_plan_that_is_not_here_is_told_once() -> None:
    written = bundle(quiet())
    del written.members[f"plans/{sha256(PLAN).hex()}"]
    found = verify(written.verifiable(), written.policy).defects
    assert [(one.code, one.where) for one in found] == [
        ("plan.missing", Where(0, NAME, 1))
    ]


def test_a_plan_is_named_by_entries_of_instances_only() -> None:
    log = quiet()
    log.add("~log", "retried", {"keys": ["a"]}, plan="1" * 64)
    log.seal()
    found = report_of(log).defects
    assert [one.code for one in found] == ["entry.form"]


@pytest.mark.parametrize("line", [b"x", b"00 {}", b"+1 {}", b" 1 {}", b"", b"1"])
def test_a_line_without_its_position_counts_as_the_next(line: bytes) -> None:
    log = quiet()
    written = bundle(log)
    rows = written.members["entries"].splitlines(keepends=True)
    rows[4] = line + b"\n"
    written.members["entries"] = b"".join(rows)
    found = verify(written.verifiable(), written.policy).defects
    where = [(one.code, one.where.member or one.where.position) for one in found]
    assert ("bundle.form", "entries") in where
    assert ("log.position", 5) not in where
    assert "line 5 is not a position" in found[0].en


@pytest.mark.parametrize(("position", "is_told"), [(2**63 - 1, 0), (2**63, 1)])
def test_a_position_is_less_than_2_to_the_63(position: int, is_told: int) -> None:
    written = bundle(quiet())
    rows = written.members["entries"].splitlines(keepends=True)
    rows[4] = b"%d " % position + rows[4].partition(b" ")[2]
    written.members["entries"] = b"".join(rows)
    found = verify(written.verifiable(), written.policy).defects
    assert sum(one.code == "bundle.form" for one in found) == is_told


POSITIONS = [
    ([0, 1, 2, 3], []),
    ([0, 2, 3, 4], [2]),
    ([1, 2, 3, 4], [1]),
    ([0, 1, 1, 2], [1]),
    ([0, 2, 1, 2], [2, 1]),
]


@pytest.mark.parametrize(("positions", "told"), POSITIONS)
def test_positions_of_a_log_follow_each_other(
    positions: list[int], told: list[int]
) -> None:
    log = quiet(length=3)
    written = bundle(log)
    rows = [b"%d %s\n" % pair for pair in zip(positions, log.lines, strict=True)]
    written.members["entries"] = b"".join(rows)
    found = verify(written.verifiable(), written.policy).defects
    wrong = [one for one in found if one.code == "log.position"]
    assert [one.where for one in wrong] == [Where(position) for position in told]
    assert all("should be" in one.en and "no less" not in one.en for one in wrong)


def test_what_was_judged_and_what_stands_as_recorded_is_counted() -> None:
    log = story(4, length=60)
    said = [json.loads(line) for line in log.lines]
    whys = [one["data"].get("why") for one in said if "node" in one]
    covered = report_of(log).covered
    assert covered.judged == sum(why is not None for why in whys)
    assert covered.recorded == covered.judged  # one clause of each
    assert covered.seals == sum(one["type"] == "sealed" for one in said)
    names = {one["instance"] for one in said} - {"~log"}
    assert covered.instances == len(names)
    assert covered.entries == len(said)
    assert covered.plans == 1
    files = {digest for one in said for digest, _ in files_in(one)}
    assert covered.files == len(files)


@pytest.mark.parametrize("keys", [{}, {"node": "z"}])
def test_a_refusal_that_asked_no_gate_is_not_judged(keys: Entry) -> None:
    log = quiet()
    log.add(NAME, "refused", {"move": "m", "reasons": [], "why": None}, **keys)
    if not keys:
        why = {"gate": [], "facts": []}
        log.add(NAME, "refused", {"move": "m", "reasons": [], "why": why})
    log.seal()
    report = report_of(log)
    assert (report.exit, report.covered.judged) == (0, 0)


def test_an_entry_out_of_form_is_not_judged() -> None:
    log = story(4, length=60)
    place = next(n for n, one in enumerate(log.lines) if b'"type":"moved"' in one)
    judged = report_of(log).covered.judged
    spoilt = story(4, length=60, spoil={place: lambda one: one.update(recorded="x")})
    assert report_of(spoilt).covered.judged == judged - 1


def test_what_is_no_object_is_of_no_instance() -> None:
    log = quiet()
    written = bundle(log)
    rows = written.members["entries"].splitlines(keepends=True)
    rows[5] = b"5 " + canonical([1]) + b"\n"
    written.members["entries"] = b"".join(rows)
    found = verify(written.verifiable(), written.policy).defects
    assert (found[0].code, found[0].where) == ("entry.form", Where(5))
    assert "it is no object" in found[0].en


@pytest.mark.parametrize("content", [None, b"{}"])
def test_of_a_plan_that_is_not_here_or_another_only_that_is_told(
    content: bytes | None,
) -> None:
    """Its gates are neither read nor said to be too large."""
    written = bundle(story(4))
    name = f"plans/{sha256(PLAN).hex()}"
    del written.members[name]
    if content is not None:
        written.members[name] = content
    report = verify(written.verifiable(), written.policy)
    code = "plan.missing" if content is None else "plan.digest"
    assert [one.code for one in report.defects] == [code]
    assert report.undecided == ()


@pytest.mark.parametrize("key", ["size", "root"])
def test_what_bundle_json_does_not_say_is_held_against_nobody(key: str) -> None:
    written = bundle(quiet())
    said = json.loads(written.members["bundle.json"])
    written.members["bundle.json"] = canonical({**said, key: None})
    found = verify(written.verifiable(), written.policy).defects
    assert [one.code for one in found] == ["bundle.form"]
