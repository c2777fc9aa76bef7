"""The ZIP of section 5, byte by byte: what is read, what is refused, and why."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest

from engine import verifier
from engine.verifier import Archive, Damaged, Report, Unreadable, verify
from tests.verifier.bundles import Members, bundle, quiet, zipped

STORED, DEFLATED = 0, 8
FULL = 2**32 - 1


class Part(NamedTuple):
    """A member as it is written, with what its headers say of it.

    Where `size` or `packed` is too great for the directory, the local header has it.
    """

    name: bytes
    content: bytes
    method: int = STORED
    flags: int = 0
    crc: int | None = None
    size: int | None = None
    packed: int | None = None
    extra: bytes = b""
    comment: bytes = b""
    local_name: bytes | None = None
    local_extra: bytes = b""
    local: Mapping[str, int] = MappingProxyType({})
    offset: int | None = None
    data: bytes | None = None


def deflated(content: bytes) -> bytes:
    return zlib.compress(content, wbits=-15)


def archive(*parts: Part, comment: bytes = b"", gap: bytes = b"") -> bytes:
    """A ZIP file; what a part does not say is as it should be."""
    file, lines = b"", b""
    for part in parts:
        data = deflated(part.content) if part.method == DEFLATED else part.content
        data = data if part.data is None else part.data
        name = part.name if part.local_name is None else part.local_name
        crc = zlib.crc32(part.content) if part.crc is None else part.crc
        size = len(part.content) if part.size is None else part.size
        packed = len(data) if part.packed is None else part.packed
        offset = len(file) if part.offset is None else part.offset
        local = {
            "flags": part.flags,
            "method": part.method,
            "crc": crc,
            "packed": len(data) if packed == FULL else packed,
            "size": len(part.content) if size == FULL else size,
            **part.local,
        }
        file += struct.pack(
            "<4s5H3L2H",
            *(b"PK\x03\x04", 20, local["flags"], local["method"], 0, 0),
            *(local["crc"], local["packed"], local["size"]),
            *(len(name), len(part.local_extra)),
        )
        file += name + part.local_extra + data
        lines += struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\x01\x02", 20, 20, part.flags, part.method, 0, 0, crc, packed, size),
            *(len(part.name), len(part.extra), len(part.comment), 0, 0, 0, offset),
        )
        lines += part.name + part.extra + part.comment
    start, count = len(file) + len(gap), len(parts)
    ends = (b"PK\x05\x06", 0, 0, count, count, len(lines), start, len(comment))
    return file + gap + lines + struct.pack("<4s4H2LH", *ends) + comment


def read(data: bytes) -> dict[bytes, bytes | str]:
    """Each member, or why it cannot be read."""
    opened = Archive(io.BytesIO(data))
    found: dict[bytes, bytes | str] = {}
    for member in opened.members():
        try:
            found[member.name] = b"".join(opened.chunks(member))
        except Damaged as damage:
            found[member.name] = damage.why
    return found


def why_unreadable(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(data)
    return caught.value.why


A, B = Part(b"a", b"first" * 9), Part(b"b", b"second" * 99, DEFLATED)
READ = {b"a": A.content, b"b": B.content}


def test_members_are_read_stored_and_deflated() -> None:
    assert read(archive(A, B)) == READ
    assert read(archive()) == {}
    assert read(archive(Part(b"", b""))) == {b"": b""}


# --- The end of the directory


@pytest.mark.parametrize("comment", [b"x", b"PK\x05\x06" * 9, b"x" * 0xFFFF])
def test_a_comment_at_the_end_is_a_gap(comment: bytes) -> None:
    data = archive(A, B, comment=comment)
    assert read(data) == READ
    at = len(data) - len(comment)
    assert Archive(io.BytesIO(data)).gaps == [(at, len(comment))]


def test_an_end_in_a_comment_that_does_not_end_with_the_file_is_none() -> None:
    inner = archive(Part(b"c", b"third"))
    assert read(archive(A, comment=inner[-22:-2] + b"\1\0")) == {b"a": A.content}


@pytest.mark.parametrize("place", ["before", "between", "after", "behind", "none"])
def test_what_lies_between_members_is_a_gap(place: str) -> None:
    """With its first byte and its length; what lies beside nothing is none."""
    data = archive(A, B, gap=b"xyz" if place == "after" else b"")
    first = len(archive(A)) - 22 - 46 - 1
    whole = len(data) - 22 - 2 * 47
    gaps = {
        "none": (0, 0),
        "before": (0, 40),
        "between": (first, 40),
        "after": (whole - 3, 3),
    }
    if place in ("before", "between"):
        at = gaps[place][0]
        parts = [A._replace(offset=40 - at), B._replace(offset=first + 40)]
        if place == "between":
            parts[0] = A._replace(offset=0)
        moved = archive(*parts)
        data = moved[:at] + b"x" * 40 + moved[at:]
        data = changed(data, 16, struct.pack("<L", whole + 40))
    if place == "behind":
        data = data[:-22] + b"xy" + data[-22:]
        gaps["behind"] = (len(data) - 24, 2)
    assert read(data) == READ
    assert Archive(io.BytesIO(data)).gaps == [gaps[place]] * (place != "none")


@pytest.mark.parametrize("data", [b"", b"PK", archive(A)[:-1], archive(A) + b"x"])
def test_without_an_end_nothing_is_read(data: bytes) -> None:
    assert why_unreadable(data) == "end"


def changed(data: bytes, offset: int, value: bytes) -> bytes:
    """Some bytes of the end record changed, at an offset in it."""
    at = data.rindex(b"PK\x05\x06") + offset
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (4, b"\1\0"),  # this disk
        (6, b"\1\0"),  # the disk where the directory begins
        (8, b"\3\0\3\0"),  # members
        (8, b"\1\0\1\0"),
        (8, b"\1\0"),  # those on this disk
        (10, b"\1\0"),
        (12, b"\xff"),  # its size
        (12, b"\0"),
        (16, b"\0\0\0\0"),  # its start
        (16, b"\xff\xff\xff\x7f"),
    ],
)
def test_a_directory_that_is_not_where_it_should_be_is_unreadable(
    offset: int, value: bytes
) -> None:
    assert why_unreadable(changed(archive(A, B), offset, value)) == "directory"


@pytest.mark.parametrize("size", [-1, 1])
def test_a_directory_of_another_length_than_it_says_is_unreadable(size: int) -> None:
    data = archive(A, B, gap=b"PK")
    length = len(data) - 22 - data.index(b"PK\x01\x02")
    said = struct.pack("<L", length + size)
    assert why_unreadable(changed(data, 12, said)) == "directory"


def test_a_directory_that_reaches_beyond_its_end_is_unreadable() -> None:
    data = archive(A, Part(b"b", b"", extra=b"x" * 8))
    at = data.rindex(b"PK\x01\x02")
    data = data[: at + 30] + b"\x09" + data[at + 31 :]
    assert why_unreadable(data) == "directory"


# --- ZIP64


WORDS = ("disk", "first", "here", "count", "size", "start")


def zip64(data: bytes, narrow: Mapping[str, int] = {}, **changes: int) -> bytes:
    """The same file with an end record of ZIP64; `narrow` stands in the old one."""
    end = len(data) - 22
    said = dict(
        zip(WORDS, struct.unpack("<4H2L", data[end + 4 : end + 20]), strict=True)
    )
    said |= {"at": end, **changes}
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, *(said[word] for word in WORDS)
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, said["at"], 1)
    old = dict(zip(WORDS, (0, 0, 0xFFFF, 0xFFFF, FULL, FULL), strict=True))
    old |= {word: said[word] if value < 0 else value for word, value in narrow.items()}
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", *(old[word] for word in WORDS), 0)
    return data[:end] + record + locator + tail


@pytest.mark.parametrize("wide", [*WORDS[2:], None])
def test_what_is_too_great_for_the_end_stands_in_that_of_zip64(
    wide: str | None,
) -> None:
    """Whatever of it; if nothing is, that record lies beside everything."""
    data = archive(A, B)
    old = zip64(data, {word: -1 for word in WORDS[2:] if word != wide})
    assert read(old) == READ
    gap = [(len(data) - 22, 76)] if wide is None else []
    assert Archive(io.BytesIO(old)).gaps == gap
    assert read(zip64(data)) == READ


@pytest.mark.parametrize("word", WORDS)
def test_two_ends_that_do_not_say_the_same_are_unreadable(word: str) -> None:
    assert why_unreadable(zip64(archive(A, B), {word: 1})) == "directory"


@pytest.mark.parametrize(
    "lie",
    [
        {"disk": 1},
        {"first": 1},
        {"here": 1},
        {"count": 3},
        {"here": 3, "count": 3},
        {"here": 1, "count": 1},
        {"size": 1},
        {"start": 2**63},
        {"size": 2**63},
        {"at": 2**63},
        {"at": 0},
    ],
)
def test_an_end_of_zip64_that_lies_is_unreadable(lie: dict[str, int]) -> None:
    assert why_unreadable(zip64(archive(A, B), **lie)) == "directory"


def test_an_end_of_zip64_that_is_cut_is_unreadable() -> None:
    data = zip64(archive(A, B))
    end = len(data) - 22 - 20 - 56
    assert why_unreadable(data[end + 56 :]) == "directory"
    assert why_unreadable(data[-22:]) == "directory"
    assert why_unreadable(data[:end] + data[-22:]) == "directory"


def wide(*values: int) -> bytes:
    return struct.pack("<2H", 1, 8 * len(values)) + struct.pack(
        f"<{len(values)}Q", *values
    )


WIDE = [
    ({"size": FULL, "extra": wide(45)}, A.content),
    ({"packed": FULL, "extra": wide(45)}, A.content),
    ({"size": FULL, "packed": FULL, "extra": wide(45, 45)}, A.content),
    ({"offset": FULL, "extra": wide(0)}, A.content),
    ({"size": FULL, "offset": FULL, "extra": wide(45, 0)}, A.content),
    ({"size": FULL, "extra": b"\2\0\1\0x" + wide(45)}, "beside"),
    ({"size": FULL, "extra": wide(45) + b"\2\0\0\0"}, "beside"),
    ({"size": FULL, "extra": b"\2\0\x08\0" + wide(45)[4:]}, "beside"),
    ({"extra": wide(7)}, "beside"),
    ({"size": FULL, "extra": wide()}, "beside"),
    ({"size": FULL, "extra": wide(45, 45)}, "beside"),
    ({"size": FULL, "extra": b"\1\0"}, "beside"),
    ({"size": FULL}, "beside"),
    ({"size": FULL, "extra": wide(44)}, "header"),
    ({"packed": FULL, "extra": wide(44)}, "header"),
    ({"size": FULL, "packed": FULL, "extra": wide(45, 44)}, "header"),
    ({"offset": FULL, "extra": wide(2**63)}, "header"),
    ({"local": {"size": FULL}, "local_extra": wide(45)}, A.content),
    ({"local": {"packed": FULL}, "local_extra": wide(45)}, A.content),
    ({"local": {"size": FULL}, "local_extra": wide(44)}, "header"),
    ({"local": {"size": FULL}}, "header"),
]


@pytest.mark.parametrize(("said", "found"), WIDE)
def test_the_sizes_of_a_member_that_are_too_great_stand_in_its_extra_field(
    said: dict[str, object], found: bytes | str
) -> None:
    assert read(archive(A._replace(**said)))[b"a"] == found  # type: ignore[arg-type]


# --- A member


BAD: dict[str, tuple[Part, str]] = {
    "encrypted": (A._replace(flags=1), "encrypted"),
    "strongly encrypted": (A._replace(flags=0x40), "encrypted"),
    "with a masked header": (A._replace(flags=0x2000), "encrypted"),
    "of another method": (A._replace(method=12), "method"),
    "shrunk": (A._replace(method=1), "method"),
    "with another checksum": (A._replace(crc=5), "crc"),
    "longer than it says": (A._replace(size=44), "crc"),
    "shorter than it says": (A._replace(size=46), "crc"),
    "packed in less": (A._replace(packed=44), "crc"),
    "packed in more": (A._replace(packed=46), "header"),
    **{
        f"with another {word} in its local header": (
            A._replace(local={word: 2}),
            "header",
        )
        for word in ("flags", "method", "crc", "packed", "size")
    },
    "of another local name": (A._replace(local_name=b"b"), "header"),
    "of a longer local name": (A._replace(local_name=b"aa"), "header"),
    "elsewhere": (A._replace(offset=1), "header"),
    "beyond the file": (A._replace(offset=2**31), "header"),
    "deflated and cut": (B._replace(packed=len(deflated(B.content)) - 1), "deflate"),
    "deflated and empty": (B._replace(packed=0), "deflate"),
    "no deflated data": (A._replace(method=DEFLATED, data=A.content), "deflate"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_member_that_is_not_as_it_says_is_refused(what: str) -> None:
    part, why = BAD[what]
    assert read(archive(part))[part.name] == why


@pytest.mark.parametrize("flags", [2, 4, 0x800])
def test_other_flags_are_read_by_nobody(flags: int) -> None:
    assert read(archive(A._replace(flags=flags)))[b"a"] == A.content


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"extra": b"\2\0\3\0abc"}, "beside"),
        ({"comment": b"y"}, "beside"),
        ({"local_extra": b"x" * 7}, "header"),
        ({"flags": 8}, "descriptor"),
    ],
)
def test_nothing_is_said_beside_a_member(more: dict[str, object], why: str) -> None:
    found = read(archive(A._replace(**more), B))  # type: ignore[arg-type]
    assert found == {b"a": why, b"b": B.content}


def test_a_member_reaches_up_to_the_directory_and_not_into_it() -> None:
    data = archive(A)
    start = data.index(b"PK\x01\x02")
    moved = changed(data[: start - 1] + data[start:], 16, struct.pack("<L", start - 1))
    assert read(moved)[b"a"] == "header"
    assert read(data)[b"a"] == A.content


@pytest.mark.parametrize("piece", [1, 2, 3, 1 << 17])
@pytest.mark.parametrize("after", [b"", b"x", b"PK\x03\x04"])
def test_nothing_stands_after_what_was_deflated(
    after: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whichever pieces it is read: here also one that ends where deflate ends."""
    packed = deflated(B.content)
    whole = archive(B._replace(data=packed + after))
    for size in (piece, len(packed)):
        monkeypatch.setattr(verifier, "CHUNK", size)
        assert read(whole)[b"b"] == ("deflate" if after else B.content)


