"""Section 1 of the page: the one form of a text, byte by byte, and its limits."""

import json

import pytest

from engine import verifier
from engine.verifier import is_moment, is_scope, read_json
from tests.verifier.bundles import canonical

LONG = verifier.LONG_LINE
GREAT = 2**53

# What is wrong with it (None: nothing). "#" becomes a text that makes the line long.
FORMS: list[tuple[bytes, str | None]] = [
    (b"{}", None),
    (b'{"a":1,"b":[true,false,null]}', None),
    (b'{"a":1,"a":1}', "canonical"),
    (b'{"b":1,"a":1}', "canonical"),
    (b'{"a": 1}', "canonical"),
    (b'{"a":1} ', "canonical"),
    (b' {"a":1}', "canonical"),
    (b'{"a":-0}', "canonical"),
    (b'{"a":01}', "json"),
    (b'{"a":1.0}', "json"),
    (b'{"a":1e1}', "json"),
    (b'{"a":NaN}', "json"),
    (b'{"a":1}x', "json"),
    (b"", "json"),
    (b'{"a":"\xff"}', "utf8"),
    (b'{"a":"\xed\xa0\x80"}', "utf8"),
    (b'{"a":"\\ud83d\\ude00"}', "canonical"),
    ('{"a":"\U0001f600"}'.encode(), None),
    (b'{"a":"\\u0041"}', "canonical"),
    (b'{"a":"\\u001f\\b\\t\\n\\f\\r\\"\\\\"}', None),
    (b'{"a":"\\u001F"}', "canonical"),
    (b'{"a":"\\u0009"}', "canonical"),
    (b'{"a":"\\/"}', "canonical"),
    (b'{"a":"\x7f"}', None),
    (b'{"a":"\t"}', "json"),
    (b'{"a":"\\u0000"}', "nul"),
    (b'{"\\u0000":1}', "nul"),
    (b'{"a":["\\u0000"]}', "nul"),
    (b'{"a":"\\\\u0000"}', None),
    ('{"a":"e\u0301"}'.encode(), "nfc"),
    ('{"e\u0301":1}'.encode(), "nfc"),
    ('{"a":[{"b":"e\u0301"}]}'.encode(), "nfc"),
    ('{"a":"\u00e9"}'.encode(), None),
    ('{"a":"\\n\u0303"}'.encode(), None),  # the n of an escape is no letter
    (b'{"a":%d,"b":%d}' % (GREAT - 1, 1 - GREAT), None),
    (b'{"a":%d}' % GREAT, "json"),
    (b'{"a":%d}' % -GREAT, "json"),
    (b'{"a":9999999999999999}', "json"),
    (b'{"a":10000000000000000}', "json"),
    (b'{"a":-10000000000000000}', "json"),
    (b'{"a":999999999999999}', None),
    (b'{"a":"9999999999999999"}', None),
]


@pytest.mark.parametrize(("raw", "why"), FORMS)
def test_an_object_has_one_form(raw: bytes, why: str | None) -> None:
    assert read_json(raw)[1] == why


@pytest.mark.parametrize(
    ("raw", "why"), [(raw, why) for raw, why in FORMS if raw[:2] == b'{"']
)
def test_an_object_on_a_long_line_has_the_same_form(
    raw: bytes, why: str | None
) -> None:
    assert read_json(b'{"":"' + b"x" * LONG + b'",' + raw[1:])[1] == why


@pytest.mark.parametrize("length", [LONG - 8, LONG - 7, LONG - 6])
def test_about_the_length_from_which_lines_are_long_nothing_changes(
    length: int,
) -> None:
    raw = b'{"a":"' + b"x" * (length - 2) + b'"}'
    assert read_json(raw) == (json.loads(raw), None)
    assert read_json(raw[:-1] + b" }")[1] == "canonical"
    assert read_json(raw + b" ")[1] == "canonical"


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * depth + closing * depth


