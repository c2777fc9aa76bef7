"""Sentences of :mod:`engine.errors`."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "error.unexpected": ("出了意外：{detail}", "something unexpected: {detail}"),
    "error.unknown_plan": (
        "找不到方案 '{plan}'；已查找：{places}",
        "there is no plan '{plan}'; looked in {places}",
    ),
    "error.unknown_instance": (
        "没有名为 '{instance}' 的实例；用 plangate status 查看已有的实例",
        "there is no instance '{instance}'; "
        "'plangate status' lists those that are there",
    ),
    "error.unknown_node": (
        "方案里没有 '{node}'；是不是 {near}？",
        "the plan has no '{node}'; did you mean {near}?",
    ),
    "error.unknown_move": (
        "{node} 没有动作 '{move}'；可用的有 {near}",
        "{node} has no move '{move}'; it has {near}",
    ),
    "error.bad_input": (
        "{node} 的 {move}：{what}",
        "{move} of {node}: {what}",
    ),
    "error.instance_exists": (
        "实例 '{instance}' 已经存在；换一个名字",
        "an instance '{instance}' is already there; choose another id",
    ),
    "error.scenario_failed": (
        "演练中有 {count} 处与预期不符",
        "{count} expectations of the scenario were not met",
    ),
    "error.act_refused": (
        "{node} 的 {move} 未获准：{why}",
        "{move} of {node} is refused: {why}",
    ),
    "error.lost_update": (
        "实例 '{instance}' 已被他人更新（应为第 {expected} 条，现为第 {found} 条）；请重读后再试",
        "instance '{instance}' was changed by somebody else (expected entry {expected}, "
        "found {found}); read it again and try again",
    ),
    "error.damaged_data": (
        "数据受损：{detail}；请从备份恢复",
        "damaged data: {detail}; restore from a backup",
    ),
    "error.unavailable": (
        "数据库暂不可用：{detail}；请稍后再试",
        "the database is not available: {detail}; try again later",
    ),
}
