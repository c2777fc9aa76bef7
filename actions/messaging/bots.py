"""The bots of WeCom, DingTalk, Feishu and Lark: called so that their answer counts.

Each answers 200 to a key that it refuses, and says so in the answer's text; Apprise
takes the 200 for a yes, signs for DingTalk in a way that it refuses, and knows no
address but the public one. So Apprise reads the URL, and the call is made here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
ANSWER_MAX: Final = 64 * 1024
"""Bytes; a longer answer is none of theirs."""
PUBLIC: Final = {
    "wechat": "https://qyapi.weixin.qq.com",
    "wecombot": "https://qyapi.weixin.qq.com",
    "dingtalk": "https://oapi.dingtalk.com",
    "feishu": "https://open.feishu.cn",
    "lark": "https://open.larksuite.com",
}
"""Where each lives, unless an office runs its own. ``wechat``: a WeCom application,
which writes to persons; Apprise hears its answer, so it is only moved."""
_BASE: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+(/[A-Za-z0-9._~/-]*)?")
_SAID_YES: Final = ("errcode", "code", "StatusCode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is posted, and where below the base."""

    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]


def read_bases(text: str) -> dict[str, str]:
    """``wecombot=https://wecom.example.cn``, apart by commas or blanks.

    Raises ValueError at the first that is not so.
    """
    bases = dict(PUBLIC)
    for entry in filter(None, re.split(r"[\s,]+", text)):
        kind, _, base = entry.partition("=")
        if kind not in bases or not _BASE.fullmatch(base):
            raise ValueError(f"not a bot and its base: {entry!r} / 不是“机器人=网址”")
        bases[kind] = base.rstrip("/")
    return bases


def move(application: Any, base: str) -> None:
    """Let a WeCom application, as Apprise has it, live there."""
    for name in ("token_url", "notify_url"):
        public = getattr(application, name)
        setattr(application, name, public.replace(PUBLIC["wechat"], base, 1))


def is_told(kind: str, bot: Any, text: str, *, base: str, now: datetime) -> bool:
    """Whether the bot took it. ``bot``: as Apprise reads its URL."""
    import ssl

    import httpx

    call = _CALLS[kind](bot, text, now)
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        with (
            httpx.Client(
                verify=ssl.create_default_context(), timeout=timeout
            ) as client,
            client.stream(
                "POST",
                base + call.path,
                params=call.query,
                json=call.body,
                headers={"accept-encoding": "identity"},
            ) as answer,
        ):
            # Raw: what was sent small must not unfold to something large.
            return answer.is_success and _says_yes(_start_of(answer.iter_raw()))
    except httpx.HTTPError:
        return False


def _start_of(pieces: Iterator[bytes]) -> bytes:
    found = bytearray()
    for piece in pieces:
        found += piece
        if len(found) > ANSWER_MAX:
            break
    return bytes(found[:ANSWER_MAX])


def _says_yes(answer: bytes) -> bool:
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return False
    if not isinstance(said, dict):
        return False
    codes = [said[name] for name in _SAID_YES if name in said]
    return bool(codes) and all(code == 0 for code in codes)


def _wecom(bot: Any, text: str, _: datetime) -> Call:
    return Call(
        path="/cgi-bin/webhook/send",
        query={"key": bot.key},
        body={"msgtype": "text", "text": {"content": text}},
    )


def _dingtalk(bot: Any, text: str, now: datetime) -> Call:
    query = {"access_token": bot.token}
    if bot.secret:
        stamp = str(int(now.timestamp() * 1000))
        signed = f"{stamp}\n{bot.secret}".encode()
        digest = hmac.digest(bot.secret.encode(), signed, hashlib.sha256)
        query |= {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    return Call(
        path="/robot/send",
        query=query,
        body={
            "msgtype": "text",
            "text": {"content": text},
            "at": {"atMobiles": list(bot.targets), "isAtAll": False},
        },
    )


def _feishu(bot: Any, text: str, _: datetime) -> Call:
    # In their text "<at …>" calls people; between the two a sign without width is
    # put, so that a reason which somebody gave cannot call everybody.
    literal = re.sub("<(?=/?at)", "<\u200b", text, flags=re.IGNORECASE)
    return Call(
        path=f"/open-apis/bot/v2/hook/{bot.token}",
        query={},
        body={"msg_type": "text", "content": {"text": literal}},
    )


_CALLS: Final[Mapping[str, Callable[[Any, str, datetime], Call]]] = {
    "wecombot": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
    "lark": _feishu,
}
CALLED: Final = frozenset(_CALLS)
"""What is called from here."""
