"""Bugs planted in the verifier, one at a time: does a test tell?

Takes mutants by seed, from all sections of ``engine/verifier.py`` alike, and runs the
tests against each in a process of its own, those first that came by the changed line.
Prints each mutant that no test told, but for those that
``equivalent_mutants.txt`` says are no bug, and why.

    python -m tests.campaigns.mutants [--seed N] [--count N] [--section WORD] [--slow]
                                        [--minutes N] [--map FILE]

Tests that take longer than a second are left out, unless asked for by ``--slow``.
Nothing of the working tree is written.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.util
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice, takewhile
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401 - once,
import hypothesis  # noqa: F401 - and not in every process
import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "engine" / "verifier.py"
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.txt")
TESTS = (
    "tests/verifier",
    "tests/audit/test_bundle_verified.py",
    "tests/audit/test_gates_verified.py",
    "tests/histories/test_golden.py",
    "tests/plan/test_reckoning.py",
)
QUIET = "ignore::pytest.PytestAssertRewriteWarning"  # of what is imported once
ARGUMENTS = ("-q", "-x", "-p", "no:cacheprovider", "-W", QUIET)
SLOW = 1.0  # seconds of a test
PATIENCE = 30  # seconds for one test against a mutant
MEMORY = 3 << 30
WORKERS = 2
TOLD, TOLD_BY_TIME, NOT_TOLD = "told", "told by time", "not told"
# By the exit code of pytest; another one is a fault of this tool.
VERDICTS = {0: NOT_TOLD, 1: TOLD, 2: TOLD, 5: NOT_TOLD}
TOLD_AT_ONCE, UNFIT = 1, 70

# --- What can be changed

SENTENCES = {"SAYS", "WHYS", "TABLE", "PROPERTIES", "NOT_LOOKED_AT"}
OTHERS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}


class Mutant(NamedTuple):
    """One change: the bytes from `start` to `end` become `text`."""

    line: int
    start: int
    end: int
    text: str
    function: str
    section: str

    def source(self, original: bytes) -> bytes:
        return original[: self.start] + self.text.encode() + original[self.end :]

    def shown(self, original: bytes) -> str:
        """What was and what becomes; also how a judged mutant is found again."""
        first = original.rfind(b"\n", 0, self.start) + 1
        last = original.find(b"\n", self.end)
        changed = original[first : self.start] + self.text.encode()
        changed += original[self.end : last]
        was, becomes = (
            " ".join(text.decode().split()) for text in (original[first:last], changed)
        )
        return f"{self.function}: {was} -> {becomes}"


class Planting(ast.NodeVisitor):
    """Walks the verifier and gathers every change that can be made."""

    def __init__(self, source: bytes) -> None:
        self.mutants: list[Mutant] = []
        self._starts = [0]
        self._sections = [(0, "top")]
        self._within: list[str] = []
        for number, line in enumerate(source.splitlines(keepends=True), 1):
            self._starts.append(self._starts[-1] + len(line))
            if line.startswith(b"# --- "):
                name = line[6:].decode().rstrip("- \n")
                self._sections.append((number, name))

    def _plant(self, node: Any, new: ast.AST | str) -> None:
        text = new if isinstance(new, str) else ast.unparse(new)
        if isinstance(node, ast.expr) and not isinstance(new, str | ast.Constant):
            text = f"({text})"
        start = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[node.end_lineno - 1] + node.end_col_offset
        section = [name for line, name in self._sections if line <= node.lineno][-1]
        function = ".".join(self._within) or "module"
        self.mutants.append(Mutant(node.lineno, start, end, text, function, section))

    def generic_visit(self, node: ast.AST) -> None:
        changes = getattr(self, f"of_{type(node).__name__.lower()}", None)
        for new in changes(node) if changes else ():
            self._plant(*(new if isinstance(new, tuple) else (node, new)))
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "bases"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    self.visit(child)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._within.append(node.name)
        self.generic_visit(node)
        self._within.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._within.append(node.name)
        self.generic_visit(node)
        self._within.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if ast.unparse(node.target) not in SENTENCES:
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        is_type = ast.unparse(node.value).startswith("Callable")
        if not is_type and ast.unparse(node.targets[0]) not in SENTENCES:
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """What stands in an f-string has no place of its own in Python 3.11."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """An assertion is for our own bugs: nothing tests it."""

    # -- expressions

    def of_compare(self, node: ast.Compare) -> Iterator[ast.AST]:
        for place, sign in enumerate(node.ops):
            for other in OTHERS[type(sign)]:
                ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield ast.Compare(node.left, ops, node.comparators)

    def of_boolop(self, node: ast.BoolOp) -> Iterator[ast.AST]:
        yield ast.BoolOp(OTHERS[type(node.op)][0](), node.values)
        for place in range(len(node.values)):
            rest = [*node.values[:place], *node.values[place + 1 :]]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)

    def of_unaryop(self, node: ast.UnaryOp) -> Iterator[ast.AST]:
        if isinstance(node.op, ast.Not):
            yield node.operand

    def of_binop(self, node: ast.BinOp) -> Iterator[ast.AST]:
        for other in OTHERS.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)

    def of_constant(self, node: ast.Constant) -> Iterator[ast.AST]:
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1)

    def of_ifexp(self, node: ast.IfExp) -> Iterator[ast.AST]:
        yield from (node.body, node.orelse)

    def of_slice(self, node: ast.Slice) -> Iterator[tuple[ast.AST, str]]:
        for bound in (node.lower, node.upper):
            if bound is not None and not isinstance(bound, ast.Constant):
                yield bound, f"({ast.unparse(bound)}) + 1"

    def of_call(self, node: ast.Call) -> Iterator[ast.AST]:
        name = ast.unparse(node.func)
        if name in NAMES:
            yield ast.Call(ast.Name(NAMES[name]), node.args, node.keywords)
        if name == "range":
            more = ast.BinOp(node.args[-1], ast.Add(), ast.Constant(1))
            yield ast.Call(node.func, [*node.args[:-1], more], [])
        if len(node.args) > 1 and not isinstance(node.args[0], ast.Starred):
            one, other, *rest = node.args
            yield ast.Call(node.func, [other, one, *rest], node.keywords)

    def of_comprehension(self, node: ast.comprehension) -> Iterator[Any]:
        yield from ((condition, "True") for condition in node.ifs)

    # -- statements

    def of_if(self, node: ast.If) -> Iterator[tuple[ast.AST, str]]:
        yield from ((node.test, answer) for answer in ("True", "False"))

    def of_while(self, node: ast.While) -> Iterator[tuple[ast.AST, str]]:
        yield node.test, "False"

    def of_return(self, node: ast.Return) -> Iterator[str]:
        if node.value is None or ast.unparse(node.value) in ("None", "False", '""'):
            yield "pass"  # None would be as false
        else:
            yield "return None"

    def of_raise(self, _: ast.Raise) -> Iterator[str]:
        yield "pass"

    def of_continue(self, _: ast.Continue) -> Iterator[str]:
        yield from ("pass", "break")

    def of_break(self, _: ast.Break) -> Iterator[str]:
        yield from ("pass", "continue")

    def of_expr(self, node: ast.Expr) -> Iterator[str]:
        if isinstance(node.value, ast.Call | ast.Yield | ast.YieldFrom):
            yield "pass"

    def of_augassign(self, node: ast.AugAssign) -> Iterator[ast.AST | str]:
        yield "pass"
        for other in OTHERS.get(type(node.op), ()):
            yield ast.AugAssign(node.target, other(), node.value)

    def of_assign(self, node: ast.Assign) -> Iterator[str]:
        if self._within and not isinstance(node.targets[0], ast.Name | ast.Tuple):
            yield "pass"

    def of_excepthandler(self, node: ast.ExceptHandler) -> Iterator[tuple[Any, Any]]:
        if isinstance(node.type, ast.Tuple):
            for place in range(len(node.type.elts)):
                rest = node.type.elts[:place] + node.type.elts[place + 1 :]
                yield node.type, ast.Tuple(rest, ast.Load())
        elif node.type is not None:
            yield node.type, "ZeroDivisionError"


def mutants_of(source: bytes) -> list[Mutant]:
    planting = Planting(source)
    planting.visit(ast.parse(source))
    unique = {(m.start, m.end, m.text): m for m in planting.mutants}
    return [m for m in unique.values() if m.function != "module" or m.line > 30]


def chosen(mutants: list[Mutant], seed: int, count: int) -> list[Mutant]:
    """So many by seed, in a mixed order."""
    random.Random(seed).shuffle(mutants)
    return mutants[:count]


# --- Which tests come by which line


class Map:
    """A plugin of pytest: the lines that each test came by, and how long it took."""

    SEEN_MAX = 20  # calls of one function in one test that are followed line by line
    CALLS_MAX = 50_000  # of all functions in one test: what comes later is not seen

    def __init__(self) -> None:
        self.lines: dict[str, set[int]] = defaultdict(set)
        self.took: Counter[str] = Counter()
        self._calls: Counter[Any] = Counter()
        self._left = 0
        self._now: set[int] = set()

    def _call(self, frame: FrameType, _event: str, _: Any) -> Any:
        code = frame.f_code
        self._left -= 1
        if self._left < 0:
            sys.settrace(None)
        if not code.co_filename.endswith("engine/verifier.py"):
            return None
        self._calls[code] += 1
        return self._line if self._calls[code] < self.SEEN_MAX else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self._now.add(frame.f_lineno)
        return self._line

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._now = self.lines[item.nodeid]
        self._calls.clear()
        self._left = self.CALLS_MAX
        sys.settrace(self._call)
        try:
            return (yield)
        finally:
            sys.settrace(None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.took[report.nodeid] += report.duration  # type: ignore[assignment]


class Order:
    """A plugin of pytest: only tests that come by a line, the quickest first.

    One that does not come to an end ends the process.
    """

    def __init__(self, tests: list[str]) -> None:
        self._rank = {test: rank for rank, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._rank]
        items.sort(key=lambda item: self._rank[item.nodeid])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        signal.alarm(PATIENCE)


def mapped(path: Path) -> Map:
    """The map of all tests, made in a process of its own: here nothing is imported."""
    if not path.exists():
        child = os.fork()
        if child == 0:
            os._exit(make_map(path))
        if os.waitpid(child, 0)[1]:
            sys.exit("the tests do not pass without any mutant")
    seen = Map()
    seen.lines, seen.took = pickle.loads(path.read_bytes())
    return seen


def make_map(path: Path) -> int:
    seen = Map()
    with contextlib.suppress(Exception):
        code = pytest.main([*ARGUMENTS, *TESTS], plugins=[seen])
        path.write_bytes(pickle.dumps((seen.lines, seen.took)))
        return int(code)
    return UNFIT


def tests_for(mutant: Mutant, seen: Map, *, slow: bool) -> list[str]:
    """Of a line that no test came by (it is read at import) all of them."""
    tests = [test for test, lines in seen.lines.items() if mutant.line in lines]
    limit = PATIENCE if slow else SLOW
    quick = [test for test in tests or seen.lines if seen.took[test] < limit]
    return sorted(quick, key=seen.took.__getitem__)


# --- One mutant in a process of its own


def plant(path: Path) -> None:
    """Makes a file the verifier of this process."""
    import engine

    spec = importlib.util.spec_from_file_location("engine.verifier", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["engine.verifier"] = module
    spec.loader.exec_module(module)
    engine.verifier = module  # type: ignore[attr-defined]


def run(source: bytes, tests: list[str]) -> int:
    """The exit code of the tests against a mutant, in a process made for it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(PATIENCE)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "engine" / "verifier.py"
        path.parent.mkdir()
        path.write_bytes(source)
        try:
            plant(path)
        except Exception:  # noqa: BLE001 - it does not even load
            return TOLD_AT_ONCE
        files = sorted({test.partition("::")[0] for test in tests})
        return int(pytest.main([*ARGUMENTS, *files], plugins=[Order(tests)]))


