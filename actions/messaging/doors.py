"""Where a call may go: a URL's host, if the office lists it, and its addresses.

A name is resolved once. What is dialled are the addresses that were judged here, so
that nobody can answer differently after the check.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from actions.messaging.hosts import Entry, is_public, literal, read_entries
from engine.action import Failed, TryAgain

if TYPE_CHECKING:
    from httpx import URL

HOSTS: Final = "PLANGATE_WEBHOOK_HOSTS"
PORTS: Final = {"https": 443, "http": 80}
ADDRESSES_MAX: Final = 3
"""Of one name, tried in turn while nobody answers the door."""

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""Addresses of a host, as text. Raises OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a call may go: the URL's host, and the addresses that it stands for."""

    url: URL
    host: str
    """In ASCII and small letters, without a last dot."""
    addresses: tuple[str, ...]


def addresses_of(host: str, port: int) -> Sequence[str]:
    """What this machine's resolver says. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def door_of(text: str, allowed: str, resolve: Resolve) -> Door:
    """The door of a URL. Raises Failed, and TryAgain where nobody knows the name."""
    import httpx

    url = httpx.URL(text)
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    host = str(literal(host) or host)
    port = url.port or PORTS[url.scheme]
    entries = [entry for entry in _entries(allowed) if _meant(entry, url, host, port)]
    if not entries:
        raise Failed(
            f"{url.scheme}://{host}:{port} 不在 {HOSTS} 之列；请由管理员列入 / "
            f"{url.scheme}://{host}:{port} is not listed in {HOSTS}; "
            "the office's administrator can add it"
        )
    addresses = _addresses(host, port, entries, resolve)
    return Door(url=url, host=host, addresses=addresses[:ADDRESSES_MAX])


def _entries(allowed: str) -> tuple[Entry, ...]:
    try:
        return read_entries(allowed)
    except ValueError as error:
        raise Failed(f"{HOSTS}：{error}") from None


def _meant(entry: Entry, url: URL, host: str, port: int) -> bool:
    scheme = entry.scheme or "https"
    own = entry.port or PORTS[scheme]
    return url.scheme == scheme and port == own and entry.names(host)


def _addresses(
    host: str, port: int, entries: Sequence[Entry], resolve: Resolve
) -> tuple[str, ...]:
    """Those that may be reached. Whatever is not known to be allowed is refused."""
    explicit = {entry.address for entry in entries}
    try:
        found = [literal(address) for address in resolve(host, port)]
    except (OSError, UnicodeError):
        raise TryAgain(silent(host)) from None
    fit = tuple(
        str(address)
        for address in found
        if address is not None and (address in explicit or is_public(address))
    )
    if not fit:
        raise Failed(
            f"{host} 指向的不是公网地址；确需调用内部系统的，请在 {HOSTS} 里写明地址"
            f"（名称=地址） / {host} does not stand for an address of the public "
            f"internet; to call a system inside, name its address in {HOSTS} "
            "(name=address)"
        )
    return fit


def silent(host: str) -> str:
    """What is told of a host that does not answer."""
    return f"{host} 没有答复，将再试 / {host} gave no answer; it is tried again"
