"""A report of a history that is printed, signed and filed: a Word file.

The paper with its head, styles and page numbers is made by the library; the rows of
the table, of which there may be very many, are written into it one at a time.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, BinaryIO, Final
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table
from docx.text.paragraph import Paragraph

from engine.audit.exports.record import Export, History, Record
from engine.words import say

LATIN: Final = "Times New Roman"
SONG: Final = "宋体"
HEI: Final = "黑体"
COLUMNS_MM: Final[Mapping[str, int]] = {
    "seq": 13,
    "at": 22,
    "who": 27,
    "text": 68,
    "why": 75,
    "files": 52,
}
"""Together what a page laid across has between its margins."""
MARK: Final = "00C0FFEE"
"""Of the row in whose place those of a history come: no text can look like it."""
GATES: Final = frozenset({"entry", "exit"})
FACTS_SHOWN: Final = 6
DATE: Final = (1980, 1, 1, 0, 0, 0)
"""Of the parts of the file: the same history gives the same bytes."""
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROW: Final = re.compile(rf'<w:tr w:rsidR="{MARK}".*?</w:tr>', re.DOTALL)


def write(export: Export, out: BinaryIO) -> None:
    """A history after the other, each with its own head and table."""
    paper = BytesIO()
    _Paper(export).document.save(paper)
    with (
        zipfile.ZipFile(paper) as made,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package,
    ):
        for name in made.namelist():
            part = zipfile.ZipInfo(name, DATE)
            part.compress_type = zipfile.ZIP_DEFLATED
            with package.open(part, "w", force_zip64=True) as written:
                content = made.read(name)
                if name == "word/document.xml":
                    for piece in _filled(export, content.decode()):
                        written.write(piece.encode())
                else:
                    written.write(content)


def _filled(export: Export, document: str) -> Iterator[str]:
    """The document with its rows where the marks stand."""
    pieces = _ROW.split(document)
    yield pieces[0]
    for history, piece in zip(export.histories, pieces[1:], strict=True):
        yield from map(row_of, history.records())
        yield piece


# -- rows


def row_of(record: Record) -> str:
    """An entry as a row of the table; a refusal is shaded."""
    cells = (
        (str(record.entry.seq),),
        (f"{record.at:%Y-%m-%d}", f"{record.at:%H:%M:%S}"),
        tuple(_who(record)),
        tuple(_what(record)),
        tuple(why_of(record)),
        tuple(_files(record)),
    )
    shade = "F2F2F2" if record.entry.type == "refused" else None
    written = "".join(
        _cell(lines, width, shade)
        for lines, width in zip(cells, COLUMNS_MM.values(), strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{written}</w:tr>"


def _who(record: Record) -> Iterator[str]:
    language = record.history.language
    if record.entry.actor is None:
        yield say(f"export.by_{record.cause}", language)
        return
    yield record.entry.actor
    if record.role:
        yield say("export.as_role", language, role=record.role)
    giver = record.right.get("behalf_of")
    if giver:
        yield say("export.for_other", language, who=giver)


def _what(record: Record) -> Iterator[str]:
    language = record.history.language
    yield record.history.told(record.event)
    for name in ("occurred", "due"):
        found = record.moment(getattr(record.event, name, None))
        if found is not None:
            at = f"{found:%Y-%m-%d %H:%M}"
            yield say(f"export.was_{name}", language, at=at)


def why_of(record: Record) -> Iterator[str]:
    """What allowed it, or each reason for which it was refused."""
    language = record.history.language
    found = record.explained()
    reasons = record.reasons()
    if reasons:
        yield from (say("export.why_reason", language, why=one) for one in reasons)
        return
    if found["permit"]:
        yield say("export.why_permit", language, seq=found["permit"])
    for clause in _clauses(found["gate"]):
        verdict = clause["verdict"]
        yield say(f"export.clause_{verdict}", language, clause=clause["clause"])
    behind = "  ".join(_behind(record, found))
    if behind:
        yield behind


def _clauses(gate: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Each as its author wrote it; ``entry`` alone stands for what it is made of."""
    for clause in gate:
        if clause["clause"] in GATES:
            yield from clause["parts"]
        else:
            yield clause


def _behind(record: Record, found: Mapping[str, Any]) -> Iterator[str]:
    """The entries that it rests on, and the one after which it came by itself."""
    language = record.history.language
    rests = sorted({one["entry"] for one in found["facts"] if one["entry"]})
    if rests:
        more = len(rests) > FACTS_SHOWN
        listed = [str(one) for one in rests[:FACTS_SHOWN]] + ["…"] * more
        yield say("export.why_rests", language, entries=listed)
    led_by = record.said("cause")
    if led_by is not None and record.entry.actor is None:
        yield say("export.why_led", language, seq=led_by)


def _files(record: Record) -> Iterator[str]:
    for one in record.papers():
        yield str(one["name"])
        yield str(one["sha256"])


def _cell(lines: Iterable[str], width_mm: int, shade: str | None) -> str:
    twips = round(width_mm * 1440 / 25.4)
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else ""
    paragraphs = "".join(map(_paragraph, lines)) or _paragraph("")
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{twips}" w:type="dxa"/>{fill}</w:tcPr>'
        f"{paragraphs}</w:tc>"
    )


