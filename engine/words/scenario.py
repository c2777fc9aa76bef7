"""Sentences of scenarios: what is wrong in one, and where one did not go as told."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "scenario.no_act": (
        "这一条什么也没有做；写 do（动作）、signal（登记外部事件）或 expect（应当成立的条件）",
        "this does nothing; write do (a move), signal (an event) or expect (conditions)",
    ),
    "scenario.needs": (
        "{act} 还缺 {key}",
        "{act} needs {key} as well",
    ),
    "scenario.needless": (
        "{act} 用不着 {key}；去掉它，或者换成会用到它的动作",
        "{act} has no use for {key}; take it out, or write the act that uses it",
    ),
    "scenario.order": (
        "{moment} 早于上一条的 {before}；按时间先后写",
        "{moment} is before {before} of the act above; write them in order of time",
    ),
    "scenario.times": (
        "重复次数要在 1 到 {most} 之间",
        "an act is repeated from 1 to {most} times",
    ),
    "scenario.every": (
        "间隔 every 只用于 times 大于 1 的条目",
        "every says how far apart the repetitions of times lie; write times too",
    ),
    "scenario.long": (
        "展开后有 {count} 条，最多 {most} 条；分成几个场景",
        "it comes to {count} acts, {most} is the most; make several scenarios of it",
    ),
    "scenario.bad_plan": (
        "它的方案 '{plan}' 有问题；先检查并改好方案",
        "its plan '{plan}' has faults; check and mend the plan first",
    ),
    "scenario.unknown_plan": (
        "找不到它的方案 '{plan}'；是不是 {near}？",
        "there is no plan '{plan}'; did you mean {near}?",
    ),
    "scenario.file": (
        "写 {text: 内容} 或 {path: 文件}，可加 name: 文件名",
        "write {text: …} or {path: …}, with name: … if you like",
    ),
    "scenario.file_unreadable": (
        "读不到文件 {file}：{why}",
        "the file {file} cannot be read: {why}",
    ),
    "scenario.not_refused": (
        "本应不予办理，却办成了：{act}",
        "it should have been refused but was done: {act}",
    ),
    "scenario.was_refused": (
        "{act} 未获准：{why}",
        "{act} was refused: {why}",
    ),
    "scenario.other_reason": (
        "{act} 不予办理的理由里没有“{text}”；理由是：{why}",
        "{act} was refused, but not because of '{text}'; the reason is: {why}",
    ),
    "scenario.wrong_use": (
        "{act} 用错了：{why}",
        "{act} is a wrong use: {why}",
    ),
    "scenario.not_true": (
        "{at} 时应当成立而不成立：{clause}{values}",
        "at {at} this should be true and is not: {clause}{values}",
    ),
    "scenario.not_known": (
        "{at} 时还无法判断：{clause}{values}",
        "at {at} this is not known: {clause}{values}",
    ),
    "scenario.values": ("（当时：{shown}）", " (then: {shown})"),
    "scenario.seen": ("{key} = {value}", "{key} = {value}"),
    "scenario.absent": ("{key} 没有记录", "{key} is not there"),
}
