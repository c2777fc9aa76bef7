"""Whom to believe: checkpoints, cosignatures, policies and Ed25519."""

import base64
import io
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from engine.verifier import L, P, Report, Where, signature_holds, verify
from tests.verifier.bundles import (
    ORIGIN,
    Log,
    Signer,
    Written,
    bundle,
    checkpoint,
    story,
    tree_root,
    zipped,
)


def signed(note: Callable[[Written, int, bytes], bytes]) -> tuple[Report, Written]:
    written = bundle(story(4))
    size, root = len(written.log.lines), tree_root(written.log.leaves())
    written.members["checkpoint"] = note(written, size, root)
    return verify(written.verifiable(), written.policy), written


def open_codes(report: Report) -> list[str]:
    return [item.code for item in report.undecided]


def test_who_signed_and_who_witnessed_and_when_is_said() -> None:
    report, _ = signed(lambda w, n, r: checkpoint(n, r, w.signer, w.witness))
    assert report.exit == 0
    assert report.covered.signers == (ORIGIN,)
    assert report.covered.witnesses == (("audit.example/w1", "2023-11-14T22:13:20Z"),)


def text_of(size: int, root: bytes, origin: str = ORIGIN) -> bytes:
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def loosened(root: bytes, note: bytes) -> bytes:
    """The root with a bit set that no byte of it needs."""
    encoded = base64.b64encode(root)
    return note.replace(encoded, encoded[:-2] + bytes([encoded[-2] + 1]) + b"=")


BAD_NOTES: dict[str, Callable[[Written, int, bytes], bytes]] = {
    "empty": lambda w, n, r: b"",
    "not utf-8": lambda w, n, r: b"\xff" + checkpoint(n, r, w.signer),
    "unsigned": lambda w, n, r: checkpoint(n, r),
    "no blank": lambda w, n, r: checkpoint(n, r, w.signer).replace(b"\n\n", b"\n"),
    "crlf": lambda w, n, r: checkpoint(n, r, w.signer).replace(b"\n", b"\r\n"),
    "tab": lambda w, n, r: checkpoint(n, r, w.signer, origin="a\tb"),
    "extension": lambda w, n, r: (
        text_of(n, r) + b"more\n\n" + w.signer.line(text_of(n, r) + b"more\n")
    ),
    "two origins": lambda w, n, r: b"other\n" + checkpoint(n, r, w.signer),
    "no origin": lambda w, n, r: checkpoint(n, r, w.signer, origin=""),
    "size 2^64": lambda w, n, r: checkpoint(2**64, r, w.signer),
    "size 2^63": lambda w, n, r: checkpoint(2**63, r, w.signer),
    "leading zero": lambda w, n, r: checkpoint(n, r, w.signer).replace(
        b"\n%d\n" % n, b"\n0%d\n" % n
    ),
    "short root": lambda w, n, r: checkpoint(n, r[:31], w.signer),
    "base64": lambda w, n, r: checkpoint(n, r, w.signer).replace(b"=\n\n", b"\n\n"),
    "loose base64": lambda w, n, r: loosened(r, checkpoint(n, r, w.signer)),
    "hyphen": lambda w, n, r: checkpoint(n, r, w.signer).replace("—".encode(), b"-"),
    "no key id": lambda w, n, r: text_of(n, r) + b"\n\xe2\x80\x94 a AAAA\n",
    "plus in name": lambda w, n, r: checkpoint(n, r, Signer("a+b", 1)),
    "many": lambda w, n, r: checkpoint(n, r, *[w.signer] * 101),
    "large": lambda w, n, r: checkpoint(n, r, w.signer) + b"x" * 70_000,
    "cut": lambda w, n, r: checkpoint(n, r, w.signer)[:-1],
}


@pytest.mark.parametrize("name", BAD_NOTES)
def test_what_is_no_checkpoint_is_told(name: str) -> None:
    report, _ = signed(BAD_NOTES[name])
    found = [(d.code, d.where) for d in report.defects]
    assert found == [("checkpoint.form", Where(member="checkpoint"))]
    assert not report.covered.signers


def flipped(note: bytes, name: bytes, back: int) -> bytes:
    """The note with one character of a signature changed, so many before its end."""
    at = note.index("— ".encode() + name)
    end = note.index(b"\n", at) - back
    return (
        note[:end] + (b"B" if note[end : end + 1] != b"B" else b"C") + note[end + 1 :]
    )


