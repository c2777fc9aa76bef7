"""After an erasure no column of no table has a byte of the value, whoever wrote it."""

from __future__ import annotations

import io
import random
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engine.audit.past import snapshots
from engine.audit.past.travel import UpTo, stood_at
from engine.bootstrap import installed_actions, open_service
from engine.core.commands import AskErasure, Do
from engine.core.events import Reported
from engine.core.instance import Instance
from engine.plan.library import load
from engine.proof.private import commitments_in
from engine.runtime.erasing import approve, meant
from engine.runtime.requests import Office
from engine.runtime.service import Service
from engine.runtime.worker import work_off
from engine.testing import START

HIDDEN = "说他<工作>从来拖拉，\n“三天打鱼”& two days off every week"
TRACES = ("从来拖拉", "三天打鱼", "two days off")
"""Parts of it that nothing else has."""

SHOUT = """
import html, json
from urllib.parse import quote
from pydantic import BaseModel, ConfigDict
from engine.action import *


class Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str


def shout(given, attempt):
    one_line = " ".join(given.text.split())
    ways = [one_line.upper(), html.escape(given.text), json.dumps(given.text),
            quote(given.text), one_line[:12] + "…"]
    return Done(
        detail="x" * 1_980 + one_line,
        messages=tuple(Message(to="甲", text=one) for one in ways),
        says=(Said(event="传到", note=ways[0]),),
        files=(Made(name=one_line + ".txt", content=b"made"),),
    )


def stumble(given, attempt):
    raise Failed(f"cannot send {given.text[:30]!r}")


def slip(given, attempt):
    return {}[given.text]


MADE = {
    name: Action(name=name, title={"zh": name, "en": name}, parameters=Parameters,
                 run=run, again={"zh": "-", "en": "-"})
    for name, run in (("shout", shout), ("stumble", stumble), ("slip", slip))
}
SHOUT, STUMBLE, SLIP = MADE["shout"], MADE["stumble"], MADE["slip"]
"""

