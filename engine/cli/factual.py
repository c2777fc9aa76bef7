"""What a gate looked at, as people call it; engine.core.instance has the keys.

A key of a sort that is not named here is shown as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.cli.telling import Telling
from engine.core.facts import moment
from engine.words import bilingual

MORE: Final = "…"
"""Stands for facts that were too many to be recorded one by one."""
NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of one plan's instances in one language."""

    telling: Telling

    def text(self, said: Any) -> str:
        return bilingual(said, self.telling.language)

    def title(self, key: str) -> str:
        """What a fact is about."""
        sort, _, rest = key.partition("/")
        match sort:
            case "n" | "e" | "x":
                return rest
            case "f":
                return self.field(*_cut(rest))
            case "d":
                return self.deliverable(rest.partition("/")[0])
            case "m":
                name, _, who = rest.partition("/")
                found = self.telling.plan.measures.get(name, NOTHING).get("title")
                return f"{self.text(found or name)} · {who}"
            case "r" if rest in self.telling.plan.registers:
                return self.text(self.telling.plan.registers[rest].title)
            case "a" if rest.count("/") == 2:  # noqa: PLR2004 -- path, round, move
                path, _, move = rest.split("/")
                return f"{path} · {self.telling.move(path, move)}"
        return key

    def field(self, path: str, name: str) -> str:
        node = self.telling.node(path)
        found = None if node is None else node.kind.fields.get(name)
        return f"{path} · {name if found is None else self.text(found.title)}"

    def deliverable(self, name: str) -> str:
        found = self.telling.plan.deliverables.get(name)
        return name if found is None else self.text(found.title)

    def value(self, key: str, value: Any) -> str:
        """What it was; raises nothing, whatever was recorded."""
        match key[:2], value:
            case "n/", [str() as state, int() as round_]:
                said = self.telling.state(key[2:], state)
                if round_ == 1:
                    return said
                return self.telling.say("view.in_round", state=said, round=round_)
            case "e/", {"at": str() as at} if "T" in at:
                zone = self.telling.plan.zone
                return f"{moment(at).astimezone(zone):%Y-%m-%d %H:%M}"
            case "d/", [label, str() as digest, *_]:
                return f"{self.text(label or '–')} ({digest[:12]}…)"
        return shown(value)


def shown(value: Any) -> str:
    """Any JSON value on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {shown(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value)


def _cut(rest: str) -> tuple[str, str]:
    path, _, name = rest.rpartition("/")
    return path, name
