"""``plangate work``: what one person, body member or outside party can do now."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import click

from engine.cli.command import Session, as_json, command
from engine.cli.layout import columns
from engine.cli.reading import due_day, readers, text
from engine.cli.table import table


@command("work", database=True)
@click.argument("who")
@click.argument("instance", required=False)
@click.option("--all", "is_all", is_flag=True, help="view.opt_all_moves")
@as_json
def run(
    session: Session, *, who: str, instance: str | None, is_all: bool, is_json: bool
) -> None:
    """Over all instances, by right or delegation, ordered by due date."""
    from engine.views.worklist import acting, merged, work_of

    found = list(acting(readers(session.service(), instance), who))
    work = merged(work_of(reader, name) for reader, name in found)
    who = found[0][1] if found else who
    if is_json:
        session.print_json({"who": who, **work})
        return
    _moves(session, work["now"], "view.work_now", who)
    _moves(session, work["shut"], "view.work_shut", who)
    _waiting(session, work["waiting"])
    if is_all:
        _moves(session, work["also"], "view.work_also", who)
    _registers(session, work["registers"])


def _moves(session: Session, rows: list[dict[str, Any]], code: str, who: str) -> None:
    """One line a node: its moves, and how many clauses keep each that is shut."""
    if not rows:
        if code == "view.work_now":
            session.print(session.say("view.work_nothing", who=who))
        return
    session.print(session.say(code, who=who, count=len(rows)))
    lines = []
    for _, same in groupby(rows, lambda row: (row["instance"], row["node"])):
        moves = list(same)
        first = moves[0]
        lines.append(
            [
                f"  {due_day(first['due'])}",
                session.say(f"view.mark_{first['mark']}") if first["mark"] else "",
                first["instance"],
                first["node"],
                session.say("view.people", who=[_move(session, one) for one in moves]),
            ]
        )
    for line in table(lines, columns()):
        session.print(line)


def _move(session: Session, row: dict[str, Any]) -> str:
    said = text(session, row["move_title"])
    if row["unmet"]:
        said = session.say("view.unmet", move=said, count=row["unmet"])
    if row["behalf_of"]:
        said = session.say("view.on_behalf", move=said, giver=row["behalf_of"])
    return said


def _waiting(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    session.print(session.say("view.work_waiting", count=len(rows)))
    lines = [[f"  {due_day(row['due'])}", row["instance"], row["node"]] for row in rows]
    for line in table(lines, columns()):
        session.print(line)


def _registers(session: Session, rows: list[dict[str, Any]]) -> None:
    names = [text(session, row["title"]) for row in rows]
    if names:
        shown = list(dict.fromkeys(names))
        session.print(session.say("view.may_add", registers=shown))
