"""As it stood then: the shipped campaign asked for earlier moments."""

from __future__ import annotations

import base64
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import open_service
from engine.proof.tree import includes
from engine.testing import CAMPAIGN, campaign

MOMENTS = ("2009-04-20 12:00", "2009-05-20 12:00", "2009-06-12 09:05")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The campaign to its end."""
    file = tmp_path_factory.mktemp("travel") / "whole.db"
    campaign(f"sqlite:///{file}").journal.close()
    return file


@pytest.fixture
def ask(plangate: Any, whole: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PLANGATE_DB", f"sqlite:///{whole}")
    return plangate


@pytest.mark.parametrize("moment", MOMENTS)
def test_status_then_is_what_status_said_then(
    ask: Any, tmp_path: Path, moment: str
) -> None:
    """A second campaign is stopped at the moment and asked for its present."""
    url = f"sqlite:///{tmp_path}/then.db"
    campaign(url, until=moment).journal.close()
    then = ask("status", CAMPAIGN, "--all", "--json", "--db", url).json
    asked = ("status", CAMPAIGN, "--all", "--json", "--as-of", moment)
    found = ask(*asked).json
    # nothing may have happened since the last entry; it is judged at the moment
    assert found.pop("now")[:16].replace("T", " ") == moment
    then.pop("now")
    assert found == then
    known = ask(*asked[:-2], "--known-at", str(then["revision"])).json
    assert [one["state"] for one in known["nodes"]] == [
        one["state"] for one in then["nodes"]
    ]


@pytest.mark.parametrize("moment", MOMENTS)
def test_whynot_then_is_what_whynot_said_then(
    ask: Any, tmp_path: Path, moment: str
) -> None:
    url = f"sqlite:///{tmp_path}/then.db"
    campaign(url, until=moment).journal.close()
    for words in (("剖析材料.报送", "send"), ("问题#1",), ("民主生活会.会议",)):
        then = ask("whynot", CAMPAIGN, *words, "--json", "--db", url)
        found = ask("whynot", CAMPAIGN, *words, "--json", "--as-of", moment)
        assert (found.code, found.out) == (then.code, then.out)


def test_what_is_overdue_is_judged_at_the_moment(plangate: Any) -> None:
    """Nothing happens between: time alone turns blue to red."""
    began = ("start", "office", "--id", "o", "--clock", "2009-04-11 08:00")
    assert plangate(*began).code == 0
    said = {
        day: plangate("status", "o", "--json", "--as-of", day).json
        for day in ("2009-04-12", "2009-06-29", "2009-07-20")
    }
    assert {one["revision"] for one in said.values()} == {3}
    early, near, late = (one["marks"] for one in said.values())
    assert not any(early.values())
    assert near["blue"]
    assert late["red"]


def test_the_size_of_the_whole_log_is_the_present(ask: Any) -> None:
    now = ask("status", CAMPAIGN, "--all", "--json").json
    size = str(now["revision"])  # it is the only instance, and nobody has sealed
    assert ask("status", CAMPAIGN, "--all", "--json", "--known-at", size).json == now


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_size_that_the_log_never_had_is_told_with_the_one_it_has(
    ask: Any, language: str
) -> None:
    size = ask("status", CAMPAIGN, "--json").json["revision"]
    for words in (
        ("status", CAMPAIGN),
        ("history", CAMPAIGN),
        ("why", CAMPAIGN, "1"),
        ("whynot", CAMPAIGN, "问题#1"),
    ):
        told = ask(*words, "--known-at", str(size + 1), "--lang", language)
        assert (told.code, told.out) == (2, "")
        assert str(size + 1) in told.err
        assert f"--known-at {size}" in told.err


def test_what_was_known_is_counted_over_all_instances(plangate: Any) -> None:
    """Two instances in one log: a size of it reaches so far into each."""
    clock = ("--clock", "2009-04-11 08:00")
    assert plangate("start", "office", "--id", "a", *clock).code == 0
    first = plangate("status", "a", "--json").json
    size = str(first["revision"])
    assert plangate("status", "a", "--known-at", size).code == 0
    assert plangate("start", "office", "--id", "b", *clock).code == 0
    assert plangate("signal", "a", "通知到了", "--as", "乙").code == 0
    later = plangate("status", "a", "--json").json["revision"]
    whole = 2 * first["revision"] + later - first["revision"]
    # b was not in the log yet, and stood whole in it before a went on
    told = plangate("status", "b", "--known-at", size, "--lang", "en")
    assert (told.code, told.out) == (2, "")
    assert f"--known-at {first['revision'] + 1}" in told.err
    both = 2 * first["revision"]
    for name, known, revision in (
        ("a", first["revision"], first["revision"]),
        ("a", both, first["revision"]),
        ("a", both + 1, first["revision"] + 1),
        ("a", whole, later),
        ("b", first["revision"] + 1, 1),
        ("b", whole, first["revision"]),
    ):
        found = plangate("status", name, "--json", "--known-at", str(known)).json
        assert found["revision"] == revision, (name, known)
    entries = plangate("history", "a", "--known-at", str(both + 1), "--json").json
    assert len(entries["entries"]) == first["revision"] + 1
    seq = str(first["revision"] + 1)
    assert plangate("why", "a", seq, "--known-at", str(both + 1)).code == 0
    assert plangate("why", "a", seq, "--known-at", str(both)).code == 2


def test_beyond_the_last_entry_it_stands_as_it_stands_now(ask: Any) -> None:
    now = ask("status", CAMPAIGN, "--all", "--json").json
    later = ask("status", CAMPAIGN, "--all", "--json", "--as-of", "2031-01-01").json
    assert later["revision"] == now["revision"]
    assert [one["state"] for one in later["nodes"]] == [
        one["state"] for one in now["nodes"]
    ]


def test_the_history_as_of_a_day_ends_with_that_day(ask: Any) -> None:
    asked = ("history", CAMPAIGN, "--json")
    to = ask(*asked, "--to", "2009-05-20").json
    assert ask(*asked, "--as-of", "2009-05-20").json == to
    last = to["entries"][-1]
    exact = ask(*asked, "--as-of", last["at"]).json
    assert exact["entries"][-1] == last  # the moment itself is part of it
    assert ask(*asked, "--known-at", str(last["seq"])).json == to


def test_why_knows_no_entry_that_was_not_there_yet(ask: Any) -> None:
    assert ask("why", CAMPAIGN, "300", "--as-of", "2009-06-01").code == 0
    told = ask("why", CAMPAIGN, "300", "--known-at", "299")
    assert (told.code, told.out) == (2, "")
    assert "299" in told.err


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_cannot_be_asked_is_told_with_what_can(ask: Any, language: str) -> None:
    for words, near in (
        (("status", CAMPAIGN, "--as-of", "2008-01-01"), "2009-04-1"),
        (("history", CAMPAIGN, "--as-of", "2008-01-01"), "2009-04-1"),
        (("history", CAMPAIGN, "--as-of", "2008-01-01", "--after", "9"), "2009-04-1"),
        (("history", CAMPAIGN, "--diff", "2008-01-01", "2009-05-01"), "2009-04-1"),
        (("history", CAMPAIGN, "--diff", "2009-05-01", "2009-04-20"), "2009-05-01"),
        (("history", CAMPAIGN, "--diff", "300", "2009-04-20"), "300"),
        (("history", CAMPAIGN, "--diff", "0", "5"), " 1 "),
        (("history", CAMPAIGN, "--diff", "5", "999999"), "999999"),
        (("history", CAMPAIGN, "--diff", "1", "2", "--csv"), "--diff"),
        (("status", CAMPAIGN, "--as-of", "2009.5.1"), "2009-04-11)"),
        (("status", CAMPAIGN, "--known-at", "0"), " 1 "),
        (("history", CAMPAIGN, "--diff", "1", "2", "--limit", "3"), "--diff"),
        (("status", CAMPAIGN, "--as-of", "昨天"), "昨天"),
        (
            ("status", CAMPAIGN, "--as-of", "2009-05-01", "--known-at", "3"),
            "--known-at",
        ),
        (("status", "--as-of", "2009-05-01"), "--as-of"),
        (("whynot", CAMPAIGN, "问题#1", "--as-of", "2009-04-12"), "问题"),
    ):
        told = ask(*words, "--lang", language)
        assert (told.code, told.out) == (2, ""), words
        assert near in told.err.replace("）", ")")


def test_the_line_above_says_what_is_in_and_what_is_not(ask: Any) -> None:
    last = ask("status", CAMPAIGN, "--json").json["revision"]

    def line(*words: str) -> str:
        told: str = ask("status", CAMPAIGN, *words, "--lang", "en").out
        return " ".join(told.partition(f"\n{CAMPAIGN}")[0].split())

    end = ask("history", CAMPAIGN, "--json").json["entries"][-1]["at"]
    assert ask("status", CAMPAIGN, "--lang", "en").out.startswith(CAMPAIGN)
    assert "the end of 2009-05-20" in line("--as-of", "2009-05-20")
    assert "later ones are left out" in line("--as-of", "2009-05-20 12:00")
    assert line("--as-of", end).endswith(f"all entries are in, 1 to {last}")
    future = line("--as-of", "2031-01-01")
    assert "still to come" in future
    assert f"follows entry {last}" in future
    assert "the log had 12 entries" in line("--known-at", "12")


def test_a_moment_of_another_zone_is_the_same_moment(ask: Any) -> None:
    here = ask("status", CAMPAIGN, "--json", "--as-of", "2009-05-20 12:00").json
    for there in ("2009-05-20T04:00:00Z", "2009-05-20T13:00+09:00"):
        assert ask("status", CAMPAIGN, "--json", "--as-of", there).json == here


def test_between_two_entries_of_one_moment_only_numbers_reach(ask: Any) -> None:
    entries = ask("history", CAMPAIGN, "--json").json["entries"]
    pair = next(
        (one, two)
        for one, two in pairwise(entries)
        if one["at"] == two["at"] and two["type"] == "moved" and two["data"].get("to")
    )
    first, second = (str(one["seq"]) for one in pair)
    found = ask("history", CAMPAIGN, "--diff", first, second, "--json").json
    assert {one["entry"] for one in found["changes"]} <= {pair[1]["seq"]}
    whole = ask("status", CAMPAIGN, "--json", "--as-of", pair[0]["at"]).json
    assert whole["revision"] >= pair[1]["seq"]
    known = ask("status", CAMPAIGN, "--json", "--known-at", first).json
    assert known["revision"] == pair[0]["seq"]


def test_what_an_entry_rests_on_is_proved_by_what_was_signed(
    plangate: Any, tmp_path: Path
) -> None:
    clock = ("--clock", "2009-04-11 08:00")
    assert plangate("start", "office", "--id", "o", *clock).code == 0
    assert plangate("signal", "o", "通知到了", "--as", "乙").code == 0
    none = plangate("why", "o", "5", "--proofs", "--lang", "en").out
    assert "no place in the sealed log yet" in none
    assert "plangate checkpoint" in none
    key = str(tmp_path / "log.key")
    assert plangate("key", "--name", "office.example/log", key).code == 0
    signed = plangate("checkpoint", "--key", key).out.splitlines()
    found = plangate("why", "o", "5", "--json").json
    for one in (found, *found["causes"]):
        proof = one["proof"]
        assert str(proof["size"]) == signed[1]
        root = bytes.fromhex(proof["root"])
        assert base64.b64decode(signed[2]) == root
        path = [bytes.fromhex(step) for step in proof["path"]]
        leaf = bytes.fromhex(one["hash"])
        assert includes(leaf, proof["position"], proof["size"], path, root)
    told = plangate("why", "o", "5", "--proofs", "--lang", "en").out
    for word in (found["hash"], found["proof"]["root"], *found["proof"]["path"]):
        assert word in told
    assert "sealed log yet" not in told
    assert "proof" not in plangate("why", "o", "5", "--lang", "en").out


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_answer_is_sentences_of_the_readers_language(
    ask: Any, language: str
) -> None:
    for words in (
        ("status", CAMPAIGN, "--as-of", "2009-05-20"),
        ("whynot", CAMPAIGN, "剖析材料.报送", "--as-of", "2009-06-12"),
        ("history", CAMPAIGN, "--diff", "2009-04-12", "2009-08-30"),
        ("history", CAMPAIGN, "--diff", "5", "5"),
        ("history", CAMPAIGN, "--as-of", "2009-05-20", "--limit", "3"),
        ("status", CAMPAIGN, "--as-of", "2031-05-20"),
        ("status", CAMPAIGN, "--known-at", "300"),
        ("why", CAMPAIGN, "300", "--depth", "9"),
        ("why", CAMPAIGN, "300", "--proofs"),
    ):
        told = ask(*words, "--lang", language)
        assert (told.code, told.err) == (0, "")
        for bare in ("view.", "cli.", "audit.", "core.", "?who", "None", "{", "True"):
            assert bare not in told.out, words


def test_a_difference_leads_from_the_one_state_to_the_other(ask: Any) -> None:
    first, second = "2009-05-01", "2009-06-12"
    found = ask("history", CAMPAIGN, "--diff", first, second, "--json").json
    then, later = (
        {
            one["node"]: one["state"]["name"]
            for one in ask("status", CAMPAIGN, "--all", "--json", "--as-of", day).json[
                "nodes"
            ]
        }
        for day in (first, second)
    )
    states = {
        one["node"]: one["after"]["value"]["state"]
        for one in found["changes"]
        if one["sort"] == "state"
    }
    moved = {path for path in then if then[path] != later[path]}
    assert moved <= set(states)
    assert all(later[path] == states[path] for path in moved)
    entries = ask("history", CAMPAIGN, "--json").json["entries"]
    by = {one["seq"]: one for one in entries}
    for one in found["changes"]:
        made = by[one["entry"]]
        assert found["before"]["revision"] < one["entry"] <= found["after"]["revision"]
        assert (one["at"], one["actor"]) == (made["at"], made["actor"])


def test_a_difference_of_a_node_is_of_all_below_it(ask: Any) -> None:
    asked = ("history", CAMPAIGN, "--diff", "2009-04-12", "2009-06-12", "--json")
    found = ask(*asked, "--node", "问题").json["changes"]
    assert found
    assert all(one["node"].startswith("问题") for one in found)


def test_looking_back_writes_nothing(ask: Any, whole: Path) -> None:
    before = ask("verify", "--json").json
    ask("status", CAMPAIGN, "--as-of", "2009-05-20")
    ask("history", CAMPAIGN, "--diff", "2009-04-12", "2009-08-30")
    assert ask("verify", "--json").json == before
    service = open_service(f"sqlite:///{whole}")
    with service.journal:
        assert (
            service.look(CAMPAIGN).instance.revision
            == before["instances"][0]["revision"]
        )
