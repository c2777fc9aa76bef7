"""What a person reads in the inbox, and what a history tells of who was reached.

An inbox needs no configuration and is written with the outcome: it is how everybody
is told. Mail and chats come on top, for who has an address there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from actions.parameters import Language, in_language, one_line
from engine.action import Attempt, Message

LINE_MAX: Final = 2_000
"""Characters."""
NAMES_MAX: Final = 20
"""Parties that a line of the history names; of more it tells the number."""
WAITING_TRIES: Final = 3
"""Attempts that wait for mail or a chat to answer. In the last, the inbox will do: it
is written only when the work is done, and must not wait for ever."""
WAIT: Final = timedelta(minutes=1)
COLON: Final = {"zh": "：", "en": ": "}


def may_wait(attempt: Attempt) -> bool:
    """Whether a silent service is waited for; in the end the inbox will do."""
    return attempt.number < WAITING_TRIES and not attempt.is_last


def heading(attempt: Attempt, lang: Language) -> str:
    """Plan and node, by their titles."""
    titles = (attempt.titles.get(name) for name in ("plan", "node"))
    told = dict.fromkeys(
        one_line(in_language(title, lang)) for title in titles if title
    )
    return " · ".join(told) or attempt.instance


def messages(parties: Iterable[str], text: str) -> tuple[Message, ...]:
    """A line for each."""
    line = one_line(text)
    cut = line if len(line) <= LINE_MAX else line[: LINE_MAX - 1] + "…"
    return tuple(Message(to=party, text=cut) for party in parties)


def shortened(text: str, size: int) -> str:
    """At most so many bytes of UTF-8: services count these, not characters."""
    found = text.encode()
    if len(found) <= size:
        return text
    return found[: size - len("…".encode())].decode(errors="ignore") + "…"


def moment(at: date | datetime, *, zone: str, lang: Language) -> str:
    """A day, or a moment as a clock of that zone shows it."""
    if not isinstance(at, datetime):
        return _day(at, lang)
    there = at.replace(tzinfo=at.tzinfo or UTC).astimezone(ZoneInfo(zone))
    return f"{_day(there, lang)} {there:%H:%M} ({zone})"


def _day(day: date, lang: Language) -> str:
    return (
        f"{day.year}年{day.month}月{day.day}日"
        if lang == "zh"
        else day.isoformat()[:10]
    )


def names_of(parties: Sequence[str]) -> str:
    """Parties in a line of the history."""
    if len(parties) <= NAMES_MAX:
        return "、".join(parties)
    return "、".join(parties[:NAMES_MAX]) + f"… ({len(parties)})"


def outcome(**groups: Sequence[str]) -> str:
    """Who was reached in which way: groups by code; an empty one is left out."""
    told = [
        (code, names_of(parties))
        for code, parties in groups.items()
        if len(parties) > 0
    ]
    zh = "；".join(f"{_GROUPS[code]['zh']}：{names}" for code, names in told)
    en = "; ".join(f"{_GROUPS[code]['en']}: {names}" for code, names in told)
    return f"{zh} / {en}" if told else "没有通知对象 / nobody to tell"


_GROUPS: Final = {
    "inbox": {"zh": "收件箱", "en": "inbox"},
    "mailed": {"zh": "已寄邮件", "en": "mailed"},
    "no_address": {"zh": "没有可用邮箱", "en": "no usable mail address"},
    "refused": {"zh": "邮件未被接收", "en": "mail not taken"},
    "chat": {"zh": "已发即时消息", "en": "told in a chat"},
    "chat_failed": {"zh": "即时消息未发出", "en": "chat not reached"},
}
