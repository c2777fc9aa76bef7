"""How every command speaks and what every command takes.

Help texts are codes of :mod:`engine.words` and become sentences when they are shown,
so that ``--lang`` counts for them too. ``Session`` is what a command has in hand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from engine.errors import UnknownDatabase
from engine.words import say

if TYPE_CHECKING:
    from engine.runtime.service import Service

DATABASE: Final = "sqlite:///plangate.db"
"""Where instances are kept if nothing is said: a file in the present folder."""
LANGUAGES: Final = ("zh-CN", "zh", "en")
VARIABLES: Final = ("PLANGATE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

Function = TypeVar("Function", bound=Callable[..., Any])


TYPED: Final[ContextVar[tuple[str, ...]]] = ContextVar("typed", default=())
"""The words of the command line, for what is said before they are understood."""


def language_of(ctx: click.Context | None) -> str:
    """``zh`` or ``en``: by ``--lang``, else by the environment, else Chinese."""
    found = ctx or click.get_current_context(silent=True)
    said = found.find_object(dict) if found is not None else None
    if said is None or "language" not in said:
        return _language_at_hand()
    return str(said["language"])


def _language_at_hand() -> str:
    """Before options are read, and after a command has ended with an error."""
    given = TYPED.get()
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

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_arguments(ctx, formatter)
        self.format_options(ctx, formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        language = language_of(ctx)
        formatter.write_usage(
            ctx.command_path,
            " ".join(self.collect_usage_pieces(ctx)),
            prefix=say("cli.usage", language),
        )

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        language = language_of(ctx)
        said = {
            "[OPTIONS]": f"[{say('cli.options', language)}]",
            "COMMAND [ARGS]...": say("cli.usage_command", language),
        }
        return [said.get(one, one) for one in super().collect_usage_pieces(ctx)]

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
            if isinstance(parameter, click.Option) and row is not None:
                needed = say("cli.needed", language) if parameter.required else ""
                rows.append((row[0], say(parameter.help or "", language) + needed))
        if rows:
            with formatter.section(say("cli.options", language)):
                formatter.write_dl(rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def format_arguments(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """What stands without a dash, each with its sentence ``cli.arg_<name>``."""
        language = language_of(ctx)
        rows = [
            (one.human_readable_name, said)
            for one in self.get_params(ctx)
            if isinstance(one, click.Argument)
            and not (said := say(f"cli.arg_{one.name}", language)).startswith("cli.")
        ]
        if rows:
            with formatter.section(say("cli.arguments", language)):
                formatter.write_dl(rows)

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

    def service(self, *, create: bool = False) -> Service:
        """The instances of the database; raises Unavailable, DamagedData.

        Only what begins an instance makes a file that is not there.
        """
        from engine.bootstrap import open_service

        file = file_of(self.address)
        if not create and file is not None and not file.exists():
            raise UnknownDatabase(file=str(file))
        service = open_service(self.address)
        click.get_current_context().call_on_close(service.journal.close)
        return service

    def option(self) -> str:
        """How the same database is named on the next command line."""
        address = self.address
        return "" if address == DATABASE else f" --db {address}"


def file_of(address: str) -> Path | None:
    """The file of a database that is one."""
    name = address.removeprefix("sqlite:///")
    return Path(name) if name != address else None


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
