"""The error tree: named by who must act, drawn where it is defined."""

from __future__ import annotations

import pickle
import re

from engine import errors
from engine.errors import LostUpdate, PlangateError


def family(root: type[PlangateError]) -> set[str]:
    return {root.__name__}.union(*(family(one) for one in root.__subclasses__()))


def test_the_drawn_error_tree_is_the_real_one() -> None:
    drawn = set(re.findall(r"^ {4}[│├└─ ]*([A-Z]\w+)", errors.__doc__ or "", re.M))
    assert family(PlangateError) == drawn


def test_the_drawn_exit_codes_are_the_real_ones() -> None:
    for name, code in re.findall(r"(\w+) .*exit (\d)", errors.__doc__ or ""):
        assert getattr(errors, name).exit_code == int(code)


def test_an_error_crosses_processes_with_its_facts() -> None:
    error = LostUpdate(instance="甲", expected=3, found=4)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.values) == (LostUpdate, error.values)
    assert again.say("zh") == error.say("zh")