def test_a_piece_is_inflated_to_no_more_than_a_piece(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verifier, "CHUNK", 10)
    opened = Archive(io.BytesIO(archive(Part(b"b", bytes(10_000), DEFLATED))))
    pieces = list(opened.chunks(next(opened.members())))
    assert max(map(len, pieces)) == 10
    assert b"".join(pieces) == bytes(10_000)


# --- Members that overlap


def overlapping(*offsets: int) -> dict[bytes, bytes | str]:
    """Members of 20 bytes each, at these offsets beside their own places."""
    parts = [Part(b"%d" % n, b"x" * 20) for n in range(len(offsets))]
    length = 30 + 1 + 20
    places = [n * length + offset for n, offset in enumerate(offsets)]
    return read(
        archive(
            *(
                part._replace(offset=place)
                for part, place in zip(parts, places, strict=True)
            )
        )
    )


def test_members_that_touch_do_not_overlap() -> None:
    assert set(overlapping(0, 0, 0).values()) == {b"x" * 20}


def test_a_member_that_begins_within_another_is_not_read() -> None:
    """By one byte, at the same place, or within one that lies before others."""
    assert overlapping(0, -1, 0)[b"1"] == "overlap"
    same = overlapping(0, -51, 0)
    assert (same[b"0"], same[b"1"], same[b"2"]) == ("overlap", "overlap", b"x" * 20)
    long = Part(b"a", b"x" * 200)
    inner = Part(b"b", b"", offset=40)
    last = Part(b"c", b"", offset=50)
    found = read(archive(long, inner, last))
    assert found == {b"a": b"x" * 200, b"b": "overlap", b"c": "overlap"}


