"""All who open a bundle see the same members: nothing stands beside them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import verifier
from engine.audit.exports.bundle import write
from engine.testing import CAMPAIGN, campaign
from engine.verifier import verify
from tests.verifier.bundles import Written, bundle, story, zipped

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
SMUGGLED = b"\x00smuggled"


@pytest.fixture(scope="module")
def written() -> Written:
    return bundle(story(3, length=12))


def found(data: bytes) -> set[tuple[str, str | None]]:
    report = verify(io.BytesIO(data))
    assert report.exit == 1
    return {(d.code, d.where.member) for d in report.defects}


def starts(data: bytes) -> list[int]:
    """Where local headers begin, and at last the directory."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        offsets = sorted(one.header_offset for one in archive.infolist())
        return [*offsets, archive.start_dir]


def with_bytes(data: bytes, at: int, more: bytes = SMUGGLED) -> bytes:
    """The archive with bytes put in, and every offset set right again."""
    end = data.rindex(END)
    start = struct.unpack_from("<L", data, end + 16)[0]
    made = bytearray(data)
    place = data.index(CENTRAL, start)
    while place < end:
        lengths = struct.unpack_from("<3H", data, place + 28)
        offset = struct.unpack_from("<L", data, place + 42)[0]
        struct.pack_into("<L", made, place + 42, offset + len(more) * (offset >= at))
        place += 46 + sum(lengths)
    struct.pack_into("<L", made, end + 16, start + len(more) * (start >= at))
    return bytes(made[:at]) + more + bytes(made[at:])


@pytest.mark.parametrize("nth", range(7))
def test_bytes_before_between_and_after_members_are_told(
    written: Written, nth: int
) -> None:
    data = zipped(written.members)
    places = starts(data)
    assert len(places) == 7
    changed = with_bytes(data, places[nth])
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:  # others see nothing of it
        assert {n: archive.read(n) for n in archive.namelist()} == written.members
    report = verify(io.BytesIO(changed))
    assert [(d.code, d.where) for d in report.defects] == [
        ("bundle.member", verifier.Where())
    ]
    for said in (report.defects[0].zh, report.defects[0].en):
        assert str(places[nth]) in said
        assert str(len(SMUGGLED)) in said


def test_bytes_after_the_directory_and_a_comment_are_told(written: Written) -> None:
    data = zipped(written.members)
    end = data.rindex(END)
    comment = data[: end + 20] + struct.pack("<H", len(SMUGGLED)) + SMUGGLED
    for changed in (data[:end] + SMUGGLED + data[end:], comment):
        assert found(changed) == {("bundle.member", None)}


def test_a_whole_other_archive_before_or_behind_is_told(written: Written) -> None:
    data, other = zipped(written.members), zipped({"bundle.json": b"{}"})
    assert ("bundle.member", None) in found(with_bytes(data, 0, other))
    end = data.rindex(END)
    behind = data[: end + 20] + struct.pack("<H", len(other)) + other
    # which of the two ends counts is nobody's guess: the last one does
    assert verify(io.BytesIO(behind)).exit == 3


def test_more_gaps_than_are_listed_are_counted(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "GAPS_KEPT", 3)
    data = zipped(written.members)
    for at in reversed(starts(data)[1:]):
        data = with_bytes(data, at)
    report = verify(io.BytesIO(data))
    assert [d.code for d in report.defects] == ["bundle.member"] * 3
    assert report.more == 3


# -- what the local header says


FIELDS: dict[str, tuple[int, bytes]] = {
    "flags": (6, b"\x02\x00"),
    "utf-8": (6, b"\x00\x08"),
    "method": (8, b"\x00\x00"),
    "crc": (14, b"\x00\x00\x00\x00"),
    "packed": (18, b"\x01\x00\x00\x00"),
    "size": (22, b"\x01\x00\x00\x00"),
    "sizes in ZIP64": (18, b"\xff" * 8),
    "name": (30, b"E"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_local_header_that_says_something_else_is_told(
    written: Written, field: str
) -> None:
    data = bytearray(zipped(written.members))
    offset, value = FIELDS[field]
    at = starts(bytes(data))[2] + offset
    data[at : at + len(value)] = value
    assert ("bundle.member", "entries") in found(bytes(data))
    said = [d.en for d in verify(io.BytesIO(data)).defects]
    assert any("local header" in one for one in said)


def test_a_name_or_field_that_swallows_its_neighbour_is_told(written: Written) -> None:
    data = bytearray(zipped(written.members))
    for offset in (26, 28):  # the length of the name, and of the extra field
        changed = data[:]
        struct.pack_into("<H", changed, starts(bytes(data))[2] + offset, 4_000)
        assert ("bundle.member", "entries") in found(bytes(changed))


def descriptor(members: dict[str, bytes]) -> bytes:
    """As a program writes it that cannot go back: lengths after the data."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

        seek = None  # type: ignore[assignment]

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_data_descriptors_are_told(written: Written) -> None:
    assert verify(io.BytesIO(descriptor(written.members))).exit == 3  # bundle.json
    data = bytearray(zipped(written.members))
    central = [n for n in range(len(data)) if data.startswith(CENTRAL, n)][2]
    data[starts(bytes(data))[2] + 6] = data[central + 8] = 8
    report = verify(io.BytesIO(data))
    assert ("bundle.member", "entries") in found(bytes(data))
    assert any("descriptor" in d.en for d in report.defects)


def spoilt(
    change: Callable[[zipfile.ZipInfo], None], members: dict[str, bytes]
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if name == "entries":
                change(info)
            archive.writestr(info, content)
    return out.getvalue()


def test_a_comment_or_a_needless_extra_field_of_a_member_is_told(
    written: Written,
) -> None:
    zip64 = struct.pack("<2H2Q", 1, 16, 1, 1)
    for extra in (b"UT\x05\x00\x01abcd", zip64, b"\x01\x00\x00\x00", b"xx"):
        changed = spoilt(
            lambda info, extra=extra: setattr(info, "extra", extra),  # type: ignore[misc]
            written.members,
        )
        assert ("bundle.member", "entries") in found(changed)
    changed = spoilt(lambda info: setattr(info, "comment", b"x"), written.members)
    assert ("bundle.member", "entries") in found(changed)


def test_two_counts_of_members_that_differ_are_unreadable(written: Written) -> None:
    data = bytearray(zipped(written.members))
    data[data.rindex(END) + 8] += 1
    assert verify(io.BytesIO(data)).exit == 3


# -- what the project writes


@pytest.mark.parametrize("names", [None, (CAMPAIGN,)])
def test_what_the_project_writes_has_no_gap_and_no_descriptor(
    names: tuple[str, ...] | None, tmp_path: Path
) -> None:
    service = campaign("memory://", until="2009-05-08 17:30")
    with (tmp_path / "b.zip").open("w+b") as out:
        write(service.journal, out, names, now=datetime(2009, 6, 1, tzinfo=UTC))
        assert verify(out).defects == ()
        out.seek(0)
        data = out.read()
    at = 0
    for start in starts(data):
        assert start == at
        if data.startswith(LOCAL, at):
            fields = struct.unpack_from("<4s5H3L2H", data, at)
            assert fields[2] == 0  # flags
            wide = fields[7] == 0xFFFFFFFF
            header = at + 30 + fields[9] + fields[10]
            packed = (
                struct.unpack_from("<Q", data, header - 8)[0] if wide else fields[7]
            )
            at = header + packed
    assert data.startswith(CENTRAL, at)
    assert data[-22:].startswith(END)
