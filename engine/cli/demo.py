"""``plangate demo``: the whole campaign of 2009, on a simulated clock, in seconds.

The real engine acts on a real database; the story is told from its history.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from engine.cli.command import Session, command, file_of
from engine.errors import FileExists, InstanceExists, ScenarioFailed

if TYPE_CHECKING:
    from engine.cli.epilogue import Figures, Standing
    from engine.cli.story import Chapter, Happened, Line, Story
    from engine.plan.graph import Plan
    from engine.runtime.playing import Outcome
    from engine.runtime.scenario import Scenario
    from engine.runtime.service import Service

SCENARIO: Final = "maguan-2009"
PUBLIC: Final = "public"
FILES_SHOWN: Final = 12
FILE: Final = "plangate-demo"
"""The database in the present folder; a number is added if it is there."""


@command("demo")
@click.option("--db", "database", metavar="URL", help="cli.opt_db_demo")
def run(session: Session, *, database: str | None) -> int:
    """Plays, tells, and says what to try next."""
    from engine.cli.epilogue import Standing, figures
    from engine.cli.story import Story
    from engine.cli.telling import Telling
    from engine.plan.library import load, shipped
    from engine.runtime.scenario import read_scenario

    began = time.monotonic()
    scenario = read_scenario(shipped() / "scenarios" / f"{SCENARIO}.yaml")
    plan, bundle = load(shipped() / f"{scenario.plan}.yaml")
    here = Session(session.language, database or _free())
    service = _opened(here, scenario.instance)
    folder = _folder(here)
    outcome = _played(here, service, (plan, bundle), scenario, folder=folder)
    history = list(_history(service, outcome.instance))
    teller = _Teller(here, Story(Telling(plan, session.language)), outcome.instance)
    teller.chapters(teller.story.read(history))
    teller.standing(Standing(teller.story, service.look(outcome.instance)))
    teller.files(folder)
    teller.figures(figures(history), time.monotonic() - began)
    for failure in outcome.failures:
        session.warn(failure.say(session.language))
    return ScenarioFailed.exit_code if outcome.failures else 0


def _played(
    session: Session,
    service: Service,
    plan: tuple[Plan, bytes],
    scenario: Scenario,
    *,
    folder: Path,
) -> Outcome:
    """The campaign, its actions too; what they make lies in the folder."""
    from engine.bootstrap import worked_off
    from engine.cli.files import kept, write
    from engine.cli.progress import shown
    from engine.runtime.playing import play

    public = folder / PUBLIC
    public.mkdir(parents=True)
    meanwhile = worked_off(service, PLANGATE_PUBLIC=str(public))
    with shown(session.say("story.playing")) as progress:
        outcome = play(service, *plan, scenario, progress=progress, meanwhile=meanwhile)
    made = [one for one in kept(service, outcome.instance) if one.is_made]
    write(service, made, folder)
    return outcome


def _folder(session: Session) -> Path:
    """Beside the database: for the files that actions make."""
    file = file_of(session.address)
    beside = Path(FILE) if file is None else file.with_suffix("")
    folder = beside.with_name(f"{beside.name}-files")
    if folder.exists():
        raise FileExists(file=str(folder))
    return folder


def _free() -> str:
    """A database file in the present folder that is not there yet."""
    number = 1
    while True:
        name = f"{FILE}.db" if number == 1 else f"{FILE}-{number}.db"
        if not Path(name).exists():
            return f"sqlite:///{name}"
        number += 1


def _opened(session: Session, instance: str) -> Service:
    """A database of its own: what is there is never written over."""
    file = file_of(session.address)
    if file is not None and file.exists():
        raise FileExists(file=str(file))
    service = session.service(create=True)
    if service.journal.head(instance) is not None:
        raise InstanceExists(instance=instance)
    return service


def _history(service: Service, instance: str) -> Iterator[Happened]:
    for entry in service.journal.entries(instance):
        event, at = service.decode(entry)
        yield entry.seq, at, event


@dataclass(frozen=True, slots=True)
class _Teller:
    """Prints the story, wrapped to the terminal."""

    session: Session
    story: Story
    instance: str

    def title(self, text: str) -> None:
        self.session.print()
        self.session.print(click.style(f"━━ {text}", bold=True))

    def heading(self, code: str, **values: object) -> None:
        self.session.print(f"  {self.story.say(code, **values)}")

    def lines(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.line(line.text, 4)
            for below in line.below:
                self.line(f"– {below}", 6)

    def line(self, text: str, indent: int) -> None:
        from engine.cli.layout import columns, wrapped

        first, rest = " " * indent, " " * (indent + 2)
        self.session.print(wrapped(text, columns(), first=first, rest=rest))

    def chapters(self, chapters: list[Chapter]) -> None:
        from engine.cli.story import varied

        for chapter in chapters:
            zone = self.story.telling.plan.zone
            since, until = (
                f"{at.astimezone(zone):%Y-%m-%d}"
                for at in (chapter.since, chapter.until)
            )
            title = self.story.say(
                "period", title=chapter.title, since=since, until=until
            )
            self.title(title)
            for sort, lines in chapter.parts():
                self.heading(f"heading_{sort}", count=len(lines))
                shown = lines if sort == "closed" else varied(lines)
                self.lines(shown)
                if len(lines) > len(shown):
                    more = len(lines) - len(shown)
                    self.line(self.story.say("more", count=more), 4)
            self.slips(chapter)

    def slips(self, chapter: Chapter) -> None:
        if chapter.slips:
            self.heading("heading_slips")
        for title, about in chapter.slips.items():
            told = self.story.say(
                "times", title=title, count=len(about), first=about[0]
            )
            self.line(told, 4)

    def standing(self, standing: Standing) -> None:
        for code, lines in (
            ("quota_heading", standing.quotas()),
            ("open_heading", standing.open()),
        ):
            self.title(self.story.say(code))
            self.lines(lines)

    def files(self, folder: Path) -> None:
        """What the actions made: to be opened."""
        self.title(self.story.say("files_heading"))
        pages = (folder / PUBLIC).glob("index.html")
        made = sorted(one for one in folder.iterdir() if one.is_file())
        for one in (*pages, *made[-FILES_SHOWN:]):
            # a name stays on one line, so that it can be copied
            self.session.print(f"    {one}")
        if len(made) > FILES_SHOWN:
            more = len(made) - FILES_SHOWN
            self.line(self.story.say("more_files", count=more), 4)

    def figures(self, found: Figures, seconds: float) -> None:
        self.title(self.story.say("figures_heading"))
        told = self.story.say(
            "figures",
            acts=found.acts,
            refusals=found.refusals,
            automatic=found.automatic,
            entries=found.entries,
            seconds=f"{seconds:.1f}",
        )
        self.line(told, 4)
        file = file_of(self.session.address)
        shown = self.session.address if file is None else str(file.resolve())
        self.line(self.story.say("database", file=shown), 4)
        self.title(self.story.say("next"))
        for command_, code in self.next(found):
            self.line(f"# {self.story.say(code)}", 4)
            # a command stays on one line, so that it can be copied
            self.session.print(f"    plangate {command_}{self.session.option()}")

    def next(self, found: Figures) -> Iterator[tuple[str, str]]:
        """Commands about this very history."""
        name = self.instance
        yield f"status {name}", "next_status"
        if found.last_refusal is not None:
            node, move = found.last_refusal
            yield f"whynot {name} '{node}' {move}", "next_whynot"
        if found.permitted is not None:
            yield f"why {name} {found.permitted}", "next_why"
        yield f"history {name} --refused", "next_history"
        yield f"files {name} --made", "next_files"
        yield f"verify {name}", "next_verify"
