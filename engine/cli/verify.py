"""``plangate verify``: whether everything is as it was written.

Exit codes: 0 whole · 1 defects · 2 something that was asked for is not decidable ·
3 unreadable.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli.command import Session, as_json, command
from engine.cli.given import GIVEN, read_given
from engine.cli.layout import columns, wrapped
from engine.cli.office import about_keys
from engine.cli.progress import counted
from engine.errors import BadKey, BadNote, BadPolicy, UnknownInstance
from engine.words import LANGUAGES, say

if TYPE_CHECKING:
    from engine.audit.verifying.anchor import Anchor, Undecided
    from engine.audit.verifying.defects import Defect
    from engine.audit.verifying.strays import Strays
    from engine.audit.verifying.verify import Verified
    from engine.audit.verifying.whole_log import LogVerified
    from engine.runtime.service import Service

DEFECTS: Final = 1
UNDECIDED: Final = 2
UNREADABLE: Final = 3


@command("verify", database=True)
@click.argument("instance", required=False)
@click.option("--log", "is_log", is_flag=True, help="log.opt_log")
@click.option("--checkpoint", type=GIVEN, metavar="FILE", help="log.opt_checkpoint")
@click.option("--policy", type=GIVEN, metavar="FILE", help="seal.opt_policy")
@click.option("--bundle", type=GIVEN, metavar="FILE", help="log.opt_bundle")
@as_json
def run(
    session: Session,
    *,
    instance: str | None,
    is_log: bool,
    checkpoint: Path | None,
    policy: Path | None,
    bundle: Path | None,
    is_json: bool,
) -> int:
    """The log over all instances, and of each chain, replay and all beside it."""
    if bundle is not None:
        if instance is not None or is_log:
            raise click.UsageError(session.say("log.bundle_alone"))
        beside = {"--policy": policy, "--checkpoint": checkpoint}
        return _bundle(session, bundle, beside, is_json=is_json)
    if instance is not None and (is_log or checkpoint is not None or policy):
        raise click.UsageError(session.say("log.no_instance"))
    try:
        anchor = _anchor(checkpoint, policy)
    except (BadNote, BadPolicy, BadKey) as wrong:
        session.warn(wrong.say(session.language))
        return UNREADABLE
    service = session.service()
    if instance is not None:
        told = _Told(instances=[_one(service, instance)])
    else:
        log = _log(session, service, anchor)
        told = _Told(
            instances=[] if is_log else _instances(session, service),
            strays=None if is_log else _strays(service),
            log=log,
            anchor=anchor,
        )
    if is_json:
        session.print_json(told.shape())
    else:
        _print(session, told)
        about_keys(session, service)
    return told.exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """All that was looked at. ``log`` None: one instance only."""

    instances: list[Verified]
    strays: Strays | None = None
    log: LogVerified | None = None
    anchor: Anchor | None = None

    def log_defects(self) -> list[Defect]:
        """Of the log, and not told of an instance already."""
        if self.log is None or self.anchor is None:
            return []
        told = {_place(one) for each in self.instances for one in each.defects}
        anchored = (*self.anchor.defects, *self.anchor.against(self.log))
        mine = [one for one in self.log.defects if _place(one) not in told]
        return [*anchored, *mine]

    @property
    def is_whole(self) -> bool:
        strays = () if self.strays is None else self.strays.defects
        mine = any(one.defects for one in self.instances)
        return not (self.log_defects() or strays or mine)

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        return () if self.anchor is None else self.anchor.undecided

    @property
    def exit_code(self) -> int:
        if not self.is_whole:
            return DEFECTS
        return UNDECIDED if self.undecided else 0

    def shape(self) -> dict[str, Any]:
        return {
            "whole": self.is_whole,
            "instances": [_shape(one) for one in self.instances],
            "log": None if self.log is None else self.log_shape(self.log),
            "strays": None if self.strays is None else _strays_shape(self.strays),
            "checkpoint": None if self.anchor is None else _signed(self.anchor),
            "undecided": [
                {"code": one.code, "text": _texts(one)} for one in self.undecided
            ],
        }

    def log_shape(self, log: LogVerified) -> dict[str, Any]:
        defects = self.log_defects()
        return {
            "whole": not defects,
            "size": log.size,
            "root": log.root.hex(),
            "sealed": log.sealed,
            "waiting": log.waiting,
            "instances": log.instances,
            "at": _latest(log),
            "defects": [
                {
                    "code": one.code,
                    "position": one.position,
                    "instance": one.instance,
                    "entry": one.seq,
                    "text": _texts(one),
                }
                for one in defects
            ],
        }


def _place(one: Defect) -> tuple[str, str, int | None]:
    return one.code, one.instance, one.seq


# -- looking


def _bundle(
    session: Session, file: Path, beside: Mapping[str, Path | None], *, is_json: bool
) -> int:
    """The one-file verifier's words and codes go through as they are."""
    from engine import verifier

    asked = [str(file), "--lang", session.language]
    for option, path in beside.items():
        asked += [] if path is None else [option, str(path)]
    asked += ["--json"] if is_json else []
    try:
        return verifier.main(asked)
    finally:
        gc.enable()


