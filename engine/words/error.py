"""Sentences of :mod:`engine.errors`."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "error.unexpected": ("出了意外：{detail}", "something unexpected: {detail}"),
    "error.unknown_plan": (
        "找不到方案 '{plan}'；写文件名，或者现有方案的名称，例如 {near}",
        "there is no plan '{plan}'; give a file, or the name of a plan such as {near}",
    ),
    "error.abstract_plan": (
        "'{plan}' 只供别的方案引用，不能直接启动；写一个 extends: {plan} 的方案再启动它",
        "'{plan}' is a base and is not started itself; start a plan that says extends: {plan}",
    ),
    "error.unknown_kind": (
        "没有可用的种类 '{kind}'；可用 {near}",
        "there is no kind '{kind}' to show; try {near}",
    ),
    "error.unknown_database": (
        "没有数据库 {file}；用 plangate start 启动第一个实例，或用 --db 指明数据库",
        "there is no database {file}; 'plangate start' begins one, --db names another",
    ),
    "error.not_simulated": (
        "实例 '{instance}' 按真实时间办理，不能用 --clock；去掉 --clock，过去的事用 --occurred 注明",
        "instance '{instance}' runs in earnest and takes no --clock; leave it out, "
        "and date what happened earlier with --occurred",
    ),
    "error.clock_back": (
        "实例 '{instance}' 的模拟时钟已到 {at}，不能退回到 {asked}；写更晚的时间",
        "the simulated clock of '{instance}' is at {at} and does not go back to {asked}; give a later time",
    ),
    "error.file_exists": (
        "{file} 已经存在，不会覆盖；换一个文件名（--db sqlite:///另一个.db），或先自行移走它",
        "{file} is there and is not written over; name another (--db sqlite:///other.db) or move it away first",
    ),
    "error.not_a_file": (
        "读不到文件 {file}：{what}",
        "the file {file} cannot be read: {what}",
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
    "error.never_at_rest": (
        "方案停不下来：{circle} 互相引发，没有尽头；请修改这些动作的条件。什么也没有改变",
        "the plan never comes to rest: {circle} lead to each other without end; change their conditions. Nothing was changed",
    ),
    "error.unknown_party": (
        "方案里没有人或单位叫 '{who}'；是不是 {near}？",
        "no party of the plans is called '{who}'; did you mean {near}?",
    ),
    "error.unknown_entry": (
        "实例 '{instance}' 没有第 {seq} 条记录；现有 1 到 {last}",
        "instance '{instance}' has no entry {seq}; there are 1 to {last}",
    ),
    "error.not_yet": (
        "到 {asked} 为止，实例 '{instance}' 还没有任何记录；第一条在 {first}，请问那时或以后的情形",
        "nothing of '{instance}' was recorded by {asked}; its first entry is of {first}: ask for that time or a later one",
    ),
    "error.not_in_log_yet": (
        "日志有 {asked} 条时，其中还没有实例 '{instance}' 的记录；它的第一条要到日志有 {first} 条时才在其中，请用 --known-at {first} 或更大的数",
        "when the log had {asked} entries, none was of '{instance}'; its first one is among the first {first}: ask with --known-at {first} or more",
    ),
    "error.beyond_log": (
        "日志现在只有 {size} 条，没有 {asked} 条时的情形可问；请用 --known-at {size} 或更小的数",
        "the log has {size} entries and never had {asked}; ask with --known-at {size} or less",
    ),
    "error.unknown_action": (
        "没有动作“{action}”；现有的有 {near}",
        "there is no action '{action}'; there is {near}",
    ),
    "error.unknown_request": (
        "没有待办的动作请求“{key}”；plangate requests 列出全部",
        "there is no open request '{key}'; 'plangate requests' lists those that are",
    ),
    "error.bad_input": (
        "{node} 的 {move}：{what}",
        "{move} of {node}: {what}",
    ),
    "error.bad_input_alone": ("{what}", "{what}"),
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
    "error.claim_lost": (
        "请求 {key} 的第 {attempt} 次办理已超时，由别的进程接手；这次的结果不计",
        "attempt {attempt} of request {key} took too long and another worker has it; "
        "the outcome of this one does not count",
    ),
    "error.damaged_data": (
        "数据受损：{detail}；请从备份恢复",
        "damaged data: {detail}; restore from a backup",
    ),
    "error.unavailable": (
        "数据库暂不可用：{detail}；请稍后再试",
        "the database is not available: {detail}; try again later",
    ),
    "error.no_memory": (
        "内存不够：{detail}；已确认的都在，没有办完的会再办；请放宽内存限制（ulimit -v，或服务的 MemoryMax），或减少 --seats",
        "out of memory: {detail}; what was acknowledged is kept, the rest is tried again; raise the limit (ulimit -v, or the service's MemoryMax) or take fewer --seats",
    ),
    "error.no_handles": (
        "打开的文件或进程太多：{detail}；已确认的都在，没有办完的会再办；请放宽限制（ulimit -n 和 -u，或服务的 LimitNOFILE 和 TasksMax），或减少 --seats",
        "too many open files or processes: {detail}; what was acknowledged is kept, the rest is tried again; raise the limits (ulimit -n and -u, or the service's LimitNOFILE and TasksMax) or take fewer --seats",
    ),
    "error.no_plain_file": (
        "这不是普通文件；请给一份文件",
        "it is no plain file; give a document",
    ),
    "error.file_large": (
        "文件有 {size} 字节，最多收 {most} 字节；更大的另行存放，这里交一份说明",
        "it has {size} bytes, at most {most} are taken; keep what is larger elsewhere and hand in a note",
    ),
}
