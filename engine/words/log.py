"""Sentences of what is wrong with a log, and of the checkpoint it is held against."""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "log.gap": (
        "日志的位置 {position} 空着，那里的一条不见了；请从备份恢复",
        "nothing stands at position {position} of the log; restore what was there from a backup",
    ),
    "log.order": (
        "日志的位置 {position} 是 {instance} 的第 {seq} 条，而按顺序应是第 {wanted} 条；请从备份恢复",
        "entry {seq} of {instance} stands at position {position} of the log, where its entry {wanted} comes next; restore from a backup",
    ),
    "log.missing": (
        "日志的位置 {position} 记着 {instance} 的第 {seq} 条，而这一条不见了；请从备份恢复",
        "position {position} of the log names entry {seq} of {instance}, which is not there; restore it from a backup",
    ),
    "log.leaf": (
        "日志的位置 {position}（{instance} 的第 {seq} 条）在树里是另一个哈希：这一条或树被改过；请从备份恢复",
        "the tree holds another hash at position {position} (entry {seq} of {instance}): the entry or the tree was changed; restore from a backup",
    ),
    "log.tile": (
        "树的第 {level} 层第 {index} 块与它下面的不符，或者缺少、多余；请从备份恢复",
        "tile {index} of level {level} of the tree is not what stands below it, or is missing, or one too many; restore from a backup",
    ),
    "log.way": (
        "各实例末条的索引树在 {bits} 处与上次封存时的不符；请从备份恢复",
        "the trie of heads is not that of the last seal at {bits}; restore from a backup",
    ),
    "log.seal_size": (
        "日志自己的第 {seq} 条是封存，它说的条数不是它所在的位置 {position}；请从备份恢复",
        "entry {seq} of the log's own seals another size than its position {position}; restore from a backup",
    ),
    "log.seal_root": (
        "日志自己的第 {seq} 条（位置 {position}）封存的，不是当时各实例的末条；请从备份恢复",
        "entry {seq} of the log's own (position {position}) does not seal the heads as they were; restore from a backup",
    ),
    "log.seal_keys": (
        "日志自己的第 {seq} 条（位置 {position}）没有说出此前最后一条关于密钥的记录；请从备份恢复",
        "entry {seq} of the log's own (position {position}) does not name the last entry about keys before it; restore from a backup",
    ),
    "log.unvouched": (
        "日志自己的第 {seq} 条（位置 {position}）说到签署的钥匙，却不是该签字的钥匙在这个位置签的：有人伪造了它；请从备份恢复，并查谁能写数据库",
        "entry {seq} of the log's own (position {position}) is about who signs, and the keys that must have signed it did not, or not for this place: somebody forged it; restore from a backup, and look who can write to the database",
    ),
    "log.state": (
        "日志登记的 {column} 是 {stored}，实际是 {found}；请从备份恢复",
        "the log's row says {column} {stored}, and it is {found}; restore from a backup",
    ),
    "log.line": (
        "待排位置的一行写着 {instance} 第 {seq}–{last} 条，它们没有全部记录，或者不是接下来的；请从备份恢复",
        "a line that waits for places names entries {seq}–{last} of {instance}, which are not all recorded or not what comes next; restore from a backup",
    ),
    "log.unplaced": (
        "{instance} 的第 {seq}–{last} 条在日志里没有位置，也不在等候；请从备份恢复",
        "entries {seq}–{last} of {instance} have no place in the log and wait for none; restore from a backup",
    ),
    "log.unregistered": (
        "{instance} 有记录，却不在实例的登记里；请从备份恢复",
        "there are entries of {instance}, and the register of instances does not name it; restore from a backup",
    ),
    "log.unreadable": (
        "表 {table} 里有读不出的行，其后没有核对；请从备份恢复",
        "a row of the table {table} cannot be read, and what follows was not checked; restore from a backup",
    ),
    "log.shorter": (
        "签署过 {signed} 条，数据库里只有 {size} 条排了位置：末尾被删，或者换上了旧的备份；请找回签署时的数据库",
        "{signed} entries were signed and {size} have a place here: the end was cut off, or an older copy put in place; find the database that was signed",
    ),
    "log.forked": (
        "到第 {signed} 条为止，数据库与签署的不是同一部历史：其中有改动；请找回签署时的数据库",
        "up to entry {signed} this is not the history that was signed: something in it was changed; find the database that was signed",
    ),
    "log.untrue": (
        "检查点上有伪造的签名：{what}；请向签署人另取一份",
        "a signature under the checkpoint is false: {what}; get it again from who signed it",
    ),
    "log.no_policy": (
        "没有给出信任策略（--policy），不知道检查点出自谁；历史与它是否一致已经核对",
        "no policy was given (--policy), so who signed the checkpoint is not known; whether the history agrees with it was checked",
    ),
    "log.no_checkpoint": (
        "没有给出检查点（--checkpoint）：谁若能重写整个数据库，这里看不出",
        "no checkpoint was given (--checkpoint): who can rewrite the whole database would not be found here",
    ),
    "log.nobody": (
        "检查点不足以采信：{what}",
        "the checkpoint is not to be relied on: {what}",
    ),
    "log.unsealed": (
        "{count} 条在最后一次封存之后，还不在任何检查点里；plangate checkpoint 签署它们",
        "{count} entries came after the last seal and are in no checkpoint yet; plangate checkpoint signs them",
    ),
    "log.whole": (
        "日志：完好。到第 {size} 条、{at} 为止，{instances} 个实例，另有 {waiting} 条等待排位置；封存到第 {sealed} 条",
        "log: whole. {size} entries with a place up to {at}, of {instances} instances; {waiting} wait for a place; sealed up to {sealed}",
    ),
    "log.damaged": (
        "日志：发现 {count} 处问题（核对了 {size} 条、{instances} 个实例，到 {at} 为止；另有 {waiting} 条等待排位置；封存到第 {sealed} 条）",
        "log: {count} defects ({size} entries of {instances} instances up to {at} were checked; {waiting} wait for a place; sealed up to {sealed})",
    ),
    "log.root": ("  根：{root}", "  root: {root}"),
    "log.signed": (
        "检查点：第 {size} 条为止，{origin}；签署：{signers}；见证：{witnesses}",
        "checkpoint: {size} entries of {origin}; signed by {signers}; witnessed by {witnesses}",
    ),
    "log.no_one": ("未能确认", "nobody that could be confirmed"),
    "log.none": ("（没有记录）", "(no entry)"),
    "log.at_position": ("位置 {position}：{text}", "position {position}: {text}"),
    "log.undecided": ("无法判定：{text}", "not decided: {text}"),
    "log.reading": ("核对日志", "verifying the log"),
    "log.replaying": ("重放实例", "replaying instances"),
    "log.opt_log": (
        "只核对日志：哈希、链、树、索引列（快，不重放）",
        "the log only: hashes, chains, tree, index columns (quick, no replay)",
    ),
    "log.opt_checkpoint": (
        "存放在外的检查点：历史（或 --bundle 的包）必须包含它签署的那棵树",
        "a checkpoint kept elsewhere: the history, or the bundle, must contain the tree it signs",
    ),
    "log.opt_bundle": (
        "核对一个历史包，而不是数据库",
        "verify a bundle instead of a database",
    ),
    "log.bundle_alone": (
        "--bundle 不与实例名、--log 同用",
        "--bundle goes with no instance and no --log",
    ),
    "log.no_instance": (
        "--log、--checkpoint、--policy 是对整个数据库的，不与实例名同用",
        "--log, --checkpoint and --policy are about the whole database; name no instance",
    ),
}
