"""Why a policy or a checkpoint is of no use, and who of a policy is enough."""

from __future__ import annotations

import base64

import pytest

from engine.verifier import (
    BY_LOG,
    BY_WITNESS,
    Damaged,
    Policy,
    PolicyUnusable,
    from_base64,
    is_key_name,
    read_note,
    read_vkey,
)
from tests.verifier.bundles import ORIGIN, Signer, checkpoint, sha256

LOG, OTHER = Signer("l", 1), Signer("m", 1)
W1, W2, W3 = Signer("w1", 4), Signer("w2", 4), Signer("w3", 4)
THREE = "".join(f"witness {one.name} {one.vkey}\n" for one in (W1, W2, W3))

BAD: list[tuple[str, int, str]] = [
    ("quorum none\x00", 1, "octet"),
    ("\rquorum none", 1, "octet"),
    ("quorum none\nx\x7f", 2, "octet"),
    ("trust me", 1, "word"),
    ("log", 1, "word"),
    (f"log {LOG.vkey} https://l more", 1, "word"),
    (f"witness {W1.vkey}", 1, "word"),
    (f"witness w1 {W1.vkey} https://w more", 1, "word"),
    ("group g any", 1, "word"),
    ("quorum", 1, "word"),
    ("quorum none more", 1, "word"),
    ("log l+00000000+AAAA", 1, "vkey"),
    (f"log {W1.vkey}", 1, "vkey"),
    (f"witness w1 {LOG.vkey}", 1, "vkey"),
    (f"log {LOG.vkey}\nlog {OTHER.vkey}\nlog {LOG.vkey}", 3, "duplicate"),
    (f"{THREE}witness w4 {W2.vkey}", 4, "duplicate"),
    (f"{THREE}witness w2 {Signer('w4', 4).vkey}", 4, "duplicate"),
    (f"{THREE}group w2 any w1", 4, "duplicate"),
    (f"{THREE}group none any w1", 4, "duplicate"),
    (f"{THREE}group g any w1 w1", 4, "duplicate"),
    (f"{THREE}group g any w1\ngroup g any w2", 5, "duplicate"),
    (f"{THREE}group g any w1\ngroup h any w2 w1", 5, "duplicate"),
    (f"{THREE}group g any w1\ngroup h any g\ngroup i any g", 6, "duplicate"),
    (f"{THREE}group g any w4", 4, "unknown"),
    (f"{THREE}group g any none", 4, "unknown"),
    (f"{THREE}group g any g", 4, "unknown"),
    (f"{THREE}group g 0 w1", 4, "word"),
    (f"{THREE}group g 3 w1 w2", 4, "word"),
    (f"{THREE}group g -1 w1", 4, "word"),
    (f"{THREE}group g 1.0 w1", 4, "word"),
    (f"{THREE}group g 1000000 w1", 4, "word"),
    (f"group g any {'w ' * 9_996}", 1, "unknown"),  # 9,999 words are a line
    (f"group g any {'w ' * 9_997}", 1, "word"),
    (f"{THREE}quorum w4", 4, "unknown"),
    ("quorum none\nquorum none", 2, "quorum"),
    (f"{THREE}quorum w1\nquorum w2", 5, "quorum"),
    ("", 1, "quorum"),
    (THREE, 4, "quorum"),
    ("# quorum none", 1, "quorum"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_a_policy_of_no_use_says_why_and_in_which_line(case: int) -> None:
    text, line, why = BAD[case]
    with pytest.raises(PolicyUnusable) as caught:
        Policy(text)
    assert (caught.value.line, caught.value.why) == (line, why)


ENOUGH: list[tuple[str, str, bool]] = [
    ("quorum none", "", True),
    ("quorum w1", "w1", True),
    ("quorum w1", "w2 w3", False),
    ("group g 1 w1 w2\nquorum g", "w2", True),
    ("group g 2 w1 w2 w3\nquorum g", "w1", False),
    ("group g 2 w1 w2 w3\nquorum g", "w1 w3", True),
    ("group g all w1 w2 w3\nquorum g", "w1 w3", False),
    ("group g all w1 w2 w3\nquorum g", "w1 w2 w3", True),
    ("group g any w1 w2\ngroup h all g w3\nquorum h", "w2 w3", True),
    ("group g all w1 w2\ngroup h any g w3\nquorum h", "w1", False),
    ("group g all w1 w2\ngroup h any g w3\nquorum h", "w1 w2", True),
    ("group g any w1\nquorum w2", "w1", False),
]


@pytest.mark.parametrize(("rule", "cosigned", "is_enough"), ENOUGH)
def test_who_cosigned_is_enough_or_not(
    rule: str, cosigned: str, *, is_enough: bool
) -> None:
    policy = Policy(f"log {LOG.vkey}\n{THREE}{rule}\n")
    assert policy.is_content(set(cosigned.split())) is is_enough


def test_blanks_comments_and_addresses_are_passed_over() -> None:
    text = f"\t #x\n\n log\t{LOG.vkey}  https://l \nlog {OTHER.vkey}\nquorum none"
    policy = Policy(text + f"\nwitness w1 {W1.vkey} https://w")
    assert [key.name for key in policy.logs] == ["l", "m"]
    assert list(policy.witnesses) == ["w1"]


def vkey(name: str, kind: int, length: int = 32) -> str:
    """A key whose number is right, whatever else it is."""
    typed = bytes([kind]) + bytes(length)
    number = sha256(name.encode() + b"\n" + typed)[:4].hex()
    return f"{name}+{number}+{base64.b64encode(typed).decode()}"


@pytest.mark.parametrize(
    ("text", "kind", "is_key"),
    [
        (vkey("a", 1), BY_LOG, True),
        (vkey("a", 4), BY_WITNESS, True),
        (vkey("a", 1), BY_WITNESS, False),
        (vkey("a", 4), BY_LOG, False),
        (vkey("a", 1, 31), BY_LOG, False),
        (vkey("a", 1, 33), BY_LOG, False),
        (vkey("", 1), BY_LOG, False),
        (vkey("a b", 1), BY_LOG, False),
        (vkey("a\u3000b", 1), BY_LOG, False),
        (vkey("a", 1).replace("+", "-", 1), BY_LOG, False),
        (vkey("a", 1)[:-1], BY_LOG, False),
        ("b" + vkey("a", 1)[1:], BY_LOG, False),
        ("a", BY_LOG, False),
        ("", BY_LOG, False),
    ],
)
def test_a_verifier_key_has_a_name_a_number_and_32_bytes(
    text: str, kind: int, *, is_key: bool
) -> None:
    assert (read_vkey(text, kind) is not None) is is_key


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("", b""),
        ("AAA=", b"\0\0"),
        ("AAB=", None),
        ("AAA", None),
        ("AA A=", None),
        ("AAA=\n", None),
        ("AA-_", None),
        ("é===", None),
        ("AAAAA===", None),
    ],
)
def test_base64_has_one_form(text: str, raw: bytes | None) -> None:
    assert from_base64(text) == raw


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("a", True), ("甲", True), ("", False), ("a+", False), ("a b", False)],
)
def test_the_name_of_a_key_is_one_word(name: str, *, is_one: bool) -> None:
    assert is_key_name(name) is is_one


