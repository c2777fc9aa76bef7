"""Sentences about a whole plan: what cannot be, what is doubtful, what to write."""

from typing import Final

_SOUNDNESS: Final[dict[str, tuple[str, str]]] = {
    "check.circle": (
        "这些事项互相等待，谁也不能先办：{circle}；请去掉其中一个条件，或改为等待环节里的某个事项",
        "these wait for each other, so none can ever come first: {circle}; take one of the conditions away, or wait for one activity inside a link instead of the whole link",
    ),
    "check.waits": (
        "{one} 等 {other}（{clause}）",
        "{one} waits for {other} ({clause})",
    ),
    "check.word_entry": ("启动条件 entry", "entry gate"),
    "check.word_exit": ("办结条件 exit", "exit gate"),
    "check.no_way": (
        "“{node}”到不了状态 {states}：没有动作通向它；请换一个状态，或换一种事项类型",
        "'{node}' can never be {states}: no move leads there; ask for another state, or take another kind",
    ),
    "check.no_way_there": (
        "“{node}”的“{gate}”里的“{clause}”永远不会成立：“{other}”到不了状态 {states}，没有动作通向它；请换一个状态",
        "'{clause}' in the {gate} of '{node}' can never hold: no move of '{other}' leads to {states}; ask for another state",
    ),
    "check.nobody": (
        "“{node}”的“{move}”没有人能办：“{role}”里一个人也没有；请列出成员，还没有定就写 open: true",
        "nobody can make the move '{move}' of '{node}': there is no one in '{role}'; list members, or write open: true if that is not settled yet",
    ),
    "check.all_barred": (
        "“{node}”的“{move}”没有人能办：“{role}”里的人全在回避名单里；请增加人员或缩小回避范围",
        "nobody can make the move '{move}' of '{node}': everybody in '{role}' stands aside; add people or bar fewer",
    ),
    "check.no_rhythm": (
        "“{node}”的“{gate}”靠周期“{field}”发生，但没有写周期；请写上 {field}",
        "the move '{gate}' of '{node}' happens by the recurrence '{field}', which is not given; write {field}",
    ),
    "check.clash": (
        "“{node}”的“{gate}”自相矛盾：“{one}”和“{other}”不能同时成立；请去掉一个",
        "the {gate} of '{node}' contradicts itself: '{one}' and '{other}' never hold together; take one away",
    ),
    "check.never": (
        "“{node}”的“{gate}”里的“{clause}”永远不会成立；请改写或去掉这个条件",
        "'{clause}' in the {gate} of '{node}' can never hold; change it or take it away",
    ),
    "check.too_few_clauses": (
        "“{node}”的“{gate}”要求至少满足 {least} 项，但只列了 {found} 项；请减少数目或增加条件",
        "the {gate} of '{node}' asks for at least {least} of {found} conditions; ask for fewer or list more",
    ),
    "check.unknown_value": (
        "“{node}”的“{gate}”里的“{clause}”用到的值从来没有，条件永远不会成立；请补上这个值（例如 window）",
        "'{clause}' in the {gate} of '{node}' asks for a value that is never there, so it never holds; give the value (a window, for instance)",
    ),
    "check.out_of_range": (
        "“{node}”的“{gate}”里的“{clause}”永远不会成立：左边只能是 {left}，右边只能是 {right}；请改数目或增加人员、事项",
        "'{clause}' in the {gate} of '{node}' can never hold: the left side is {left}, the right side {right}; change the number, or add people or elements",
    ),
    "check.nothing_makes_deliverable": (
        "“{node}”的“{gate}”里的“{clause}”永远不会成立：没有事项产生材料“{name}”；请加一个 kind: writing 的事项",
        "'{clause}' in the {gate} of '{node}' can never hold: nothing makes the document '{name}'; add an activity of kind writing",
    ),
    "check.nothing_makes_approved": (
        "“{node}”的“{gate}”里的“{clause}”永远不会成立：没有事项审定材料“{name}”；请加一个 kind: review 或 signoff 的事项",
        "'{clause}' in the {gate} of '{node}' can never hold: nothing approves the document '{name}'; add an activity of kind review or signoff",
    ),
    "check.nothing_makes_measure": (
        "“{node}”的“{gate}”里的“{clause}”永远不会成立：没有事项计入“{name}”；请加一个计入它的事项（例如 kind: study）",
        "'{clause}' in the {gate} of '{node}' can never hold: nothing credits '{name}'; add an activity that does (of kind study, for instance)",
    ),
    "check.nothing_makes_register": (
        "“{node}”的“{gate}”里的“{clause}”永远不会成立：没有人能往台账“{name}”里登记；请在 by 里写明谁可以登记",
        "'{clause}' in the {gate} of '{node}' can never hold: nobody may add to the register '{name}'; say under by who may",
    ),
}