def _anchor(checkpoint: Path | None, policy: Path | None) -> Anchor:
    from engine.audit.verifying.anchor import anchor

    given = [None if one is None else read_given(one) for one in (checkpoint, policy)]
    return anchor(*given)


def _one(service: Service, instance: str) -> Verified:
    from engine.audit.verifying.verify import verify

    head = service.journal.head(instance)
    if head is None:
        raise UnknownInstance(instance=instance)
    return verify(service.journal, head, service.open_plan)


def _log(session: Session, service: Service, anchor: Anchor) -> LogVerified:
    from engine.audit.verifying import whole_log
    from engine.audit.verifying.processes import processes_at_hand
    from engine.bootstrap import reopening

    with counted(session.say("log.reading")) as progress:
        return whole_log.verify(
            service.journal,
            sizes=anchor.sizes,
            reopen=reopening(session.address),
            processes=processes_at_hand(),
            progress=progress,
        )


def _instances(session: Session, service: Service) -> list[Verified]:
    from engine.audit.verifying.instances import verify_all
    from engine.audit.verifying.processes import processes_at_hand
    from engine.bootstrap import reopening

    count, found = len(service.journal.heads()), []
    looks = verify_all(
        service.journal,
        service.open_plan,
        reopen=reopening(session.address),
        processes=processes_at_hand(),
    )
    with counted(session.say("log.replaying")) as progress:
        for one in looks:
            found.append(one)
            progress(len(found), count)
    return found


def _strays(service: Service) -> Strays:
    from engine.audit.verifying.strays import strays

    return strays(service.journal)


# -- telling


def _shape(one: Verified) -> dict[str, Any]:
    return {
        "instance": one.instance,
        "whole": not one.defects,
        "revision": one.revision,
        "at": one.at.isoformat(),
        "hash": one.hash,
        "plan": one.plan,
        "simulated": one.simulated,
        "facts": one.facts,
        "attachments": one.attachments,
        "defects": [_defect_shape(defect) for defect in one.defects],
    }


def _defect_shape(one: Defect) -> dict[str, Any]:
    return {
        "code": one.code,
        "instance": one.instance,
        "entry": one.seq,
        "text": _texts(one),
    }


def _strays_shape(one: Strays) -> dict[str, Any]:
    return {
        "defects": [_defect_shape(defect) for defect in one.defects],
        "files": list(one.files),
        "plans": list(one.plans),
    }


def _signed(anchor: Anchor) -> dict[str, Any] | None:
    if anchor.checkpoint is None:
        return None
    return {
        "origin": anchor.checkpoint.origin,
        "size": anchor.checkpoint.size,
        "root": anchor.checkpoint.root.hex(),
        "signers": list(anchor.signers),
        "witnesses": list(anchor.witnesses),
    }


def _texts(one: Defect | Undecided) -> dict[str, str]:
    return {lang: _text(one, lang) for lang in LANGUAGES}


