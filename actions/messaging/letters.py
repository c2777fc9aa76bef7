"""Letters: what is written to whom, as a message that is the same in each attempt.

Its Message-ID comes from the request, so mailboxes that compare them keep one. An
address stands in the message and nowhere else: what is told names parties.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from actions.messaging.heads import address_head, text_head
from actions.parameters import (
    Language,
    Paper,
    in_language,
    one_line,
    printable,
    undirected,
)
from engine.action import Attempt, Failed

if TYPE_CHECKING:
    from email.message import EmailMessage

ENCLOSED_MAX: Final = 20 * 1024 * 1024
"""Bytes of all files together; on the way they grow by a third."""
SUBJECT_MAX: Final = 200
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_ADDRESS_MAX: Final = 254
_TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}
"""What readers may show; everything else is bytes, whatever its name says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file in a letter."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A party that has an address."""

    party: str
    name: str
    address: str
    copied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is written, and when it was asked for."""

    key: str
    requested: datetime
    subject: str
    text: str
    enclosed: tuple[Enclosure, ...] = ()
    invitation: bytes | None = None
    """ICS with METHOD:REQUEST."""


def recipients_of(
    parties: Iterable[str], attempt: Attempt, *, lang: Language, copied: bool = False
) -> list[Recipient]:
    """Those that have a usable address in the office's book, in their order."""
    found = []
    for party in parties:
        person = attempt.people.get(party, {})
        address = person.get("mail")
        if isinstance(address, str) and is_address(address):
            name = one_line(in_language(person.get("title") or party, lang))
            found.append(
                Recipient(party=party, name=name, address=address, copied=copied)
            )
    return found


def is_address(text: str) -> bool:
    """Plain ASCII, no quotes, no comments: what every server takes."""
    return len(text) <= _ADDRESS_MAX and bool(_ADDRESS.fullmatch(text))


def enclosures(papers: Sequence[Paper], attempt: Attempt) -> tuple[Enclosure, ...]:
    """The files, under names of their own. Raises Failed when one is not there."""
    found: dict[str, Enclosure] = {}
    for paper in papers:
        if paper.sha256 not in attempt.files:
            raise Failed(
                f"文件 {paper.sha256[:12]} 不在库中；请重新登记该文件 / the file "
                f"{paper.sha256[:12]} is not kept here; hand it in again"
            )
        name = _unused_name(paper, found)
        found[name] = Enclosure(name=name, content=attempt.files[paper.sha256])
    return tuple(found.values())


def size_of(enclosed: Iterable[Enclosure]) -> int:
    """Bytes of all of them."""
    return sum(len(one.content) for one in enclosed)


def written(
    letter: Letter, recipients: Sequence[Recipient], *, sender: str, number: int = 0
) -> EmailMessage:
    """The message, the same bytes in each attempt. ``number`` counts the batches."""
    from email import policy
    from email.message import EmailMessage
    from email.utils import format_datetime

    digest = hashlib.sha256(f"{letter.key}\0{number}".encode()).hexdigest()[:32]
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender
    for head, copied in (("To", False), ("Cc", True)):
        people = [(one.name, one.address) for one in recipients if one.copied is copied]
        if people:
            message[head] = address_head(head, people)
    message["Subject"] = text_head("Subject", _subject(letter.subject))
    message["Date"] = format_datetime(letter.requested.astimezone(UTC))
    message["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2]}>"
    # No answers of absence: nobody reads the address that plans write from.
    message["Auto-Submitted"] = "auto-generated"
    _fill(message, letter)
    for part, piece in enumerate(message.walk()):
        if piece.is_multipart():
            piece.set_boundary(f"=_{digest}_{part}")
    return message


def _fill(message: EmailMessage, letter: Letter) -> None:
    text = printable(letter.text).rstrip() + "\n"
    # Base64 throughout: no line of the text can be taken for a boundary or an end.
    message.set_content(text, cte="base64")
    if letter.invitation is not None:
        message.add_alternative(
            letter.invitation,
            maintype="text",
            subtype="calendar",
            params={"method": "REQUEST", "charset": "utf-8"},
        )
    for one in letter.enclosed:
        kind = _TYPES.get(one.name.rpartition(".")[2].lower(), "")
        maintype, _, subtype = (kind or "application/octet-stream").partition("/")
        message.add_attachment(
            one.content, maintype=maintype, subtype=subtype, filename=one.name
        )


def _subject(text: str) -> str:
    return undirected(one_line(text))[:SUBJECT_MAX]


def _unused_name(paper: Paper, used: Mapping[str, Enclosure]) -> str:
    """As it was handed in, unless that is no name, or is another file's already."""
    name = paper.shown
    return name if name not in used else f"{paper.sha256[:12]}-{len(used)}-{name}"
