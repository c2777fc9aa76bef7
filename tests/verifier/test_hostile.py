"""Bundles that were made to harm whoever reads them, and bits that fell over."""

import io
import random
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import verifier
from engine.verifier import verify
from tests.verifier.bundles import Log, Members, bundle, canonical, story, zipped

MIB = 1 << 20


def line(rest: bytes) -> Callable[[Members], object]:
    return lambda members: members.update(entries=rest)


HOSTILE: dict[str, tuple[Callable[[Members], object], set[str]]] = {
    "line of 10^8": (line(b"0 " + b"a" * 10**8 + b"\n"), {"bundle.form"}),
    "line of 10^8 unended": (line(b"1" * 10**8), {"bundle.form"}),
    "line feeds": (line(b"\n" * 10**7), {"bundle.form"}),
    "no line feed": (line(b"0 {}"), {"bundle.form", "entry.form"}),
    "deep": (line(b"0 " + b"[" * 10**6 + b"\n"), {"bundle.form"}),
    "deep enough": (line(b"0 " + b"[" * 65 + b"]" * 65 + b"\n"), {"bundle.form"}),
    "closing": (line(b"0 " + b"[" * 60 + b"]" * 10**7 + b"\n"), {"entry.form"}),
    "values": (line(b"0 [" + b"{}," * 10**6 + b"0]\n"), {"bundle.form"}),
    "texts": (line(b"0 [" + b'"",' * 10**6 + b"0]\n"), {"bundle.form"}),
    "int": (line(b"0 " + b"9" * 10**7 + b"\n"), {"entry.form"}),
    "negative": (line(b"0 -" + b"9" * 10**7 + b"\n"), {"entry.form"}),
    "float": (line(b'0 {"v":1.0}\n'), {"entry.form"}),
    "exponent": (line(b'0 {"v":1e999}\n'), {"entry.form"}),
    "nan": (line(b'0 {"v":NaN}\n'), {"entry.form"}),
    "infinity": (line(b'0 {"v":-Infinity}\n'), {"entry.form"}),
    "minus zero": (line(b'0 {"seq":-0}\n'), {"entry.form"}),
    "twice": (line(b'0 {"v":1,"v":1}\n'), {"entry.form"}),
    "unsorted": (line(b'0 {"v":1,"a":1}\n'), {"entry.form"}),
    "surrogate": (line(b'0 {"v":"\\ud800"}\n'), {"entry.form"}),
    "escape": (line(b'0 {"v":"\\u0041"}\n'), {"entry.form"}),
    "not utf-8": (line(b'0 {"v":"\xff"}\n'), {"entry.form"}),
    "bom": (line(b"0 \xef\xbb\xbf{}\n"), {"entry.form"}),
    "crlf": (line(b"0 {}\r\n"), {"entry.form"}),
    "array": (line(b"0 []\n"), {"entry.form"}),
    "position": (line(b"18446744073709551616 {}\n"), {"bundle.form"}),
    "position 2^63": (line(b"9223372036854775808 {}\n"), {"bundle.form"}),
    "leading zero": (line(b"00 {}\n"), {"bundle.form"}),
    "sign": (line(b"+0 {}\n"), {"bundle.form"}),
    "plan": (
        lambda m: m.update({"plans/" + "0" * 64: bytes(65 * MIB)}),
        {"bundle.member"},
    ),
    "odd did": (
        line(b'0 {"data":{"did":[[[1]],[{}]]},"type":"moved"}\n'),
        {"entry.form"},
    ),
    "odd keys": (
        line(
            canonical({"instance": ["a"], "type": {}, "at": 1, "data": 2}).join(
                [b"0 ", b"\n"]
            )
        ),
        {"entry.form"},
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_bundle_gets_a_clear_answer_soon(name: str) -> None:
    written = bundle(Log())
    change, expected = HOSTILE[name]
    change(written.members)
    file = io.BytesIO(zipped(written.members, zipfile.ZIP_STORED))
    before = time.monotonic()
    report = verify(file, written.policy)
    assert time.monotonic() - before < 3  # of a machine that does other things too
    assert report.exit == 1
    assert expected <= {defect.code for defect in report.defects}


HEADS = {
    "nothing": b"",
    "text": b"{",
    "array": b"[]",
    "deep": b"[" * 10**6,
    "size 2^64": b'{"format":"plangate-bundle","size":%d,"version":1}' % 2**64,
    "bom": b"\xef\xbb\xbf{}",
    "large": b" " * (17 * MIB),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_bundle_json_that_cannot_be_read_makes_all_unreadable(name: str) -> None:
    written = bundle(Log())
    written.members["bundle.json"] = HEADS[name]
    assert verify(written.verifiable()).exit == 3


def test_a_bundle_json_in_another_form_is_told() -> None:
    written = bundle(Log())
    head = written.members["bundle.json"]
    for other in (head[:-1] + b" }", head[:-1] + b',"version":1}', head + b"\n"):
        written.members["bundle.json"] = other
        report = verify(written.verifiable(), written.policy)
        assert [d.code for d in report.defects] == ["bundle.form"]


# --- ZIP


def codes(data: bytes) -> set[str]:
    return {defect.code for defect in verify(io.BytesIO(data)).defects}


def patched(data: bytes, mark: bytes, offset: int, value: bytes, nth: int = 0) -> bytes:
    """Some bytes changed at an offset from the n-th header with this mark."""
    at = -1
    for _ in range(nth + 1):
        at = data.index(mark, at + 1)
    return data[: at + offset] + value + data[at + offset + len(value) :]


CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def test_what_is_no_zip_is_unreadable() -> None:
    whole = zipped(bundle(story(1)).members)
    for data in (b"", b"PK", whole[:100], whole[:-1], whole + b"x", b"\0" * 10**6):
        assert verify(io.BytesIO(data)).exit == 3


def test_a_directory_that_lies_is_unreadable() -> None:
    whole = zipped(bundle(story(1)).members)
    for offset, value in (
        (10, b"\xff\0"),
        (12, b"\xf0"),
        (16, b"\0\0\0\0"),
        (4, b"\1"),
    ):
        assert verify(io.BytesIO(patched(whole, END, offset, value))).exit == 3
    for offset in (10, 12, 16):
        lie = patched(whole, END, offset, b"\xff\xff\xff\xff")
        assert verify(io.BytesIO(lie)).exit == 3


def test_an_encrypted_member_or_one_of_a_foreign_method_is_told() -> None:
    whole = zipped(bundle(story(1)).members)
    for offset, value in ((8, b"\1"), (10, b"\x0c")):
        data = patched(whole, CENTRAL, offset, value, nth=2)
        assert codes(data) == {"bundle.member"}
        data = patched(whole, CENTRAL, offset, value, nth=1)
        assert codes(data) == {"bundle.member"}
        data = patched(whole, CENTRAL, offset, value, nth=0)
        assert verify(io.BytesIO(data)).exit == 3


def test_overlapping_members_are_told_and_not_read() -> None:
    members = bundle(story(1)).members
    whole = zipped(members)
    offset = whole.index(LOCAL, 1)
    data = patched(whole, CENTRAL, 42, struct.pack("<L", offset), nth=2)
    assert "bundle.member" in codes(data)


def test_a_member_that_stands_twice_is_told() -> None:
    members = bundle(story(1)).members
    for name in ("entries", "checkpoint", next(n for n in members if "plans/" in n)):
        file = io.BytesIO(zipped(members))
        with (
            zipfile.ZipFile(file, "a") as archive,
            pytest.warns(UserWarning, match="Duplicate"),
        ):
            archive.writestr(name, members[name])
        found = [(d.code, d.where.member) for d in verify(file).defects]
        assert found == [("bundle.member", name)]


def test_sizes_and_checksums_that_lie_are_told() -> None:
    whole = zipped(bundle(story(1)).members)
    for offset in (16, 20, 24):  # checksum, packed and whole size
        for nth in (1, 2, 3):
            data = patched(whole, CENTRAL, offset, b"\1\2\0\0", nth=nth)
            assert codes(data) & {"bundle.member", "entry.form"}


def test_another_name_in_the_local_header_is_told() -> None:
    whole = zipped(bundle(story(1)).members)
    data = patched(whole, LOCAL, 30, b"x", nth=2)
    assert codes(data) == {"bundle.member"}


def test_a_deflated_member_that_swells_beyond_measure_is_told() -> None:
    written = bundle(Log())
    written.members["entries"] = b"0 {}\n" * 10**7
    before = time.monotonic()
    report = verify(written.verifiable(), written.policy)
    assert time.monotonic() - before < 3
    assert report.exit == 1


def test_a_file_beyond_its_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "FILE_MAX", 100)
    written = bundle(story(1))
    assert "bundle.member" in {d.code for d in verify(written.verifiable()).defects}


def test_more_entries_or_members_than_allowed_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = bundle(story(1))
    monkeypatch.setattr(verifier, "ENTRIES_MAX", 5)
    assert "bundle.form" in {d.code for d in verify(written.verifiable()).defects}
    monkeypatch.setattr(verifier, "MEMBERS_MAX", 3)
    assert verify(written.verifiable()).exit == 3


def test_zip64_is_read() -> None:
    members, file = bundle(story(1)).members, io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    assert not verify(file).defects
    data = file.getvalue()
    end = data.rindex(END)
    count, size, start = struct.unpack("<HLL", data[end + 10 : end + 20])
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start
    )
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    tail = struct.pack("<4s4H2LH", END, 0, 0, *[0xFFFF] * 2, *[0xFFFFFFFF] * 2, 0)
    assert not verify(io.BytesIO(data[:end] + record + locator + tail)).defects
    assert verify(io.BytesIO(data[:end] + locator + tail)).exit == 3
    assert verify(io.BytesIO(data[:end] + record + tail)).exit == 3


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_stays_bounded(tmp_path: Path) -> None:
    """Below 256 MiB, the interpreter included, for the heaviest of them."""
    lines = {
        "astral": b'0 {"data":"' + "😀".encode() + b"a" * (16 * MIB - 100) + b'"}\n',
        "keys": b"0 {" + b",".join(b'"%07d":[]' % i for i in range(80_000)) + b"}\n",
        "long": b"0 " + b"a" * 10**8,
    }
    measured = (
        "import runpy\n"
        f"try: runpy.run_path({verifier.__file__!r}, run_name='__main__')\n"
        "except SystemExit: print(open('/proc/self/status').read())"
    )
    for name, content in lines.items():
        written = bundle(Log())
        written.members["entries"] = content
        file = tmp_path / name
        file.write_bytes(zipped(written.members, zipfile.ZIP_STORED))
        command = [sys.executable, "-c", measured, str(file)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        peak = ran.stdout.partition("VmHWM:")[2].split()[0]
        assert int(peak) < 256 * 1024, name


# --- Bits that fell over


def harmless(data: bytes) -> set[int]:
    """Places that nobody reads: dates, versions and attributes of a ZIP."""
    places: set[int] = set()
    local_fields = (*range(4, 6), *range(10, 14))
    central_fields = (*range(4, 8), *range(12, 16), *range(34, 42))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            places |= {member.header_offset + f for f in local_fields}
    at = data.find(CENTRAL)
    while at >= 0:
        places |= {at + f for f in central_fields}
        at = data.find(CENTRAL, at + 1)
    return places


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_bit_that_falls_over_is_found_or_is_where_nobody_reads(method: int) -> None:
    written = bundle(story(3, length=6))
    data = bytearray(zipped(written.members, method))
    unread = harmless(bytes(data))
    draw = random.Random(7)
    for place in range(len(data)):
        bit = 1 << draw.randrange(8)
        data[place] ^= bit
        report = verify(io.BytesIO(data))
        if report.exit not in (1, 3) and place not in unread:
            # Deflate has many ways to write the same bytes.
            assert method == zipfile.ZIP_DEFLATED, place
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                read = {name: archive.read(name) for name in archive.namelist()}
            assert read == written.members, place
        data[place] ^= bit


@pytest.mark.parametrize("name", ["bundle.json", "entries", "proofs", "plans", "files"])
def test_a_bit_that_falls_over_in_what_was_zipped_is_found(name: str) -> None:
    log = story(3, length=8)
    scope = sorted(n for n in log.heads if n != "~log") if name == "proofs" else "log"
    members = bundle(log, scope).members
    draw, whole = random.Random(name), next(m for m in members if m.startswith(name))
    content = bytearray(members[whole])
    for place in range(len(content)):
        bit = 1 << draw.randrange(8)
        content[place] ^= bit
        file = io.BytesIO(zipped({**members, whole: bytes(content)}, 0))
        content[place] ^= bit
        # Of bundle.json only `made` is the word of whoever made it.
        is_claim = b'"made"' in content[place - 28 : place]
        assert verify(file).exit in (1, 3) or (name == "bundle.json" and is_claim)


def test_a_bit_that_falls_over_in_a_checkpoint_is_found_or_vouches_for_nothing() -> (
    None
):
    written = bundle(Log())
    content = bytearray(written.members["checkpoint"])
    draw = random.Random(9)
    for place in range(len(content)):
        bit = 1 << draw.randrange(8)
        content[place] ^= bit
        members = {**written.members, "checkpoint": bytes(content)}
        report = verify(io.BytesIO(zipped(members)), written.policy)
        content[place] ^= bit
        assert report.exit in (1, 2)


@pytest.mark.parametrize("seed", range(300))
def test_no_heap_of_changed_bytes_makes_it_fall(seed: int) -> None:
    draw = random.Random(seed)
    written = bundle(story(seed % 7, length=6))
    members = dict(written.members)
    name = draw.choice(["bundle.json", "checkpoint", "entries"])
    content = bytearray(members[name])
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(content))
        change = draw.choice([b"", b"0", b'"', b"{", b"[", b"null", b"\xff", b"-1"])
        content[at : at + draw.randint(0, 3)] = change
    members[name] = bytes(content)
    report = verify(io.BytesIO(zipped(members)), written.policy)
    assert report.exit in (1, 2, 3) or members == written.members
    verifier.printed(report, draw.choice(["zh", "en"]))
    verifier.as_json(report)
