"""The document action: office papers, literal values, templates from outside."""

from __future__ import annotations

import hashlib
import struct
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Length
from pydantic import ValidationError

from actions.document import ACTION, Parameters
from actions.papers.official_paper import shares
from engine.action import Attempt, Failed, Made

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HOSTILE = "{{7*7}} {{ self }} {0.__class__} %s %(a)s ${b} <b>&amp;</b> ]]> _x000D_"
COLUMNS = [{"key": "matter", "title": "问题"}, {"key": "due", "title": "时限"}]
ROWS = [
    {"matter": "会议多", "due": "2026-04-30"},
    {"matter": "文件多", "due": "2026-05-31"},
]
SECTIONS = [
    {"title": "主要做法", "paragraphs": ["第一段。", "第二段。"]},
    {"title": "学习调研", "level": 2},
    {"title": "专题调研", "level": 2},
    {"title": "分组", "level": 3},
    {"title": "带队", "level": 4},
    {"title": "整改", "table": {"columns": COLUMNS, "rows": ROWS}},
    {"title": "公示", "level": 2},
]
NOTICE = {
    "issuer": "甲县人民政府办公室文件",
    "number": "甲政办发〔2026〕3号",
    "title": "关于召开民主生活会的通知",
    "to": ["各股室"],
    "text": ["现将有关事项通知如下："],
    "starts": "2026-03-02T06:30:00Z",
    "ends": "2026-03-02T09:00:00Z",
    "place": "二楼会议室",
    "attend": ["甲", "乙"],
    "attachments": ["议程", "名单"],
    "unit": "甲县人民政府办公室",
    "date": "2026-02-27",
    "copies": ["县委办"],
}


def attempt(**given: Any) -> Attempt:
    asked = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    told: dict[str, Any] = {
        "key": "k1",
        "number": 1,
        "instance": "maguan",
        "node": "会议",
        "titles": {"plan": "实施方案", "node": {"zh": "生活会", "en": "the meeting"}},
        "requested": asked,
        "now": asked,
        "people": {"县委办": {"title": "县委办公室"}},
    }
    return Attempt(**{**told, **given})


def made(during: Attempt | None = None, **asked: Any) -> Made:
    parameters = Parameters.model_validate({"name": "文件", **asked})
    (file,) = ACTION.run(parameters, during or attempt()).files
    return file


def opened(file: Made) -> Any:
    return docx.Document(BytesIO(file.content))


def shipped(**asked: Any) -> Any:
    return opened(made(**asked))


def lines(document: Any) -> list[str]:
    return [one.text for one in document.paragraphs if one.text]


def styles(document: Any) -> dict[str, str]:
    return {one.text: one.style.name for one in document.paragraphs if one.text}


def size(*lengths: int) -> tuple[int, ...]:
    """In mm: a file keeps twentieths of a point."""
    return tuple(round(Length(length).mm) for length in lengths)


