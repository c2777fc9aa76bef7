"""Each code of section 7: the right one, at the right place, and alone if it can be."""

import json
import random
from collections.abc import Callable

import pytest

from engine.verifier import Where, verify
from tests.verifier.bundles import (
    PLAN,
    STATES,
    Entry,
    Log,
    Members,
    Written,
    bundle,
    canonical,
    checkpoint,
    entries_of,
    head,
    leaf_hash,
    respoilt,
    sha256,
    siblings,
    story,
    tree_path,
    tree_root,
)
from tests.verifier.reports import at, codes, place, report_of, told

SEEDS = range(5)


def any_entry(seed: int, wanted: Callable[[Entry], bool]) -> tuple[int, int]:
    """A seed of a story and an index in it whose entry is as wanted."""
    draw = random.Random(seed)
    while True:
        number = draw.randrange(10**6)
        fit = [i for i, e in enumerate(entries_of(story(number))) if wanted(e)]
        if fit:
            return number, draw.choice(fit)


def key(**changed: object) -> Callable[[Entry], None]:
    return lambda entry: entry.update(changed)


def data(**changed: object) -> Callable[[Entry], None]:
    return lambda entry: entry["data"].update(changed)


def is_in_instance(entry: Entry) -> bool:
    return entry["type"] != "sealed" and entry["seq"] > 1


def is_moved(entry: Entry) -> bool:
    return entry["type"] == "moved"


def lacks(name: str) -> Callable[[Entry], None]:
    return lambda entry: entry.pop(name) and None


def lacks_data(name: str) -> Callable[[Entry], None]:
    return lambda entry: entry["data"].pop(name) and None


