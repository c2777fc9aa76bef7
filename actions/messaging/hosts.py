"""Which hosts an action may reach: what the office allows, and what an address is.

A list is one setting, its entries apart by commas or blanks::

    https://hooks.example.com:8443   one host, one port (without: the scheme's own)
    .example.com                     whatever stands below a name, not the name itself
    http://127.0.0.1:8080            without TLS, and to this very address
    oa.example.cn=10.1.2.3           a name that may stand for this address inside

An address that is not of the public internet is reached only if an entry carries it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

ENTRIES_MAX: Final = 1_000
_ENTRY: Final = re.compile(
    r"((?P<scheme>https?)://)?"
    r"(\[(?P<six>[0-9a-f:.]+)\]|(?P<name>\.?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?))"
    r"(:(?P<port>[0-9]{1,5}))?(=(?P<address>[0-9a-f:.]+))?"
)
_CARRIERS: Final = tuple(
    ip_network(network)
    for network in (
        "::/96",  # IPv4-compatible
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 of a site
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local, as it was
        "3fff::/20",  # documentation (RFC 9637), which Python does not know yet
        "192.88.99.0/24",  # 6to4 relays
    )
)
"""Networks that lead elsewhere than they seem to; nobody's host is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an office's list."""

    scheme: str | None
    name: str
    """In ASCII and small letters; one that begins with a dot means all below it."""
    port: int | None
    address: Address | None
    """An address that is meant as such, wherever it lies."""

    def names(self, host: str) -> bool:
        """Whether this host, in ASCII and small letters, is meant."""
        if self.name.startswith("."):
            return host.endswith(self.name) and host != self.name
        return host == self.name


def read_entries(text: str) -> tuple[Entry, ...]:
    """An office's list. Raises ValueError at the first entry that is none."""
    written = [entry for entry in re.split(r"[\s,]+", text) if entry]
    if len(written) > ENTRIES_MAX:
        raise ValueError(f"more than {ENTRIES_MAX} entries / 条目过多")
    return tuple(_read_entry(entry) for entry in written)


def _read_entry(entry: str) -> Entry:
    found = _ENTRY.fullmatch(entry.lower())
    if found is None:
        raise ValueError(f"not a host: {entry!r} / 不是主机：{entry!r}")
    name = found["six"] or found["name"]
    own = literal(name)
    if found["six"] and own is None:
        raise ValueError(f"not an address: {entry!r} / 不是地址：{entry!r}")
    address = ip_address(found["address"]) if found["address"] else own
    port = int(found["port"]) if found["port"] else None
    return Entry(
        scheme=found["scheme"],
        name=str(own) if own else name,
        port=port,
        address=address,
    )


def literal(host: str) -> Address | None:
    """The address that a host is written as, in the one spelling that counts.

    ``2130706433`` and ``0177.0.0.1`` are names here: resolvers read them as addresses,
    and what they give is judged as what any name gives.
    """
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether it is a host of the public internet, and leads nowhere else."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if any(
        address in network
        for network in _CARRIERS
        if isinstance(network, IPv6Network) is isinstance(address, IPv6Address)
    ):
        return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )
