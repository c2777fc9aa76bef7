"""A document (DOCX): a paper of the sorts that are shipped, or an office's own.

What the plan gives is printed as it stands: a mark of a template, a format, a tag in a
value is text like any other, and no template reaches anything but the plan's values.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field, model_validator

from actions.papers.frame_values import (
    CELLS_MAX,
    COLUMNS_MAX,
    ROWS_MAX,
    SECTIONS_MAX,
    Colour,
    Column,
    Grid,
    Section,
    Template,
)
from actions.papers.frames import FRAMES, LANDSCAPE_FROM, Frame, Matter
from actions.papers.word_file import About
from actions.papers.wording import Wording
from actions.parameters import FileTitle, Language, Paper, Shape, Zone, in_language
from engine.action import Action, Attempt, Done, Failed, Made

PARAGRAPHS_MAX: Final = 10_000
"""Of all sections together."""
_NOT_KEPT: Final[dict[Language, str]] = {
    "zh": "模板文件不在；请重新上传模板，再次提出",
    "en": "the template's file is not there; hand it in again and ask once more",
}


class Parameters(Shape):
    """What a plan says of the paper."""

    name: FileTitle
    template: Template | Paper
    values: dict[str, Any] = Field(default={})
    """What the template shows: for a shipped one, of its own shape."""
    sections: list[Section] = Field(default=[], max_length=SECTIONS_MAX)
    columns: list[Column] = Field(default=[], max_length=COLUMNS_MAX)
    rows: list[dict[str, Any]] = Field(default=[], max_length=ROWS_MAX)
    colour: Colour | None = None
    lang: Language = "zh"
    zone: Zone = "Asia/Shanghai"

    @model_validator(mode="after")
    def _what_the_template_takes(self) -> Parameters:
        frame = self.frame
        takes = {
            "sections": frame is not None and frame.has_sections,
            "columns": frame is not None and frame.has_grid,
            "rows": frame is not None and frame.has_grid,
            "colour": frame is not None and frame.has_colour,
        }
        for name, taken in takes.items():
            if getattr(self, name) and not taken:
                raise ValueError(f"this template takes no {name} / 此模板不用 {name}")
        for name in ("columns", "colour"):
            if takes[name] and not getattr(self, name):
                raise ValueError(f"this template needs {name} / 此模板要有 {name}")
        if frame is not None:
            frame.values.model_validate(self.values)
        return self

    @model_validator(mode="after")
    def _not_too_much(self) -> Parameters:
        grids = [section.table for section in self.sections if section.table]
        cells = sum(len(grid.columns) * len(grid.rows) for grid in (*grids, self.grid))
        if cells > CELLS_MAX:
            raise ValueError(f"more than {CELLS_MAX} cells / 单元格超过上限")
        if sum(len(one.paragraphs) for one in self.sections) > PARAGRAPHS_MAX:
            raise ValueError(f"more than {PARAGRAPHS_MAX} paragraphs / 段落超过上限")
        return self

    @property
    def frame(self) -> Frame | None:
        """None for a template of the office's own."""
        return None if isinstance(self.template, Paper) else FRAMES[self.template]

    @property
    def grid(self) -> Grid:
        """The table of a paper that is a table."""
        return Grid(columns=self.columns, rows=self.rows)


def run(parameters: Parameters, attempt: Attempt) -> Done:
    """Make the file: the same parameters and the same request give the same bytes.

    Raises Failed for a template that may not be used, or does not fit the values.
    """
    if isinstance(parameters.template, Paper):
        content = _filled(parameters, parameters.template, attempt)
    else:
        content = _shipped(FRAMES[parameters.template], parameters, attempt)
    named = in_language(parameters.name, parameters.lang)
    name = named.removesuffix(".docx") + ".docx"
    return Done(detail=name, files=(Made(name=name, content=content),))


def _shipped(frame: Frame, parameters: Parameters, attempt: Attempt) -> bytes:
    from actions.papers.official_paper import OfficialPaper

    wording = Wording(parameters.lang, parameters.zone)
    matter = Matter(
        values=frame.values.model_validate(parameters.values),
        sections=parameters.sections,
        grid=parameters.grid,
        colour=parameters.colour or "blue",
        title=in_language(attempt.titles.get("node", attempt.node), parameters.lang),
        day=wording.day_of(attempt.requested),
        titles={
            party: in_language(said["title"], parameters.lang)
            for party, said in attempt.people.items()
            if said.get("title")
        },
        wording=wording,
    )
    wide = frame.has_grid and len(parameters.columns) + 1 >= LANDSCAPE_FROM
    paper = OfficialPaper(lang=parameters.lang, landscape=wide)
    frame.write(matter, paper)
    return paper.content(_about(matter.heading, parameters, attempt))


def _filled(parameters: Parameters, paper: Paper, attempt: Attempt) -> bytes:
    """The office's own file with the values in its places."""
    from actions.papers.filling import Filling
    from actions.papers.template_file import open_template
    from actions.papers.word_file import packed

    content = attempt.files.get(paper.sha256)
    if content is None:
        raise Failed(_NOT_KEPT[parameters.lang])
    template = open_template(content, lang=parameters.lang)
    wording = Wording(parameters.lang, parameters.zone)
    Filling(parameters.values, wording).fill(template.texts)
    title = in_language(parameters.name, parameters.lang)
    return packed(template.bytes(), _about(title, parameters, attempt))


def _about(title: str, parameters: Parameters, attempt: Attempt) -> About:
    return About(
        title=title, key=attempt.key, made=attempt.requested, lang=parameters.lang
    )


ACTION: Final = Action(
    name="document",
    title={"zh": "生成公文", "en": "make a document"},
    parameters=Parameters,
    run=run,
    again={
        "zh": "生成逐字节相同的文件，仍是同一份",
        "en": "makes the same bytes, so it is the same file",
    },
)
