"""Runs a program that the office has put into its folder of commands.

The plan names the program and what it is told; which programs there are, the office
alone decides. No shell reads anything: the plan's values arrive as one JSON text.
"""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any, Final

from pydantic import Field

from actions.parameters import FileName, Shape, printable
from engine.action import Action, Attempt, Done, Failed, Made, Setting, TryAgain

FOLDER: Final = "PLANGATE_COMMANDS"
OUTPUT_MAX: Final = 10 * 2**20
"""Bytes that a program may write."""
DETAIL_MAX: Final = 500
TRY_AGAIN: Final = 75
"""Exit code ``EX_TEMPFAIL`` of sysexits.h: not now, perhaps later."""
PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TZ", "HOME")
"""All that a program sees of the worker's environment."""
_SHORT: Final = frozenset(
    {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY}
)
"""Want of processes, memory, handles; a program that is just being written."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class Parameters(Shape):
    """Which program, and what it is told."""

    name: Annotated[str, Field(pattern=f"^{_NAME.pattern}$")]
    given: dict[str, Any] = Field(default={})
    """Written to the program's standard input as JSON, in UTF-8."""
    output: FileName | None = None
    """What the program writes is kept as a file of this name."""


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Runs it once; raises Failed, TryAgain by its exit code."""
    program = _program(Path(attempt.settings[FOLDER]), parameters.name)
    told = {
        "key": attempt.key,
        "instance": attempt.instance,
        "node": attempt.node,
        "given": parameters.given,
    }
    environment = {one: os.environ[one] for one in PASSED_ON if one in os.environ}
    # what it writes goes to a file, so that no amount of it is held in memory
    with TemporaryFile() as output:
        try:
            ended = subprocess.run(  # noqa: S603 -- the office's own program, no shell
                [str(program)],
                input=json.dumps(told, ensure_ascii=False).encode(errors="replace"),
                stdout=output,
                stderr=subprocess.STDOUT if parameters.output is None else None,
                env={**environment, "PLANGATE_KEY": attempt.key},
                cwd=program.parent,
                check=False,
            )
        except OSError as wrong:
            raise _unstarted(parameters.name, wrong) from None
        output.seek(0)
        return _ended(parameters, ended.returncode, output.read(OUTPUT_MAX + 1))


def _program(folder: Path, name: str) -> Path:
    """A program of the folder itself: no link leads out of it."""
    found = (folder / name).resolve()
    if found.parent != folder.resolve() or not found.is_file():
        raise Failed(
            f"{name}: 命令文件夹里没有这个程序 / no such program among the commands"
        )
    return found


def _unstarted(name: str, wrong: OSError) -> Failed | TryAgain:
    """The program did not begin: for want of room in the machine, or for good."""
    if wrong.errno in _SHORT:
        return TryAgain(
            f"{name}：此刻不能启动（{wrong.strerror}），将再试 / "
            f"it cannot be started now ({wrong.strerror}); it is tried again"
        )
    return Failed(
        f"{name}：不能运行（{wrong.strerror}）；请由管理员核对该文件 / "
        f"it cannot be run ({wrong.strerror}); "
        "the office's administrator can look at the file"
    )


def _ended(parameters: Parameters, code: int, output: bytes) -> Done:
    if len(output) > OUTPUT_MAX:
        raise Failed(
            f"{parameters.name}：输出超过 {OUTPUT_MAX} 字节；请让它少写一些 / "
            f"it wrote more than {OUTPUT_MAX} bytes; have it write less"
        )
    last = _last_line(output) if parameters.output is None else ""
    told = f"{parameters.name}: {last}" if last else parameters.name
    if code == TRY_AGAIN or code < 0:  # ended from outside: the machine goes down
        raise TryAgain(told)
    if code != 0:
        raise Failed(f"{told}（退出码 {code} / exit code {code}）")
    if parameters.output is None:
        return Done(detail=told)
    return Done(detail=told, files=(Made(name=parameters.output, content=output),))


def _last_line(output: bytes) -> str:
    """What it said last, for people."""
    text = printable(output.decode("utf-8", "replace")).strip()
    return text.rpartition("\n")[2][:DETAIL_MAX]


ACTION: Final = Action(
    name="command",
    title={"zh": "运行一个程序", "en": "run a program"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "程序会再运行一次，收到同一个 key；是否重复由程序自己凭 key 判断",
        "en": "the program runs again and is told the same key; it is for the program "
        "to do nothing twice under one key",
    },
    settings=(
        Setting(
            name=FOLDER,
            what={
                "zh": "文件夹：其中的可执行文件就是方案可以运行的全部程序",
                "en": "a folder: its executable files are all that plans may run",
            },
            required=True,
        ),
    ),
)
