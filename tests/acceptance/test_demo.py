"""The demo: a newcomer types one word and reads what happened."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from engine.bootstrap import open_service
from engine.cli.layout import COLUMNS, width_of
from engine.core import events


@pytest.fixture
def told(plangate: Any) -> Any:
    return plangate("demo")


def history(file: Path) -> dict[int, events.Event]:
    service = open_service(f"sqlite:///{file}")
    found = {
        entry.seq: service.decode(entry)[0]
        for entry in service.journal.entries("maguan-2009")
    }
    service.journal.close()
    return found


def test_the_story_is_of_what_is_in_the_database(plangate: Any, told: Any) -> None:
    assert (told.code, told.err) == (0, "")
    found = history(plangate.folder / "plangate-demo.db")
    cited = [int(number) for number in re.findall(r"第 (\d+) 条）", told.out)]
    assert len(cited) > 20
    assert set(cited) <= set(found)
    refusals = [seq for seq, one in found.items() if isinstance(one, events.Refused)]
    counts = map(int, re.findall(r"关口没有放行 (\d+) 次", told.out))
    assert sum(counts) == len(refusals)
    assert f"历史 {len(found)} 条" in told.out


def test_the_story_tells_what_a_newcomer_should_see(told: Any) -> None:
    for part in (
        "第一阶段",
        "第二阶段",
        "第三阶段",
        "方案结束之后",
        "经批准放行",
        "理由：",
        "开始第 2 轮",
        "到期前提醒",
        "发蓝单",
        "开启票箱",
        "问题台账#4",
        "全部达到",
        "plangate-demo.db",
    ):
        assert part in told.out, part


def test_what_its_actions_made_is_listed_and_opens(plangate: Any, told: Any) -> None:
    names = re.findall(r"^ {4}(plangate-demo-files/\S.*)$", told.out, re.M)
    made = [plangate.folder / name for name in names]
    assert len(made) > 8
    assert made[0].name == "index.html"
    assert "整改落实方案和公开承诺" in made[0].read_text("utf-8")
    attached = {file.suffix for file in made[0].parent.iterdir()}
    assert {".html", ".txt", ".xml"} <= attached
    papers = [file for file in made if file.suffix == ".docx"]
    texts = ["".join(Document(str(one)).element.itertext()) for one in papers]
    assert any("督办单" in text for text in texts)
    found = history(plangate.folder / "plangate-demo.db").values()
    lines = [line for one in found for line in getattr(one, "did", ())]
    asked = sum(line[0] == "request" for line in lines)
    ended = [one for one in found if isinstance(one, events.Reported)]
    assert {one.outcome for one in ended} == {"succeeded"}
    assert len(ended) == asked > 100


def test_the_story_fits_eighty_columns_and_is_plain(told: Any) -> None:
    assert "\x1b" not in told.out
    for line in told.out.splitlines():
        if not line.lstrip().startswith(("plangate ", "/")) and "数据库" not in line:
            assert width_of(line.rstrip("，。；：）")) <= COLUMNS, line


def test_the_commands_to_try_next_work(plangate: Any, told: Any) -> None:
    lines = [line.strip() for line in told.out.splitlines()]
    commands = [line for line in lines if line.startswith("plangate ")]
    assert len(commands) >= 5
    for line in commands:
        tried = plangate(*shlex.split(line)[1:])
        assert (tried.code, tried.err) == (0, ""), line
        assert tried.out.strip(), line


def test_the_story_is_told_in_english_too(plangate: Any) -> None:
    told = plangate("demo", "--lang", "en")
    assert told.code == 0
    assert "Stage 1" in told.out
    assert "Passed by permission" in told.out
    assert "Refused at gates" in told.out


def test_a_database_that_is_there_is_never_written_over(
    plangate: Any, told: Any
) -> None:
    before = (plangate.folder / "plangate-demo.db").read_bytes()
    again = plangate("demo", "--db", "sqlite:///plangate-demo.db")
    assert (again.code, again.out) == (2, "")
    assert "已经存在，不会覆盖" in again.err
    assert (plangate.folder / "plangate-demo.db").read_bytes() == before
    assert plangate("demo").code == 0
    assert (plangate.folder / "plangate-demo-2.db").is_file()
