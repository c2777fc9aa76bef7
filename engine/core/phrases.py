"""Clauses and roles of a plan in the words of its titles: for people, when shown.

An entry keeps what decided, the author's expression and the name of the right. A
reader wants neither: ``written(初稿)`` is told as “形成初稿”还没有“已成稿”. Only
clauses that say one simple thing are told so; others stay as the author wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from engine import words
from engine.core.facts import template_of
from engine.plan import expressions as ex
from engine.plan.graph import Node, Plan, Words
from engine.plan.names import PlanScope
from engine.plan.terms import NODE
from engine.ports import Json

Said: TypeAlias = dict[str, str] | None

_NODES: Final = {
    "done": "core.not_done",
    "settled": "core.not_settled",
    "started": "core.not_started",
}
_OTHERS: Final = {
    "quota": ("quota", "core.not_quota"),
    "approved": ("deliverable", "core.not_approved"),
    "exists": ("deliverable", "core.not_there"),
    "unchanged_since_approval": ("deliverable", "core.changed"),
}


def in_words(plan: Plan, path: str, reason: Mapping[str, Any]) -> dict[str, Json]:
    """A recorded reason with the words that its plan has for it.

    ``path`` is the node (or register) whose move it kept.
    """
    node = plan.nodes.get(template_of(path))
    found: dict[str, Json] = dict(reason)
    if "role" in found:
        found["role"] = role_of(plan, node, str(found["role"]))
    if found.get("clause") and not found.get("words") and node is not None:
        found["words"] = clause_of(plan, node, str(found["clause"]))
    return found


# -- rights


def role_of(plan: Plan, node: Node | None, role: str) -> Json:
    """What a right was given for (``owner``, a field, a party), as people say it."""
    each = [_role(plan, node, one.strip()) for one in role.split("、")]
    return {
        language: words.plain(
            [words.bilingual(one, language) for one in each], language
        )
        for language in words.LANGUAGES
    }


def _role(plan: Plan, node: Node | None, role: str) -> Words:
    field = None if node is None else node.kind.fields.get(role)
    if field is not None:
        return field.title
    known = {
        "owner": "core.role_owner",
        "plan.leader": "core.role_leader",
        "superior()": "core.role_superior",
    }
    if role in known:
        return words.both(known[role])
    body = plan.parties.bodies.get(role)
    return body.title if body is not None else plan.parties.titles.get(role, role)


# -- clauses


def clause_of(plan: Plan, node: Node, clause: str) -> Said:
    """What it means that a clause is not met; None if it says no simple thing."""
    try:
        tree = ex.parse(clause)
    except ex.BadExpression:
        return None
    return _Phrasing(plan, node).of(tree)


@dataclass(frozen=True, slots=True)
class _Phrasing:
    plan: Plan
    node: Node

    def of(self, tree: ex.Tree) -> Said:
        match tree:
            case ex.Call("any", sides, None):
                return self.none_of([self.of(one) for one in sides])
            case ex.Call("event", (side,), None):
                return words.both("core.not_event", name=_plainly(side))
            case ex.Call("in_state", (whose, ex.Name((state,))), None):
                return self.in_state("core.not_now", whose, state)
            case ex.Call(name, arguments, None) if len(arguments) <= 1:
                return self.call(name, arguments)
            case ex.Operation(">=", (ex.Name(("now" | "today",)), moment)):
                return self.opens(moment)
        return None

    def none_of(self, parts: list[Said]) -> Said:
        told = [one for one in parts if one is not None]
        if not told or len(told) < len(parts):
            return None
        return {
            language: words.say(
                "core.none_of", language, parts=[one[language] for one in told]
            )
            for language in words.LANGUAGES
        }

    def call(self, name: str, arguments: tuple[ex.Tree, ...]) -> Said:
        whose = arguments[0] if arguments else ex.Name(("self",), 0)
        if name in _NODES:
            node = self.named(whose)
            return None if node is None else _told(_NODES[name], node.title)
        if name in _OTHERS:
            sort, code = _OTHERS[name]
            title = self.title(whose, sort)
            return None if title is None else _told(code, title)
        return self.in_state("core.not_reached", whose, name)

    def in_state(self, code: str, whose: ex.Tree, state: str) -> Said:
        node = self.named(whose)
        found = None if node is None else node.kind.states.get(state)
        if node is None or found is None:
            return None
        return _told(code, node.title, state=found.title)

    def opens(self, moment: ex.Tree) -> Said:
        day = None
        match moment:
            case ex.Name(("window", "start")):
                day = self.node.window[0]
            case ex.Date(text):
                day = text
        return None if day is None else words.both("core.opens", day=day)

    # -- names

    def named(self, tree: ex.Tree) -> Node | None:
        """The one node of the plan that a name means here."""
        match tree:
            case ex.Name(("self",)):
                return self.node
            case ex.Name(("parent",)):
                return self.plan.nodes.get(self.node.parent or "")
            case ex.Name(parts):
                path = self.id_of(parts, "node")
                return None if path is None else self.plan.nodes.get(path)
        return None

    def title(self, tree: ex.Tree, sort: str) -> Words | None:
        if not isinstance(tree, ex.Name):
            return None
        found = self.id_of(tree.parts, sort)
        table: Mapping[str, Any] = (
            self.plan.quotas if sort == "quota" else self.plan.deliverables
        )
        one = table.get(found or "")
        return None if one is None else one.title

    def id_of(self, parts: tuple[str, ...], sort: str) -> str | None:
        """A name of the plan, or of a field of the kind; not one that is both."""
        scope = PlanScope(self.plan.elements, self.node.path, self.node.kind)
        found = scope.resolve(parts, frozenset({sort}) if sort != "node" else NODE)
        name = None if isinstance(found, tuple) else found.id
        if len(parts) != 1 or parts[0] not in self.node.kind.fields:
            return name
        value = self.node.fields.get(parts[0])
        return value if name is None and isinstance(value, str) else None


def _plainly(tree: ex.Tree) -> str:
    match tree:
        case ex.Name(parts):
            return ".".join(parts)
        case ex.Text(text):
            return text
    return "?"


def _told(code: str, title: Words, **more: Words) -> dict[str, str]:
    return {
        language: words.say(code, language, x=title, **more)
        for language in words.LANGUAGES
    }
