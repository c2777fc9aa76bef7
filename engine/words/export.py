"""Sentences of exporting: what is written where, what the columns and events are called."""

from typing import Final

_COMMAND: Final[dict[str, tuple[str, str]]] = {
    "export.opt_to": ("格式", "the format"),
    "export.opt_file": (
        "写到哪个文件；- 写到标准输出（仅 csv、xes、ocel-json）",
        "the file to write; - is standard output (csv, xes, ocel-json only)",
    ),
    "export.opt_force": (
        "文件已经存在时替换它；不加则从不覆盖",
        "replace a file that is there; without it none is written over",
    ),
    "export.opt_case": (
        "XES 的一条轨迹是一个实例（instance，缺省）还是一个环节或事项（node）",
        "what a trace of XES is: an instance (default) or a node",
    ),
    "export.opt_json": (
        "写完以后输出 JSON（格式见 docs/cli.md）",
        "print JSON when it is written (docs/cli.md)",
    ),
    "export.written": (
        "已导出 {instances}：{count} 条记录 → {file}（{format}，{size} 字节）\nSHA-256 {digest}",
        "exported {instances}: {count} entries → {file} ({format}, {size} bytes)\nSHA-256 {digest}",
    ),
    "export.incomplete": (
        "实例 '{instance}' 应有 {revision} 条记录，只读到 {count} 条；导出的文件照实写出，请运行 plangate verify {instance} 查明",
        "instance '{instance}' should have {revision} entries and {count} were read; the file holds what is there, run 'plangate verify {instance}' to find out why",
    ),
    "export.progress": (
        "正在导出 {instance}：{count}/{of} 条",
        "exporting {instance}: {count} of {of} entries",
    ),
    "export.no_case": (
        "--case 只用于 --to xes；去掉它，或换成 --to xes",
        "--case is for --to xes only; leave it out, or say --to xes",
    ),
    "export.no_pipe": (
        "{format} 不是文本，不能写到标准输出；用 -o 文件名",
        "{format} is no text and does not go to standard output; name a file with -o",
    ),
    "export.one_output": (
        "-o - 和 --json 都要写标准输出；只留一个，或给 -o 一个文件名",
        "-o - and --json both want standard output; leave one out, or name a file with -o",
    ),
    "export.database": (
        "{file} 是数据库本身的文件，不能写到那里；用 -o 换一个文件名",
        "{file} belongs to the database itself and is not written over; name another with -o",
    ),
    "export.there": (
        "{file} 已经存在，没有覆盖；用 -o 换一个文件名，或加 --force 替换它",
        "{file} is there and was not written over; name another with -o, or replace it with --force",
    ),
    "export.folder": (
        "{file} 是文件夹；用 -o 给出其中的文件名",
        "{file} is a folder; name a file in it with -o",
    ),
    "export.special": (
        "{file} 不是普通文件（设备或管道）；用 -o 换一个文件名，文本格式可用 -o -",
        "{file} is no plain file (a device or a pipe); name another with -o, text may go to -o -",
    ),
    "export.no_folder": (
        "没有文件夹 {folder}；先建好它，或用 -o 换一个地方",
        "there is no folder {folder}; make it first, or name another place with -o",
    ),
    "export.trouble": (
        "写不成 {file}：{why}；没有留下半个文件，腾出空间或换一个地方后再试",
        "{file} could not be written: {why}; nothing half done was left, make room or name another place and try again",
    ),
}
_NAMES: Final[dict[str, tuple[str, str]]] = {
    "export.add": ("登记", "add"),
    "export.act_started": ("启动实例", "instance started"),
    "export.act_signalled": ("登记“{name}”", "recorded '{name}'"),
    "export.act_succeeded": (
        "{node} 动作 {action} 完成",
        "{node} action {action} done",
    ),
    "export.act_failed": ("{node} 动作 {action} 失败", "{node} action {action} failed"),
    "export.act_refused": ("{node} {move}（未放行）", "{node} {move} (refused)"),
    "export.act_erasure": ("抹除个人信息：申请或批准", "erasure asked or approved"),
    "export.act_erased": ("已依法删除", "lawfully erased"),
    "export.act_missed": ("{node} {move}（错过）", "{node} {move} (missed)"),
    "export.act_counted": ("{node} {move}（开箱计票）", "{node} {move} (counted)"),
}
_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "export.col_instance": ("实例", "instance"),
    "export.col_seq": ("序号", "entry"),
    "export.col_at": ("时间", "time"),
    "export.col_type": ("类型", "type"),
    "export.col_node": ("环节或事项", "node"),
    "export.col_title": ("名称", "title"),
    "export.col_actor": ("办理人", "person"),
    "export.col_role": ("身份", "role"),
    "export.col_behalf": ("代表", "on behalf of"),
    "export.col_move": ("动作", "move"),
    "export.col_from": ("原状态", "from"),
    "export.col_to": ("新状态", "to"),
    "export.col_round": ("轮次", "round"),
    "export.col_cause": ("起因", "cause"),
    "export.col_text": ("说明", "what happened"),
    "export.col_reasons": ("未放行的原因", "reasons of refusal"),
    "export.col_due": ("到期", "due"),
    "export.col_occurred": ("实际发生", "occurred"),
    "export.col_files": ("附件及 SHA-256", "files with SHA-256"),
    "export.col_led_by": ("由第几条引起", "led to by entry"),
    "export.col_command": ("命令键", "command key"),
    "export.col_recorded": ("写入时间", "recorded"),
    "export.col_plan": ("方案摘要", "plan digest"),
    "export.col_hash": ("哈希", "hash"),
    "export.col_ground": ("依据", "ground"),
    "export.col_what": ("内容", "what"),
    "export.col_verdict": ("结论", "verdict"),
    "export.col_value": ("值", "value"),
    "export.col_rests": ("出自第几条", "from entry"),
    "export.col_previous": ("前一条的哈希", "hash of the entry before"),
}
_GROUNDS: Final[dict[str, tuple[str, str]]] = {
    "export.sheet_entries": ("记录", "entries"),
    "export.sheet_grounds": ("依据", "grounds"),
    "export.ground_right": ("办理的身份", "right"),
    "export.ground_permit": ("放行许可", "permit"),
    "export.ground_clause": ("条件", "condition"),
    "export.ground_fact": ("事实", "fact"),
    "export.ground_reason": ("未放行的原因", "reason of refusal"),
    "export.verdict_true": ("成立", "holds"),
    "export.verdict_false": ("不成立", "does not hold"),
    "export.verdict_unknown": ("未知", "unknown"),
}
_REPORT: Final[dict[str, tuple[str, str]]] = {
    "export.no_office": (
        "这台机器上没有 LibreOffice（soffice），写不成 PDF；装上它，或用 --to docx 再由 Word、WPS 另存为 PDF",
        "there is no LibreOffice (soffice) on this machine to write PDF; install it, or take --to docx and save that as PDF with Word or WPS",
    ),
    "export.office_failed": (
        "LibreOffice 没有写成 PDF：{why}；用 --to docx 再由 Word、WPS 另存为 PDF",
        "LibreOffice wrote no PDF: {why}; take --to docx and save that as PDF with Word or WPS",
    ),
    "export.report": ("{title} 办理历史", "{title}: history"),
    "export.report_above": ("办理历史 · {instances}", "History · {instances}"),
    "export.report_how": (
        "每条记录都带有前一条的哈希：改动、删去或插入任何一条，末条的哈希就不同。把下列末条哈希与另行保存的核对；用 plangate verify 可以逐条核对。没有放行的以灰底标出。",
        "Every entry carries the hash of the one before it: whoever changes, takes out or slips in one has another last hash. Compare the last hash with one that is kept elsewhere; plangate verify checks every entry. What was refused is shaded.",
    ),
    "export.report_entries": ("记录", "Entries"),
    "export.report_ends": (
        "以上共 {count} 条。末条哈希：",
        "{count} entries above. Last hash: ",
    ),
    "export.report_signed": (
        "核对人：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿＿＿",
        "Checked by: ____________________    Date: ____________________",
    ),
    "export.about_instance": ("实例", "Instance"),
    "export.about_plan_id": ("方案（版次）", "Plan (version)"),
    "export.about_plan": ("方案摘要（SHA-256）", "Plan digest (SHA-256)"),
    "export.about_entries": ("记录条数", "Entries"),
    "export.about_latest": ("末条时间", "Last entry at"),
    "export.about_head": ("末条哈希（SHA-256）", "Last hash (SHA-256)"),
    "export.about_clock": ("时钟", "Clock"),
    "export.simulated": (
        "模拟时钟：演练，不是实际办理",
        "simulated: a rehearsal, nothing of it happened",
    ),
    "export.earnest": ("实际时间", "real time"),
    "export.head_seq": ("序号", "No."),
    "export.head_at": ("时间", "Time"),
    "export.head_who": ("办理人", "Who"),
    "export.head_text": ("办了什么", "What"),
    "export.head_why": ("依据，或未放行的原因", "Why it was allowed, or refused"),
    "export.head_files": ("附件及 SHA-256", "Files with SHA-256"),
    "export.by_condition": ("（自动）", "(by itself)"),
    "export.by_clock": ("（到时）", "(the clock)"),
    "export.by_outcome": ("（动作结果）", "(an outcome)"),
    "export.by_outside": ("（系统）", "(the system)"),
    "export.by_person": ("–", "–"),
    "export.as_role": ("身份：{role}", "as {role}"),
    "export.for_other": ("代 {who}", "for {who}"),
    "export.was_occurred": ("实际发生：{at}", "occurred: {at}"),
    "export.was_due": ("到期：{at}", "due: {at}"),
    "export.why_reason": ("✗ {why}", "✗ {why}"),
    "export.why_permit": ("凭第 {seq} 条的放行", "by the permit of entry {seq}"),
    "export.clause_true": ("✓ {clause}", "✓ {clause}"),
    "export.clause_false": ("✗ {clause}", "✗ {clause}"),
    "export.clause_unknown": ("? {clause}", "? {clause}"),
    "export.why_rests": ("据第 {entries} 条", "from entries {entries}"),
    "export.why_led": ("由第 {seq} 条引起", "led to by entry {seq}"),
}
MESSAGES: Final = _REPORT | _COMMAND | _NAMES | _COLUMNS | _GROUNDS
