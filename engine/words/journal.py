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
    "journal.closed": (
        "这个数据库连接已经关闭；请重新打开",
        "this journal has been closed; open it again",
    ),
    "journal.altered": (
        "{instance} 的第 {seq} 条与它的哈希或前一条不符，被改动过；此处的回答到它之前为止，plangate verify {instance} 说明全部问题",
        "entry {seq} of {instance} is not what its hash or the entry before it says: it was altered. No answer goes past it; plangate verify {instance} tells of everything",
    ),
    "journal.newer": (
        "数据库由更新版本的 plangate 建立（表结构 {found}，本版本只认到 {known}）；请升级 plangate 后再打开",
        "a later plangate has made this database (tables {found}, this one knows up to {known}); upgrade plangate to open it",
    ),
    "journal.reserved": (
        "以“{mark}”开头的名称留给日志自己用；请换一个名称",
        "names that begin with '{mark}' are kept for the log itself; choose another",
    ),
    "journal.no_text": (
        "文字里有不能保存的字符（空字符 U+0000 或残缺的代理项）；请删去后重试",
        "the text holds a character that cannot be kept (U+0000 or half of a surrogate pair); leave it out",
    ),
    "journal.no_folder": (
        "没有文件夹 {folder}；请先建立",
        "there is no folder {folder}; make it first",
    ),
    "journal.no_plan": (
        "库里没有方案 {digest} 的文本",
        "the text of plan {digest} is not in the database",
    ),
}
