"""The text of every statement, ready for a driver; nothing is built when it runs.

A statement is given its values as a tuple, in the order that ``prepared.json`` tells
(``takes``), which is the same for both databases.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("prepared.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Every statement in one database's words."""

    head: str
    head_locked: str
    heads: str
    heads_of: str
    heads_locked: str
    new_head: str
    move_head: str
    new_entry: str
    entries: str
    set_fact: str
    drop_fact: str
    facts: str
    facts_of: str
    set_timer: str
    drop_timer: str
    due: str
    due_last: str
    due_instances: str
    timers: str
    timers_of: str
    next_due: str
    new_request: str
    close_request: str
    requests: str
    requests_of: str
    claim: str
    claims: str
    renew: str
    put_off: str
    retry: str
    end_claim: str
    next_ready: str
    new_message: str
    messages: str
    letters: str
    new_plan: str
    plan: str
    new_blob: str
    blob: str
    new_private: str
    privates: str
    privates_of: str
    drop_private: str
    drop_blob: str
    sharing: str
    new_command: str
    command: str
    commands: str
    new_unlogged: str
    unlogged: str
    drop_unlogged: str
    log: str
    log_locked: str
    move_log: str
    signing: str
    set_signing: str
    hashes: str
    new_leaf: str
    leaves: str
    positions: str
    position: str
    moved_since: str
    set_tile: str
    tile: str
    set_way: str
    way: str
    extent: str
    shift: str
    placed_in_step: str
    placed: str
    lines: str
    waiting: str
    recorded: str
    unplaced: str
    tile_keys: str
    ways: str
    set_snapshot: str
    last_snapshot: str
    snapshots: str
    drop_snapshots: str
    stretches: str
    bodies: str
    blobs: str
    plans: str
    unowned: str


def prepared(dialect: str) -> Prepared:
    """The statements for ``sqlite`` or ``postgresql``."""
    known = json.loads(FILE.read_text(encoding="utf-8"))
    return Prepared(**{one.name: known[one.name][dialect] for one in fields(Prepared)})
