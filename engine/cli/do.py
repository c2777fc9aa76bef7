"""``plangate do``: a person makes a move, with what it takes and its papers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.command import Session, as_json, command
from engine.cli.handing import Receipts
from engine.cli.moment import brought_to, clock, moment_at, occurred
from engine.errors import ActRefused, BadInput
from engine.ports import Json
from engine.words import both

if TYPE_CHECKING:
    from engine.cli.telling import Told
    from engine.core.inputs import File

MANY = ("{", "[")
"""Signs with which a value of several parts begins; it is read as flow YAML."""
PLAIN = "\\"
"""In front of a text that begins with such a sign."""


@command("do", database=True)
@click.argument("instance")
@click.argument("node")
@click.argument("move")
@click.option("--as", "who", required=True, metavar="WHO", help="cli.opt_as")
@click.option("--with", "given", multiple=True, metavar="K=V", help="cli.opt_with")
@click.option("--file", "files", multiple=True, metavar="K=PATH", help="cli.opt_file")
@click.option("--key", metavar="KEY", help="cli.opt_key")
@click.option(
    "--receipt",
    "given_to",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="seal.opt_receipt",
)
@click.option(
    "--sign",
    "signer",
    type=click.Path(path_type=Path),
    metavar="KEYFILE",
    help="seal.opt_sign_receipt",
)
@occurred
@clock
@as_json
def run(
    session: Session,
    *,
    instance: str,
    node: str,
    move: str,
    who: str,
    given: tuple[str, ...],
    files: tuple[str, ...],
    key: str | None,
    given_to: Path | None,
    signer: Path | None,
    occurred: str | None,
    clock: str | None,
    is_json: bool,
) -> int:
    """One act; a refusal is recorded and told with its reasons."""
    from engine.cli.telling import Told
    from engine.core.commands import Do
    from engine.core.events import Moved

    receipts = Receipts.asked(session, given_to, signer)
    papers = dict(_papers(node, move, files))
    inputs = dict(_values(node, move, given))
    service = session.service()
    zone = service.look(instance).plan.zone
    command = Do(
        node=node,
        move=move,
        actor=who,
        inputs=inputs | {name: file for name, (file, _) in papers.items()},
        occurred=moment_at(occurred, zone, "--occurred"),
    )
    blobs = {file.sha256: content for file, content in papers.values()}
    now, before = brought_to(service, instance, clock)
    told = Told(session, service.look(instance).plan, asked=Moved)
    try:
        result = service.do(instance, command, now=now, blobs=blobs, key=key)
    except ActRefused as wrong:
        receipt = receipts.give(service, instance, wrong.values["seq"])
        return _refused(told, instance, wrong, receipt, is_json=is_json)
    receipt = receipts.give(service, instance, told.seq(result))
    if is_json:
        more = {"refused": None, "receipt": receipt}
        session.print_json(told.json(before, result) | more)
    else:
        told.print(before, result)
    return 0


def _refused(
    told: Told,
    instance: str,
    wrong: ActRefused,
    receipt: dict[str, Json],
    *,
    is_json: bool,
) -> int:
    from engine.cli.telling import Telling, refusal_json
    from engine.core.reasons import sentence

    session = told.session
    if is_json:
        found = {"entries": [], "refused": refusal_json(wrong), "receipt": receipt}
        session.print_json({"instance": instance, **found})
    facts = wrong.values
    telling = Telling(told.plan, session.language)
    session.warn(
        session.say(
            "cli.refused",
            node=facts["node"],
            move=telling.move(facts["node"], facts["move"]),
            actor=facts["actor"],
            seq=facts["seq"],
        )
    )
    for reason in facts["reasons"]:
        session.warn(f"  - {sentence(reason, session.language)}")
    session.warn(
        session.say(
            "cli.next_whynot",
            instance=instance,
            node=facts["node"],
            move=facts["move"],
            db=session.option(),
        )
    )
    return wrong.exit_code


def _pairs(
    node: str, move: str, option: str, given: Iterable[str]
) -> Iterable[tuple[str, str]]:
    """``name=value``; the same name twice is one too many."""
    seen: set[str] = set()
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name or name in seen:
            code = "cli.pair_twice" if name in seen else "cli.pair"
            what = both(code, option=option, found=text, name=name)
            raise BadInput(node=node, move=move, what=what)
        seen.add(name)
        yield name, value


def _values(node: str, move: str, given: Iterable[str]) -> Iterable[tuple[str, Any]]:
    """What is handed in: a text, or several parts written as flow YAML."""
    for name, text in _pairs(node, move, "--with", given):
        if text.startswith(PLAIN):
            yield name, text.removeprefix(PLAIN)
        else:
            yield name, _parts(text) if text.startswith(MANY) else text


def _parts(text: str) -> Any:
    """The parts of a value; what is no flow YAML was meant as a text."""
    from engine.errors import PlanRejected
    from engine.plan.source import parse

    try:
        return parse(f"value: {text}", "--with").tree.plain()["value"]
    except PlanRejected:
        return text


def _papers(
    node: str, move: str, files: Iterable[str]
) -> Iterable[tuple[str, tuple[File, bytes]]]:
    """Files as they are on the disk; each is kept, and known by its bytes."""
    from engine.runtime.paper import Unreadable, paper_at

    for name, text in _pairs(node, move, "--file", files):
        path = Path(text)
        try:
            yield name, paper_at(path)
        except Unreadable as wrong:
            what = both("cli.file_unreadable", path=text, why=wrong.why)
            raise BadInput(node=node, move=move, what=what) from None
