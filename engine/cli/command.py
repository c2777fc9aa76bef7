"""How every command speaks and what every command takes.

Help texts are codes of :mod:`engine.words` and become sentences when they are shown,
so that ``--lang`` counts for them too. ``Session`` is what a command has in hand.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from engine.words import say

if TYPE_CHECKING:
    from engine.runtime.service import Service

DATABASE: Final = "sqlite:///plangate.db"
"""Where instances are kept if nothing is said: a file in the present folder."""
LANGUAGES: Final = ("zh-CN", "zh", "en")
VARIABLES: Final = ("PLANGATE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

Function = TypeVar("Function", bound=Callable[..., Any])


def language_of(ctx: click.Context | None) -> str:
    """``zh`` or ``en``: by ``--lang``, else by the environment, else Chinese."""
    found = ctx or click.get_current_context(silent=True)
    said = found.find_object(dict) if found is not None else None
    if said is None or "language" not in said:
        return _language_at_hand()
    return str(said["language"])


def _language_at_hand() -> str:
    """Before options are read, and after a command has ended with an error."""
    given = sys.argv[1:]
    for number, word in enumerate(given):
        if word.startswith("--lang="):
            return _short(word.partition("=")[2])
        if word == "--lang" and number + 1 < len(given):
            return _short(given[number + 1])
    for variable in VARIABLES:
        found = os.environ.get(variable, "")
        if found and found.partition(".")[0] not in {"C", "POSIX"}:
            return _short(found)
    return "zh"


def _short(name: str) -> str:
    return "zh" if name.lower().startswith("zh") else "en"


class Named(click.Command):
    """A command whose help texts are codes."""

    def format_help_text(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                for line in say(self.help, language_of(ctx)).splitlines():
                    formatter.write_text(line)

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        language = language_of(ctx)
        rows = []
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None:
                code = row[1] if row[1].startswith("cli.") else ""
                own = say(code, language) if code else row[1]
                rows.append((row[0], own))
        if rows:
            with formatter.section(say("cli.options", language)):
                formatter.write_dl(rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = "cli.opt_help"
        return found


class Command(Named):
    """One command of the group."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a command has in hand: a language, an address, and how to print."""

    language: str
    address: str = DATABASE

    def say(self, code: str, /, **values: Any) -> str:
        return say(code, self.language, **values)

    def print(self, text: str = "") -> None:
        click.echo(text)

    def print_json(self, value: Any) -> None:
        """A documented shape (docs/cli.md): UTF-8, keys in the order given."""
        click.echo(json.dumps(value, ensure_ascii=False, indent=2))

    def warn(self, text: str) -> None:
        click.echo(text, err=True)

    def service(self) -> Service:
        """The instances of the database; raises Unavailable, DamagedData."""
        from engine.bootstrap import open_service

        return open_service(self.address)


def _remembered(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(dict)["language"] = _short(value)


def command_language(function: Function) -> Function:
    """``--lang``: before or after the command's name."""
    made: Function = click.option(
        "--lang",
        type=click.Choice(LANGUAGES, case_sensitive=False),
        callback=_remembered,
        expose_value=False,
        is_eager=True,
        help="cli.opt_lang",
    )(function)
    return made


def command(
    name: str, *, database: bool = False
) -> Callable[[Callable[..., Any]], Command]:
    """A command; its function gets a :class:`Session` first.

    ``database``: it takes ``--db`` (or ``PLANGATE_DB``).
    """

    def made(function: Callable[..., Any]) -> Command:
        def called(*, address: str | None = None, **given: Any) -> Any:
            language = language_of(click.get_current_context())
            return function(Session(language, address or DATABASE), **given)

        called.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        if database:
            called = click.option(
                "--db",
                "address",
                envvar="PLANGATE_DB",
                metavar="URL",
                help="cli.opt_db",
            )(called)
        code = f"cli.help_{name.replace('-', '_')}"
        return click.command(name, cls=Command, help=code)(command_language(called))

    return made


as_json: Final = click.option("--json", "is_json", is_flag=True, help="cli.opt_json")
