"""The only place that joins ports to adapters."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.journal.codec import decode
from engine.journal.opening import open_journal
from engine.plan.library import from_bundle
from engine.ports import Journal
from engine.runtime.privacy import fresh_salt
from engine.runtime.service import Service, payload_of

if TYPE_CHECKING:
    from engine.runtime.addresses import AddressBook
    from engine.runtime.clock import Meanwhile
    from engine.runtime.requests import Office

OURS: Final = "plangate"
"""The distribution whose actions nobody else's take the place of."""
ADDRESSES: Final = "PLANGATE_ADDRESSES"
"""Names the file of the address book."""


def open_service(url: str) -> Service:
    """A service on the journal at an address; raises Unavailable, DamagedData."""
    return Service(
        open_journal(url),
        from_bundle,
        lambda entry: payload_of(entry, decode(entry.body)),
        clock=system_time,
        salts=fresh_salt,
    )


def reopening(url: str) -> Callable[[], Journal] | None:
    """How another process opens the same journal; None for one that no other can."""
    return None if url.startswith("memory:") else partial(open_journal, url)


def system_time() -> datetime:
    """The one clock that is read."""
    return datetime.now(UTC)


def installed_actions() -> Mapping[str, str]:
    """``module:name`` of every action at hand, by its name (entry points).

    A name that several packages use is ours, or the first package's by name.
    """
    from importlib.metadata import entry_points

    from engine.action import GROUP

    def of_others(point: object) -> tuple[bool, str]:
        dist = getattr(point, "dist", None)
        name = "" if dist is None else dist.name
        return name != OURS, name

    found = sorted(entry_points(group=GROUP), key=of_others, reverse=True)
    named = {one.name: one.value for one in found}
    return dict(sorted(named.items()))


def open_office(service: Service, *, is_dry: bool = False, rate: int = 1) -> Office:
    """What a worker works with here: actions, settings and addresses of this process.

    ``is_dry``: neither settings nor addresses, so that nothing leaves the house.
    Raises PlanRejected, BadInput for an address book that cannot be read.
    """
    from engine.plan.library import load_to_run
    from engine.runtime.requests import Office

    found = Office(service, installed_actions(), load_to_run, is_dry=is_dry, rate=rate)
    if not is_dry:
        _addresses()
        found.settings, found.addresses = os.environ, _addresses
    return found


def worked_off(service: Service, **settings: str) -> Meanwhile:
    """What simulated instances ask is done in this process, while their clock stands.

    With these settings and no others; where they do not reach, nothing goes out.
    """
    from engine.runtime.worker import work_off

    office = open_office(service, is_dry=True)
    office.settings = settings

    def meanwhile(now: datetime) -> None:
        for _ in work_off(office, now, simulated=True):
            pass

    return meanwhile


def _addresses() -> AddressBook:
    from engine.runtime.addresses import read_addresses

    file = os.environ.get(ADDRESSES)
    return read_addresses(Path(file)) if file else {}
