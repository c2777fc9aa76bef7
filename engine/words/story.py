"""Sentences of the story that is told from a history."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "story.begin": ("启动", "The beginning"),
    "story.after": ("方案结束之后", "After the plan has closed"),
    "story.entry": ("{day} {told}（第 {seq} 条）", "{day} {told} (entry {seq})"),
    "story.period": ("{title}（{since} 至 {until}）", "{title} ({since} to {until})"),
    "story.closed": ("{node} 完成", "{node}: complete"),
    "story.refused": ("{node}：{who} 要“{move}”", "{node}: {who} asked for '{move}'"),
    "story.permitted": (
        "{node}：凭 {who} 的批准，不足条件也办了“{move}”",
        "{node}: '{move}' past its gate, permitted by {who}",
    ),
    "story.reason": ("理由：{reason}", "reason: {reason}"),
    "story.reworked": (
        "{node}：{move}，开始第 {round} 轮",
        "{node}: '{move}', round {round} begins",
    ),
    "story.again": ("重新来过的还有：{nodes}", "begun again with it: {nodes}"),
    "story.counted": (
        "{node}：开启票箱，共 {casts} 份",
        "{node}: the box is opened, {casts} answers",
    ),
    "story.fired": ("{day} {node}", "{day} {node}"),
    "story.delegated": (
        "{who} 委托 {to} 代行，到 {until} 为止",
        "{who} delegates to {to} until {until}",
    ),
    "story.extended": (
        "{node}：{who} 准予延期到 {until}",
        "{node}: {who} extends it to {until}",
    ),
    "story.heading_closed": ("完成的环节", "Completed"),
    "story.heading_refused": (
        "关口没有放行 {count} 次，因为",
        "Refused at gates ({count}), because",
    ),
    "story.heading_permitted": ("经批准放行", "Passed by permission"),
    "story.heading_reworked": ("返工", "Reworked"),
    "story.heading_agreed": ("委托和延期", "Delegated and extended"),
    "story.heading_counted": ("开启票箱", "Boxes opened"),
    "story.heading_slips": ("时钟自动发出", "Fired by the clock"),
    "story.more": ("另有 {count} 次", "and {count} more"),
    "story.times": (
        "{title} {count} 次，第一次：{first}",
        "{title} ({count}), first on {first}",
    ),
    "story.more_open": ("另有 {count} 项", "and {count} more"),
    "story.open_heading": ("结束时还没有了结的", "Not over when the plan closed"),
    "story.open_item": ("{node}（{state}）：{text}", "{node} ({state}): {text}"),
    "story.open_node": ("{node}（{state}）", "{node} ({state})"),
    "story.quota_heading": ("指标", "Quotas"),
    "story.quota_met": (
        "{title}：{people} 人全部达到（最少的 {least}，要求 {wanted}）",
        "{title}: all {people} have met it (least {least}, {wanted} wanted)",
    ),
    "story.quota_owed": (
        "{title}：{people} 人中 {owing} 人还没有达到",
        "{title}: {owing} of {people} still owe",
    ),
    "story.more_files": ("前面还有 {count} 个", "and {count} more before these"),
    "story.files_heading": ("动作生成的文件", "Files that actions made"),
    "story.figures_heading": ("数字", "Figures"),
    "story.figures": (
        "{acts} 次办理，其中 {refusals} 次没有放行；自动发生 {automatic} 件；"
        "历史 {entries} 条；用时 {seconds} 秒",
        "{acts} acts, {refusals} of them refused; {automatic} moves by themselves; "
        "{entries} entries in the history; {seconds} seconds",
    ),
    "story.database": ("数据库：{file}", "database: {file}"),
    "story.next": ("接着可以看", "What to try next"),
    "story.next_status": ("现在办到哪里", "where it stands"),
    "story.next_whynot": ("最后一次为什么没有放行", "why the last refusal"),
    "story.next_why": ("放行的依据", "what allowed the override"),
    "story.next_history": ("全部没有放行的", "every refusal"),
    "story.next_files": ("动作生成的全部文件", "every file that actions made"),
    "story.next_verify": ("历史有没有被改动", "that nothing was altered"),
    "story.playing": ("正在模拟时钟上办理", "playing on a simulated clock"),
}
