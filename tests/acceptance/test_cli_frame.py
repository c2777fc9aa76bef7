"""What every command line has in common: help, languages, wrong use."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
from engine.cli.layout import width_of, wrapped
from engine.cli.main import COMMANDS
from engine.words import LANGUAGES


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_both_languages(
    plangate: Any, command: str, language: str
) -> None:
    told = plangate(command, "--help", "--lang", language)
    assert (told.code, told.err) == (0, "")
    is_chinese = language == "zh-CN"
    assert told.out.startswith("用法：" if is_chinese else "Usage: ")
    assert ("选项" in told.out) == is_chinese
    assert "Options:" not in told.out if is_chinese else "Options:" in told.out
    # a code that has no sentence would be shown bare
    assert "cli." not in told.out.replace("docs/cli.md", "")


def test_arguments_stand_apart_from_options(plangate: Any) -> None:
    told = plangate("do", "--help").out
    arguments, _, options = told.partition("选项:")
    for name in ("INSTANCE", "NODE", "MOVE"):
        assert f"\n  {name}  " in arguments
        assert name not in options
    assert "--as WHO" in options
    assert "（必填）" in options


def test_nothing_asked_is_help(plangate: Any) -> None:
    told = plangate()
    assert (told.code, told.err) == (0, "")
    assert "demo" in told.out


def test_the_language_may_stand_before_or_after_the_command(plangate: Any) -> None:
    for words in (("--lang", "en", "tick"), ("tick", "--lang", "en")):
        assert "there is no database" in plangate(*words).err


@pytest.mark.parametrize(
    ("value", "sentence"),
    [("en_US.UTF-8", "there is no"), ("zh_CN.UTF-8", "没有"), ("C.UTF-8", "没有")],
)
def test_the_environment_chooses_the_language(
    plangate: Any, monkeypatch: pytest.MonkeyPatch, value: str, sentence: str
) -> None:
    for name in ("PLANGATE_LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", value)
    assert sentence in plangate("tick").err


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        (("chek",), "没有命令 'chek'", "there is no command 'chek'"),
        (("check",), "缺少 PLAN", "PLAN… is missing"),
        (("check", "office", "--jsn"), "没有选项 --jsn", "there is no option --jsn"),
        (("kinds", "a", "b"), "多了 b", "b is too much"),
        (("start", "office", "--id"), "--id 后面要写值", "--id needs a value"),
        (("start", "office"), "缺少 --id", "--id is missing"),
        (("show", "office", "--format", "svg"), "没有 svg", "there is no svg"),
    ],
)
def test_wrong_words_are_told_in_the_readers_language(
    plangate: Any, words: tuple[str, ...], zh: str, en: str
) -> None:
    for language, sentence in (("zh", zh), ("en", en)):
        told = plangate("--lang", language, *words)
        assert (told.code, told.out) == (2, "")
        assert sentence in told.err
        assert "--help" in told.err


def test_a_command_that_is_nearly_right_is_suggested(plangate: Any) -> None:
    assert "check" in plangate("chek").err


def test_every_error_has_a_sentence_in_both_languages() -> None:
    for error in family(errors.PlangateError):
        if error is errors.PlanRejected:
            continue
        what = "clock_back" if error is errors.WrongClock else "x"
        for language in LANGUAGES:
            assert not error(what=what).say(language).startswith("error.")


def family(root: type[errors.PlangateError]) -> set[type[errors.PlangateError]]:
    return {root}.union(*(family(one) for one in root.__subclasses__()))


# -- lines that fit


def test_a_chinese_sign_takes_two_columns() -> None:
    assert width_of("会议 ab") == 7
    assert width_of("e\u0301") == 1


@pytest.mark.parametrize("columns", [20, 33, 80])
def test_a_wrapped_line_fits_and_loses_nothing(columns: int) -> None:
    text = "学习实践活动 plan of 2009，分三个阶段、十四个环节，每个环节都有关口。"
    lines = wrapped(text, columns, first="- ", rest="  ").splitlines()
    # a closing sign may stand beyond the edge rather than begin a line
    assert all(width_of(line.rstrip("，。、")) <= columns for line in lines)
    assert lines[0].startswith("- ")
    assert all(line.startswith("  ") for line in lines[1:])
    assert not any(line.strip()[0] in "，。、" for line in lines)
    told = "".join(line[2:] for line in lines)
    assert told.replace(" ", "") == text.replace(" ", "")