GOOD = checkpoint(7, bytes(32), LOG)
NOTES: list[tuple[bytes, str]] = [
    (b"\xff" + GOOD, "utf8"),
    (GOOD.replace(b"\n7\n", b"\n7\r\n"), "note"),
    (GOOD.replace(b"\n\n", b"\n"), "note"),
    (GOOD[:-1], "note"),
    (GOOD + b"x", "note"),
    (GOOD.partition(b"\n\n")[0] + b"\n\n", "note"),
    (GOOD.replace(b"\n\n", b"\nmore\n\n"), "lines"),
    (GOOD.replace(b"\n7\n", b"\n"), "lines"),
    (checkpoint(7, bytes(32), LOG, origin=""), "origin"),
    (GOOD.replace(b"\n7\n", b"\n-7\n"), "number"),
    (GOOD.replace(b"\n7\n", b"\n07\n"), "number"),
    (GOOD.replace(b"\n7\n", b"\n\n"), "number"),
    (checkpoint(2**63, bytes(32), LOG), "number"),
    (checkpoint(7, bytes(31), LOG), "hash"),
    (checkpoint(7, bytes(33), LOG), "hash"),
    (checkpoint(7, bytes(32), *[LOG] * 101), "signatures"),
    (GOOD.replace("—".encode(), b"-"), "signatures"),
    (GOOD.replace(b" l ", b" l  "), "signatures"),
    (GOOD.replace(b" l ", b" l+ "), "signatures"),
    (GOOD[: GOOD.rindex(b" ")] + b" AAAA\n", "signatures"),
    (GOOD[: GOOD.rindex(b" ")] + b" AAAAA\n", "signatures"),
]


@pytest.mark.parametrize("case", range(len(NOTES)))
def test_what_is_no_checkpoint_says_why(case: int) -> None:
    raw, why = NOTES[case]
    with pytest.raises(Damaged) as caught:
        read_note(raw)
    assert caught.value.why == why


def test_a_checkpoint_is_its_text_and_signatures() -> None:
    raw = checkpoint(2**63 - 1, b"r" * 32, *[LOG] * 100, origin=ORIGIN)
    note = read_note(raw)
    assert (note.origin, note.size, note.root) == (ORIGIN, 2**63 - 1, b"r" * 32)
    assert note.text == raw.partition(b"\n\n")[0] + b"\n"
    assert len(note.signatures) == 100
    name, number, signature = note.signatures[0]
    assert (name, number, len(signature)) == ("l", LOG.id, 64)
    short = GOOD[: GOOD.rindex(b" ")] + b" " + base64.b64encode(bytes(5)) + b"\n"
    assert read_note(short).signatures == (("l", bytes(4), b"\0"),)
