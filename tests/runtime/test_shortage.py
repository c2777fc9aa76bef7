"""What a process lacks is told as such, wherever it comes up."""

from __future__ import annotations

import errno
import os

import pytest

from engine import words
from engine.errors import BadInput, NoHandles, NoMemory, Unavailable
from engine.runtime.shortage import raise_shortage, shortage_of


def replaced(first: Exception) -> Exception:
    """An error that says nothing of the one that it was raised instead of."""
    try:
        try:
            raise first
        except type(first):
            raise BadInput(node="", move="", what="?") from None
    except BadInput as found:
        return found


@pytest.mark.parametrize(
    ("wrong", "lacks"),
    [
        (MemoryError(), NoMemory),
        (OSError(errno.ENOMEM, "no memory"), NoMemory),
        (ImportError(f"x.so: {os.strerror(errno.ENOMEM)}"), NoMemory),
        (ImportError("x.so: failed to map segment from shared object"), NoMemory),
        (OSError(errno.EMFILE, "too many"), NoHandles),
        (OSError(errno.ENFILE, "too many"), NoHandles),
        (BlockingIOError(errno.EAGAIN, "no process"), NoHandles),
        (ImportError(f"x.so: {os.strerror(errno.EMFILE)}"), NoHandles),
        (RuntimeError("can't start new thread"), NoHandles),
        (replaced(OSError(errno.EMFILE, "too many")), NoHandles),
        (replaced(MemoryError()), NoMemory),
        (NoMemory(detail="?"), NoMemory),
        (OSError(errno.ENOENT, "no file"), None),
        (ImportError("no module"), None),
        (RuntimeError("a bug"), None),
        (Unavailable(detail="no route to host"), None),
        (replaced(ValueError()), None),
    ],
)
def test_each_comes_from_what_it_lacks(
    wrong: Exception, lacks: type[Unavailable] | None
) -> None:
    found = shortage_of(wrong)
    assert (None if found is None else type(found)) == lacks
    if found is None:
        raise_shortage(wrong)
    else:
        with pytest.raises(type(found)):
            raise_shortage(wrong)


@pytest.mark.parametrize(
    ("sort", "setting"), [(NoMemory, "MemoryMax"), (NoHandles, "LimitNOFILE")]
)
def test_it_is_said_with_what_to_do_in_both_languages(
    sort: type[Unavailable], setting: str
) -> None:
    wrong = sort(detail="?")
    assert sort.exit_code == 4
    for language in words.LANGUAGES:
        assert setting in wrong.say(language)
        assert "--seats" in wrong.say(language)
