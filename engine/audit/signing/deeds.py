"""What the office does with the history itself: entries of the log's own.

    journal.log.enter(exported(now, form="csv", instances=("o",), ...))

Each is a :data:`engine.ports.Deed`: it is told of the state of the log after which its
entry stands. Their form is docs/history-format.md §1; those that are about who signs
are made in :mod:`engine.audit.signing.keys`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from engine.ports import Deed, Draft, Json, LogState

TYPES: Final = (
    "sealed",
    "exported",
    "retried",
    "migrated",
    "rekeyed",
    "revoked",
    "restored",
)
"""Of the log's own entries, in the order of the page."""


def exported(
    now: datetime,
    *,
    form: str,
    instances: Sequence[str] | None,
    file: tuple[int, str],
    size: int | None = None,
    actor: str | None = None,
) -> Deed:
    """Something was written for others to read; ``instances`` None: the whole log.

    ``file`` is its length in bytes and its SHA-256 in hex. ``size`` is how much of the
    log it shows; None: all that has a place now.
    """

    def told(state: LogState) -> Draft:
        length, digest = file
        said: dict[str, Json] = {
            "form": form,
            "scope": "log" if instances is None else sorted(instances),
            "size": state.size if size is None else size,
            "digest": digest,
            "bytes": length,
        }
        return Draft(at=now, type="exported", actor=actor, payload=said)

    return told


def retried(now: datetime, *, keys: Sequence[str], actor: str | None = None) -> Deed:
    """Somebody had requests taken again as if they were new."""
    draft = Draft(at=now, type="retried", actor=actor, payload={"keys": list(keys)})
    return lambda _: draft
