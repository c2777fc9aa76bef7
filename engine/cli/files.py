"""``plangate files``: what an instance's actions made and what was handed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.action import file_name
from engine.cli.command import Session, as_json, command
from engine.errors import FileExists

if TYPE_CHECKING:
    from engine.runtime.service import Service
    from engine.views.files import Kept


@command("files", database=True)
@click.argument("instance")
@click.option("--made", is_flag=True, help="cli.opt_made")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="cli.opt_to_folder",
)
@as_json
def run(
    session: Session, instance: str, *, made: bool, folder: Path | None, is_json: bool
) -> None:
    """In the order of the history; ``--to`` writes them into a folder."""
    service = session.service()
    zone = service.look(instance).plan.zone
    found = [one for one in kept(service, instance) if one.is_made or not made]
    written = {} if folder is None else write(service, found, folder)
    if is_json:
        told = [_json(one, written.get(one)) for one in found]
        session.print_json({"instance": instance, "files": told})
        return
    if not found:
        session.print(session.say("cli.files_none", instance=instance))
    for one in found:
        at = f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}"
        shown = written.get(one, one.name)
        line = session.say(
            "cli.file_made" if one.is_made else "cli.file_handed_in",
            seq=one.seq,
            at=at,
            node=one.node,
            name=shown,
            size=one.size,
        )
        session.print(line)


def kept(service: Service, instance: str) -> Iterator[Kept]:
    """Every file that the history tells of."""
    from engine.views.files import files_of

    entries = service.journal.entries(instance)
    return files_of((one.seq, one.at, service.decode(one)[0]) for one in entries)


def write(service: Service, files: Sequence[Kept], folder: Path) -> dict[Kept, str]:
    """Each as ``entry-name`` in the folder; raises FileExists before it writes any.

    The name is from outside: it becomes a name and never a path.
    """
    names: dict[Kept, str] = {}
    for one in files:
        name = f"{one.seq:05}-{file_name(one.name, instead='file')}"
        while name in names.values():
            # another file of the same entry has that name
            name = name.replace("-", "-_", 1)
        names[one] = name
    folder.mkdir(parents=True, exist_ok=True)
    there = [name for name in names.values() if (folder / name).exists()]
    if there:
        raise FileExists(file=str(folder / there[0]))
    for one, name in names.items():
        content = service.journal.blob(one.sha256)
        if content is not None:
            (folder / name).write_bytes(content)
    return {one: str(folder / name) for one, name in names.items()}


def _json(one: Kept, written: str | None) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "at": one.at.isoformat(),
        "node": one.node,
        "name": one.name,
        "size": one.size,
        "sha256": one.sha256,
        "is_made": one.is_made,
        "file": written,
    }
