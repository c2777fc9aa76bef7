"""The report, opened again; as PDF where LibreOffice is at hand."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from msgspec.structs import replace

from engine.audit.exports import docx_file, pdf_file
from engine.audit.exports.docx_file import MARK
from engine.audit.exports.record import Export, History
from engine.audit.placing import NotWritten
from engine.journal.codec import decode
from engine.ports import Entry
from engine.testing import CAMPAIGN, HEAD, STAGES, Play, campaign
from tests.audit.histories import exported, history_of


def written(*histories: History) -> io.BytesIO:
    return io.BytesIO(exported(docx_file, *histories))


def rows_of(table: Any) -> list[list[str]]:
    """Quicker than the library's own way, which looks for merged cells."""
    return [
        [
            "\n".join(
                "".join(text.text or "" for text in paragraph.iter(qn("w:t")))
                for paragraph in cell.iter(qn("w:p"))
            )
            for cell in row.iter(qn("w:tc"))
        ]
        for row in table._tbl.iter(qn("w:tr"))
    ]


@pytest.fixture(scope="module")
def service() -> Any:
    return campaign("memory://", until="2009-05-21 12:00")


@pytest.fixture(scope="module")
def history(service: Any) -> History:
    return history_of(service, CAMPAIGN)


@pytest.fixture(scope="module")
def entries(history: History) -> list[Entry]:
    return list(history.read())


@pytest.fixture(scope="module")
def paper(history: History) -> Any:
    return Document(written(history))


def test_a_row_an_entry_with_who_what_why_and_files(
    paper: Any, entries: list[Entry], history: History
) -> None:
    _, table = paper.tables
    head, *rows = rows_of(table)
    assert head[:3] == ["序号", "时间", "办理人"]
    for row, entry in zip(rows, entries, strict=True):
        seq, at, who, what, why, files = row
        assert seq == str(entry.seq)
        assert at == f"{entry.at.astimezone(history.zone):%Y-%m-%d\n%H:%M:%S}"
        assert who.startswith(entry.actor or "（")
        assert what
        if entry.type == "refused":
            assert why.startswith("✗ ")
        for line in decode(entry.body)["data"].get("did", ()):
            if line[0] == "version":
                assert line[2]["digest"] in files


def test_it_says_what_it_is_of_and_how_it_ends(paper: Any, history: History) -> None:
    about = dict(rows_of(paper.tables[0]))
    assert about["实例"] == CAMPAIGN
    assert about["方案摘要（SHA-256）"] == history.head.plan
    assert about["末条哈希（SHA-256）"] == history.head.hash.hex()
    assert about["时钟"].startswith("模拟时钟")
    texts = [one.text for one in paper.paragraphs]
    assert texts[0] == f"{history.title} 办理历史"
    assert any(history.head.hash.hex() in text for text in texts[-2:])


def test_pages_are_numbered_and_headings_repeat(paper: Any) -> None:
    footer = paper.sections[0].footer._element
    fields = [one.text for one in footer.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]
    table = paper.tables[1]._tbl
    assert len(list(table.iter(qn("w:tblHeader")))) == 1
    assert paper.core_properties.title.endswith("办理历史")


def test_each_of_several_instances_has_its_own_table() -> None:
    one, two = Play.of(HEAD + STAGES, id="a"), Play.of(HEAD + STAGES, id="b")
    two.signal("来人")
    histories = [history_of(play.service, play.id, "en") for play in (one, two)]
    paper = Document(written(*histories))
    counts = [len(rows_of(table)) - 1 for table in paper.tables]
    assert counts == [6, histories[0].head.revision, 6, histories[1].head.revision]
    assert dict(rows_of(paper.tables[2]))["Instance"] == "b"


def test_what_a_person_wrote_is_text_and_nothing_else(history: History) -> None:
    wicked = f"</w:t><w:p/>&{MARK}\x01\ufffe\n<w:tr>"
    paper = Document(written(replace(history, told=lambda _: wicked)))
    _, *rows = rows_of(paper.tables[1])
    assert {row[3].split("\n")[0] for row in rows} == {
        wicked.replace("\x01", "�").replace("\ufffe", "�").replace("\n", " ")
    }


def test_an_instance_that_is_called_like_the_mark_moves_no_row() -> None:
    name = f'<w:tr w:rsidR="{MARK}"></w:tr>'
    play = Play.of(HEAD + STAGES, id=name)
    history = history_of(play.service, play.id)
    paper = Document(written(history))
    assert dict(rows_of(paper.tables[0]))["实例"] == name
    assert len(rows_of(paper.tables[1])) == history.head.revision + 1


def test_without_libreoffice_there_is_no_pdf_and_it_is_told(
    history: History, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    export = Export(histories=(history,), language="zh")
    with pytest.raises(NotWritten) as wrong:
        pdf_file.write(export, io.BytesIO())
    assert "soffice" in wrong.value.say("zh")
    assert "--to docx" in wrong.value.say("en")


def test_an_office_that_does_nothing_is_told(
    history: History, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office = tmp_path / "soffice"
    office.write_text("#!/bin/sh\necho no filter >&2\n", "utf-8")
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    export = Export(histories=(history,), language="zh")
    with pytest.raises(NotWritten) as wrong:
        pdf_file.write(export, io.BytesIO())
    assert "no filter" in wrong.value.say("en")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_where_libreoffice_is_the_report_becomes_a_pdf() -> None:
    play = Play.of(HEAD + STAGES)
    out = io.BytesIO()
    history = history_of(play.service, play.id)
    pdf_file.write(Export(histories=(history,), language="zh"), out)
    assert out.getvalue().startswith(b"%PDF-")


def test_the_package_names_every_part_once(history: History) -> None:
    with ZipFile(written(history)) as package:
        names = package.namelist()
        assert len(names) == len(set(names))
        assert package.testzip() is None
