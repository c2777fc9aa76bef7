"""A sheet of official paper: its page, and the few shapes that papers are made of.

Whatever is printed here comes as text that can be printed (``Wording.text``), and stays
text: no field, no link, no mark of a template is looked for in it. The same calls give
the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph

from actions.papers.paper_styles import RED, set_styles
from actions.papers.word_file import About, packed
from actions.papers.wording import width
from actions.parameters import Language, one_line

TEXT_WIDTH_MM: Final = {"portrait": 156, "landscape": 247}
LABEL_MM: Final = 28
CHARACTER_PT: Final = {"zh": 16, "en": 12}
CELL_MM: Final = 2.4
"""Of half a character in a table; figures stand off from Chinese characters."""
PADDING_MM: Final = 6
SHORT: Final = 14
"""Half characters: a column of at most these is as wide as its text, and centred."""
WIDEST: Final = 60
"""Half characters: longer texts want no more of the page than these."""
SHORT_SHARE: Final = 0.8
"""Of the page: if the short columns take more, all are shared out alike."""
_OF_OTHERS: Final = frozenset(
    {"thumbnail", "extended-properties", "customXml", "stylesWithEffects", "numbering"}
)
"""Parts by their relation: a picture of another page, styles and lists unused here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a form: one label with its value over the whole width, or two."""

    pairs: tuple[tuple[str, str], ...]
    height_mm: int = 11


class OfficialPaper:
    """A paper that is being written, from the top to the end."""

    def __init__(self, *, lang: Language, landscape: bool = False) -> None:
        self.lang = lang
        self._character_pt = CHARACTER_PT[lang]
        self.width_mm = TEXT_WIDTH_MM["landscape" if landscape else "portrait"]
        self.document = Document()
        set_styles(self.document.styles.element, lang=lang)
        _nothing_of_others(self.document)
        self._page(landscape=landscape)
        self._page_numbers()

    # -- the page

    def _page(self, *, landscape: bool) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.footer_distance, section.header_distance = Mm(22), Mm(15)
        if landscape:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = Mm(297), Mm(210)
            section.top_margin, section.bottom_margin = Mm(28), Mm(26)
            section.left_margin = section.right_margin = Mm(25)
            section.footer_distance = Mm(14)
        grid = section._sectPr.find(qn("w:docGrid"))
        grid.set(qn("w:type"), "lines")
        grid.set(qn("w:linePitch"), "579")

    def _page_numbers(self) -> None:
        """— 1 —, on the outer side of the sheet: right on odd pages, left on even."""
        self.document.settings.odd_and_even_pages_header_footer = True
        section = self.document.sections[0]
        for footer, side in (
            (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
            (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
        ):
            paragraph = footer.paragraphs[0]
            paragraph.style = self.document.styles["Footer"]
            paragraph.alignment = side
            shape = paragraph.paragraph_format
            shape.left_indent = shape.right_indent = Pt(14)
            paragraph.add_run("— ")
            for element in _page_field():
                paragraph._p.append(element)
            paragraph.add_run(" —")

    # -- words

    def letterhead(self, issuer: str, number: str) -> None:
        """The issuer in red, the number of the document, a red line over the sheet."""
        head = self._add(issuer, "Letterhead")
        points = Mm(self.width_mm).pt * 2 / max(width(issuer), 1)
        run = head.runs[0]
        run.font.size = Pt(max(22, min(int(points * 0.95), run.style.font.size or 40)))
        line = self._add(number, "Document Number")
        line._p.get_or_add_pPr().append(_border_below(RED, 18))

    def title(self, text: str) -> None:
        """What the paper is; it also stands in the file's outline and properties."""
        self._add(one_line(text), "Title")

    def line(self, text: str) -> None:
        """A line from the margin, such as the addressees."""
        self._add(text, "Salutation")

    def text(self, text: str) -> None:
        """Paragraphs, one for each line of the text."""
        for line in text.split("\n"):
            if line.strip():
                self._add(line.strip(), "Body Text")

    def heading(self, text: str, *, level: int) -> None:
        """A heading of level 1 to 4, its number in the text."""
        self._add(text, f"Heading {level}")

    def space(self) -> None:
        """An empty line."""
        self._add("", "Normal")

    def listed(self, label: str, names: Sequence[str]) -> None:
        """A label and what it is of, one below the other."""
        for number, name in enumerate(names):
            paragraph = self._add(name if number else label + name, "Body Text")
            paragraph.paragraph_format.keep_with_next = number < len(names) - 1
            if number:
                half = (width(label) * self._character_pt) / 2
                paragraph.paragraph_format.left_indent = Pt(half)

    def signed(self, unit: str, day: str) -> None:
        """Unit and date at the end, the shorter one in the middle of the longer.

        They stand on no page by themselves: a line of the text comes with them.
        """
        if paragraphs := self.document.paragraphs:
            paragraphs[-1].paragraph_format.keep_with_next = True
        self.space()
        self.document.paragraphs[-1].paragraph_format.keep_with_next = True
        longer = max(width(unit), width(day))
        aside = 4 if width(day) == longer else 2
        for text in filter(None, (unit, day)):
            shape = self._add(text, "Signature").paragraph_format
            shape.keep_with_next = text is unit
            if self.lang == "zh":
                between = aside * 2 + (longer - width(text)) / 2
                shape.right_indent = Pt(between * self._character_pt / 2)

    def copies(self, text: str) -> None:
        """The block at the end that says who else has the paper."""
        self.space()
        paragraph = self._add(text, "Copies")
        paragraph._p.get_or_add_pPr().append(_border_below("000000", 8, above=True))

    def _add(self, text: str, style: str) -> Paragraph:
        paragraph = self.document.add_paragraph(style=style)
        paragraph.add_run(text)
        return paragraph

    # -- tables

    def band(self, text: str, *, fill: str, ink: str) -> None:
        """A band of colour over the whole width."""
        table = self._table([self.width_mm])
        cell = table.rows[0].cells[0]
        _shade(cell._tc, fill)
        self._fill(cell.paragraphs[0], text, "Band")
        cell.paragraphs[0].runs[0].font.color.rgb = RGBColor.from_string(ink)
        self._part()

    def form(self, lines: Iterable[Line]) -> None:
        """Labels and values in four columns; empty values are room to write in."""
        value = (self.width_mm - 2 * LABEL_MM) / 2
        table = self._table([LABEL_MM, value, LABEL_MM, value], rows=0)
        for line in lines:
            row = table.add_row()  # type: ignore[no-untyped-call]
            row.height = Mm(line.height_mm)
            _set_row(row._tr, "cantSplit")
            cells = list(row.cells)
            if len(line.pairs) == 1:
                cells[1:] = [cells[1].merge(cells[3])]
            texts = [text for pair in line.pairs for text in pair]
            for number, (cell, text) in enumerate(zip(cells, texts, strict=True)):
                style = "Table Text" if number % 2 else "Table Heading"
                self._fill(cell.paragraphs[0], text, style)
                _middle(cell._tc)

    def grid(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table with a head that comes again on each page; rows are never cut."""
        self._part()
        sizes = [max(map(width, column)) for column in zip(heads, *rows, strict=True)]
        table = self._table(shares(sizes, page_mm=self.width_mm), rows=2)
        head, pattern = table.rows[0], table.rows[1]
        _set_row(head._tr, "cantSplit", "tblHeader")
        _set_row(pattern._tr, "cantSplit")
        for cell, text in zip(head.cells, heads, strict=True):
            self._fill(cell.paragraphs[0], text, "Table Heading")
            _shade(cell._tc, "F2F2F2")
            _middle(cell._tc)
        for cell, size in zip(pattern.cells, sizes, strict=True):
            cell.paragraphs[0].style = self.document.styles["Table Text"]
            if size <= SHORT:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
            _middle(cell._tc)
        table._tbl.remove(pattern._tr)
        for row in rows:
            # Through the library's own cells, a long table takes minutes.
            copy = deepcopy(pattern._tr)
            for place, text in zip(copy.iter(qn("w:p")), row, strict=True):
                Paragraph(place, table).add_run(text)
            table._tbl.append(copy)
        self._part()

    def _table(self, widths_mm: Sequence[float], *, rows: int = 1) -> Table:
        table: Table = self.document.add_table(rows=rows, cols=len(widths_mm))
        table.style = self.document.styles["Table Grid"]
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for number, wide in enumerate(widths_mm):
            table.columns[number].width = Mm(wide)
            # Word takes the widths of the cells, others those of the columns.
            for row in table.rows:
                row.cells[number].width = Mm(wide)
        return table

    def _fill(self, paragraph: Paragraph, text: str, style: str) -> None:
        paragraph.style = self.document.styles[style]
        paragraph.add_run(text)

    def _part(self) -> None:
        """Two tables without a paragraph between them would be one."""
        paragraph = self._add("", "Table Text")
        paragraph.paragraph_format.line_spacing = Pt(6)

    # -- the file

    def content(self, about: About) -> bytes:
        """The bytes of the file."""
        written = BytesIO()
        self.document.save(written)
        with zipfile.ZipFile(written) as parts:
            return packed({name: parts.read(name) for name in parts.namelist()}, about)


def shares(sizes: Sequence[int], *, page_mm: float) -> list[float]:
    """Widths in mm of columns whose texts have these sizes; together the page."""
    wanted = [min(size, WIDEST) * CELL_MM + PADDING_MM for size in sizes]
    grows = [size > SHORT for size in sizes]
    fixed = sum(one for one, does in zip(wanted, grows, strict=True) if not does)
    if fixed > page_mm * SHORT_SHARE:
        grows, fixed = [True for _ in sizes], 0
    elif not any(grows):
        # The first one counts the rows, and is wide enough.
        grows, fixed = [False, *(True for _ in sizes[1:])], wanted[0]
    rest = sum(one for one, does in zip(wanted, grows, strict=True) if does)
    return [
        one * (page_mm - fixed) / rest if does else one
        for one, does in zip(wanted, grows, strict=True)
    ]


def _nothing_of_others(document: Any) -> None:
    """The library's empty document comes with what another office once saved."""
    for relations in (document.part.package.rels, document.part.rels):
        for name, relation in list(relations.items()):
            if relation.reltype.rsplit("/", 1)[-1] in _OF_OTHERS:
                del relations[name]
    settings = document.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            # Else Word shows the paper as one of an older Word.
            setting.set(qn("w:val"), "15")


def _page_field() -> Iterable[Any]:
    for inside in (
        '<w:fldChar w:fldCharType="begin"/>',
        '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        "<w:t>1</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ):
        yield parse_xml(f"<w:r {nsdecls('w')}>{inside}</w:r>")


def _border_below(colour: str, eighths: int, *, above: bool = False) -> Any:
    shape = f'w:val="single" w:sz="{eighths}" w:space="6" w:color="{colour}"'
    top = f"<w:top {shape}/>" if above else ""
    return parse_xml(f"<w:pBdr {nsdecls('w')}>{top}<w:bottom {shape}/></w:pBdr>")


def _shade(cell: Any, fill: str) -> None:
    shade = f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>'
    cell.get_or_add_tcPr().append(parse_xml(shade))


def _middle(cell: Any) -> None:
    place = f'<w:vAlign {nsdecls("w")} w:val="center"/>'
    cell.get_or_add_tcPr().append(parse_xml(place))


def _set_row(row: Any, *names: str) -> None:
    for name in names:
        row.get_or_add_trPr().append(OxmlElement(f"w:{name}"))
