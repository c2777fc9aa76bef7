"""People are told: everybody in the inbox, and in a chat who has one in the book.

A chat cannot tell a repeated message from a new one, so each bears a short number that
comes from the request: people see that two are the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeAlias

from pydantic import model_validator

from actions.calendar import Moment
from actions.messaging.channels import BASES, HOSTS, Tell, office_of, way
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
from engine.action import Action, Attempt, Done, Setting, TryAgain

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
    office = office_of(attempt)
    return [
        Chat(
            parties=tuple(members),
            tell=way(url, office) if number < CHATS_MAX else None,
        )
        for number, (url, members) in enumerate(within.items())
    ]


def _channels(party: str, attempt: Attempt) -> list[str]:
    found = attempt.people.get(party, {}).get("channels")
    urls = found if isinstance(found, list) else [found]
    return list(dict.fromkeys(url for url in urls if isinstance(url, str) and url))


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
