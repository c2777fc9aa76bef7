"""``plangate export``: a history as a file that other tools read."""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import click

from engine.audit.exports.formats import FORMATS, Writer
from engine.cli.command import Session, command, file_of
from engine.cli.given import GIVEN
from engine.cli.telling import Telling

if TYPE_CHECKING:
    from rich.progress import Progress

    from engine.audit.exports.record import Export, History
    from engine.ports import Entry, Head
    from engine.runtime.service import Service

NOT_WRITTEN: Final = 4
DAMAGED: Final = 3
STDOUT: Final = "-"
BUNDLE: Final = "bundle"
"""A form of its own: of the log, with its proofs."""
EVERY: Final = 500
"""Entries from one look at the clock to the next."""
SECONDS: Final = 5
"""From one line of progress to the next, where no terminal shows a bar."""


@command("export", database=True)
@click.argument("instance", nargs=-1)
@click.option(
    "--to",
    "name",
    type=click.Choice([*FORMATS, BUNDLE]),
    required=True,
    help="export.opt_to",
)
@click.option("-o", "--output", required=True, metavar="FILE", help="export.opt_file")
@click.option("--force", is_flag=True, help="export.opt_force")
@click.option("--case", type=click.Choice(["instance", "node"]), help="export.opt_case")
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="seal.opt_key_bundle",
)
@click.option(
    "--checkpoint",
    "note",
    type=GIVEN,
    metavar="NOTE",
    help="seal.opt_note_bundle",
)
@click.option("--policy", type=GIVEN, metavar="FILE", help="seal.opt_policy_bundle")
@click.option(
    "--since",
    type=click.IntRange(min=0),
    multiple=True,
    metavar="SIZE",
    help="seal.opt_since_bundle",
)
@click.option("--as", "who", metavar="WHO", help="office.opt_as")
@click.option("--with-private", "is_open", is_flag=True, help="privacy.opt_open")
@click.option("--json", "is_json", is_flag=True, help="export.opt_json")
def run(
    session: Session,
    *,
    instance: tuple[str, ...],
    name: str,
    output: str,
    force: bool,
    case: str | None,
    key: Path | None,
    note: Path | None,
    policy: Path | None,
    since: tuple[int, ...],
    who: str | None,
    is_open: bool,
    is_json: bool,
) -> int:
    """The whole history of one or more instances, as it stands now."""
    from engine.audit.placing import NotWritten

    names = tuple(dict.fromkeys(instance))
    _check(session, name, output, case=case, is_json=is_json)
    of_bundle = {
        "key": key,
        "note": note,
        "policy": policy,
        "since": since,
        "is_open": is_open,
    }
    _check_bundle(session, name, names, of_bundle)
    asked = _Asked(session, name, output, force=force, who=who, is_json=is_json)
    try:
        if output != STDOUT and not force:
            asked.refuse_early()
        if name == BUNDLE:
            return asked.bundle(names, of_bundle)
        return asked.run(names, case or "instance")
    except NotWritten as wrong:
        session.warn(wrong.say(session.language))
        return 2 if wrong.is_there else NOT_WRITTEN


def _check(
    session: Session, name: str, output: str, *, case: str | None, is_json: bool
) -> None:
    """What cannot be meant together; raises UsageError."""
    if case is not None and name != "xes":
        raise click.UsageError(session.say("export.no_case"))
    if output != STDOUT:
        if _is_of_database(session, Path(output)):
            raise click.UsageError(session.say("export.database", file=output))
    elif name == BUNDLE or not FORMATS[name].is_text:
        raise click.UsageError(session.say("export.no_pipe", format=name))
    elif is_json:
        raise click.UsageError(session.say("export.one_output"))


def _check_bundle(
    session: Session, name: str, names: tuple[str, ...], asked: Mapping[str, Any]
) -> None:
    """The same of what is asked of a bundle."""
    note, policy, key = asked["note"], asked["policy"], asked["key"]
    if name != BUNDLE and (any(asked.values()) or not names):
        raise click.UsageError(session.say("seal.only_bundle"))
    if (note is None and policy) or (note and (policy is None) == (key is None)):
        raise click.UsageError(session.say("seal.note_whom"))
    if asked["since"] and not names:
        raise click.UsageError(session.say("seal.since_log"))


def _is_of_database(session: Session, file: Path) -> bool:
    database = file_of(session.address)
    if database is None:
        return False
    base = database.resolve()
    ends = ("", "-wal", "-shm", "-journal", ".lock")
    return file.resolve() in {base.with_name(base.name + end) for end in ends}


