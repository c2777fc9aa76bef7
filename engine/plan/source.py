from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import yaml

from engine.plan.faults import Place


@dataclass(frozen=True, slots=True)
class Scalar:
    text: str
    quoted: bool
    place: Place

    def plain(self):
        return self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple
    place: Place

    def plain(self):
        return [i.plain() for i in self.items]


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: tuple
    place: Place

    def get(self, name):
        for k, v in self.entries:
            if k.text == name:
                return v
        return None

    def key(self, name):
        for k, v in self.entries:
            if k.text == name:
                return k
        return None

    def keys(self):
        return tuple(k.text for k, _ in self.entries)

    def plain(self):
        return {k.text: v.plain() for k, v in self.entries}


Value = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    text: str
    tree: Mapping

    @property
    def digest(self):
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def id(self):
        for k in ("plan", "kind", "scenario"):
            v = self.tree.get(k)
            if v is not None:
                return v.text
        return self.name


def parse(text, name):
    if isinstance(text, bytes):
        text = text.decode()
    node = yaml.compose(text, Loader=yaml.CSafeLoader)

    def conv(n):
        place = Place(name, n.start_mark.line + 1, n.start_mark.column + 1)
        if isinstance(n, yaml.ScalarNode):
            return Scalar(
                unicodedata.normalize("NFC", n.value), n.style is not None, place
            )
        if isinstance(n, yaml.SequenceNode):
            return Sequence(tuple(conv(x) for x in n.value), place)
        return Mapping(tuple((conv(k), conv(v)) for k, v in n.value), place)

    return Source(name, text, conv(node))


def read(path):
    return parse(Path(path).read_text(encoding="utf-8"), str(path))