def judged(
    mutants: Iterator[Mutant], source: bytes, seen: Map, *, slow: bool
) -> Iterator[tuple[Mutant, str]]:
    """Each mutant and its verdict, as they come; two processes at most."""
    running: dict[int, Mutant] = {}
    while True:
        for mutant in islice(mutants, WORKERS - len(running)):
            tests = tests_for(mutant, seen, slow=slow)
            child = os.fork()
            if child == 0:
                code = UNFIT
                with contextlib.suppress(Exception):
                    code = run(mutant.source(source), tests)
                os._exit(code)
            running[child] = mutant
        if not running:
            return
        child, status = os.wait()
        yield running.pop(child), verdict_of(status)


def verdict_of(status: int) -> str:
    if os.WIFSIGNALED(status):
        return TOLD_BY_TIME if os.WTERMSIG(status) == signal.SIGALRM else TOLD
    return VERDICTS[os.WEXITSTATUS(status)]


def equivalent() -> dict[str, str]:
    """The judged mutants that are no bug, by what is shown of them, and why."""
    found: dict[str, str] = {}
    if EQUIVALENT.exists():
        for line in EQUIVALENT.read_text("utf-8").splitlines():
            shown, bar, why = line.rpartition(" | ")
            if bar and not line.startswith("#"):
                found[shown] = why
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--section", default="", help="a word of its heading")
    parser.add_argument("--minutes", type=int, default=600, help="takes none later")
    parser.add_argument("--map", type=Path, help="a file to keep the map in")
    parser.add_argument("--slow", action="store_true", help="tests of any length")
    return parser.parse_args()


def main() -> None:
    asked, began = arguments(), time.monotonic()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        seen = mapped(asked.map or Path(folder) / "map")
    source = SOURCE.read_bytes()
    mutants = [m for m in mutants_of(source) if asked.section in m.section]
    known, counts = equivalent(), Counter[str]()
    end = time.monotonic() + 60 * asked.minutes
    some = chosen(mutants, asked.seed, asked.count)
    timely = takewhile(lambda _: time.monotonic() < end, some)
    for mutant, verdict in judged(timely, source, seen, slow=asked.slow):
        shown = mutant.shown(source)
        is_equivalent = verdict == NOT_TOLD and shown in known
        counts["equivalent" if is_equivalent else verdict] += 1
        if verdict == NOT_TOLD and not is_equivalent:
            print(f"{mutant.line} {shown}", flush=True)
    took = time.monotonic() - began
    print(f"of {len(mutants)} possible: {dict(counts)}; {took:.0f} s")


if __name__ == "__main__":
    main()