@dataclass(slots=True)
class _Asked:
    session: Session
    format: str
    output: str
    force: bool
    who: str | None
    is_json: bool
    counted: dict[str, int] = field(default_factory=dict)

    def refuse_early(self) -> None:
        """Before anything is read; whether it came meanwhile is seen at the end."""
        from engine.audit.placing import refuse_if_there

        refuse_if_there(Path(self.output))

    def run(self, instances: tuple[str, ...], case: str) -> int:
        from engine.audit.exports.record import Export

        service = self.session.service()
        with _progress(self.session) as progress:
            histories = tuple(self.history(service, one, progress) for one in instances)
            export = Export(
                histories=histories, language=self.session.language, case=case
            )
            self.write(service, export)
        self.tell(histories)
        return max((self.whole(one) for one in histories), default=0)

    def bundle(self, instances: tuple[str, ...], asked: Mapping[str, Any]) -> int:
        from engine.cli.bundle import Wanted, written

        wanted = Wanted(
            instances=instances,
            file=Path(self.output),
            force=self.force,
            who=self.who,
            is_json=self.is_json,
            **asked,
        )
        return written(self.session, wanted)

    def history(self, service: Service, instance: str, progress: _Progress) -> History:
        from engine.audit.exports.record import History
        from engine.errors import UnknownInstance

        head = service.journal.head(instance)
        if head is None:
            raise UnknownInstance(instance=instance)
        plan = service.look(instance).plan

        def read() -> Iterator[Entry]:
            entries = service.journal.entries(instance, limit=head.revision)
            yield from self.counting(progress.over(entries, head), instance)

        return History(
            head=head,
            plan=plan,
            language=self.session.language,
            read=read,
            told=Telling(plan, self.session.language).event,
            opened=partial(
                service.reader(instance).opened, language=self.session.language
            ),
        )

    def counting(self, entries: Iterator[Entry], instance: str) -> Iterator[Entry]:
        count = 0
        for count, entry in enumerate(entries, start=1):  # noqa: B007 -- the last one
            yield entry
        self.counted[instance] = count

    def write(self, service: Service, export: Export) -> None:
        """Nothing leaves the house that the log does not know of."""
        from engine.audit.placing import placed, written

        writer = FORMATS[self.format].writer()
        if self.output == STDOUT:
            self.pipe(service, writer, export)
            return
        with placed(Path(self.output), force=self.force) as file:
            writer(export, file)
            self.record(service, export, written(file))

    def record(self, service: Service, export: Export, file: tuple[int, str]) -> None:
        from engine.audit.signing.deeds import exported
        from engine.bootstrap import system_time

        names = [one.instance for one in export.histories]
        deed = exported(
            system_time(),
            form=self.format,
            instances=names,
            file=file,
            actor=self.who,
        )
        service.journal.log.enter(deed)

    def pipe(self, service: Service, writer: Writer, export: Export) -> None:
        """A reader who goes away is no trouble; a disk that is full is."""
        from engine.audit.placing import NotWritten, written

        out = cast(BinaryIO, sys.stdout.buffer)
        try:
            with TemporaryFile() as whole:
                writer(export, cast(BinaryIO, whole))
                self.record(service, export, written(cast(BinaryIO, whole)))
                whole.seek(0)
                shutil.copyfileobj(whole, out)
            out.flush()
        except BrokenPipeError:
            raise
        except OSError as wrong:
            why = wrong.strerror or str(wrong)
            raise NotWritten("export.trouble", file=self.output, why=why) from wrong

    def whole(self, history: History) -> int:
        """Whether it was all there: numbers that are missing are told."""
        count, revision = self.counted.get(history.instance, 0), history.head.revision
        if count == revision:
            return 0
        self.session.warn(
            self.session.say(
                "export.incomplete",
                instance=history.instance,
                revision=revision,
                count=count,
            )
        )
        return DAMAGED

    def tell(self, histories: tuple[History, ...]) -> None:
        if self.output == STDOUT:
            return
        file = Path(self.output)
        with file.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        size = file.stat().st_size
        if self.is_json:
            self.session.print_json(
                {
                    "file": self.output,
                    "format": self.format,
                    "size": size,
                    "sha256": digest,
                    "instances": [self.shape(one) for one in histories],
                }
            )
            return
        self.session.print(
            self.session.say(
                "export.written",
                instances=[one.instance for one in histories],
                count=sum(self.counted.values()),
                file=self.output,
                format=self.format,
                size=size,
                digest=digest,
            )
        )

    def shape(self, one: History) -> dict[str, str | int | bool]:
        return {
            "instance": one.instance,
            "entries": self.counted.get(one.instance, 0),
            "at": one.head.at.isoformat(),
            "hash": one.head.hash.hex(),
            "plan": one.head.plan,
            "simulated": one.head.simulated,
        }


@dataclass(slots=True)
class _Progress:
    """How far it is, on stderr: a bar on a terminal, else a line now and then."""

    session: Session
    bar: Progress | None
    said: float = field(default_factory=time.monotonic)

    def over(self, entries: Iterator[Entry], head: Head) -> Iterator[Entry]:
        task = None
        if self.bar is not None:
            task = self.bar.add_task(head.instance, total=head.revision)
        for count, entry in enumerate(entries, start=1):
            yield entry
            if count % EVERY:
                continue
            if self.bar is not None and task is not None:
                self.bar.update(task, completed=count)
            else:
                self.line(head, count)

    def line(self, head: Head, count: int) -> None:
        now = time.monotonic()
        if now - self.said >= SECONDS:
            self.said = now
            self.session.warn(
                self.session.say(
                    "export.progress",
                    instance=head.instance,
                    count=count,
                    of=head.revision,
                )
            )


@contextmanager
def _progress(session: Session) -> Iterator[_Progress]:
    if not sys.stderr.isatty():
        yield _Progress(session, None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        yield _Progress(session, bar)