@pytest.mark.parametrize("who", ["office.example", "audit.example"])
@pytest.mark.parametrize("back", [4, 30, 60])
def test_a_wrong_signature_by_a_key_of_the_policy_is_told(who: str, back: int) -> None:
    report, _ = signed(
        lambda w, n, r: flipped(
            checkpoint(n, r, w.signer, w.witness), who.encode(), back
        )
    )
    found = [(d.code, d.where) for d in report.defects]
    assert found == [("checkpoint.signature", Where(member="checkpoint"))]


def test_signatures_by_unknown_keys_are_passed_over() -> None:
    def note(w: Written, n: int, r: bytes) -> bytes:
        same_name, other = Signer(ORIGIN, 1), Signer("b", 4)
        return checkpoint(n, r, same_name, w.signer, other, w.witness)

    assert signed(note)[0].exit == 0


def test_a_log_of_another_origin_does_not_vouch() -> None:
    report, _ = signed(lambda w, n, r: checkpoint(n, r, w.signer, origin="else"))
    assert open_codes(report) == ["signature.none", "witness.quorum"]
    report, _ = signed(
        lambda w, n, r: checkpoint(n, r, w.signer, w.witness, origin="else")
    )
    assert (report.exit, open_codes(report)) == (2, ["signature.none"])


def test_a_cosignature_holds_only_for_its_time() -> None:
    def note(w: Written, n: int, r: bytes) -> bytes:
        line = w.witness.line(text_of(n, r), time=1_600_000_000)
        raw = bytearray(base64.b64decode(line.split()[-1]))
        raw[11] ^= 1
        forged = line.rsplit(b" ", 1)[0] + b" " + base64.b64encode(raw) + b"\n"
        return checkpoint(n, r, w.signer) + forged

    report, _ = signed(note)
    assert [d.code for d in report.defects] == ["checkpoint.signature"]
    assert open_codes(report) == ["witness.quorum"]


@pytest.mark.parametrize("time", [2**63, 2**64 - 1])
def test_a_cosignature_beyond_all_time_is_wrong(time: int) -> None:
    report, _ = signed(
        lambda w, n, r: (
            checkpoint(n, r, w.signer) + w.witness.line(text_of(n, r), time=time)
        )
    )
    assert [d.code for d in report.defects] == ["checkpoint.signature"]


@pytest.mark.parametrize("time", [0, 253402300800, 2**63 - 1])
def test_a_time_that_no_calendar_has_is_said_as_a_number(time: int) -> None:
    report, _ = signed(
        lambda w, n, r: (
            checkpoint(n, r, w.signer) + w.witness.line(text_of(n, r), time=time)
        )
    )
    said = "1970-01-01T00:00:00Z" if time == 0 else f"{time}s"
    assert report.covered.witnesses == (("audit.example/w1", said),)


# --- Policies

LOG, W1, W2, W3 = Signer("l", 1), Signer("w1", 4), Signer("w2", 4), Signer("w3", 4)
THREE = "".join(f"witness {s.name} {s.vkey}\n" for s in (W1, W2, W3))


def with_policy(policy: str | None, *signers: Signer) -> Report:
    written = bundle(Log())
    members = {
        **written.members,
        "checkpoint": checkpoint(0, tree_root([]), LOG, *signers, origin="l"),
    }
    return verify(io.BytesIO(zipped(members)), policy)


GROUPS = [
    ("quorum none", (), 0),
    ("quorum w1", (), 2),
    ("quorum w1", (W1,), 0),
    ("quorum w1", (W2,), 2),
    ("group g any w1 w2\nquorum g", (W2,), 0),
    ("group g all w1 w2\nquorum g", (W2,), 2),
    ("group g all w1 w2\nquorum g", (W2, W1), 0),
    ("group g 2 w1 w2 w3\nquorum g", (W3, W1), 0),
    ("group g 2 w1 w2 w3\nquorum g", (W3,), 2),
    ("group g 2 w1 w2 w3\nquorum g", (W3, W3), 2),
    ("group g any w1\ngroup h all g w3\nquorum h", (W1, W3), 0),
    ("group g any w1\ngroup h all g w3\nquorum h", (W3,), 2),
]


@pytest.mark.parametrize(("rule", "cosigners", "exit_code"), GROUPS)
def test_a_policy_says_how_many_witnesses_are_enough(
    rule: str, cosigners: tuple[Signer, ...], exit_code: int
) -> None:
    policy = f"# whom to believe\n\n \tlog {LOG.vkey} https://l\n{THREE}{rule}\n"
    report = with_policy(policy, *cosigners)
    assert report.exit == exit_code
    assert open_codes(report) == (["witness.quorum"] if exit_code else [])