def cells(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


# -- the papers that are shipped


def test_a_notice_has_the_shape_of_an_official_paper() -> None:
    document = shipped(template="notice", values=NOTICE)
    assert lines(document) == [
        "甲县人民政府办公室文件",
        "甲政办发〔2026〕3号",
        "关于召开民主生活会的通知",
        "各股室：",
        "现将有关事项通知如下：",
        "一、会议时间",
        "2026年3月2日（星期一）14:30至17:00",
        "二、会议地点",
        "二楼会议室",
        "三、参会人员",
        "甲、乙",
        "附件：1. 议程",
        "2. 名单",
        "甲县人民政府办公室",
        "2026年2月27日",
        "抄送：县委办公室",
    ]
    named = styles(document)
    assert named["甲县人民政府办公室文件"] == "Letterhead"
    assert named["关于召开民主生活会的通知"] == "Title"
    assert named["一、会议时间"] == "Heading 1"
    assert named["2026年2月27日"] == "Signature"


def test_the_page_is_a4_with_the_margins_of_the_standard() -> None:
    section = shipped(template="notice", values=NOTICE).sections[0]
    assert size(section.page_width, section.page_height) == (210, 297)
    assert size(section.top_margin, section.left_margin) == (37, 28)
    text = section.page_width - section.left_margin - section.right_margin
    height = section.page_height - section.top_margin - section.bottom_margin
    assert size(text, height) == (156, 225)


def test_fonts_and_sizes_are_those_of_the_standard() -> None:
    looks = shipped(template="notice", values=NOTICE).styles
    fonts = {
        name: looks[name].element.rPr.rFonts.get(qn("w:eastAsia"))
        for name in ("Title", "Body Text", "Heading 1", "Heading 2")
    }
    assert fonts == {
        "Title": "方正小标宋简体",
        "Body Text": "仿宋",
        "Heading 1": "黑体",
        "Heading 2": "楷体",
    }
    assert looks["Title"].font.size.pt == 22
    assert looks["Body Text"].font.size.pt == 16
    assert looks["Title"].paragraph_format.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert looks["Signature"].paragraph_format.alignment == WD_ALIGN_PARAGRAPH.RIGHT


def test_pages_are_numbered_on_their_outer_side() -> None:
    document = shipped(template="notice", values=NOTICE)
    assert document.settings.odd_and_even_pages_header_footer
    section = document.sections[0]
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        (paragraph,) = footer.paragraphs
        assert paragraph.text == "— 1 —"
        assert paragraph.alignment == side
        assert "PAGE" in "".join(paragraph._p.itertext())


def test_unit_and_date_stand_on_no_page_of_their_own() -> None:
    paragraphs = shipped(template="notice", values=NOTICE).paragraphs
    end = next(n for n, one in enumerate(paragraphs) if one.style.name == "Signature")
    assert all(one.paragraph_format.keep_with_next for one in paragraphs[end - 2 : end])


def test_headings_are_numbered_by_level_and_anew_below_each() -> None:
    document = shipped(template="report", sections=SECTIONS)
    headings = [one for one in document.paragraphs if "Heading" in one.style.name]
    assert [(one.text, one.style.name[-1]) for one in headings] == [
        ("一、主要做法", "1"),
        ("（一）学习调研", "2"),
        ("（二）专题调研", "2"),
        ("1.分组", "3"),
        ("（1）带队", "4"),
        ("二、整改", "1"),
        ("（一）公示", "2"),
    ]


def test_the_numbers_of_many_headings_are_right() -> None:
    many = [{"title": "节"}] * 120
    document = shipped(template="report", sections=many)
    numbers = [line.removesuffix("、节") for line in lines(document)]
    chosen = [numbers[n] for n in (10, 11, 20, 21, 100, 110, 120)]
    assert chosen == ["十", "十一", "二十", "二十一", "一百", "一百一十", "一百二十"]
    english = shipped(template="report", sections=many, lang="en")
    assert "XC. 节" in lines(english)


def test_a_report_in_english_is_english_throughout() -> None:
    document = shipped(
        template="report",
        lang="en",
        values={"unit": "Office", "attachments": ["Ledger"], "to": ["Council"]},
        sections=[
            {"title": {"zh": "做法", "en": "What was done"}, "paragraphs": "Much."},
            {"title": "Study", "level": 2},
            {"title": "Rest", "table": {"columns": [{"key": "a", "title": "A"}]}},
        ],
    )
    assert lines(document) == [
        "the meeting",
        "Council:",
        "I. What was done",
        "Much.",
        "A. Study",
        "II. Rest",
        "Attachments: Ledger",
        "Office",
        "2 March 2026",
    ]
    assert cells(document.tables[0]) == [["No.", "A"], ["(none)", ""]]
    assert document.core_properties.language == "en-GB"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "asked",
    [
        {"template": "notice"},
        {"template": "minutes"},
        {"template": "slip", "colour": "blue"},
        {"template": "table", "columns": COLUMNS},
        {"template": "report"},
    ],
)
def test_a_paper_without_values_has_the_title_of_its_node(
    asked: dict[str, Any], lang: str
) -> None:
    document = shipped(lang=lang, **asked)
    said = "".join(one.text or "" for one in document.element.iter(qn("w:t")))
    assert {"zh": "生活会", "en": "the meeting"}[lang] in said
    # The day on which it was asked for, as the office's own calendar shows it.
    assert {"zh": "2026年3月2日", "en": "2 March 2026"}[lang] in said


