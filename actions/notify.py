"""People are told: everybody in the inbox, and in a chat who has one in the book.

Chats are reached through Apprise, of which only the services listed here are used;
four bots are called by ``bots.py``, which hears what they answer. A chat cannot tell a
repeated message from a new one, so each bears a short number that comes from the
request: people see that two are the same.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import unquote

from pydantic import model_validator

from actions.calendar import Moment
from actions.messaging import bots
from actions.messaging.hosts import Entry, read_entries
from actions.messaging.lines import (
    COLON,
    WAIT,
    heading,
    may_wait,
    messages,
    moment,
    names_of,
    outcome,
    shortened,
)
from actions.parameters import (
    Language,
    Parties,
    Shape,
    Text,
    Zone,
    in_language,
)
from engine.action import Action, Attempt, Done, Failed, Setting, TryAgain

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
CHATS_MAX: Final = 200
"""Of one request; a group's chat counts once."""
CHATS_AT_ONCE: Final = 8
TALK_SECONDS: Final = 150.0
"""For all chats together; who has not answered by then counts as not reached."""
TIMEOUT: Final = timedelta(minutes=4)
NUMBER_LENGTH: Final = 8
TITLE_SIZE: Final = 200
SAID_SIZE: Final = 1_400
NAMES_SIZE: Final = 300
"""Bytes of what a chat shows, together within the 2,048 that WeCom takes."""
LABELS: Final = {
    "why": {"zh": "说明", "en": "why"},
    "reason": {"zh": "理由", "en": "reason"},
    "cause": {"zh": "原因", "en": "cause"},
    "starts": {"zh": "时间", "en": "time"},
    "for": {"zh": "致", "en": "for"},
    "number": {"zh": "编号", "en": "number"},
}

Told: TypeAlias = "Future[bool]"
Tell: TypeAlias = Callable[[str, str], bool]
"""Given title and body: whether the service took them."""


