"""Who holds a file, by the entries that have its digest in them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.holding import kept_by, let_go
from engine.journal.codec import decode


def holders(digest: str, bodies: Iterable[tuple[str, bytes]]) -> list[str]:
    """Instances, by name; ``bodies``: of each its entries, in their order."""
    found: dict[str, bool] = {}
    for name, body in bodies:
        found[name] = _holds(digest, body, before=found.get(name, False))
    return sorted(name for name, is_held in found.items() if is_held)


def _holds(digest: str, body: bytes, *, before: bool) -> bool:
    """After an entry; one that somebody damaged may have named it, so it stays."""
    try:
        entry = decode(body)
        gone = let_go(entry["type"], entry["data"])
        return digest in kept_by(entry["data"]) or (before and digest not in gone)
    except (ValueError, TypeError, KeyError, AttributeError):
        return True