KIND = """\
kind: complaint
title: 反映
extends: task
fields:
  into: {type: register, required: true, title: 台账}
moves:
- name: hear
  title: 受理
  from: open
  to: same
  by: owner
  takes: {text: {type: text, personal: true, title: 所说}}
  then:
  - add: {to: $into, fields: {text: $text}}
  - {action: shout, with: {text: $text}}
  - {action: stumble, with: {text: $text}}
  - {action: slip, with: {text: $text}}
  - {action: notify, with: {to: $owner, text: $text, reason: $text}}
  - {action: record, with: {event: 传到, note: $text}}
  - {action: record, with: {event: $text}}
  - {action: document, with: {name: $text, template: notice, values: {title: $text}}}
  - {action: document, with: {name: 通知, template: notice, values: {text: $text}}}
  - {action: document, with: {name: 通知, template: notice, values: {wrong: $text}}}
  - action: spreadsheet
    with:
      name: 台账
      columns: [{key: a, title: 内容, type: number}]
      rows: [{a: $text}]
  - {action: deliver, with: {to: $owner, what: $text}}
  - {action: calendar, with: {name: 日程, events: [{title: $text, starts: $text}]}}
  - {action: start, with: {plan: $text}}
  - {action: start, with: {plan: plan.yaml, id: $text}}
  - {action: publish, with: {what: $text, to: $owner, title: $text}}
  - {action: webhook, with: {url: $text}}
  - {action: mail, with: {to: $owner, subject: $text, text: $text}}
  - {action: command, with: {name: $text}}
"""
PLAN = """\
plan: example/everywhere
title: 处处
window: {from: 2009-04-11, to: 2009-04-30}
leader: 甲
parties: {people: {甲: {}, 乙: {}, 丙: {}}}
attempts: {slip: {tries: 2}}
registers:
  意见: {title: 意见, item: suggestion, by: [甲, 乙]}
stages:
- id: 阶段
  links:
  - {id: 环节, owner: 甲, do: [{id: 受理, kind: complaint, into: 意见}]}
"""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "complaint.yaml").write_text(KIND, "utf-8")
    (tmp_path / "plan.yaml").write_text(PLAN, "utf-8")
    (tmp_path / "shouting.py").write_text(SHOUT, "utf-8")
    for folder in ("pages", "programs"):
        (tmp_path / folder).mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    ours = {name: f"shouting:{name.upper()}" for name in ("shout", "stumble", "slip")}
    service = open_service(f"sqlite:///{tmp_path / 'x.db'}")
    yield Office(
        service,
        {**installed_actions(), **ours},
        load,
        settings={
            "PLANGATE_PAGES": str(tmp_path / "pages"),
            "PLANGATE_COMMANDS": str(tmp_path / "programs"),
        },
        random=random.Random(1),
    )
    service.journal.close()


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every column, as it is and as it reads when it is unpacked."""
    with sqlite3.connect(folder / "x.db") as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        for (table,) in tables.fetchall():
            rows = database.execute(f"SELECT * FROM {table}")
            columns = [one[0] for one in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    for one in unpacked(raw):
                        yield f"{table}.{column}", one
    database.close()


def unpacked(raw: bytes) -> Iterator[bytes]:
    yield raw
    with suppress(zlib.error):
        yield zlib.decompress(raw)
    if zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for name in archive.namelist():
                yield name.encode() + b"\n" + archive.read(name)


def places(folder: Path) -> dict[str, int]:
    """Where a trace of the hidden text is found, whatever its case; how often."""
    found: dict[str, int] = {}
    for place, raw in everything(folder):
        text = raw.decode(errors="replace").lower()
        escaped = (str(one.encode("unicode_escape"))[2:-1] for one in TRACES)
        if any(one.lower() in text for one in (*TRACES, *escaped)):
            found[place] = found.get(place, 0) + 1
    return found


def heard(office: Office) -> int:
    """The value is given, and all that was asked is done; the entry that has it."""
    service = office.service
    plan, bundle = load("plan.yaml")
    service.start(plan, bundle, instance="x", now=START)
    command = Do(node="受理", move="hear", actor="甲", inputs={"text": HIDDEN})
    entry = service.do("x", command, now=START).first
    now = START
    for _ in range(3):
        list(work_off(office, now))
    return entry


def reported(service: Service) -> list[Reported]:
    found = (service.decode(one)[0] for one in service.journal.entries("x"))
    return [one for one in found if isinstance(one, Reported)]


def erase(service: Service, entry: int, **what: Any) -> None:
    wanted = meant(service, "x", entry, **what)
    command = AskErasure(
        actor="丙",
        entry=entry,
        basis="本人要求",
        commitments=wanted.commitments,
        files=wanted.files,
    )
    asked = service.erasure("x", command, now=START).events[-1][0]
    for who in ("甲", "乙"):
        approve(service, "x", asked, actor=who, now=START)


def test_while_it_is_kept_it_stands_in_its_table_and_in_files_made_from_it(
    office: Office, tmp_path: Path
) -> None:
    heard(office)
    told = reported(office.service)
    assert {one.outcome for one in told} == {"succeeded", "failed"}
    assert len(told) > 12
    assert set(places(tmp_path)) == {"private.value", "blob.content"}


def test_when_it_and_the_files_are_erased_no_column_has_a_byte_of_it(
    office: Office, tmp_path: Path
) -> None:
    service, entry = office.service, heard(office)
    made = meant(service, "x", entry).made
    assert made
    erase(service, entry)
    assert set(places(tmp_path)) == {"blob.content"}
    for at in dict.fromkeys(at for at, _, _ in made):
        erase(service, at)
    assert places(tmp_path) == {}
    for file in tmp_path.glob("x.db*"):
        assert not any(one.encode() in file.read_bytes() for one in TRACES)


def test_what_is_shown_of_it_has_it_back_and_afterwards_a_sentence(
    office: Office,
) -> None:
    service, entry = office.service, heard(office)
    letters = [one.text for one in service.journal.inbox("甲")]
    assert any('{"private":"' in one for one in letters)
    assert not any(trace in one for one in letters for trace in TRACES)
    erase(service, entry)
    stored = service.look("x").known.fact("f/意见#1/text")
    assert list(commitments_in(stored))
    assert service.reader("x").opened(stored, "en") == "lawfully erased"


# -- snapshots


@pytest.fixture
def kept_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots of short histories, at every second entry."""
    monkeypatch.setattr(snapshots, "EVERY", 2)
    monkeypatch.setattr(snapshots, "SHARE", 10_000)


def stands(service: Service) -> Instance:
    """The instance as of its last entry, by its snapshots and what came after."""
    head = service.journal.head("x")
    assert head is not None
    fresh = Instance(id="x", plan=head.plan, simulated=head.simulated)
    return stood_at(service.journal, fresh, UpTo(head.revision))


@pytest.mark.usefixtures("kept_often")
def test_a_snapshot_has_the_commitment_and_never_the_value(
    office: Office, tmp_path: Path
) -> None:
    service, entry = office.service, heard(office)
    stands(service)
    (commitment,) = meant(service, "x", entry).commitments
    facts = [zlib.decompress(one.facts) for one in service.journal.snapshots("x")]
    assert any(commitment.encode() in one for one in facts)
    assert set(places(tmp_path)) == {"private.value", "blob.content"}


@pytest.mark.usefixtures("kept_often")
def test_a_snapshot_that_is_written_after_an_erasure_brings_nothing_back(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has read before the erasure, and keeps what he made only after it."""
    service, entry = office.service, heard(office)
    put = type(service.journal).put_snapshots
    late = open_service(f"sqlite:///{tmp_path / 'x.db'}")

    def slow(journal: Any, made: Any) -> None:
        monkeypatch.undo()
        made_of = meant(service, "x", entry).made
        erase(service, entry)
        for at in dict.fromkeys(at for at, _, _ in made_of):
            erase(service, at)
        put(journal, made)

    monkeypatch.setattr(type(service.journal), "put_snapshots", slow)
    before = stands(late)
    kept = [one.seq for one in late.journal.snapshots("x")]
    late.journal.close()
    assert kept
    assert max(kept) <= before.revision
    assert places(tmp_path) == {}
    assert dict(stands(service).facts) == dict(service.look("x").instance.facts)
