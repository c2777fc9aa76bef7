"""Sentences about what is personal, and how it is erased."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "privacy.erased": ("已依法删除", "lawfully erased"),
    "privacy.lost": ("内容缺失，且没有抹除记录", "missing, and nobody had it erased"),
    "privacy.input_wrong": (
        "“{name}”（{title}）要填 {type} 类型；所填内容属个人信息，这里不重复；请改后再填",
        "'{name}' ({title}) takes {type}; what was given is personal and not repeated here; correct it and give it again",
    ),
    "privacy.no_basis": (
        "抹除要写明依据；请用 --basis 写一句",
        "erasing needs its basis; say it with --basis",
    ),
    "privacy.gone": (
        "第 {entry} 条里要抹除的都已抹除；不用再申请",
        "what was to be erased of entry {entry} is gone already; there is nothing to ask",
    ),
    "privacy.nothing": (
        "第 {entry} 条没有这样的个人信息或文件；用 plangate history 和 files 查看它有什么",
        "entry {entry} has no such personal value or file; see what it has with plangate history and files",
    ),
    "privacy.not_asked": (
        "第 {entry} 条不是抹除申请；用 plangate history X --type erasure 查看申请",
        "entry {entry} asks for no erasure; plangate history X --type erasure lists those that do",
    ),
    "privacy.done": (
        "第 {entry} 条的申请已经办完，见第 {erased} 条；不用再批准",
        "what entry {entry} asks for is done, see entry {erased}; nothing is left to approve",
    ),
    "privacy.own": (
        "{actor} 提出的申请不能由本人批准；请另外两个人批准",
        "{actor} asked for it and cannot approve it; two others must",
    ),
    "privacy.twice": (
        "{actor} 已经批准过；请另一个人批准",
        "{actor} has approved it already; another person must",
    ),
    "privacy.no_right": (
        "{actor} 无权批准抹除；可以批准的是：{who}",
        "{actor} may not approve an erasure; these may: {who}",
    ),
    "privacy.opt_field": (
        "只抹除条目里这个字段的个人信息",
        "only the personal value of this field of the entry",
    ),
    "privacy.opt_file": (
        "只抹除条目里这个文件（SHA-256）",
        "only this file of the entry, by its SHA-256",
    ),
    "privacy.opt_basis": (
        "抹除的依据，写进历史，本身不要含个人信息",
        "the basis of the erasure; it stands in the history, so nothing personal",
    ),
    "privacy.opt_approve": (
        "批准第 ENTRY 条的申请；第二个人批准即抹除",
        "approve what entry ENTRY asks for; the second person's approval erases",
    ),
    "privacy.opt_sweep": (
        "再清一次数据库文件里的残留",
        "once more take out of the database's files what is left",
    ),
    "privacy.one_of": (
        "请给出条目编号、--approve 或 --sweep 之一",
        "give one of an entry's number, --approve and --sweep",
    ),
    "privacy.who": ("请用 --as 写明是谁", "say with --as who you are"),
    "privacy.asked": (
        "第 {seq} 条：申请抹除第 {entry} 条的个人信息 {values} 项、文件 {files} 个",
        "entry {seq}: asked to erase {values} personal values and {files} files of entry {entry}",
    ),
    "privacy.made": (
        "  由此生成的文件，要一并抹除须另行申请：第 {at} 条 {name} {digest}",
        "  a file made from it, to be asked for by itself: entry {at} {name} {digest}",
    ),
    "privacy.next_approve": (
        "请另外两个人分别批准：plangate erase {instance} --approve {seq} --as 谁{db}",
        "two others approve it, each: plangate erase {instance} --approve {seq} --as WHO{db}",
    ),
    "privacy.approved": (
        "第 {seq} 条：已批准第 {asked} 条的申请；还要另一个人批准",
        "entry {seq}: what entry {asked} asks for is approved; it takes one more person",
    ),
    "privacy.is_erased": (
        "第 {seq} 条：已抹除个人信息 {values} 项、文件 {files} 个",
        "entry {seq}: {values} personal values and {files} files are erased",
    ),
    "privacy.shared": (
        "  别的实例也有此文件，等它们也都抹除后才删除：{digest}",
        "  another instance has this file too, so it stays until that one has it erased: {digest}",
    ),
    "privacy.swept": (
        "数据库文件里已没有残留",
        "nothing of what was erased is left in the database's files",
    ),
    "privacy.left": (
        "已抹除，谁也查不到了；但数据库文件里可能还有它的字节，直到 {who} 结束。请等其结束（或请数据库管理员结束它）后运行：plangate erase {instance} --sweep{db}",
        "it is erased and nobody finds it any more; but its bytes may still be in the database's files, until {who} has ended. Wait for that (or have it ended by who runs the database), then run: plangate erase {instance} --sweep{db}",
    ),
    "privacy.readers": ("正在读数据库的", "whoever reads the database"),
    "privacy.holder": ("{name}（自 {since}）", "{name} (since {since})"),
    "privacy.told_asked": (
        "{who} 申请抹除第 {entry} 条的个人信息：{basis}",
        "{who} asks that what is personal in entry {entry} be erased: {basis}",
    ),
    "privacy.told_approved": (
        "{who} 批准第 {asked} 条的抹除申请",
        "{who} approves the erasure that entry {asked} asks for",
    ),
    "privacy.told_erased": (
        "已依法删除：个人信息 {values} 项、文件 {files} 个（{who} 批准）",
        "lawfully erased: {values} personal values and {files} files (approved by {who})",
    ),
    "privacy.opt_open": (
        "证据包附上个人信息的内容；不写就只有承诺值",
        "of a bundle: with the personal values; else it has their commitments only",
    ),
}
