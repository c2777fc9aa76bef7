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

MESSAGES: Final[dict[str, tuple[str, str]]] = {**_SOUNDNESS}