def test_minutes_are_a_frame_with_room_where_nothing_is_said() -> None:
    document = shipped(
        template="minutes",
        values={"starts": "2026-03-02T06:30:00Z", "chair": ["甲"], "present": ["乙"]},
    )
    assert lines(document)[0] == "生活会会议记录"
    rows = cells(document.tables[0])
    assert rows[0][:2] == ["时间", "2026年3月2日（星期一）14:30"]
    assert rows[2] == ["主持人", "甲", "记录人", ""]
    assert rows[3][:2] == ["出席人员", "乙"]
    assert rows[7][:2] == ["会议内容", ""]


def test_minutes_with_a_record_show_it_below_the_frame() -> None:
    document = shipped(
        template="minutes",
        values={"text": ["甲发言。"], "topics": ["学习", "检查"]},
        sections=[{"title": "议定事项"}],
    )
    assert lines(document)[1:3] == ["甲发言。", "一、议定事项"]
    assert cells(document.tables[0])[-1][1] == "学习\n检查"


@pytest.mark.parametrize(
    ("colour", "fill", "band"),
    [
        ("blue", "1F5FA8", "督办单（蓝色·提醒）"),
        ("yellow", "F7C600", "督办单（黄色·催办）"),
        ("red", "C00000", "督办单（红色·警示）"),
    ],
)
def test_a_slip_has_its_colour(colour: str, fill: str, band: str) -> None:
    document = shipped(
        template="slip",
        colour=colour,
        values={
            "number": "3",
            "matter": "会议多",
            "to": ["县委办"],
            "responsible": ["甲", "乙"],
            "due": "2026-04-30",
            "demand": ["按时", "书面"],
        },
    )
    head, form = document.tables
    assert cells(head) == [[band]]
    (shade,) = head._tbl.iter(qn("w:shd"))
    assert shade.get(qn("w:fill")) == fill
    rows = cells(form)
    assert rows[0][1] == "会议多"
    assert rows[1] == ["承办单位", "县委办公室", "责任人", "甲、乙"]
    assert rows[2] == ["交办日期", "2026年3月2日", "办结时限", "2026年4月30日"]
    assert rows[4][1] == "按时\n书面"


def test_a_table_counts_its_rows_and_repeats_its_head() -> None:
    document = shipped(template="table", columns=COLUMNS, rows=ROWS)
    (table,) = document.tables
    assert cells(table) == [
        ["序号", "问题", "时限"],
        ["1", "会议多", "2026年4月30日"],
        ["2", "文件多", "2026年5月31日"],
    ]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def test_cells_are_as_wide_as_their_columns_and_together_as_the_text() -> None:
    (table,) = shipped(template="table", columns=COLUMNS, rows=ROWS).tables
    columns = size(*(column.width for column in table.columns))
    assert sum(columns) == pytest.approx(156, abs=1)
    for row in table.rows:
        assert size(*(cell.width for cell in row.cells)) == columns


def test_a_table_of_many_columns_lies_across() -> None:
    columns = [{"key": str(n), "title": str(n)} for n in range(6)]
    section = shipped(template="table", columns=columns).sections[0]
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert size(section.page_width, section.page_height) == (297, 210)


@pytest.mark.parametrize(
    "sizes", [[4, 4], [4, 13, 200], [4, 60, 60, 60], [4, *[14] * 20], [500], [0, 0]]
)
def test_the_columns_share_the_whole_page(sizes: list[int]) -> None:
    widths = shares(sizes, page_mm=156)
    assert sum(widths) == pytest.approx(156)
    assert min(widths) > 0


def test_a_long_table_is_made_in_no_time_and_whole() -> None:
    rows = [{"matter": f"第{n}项", "due": "2026-04-30"} for n in range(2_000)]
    (table,) = shipped(template="table", columns=COLUMNS, rows=rows).tables
    assert len(table._tbl.tr_lst) == 2_001


