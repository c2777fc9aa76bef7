"""A signer never signs two histories of a log, whatever stops or hurries it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.audit.signing.memory import Memory
from engine.audit.signing.signer import Signer
from engine.audit.signing.witness import Witness
from engine.errors import BadKey, MemoryLost, RolledBack
from engine.journal.chain import leaf_hash
from engine.proof.checkpoint import Checkpoint
from engine.proof.tree import EMPTY, Tree, grown

ORIGIN = "office.example/log"


def log_of(leaves: Sequence[bytes]) -> Tree:
    tiles = grown(0, leaves, lambda *_: b"")
    return Tree(len(leaves), lambda *at: tiles[at])


LEAVES = [leaf_hash(b"%d" % n) for n in range(300)]
TREE = log_of(LEAVES)
OTHER = log_of([leaf_hash(b"other"), *LEAVES[1:]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.key"


@pytest.fixture
def signer(file: Path) -> Signer:
    return Signer.create(file, ORIGIN)


def sign(signer: Signer, size: int, tree: Tree = TREE) -> Checkpoint:
    note = signer.sign(size, tree.root(size), lambda old: tree.consistency(old, size))
    return Checkpoint.parse(note.opened([signer.verifier]).text)


def test_a_log_that_grows_is_signed_at_every_size(signer: Signer) -> None:
    assert signer.last() == Checkpoint(ORIGIN, 0, EMPTY)
    for size in (0, 1, 2, 2, 7, 8, 255, 256, 257, 300):
        assert sign(signer, size) == signer.last()
        assert signer.last() == Checkpoint(ORIGIN, size, TREE.root(size))


def test_the_memory_outlives_the_process(signer: Signer, file: Path) -> None:
    sign(signer, 200)
    again = Signer.open(file)
    assert again.last().size == 200
    assert again.verifier == signer.verifier
    with pytest.raises(RolledBack):
        sign(again, 199)


@pytest.mark.parametrize("size", [0, 1, 99])
def test_a_database_of_before_is_not_signed_over(signer: Signer, size: int) -> None:
    sign(signer, 100)
    with pytest.raises(RolledBack) as caught:
        sign(signer, size)
    assert caught.value.values == {"origin": ORIGIN, "known": 100, "given": size}
    assert signer.last().size == 100


@pytest.mark.parametrize("size", [100, 101, 300])
def test_another_history_is_not_signed(signer: Signer, size: int) -> None:
    sign(signer, 100)
    with pytest.raises(RolledBack):
        sign(signer, size, OTHER)
    assert sign(signer, size) == signer.last()


@pytest.mark.parametrize("path", [(), (EMPTY,), tuple(LEAVES[:6])])
def test_growth_without_proof_is_not_signed(
    signer: Signer, path: tuple[bytes, ...]
) -> None:
    sign(signer, 100)
    for root in (TREE.root(200), TREE.root(100), b"", bytes(32)):
        with pytest.raises(RolledBack):
            signer.sign(200, root, lambda _: path)
    assert signer.last().size == 100


@pytest.mark.parametrize("size", [-1, 2**63, 2**64])
def test_what_is_no_size_is_not_signed(signer: Signer, size: int) -> None:
    with pytest.raises(RolledBack):
        signer.sign(size, TREE.root(5), lambda _: ())
    assert signer.last().size == 0


def test_the_refusal_says_what_to_do(signer: Signer) -> None:
    sign(signer, 100)
    with pytest.raises(RolledBack) as caught:
        sign(signer, 50)
    assert "bring back the database" in caught.value.say("en")
    assert "100" in caught.value.say("zh")


def test_key_and_memory_are_their_owner_s_alone(signer: Signer, file: Path) -> None:
    sign(signer, 5)
    for one in (file, signer.memory.file):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    for mode in (0o640, 0o604, 0o660, 0o620):
        file.chmod(mode)
        with pytest.raises(BadKey, match="chmod"):
            Signer.open(file)


def test_nothing_that_is_there_is_written_over(signer: Signer, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(BadKey):
        Signer.create(file, ORIGIN)
    file.rename(file.with_name("moved"))
    with pytest.raises(BadKey, match="signed"):
        Signer.create(file, ORIGIN)
    assert file.with_name("moved").read_bytes() == before
    assert not file.exists()


def test_a_file_that_is_no_log_s_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadKey):
        Signer.open(tmp_path / "none")
    Witness.create(tmp_path / "w", "w.example")
    with pytest.raises(BadKey):
        Signer.open(tmp_path / "w")
    junk = tmp_path / "junk"
    junk.write_bytes(b"\xff" * 5_000)
    junk.chmod(0o600)
    with pytest.raises(BadKey):
        Signer.open(junk)


def harmed(content: bytes) -> list[bytes]:
    flipped = bytearray(content)
    flipped[-80] ^= 1
    smaller = content.replace(b"\n100\n", b"\n10\n")
    return [b"", content[:40], content[:-2], bytes(flipped), smaller, b"\xff"]


def test_a_memory_that_is_lost_or_damaged_is_no_beginning(signer: Signer) -> None:
    sign(signer, 100)
    memory = signer.memory.file
    content = memory.read_bytes()
    for wrong in harmed(content):
        memory.write_bytes(wrong)
        with pytest.raises(MemoryLost):
            sign(signer, 200)
    memory.unlink()
    with pytest.raises(MemoryLost, match="do not put an older one"):
        sign(signer, 200)
    memory.write_bytes(content)
    assert sign(signer, 200).size == 200


def test_signers_at_once_never_go_back(signer: Signer, file: Path) -> None:
    def one(size: int) -> int:
        try:
            return sign(Signer.open(file), size).size
        except RolledBack as late:
            return 0 if late.values["known"] > size else -1

    with ThreadPoolExecutor(16) as pool:
        signed = list(pool.map(one, [n * 7 % 300 + 1 for n in range(300)]))
    assert signer.last() == Checkpoint(ORIGIN, 300, TREE.root(300))
    assert max(signed) == 300
    assert -1 not in signed, "who was refused came too late, and was told so"


RACE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_signer import sign, Signer, RolledBack, OTHER, TREE
signer, tree = Signer.open(Path(sys.argv[1])), {"a": TREE, "b": OTHER}[sys.argv[2]]
for size in range(1, 60):
    try:
        sign(signer, size, tree)
        print(size)
    except RolledBack:
        pass
"""