class Parameters(Shape):
    """What a plan says of the notice."""

    to: Parties
    text: Text | None = None
    why: Text | None = None
    reason: Text | None = None
    cause: Text | None = None
    starts: Moment | None = None
    zone: Zone = "Asia/Shanghai"
    """Whose clock shows ``starts``."""
    lang: Language = "zh"

    @model_validator(mode="after")
    def _says_something(self) -> Parameters:
        if not (self.text or self.why or self.reason or self.cause):
            raise ValueError(
                "text, why, reason or cause is wanted / 要写 text、why、reason 或 cause"
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat, and who is reached in it. Without ``tell`` it cannot be used."""

    parties: tuple[str, ...]
    tell: Tell | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the office has set about chats, and what time it is."""

    allowed: tuple[Entry, ...]
    bases: Mapping[str, str]
    now: datetime


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Tell everybody. Raises TryAgain while waiting for a chat makes sense."""
    chats = _chats(parameters.to, attempt)
    reached = _reached(chats, parameters, attempt)
    usable = any(chat.tell for chat in chats)
    if usable and not reached and may_wait(attempt):
        raise TryAgain(
            "没有一个即时消息渠道收下，将再试 / no chat took the message; "
            "it is tried again",
            after=WAIT,
        )
    failed = {party for chat in chats for party in chat.parties} - reached
    return Done(
        detail=outcome(
            inbox=parameters.to,
            chat=[party for party in parameters.to if party in reached],
            chat_failed=[party for party in parameters.to if party in failed],
        ),
        messages=messages(parameters.to, _line(parameters, attempt)),
    )


def _line(parameters: Parameters, attempt: Attempt) -> str:
    lang = parameters.lang
    said = {"zh": "；", "en": "; "}[lang].join(_said(parameters))
    return heading(attempt, lang) + COLON[lang] + said


def _said(parameters: Parameters) -> list[str]:
    """The notice, a line for each thing that it says."""
    lang = parameters.lang
    lines = [in_language(parameters.text, lang)] if parameters.text else []
    for label in ("why", "reason", "cause"):
        text = getattr(parameters, label)
        if text:
            lines.append(_labelled(label, in_language(text, lang), lang))
    if parameters.starts is not None:
        at = moment(parameters.starts, zone=parameters.zone, lang=lang)
        lines.append(_labelled("starts", at, lang))
    return lines


def _labelled(label: str, text: str, lang: Language) -> str:
    return LABELS[label][lang] + COLON[lang] + text


def _chats(parties: Iterable[str], attempt: Attempt) -> list[Chat]:
    """Each chat once, with all who are in it. Raises Failed for a faulty setting."""
    within: dict[str, list[str]] = {}
    for party in parties:
        for url in _channels(party, attempt):
            within.setdefault(url, []).append(party)
    if not within:
        return []
    office = _office(attempt)
    return [
        Chat(
            parties=tuple(members),
            tell=_way(url, office) if number < CHATS_MAX else None,
        )
        for number, (url, members) in enumerate(within.items())
    ]


def _channels(party: str, attempt: Attempt) -> list[str]:
    found = attempt.people.get(party, {}).get("channels")
    urls = found if isinstance(found, list) else [found]
    return list(dict.fromkeys(url for url in urls if isinstance(url, str) and url))


def _office(attempt: Attempt) -> Office:
    setting = HOSTS
    try:
        allowed = read_entries(attempt.settings.get(HOSTS, ""))
        setting = BASES
        bases = bots.read_bases(attempt.settings.get(BASES, ""))
    except ValueError as error:
        raise Failed(f"{setting}：{error}") from None
    return Office(allowed=allowed, bases=bases, now=attempt.now)


def _way(url: str, office: Office) -> Tell | None:
    """How to tell something in this chat, if it may be used."""
    kind = url.partition("://")[0].lower()
    service = _service(url, office.allowed)
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


def _service(url: str, allowed: Sequence[Entry]) -> NotifyBase | None:
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


def _reached(
    chats: Sequence[Chat], parameters: Parameters, attempt: Attempt
) -> frozenset[str]:
    """Who was told in a chat, several at once, within the time that there is."""
    waiting: SimpleQueue[tuple[Told, Tell, str]] = SimpleQueue()
    told: dict[Told, Chat] = {}
    for chat in chats:
        if chat.tell is not None:
            answer: Told = Future()
            told[answer] = chat
            waiting.put((answer, chat.tell, _body(chat, parameters, attempt)))
    title = shortened(heading(attempt, parameters.lang), TITLE_SIZE)

    def talk() -> None:
        while True:
            try:
                answer, tell, body = waiting.get_nowait()
            except Empty:
                return
            answer.set_result(_took(tell, title, body))

    for _ in range(min(CHATS_AT_ONCE, len(told))):
        # A service that never answers must not keep the process from its end.
        Thread(target=talk, daemon=True).start()
    heard = wait(told, timeout=TALK_SECONDS).done
    return frozenset(
        party for answer in heard if answer.result() for party in told[answer].parties
    )


def _body(chat: Chat, parameters: Parameters, attempt: Attempt) -> str:
    """The notice as one chat shows it."""
    lang = parameters.lang
    number = hashlib.sha256(attempt.key.encode()).hexdigest()[:NUMBER_LENGTH]
    lines = [shortened("\n".join(_said(parameters)), SAID_SIZE)]
    if len(chat.parties) > 1:
        names = shortened(names_of(chat.parties), NAMES_SIZE)
        lines.append(_labelled("for", names, lang))
    lines.append(_labelled("number", number, lang))
    return "\n".join(lines)


def _took(tell: Tell, title: str, body: str) -> bool:
    try:
        return tell(title, body)
    except Exception:  # noqa: BLE001 - a fault in one library silences one chat
        return False


def _tell(service: NotifyBase, title: str, body: str) -> bool:
    """Whether the service took it, as far as Apprise says."""
    from apprise import Apprise, NotifyFormat

    messenger = Apprise(asset=_asset())
    messenger.add(service)
    return bool(messenger.notify(title=title, body=body, body_format=NotifyFormat.TEXT))


ACTION: Final = Action(
    name="notify",
    title={"zh": "通知", "en": "tell people"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "收件箱只记一次；即时消息会再发一次，末行编号相同",
        "en": (
            "the inbox has it once; a chat shows it once more, "
            "with the same number in its last line"
        ),
    },
    settings=(
        Setting(
            name=HOSTS,
            what={
                "zh": "本单位自建消息服务和邮件服务器的主机",
                "en": "hosts of the office's own chat and mail servers",
            },
        ),
        Setting(
            name=BASES,
            what={
                "zh": "本单位私有部署的企业微信、钉钉、飞书：机器人=网址",
                "en": "WeCom, DingTalk, Feishu of the office's own: bot=base URL",
            },
        ),
    ),
    timeout=TIMEOUT,
)
