"""Sentences of the journal: what is damaged, what cannot be reached."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "journal.gap": ("第 {seq} 条不见了", "entry {seq} is missing"),
    "journal.hash": (
        "第 {seq} 条的内容与其哈希不符",
        "entry {seq} is not what its hash says",
    ),
    "journal.link": (
        "第 {seq} 条没有接在前一条之后",
        "entry {seq} does not follow the one before it",
    ),
    "journal.index": (
        "第 {seq} 条的索引列与内容不一致",
        "the columns of entry {seq} do not say what its body says",
    ),
    "journal.body": ("第 {seq} 条无法读取", "entry {seq} cannot be read"),
    "journal.time": (
        "第 {seq} 条的时间早于前一条",
        "the time of entry {seq} is before that of the one before it",
    ),
    "journal.url": (
        "不认识的数据库地址 '{url}'；写成 sqlite:///plangate.db 或 postgresql://主机/库名",
        "'{url}' is no database address; write sqlite:///plangate.db or postgresql://host/name",
    ),
    "journal.postgres_missing": (
        "没有安装 PostgreSQL 驱动；运行 pip install 'plangate[postgres]'",
        "the PostgreSQL driver is not installed; run pip install 'plangate[postgres]'",
    ),
}