OTHER = "ab" * 32
# Each is told alone: everything after it is chained and hashed as if it were right.
ENTRY_FORM = [
    *((key(**{name: None}), is_in_instance) for name in ("actor", "node", "command")),
    (key(v=2), is_in_instance),
    (key(v=True), is_in_instance),
    (lacks("v"), is_in_instance),
    (lacks("recorded"), is_in_instance),
    (key(recorded="2009-02-30T01:00:00Z"), is_in_instance),
    (key(recorded="2009-02-03T01:00:00.000000Z"), is_in_instance),
    (key(recorded="2009-02-03T01:00:00.12Z"), is_in_instance),
    (key(recorded="2009-02-03T25:00:00Z"), is_in_instance),
    (key(recorded="2009-02-03T01:00:00+00:00"), is_in_instance),
    (key(recorded="２009-02-03T01:00:00Z"), is_in_instance),
    (key(type="told"), is_in_instance),
    (key(type=[1]), is_in_instance),
    (key(data=[]), lambda e: e["type"] == "refused"),
    (key(led_by=0), is_in_instance),
    (key(led_by="1"), is_in_instance),
    (data(accent="e\u0301"), is_in_instance),
    (data(nul="\0"), is_in_instance),
    (data(half=1.5), is_in_instance),
    (data(great=2**53), is_in_instance),
    (data(small=-(2**53)), is_in_instance),
    (data(greater=10**40), is_in_instance),
    (data(why=[]), is_moved),
    (data(why={"gate": []}), is_moved),
    (data(why={"gate": [["a", 1]], "facts": []}), is_moved),
    (data(why={"gate": [["a", True, [], 0]], "facts": []}), is_moved),
    (data(why={"gate": [], "facts": [["a", 1, -1]]}), is_moved),
    (data(why=None), is_moved),
    (data(cause="whim"), is_moved),
    (data(did=[["begin", "甲", "1", "open"]]), is_moved),
    (data(did=[["item", "甲"]]), is_moved),
    *((lacks_data(name), is_moved) for name in ("move", "cause", "why")),
    (lacks_data("reasons"), lambda e: e["type"] == "refused"),
    *(
        (lacks_data(name), lambda e: e["type"] == "started")
        for name in ("plan", "id", "title", "by", "ledger")
    ),
    (key(plan=OTHER), lambda e: e["type"] == "sealed"),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", range(len(ENTRY_FORM)))
def test_an_entry_that_is_not_in_form_is_told_alone_and_in_its_place(
    case: int, seed: int
) -> None:
    spoil, wanted = ENTRY_FORM[case]
    number, index = any_entry(seed * 100 + case, wanted)
    written = bundle(story(number, spoil={index: spoil}))
    report = report_of(written)
    found = {(c, w.position) for c, w in told(report)}
    # What cannot be parsed is of no instance: those after it are told too.
    unparsed = report.defects[0].where.instance is None
    allowed = {"entry.seq", "entry.prev", "seal.root", "bundle.member", "entry.led_by"}
    assert ("entry.form", index) in found
    beside = {c for c, _ in found} - {"entry.form"}
    assert beside <= (allowed | {"entry.state"} if unparsed else {"entry.state"})
    assert [p for c, p in found if c == "entry.form"] == [index]


ENTRY_CODES = {
    "entry.prev": (key(prev=OTHER), is_in_instance),
    "entry.time": (key(at="2009-04-10T23:59:59.999999Z"), is_in_instance),
    "entry.plan": (key(plan=sha256(PLAN + b"x").hex()), is_in_instance),
    "entry.led_by": (lambda e: e.update(led_by=e["seq"]), is_in_instance),
    "entry.simulated": (
        lambda e: e.pop("simulated", 0) or e.update(simulated=True),
        is_in_instance,
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("code", ENTRY_CODES)
def test_an_entry_at_odds_with_its_instance_is_told_in_its_place(
    code: str, seed: int
) -> None:
    spoil, wanted = ENTRY_CODES[code]
    number, index = any_entry(seed, wanted)
    written = bundle(story(number, spoil={index: spoil}))
    report = report_of(written)
    expected = [(code, place(written.log, index))]
    if code == "entry.plan":
        expected = [("plan.missing", expected[0][1]), *expected]
    assert told(report) == expected


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("step", [1, 5])
def test_a_number_that_is_left_out_is_told(seed: int, step: int) -> None:
    number, index = any_entry(seed, lambda e: e["type"] != "sealed")
    written = bundle(
        story(number, spoil={index: lambda e: e.update(seq=e["seq"] + step)})
    )
    assert ("entry.seq", place(written.log, index)) in told(report_of(written))
    assert codes(report_of(written)) <= {"entry.seq", "entry.prev"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_number_that_comes_twice_is_told(seed: int) -> None:
    number, index = any_entry(seed, lambda e: is_in_instance(e) and e["seq"] > 2)
    log = story(number, spoil={index: lambda e: e.update(seq=e["seq"] - 1, led_by=1)})
    assert told(report_of(bundle(log))) == [("entry.seq", place(log, index))]


def test_a_started_that_names_another_plan_than_its_entry_is_told() -> None:
    log = story(3, spoil={0: data(plan=OTHER)})
    assert told(report_of(bundle(log))) == [("entry.plan", place(log, 0))]


def said_before(log: Log, index: int) -> tuple[str, int] | None:
    """The state of the node of an entry, by the page, read another way."""
    moved = json.loads(log.lines[index])
    for line in reversed(log.lines[:index]):
        entry = json.loads(line)
        if entry["instance"] != moved["instance"]:
            continue
        places = {"begin": (3, 2), "add": (5, 0), "item": (4, 0)}
        for deed in reversed(entry["data"].get("did", [])):
            if deed[0] in places and deed[1] == moved["node"]:
                state, round_ = places[deed[0]]
                return deed[state], deed[round_] if round_ else 1
        if entry.get("node") == moved["node"] and entry["type"] == "added":
            return entry["data"]["state"], 1
        if entry.get("node") == moved["node"] and entry["type"] == "moved":
            return entry["data"]["to"], entry["data"]["round"]
    return None


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("what", ["from", "round+", "round-"])
def test_a_move_from_another_state_or_to_a_far_round_is_told(
    what: str, seed: int
) -> None:
    draw = random.Random(seed)
    log, index = story(draw.randrange(10**6)), 0
    moves = [i for i, e in enumerate(entries_of(log)) if is_moved(e)]
    while not moves or said_before(log, index := draw.choice(moves)) is None:
        number = draw.randrange(10**6)
        log = story(number)
        moves = [i for i, e in enumerate(entries_of(log)) if is_moved(e)]
    spoils = {
        "from": data(**{"from": "nowhere"}),
        "round+": lambda e: e["data"].update(round=e["data"]["round"] + 2),
        "round-": lambda e: e["data"].update(round=e["data"]["round"] - 2),
    }
    if what == "from":
        changed = respoilt(log, {index: spoils["from"]})
        assert told(report_of(bundle(changed))) == [
            ("entry.state", place(changed, index)),
            ("gate.move", place(changed, index)),
        ]
        return
    changed = respoilt(log, {index: spoils[what]})
    round_ = json.loads(changed.lines[index])["data"]["round"]
    # An entry that is not in form says nothing: no round is less than 0.
    code = "entry.state" if round_ >= 0 else "entry.form"
    found = told(report_of(bundle(changed)))
    assert found[:1] == [(code, place(changed, index))]
    assert {code for code, _ in found} == {code}


# --- What somebody does who changes the bundle, not the log


Change = Callable[[list[bytes], int], None]
ROW_ATTACKS: dict[str, tuple[Change, set[str]]] = {
    "edited": (
        lambda rows, i: rows.__setitem__(i, rows[i].replace(b"Z", b"Y", 1)),
        {"log.root"},
    ),
    "deleted": (lambda rows, i: rows.pop(i) and None, {"log.position", "log.size"}),
    "doubled": (
        lambda rows, i: rows.insert(i, rows[i]),
        {"log.position", "log.size", "log.root"},
    ),
    "swapped": (
        lambda rows, i: rows.__setitem__(slice(i, i + 2), rows[i : i + 2][::-1]),
        {"log.position", "log.root"},
    ),
    "truncated": (
        lambda rows, i: rows.__delitem__(slice(i, None)),
        {"log.size", "log.root", "seal.missing"},
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("attack", ROW_ATTACKS)
def test_rows_that_were_changed_are_told(attack: str, seed: int) -> None:
    written = bundle(story(seed))
    rows = written.members["entries"].splitlines(keepends=True)
    change, expected = ROW_ATTACKS[attack]
    change(rows, random.Random(seed).randrange(len(rows) - 2))
    written.members["entries"] = b"".join(rows)
    assert expected | {"log.root"} <= codes(report_of(written))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_row_left_out_is_told_where_the_next_one_stands(seed: int) -> None:
    written = bundle(story(seed))
    rows = written.members["entries"].splitlines(keepends=True)
    index = random.Random(seed).randrange(len(rows) - 1)
    del rows[index]
    written.members["entries"] = b"".join(rows)
    report = report_of(written)
    assert at(report, "log.position", index + 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_attacker_who_recomputes_every_hash_is_told_by_the_checkpoint(
    seed: int,
) -> None:
    honest = bundle(story(seed))
    forged = bundle(story(seed, spoil={2: key(recorded="2011-01-01T00:00:00Z")}))
    forged.members["checkpoint"] = honest.members["checkpoint"]
    report = verify(forged.verifiable(), honest.policy)
    assert told(report) == [("checkpoint.form", Where(member="checkpoint"))]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_truncated_log_made_whole_again_is_told_by_the_checkpoint(seed: int) -> None:
    honest = bundle(story(seed, length=30))
    short = bundle(story(seed, length=20))
    short.members["checkpoint"] = honest.members["checkpoint"]
    report = verify(short.verifiable(), honest.policy)
    assert codes(report) == {"checkpoint.form"}
    assert len(report.defects) == 2  # another size and another root


def test_a_forger_who_signs_with_a_key_of_his_own_is_not_believed() -> None:
    honest, forged = bundle(story(1)), bundle(story(1))
    report = verify(forged.verifiable(), honest.policy)
    assert report.exit == 2
    assert {u.code for u in report.undecided} == {"signature.none", "witness.quorum"}
    assert not report.covered.signers


def test_a_checkpoint_that_was_removed_is_not_decidable() -> None:
    written = bundle(story(1))
    del written.members["checkpoint"]
    report = report_of(written)
    assert (report.exit, [u.code for u in report.undecided]) == (2, ["checkpoint.none"])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("folder", ["plans", "files"])
def test_bytes_of_a_plan_or_file_that_were_changed_are_told(
    folder: str, seed: int
) -> None:
    written = bundle(story(seed))
    name = random.Random(seed).choice([n for n in written.members if folder in n])
    written.members[name] += b"x"
    code = {"plans": "plan.digest", "files": "file.digest"}[folder]
    assert told(report_of(written)) == [(code, Where(member=name))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("folder", ["plans", "files"])
def test_a_plan_or_file_that_is_not_here_is_told_where_it_is_first_named(
    folder: str, seed: int
) -> None:
    written = bundle(story(seed))
    name = random.Random(seed).choice([n for n in written.members if folder in n])
    del written.members[name]
    digest = name.partition("/")[2].encode()
    first = next(i for i, line in enumerate(written.log.lines) if digest in line)
    code = {"plans": "plan.missing", "files": "file.missing"}[folder]
    assert told(report_of(written)) == [(code, place(written.log, first))]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_of_another_size_than_its_entry_says_is_told(seed: int) -> None:
    number, index = any_entry(seed, lambda e: e["type"] == "reported")
    log = story(
        number, spoil={index: lambda e: e["data"]["outputs"][0].update(size=77)}
    )
    assert told(report_of(bundle(log))) == [("file.digest", place(log, index))]


# --- The members


MEMBER_ATTACKS: dict[str, tuple[Callable[[Members], object], str]] = {
    "no entries": (lambda m: m.pop("entries"), "entries"),
    "foreign": (lambda m: m.update({"readme": b""}), "readme"),
    "traversal": (lambda m: m.update({"../../x": b""}), "../../x"),
    "absolute": (lambda m: m.update({"/etc/x": b""}), "/etc/x"),
    "folder": (lambda m: m.update({"plans/": b""}), "plans/"),
    "upper": (lambda m: m.update({"plans/" + "A" * 64: b""}), "plans/" + "A" * 64),
    "proofs": (lambda m: m.update({"proofs": b""}), "proofs"),
    "plan": (
        lambda m: m.update({f"plans/{sha256(b'x').hex()}": b"x"}),
        f"plans/{sha256(b'x').hex()}",
    ),
    "file": (
        lambda m: m.update({f"files/{sha256(b'y').hex()}": b"y"}),
        f"files/{sha256(b'y').hex()}",
    ),
}


@pytest.mark.parametrize("attack", MEMBER_ATTACKS)
def test_a_member_that_is_missing_or_has_no_business_here_is_told(attack: str) -> None:
    written = bundle(story(2))
    change, member = MEMBER_ATTACKS[attack]
    change(written.members)
    assert told(report_of(written)) == [("bundle.member", Where(member=member))]


# --- Seals


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sealed_root_of_other_heads_is_told_at_the_seal(seed: int) -> None:
    number, index = any_entry(seed, lambda e: e["type"] == "sealed")
    log = story(number, spoil={index: data(root=OTHER)})
    assert told(report_of(bundle(log))) == [("seal.root", place(log, index))]


def test_a_seal_that_names_another_position_is_told() -> None:
    number, index = any_entry(0, lambda e: e["type"] == "sealed" and e["seq"] == 1)
    log = story(number, spoil={index: data(size=index + 1)})
    assert ("seal.missing", place(log, index)) in told(report_of(bundle(log)))


def test_a_log_whose_last_entry_is_no_seal_is_told() -> None:
    log = story(1)
    log.add("甲", "signalled", {})
    report = report_of(bundle(log))
    assert told(report) == [("seal.missing", Where(len(log.lines) - 1, "~log"))]


def test_what_is_called_a_seal_in_an_instance_is_none() -> None:
    log = story(1)
    log.add("甲", "sealed", {"size": len(log.lines), "root": "0" * 64})
    found = told(report_of(bundle(log)))
    assert ("seal.missing", Where(len(log.lines) - 1, "~log")) in found


def test_a_log_without_entries_needs_no_seal() -> None:
    assert report_of(bundle(Log())).exit == 0


# --- A bundle of some instances


def of_one(seed: int) -> tuple[Written, str]:
    log = story(seed, length=40)
    names = [n for n, (seq, _) in log.heads.items() if n != "~log" and seq > 3]
    name = random.Random(seed).choice(sorted(names))
    return bundle(log, [name]), name


@pytest.mark.parametrize("seed", SEEDS)
def test_entries_of_an_instance_that_are_withheld_at_its_end_are_told(
    seed: int,
) -> None:
    written, name = of_one(seed)
    rows = written.members["entries"].splitlines(keepends=True)
    lines = written.members["proofs"].splitlines(keepends=True)
    del rows[-2], lines[-3]
    written.members |= {"entries": b"".join(rows), "proofs": b"".join(lines)}
    report = report_of(written)
    shown = name.replace("\n", "\\n")
    assert ("seal.proof", shown) in [(c, w.instance) for c, w in told(report)]
    assert codes(report) <= {"seal.proof", "bundle.member"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stale_proof_of_a_head_is_told(seed: int) -> None:
    written, _ = of_one(seed)
    lines = written.members["proofs"].splitlines(keepends=True)
    way = json.loads(lines[-1])
    way["siblings"] = [OTHER, *way["siblings"][1:]]
    lines[-1] = canonical(way) + b"\n"
    written.members["proofs"] = b"".join(lines)
    assert codes(report_of(written)) == {"seal.proof"}
    way["siblings"] = ["00" * 32] * 257
    lines[-1] = canonical(way) + b"\n"
    written.members["proofs"] = b"".join(lines)
    assert codes(report_of(written)) == {"seal.proof"}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", ["other", "short", "long", "none"])
def test_a_proof_of_inclusion_that_does_not_hold_is_told_at_its_entry(
    change: str, seed: int
) -> None:
    written, _ = of_one(seed)
    rows = written.members["entries"].splitlines()
    lines = written.members["proofs"].splitlines(keepends=True)
    index = random.Random(seed).randrange(len(rows))
    proof = json.loads(lines[index])
    path = proof["path"]
    paths = {"other": [OTHER, *path[1:]], "short": path[:-1], "long": [*path, OTHER]}
    proof["path"] = paths.get(change)
    lines[index] = b"" if change == "none" else canonical(proof) + b"\n"
    written.members["proofs"] = b"".join(lines)
    position = int(rows[index].split()[0])
    assert told(report_of(written)) == [("log.proof", place(written.log, position))]


def test_proofs_that_belong_to_nothing_here_are_told() -> None:
    written, _ = of_one(1)
    lines = written.members["proofs"].splitlines(keepends=True)
    first = json.loads(lines[0])["position"]
    position = canonical({"position": first, "path": []}) + b"\n"
    instance = canonical({"instance": "nobody", "siblings": []}) + b"\n"
    for extra in ([position, *lines], [*lines, instance], [*lines, lines[-1]]):
        written.members["proofs"] = b"".join(extra)
        found = codes(report_of(written))
        assert "bundle.form" in found
        assert found <= {"bundle.form", "log.proof"}


def test_an_entry_of_an_instance_outside_the_scope_is_told() -> None:
    log = story(7, length=40)
    names = sorted(n for n in log.heads if n != "~log")
    both, one = bundle(log, names[:2]), bundle(log, names[:1])
    both.members["bundle.json"] = one.members["bundle.json"]
    report = report_of(both)
    outside = [i for i, e in enumerate(entries_of(log)) if e["instance"] == names[1]]
    found = [w.position for c, w in told(report) if c == "bundle.form" and w.position]
    assert set(found) == set(outside) - {0}


def test_an_instance_without_a_head_has_no_proof() -> None:
    written = bundle(story(1))
    log = written.log
    name = next(n for n in log.heads if n != "~log")
    absent = bundle(log, [name])
    root = tree_root(log.leaves())
    scope = sorted([name, "nobody"])
    absent.members["bundle.json"] = canonical(head(len(log.lines), root, scope))
    report = report_of(absent)
    assert told(report) == [("seal.proof", Where(instance="nobody"))]


def test_a_bundle_of_instances_needs_the_seal_at_its_end() -> None:
    written, _ = of_one(2)
    rows = written.members["entries"].splitlines(keepends=True)
    lines = written.members["proofs"].splitlines(keepends=True)
    del rows[-1], lines[len(rows)]
    written.members |= {"entries": b"".join(rows), "proofs": b"".join(lines)}
    assert codes(report_of(written)) == {"seal.missing"}


def test_the_proofs_of_the_builder_are_those_of_its_trees() -> None:
    leaves = [leaf_hash(bytes([i])) for i in range(11)]
    assert len(tree_path(10, leaves)) == 2
    heads = {sha256(bytes([i])): (1, leaves[i]) for i in range(9)}
    assert len(siblings(heads, next(iter(heads)))) >= 3
    assert STATES


# --- bundle.json and the checkpoint


BAD_HEADS = {
    "scope": [None, "all", ["b", "a"], ["a", "a"], ["~log"], [""], [1], {}],
    "size": [-1, "3", None, True],
    "root": ["0" * 63, "A" * 64, None],
    "made": ["2010-01-01", 5, "2010-13-01T00:00:00Z"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(k, v) for k, values in BAD_HEADS.items() for v in values]
)
def test_a_bundle_json_that_is_not_as_the_page_says_is_told(
    name: str, value: object
) -> None:
    written = bundle(story(1))
    said = json.loads(written.members["bundle.json"])
    written.members["bundle.json"] = canonical({**said, name: value})
    report = report_of(written)
    assert ("bundle.form", Where(member="bundle.json")) in told(report)


def test_a_size_that_is_not_the_number_of_entries_is_told() -> None:
    written = bundle(story(1))
    size, root = len(written.log.lines), tree_root(written.log.leaves())
    for wrong in (size - 1, size + 1):
        written.members["bundle.json"] = canonical(head(wrong, root, "log"))
        written.members["checkpoint"] = checkpoint(
            wrong, root, written.signer, written.witness
        )
        found = told(report_of(written))
        assert ("log.size", Where(member="entries")) in found
