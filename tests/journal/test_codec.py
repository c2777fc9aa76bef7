"""The bytes that are hashed: canonical, and of nothing that JSON does not name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import chain, codec
from engine.journal.codec import composed, decode, encode
from engine.testing import campaign

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


def plainly(value: Any) -> bytes:
    """The same form, written by the standard library."""
    text = json.dumps(
        composed(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


@given(VALUES.filter(lambda value: "\ud800" not in repr(value)))
def test_the_form_is_that_of_the_standard_library(value: Any) -> None:
    assert encode(value) == plainly(value)
    assert decode(encode(value)) == composed(value)


@pytest.mark.parametrize("value", [{1, 2}, 1.5, b"x", object()])
def test_what_json_does_not_name_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        composed(value)


def test_text_with_half_of_a_pair_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("\ud800")


def test_everything_that_a_campaign_records_is_of_that_form(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No date and no float slips in: msgspec would write them without a word."""
    written: list[bytes] = []

    def strict(value: Any) -> bytes:
        written.append(plainly(value))
        assert encode(value) == written[-1]
        return written[-1]

    monkeypatch.setattr(chain, "encode", strict)
    monkeypatch.setattr(codec, "encode", strict)  # facts and requests
    with campaign(f"sqlite:///{tmp_path / 'c.db'}").journal as journal:
        assert len(written) > journal.heads()[0].revision
