"""Progress on a terminal, on stderr; silence where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.runtime.playing import Played


@contextmanager
def shown(title: str, *, is_quiet: bool = False) -> Iterator[Callable[[Played], None]]:
    """What is called after each act; the bar goes away in the end."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[at]}"),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=None, at="")
        yield lambda played: bar.update(
            task,
            total=played.of,
            completed=played.number,
            at=f"{played.step.at:%Y-%m-%d}",
        )


@contextmanager
def counted(title: str) -> Iterator[Callable[[int, int], None]]:
    """What is called with how many are done, of how many."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
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
        task = bar.add_task(title, total=None)
        yield lambda done, of: bar.update(task, total=of, completed=done)
