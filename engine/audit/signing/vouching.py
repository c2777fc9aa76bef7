"""What keys of a log sign about each other, and whether an entry is rightly signed.

    text = handover(origin, size, old, new)     # both keys sign it
    text = revocation(said)                     # the key that goes on signs it

Both name their place in the log, so that no signature is of use at another. Source:
docs/history-format.md §4. Whether the key that signed is to be believed is not asked
here: that is for whoever has a policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.errors import BadKey, Untrusted
from engine.journal.codec import text_of
from engine.ports import Json
from engine.proof.note import VerifierKey, decoded

HANDOVER: Final = "plangate rekeyed 1"
REVOCATION: Final = "plangate revoked 1"
"""First lines of what is signed: no checkpoint begins so."""


def handover(origin: str, size: int, old: str, new: str) -> str:
    """The text that both keys sign; ``old`` and ``new`` are verifier keys."""
    return f"{HANDOVER}\n{origin}\n{size}\n{old}\n{new}\n"


def revocation(said: Mapping[str, Json]) -> str:
    """The text that the key that goes on signs: all that the entry says but this."""
    rest = {name: one for name, one in said.items() if name != "signed"}
    return f"{REVOCATION}\n{text_of(rest)}\n"


def is_signed(kind: str, said: Any, position: int) -> bool:
    """Whether the `data` of an entry about keys is of its place, and its keys signed.

    True of a kind that nobody signs; False for whatever has not the form.
    """
    if kind not in _SIGNED:
        return True
    try:
        text, signed = _SIGNED[kind](said)
        for key, signature in signed.items():
            VerifierKey.parse(key).verify(text, decoded(signature) or b"")
    except (KeyError, TypeError, ValueError, AttributeError, BadKey, Untrusted):
        return False
    return bool(said["size"] == position)


def _of_handover(said: Any) -> tuple[str, dict[str, str]]:
    text = handover(said["origin"], said["size"], said["old"], said["new"])
    return text, {said["old"]: said["signed_old"], said["new"]: said["signed_new"]}


def _of_revocation(said: Any) -> tuple[str, dict[str, str]]:
    return revocation(said), {said["new"]: said["signed"]}


_SIGNED: Final = {"rekeyed": _of_handover, "revoked": _of_revocation}
