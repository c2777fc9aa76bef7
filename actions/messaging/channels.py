"""Which chats may be used, and how something is told in one.

They are reached through Apprise, of which only the services listed here are used; four
bots are called by ``bots.py``, which hears what they answer. A URL may come from
somebody who cannot judge it: where it may lead, the office says, and how, this file.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import unquote

from actions.messaging import bots
from actions.messaging.hosts import Entry, read_entries
from engine.action import Attempt, Failed

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

HOSTS: Final = "PLANGATE_CHANNEL_HOSTS"
BASES: Final = "PLANGATE_CHANNEL_BASES"
SERVICES: Final = frozenset({"pushplus", "schan", *bots.PUBLIC})
"""Their hosts are fixed: what stands in the URL is a key."""
MAIL: Final = frozenset({"mailto", "mailtos"})
OWN: Final = MAIL | {
    kind + secure
    for kind in ("gotify", "json", "mmost", "nctalk", "rocket", "synology")
    for secure in ("", "s")
}
"""What an office runs itself: the URL names the host."""
MAIL_OPTIONS: Final = frozenset(
    {"bcc", "cc", "from", "mode", "name", "pass", "smtp", "to", "user"}
)
"""Others have Apprise read files of this machine, for keys."""

Tell: TypeAlias = Callable[[str, str], bool]
"""Given title and body: whether the service took them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the office has set about chats, and what time it is."""

    allowed: tuple[Entry, ...]
    bases: Mapping[str, str]
    now: datetime


def office_of(attempt: Attempt) -> Office:
    """What is set. Raises Failed for a fault in it."""
    setting = HOSTS
    try:
        allowed = read_entries(attempt.settings.get(HOSTS, ""))
        setting = BASES
        bases = bots.read_bases(attempt.settings.get(BASES, ""))
    except ValueError as error:
        raise Failed(f"{setting}：{error}") from None
    return Office(allowed=allowed, bases=bases, now=attempt.now)


def way(url: str, office: Office) -> Tell | None:
    """How to tell something in this chat, if it may be used."""
    kind = url.partition("://")[0].lower()
    service = service_of(url, office.allowed)
    if service is None:
        return None
    base = office.bases.get(kind, "")
    if kind not in bots.CALLED:
        if base:
            bots.move(service, base)
        return partial(_tell, service)
    return lambda title, body: bots.is_told(
        kind, service, f"{title}\n{body}", base=base, now=office.now
    )


def service_of(url: str, allowed: Sequence[Entry]) -> NotifyBase | None:
    """The service behind a URL, if it is one of ours and its host is allowed."""
    scheme = url.partition("://")[0].lower()
    if scheme not in SERVICES | OWN:
        return None
    if scheme in MAIL and not _is_plain_mail(url):
        return None
    from apprise import Apprise

    _silence()
    service = Apprise.instantiate(url, asset=_asset())
    if service is None or (scheme in OWN and not _is_allowed(service, allowed)):
        return None
    # Whatever the URL says: it may come from somebody who cannot judge it.
    service.verify_certificate = True
    service.redirects = False
    service.socket_connect_timeout = bots.CONNECT_SECONDS
    service.socket_read_timeout = bots.READ_SECONDS
    service.retry = 0
    return service


def _is_plain_mail(url: str) -> bool:
    """Apprise takes both ``&`` and ``;`` between options."""
    options = filter(None, re.split("[&;]", url.partition("?")[2]))
    names = (unquote(option.partition("=")[0]).strip().lower() for option in options)
    return all(name in MAIL_OPTIONS for name in names)


def _is_allowed(service: NotifyBase, allowed: Sequence[Entry]) -> bool:
    """Whether the office lists the host that will be dialled, of a mail its server."""
    host = str(getattr(service, "smtp_host", None) or service.host).lower()
    host = host.strip("[]").removesuffix(".")
    port = service.port or (443 if service.secure else 80)
    return any(entry.names(host) and entry.port in (None, port) for entry in allowed)


def _asset() -> AppriseAsset:
    """Apprise without files, pictures, substitutions or threads of its own."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="plangate",
        app_desc="plangate",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        interpret_emojis=False,
        interpret_escapes=False,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        async_mode=False,
        storage_mode="memory",
    )


def _silence() -> None:
    """Their lines hold addresses, keys and messages; nobody is to read those."""
    for library in ("apprise", "urllib3", "requests", "httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)


def _tell(service: NotifyBase, title: str, body: str) -> bool:
    """Whether the service took it, as far as Apprise says."""
    from apprise import Apprise, NotifyFormat

    messenger = Apprise(asset=_asset())
    messenger.add(service)
    return bool(messenger.notify(title=title, body=body, body_format=NotifyFormat.TEXT))
