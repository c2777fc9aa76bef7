"""Sentences of verification, of what does not follow from the history; and of change."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "audit.event": (
        "第 {seq} 条的内容读不成一件事，状态无法由它得出；请从备份恢复",
        "entry {seq} cannot be read as an event, so no state follows from it; restore from a backup",
    ),
    "audit.simulated": (
        "第 {seq} 条是否出自模拟时钟，与实例的登记不一致；请从备份恢复",
        "entry {seq} and its instance disagree on whether the clock is simulated; restore from a backup",
    ),
    "audit.other_plan": (
        "第 {seq} 条说它依据的不是本实例的方案；请从备份恢复",
        "entry {seq} names another plan than that of its instance; restore from a backup",
    ),
    "audit.led_by": (
        "第 {seq} 条说它由后来的一条引起；请从备份恢复",
        "entry {seq} says that a later one led to it; restore from a backup",
    ),
    "audit.undecidable": (
        "第 {seq} 条所作的判定无法重作：方案里没有它所说的环节或值；请从备份恢复",
        "what entry {seq} decided cannot be decided again: the plan has no such node or value; restore from a backup",
    ),
    "audit.no_move": (
        "第 {seq} 条说的动作，方案在该环节没有；请从备份恢复",
        "the plan has no such move at the node of entry {seq}; restore from a backup",
    ),
    "audit.transition": (
        "按方案和此前的记录，第 {seq} 条的动作不从那里转到那里；请从备份恢复",
        "by the plan and the entries before it, the move of entry {seq} does not lead from there to there; restore from a backup",
    ),
    "audit.right": (
        "按方案和此前的记录，第 {seq} 条的行动人没有所记的权利；请从备份恢复",
        "by the plan and the entries before it, who acted in entry {seq} had not the right that it names; restore from a backup",
    ),
    "audit.no_permit": (
        "第 {seq} 条所凭的准许，当时并不存在；请从备份恢复",
        "the permit that entry {seq} names was not open then; restore from a backup",
    ),
    "audit.plan_gates": (
        "方案 {digest} 的关口表不是由它的原文得出的；请从备份恢复",
        "the table of gates of the plan {digest} does not follow from its text; restore from a backup",
    ),
    "audit.gate": (
        "按方案重作，第 {seq} 条的关口得出的不是所记的结论；请从备份恢复",
        "decided again by the plan, the gate of entry {seq} does not come to what it says; restore from a backup",
    ),
    "audit.gate_facts": (
        "第 {seq} 条的关口所读的值，不是当时的记录；请从备份恢复",
        "what the gate of entry {seq} read is not what was recorded by then; restore from a backup",
    ),
    "audit.effects": (
        "按方案，第 {seq} 条的动作所做的不是所记的；请从备份恢复",
        "by the plan, the move of entry {seq} does not do what it says; restore from a backup",
    ),
    "audit.erasure": (
        "第 {seq} 条关于删除个人信息：没有两名有权的人在此前批准过它所说的；请从备份恢复",
        "entry {seq} is about an erasure of personal values, which two people who may had not approved like this; restore from a backup",
    ),
    "audit.unreadable": (
        "表 {table} 里有读不出的行，其后没有核对；请从备份恢复",
        "a row of the table {table} cannot be read, and what follows was not checked; restore from a backup",
    ),
    "audit.revision": (
        "登记的条数是 {stored}，历史里实有 {found} 条；请从备份恢复缺失的记录",
        "the instance says {stored} entries and the history has {found}; restore what is missing from a backup",
    ),
    "audit.head": (
        "实例登记的最后一条与第 {seq} 条不一致；请从备份恢复",
        "what the instance says of its last entry is not what entry {seq} is; restore from a backup",
    ),
    "audit.pinned": (
        "实例登记的方案 {stored} 不是启动时的那一份；请从备份恢复",
        "the instance names the plan {stored}, which is not the one it was started with; restore from a backup",
    ),
    "audit.fact": (
        "存储的“{fact}”与历史得出的不同；历史为准，请从备份恢复状态",
        "the stored '{fact}' is not what the history gives; the history counts, restore the state from a backup",
    ),
    "audit.fact_missing": (
        "历史得出的“{fact}”没有存储；请从备份恢复状态",
        "'{fact}', which the history gives, is not stored; restore the state from a backup",
    ),
    "audit.fact_extra": (
        "存储的“{fact}”在历史里没有来历；请从备份恢复状态",
        "the stored '{fact}' comes from no entry; restore the state from a backup",
    ),
    "audit.box": (
        "票箱 {box} 里有 {held} 份，按历史应有 {wanted} 份；请从备份恢复",
        "the box {box} holds {held} answers and the history says {wanted}; restore from a backup",
    ),
    "audit.snapshot": (
        "第 {seq} 条时的快照不是历史所给出的；它只为加快查询，删去无妨",
        "the snapshot at entry {seq} is not what the history gives; it only makes questions fast and may be dropped",
    ),
    "audit.timer": (
        "{node} 的定时“{move}”与历史得出的不同；请从备份恢复",
        "the timer '{move}' of {node} is not what the history gives; restore from a backup",
    ),
    "audit.timers": (
        "由历史得出的状态算不出定时；先处理上面的问题",
        "no timers follow from the state that the history gives; mend what is told above first",
    ),
    "audit.request": (
        "待办的动作 {key} 不是历史里请求的样子：动作、节点或参数被改过；请从备份恢复",
        "the waiting action {key} is not what was requested: its action, node or parameters were changed; restore it from a backup",
    ),
    "audit.request_missing": (
        "历史里请求的动作 {key} 没有结果，也不在待办之列；请从备份恢复",
        "the requested action {key} has no outcome and is not waiting either; restore from a backup",
    ),
    "audit.request_extra": (
        "待办的动作 {key} 在历史里没有请求过，或者已经有结果；请从备份恢复",
        "the waiting action {key} was never requested, or has its outcome; restore from a backup",
    ),
    "audit.request_clock": (
        "待办的动作 {key} 排在另一个时钟的队列里：该办的不会办，或者演练的会当真办；请从备份恢复",
        "the waiting action {key} is in the queue of another clock: what is real is not done, or what is simulated is; restore it from a backup",
    ),
    "audit.blob_left": (
        "文件 {digest} 按第 {seq} 条已删除，此后没有条目再提到它，却还在库中；请查明是谁放回的，再删去它",
        "the file {digest} was erased by entry {seq} and named by no entry since, and it is still there; find out who put it back, and delete it",
    ),
    "audit.unowned": (
        "表 {table} 有 {count} 行属于“{owner}”，实例的登记里却没有它；请查明来历，从备份恢复登记，或删去这些行",
        "the table {table} has {count} rows of '{owner}', which is not in the register of instances; find out where they come from, and restore the register from a backup or delete them",
    ),
    "audit.unnamed_files": (
        "库中有 {count} 个文件没有任何条目提到（如 {digest}）：内容与摘要相符，但不知是谁放进来的，不能作为凭据",
        "{count} files are kept that no entry names (for one, {digest}): they are what their digests say, nobody can tell who put them there, and they are no evidence",
    ),
    "audit.unnamed_plans": (
        "库中有 {count} 份方案原文没有实例采用（如 {digest}）：可能是没有启动成的实例留下的",
        "{count} plans are kept that no instance follows (for one, {digest}): an instance that failed to start may have left them",
    ),
    "audit.letters": (
        "第 {seq} 条（请求 {key} 的结果）发出的消息，收件箱里的不是那些：有改动、缺少或多出；请从备份恢复",
        "what the inboxes hold of entry {seq} (the outcome of {key}) is not what people were told: something was changed, removed or added; restore from a backup",
    ),
    "audit.letter_extra": (
        "收件箱里有请求 {key} 的消息，历史里这个请求却没有结果，或者不存在；请查明来历后删去",
        "the inboxes hold messages of the request {key}, which has no outcome or never was; find out where they come from, and delete them",
    ),
    "audit.command": (
        "命令“{key}”的登记不是它的第 {first}–{last} 条：重发它的人会得到别的答复；请从备份恢复",
        "what is kept of the command '{key}' is not its entries {first}–{last}: who sends it again would be answered with others; restore from a backup",
    ),
    "audit.command_missing": (
        "第 {seq} 条出自命令“{key}”，而它的登记不见了：重发会再做一遍；请从备份恢复",
        "entry {seq} came of the command '{key}', of which nothing is kept: sent again it would be done twice; restore from a backup",
    ),
    "audit.command_extra": (
        "登记着命令“{key}”，历史里却没有它的记录：以此发出的命令不会被执行；请从备份恢复",
        "the command '{key}' is kept as done, and no entry came of it: whoever sends it would be answered without anything done; restore from a backup",
    ),
    "audit.blob_missing": (
        "附件 {digest} 不见了；请从备份恢复，或补交同一份文件",
        "the attachment {digest} is not there; restore it from a backup, or from whoever has the same file",
    ),
    "audit.blob": (
        "附件 {digest} 的内容与其摘要不符；请从备份恢复",
        "the attachment {digest} is not what its digest says; restore it from a backup",
    ),
    "audit.plan_missing": (
        "方案原文 {digest} 不见了，定时无法核对；请从备份恢复",
        "the text of the plan {digest} is not there, so timers cannot be checked; restore it from a backup",
    ),
    "audit.plan": (
        "方案原文与其摘要 {digest} 不符；请从备份恢复",
        "the text of the plan is not what its digest {digest} says; restore it from a backup",
    ),
    "audit.plan_unreadable": (
        "方案原文 {digest} 无法按现在的程序读取；请用当时的版本核对",
        "the text of the plan {digest} cannot be read by this version; verify with the version of then",
    ),
    "audit.version": ("第 {number} 版（{label}）", "version {number} ({label})"),
    "audit.version_approved": (
        "第 {number} 版（{label}），已通过",
        "version {number} ({label}), approved",
    ),
    "audit.amount": ("{amount} {unit}", "{amount} {unit}"),
    "audit.handed_on": ("交给 {to}，到 {until}", "to {to} until {until}"),
    "audit.permit": ("可以通过一次", "may pass once"),
    "audit.permit_used": ("已用", "used"),
    "audit.items": ("{count} 条", "{count} items"),
    "audit.times": ("{count} 次", "{count} times"),
    "audit.box_shut": ("{count} 票，未开箱", "{count} cast, not opened"),
    "audit.box_opened": ("{count} 票，已开箱", "{count} cast, opened"),
    "audit.clock_stopped": ("自 {since} 停止计时", "stopped since {since}"),
    "audit.clock_runs": (
        "计时，已停 {days} 个工作日",
        "runs, after {days} working days",
    ),
    "audit.outcome_requested": ("已请求", "requested"),
    "audit.outcome_succeeded": ("已办成", "succeeded"),
    "audit.outcome_failed": ("未办成", "failed"),
    "audit.yes": ("是", "yes"),
    "audit.no": ("否", "no"),
    "audit.private_missing": (
        "条目所指的个人信息 {commitment} 不在库中，也没有抹除记录",
        "the personal value {commitment} is not there, and no entry says that it was erased",
    ),
    "audit.private": (
        "个人信息 {commitment} 与条目中的承诺值不符",
        "the personal value {commitment} is not the one that was committed to",
    ),
    "audit.private_left": (
        "个人信息 {commitment} 已依法删除或没有条目提到，却还在库中",
        "the personal value {commitment} was erased, or no entry holds it, and it is still there",
    ),
}