def _text(one: Defect | Undecided, language: str) -> str:
    return say(one.code, language, **one.values)


def _latest(log: LogVerified) -> str | None:
    from engine.journal.codec import moment

    return moment(log.latest).isoformat() if log.latest else None


def _print(session: Session, told: _Told) -> None:
    for one in told.instances:
        _print_instance(session, one)
    if told.log is None:
        return
    if not told.log.instances and not told.instances:
        session.print(session.say("view.no_instances"))
    if told.strays is not None:
        _print_strays(session, told.strays)
    _print_log(session, told.log, told.log_defects())
    if told.anchor is not None:
        _print_anchor(session, told.anchor)
        _print_open(session, told.log, told.anchor)


def _print_instance(session: Session, one: Verified) -> None:
    said = session.say(
        "view.damaged" if one.defects else "view.whole",
        instance=one.instance,
        count=len(one.defects),
        revision=one.revision,
        at=f"{one.at:%Y-%m-%d %H:%M} UTC",
        facts=one.facts,
        attachments=one.attachments,
    )
    session.print(wrapped(said, columns(), rest="  "))
    for defect in one.defects:
        _print_defect(session, defect)
    session.print(f"  {session.say('view.last_hash', hash=one.hash)}")


def _print_defect(session: Session, defect: Defect) -> None:
    line = session.say(
        "view.defect_beside" if defect.seq is None else "view.defect",
        seq=defect.seq,
        text=_text(defect, session.language),
        code=defect.code,
    )
    session.print(wrapped(line, columns(), first="  ", rest="    "))


def _print_strays(session: Session, strays: Strays) -> None:
    """What is beside all histories; and, as no defect, what nobody names."""
    if strays.defects:
        session.print(session.say("view.strays", count=len(strays.defects)))
    for defect in strays.defects:
        _print_defect(session, defect)
    for code, left in (("files", strays.files), ("plans", strays.plans)):
        if left:
            said = {"count": len(left), "digest": left[0]}
            line = session.say(f"audit.unnamed_{code}", **said)
            session.print(wrapped(line, columns(), rest="  "))


def _print_log(session: Session, log: LogVerified, defects: list[Defect]) -> None:
    at = _latest(log)
    said = session.say(
        "log.damaged" if defects else "log.whole",
        count=len(defects),
        size=log.size,
        at=session.say("log.none")
        if at is None
        else f"{at[:16].replace('T', ' ')} UTC",
        instances=log.instances,
        waiting=log.waiting,
        sealed=log.sealed,
    )
    session.print(wrapped(said, columns(), rest="  "))
    for one in defects:
        line = f"{_text(one, session.language)} ({one.code})"
        if one.instance not in line and one.seq is not None:
            line = f"{one.instance} {line}"
        if one.position is not None and str(one.position) not in line:
            line = session.say("log.at_position", position=one.position, text=line)
        session.print(wrapped(line, columns(), first="  ", rest="    "))
    session.print(session.say("log.root", root=log.root.hex()))


def _print_anchor(session: Session, anchor: Anchor) -> None:
    if anchor.checkpoint is None:
        return
    nobody = session.say("log.no_one")
    said = session.say(
        "log.signed",
        size=anchor.checkpoint.size,
        origin=anchor.checkpoint.origin,
        signers=list(anchor.signers) or nobody,
        witnesses=list(anchor.witnesses) or nobody,
    )
    session.print(wrapped(said, columns(), rest="  "))


def _print_open(session: Session, log: LogVerified, anchor: Anchor) -> None:
    """What nobody can know from what was given."""
    said = [_text(one, session.language) for one in anchor.undecided]
    since = log.size + log.waiting - log.sealed
    if since:
        said.append(session.say("log.unsealed", count=since))
    if anchor.checkpoint is None and not anchor.undecided:
        said.append(session.say("log.no_checkpoint"))
    for text in said:
        line = session.say("log.undecided", text=text)
        session.print(wrapped(line, columns(), rest="  "))