DEPTHS: list[tuple[bytes, str | None]] = [
    (nested(64), None),
    (nested(65), "depth"),
    (b'{"a":' * 64 + b"1" + b"}" * 64, None),
    (b'{"a":' * 65 + b"1" + b"}" * 65, "depth"),
    (b"[" + b",".join([nested(63)] * 3) + b"]", None),
    (b"[" + b",".join([b"[]", nested(64)]) + b"]", "depth"),
    (b'["' + b"[" * 65 + b'"]', None),
    (b'["\\"' + b"[" * 65 + b'"]', None),
    (b'["\\\\",' + b",".join([b'"["'] * 65) + b"]", None),
    (b"[" * 64 + b"]" * 65, "json"),
    (b"]" + b"[" * 65, "json"),
    (b"[" * 65, "depth"),
    (b"[]" * 65, "json"),
]


@pytest.mark.parametrize(("raw", "why"), DEPTHS)
def test_json_is_64_levels_deep_at_most(raw: bytes, why: str | None) -> None:
    assert read_json(raw)[1] == why


def listed(commas: int, member: bytes) -> bytes:
    return b"[" + b",".join([member] * (commas + 1)) + b"]"


# Each has exactly so many; one more is one too many.
VALUES: list[tuple[bytes, bytes]] = [
    (listed(249_999, b"1"), listed(250_000, b"1")),
    (listed(124_999, b"[]"), listed(125_000, b"[]")),
    (listed(124_999, b'""'), listed(125_000, b'""')),
    (b"[" + listed(249_998, b"1") + b"]", b"[" + listed(249_999, b"1") + b"]"),
    (
        b'{"a":' + listed(124_998, b'"x"') + b"}",
        b'{"a":' + listed(124_999, b'"x"') + b"}",
    ),
]


@pytest.mark.parametrize("case", range(len(VALUES)))
def test_a_line_has_250_000_commas_opening_brackets_and_texts_at_most(
    case: int,
) -> None:
    enough, more = VALUES[case]
    assert read_json(enough)[1] is None
    assert read_json(more)[1] == "values"


def test_what_stands_within_a_text_is_not_counted() -> None:
    raw = canonical([",[{" * 100_000, "\\", '"' * 600_000])
    assert read_json(raw)[1] is None


MOMENTS = [
    ("2009-04-11T01:00:00Z", True),
    ("2009-04-11T01:00:00.000001Z", True),
    ("2009-04-11T01:00:00.100000Z", True),
    ("2009-04-11T01:00:00.000000Z", False),
    ("2009-04-11T01:00:00.1Z", False),
    ("2009-04-11T01:00:00.0000001Z", False),
    ("2009-04-11T01:00:00", False),
    ("2009-04-11T01:00:00z", False),
    ("2009-04-11 01:00:00Z", False),
    ("2009-04-11T01:00:00+00:00", False),
    ("2009-04-11T24:00:00Z", False),
    ("2009-04-31T01:00:00Z", False),
    ("2008-02-29T23:59:59Z", True),
    ("2009-02-29T23:59:59Z", False),
    ("2009-04-11T01:00:60Z", False),
    ("0000-01-01T00:00:00Z", False),
    ("２009-04-11T01:00:00Z", False),
    ("2009-04-11T01:00:00Z\n", False),
    (20090411, False),
    (None, False),
]


@pytest.mark.parametrize(("value", "is_one"), MOMENTS)
def test_a_moment_is_in_utc_with_six_digits_or_none(
    value: object, *, is_one: bool
) -> None:
    assert is_moment(value) is is_one


SCOPES = [
    ("log", True),
    ([], True),
    (["a"], True),
    (["a", "b", "乙", "甲"], True),
    (["a", "b", "a"], False),
    (["a", "b", "b"], False),
    (["b", "a"], False),
    (["~log"], False),
    (["a", "~log"], False),
    (["a", ""], False),
    (["a", 1], False),
    ("a", False),
    (None, False),
    (("a",), False),
]


@pytest.mark.parametrize(("value", "is_one"), SCOPES)
def test_a_scope_is_the_log_or_names_in_their_order(
    value: object, *, is_one: bool
) -> None:
    assert is_scope(value) is is_one
