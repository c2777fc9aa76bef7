"""``plangate whynot``: what keeps a move, who can help, and by when."""

from __future__ import annotations

from typing import Any, Final

import click

from engine.cli.command import Session, as_json, command
from engine.cli.layout import columns, wrapped
from engine.cli.past import as_of, known_at, print_then, reader_for, until_of
from engine.cli.reading import due_day, minute, text, who

INPUTS_MAX: Final = 12
"""Of more inputs only those that must be given are printed."""
STEPS_MAX: Final = 12
"""Steps printed for one clause; ``--json`` has them all."""


@command("whynot", database=True)
@click.argument("instance")
@click.argument("node")
@click.argument("move", required=False)
@click.option("--as", "actor", metavar="WHO", help="view.opt_who")
@as_of
@known_at
@as_json
def run(
    session: Session,
    *,
    instance: str,
    node: str,
    move: str | None,
    actor: str | None,
    as_of: str | None,
    known_at: int | None,
    is_json: bool,
) -> None:
    """The least that is missing for a move, or for each move of a node."""
    from engine.views.blocked import whynot

    service = session.service()
    until = until_of(session, service, instance, as_of=as_of, known_at=known_at)
    reader = reader_for(service, instance, until)
    found = whynot(reader.known, node, move, reader.now, actor=actor)
    found = {"instance": instance, **found}
    if is_json:
        session.print_json(found)
        return
    if until is not None:
        print_then(session, service, reader, until)
    _Print(session, instance).all(found, is_narrow=move is not None)


def _is_later(move: dict[str, Any]) -> bool:
    """A move of another state, about which nothing else can be said yet."""
    return [one["code"] for one in move["reasons"]] == ["core.not_in_state"]


class _Print:
    """The answer as lines, each as far in as what it belongs to."""

    def __init__(self, session: Session, instance: str) -> None:
        self.session, self.instance = session, instance
        self.ways: set[str] = set()
        """Ways out that this move has been told already."""
        self.told: set[tuple[str, str | None]] = set()
        """Clauses that this answer has told, by their node."""

    def line(self, indent: int, code: str, /, **values: Any) -> None:
        said = self.session.say(code, **values)
        first, rest = " " * indent, " " * (indent + 2)
        self.session.print(wrapped(said, columns(), first=first, rest=rest))

    def text(self, said: Any) -> str:
        return text(self.session, said)

    def all(self, found: dict[str, Any], *, is_narrow: bool) -> None:
        """``is_narrow``: one move was asked for, wherever the node stands."""
        state = found["state"]
        self.line(
            0,
            "view.register_head" if state is None else "view.node_state",
            node=found["node"],
            title=self.text(found["title"]),
            state=None if state is None else self.text(state["title"]),
            due=due_day(found["due"]),
        )
        later = [] if is_narrow else [m for m in found["moves"] if _is_later(m)]
        for move in found["moves"]:
            if move not in later:
                self.move(move)
        for move in found["by_itself"]:
            self.itself(move)
        if later:
            self.line(2, "view.later", moves=[self.text(one["title"]) for one in later])
        if not found["moves"] and not found["by_itself"]:
            self.line(2, "view.nothing_to_do", node=found["node"])

    def move(self, move: dict[str, Any]) -> None:
        self.ways.clear()
        title = self.text(move["title"])
        right = move["as"]
        if right is not None and not right["holds"]:
            reason = self.text(right["reason"]["text"])
            self.line(2, "view.no_right", move=title, reason=reason)
        if move["reasons"]:
            self.line(2, "view.cannot", move=title)
        elif move["can"] or right is None:
            self.possible(move, title)
        for reason in move["reasons"]:
            self.reason(reason)
        if not move["reasons"]:
            self.inputs(move)

    def possible(self, move: dict[str, Any], title: str) -> None:
        if not move["can"]:
            self.line(2, "view.can_nobody", move=title)
            return
        right = move["as"]
        makers = who(self.session, move["who"]) if right is None else right["who"]
        said = self.session.say("view.can", move=title, who=makers)
        if move["permit"] is not None:
            said += self.session.say("view.can_permit", seq=move["permit"])
        self.session.print(wrapped(said, columns(), first="  ", rest="    "))

    def inputs(self, move: dict[str, Any]) -> None:
        takes = [
            self.session.say(
                "view.input" if one["required"] else "view.input_optional",
                name=self.text(one["title"]),
            )
            for one in move["takes"]
            if one["required"] or len(move["takes"]) <= INPUTS_MAX
        ]
        if takes and move["can"]:
            self.line(4, "view.takes", inputs=takes)
            for one in move["asked"]:
                self.line(4, "view.asked", text=self.text(one["text"]))

    def itself(self, move: dict[str, Any]) -> None:
        self.ways.clear()
        title = self.text(move["title"])
        told = {(one["node"], one["clause"]) for one in move["reasons"]}
        if told and told <= self.told:
            self.line(2, "view.by_itself_same", move=title)
            return
        if not move["reasons"]:
            self.line(2, "view.itself_ready", move=title)
            return
        self.line(2, "view.by_itself", move=title)
        for reason in move["reasons"]:
            self.reason(reason)

    def reason(self, reason: dict[str, Any]) -> None:
        self.line(
            4,
            "view.reason",
            text=self.text(reason["text"]),
            node=reason["node"],
            due=due_day(reason["due"]),
        )
        ways = tuple(dict.fromkeys(self.way(step) for step in reason["steps"]))
        new = [way for way in ways if way not in self.ways]
        for way in new[:STEPS_MAX]:
            self.session.print(wrapped(way, columns(), first=" " * 6, rest=" " * 9))
        if len(new) > STEPS_MAX:
            self.line(6, "view.more_steps", count=len(new) - STEPS_MAX)
        if ways and not new:
            self.line(6, "view.as_above")
        if not ways and reason["verdict"] is not None:
            self.line(6, "view.no_steps")
        self.ways.update(new)
        self.told.add((reason["node"], reason["clause"]))

    def way(self, step: dict[str, Any]) -> str:
        """What can happen now, in one sentence."""
        session = self.session
        is_clock = step["sort"] == "clock"
        owing = [
            session.say("view.owes", who=one["who"], amount=one["amount"], unit="")
            for one in step["owing"]
        ]
        said = session.say(
            f"view.step_{step['sort']}",
            instance=self.instance,
            node=step["node"],
            title=self.text(step["title"]),
            move=self.text(step["move_title"]),
            who=who(session, step["who"]),
            at=minute(step["at"]) if is_clock else due_day(step["at"]),
            owing=owing,
        )
        if step["needed"] is not None:
            said += session.say(
                "view.figures", given=step["given"], needed=step["needed"]
            )
            if step["left"]:
                said += session.say("view.left", who=step["left"])
        if step["missing"]:
            said += session.say("view.missing", missing=step["missing"])
        return said