# -- values


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_values_are_printed_literally(lang: str) -> None:
    document = shipped(
        template="report",
        lang=lang,
        values={"title": HOSTILE, "text": [HOSTILE], "unit": HOSTILE},
        sections=[
            {
                "title": HOSTILE,
                "paragraphs": [HOSTILE],
                "table": {
                    "columns": [{"key": "a", "title": HOSTILE}],
                    "rows": [{"a": HOSTILE}],
                },
            }
        ],
    )
    texts = lines(document)
    assert texts[0] == texts[1] == texts[3] == texts[4] == HOSTILE
    assert texts[2].endswith(HOSTILE)
    assert [row[1] for row in cells(document.tables[0])] == [HOSTILE, HOSTILE]
    assert document.core_properties.title == HOSTILE


def test_control_characters_are_left_out_and_a_line_is_a_paragraph() -> None:
    text = "一\x00\x0b\ufffe\ud800\r\n二\u2028三"
    document = shipped(template="report", values={"title": "题\n目", "text": text})
    assert lines(document)[:3] == ["题 目", "一", "二\u2028三"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-02-30", "2026-02-30"),
        ("2026-03-02T06:30:00Z", "2026年3月2日14:30"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("见2026-03-02", "见2026-03-02"),
        (True, "是"),
        (["甲", False, 3], "甲、否、3"),
        ("5/2", "5/2"),
        (None, ""),
    ],
)
def test_a_value_reads_as_people_write_it(value: Any, shown: str) -> None:
    (table,) = shipped(
        template="table", columns=COLUMNS, rows=[{"matter": value, "due": ""}]
    ).tables
    assert table.rows[1].cells[1].text == shown


# -- the file


@pytest.mark.parametrize("template", ["notice", "report"])
def test_the_second_attempt_makes_the_same_bytes(template: str) -> None:
    again = attempt(number=2, now=datetime(2026, 3, 9, tzinfo=UTC))
    asked = {"template": template, "values": {"text": "甲"}, "sections": SECTIONS}
    file = made(**asked)
    assert file.name == "文件.docx"
    assert file.content == made(again, **asked).content
    with zipfile.ZipFile(BytesIO(file.content)) as parts:
        assert {one.date_time[0] for one in parts.infolist()} == {1980}


def test_the_properties_tell_of_the_request_and_of_nobody() -> None:
    properties = shipped(template="notice", values=NOTICE).core_properties
    assert properties.title == "关于召开民主生活会的通知"
    assert properties.identifier == "k1"
    assert properties.created == datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    assert (properties.author, properties.last_modified_by) == ("", "")


def test_a_paper_holds_its_own_parts_and_no_link() -> None:
    values = {**NOTICE, "text": ["http://a.example/", "file:///etc/passwd"]}
    with zipfile.ZipFile(BytesIO(made(template="notice", values=values).content)) as f:
        names = f.namelist()
        relations = [f.read(name) for name in names if name.endswith(".rels")]
    assert not any(b"External" in part for part in relations)
    assert set(names) == {
        "[Content_Types].xml",
        "_rels/.rels",
        "docProps/core.xml",
        "word/document.xml",
        "word/_rels/document.xml.rels",
        "word/styles.xml",
        "word/settings.xml",
        "word/webSettings.xml",
        "word/fontTable.xml",
        "word/theme/theme1.xml",
        "word/footer1.xml",
        "word/footer2.xml",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"template": "letter"},
        {"template": "notice", "values": {"sender": "甲"}},
        {"template": "notice", "columns": COLUMNS},
        {"template": "notice", "colour": "red"},
        {"template": "slip"},
        {"template": "slip", "colour": "green"},
        {"template": "table"},
        {"template": "table", "columns": COLUMNS, "sections": SECTIONS},
        {"template": "report", "sections": [{"title": "节", "level": 5}]},
        {"template": "report", "zone": "Mars/Olympus"},
        {"template": "report", "lang": "fr"},
        {"template": "report", "more": 1},
        {"template": {"sha256": "ab"}},
        {"template": {"sha256": "a" * 64}, "sections": SECTIONS},
        {"template": "table", "columns": COLUMNS * 15, "rows": [{}] * 2_001},
    ],
)
def test_parameters_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**wrong)


