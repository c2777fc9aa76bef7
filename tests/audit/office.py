"""A small office's database in which every table has rows."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from engine.audit.past.snapshots import snapshot_of
from engine.audit.verifying import whole_log
from engine.audit.verifying.defects import Defect
from engine.audit.verifying.strays import strays
from engine.audit.verifying.verify import verify
from engine.core.commands import Do, Report
from engine.core.inputs import File
from engine.journal.opening import open_journal
from engine.plan.library import from_bundle
from engine.ports import Letter
from engine.testing import Play, paper

PLAN: Final = """
plan: example/office
title: 一个办公室
window: {from: 2009-04-11, to: 2009-08-31}
leader: 甲
parties: {people: {甲: {}, 乙: {}, 丙: {}}}
registers:
  意见: {title: 意见, item: suggestion, by: [甲, 乙]}
stages:
- id: 阶段
  links:
  - id: 环节
    owner: 甲
    do:
    - {id: 征求, kind: opinion_round, via: [谈话], into: 意见, owner: 乙}
    - {id: 会议, kind: meeting, attend: [甲, 乙, 丙]}
    - {id: 办, kind: task, owner: 甲}
    - {id: 每日, kind: span, recurs: {every: 1 days, at: 09:00}}
"""
NAMES: Final = ("甲案", "乙案")
MADE: Final = b"made by an action"


def furnish(url: str) -> None:
    """Two instances of one plan, with acts, letters, papers and personal values.

    What came first has its place and a seal; what came last waits for a place.
    """
    with open_journal(url) as journal:
        plays = [Play.of(PLAN, journal=journal, id=name) for name in NAMES]
        for number, play in enumerate(plays):
            convene(play)
            _collect(play, number)
        journal.log.seal(plays[0].now)
        for play in plays:
            _hand_in(play)
            *_, last = journal.entries(play.id)
            stands = play.service.look(play.id).instance
            journal.put_snapshots([snapshot_of(stands, last)])


def convene(play: Play) -> None:
    """A meeting is called: one of what it asked for has come to its end."""
    command = Do(
        node="会议",
        move="convene",
        actor="甲",
        inputs={"place": "会议室", "starts": "2009-04-20T10:00:00+08:00"},
    )
    play.service.do(play.id, command, now=play.now, key=f"{play.id} convene")
    told, *_ = play.journal.open_requests(instance=play.id)
    play.now += timedelta(minutes=5)
    made = {"name": "made.txt", "sha256": _digest(MADE), "size": len(MADE)}
    report = Report(
        key=told.key,
        node=told.node,
        outcome="succeeded",
        detail="inbox: 甲, 乙",
        files=(made,),
    )
    play.service.report(
        play.id,
        report,
        now=play.now,
        blobs={_digest(MADE): MADE},
        letters=[_letter(play, told, n, who) for n, who in enumerate("甲乙", 1)],
    )


def _letter(play: Play, told: Any, number: int, party: str) -> Letter:
    return Letter(
        party=party,
        key=f"{told.key}/{number}",
        instance=play.id,
        node=told.node,
        at=play.now,
        text=f"请 {party} 到会",
    )


def _collect(play: Play, number: int) -> None:
    play.do("征求", "collect", who="乙", text=f"说他工作拖拉 {number}", channel="谈话")


def _hand_in(play: Play) -> None:
    one: File = paper(f"evidence of {play.id}")
    content = f"evidence of {play.id}".encode()
    command = Do(node="办", move="finish", actor="甲", inputs={"evidence": one})
    play.service.do(
        play.id,
        command,
        now=play.now,
        blobs={one.sha256: content},
        key=f"{play.id} finish",
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def altered(whole: Path, copy: Path, *statements: str) -> list[Defect]:
    """What ``plangate verify`` tells of a copy on which somebody ran statements."""
    shutil.copy(whole, copy)
    unguarded(copy)
    with sqlite3.connect(copy) as database:
        for statement in statements:
            assert database.execute(statement).rowcount, statement
    database.close()
    return found(f"sqlite:///{copy}")


def unguarded(file: Path) -> None:
    """Whoever has the file can take away what guards its tables."""
    asked = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with sqlite3.connect(file) as database:
        for (name,) in database.execute(asked).fetchall():
            database.execute(f"DROP TRIGGER {name}")
    database.close()


def found(url: str) -> list[Defect]:
    """All that ``plangate verify`` looks at."""
    with open_journal(url) as journal:
        told = [*whole_log.verify(journal).defects]
        for head in journal.heads():
            told += verify(journal, head, opened).defects
        told += strays(journal).defects
    return told


opened = cache(from_bundle)
"""The same bytes are the same plan."""
