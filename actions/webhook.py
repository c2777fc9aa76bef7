"""A call to another system over HTTP: only hosts that the office lists, one answer.

The name is resolved once and the connection goes to that address, so that nobody can
answer differently after the check; the certificate is still asked for the name. An
answer's text is not read: its status is all that a plan is told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import quote

from pydantic import AfterValidator, Field, JsonValue

from actions.messaging.doors import (
    HOSTS,
    PORTS,
    Door,
    Resolve,
    addresses_of,
    door_of,
    silent,
)
from actions.parameters import Shape
from engine.action import Action, Attempt, Done, Failed, Setting, TryAgain

SECRET: Final = "PLANGATE_WEBHOOK_SECRET"  # noqa: S105 - the name of a setting
URL_MAX: Final = 2_000
BODY_MAX: Final = 256 * 1024
"""Bytes."""
DOOR_SECONDS: Final = 5.0
"""For connecting to one address."""
PATIENCE_SECONDS: Final = 15.0
"""For each of: sending, the head of the answer."""
WAIT_MAX: Final = timedelta(days=1)
DONE: Final = range(200, 300)
REFUSED: Final = range(400, 500)
LATER: Final = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses of what may pass."""
_NOT_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\\]")
_ANY_PORT: Final = frozenset({None, *range(1, 65_536)})


def _callable_url(text: str) -> str:
    import httpx

    if _NOT_IN_URL.search(text):
        raise ValueError("a blank or a control character in the URL / 网址含空格等字符")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError("not a URL / 不是网址") from error
    if url.scheme not in PORTS or not url.host or url.port not in _ANY_PORT:
        raise ValueError("not an https URL with a host / 不是带主机名的 https 网址")
    if "@" in re.split("[/?#]", text.partition("//")[2])[0]:
        raise ValueError("no name or password in a URL / 网址里不能写用户名和口令")
    return text


def _answer(status: int) -> int:
    if status not in DONE and status not in REFUSED:
        raise ValueError("expect is of 2xx and 4xx / 只能是 2xx 或 4xx")
    return status


Status: TypeAlias = Annotated[int, AfterValidator(_answer)]


class Parameters(Shape):
    """What a plan says of the call."""

    url: Annotated[str, Field(max_length=URL_MAX), AfterValidator(_callable_url)]
    body: JsonValue
    """Plain data; sent as JSON."""
    method: Literal["POST", "PUT"] = "POST"
    expect: list[Status] = Field(default=[], max_length=50)
    """Statuses that count as done; without, every 2xx. 3xx never does."""


def run(
    parameters: Parameters, attempt: Attempt, *, resolve: Resolve = addresses_of
) -> Done:
    """Call once. Raises TryAgain or Failed."""
    body = _body(parameters.body)
    door = door_of(parameters.url, attempt.settings.get(HOSTS, ""), resolve)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "plangate",
        **_marks(body, attempt),
    }
    status, retry_after = _called(door, parameters.method, body, headers)
    after = _wait(retry_after, now=attempt.now)
    return _judged(status, parameters.expect, after, host=door.host)