# -- a template of the office's own


def template(
    *paragraphs: str | list[str], rows: tuple[tuple[str, ...], ...] = ()
) -> Any:
    """A Word file: a list is one paragraph in as many runs."""
    document = docx.Document()
    for paragraph in paragraphs:
        runs = [paragraph] if isinstance(paragraph, str) else paragraph
        place = document.add_paragraph()
        for number, run in enumerate(runs):
            place.add_run(run).bold = number % 2 == 1
    if rows:
        table = document.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    return document


def saved(document: Any) -> bytes:
    content = BytesIO()
    document.save(content)
    return content.getvalue()


def filled(own: Any, values: dict[str, Any], **asked: Any) -> Made:
    content = own if isinstance(own, bytes) else saved(own)
    digest = hashlib.sha256(content).hexdigest()
    paper = {"sha256": digest, "name": "模板.docx", "size": len(content)}
    during = attempt(files={digest: content})
    return made(during, template=paper, values=values, **asked)


def changed(content: bytes, edit: Callable[[dict[str, bytes]], Any]) -> bytes:
    """The same file with some of its parts edited."""
    with zipfile.ZipFile(BytesIO(content)) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    edit(parts)
    edited = BytesIO()
    with zipfile.ZipFile(edited, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return edited.getvalue()


def replaced(old: str, new: str, *, part: str = "word/document.xml") -> bytes:
    def edit(parts: dict[str, bytes]) -> None:
        assert old.encode() in parts[part]
        parts[part] = parts[part].replace(old.encode(), new.encode())

    return changed(saved(template("{{ name }}")), edit)


def related(kind: str, target: str, mode: str = ' TargetMode="External"') -> bytes:
    relation = f'<Relationship Id="rX" Type="{kind}" Target="{target}"{mode}/>'
    return replaced(
        "</Relationships>",
        relation + "</Relationships>",
        part="word/_rels/document.xml.rels",
    )


def test_places_are_filled_with_values_and_groups_of_values() -> None:
    own = template("关于{{title}}的通知", "{{ meeting.place }}，{{ meeting.starts }}")
    values = {
        "title": {"zh": "开会", "en": "a meeting"},
        "meeting": {"place": "二楼", "starts": "2026-03-02T06:30:00Z"},
    }
    file = filled(own, values)
    assert lines(opened(file)) == ["关于开会的通知", "二楼，2026年3月2日14:30"]
    assert lines(opened(filled(own, values, lang="en")))[0] == "关于a meeting的通知"


def test_a_place_may_lie_over_several_runs() -> None:
    own = template(["甲{", "{ na", "me }", "}乙", "{{ name }}", "丙"])
    (paragraph,) = opened(filled(own, {"name": "值"})).paragraphs
    assert paragraph.text == "甲值乙值丙"
    assert [run.text for run in paragraph.runs] == ["甲值", "", "", "乙", "值", "丙"]
    assert paragraph.runs[5].bold


def test_a_name_is_known_however_its_letters_are_composed() -> None:
    typed = unicodedata.normalize("NFD", "{{ é }}")
    assert lines(opened(filled(template(typed), {"é": "值"}))) == ["值"]


def test_a_row_comes_once_for_each_member_of_its_list() -> None:
    own = template(
        "{{ unit }}",
        rows=(
            ("序号", "问题", "责任人"),
            ("{{ rows.# }}", "{{ rows.matter }}", "{{ rows.who }}（{{ unit }}）"),
            ("合计", "{{ total }}", ""),
        ),
    )
    rows = [
        {"matter": "会议多", "who": ["甲", "乙"]},
        {"matter": "{{ unit }}", "who": 3},
    ]
    values = {"unit": "办公室", "total": 2, "rows": rows}
    (table,) = opened(filled(own, values)).tables
    assert cells(table) == [
        ["序号", "问题", "责任人"],
        ["1", "会议多", "甲、乙（办公室）"],
        ["2", "{{ unit }}", "3（办公室）"],
        ["合计", "2", ""],
    ]
    (empty,) = opened(filled(own, {**values, "rows": []})).tables
    assert cells(empty)[1] == ["", "", "（办公室）"]


def test_headers_and_text_boxes_are_filled_too() -> None:
    own = template("{{ name }}")
    own.sections[0].header.paragraphs[0].text = "页眉{{ name }}"
    box = own.add_paragraph("外{{ name }}").runs[0]._r
    inner = template("框{{ name }}").paragraphs[0]._p
    text = box.makeelement(qn("w:txbxContent"), {})
    box.append(text)
    text.append(inner)
    document = opened(filled(own, {"name": "值"}))
    assert document.sections[0].header.paragraphs[0].text == "页眉值"
    texts = [one.text for one in document.element.iter(qn("w:t"))]
    assert texts == ["值", "外值", "框值"]


@pytest.mark.parametrize("hostile", [HOSTILE, "{{ name }}", "{{", "}}", "{{ rows.a }}"])
def test_what_stands_in_a_value_is_not_looked_at_again(hostile: str) -> None:
    own = template("始{{ name }}终", ["{{ na", "me }}"], rows=(("{{ rows.a }}",),))
    document = opened(filled(own, {"name": hostile, "rows": [{"a": hostile}]}))
    assert lines(document) == [f"始{hostile}终", hostile]
    assert cells(document.tables[0]) == [[hostile]]


def test_lines_and_tabs_of_a_value_are_kept_and_controls_left_out() -> None:
    document = opened(
        filled(template("始{{ name }}终"), {"name": "一\n二\t三\x00\ufffe"})
    )
    assert lines(document) == ["始一\n二\t三终"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ nobody }}", "没有“nobody”；可用的名称：name, group.a, rows.b"),
        ("{{ self }}", "没有“self”"),
        ("{{ name.__class__ }}", "没有“name.__class__”"),
        ("{{ group.keys }}", "没有“group.keys”"),
        ("{{ rows.0.b }}", "没有“rows.0.b”"),
        ("{{ 7*7 }}", "“7*7”不是名称"),
        ("{{ name|upper }}", "“name|upper”不是名称"),
        ("{{ ''.join(name) }}", "不是名称"),
        ("{{}}", "“”不是名称"),
        ("{{ {name} }}", "有 {{ 没有 }}"),
        ("{{ name } }", "有 {{ 没有 }}"),
        ("长" * 90 + "{{ name 之后", "“{{ name 之后”有 {{ 没有 }}；请补上 }}"),
        ("{{ group }}", "“group”是一组值"),
        ("{{ rows }}", "“rows”是成组的列表，只能用在表格的行里"),
        ("{%tr for row in rows %}", "“{%tr for row in rows %}”不是这里的标记"),
        ("{# 备注 #} {{ name }}", "“{# 备注 #}”不是这里的标记"),
        ("{{ rows.# }}", "没有“rows.#”"),
    ],
)
def test_a_place_that_cannot_be_filled_is_told_with_the_names_there_are(
    text: str, said: str
) -> None:
    values = {"name": "值", "group": {"a": 1}, "rows": [{"b": 1}]}
    with pytest.raises(Failed) as failed:
        filled(template(text), values)
    assert said in str(failed.value)
    assert "name, group.a, rows.b" in str(failed.value)
    with pytest.raises(Failed, match=r"names to use: name, group\.a, rows\.b"):
        filled(template(text), values, lang="en")