def _paragraph(line: str) -> str:
    text = escape(_NO_XML.sub("\ufffd", line).replace("\n", " "))
    return (
        '<w:p><w:pPr><w:pStyle w:val="Cell"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


# -- the paper


class _Paper:
    """All but the rows."""

    def __init__(self, export: Export) -> None:
        self.language = export.language
        self.document = Document()
        self.styles()
        self.page(export)
        for number, history in enumerate(export.histories):
            self.head(history, is_first=number == 0)
            self.table()
            self.foot(history)
        latest = max(one.head.at for one in export.histories)
        about = self.document.core_properties
        about.title = self.say("report", title=export.histories[0].title)
        about.author = about.last_modified_by = "plangate"
        about.comments = ""
        about.created = about.modified = latest.astimezone(UTC).replace(tzinfo=None)

    def say(self, code: str, **values: Any) -> str:
        return say(f"export.{code}", self.language, **values)

    def styles(self) -> None:
        for name, size, font in (
            ("Normal", 10.5, SONG),
            ("Title", 20, HEI),
            ("Heading 1", 13, HEI),
        ):
            _look(self.document.styles[name], size, font)
        title = self.document.styles["Title"]
        title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        borders = title.element.pPr.find(qn("w:pBdr"))
        if borders is not None:
            title.element.pPr.remove(borders)
        cell = self.document.styles.add_style("Cell", 1)
        _look(cell, 8, SONG)
        shape = cell.paragraph_format
        shape.space_before = shape.space_after = Pt(1)
        shape.line_spacing = 1.0

    def page(self, export: Export) -> None:
        """A4 laid across; what it is above, — 1 / 9 — below."""
        section = self.document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        section.left_margin = section.right_margin = Mm(20)
        section.top_margin, section.bottom_margin = Mm(20), Mm(18)
        section.header_distance = section.footer_distance = Mm(9)
        names = ", ".join(one.instance for one in export.histories)
        above = section.header.paragraphs[0]
        above.text = self.say("report_above", instances=names)
        below = section.footer.paragraphs[0]
        below.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for text, field in (("— ", "PAGE"), (" / ", "NUMPAGES"), (" —", None)):
            below.add_run(text)
            if field is not None:
                _field(below, field)

    def head(self, history: History, *, is_first: bool) -> None:
        title = self.document.add_paragraph(style="Title")
        title.add_run(self.say("report", title=history.title))
        if not is_first:
            title.paragraph_format.page_break_before = True
        head = history.head
        table = self.document.add_table(rows=0, cols=2)
        table.style = "Table Grid"
        for name, value in (
            ("instance", head.instance),
            ("plan_id", f"{history.plan.id} ({history.plan.version})"),
            ("plan", head.plan),
            ("entries", str(head.revision)),
            ("latest", _shown(head.at, history)),
            ("head", head.hash.hex()),
            ("clock", self.say("simulated" if head.simulated else "earnest")),
        ):
            row = table.add_row()
            row.cells[0].text, row.cells[1].text = self.say(f"about_{name}"), value
        _widths(table, (45, 212))
        how = self.document.add_paragraph(self.say("report_how"))
        how.paragraph_format.space_before = Pt(6)
        self.document.add_heading(self.say("report_entries"), level=1)

    def table(self) -> None:
        table = self.document.add_table(rows=2, cols=len(COLUMNS_MM))
        table.style = "Table Grid"
        for place, name in enumerate(COLUMNS_MM):
            cell = table.rows[0].cells[place]
            cell.text = ""
            cell.paragraphs[0].style = "Cell"
            cell.paragraphs[0].add_run(self.say(f"head_{name}")).bold = True
        repeated = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeated)
        table.rows[1]._tr.set(qn("w:rsidR"), MARK)
        _widths(table, tuple(COLUMNS_MM.values()))

    def foot(self, history: History) -> None:
        """What a reader compares, and where the responsible sign."""
        self.document.add_paragraph()
        last = self.say("report_ends", count=history.head.revision)
        self.document.add_paragraph(f"{last}{history.head.hash.hex()}")
        self.document.add_paragraph(self.say("report_signed"))


def _shown(at: datetime, history: History) -> str:
    return f"{at.astimezone(history.zone):%Y-%m-%d %H:%M:%S} ({history.zone})"


def _look(style: Any, size: float, font: str) -> None:
    style.font.size, style.font.name = Pt(size), LATIN
    style.font.color.rgb = None
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), font)
    colour = style.element.rPr.find(qn("w:color"))
    if colour is not None:
        style.element.rPr.remove(colour)


def _widths(table: Table, widths: tuple[int, ...]) -> None:
    table.autofit = False
    for place, width in enumerate(widths):
        table.columns[place].width = Mm(width)
        for cell in table.columns[place].cells:
            cell.width = Mm(width)


def _field(paragraph: Paragraph, name: str) -> None:
    """What the word processor counts."""
    for sort, text in (("begin", None), (None, name), ("end", None)):
        run = paragraph.add_run()._r
        if sort is not None:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), sort)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        run.append(mark)
