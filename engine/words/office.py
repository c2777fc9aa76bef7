"""Sentences of what the office does with the history itself."""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "office.opt_as": (
        "由谁办理，记入日志（plangate history ~log）",
        "who does it, for the log (plangate history ~log)",
    ),
    "office.only": (
        "~log 是日志自身的记录，只能用 --type、--actor、--after、--limit、--json 查",
        "~log is the log's own: ask with --type, --actor, --after, --limit and --json only",
    ),
    "office.nobody": ("（未记名）", "(no name given)"),
    "office.whole": ("整个日志", "the whole log"),
    "office.told_sealed": (
        "封存了日志，到第 {size} 条",
        "the log was sealed at {size} entries",
    ),
    "office.told_exported": (
        "{who} 导出了 {scope}（{form}，{bytes} 字节，日志到第 {size} 条，SHA-256 {digest}）",
        "{who} exported {scope} ({form}, {bytes} bytes, the log at {size} entries, SHA-256 {digest})",
    ),
    "office.told_retried": (
        "{who} 让请求 {keys} 重新办理",
        "{who} had the requests {keys} taken again",
    ),
    "office.told_migrated": (
        "数据表从 {source} 版升到 {target} 版",
        "the tables were brought from revision {source} to {target}",
    ),
    "office.told_rekeyed": (
        "{who} 换了签署的钥匙，从第 {size} 条起：{old} 交给 {new}",
        "{who} changed the key that signs, from {size} entries on: {old} hands over to {new}",
    ),
    "office.told_revoked": (
        "{who} 宣布钥匙 {key} 从第 {after} 条之后作废，由 {new} 接替并签字；批准人 {approvers}；原因：{reason}",
        "{who} revoked the key {key} for all beyond {after} entries; {new} goes on and signed it; approved by {approvers}; reason: {reason}",
    ),
    "office.told_restored": (
        "{who} 从备份恢复后另起一段 {origin}：原来签到第 {lost} 条，其中第 {kept} 条之后的已丢失或被替换；批准人 {approvers}；原因：{reason}",
        "{who} began {origin} after a restore: {lost} entries had been signed, those after {kept} are lost or replaced; approved by {approvers}; reason: {reason}",
    ),
    "office.told_other": ("{who}：{type}", "{who}: {type}"),
}