def test_a_member_that_says_it_is_longer_makes_those_after_it_overlap() -> None:
    found = read(archive(A._replace(packed=46), Part(b"c", b"third")))
    assert found == {b"a": "crc", b"c": "overlap"}


# --- What is told of it


def report_of(members: Members, name: str, **said: object) -> Report:
    parts = [
        Part(one.encode(), content)._replace(**(said if one == name else {}))  # type: ignore[arg-type]
        for one, content in members.items()
    ]
    return verify(io.BytesIO(archive(*parts)))


TOLD = {
    "encrypted": ({"flags": 1}, "it is encrypted"),
    "method": ({"method": 12}, "neither stored nor deflated"),
    "header": (
        {"local_name": b"x"},
        "its local header does not say what the directory says",
    ),
    "crc": ({"crc": 1}, "its length or checksum is another"),
}


@pytest.mark.parametrize("what", TOLD)
@pytest.mark.parametrize(
    "name", ["bundle.json", "entries", "checkpoint", "plans", "files"]
)
def test_why_a_member_cannot_be_read_is_told_of_each(name: str, what: str) -> None:
    said, sentence = TOLD[what]
    log = quiet()
    log.add("甲", "signalled", {"name": "x", "size": 0, "sha256": "0" * 64})
    members = bundle(log).members
    members["files/" + "0" * 64] = b""
    whole = next(one for one in members if one.startswith(name))
    report = report_of(members, whole, **said)
    if name == "bundle.json":
        assert report.unreadable is not None
        assert sentence in report.unreadable.en
        return
    found = [d for d in report.defects if d.where.member == whole]
    assert [one.code for one in found] == ["bundle.member"]
    assert sentence in found[0].en


def test_what_the_builder_writes_is_what_python_reads() -> None:
    members = bundle(quiet()).members
    parts = [Part(name.encode(), data, DEFLATED) for name, data in members.items()]
    with zipfile.ZipFile(io.BytesIO(archive(*parts))) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == members
    assert verify(io.BytesIO(zipped(members))).exit == 2
