"""``plangate``: the commands and what becomes of errors.

Exit codes: 0 done · 1 refused by a gate or right · 2 wrong use or invalid plan ·
3 damaged data · 4 unavailable (docs/cli.md).
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final, NoReturn

import click

from engine.cli.command import Named, command_language, language_of
from engine.errors import PlangateError
from engine.plan.faults import nearest
from engine.words import say

COMMANDS: Final = (
    "demo",
    "check",
    "show",
    "kinds",
    "start",
    "do",
    "signal",
    "tick",
    "status",
    "work",
    "why",
    "whynot",
    "history",
    "verify",
    "run-scenario",
)
"""In the order in which a newcomer meets them. Each is ``run`` of its own module."""
INTERRUPTED: Final = 130


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


@click.group("plangate", cls=Commands, help="cli.help_plangate")
@command_language
def plangate() -> None:
    """The group; what it does is in its commands."""


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """One command line; every error becomes a sentence on stderr and a code."""
    try:
        found: Any = plangate.main(
            arguments, prog_name="plangate", standalone_mode=False
        )
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as wrong:
        click.echo(spoken(wrong), err=True)
        return PlangateError.exit_code
    except PlangateError as wrong:
        click.echo(wrong.say(language_of(None)), err=True)
        return wrong.exit_code
    except BrokenPipeError:
        # the reader of our output has gone; nothing is left to say
        sys.stderr.close()
        return 0
    return found if isinstance(found, int) else 0


def spoken(wrong: click.ClickException) -> str:
    """What click found wrong with the words of a command, in the user's language."""
    ctx = getattr(wrong, "ctx", None)
    language = language_of(ctx)
    path = ctx.command_path if ctx is not None else "plangate"
    match wrong:
        case click.NoSuchOption():
            near = wrong.possibilities or ("--help",)
            said = say(
                "cli.no_option", language, name=wrong.option_name, near=list(near)
            )
        case click.MissingParameter():
            name = wrong.param.human_readable_name if wrong.param else "?"
            said = say("cli.missing", language, name=name)
        case click.BadParameter():
            name = wrong.param.human_readable_name if wrong.param else "?"
            said = say("cli.bad_value", language, name=name, why=wrong.message)
        case _:
            said = wrong.format_message()
    return f"{said}\n{say('cli.see_help', language, command=path)}"
