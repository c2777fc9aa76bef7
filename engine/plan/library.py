"""Where plans and kinds are found, and how a file becomes a plan.

A plan that ``extends`` another looks beside itself, upwards through ``plans``
folders, and last in the library that plangate ships. Kinds are those of the shipped
library and of a ``kinds`` folder beside the plan, which may replace them by name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from engine.errors import AbstractPlan, PlanRejected, UnknownPlan
from engine.plan import calendars, overlay
from engine.plan import kinds as kinds_of
from engine.plan.check import check_plan
from engine.plan.compiler import compile_plan
from engine.plan.faults import Fault, Faults, nearest
from engine.plan.gate_table import table_of
from engine.plan.graph import Kind, Plan
from engine.plan.source import Source, parse, read, survey
from engine.ports import Json

UPWARDS_MAX: Final = 6
KEPT_MAX: Final = 16
"""Sets of kinds that are kept compiled."""
KIND_FILES_MAX: Final = 1_000
"""Files of kinds that are kept read."""


@cache
def shipped() -> Path:
    """The library that comes with plangate: in a wheel, or in a checkout."""
    inside = Path(__file__).parent.parent / "library"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "plans"


@dataclass(frozen=True, slots=True)
class Checked:
    """A plan and everything that was found wrong or worth knowing."""

    plan: Plan | None
    faults: tuple[Fault, ...]
    bundle: bytes = b""
    """The canonical text of all sources; the plan is known by its SHA-256."""


def find(name: str) -> Path:
    """The file of a plan or scenario, by path or by id; raises UnknownPlan."""
    path = Path(name)
    for base in (Path(), shipped()):
        for candidate in (
            base / path,
            base / f"{name}.yaml",
            base / "scenarios" / f"{name}.yaml",
        ):
            if _is_file(candidate):
                return candidate
    raise UnknownPlan(plan=name, near=_nearest(name))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # a name that no file can have: too long, a zero inside
        return False


def _nearest(name: str) -> tuple[str, ...]:
    """Names of shipped plans, and of files at hand, that look like the one given."""
    here = [str(path) for path in sorted(Path().glob("*.y*ml"))]
    known = [
        str(path.relative_to(shipped()).with_suffix(""))
        for path in sorted(shipped().rglob("*.yaml"))
        if path.parent.name != "kinds" and ".trace" not in path.name
    ]
    short = {one.rpartition("/")[2]: one for one in known}
    near = nearest(name, (*here, *known, *short))
    return tuple(dict.fromkeys(short.get(one, one) for one in near)) or tuple(known[:3])


def resolve_file(path: Path) -> overlay.Resolved:
    """A plan on top of its bases, names not yet resolved; raises PlanRejected."""
    return overlay.resolve(read(path), _bases(path), _base_names(path))


def kinds_at(path: Path, faults: Faults) -> tuple[dict[str, Kind], dict[str, Source]]:
    """The kinds that a plan at a path may use, and their sources, by name."""
    sources = tuple(_kind_sources(path))
    return _compiled_kinds(sources, faults), {one.id: one for one in sources}


def check_file(path: Path) -> Checked:
    """A plan file, read, resolved, compiled and checked; nothing is raised."""
    faults = Faults()
    try:
        source = survey(path)
        resolved = overlay.laid(source, _bases(path), _base_names(path), faults)
        faults.extend(source.faults)
        kind_sources = tuple(_kind_sources(path))
    except PlanRejected as rejected:
        return Checked(None, rejected.faults)
    if resolved is None:
        return Checked(None, faults.all())
    calendar = calendars.chosen(resolved.tree.get("calendar"), _bases(path), faults)
    return _checked(resolved, kind_sources, calendar, faults)


def _checked(
    resolved: overlay.Resolved,
    kind_sources: tuple[Source, ...],
    calendar: calendars.Chosen,
    faults: Faults,
) -> Checked:
    kinds = _compiled_kinds(kind_sources, faults)
    plan = compile_plan(resolved, kinds, faults, calendar)
    bundle = bundle_of(plan, resolved.sources, kind_sources, calendar.packed())
    if plan is not None:
        plan = _known_by(plan, bundle)
        check_plan(plan, resolved, faults)
    return Checked(plan if not faults.any() else None, faults.all(), bundle)


def _known_by(plan: Plan, bundle: bytes) -> Plan:
    return replace(plan, digest=hashlib.sha256(bundle).hexdigest())


_KINDS: Final[dict[str, tuple[dict[str, Kind], tuple[Fault, ...]]]] = {}


def _compiled_kinds(sources: tuple[Source, ...], faults: Faults) -> dict[str, Kind]:
    """Kinds are compiled once for the same texts."""
    # the name too: a fault tells the file it is in
    parts = [part for one in sources for part in (one.name, one.digest)]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    # what is at hand is not looked up again: another thread may have made room
    kept = _KINDS.get(key)
    if kept is None:
        if len(_KINDS) >= KEPT_MAX:
            _KINDS.clear()
        own = Faults()
        kept = _KINDS[key] = (kinds_of.read_kinds(sources, own), own.all())
    kinds, found = kept
    faults.extend(found)
    return kinds


def load(name: str | Path) -> tuple[Plan, bytes]:
    """A plan that has no fault, and its bundle; raises PlanRejected, UnknownPlan."""
    path = name if isinstance(name, Path) else find(name)
    checked = check_file(path)
    if checked.plan is None:
        raise PlanRejected(
            tuple(fault for fault in checked.faults if fault.severity == "fault")
        )
    return checked.plan, checked.bundle


def load_to_run(name: str) -> tuple[Plan, bytes]:
    """The same for a plan that is to be started; raises AbstractPlan for a base."""
    plan, bundle = load(name)
    if plan.abstract:
        raise AbstractPlan(plan=plan.id)
    return plan, bundle


def bundle_of(
    plan: Plan | None,
    sources: tuple[Source, ...],
    kinds: tuple[Source, ...],
    calendar: Json = None,
) -> bytes:
    """All texts of a plan in one; what a running instance is pinned to.

    With the table of its gates, for those who check what was decided and read no
    plans, and that of a calendar that is not the plan's own, day by day.
    """
    packed: dict[str, Json] = {
        "plan": [[one.id, one.text] for one in sources],
        "kinds": [[one.id, one.text] for one in kinds],
    }
    if plan is not None:
        packed["gates"] = table_of(plan)
    if calendar is not None:
        packed["calendar"] = calendar
    return json.dumps(
        packed, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def from_bundle(bundle: bytes) -> Plan:
    """The plan of a bundle, compiled again; raises PlanRejected."""
    packed = json.loads(bundle)
    sources = [parse(text, name) for name, text in packed["plan"]]
    kind_sources = tuple(parse(text, name) for name, text in packed["kinds"])
    known = {source.id: source for source in sources}
    resolved = overlay.resolve(sources[-1], known.get)
    faults = Faults()
    kinds, kept = _compiled_kinds(kind_sources, faults), packed.get("calendar")
    calendar = None if kept is None else calendars.unpacked(kept)
    plan = compile_plan(resolved, kinds, faults, calendar)
    if plan is None:
        raise PlanRejected(faults.all())
    # a plan that runs was checked when it began; what a later check knows better
    # must not stop it
    return _known_by(plan, bundle)


def _bases(path: Path) -> Callable[[str], Source | None]:
    def find_base(name: str) -> Source | None:
        for folder in _folders(path):
            candidate = folder / f"{name}.yaml"
            if _is_file(candidate):
                return read(_beside(candidate))
        return None

    return find_base


def _beside(path: Path) -> Path:
    """As somebody in the present folder would name it: faults tell it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _base_names(path: Path) -> Iterator[str]:
    """What a plan may extend, for whoever misspells it."""
    for folder in dict.fromkeys((path.parent / "base", shipped() / "base")):
        for file in sorted(folder.glob("*.yaml")):
            yield f"base/{file.stem}"


def _folders(path: Path) -> Iterator[Path]:
    """Where a base may be: beside, upwards, in what plangate ships."""
    folder = path.resolve().parent
    for _ in range(UPWARDS_MAX):
        yield folder
        if (folder / "plans").is_dir():
            yield folder / "plans"
        if folder.parent == folder:
            break
        folder = folder.parent
    yield shipped()


def _kind_sources(path: Path) -> Iterator[Source]:
    """Shipped kinds, then those of the nearest ``kinds`` folder of the plan."""
    files: dict[str, Path] = {
        file.name: file for file in sorted((shipped() / "kinds").glob("*.yaml"))
    }
    for folder in (path.resolve().parent, path.resolve().parent.parent):
        own = folder / "kinds"
        if own.is_dir() and own != (shipped() / "kinds").resolve():
            files |= {file.name: file for file in sorted(own.glob("*.yaml"))}
            break
    for file in files.values():
        yield _read_kind(str(_beside(file)), _changed(file))


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0  # a link to nothing; reading it tells


@lru_cache(maxsize=KIND_FILES_MAX)
def _read_kind(path: str, changed: int) -> Source:
    del changed
    return read(Path(path))
