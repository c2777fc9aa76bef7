"""Sentences of the core: refusals and wrong input."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "core.unmet": ("条件未满足：{clause}", "not met: {clause}"),
    "core.unknown": ("尚无法判断：{clause}", "not known yet: {clause}"),
    "core.no_right": (
        "{actor} 无权这样做；有权的是{role}（{who}）",
        "{actor} may not do this; {role} may ({who})",
    ),
    "core.role_owner": ("责任人", "its owner"),
    "core.role_leader": ("负责人", "the plan's leader"),
    "core.role_superior": ("上一级负责人", "the superior"),
    "core.owed_line": (
        "{mark}{title}：{state}，期限 {due}",
        "{mark}{title}: {state}, due {due}",
    ),
    "core.owed_more": ("另有 {count} 项", "{count} more"),
    "core.mark_none": ("", ""),
    "core.mark_blue": ("【蓝】", "[blue] "),
    "core.mark_yellow": ("【黄】", "[yellow] "),
    "core.mark_red": ("【红】", "[red] "),
    "core.no_due": ("未定", "not set"),
    "core.not_done": ("“{x}”还没有完成", "'{x}' is not done yet"),
    "core.not_settled": ("“{x}”还没有了结", "'{x}' is not settled yet"),
    "core.not_started": ("“{x}”还没有开始", "'{x}' has not begun yet"),
    "core.not_reached": ("“{x}”还没有“{state}”", "'{x}' is not '{state}' yet"),
    "core.not_now": ("“{x}”现在不是“{state}”", "'{x}' is not '{state}' now"),
    "core.not_quota": (
        "指标“{x}”还有人没有完成",
        "not everybody has met the quota '{x}' yet",
    ),
    "core.not_event": (
        "还没有登记“{name}”",
        "'{name}' has not been recorded yet",
    ),
    "core.not_approved": (
        "“{x}”的最新稿还没有通过审议",
        "the latest version of '{x}' is not approved yet",
    ),
    "core.not_there": ("“{x}”还没有形成", "there is no '{x}' yet"),
    "core.changed": (
        "“{x}”通过审议以后又有改动",
        "'{x}' was changed after it was approved",
    ),
    "core.opens": ("要到 {day} 才开始", "it opens on {day}"),
    "core.none_of": (
        "以下各项中还没有一项满足：{parts}",
        "none of these is met: {parts}",
    ),
    "core.not_by": (
        "{actor} 应当回避：同一个人不能既办又审",
        "{actor} must stand aside: nobody judges what they did themselves",
    ),
    "core.delegate_on": (
        "{actor} 是受 {giver} 委托的，不能再转委托；请 {giver} 另行委托",
        "{actor} acts for {giver} and cannot hand this on; {giver} may delegate anew",
    ),
    "core.once_each": (
        "{actor} 本轮已经办过一次",
        "{actor} has already done so in this round",
    ),
    "core.not_in_state": (
        "现在是“{state}”；要在“{states}”时才可以",
        "it is '{state}' now; this is possible in '{states}'",
    ),
    "core.actor_missing": (
        "没有说明由谁办理；请写明办理人",
        "it is not said who does this; name the person who acts",
    ),
    "core.actor_many": (
        "“{actor}”是一个岗位或一组人；请写明具体由谁办理（{who}）",
        "'{actor}' is a role or a set; name the person who acts ({who})",
    ),
    "core.name": (
        "名称最多 {most} 个字，并且不能含看不见的字符；请改写",
        "a name has at most {most} characters and none that is unseen; write it anew",
    ),
    "core.signal_missing": (
        "没有说明发生了什么事；请写明名称",
        "it is not said what happened; name it",
    ),
    "core.outcome": (
        "办理结果“{found}”不认识；只能是 {known}",
        "the outcome '{found}' is not known; it is one of {known}",
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
        "缺少“{name}”（{title}，{type}）；请填写",
        "the input '{name}' ({title}, {type}) is missing; hand it in",
    ),
    "core.input_wrong": ("“{name}”：{why}", "'{name}': {why}"),
}
