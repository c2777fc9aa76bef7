"""``plangate verify``: whether everything is as it was written.

Exit codes: 0 whole · 1 defects · 3 unreadable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session, as_json, command
from engine.cli.layout import columns, wrapped
from engine.cli.office import about_keys
from engine.errors import UnknownInstance
from engine.words import LANGUAGES, say

if TYPE_CHECKING:
    from engine.audit.verify import Defect, Verified
    from engine.ports import Head
    from engine.runtime.service import Service


@command("verify", database=True)
@click.argument("instance", required=False)
@as_json
def run(session: Session, *, instance: str | None, is_json: bool) -> int:
    """Chain, replay, facts, timers, requests, attachments and plan of an instance."""
    from engine.audit.verify import verify

    service = session.service()
    found = [
        verify(service.journal, head, service.open_plan)
        for head in _heads(service, instance)
    ]
    is_whole = not any(one.defects for one in found)
    if is_json:
        session.print_json(
            {"whole": is_whole, "instances": [_shape(one) for one in found]}
        )
    else:
        for one in found:
            _print(session, one)
        if not found:
            session.print(session.say("view.no_instances"))
        about_keys(session, service)
    return 0 if is_whole else 1


def _heads(service: Service, instance: str | None) -> list[Head]:
    if instance is None:
        return list(service.journal.heads())
    head = service.journal.head(instance)
    if head is None:
        raise UnknownInstance(instance=instance)
    return [head]


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
        "defects": [
            {
                "code": defect.code,
                "instance": defect.instance,
                "entry": defect.seq,
                "text": {lang: _told(defect, lang) for lang in LANGUAGES},
            }
            for defect in one.defects
        ],
    }


def _told(defect: Defect, language: str) -> str:
    return say(defect.code, language, **defect.values)


def _print(session: Session, one: Verified) -> None:
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
        line = session.say(
            "view.defect_beside" if defect.seq is None else "view.defect",
            seq=defect.seq,
            text=_told(defect, session.language),
            code=defect.code,
        )
        session.print(wrapped(line, columns(), first="  ", rest="    "))
    session.print(f"  {session.say('view.last_hash', hash=one.hash)}")
