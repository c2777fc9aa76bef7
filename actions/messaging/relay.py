"""The office's mail server: what it takes and what it does not, sorted for a plan.

What may pass is tried again: no connection, no answer, 4xx. What the server refuses
for good (5xx) is not. Once it took the letter for somebody, the letter counts as sent,
and the others are told of as not reached: to try again would send it twice.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from actions.messaging.letters import Letter, Recipient, is_address, written
from engine.action import Failed, Setting, TryAgain

if TYPE_CHECKING:
    from email.message import EmailMessage
    from smtplib import SMTP

RELAY: Final = "PLANGATE_SMTP"
SENDER: Final = "PLANGATE_MAIL_FROM"
RECIPIENTS_MAX: Final = 100
"""Of one message: what every server takes (RFC 5321). More get several messages."""
PATIENCE_SECONDS: Final = 30.0
"""For each answer of the server."""
POST_SECONDS: Final = 150.0
"""After these no further message is begun: the action has five minutes in all."""
TLS: Final = ("offered", "required", "none")
_PORTS: Final = {"smtp": 25, "smtps": 465}
_LASTING: Final = range(500, 600)
_NOT_OFFERED: Final = 504
"""What a server says of a command that it does not know."""
_SILENT: Final = 0
_UNTRUSTED: Final = -1

SETTINGS: Final = (
    Setting(
        name=RELAY,
        what={
            "zh": "邮件服务器：smtp[s]://用户:口令@主机:端口[?tls=required]",
            "en": "the mail server: smtp[s]://user:password@host:port[?tls=required]",
        },
        secret=True,
    ),
    Setting(
        name=SENDER,
        what={"zh": "发件地址", "en": "the address that mail comes from"},
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """The office's mail server."""

    host: str
    port: int
    secure: bool
    """TLS from the first byte."""
    tls: str
    """One of ``TLS``: what is done about STARTTLS."""
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the server took and what it did not, by party."""

    reached: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    codes: frozenset[int] = frozenset()
    """Of the refusals; 0 when there was no answer."""


def post(
    letter: Letter, recipients: Sequence[Recipient], settings: Mapping[str, str]
) -> Sent:
    """Hand the letter to the server. Raises TryAgain or Failed if it reached nobody."""
    relay, sender = _relay(settings), _sender(settings)
    sent, ends = Sent(), monotonic() + POST_SECONDS
    for number, start in enumerate(range(0, len(recipients), RECIPIENTS_MAX)):
        batch = recipients[start : start + RECIPIENTS_MAX]
        if number and (_SILENT in sent.codes or monotonic() > ends):
            # To be ended in the middle would send again what has gone out.
            sent = _joined(sent, _all_refused(batch, _SILENT))
            continue
        message = written(letter, batch, sender=sender, number=number)
        sent = _joined(sent, _handed(message, batch, relay, sender))
    if recipients and not sent.reached:
        raise _trouble(sent.codes)
    return sent


def _relay(settings: Mapping[str, str]) -> Relay:
    """The server. Raises Failed; what is said shows nothing of the setting."""
    try:
        url = urlsplit(settings.get(RELAY, ""))
        asked = dict(parse_qsl(url.query, strict_parsing=True)) if url.query else {}
        tls = asked.pop("tls", "offered")
        if url.scheme not in _PORTS or not url.hostname or asked or tls not in TLS:
            raise ValueError
        user, password = unquote(url.username or ""), unquote(url.password or "")
        if not (user + password).isascii():
            raise ValueError
        url.hostname.encode("idna")  # as the resolver will; raises ValueError
        return Relay(
            host=url.hostname,
            port=url.port or _PORTS[url.scheme],
            secure=url.scheme == "smtps",
            tls=tls,
            user=user,
            password=password,
        )
    except ValueError:
        raise Failed(
            f"{RELAY} 没有设好；应写成 smtp[s]://用户:口令@主机:端口 / {RELAY} is not "
            "set, or not as smtp[s]://user:password@host:port"
        ) from None


def _sender(settings: Mapping[str, str]) -> str:
    sender = settings.get(SENDER, "")
    if not is_address(sender):
        raise Failed(
            f"{SENDER} 没有设好；应是一个邮件地址 / {SENDER} is not set to an address"
        )
    return sender


def _handed(
    message: EmailMessage, batch: Sequence[Recipient], relay: Relay, sender: str
) -> Sent:
    """One message to at most a hundred. Raises Failed if it cannot be said safely."""
    import smtplib

    addresses = list(dict.fromkeys(one.address for one in batch))
    try:
        refused = _said(message, addresses, relay, sender)
    except smtplib.SMTPRecipientsRefused as error:
        # It names those that were asked for before the server hung up, nobody else.
        refused = dict.fromkeys(addresses, (_SILENT, b"")) | dict(error.recipients)
    except smtplib.SMTPResponseException as error:
        return _all_refused(batch, max(error.smtp_code, _SILENT))
    except smtplib.SMTPNotSupportedError:
        return _all_refused(batch, _NOT_OFFERED)
    except ssl.SSLCertVerificationError:
        return _all_refused(batch, _UNTRUSTED)
    except OSError:  # what is left of smtplib's errors is of these too
        return _all_refused(batch, _SILENT)
    return Sent(
        reached=frozenset(one.party for one in batch if one.address not in refused),
        refused=frozenset(one.party for one in batch if one.address in refused),
        codes=frozenset(code for code, _ in refused.values()),
    )


def _all_refused(batch: Sequence[Recipient], code: int) -> Sent:
    refused = frozenset(one.party for one in batch)
    return Sent(refused=refused, codes=frozenset({code}))


def _said(
    message: EmailMessage, addresses: Sequence[str], relay: Relay, sender: str
) -> dict[str, tuple[int, bytes]]:
    """The talk with the server: who was refused. Raises smtplib's errors."""
    # Closed without a goodbye: how a server takes that would change nothing.
    with closing(_connected(relay, name=sender.rpartition("@")[2])) as client:
        _secure(client, relay)
        if relay.user:
            client.login(relay.user, relay.password)
        return client.sendmail(sender, list(addresses), message.as_bytes())