def test_all_faults_of_a_template_are_told_at_once() -> None:
    own = template("{{ a }}", "{{ b }}", rows=(("{{ rows.c }}", "{{ more.d }}"),))
    with pytest.raises(Failed) as failed:
        filled(own, {"rows": [{}], "more": [{}]})
    for name in ("“a”", "“b”", "more, rows"):
        assert name in str(failed.value)


def test_a_filled_paper_is_the_same_again_and_tells_of_nobody() -> None:
    own = template("{{ name }}")
    own.core_properties.author = "丙"
    content = saved(own)
    file = filled(content, {"name": "值"})
    assert file.content == filled(content, {"name": "值"}).content
    properties = opened(file).core_properties
    assert (properties.author, properties.identifier) == ("", "k1")


def test_what_is_not_filled_stays_as_it_was() -> None:
    content = saved(template("{{ name }}"))
    with zipfile.ZipFile(BytesIO(content)) as before:
        file = filled(content, {"name": "值"})
        with zipfile.ZipFile(BytesIO(file.content)) as after:
            assert after.namelist() == before.namelist()
            picture = "docProps/thumbnail.jpeg"
            assert after.read(picture) == before.read(picture)


def test_a_word_template_becomes_a_document() -> None:
    dotx = replaced(
        "document.main+xml", "template.main+xml", part="[Content_Types].xml"
    )
    assert lines(opened(filled(dotx, {"name": "值"}))) == ["值"]


