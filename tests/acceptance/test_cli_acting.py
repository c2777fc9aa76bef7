"""Acting at the command line: start, do, signal, tick, in a real SQLite file."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from engine.bootstrap import open_service

CLOCK = ("--clock", "2009-04-11 08:00")


def begun(plangate: Any, *words: str) -> None:
    """An instance with its meeting open."""
    assert plangate("start", "office", "--id", "o", *CLOCK).code == 0
    notice = ("signal", "o", "通知到了", "--as", "乙", "--clock", "2009-04-13 09:00")
    assert plangate(*notice).code == 0


def hold(plangate: Any, *words: str) -> Any:
    roll = ("--with", "present=甲,乙")
    return plangate("do", "o", "会议", "hold", "--as", "甲", *roll, *words)


def entries(folder: Path, instance: str = "o") -> int:
    service = open_service(f"sqlite:///{folder / 'plangate.db'}")
    head = service.journal.head(instance)
    service.journal.close()
    return 0 if head is None else head.revision


def test_a_start_tells_what_began_by_itself(plangate: Any) -> None:
    told = plangate("start", "office", "--id", "o", "--by", "甲", *CLOCK)
    assert told.code == 0
    assert "第 1 条  启动：办公室的方案" in told.out
    assert "  第 2 条  plan：自动“启动”，现为“进行中”" in told.out
    assert "plangate status o" in told.out


def test_an_instance_that_is_there_is_not_started_again(plangate: Any) -> None:
    begun(plangate)
    again = plangate("start", "office", "--id", "o")
    assert (again.code, again.out) == (2, "")
    assert "'o' 已经存在" in again.err


def test_a_base_is_not_started_itself(plangate: Any) -> None:
    told = plangate("start", "base/study-practice", "--id", "o")
    assert (told.code, told.out) == (2, "")
    assert "extends: base/study-practice" in told.err
    assert not (plangate.folder / "plangate.db").exists()


@pytest.mark.parametrize("name", ["", " o", "o\n", "x" * 101])
def test_an_id_is_something_that_can_be_typed_again(plangate: Any, name: str) -> None:
    told = plangate("start", "office", "--id", name)
    assert told.code == 2
    assert "--id 不对" in told.err


def test_an_act_tells_its_new_state_and_what_opened_by_itself(plangate: Any) -> None:
    begun(plangate)
    assert hold(plangate).code == 0
    told = plangate(
        "do", "o", "会议", "minute", "--as", "甲", "--file", "minutes=minutes.txt"
    )
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0].endswith("学习.动员.会议：甲 办了“归档会议记录”，现为“已形成记录”")
    assert any("学习.动员：自动“结束”，现为“已完成”" in one for one in lines[1:])
    assert any("学习.调研：自动“开始”" in one for one in lines[1:])
    assert all(one.startswith("  ") for one in lines[1:])


def test_a_refusal_is_recorded_and_tells_every_reason_and_the_next_step(
    plangate: Any,
) -> None:
    begun(plangate)
    before = entries(plangate.folder)
    told = plangate("do", "o", "会议", "hold", "--as", "甲", "--with", "present=甲")
    assert (told.code, told.out) == (1, "")
    assert f"（已记为第 {before + 1} 条）" in told.err
    assert "  - 到会人数不足，会议不能召开" in told.err
    assert "plangate whynot o '学习.动员.会议' hold" in told.err
    assert entries(plangate.folder) == before + 1


def test_a_refusal_speaks_english_too(plangate: Any) -> None:
    begun(plangate)
    told = plangate(
        "do", "o", "会议", "hold", "--as", "甲", "--with", "present=甲", "--lang", "en"
    )
    assert told.code == 1
    assert "too few are present" in told.err
    assert "next: plangate whynot o" in told.err


def test_who_has_no_right_is_refused_with_those_who_have(plangate: Any) -> None:
    begun(plangate)
    told = plangate("do", "o", "会议", "hold", "--as", "丙", "--with", "present=甲,乙")
    assert told.code == 1
    assert "丙 无权这样做" in told.err
    assert "甲" in told.err


def test_wrong_input_costs_nothing(plangate: Any) -> None:
    begun(plangate)
    before = entries(plangate.folder)
    for words, sentence in (
        (("do", "o", "会议", "hold", "--as", "甲"), "缺少“present”（到会，parties）"),
        (("do", "o", "会仪", "hold", "--as", "甲"), "没有 '会仪'"),
        (("do", "o", "没这事", "hold", "--as", "甲"), "是不是 plan、学习、"),
        (
            ("do", "o", "会议", "hold", "--as", "甲", "--with", "present=戊"),
            "不认识“戊”",
        ),
        (("do", "o", "会议", "holt", "--as", "甲"), "没有动作 'holt'"),
        (("do", "q", "会议", "hold", "--as", "甲"), "没有名为 'q' 的实例"),
        (("do", "o", "会议", "hold", "--as", "甲", "--with", "x=1"), "没有“x”这一项"),
        (
            ("do", "o", "会议", "hold", "--as", "甲", "--with", "x"),
            "写成 --with 名称=值",
        ),
        (("do", "o", "会议", "hold", "--as", "甲", "--with", "present={甲"), "present"),
        (
            ("do", "o", "会议", "hold", "--as", "甲", "--file", "minutes=没有"),
            "读不到文件",
        ),
        (("do", "o", "会议", "hold", "--as", "甲", "--occurred", "昨天"), "昨天"),
    ):
        told = plangate(*words)
        assert (told.code, told.out) == (2, ""), words
        assert sentence in told.err, words
    assert entries(plangate.folder) == before


def test_what_lies_in_the_future_has_not_occurred(plangate: Any) -> None:
    begun(plangate)
    before = entries(plangate.folder)
    later = ("--occurred", "2009-04-14 09:00")
    told = plangate("signal", "o", "别的", "--as", "甲", *later)
    assert (told.code, told.err) == (2, "发生时间不能在将来\n")
    assert entries(plangate.folder) == before


def test_one_name_is_given_once(plangate: Any) -> None:
    begun(plangate)
    told = hold(plangate, "--with", "present=丙")
    assert told.code == 2
    assert "present 写了两次" in told.err


def test_the_same_key_is_the_same_act(plangate: Any) -> None:
    begun(plangate)
    add = ("do", "o", "问题", "add", "--as", "丙", "--with", "text=一", "--key", "k1")
    first = plangate(*add)
    count = entries(plangate.folder)
    second = plangate(*add)
    assert (first.code, second.code) == (0, 0)
    assert "没有重复办理" in second.out
    assert first.out.splitlines()[0] in second.out
    assert entries(plangate.folder) == count
    assert plangate(*add, "--json").json["repeated"] is True


def test_a_text_may_begin_with_a_bracket(plangate: Any) -> None:
    begun(plangate)
    add = ("do", "o", "问题", "add", "--as", "丙")
    assert plangate(*add, "--with", "text=\\[急]").code == 0
    assert plangate(*add, "--with", "text=[急] 太慢").code == 0
    told = plangate("history", "o", "--type", "added", "--json").json["entries"]
    texts = [one["data"]["fields"]["text"] for one in told]
    assert texts == ["[急]", "[急] 太慢"]


def test_a_file_is_kept_with_the_history(plangate: Any) -> None:
    begun(plangate)
    assert hold(plangate, "--file", "minutes=minutes.txt").code == 0
    content = (plangate.folder / "minutes.txt").read_bytes()
    service = open_service("sqlite:///plangate.db")
    assert service.journal.blob(sha256(content).hexdigest()) == content
    service.journal.close()


def test_what_happened_earlier_is_dated_when_it_happened(plangate: Any) -> None:
    begun(plangate)
    told = hold(plangate, "--occurred", "2009-04-13 08:00")
    assert told.code == 0
    service = open_service("sqlite:///plangate.db")
    reached = service.look("o").known.reached_at("学习.动员.会议", "held")
    service.journal.close()
    assert reached is not None
    assert reached.isoformat() == "2009-04-13T00:00:00+00:00"


# -- the clock


def test_a_simulated_clock_is_only_for_what_was_started_with_one(
    plangate: Any,
) -> None:
    assert plangate("start", "office", "--id", "real").code == 0
    told = plangate("signal", "real", "通知到了", "--as", "乙", *CLOCK)
    assert (told.code, told.out) == (2, "")
    assert "'real' 按真实时间办理" in told.err


def test_a_simulated_clock_does_not_go_back(plangate: Any) -> None:
    begun(plangate)
    told = hold(plangate, *CLOCK)
    assert told.code == 2
    assert "已到 2009-04-13 09:00:00，不能退回到 2009-04-11 08:00" in told.err


def test_without_a_clock_a_simulated_instance_stands_still(plangate: Any) -> None:
    begun(plangate)
    told = plangate(
        "do", "o", "问题", "add", "--as", "丙", "--with", "text=一", "--json"
    )
    assert told.json["at"] == "2009-04-13T01:00:00+00:00"


def test_what_is_due_on_the_way_happens_before_the_act(plangate: Any) -> None:
    begun(plangate)
    told = hold(plangate, "--clock", "2009-06-29 09:00", "--json")
    assert told.code == 0
    moves = [one["move"] for one in told.json["before"]]
    assert "remind" in moves
    assert told.json["entries"][0]["move"] == "hold"


def test_a_tick_of_all_leaves_simulated_instances_alone(plangate: Any) -> None:
    begun(plangate)
    assert plangate("start", "office", "--id", "real").code == 0
    told = plangate("tick", "--json")
    assert told.code == 0
    assert "o" not in {one["instance"] for one in told.json["ticked"]}


def test_a_tick_with_a_clock_turns_all_simulated_instances(plangate: Any) -> None:
    begun(plangate)
    assert plangate("start", "office", "--id", "p", *CLOCK).code == 0
    assert plangate("start", "office", "--id", "real").code == 0
    notice = ("signal", "p", "通知到了", "--as", "乙", "--clock", "2009-04-13 09:00")
    assert plangate(*notice).code == 0
    told = plangate("tick", "--clock", "2009-06-30 12:00", "--json")
    assert {one["instance"] for one in told.json["ticked"]} == {"o", "p"}
    again = plangate("tick", "o", "--clock", "2009-06-30 12:00")
    assert (again.code, again.out) == (0, "现在没有到期的事\n")


# -- the database


def test_looking_makes_no_database(plangate: Any) -> None:
    told = plangate("do", "o", "会议", "hold", "--as", "甲")
    assert told.code == 2
    assert "没有数据库 plangate.db" in told.err
    assert not (plangate.folder / "plangate.db").exists()


def test_a_database_that_is_none_is_told(plangate: Any) -> None:
    (plangate.folder / "plangate.db").write_text("这不是数据库" * 100, "utf-8")
    told = plangate("tick")
    assert told.code == 3
    assert "数据受损" in told.err


def test_a_folder_that_is_not_there_is_told(plangate: Any) -> None:
    told = plangate("start", "office", "--id", "o", "--db", "sqlite:///没有/x.db")
    assert told.code == 4
    assert "没有" in told.err


def test_the_environment_may_name_the_database(
    plangate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANGATE_DB", "sqlite:///own.db")
    assert plangate("start", "office", "--id", "o").code == 0
    assert (plangate.folder / "own.db").is_file()
    told = plangate("do", "o", "会议", "minute", "--as", "甲")
    assert "--db sqlite:///own.db" in told.err
