"""Why a request of an action waits (engine.runtime.requests)."""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "request.again": (
        "第 {tries} 次未办成（共 {most} 次）：{why}；稍后自动再试",
        "try {tries} of {most} did not work: {why}; it is tried again by itself",
    ),
    "request.silent": (
        "已被领走 {count} 次而没有回音，可能会拖垮执行它的进程，因此搁置；查明原因后用 plangate requests --retry 再试",
        "it was taken {count} times and nothing was heard: it may kill whoever runs it, so it is parked; find out why, then use plangate requests --retry",
    ),
    "request.no_action": (
        "没有名为“{action}”的动作；安装提供它的包后会自动再试。plangate actions 列出现有的",
        "there is no action '{action}'; install what brings it and it is tried by itself. plangate actions lists those at hand",
    ),
    "request.not_loaded": (
        "动作“{action}”的程序载入不了：{why}；修好后会自动再试",
        "the action '{action}' cannot be loaded: {why}; once that is mended it is tried by itself",
    ),
    "request.setting": (
        "还没有设置 {names}；设好后重新启动 plangate worker，会自动再试",
        "{names} is not set; set it, restart plangate worker, and it is tried by itself",
    ),
    "request.addresses": (
        "通讯录读不了：{why}；改好后会自动再试",
        "the address book cannot be read: {why}; mend it and it is tried by itself",
    ),
    "request.waits": (
        "等待实例“{instance}”办结",
        "waits until the instance '{instance}' is done",
    ),
    "request.parameters": (
        "方案给的参数不合要求（{wrong}）；plangate actions {action} 列出它要的",
        "{wrong}; plangate actions {action} lists what it takes",
    ),
    "request.personal_name": (
        "事件或实例不能以个人信息命名：名称永远留在历史里；请在方案里另写名称",
        "what is personal names no event and no instance: a name stays in the history for ever; let the plan give another",
    ),
    "request.damaged": (
        "提出它的实例读不出来：{why}；恢复后用 plangate requests --retry 再试",
        "the instance that asked for it cannot be read: {why}; restore it, then use plangate requests --retry",
    ),
    "request.not_recorded": (
        "已办，但结果记不进历史：{why}；查明后用 plangate requests --retry 再试",
        "it was done, but the outcome cannot be recorded: {why}; mend that, then use plangate requests --retry",
    ),
}