_DATES: Final[dict[str, tuple[str, str]]] = {
    "check.window_outside": (
        "“{node}”的时间 {window} 超出“{parent}”的时间 {outer}；请改日期，确要跨越就写 window: plan",
        "the window {window} of '{node}' reaches beyond {outer} of '{parent}'; change the dates, or write window: plan if that is meant",
    ),
    "check.due_outside": (
        "“{node}”的期限 {due} 不在它的时间 {window} 之内；请改期限或时间",
        "'{node}' is due on {due}, outside its window {window}; change one of the two",
    ),
    "check.calendar_ends": (
        "日期 {day} 超出日历“{calendar}”的有效期 {first} 至 {last}，以外的工作日没有人知道；请改日期，或给出有这一年的日历；只看星期的写 calendar: weekdays",
        "{day} lies beyond the calendar '{calendar}', which is valid from {first} to {last}; nobody knows the working days outside it: change the date, or give a calendar that has that year ('calendar: weekdays' knows Monday to Friday only)",
    ),
    "check.calendar_due": (
        "“{node}”的期限要数到日历“{calendar}”的有效期（{first} 至 {last}）以外，没有人知道是哪一天；请改期限，或给出有那一年的日历",
        "the due date of '{node}' is counted beyond the calendar '{calendar}', which is valid from {first} to {last}, so nobody knows the day; change it, or give a calendar that has that year",
    ),
    "check.calendar_rhythm": (
        "“{node}”的周期没有结束日期，又要看工作日，而日历“{calendar}”只到 {last}，以后不再发生；请写结束日期，或给出更长的日历",
        "'{node}' recurs by working days and without an end, but the calendar '{calendar}' ends on {last}, after which it comes no more; give it an end, or a longer calendar",
    ),
    "check.leaves_out_nothing": (
        "“{node}”的周期在 except 里写了 {day}，但这一天本来就不发生；请核对日期",
        "'{node}' leaves out {day}, on which it would not come anyway; check the date",
    ),
    "check.never_recurs": (
        "“{node}”的周期在它的时间 {window} 里一次也不发生；请改周期或时间",
        "'{node}' never recurs inside its window {window}; change the recurrence or the window",
    ),
    "check.reminded_before": (
        "“{node}”提前 {remind} 提醒，比它的时间 {window} 还长，一开始就会提醒；请缩短 remind",
        "'{node}' reminds {remind} ahead, which is longer than its window {window}, so it reminds at once; shorten remind",
    ),
    "check.stages_overlap": (
        "“{other}”{start} 开始，“{one}”{end} 才结束，两个阶段重叠；请核对日期",
        "'{other}' begins on {start} while '{one}' ends on {end}: the stages overlap; check the dates",
    ),
    "check.stages_gap": (
        "“{one}”{end} 结束，“{other}”{start} 才开始，中间有空档；请核对日期",
        "'{one}' ends on {end} and '{other}' begins on {start}: days between them belong to no stage; check the dates",
    ),
    "check.opens_on_holiday": (
        "“{node}”从 {day} 开始，这一天不上班；如果不合适，请改日期",
        "'{node}' begins on {day}, which is no working day; change the date if that does not suit",
    ),
    "check.ordered_before_issued": (
        "“{node}”从 {day} 起就要办，方案 {issued} 才印发；请改日期，或列入 backdated.allowed",
        "'{node}' is ordered for {day}, but the plan is issued on {issued}; change a date, or name it under backdated.allowed",
    ),
}

