"""Documents, or words, are handed to their recipients.

Everybody has a line in the inbox that names each document by label and digest; who
has an address also gets the files by mail, if the office has a mail server. A mail
that does not get through is told and stops nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field

from actions.messaging.letters import (
    ENCLOSED_MAX,
    Enclosure,
    Letter,
    enclosures,
    recipients_of,
    size_of,
)
from actions.messaging.lines import COLON, WAIT, heading, may_wait, messages, outcome
from actions.messaging.relay import RELAY, SETTINGS, Sent, post
from actions.parameters import (
    Language,
    Paper,
    Parties,
    Shape,
    Text,
    in_language,
    listed,
    one_line,
)
from engine.action import Action, Attempt, Done, Failed, TryAgain

ITEMS_MAX: Final = 50
DIGEST_SHOWN: Final = 12
TIMEOUT: Final = timedelta(minutes=5)

Items: TypeAlias = Annotated[list[Paper | Text], BeforeValidator(listed)]


class Parameters(Shape):
    """What a plan says of the delivery."""

    to: Parties
    what: Items = Field(min_length=1, max_length=ITEMS_MAX)
    """A file, a deliverable, a text, or a list of them."""
    enclosing: Items = Field(default=[], max_length=ITEMS_MAX)
    lang: Language = "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of the mail, by party, and what was wrong if something was."""

    sent: Sent
    known: frozenset[str]
    """Who has a usable address."""
    trouble: str = ""


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Mail the files where there is mail, and tell everybody. Raises TryAgain."""
    lang = parameters.lang
    mailed = _mailed(parameters, attempt)
    reached = [party for party in parameters.to if party in mailed.sent.reached]
    others = [party for party in parameters.to if party not in mailed.sent.reached]
    line = heading(attempt, lang) + COLON[lang] + _told(parameters)
    by_mail = {"zh": "（文件已寄邮件）", "en": " (the files were mailed)"}[lang]
    told = outcome(
        inbox=parameters.to,
        mailed=reached,
        refused=[party for party in others if party in mailed.known],
    )
    return Done(
        detail=f"{told}; {mailed.trouble}" if mailed.trouble else told,
        messages=(*messages(reached, line + by_mail), *messages(others, line)),
    )


def _mailed(parameters: Parameters, attempt: Attempt) -> Delivery:
    """The mail, as far as there is one. Raises TryAgain while waiting makes sense."""
    recipients = recipients_of(parameters.to, attempt, lang=parameters.lang)
    if not recipients or not attempt.settings.get(RELAY):
        return Delivery(sent=Sent(), known=frozenset())
    known = frozenset(one.party for one in recipients)
    letter = _letter(parameters, attempt)
    try:
        return Delivery(sent=post(letter, recipients, attempt.settings), known=known)
    except TryAgain as trouble:
        if may_wait(attempt):
            raise TryAgain(str(trouble), after=WAIT) from None
        return Delivery(sent=Sent(), known=known, trouble=str(trouble))
    except Failed as trouble:
        return Delivery(sent=Sent(), known=known, trouble=str(trouble))


def _letter(parameters: Parameters, attempt: Attempt) -> Letter:
    lang = parameters.lang
    papers = _papers(parameters)
    enclosed = enclosures(papers, attempt)
    fits = size_of(enclosed) <= ENCLOSED_MAX
    parts = [
        *_texts(parameters),
        "\n".join(_listing(papers, enclosed)),
        "" if fits else _TOO_LARGE[lang],
        f"-- \n{heading(attempt, lang)}",
    ]
    return Letter(
        key=attempt.key,
        requested=attempt.requested,
        subject=_subject(papers, attempt, lang),
        text="\n\n".join(part for part in parts if part),
        enclosed=enclosed if fits else (),
    )


def _papers(parameters: Parameters) -> list[Paper]:
    """Each file once, what is delivered before what is enclosed."""
    papers: dict[str, Paper] = {}
    for item in (*parameters.what, *parameters.enclosing):
        if isinstance(item, Paper):
            papers.setdefault(item.sha256, item)
    return list(papers.values())


def _texts(parameters: Parameters) -> list[str]:
    return [
        in_language(item, parameters.lang)
        for item in (*parameters.what, *parameters.enclosing)
        if not isinstance(item, Paper)
    ]


def _told(parameters: Parameters) -> str:
    """All that is delivered, in one line."""
    documents = [
        f"{_name(paper)} (SHA-256 {paper.sha256[:DIGEST_SHOWN]}…)"
        for paper in _papers(parameters)
    ]
    between = {"zh": "；", "en": "; "}[parameters.lang]
    return between.join((*_texts(parameters), *documents))


def _name(paper: Paper) -> str:
    """A document as people call it: deliverable and label, else the file's name."""
    called = " ".join(part for part in (paper.deliverable, paper.label) if part)
    return one_line(called or paper.name) or paper.sha256[:DIGEST_SHOWN]


def _listing(papers: Sequence[Paper], enclosed: Sequence[Enclosure]) -> list[str]:
    return [
        f"{number}. {_name(paper)}: {file.name}\n   SHA-256 {paper.sha256}"
        for number, (paper, file) in enumerate(zip(papers, enclosed, strict=True), 1)
    ]


def _subject(papers: Sequence[Paper], attempt: Attempt, lang: Language) -> str:
    names = {"zh": "、", "en": ", "}[lang].join(_name(paper) for paper in papers)
    told = heading(attempt, lang)
    return f"{told}{COLON[lang]}{names}" if names else told


_TOO_LARGE: Final = {
    "zh": "材料超过邮件上限，没有随信附上；请到系统查阅。",
    "en": "The files are larger than a mail may be; please find them in the system.",
}

ACTION: Final = Action(
    name="deliver",
    title={"zh": "送达材料", "en": "deliver documents"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "收件箱只记一次；邮件以相同的 Message-ID 再寄一次，比对的邮箱只留一封",
        "en": (
            "the inbox has it once; the mail goes out again with the same Message-ID, "
            "and mailboxes that compare keep one"
        ),
    },
    settings=SETTINGS,
    timeout=TIMEOUT,
)
