"""Sentences of the core: refusals and wrong input."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "core.unmet": ("条件未满足：{clause}", "not met: {clause}"),
    "core.unknown": ("尚无法判断：{clause}", "not known yet: {clause}"),
    "core.no_right": (
        "{actor} 无权这样做；有权的是 {role}（{who}）",
        "{actor} may not do this; {role} may ({who})",
    ),
    "core.not_by": (
        "{actor} 应当回避：同一个人不能既办又审",
        "{actor} must stand aside: nobody judges what they did themselves",
    ),
    "core.once_each": (
        "{actor} 本轮已经办过一次",
        "{actor} has already done so in this round",
    ),
    "core.not_in_state": (
        "现在是“{state}”；要在“{states}”时才可以",
        "it is '{state}' now; this is possible in '{states}'",
    ),
    "core.backdated": (
        "补记的时间早于方案印发，方案没有允许；允许的只有 {allowed}",
        "it is dated before the plan was issued, which the plan allows only for {allowed}",
    ),
    "core.counted": (
        "票箱已经开启、结果已经公布，本轮不能再投",
        "the box has been opened and counted; this round takes no more answers",
    ),
    "core.future": (
        "发生时间不能在将来",
        "it cannot have occurred in the future",
    ),
    "core.input_unknown": (
        "没有“{name}”这一项；可填的有 {known}",
        "there is no input '{name}'; it takes {known}",
    ),
    "core.input_missing": (
        "缺少“{name}”（{type}）",
        "the input '{name}' ({type}) is missing",
    ),
    "core.input_wrong": ("“{name}”：{why}", "'{name}': {why}"),
}