BAD_POLICIES = [
    ("", 1),
    ("quorum none\nquorum none", 2),
    ("quorum nobody", 1),
    ("log", 1),
    ("logs x", 1),
    (f"log {LOG.vkey}\nlog {LOG.vkey}", 2),
    (f"log {W1.vkey}", 1),
    (f"witness none {W1.vkey}", 1),
    (f"witness a {LOG.vkey}", 1),
    (f"witness a {W1.vkey}\nwitness b {W1.vkey}", 2),
    (f"witness a {W1.vkey}\nwitness a {W2.vkey}", 2),
    (f"log {LOG.vkey[:-4]}AAA=", 1),
    (f"log m{LOG.vkey}", 1),
    (f"{THREE}group g any w1 w1", 4),
    (f"{THREE}group g any w1\ngroup h any w1", 5),
    (f"{THREE}group g any later", 4),
    (f"{THREE}group w1 any w2", 4),
    (f"{THREE}group g 0 w1", 4),
    (f"{THREE}group g 2 w1", 4),
    (f"{THREE}group g 02 w1 w2", 4),
    (f"{THREE}group g some w1", 4),
    (f"{THREE}group g any none", 4),
    (f"{THREE}group g any", 4),
    ("quorum none\r\n", 1),
    ("# \x7f\nquorum none", 1),
    ("quorum none\n" + "#" * (1 << 20), 1),
]


@pytest.mark.parametrize("case", range(len(BAD_POLICIES)))
def test_a_policy_that_is_of_no_use_is_not_decidable_and_names_its_line(
    case: int,
) -> None:
    policy, line = BAD_POLICIES[case]
    report = with_policy(policy)
    assert (report.exit, open_codes(report)) == (2, ["policy.form"])
    assert f"line {line} " in report.undecided[0].en
    assert f"第 {line} 行" in report.undecided[0].zh


def test_without_a_policy_nothing_is_believed() -> None:
    report = with_policy(None)
    assert (report.exit, open_codes(report)) == (2, ["policy.none"])


def test_a_key_name_may_be_in_any_writing() -> None:
    log = Signer("办公室.example/日志", 1)
    members = bundle(Log()).members
    note = checkpoint(0, tree_root([]), log, origin=log.name)
    file = io.BytesIO(zipped({**members, "checkpoint": note}))
    assert verify(file, f"log {log.vkey}\nquorum none\n").exit == 0


# --- Ed25519


@pytest.mark.parametrize("length", [0, 1, 64, 1000])
def test_ed25519_agrees_with_another_implementation(length: int) -> None:
    private = Ed25519PrivateKey.generate()
    public, message = private.public_key().public_bytes_raw(), bytes(range(256)) * 4
    signature = private.sign(message[:length])
    assert signature_holds(public, message[:length], signature)
    for index in (0, 5, 31, 32, 40, 63):
        changed = bytearray(signature)
        changed[index] ^= 1
        assert not signature_holds(public, message[:length], bytes(changed))
        with pytest.raises(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(public).verify(
                bytes(changed), message[:length]
            )


def test_the_first_example_of_rfc_8032_holds() -> None:
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert signature_holds(bytes.fromhex(public), b"", bytes.fromhex(signature))


def test_a_signature_has_one_form() -> None:
    private = Ed25519PrivateKey.generate()
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"")
    greater = int.from_bytes(signature[32:], "little") + L
    again = signature[:32] + greater.to_bytes(32, "little")
    assert not signature_holds(public, b"", again)
    assert not signature_holds(public, b"", signature + b"\0")
    assert not signature_holds(public, b"", signature[:63])


def test_a_point_has_one_form() -> None:
    # y = 1 is the neutral point: with it any R = S·B holds, if y may be written p + 1.
    neutral, signature = (1).to_bytes(32, "little"), bytes([1]) + bytes(63)
    assert signature_holds(neutral, b"", signature)
    for other in (P + 1, 1 | 1 << 255):
        encoded = other.to_bytes(32, "little")
        assert not signature_holds(encoded, b"", signature)
        assert not signature_holds(neutral, b"", encoded + bytes(32))
    assert not signature_holds((2).to_bytes(32, "little"), b"", signature)