def _connected(relay: Relay, *, name: str) -> SMTP:
    """``name``: what this machine calls itself; asking the resolver may take long."""
    import smtplib

    if relay.secure:
        return smtplib.SMTP_SSL(
            relay.host,
            relay.port,
            local_hostname=name,
            timeout=PATIENCE_SECONDS,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(
        relay.host, relay.port, local_hostname=name, timeout=PATIENCE_SECONDS
    )


def _secure(client: SMTP, relay: Relay) -> None:
    """Go over to TLS, as far as the setting wants it."""
    if relay.secure or relay.tls == "none":
        return
    client.ehlo_or_helo_if_needed()
    if client.has_extn("starttls"):
        client.starttls(context=ssl.create_default_context())
    elif relay.user or relay.tls == "required":
        # Somebody on the way may have left the offer out, to read the password.
        raise Failed(
            "邮件服务器不提供加密，不能这样送出口令或信件；"
            f"确要明文的，请在 {RELAY} 末尾加 ?tls=none / "
            "the mail server offers no encryption; to go without it, end "
            f"{RELAY} with ?tls=none"
        )


def _joined(one: Sent, other: Sent) -> Sent:
    return Sent(
        reached=one.reached | other.reached,
        refused=one.refused | other.refused,
        codes=one.codes | other.codes,
    )


def _trouble(codes: frozenset[int]) -> TryAgain | Failed:
    """Nobody was reached: for good only if that is what the server said of all."""
    if _UNTRUSTED in codes:
        return TryAgain(
            "邮件服务器的证书不可信，没有送出；请更新证书，"
            "或用 SSL_CERT_FILE 指明签发者 / "
            "the mail server's certificate is not trusted, nothing was sent; "
            "renew it, or name its issuer in SSL_CERT_FILE"
        )
    if _SILENT in codes:
        return TryAgain(
            "邮件服务器没有答复，将再试 / the mail server gave no answer; "
            "it is tried again"
        )
    told = ", ".join(map(str, sorted(codes)))
    if all(code in _LASTING for code in codes):
        return Failed(
            f"邮件服务器拒收（{told}）；请核对地址和 {RELAY} / the mail server refused "
            f"({told}); check the addresses and {RELAY}"
        )
    return TryAgain(
        f"邮件服务器暂不收信（{told}），将再试 / the mail server does not take it now "
        f"({told}); it is tried again"
    )
