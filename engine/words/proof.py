"""Sentences of signatures and proofs (engine.proof, the signer, the witness)."""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "proof.bad_key": (
        "密钥用不了：{what}；请检查密钥文件，或向出具的人重新要一份",
        "the key cannot be used: {what}; look at the key file, or ask whoever made it for another",
    ),
    "proof.bad_note": (
        "读不出这份签名文本：{what}；请向出具的人重新要一份",
        "this signed text cannot be read: {what}; ask whoever made it for another",
    ),
    "proof.bad_policy": (
        "信任规则第 {line} 行：{what}",
        "policy, line {line}: {what}",
    ),
    "proof.untrusted": (
        "不可采信：{what}；请向出具的人核实",
        "this is not to be trusted: {what}; ask whoever made it",
    ),
    "proof.rolled_back": (
        "{origin} 先前签到第 {known} 条，现在的 {given} 条不是在它上面增加的，未签名；请换上含有那 {known} 条的数据库；确已丢失的，由两人批准另起一段（plangate new-epoch）",
        "{origin} was signed at {known} entries, and the {given} of now do not go on from them: nothing was signed; bring back the database that holds those {known}; if it is lost, two people approve that a new epoch begins (plangate new-epoch)",
    ),
    "proof.not_this_log": (
        "检查点与这个数据库对不上，什么也没有写出：{what}",
        "the checkpoint is not of this database, and nothing was written: {what}",
    ),
    "proof.key_ended": (
        "这把钥匙只签到第 {size} 条为止，未签名；请改用接替它的钥匙（{to}）",
        "this key signs up to {size} entries and no further: nothing was signed; sign with the key that came after it ({to})",
    ),
    "proof.nothing_lost": (
        "现在的日志就是签过的 {size} 条加上新增的，没有丢失，不必另起一段；请照常签署（plangate checkpoint）",
        "the log is what was signed at {size} entries, grown: nothing is lost and no epoch begins; sign it as always (plangate checkpoint)",
    ),
    "proof.one_approver": (
        "要两个不同的人批准，现在是：{who}；请用 --approve 写出两个人",
        "two different people must approve, and there is: {who}; name two of them with --approve",
    ),
    "proof.epoch_over": (
        "{origin} 已经结束，现在是 {now}",
        "{origin} has ended, the log is {now} now",
    ),
    "proof.key_used": (
        "{file} 表明这把钥匙已签过别的；请另给一个新的文件名",
        "{file} shows that this key has signed something else; name a new file",
    ),
    "proof.not_its_note": (
        "这份签名文本不是钥匙 {key} 为自己的日志签的；请找出它最后签过的一份：serve --checkpoint 写的文件、交出去的证据包、见证人那里都有",
        "the key {key} did not sign this note for its own log; look for the last one that it signed: in the file of serve --checkpoint, in a bundle that was handed out, or at a witness",
    ),
    "proof.other_key": (
        "签名的是 {found}，策略里的是 {known}。换过钥匙的，请该单位连同请求附上交接（plangate checkpoint --handover 文件），用 --handover 给出；作废或丢失旧钥匙的，请另行核实后把新钥匙写进策略（log 一行）",
        "{found} signed it, and your policy has {known}. If the office changed its key, have it send the handover with its request (plangate checkpoint --handover FILE) and give it with --handover; if the old key was revoked or lost, ask by another way and put the new one into your policy (its log line)",
    ),
    "proof.no_handover": (
        "--handover 所给的不是 {origin} 的这份日志里、由策略中的钥匙签字交出的交接；请该单位用 plangate checkpoint --handover 与请求一并重新出具",
        "what --handover gives is no handover in this log of {origin} that a key of your policy signed; have the office make it again together with the request (plangate checkpoint --handover)",
    ),
    "proof.revoked_later": (
        "日志还没有第 {after} 条；请写最后一次可信的条数",
        "the log does not have {after} entries yet; give the last size that is to be believed",
    ),
    "proof.other_name": (
        "新钥匙的名称是“{found}”，日志的是“{name}”；请另做一把同名的",
        "the new key has the name '{found}', the log has '{name}'; make one of the same name",
    ),
    "proof.old_proof": (
        "{origin} 的证明从第 {given} 条起，见证到的是第 {known} 条；请从第 {known} 条起重新出具",
        "the proof of {origin} begins at {given} entries and {known} were witnessed; make it again from {known}",
    ),
    "proof.memory_lost": (
        "{file} 记着先前签过什么，现在没有了或者坏了，未签名；请不要拿旧的顶替：向见证人查最后一次的记录，或另起名称新建日志",
        "{file} tells what was signed before, and it is gone or damaged: nothing was signed; do not put an older one in its place: ask a witness for the last, or begin a log of another name",
    ),
    # a key
    "proof.key_form": (
        "不是“名称+编号+密钥”的一行文字",
        "it is not a line of name, number and key, joined by '+'",
    ),
    "proof.key_name": (
        "名称“{name}”是空的，或含有空白、加号、控制字符",
        "the name '{name}' is empty, or has a space, a plus or a control character",
    ),
    "proof.key_kind": (
        "不是这里所用的签名方法（日志 01，见证 04）",
        "it is not of the kind that is used here (01 for a log, 04 for a witness)",
    ),
    "proof.key_number": (
        "编号与密钥不符",
        "its number is not that of the key",
    ),
    "proof.key_epoch": (
        "名称“{name}”以 /e 和数字结尾，这是恢复后另起一段的写法；请换一个名称",
        "the name '{name}' ends with /e and a number, as epochs after a restore do; choose another",
    ),
    "proof.key_twice": (
        "两把不同的密钥同用“{name}”和同一编号",
        "two keys have the name '{name}' and the same number",
    ),
    "proof.key_open": (
        "{file} 别人也能读；请先收回权限（chmod 600）并考虑换一把",
        "others may read {file}; take that right away (chmod 600) and think of a new key",
    ),
    "proof.key_missing": (
        "没有密钥文件 {file}，或者无权读取",
        "there is no key file {file}, or it may not be read",
    ),
    "proof.key_exists": (
        "{file} 已经存在，不会覆盖",
        "{file} is there and is not written over",
    ),
    # a note
    "proof.note_size": (
        "超过 {most} 字节",
        "it has more than {most} bytes",
    ),
    "proof.note_text": (
        "不是 UTF-8 文字，或含有控制字符（包括回车）",
        "it is not UTF-8, or has a control character (a carriage return is one)",
    ),
    "proof.note_form": (
        "正文与签名之间没有空行，或者没有签名",
        "no empty line stands between text and signatures, or there is no signature",
    ),
    "proof.note_signatures": (
        "签名多于 {most} 个",
        "it has more than {most} signatures",
    ),
    "proof.note_signature": (
        "签名行“{line}”不成形",
        "'{line}' is no signature line",
    ),
    "proof.note_checkpoint": (
        "正文不是名称、条数、根三行",
        "its text is not the three lines of name, size and root",
    ),
    "proof.note_request": (
        "请求不是“old 条数”、证明各行、空行、签名文本",
        "the request is not 'old' and a size, lines of proof, an empty line and a note",
    ),
    "proof.receipt_form": (
        "不是回执的写法",
        "it is not written as a receipt",
    ),
    "proof.note_proof": (
        "证明不是 tlog-proof@v1 的写法",
        "the proof is not written as tlog-proof@v1",
    ),
    # a policy
    "proof.policy_size": (
        "超过 {most} 字节；请精简",
        "it has more than {most} bytes; make it shorter",
    ),
    "proof.policy_text": (
        "最后一行没有换行，或含有控制字符；请用纯文本另存",
        "the last line does not end, or there is a control character; save it as plain text",
    ),
    "proof.policy_line": (
        "读不懂；可写 log、witness、group、quorum 四种行",
        "it means nothing; write a log, witness, group or quorum line",
    ),
    "proof.policy_key": (
        "{what}",
        "{what}",
    ),
    "proof.policy_log_key": (
        "日志要用 01 类密钥；请换成日志的密钥",
        "a log has a key of kind 01; write the key of the log",
    ),
    "proof.policy_witness_key": (
        "见证人要用 04 类密钥；请换成见证人的密钥",
        "a witness has a key of kind 04; write the key of the witness",
    ),
    "proof.policy_twice": (
        "“{name}”已经写过；请删去一行",
        "'{name}' was written before; take one line out",
    ),
    "proof.policy_unknown": (
        "“{name}”在前面没有写过；请先写它，再引用",
        "'{name}' was not written above; write it first",
    ),
    "proof.policy_member": (
        "“{name}”已在别的组里；一个见证人只算一次",
        "'{name}' is in a group already; a witness counts once",
    ),
    "proof.policy_count": (
        "“{count}”不是 any、all 或 1 到 {most} 的数",
        "'{count}' is not any, all or a number from 1 to {most}",
    ),
    "proof.policy_quorum": (
        "要有且只有一行 quorum；不要见证的，写 quorum none",
        "there must be one quorum line; write quorum none to ask for no witness",
    ),
    # trust
    "proof.unknown_log": (
        "信任规则里没有日志“{origin}”的密钥",
        "the policy has no key of a log '{origin}'",
    ),
    "proof.forged": (
        "“{name}”的签名是假的，或者正文被改过",
        "the signature of '{name}' is false, or the text was changed",
    ),
    "proof.unsigned": (
        "没有可信的人签名",
        "nobody who is trusted has signed",
    ),
    "proof.not_its_log": (
        "日志“{origin}”自己没有签名",
        "the log '{origin}' has not signed it",
    ),
    "proof.no_quorum": (
        "见证人不够：只有 {signed}",
        "too few witnesses have signed: only {signed}",
    ),
    "proof.not_included": (
        "证明不成立：第 {position} 条不在根里",
        "the proof does not hold: entry {position} is not under the root",
    ),
}
