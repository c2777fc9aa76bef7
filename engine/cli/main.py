"""``plangate``: the commands and what becomes of errors.

Exit codes: 0 done · 1 refused by a gate or right · 2 wrong use or invalid plan ·
3 damaged data · 4 unavailable (docs/cli.md).
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any, Final, NoReturn

import click

from engine.cli.command import TYPED, Named, command_language, language_of
from engine.errors import PlangateError
from engine.plan.faults import nearest
from engine.runtime.shortage import shortage_of
from engine.words import say

COMMANDS: Final = (
    "demo",
    "check",
    "show",
    "kinds",
    "actions",
    "start",
    "do",
    "signal",
    "tick",
    "serve",
    "worker",
    "status",
    "work",
    "inbox",
    "requests",
    "why",
    "whynot",
    "history",
    "files",
    "verify",
    "export",
    "erase",
    "key",
    "checkpoint",
    "witness",
    "receipt",
    "rekey",
    "revoke",
    "new-epoch",
    "run-scenario",
)
"""In the order in which a newcomer meets them. Each is ``run`` of its own module."""
MAY_LACK: Final = (OSError, RuntimeError, ImportError)
"""As what it comes up that this process may take no more memory, or open no more."""
INTERRUPTED: Final = 130
_EXTRA: Final = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.S)
_QUOTED: Final = re.compile(r"'([^']*)'")


class Commands(Named, click.Group):
    """Loads a command's module when the command is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"engine.cli.{cmd_name.replace('-', '_')}")
        found: click.Command = module.run
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], COMMANDS) or COMMANDS
            raise click.UsageError(
                say("cli.no_command", language_of(ctx), name=args[0], near=near), ctx
            )
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Every command with its sentence; no module is loaded for it."""
        language = language_of(ctx)
        rows = [
            (name, say(f"cli.help_{name.replace('-', '_')}", language))
            for name in COMMANDS
        ]
        with formatter.section(say("cli.commands", language)):
            formatter.write_dl(rows)


@click.group(
    "plangate", cls=Commands, help="cli.help_plangate", invoke_without_command=True
)
@command_language
@click.pass_context
def plangate(ctx: click.Context) -> None:
    """The group; what it does is in its commands."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # what a terminal cannot show is written as its number, not a failure
            stream.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _hushed()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """One command line; every error becomes a sentence on stderr and a code."""
    TYPED.set(tuple(arguments))
    try:
        found: Any = plangate.main(
            arguments, prog_name="plangate", standalone_mode=False
        )
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.Abort:
        click.echo(say("cli.interrupted", language_of(None)), err=True)
        return INTERRUPTED
    except click.ClickException as wrong:
        click.echo(spoken(wrong), err=True)
        return PlangateError.exit_code
    except (PlangateError, MemoryError, *MAY_LACK) as wrong:
        return _told(wrong)
    except UnicodeEncodeError:
        click.echo(say("cli.not_text", language_of(None)), err=True)
        return PlangateError.exit_code
    except SystemExit:
        # click ends so when nobody reads our output any more; nothing is left to say
        _hushed()
        return 0
    return found if isinstance(found, int) else 0


def _told(wrong: Exception) -> int:
    """The sentence of an error; anything that is no error of a user is raised."""
    told = shortage_of(wrong) or wrong
    if not isinstance(told, PlangateError):
        raise wrong
    click.echo(told.say(language_of(None)), err=True)
    return told.exit_code


def _hushed() -> None:
    """What is still in the buffer goes nowhere: its reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else 1)


def spoken(wrong: click.ClickException) -> str:
    """What click found wrong with the words of a command, in the user's language."""
    ctx = getattr(wrong, "ctx", None)
    language = language_of(ctx)
    path = ctx.command_path if ctx is not None else "plangate"
    said = _said(wrong, language)
    return f"{said}\n{say('cli.see_help', language, command=path)}"


def _said(wrong: click.ClickException, language: str) -> str:
    match wrong:
        case click.NoSuchOption():
            near = list(wrong.possibilities or ("--help",))
            return say("cli.no_option", language, name=wrong.option_name, near=near)
        case click.BadOptionUsage():
            return say("cli.needs_value", language, name=wrong.option_name)
        case click.MissingParameter():
            return say("cli.missing", language, name=_name(wrong.param))
        case click.BadParameter():
            why = _why(wrong, language)
            return say("cli.bad_value", language, name=_name(wrong.param), why=why)
    extra = _EXTRA.match(wrong.format_message())
    if extra is not None:
        return say("cli.extra", language, found=extra[1])
    return wrong.format_message()


def _name(parameter: click.Parameter | None) -> str:
    """An option as it is typed, an argument as the usage line shows it."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name.upper() if parameter else "?"


def _why(wrong: click.BadParameter, language: str) -> str:
    sort = wrong.param.type if wrong.param is not None else None
    quoted = _QUOTED.search(wrong.message)
    found = quoted[1] if quoted else "?"
    if isinstance(sort, click.Choice):
        return say("cli.bad_choice", language, found=found, of=list(sort.choices))
    if isinstance(sort, click.IntRange) and quoted is None:
        least = sort.min if sort.min is not None else "…"
        most = sort.max if sort.max is not None else "…"
        number = wrong.message.partition(" ")[0]
        return say("cli.bad_range", language, found=number, least=least, most=most)
    if isinstance(sort, click.types.IntParamType):
        return say("cli.bad_whole", language, found=found)
    return wrong.message
