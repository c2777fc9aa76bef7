"""Every sentence has a use, every use a sentence, and each is given what it says.

The whole of ``engine/`` is read as Python reads it: a code is a text like
``plan.bad_id``; one that is put together (``f"plan.shape_{sort}"``) stands for all
sentences that it can name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest

import engine
from engine import errors, words

ENGINE = Path(engine.__file__).parent
ROOMS = tuple(
    sorted(path.stem for path in ENGINE.glob("words/*.py") if path.stem != "__init__")
)
SENTENCES: Mapping[str, tuple[str, str]] = {
    code: said
    for room in ROOMS
    for code, said in import_module(f"engine.words.{room}").MESSAGES.items()
}
CODE = re.compile(rf"(?:{'|'.join(ROOMS)})\.[a-z][a-z0-9_]*")
PLACE = re.compile(r"\{([a-z_]+)\}")
NO_CODES = frozenset({"plan.leader", "plan.yaml"})
"""Texts that look like a code: a path inside a plan, a file's name."""
UMBRELLAS = frozenset({"error.plan_rejected", "error.wrong_clock"})
"""Codes of errors that are told by their faults, or by a code of their own."""
SAYERS = frozenset({"add", "say", "both", "BadExpression", "BadName", "ValueReadError"})
"""Whoever takes a code first and its values by name."""
CODED = {
    name: error.code
    for name, error in vars(errors).items()
    if isinstance(error, type) and issubclass(error, errors.PlangateError)
}


def trees() -> Iterator[tuple[str, ast.Module]]:
    """The engine's code; the verifier stands alone and brings its own sentences."""
    for path in sorted(ENGINE.rglob("*.py")):
        if path.parent.name != "words" and path.name != "verifier.py":
            tree = ast.parse(path.read_text("utf-8"))
            yield path.relative_to(ENGINE).as_posix(), tree


TREES = tuple(trees())


def pattern_of(node: ast.expr) -> str | None:
    """What codes an expression can be: a pattern; None if it is no code."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        is_code = CODE.fullmatch(node.value) and node.value not in NO_CODES
        return re.escape(node.value) if is_code else None
    if isinstance(node, ast.JoinedStr):
        parts = [
            re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z0-9_]+"
            for part in node.values
        ]
        begins = re.match(rf"(?:{'|'.join(ROOMS)})\\\.", parts[0])
        return "".join(parts) if begins else None
    return None


def patterns_used() -> dict[str, str]:
    """Pattern -> a place where it is used."""
    found: dict[str, str] = {}
    for name, tree in TREES:
        inner = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.expr) and id(node) not in inner:
                pattern = pattern_of(node)
                if pattern is not None:
                    found.setdefault(pattern, f"{name}:{node.lineno}")
    return found


def codes_of(pattern: str) -> list[str]:
    return [code for code in SENTENCES if re.fullmatch(pattern, code)]


def given_values() -> Iterator[tuple[str, str, set[str]]]:
    """(where, pattern, names of values) of each call whose values are all written."""
    for name, tree in TREES:
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            given = {word.arg for word in call.keywords}
            called = getattr(call.func, "id", getattr(call.func, "attr", ""))
            pattern = pattern_of(call.args[0]) if call.args else None
            if called in CODED and not call.args:
                pattern = re.escape(CODED[called])
            elif called not in SAYERS:
                pattern = None
            if pattern is not None and None not in given:
                yield f"{name}:{call.lineno}", pattern, {str(one) for one in given}


def test_every_code_that_is_used_has_a_sentence() -> None:
    without = {
        where: pattern
        for pattern, where in patterns_used().items()
        if not codes_of(pattern) and pattern.replace("\\", "") not in UMBRELLAS
    }
    assert without == {}


def test_every_sentence_is_used() -> None:
    used = {code for pattern in patterns_used() for code in codes_of(pattern)}
    assert sorted(set(SENTENCES) - used) == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_the_codes_of_its_own_name_and_say_finds_them(room: str) -> None:
    found = import_module(f"engine.words.{room}").MESSAGES
    assert found
    for code, (zh, en) in found.items():
        assert CODE.fullmatch(code), code
        assert code.startswith(f"{room}.")
        assert words.say(code, "zh").startswith(zh.partition("{")[0])
        assert words.say(code, "en").startswith(en.partition("{")[0])


def test_both_languages_say_the_same_values() -> None:
    different = {
        code: said
        for code, said in SENTENCES.items()
        if set(PLACE.findall(said[0])) != set(PLACE.findall(said[1]))
    }
    assert different == {}


def test_every_call_gives_the_values_that_its_sentence_says() -> None:
    missing = {
        where: (code, lacking)
        for where, pattern, given in given_values()
        for code in codes_of(pattern)
        if (lacking := set(PLACE.findall(SENTENCES[code][1])) - given)
    }
    assert missing == {}


def test_a_sentence_about_a_plan_says_what_is_wrong_and_what_to_write() -> None:
    """Two parts, the second after a semicolon, unless one says both."""
    plain = {
        code
        for code, (zh, en) in SENTENCES.items()
        if code.startswith("plan.") and not ("；" in zh and ";" in en)
    }
    says_what_belongs = re.compile(
        r"belongs|write |such as|has |is |choose|only |needs"
    )
    assert [
        code for code in plain if not says_what_belongs.search(SENTENCES[code][1])
    ] == []