_QUOTAS: Final[dict[str, tuple[str, str]]] = {
    "check.quota_nobody": (
        "指标“{quota}”没有人承担：for 里一个人也没有；请列出成员，还没有定就写 open: true",
        "nobody owes the quota '{quota}': there is no one under for; list members, or write open: true if that is not settled yet",
    ),
    "check.quota_unsupplied": (
        "指标“{quota}”要求每人 {least}，但没有事项计入 {measures}，永远完不成；请加一个计入它的事项，或去掉这个指标",
        "the quota '{quota}' asks {least} of everybody, but nothing in the plan credits {measures}, so it can never be met; add an activity that does, or take the quota away",
    ),
    "check.quota_early": (
        "指标“{quota}”期限是 {due}，最早 {first} 才能计入；请推后期限或提前事项",
        "the quota '{quota}' is due by {due}, but nothing can count before {first}; move one of the two",
    ),
    "check.quota_left_out": (
        "指标“{quota}”由 {who} 承担，但他们不参加任何计入它的事项；请把他们列入参加人员",
        "the quota '{quota}' is owed by {who}, who take part in nothing that counts; let them attend",
    ),
    "check.quota_short": (
        "指标“{quota}”要求每人 {least}，例行安排只有 {reckoned} = {supply}，还差 {missing}；请增加次数或时长，或另外登记",
        "the quota '{quota}' asks {least} of everybody; the regular sessions come to {reckoned} = {supply}, {missing} too little: plan more or longer ones, or record others besides",
    ),
    "check.quota_supply": (
        "指标“{quota}”要求每人 {least}，例行安排有 {reckoned} = {supply}，够",
        "the quota '{quota}' asks {least} of everybody; the regular sessions come to {reckoned} = {supply}, which is enough",
    ),
}

_REFINEMENT: Final[dict[str, tuple[str, str]]] = {
    "check.loosened": (
        "“{element}”的 {gate} 比原方案宽了：不再要求 {clause}；如果不是有意的，请写回去",
        "the {gate} of '{element}' is looser than the base's: {clause} is no longer asked; write it back unless that is meant",
    ),
    "check.lowered": (
        "“{element}”的 {key} 从 {before} 降到 {after}，低于原方案；如果不是有意的，请改回去",
        "{key} of '{element}' falls from {before} to {after}, below the base's; change it back unless that is meant",
    ),
    "check.parameter_lowered": (
        "参数“{element}”从 {before} 降到 {after}，低于原方案要求的最低数；如果不是有意的，请改回去",
        "the parameter '{element}' falls from {before} to {after}, below the least that the base asks for; change it back unless that is meant",
    ),
    "check.no_longer_required": (
        "“{element}”在原方案里必须办，这里不再必须；如果不是有意的，请去掉 required: false",
        "'{element}' is required by the base and not here; take required: false away unless that is meant",
    ),
    "check.removed_node": (
        "去掉了原方案必须办的“{element}”；如果不是有意的，请从 remove 里删去",
        "'{element}', which the base asks for, is removed; take it out of remove unless that is meant",
    ),
    "check.removed_carrier": (
        "去掉“{element}”以后，要求 {lost} 没有落实的地方；请在别的事项的 src 里写上，或从 remove 里删去",
        "without '{element}' nothing carries {lost}; name them in the src of another element, or take it out of remove",
    ),
    "check.no_longer_carried": (
        "“{element}”改了以后，要求 {lost} 没有落实的地方；请在 src 里写上",
        "since '{element}' was changed nothing carries {lost}; name them in its src",
    ),
}