def test_links_for_readers_and_fields_of_the_page_are_allowed() -> None:
    link = related(f"{RELATIONS}/hyperlink", "https://a.example/")
    assert lines(opened(filled(link, {"name": "值"}))) == ["值"]
    for field in (" PAGE ", ' HYPERLINK "https://a.example/" ', "=SUM(ABOVE)"):
        content = with_field(field)
        assert "值" in lines(opened(filled(content, {"name": "值"})))[0]


def with_field(*instruction: str) -> bytes:
    pieces = "".join(
        f'<w:r><w:instrText xml:space="preserve">{piece}</w:instrText></w:r>'
        for piece in instruction
    ).replace('"https', "&quot;https")
    begin, end = (
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end")
    )
    return replaced("</w:p>", begin + pieces + end + "</w:p>")


def zip_with(**parts: bytes) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, part in parts.items():
            file.writestr(name, part)
    return content.getvalue()


def test_a_file_that_is_no_word_document_is_refused() -> None:
    for content in (b"", b"%PDF-1.7", b"PK\x03\x04broken", zip_with(a=b"a")):
        with pytest.raises(Failed, match=r"模板不能使用：它(不是 Word|已损坏)"):
            filled(content, {})


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(Failed, match="模板文件不在"):
        made(template={"sha256": "a" * 64})


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (f"{RELATIONS}/attachedTemplate", "file:///C:/mail.dotm"),
        (f"{RELATIONS}/image", "https://a.example/pixel.png"),
        (f"{RELATIONS}/oleObject", "file://server/a.xlsx"),
        (f"{RELATIONS}/hyperlink", "file://server/share"),
        (f"{RELATIONS}/hyperlink", "\\\\server\\share"),
        (f"{RELATIONS}/hyperlink", "javascript:alert(1)"),
        (f"{RELATIONS}/subDocument", "b.docx"),
    ],
)
def test_a_template_that_refers_to_something_outside_is_refused(
    kind: str, target: str
) -> None:
    with pytest.raises(Failed, match="引用本文件之外的内容"):
        filled(related(kind, target), {"name": "值"})


@pytest.mark.parametrize(
    "kind", ["oleObject", "package", "control", "aFChunk", "vbaProject", "frame"]
)
def test_embedded_objects_are_refused(kind: str) -> None:
    with pytest.raises(Failed, match=f"不允许的内容（{kind}）"):
        filled(related(f"{RELATIONS}/{kind}", "x.bin", ""), {"name": "值"})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.ms-word.document.macroEnabled",
        ),
        (
            "</Types>",
            '<Default Extension="bin" '
            'ContentType="application/vnd.ms-office.vbaProject"/></Types>',
        ),
    ],
)
def test_macros_are_refused(old: str, new: str) -> None:
    content = replaced(old, new, part="[Content_Types].xml")
    with pytest.raises(Failed, match="宏或控件"):
        filled(content, {"name": "值"})


@pytest.mark.parametrize(
    "instruction",
    [
        (' INCLUDEPICTURE "https://a.example/" ',),
        (" DDEAUTO c:\\cmd.exe ",),
        (" INCLU", "DETEXT ", "c:\\a.docx "),
        (" HYPERLINK file://server/share ",),
        (" QUOTE 68 68 69 ",),
        ("",),
    ],
)
def test_fields_that_read_other_files_are_refused(instruction: tuple[str, ...]) -> None:
    with pytest.raises(Failed, match="不允许的域"):
        filled(with_field(*instruction), {"name": "值"})


