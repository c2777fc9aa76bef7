"""A plan's elements beside the sentences of its document, for whoever has the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.cli.command import Session
from engine.errors import BadInput
from engine.plan.graph import Plan
from engine.plan.library import resolve_file
from engine.plan.tracing import (
    Row,
    read_trace,
    sentences_of,
    sha256_of,
    trace_file,
)
from engine.runtime.paper import Unreadable, content_of
from engine.words import bilingual, both


def print_beside(
    session: Session, path: Path, plan: Plan, document: Path, *, is_anyway: bool
) -> None:
    """Every element that answers the document, with what it answers."""
    text = _text(session, plan, document, is_anyway=is_anyway)
    sentences = sentences_of(text)
    rows = {row.requirement: row for row in _rows(path)}
    for element, title, requirements in _elements(plan, session.language):
        session.print(f"{element}  {title}" if title != element else element)
        for requirement in requirements:
            for line in _lines(session, requirement, rows.get(requirement), sentences):
                session.print(f"  {line}")
    missing = sorted(set(rows) - set(plan.requirements))
    if missing:
        session.print(session.say("cli.beside_nobody", names=missing))


def _text(session: Session, plan: Plan, document: Path, *, is_anyway: bool) -> str:
    """The document's text; another file than the plan means only if asked."""
    content = _bytes(document)
    known = plan.document.get("sha256")
    if known is None:
        raise _wrong("cli.beside_unnamed")
    found = sha256_of(content)
    if found != known:
        if not is_anyway:
            raise _wrong("cli.beside_differs", path=document, found=found, known=known)
        session.warn(session.say("cli.beside_anyway", path=document))
    return content.decode("utf-8", "replace")


def _bytes(path: Path) -> bytes:
    try:
        return content_of(path)
    except Unreadable as wrong:
        raise _wrong("cli.file_unreadable", path=path, why=wrong.why) from None


def _wrong(code: str, **values: object) -> BadInput:
    return BadInput(node="show", move="--document", what=both(code, **values))


def _rows(path: Path) -> tuple[Row, ...]:
    trace = trace_file(resolve_file(path))
    if trace is None:
        raise _wrong("cli.beside_untraced")
    return read_trace(trace)


def _elements(plan: Plan, language: str) -> Iterator[tuple[str, str, list[str]]]:
    """Elements in document order: the tables first, then the tree."""
    carried: dict[str, list[str]] = {}
    for requirement, elements in plan.requirements.items():
        for element in elements:
            carried.setdefault(element, []).append(requirement)
    tree = [path for path in plan.nodes if path in carried]
    for element in (*(name for name in carried if name not in tree), *tree):
        node = plan.nodes.get(element)
        title = bilingual(node.title, language) if node is not None else element
        yield element, title, carried[element]


def _lines(
    session: Session, requirement: str, row: Row | None, sentences: tuple[str, ...]
) -> Iterator[str]:
    if row is None or not row.sentences:
        yield f"{requirement}  {session.say('cli.beside_no_sentence')}"
        return
    yield f"{requirement}  {row.says}"
    for number in row.sentences:
        inside = 0 < number <= len(sentences)
        said = sentences[number - 1] if inside else session.say("cli.beside_beyond")
        yield f"  [{number}] {said}"
