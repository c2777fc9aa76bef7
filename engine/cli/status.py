"""``plangate status``: where an instance stands, or all of them on one line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from engine.cli import signing
from engine.cli.command import Session, as_json, command
from engine.cli.layout import columns, wrapped
from engine.cli.past import as_of, known_at, print_then, reader_for, until_of
from engine.cli.reading import due_day, minute, readers, text, who
from engine.cli.table import table

if TYPE_CHECKING:
    from engine.runtime.service import Service

OWING_MAX: Final = 6
"""People who owe, by name; more are told as a number, ``--json`` has them all."""


@command("status", database=True)
@click.argument("instance", required=False)
@click.option("--node", metavar="NODE", help="view.opt_node")
@click.option("--all", "is_all", is_flag=True, help="view.opt_all")
@as_of
@known_at
@as_json
def run(
    session: Session,
    *,
    instance: str | None,
    node: str | None,
    is_all: bool,
    as_of: str | None,
    known_at: int | None,
    is_json: bool,
) -> None:
    """Its tree with states, due dates and marks, quotas, registers, what comes next."""
    from engine.views.status import status_of

    service = session.service()
    if instance is None:
        if as_of is not None or known_at is not None:
            raise click.UsageError(session.say("view.whose_moment"))
        _every(session, service, is_json=is_json)
        return
    until = until_of(session, service, instance, as_of=as_of, known_at=known_at)
    reader = reader_for(service, instance, until)
    status = status_of(reader, node=node, every=is_all)
    if is_json:
        session.print_json(status)
        return
    if until is not None:
        print_then(session, service, reader, until)
    _head(session, status)
    _tree(session, status["nodes"])
    if node is None:
        _quotas(session, status["quotas"])
        _registers(session, status["registers"])


def _every(session: Session, service: Service, *, is_json: bool) -> None:
    """All instances, and how far the log is signed if somebody signs it."""
    from engine.views.status import summary_of

    found = [summary_of(one) for one in readers(service)]
    if is_json:
        signed = signing.shape(service)
        session.print_json({"instances": found, "signed": signed})
        return
    _instances(session, found)
    if line := signing.told(session, service):
        session.print(wrapped(line, columns()))


def _instances(session: Session, found: list[dict[str, Any]]) -> None:
    if not found:
        session.print(session.say("view.no_instances"))
        return
    names = ("instance", "state", "open", "marks", "next", "title")
    rows = [[session.say(f"view.col_{name}") for name in names]]
    for one in found:
        due = one["next_due"]
        rows.append(
            [
                one["instance"],
                text(session, one["state"]["title"]),
                session.say("view.people", who=[text(session, t) for t in one["open"]])
                or "–",
                _marks(session, one["marks"]),
                minute(due["at"] if due else None),
                text(session, one["title"]),
            ]
        )
    for line in table(rows, columns()):
        session.print(line)


def _marks(session: Session, marks: dict[str, int]) -> str:
    shown = [
        session.say(f"view.count_{mark}", count=count)
        for mark, count in marks.items()
        if count
    ]
    return " ".join(shown) or "–"


def _head(session: Session, status: dict[str, Any]) -> None:
    session.print(f"{status['instance']}  {text(session, status['title'])}")
    clock = "view.simulated" if status["simulated"] else "view.as_of"
    _line(
        session,
        session.say(
            clock,
            state=text(session, status["state"]["title"]),
            revision=status["revision"],
            now=minute(status["now"]),
            plan=status["plan"]["id"],
            version=status["plan"]["version"],
        ),
    )
    _line(
        session,
        session.say(
            "view.pressing",
            marks=_marks(session, status["marks"]),
            requests=status["requests"],
        ),
    )
    due = status["next_due"]
    if due is not None:
        _line(
            session,
            session.say(
                "view.next_due",
                at=minute(due["at"]),
                node=due["node"],
                move=text(session, due["title"]),
            ),
        )
    if status["behind"]:
        _line(session, session.say("view.behind", count=status["behind"]))


def _tree(session: Session, nodes: list[dict[str, Any]]) -> None:
    names = ("node", "state", "due", "mark", "owner")
    rows = [[session.say(f"view.col_{name}") for name in names]]
    for node in nodes:
        rows.append(
            [
                "  " * node["depth"] + text(session, node["title"]),
                _state(session, node),
                due_day(node["due"]),
                session.say(f"view.mark_{node['mark']}") if node["mark"] else "",
                who(session, node["owner"]),
            ]
        )
    session.print()
    for line in table(rows, columns()):
        session.print(line)


def _state(session: Session, node: dict[str, Any]) -> str:
    said = text(session, node["state"]["title"])
    if node["round"] > 1:
        said = session.say("view.in_round", state=said, round=node["round"])
    return session.say("view.held", state=said) if node["on_hold"] else said


def _quotas(session: Session, quotas: list[dict[str, Any]]) -> None:
    if quotas:
        session.print()
        session.print(session.say("view.quotas"))
    for one in quotas:
        _line(session, _quota(session, one))


def _line(session: Session, said: str) -> None:
    session.print(wrapped(said, columns(), first="  ", rest="    "))


def _quota(session: Session, one: dict[str, Any]) -> str:
    title, due = text(session, one["title"]), due_day(one["due"])
    owing = one["owing"]
    if not owing:
        return session.say("view.quota_met", title=title)
    shown = [
        session.say("view.owes", who=o["who"], amount=o["amount"], unit=one["unit"])
        for o in owing[:OWING_MAX]
    ]
    told = session.say("view.people", who=shown)
    if len(owing) > OWING_MAX:
        more = len(owing) - OWING_MAX
        told = session.say("view.owing_more", owing=told, count=more)
    return session.say(
        "view.quota_owed", title=title, due=due, count=len(owing), owing=told
    )


def _registers(session: Session, registers: list[dict[str, Any]]) -> None:
    if registers:
        session.print()
        session.print(session.say("view.registers"))
    for one in registers:
        _line(session, " ".join(_register(session, one)))


def _register(session: Session, one: dict[str, Any]) -> Iterator[str]:
    yield session.say(
        "view.register",
        title=text(session, one["title"]),
        items=one["items"],
        settled=one["settled"],
    )
    for state in one["states"]:
        title = text(session, state["title"])
        yield session.say("view.in_state", state=title, items=state["items"])