def test_a_simple_field_is_looked_at_as_well() -> None:
    field = '<w:fldSimple w:instr=" INCLUDETEXT a "/></w:p>'
    with pytest.raises(Failed, match="不允许的域（INCLUDETEXT a）"):
        filled(replaced("</w:p>", field), {"name": "值"})


def test_a_picture_with_an_address_in_the_text_is_refused() -> None:
    image = (
        '<v:imagedata xmlns:v="urn:schemas-microsoft-com:vml" src="http://a.example"/>'
    )
    with pytest.raises(Failed, match=r"http://a\.example"):
        filled(replaced("</w:p>", f"<w:r><w:pict>{image}</w:pict></w:r></w:p>"), {})


def test_entities_and_document_types_are_refused() -> None:
    bomb = '?><!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c "&b;&b;">]><w:document '
    with pytest.raises(Failed, match="损坏"):
        filled(replaced("?>\n<w:document ", bomb), {"name": "值"})


def test_a_strict_file_is_refused_for_its_places_would_stay_empty() -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    with pytest.raises(Failed, match="不是 Word"):
        filled(replaced(WORD, strict), {"name": "值"})


def test_a_password_is_told_as_such() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    flagged = bytearray(saved(template("{{ name }}")))
    at = 0
    while (at := flagged.find(b"PK\x01\x02", at)) >= 0:
        flagged[at + 8] |= 1
        at += 4
    for content in (ole, bytes(flagged)):
        with pytest.raises(Failed, match="密码"):
            filled(content, {})


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    big = changed(
        saved(template("{{ name }}")), lambda parts: parts.update(a=bytes(70_000_000))
    )
    assert len(big) < 200_000
    with pytest.raises(Failed, match="太大"):
        filled(big, {})
    many = changed(
        saved(template("{{ name }}")),
        lambda parts: parts.update({f"a{n}": b"" for n in range(1_000)}),
    )
    with pytest.raises(Failed, match="太大"):
        filled(many, {})


def test_a_part_that_lies_about_its_size_is_refused_before_it_is_unpacked() -> None:
    size = 50_000_000
    content = changed(
        saved(template("{{ name }}")), lambda parts: parts.update(a=bytes(size))
    )
    lie = content.replace(struct.pack("<I", size), struct.pack("<I", 100))
    assert lie != content
    tracemalloc.start()
    try:
        with pytest.raises(Failed, match="损坏"):
            filled(lie, {})
        assert tracemalloc.get_traced_memory()[1] < size / 4
    finally:
        tracemalloc.stop()


def test_parts_that_lie_over_each_other_are_refused() -> None:
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("b", bytes(100_000))
        within = file.getinfo("b")
        end = file.start_dir
    outer = BytesIO()
    with zipfile.ZipFile(outer, "w") as file:
        # The part "b" lies inside the part "a", and both are whole.
        file.writestr("a", inner.getvalue()[:end])
        within.header_offset = len(file.getinfo("a").FileHeader())
        file.filelist.append(within)
        file.NameToInfo["b"] = within
    with pytest.raises(Failed, match="损坏"):
        filled(outer.getvalue(), {})


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/passwd", "word\\a.xml"])
def test_a_part_with_a_path_for_a_name_is_refused(name: str) -> None:
    content = changed(
        saved(template("{{ name }}")), lambda parts: parts.update({name: b"<a/>"})
    )
    with pytest.raises(Failed, match="损坏"):
        filled(content, {})


def test_a_list_that_would_make_too_large_a_paper_is_refused() -> None:
    own = template(rows=(("{{ rows.a }}",),))
    with pytest.raises(Failed, match="填好的文件太大"):
        filled(own, {"rows": [{"a": 1}] * 5_001})
    high = template(rows=(("{{ rows.a }}" + "\n" * 250,),))
    with pytest.raises(Failed, match="填好的文件太大"):
        filled(high, {"rows": [{"a": 1}] * 5_000})
    long = [{"a": "长" * 90_000}] * 60
    with pytest.raises(Failed, match="too large"):
        filled(own, {"rows": long}, lang="en")
