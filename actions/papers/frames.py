"""The papers that are shipped: what each shows, and in which order.

No action by itself. Labels come from ``frame_words``, all else from the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from actions.papers.frame_values import (
    Colour,
    Grid,
    Ledger,
    Minutes,
    Notice,
    Report,
    Section,
    Signed,
    Slip,
    Template,
)
from actions.papers.frame_words import WORDS
from actions.papers.wording import Wording, heading_number
from actions.parameters import Language, Text

if TYPE_CHECKING:
    from actions.papers.official_paper import OfficialPaper

LANDSCAPE_FROM: Final = 6
"""Columns, the number of the row among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What stands in a paper, from the parameters and from the attempt."""

    values: Any
    """Of the template's own shape."""
    sections: list[Section]
    grid: Grid
    colour: Colour
    title: str
    """Used where the values have none."""
    day: date
    titles: Mapping[str, str]
    """Of parties."""
    wording: Wording

    @property
    def lang(self) -> Language:
        """The language of the whole paper."""
        return self.wording.lang

    def text(self, value: Any) -> str:
        """As people read it."""
        return self.wording.text(value)

    def names(self, parties: list[str]) -> str:
        """Parties by their titles."""
        return self.text([self.titles.get(party, party) for party in parties])

    @property
    def heading(self) -> str:
        """The title of the paper."""
        return self.text(self.values.title) or self.title

    @property
    def date(self) -> str:
        """Of the paper, in words."""
        return self.text(self.values.date) or self.wording.day(self.day)


BANDS: Final[dict[Colour, tuple[str, str]]] = {
    "blue": ("1F5FA8", "FFFFFF"),
    "yellow": ("F7C600", "000000"),
    "red": ("C00000", "FFFFFF"),
}
"""Fill and ink: each pair is read easily, printed without colours too."""


# -- what several papers have


def _sections(matter: Matter, paper: OfficialPaper, sections: list[Section]) -> None:
    """Numbered anew below each heading of a higher level."""
    counts: Counter[int] = Counter()
    for section in sections:
        counts[section.level] += 1
        for lower in range(section.level + 1, 5):
            counts[lower] = 0
        number = heading_number(
            counts[section.level], level=section.level, lang=matter.lang
        )
        paper.heading(number + matter.text(section.title), level=section.level)
        for paragraph in section.paragraphs:
            paper.text(matter.text(paragraph))
        if section.table is not None:
            _grid(matter, paper, section.table)


def _grid(matter: Matter, paper: OfficialPaper, grid: Grid) -> None:
    """The columns behind one that counts the rows."""
    words = WORDS[matter.lang]
    heads = [words["number"], *(matter.text(column.title) for column in grid.columns)]
    rows = [
        [str(number), *(matter.text(row.get(column.key)) for column in grid.columns)]
        for number, row in enumerate(grid.rows, start=1)
    ]
    nothing = [words["none"], *[""] * len(grid.columns)]
    paper.grid(heads, rows or [nothing])


def _attachments(matter: Matter, paper: OfficialPaper, names: list[Text]) -> None:
    if not names:
        return
    words = WORDS[matter.lang]
    said = [matter.text(name) for name in names]
    if len(said) > 1:
        said = [f"{number}. {name}" for number, name in enumerate(said, start=1)]
    paper.space()
    paper.listed(words["attachments"] + words["colon"], said)


def _head(matter: Matter, paper: OfficialPaper) -> None:
    """Letterhead, title, addressees: as far as they are given."""
    values = matter.values
    if values.issuer:
        paper.letterhead(matter.text(values.issuer), matter.text(values.number))
    paper.title(matter.heading)
    if values.to:
        paper.line(matter.names(values.to) + WORDS[matter.lang]["colon"].strip())


def _end(matter: Matter, paper: OfficialPaper) -> None:
    paper.signed(matter.text(matter.values.unit), matter.date)


# -- the papers


def notice(matter: Matter, paper: OfficialPaper) -> None:
    """Text, then the particulars of a meeting as numbered headings, then sections."""
    values, words = matter.values, WORDS[matter.lang]
    _head(matter, paper)
    for paragraph in values.text:
        paper.text(matter.text(paragraph))
    when = matter.wording.meeting_time(values.starts, values.ends)
    particulars = {
        "starts": [when] if when else [],
        "place": [values.place] if values.place else [],
        "attend": [matter.names(values.attend)] if values.attend else [],
        "invite": [matter.names(values.invite)] if values.invite else [],
        "topics": values.topics,
    }
    told = [
        Section(title=words[name], paragraphs=said)
        for name, said in particulars.items()
        if said
    ]
    _sections(matter, paper, [*told, *matter.sections])
    if values.contact:
        paper.text(words["contact"] + words["colon"] + matter.text(values.contact))
    _attachments(matter, paper, values.attachments)
    _end(matter, paper)
    if values.copies:
        paper.copies(words["copies"] + words["colon"] + matter.names(values.copies))