def test_of_two_histories_at_once_only_one_is_signed(
    signer: Signer, file: Path
) -> None:
    here = str(Path(__file__).parent)
    running = {
        side: subprocess.Popen(
            [sys.executable, "-c", RACE, str(file), side, here],
            stdout=subprocess.PIPE,
            text=True,
        )
        for side in ("a", "b")
    }
    signed = {side: one.communicate()[0].split() for side, one in running.items()}
    assert all(one.returncode == 0 for one in running.values())
    assert sorted(len(sizes) for sizes in signed.values())[0] == 0
    assert signer.last().size == 59


# A signer that is killed: at each step of what reaches the disk, and after the last.

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_signer import sign, Signer
from engine.audit.signing import memory
from engine.proof.note import Note

steps = [int(sys.argv[2])]

def counted(whole):
    def step(*args, **named):
        if steps[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps[0] -= 1
        return whole(*args, **named)
    return step

signer = Signer.open(Path(sys.argv[1]))
memory.os.fsync = counted(os.fsync)
Path.replace = counted(Path.replace)
Note.signed = counted(Note.signed)
sign(signer, 200)
print("released")
"""


@pytest.mark.parametrize("step", range(5))
def test_a_signature_that_left_is_remembered(
    signer: Signer, file: Path, step: int
) -> None:
    sign(signer, 100)
    here = str(Path(__file__).parent)
    told = subprocess.run(
        [sys.executable, "-c", KILLED, str(file), str(step), here],
        capture_output=True,
        text=True,
        check=False,
    )
    size = Signer.open(file).last().size
    if step == 4:  # nobody killed it: sync, rename, sync, sign
        assert (told.returncode, told.stdout, size) == (0, "released\n", 200)
    else:
        assert (told.returncode, told.stdout) == (-signal.SIGKILL, "")
        assert size == (100 if step < 2 else 200)
    with pytest.raises(RolledBack):
        sign(signer, size - 1)
    assert sign(signer, 200).size == 200
    assert sign(signer, 300).size == 300


def test_a_disk_that_is_full_lets_no_signature_out(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        sign(signer, 100)
    monkeypatch.undo()
    assert signer.last().size == 0
    assert sign(signer, 50).size == 50


def test_a_memory_holds_many_logs(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory")
    memory.begin()
    for n in range(20):
        memory.advance(Checkpoint(f"log{n}", 5, TREE.root(5)), lambda _: ())
    with pytest.raises(RolledBack):
        memory.advance(Checkpoint("log7", 4, TREE.root(4)), lambda _: ())
    assert [memory.known(f"log{n}").size for n in (0, 7, 19, 20)] == [5, 5, 5, 0]
