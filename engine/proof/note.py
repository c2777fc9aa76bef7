"""Signed notes: a text, an empty line, and a line for each who signed it.

    note = Note.parse(content)
    opened = note.opened(keys)          # who of these signed; others are told apart
    key = SigningKey.new("office.example/log", LOG)
    Note(text).signed(key)

Two kinds of key, both Ed25519: a log signs the text; a witness signs the text and when
it saw it. What a known key signed must be right: one false signature condemns the note.
A text here is exact: what is written is what was read, byte for byte.

Source: c2sp.org/signed-note, c2sp.org/tlog-cosignature. The only importer of
`cryptography`, which is loaded when something is signed or verified.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from engine import words
from engine.errors import BadKey, BadNote, Untrusted

LOG: Final = 1
WITNESS: Final = 4
KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64
ID_SIZE: Final = 4
TIME_SIZE: Final = 8
TIME_MAX: Final = 2**63 - 1
NOTE_MAX: Final = 1_000_000
"""Bytes; a hundred signatures of the coming kind fit."""
SIGNATURES_MAX: Final = 100

_SECRET: Final = "PRIVATE+KEY+"  # noqa: S105 - how such a text begins
_DASH: Final = "— "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")

KeyId: TypeAlias = tuple[str, bytes]
"""(name, number): what a signature says of who made it."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and a public key; the text of it goes into a policy."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in {LOG, WITNESS} or len(self.public) != KEY_SIZE:
            raise BadKey(what=words.both("proof.key_kind"))

    @property
    def number(self) -> bytes:
        named = self.name.encode() + b"\n" + bytes([self.kind])
        return hashlib.sha256(named + self.public).digest()[:ID_SIZE]

    @property
    def id(self) -> KeyId:
        return self.name, self.number

    def __str__(self) -> str:
        content = encoded(bytes([self.kind]) + self.public)
        return f"{self.name}+{self.number.hex()}+{content}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        name, number, kind, public = _key_parts(text)
        key = cls(name, kind, public)
        if key.number != number:
            raise BadKey(what=words.both("proof.key_number"))
        return key

    def verify(self, text: str, signature: bytes) -> int | None:
        """When it was signed, in seconds since 1970 if the kind says so.

        Raises Untrusted.
        """
        seconds, message = None, text.encode()
        if self.kind == WITNESS:
            seconds = int.from_bytes(signature[:TIME_SIZE], "big")
            message, signature = _timed(text, seconds), signature[TIME_SIZE:]
        if (
            len(signature) != SIGNATURE_SIZE
            or (seconds or 0) > TIME_MAX
            or not _is_right(self.public, signature, message)
        ):
            raise Untrusted(what=words.both("proof.forged", name=self.name))
        return seconds


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What is kept in a key file; it never shows itself."""

    name: str
    kind: int
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in {LOG, WITNESS} or len(self.seed) != KEY_SIZE:
            raise BadKey(what=words.both("proof.key_kind"))

    @classmethod
    def new(cls, name: str, kind: int) -> SigningKey:
        return cls(name, kind, secrets.token_bytes(KEY_SIZE))

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.kind, _public(self.seed))

    def secret(self) -> str:
        """The text of a key file."""
        content = encoded(bytes([self.kind]) + self.seed)
        return f"{_SECRET}{self.name}+{self.verifier.number.hex()}+{content}"

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        if not text.startswith(_SECRET):
            raise BadKey(what=words.both("proof.key_form"))
        name, number, kind, seed = _key_parts(text.removeprefix(_SECRET))
        key = cls(name, kind, seed)
        if key.verifier.number != number:
            raise BadKey(what=words.both("proof.key_number"))
        return key

    def sign(self, text: str, *, seconds: int = 0) -> Signature:
        """``seconds`` since 1970, for a witness, who says when."""
        message, stamp = text.encode(), b""
        if self.kind == WITNESS:
            message, stamp = _timed(text, seconds), seconds.to_bytes(TIME_SIZE, "big")
        made = stamp + _signature(self.seed, message)
        return Signature(self.name, self.verifier.number, made)


@dataclass(frozen=True, slots=True)
class Signature:
    """A line of a note: who says to have signed, and what he made."""

    name: str
    number: bytes
    content: bytes

    @property
    def id(self) -> KeyId:
        return self.name, self.number

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encoded(self.number + self.content)}\n"

    @classmethod
    def parse(cls, line: str) -> Signature:
        name, _, text = line.removeprefix(_DASH).partition(" ")
        content = decoded(text)
        if (
            not line.startswith(_DASH)
            or not _is_name(name)
            or content is None
            or len(content) <= ID_SIZE
        ):
            shown = line[:80]
            raise BadNote(what=words.both("proof.note_signature", line=shown))
        return cls(name, content[:ID_SIZE], content[ID_SIZE:])


@dataclass(frozen=True, slots=True)
class Signed:
    """A right signature of a known key; ``seconds`` since 1970 of a witness."""

    key: VerifierKey
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A note that somebody known has signed."""

    text: str
    signed: tuple[Signed, ...]
    unknown: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends its last line, and its signatures; nothing is verified."""

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def parse(cls, content: bytes) -> Note:
        text, blank, lines = plain_text(content).rpartition("\n\n")
        if not blank or not lines:
            raise BadNote(what=words.both("proof.note_form"))
        return cls(text + "\n", parsed_signatures(lines))

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    def with_signatures(self, *more: Signature) -> Note:
        """The note with these too, each once."""
        return replace(self, signatures=tuple(dict.fromkeys((*self.signatures, *more))))

    def signed(self, key: SigningKey) -> Note:
        return self.with_signatures(key.sign(self.text))

    def opened(self, keys: Iterable[VerifierKey]) -> Opened:
        """Who signed it. Raises Untrusted if nobody known did, or one falsely."""
        known = _by_id(keys)
        signed = tuple(_signed(self, known))
        if not signed:
            raise Untrusted(what=words.both("proof.unsigned"))
        unknown = tuple(one for one in self.signatures if one.id not in known)
        return Opened(self.text, signed, unknown)


def parsed_signatures(text: str) -> tuple[Signature, ...]:
    """Signature lines, as they end a note or come from a witness."""
    *lines, rest = text.split("\n")
    if rest or not lines:
        raise BadNote(what=words.both("proof.note_form"))
    if len(lines) > SIGNATURES_MAX:
        most = SIGNATURES_MAX
        raise BadNote(what=words.both("proof.note_signatures", most=most))
    return tuple(map(Signature.parse, lines))


def plain_text(content: bytes) -> str:
    """UTF-8 without control characters but the end of a line, and not too long."""
    if len(content) > NOTE_MAX:
        raise BadNote(what=words.both("proof.note_size", most=NOTE_MAX))
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\r"
    if _CONTROL.search(text):
        raise BadNote(what=words.both("proof.note_text"))
    return text


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def decoded(text: str) -> bytes | None:
    """Base64 of the one form that encoding gives; None for anything else."""
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return content if encoded(content) == text else None


def _signed(note: Note, known: Mapping[KeyId, VerifierKey]) -> Iterator[Signed]:
    for one in note.signatures:
        key = known.get(one.id)
        if key is not None:
            yield Signed(key, key.verify(note.text, one.content))


def _by_id(keys: Iterable[VerifierKey]) -> Mapping[KeyId, VerifierKey]:
    known: dict[KeyId, VerifierKey] = {}
    for key in keys:
        if known.setdefault(key.id, key) != key:
            raise BadKey(what=words.both("proof.key_twice", name=key.name))
    return known


def _timed(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _key_parts(text: str) -> tuple[str, bytes, int, bytes]:
    """Name, number, kind and key of either text form."""
    name, number, content = (*text.split("+", 2), "", "")[:3]
    key = decoded(content)
    if not re.fullmatch(r"[0-9a-f]{8}", number) or not key:
        raise BadKey(what=words.both("proof.key_form"))
    return name, bytes.fromhex(number), key[0], key[1:]


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise BadKey(what=words.both("proof.key_name", name=ascii(name[:80])[1:-1]))


def _is_name(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    ill = any(one == "+" or one.isspace() for one in name)
    return bool(name) and not ill and not _CONTROL.search(name)


def _public(seed: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    return key.public_key().public_bytes_raw()


def _signature(seed: bytes, message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def _is_right(public: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