_ELEMENTS: Final[dict[str, tuple[str, str]]] = {
    "check.no_owner": (
        "环节“{node}”没有负责的人；请写 owner，或在它所在的集合里列出成员",
        "nobody answers for the link '{node}'; write its owner, or list members of the set that it names",
    ),
    "check.enough": (
        "“{node}”要够 {enough} 个才算完成，但一共只有 {members} 个；请减小 enough",
        "'{node}' is done when {enough} are, but there are only {members}; lower enough",
    ),
    "check.gate_unasked": (
        "“{node}”写了 {gate}，但类型“{kind}”从来不问它；请去掉，或换一种类型",
        "'{node}' has an {gate} gate, but its kind '{kind}' never asks it; take it away, or take another kind",
    ),
    "check.never_written": (
        "材料“{name}”没有事项产生它；请加一个 kind: writing 的事项，或去掉这份材料",
        "nothing writes the document '{name}'; add an activity of kind writing, or take it away",
    ),
    "check.never_used": (
        "材料“{name}”写出来以后没有别的事项用到它；如果要审议、报送或公开，请加上",
        "nothing uses the document '{name}' once it is written; add its review, submission or publication if there is one",
    ),
    "check.nobody_adds": (
        "没有人能往台账“{name}”里登记；请在 by 里写明谁可以登记",
        "nobody may add to the register '{name}'; say under by who may",
    ),
    "check.never_credited": (
        "没有事项计入“{name}”；请加一个计入它的事项，或去掉它",
        "nothing credits the measure '{name}'; add an activity that does, or take it away",
    ),
    "check.unused_parameter": (
        "参数“{name}”哪里也没有用到，改它不起作用；请用上 ${name}，或去掉它",
        "the parameter '{name}' is used nowhere, so it changes nothing; use ${name}, or take it away",
    ),
    "check.no_action": (
        "没有名为“{action}”的动作，请求会一直等着；可用的有 {near}",
        "there is no action '{action}', so its requests would wait; there is {near}",
    ),
    "check.goal_unreported": (
        "目标“{goal}”没有任何材料或事项提到；可以在总结报告的 sections 里写上",
        "no document and no activity speaks of the goal '{goal}'; it could be a section of the final report",
    ),
}

_SOURCES: Final[dict[str, tuple[str, str]]] = {
    "check.norm_carried": (
        "要求 {requirement} 既列为规范性要求，又由 {elements} 落实；请只留一处",
        "{requirement} is listed as a norm and carried by {elements} as well; keep one of the two",
    ),
    "check.no_trace": (
        "找不到对照表 {file}；请把它放在方案旁边，或去掉 requirements",
        "there is no trace table {file}; put it beside the plan, or take requirements away",
    ),
    "check.unknown_requirement": (
        "对照表里没有要求 {requirement}；请改 src，或在对照表里加一行",
        "the trace table has no requirement {requirement}; change src, or add a line to the table",
    ),
    "check.not_carried": (
        "要求 {requirement} 没有落实的地方；请在某个事项的 src 里写上，或列入 norms",
        "nothing carries the requirement {requirement}; name it in the src of an element, or under norms",
    ),
    "check.traced_twice": (
        "对照表里 {requirement} 有两行；请合并成一行",
        "the trace table has two lines for {requirement}; make them one",
    ),
}

_LEDGER: Final[dict[str, tuple[str, str]]] = {
    "check.open": (
        "原文没有写明“{about}”，先按 {value}；请确认",
        "the document leaves open: {about}; taken as {value}: please confirm",
    ),
    "check.question": (
        "原文没有写明“{about}”，也没有缺省值：是什么？",
        "the document leaves open: {about}; there is no default: what is it?",
    ),
    "check.assumed": (
        "“{about}”是编写人补的：{value}；请确认",
        "supplied by the encoder: {about} = {value}; please confirm",
    ),
    "check.undefined": (
        "“{about}”没有定义，可能是 {value}；请确认",
        "the word '{about}' is not defined; it may be {value}: please confirm",
    ),
    "check.treatment": ("{about}：{value}", "{about}: {value}"),
}

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    **_SOUNDNESS,
    **_DATES,
    **_QUOTAS,
    **_REFINEMENT,
    **_ELEMENTS,
    **_SOURCES,
    **_LEDGER,
}
