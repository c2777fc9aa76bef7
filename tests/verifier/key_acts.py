"""Entries about keys and epochs, made and forged, and a bundle that has them."""

import base64
import io
import json
from typing import Any

from engine.verifier import Report, verify
from tests.verifier.bundles import (
    ORIGIN,
    Entry,
    Log,
    Signer,
    Written,
    bundle,
    checkpoint,
    proofs,
    quiet,
    tree_root,
    zipped,
)

E2 = f"{ORIGIN}/e2"


def act(log: Log, kind: str, data: Entry) -> int:
    """An entry about keys, which names the one before it; its position."""
    before = keys_of(log)
    log.add("~log", kind, data if before is None else {**data, "before": before})
    return len(log.lines) - 1


def keys_of(log: Log) -> int | None:
    kinds = [json.loads(line)["type"] for line in log.lines]
    about = [n for n, kind in enumerate(kinds) if kind in ("rekeyed", "revoked")]
    about += [n for n, kind in enumerate(kinds) if kind == "restored"]
    return max(about, default=None)


def seal(log: Log, **keys: Any) -> None:
    """A seal that names the last entry about keys, or what it is told to."""
    keys = keys or ({"keys": keys_of(log)} if keys_of(log) is not None else {})
    last = len(log.lines)
    log.spoil[last] = lambda entry: entry["data"].update(keys)
    log.seal()


def handover(old: Signer, new: Signer, size: int, origin: str = ORIGIN) -> Entry:
    lines = ("plangate rekeyed 1", origin, str(size), old.vkey, new.vkey)
    text = "".join(f"{line}\n" for line in lines).encode()
    return {
        "origin": origin,
        "size": size,
        "old": old.vkey,
        "new": new.vkey,
        "signed_old": base64.b64encode(old.private.sign(text)).decode(),
        "signed_new": base64.b64encode(new.private.sign(text)).decode(),
    }


def revoke(
    log: Log,
    old: Signer,
    new: Signer,
    *,
    after: int = 5,
    signer: Signer | None = None,
    **keys: Any,
) -> int:
    """`new` goes on and signs it, or somebody else does; the entry's position."""
    before = keys["before"] if "before" in keys else keys_of(log)
    said = {
        "origin": ORIGIN,
        "size": len(log.lines),
        "key": old.vkey,
        "new": new.vkey,
        "after": after,
        "approvers": ["甲", "乙"],
        "reason": "失窃",
        **({} if before is None else {"before": before}),
        **keys,
    }
    written = json.dumps(
        said, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    text = f"plangate revoked 1\n{written}\n".encode()
    signed = base64.b64encode((signer or new).private.sign(text)).decode()
    log.add("~log", "revoked", {**said, "signed": signed})
    return len(log.lines) - 1


def restored(log: Log, key: Signer, *, lost: int = 40, **keys: Any) -> Entry:
    note = checkpoint(lost, bytes(32), key).decode()
    said = {"origin": E2, "size": len(log.lines), "kept": 3, "checkpoint": note}
    return {**said, "approvers": ["甲", "乙"], "reason": "磁盘坏了", **keys}


def begun() -> tuple[Log, Signer, Signer]:
    return quiet(), Signer(ORIGIN, 1), Signer(ORIGIN, 1)


def scopes(log: Log) -> list[Any]:
    return ["log", [next(iter(sorted(set(log.heads) - {"~log"})))]]


def report_of(
    log: Log, signer: Signer, policy: str, scope: Any = "log", origin: str = ORIGIN
) -> Report:
    written = bundle(log, scope)
    size, root = len(log.lines), tree_root(log.leaves())
    written.members["checkpoint"] = checkpoint(size, root, signer, origin=origin)
    return verify(with_acts(written, log, scope), policy)


def with_acts(written: Written, log: Log, scope: Any) -> io.BytesIO:
    """A bundle of instances has the entries about keys beside them, with proofs."""
    if scope != "log":
        kinds = ("rekeyed", "revoked", "restored")
        shown = [
            n
            for n, line in enumerate(log.lines)
            if json.loads(line)["instance"] in scope
            or json.loads(line)["type"] in kinds
            or n == len(log.lines) - 1
        ]
        lines = [b"%d %s\n" % (n, log.lines[n]) for n in shown]
        written.members["entries"] = b"".join(lines)
        written.members["proofs"] = proofs(log, shown, scope)
    return io.BytesIO(zipped(written.members))


def policy_of(*keys: Signer) -> str:
    return "".join(f"log {key.vkey}\n" for key in keys) + "quorum none\n"
