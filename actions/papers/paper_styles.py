"""How official papers look, as the styles of a Word file. No action by itself.

Chinese papers follow GB/T 9704-2012: the title in 小标宋 of size 2 (22 pt), the text in
仿宋 of size 3 (16 pt), headings in 黑体 and 楷体, 22 lines of 28 characters a page. The
fonts are named and not shipped; a reader without them sees the nearest it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from actions.parameters import Language

RED: Final = "C00000"
LATIN: Final = "Times New Roman"
SONG_TITLE: Final = "方正小标宋简体"
SONG: Final = "宋体"
FANG: Final = "仿宋"
HEI: Final = "黑体"
KAI: Final = "楷体"
LINE_PT: Final = 28.95
"""22 of these are the 225 mm of text that a page has."""
CLOSER_PT: Final = -0.25
"""Between characters: then 28 of 16 pt fit into 156 mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A style of paragraphs. Sizes and distances are in points."""

    name: str
    font: str = FANG
    size: float
    line: float | None = None
    """Exact; None: as high as the text wants, and a little."""
    before: float = 0
    after: float = 0
    between: float = 0
    indent: int = 0
    """Of the first line, in characters."""
    align: str = "left"
    bold: bool = False
    colour: str | None = None
    level: int | None = None
    """In the outline of the file: 1 to 4."""
    keep: bool = False
    """On the page of what follows."""

    @property
    def id(self) -> str:
        """As paragraphs name it."""
        return self.name.replace(" ", "")

    @property
    def written(self) -> str:
        """Word's own styles have small letters in the file, and large ones on show."""
        small = self.level is not None or self.name == "Footer"
        return self.name.lower() if small else self.name


def _chinese() -> tuple[Look, ...]:
    text: dict[str, Any] = {"size": 16, "line": LINE_PT, "between": CLOSER_PT}
    head: dict[str, Any] = {**text, "indent": 2, "keep": True, "align": "both"}
    return (
        Look(name="Normal", **text),
        Look(name="Salutation", **text),
        Look(name="Body Text", **text, indent=2, align="both"),
        Look(
            name="Title",
            font=SONG_TITLE,
            size=22,
            line=36,
            before=LINE_PT,
            after=LINE_PT,
            align="center",
            keep=True,
        ),
        Look(name="Heading 1", font=HEI, level=1, **head),
        Look(name="Heading 2", font=KAI, level=2, **head),
        Look(name="Heading 3", level=3, bold=True, **head),
        Look(name="Heading 4", level=4, **head),
        Look(
            name="Letterhead",
            font=SONG_TITLE,
            size=40,
            before=99,
            align="center",
            colour=RED,
            keep=True,
        ),
        Look(
            name="Document Number",
            **text,
            before=2 * LINE_PT,
            align="center",
            keep=True,
        ),
        Look(name="Signature", **text, align="right"),
        Look(name="Copies", size=14, line=24),
        Look(name="Band", font=SONG_TITLE, size=26, align="center", before=6, after=6),
        Look(name="Table Heading", font=HEI, size=12, align="center"),
        Look(name="Table Text", size=12),
        Look(name="Footer", font=SONG, size=14),
    )


def _english() -> tuple[Look, ...]:
    head: dict[str, Any] = {"before": 10, "after": 4, "keep": True}
    return (
        Look(name="Normal", size=12),
        Look(name="Salutation", size=12, after=8),
        Look(name="Body Text", size=12, after=8, align="both"),
        Look(
            name="Title",
            size=18,
            bold=True,
            before=12,
            after=18,
            align="center",
            keep=True,
        ),
        Look(name="Heading 1", size=14, bold=True, level=1, **head),
        Look(name="Heading 2", size=12, bold=True, level=2, **head),
        Look(name="Heading 3", size=12, level=3, **head),
        Look(name="Heading 4", size=12, level=4, **head),
        Look(
            name="Letterhead",
            size=28,
            bold=True,
            before=40,
            align="center",
            colour=RED,
            keep=True,
        ),
        Look(name="Document Number", size=12, before=16, align="center", keep=True),
        Look(name="Signature", size=12, align="right"),
        Look(name="Copies", size=11),
        Look(name="Band", size=20, bold=True, align="center", before=6, after=6),
        Look(name="Table Heading", size=11, bold=True, align="center"),
        Look(name="Table Text", size=11),
        Look(name="Footer", size=11),
    )


