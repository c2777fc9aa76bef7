"""Which files an instance holds: it names them, and has not let go of them since.

Whoever had a file erased has let go of it, also where its bytes stayed because others
held it: so the last one's erasure takes the bytes (docs/history-format.md §8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.core.inputs import files_in


def kept_by(data: Mapping[str, Any]) -> Iterator[str]:
    """The SHA-256 of every file that an entry's ``data`` wants kept.

    Not of those in ``why`` alone: gates go on reading a field whose file is erased.
    """
    yield from files_in({name: one for name, one in data.items() if name != "why"})
    did = data.get("did")
    for line in did if isinstance(did, (list, tuple)) else ():
        match line:
            case ["version", _, {"digest": str(digest)}]:
                yield digest


def let_go(type_: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that an entry lets go of; of any but ``erased`` none."""
    return (*data["files"], *data["shared"]) if type_ == "erased" else ()
