"""XES (IEEE 1849-2023): a trace an instance, or a node; an event an entry.

XML has no place for some characters that a text may hold: they become �, and stand
as they were in ``data``, the entry's own record as JSON.
"""

from __future__ import annotations

import json
import re
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Final, TypeAlias
from uuid import UUID, uuid5
from xml.sax.saxutils import quoteattr

from engine.audit.exports.cells import plain
from engine.audit.exports.record import Export, History, Record
from engine.core.events import Missed, Refused, Reported
from engine.words import bilingual

Value: TypeAlias = str | int | bool | datetime | UUID | None

NAMESPACE: Final = UUID("5a6b1c52-9d0e-5c3b-8f2e-3c1d2a4b5e6f")
"""Under which the ids of ours are made from what they name."""
EXTENSIONS: Final = (
    ("Concept", "concept", "concept"),
    ("Organizational", "org", "org"),
    ("Time", "time", "time"),
    ("Lifecycle", "lifecycle", "lifecycle"),
    ("Identity", "identity", "identity"),
)
HEAD: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2023" xes.features="" xmlns="http://www.xes-standard.org/">
"""
GLOBALS: Final = """\
  <global scope="trace">
    <string key="concept:name" value="-"/>
  </global>
  <global scope="event">
    <string key="concept:name" value="-"/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000000+00:00"/>
    <string key="lifecycle:transition" value="complete"/>
    <id key="identity:id" value="00000000-0000-0000-0000-000000000000"/>
  </global>
  <classifier name="Activity" scope="event" keys="concept:name"/>
  <classifier name="Activity and lifecycle" scope="event" \
keys="concept:name lifecycle:transition"/>
  <classifier name="Resource" scope="event" keys="org:resource"/>
  <string key="lifecycle:model" value="standard"/>
"""
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEPT: Final = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
"""In an attribute these would be read as blanks."""


def write(export: Export, out: BinaryIO) -> None:
    """Traces of instances as they are read; those of nodes by way of a spool."""
    out.write(HEAD.encode())
    for name, prefix, file in EXTENSIONS:
        uri = f"http://www.xes-standard.org/{file}.xesext"
        out.write(
            f'  <extension name="{name}" prefix="{prefix}" uri="{uri}"/>\n'.encode()
        )
    out.write(GLOBALS.encode())
    traces = _by_node if export.case == "node" else _by_instance
    for history in export.histories:
        for part in traces(history):
            out.write(part)
    out.write(b"</log>\n")


def _by_instance(history: History) -> Iterator[bytes]:
    yield _opened(_of_instance(history))
    for record in history.records():
        yield event_of(record)
    yield b"  </trace>\n"


def _by_node(history: History) -> Iterator[bytes]:
    """Events go to the disk once; of each only its place there is remembered."""
    places: dict[str, array[int]] = {}
    with tempfile.TemporaryFile() as spool:
        for record in history.records():
            written = event_of(record)
            place = places.setdefault(record.entry.node or "", array("Q"))
            place.extend((spool.tell(), len(written)))
            spool.write(written)
        for path, place in places.items():
            yield _opened(_of_node(history, path))
            for start, size in zip(place[::2], place[1::2], strict=True):
                spool.seek(start)
                yield spool.read(size)
            yield b"  </trace>\n"


def _opened(attributes: Iterable[tuple[str, Value]]) -> bytes:
    return ("  <trace>\n" + _written(attributes, "    ")).encode()


def _of_instance(history: History) -> Iterator[tuple[str, Value]]:
    head = history.head
    yield "concept:name", head.instance
    yield "identity:id", uuid5(NAMESPACE, head.instance)
    yield "title", history.title
    yield "plan", history.plan.id
    yield "plan_digest", head.plan
    yield "simulated", head.simulated
    yield "entries", head.revision
    yield "hash", head.hash.hex()


def _of_node(history: History, path: str) -> Iterator[tuple[str, Value]]:
    """What belongs to no node is a trace of the instance itself."""
    name = f"{history.instance}/{path}" if path else history.instance
    yield "concept:name", name
    yield "identity:id", uuid5(NAMESPACE, name)
    yield "instance", history.instance
    yield "plan", history.plan.id
    yield "plan_digest", history.head.plan
    if path:
        yield "node", path


def event_of(record: Record) -> bytes:
    """An entry as an event, with everything that it records."""
    files = "".join(
        f'          <string key="sha256" value={_text(str(one["sha256"]))}/>\n'
        for one in record.papers()
    )
    listed = f'      <list key="files">\n        <values>\n{files}        </values>\n'
    return "".join(
        (
            "    <event>\n",
            _written(_of_event(record), "      "),
            f"{listed}      </list>\n" if files else "",
            "    </event>\n",
        )
    ).encode()


def _of_event(record: Record) -> Iterator[tuple[str, Value]]:
    """What the standard has a name for first, then what it has none for."""
    entry = record.entry
    yield "concept:name", record.activity()
    yield "time:timestamp", record.at
    yield "org:resource", entry.actor
    yield "org:role", record.role or None
    yield "lifecycle:transition", transition_of(record)
    yield "identity:id", uuid5(NAMESPACE, record.id)
    yield from _of_act(record)
    yield "led_by", plain(record.said("cause"))
    yield "command", plain(record.said("cmd"))
    yield "recorded", record.moment(record.said("rec"))
    yield "plan", plain(record.said("plan"))
    yield "simulated", bool(record.body.get("simulated", False))
    yield "hash", entry.hash.hex()
    yield "previous", record.body.get("prev")
    yield "data", json.dumps(record.data, ensure_ascii=False)


def _of_act(record: Record) -> Iterator[tuple[str, Value]]:
    entry, event, node = record.entry, record.event, record.node
    language = record.history.language
    yield "instance", entry.instance
    yield "seq", entry.seq
    yield "type", entry.type
    yield "node", entry.node
    yield "kind", node.kind.name if node else None
    yield "title", bilingual(node.title, language) if node else None
    yield "move", record.move
    yield "from", record.source
    yield "to", record.target
    yield "round", record.round
    yield "cause", record.cause
    yield "behalf_of", record.right.get("behalf_of")
    yield "due", record.moment(getattr(event, "due", None))
    yield "occurred", record.moment(getattr(event, "occurred", None))
    yield "text", record.history.told(event)
    yield "reasons", "\n".join(record.reasons()) or None


def transition_of(record: Record) -> str:
    """The standard's word: what an entry records has happened, whole, or has not."""
    match record.event:
        case Refused():
            return "unknown"
        case Missed():
            return "autoskip"
        case Reported(outcome="failed"):
            return "ate_abort"
    return "complete"


def _written(attributes: Iterable[tuple[str, Value]], indent: str) -> str:
    return "".join(
        f"{indent}{_attribute(key, value)}\n"
        for key, value in attributes
        if value is not None
    )


def _attribute(key: str, value: Value) -> str:
    match value:
        case bool():
            return f'<boolean key="{key}" value="{str(value).lower()}"/>'
        case int():
            return f'<int key="{key}" value="{value}"/>'
        case datetime():
            return f'<date key="{key}" value="{value.isoformat("T", "microseconds")}"/>'
        case UUID():
            return f'<id key="{key}" value="{value}"/>'
    text = _escaped(value) if key == "data" else value
    return f'<string key="{key}" value={_text(str(text))}/>'


def _escaped(text: Value) -> str:
    """JSON has its own way to write what XML cannot hold."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", str(text))


def _text(text: str) -> str:
    return quoteattr(_NO_XML.sub("\ufffd", text), _KEPT)