LOOKS: Final[dict[Language, tuple[Look, ...]]] = {
    "zh": _chinese(),
    "en": _english(),
}
_DEFAULTS: Final = f"""
<w:docDefaults {nsdecls("w")}>
  <w:rPrDefault><w:rPr>
    <w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:cs="{LATIN}" w:eastAsia="{FANG}"/>
    <w:lang w:val="en-GB" w:eastAsia="zh-CN" w:bidi="ar-SA"/>
  </w:rPr></w:rPrDefault>
  <w:pPrDefault/>
</w:docDefaults>"""
_PLAIN_TABLE: Final = f"""
<w:style {nsdecls("w")} w:type="table" w:default="1" w:styleId="NormalTable">
  <w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>
  <w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>
    <w:top w:w="57" w:type="dxa"/><w:left w:w="85" w:type="dxa"/>
    <w:bottom w:w="57" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>
  </w:tblCellMar></w:tblPr>
</w:style>"""
_GRID: Final = f"""
<w:style {nsdecls("w")} w:type="table" w:styleId="TableGrid">
  <w:name w:val="Table Grid"/><w:basedOn w:val="NormalTable"/>
  <w:tblPr><w:tblBorders>{
    "".join(
        f'<w:{side} w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
}</w:tblBorders></w:tblPr>
</w:style>"""
_CHARACTERS: Final = f"""
<w:style {nsdecls("w")} w:type="character" w:default="1" w:styleId="DefaultFont">
  <w:name w:val="Default Paragraph Font"/>
</w:style>"""


def set_styles(styles: Any, *, lang: Language) -> None:
    """Put these styles into a file's part of styles, in place of those it has."""
    for child in list(styles):
        styles.remove(child)
    for part in (_DEFAULTS, _CHARACTERS, _PLAIN_TABLE, _GRID):
        styles.append(parse_xml(part))
    for look in LOOKS[lang]:
        styles.append(parse_xml(_style(look)))


def _style(look: Look) -> str:
    default = ' w:default="1"' if look.name == "Normal" else ""
    based = "" if default else '<w:basedOn w:val="Normal"/>'
    return f"""
<w:style {nsdecls("w")} w:type="paragraph"{default} w:styleId="{look.id}">
  <w:name w:val="{look.written}"/>{based}<w:qFormat/>
  <w:pPr>{_paragraph(look)}</w:pPr>
  <w:rPr>{_characters(look)}</w:rPr>
</w:style>"""


def _paragraph(look: Look) -> str:
    """Word takes these only in the order in which its schema has them."""
    keep = "<w:keepNext/>" if look.keep else ""
    line = (
        'w:line="276" w:lineRule="auto"'
        if look.line is None
        else f'w:line="{_twentieths(look.line)}" w:lineRule="exact"'
    )
    space = f'w:before="{_twentieths(look.before)}" w:after="{_twentieths(look.after)}"'
    wide = f'w:firstLineChars="{look.indent * 100}" '
    wide += f'w:firstLine="{_twentieths(look.indent * look.size)}"'
    level = "" if look.level is None else f'<w:outlineLvl w:val="{look.level - 1}"/>'
    return (
        # The grid of the page would double every line that is a little too high.
        f'{keep}<w:snapToGrid w:val="0"/><w:spacing {space} {line}/><w:ind {wide}/>'
        f'<w:jc w:val="{look.align}"/>{level}'
    )


def _characters(look: Look) -> str:
    latin = f'w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:cs="{LATIN}"'
    size = round(look.size * 2)
    return (
        f'<w:rFonts {latin} w:eastAsia="{look.font}"/>'
        f'<w:b w:val="{int(look.bold)}"/>'
        + (f'<w:color w:val="{look.colour}"/>' if look.colour else "")
        + f'<w:spacing w:val="{_twentieths(look.between)}"/>'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    )


def _twentieths(points: float) -> int:
    return round(points * 20)
