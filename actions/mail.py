"""A mail with files and an invitation, by the office's own server.

Who has no usable address, or whose address the server refuses, finds the same words in
the inbox; the history tells who that is by name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from actions import calendar
from actions.calendar import Event, Moment
from actions.messaging.letters import (
    ENCLOSED_MAX,
    Enclosure,
    Letter,
    Recipient,
    enclosures,
    recipients_of,
    size_of,
)
from actions.messaging.lines import COLON, heading, messages, outcome
from actions.messaging.relay import SENDER, SETTINGS, post
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
from engine.action import Action, Attempt, Done, Failed

if TYPE_CHECKING:
    from icalendar import vCalAddress

FILES_MAX: Final = 50
TIMEOUT: Final = timedelta(minutes=5)


class Invite(Shape):
    """A meeting that the mail invites to."""

    starts: Moment
    ends: Moment | None = None
    place: Text | None = None
    title: Text | None = None
    """Without, the subject."""
    organiser: str | None = None
    """A party; without, or without an address, the office's own."""

    @model_validator(mode="after")
    def _could_stand_in_a_calendar(self) -> Invite:
        self.event(title="-", node="-")
        return self

    def event(self, *, title: Text, node: str) -> Event:
        """The same as a calendar file has it."""
        return Event.model_validate(
            {
                "title": self.title or title,
                "starts": self.starts.isoformat(),
                "ends": self.ends and self.ends.isoformat(),
                "place": self.place,
                "node": node,
            }
        )


class Parameters(Shape):
    """What a plan says of the mail."""

    to: Parties
    cc: Parties = Field(default=[])
    subject: Text
    text: Text
    attach: Annotated[list[Paper], BeforeValidator(listed)] = Field(
        default=[], max_length=FILES_MAX
    )
    invite: Invite | None = None
    lang: Language = "zh"


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Write, hand over, and tell who was not reached. Raises TryAgain or Failed."""
    everybody = list(dict.fromkeys((*parameters.to, *parameters.cc)))
    recipients = _recipients(parameters, attempt)
    known = {one.party for one in recipients}
    enclosed = _enclosed(parameters, attempt)
    letter = Letter(
        key=attempt.key,
        requested=attempt.requested,
        subject=in_language(parameters.subject, parameters.lang),
        text=_text(parameters, attempt),
        enclosed=enclosed,
        invitation=_invitation(parameters, attempt, recipients),
    )
    sent = post(letter, recipients, attempt.settings)
    left = [party for party in everybody if party not in sent.reached]
    return Done(
        detail=outcome(
            mailed=[party for party in everybody if party in sent.reached],
            no_address=[party for party in left if party not in known],
            refused=[party for party in left if party in known],
        ),
        messages=messages(left, _line(parameters, attempt, enclosed)),
    )


def _recipients(parameters: Parameters, attempt: Attempt) -> list[Recipient]:
    copied = [party for party in parameters.cc if party not in parameters.to]
    return [
        *recipients_of(parameters.to, attempt, lang=parameters.lang),
        *recipients_of(copied, attempt, lang=parameters.lang, copied=True),
    ]


def _enclosed(parameters: Parameters, attempt: Attempt) -> tuple[Enclosure, ...]:
    enclosed = enclosures(parameters.attach, attempt)
    if size_of(enclosed) > ENCLOSED_MAX:
        raise Failed(
            f"附件共 {size_of(enclosed)} 字节，上限是 {ENCLOSED_MAX}；请少附一些 / the "
            f"files have {size_of(enclosed)} bytes, at most {ENCLOSED_MAX} are sent; "
            "enclose less"
        )
    return enclosed


def _text(parameters: Parameters, attempt: Attempt) -> str:
    written = in_language(parameters.text, parameters.lang).rstrip()
    return f"{written}\n\n-- \n{heading(attempt, parameters.lang)}\n"


def _line(
    parameters: Parameters, attempt: Attempt, enclosed: tuple[Enclosure, ...]
) -> str:
    """The mail for who did not get it, in one line."""
    lang = parameters.lang
    told = COLON[lang].join(
        (
            heading(attempt, lang),
            in_language(parameters.subject, lang),
            in_language(parameters.text, lang),
        )
    )
    if not enclosed:
        return told
    names = "、".join(one.name for one in enclosed)
    return told + (f" （附件：{names}）" if lang == "zh" else f" (enclosed: {names})")


def _invitation(
    parameters: Parameters, attempt: Attempt, recipients: list[Recipient]
) -> bytes | None:
    """The event as a calendar file of this plan has it, with who is invited by whom."""
    if parameters.invite is None:
        return None
    event = parameters.invite.event(title=parameters.subject, node=attempt.node)
    asked = calendar.Parameters(name="invite", events=[event], lang=parameters.lang)
    invitation = calendar.calendar_of(asked, attempt)
    invitation["method"] = "REQUEST"
    (entry,) = invitation.walk("VEVENT")
    entry.add("organizer", _organiser(parameters, attempt))
    for one in recipients:
        role = "OPT-PARTICIPANT" if one.copied else "REQ-PARTICIPANT"
        told = {"role": role, "partstat": "NEEDS-ACTION", "rsvp": "TRUE"}
        entry.add("attendee", _called(one.name, one.address, told))
    return bytes(invitation.to_ical())


def _organiser(parameters: Parameters, attempt: Attempt) -> vCalAddress:
    organiser = parameters.invite and parameters.invite.organiser
    parties = [organiser] if organiser else []
    for one in recipients_of(parties, attempt, lang=parameters.lang):
        return _called(one.name, one.address, {})
    office = heading(attempt, parameters.lang)
    return _called(office, attempt.settings.get(SENDER, ""), {})


def _called(name: str, address: str, told: dict[str, str]) -> vCalAddress:
    """A calendar address. A double quote cannot stand in a name there."""
    from icalendar import vCalAddress

    found = vCalAddress(f"mailto:{address}")
    found.params["CN"] = one_line(name).replace('"', "'")
    for key, value in told.items():
        found.params[key] = value
    return found


ACTION: Final = Action(
    name="mail",
    title={"zh": "发邮件", "en": "send a mail"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "再寄一次内容和 Message-ID 都相同的邮件；比对 Message-ID 的邮箱只留一封",
        "en": (
            "sends the same bytes with the same Message-ID once more; "
            "mailboxes that compare Message-IDs keep one"
        ),
    },
    settings=tuple(replace(setting, required=True) for setting in SETTINGS),
    timeout=TIMEOUT,
)
