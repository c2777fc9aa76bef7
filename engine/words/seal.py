"""Sentences of keys, checkpoints, witnesses and bundles."""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "seal.opt_name": (
        "钥匙的名称，如 office.example/log；日志的名称就是它的来源名",
        "the key's name, such as office.example/log; that of a log is its origin",
    ),
    "seal.opt_witness": (
        "见证人的钥匙，而不是日志的",
        "the key of a witness, not of a log",
    ),
    "seal.opt_key": (
        "钥匙文件（plangate key 生成）",
        "the key's file (plangate key makes one)",
    ),
    "seal.opt_old_key": (
        "现在签署日志的钥匙文件",
        "the file of the key that signs the log now",
    ),
    "seal.opt_after": (
        "到第几条为止还可信（最好是见证人见过的）",
        "how many entries are still to be believed (best: what a witness has seen)",
    ),
    "seal.opt_lost": (
        "现在签署日志的钥匙已经丢失：写它的公开一行（策略里 log 后面的）",
        "the key that signs the log now is lost: its public line (what stands behind log in policies)",
    ),
    "seal.opt_last_note": (
        "丢失的钥匙最后签过的检查点文件",
        "the file of the last checkpoint that the lost key signed",
    ),
    "seal.key_or_lost": (
        "请写 --key 旧钥匙文件；旧钥匙丢了的，写 --lost 公开一行和 --checkpoint 它最后签的检查点",
        "give --key and the old key's file; if that key is lost, --lost and its public line, with --checkpoint and the last one that it signed",
    ),
    "seal.after_wanted": (
        "请用 --after 写明到第几条为止还可信",
        "say with --after how many entries are still to be believed",
    ),
    "seal.opt_handover": (
        "把旧钥匙交给这把钥匙的证明写到这个文件，给还只认旧钥匙的见证人",
        "write the proof that another key handed over to this one to a file, for a witness who knows only the other",
    ),
    "seal.opt_handover_seen": (
        "换了钥匙的证明（plangate checkpoint --handover 写的文件）",
        "the proof that the log's key has changed (a file of plangate checkpoint --handover)",
    ),
    "seal.no_handover": (
        "日志里没有把签署交给这把钥匙的记录；作废或丢失旧钥匙的，要另行告诉见证人",
        "no key of the log handed over to this one; of a key that was revoked or lost witnesses are told by another way",
    ),
    "seal.witness_new_key": (
        "注意：日志的钥匙换了，新旧两把都签了字，记录在所见的日志里。请把这一行放进策略文件，以后不必再给 --handover：log {key}",
        "note: another key signs the log; both signed that, and it stands in the log that you see. Put this line into your policy, and --handover is not needed again: log {key}",
    ),
    "seal.opt_reason": (
        "原因，记入日志",
        "why, for the log",
    ),
    "seal.opt_approve": (
        "批准的人；写两次，两个不同的人",
        "who approves; twice, two different people",
    ),
    "seal.rekeyed": (
        "从现在起用 {new} 签署；{old} 不再签更多的条数。策略里只有旧钥匙的人照样能核对；请把这一行也放进策略文件：log {key}",
        "sign with {new} from now on; {old} signs no larger sizes. Who has the old key in his policy can go on; put this line into policies, too: log {key}",
    ),
    "seal.revoked": (
        "旧钥匙从第 {after} 条之后作废，改用 {new} 签署。请另行通知审计人员，把策略里的旧钥匙换成：log {key}",
        "the old key is not to be believed beyond {after} entries; sign with {new}. Tell your auditors by another way to put this in its place: log {key}",
    ),
    "seal.new_epoch": (
        "已另起一段 {origin}；{lost} 签到第 {size} 条的部分已写进日志，核对的人都会看到。见证人要从 0 条起重新见证：plangate checkpoint --since 0",
        "{origin} has begun; that {lost} was signed at {size} entries stands in the log for all who verify. Witnesses begin anew: plangate checkpoint --since 0",
    ),
    "seal.witness_new_epoch": (
        "注意：{origin} 是恢复后另起的一段；原来的 {lost} 见证到第 {size} 条。请向该单位问明原因",
        "note: {origin} is a new epoch after a restore; of {lost} you have witnessed {size} entries. Ask the office why",
    ),
    "seal.opt_key_worker": (
        "用这个钥匙随时签署封存了的日志；不写则只封存",
        "sign the log with this key whenever it was sealed; without it it is sealed only",
    ),
    "seal.opt_note": (
        "把最后签署的检查点写到这个文件",
        "keep the last signed checkpoint in this file",
    ),
    "seal.note_needs_key": (
        "--checkpoint 要有 --key 才有内容可写",
        "--checkpoint needs --key: without it nothing is signed",
    ),
    "seal.worker_unsigned": (
        "历史未能签署{lasted}：{why}。其他工作照常，会不断重试",
        "the history could not be signed{lasted}: {why}. Work goes on, and it is tried again",
    ),
    "seal.lasted": ("，已有 {lasted}", ", for {lasted}"),
    "seal.worker_signed": (
        "历史又能签署了，到第 {size} 条",
        "the history is signed again, up to {size} entries",
    ),
    "seal.all_signed": (
        "历史已全部签署，到第 {size} 条",
        "all of the history is signed, up to {size} entries",
    ),
    "seal.not_all_signed": (
        "历史签署到第 {size} 条；此后 {count} 条未签署，最早的已有 {lasted}{why}",
        "the history is signed up to {size} entries; {count} more are not, the first of them for {lasted}{why}",
    ),
    "seal.because": ("。原因：{why}", ". Why: {why}"),
    "seal.lasts_minutes": ("{count} 分钟", "{count} min"),
    "seal.lasts_hours": ("{count} 小时", "{count} hours"),
    "seal.lasts_days": ("{count} 天", "{count} days"),
    "seal.opt_receipt": (
        "把回执写到这个文件：日后可证明这一条没有被丢掉",
        "write a receipt to this file: with it an omission can be proved later",
    ),
    "seal.opt_sign_receipt": (
        "用这个钥匙签署回执（日志的钥匙）",
        "sign the receipt with this key (that of the log)",
    ),
    "seal.opt_in_bundle": (
        "在这个包里核对，而不是在数据库里",
        "look in this bundle, not in the database",
    ),
    "seal.receipt_by": ("回执的签署者：{who}", "the receipt is signed by {who}"),
    "seal.receipt_unsigned": (
        "策略里的日志没有签署这份回执（没有签名，或者签署的钥匙已不可信）：它对别人证明不了什么",
        "no log of the policy signed this receipt (nobody did, or with a key that does not count): it proves nothing to others",
    ),
    "seal.receipt_kept": (
        "{instance} 第 {seq} 条还在，没有改动，也在日志里",
        "entry {seq} of {instance} is here as the receipt has it, and in the log",
    ),
    "seal.receipt_dropped": (
        "{instance} 第 {seq} 条不见了：它被丢掉了，或者这是恢复前的数据库（plangate history ~log）",
        "entry {seq} of {instance} is gone: it was dropped, or this database was restored (plangate history ~log)",
    ),
    "seal.receipt_altered": (
        "{instance} 第 {seq} 条不是回执所载的那一条：它被改过",
        "entry {seq} of {instance} is not that of the receipt: it was altered",
    ),
    "seal.receipt_forked": (
        "{instance} 第 {seq} 条还在，但日志不是回执所载的那一份：它被改写过",
        "entry {seq} of {instance} is here, but the log is not that of the receipt: it was rewritten",
    ),
    "seal.receipt_defects": (
        "这个包本身有 {count} 项缺陷；请先核对它（python verifier.py）",
        "the bundle itself has {count} defects; verify it first (python verifier.py)",
    ),
    "seal.sign_needs_receipt": (
        "--sign 只用于签署回执，请同时写 --receipt 文件",
        "--sign is for a receipt; name its file with --receipt",
    ),
    "seal.opt_since": (
        "给上次见到第 SIZE 条的见证人：附上此后只增不改的证明；第一次写 0",
        "for a witness who has seen SIZE last: with the proof of growth since; 0 the first time",
    ),
    "seal.opt_policy": (
        "信任谁：日志和见证人的公钥（c2sp.org/tlog-policy）",
        "whom to believe: keys of logs and witnesses (c2sp.org/tlog-policy)",
    ),
    "seal.since": (
        "--since 太大：日志现在只有 {size} 条；请核对见证人上次见到的条数",
        "--since is too large: the log has {size} entries only; look again what the witness has seen last",
    ),
    "seal.bundled": (
        "已写出 {file}：{entries} 条记录、{plans} 份方案、{files} 个文件；日志到第 {size} 条，根 {root}",
        "wrote {file}: {entries} entries, {plans} plans, {files} files; the log up to {size} entries, root {root}",
    ),
    "seal.unsigned": (
        "没有签署：核对的人只能知道内容前后一致，不知道是否出自本单位；加 --key 签署",
        "nobody signed it: whoever checks it learns that it is consistent, not that it is this office's; sign it with --key",
    ),
    "seal.missing": (
        "记录里提到的文件 {digest} 没有存下来；包里也没有",
        "the file {digest} that an entry names is not kept here, and not in the bundle",
    ),
    "seal.opt_key_bundle": (
        "用这个钥匙签署；有 --checkpoint 时只用来认它的签名（仅 --to bundle）",
        "sign with this key, or with --checkpoint know its signature (--to bundle only)",
    ),
    "seal.opt_note_bundle": (
        "放进这个已签署（并有见证）的检查点，包就到它的条数为止（仅 --to bundle）",
        "hold this checkpoint, signed and witnessed before: the bundle is of its size (--to bundle only)",
    ),
    "seal.opt_policy_bundle": (
        "检查点须合乎这个信任策略；不写则由 --key 认签名",
        "what --checkpoint must meet; else --key knows its signature",
    ),
    "seal.opt_since_bundle": (
        "附上从第 SIZE 条起只增不改的证明，给留存了那时检查点的人（仅几个实例的包需要）",
        "with the proof of growth since SIZE, for who has kept the checkpoint of then (needed in a bundle of some instances only)",
    ),
    "seal.since_log": (
        "整个日志的包不需要 --since：里面的条目就是证明",
        "a bundle of the whole log needs no --since: its entries are the proof",
    ),
    "seal.note_whom": (
        "--checkpoint 要有 --policy 或 --key 之一，才知道签名是不是日志的；--policy 也只用于它",
        "--checkpoint needs either --policy or --key to know whether the log signed it, and --policy is for it only",
    ),
    "seal.other_origin": (
        "检查点是 {origin} 的，日志到那里是 {due}",
        "the checkpoint is of {origin}, and up to there the log is {due}",
    ),
    "seal.no_seal_there": (
        "第 {size} 条不是封存，包不能到那里为止；请用 plangate checkpoint 或 serve --checkpoint 签署的检查点",
        "entry {size} is no seal, so no bundle ends there; take a checkpoint that plangate checkpoint or serve --checkpoint signed",
    ),
    "seal.only_bundle": (
        "--key、--checkpoint、--policy、--since 只用于 --to bundle；不写实例名也只用于 --to bundle（导出整个日志）",
        "--key, --checkpoint, --policy and --since are for --to bundle only, and so is naming no instance (the whole log)",
    ),
    "seal.made_log": (
        "日志的钥匙在 {file}，只给签署的人；旁边的 .signed 记着签过什么，要一起保管。\n请把这一行放进审计人员的策略文件：log {key}",
        "the log's key is in {file}, for who signs alone; the .signed beside it remembers what was signed, keep both.\nPut this line into the policies of your auditors: log {key}",
    ),
    "seal.made_witness": (
        "见证人的钥匙在 {file}，不要放在被见证的单位；旁边的 .signed 记着见证过什么，要一起保管。\n请把这一行放进审计人员的策略文件：witness 名称 {key}",
        "the witness's key is in {file}, keep it out of the office that is witnessed; the .signed beside it remembers what was seen, keep both.\nPut this line into the policies of your auditors: witness NAME {key}",
    ),
}
