"""A checkpoint, a request to a witness and a proof are read in one form only."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadNote, PlangateError
from engine.proof.checkpoint import Checkpoint, LoggedProof, Request
from engine.proof.note import Note, Signature
from engine.proof.tree import EMPTY, SIZE_MAX

HASH = bytes(range(32))
B64 = base64.b64encode(HASH).decode()
NONE = base64.b64encode(EMPTY).decode()
NOTE = Note(f"o\n5\n{B64}\n", (Signature("o", b"1234", b"signature"),))
HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)
SIZES = st.integers(0, SIZE_MAX)


def test_a_checkpoint_is_name_size_and_root() -> None:
    text = (
        "example.com/behind-the-sofa\n"
        "20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    checkpoint = Checkpoint.parse(text)
    assert checkpoint.origin == "example.com/behind-the-sofa"
    assert checkpoint.size == 20_852_163
    assert str(checkpoint) == text
    assert Checkpoint.parse(f"o\n0\n{NONE}\n") == Checkpoint("o", 0, EMPTY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"o\n5\n{B64}",
        f"o\n5\n{B64}\n\n",
        f"o\n5\n{B64}\nextension\n",
        f"o\np\n5\n{B64}\n",
        f"\n5\n{B64}\n",
        f"o\n\n{B64}\n",
        "o\n5\n\n",
        f"o\n05\n{B64}\n",
        f"o\n-5\n{B64}\n",
        f"o\n+5\n{B64}\n",
        f"o\n5 \n{B64}\n",
        f"o\n５\n{B64}\n",
        f"o\n5.0\n{B64}\n",
        f"o\n1_0\n{B64}\n",
        f"o\n0x5\n{B64}\n",
        f"o\n{2**63}\n{B64}\n",
        f"o\n{2**64}\n{B64}\n",
        f"o\n{'9' * 5000}\n{B64}\n",
        f"o\n0\n{B64}\n",
        f"o\n5\n{B64[:-1]}\n",
        f"o\n5\n{B64[:-2]}9=\n",
        f"o\n5\n{B64}=\n",
        f"o\n5\n {B64}\n",
        f"o\n5\n{base64.b64encode(HASH[:-1]).decode()}\n",
        f"o\n5\n{base64.b64encode(HASH + HASH).decode()}\n",
        f"o\n5\n{HASH.hex()}\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


@settings(max_examples=50)
@given(SIZES, HASHES)
def test_a_request_is_read_as_it_was_written(old: int, path: tuple[bytes, ...]) -> None:
    request = Request(old, path, NOTE)
    assert Request.parse(str(request).encode()) == request


def test_a_request_has_the_form_that_witnesses_read() -> None:
    assert str(Request(3, (HASH,), NOTE)) == f"old 3\n{B64}\n\n{NOTE}"
    assert str(Request(0, (), NOTE)) == f"old 0\n\n{NOTE}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{NOTE}",
        f"old 3\n{B64}\n{NOTE}",
        f"old 3\n\n{B64}\n{NOTE}",
        f"old 3\n{B64}\n\n",
        f"old 03\n{B64}\n\n{NOTE}",
        f"old\n{B64}\n\n{NOTE}",
        f"old  3\n{B64}\n\n{NOTE}",
        f"Old 3\n{B64}\n\n{NOTE}",
        f"3\n{B64}\n\n{NOTE}",
        f"old {2**63}\n{B64}\n\n{NOTE}",
        f"old 3\n{B64[:-1]}\n\n{NOTE}",
        f"old 3\n{B64} \n\n{NOTE}",
        f"old 3\r\n{B64}\r\n\r\n{NOTE}",
        f"\nold 3\n{B64}\n\n{NOTE}",
        "old 3\n" + f"{B64}\n" * 64 + f"\n{NOTE}",
    ],
)
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Request.parse(text.encode())


@settings(max_examples=50)
@given(SIZES, HASHES, st.none() | st.binary(max_size=50))
def test_a_proof_is_read_as_it_was_written(
    position: int, path: tuple[bytes, ...], extra: bytes | None
) -> None:
    proof = LoggedProof(position, path, NOTE, extra)
    assert LoggedProof.parse(str(proof).encode()) == proof


def test_a_proof_has_the_form_that_others_read() -> None:
    head = "c2sp.org/tlog-proof@v1\n"
    plain = LoggedProof(7, (HASH,), NOTE)
    assert str(plain) == f"{head}index 7\n{B64}\n\n{NOTE}"
    more = LoggedProof(7, (), NOTE, b"more")
    assert str(more) == f"{head}extra bW9yZQ==\nindex 7\n\n{NOTE}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"c2sp.org/tlog-proof@v1\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v2\nindex 7\n\n{NOTE}",
        f"index 7\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nindex 07\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nindex\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\n7\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nindex 7\nextra bW9yZQ==\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nextra !\nindex 7\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nextra bW9yZQ==\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nextra bW9yZQ==\nindex 7\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nindex 7\n{B64[1:]}\n\n{NOTE}",
        "c2sp.org/tlog-proof@v1\nindex 7\n" + f"{B64}\n" * 64 + f"\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nindex 7\n{B64}\n\n{NOTE.text}",
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        LoggedProof.parse(text.encode())


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 120), st.integers(0, 120))
def test_whatever_is_read_is_a_request_or_a_typed_error(
    junk: bytes, start: int, end: int
) -> None:
    for good in (str(Request(3, (HASH,), NOTE)), str(LoggedProof(7, (HASH,), NOTE))):
        content = good.encode()[:start] + junk + good.encode()[end:]
        for parse in (Request.parse, LoggedProof.parse):
            try:
                assert str(parse(content)).encode() == content
            except PlangateError:
                continue