def signature_of(secret: str, *, id_: str, timestamp: str, body: bytes) -> str:
    """As https://www.standardwebhooks.com signs, which many systems can check."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            raise Failed(
                f"{SECRET} 以 whsec_ 开头，其余却不是 base64；请改正该设置 / "
                f"{SECRET} begins with whsec_, but what follows is not base64; "
                "correct the setting"
            ) from None
    signed = b".".join((id_.encode(), timestamp.encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _body(data: JsonValue) -> bytes:
    body = json.dumps(
        data, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode("utf-8", "replace")
    if len(body) > BODY_MAX:
        raise Failed(
            f"内容有 {len(body)} 字节，上限是 {BODY_MAX}；请少送一些 / the body has "
            f"{len(body)} bytes, at most {BODY_MAX} are sent; send less"
        )
    return body


def _marks(body: bytes, attempt: Attempt) -> Mapping[str, str]:
    """What tells a receiver which request it is, and that it comes from here."""
    # An instance may have a Chinese name; a header holds ASCII and no line of its own.
    key = quote(attempt.key, safe="/")
    timestamp = str(int(attempt.now.timestamp()))
    marks = {"idempotency-key": key, "webhook-id": key, "webhook-timestamp": timestamp}
    if secret := attempt.settings.get(SECRET):
        signature = signature_of(secret, id_=key, timestamp=timestamp, body=body)
        return {**marks, "webhook-signature": signature}
    return marks


def _called(
    door: Door, method: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str]:
    """Status and ``Retry-After`` of the answer. Raises TryAgain."""
    import ssl

    import httpx

    with httpx.Client(
        verify=ssl.create_default_context(),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(PATIENCE_SECONDS, connect=DOOR_SECONDS),
    ) as client:
        distrusted = False
        for address in door.addresses:
            request = client.build_request(
                method,
                door.url.copy_with(host=address),
                content=body,
                headers={**headers, "host": door.url.netloc.decode("ascii")},
                extensions={"sni_hostname": door.host},
            )
            try:
                answer = client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                distrusted |= _is_distrust(error)
                continue  # nothing was sent yet: another address may be tried
            except httpx.HTTPError:
                break
            # Its text is left unread: it may be endless, and nobody asks for it.
            answer.close()
            return answer.status_code, answer.headers.get("retry-after", "")
    raise TryAgain(_distrusted(door.host) if distrusted else silent(door.host))


def _is_distrust(error: BaseException | None) -> bool:
    """Whether a certificate is at the bottom of it; the library wraps what it meets."""
    import ssl

    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _distrusted(host: str) -> str:
    return (
        f"{host} 的证书不可信，没有送出；请对方更新证书，"
        "或用 SSL_CERT_FILE 指明签发者 / "
        f"the certificate of {host} is not trusted, nothing was sent; have it renewed, "
        "or name its issuer in SSL_CERT_FILE"
    )


def _wait(told: str, *, now: datetime) -> timedelta | None:
    """What ``Retry-After`` asks for, in seconds or as a date, within a day."""
    try:
        if re.fullmatch("[0-9]{1,9}", told):
            asked = timedelta(seconds=int(told))
        else:
            until = parsedate_to_datetime(told)
            asked = until.replace(tzinfo=until.tzinfo or UTC) - now
    except (ValueError, OverflowError):
        return None
    return min(max(asked, timedelta()), WAIT_MAX)


def _judged(
    status: int, expect: Sequence[int], after: timedelta | None, *, host: str
) -> Done:
    if status in expect or (not expect and status in DONE):
        return Done(detail=f"{host}: {status}")
    if status in LATER:
        raise TryAgain(
            f"{host} 答复 {status}，将再试 / {host} answered {status}; "
            "it is tried again",
            after=after,
        )
    raise Failed(
        f"{host} 答复 {status}，方案要的是 {_wanted(expect)}；请核对网址和内容 / "
        f"{host} answered {status}, the plan wants {_wanted(expect)}; "
        "check URL and body"
    )


def _wanted(expect: Sequence[int]) -> str:
    return ", ".join(map(str, expect)) or "2xx"


ACTION: Final = Action(
    name="webhook",
    title={"zh": "调用外部系统", "en": "call another system"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "再调用一次，Idempotency-Key 和内容都不变；接收方据此只办一次",
        "en": (
            "calls again with the same Idempotency-Key and body; "
            "a receiver that keeps the key does the work once"
        ),
    },
    settings=(
        Setting(
            name=HOSTS,
            what={
                "zh": "可以调用的主机，以逗号或空格分开",
                "en": "hosts that may be called, apart by commas or blanks",
            },
            required=True,
        ),
        Setting(
            name=SECRET,
            what={
                "zh": "签名用的密钥；不设则不签名",
                "en": "the key that calls are signed with; without, they are not",
            },
            secret=True,
        ),
    ),
)
