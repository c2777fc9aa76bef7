"""What the shipped papers show: the shapes of their values. No action by itself."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from actions.parameters import Parties, Shape, Text, listed

PARAGRAPHS_MAX: Final = 2_000
SECTIONS_MAX: Final = 200
ROWS_MAX: Final = 5_000
COLUMNS_MAX: Final = 30
CELLS_MAX: Final = 60_000

Template: TypeAlias = Literal["notice", "minutes", "slip", "table", "report"]
Colour: TypeAlias = Literal["blue", "yellow", "red"]


Texts: TypeAlias = Annotated[
    list[Text], BeforeValidator(listed), Field(max_length=PARAGRAPHS_MAX)
]


class Column(Shape):
    """A column of a table: the rows' key that it shows, and its head."""

    key: str
    title: Text


class Grid(Shape):
    """A table: a row is a mapping from the columns' keys to plain values."""

    columns: list[Column] = Field(default=[], max_length=COLUMNS_MAX)
    rows: list[dict[str, Any]] = Field(default=[], max_length=ROWS_MAX)


class Section(Shape):
    """A part of a text under a heading, which is numbered by its level."""

    title: Text
    level: int = Field(default=1, ge=1, le=4)
    paragraphs: Texts = Field(default=[])
    table: Grid | None = None


class Signed(Shape):
    """What every paper may show: a title, and at its end who made it and when."""

    title: Text | None = None
    unit: Text | None = None
    date: str | None = None
    """A day; without, that of the request."""


class Notice(Signed):
    """通知, of a meeting or of work."""

    issuer: Text | None = None
    number: Text | None = None
    to: Parties = Field(default=[])
    text: Texts = Field(default=[])
    starts: str | None = None
    ends: str | None = None
    place: Text | None = None
    attend: Parties = Field(default=[])
    invite: Parties = Field(default=[])
    topics: Texts = Field(default=[])
    attachments: Texts = Field(default=[])
    contact: Text | None = None
    copies: Parties = Field(default=[])


class Minutes(Signed):
    """会议记录: what is not given is left blank, to be written by hand."""

    starts: str | None = None
    place: Text | None = None
    chair: Parties = Field(default=[])
    recorder: Parties = Field(default=[])
    present: Parties = Field(default=[])
    observers: Parties = Field(default=[])
    absent: Parties = Field(default=[])
    topics: Texts = Field(default=[])
    text: Texts = Field(default=[])


class Slip(Signed):
    """督办单, in one of three colours."""

    number: Text | None = None
    matter: Text | None = None
    to: Parties = Field(default=[])
    responsible: Parties = Field(default=[])
    due: str | None = None
    basis: Text | None = None
    demand: Texts = Field(default=[])
    reply: Texts = Field(default=[])


class Ledger(Signed):
    """台账: the table is the paper."""

    text: Texts = Field(default=[])


class Report(Signed):
    """总结报告."""

    issuer: Text | None = None
    number: Text | None = None
    to: Parties = Field(default=[])
    text: Texts = Field(default=[])
    attachments: Texts = Field(default=[])