def minutes(matter: Matter, paper: OfficialPaper) -> None:
    """A frame with the particulars, the record, and room for two signatures."""
    from actions.papers.official_paper import Line

    values, words = matter.values, WORDS[matter.lang]
    paper.title(
        matter.text(values.title) or f"{matter.title}{_space(matter)}{words['minutes']}"
    )
    lines = [
        Line(pairs=((words["time"], matter.wording.meeting_time(values.starts)),)),
        Line(pairs=((words["where"], matter.text(values.place)),)),
        Line(
            pairs=tuple(
                (words[name], matter.names(getattr(values, name)))
                for name in ("chair", "recorder")
            )
        ),
    ]
    lines += [
        Line(pairs=((words[name], matter.names(getattr(values, name))),))
        for name in ("present", "observers", "absent")
    ]
    topics = "\n".join(matter.text(topic) for topic in values.topics)
    lines.append(Line(pairs=((words["agenda"], topics),)))
    recorded = bool(values.text or matter.sections)
    if not recorded:
        lines.append(Line(pairs=((words["content"], ""),), height_mm=70))
    names = ("sign_chair", "sign_recorder")
    signatures = Line(pairs=tuple((words[name], "") for name in names), height_mm=14)
    if recorded:
        paper.form(lines)
        paper.space()
        for paragraph in values.text:
            paper.text(matter.text(paragraph))
        _sections(matter, paper, matter.sections)
        paper.space()
        paper.form([signatures])
    else:
        paper.form([*lines, signatures])
    _end(matter, paper)


def slip(matter: Matter, paper: OfficialPaper) -> None:
    """A band in its colour, what is to be done, and room for the answer."""
    from actions.papers.official_paper import Line

    values, words = matter.values, WORDS[matter.lang]
    fill, ink = BANDS[matter.colour]
    paper.band(words[matter.colour], fill=fill, ink=ink)
    if values.number:
        paper.line(words["slip_number"] + words["colon"] + matter.text(values.number))
    demand, reply = (
        "\n".join(matter.text(line) for line in lines)
        for lines in (values.demand, values.reply)
    )
    paper.form(
        [
            Line(
                pairs=((words["matter"], matter.text(values.matter) or matter.heading),)
            ),
            Line(
                pairs=(
                    (words["to"], matter.names(values.to)),
                    (words["responsible"], matter.names(values.responsible)),
                )
            ),
            Line(
                pairs=(
                    (words["given"], matter.date),
                    (words["due"], matter.text(values.due)),
                )
            ),
            Line(pairs=((words["basis"], matter.text(values.basis)),)),
            Line(pairs=((words["demand"], demand),), height_mm=30),
            Line(pairs=((words["reply"], reply),), height_mm=42),
            Line(pairs=((words["leader"], ""),), height_mm=28),
        ]
    )
    _end(matter, paper)


def table(matter: Matter, paper: OfficialPaper) -> None:
    """A title, who made it and when, and the table."""
    values, words = matter.values, WORDS[matter.lang]
    paper.title(matter.heading)
    unit = matter.text(values.unit)
    said = [(words["unit"], unit)] if unit else []
    said.append((words["date"], matter.date))
    paper.line("　　".join(name + words["colon"] + value for name, value in said))
    _grid(matter, paper, matter.grid)
    for paragraph in values.text:
        paper.text(matter.text(paragraph))


def report(matter: Matter, paper: OfficialPaper) -> None:
    """A text with numbered sections and tables."""
    _head(matter, paper)
    for paragraph in matter.values.text:
        paper.text(matter.text(paragraph))
    _sections(matter, paper, matter.sections)
    _attachments(matter, paper, matter.values.attachments)
    _end(matter, paper)


def _space(matter: Matter) -> str:
    return " – " if matter.lang == "en" else ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A paper that is shipped."""

    values: type[Signed]
    write: Callable[[Matter, OfficialPaper], None]
    has_sections: bool = False
    has_grid: bool = False
    has_colour: bool = False


FRAMES: Final[dict[Template, Frame]] = {
    "notice": Frame(Notice, notice, has_sections=True),
    "minutes": Frame(Minutes, minutes, has_sections=True),
    "slip": Frame(Slip, slip, has_colour=True),
    "table": Frame(Ledger, table, has_grid=True),
    "report": Frame(Report, report, has_sections=True),
}
