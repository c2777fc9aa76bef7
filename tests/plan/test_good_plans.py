"""Plans that look wrong and are right: text is text, numbers are exact."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from engine.plan.library import load

GOOD = Path(__file__).parents[1] / "plans" / "good"
PLANS = sorted(GOOD.glob("*.yaml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_good_plan_loads_and_has_one_digest(path: Path) -> None:
    plan, bundle = load(path)
    again, same = load(path)
    assert plan.digest == again.digest
    assert bundle == same


def test_a_word_that_yaml_would_change_stays_as_it_is_written() -> None:
    plan, _ = load(GOOD / "texts.yaml")
    vote = plan.nodes["学习.动员.表决"]
    assert plan.title == "no"
    assert plan.version == "010"
    assert plan.nodes["学习"].title == "2009-05-01"
    assert plan.nodes["学习"].note == "null"
    assert plan.nodes["学习.动员"].title == {"zh": "是", "en": "yes"}
    assert vote.title == "1e3"
    assert vote.fields["question"] == "19:30"
    assert vote.fields["choices"] == ("yes", "no", "~on", "010")
    assert plan.parties.ranks == ("off", "on")
    assert plan.parties.people["甲"] == {
        "rank": "on",
        "room": "0x10",
        "phone": "010",
        "since": "19:30",
    }
    assert plan.aliases["on"] == "开"


def test_numbers_are_exact_and_an_open_one_is_left_open() -> None:
    plan, _ = load(GOOD / "numbers.yaml")
    kept = {name: value for name, (_, value) in plan.elements.parameters.items()}
    assert kept["small"] == Fraction(5, 2)
    assert kept["third"] == Fraction(1, 3)
    assert kept["part"] == Fraction(333, 1000)
    assert kept["none"] is None
    assert kept["list"] == ((1, 2), (3,))
    assert kept["secret"] is False
    assert str(plan.nodes["学习.动员.办理"].within) == "5 workdays"


def test_names_are_words_of_any_script() -> None:
    plan, _ = load(GOOD / "names.yaml")
    assert set(plan.parties.people) == {"甲", "Ω", "Иван", "a_b-c", "É"}
    assert "Δt与学习.会议-1.办理" in plan.nodes
    assert "Δt与学习.会议_2.办理" in plan.nodes


def test_a_condition_over_several_lines_is_one_condition() -> None:
    plan, _ = load(GOOD / "folded.yaml")
    clauses = plan.nodes["学习.报送"].entry.clauses
    assert plan.title == "条件可以 分行写"
    assert [" ".join(clause.text.split()) for clause in clauses] == [
        "done(动员) and not done(学习)",
        "done(动员) or started(动员)",
        "done(动员) and settled(动员)",
    ]
