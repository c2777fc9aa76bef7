"""A signed note is believed for what it is: any other byte, key or name is refused."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadKey, BadNote, PlangateError, Untrusted
from engine.proof.note import LOG, WITNESS, Note, Signature, SigningKey, VerifierKey

TEXT = "office.example/log\n5\n" + base64.b64encode(bytes(32)).decode() + "\n"
KEY = SigningKey("office.example/log", LOG, bytes(range(32)))
OTHER = SigningKey("other.example/log", LOG, bytes(range(1, 33)))
WATCH = SigningKey("audit.example/w", WITNESS, bytes(range(2, 34)))
NOTE = Note(TEXT).signed(KEY)
AT = 1_679_315_147

# The example of the format's first implementation (Go, sumdb/note)
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SECRET = (
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
)
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def opened(content: str | bytes, *keys: SigningKey) -> set[str]:
    note = Note.parse(content if isinstance(content, bytes) else content.encode())
    return {one.key.name for one in note.opened(k.verifier for k in keys).signed}


def test_the_known_example_is_read_verified_and_made_again() -> None:
    note = Note.parse(NEUMANN_NOTE.encode())
    key = SigningKey.parse(NEUMANN_SECRET)
    assert note.opened([VerifierKey.parse(NEUMANN)]).text == note.text
    assert str(key.verifier) == NEUMANN
    assert key.secret() == NEUMANN_SECRET
    assert str(Note(note.text).signed(key)) == NEUMANN_NOTE


def test_a_witness_signs_the_text_and_the_time() -> None:
    made = WATCH.sign(TEXT, seconds=AT)
    public = Ed25519PrivateKey.from_private_bytes(WATCH.seed).public_key()
    public.verify(made.content[8:], f"cosignature/v1\ntime {AT}\n{TEXT}".encode())
    named = b"audit.example/w\n\x04" + public.public_bytes_raw()
    assert made.number == hashlib.sha256(named).digest()[:4]
    assert made.content[:8] == AT.to_bytes(8, "big")
    (signed,) = NOTE.with_signatures(made).opened([WATCH.verifier]).signed
    assert (signed.key, signed.seconds) == (WATCH.verifier, AT)


def test_a_witness_that_is_moved_in_time_is_false() -> None:
    made = WATCH.sign(TEXT, seconds=AT)
    for stamp in (AT + 1, 0, 2**63, 2**64 - 1):
        moved = Signature(
            made.name, made.number, stamp.to_bytes(8, "big") + made.content[8:]
        )
        with pytest.raises(Untrusted):
            NOTE.with_signatures(moved).opened([WATCH.verifier])


@settings(max_examples=100)
@given(
    st.text(min_size=1).map(lambda text: "".join(c for c in text if c >= " ") + "\n"),
    st.lists(st.sampled_from([KEY, OTHER]), min_size=1, unique=True),
)
def test_what_is_written_is_read_again(text: str, keys: list[SigningKey]) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    note = Note(text)
    for key in keys:
        note = note.signed(key)
    assert Note.parse(str(note).encode()) == note
    assert opened(str(note), *keys) == {key.name for key in keys}


def test_a_text_may_have_empty_lines_and_the_last_one_parts_the_signatures() -> None:
    note = Note("a\n\n— no signature\n\nb\n").signed(KEY)
    assert Note.parse(str(note).encode()) == note


def test_keys_read_as_they_are_written() -> None:
    for key in (KEY, OTHER, WATCH, SigningKey.new("a", WITNESS)):
        assert SigningKey.parse(key.secret()) == key
        assert VerifierKey.parse(str(key.verifier)) == key.verifier
    go = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert str(VerifierKey.parse(go)) == go


def test_a_key_does_not_show_itself() -> None:
    shown = repr(KEY) + str(KEY)
    assert "seed" not in shown
    assert base64.b64encode(KEY.seed).decode()[:8] not in shown


PUBLIC = str(KEY.verifier)
NAME, NUMBER, CONTENT = PUBLIC.split("+", 2)


def of_kind(kind: int) -> str:
    return base64.b64encode(bytes([kind]) + KEY.verifier.public).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        NAME,
        f"{NAME}+{NUMBER}",
        f"{NAME}+{NUMBER}+",
        f"{NAME}+{NUMBER}+{CONTENT[:-4]}",
        f"{NAME}+{NUMBER}+{CONTENT}AAAA",
        f"{NAME}+{NUMBER}+{CONTENT} ",
        f"{NAME}+{NUMBER.upper()}+{CONTENT}",
        f"{NAME}+{NUMBER[1:]}+{CONTENT}",
        f"{NAME}+00000000+{CONTENT}",
        f"x{NAME}+{NUMBER}+{CONTENT}",
        f"+{NUMBER}+{CONTENT}",
        f"na me+{NUMBER}+{CONTENT}",
        f"n\x00+{NUMBER}+{CONTENT}",
        f"\ud800+{NUMBER}+{CONTENT}",
        f"{NAME}+{NUMBER}+é",
        f"{NAME}+{NUMBER}+{of_kind(WITNESS)}",
        f"{NAME}+{NUMBER}+{of_kind(2)}",
        KEY.secret(),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey) as caught:
        VerifierKey.parse(text)
    assert caught.value.say("zh")
    assert caught.value.say("en")


@pytest.mark.parametrize(
    "text",
    [
        PUBLIC,
        KEY.secret().lower(),
        KEY.secret()[:-1],
        KEY.secret().replace(NUMBER, "00000000"),
        KEY.secret().replace("office", "offlce"),
    ],
)
def test_what_is_no_secret_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(BadKey) as caught:
        SigningKey.parse(text)
    assert CONTENT not in str(caught.value)


GOOD = str(NOTE)
LINE = str(NOTE.signatures[0])
SIGNATURE = NOTE.signatures[0]
TRAILING = base64.b64encode(b"12345").decode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        (TEXT + LINE).encode(),
        GOOD[:-1].encode(),
        GOOD.encode() + b"\n",
        GOOD.encode() + b"x\n",
        GOOD.encode() + b"\n\n",
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("5\n", "5\r\n").encode(),
        GOOD.replace("5\n", "5\t\n").encode(),
        GOOD.replace("5\n", "5\0\n").encode(),
        b"\xff" + GOOD.encode(),
        GOOD.encode("utf-16"),
        GOOD.replace("— ", "- ").encode(),
        GOOD.replace("— ", "—").encode(),
        GOOD.replace("— ", "—  ").encode(),
        GOOD.replace("— office", "— off ice").encode(),
        GOOD.replace("— office", "— off+ice").encode(),
        GOOD.replace("— office", "— off\u00a0ice").encode(),
        GOOD.replace("— office.example/log", "— ").encode(),
        (TEXT + f"\n— {NAME}\n").encode(),
        (TEXT + f"\n— {NAME} \n").encode(),
        (TEXT + f"\n— {NAME} AAAAAA==\n").encode(),
        (TEXT + f"\n— {NAME} {TRAILING[:-2]}V=\n").encode(),
        (TEXT + f"\n— {NAME} {TRAILING[:-1]}\n").encode(),
        GOOD.replace("=\n", "\n").encode(),
        GOOD.replace("=\n", "= x\n").encode(),
        (TEXT + "\n" + LINE * 101).encode(),
        ("x" * 1_000_000 + GOOD).encode(),
    ],
)
def test_what_is_no_note_is_refused(content: bytes) -> None:
    with pytest.raises((BadNote, Untrusted)) as caught:
        opened(content, KEY)
    assert caught.value.say("zh")
    assert caught.value.say("en")


def changed(**change: object) -> str:
    values = {"name": SIGNATURE.name, "number": SIGNATURE.number}
    values |= {"content": SIGNATURE.content} | change
    return str(Note(TEXT, (Signature(**values),)))  # type: ignore[arg-type]


FALSE = SIGNATURE.content[:-1] + bytes([SIGNATURE.content[-1] ^ 1])


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("5\n", "6\n"),
        GOOD.replace("log\n5", "log2\n5"),
        TEXT.rstrip("\n") + " \n\n" + LINE,
        changed(content=FALSE),
        changed(content=SIGNATURE.content[:-1]),
        changed(content=SIGNATURE.content + b"\0"),
        changed(content=bytes(64)),
        changed(number=OTHER.verifier.number),
        changed(name=OTHER.name),
        changed(name=OTHER.name, number=OTHER.verifier.number),
        str(Note(TEXT).signed(OTHER)).replace("other", "office"),
        str(Note(TEXT).signed(SigningKey(KEY.name, LOG, OTHER.seed))),
        str(NOTE.with_signatures(Signature(NAME, SIGNATURE.number, FALSE))),
        str(Note(TEXT, (Signature(NAME, SIGNATURE.number, FALSE), SIGNATURE))),
    ],
)
def test_a_false_or_a_stranger_s_signature_is_not_believed(content: str) -> None:
    with pytest.raises(Untrusted):
        opened(content, KEY)


def test_one_false_signature_of_anybody_known_condemns_the_note() -> None:
    false = Signature(OTHER.name, OTHER.verifier.number, bytes(64))
    note = str(NOTE.with_signatures(false))
    assert opened(note, KEY) == {KEY.name}
    with pytest.raises(Untrusted, match="other"):
        opened(note, KEY, OTHER)


def test_strangers_are_passed_over_and_told_apart() -> None:
    """A known name with another number, and the other way round, are strangers."""
    strangers = (
        Signature(NAME, b"\0\0\0\1", b"?"),
        Signature("stranger", SIGNATURE.number, bytes(3_000)),
    )
    found = NOTE.with_signatures(*strangers).opened([KEY.verifier, OTHER.verifier])
    assert [one.key for one in found.signed] == [KEY.verifier]
    assert found.unknown == strangers


def test_sixteen_long_signatures_are_no_trouble() -> None:
    many = [Signature(f"w{n}", b"abcd", bytes(5_000)) for n in range(16)]
    assert opened(str(NOTE.with_signatures(*many)), KEY) == {KEY.name}


def test_a_log_s_key_is_no_witness_s_though_the_secret_is_the_same() -> None:
    twin = SigningKey(KEY.name, WITNESS, KEY.seed)
    with pytest.raises(Untrusted):
        opened(GOOD, twin)
    mixed = Signature(
        twin.name, twin.verifier.number, bytes(8) + NOTE.signatures[0].content
    )
    with pytest.raises(Untrusted):
        Note(TEXT, (mixed,)).opened([twin.verifier])


def test_two_keys_that_cannot_be_told_apart_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(VerifierKey, "number", property(lambda _: b"same"))
    twin = SigningKey(KEY.name, LOG, OTHER.seed)
    with pytest.raises(BadKey, match="two keys"):
        NOTE.opened([KEY.verifier, twin.verifier])


PIECES = st.sampled_from([GOOD, LINE, TEXT, PUBLIC, "\n", "— ", "+", "é", "="])


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.lists(PIECES).map(lambda p: "".join(p).encode()))
def test_whatever_is_read_is_a_note_or_a_typed_error(content: bytes) -> None:
    def key(text: bytes) -> VerifierKey:
        return VerifierKey.parse(text.decode("utf-8", "replace"))

    for parse in (Note.parse, key):
        try:
            assert str(parse(content)).encode() == content
        except PlangateError:
            continue


@settings(max_examples=300)
@given(st.integers(0, len(GOOD.encode()) * 8 - 1))
def test_no_flipped_bit_of_a_note_is_believed(bit: int) -> None:
    content = bytearray(GOOD.encode())
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises((BadNote, Untrusted)):
        opened(bytes(content), KEY)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SigningKey("a b", LOG, bytes(32)),
        lambda: SigningKey("a", 2, bytes(32)),
        lambda: SigningKey("a", LOG, bytes(31)),
        lambda: VerifierKey("", LOG, bytes(32)),
    ],
)
def test_a_key_is_made_of_a_name_a_kind_and_32_bytes(
    make: Callable[[], object],
) -> None:
    with pytest.raises(BadKey):
        make()


def test_the_library_is_loaded_only_to_sign_or_to_verify() -> None:
    code = (
        "import sys\n"
        "from engine.cli.main import run\n"
        "from engine.proof.policy import Policy\n"
        "from engine.proof.note import Note, VerifierKey\n"
        f"VerifierKey.parse({PUBLIC!r}), Note.parse({GOOD.encode()!r})\n"
        "run(['--help'])\n"
        "print('cryptography' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "False"
